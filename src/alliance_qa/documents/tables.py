"""Tables of a web page: which are tables, their rows with merged cells repeated; and what heads any table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

_LONG_CELL = 400  # characters
_WIDEST = 1000  # cells that one may cover, as in the HTML standard
_BODIES = ("thead", "tbody", "tfoot")
_FIGURE = re.compile(r"[^\w]*(?:\D{0,3}\d[\d.,   ]*\D{0,4})")
_FEW, _MANY = 2, 4  # rows below a head, of figures and of words with figures: of pairs ("Pages | 12") there are few


def is_above_figures(grid: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is words alone above a column of figures, or of dates and the like.

    Args:
        grid: The cells of each row.
    """
    first, *others = grid or [()]
    if len(others) < _FEW or any(len(row) != len(first) for row in others) or not all(first[1:]):
        return False
    if any(re.search(r"\d", text) for text in first):
        return False
    columns = [[row[at] for row in others] for at in range(len(first))]
    return any(
        all(_FIGURE.fullmatch(text) for text in column)
        or (len(column) >= _MANY and all(re.search(r"\d", text) for text in column))
        for column in columns
    )


def is_layout(table: HtmlElement) -> bool:
    """Whether a table only lays out the page: so it says, or one cell holds headings, paragraphs or long prose."""
    if table.get("role") in ("presentation", "none"):
        return True
    cells = [cell for row in _rows(table) for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or any(True for _ in table.iterdescendants("table")):
        return True
    if any(cell.tag == "th" for cell in cells) or any(child.tag in ("thead", "caption") for child in table):
        return False
    return any(_is_part_of_page(cell) for cell in cells)


def rows(table: HtmlElement) -> Iterator[tuple[HtmlElement, list[HtmlElement], bool]]:
    """Yield each row, its cells, and whether it heads the table.

    A cell that covers several columns or rows stands in each of them.
    """
    above: dict[int, tuple[HtmlElement, int]] = {}  # by column: a cell from above, the rows it still covers
    for row in _rows(table):
        placed: dict[int, tuple[HtmlElement, int]] = {at: (cell, left - 1) for at, (cell, left) in above.items()}
        column = 0
        for cell in (cell for cell in row if cell.tag in ("td", "th")):
            while column in above:
                column += 1
            for at in range(column, column + (_span(cell, "colspan") or 1)):
                placed.setdefault(at, (cell, (_span(cell, "rowspan") or _WIDEST) - 1))
            column += _span(cell, "colspan") or 1
        cells = [placed[at][0] for at in sorted(placed)]
        above = {at: (cell, left) for at, (cell, left) in placed.items() if left > 0}
        parent = row.getparent()
        in_head = parent is not None and parent.tag == "thead"
        yield row, cells, in_head or (len(cells) > 1 and all(cell.tag == "th" for cell in cells))


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in _BODIES:
            yield from (row for row in child if row.tag == "tr")


def _span(cell: HtmlElement, name: str) -> int:
    number = (cell.get(name) or "").strip()
    return min(int(number), _WIDEST) if number.isascii() and number.isdigit() else 1


def _is_part_of_page(cell: HtmlElement) -> bool:
    if any(True for _ in cell.iterdescendants("h1", "h2", "h3", "h4", "h5", "h6")):
        return True
    paragraphs = sum(1 for _ in cell.iterdescendants("p", "blockquote", "div", "center"))
    breaks = sum(1 for _ in cell.iterdescendants("br"))
    return paragraphs > 2 or breaks > 3 or len(" ".join(cell.itertext())) > _LONG_CELL
