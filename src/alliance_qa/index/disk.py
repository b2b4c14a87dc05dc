"""Every change to the index folder: written, synced, named.

Nothing else writes there, so that a test can make each operation fail, or replay any
prefix of them as a power loss would leave it.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alliance_qa import checksums

_AT_ONCE = 64 * 1024 * 1024  # bytes: Linux writes at most 2 GiB in one call
# What a file system without hard links says, or one that allows no more of them.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS}

Bytes = bytes | memoryview


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as it was written."""

    size: int  # bytes
    sha256: str


def write(path: Path, *parts: Bytes) -> StoredFile:
    """Create a file that holds the parts one after another, and sync it. Raises OSError, also when it exists."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        for part in parts:
            left = memoryview(part).cast("B")
            digest.update(left)
            size += len(left)
            while left:
                left = left[os.write(handle, left[:_AT_ONCE]) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    return StoredFile(size, digest.hexdigest())


def write_array(path: Path, array: NDArray[np.generic]) -> StoredFile:
    """Create a .npy file, as `write` does."""
    array = np.ascontiguousarray(array)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return write(path, header.getvalue(), array.reshape(-1).view(np.uint8).data)


def link(source: Path, target: Path) -> None:
    """Give a synced file a second name, or copy it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        write(target, source.read_bytes())


def make_folder(path: Path) -> None:
    """Make a folder, unless it exists."""
    try:
        os.mkdir(path, 0o755)
    except FileExistsError:
        if not path.is_dir():
            raise


def rename(source: Path, target: Path) -> None:
    """Give a file or folder another name; a file of that name is replaced in the same moment."""
    os.replace(source, target)


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it. What is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        for folder, folders, files in os.walk(path, topdown=False):
            for name in files:
                os.unlink(os.path.join(folder, name))
            for name in folders:
                inner = os.path.join(folder, name)
                os.unlink(inner) if os.path.islink(inner) else os.rmdir(inner)
        os.rmdir(path)
    elif os.path.lexists(path):
        os.unlink(path)


def stored(path: Path) -> StoredFile:
    """Return the size and checksum of a file as it is now."""
    return StoredFile(path.stat().st_size, checksums.of_file(path))
