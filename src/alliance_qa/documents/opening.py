"""A file of the documents folder, opened so that nothing outside is read and nothing blocks."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from alliance_qa.documents import members
from alliance_qa.documents.listing import LARGEST_BYTES, link_fault
from alliance_qa.errors import DocumentError, Failure

_CHUNK_BYTES = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY
# Opened without waiting, so that a pipe that took the file's place cannot stop us.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
GONE = "changed while it was read; the next rebuild reads it again"


def chunks(folder: Path, path: str) -> Iterator[bytes]:
    """Yield the bytes of a regular file of the folder, at most 1 MiB at a time.

    Args:
        folder: The documents folder; may be a link itself.
        path: Relative to it, with "/" between folders. The file may be a link to a regular file in
            the folder, as `list_files` allows; no folder on the way may be one.

    Raises:
        DocumentError: Of the failures UNREADABLE, SPECIAL, LINK, TOO_LARGE, and CHANGED where it is gone.
    """
    try:
        file = _opened(folder, path)
        try:
            yield from _read(file)
        finally:
            os.close(file)
    except FileNotFoundError as error:
        raise DocumentError(GONE, Failure.CHANGED) from error
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise DocumentError("is not a regular file", Failure.SPECIAL) from error
        reason = f"cannot be read ({error.strerror}); check its permissions"
        raise DocumentError(reason, Failure.UNREADABLE) from error


def parted(folder: Path, path: str) -> tuple[str, str]:
    """Return the file that a path of the collection leads to, and the rest where it leads into that; "" where not."""
    whole = PurePosixPath(path)
    outer = next(
        (each for each in whole.parents if members.holds_others(each.name) and (folder / each).is_file()), whole
    )
    return str(outer), "" if outer is whole else str(whole.relative_to(outer))


def _read(file: int) -> Iterator[bytes]:
    if not stat.S_ISREG(os.fstat(file).st_mode):
        raise DocumentError("is not a regular file", Failure.SPECIAL)
    left = LARGEST_BYTES
    while chunk := os.read(file, _CHUNK_BYTES):
        left -= len(chunk)
        if left < 0:
            raise DocumentError(f"is larger than {LARGEST_BYTES // 1024 // 1024} MiB; split it", Failure.TOO_LARGE)
        yield chunk


def _opened(folder: Path, path: str) -> int:
    try:
        return _walked(folder, path)
    except OSError as error:
        # What the systems say of a link where none may be.
        if error.errno not in (errno.ELOOP, errno.EMLINK, errno.ENOTDIR):
            raise
    fault = link_fault(folder / path, folder)
    if fault:
        failure, reason = fault
        raise DocumentError(reason, failure)
    inside = (folder / path).resolve().relative_to(folder.resolve())
    return _walked(folder, inside.as_posix())


def _walked(folder: Path, path: str) -> int:
    """Open a file folder by folder: a link put on the way after it was checked is not followed."""
    *parents, name = path.split("/")
    inner = os.open(folder, _FOLDER)
    try:
        for parent in parents:
            outer = inner
            inner = os.open(parent, _FOLDER | os.O_NOFOLLOW, dir_fd=outer)
            os.close(outer)
        return os.open(name, _FILE, dir_fd=inner)
    finally:
        os.close(inner)
