"""The notes in the margin of a page, in smaller letters beside the text: what an act says of each section."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from alliance_qa.documents.pdf.fragments import Fragment

_SMALLER = 0.9  # of the size of the text
_WIDEST = 0.3  # of the width of the text
_APART = 1.7  # of the size of a note: the next one begins


def parted(fragments: Sequence[Fragment]) -> tuple[list[Fragment], list[list[Fragment]]]:
    """Return the upright fragments of a page without its notes in the margins, and these, each from the top.

    A table may reach into the margins, too, but then as small letters stand in the text beside.
    """
    sizes: Counter[float] = Counter()
    for each in fragments:
        sizes[each.size] += len(each.text)
    small = _SMALLER * max(sizes, key=lambda size: sizes[size], default=0.0)
    text = [each for each in fragments if each.size > small]
    if not text:
        return list(fragments), []
    left, right = min(each.left for each in text), max(each.right for each in text)
    within = sorted(
        each.baseline for each in fragments if each.size <= small and left < each.right and each.left < right
    )
    notes: list[list[Fragment]] = []
    for side in ([f for f in fragments if f.right <= left], [f for f in fragments if f.left >= right]):
        width = max((each.right for each in side), default=0.0) - min((each.left for each in side), default=0.0)
        if width > _WIDEST * (right - left) or any(_is_beside(each, within) for each in side):
            continue
        for each in sorted(side, key=lambda each: (-each.baseline, each.left)):
            if notes and each.left - notes[-1][-1].left < width and _is_next(notes[-1][-1], each):
                notes[-1].append(each)
            else:
                notes.append([each])
    out = {each for note in notes for each in note}
    return [each for each in fragments if each not in out], notes


def _is_beside(note: Fragment, heights: Sequence[float]) -> bool:
    near = 0.4 * note.size
    return bisect_left(heights, note.baseline - near) < bisect_right(heights, note.baseline + near)


def _is_next(before: Fragment, after: Fragment) -> bool:
    return 0 <= before.baseline - after.baseline < _APART * after.size
