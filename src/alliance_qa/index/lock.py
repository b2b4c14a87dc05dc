"""One writer at a time, and what the disk refuses it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alliance_qa.errors import IndexBusyError, IndexWriteError
from alliance_qa.index import disk


@contextlib.contextmanager
def lock(index: Path) -> Iterator[None]:
    """Be the only writer. The lock goes with the process, so a killed one never blocks.

    Raises:
        IndexBusyError: Another process holds it.
        IndexWriteError: The folder cannot be written.
    """
    with writing(index):
        for folder in [folder for folder in (index, *index.parents) if not folder.exists()][::-1]:
            disk.make_folder(folder)
            disk.sync(folder.parent)
        handle = os.open(index / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise IndexBusyError(f"process {holder} is writing {index}; try again when it has ended") from None
        with writing(index):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(index: Path) -> Iterator[None]:
    """Turn the disk's refusal into our error."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexWriteError(
            f"{index} cannot be written ({reason}); the index in use is untouched; mend this and run again"
        ) from error
