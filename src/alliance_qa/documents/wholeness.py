"""Whether the bytes of a PDF file are all there, and what stands around them."""

from __future__ import annotations

import re

from alliance_qa.errors import DocumentError

_END = b"%%EOF"
_LONGEST_FRONT = 1 << 20  # bytes of a mail or a page that a server put in front
_START = re.compile(rb"startxref\s+(\d+)")
_OBJECT = re.compile(rb"(?:^|[\r\n])\s*\d+\s+\d+\s+obj\b")
_TABLE = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")


def trimmed(data: bytes) -> bytes:
    """Return the file without what stands before its header and behind its end.

    Padding, a comment or a signature there, however long, is no part of it and no damage. PDFium would
    look for both in the first and the last kilobyte only, and repair by guessing what it takes for
    damage, so that pages are silently lacking.

    Raises:
        DocumentError: The file is no PDF, or cut short: it ends without the mark that ends a PDF file,
            or an update begins behind the last one.
    """
    begin = data.find(b"%PDF-", 0, _LONGEST_FRONT)
    if begin < 0:
        raise DocumentError("is not a PDF file; give it the ending of what it is")
    end = data.rfind(_END)
    start = next(iter(reversed(list(_START.finditer(data, max(begin, len(data) - 64))))), None)
    if end < 0 or _OBJECT.search(data, end):
        # Some programs leave out the mark alone: where the file says where its table is, it is whole.
        if not (start and _TABLE.match(data, begin + int(start[1]))):
            raise DocumentError("is a PDF file cut short; copy or download it again")
        end = len(data)
    return _counted(data[: end + len(_END)], begin)


def _counted(data: bytes, begin: int) -> bytes:
    """Return the file so that the places it states are counted from where they are: its header, or the first byte."""
    if not begin:
        return data
    stated = _START.findall(data)
    place = int(stated[-1]) if stated else 0
    if _TABLE.match(data, begin + place) or not _TABLE.match(data, place):
        return data[begin:]
    header = data[begin : begin + 8]  # "%PDF-1.7"
    return header + b"\n%" + b" " * (begin - 2) + data[begin + 8 :] if begin > 2 else data
