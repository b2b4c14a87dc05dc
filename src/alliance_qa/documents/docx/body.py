"""The body of a document as content: paragraphs with their numbers, and tables, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Piece, Row, Table
from alliance_qa.documents.docx.embedded import Embedded
from alliance_qa.documents.docx.names import Element, found, name, number, switch, value
from alliance_qa.documents.docx.numbering import Counter
from alliance_qa.documents.docx.runs import Runs
from alliance_qa.documents.docx.styles import Style, Styles, letters_of, listed_of, outline_level
from alliance_qa.documents.extract import Omission
from alliance_qa.domain import BlockKind

_P, _TABLE, _ROW, _CELL = map(name, ("w:p", "w:tbl", "w:tr", "w:tc"))
_BOX = name("w:txbxContent")
# What is not read as it stands: removed, or the second form of what stands beside it.
_UNREAD = {name("w:del"), name("w:moveFrom"), name("mc:Fallback"), name("w:pPr"), name("w:rPr")}
# Elements around blocks: tracked insertions, content controls, custom XML.
_AROUND = {name(f"w:{local}") for local in ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag")}
_FIRST_ROW = 0x20  # in the look of a table


@dataclass(slots=True)
class Body:
    """Reads the stories of a document in their order: lists, fields and notes go on from one to the next."""

    styles: Styles
    counter: Counter
    runs: Runs
    embedded: Embedded
    # Of a paragraph whose end was removed: what it holds opens the next.
    _carried: tuple[Piece, ...] = field(default=())

    def content(self, parent: Element) -> Content:
        """Return what a body, a note, a cell or a text box holds."""
        return tuple(self._story(parent, None))

    def _story(self, parent: Element, why: Omission | None) -> Iterator[Paragraph | Table]:
        yield from self._inside(parent, why)
        if self._carried:
            yield Paragraph(self._carried)
            self._carried = ()

    def _inside(self, parent: Element, why: Omission | None) -> Iterator[Paragraph | Table]:
        for child in parent:
            if child.tag == _P:
                yield from self._paragraph(child, why)
            elif child.tag == _TABLE:
                yield self._table(child, why)
            elif child.tag in _AROUND:
                yield from self._inside(child, why or _omission(child))
            elif child.tag == name("w:altChunk") and why is None:
                yield from self.embedded.chunk(child)
            elif child.tag == name("mc:AlternateContent"):
                yield from self._inside(next(iter(child), child), why)

    def _paragraph(self, element: Element, why: Omission | None) -> Iterator[Paragraph | Table]:
        properties = found(element, "w:pPr")
        style_id = value(properties, "w:pStyle")
        style = self.styles.paragraph(style_id)
        pieces = self._carried + self.runs.pieces(element, style.letters)
        self._carried = ()
        why = why or (Omission.REPEATED if style.is_generated else None)
        if why:
            pieces = tuple(replace(piece, left_out=piece.left_out or why) for piece in pieces)
        mark = found(properties, "w:rPr")
        if found(mark, "w:del") is not None or found(mark, "w:moveFrom") is not None:
            self._carried = pieces
        else:
            is_hidden = bool(letters_of(mark).is_hidden) and not any(piece.left_out is None for piece in pieces)
            label = "" if is_hidden or why else self._label(properties, style)
            kind, level = self._kind(properties, style)
            yield Paragraph(pieces, kind, level, label, _is_bold(self, element, style))
        carried, self._carried = self._carried, ()
        for box in _outermost(element, _BOX):
            yield from self._story(box, why)
        for drawing in _outermost(element, name("w:drawing")) if why is None else ():
            yield from self.embedded.drawn(drawing)
        self._carried = carried

    def _label(self, properties: Element | None, style: Style) -> str:
        own = listed_of(properties)
        listed = own.over(style.listed)
        if listed.list_id in (None, "0"):
            return ""
        at = listed.level
        if own.list_id is None and own.level is None:
            # The level that names a style is its own, whatever the style says.
            at = self.counter.level_of(str(listed.list_id), style.list_style) or (listed.level or 0)
        return self.counter.label(str(listed.list_id), at or 0)

    def _kind(self, properties: Element | None, style: Style) -> tuple[BlockKind, int]:
        """Return the kind and level of a paragraph, by its style or by what it says itself."""
        if (style.kind, style.level) != (BlockKind.PARAGRAPH, 0):
            return style.kind, style.level
        if outline := outline_level(properties):
            return BlockKind.HEADING, outline
        is_listed = listed_of(properties).over(style.listed).list_id not in (None, "0")
        return (BlockKind.ITEM if is_listed else BlockKind.PARAGRAPH), 0

    def _table(self, table: Element, why: Omission | None) -> Table:
        rows = tuple(self._row(row, why) for row in _outermost(table, _ROW))
        look = found(table, "w:tblPr/w:tblLook")
        has_first = look is not None and (
            look.get(name("w:firstRow"), "0") in ("1", "true", "on")
            or bool(_hexadecimal(look.get(name("w:val"), "")) & _FIRST_ROW)
        )
        style = value(table, "w:tblPr/w:tblStyle")
        return Table(tuple(row for row in rows if row.cells), has_first and self.styles.has_bold_first_row(style))

    def _row(self, row: Element, why: Omission | None) -> Row:
        properties = found(row, "w:trPr")
        if found(properties, "w:del") is not None:
            why = why or Omission.STRUCK_OUT
        column = number(properties, "w:gridBefore") or 0
        cells: list[Cell] = []
        for element in _outermost(row, _CELL):
            about = found(element, "w:tcPr")
            width = max(1, min(number(about, "w:gridSpan") or 1, 100))
            content = tuple(self._story(element, why))
            if _continues(about, "w:hMerge") and cells:
                cells[-1] = replace(cells[-1], width=cells[-1].width + width)
            else:
                cells.append(Cell(content, column, width, _continues(about, "w:vMerge")))
            column += width
        return Row(tuple(cells), bool(switch(properties, "w:tblHeader")))


def _continues(properties: Element | None, path: str) -> bool:
    there = found(properties, path)
    return there is not None and value(properties, path, "continue") != "restart"


def _omission(element: Element) -> Omission | None:
    """Return why what is in a content control is no text: a table of contents, or a prompt."""
    properties = found(element, "w:sdtPr")
    if value(properties, "w:docPartObj/w:docPartGallery") == "Table of Contents":
        return Omission.REPEATED
    return Omission.CODE if switch(properties, "w:showingPlcHdr") else None


def _outermost(element: Element, tag: str) -> Iterator[Element]:
    """Yield the elements of a kind that stand in no other of that kind, in order."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNREAD and (child.tag != _BOX or tag == _BOX):
            yield from _outermost(child, tag)


def _is_bold(body: Body, paragraph: Element, style: Style) -> bool:
    runs = [run for run in paragraph.iter(name("w:r")) if any((t.text or "").strip() for t in run.iter(name("w:t")))]
    properties = (found(run, "w:rPr") for run in runs)
    letters = [letters_of(p).over(body.styles.letters(value(p, "w:rStyle"))).over(style.letters) for p in properties]
    return bool(letters) and all(one.is_bold for one in letters)


def _hexadecimal(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0
