"""The zip file that a Word document is, and the true reason where a file is none."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

from alliance_qa.errors import DocumentError, Failure

_ENCRYPTED = 1  # among the flags of a zip's entry
_LOCAL_HEADER, _END = b"PK\x03\x04", b"PK\x05\x06"
_LOCAL_HEADER_BYTES, _END_BYTES = 30, 22
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # the container of Office 97 to 2003
# What zipfile raises on a file that is not as it should be.
FAULTS = (zipfile.BadZipFile, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)
UNREADABLE = "is no Word document that can be read; save it again as .docx"
_DAMAGED = "is damaged or no .docx file; save or download it again"
# What other files begin with, and what to do about them.
_OTHERS = (
    (b"%pdf-", "is a PDF file; name it .pdf"),
    (b"{\\rtf", "is an RTF file; open it in Word and save it as .docx"),
    (b"<!doctype html", "is a web page; name it .html"),
    (b"<html", "is a web page; name it .html"),
    (b"<?xml", "is an XML file; open it in Word and save it as .docx"),
)
_OTHER_ZIPS = (
    ("xl/", "is an Excel workbook; copy what is to be read into a Word document"),
    ("ppt/", "is a PowerPoint presentation; copy what is to be read into a Word document"),
    ("content.xml", "is an OpenDocument file; open it in Word or LibreOffice and save it as .docx"),
    ("Index/Document.iwa", "is a Pages document; export it as Word"),
)


def opened(data: bytes, max_unpacked_bytes: int) -> zipfile.ZipFile:
    """Return the archive of a Word document, nothing of it unpacked.

    Bytes behind the end of the archive are passed over.

    Raises:
        DocumentError: The file is no Word document, damaged, cut short, encrypted, or unpacks to more than
            `max_unpacked_bytes`.
    """
    if data.startswith(_OLE):
        raise _ole_error(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(_without_padding(data)))
    except FAULTS as error:
        raise DocumentError(_reason(data)) from error
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    # zipfile unpacks no more than the size that an entry claims.
    if sum(entry.file_size for entry in entries) > max_unpacked_bytes:
        limit = f"{max_unpacked_bytes >> 20} MiB"
        raise DocumentError(f"unpacks to more than {limit}; split it, or make its pictures smaller", Failure.TOO_LARGE)
    return archive


def no_document(names: Sequence[str]) -> DocumentError:
    """Return the error of an archive without a Word document in it, by the names of its entries."""
    reason = next((reason for start, reason in _OTHER_ZIPS if any(name.startswith(start) for name in names)), None)
    if not reason and "[Content_Types].xml" in names:
        reason = UNREADABLE
    return DocumentError(reason or "is a zip file without a Word document in it; save it as .docx")


def _ole_error(data: bytes) -> DocumentError:
    """Return why a file in the container of old Office files is refused; an encrypted .docx is in one, too."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    for stream, reason in (
        ("Workbook", "is an old Excel workbook; copy what is to be read into a Word document"),
        ("PowerPoint Document", "is an old PowerPoint presentation; copy what is to be read into a Word document"),
    ):
        if stream.encode("utf-16-le") in data and "WordDocument".encode("utf-16-le") not in data:
            return DocumentError(reason)
    return DocumentError("is in the old Word format; save it as .docx")


def _without_padding(data: bytes) -> bytes:
    """Return the bytes up to the end of the archive; all, where its end is not found or is not whole."""
    at = data.rfind(_END)
    end = at + _END_BYTES
    if at < 0 or len(data) < end:
        return data
    comment = int.from_bytes(data[end - 2 : end], "little")
    return data[: end + comment]


def _reason(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, reason in _OTHERS:
        if start.startswith(beginning):
            return reason
    if data.startswith(_LOCAL_HEADER) and len(data) > _LOCAL_HEADER_BYTES and _END not in data:
        return "is cut short, its end is missing; save or download it again"
    return _DAMAGED
