"""The fragments of a page: stretches of one line without a gap as wide as that between columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from alliance_qa.documents.pdf.letters import Letter, Sheet

# U+0002 and U+FFFE are what PDFium makes of the hyphen at the end of a line.
_SPELLED = str.maketrans({"\x02": "-", "\ufffe": "-", "\u200b": None, "\ufeff": None})


@dataclass(frozen=True, slots=True)
class Fragment:
    text: str
    page: int
    left: float
    right: float
    baseline: float
    size: float
    is_bold: bool
    is_upright: bool


@dataclass(frozen=True, slots=True)
class Page:
    height: float
    fragments: Sequence[Fragment]


def page(sheet: Sheet) -> Page:
    """Return the fragments that a page shows, in the order of the file."""
    runs = (run for line in sheet.lines for run in _runs(line) if not all(letter.char.isspace() for letter in run))
    found = (_fragment(run, sheet.number) for run in runs)
    # Printers' marks stand beside the page: nobody sees them.
    seen = [f for f in found if f.right >= 0 and f.left <= sheet.width and 0 <= f.baseline <= sheet.height]
    return Page(sheet.height, [fragment for fragment in seen if fragment.text])


def rows(fragments: Iterable[Fragment]) -> list[list[Fragment]]:
    """Group fragments by baseline, top row first, each from left to right."""
    found: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda each: -each.baseline):
        last = found[-1][0] if found else None
        if last and last.baseline - fragment.baseline <= 0.4 * max(last.size, fragment.size):
            found[-1].append(fragment)
        else:
            found.append([fragment])
    return [sorted(row, key=lambda each: each.left) for row in found]


def _runs(line: Sequence[Letter]) -> Iterator[Sequence[Letter]]:
    start = 0
    for end, (before, after) in enumerate(pairwise(line), start=1):
        if _breaks(before, after):
            yield line[start:end]
            start = end
    yield line[start:]


def _breaks(before: Letter, after: Letter) -> bool:
    if before.face.is_upright != after.face.is_upright:
        return True
    if not after.face.is_upright:
        return False
    size = max(before.face.size, after.face.size)
    if abs(after.baseline - before.baseline) > 0.5 * size:
        return True
    # LaTeX sets columns one em apart, and no closer than that do others.
    return not -size < after.left - before.right < 0.9 * size


def _fragment(run: Sequence[Letter], number: int) -> Fragment:
    inked = [letter for letter in run if not letter.char.isspace()]
    sizes = Counter(letter.face.size for letter in inked)
    size = max(sizes, key=lambda each: (sizes[each], each))
    baseline = median(letter.baseline for letter in inked if letter.face.size == size)
    return Fragment(
        text=" ".join(_said(run, size, baseline).translate(_SPELLED).split()),
        page=number,
        left=min(letter.left for letter in inked),
        right=max(letter.right for letter in inked),
        baseline=baseline,
        size=size,
        is_bold=2 * sum(letter.face.is_bold for letter in inked) > len(inked),
        is_upright=inked[0].face.is_upright,
    )


def _said(run: Sequence[Letter], size: float, baseline: float) -> str:
    """Return the letters of a run but the raised numbers that point to footnotes.

    "the treaty.12" would hide the end of a sentence. A raised number after a digit or a
    unit of length is a power and stays.
    """
    said = ""
    for letter in run:
        is_raised = letter.face.size <= 0.8 * size and letter.baseline > baseline + 0.15 * size
        if not (is_raised and letter.char.isdigit() and re.search(r"(?:[^\W\d]{3}|[^\w\s])$", said[-3:])):
            said += letter.char
    return said
