"""The letters of a PDF file and their places, through pypdfium2."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.errors import DocumentError, Failure

MAX_PAGES = 5_000  # minutes of reading, where they are dense

# PDFium keeps global state and must not be entered by two threads at once.
_PDFIUM = threading.Lock()

_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)

# (a, b, c, d, e, f) takes the point (x, y) to (ax + cy + e, bx + dy + f), as in PDF itself.
_Matrix: TypeAlias = tuple[float, float, float, float, float, float]


class Face(NamedTuple):
    """How letters look. `is_upright`: they run from left to right on the page as it is seen."""

    size: float
    is_bold: bool
    is_upright: bool


class Letter(NamedTuple):  # made for every letter, in half the time of a frozen dataclass
    char: str
    left: float
    right: float
    baseline: float
    face: Face


@dataclass(frozen=True, slots=True)
class Sheet:
    """The letters of one page in the order of the file, parted where PDFium ends a line."""

    number: int
    width: float
    height: float
    lines: list[list[Letter]]


@contextmanager
def opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a whole PDF file, and keep all others out of PDFium until it is closed.

    Raises:
        DocumentError: The file is no PDF, cut short, damaged or encrypted.
    """
    # PDFium would repair by guessing, and a repaired file silently lacks pages. A header within
    # the first 1024 bytes and an end mark within the last 1024 are what Acrobat asks for
    # (PDF Reference 1.7, implementation notes 13 and 18).
    if b"%PDF-" not in data[:1024]:
        raise DocumentError("is not a PDF file; give it the ending of what it is")
    if b"%%EOF" not in data[-1024:]:
        raise DocumentError("is a PDF file cut short; copy or download it again")
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
                raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED) from None
            raise DocumentError("is a damaged PDF file; save or download it again") from error
        with closing(document):
            yield document


def sheets(document: pypdfium2.PdfDocument) -> Iterator[Sheet]:
    """Yield the pages from number 1.

    Raises:
        DocumentError: A page is damaged, or there are more than `MAX_PAGES`.
    """
    if len(document) > MAX_PAGES:
        raise DocumentError(f"has {len(document):,} pages, more than {MAX_PAGES:,}; split it", Failure.TOO_LARGE)
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
            text = page.get_textpage()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(f"page {number} is damaged; save or download the file again") from error
        with closing(page), closing(text):
            width, height = page.get_size()
            yield Sheet(number, width, height, _lines(text, _view(page)))


def _view(page: pypdfium2.PdfPage) -> _Matrix:
    """Return what takes a place in the file to the place where the reader sees it."""
    left, bottom, right, top = page.get_bbox()
    return {  # by the angle, clockwise, by which a viewer turns the page
        0: (1, 0, 0, 1, -left, -bottom),
        90: (0, -1, 1, 0, -bottom, right),
        180: (-1, 0, 0, -1, right, top),
        270: (0, 1, -1, 0, top, -left),
    }[page.get_rotation()]


def _lines(text: pypdfium2.PdfTextPage, view: _Matrix) -> list[list[Letter]]:
    a, b, c, d, e, f = view
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    faces: dict[int, Face] = {}
    line: list[Letter] = []
    lines = [line]
    for index in range(text.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(text, index))
        if char in " \r\n" and pdfium.FPDFText_IsGenerated(text, index) == 1:
            if char != " ":
                lines.append(line := [])
            elif line:
                # A generated space stands at no place of its own.
                line.append(line[-1]._replace(char=" ", left=line[-1].right))
            continue
        pdfium.FPDFText_GetLooseCharBox(text, index, box)
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        left, right = sorted((a * box.left + c * box.bottom + e, a * box.right + c * box.top + e))
        baseline = b * x.value + d * y.value + f
        # Letters of one text object share a face, and asking for it takes time.
        key = ctypes.cast(pdfium.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value or 0
        if key not in faces:
            faces[key] = _face(text, index, view)
        line.append(Letter(char, left, right, baseline, faces[key]))
    return lines


def _face(text: pypdfium2.PdfTextPage, index: int, view: _Matrix) -> Face:
    matrix, name, flags = pdfium.FS_MATRIX(), ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    # The font size is that of the text operator; the matrix has the rest of it.
    size = pdfium.FPDFText_GetFontSize(text, index) * (matrix.c**2 + matrix.d**2) ** 0.5
    is_bold = pdfium.FPDFText_GetFontWeight(text, index) >= 600 or _BOLD.search(name.value) is not None
    a, b, c, d, *_ = view
    ahead, up = a * matrix.a + c * matrix.b, b * matrix.a + d * matrix.b
    return Face(round(size * 2) / 2 or 0.5, is_bold, ahead > 2 * abs(up))
