"""Reads a PDF file: text in reading order with pages, and the facts the file states.

A PDF has no paragraphs, only letters at places. They are put together in steps, each
a function from values to values:

    letters -> fragments -> (running lines removed) -> lines in reading order -> blocks -> text

A fragment is a stretch of one line without a gap as wide as a column gap. Lengths are
points (1/72 inch), seen as the reader sees the page: x grows to the right from the left
edge, y grows upwards from the bottom edge.
"""

from __future__ import annotations

import ctypes
import re
import threading
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, groupby, pairwise
from queue import Empty, SimpleQueue
from statistics import median
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree

import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.documents.extract import Extract, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError

MAX_PAGES = 5_000
MAX_LETTERS = 20_000_000  # about 100 seconds of reading; a dense page has 5,000

MAX_PAGE_SECONDS = 60  # a page of drawings takes a few; forms that draw forms can take for ever
LOCK_SECONDS = 0.5  # between looks at what holds the lock

# PDFium keeps global state and must not be entered by two threads at once.
_PDFIUM = threading.Lock()
_STUCK = threading.Event()  # the lock is held by a file that was given up


def read(data: bytes) -> Extract:
    """Take text and facts out of a PDF file.

    Args:
        data: The whole file.

    Returns:
        Blocks in reading order, page by page and column by column, without running headers,
        footers and page numbers. A paragraph that runs over a page break is one block, with
        the page it starts on. The raised number that points to a footnote is left out, as
        it is no part of the sentence.

    Raises:
        DocumentError: The file is no PDF, cut short, damaged, encrypted, too large, has no
            text in it, or a page that does not end.
    """
    _check_ends(data)
    pages, stated = _watched(data)
    _check_text(pages)
    lines = [line for page in _without_running_lines(pages) for line in _ordered(page)]
    return Extract(tuple(_blocks(lines)), stated)


# --- opening -----------------------------------------------------------------------------


def _check_ends(data: bytes) -> None:
    """Refuse what PDFium would repair by guessing: a repaired file silently lacks pages."""
    # A header within the first 1024 bytes and an end mark within the last 1024 are what
    # Acrobat asks for (PDF Reference 1.7, implementation notes 13 and 18).
    if b"%PDF-" not in data[:1024]:
        raise DocumentError("is not a PDF file; give it the ending of what it is")
    length = re.search(rb"/Linearized\b[^>]*/L\s+(\d{1,12})\b", data[:1024])
    if b"%%EOF" not in data[-1024:] or (length and int(length[1]) > len(data)):
        raise DocumentError("is a PDF file cut short; copy or download it again")


def _watched(data: bytes) -> tuple[list[_Page], tuple[Stated, ...]]:
    """Read pages and facts in a thread of its own: a call into PDFium cannot be interrupted.

    When a page does not end, its thread keeps PDFium until the process ends. This reader
    then refuses its file and all others, with an error that tells the two apart.
    """
    while not _PDFIUM.acquire(timeout=LOCK_SECONDS):
        if _STUCK.is_set():
            raise DocumentError("waits for another PDF file that does not end; remove that and start again")
    messages: SimpleQueue[_Message] = SimpleQueue()
    threading.Thread(target=_work, args=(data, messages), daemon=True).start()
    pages: list[_Page] = []
    while True:
        try:
            message = messages.get(timeout=MAX_PAGE_SECONDS)
        except Empty:
            _STUCK.set()
            place = f"page {len(pages) + 1} takes more than {MAX_PAGE_SECONDS} seconds"
            raise DocumentError(f"{place}; print it to a new PDF file") from None
        if isinstance(message, Exception):
            raise message
        if isinstance(message, tuple):
            return pages, message
        pages.append(message)


def _work(data: bytes, messages: SimpleQueue[_Message]) -> None:
    """Send each page, then the facts, or else what went wrong; give PDFium back at the end."""
    try:
        with closing(_open(data)) as document:
            for page in _pages(document):
                messages.put(page)
            stated = _stated(document, data)
        messages.put(stated)
    except Exception as error:  # for the thread that waits, whatever it is
        messages.put(error)
    finally:
        _STUCK.clear()
        _PDFIUM.release()


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise DocumentError("is encrypted; save it without a password") from None
        if error.err_code == pdfium.FPDF_ERR_SECURITY:
            raise DocumentError("is encrypted in an unknown way; save it without a password") from None
        raise DocumentError("is a damaged PDF file; save or download it again") from error
    if not 0 < len(document) <= MAX_PAGES:
        count = len(document)
        document.close()
        if count < 1:
            raise DocumentError("is a PDF file without pages; save or download it again")
        raise DocumentError(f"has {count:,} pages, more than {MAX_PAGES:,}; split it")
    return document


