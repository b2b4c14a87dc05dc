"""A page of a file drawn as it is printed, in a process of its own, with limits of time, memory and pixels."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from alliance_qa import checksums
from alliance_qa.documents import wholeness
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.opening import chunks, parted
from alliance_qa.errors import DocumentError, NotPrintedError

MEDIA_TYPE = "application/pdf"
"""Of the files whose pages can be drawn."""

MOST_PIXELS = 12_000_000  # of a picture: a page of A4 at 350 dots an inch
_WAITING_TIMES = 3  # of the processor time: others may want the processor, too
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PROGRAM = Path(__file__).parent / "pdf" / "drawn.py"

CHANGED = "The file is no longer the one that was indexed."
NOT_DRAWN = "The page of the file cannot be drawn."


class DrawingError(NotPrintedError):
    """A page cannot be drawn, however often it is tried."""


def is_unchanged(folder: Path, path: str, sha256: str) -> bool:
    """Tell whether a file of the documents folder has these bytes.

    It is read again only when the system says that it may be another one.
    """
    try:
        file, _ = parted(folder, path)
        status = (folder / file).stat()
        seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return _digest(folder, file, seen) == sha256
    except (OSError, ValueError, DocumentError):
        return False


@lru_cache(512)
def _digest(folder: Path, path: str, _seen: tuple[int, ...]) -> str:
    return checksums.of(_bytes(folder, path))


def _bytes(folder: Path, path: str) -> Iterator[bytes]:
    if ".." in path.split("/"):  # no index has such a path
        raise DocumentError(CHANGED)
    return chunks(folder, path)


def draw(folder: Path, path: str, sha256: str, page: int, scale: float, limits: Limits) -> bytes:
    """Return a page of a PDF file as a PNG picture.

    Args:
        folder: The documents folder; nothing outside is read.
        path: Of the file, relative to it; it may lie in another one.
        sha256: What the file's bytes must have, or those of the file that it lies in: the very bytes that are drawn
            are compared.
        page: From 1.
        scale: Pixels a point; less where the picture would have more than `MOST_PIXELS`.
        limits: The processor time, whatever the file's size, and the memory that drawing may take.

    Raises:
        DrawingError: The page cannot be drawn within the limits.
        NotPrintedError: The file is another one now.
    """
    try:
        file, inner = parted(folder, path)
        data = b"".join(_bytes(folder, file))
        if checksums.of([data]) != sha256:
            raise NotPrintedError(CHANGED)
        # What lies in another file is taken out of it where a bad one costs nothing else.
        within = [file, inner] if inner else []
        picture = _output(data if inner else wholeness.trimmed(data), page, scale, limits, within)
    except DocumentError as error:
        raise NotPrintedError(CHANGED) from error
    if not _is_picture(picture):
        raise DrawingError(NOT_DRAWN)
    return picture


def _is_picture(picture: bytes) -> bool:
    """Tell whether bytes are of the form that the program writes, within its limit: a file may have taken it over."""
    width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    # Rounding up may add a row and a column.
    return picture.startswith(_SIGNATURE) and 0 < width * height <= MOST_PIXELS + width + height


def _output(data: bytes, page: int, scale: float, limits: Limits, within: list[str]) -> bytes:
    """Return what the program writes; b"" where it fails or takes too long."""
    arguments = [
        str(page),
        repr(scale),
        str(MOST_PIXELS),
        str(math.ceil(limits.seconds)),
        str(limits.memory_bytes),
        *within,
    ]
    # A process group of its own: Ctrl-C is for the service.
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", os.fspath(_PROGRAM), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as process:
        timer = threading.Timer(_WAITING_TIMES * limits.seconds, _kill, [process])
        timer.daemon = True
        timer.start()
        try:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101 - for the type checker
            with contextlib.suppress(OSError):  # it may end before it has read all
                process.stdin.write(data)
            with contextlib.suppress(OSError):
                process.stdin.close()
            picture = process.stdout.read(4 * MOST_PIXELS)
        finally:
            timer.cancel()
            if process.poll() is None and not _ends(process):
                _kill(process)
    return picture if process.returncode == 0 else b""


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process that has said all ends by itself."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    # It may be gone already, and the children that a hostile file made it start are not.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
