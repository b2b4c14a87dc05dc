"""The letters that a fragment's text came from, with their places."""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from itertools import chain, pairwise

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.documents.pdf.letters import Letter
from alliance_qa.documents.pdf.views import Box


def of(letters: Sequence[Letter], text: str, paper: Paper, size: float) -> tuple[Ink, ...]:
    """Return the letters of a line that its text says, parted where one is left out, as the mark of a note is.

    Args:
        letters: Of the line, in its order, blanks among them.
        text: What is said of them: some may be left out, or written otherwise.
        paper: The page.
        size: That most of the letters have: they say how high the line is.
    """
    drawn = [letter for letter in letters if not letter.char.isspace()]
    whole = [letter for letter in drawn if letter.face.size == size] or drawn
    if not drawn or not whole[0].top > whole[0].bottom:
        return ()
    low, high = min(each.bottom for each in whole), max(each.top for each in whole)
    is_upright = drawn[0].face.is_upright
    if is_upright and "".join([letter.char for letter in letters]) == text:
        return (Ink(paper, text, _edges([(each.left, each.right) for each in letters]), low, high),)
    text = one_line(text)
    places = [at for at, char in enumerate(text) if char != " "]
    found: list[Ink] = []
    for start, at, count in _runs([letter.char for letter in drawn], text.replace(" ", "")):
        some, spoken = drawn[start : start + count], places[at : at + count]
        if is_upright:
            found.append(_ink(text, spoken, [(each.left, each.right) for each in some], paper, low, high))
        else:
            found += _sideways(text, spoken, some, paper)
    return tuple(found)


def filled(text: str, box: Box, paper: Paper, low: float, high: float) -> tuple[Ink, ...]:
    """Return the letters of a line that is filled into a form's field: each has the place of the field."""
    text = one_line(text)
    return (Ink(paper, text, _edges([(box.left, box.right)] * len(text)), low, high),) if text else ()


def on_page(ink: Ink) -> Ink:
    """Return letters with their places on the page as it is seen, whichever way it was turned to read them.

    Turning by a quarter takes (x, y) to (y, width - x), see `letters._view`.
    """
    turn, wide, tall = ink.paper.turn, ink.paper.width, ink.paper.height
    if not turn:
        return ink
    paper = Paper(ink.paper.page, *((tall, wide) if turn % 2 else (wide, tall)))
    edges, low, high = ink.edges, ink.low, ink.high
    if turn > 1:
        edges = _edges([(wide - end, wide - begin) for begin, end in zip(edges[::2], edges[1::2], strict=True)])
    if turn < 3:
        low, high = tall - high, tall - low
    return Ink(paper, ink.chars, edges, low, high, is_sideways=turn % 2 == 1)


def after(found: Sequence[Ink], count: int) -> tuple[Ink, ...]:
    """Return what follows the first so many characters of a line that one ink holds; () where several do."""
    ink = found[0] if len(found) == 1 else None
    return (replace(ink, chars=ink.chars[count:], edges=ink.edges[2 * count :]),) if ink else ()


def between(found: Sequence[Ink], left: float, right: float) -> tuple[Ink, ...]:
    """Return the letters of an upright line whose middle lies between two places."""
    kept = []
    for ink in found:
        inside = [
            at
            for at, char in enumerate(ink.chars)
            if char != " " and left <= (ink.edges[2 * at] + ink.edges[2 * at + 1]) / 2 <= right
        ]
        if inside:
            first, end = inside[0], inside[-1] + 1
            kept.append(replace(ink, chars=ink.chars[first:end], edges=ink.edges[2 * first : 2 * end]))
    return tuple(kept)


def _edges(sides: Iterable[tuple[float, float]]) -> array[float]:
    return array("f", chain.from_iterable(sides))


def _ink(
    text: str,
    places: Sequence[int],
    sides: Sequence[tuple[float, float]],
    paper: Paper,
    low: float,
    high: float,
    *,
    is_sideways: bool = False,
) -> Ink:
    """Return letters with the blanks between them, which reach from the one before to the one after."""
    whole = [sides[0]]
    for (before, after), side in zip(pairwise(places), sides[1:], strict=True):
        if after > before + 1:
            whole.append((whole[-1][1], side[0]))
        whole.append(side)
    return Ink(paper, text[places[0] : places[-1] + 1], _edges(whole), low, high, is_sideways)


def _sideways(text: str, places: Sequence[int], letters: Sequence[Letter], paper: Paper) -> Iterator[Ink]:
    """Yield the lines of letters that do not run from left to right: the file does not part them."""
    ends = [end for end, (a, b) in enumerate(pairwise(letters), start=1) if not _is_beside(a, b)]
    for start, end in pairwise([0, *ends, len(letters)]):
        some = letters[start:end]
        low, high = min(each.left for each in some), max(each.right for each in some)
        sides = [(each.bottom, each.top) for each in some]
        yield _ink(text, places[start:end], sides, paper, low, high, is_sideways=True)


def _is_beside(before: Letter, after: Letter) -> bool:
    return before.left <= (after.left + after.right) / 2 <= before.right


def _runs(drawn: Sequence[str], said: str) -> Iterator[tuple[int, int, int]]:
    """Yield which letters are which of the text: where both begin, and how many."""
    written = "".join(drawn)
    if len(written) == len(drawn) and _folded(written) == _folded(said):
        yield 0, 0, len(drawn)
        return
    matcher = SequenceMatcher(None, [*map(_fold, drawn)], [*map(_fold, said)], autojunk=False)
    yield from (block for block in matcher.get_matching_blocks() if block.size)


def _folded(text: str) -> str:
    return text if text.isascii() else "".join(map(_fold, text))


@cache
def _fold(char: str) -> str:
    """Return a letter without its accent, flat where it is raised, a hyphen at a line's end as any other."""
    return unicodedata.normalize("NFKD", _HYPHENS.get(char, char))[:1]


_HYPHENS = dict.fromkeys("\x02\ufffe\u2010\u2011", "-")
