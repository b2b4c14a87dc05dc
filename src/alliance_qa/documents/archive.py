"""A zip file that other files lie in, opened within limits, and the true reason where it is none."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from alliance_qa.errors import DocumentError, Failure

MAX_UNPACKED_BYTES = 256 << 20
MOST_ENTRIES = 10_000
# What zipfile and its unpackers raise on a file that is not as it should be.
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    LookupError,
)
_ENCRYPTED = 1  # among the flags of an entry
_START, _END = b"PK\x03\x04", b"PK\x05\x06"
_OTHERS = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "RAR"), (b"\x1f\x8b", "gzip"))


def opened(data: bytes) -> zipfile.ZipFile:
    """Return an archive, nothing of it unpacked.

    Raises:
        DocumentError: It is no zip, damaged, cut short, holds more than 10,000 entries, or unpacks to more
            than 256 MiB.
    """
    try:
        found = zipfile.ZipFile(io.BytesIO(data))
    except FAULTS as error:
        raise DocumentError(_reason(data)) from error
    entries = found.infolist()
    if len(entries) > MOST_ENTRIES:
        raise DocumentError(f"holds more than {MOST_ENTRIES:,} files; split it", Failure.TOO_LARGE)
    # zipfile unpacks no more than the size that an entry claims.
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES >> 20} MiB"
        raise DocumentError(f"unpacks to more than {limit}; split it, or leave out what is no text", Failure.TOO_LARGE)
    return found


def unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return the bytes of an entry.

    Raises:
        DocumentError: It is encrypted, damaged, or packed in a way that is not known.
    """
    if entry.flag_bits & _ENCRYPTED:
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    try:
        return archive.read(entry)
    except FAULTS as error:
        raise DocumentError("is damaged in its archive; pack or download that again") from error


def _reason(data: bytes) -> str:
    for start, name in _OTHERS:
        if data.startswith(start):
            return f"is a {name} archive; pack it as .zip"
    if data.startswith(_START) and _END not in data:
        return "is cut short, its end is missing; save or download it again"
    return "is damaged or no zip file; save or download it again"
