"""The shapes of a slide in the order of the file, the title first: text, tables and diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Row, Table
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.extract import Omission
from alliance_qa.documents.pptx import text
from alliance_qa.documents.pptx.text import MC, A

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_TITLES = ("title", "ctrTitle")
_RUNNING = ("dt", "ftr", "hdr", "sldNum")


@dataclass(frozen=True, slots=True)
class Shape:
    """What one shape holds."""

    content: Content
    holder: str = ""  # the type of its placeholder, "" for none
    left_out: Omission | None = None

    @property
    def is_title(self) -> bool:
        """Whether it is the title of its slide."""
        return self.holder in _TITLES


@dataclass(frozen=True, slots=True)
class Frame:
    """What a slide takes from its layout and its master."""

    holders: Sequence[Element]  # placeholders, those of the layout first
    body_style: Element | None  # of the master


def frame(layout: Element | None, master: Element | None) -> Frame:
    """Return what slides of a layout take from it and from its master."""
    holders = [
        shape
        for root in (layout, master)
        if root is not None
        for shape in root.iter(f"{P}sp")
        if _holder(shape) is not None
    ]
    style = None if master is None else master.find(f"{P}txStyles/{P}bodyStyle")
    return Frame(holders, style)


def shapes(slide: Element, around: Frame, *, is_note: bool = False) -> list[Shape]:
    """Return the shapes of a slide, its titles first; those without text are left out."""
    tree = slide.find(f"{P}cSld/{P}spTree")
    found = [] if tree is None else [shape for shape in _inside(tree, around, is_note) if shape.content]
    return sorted(found, key=lambda shape: not shape.is_title)


def diagrams(slide: Element) -> list[str]:
    """Return the ids of the relationships that lead to the texts of a slide's diagrams (SmartArt)."""
    held = (entry for entry in slide.iter("{*}relIds"))
    return [value for entry in held for key, value in entry.attrib.items() if key.endswith("}dm")]


def diagram(root: Element) -> Content:
    """Return the texts of a diagram."""
    return tuple(p for body in root.iter("{*}t") if body.find(f"{A}p") is not None for p in text.paragraphs(body, ()))


def _inside(parent: Element, around: Frame, is_note: bool) -> Iterator[Shape]:
    for element in parent:
        match element.tag:
            case tag if tag == f"{P}sp":
                yield _shape(element, around, is_note)
            case tag if tag == f"{P}grpSp":
                yield from _inside(element, around, is_note)
            case tag if tag == f"{MC}AlternateContent":
                yield from text.alternative(
                    element, lambda form: [shape for shape in _inside(form, around, is_note) if shape.content]
                )
            case tag if tag == f"{P}graphicFrame":
                tables = tuple(_table(table) for table in element.iter(f"{A}tbl"))
                yield Shape(tables, "", _hidden(element))


def _shape(element: Element, around: Frame, is_note: bool) -> Shape:
    body = element.find(f"{P}txBody")
    if body is None:
        return Shape(())
    holder = _holder(element)
    kind = "" if holder is None else holder.get("type", "body")
    styles = [] if holder is None else _styles(holder, kind, around)
    content = tuple(text.paragraphs(body, styles, is_note=is_note))
    return Shape(content, kind, _hidden(element) or (Omission.RUNNING_LINE if kind in _RUNNING else None))


def _holder(shape: Element) -> Element | None:
    return shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")


def _hidden(element: Element) -> Omission | None:
    about = next(element.iter(f"{P}cNvPr"), None)
    return Omission.HIDDEN if about is not None and about.get("hidden", "0") in ("1", "true") else None


def _styles(holder: Element, kind: str, around: Frame) -> list[Element]:
    """Return what says how the levels of a placeholder are written, the nearest first."""
    found = []
    for other in around.holders:
        like = _holder(other)
        is_same = like is not None and (
            like.get("idx") == holder.get("idx") if holder.get("idx") else like.get("type", "body") == kind
        )
        own = other.find(f"{P}txBody/{A}lstStyle")
        if is_same and own is not None:
            found.append(own)
    if kind in ("body", "obj") and around.body_style is not None:
        found.append(around.body_style)
    return found


def _table(table: Element) -> Table:
    about = table.find(f"{A}tblPr")
    rows = tuple(_row(row) for row in table.iterchildren(f"{A}tr"))
    return Table(rows, about is not None and about.get("firstRow", "0") in ("1", "true"))


def _row(row: Element) -> Row:
    cells: list[Cell] = []
    for column, cell in enumerate(row.iterchildren(f"{A}tc")):
        if cell.get("hMerge", "0") in ("1", "true") and cells:
            continue
        body = cell.find(f"{A}txBody")
        content: tuple[Paragraph, ...] = () if body is None else tuple(text.paragraphs(body, ()))
        width = max(1, min(int(cell.get("gridSpan", "1")), 100))
        cells.append(Cell(content, column, width, cell.get("vMerge", "0") in ("1", "true")))
    return Row(tuple(cells))
