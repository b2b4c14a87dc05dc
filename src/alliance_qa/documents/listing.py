"""The files of the documents folder that can be read, and why the others cannot."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alliance_qa.errors import DocumentError, Failure

LARGEST_BYTES = 64 * 1024 * 1024
INCOMING = ".alliance-qa-incoming"
"""Folder in which files lie that come in over HTTP; it is no part of the collection."""


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A file, or a folder with all inside it, that is not read."""

    path: str  # relative, with "/" between folders; what cannot stand in one line is escaped
    failure: Failure
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds, both in the order of the relative paths."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def list_files(folder: Path, suffixes: frozenset[str]) -> Listing:
    """Return the regular files under `folder` with one of `suffixes`, and what else is there.

    Hidden names, links that lead outside or to folders, devices and pipes, files over 64 MiB and
    other suffixes are skipped, each with its reason. A skipped folder stands for all inside it.

    Raises:
        DocumentError: `folder` is no folder or cannot be listed.
    """
    if not folder.is_dir():
        raise DocumentError(f"{folder} is not a folder; create it or name another documents folder", Failure.UNREADABLE)
    files: list[tuple[str, Path]] = []
    skipped: list[Skipped] = []
    for path in _walk(folder, skipped):
        relative = path.relative_to(folder).as_posix()
        found = fault(path, folder, suffixes)
        if found:
            skipped.append(Skipped(printable(relative), *found))
        else:
            files.append((relative, path))
    return Listing(tuple(path for _, path in sorted(files)), tuple(sorted(skipped)))


def link_fault(path: Path, root: Path) -> tuple[Failure, str] | None:
    """Return why a symbolic link below `root` is not followed, None when it leads to a file in there."""
    try:
        target = path.resolve(strict=True)
        inside = target.relative_to(root.resolve())
    except (OSError, RuntimeError):
        return Failure.LINK, "is a link that leads nowhere"
    except ValueError:
        return Failure.LINK, "is a link that leads outside the folder"
    if target.is_dir():
        return Failure.LINK, "is a link to a folder"
    if any(part.startswith(".") for part in inside.parts):
        return Failure.LINK, "is a link to a hidden file"
    return None


def _walk(root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Yield everything below `root` but what lies in a folder that is skipped."""
    waiting = [root]  # no recursion: folders can be nested deeper than Python's stack
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
        except OSError as error:
            if folder == root:
                raise DocumentError(
                    f"{folder} cannot be listed ({error.strerror}); check its permissions", Failure.UNREADABLE
                ) from error
            relative = printable(folder.relative_to(root).as_posix())
            skipped.append(Skipped(relative, Failure.UNREADABLE, f"cannot be listed ({error.strerror})"))
            continue
        for entry in found:
            if folder == root and entry.name == INCOMING:
                continue
            is_named = printable(entry.name) == entry.name and not entry.name.startswith(".")
            if is_named and entry.is_dir(follow_symlinks=False):
                waiting.append(Path(entry.path))
            else:
                yield Path(entry.path)


def fault(path: Path, root: Path, suffixes: frozenset[str]) -> tuple[Failure, str] | None:
    """Return why a file below `root` is passed over by rule, None when it is read."""
    if path.name.startswith("."):
        return Failure.HIDDEN, "is hidden"
    if printable(path.name) != path.name:
        return Failure.NAME, "has a name that is not valid text; rename it"
    try:
        leads = link_fault(path, root) if path.is_symlink() else None
        if leads:
            return leads
        status = path.stat()
    except OSError as error:
        return Failure.UNREADABLE, f"cannot be examined ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return Failure.SPECIAL, "is not a regular file"
    if path.suffix.lower() not in suffixes:
        return Failure.TYPE, f"has a suffix that is not read ({', '.join(sorted(suffixes))} are)"
    if status.st_size > LARGEST_BYTES:
        return Failure.TOO_LARGE, f"is larger than {LARGEST_BYTES // 1024 // 1024} MiB; split it"
    return None


def printable(name: str) -> str:
    """Return `name` with everything that cannot stand in one line of text escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)
