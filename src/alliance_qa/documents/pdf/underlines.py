"""The lines under words, as a link has one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

from alliance_qa.documents.pdf.letters import COLUMN_GAP, Letter, Sheet
from alliance_qa.documents.pdf.views import Box

_TOUCHING = 0.5  # points between ends that are at one place
_HIGHEST = 30.0  # points from a line to the baseline of the words above it


def without(sheet: Sheet) -> Sequence[Box]:
    """Return the rules of a page but the lines under words that meet no line of a table."""
    if not sheet.strokes:
        return sheet.rules
    letters = sorted((letter for line in sheet.lines for letter in line), key=lambda each: each.baseline)
    under = [stroke for stroke in sheet.strokes if _is_under_words(stroke, letters)]
    others = [rule for rule in sheet.rules if not any(_is_within(rule, line) for line in under)]
    left_out = [line for line in under if not _meets(line, others)]
    return [rule for rule in sheet.rules if not any(_is_within(rule, line) for line in left_out)]


def _is_under_words(stroke: Box, letters: Sequence[Letter]) -> bool:
    """Tell whether a line is exactly as wide as words, and just below them.

    Args:
        stroke: A line across.
        letters: Those of the page, by their baselines.
    """
    height = (stroke.bottom + stroke.top) / 2
    first = bisect_left(letters, height, key=lambda each: each.baseline)
    end = bisect_right(letters, height + _HIGHEST, key=lambda each: each.baseline)
    over = [
        letter
        for letter in letters[first:end]
        if stroke.left < (letter.left + letter.right) / 2 < stroke.right
        and 0.05 * letter.face.size <= letter.baseline - height <= 0.35 * letter.face.size
    ]
    over.sort(key=lambda each: each.left)
    if not over:
        return False
    ends = (over[0].left - stroke.left, max(each.right for each in over) - stroke.right)
    gaps = (b.left - a.right < COLUMN_GAP * b.face.size for a, b in pairwise(over))
    return all(abs(end) < _TOUCHING for end in ends) and all(gaps)


def _is_within(rule: Box, line: Box) -> bool:
    return line.left <= rule.left <= rule.right <= line.right and line.bottom <= rule.bottom <= rule.top <= line.top


def _meets(line: Box, others: Sequence[Box]) -> bool:
    """Tell whether a line across ends at another line, or one down crosses it."""

    def is_met(other: Box) -> bool:
        if other.bottom - _TOUCHING > line.top or line.bottom > other.top + _TOUCHING:
            return False
        if other.top - other.bottom > other.right - other.left:
            return line.left - _TOUCHING <= other.left <= line.right + _TOUCHING
        return any(other.left - _TOUCHING <= x <= other.right + _TOUCHING for x in (line.left, line.right))

    return any(map(is_met, others))
