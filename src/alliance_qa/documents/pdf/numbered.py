"""The line numbers of bills, transcripts and drafts: a column of rising whole numbers left of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.documents.pdf import inks
from alliance_qa.documents.pdf.fragments import Fragment, Page, rows

_NUMBER = re.compile(r"\d{1,4}")
_LED = re.compile(r"(\d{1,4}) +(?=\S)")
_FEWEST = 5  # numbers on a page, to be sure; 2 on the other pages of the same file
_FEWEST_APART = 3  # where every fifth line has one
_NEAR = 4.0  # points between the places of the numbers, as their last digits have


def removed(pages: Sequence[Page]) -> list[Page]:
    """Leave out the numbers of lines of a document that counts its lines."""
    found = [_numbers(page, _FEWEST, None) for page in pages]
    places = [median(each.left for each in numbers) for numbers in found if numbers]
    if not places:
        return list(pages)
    return [
        _without(page, numbers or _numbers(page, 2, median(places))) for page, numbers in zip(pages, found, strict=True)
    ]


def _numbers(page: Page, fewest: int, place: float | None) -> list[Fragment]:
    """Return the fragments that are, or begin with, the number of their line; [] where lines are not counted."""
    lines = rows(each for each in page.fragments if each.is_upright)
    if len(lines) < fewest:
        return []
    led = [(at, line[0], _of(line[0])) for at, line in enumerate(lines)]
    counted = [(at, first, number) for at, first, number in led if number is not None]
    if place is not None:
        counted = [each for each in counted if abs(each[1].left - place) < 4 * _NEAR]
    counted = _beside(counted)
    steps = [(b[0] - a[0], b[2] - a[2]) for a, b in pairwise(counted)]
    right = sum(lines_on == count > 0 for lines_on, count in steps)
    is_apart = right == len(steps) and min((count for _, count in steps), default=0) > 1
    if len(counted) < (min(fewest, _FEWEST_APART) if is_apart else fewest) or right < 0.8 * len(steps):
        return []
    first, last = counted[0][0], counted[-1][0]
    said = [_rest(line) for line in lines[first : last + 1]]
    texts = [text for text in said if text]
    # Running text begins its lines in small letters, the rows of a table and the items of a list do not.
    is_text = sum(text[0].islower() for text in texts) >= 0.25 * len(texts)
    is_wide = bool(texts) and median(map(len, texts)) >= 20
    if place is not None or (is_text and is_wide) or _is_ruler(counted, lines):
        return [each[1] for each in counted]
    return []


def _is_ruler(counted: Sequence[tuple[int, Fragment, int]], lines: Sequence[Sequence[Fragment]]) -> bool:
    """Tell whether numbers at equal distances count lines that begin here and there, as on a transcript's cover."""
    gaps = [before[1].baseline - after[1].baseline for before, after in pairwise(counted)]
    lefts = {round(lines[at][1].left / 6) for at, *_ in counted if len(lines[at]) > 1}
    return len(counted) >= 2 * _FEWEST and max(gaps) - min(gaps) < 0.1 * max(gaps) and len(lefts) >= _FEWEST_APART


def _beside(counted: Sequence[tuple[int, Fragment, int]]) -> list[tuple[int, Fragment, int]]:
    """Return those that stand in one column: their left or right edges lie on a line."""
    if not counted:
        return []
    usual = median(each[1].left for each in counted)
    return [each for each in counted if abs(each[1].left - usual) < 0.6 * each[1].size * len(str(each[2])) + _NEAR]


def _of(fragment: Fragment) -> int | None:
    found = _NUMBER.fullmatch(fragment.text) or _LED.match(fragment.text)
    return int(found[0]) if found else None


def _rest(line: Sequence[Fragment]) -> str:
    text = " ".join(each.text for each in line)
    return re.sub(r"^\d{1,4}(?: +|$)", "", text)


def _without(page: Page, numbers: Sequence[Fragment]) -> Page:
    out = set(numbers)
    kept = [_after_number(each) if each in out else each for each in page.fragments]
    said = [LeftOut(Omission.LINE_NUMBER, str(_of(each))) for each in numbers]
    return replace(page, fragments=[each for each in kept if each], left_out=[*page.left_out, *said])


def _after_number(fragment: Fragment) -> Fragment | None:
    led = _LED.match(fragment.text)
    if not led:
        return None
    # Figures are half as wide as they are high.
    left, ink = fragment.left + 0.5 * fragment.size * led.end(), inks.after(fragment.ink, led.end())
    return replace(fragment, text=fragment.text[led.end() :], left=left, ink=ink)