def _pages(document: pypdfium2.PdfDocument) -> Iterator[_Page]:
    letters = 0
    for number in range(1, len(document) + 1):
        try:
            page = document[number - 1]
            text = page.get_textpage()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(f"page {number} is damaged; save or download the file again") from error
        with closing(page), closing(text):
            letters += text.count_chars()
            if letters > MAX_LETTERS:
                raise DocumentError(f"has more than {MAX_LETTERS:,} letters; split it")
            frame = _Frame.of(page)
            fragments = tuple(_fragments(_glyphs(text, frame), frame, number))
            yield _Page(number, frame.height, fragments)


def _check_text(pages: Sequence[_Page]) -> None:
    text = "".join(fragment.text for page in pages for fragment in page.fragments)
    if not text:
        raise DocumentError("has no text layer; run OCR first")
    # What a font does not map comes as U+FFFD, as a control code or from a private area.
    unreadable = sum(char < " " or char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in text)
    if unreadable > len(text) / 2:
        raise DocumentError("has fonts that do not say which letters they draw; run OCR first")


# --- letters and fragments ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    """The visible part of a page, and how the viewer turns it (clockwise, in quarters)."""

    left: float
    bottom: float
    right: float
    top: float
    quarters: int

    @classmethod
    def of(cls, page: pypdfium2.PdfPage) -> _Frame:
        left, bottom, right, top = page.get_cropbox()
        return cls(left, bottom, right, top, quarters=page.get_rotation() // 90 % 4)

    @property
    def width(self) -> float:
        return self.right - self.left if self.quarters % 2 == 0 else self.top - self.bottom

    @property
    def height(self) -> float:
        return self.top - self.bottom if self.quarters % 2 == 0 else self.right - self.left

    def turned(self, x: float, y: float) -> tuple[float, float]:
        """Return where the reader sees the point (x, y) of the file."""
        if self.quarters == 0:
            return x - self.left, y - self.bottom
        if self.quarters == 1:
            return y - self.bottom, self.right - x
        if self.quarters == 2:
            return self.right - x, self.top - y
        return self.top - y, x - self.left


@dataclass(frozen=True, slots=True)
class _Face:
    """How letters look. `upright`: they run from left to right on the page as it is seen."""

    size: float
    bold: bool
    upright: bool


class _Glyph(NamedTuple):  # made for every letter, in half the time of a frozen dataclass
    char: str
    left: float
    right: float
    baseline: float
    face: _Face


@dataclass(frozen=True, slots=True)
class _Line:
    """Text on one baseline: a fragment of a line, or a whole one.

    `column` numbers the columns of a page in reading order; `edges` are the left and right
    end of that column. Both are known for whole lines only.
    """

    text: str
    page: int
    left: float
    right: float
    baseline: float
    face: _Face
    column: int = 0
    edges: tuple[float, float] = (0.0, 0.0)

    @property
    def size(self) -> float:
        return self.face.size

    @property
    def fullness(self) -> float:
        """How far the line reaches across its column: 1.0 is up to the right edge."""
        left, right = self.edges
        return (self.right - left) / max(right - left, 1.0)


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    height: float
    fragments: tuple[_Line, ...]


_Message: TypeAlias = _Page | tuple[Stated, ...] | Exception


_BOLD = re.compile(rb"bold|black|heavy|demi", re.IGNORECASE)
_LINE_END = _Glyph("\n", 0.0, 0.0, 0.0, _Face(0.0, False, True))
# U+0002 and U+FFFE are what PDFium makes of the hyphen at the end of a line.
_HYPHENS = "\u2010\u00ad\x02\ufffe-"
_SPELLED = {ord("\x02"): "-", ord("\ufffe"): "-", 0x200B: None, 0xFEFF: None} | {
    ord(ligature): plain
    for ligature, plain in zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)
}


def _glyphs(text: pypdfium2.PdfTextPage, frame: _Frame) -> Iterator[_Glyph]:
    """Yield the letters of a page in the order of the file, `_LINE_END` where PDFium ends a line."""
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    faces: dict[int, _Face] = {}
    previous = _LINE_END
    for index in range(text.count_chars()):
        char = chr(pdfium.FPDFText_GetUnicode(text, index))
        if char in " \r\n" and pdfium.FPDFText_IsGenerated(text, index) == 1:
            # A generated space stands at no place of its own.
            space = previous._replace(char=" ", left=previous.right)
            previous = _LINE_END if char in "\r\n" else space
        else:
            pdfium.FPDFText_GetLooseCharBox(text, index, box)
            pdfium.FPDFText_GetCharOrigin(text, index, x, y)
            one, other = frame.turned(box.left, box.bottom)[0], frame.turned(box.right, box.top)[0]
            face = _face(text, index, frame, faces)
            baseline = frame.turned(x.value, y.value)[1]
            previous = _Glyph(char, min(one, other), max(one, other), baseline, face)
        yield previous


