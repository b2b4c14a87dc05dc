"""The grids that are drawn on a page: lines across and down that meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alliance_qa.documents.pdf.fragments import Fragment
from alliance_qa.documents.pdf.views import Box

_NEAR = 3.0  # points between lines that are one, or that meet
_SHORTEST = 4.0  # points


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines of a table: `xs` from the left, `ys` from the top; `rows` has the number of the cell at each place.

    A cell that reaches over several rows or columns has one number.
    """

    xs: Sequence[float]
    ys: Sequence[float]
    rows: Sequence[Sequence[int]]

    def holds(self, fragment: Fragment) -> bool:
        """Tell whether the middle of a fragment lies in the grid."""
        x, y = _middle(fragment)
        return self.xs[0] <= x <= self.xs[-1] and self.ys[-1] <= y <= self.ys[0]

    def cell_at(self, fragment: Fragment) -> int:
        """Return the number of the cell of a fragment that the grid holds."""
        x, y = _middle(fragment)
        row = sum(y < each for each in self.ys[1:-1])
        return self.rows[row][sum(x > each for each in self.xs[1:-1])]


def found(rules: Sequence[Box]) -> list[Grid]:
    """Return the grids of two rows and two columns at least that lines of a page make."""
    across = _merged([rule for rule in rules if rule.right - rule.left >= max(_SHORTEST, rule.top - rule.bottom)])
    down = _merged([Box(r.bottom, r.left, r.top, r.right) for r in rules if r.top - r.bottom >= _SHORTEST])
    down = [Box(r.bottom, r.left, r.top, r.right) for r in down]
    groups: list[tuple[list[Box], list[Box]]] = []
    for rule in across:
        meets = [column for column in down if _meet(rule, column)]
        touched = [group for group in groups if any(column in group[1] for column in meets)]
        groups = [group for group in groups if group not in touched]
        columns = {column for group in touched for column in group[1]} | set(meets)
        groups.append(([*(each for group in touched for each in group[0]), rule], sorted(columns)))
    grids = (_grid(lines, columns) for lines, columns in groups if columns)
    return [grid for grid in grids if len(grid.xs) > 2 and len(grid.ys) > 2]


def _middle(fragment: Fragment) -> tuple[float, float]:
    return (fragment.left + fragment.right) / 2, fragment.baseline + 0.3 * fragment.size


def _meet(across: Box, down: Box) -> bool:
    return (
        across.left - _NEAR <= down.left <= across.right + _NEAR
        and down.bottom - _NEAR <= across.bottom <= down.top + _NEAR
    )


def _merged(rules: Sequence[Box]) -> list[Box]:
    """Return lines across, those that lie on one another or go on from one another made one."""
    levels: list[list[Box]] = []
    for rule in sorted(rules, key=lambda each: (each.bottom, each.left)):
        if levels and rule.bottom - levels[-1][0].bottom < _NEAR:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    merged: list[Box] = []
    for level in levels:
        height = level[0].bottom
        for rule in sorted(level, key=lambda each: each.left):
            last = merged[-1] if merged and merged[-1].bottom == height else None
            if last and rule.left <= last.right + _NEAR:
                merged[-1] = Box(last.left, height, max(last.right, rule.right), height)
            else:
                merged.append(Box(rule.left, height, rule.right, height))
    return merged


def _grid(across: Sequence[Box], down: Sequence[Box]) -> Grid:
    xs = _apart([*(rule.left for rule in down), *(x for rule in across for x in (rule.left, rule.right))])
    ys = _apart([*(rule.bottom for rule in across), *(y for rule in down for y in (rule.bottom, rule.top))])[::-1]
    width, height = len(xs) - 1, len(ys) - 1
    same = list(range(width * height))

    def number(row: int, column: int) -> int:
        at = row * width + column
        while same[at] != at:
            at = same[at]
        return at

    for row in range(height):
        for column in range(width):
            x, y = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if row and not any(abs(r.bottom - ys[row]) < _NEAR and r.left <= x <= r.right for r in across):
                same[number(row, column)] = number(row - 1, column)
            if column and not any(abs(r.left - xs[column]) < _NEAR and r.bottom <= y <= r.top for r in down):
                same[number(row, column)] = number(row, column - 1)
    return Grid(xs, ys, [[number(row, column) for column in range(width)] for row in range(height)])


def _apart(places: Sequence[float]) -> list[float]:
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] >= _NEAR:
            found.append(place)
    return found
