"""Tables as rows of texts: merged cells in each place they cover, heads known, layouts told apart."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.documents.docx import lines
from alliance_qa.documents.docx.content import Content, Row, Table, paragraphs
from alliance_qa.documents.extract import RawBlock
from alliance_qa.documents.tables import is_above_figures
from alliance_qa.domain import BlockKind

_PROSE = 300  # characters of a cell that is read as text; a longer entry of a table is rare


def is_layout(table: Table) -> bool:
    """Whether a table only places text: one column, cells with headings, or half of the cells prose.

    A table whose head Word repeats is none.
    """
    cells = [cell for row in table.rows for cell in row.cells if not cell.continues]
    if all(len(row.cells) == 1 for row in table.rows):
        return True
    if any(row.is_head for row in table.rows):
        return False
    if any(p.kind is BlockKind.HEADING for cell in cells for p in paragraphs(cell.content) if lines.text(p)):
        return True
    texts = [text for text in (lines.cell_text(cell.content) for cell in cells) if text]
    prose = [text for text in texts if len(text) > _PROSE]
    return 2 * len(prose) >= len(texts) > 0


def rows(table: Table) -> list[RawBlock]:
    """Return the rows of a table, cells joined by " | ". A row that heads the table has level 1.

    A merged cell says its text in each row and column that it covers; what spans a whole row says it
    once. The rows at the top that Word repeats head the table, or the first that is set off: in bold
    letters, or alone without figures above columns of them.
    """
    grid = _grid(table.rows)
    heads = _heads(table, grid)
    blocks = []
    for at, texts in enumerate(grid):
        if any(texts):
            said = texts[:1] if len(table.rows[at].cells) == 1 else texts
            blocks.append(RawBlock(" | ".join(said), BlockKind.ROW, int(at < heads)))
    return blocks


def _grid(table_rows: Sequence[Row]) -> list[list[str]]:
    above: dict[int, str] = {}
    grid = []
    for row in table_rows:
        texts: list[str] = []
        now: dict[int, str] = {}
        for cell in row.cells:
            text = above.get(cell.column, "") if cell.continues else lines.cell_text(cell.content)
            texts.extend([text] * cell.width)
            now[cell.column] = text
        grid.append(texts)
        above = now
    return grid


def _heads(table: Table, grid: Sequence[Sequence[str]]) -> int:
    """Return how many rows at the top head the table."""
    repeated = 0
    for row in table.rows:
        if not row.is_head:
            break
        repeated += 1
    if repeated or len(table.rows) < 2:
        return repeated if repeated < len(table.rows) else 0
    first, *others = table.rows
    if not any(grid[0]):
        return 0
    is_set_off = table.has_head_look or _is_bold(first)
    if (is_set_off and not all(_is_bold(row) for row in others)) or is_above_figures(grid):
        return _depth(first)
    return 0


def _is_bold(row: Row) -> bool:
    written = [p for cell in row.cells for p in paragraphs(cell.content) if lines.text(p)]
    return bool(written) and all(p.is_bold for p in written)


def _depth(first: Row) -> int:
    """Return the rows of the head: two where a cell of the first spans columns that the second names."""
    return 2 if any(cell.width > 1 for cell in first.cells) and len(first.cells) > 1 else 1


def cell_content(table: Table) -> list[Content]:
    """Return what the cells of a layout hold, row by row."""
    return [cell.content for row in table.rows for cell in row.cells if not cell.continues]
