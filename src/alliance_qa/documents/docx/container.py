"""The zip file that a file of Office or OpenDocument is, and the true reason where a file is none."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence

from alliance_qa.errors import DocumentError, Failure

MAX_UNPACKED_BYTES = 256 << 20
_ENCRYPTED = 1  # among the flags of a zip's entry
_LOCAL_HEADER, _END = b"PK\x03\x04", b"PK\x05\x06"
_LOCAL_HEADER_BYTES, _END_BYTES = 30, 22
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")  # the container of Office 97 to 2003
# What zipfile raises on a file that is not as it should be.
FAULTS = (zipfile.BadZipFile, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)
_KINDS = {
    ".docx": "Word document",
    ".xlsx": "Excel workbook",
    ".pptx": "PowerPoint presentation",
    ".odt": "OpenDocument text",
    ".ods": "OpenDocument spreadsheet",
    ".odp": "OpenDocument presentation",
}
_OPEN = (".odt", ".ods", ".odp")
# What other files begin with, and what to do about them.
_OTHERS = (
    (b"%pdf-", "is a PDF file; name it .pdf"),
    (b"{\\rtf", "is an RTF file; name it .rtf"),
    (b"<!doctype html", "is a web page; name it .html"),
    (b"<html", "is a web page; name it .html"),
    (b"<?xml", "is an XML file; save it as {suffix} in the program that opens it"),
)
_OTHER_ZIPS = (
    ("word/", ".docx", "is a Word document; name it .docx"),
    ("xl/workbook.bin", ".xlsb", "is a binary Excel workbook; save it as .xlsx"),
    ("xl/", ".xlsx", "is an Excel workbook; name it .xlsx"),
    ("ppt/", ".pptx", "is a PowerPoint presentation; name it .pptx"),
    ("content.xml", ".odt", "is an OpenDocument file; name it .odt, .ods or .odp"),
    ("Index/Document.iwa", ".pages", "is a file of Pages, Numbers or Keynote; export it as {suffix}"),
)


def unreadable(suffix: str) -> str:
    """Return why a file of a suffix cannot be read where nothing better is known."""
    return f"is no {_KINDS[suffix]} that can be read; save it again as {suffix}"


def opened(data: bytes, max_unpacked_bytes: int, suffix: str) -> zipfile.ZipFile:
    """Return the archive that a file of Office or OpenDocument is, nothing of it unpacked.

    Bytes behind the end of the archive are passed over.

    Raises:
        DocumentError: The file is no such archive, damaged, cut short, encrypted, or unpacks to more than
            `max_unpacked_bytes`.
    """
    if data.startswith(_OLE):
        raise _ole_error(data, suffix)
    try:
        archive = zipfile.ZipFile(io.BytesIO(_without_padding(data)))
    except FAULTS as error:
        raise DocumentError(_reason(data, suffix)) from error
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    # zipfile unpacks no more than the size that an entry claims.
    if sum(entry.file_size for entry in entries) > max_unpacked_bytes:
        limit = f"{max_unpacked_bytes >> 20} MiB"
        raise DocumentError(f"unpacks to more than {limit}; split it, or make its pictures smaller", Failure.TOO_LARGE)
    return archive


def no_document(names: Sequence[str], suffix: str) -> DocumentError:
    """Return the error of an archive without what its suffix says, by the names of its entries."""
    for start, other, reason in _OTHER_ZIPS:
        is_same = other == suffix or (other in _OPEN and suffix in _OPEN)
        if not is_same and any(name.startswith(start) for name in names):
            return DocumentError(reason.format(suffix=suffix))
    if "[Content_Types].xml" in names or suffix in _OPEN:
        return DocumentError(unreadable(suffix))
    return DocumentError(f"is a zip file without {_article(suffix)} in it; save it as {suffix}")


def _article(suffix: str) -> str:
    kind = _KINDS[suffix]
    return f"{'an' if kind[0] in 'EO' else 'a'} {kind}"


def _ole_error(data: bytes, suffix: str) -> DocumentError:
    """Return why a file in the container of old Office files is refused; encrypted newer ones are in one, too."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    for stream, reason in (
        ("WordDocument", "is in the old Word format; save it as .docx"),
        ("Workbook", "is an old Excel workbook; name it .xls"),
        ("PowerPoint Document", "is an old PowerPoint presentation; save it as .pptx"),
    ):
        if stream.encode("utf-16-le") in data:
            return DocumentError(reason)
    old = "the old Word format" if suffix == ".docx" else "an old format of Office"
    return DocumentError(f"is in {old}; save it as {suffix}")


def _without_padding(data: bytes) -> bytes:
    """Return the bytes up to the end of the archive; all, where its end is not found or is not whole."""
    at = data.rfind(_END)
    end = at + _END_BYTES
    if at < 0 or len(data) < end:
        return data
    comment = int.from_bytes(data[end - 2 : end], "little")
    return data[: end + comment]


def _reason(data: bytes, suffix: str) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginning, reason in _OTHERS:
        if start.startswith(beginning):
            return reason.format(suffix=suffix)
    if data.startswith(_LOCAL_HEADER) and len(data) > _LOCAL_HEADER_BYTES and _END not in data:
        return "is cut short, its end is missing; save or download it again"
    return f"is damaged or no {suffix} file; save or download it again"
