"""The letters of a PDF file and their places, through pypdfium2, and what is drawn or filled in beside them."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.documents import wholeness
from alliance_qa.documents.pdf import rules, views
from alliance_qa.documents.pdf.views import Box, View
from alliance_qa.errors import DocumentError, Failure

COLUMN_GAP = 0.9  # em; LaTeX sets columns one em apart, and no closer than that do others
MAX_PAGES = 5_000  # minutes of reading, where they are dense

# PDFium keeps global state and must not be entered by two threads at once.
_PDFIUM = threading.Lock()

_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_WORDS = {pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX}
_REMARKS = {
    pdfium.FPDF_ANNOT_TEXT,
    pdfium.FPDF_ANNOT_HIGHLIGHT,
    pdfium.FPDF_ANNOT_UNDERLINE,
    pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT,
    pdfium.FPDF_ANNOT_CARET,
}


class Face(NamedTuple):
    """How letters look.

    `is_upright`: they run from left to right on the page as it is seen; `turn` has the quarters of a turn, against
    the clock, by which they are turned from that, None where they run aslant.
    """

    size: float
    is_bold: bool
    is_upright: bool
    turn: int | None = 0


class Letter(NamedTuple):  # made for every letter, in half the time of a frozen dataclass
    char: str
    left: float
    right: float
    baseline: float
    face: Face
    bottom: float = 0.0  # of the line that the letter stands in, not of its ink
    top: float = 0.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one page holds.

    `lines` are its letters in the order of the file, parted where PDFium ends a line. `rules` are the
    lines that are drawn across and down and the edges of what is drawn or filled, but those that nobody
    sees; `strokes` the lines across that stand alone, `filled` the values of a
    form's fields with their places, `struck` what a reviewer struck out, `comments` what reviewers wrote.
    `turned` has the letters that run up, down or upside down, a sheet for each way, as one sees them who turns
    the page by `turn` quarters more.
    """

    number: int
    width: float
    height: float
    lines: list[list[Letter]]
    rules: Sequence[Box] = ()
    strokes: Sequence[Box] = ()
    filled: Sequence[tuple[Box, str]] = ()
    struck: Sequence[Box] = ()
    comments: Sequence[str] = ()
    turned: Sequence[Sheet] = ()
    turn: int = 0


