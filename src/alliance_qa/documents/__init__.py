"""The files of the collection, read into documents: clean text with its structure and facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from alliance_qa.documents import listing, members
from alliance_qa.documents.assembly import assemble
from alliance_qa.documents.extract import Extract, FileReading
from alliance_qa.documents.identity import document_id
from alliance_qa.documents.listing import Listing, Skipped, list_files
from alliance_qa.domain import Document
from alliance_qa.errors import DocumentError, Failure

__all__ = [
    "SUFFIXES",
    "Listing",
    "Skipped",
    "document_id",
    "examine",
    "fault",
    "files",
    "is_document",
    "load_readers",
    "read",
]

_MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".rtf": "application/rtf",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".eml": "message/rfc822",
    ".epub": "application/epub+zip",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
# What other files begin with that would be read as text of an encoding of before UTF-8.
_NO_TEXTS = {b"%PDF-": "is a PDF file; name it .pdf", b"{\\rtf": "is an RTF file; name it .rtf"}
SUFFIXES = frozenset(_MEDIA_TYPES) | members.HOLDING


def files(folder: Path) -> Listing:
    """Return the files under `folder` that can be read, and what is skipped and why; see `list_files`."""
    return list_files(folder, SUFFIXES)


def fault(file: Path, folder: Path) -> tuple[Failure, str] | None:
    """Return why a file below a folder is passed over by rule, None when it is read."""
    return listing.fault(file, folder, SUFFIXES)


def read(data: bytes, path: str) -> Document:
    """Return the document that a file's bytes hold; see `examine`."""
    return examine(data, path).document


def is_document(path: str) -> bool:
    """Whether a file of this name is a document itself, not only one that others lie in."""
    return PurePosixPath(path).suffix.lower() in _MEDIA_TYPES


def examine(data: bytes, path: str, *, sha256: str = "") -> FileReading:
    """Return the document that a file's bytes hold, and what of them is no text of it.

    Args:
        data: All bytes of the file.
        path: Where it lies, relative to the documents folder, with "/" between folders. Its suffix, in
            any case, says how to read the bytes.
        sha256: Of the file that it lies in, where it lies in one.

    Raises:
        DocumentError: The file cannot be read; the message opens with the path.
    """
    suffix = PurePosixPath(path).suffix.lower()
    try:
        if _MEDIA_TYPES.get(suffix, "").startswith("text/"):
            for start, reason in _NO_TEXTS.items():
                if data.startswith(start):
                    raise DocumentError(reason)
        sha256 = sha256 or hashlib.sha256(data).hexdigest()
        return assemble(_reader(suffix)(data), sha256=sha256, path=path, media_type=_MEDIA_TYPES[suffix])
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}", error.failure) from error


def load_readers() -> None:
    """Import the libraries of all readers and what dates are read by, so that no reading has to wait for them."""
    from alliance_qa.documents import dates

    dates.load()
    for suffix in _MEDIA_TYPES:
        _reader(suffix)


def _reader(suffix: str) -> Callable[[bytes], Extract]:
    """Return the reader of a file type. Each is imported when first used: some bring large libraries."""
    match suffix:
        case ".txt":
            from alliance_qa.documents import text

            return text.read
        case ".md" | ".markdown":
            from alliance_qa.documents import markdown

            return markdown.read
        case ".html" | ".htm":
            from alliance_qa.documents import html

            return html.read
        case ".pdf":
            from alliance_qa.documents import pdf

            return pdf.read
        case ".docx":
            from alliance_qa.documents import docx

            return docx.read
        case ".csv":
            from alliance_qa.documents.sheets import separated

            return separated.read_csv
        case ".tsv":
            from alliance_qa.documents.sheets import separated

            return separated.read_tsv
        case ".xlsx":
            from alliance_qa.documents.sheets import xlsx

            return xlsx.read
        case ".odt":
            from alliance_qa.documents import odt

            return odt.read
        case ".ods":
            from alliance_qa.documents.sheets import ods

            return ods.read
        case ".odp":
            from alliance_qa.documents.odt import slides

            return slides.read
        case ".rtf":
            from alliance_qa.documents import rtf

            return rtf.read
        case ".pptx":
            from alliance_qa.documents import pptx

            return pptx.read
        case ".xls":
            from alliance_qa.documents.sheets import xls

            return xls.read
        case ".eml":
            from alliance_qa.documents import mail

            return mail.read
        case ".epub":
            from alliance_qa.documents import epub

            return epub.read
        case ".srt":
            from alliance_qa.documents import timed_text

            return timed_text.read_srt
        case ".vtt":
            from alliance_qa.documents import timed_text

            return timed_text.read_vtt
        case ".zip" | ".mbox":
            raise DocumentError("holds other files, which are documents; read one of them", Failure.TYPE)
        case _:
            named = f"{suffix} files" if suffix else "files without a suffix"
            raise DocumentError(f"{named} are not read; use {', '.join(sorted(SUFFIXES))}", Failure.TYPE)
