"""The tables of a page: each row made one fragment, its cells joined by " | "."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from alliance_qa.documents.pdf import bands, inks
from alliance_qa.documents.pdf.cells import LONGEST, NUMERIC, Cell, Row, inked, is_numeric, said
from alliance_qa.documents.pdf.fragments import Fragment, rows
from alliance_qa.documents.pdf.grids import Grid
from alliance_qa.documents.pdf.letters import COLUMN_GAP

_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:[-/–]\d\d(?:\d\d)?)?")
_SLIVER = 8.0  # points
_LIST_MARK = re.compile(r"[^\w\s]|[(\[]?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)\]]{1,2}|\d{1,3}(?:\.\d{1,3}){0,3}")


def in_grid(grid: Grid, inside: Sequence[Fragment]) -> list[Fragment]:
    """Return the rows of a table whose cells are drawn; [] where the grid parts text, or the half of a table."""
    # A marker's strokes behind a sentence part it at no gap wider than that between words.
    gaps = [(b.left - a.right) / a.size for row in rows(inside) for a, b in pairwise(row)]
    if gaps and max(gaps) < COLUMN_GAP:
        return []
    cells: dict[int, list[Fragment]] = {}
    for fragment in inside:
        cells.setdefault(grid.cell_at(fragment), []).append(fragment)
    if any(sum(len(each.text) for each in cell) > LONGEST for cell in cells.values()):
        return []
    found: list[Row] = []
    for numbers in grid.rows:
        row = [cells.get(number, []) for number in numbers]
        found += _split(_along(grid, numbers, row) or row)
    found = [row for row in found if any(row)]
    if _has_columns_inside(found):
        return []
    if len(found) < 2 or not any(len([cell for cell in _distinct(row) if cell]) > 1 for row in found):
        return []
    columns = [column for column in _without_slivers(grid, found) if any(column)]
    return list(_put_together([list(row) for row in zip(*columns, strict=True)]))


def _along(grid: Grid, numbers: Sequence[int], row: Row) -> Row:
    """Return a row without lines down by the columns that they part in other rows; [] where it keeps to none."""
    apart = [each for each in row[0] if len(set(numbers)) == 1]
    placed: Row = [
        [each for each in apart if x - 1 <= each.left and each.right <= end + 1] for x, end in pairwise(grid.xs)
    ]
    is_whole = sum(map(len, placed)) == len(apart) and sum(map(bool, placed)) > 1
    return placed if is_whole and len(rows(apart)) == 1 else []


def _without_slivers(grid: Grid, table: Sequence[Row]) -> list[list[Cell]]:
    """Return the columns of a table; one too narrow for words, as a frame inside a cell draws, is part of the next."""
    found: list[tuple[float, list[Cell]]] = []
    for (left, right), column in zip(pairwise(grid.xs), zip(*table, strict=True), strict=True):
        width, before = found[-1] if found else (0.0, [])
        is_narrow = bool(found) and min(width, right - left) < _SLIVER
        if is_narrow and all(not a or not b or a == b for a, b in zip(before, column, strict=True)):
            found[-1] = width + right - left, [a or b for a, b in zip(before, column, strict=True)]
        else:
            found.append((right - left, list(column)))
    return [column for _, column in found]


def _has_columns_inside(table: Sequence[Row]) -> bool:
    """Tell whether lines part the cells of a table in part only: inside of most, words stand in columns."""
    lines = [line for row in table for cell in _distinct(row) for line in rows(cell)]
    several = [line for line in lines if len(line) > 2 or (len(line) > 1 and not _LIST_MARK.fullmatch(line[0].text))]
    # The labels of a chart beside them are many lines, of a word each.
    is_most = 2 * sum(map(len, several)) > sum(map(len, lines))
    return len(several) > 2 and (is_most or 3 * len(several) > len(lines))


def aligned(fragments: Sequence[Fragment], *, is_strict: bool) -> list[Fragment]:
    """Return the fragments of a page or column, those that stand in columns of a table put together by rows.

    Args:
        fragments: Upright ones.
        is_strict: Columns of words may be columns of text, not of a table.
    """
    found: list[Fragment] = []
    region: list[list[Fragment]] = []
    for row in [*map(_closed_up, rows(fragments)), []]:
        if row and _goes_on(region, row):
            region.append(row)
            continue
        head: list[list[Fragment]] = []
        while found and region and _is_head(found[-1], [*head, *region]):
            head.insert(0, [found.pop()])
        found += _table(region, head, is_strict=is_strict)
        region = [row] if len(row) > 1 and all(each.row is None for each in row) else []
        found += row if not region else []
    return found


def _closed_up(row: list[Fragment]) -> list[Fragment]:
    """Return a line of text whose words are set far apart, all as far, to fill it, as one fragment."""
    gaps = [b.left - a.right for a, b in pairwise(row)]
    words = sum(each.text.isalpha() and each.row is None for each in row)
    usual = median(gaps or [0.0])
    alike = sum(abs(gap - usual) <= 1 for gap in gaps)  # more behind a stop, in English
    if len(row) < 5 or 2 * words < len(row) or 4 * alike < 3 * len(gaps) or usual > 2 * row[0].size:
        return row
    ink = tuple(ink for each in row for ink in each.ink)
    return [replace(row[0], text=" ".join(each.text for each in row), right=row[-1].right, parts=(), ink=ink)]


def _goes_on(region: Sequence[Sequence[Fragment]], row: Sequence[Fragment]) -> bool:
    if not region or any(each.row is not None for each in row):
        return False
    before = region[-1][0]
    if before.baseline - row[0].baseline > 3.2 * max(before.size, row[0].size):
        return False
    if len(row) > 1:
        return max(row[0].size, before.size) < 1.3 * min(row[0].size, before.size)  # else a heading with its number
    # The rest of a cell, or a line between rows: it ends before the table does, or begins in a later column.
    only = row[0]
    left = min(each.left for line in region for each in line)
    right = max(each.right for line in region for each in line)
    end = right + 2 if only.left > left + only.size else right - 0.15 * (right - left)
    is_below = any(abs(each.left - only.left) < 2 for line in region for each in line[1:])
    return abs(only.size - before.size) < 1 and (is_below or (only.left >= left - 2 and only.right <= end))


def _is_head(line: Fragment, region: Sequence[Sequence[Fragment]]) -> bool:
    """Tell whether a line above a region is the first of a label of several lines, over a later column."""
    first, gap = region[0][-1], line.baseline - region[0][0].baseline
    looks = (line.size, line.is_bold, line.row) == (first.size, first.is_bold, None)
    over = [each for row in region for each in row if min(each.right, line.right) - max(each.left, line.left) > 1]
    later = min((row[1].left for row in region if len(row) > 1), default=line.right)
    return looks and 0.9 * line.size < gap < 1.5 * line.size and bool(over) and line.left > later - line.size


def _table(region: list[list[Fragment]], head: list[list[Fragment]], *, is_strict: bool) -> list[Fragment]:
    """Return the rows of a region, or its fragments where it is no table; lines above it may be of its head."""
    tail: list[Fragment] = []
    while region and len(region[-1]) < 2 and not _is_rest(region):
        tail += region.pop()
    above, loose = [each for row in head for each in row], [each for row in region for each in row]
    several = [row for row in region if len(row) > 1]
    columns = _columns(several)
    is_large = len(several) >= (2 if len(columns) > 2 else 3)
    if len(columns) < 2 or not is_large or (2 if len(columns) < 3 else 3) * len(several) < len(region):
        return [*above, *loose, *tail]
    placed = [_placed(row, columns) for row in region]
    parted = bands.parted([_placed(row, columns) for row in head] + placed)
    table = parted or bands.whole(placed)
    if _is_list(placed) or not (
        _is_sparse(placed, is_strict=is_strict) or bands.are_told(table, by_white=bool(parted))
    ):
        return [*above, *loose, *tail]
    return [*([] if parted else above), *_put_together(_repeated(table)), *tail]


def _is_rest(region: Sequence[Sequence[Fragment]]) -> bool:
    """Tell whether the last line of a region, of one fragment, goes on with a cell of the line before."""
    last, before = region[-1][0], region[-2] if len(region) > 1 else []
    gaps = [a[0].baseline - b[0].baseline for a, b in pairwise(region[:-1])]
    gap = before[0].baseline - last.baseline if before else 0.0
    above = [each for each in before if abs(each.left - last.left) < last.size]
    width = max(
        (each.right - each.left for row in region for each in row if abs(each.left - last.left) < 2), default=0.0
    )
    is_rest = gap < 0.85 * max(gaps, default=0) or last.text[:1].islower() or bands.is_wrapped(above, [last], width)
    return bool(above) and is_rest


def _columns(several: Sequence[Sequence[Fragment]]) -> list[tuple[float, float]]:
    """Return left and right of each column, by the rows that most rows are like."""
    if not several:
        return []
    counts = Counter(len(row) for row in several)
    usual = max(counts, key=lambda count: (counts[count], count))
    most = max(count for count in counts if count == usual or counts[count] > 0.3 * counts[usual])
    like = [row for row in several if len(row) == most]
    # The first may be a head whose words stand elsewhere.
    return next((found for some in (like, like[1:]) if len(found := _united(some)) == most), [])


def _united(several: Sequence[Sequence[Fragment]]) -> list[tuple[float, float]]:
    """Return left and right of what rows take up together."""
    united: list[tuple[float, float]] = []
    for left, right in sorted((each.left, each.right) for row in several for each in row):
        if united and left <= united[-1][1]:
            united[-1] = united[-1][0], max(united[-1][1], right)
        else:
            united.append((left, right))
    return united


def _placed(row: Sequence[Fragment], columns: Sequence[tuple[float, float]]) -> Row:
    """Return the fragments of a row by columns; one that lies over several stands in each."""
    cells: Row = [[] for _ in columns]
    for each in (part for fragment in row for part in _parted(fragment, columns)):
        over = [at for at, (left, right) in enumerate(columns) if min(right, each.right) - max(left, each.left) > 1]
        if not over:
            middle = (each.left + each.right) / 2
            over = [min(range(len(columns)), key=lambda at: abs(sum(columns[at]) / 2 - middle))]
        for at in over:
            cells[at].append(each)
    return cells


def _parted(fragment: Fragment, columns: Sequence[tuple[float, float]]) -> Iterator[Fragment]:
    """Yield the parts of a fragment where each stands in another column, as in the head of a narrow table."""
    if not fragment.parts:
        yield fragment
        return

    def column(left: float, right: float) -> list[int]:
        return [at for at, each in enumerate(columns) if min(each[1], right) - max(each[0], left) > 1]

    parts = [(column(left, right), left, right, text) for left, right, text in fragment.parts]
    if len(column(fragment.left, fragment.right)) < 2 or any(len(over) != 1 for over, *_ in parts):
        yield fragment
        return
    for _, left, right, text in parts:
        ink = inks.between(fragment.ink, left, right)
        yield replace(fragment, left=left, right=right, text=text, parts=(), ink=ink)


def _is_list(placed: Sequence[Row]) -> bool:
    """Tell whether the first of two columns has the marks of a list, or of notes, set apart."""
    return len(placed[0]) == 2 and all(
        _LIST_MARK.fullmatch(" ".join(e.text for e in row[0])) for row in placed if row[0] and row.count(row[0]) == 1
    )


def _is_sparse(placed: Sequence[Row], *, is_strict: bool) -> bool:
    """Tell whether columns have white as those of a table: lines of text fill theirs, words of a cell seldom do."""
    columns = [[cell for row in placed if (cell := row[at])] for at in range(len(placed[0]))]
    if all(len(column) < 2 for column in columns):
        return False
    # A line over several columns tells nothing.
    alone = [[cell for row in placed if (cell := row[at]) and row.count(cell) == 1] for at in range(len(placed[0]))]
    prose = 0
    for column, filled in zip(alone, columns, strict=True):
        if not column:
            continue
        width = max(each.right for cell in column for each in cell) - min(each.left for cell in column for each in cell)
        fill = median((cell[-1].right - cell[0].left) / width for cell in column)
        words = median(len(" ".join(each.text for each in cell).split()) for cell in filled)
        prose += fill > 0.6 and words >= 4 and (is_strict or len(filled) > 2)
    return prose < (1 if is_strict else 2)


def _repeated(table: list[Row]) -> list[Row]:
    """Return the rows with a label that stands once for several in each of them."""
    found: list[Row] = []
    for row in table:
        if found and len(row) > 2 and not row[0] and all(row[1:]) and found[-1][0] and any(map(is_numeric, row[1:])):
            is_head = not any(map(is_numeric, found[-1][1:]))
            row = row if is_head else [found[-1][0], *row[1:]]
        found.append(row)
    return found


def _split(row: Row) -> list[Row]:
    """Return the rows of one band of a grid: several where its columns have as many lines each, of figures."""
    lines = [rows(cell) for cell in row]
    most = max(map(len, lines), default=0)
    alike = [each for each in lines if len(each) >= 0.9 * most]
    is_several = most > 1 and len(alike) >= max(2, 0.6 * sum(map(bool, lines)))
    is_figures = any(all(NUMERIC.fullmatch(said(line)) for line in column) for column in alike)
    if not is_several or not (is_figures or most > 3):
        return [row]
    found: list[Row] = [[[] for _ in row] for _ in range(most)]
    for at, cell in enumerate(lines):
        for line in cell:
            nearest = min(range(most), key=lambda each: abs(alike[0][each][0].baseline - line[0].baseline))
            found[nearest][at] += line
    return found


def _put_together(table: Sequence[Row]) -> Iterator[Fragment]:
    """Yield a fragment for each row of a table, those of its head marked."""
    heads = _head_count(table)
    left = min(each.left for row in table for cell in row for each in cell)
    right = max(each.right for row in table for cell in row for each in cell)
    size = max(Counter(each.size for row in table for cell in row for each in cell).items(), key=lambda each: each[1])[
        0
    ]
    before: list[Fragment] = []
    for at, row in enumerate(table):
        cells = [said(cell) for cell in row]
        placed = [each for cell in row for each in cell]
        # A line over all columns, or between rows, is said once. A repeated label stands at its own height.
        text = cells[0] if _is_alone(row) else " | ".join(cells)
        top = max([each for each in placed if each not in before] or placed, key=lambda each: each.baseline)
        ink = tuple(each for cell in (row[:1] if _is_alone(row) else row) for each in inked(cell))
        yield replace(top, text=text, left=left, right=right, size=size, row=int(at < heads), ink=ink)
        before = placed


def _is_alone(row: Row) -> bool:
    """Tell whether a row has one cell, over all columns or over the first ones."""
    return bool(row[0]) and all(not cell or cell == row[0] for cell in row)


def _distinct(row: Row) -> list[list[Fragment]]:
    found: list[list[Fragment]] = []
    for cell in row:
        if not found or cell != found[-1]:
            found.append(cell)
    return found


def _head_count(table: Sequence[Row]) -> int:
    """Return how many rows head a table: bold ones, words or years over figures, labels over several columns."""

    def is_bold(row: Row) -> bool:
        return all(each.is_bold for cell in row for each in cell)

    def is_label(row: Row) -> bool:
        texts = [said(cell) for cell in row if cell]
        return not any(NUMERIC.fullmatch(text) and not _YEAR.fullmatch(text) for text in texts)

    count = 0
    if not is_bold(table[-1]):
        while count < len(table) - 1 and is_bold(table[count]):
            count += 1
    if not count:
        body = table[1:]
        figures = [
            at
            for at in range(1, len(table[0]))
            if sum(map(is_numeric, (row[at] for row in body))) > 0.6 * sum(bool(row[at]) for row in body) > 0
        ]
        while figures and count < len(table) - 1 and is_label(table[count]) and not (count and _is_alone(table[count])):
            count += 1
            if len(_distinct(table[count - 1])) == len(table[0]) and all(table[count - 1]):
                break  # what it leaves open, or says for several columns, the next row would say
    return count
