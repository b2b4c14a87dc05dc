"""The body of a text as content: paragraphs with their numbers, and tables, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from alliance_qa.documents import mathml
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import signs
from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Piece, Row, Table, joined
from alliance_qa.documents.docx.styles import Letters
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.documents.odt.names import Element, name, number, value
from alliance_qa.documents.odt.styles import Levels, Styles, label
from alliance_qa.domain import BlockKind

_P, _H, _LIST = map(name, ("text:p", "text:h", "text:list"))
_SAID = {name("text:tab"): "\t", name("text:line-break"): "\n"}
_INDEXES = {
    name(f"text:{kind}")
    for kind in (
        *("table-of-content", "illustration-index", "table-index", "object-index", "user-index"),
        "alphabetical-index",
    )
}
# What stands in a paragraph and is no text of it.
_SILENT = {
    name(prefixed)
    for prefixed in (
        *("text:ruby-text", "office:annotation-end", "text:script", "text:tracked-changes", "text:number"),
        *("text:meta-field-properties", "office:event-listeners", "text:alphabetical-index-mark"),
    )
}
# Elements around paragraphs. A bibliography is text: it stands nowhere else.
_AROUND = {name(f"text:{kind}") for kind in ("index-body", "index-title", "numbered-paragraph", "bibliography")}
_CAPTIONS = frozenset(("Caption", "Illustration", "Table", "Drawing", "Figure"))
_MOST_REPEATED = 100  # rows or cells that one entry stands for


@dataclass(slots=True)
class _Count:
    """Where a list has come to: the last number of each level, from 1."""

    numbers: dict[int, int] = field(default_factory=dict)

    def next(self, levels: Levels, at: int, start: int | None) -> dict[int, int]:
        known = levels.get(at)
        first = start if start is not None else known.start if known else 1
        self.numbers[at] = first if start is not None or at not in self.numbers else self.numbers[at] + 1
        for deeper in [deeper for deeper in self.numbers if deeper > at]:
            del self.numbers[deeper]
        return self.numbers


@dataclass(slots=True)
class Body:
    """Reads the parts of a text in their order: lists and notes go on from one to the next."""

    styles: Styles
    root: Callable[[str], Element | None]  # of an object, by its address in the file
    notes: list[Element] = field(default_factory=list)  # met so far, to be read in their order
    left_out: list[LeftOut] = field(default_factory=list)  # beside the text
    _lists: dict[str, _Count] = field(default_factory=dict)  # by the list's id and by its style
    _outline: _Count = field(default_factory=_Count)

    def content(self, parent: Iterable[Element], why: Omission | None = None) -> Content:
        """Return what a body, a note, a cell or a text box holds; all of it left out where there is a reason."""
        return tuple(self._inside(parent, why))

    def _inside(self, parent: Iterable[Element], why: Omission | None) -> Iterator[Paragraph | Table]:
        for child in parent:
            tag = child.tag
            if tag in (_P, _H):
                yield from self._paragraph(child, why, "", is_item=False)
            elif tag == _LIST:
                yield from self._list(child, why, "", 1, None)
            elif tag == name("table:table"):
                yield self._table(child, why)
            elif tag == name("text:section"):
                is_hidden = value(child, "text:display") == "none"
                yield from self._inside(child, why or (Omission.HIDDEN if is_hidden else None))
            elif tag in _INDEXES:
                yield from self._inside(child, why or Omission.REPEATED)
            elif tag in _AROUND:
                yield from self._inside(child, why)
            elif tag == name("text:tracked-changes"):
                self._removed(child)
            elif isinstance(tag, str) and tag.startswith(name("draw:x")[:-1]):
                yield from self._inside(child, why)  # the text boxes of a drawing, or a shape's own text

    def _removed(self, changes: Element) -> None:
        for deletion in changes.iter(name("text:deletion")):
            for paragraph in deletion.iter(_P, _H):
                if line := one_line("".join(paragraph.itertext())):
                    self.left_out.append(LeftOut(Omission.STRUCK_OUT, line))

    def _list(
        self, element: Element, why: Omission | None, style: str, at: int, count: _Count | None
    ) -> Iterator[Paragraph | Table]:
        style = value(element, "text:style-name") or style
        levels = self.styles.lists.get(style, {})
        if count is None:
            before = value(element, "text:continue-list")
            goes_on = value(element, "text:continue-numbering") == "true"
            count = self._lists.get(f"#{before}") if before else self._lists.get(style) if goes_on else None
            count = count or _Count()
            self._lists[style] = count
            self._lists[f"#{value(element, 'xml:id')}"] = count
        for item in element:
            if item.tag not in (name("text:list-item"), name("text:list-header")):
                continue
            is_numbered = item.tag == name("text:list-item")
            started = number(item, "text:start-value", -1)
            for child in item:
                if child.tag == _LIST:
                    yield from self._list(child, why, style, at + 1, count)
                elif child.tag in (_P, _H):
                    said = ""
                    if is_numbered:
                        said = label(levels, count.next(levels, at, None if started < 0 else started), at)
                        is_numbered, started = False, -1
                        yield from self._paragraph(child, why, said, is_item=True)
                    else:
                        yield from self._paragraph(child, why, "", is_item=False, is_listed=True)
                else:
                    yield from self._inside([child], why)

    def _paragraph(
        self, element: Element, why: Omission | None, said: str, *, is_item: bool, is_listed: bool = False
    ) -> Iterator[Paragraph | Table]:
        style = value(element, "text:style-name")
        boxes: list[Element] = []
        pieces = tuple(joined(self._pieces(element, self.styles.letters("paragraph", style), why, boxes)))
        kind, level = self._kind(element, style, is_item=is_item)
        if kind is BlockKind.HEADING and level and not is_item and not is_listed and not why:
            said = self._numbered(element, level)
        shown = [piece for piece in pieces if not piece.left_out and piece.text.strip()]
        is_bold = bool(shown) and self._is_bold(element, style)
        yield Paragraph(pieces, kind, level, said if shown else "", is_bold)
        for box in boxes:
            yield from self._inside(box, why)

    def _numbered(self, heading: Element, level: int) -> str:
        if not self.styles.outline or value(heading, "text:is-list-header") == "true":
            return ""
        started = number(heading, "text:start-value", -1)
        counts = self._outline.next(self.styles.outline, level, None if started < 0 else started)
        return label(self.styles.outline, counts, level)

    def _kind(self, element: Element, style: str, *, is_item: bool) -> tuple[BlockKind, int]:
        names = self.styles.names(style)
        if "Title" in names:
            return BlockKind.HEADING, 0
        if element.tag == _H:
            return BlockKind.HEADING, max(number(element, "text:outline-level", 1), 1)
        if names & _CAPTIONS:
            return BlockKind.CAPTION, 0
        return (BlockKind.ITEM if is_item else BlockKind.PARAGRAPH), 0

    def _is_bold(self, element: Element, style: str) -> bool:
        whole = self.styles.letters("paragraph", style)
        if (element.text or "").strip() and not whole.is_bold:
            return False
        spans = [span for span in element.iter(name("text:span")) if "".join(span.itertext()).strip()]
        letters = [self.styles.letters("text", value(span, "text:style-name")).over(whole) for span in spans]
        return all(one.is_bold for one in letters) if letters else bool(whole.is_bold)

    def _pieces(
        self, element: Element, letters: Letters, why: Omission | None, boxes: list[Element], *, is_linked: bool = False
    ) -> Iterator[Piece]:
        def piece(text: str | None) -> Iterator[Piece]:
            if text:
                reason = why or (Omission.HIDDEN if letters.is_hidden else None)
                reason = reason or (Omission.STRUCK_OUT if letters.is_struck else None)
                is_raised, is_lowered = letters.shift == "superscript", letters.shift == "subscript"
                text = signs.unicode_text(text, letters.font) if signs.is_symbol_font(letters.font) else text
                yield Piece(text, reason, is_raised, is_lowered, is_linked)

        yield from piece(element.text)
        for child in element:
            tag = child.tag
            if not isinstance(tag, str) or tag in _SILENT:
                pass
            elif tag == name("text:span"):
                own = self.styles.letters("text", value(child, "text:style-name")).over(letters)
                yield from self._pieces(child, own, why, boxes, is_linked=is_linked)
            elif tag == name("text:s"):
                yield from piece(" " * min(number(child, "text:c", 1), 100))
            elif tag in _SAID:
                yield from piece(_SAID[tag])
            elif tag == name("text:note"):
                mark = child.find(name("text:note-citation"))
                yield Piece("" if mark is None else "".join(mark.itertext()), why or Omission.NOTE_MARK)
                self.notes.append(child)
            elif tag == name("office:annotation"):
                if line := one_line(" ".join("".join(p.itertext()) for p in child.iter(_P))):
                    self.left_out.append(LeftOut(Omission.COMMENT, line))
            elif tag in (name("text:hidden-text"), name("text:hidden-paragraph")):
                is_hidden = value(child, "text:is-hidden", "true") == "true"
                text = value(child, "text:string-value") or "".join(child.itertext())
                if text:
                    yield Piece(text, why or (Omission.HIDDEN if is_hidden else None))
            elif tag == name("text:placeholder"):
                yield Piece("".join(child.itertext()), why or Omission.CODE)
            elif tag.startswith(name("draw:x")[:-1]):
                if formula := self.formula_in(child):
                    yield from piece(formula)
                else:
                    boxes.append(child)
            elif tag == name("text:a"):
                leads_within = value(child, "xlink:href").startswith("#")
                yield from self._pieces(child, letters, why, boxes, is_linked=leads_within)
            else:
                yield from self._pieces(child, letters, why, boxes, is_linked=is_linked)
            yield from piece(child.tail)

    def formula_in(self, frame: Element) -> str:
        """Return the formula that a frame shows, in a line; "" where it shows something else."""
        for held in frame.iter(name("draw:object")):
            root = next(iter(held), None)
            if root is None:
                root = self.root(value(held, "xlink:href"))
            if root is not None and root.tag.endswith("}math"):
                return mathml.linear(root)
        return ""

    def _table(self, table: Element, why: Omission | None) -> Table:
        above: dict[int, tuple[int, int]] = {}  # by column: the rows that a cell still covers, its columns
        rows = []
        for row, is_head in _rows(table, is_head=False):
            cells: list[Cell] = []
            column = 0
            for cell in row:
                if cell.tag not in (name("table:table-cell"), name("table:covered-table-cell")):
                    continue
                for _ in range(max(1, min(number(cell, "table:number-columns-repeated", 1), _MOST_REPEATED))):
                    inside = any(held.column <= column < held.column + held.width for held in cells[-1:])
                    left, wide = above.get(column, (0, 1))
                    if cell.tag == name("table:covered-table-cell"):
                        if left and not inside:
                            cells.append(Cell((), column, wide, continues=True))
                            above[column] = left - 1, wide
                    else:
                        width = max(1, min(number(cell, "table:number-columns-spanned", 1), _MOST_REPEATED))
                        cells.append(Cell(self.content(cell, why), column, width))
                        above[column] = number(cell, "table:number-rows-spanned", 1) - 1, width
                    column += 1
            rows.append(Row(tuple(cells), is_head))
        has_head_look = value(table, "table:use-first-row-styles") == "true"
        return Table(tuple(row for row in rows if row.cells), has_head_look)


def _rows(parent: Element, *, is_head: bool) -> Iterator[tuple[Element, bool]]:
    for child in parent:
        if child.tag == name("table:table-row"):
            yield child, is_head
        elif child.tag in (name("table:table-rows"), name("table:table-row-group")):
            yield from _rows(child, is_head=is_head)
        elif child.tag == name("table:table-header-rows"):
            yield from _rows(child, is_head=True)
