"""The files of the documents folder that can be read, and why the others cannot."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alliance_qa.errors import DocumentError

LARGEST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds, both in the order of the relative paths."""

    files: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]  # relative path with "/" between folders, reason


def list_files(folder: Path, suffixes: frozenset[str]) -> Listing:
    """Return the regular files under `folder` with one of `suffixes`, and what else is there.

    Hidden names, links that lead outside or to folders, devices and pipes, files over 64 MiB and
    other suffixes are skipped, each with its reason. A skipped folder stands for all inside it.

    Raises:
        DocumentError: `folder` is no folder or cannot be listed.
    """
    if not folder.is_dir():
        raise DocumentError(f"{folder} is not a folder; create it or name another documents folder")
    files: list[tuple[str, Path]] = []
    skipped: list[tuple[str, str]] = []
    for path in _walk(folder, folder, skipped):
        relative = path.relative_to(folder).as_posix()
        reason = _reason(path, folder, suffixes)
        if reason:
            skipped.append((_printable(relative), reason))
        else:
            files.append((relative, path))
    return Listing(tuple(path for _, path in sorted(files)), tuple(sorted(skipped)))


def _walk(folder: Path, root: Path, skipped: list[tuple[str, str]]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if folder == root:
            raise DocumentError(f"{folder} cannot be listed ({error.strerror}); check its permissions") from error
        skipped.append((_printable(folder.relative_to(root).as_posix()), f"cannot be listed ({error.strerror})"))
        return
    for entry in entries:
        path = Path(entry.path)
        is_named = _printable(entry.name) == entry.name and not entry.name.startswith(".")
        if entry.is_dir(follow_symlinks=False) and is_named:
            yield from _walk(path, root, skipped)
        else:
            yield path


def _reason(path: Path, root: Path, suffixes: frozenset[str]) -> str | None:
    """Return why a file is not read, None when it is."""
    if path.name.startswith("."):
        return "is hidden"
    if _printable(path.name) != path.name:
        return "has a name that is not valid text; rename it"
    if path.is_symlink():
        reason = _link_reason(path, root)
        if reason:
            return reason
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be examined ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if path.suffix.lower() not in suffixes:
        return f"has a suffix that is not read ({', '.join(sorted(suffixes))} are)"
    if status.st_size > LARGEST_BYTES:
        return f"is larger than {LARGEST_BYTES // 1024 // 1024} MiB; split it"
    return None


def _link_reason(path: Path, root: Path) -> str | None:
    try:
        target = path.resolve(strict=True)
        inside = target.relative_to(root.resolve())
    except (OSError, RuntimeError):
        return "is a link that leads nowhere"
    except ValueError:
        return "is a link that leads outside the folder"
    if target.is_dir():
        return "is a link to a folder"
    if any(part.startswith(".") for part in inside.parts):
        return "is a link to a hidden file"
    return None


def _printable(name: str) -> str:
    """Return `name` with everything that cannot stand in one line of text escaped."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in name)