@contextmanager
def opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a whole PDF file, and keep all others out of PDFium until it is closed.

    Raises:
        DocumentError: The file is no PDF, cut short, damaged or encrypted.
    """
    data = wholeness.trimmed(data)
    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
                raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED) from None
            raise DocumentError("is a damaged PDF file; save or download it again") from error
        with closing(document):
            if document.get_formtype() != pdfium.FORMTYPE_NONE:
                document.init_forms()
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
            lines = _lines(text, views.of(page))
            faces = {letter.face for line in lines for letter in line}
            turns = sorted({face.turn for face in faces if face.turn is not None}) or [0]
            upright = [[letter for letter in line if letter.face.turn in (0, None)] for line in lines]
            found = [
                _sheet(page, number, turn, _lines(text, views.of(page, turn)) if turn else upright) for turn in turns
            ]
            filled, struck, comments = _annotations(page, document.formenv, views.of(page, turns[0]))
            # What is turned as a whole is seen by who turns the page.
            others = [replace(sheet, turn=turn - turns[0]) for sheet, turn in zip(found[1:], turns[1:], strict=True)]
            yield replace(found[0], filled=filled, struck=struck, comments=comments, turned=others)


def _sheet(page: pypdfium2.PdfPage, number: int, turn: int, lines: list[list[Letter]]) -> Sheet:
    width, height = page.get_size()
    width, height = (height, width) if turn % 2 else (width, height)
    lines = [[letter for letter in line if letter.face.is_upright] for line in lines] if turn else lines
    return Sheet(number, width, height, lines, *rules.drawn(page, views.of(page, turn)))


def _entry(function: Any, returned: Any, *taken: Any) -> Callable[..., Any]:
    """Return a function of PDFium that takes addresses as numbers: called for every letter, in half the time."""
    return ctypes.CFUNCTYPE(returned, *taken)(ctypes.cast(function, ctypes.c_void_p).value or 0)


_AT = (ctypes.c_void_p, ctypes.c_int)
_unicode = _entry(pdfium.FPDFText_GetUnicode, ctypes.c_uint, *_AT)
_is_generated = _entry(pdfium.FPDFText_IsGenerated, ctypes.c_int, *_AT)
_object = _entry(pdfium.FPDFText_GetTextObject, ctypes.c_void_p, *_AT)
_loose_box = _entry(pdfium.FPDFText_GetLooseCharBox, ctypes.c_int, *_AT, ctypes.c_void_p)


def _lines(text: pypdfium2.PdfTextPage, view: View) -> list[list[Letter]]:
    count = text.count_chars()
    handle = ctypes.cast(text.raw, ctypes.c_void_p).value
    chars = list(map(chr, map(_unicode, repeat(handle), range(count))))
    objects = list(map(_object, repeat(handle), range(count)))
    lefts, bottoms, rights, tops = _boxes(handle, count, view)
    faces: dict[int | None, tuple[Face, float | None]] = {}
    line: list[Letter] = []
    lines = [line]
    for index, char in enumerate(chars):
        if char in " \r\n" and _is_generated(handle, index) == 1:
            if char != " ":
                lines.append(line := [])
            elif line:
                # A generated space stands at no place of its own.
                line.append(line[-1]._replace(char=" ", left=line[-1].right))
            continue
        # Letters of one text object share a face and, upright, a baseline: asking for them takes time.
        known = faces.get(objects[index])
        if known is None:
            face = _face(text, index, view)
            known = (face, _baseline(text, index, view) if face.is_upright and objects[index] else None)
            faces[objects[index]] = known
        face, baseline = known
        if baseline is None:
            baseline = _baseline(text, index, view)
        line.append(Letter(char, lefts[index], rights[index], baseline, face, bottoms[index], tops[index]))
    return lines


def _boxes(handle: int | None, count: int, view: View) -> Sequence[list[float]]:
    """Return the left, bottom, right and top of each letter of a page, as the reader sees them."""
    boxes = (ctypes.c_float * (4 * count))()  # left, top, right, bottom of each, as FS_RECTF has them
    at = ctypes.addressof(boxes)
    list(map(_loose_box, repeat(handle), range(count), range(at, at + 16 * count, 16)))
    corners = np.ctypeslib.as_array(boxes).astype(np.float64).reshape(-1, 2, 2)  # of each: left top, right bottom
    a, b, c, d, e, f = view
    seen = corners @ np.array([[a, b], [c, d]]) + (e, f)  # a page may be turned
    return [*seen.min(axis=1).T.tolist(), *seen.max(axis=1).T.tolist()]


def _baseline(text: pypdfium2.PdfTextPage, index: int, view: View) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    return views.seen(view, x.value, y.value)[1]


def _face(text: pypdfium2.PdfTextPage, index: int, view: View) -> Face:
    matrix, name, flags = pdfium.FS_MATRIX(), ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
    # The font size is that of the text operator; the matrix has the rest of it.
    size = pdfium.FPDFText_GetFontSize(text, index) * (matrix.c**2 + matrix.d**2) ** 0.5
    is_bold = pdfium.FPDFText_GetFontWeight(text, index) >= 600 or _BOLD.search(name.value) is not None
    a, b, c, d, *_ = view
    ahead, up = a * matrix.a + c * matrix.b, b * matrix.a + d * matrix.b
    ways = (ahead > 2 * abs(up), up > 2 * abs(ahead), -ahead > 2 * abs(up), -up > 2 * abs(ahead))
    turn = ways.index(True) if any(ways) else None
    return Face(round(size * 2) / 2 or 0.5, is_bold, turn == 0, turn)


def _annotations(page: pypdfium2.PdfPage, form: Any, view: View) -> tuple[list[tuple[Box, str]], list[Box], list[str]]:
    """Return what a form is filled in with, what reviewers struck out, and what they wrote."""
    filled: list[tuple[Box, str]] = []
    struck: list[Box] = []
    comments: list[str] = []
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, index)
        kind, written = pdfium.FPDFAnnot_GetSubtype(note), ""
        if kind == pdfium.FPDF_ANNOT_WIDGET and form and pdfium.FPDFAnnot_GetFormFieldType(form, note) in _WORDS:
            written = _string(pdfium.FPDFAnnot_GetFormFieldValue, form, note)
        elif kind == pdfium.FPDF_ANNOT_FREETEXT:
            written = _string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")
        elif kind in _REMARKS:
            comments.append(_string(pdfium.FPDFAnnot_GetStringValue, note, b"Contents"))
        if written:
            place = pdfium.FS_RECTF()
            pdfium.FPDFAnnot_GetRect(note, place)
            corners = ((place.left, place.bottom), (place.right, place.top))
            filled.append((views.box(*(views.seen(view, *corner) for corner in corners)), written))
        if kind == pdfium.FPDF_ANNOT_STRIKEOUT:
            struck += _quads(note, view)
        pdfium.FPDFPage_CloseAnnot(note)
    return filled, struck, [comment for comment in comments if comment]


def _string(ask: Callable[..., int], *of: Any) -> str:
    size = ask(*of, None, 0)
    text = (pdfium.FPDF_WCHAR * (size // 2))()
    ask(*of, text, size)
    return bytes(text).decode("utf-16-le", "replace").rstrip("\0").strip()


def _quads(note: Any, view: View) -> list[Box]:
    quad = pdfium.FS_QUADPOINTSF()
    found = []
    for index in range(pdfium.FPDFAnnot_CountAttachmentPoints(note)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(note, index, quad):
            corners = ((quad.x1, quad.y1), (quad.x2, quad.y2), (quad.x3, quad.y3), (quad.x4, quad.y4))
            found.append(views.box(*(views.seen(view, *corner) for corner in corners)))
    return found
