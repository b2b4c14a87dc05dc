"""Reads Excel workbooks (.xlsx): each row as its sheet shows it, with the facts that the file states.

Read with lxml, a row at a time: openpyxl 3.1 knows hidden rows and merged cells only where it holds the whole sheet
in memory, about 50 times its size, and refuses workbooks for styles that it does not expect.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import lines, marks, properties
from alliance_qa.documents.docx.content import Paragraph, Piece
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.documents.sheets import formats, grid
from alliance_qa.documents.sheets.grid import Area, Cell, Sheet
from alliance_qa.errors import DocumentError

_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_FIELD = re.compile(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Z&])')
_WIDEST = 16_384  # columns
_NO_NOTES = marks.Notes(frozenset(), frozenset(), are_words_own=False)


@dataclass(frozen=True, slots=True)
class _Style:
    """How a cell is written."""

    code: str = formats.GENERAL
    is_bold: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """The text of a cell in one line, and what of it is left out."""

    line: str
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Book:
    """What all sheets share."""

    strings: Sequence[_Text]
    styles: Sequence[_Style]
    from_1904: bool


def read(data: bytes) -> Extract:
    """Return the rows of a workbook, sheet by sheet, as its program shows them.

    Values are those that the program worked out last, in the format of their cells; what a cell shows is not cut
    to the width of its column. Left out, each with its reason, are hidden sheets, rows and columns, values that
    their format hides, struck-out text, comments, what is printed above and below each page, and formulas that were
    never worked out.

    Raises:
        DocumentError: The file is no workbook, damaged, encrypted, unpacks to too much, has too many rows, or
            shows no text.
    """
    with opened(data, ".xlsx") as parts:
        main = parts.main("xl/workbook.xml")
        root = parts.xml(main)
        if root is None or not any(True for _ in root.iter("{*}sheets")):
            raise DocumentError("is no Excel workbook that can be read; save it again as .xlsx")
        about = next(root.iter("{*}workbookPr"), None)
        book = _Book(
            [_text(entry) for shared in parts.stories(main, "sharedStrings") for entry in shared.iter("{*}si")],
            _styles(next(parts.stories(main, "styles"), None)),
            about is not None and about.get("date1904", "0") in ("1", "true"),
        )
        sheets = list(_sheets(parts, main, root, book))
        return grid.extract(sheets, properties.stated(parts))


def _sheets(parts: Package, main: str, workbook: Element, book: _Book) -> Iterator[Sheet]:
    targets = parts.targets(main)
    for entry in workbook.iter("{*}sheet"):
        relation = next((value for key, value in entry.attrib.items() if key.endswith("}id")), "")
        part = targets.get(relation)
        if part is None or not parts.has(part) or "chartsheet" in part.casefold():
            continue
        is_hidden = entry.get("state", "visible") != "visible"
        yield _sheet(parts, part, one_line(entry.get("name", "")), is_hidden, book)


def _sheet(parts: Package, part: str, name: str, is_hidden: bool, book: _Book) -> Sheet:
    rows: dict[int, dict[int, Cell]] = {}
    hidden_rows: set[int] = set()
    hidden_columns: set[int] = set()
    heads: set[int] = set()
    merged: list[Area] = []
    left: list[LeftOut] = []
    at = 0
    is_row_hidden_by_default = False
    with parts.stream(part) as stream:
        for _, element in etree.iterparse(stream, resolve_entities=False, no_network=True):
            match etree.QName(element).localname:
                case "row":
                    number = element.get("r", "")
                    at = int(number) if number.isdigit() else at + 1
                    if _is_on(element, "hidden") or element.get("ht") == "0" or is_row_hidden_by_default:
                        hidden_rows.add(at)
                    if cells := dict(_cells(element, at, name, book, left)):
                        rows[at] = cells
                        grid.check_size(len(rows))
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
                case "col" if _is_on(element, "hidden") or element.get("width") == "0":
                    last = min(int(element.get("max", "0")), _WIDEST)
                    hidden_columns.update(range(int(element.get("min", "1")), last + 1))
                case "sheetFormatPr":
                    is_row_hidden_by_default = _is_on(element, "zeroHeight")
                case "mergeCell":
                    merged.extend(_area(element.get("ref", "")))
                case "autoFilter":
                    heads.update(area.top for area in _area(element.get("ref", "")))
                case "oddHeader" | "oddFooter" | "firstHeader" | "firstFooter":
                    if line := one_line(_FIELD.sub(" ", element.text or "")):
                        left.append(LeftOut(Omission.RUNNING_LINE, line))
    for table in parts.stories(part, "table"):
        if table.get("headerRowCount", "1") != "0":
            heads.update(area.top for area in _area(table.get("ref", "")))
    for kind in ("comments", "threadedComment"):
        for root in parts.stories(part, kind):
            left.extend(LeftOut(Omission.COMMENT, line) for line in _comments(root))
    notes = [line for drawing in parts.stories(part, "drawing") for line in _boxes(drawing)]
    return Sheet(
        name,
        rows,
        merged,
        frozenset(hidden_rows),
        frozenset(hidden_columns),
        frozenset(heads),
        is_hidden,
        notes,
        left,
    )


def _is_on(element: Element, attribute: str) -> bool:
    return element.get(attribute, "0") in ("1", "true")


def _cells(row: Element, number: int, sheet: str, book: _Book, left: list[LeftOut]) -> Iterator[tuple[int, Cell]]:
    column = 0
    for element in row.iterchildren("{*}c"):
        place = _PLACE.fullmatch(element.get("r", ""))
        column = _column(place[1]) if place else column + 1
        where = f"sheet {sheet}, {grid.column_letters(column)}{number}"
        styled = element.get("s", "0")
        style = book.styles[int(styled)] if styled.isdigit() and int(styled) < len(book.styles) else _Style()
        cell = _cell(element, style, book, where, left)
        if cell.text and style.is_struck:
            left.append(LeftOut(Omission.STRUCK_OUT, f"{where}: {cell.text}"))
        elif cell.text:
            yield column, cell


def _cell(element: Element, style: _Style, book: _Book, where: str, left: list[LeftOut]) -> Cell:
    kind = element.get("t", "n")
    value = one_line(element.findtext("{*}v") or "")
    if kind == "inlineStr" or kind == "s":
        held = element.find("{*}is") if kind == "inlineStr" else None
        if kind == "s":
            text = book.strings[int(value)] if value.isdigit() and int(value) < len(book.strings) else None
        else:
            text = None if held is None else _text(held)
        if text is None:
            return Cell("")
        left.extend(LeftOut(entry.why, f"{where}: {entry.text}") for entry in text.left_out)
        return _said(formats.text_shown(text.line, style.code), text.line, style, where, left)
    if kind in ("str", "e", "d"):
        said = one_line(_unescaped(element.findtext("{*}v") or ""))
        shown = formats.text_shown(said, style.code) if kind == "str" else said.removesuffix("T00:00:00")
        return _said(shown, said, style, where, left, is_figure=kind == "d")
    if kind == "b":
        return Cell("TRUE" if value in ("1", "true") else "FALSE" if value else "", True, style.is_bold)
    try:
        number = float(value)
    except ValueError:
        formula = one_line(element.findtext("{*}f") or "")
        if formula and not value:
            left.append(LeftOut(Omission.CODE, f"{where}: ={formula} (never worked out; open the file and save it)"))
        return Cell(value, is_bold=style.is_bold)
    shown = formats.shown(number, style.code, from_1904=book.from_1904)
    return _said(shown, value, style, where, left, is_figure=True)


def _said(shown: str, held: str, style: _Style, where: str, left: list[LeftOut], *, is_figure: bool = False) -> Cell:
    if held and not shown:
        left.append(LeftOut(Omission.HIDDEN, f"{where}: {held}"))
    return Cell(shown, is_figure, style.is_bold)


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _area(reference: str) -> list[Area]:
    first, _, last = reference.partition(":")
    corners = [_PLACE.fullmatch(place) for place in (first, last or first)]
    if not all(corners):
        return []
    (left, top), (right, bottom) = ((_column(corner[1]), int(corner[2])) for corner in corners if corner)
    return [Area(top, left, bottom, right)]


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _text(entry: Element) -> _Text:
    """Return a text with what of it is struck out or raised; how Japanese words are read is no part of it."""
    pieces = []
    for child in entry:
        match etree.QName(child).localname if isinstance(child.tag, str) else "":
            case "t":
                pieces.append(Piece(_unescaped(child.text or "")))
            case "r":
                written = child.find("{*}rPr")
                shift = "" if written is None else _value(written, "vertAlign")
                pieces.append(
                    Piece(
                        _unescaped("".join(text.text or "" for text in child.iterchildren("{*}t"))),
                        Omission.STRUCK_OUT if written is not None and _has(written, "strike") else None,
                        is_raised=shift == "superscript",
                        is_lowered=shift == "subscript",
                    )
                )
    paragraph = marks.settled(Paragraph(tuple(pieces)), _NO_NOTES)
    return _Text(lines.text(paragraph), tuple(lines.left_out([paragraph])))


def _has(written: Element, tag: str) -> bool:
    there = written.find(f"{{*}}{tag}")
    return there is not None and there.get("val", "1") not in ("0", "false")


def _value(written: Element, tag: str) -> str:
    there = written.find(f"{{*}}{tag}")
    return "" if there is None else str(there.get("val", ""))


def _styles(root: Element | None) -> list[_Style]:
    if root is None:
        return []
    codes: Mapping[int, str] = formats.BUILT_IN | {
        int(entry.get("numFmtId", "0")): entry.get("formatCode", "") or formats.GENERAL
        for entry in root.iter("{*}numFmt")
    }
    fonts = [(_has(font, "b"), _has(font, "strike")) for part in root.iterchildren("{*}fonts") for font in part]
    styles = []
    for part in root.iterchildren("{*}cellXfs"):
        for entry in part:
            font = int(entry.get("fontId", "0"))
            is_bold, is_struck = fonts[font] if font < len(fonts) else (False, False)
            code = codes.get(int(entry.get("numFmtId", "0")), formats.GENERAL)
            styles.append(_Style(code, is_bold, is_struck))
    return styles


def _comments(root: Element) -> Iterator[str]:
    for tag in ("comment", "threadedComment"):
        for comment in root.iter(f"{{*}}{tag}"):
            if line := one_line("".join(text.text or "" for text in comment.iter("{*}t", "{*}text"))):
                yield f"{comment.get('ref', '')}: {line}".removeprefix(": ")


def _boxes(drawing: Element) -> Iterator[str]:
    """Yield the paragraphs of the text boxes that lie on a sheet."""
    for paragraph in drawing.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}p"):
        if line := one_line("".join(text.text or "" for text in paragraph.iter("{*}t"))):
            yield line
