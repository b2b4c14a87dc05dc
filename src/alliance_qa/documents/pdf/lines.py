"""The lines of a page in reading order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from statistics import median

from alliance_qa.documents.ink import Ink
from alliance_qa.documents.pdf import grids, tables
from alliance_qa.documents.pdf.fragments import Fragment, Page, rows

_FEWEST_LINES = 16  # of two columns beside a third


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line.

    `column` numbers the columns of a page in reading order; `fullness` is how far the line
    reaches across its column: 1.0 is up to the right edge. `is_mixed` and `row` are those of its
    fragments, `ink` is where the letters of the text stand.
    """

    text: str
    page: int
    column: int
    left: float
    baseline: float
    fullness: float
    size: float
    is_bold: bool
    is_upright: bool
    is_mixed: bool = False
    row: int | None = None
    ink: tuple[Ink, ...] = field(default=(), compare=False, repr=False)


def ordered(page: Page) -> Iterator[Line]:
    """Yield the lines of a page as they are read, tables by their rows; what is turned or runs aslant comes last."""
    upright = [fragment for fragment in page.fragments if fragment.is_upright]
    aslant = [[fragment] for fragment in page.fragments if not fragment.is_upright]
    for grid in grids.found(page.rules):
        inside = [each for each in upright if each.row is None and grid.holds(each)]
        found = tables.in_grid(grid, inside) if inside else []
        if found:
            upright = [each for each in upright if each not in inside] + found
    # A table may be as wide as the page, or stand in one of its columns.
    columns = [tables.aligned(column, is_strict=False) for column in _columns(tables.aligned(upright, is_strict=True))]
    number = 0
    for number, column in enumerate([*columns, *aslant], start=1):
        left, right = min(each.left for each in column), max(each.right for each in column)
        for row in rows(column):
            yield _line(row, number, left, right)
    for part in page.turned:
        turned = [replace(line, column=number + line.column, is_upright=False) for line in ordered(part)]
        number = max((line.column for line in turned), default=number)
        yield from turned


def _line(row: Sequence[Fragment], column: int, left: float, right: float) -> Line:
    longest = max(row, key=lambda each: len(each.text))
    text, ink = row[0].text, row[0].ink
    for before, after in pairwise(row):
        # Shadows and poor man's bold are letters drawn twice.
        if after.text == before.text and after.left - before.left < 0.3 * longest.size:
            continue
        # Where a mark was left out, the stop stands at some distance.
        is_touching = after.left - before.right < 0.12 * longest.size or after.text[0] in ".,;:!?)"
        text += after.text if is_touching else " " + after.text
        ink += after.ink
    return Line(
        text=text,
        page=longest.page,
        column=column,
        left=row[0].left,
        baseline=longest.baseline,
        fullness=(max(each.right for each in row) - left) / max(right - left, 1.0),
        size=longest.size,
        is_bold=all(each.is_bold for each in row),
        is_upright=longest.is_upright,
        is_mixed=any(each.is_mixed for each in row),
        row=longest.row,
        ink=ink,
    )


def _columns(fragments: Sequence[Fragment]) -> Iterator[Sequence[Fragment]]:
    """Yield the columns in reading order. What spans a gutter ends the columns above it."""
    gutter = _gutter(fragments)
    if gutter is None:
        if fragments:
            yield fragments
        return
    falling = sorted(fragments, key=lambda each: -each.baseline)
    for is_across, band in groupby(falling, key=lambda each: each.left < gutter < each.right):
        found = list(band)
        if is_across:
            yield found
        else:
            yield from _columns([each for each in found if each.right <= gutter])
            yield from _columns([each for each in found if each.right > gutter])


def _gutter(fragments: Sequence[Fragment]) -> float | None:
    """Return the x of the white between two columns, or None where there is one column.

    It is the place that the fewest fragments cross. The text on both of its sides must look
    like columns, full lines in each, or the white is that of a table or an address.
    """
    if len(fragments) < 4:
        return None
    lefts, rights = sorted(each.left for each in fragments), sorted(each.right for each in fragments)
    start, end = lefts[0], rights[-1]
    # Half of the least gap between fragments, so that a gutter of one em has room for it.
    margin = 0.3 * median(each.size for each in fragments)

    def crossing(x: float) -> int:
        return bisect_left(lefts, x + margin) - bisect_right(rights, x - margin)

    places = [start + (end - start) * share / 200 for share in range(40, 161)]
    counted = [(crossing(x), x) for x in places]
    fewest = min(counted)[0]
    runs = (list(run) for count, run in groupby(counted, key=lambda each: each[0]) if count == fewest)
    widest = max(runs, key=len)
    gutter = (widest[0][1] + widest[-1][1]) / 2
    left = [each for each in fragments if each.right <= gutter]
    right = [each for each in fragments if each.left >= gutter]
    sides = ((left, gutter - start), (right, end - gutter))
    return gutter if all(_is_column(side, width) or _are_columns(side) for side, width in sides) else None


def _are_columns(fragments: Sequence[Fragment]) -> bool:
    """Whether one side of a gutter is parted by another, its lines at other heights."""
    return len(fragments) >= _FEWEST_LINES and _gutter(fragments) is not None


def _is_column(fragments: Sequence[Fragment], width: float) -> bool:
    # A last column may hold two lines. The shares were found by trying tables, addresses
    # and columns set ragged right.
    filled = [sum(each.right - each.left for each in row) / width for row in rows(fragments)]
    return len(filled) >= 2 and max(filled) >= 0.7 and median(filled) >= 0.5