def _face(text: pypdfium2.PdfTextPage, index: int, frame: _Frame, known: dict[int, _Face]) -> _Face:
    """Return the face of a letter; `known` holds those of the page by text object, for speed."""
    address = ctypes.cast(pdfium.FPDFText_GetTextObject(text, index), ctypes.c_void_p).value or 0
    if address not in known:
        matrix, name, flags = pdfium.FS_MATRIX(), ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetMatrix(text, index, matrix)
        pdfium.FPDFText_GetFontInfo(text, index, name, len(name), flags)
        weight = pdfium.FPDFText_GetFontWeight(text, index)
        # The font size is that of the text operator; the matrix has the rest of it.
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        size = pdfium.FPDFText_GetFontSize(text, index) * scale
        along = ((matrix.a, matrix.b), (matrix.b, -matrix.a), (-matrix.a, -matrix.b), (-matrix.b, matrix.a))
        right, up = along[frame.quarters]
        bold = weight >= 600 or _BOLD.search(name.value) is not None
        known[address] = _Face(round(size * 2) / 2 or 0.5, bold, right > 2 * abs(up))
    return known[address]


def _fragments(glyphs: Iterable[_Glyph], frame: _Frame, page: int) -> Iterator[_Line]:
    run: list[_Glyph] = []
    for glyph in glyphs:
        if glyph is _LINE_END or (run and _breaks(run[-1], glyph)):
            yield from _fragment(run, frame, page)
            run = []
        if glyph is not _LINE_END:
            run.append(glyph)
    yield from _fragment(run, frame, page)


def _breaks(before: _Glyph, after: _Glyph) -> bool:
    if before.face.upright != after.face.upright:
        return True
    if not after.face.upright:
        return False
    size = max(before.face.size, after.face.size)
    if abs(after.baseline - before.baseline) > 0.5 * size:
        return True
    # LaTeX sets columns one em apart, and no closer than that do others.
    return not -size < after.left - before.right < 0.9 * size


def _fragment(run: Sequence[_Glyph], frame: _Frame, page: int) -> Iterator[_Line]:
    """Yield what a run of letters says, or nothing for one that is blank or beyond the page."""
    inked = [glyph for glyph in run if not glyph.char.isspace()]
    if not inked:
        return
    sizes = Counter(glyph.face.size for glyph in inked)
    size = max(sizes, key=lambda each: (sizes[each], each))
    baseline = median(glyph.baseline for glyph in inked if glyph.face.size == size)
    left, right = min(glyph.left for glyph in inked), max(glyph.right for glyph in inked)
    # Printers' marks stand beside the page: nobody sees them.
    if right < 0 or left > frame.width or not 0 <= baseline <= frame.height:
        return
    text = " ".join("".join(_spoken(run, size, baseline)).translate(_SPELLED).split())
    if text:
        bold = 2 * sum(glyph.face.bold for glyph in inked) > len(inked)
        yield _Line(text, page, left, right, baseline, _Face(size, bold, inked[0].face.upright))


def _spoken(run: Sequence[_Glyph], size: float, baseline: float) -> Iterator[str]:
    """Yield the letters of a run but the raised numbers that point to footnotes.

    "the treaty.12" would hide the end of a sentence. A raised number after a digit or a
    unit of length is a power and stays.
    """
    said = ""
    for glyph in run:
        raised = glyph.face.size <= 0.8 * size and glyph.baseline > baseline + 0.15 * size
        if raised and glyph.char.isdigit() and re.search(r"(?:[^\W\d]{3}|[^\w\s])$", said):
            continue
        said += glyph.char
        yield glyph.char


# --- running headers and footers ---------------------------------------------------------

_ZONE = 0.12  # of the page's height, at the top and at the bottom
_NUMBER = re.compile(r"\d{1,5}|\b[ivxlc]{1,7}\b")
_BARE = re.compile(r"[-–—\[( ]*(?:\d{1,3}|[ivxlc]{1,7})[-–—\]). ]*|(?:\d+\s*/\s*\d+)")
_PAGE_WORD = re.compile(r"[-–—\[( ]*(?:page|p\.)\s*\d+(?:\s*(?:of|/)\s*\d+)?[-–—\]). ]*", re.IGNORECASE)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def _without_running_lines(pages: Sequence[_Page]) -> list[_Page]:
    """Leave out what repeats at the top or bottom of most pages, and page numbers."""
    margins = [_margin(page) for page in pages]
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for page, margin in zip(pages, margins, strict=True):
        for fragment in chain.from_iterable(margin):
            for key in _keys(fragment):
                places[key].append((page.number, _from_edge(fragment, page)))
    running = {key: heights for key, found in places.items() if (heights := _running(found, len(pages)))}
    kept = []
    for page, margin in zip(pages, margins, strict=True):
        left_out = [fragment for row in margin for fragment in _left_out(row, page, running, len(pages))]
        fragments = tuple(fragment for fragment in page.fragments if fragment not in left_out)
        kept.append(_Page(page.number, page.height, fragments))
    return kept


