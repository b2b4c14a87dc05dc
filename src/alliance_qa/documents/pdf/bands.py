"""The rows of a table without lines: which lines of text make one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from alliance_qa.documents.pdf.cells import Cell, Row, is_numeric, said

_APART = 1.12  # rows by lines of a cell; Word's least distance is one point for twelve


def parted(lines: Sequence[Row]) -> list[Row]:
    """Return the rows of a table whose lines stand nearer to each other inside a row than rows do.

    Args:
        lines: Lines of text from the top, by columns.

    Returns:
        [] where white does not part rows: all lines are as far apart, or what stands near each other are
        lines of their own, as most fill all columns, hold a figure below a figure, say more of what the
        label above is about, or begin with a word that the line above had room for.
    """
    leading = _leading(lines)
    bands = [[lines[0]]]
    for gap, line in zip(_gaps(lines), lines[1:], strict=True):
        if gap > _APART * leading:
            bands.append([])
        bands[-1].append(line)
    rest = [line for band in bands for line in band[1:]]
    columns = range(len(lines[0]))
    is_open = 2 * sum(not all(line) for line in rest) >= len(rest) > 0
    has_figures = any(sum(is_numeric(line[at]) for line in band) > 1 for band in bands for at in columns)
    labelled = sum(not line[0] and all(map(_begins, line[1:])) for line in rest) if len(columns) > 2 else 0
    pairs = [band for band in bands if len(band) == 2 and band[1][0] and sum(map(bool, band[1])) > 1]
    are_pairs = len(bands) > 3 and len(pairs) > 0.8 * len(bands)
    if len(bands) < 2 or not is_open or has_figures or 2 * labelled > len(rest) or are_pairs:
        return []
    widths = [max((_width(cell) for cell in column if cell), default=0.0) for column in zip(*lines, strict=True)]
    wrapped = [
        _is_full(before, after, widths[at])
        for band in bands
        for at in columns
        for before, after in pairwise([line[at] for line in band if line[at]])
    ]
    return [_joined(band) for band in bands] if sum(wrapped) >= 0.8 * len(wrapped) else []


def whole(lines: Sequence[Row]) -> list[Row]:
    """Return the rows of a table of its lines: one that goes on with cells of the one before is put to it."""
    widths = [max((_width(cell) for cell in column if cell), default=0.0) for column in zip(*lines, strict=True)]
    found: list[Row] = []
    for before, row in zip([None, *lines], lines, strict=False):
        filled = [at for at, cell in enumerate(row) if cell]
        goes_on = (
            before is not None
            and len(filled) < len(row)
            and all(found[-1][at] for at in filled)
            and (not row[0] or len(filled) == 1)
            and (
                not any(_begins(row[at]) for at in filled)
                or all(is_wrapped(before[at], row[at], widths[at]) for at in filled)
            )
        )
        if goes_on:
            found[-1] = _joined([found[-1], row])
        else:
            found.append(row)
    return found


def are_told(rows: Sequence[Row], *, by_white: bool) -> bool:
    """Tell whether rows are those of a table although columns of theirs are as full as those of text.

    What stands beside short labels begins as a sentence does, row by row, as the lines of a page's columns
    do by chance alone.

    Args:
        rows: At least one, by columns.
        by_white: Whether white parts them.
    """
    full = [[said(cell) for cell in row] for row in rows if all(row)]
    if len(full) < max(4, 0.7 * len(rows)):
        return False
    at = min(range(len(full[0])), key=lambda column: median(len(row[column]) for row in full))
    labels = [row[at] for row in full]
    begun = sum(all(map(_is_beginning, [*row[:at], *row[at + 1 :]])) for row in full)
    is_short = median(len(label.split()) for label in labels) < (6 if by_white else 4)
    return is_short and begun >= 0.9 * len(full) and not any(label.endswith(":") for label in labels)


def _gaps(lines: Sequence[Row]) -> list[float]:
    """Return the distances of lines from each other, in points."""
    heights = [max(each.baseline for cell in line for each in cell) for line in lines]
    return [a - b for a, b in pairwise(heights)]


def _leading(lines: Sequence[Row]) -> float:
    """Return the least distance of two lines in one column, in points."""
    size = median(each.size for line in lines for cell in line for each in cell)
    columns = ([cell[0].baseline for cell in column if cell] for column in zip(*lines, strict=True))
    gaps = (a - b for column in columns for a, b in pairwise(column))
    return min((gap for gap in gaps if gap > 0.9 * size), default=0.0)


def _joined(lines: Sequence[Row]) -> Row:
    return [[each for line in lines for each in line[at]] for at in range(len(lines[0]))]


def _begins(cell: Cell) -> bool:
    return _is_beginning(said(cell))


def _is_beginning(text: str) -> bool:
    return not text[:1].islower()


def _width(cell: Cell) -> float:
    return max(each.right for each in cell) - min(each.left for each in cell)


def is_wrapped(before: Cell, after: Cell, width: float) -> bool:
    """Tell whether a line goes on with the one before in a cell `width` points wide; of single words none could say."""
    return bool(before) and len(said(before).split()) > 2 and _is_full(before, after, width)


def _is_full(before: Cell, after: Cell, width: float) -> bool:
    """Tell whether the first word of a line would not have fitted behind the line before."""
    text = said(after)
    if text.endswith(":"):  # a label
        return False
    return _width(before) + _width(after) * len(text.split()[0]) / len(text) > width - 2
