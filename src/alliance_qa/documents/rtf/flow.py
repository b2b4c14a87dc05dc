"""Paragraphs and rows as they come, put together to content: RTF has no tables, only rows that follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Row, Table

_NEAR = 40  # twips by which borders of one column may differ


@dataclass(frozen=True, slots=True)
class Border:
    """A cell as its row defines it."""

    right: int  # in twips, from the left margin
    continues_above: bool = False
    continues_left: bool = False


@dataclass(frozen=True, slots=True)
class RowLook:
    """What a row says of its cells."""

    borders: tuple[Border, ...] = ()
    is_head: bool = False


@dataclass(slots=True)
class _Open:
    """A table that rows are added to, with the row and the cell that are not ended yet."""

    cell: list[Paragraph | Table] = field(default_factory=list)
    cells: list[Content] = field(default_factory=list)
    rows: list[tuple[tuple[Content, ...], RowLook]] = field(default_factory=list)


@dataclass(slots=True)
class Flow:
    """What one part of a file holds: its body, a note, a header."""

    _content: list[Paragraph | Table] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)

    def add(self, paragraph: Paragraph, depth: int) -> None:
        """Add a paragraph that stands in so many tables."""
        self._reach(depth)
        (self._open[-1].cell if self._open else self._content).append(paragraph)

    def end_cell(self, depth: int) -> None:
        """End a cell of the table at a depth, from 1."""
        self._reach(depth)
        table = self._open[-1]
        table.cells.append(tuple(table.cell))
        table.cell = []

    def end_row(self, depth: int, look: RowLook) -> None:
        """End a row of the table at a depth, from 1."""
        self._reach(depth)
        table = self._open[-1]
        if table.cells:
            table.rows.append((tuple(table.cells), look))
        table.cells = []

    def content(self) -> Content:
        """Return all that was added, its tables closed."""
        self._reach(0)
        return tuple(self._content)

    def _reach(self, depth: int) -> None:
        while len(self._open) > depth:
            table = self._open.pop()
            if table.cell or table.cells:  # a row that does not end
                table.rows.append(((*table.cells, tuple(table.cell)), RowLook()))
            if table.rows:
                (self._open[-1].cell if self._open else self._content).append(_table(table.rows))
        while len(self._open) < depth:
            self._open.append(_Open())


def _table(rows: Sequence[tuple[tuple[Content, ...], RowLook]]) -> Table:
    edges: list[int] = []
    for right in sorted(border.right for _, look in rows for border in look.borders):
        if not edges or right > edges[-1] + _NEAR:
            edges.append(right)
    return Table(tuple(_row(cells, look, edges) for cells, look in rows))


def _row(cells: Sequence[Content], look: RowLook, edges: Sequence[int]) -> Row:
    found: list[Cell] = []
    column = 0
    for at, content in enumerate(cells):
        border = look.borders[at] if at < len(look.borders) else None
        end = column + 1
        if border is not None:
            end = max(end, next((place + 1 for place, edge in enumerate(edges) if edge + _NEAR >= border.right), end))
        if border is not None and border.continues_left and found:
            last = found[-1]
            found[-1] = Cell(last.content, last.column, end - last.column, last.continues)
        else:
            found.append(Cell(content, column, end - column, border is not None and border.continues_above))
        column = end
    return Row(tuple(found), look.is_head)