def _margin(page: _Page) -> list[list[_Line]]:
    """Return the outermost rows of fragments near the top and the bottom, three of each."""
    rows = _rows([fragment for fragment in page.fragments if fragment.face.upright])
    top = [row for row in rows if row[0].baseline > page.height * (1 - _ZONE)]
    bottom = [row for row in rows if row[0].baseline < page.height * _ZONE]
    return [*top[:3], *bottom[-3:]]


def _keys(fragment: _Line) -> Iterator[str]:
    """Yield what the fragment would have in common with its like on other pages.

    That is its text, and its text with one number given by its distance from the page
    number: "Page 3 of 9" on page 3 has "Page <0> of 9". A number that does not count
    with the pages makes lines different: "Budget 2023" and "Budget 2025" are two, and so
    are "Budget 2023" and "Budget 2024" on the page after it.
    """
    yield fragment.text
    for found in _NUMBER.finditer(fragment.text):
        number = int(found[0]) if found[0].isdigit() else _roman(found[0])
        if 1900 <= number <= 2100 and found[0] != fragment.text:
            continue
        yield f"{fragment.text[: found.start()]}<{number - fragment.page}>{fragment.text[found.end() :]}"


def _roman(numeral: str) -> int:
    values = [_ROMAN[char] for char in numeral]
    return sum(-value if value < max(values[i:]) else value for i, value in enumerate(values))


def _from_edge(fragment: _Line, page: _Page) -> float:
    """Return the distance from the nearer edge, below 0 at the top, so that the two differ."""
    below = fragment.baseline
    return below if below < page.height / 2 else below - page.height


def _running(found: Sequence[tuple[int, float]], page_count: int) -> tuple[float, float] | None:
    """Return the lowest and highest place of a text that repeats on most pages, or None."""
    middle = median(height for _, height in found)
    numbers = {number for number, height in found if abs(height - middle) <= 3}
    if len(numbers) < 2:
        return None
    # Left and right pages often have two kinds.
    pages = range(1, page_count + 1)
    if any(_on_most(numbers, group) for group in (pages, pages[0::2], pages[1::2])):
        return middle - 3, middle + 3
    return None


def _on_most(numbers: set[int], pages: range) -> bool:
    """Tell whether three of four pages are among the numbers. The first page often has no header."""
    expected = pages[1:] if len(pages) > 2 and pages[0] == 1 else pages
    missing = sum(number not in numbers for number in expected)
    return len(expected) >= 2 and missing <= len(expected) // 4


def _left_out(
    row: Sequence[_Line], page: _Page, running: Mapping[str, tuple[float, float]], page_count: int
) -> Sequence[_Line]:
    """Return the fragments of a row that are no part of the text."""
    found = []
    for fragment in row:
        height = _from_edge(fragment, page)
        keys = [key for key in _keys(fragment) if key in running]
        keys = [key for key in keys if running[key][0] <= height <= running[key][1]]
        if fragment.text not in keys and keys and _BARE.fullmatch(fragment.text):
            # The chapter's name beside the page number changes within a book.
            return row
        if keys or (_is_page_number(fragment, page_count) and _stands_apart(fragment, page)):
            found.append(fragment)
    return found


def _is_page_number(fragment: _Line, page_count: int) -> bool:
    """Tell whether the text is a page number by its looks alone.

    "3" in a document of several pages is not: where it does not count with the pages,
    it may be the last cell of a table.
    """
    if _PAGE_WORD.fullmatch(fragment.text):
        return True
    return page_count == 1 and _BARE.fullmatch(fragment.text) is not None


def _stands_apart(fragment: _Line, page: _Page) -> bool:
    """Tell whether a fragment is the outermost of its page with some white around it."""
    others = [other.baseline for other in page.fragments if other is not fragment]
    gaps = [abs(other - fragment.baseline) for other in others]
    outermost = all(o > fragment.baseline for o in others) or all(o < fragment.baseline for o in others)
    return outermost and min(gaps, default=page.height) > 1.5 * fragment.size


# --- reading order -----------------------------------------------------------------------


def _ordered(page: _Page) -> Iterator[_Line]:
    """Yield the lines of a page as they are read; text that runs sideways comes last."""
    upright = [fragment for fragment in page.fragments if fragment.face.upright]
    column = 0
    for column, region in enumerate(_regions(upright), start=1):
        edges = min(line.left for line in region), max(line.right for line in region)
        for row in _rows(region):
            yield _joined(row, column, edges)
    for fragment in page.fragments:
        if not fragment.face.upright:
            column += 1
            yield _joined([fragment], column, (fragment.left, fragment.right))


def _regions(fragments: Sequence[_Line]) -> Iterator[Sequence[_Line]]:
    """Yield the columns in reading order. What spans a gutter ends the columns above it."""
    gutter = _gutter(fragments)
    if gutter is None:
        if fragments:
            yield fragments
        return
    band: list[list[_Line]] = [[], [], []]  # across, left, right
    for fragment in sorted(fragments, key=lambda each: -each.baseline):
        side = 1 if fragment.right <= gutter else 2 if fragment.left >= gutter else 0
        if side == 0 and (band[1] or band[2]):
            yield from _band(band)
            band = [[], [], []]
        band[side].append(fragment)
    yield from _band(band)


def _band(band: Sequence[Sequence[_Line]]) -> Iterator[Sequence[_Line]]:
    across, left, right = band
    if across:
        yield across
    yield from _regions(left)
    yield from _regions(right)


def _gutter(fragments: Sequence[_Line]) -> float | None:
    """Return the x of the white between two columns, or None where there is one column.

    It is the place that the fewest fragments cross. The text on both of its sides must look
    like columns, full lines in each, or the white is that of a table or an address.
    """
    if len(fragments) < 4:
        return None
    start, end = min(line.left for line in fragments), max(line.right for line in fragments)
    # Half of the least gap between fragments, so that a gutter of one em has room for it.
    margin = 0.3 * median(line.size for line in fragments)
    lefts, rights = sorted(line.left for line in fragments), sorted(line.right for line in fragments)

    def crossing(x: float) -> int:
        return bisect_left(lefts, x + margin) - bisect_right(rights, x - margin)

    step = (end - start) / 200
    places = [(crossing(start + step * i), i) for i in range(40, 161)]
    fewest = min(places)[0]
    # The widest of the places: the numbers of a run less their ranks are all the same.
    runs = groupby(enumerate(i for count, i in places if count == fewest), lambda each: each[1] - each[0])
    widest = max(([i for _, i in run] for _, run in runs), key=len)
    gutter = start + step * (widest[0] + widest[-1]) / 2
    left = [line for line in fragments if line.right <= gutter]
    right = [line for line in fragments if line.left >= gutter]
    if _is_column(left, gutter - start) and _is_column(right, end - gutter):
        return gutter
    return None


def _is_column(fragments: Sequence[_Line], width: float) -> bool:
    # A last column may hold two lines. The shares were found by trying tables, addresses
    # and columns set ragged right.
    rows = _rows(fragments)
    if len(rows) < 2:
        return False
    filled = [sum(line.right - line.left for line in row) / width for row in rows]
    return max(filled) >= 0.7 and median(filled) >= 0.5


def _rows(fragments: Sequence[_Line]) -> list[list[_Line]]:
    """Group fragments by baseline, top row first, each from left to right."""
    rows: list[list[_Line]] = []
    for fragment in sorted(fragments, key=lambda line: -line.baseline):
        last = rows[-1][0] if rows else None
        if last and last.baseline - fragment.baseline <= 0.4 * max(last.size, fragment.size):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _joined(row: Sequence[_Line], column: int, edges: tuple[float, float]) -> _Line:
    longest = max(row, key=lambda line: len(line.text))
    text = row[0].text
    for before, after in pairwise(row):
        # Shadows and poor man's bold are letters drawn twice.
        if after.text == before.text and after.left - before.left < 0.3 * longest.size:
            continue
        touching = after.left - before.right < 0.12 * longest.size
        text += after.text if touching else " " + after.text
    bold = all(line.face.bold for line in row)
    face = _Face(longest.size, bold, longest.face.upright)
    right = max(line.right for line in row)
    return _Line(text, longest.page, row[0].left, right, longest.baseline, face, column, edges)


# --- blocks ------------------------------------------------------------------------------

_BULLET = re.compile(r"[•▪‣◦●○■□➢➤✓·\uf000-\uf0ff]\s*(?=\S)")
_DASH = re.compile(r"[-–—*]\s+(?=\S)")
_COUNTED = re.compile(r"(?:\d{1,2}[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,5})\)|(?:[a-z]|[ivx]{1,5})[.)])\s+(?=\S)")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Map|Chart|Photo)\s*\d+(?:[.-]\d+)?\s*[.:]\s")
_SENTENCE_END = re.compile(r"[.!?:;。！？…]['\"”’)\]»]*$")


@dataclass(slots=True)
class _Draft:
    """The lines of a block while it is being put together."""

    kind: BlockKind
    lines: list[_Line] = field(default_factory=list)

    @property
    def first(self) -> _Line:
        return self.lines[0]

    @property
    def last(self) -> _Line:
        return self.lines[-1]


@dataclass(frozen=True, slots=True)
class _Typography:
    """The habits of a document: size of its body text, and distance of its lines by size."""

    body: float
    is_bold: bool
    leading: Mapping[float, float]

    @classmethod
    def of(cls, lines: Sequence[_Line]) -> _Typography:
        letters: Counter[tuple[float, bool]] = Counter()
        gaps: dict[float, list[float]] = defaultdict(list)
        for line in lines:
            letters[line.size, line.face.bold] += len(line.text)
        for before, after in pairwise(lines):
            gap = before.baseline - after.baseline
            if _in_one_flow(before, after) and before.size == after.size and 0 < gap < 2.6 * after.size:
                gaps[after.size].append(gap)
        # The lower fifth: lines of a paragraph are nearer to each other than paragraphs are.
        leading = {size: sorted(found)[len(found) // 5] for size, found in gaps.items() if len(found) > 2}
        size, bold = max(letters, key=lambda face: (letters[face], face)) if letters else (10.0, False)
        return cls(size, bold, leading)

    def is_heading(self, line: _Line) -> bool:
        """Tell whether a line is set as headings are, whatever it says."""
        if line.size >= 1.12 * self.body:
            return True
        return line.face.bold and not self.is_bold and line.size >= 0.95 * self.body

    def is_small(self, line: _Line) -> bool:
        return line.size <= 0.93 * self.body or not line.face.upright

    def is_apart(self, before: _Line, after: _Line) -> bool:
        """Tell whether there is more white between two lines of a flow than inside a paragraph."""
        gap = before.baseline - after.baseline
        if gap > 1.25 * self.leading.get(after.size, 1.3 * after.size):
            return True
        # Where all lines are wide apart, they may be double spaced or one-line paragraphs.
        ended = before.fullness < 0.9 or _SENTENCE_END.search(before.text) is not None
        return gap > 1.7 * after.size and ended and not _starts_lower(after.text)


def _blocks(lines: Sequence[_Line]) -> Iterator[RawBlock]:
    typography = _Typography.of(lines)
    drafts = _drafts(lines, typography)
    spelling = _Spelling(lines)
    headings = {(d.first.size, d.first.face.bold) for d in drafts if d.kind is BlockKind.HEADING}
    # Larger first; of one size, bold first. The looks of headings are their levels.
    levels = {face: rank for rank, face in enumerate(sorted(headings, reverse=True), start=1)}
    for draft in drafts:
        text = spelling.joined([line.text for line in draft.lines])
        if draft.kind is BlockKind.ITEM:
            # A bullet is drawn; a number is said.
            text = _BULLET.sub("", _DASH.sub("", text, count=1), count=1)
        level = levels[draft.first.size, draft.first.face.bold] if draft.kind is BlockKind.HEADING else 0
        yield RawBlock(text, draft.kind, level, draft.first.page)


def _drafts(lines: Sequence[_Line], typography: _Typography) -> list[_Draft]:
    drafts: list[_Draft] = []
    for line in lines:
        last = drafts[-1] if drafts else None
        kind = _kind(line, last, typography)
        host = None
        if kind is BlockKind.PARAGRAPH or (kind is BlockKind.HEADING and last and last.kind is kind):
            host = _host(line, drafts, typography)
        if host is None:
            host = _Draft(kind)
            drafts.append(host)
        host.lines.append(line)
    return [_judged(draft) for draft in drafts]


def _kind(line: _Line, last: _Draft | None, typography: _Typography) -> BlockKind:
    """Say what a line begins, if it begins something."""
    if _BULLET.match(line.text):
        return BlockKind.ITEM
    if _CAPTION.match(line.text) and line.size <= 1.05 * typography.body:
        return BlockKind.CAPTION
    if typography.is_heading(line):
        return BlockKind.HEADING
    if (_DASH.match(line.text) or _COUNTED.match(line.text)) and _may_begin(line, last, typography):
        return BlockKind.ITEM
    return BlockKind.PARAGRAPH


def _may_begin(line: _Line, last: _Draft | None, typography: _Typography) -> bool:
    """Tell whether "3." or a dash at the start of a line can be the mark of a list.

    Inside a paragraph it is chance: "the treaty of September" / "8. It was signed".
    """
    if last is None or not _in_one_flow(last.last, line) or last.kind is BlockKind.HEADING:
        return True
    if last.kind is BlockKind.ITEM and abs(last.first.left - line.left) < 0.5 * line.size < _hang(last):
        return True
    ended = _SENTENCE_END.search(last.last.text) is not None
    return ended or typography.is_apart(last.last, line)


def _hang(draft: _Draft) -> float:
    """Return how far the second line is indented against the first, or much for a single line."""
    return draft.lines[1].left - draft.first.left if len(draft.lines) > 1 else draft.first.size


def _host(line: _Line, drafts: Sequence[_Draft], typography: _Typography) -> _Draft | None:
    """Return the block that the line continues, or None if it begins one."""
    if not drafts:
        return None
    last = drafts[-1]
    if _in_one_flow(last.last, line) and not _begins(line, last, typography):
        return last
    skipped = 0
    for draft in reversed(drafts):
        # Between the two halves of a paragraph may stand footnotes, and a picture's caption.
        if draft.kind is BlockKind.CAPTION or (typography.is_small(draft.first) and draft.first.size < line.size):
            skipped += 1
        elif _in_one_flow(draft.last, line) and not skipped:
            return None
        else:
            return draft if _continues(line, draft, skipped) else None
    return None


def _begins(line: _Line, last: _Draft, typography: _Typography) -> bool:
    """Tell whether a line begins a block although it follows the last one in its flow."""
    before = last.last
    if abs(before.size - line.size) > 0.6 or before.face.bold != line.face.bold:
        return True
    if before.baseline < line.baseline or typography.is_apart(before, line):
        return True
    if last.kind is BlockKind.HEADING:
        return False
    em = line.size
    ended = _SENTENCE_END.search(before.text) is not None
    if line.left > before.left + 0.8 * em and not (last.kind is BlockKind.ITEM and len(last.lines) == 1):
        return ended or before.fullness < 0.75
    # A hanging indent ends where a line comes back to where the first began.
    if len(last.lines) > 1 and line.left < before.left - 0.8 * em and last.first.left < before.left:
        return True
    return ended and before.fullness < 0.75 and not _starts_lower(line.text)


def _continues(line: _Line, draft: _Draft, skipped: int) -> bool:
    """Tell whether a line after a break of column or page goes on with a sentence of `draft`."""
    before = draft.last
    if draft.kind is BlockKind.HEADING or abs(before.size - line.size) > 0.6 or line.page > before.page + 1:
        return False
    if before.face.bold != line.face.bold:
        return False
    ended = _SENTENCE_END.search(before.text) is not None
    if _starts_lower(line.text):
        return not ended or before.fullness > 0.75
    return not skipped and not ended and before.fullness > 0.6


def _judged(draft: _Draft) -> _Draft:
    """Return the draft, as a paragraph where it only looked like a heading."""
    if draft.kind is not BlockKind.HEADING:
        return draft
    text = " ".join(line.text for line in draft.lines)
    letters = sum(char.isalpha() for char in text)
    if letters < 2 or len(text) > 200 or text.endswith((",", ";")) or re.search(r"[a-z]{3}\.$", text):
        return _Draft(BlockKind.PARAGRAPH, draft.lines)
    return draft


def _in_one_flow(before: _Line, after: _Line) -> bool:
    return (before.page, before.column) == (after.page, after.column)


def _starts_lower(text: str) -> bool:
    return re.match(r"['\"“‘(\[]*[a-zà-öø-ÿ]", text) is not None


# --- words over line ends ----------------------------------------------------------------

_LONGEST_WORD = 80
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_BEFORE_HYPHEN = re.compile(rf"[\w.'’{_HYPHENS}]*(?<=[\w.])(?=[{_HYPHENS}]$)")
# Chinese and Japanese writing has no spaces, at line ends neither.
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")


class _Spelling:
    """How a document writes its words where no line end divides them."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self._words: set[str] = set()
        for before, line in zip([None, *lines[:-1]], lines, strict=True):
            words = _WORD.findall(line.text.casefold())
            # Halves of a divided word are no words.
            start = 1 if before is not None and before.text.endswith(tuple(_HYPHENS)) else 0
            end = len(words) - (1 if line.text.endswith(tuple(_HYPHENS)) else 0)
            self._words.update(words[start:end])

    def joined(self, lines: Sequence[str]) -> str:
        """Return the lines as running text, words that a line end divides made whole."""
        text = lines[0]
        for line in lines[1:]:
            text = self._joined(text, line)
        return " ".join(text.replace("\u00ad", "").split())

    def _joined(self, before: str, after: str) -> str:
        left = _BEFORE_HYPHEN.search(before[-_LONGEST_WORD:])
        if left:
            return (before if self._keeps_hyphen(left[0], after) else before[:-1]) + after
        if before.endswith("/") or (before[-1] in "–—" and not before[:-1].endswith(" ")):
            return before + after
        if _UNSPACED.match(before[-1]) and _UNSPACED.match(after):
            return before + after
        return f"{before} {after}"

    def _keeps_hyphen(self, left: str, after: str) -> bool:
        """Tell whether the hyphen at a line's end belongs to the word.

        It does in "U.S.-" / "Japan" and "hub-and-" / "spoke", and where the document
        writes the word with a hyphen elsewhere: "host-" / "nation".
        """
        right = _WORD.match(after)
        if right is None or not right[0][0].islower() or not left.isalpha():
            return True
        return f"{left}-{right[0]}".casefold() in self._words


# --- facts -------------------------------------------------------------------------------

_DC = "{http://purl.org/dc/elements/1.1/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_MAX_PACKET_BYTES = 1 << 20

_FILE_NAME = re.compile(
    r"\S*_\S*|.*\.(?:docx?|pdf|indd|qxd|tex|dvi|pptx?|xlsx?|rtf|odt|txt|html?)"
    r"|microsoft (?:word|powerpoint|excel)\b.*|\(?(?:untitled|anonymous|unspecified|unknown)\)?.{0,4}"
    r"|(?:powerpoint presentation|document|presentation|slide|layout)\s*\d*|[\W\d]*",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"\(?(?:anonymous|unknown|user|admin(?:istrator)?|owner|author)\)?|\W*", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


def _stated(document: pypdfium2.PdfDocument, data: bytes) -> tuple[Stated, ...]:
    """Return what the file's properties say about the document.

    The Info dictionary goes before XMP. Dates of the file and the program that wrote it
    are no facts about the document.
    """
    xmp = _xmp(data)
    author = _info(document, "Author") or xmp.get("author", "")
    title = _info(document, "Title")
    if _FILE_NAME.fullmatch(title):
        title = xmp.get("title", "")
    source = next((s for s in (_info(document, "Source"), xmp.get("source_url", "")) if _is_address(s)), "")
    language = next((t for t in (_language(document), xmp.get("language", "")) if _LANGUAGE.fullmatch(t)), "")
    facts = {
        "title": "" if _FILE_NAME.fullmatch(title) else title,
        "author": "" if _NOBODY.fullmatch(author) else author,
        "published": xmp.get("published", "") or _iso_date(_info(document, "Published")),
        "publisher": _info(document, "Publisher") or xmp.get("publisher", ""),
        "source_url": source,
        "language": language,
    }
    return tuple(Stated(name, value, Provenance.FILE_METADATA) for name, value in facts.items() if value)


def _info(document: pypdfium2.PdfDocument, key: str) -> str:
    # A string cut in the middle of a letter is one that says nothing.
    try:
        value: str = document.get_metadata_value(key)
    except UnicodeDecodeError:
        return ""
    return _one_line(value)


def _language(document: pypdfium2.PdfDocument) -> str:
    length = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    if not 2 < length <= 128:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFCatalog_GetLanguage(document, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), length)
    return _one_line(buffer.raw[: length - 2].decode("utf-16-le", "replace"))


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _is_address(text: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]\S*", text, re.IGNORECASE) is not None


def _iso_date(text: str) -> str:
    """Return YYYY, YYYY-MM or YYYY-MM-DD from an ISO 8601 or PDF date, or "" from anything else."""
    text = re.sub(r"^D:(\d{8})\d+", r"\1", text)
    found = re.match(r"(?:D:)?(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?![\d-])", text)
    if not found:
        return ""
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return ""
    return "-".join(part for part in (year, month, day) if part)


def _xmp(data: bytes) -> dict[str, str]:
    """Return the facts of the XMP packet of the document; none where there is none to be read.

    PDFium does not hand the packet out, but it is made to be found by its marks in the bytes
    of a file (XMP Specification part 3, packet scanning) and so is hardly ever compressed.
    """
    packet = _packet(data)
    try:
        # The packet starts with its root element. A DTD cannot follow, so there are no entities to expand.
        root = ElementTree.fromstring(packet)  # noqa: S314
    except ElementTree.ParseError:
        return {}
    values = _properties(root)
    written = {first for key in ("CreateDate", "ModifyDate") for first in values.get(_XMP + key, ())}
    # Some programs repeat the moment of saving as the date of the document.
    dates = [value for value in values.get(_DC + "date", ()) if value not in written]
    dates[:0] = [
        value
        for key, found in values.items()
        if key.startswith("{http://prismstandard.org/") and key.endswith("}publicationDate")
        for value in found
    ]
    return {
        "title": values.get(_DC + "title", [""])[0],
        "author": "; ".join(values.get(_DC + "creator", ())),
        "published": next(filter(None, map(_iso_date, dates)), ""),
        "publisher": values.get(_DC + "publisher", [""])[0],
        "source_url": values.get(_DC + "source", [""])[0],
        "language": values.get(_DC + "language", [""])[0],
    }


def _packet(data: bytes) -> bytes:
    """Return the last packet that speaks of a PDF file: the others belong to pictures."""
    end = len(data)
    while (start := data.rfind(b"<x:xmpmeta", 0, end)) >= 0:
        stop = data.find(b"</x:xmpmeta>", start, min(end, start + _MAX_PACKET_BYTES))
        packet = data[start : stop + len(b"</x:xmpmeta>")] if stop >= 0 else b""
        if b"http://ns.adobe.com/pdf/1.3/" in packet:
            return packet
        end = start
    return b""


def _properties(root: ElementTree.Element) -> dict[str, list[str]]:
    """Return the values of each property, written as attribute, as text or as list."""
    values: dict[str, list[str]] = defaultdict(list)
    for description in root.iter(_RDF + "Description"):
        for name, value in description.attrib.items():
            values[name].append(_one_line(value))
        for element in description:
            entries = [entry.text for entry in element.iter(_RDF + "li")] or [element.text]
            values[element.tag].extend(filter(None, (_one_line(entry or "") for entry in entries)))
    return {name: found for name, found in values.items() if found}
