"""What a sentence must share with its quotes: a rule returns what is wrong, for the model to read, or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from alliance_qa.text.terms import terms
from alliance_qa.wording.alignment import Alignment, is_same
from alliance_qa.wording.claims import BOUNDS, CONDITIONS, MODALS, Mark, Token, scope
from alliance_qa.wording.roles import roles


class Check(StrEnum):
    """What is compared; a sentence that fails one is not shown."""

    FORM = "form"  # one plain sentence, without links and markup
    NUMBERS = "numbers"
    DATES = "dates"
    NAMES = "names"
    NEGATION = "negation"
    MODALS = "modals"
    BOUNDS = "bounds"
    CONDITIONS = "conditions"
    ONE_QUOTE = "one_quote"  # each clause is of one sentence of the quotes
    ROLES = "roles"  # who does what to whom
    SUPPORT = "support"  # what the embedding model makes of a paraphrase


Rule = Callable[[tuple[Token, ...], Sequence[Alignment]], str | None]


def _numbers(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        for place in alignment.novel:
            token = said[place]
            if token.stem in alignment.lent:
                continue
            if token.value is not None and not (token.text.casefold() == "one" and _is_next(said, place, "of")):
                return f'the number "{token.text}" is in no quote that holds the rest'
        for place in alignment.places:
            value = said[place].value
            if value is None or 1000 <= value <= 2100 or _in_date(said, place):
                continue
            after = place + 1
            if after < len(said) and said[after].is_content and after in alignment.novel:
                return f'"{said[place].text}" counts something else in the quote'
            near = _beside(said, place)
            held = [_beside(alignment.source, at) for at, t in enumerate(alignment.source) if t.value == value]
            if near and not any(any(is_same(a, b) for a in near for b in beside) for beside in held):
                return f'"{said[place].text}" counts something else in the quote'
    return None


def _is_next(said: tuple[Token, ...], place: int, word: str) -> bool:
    return place + 1 < len(said) and said[place + 1].text.casefold() == word


def _beside(found: tuple[Token, ...], place: int) -> list[Token]:
    content = [at for at, token in enumerate(found) if token.is_content]
    here = content.index(place)
    return [found[at] for at in (*content[max(0, here - 1) : here], *content[here + 1 : here + 3])]


def _in_date(found: tuple[Token, ...], place: int) -> bool:
    return any(0 <= at < len(found) and found[at].stem.startswith("#") for at in (place - 1, place + 1))


_Day = tuple[int | None, float | None, float | None]  # month, day, year


def _days(found: tuple[Token, ...]) -> list[_Day]:
    days: list[_Day] = []
    taken: set[int] = set()
    for at, token in enumerate(found):
        if not token.stem.startswith("#"):
            continue
        day = year = None
        for place in (at - 1, at + 1, at + 2, at + 3):
            value = found[place].value if 0 <= place < len(found) else None
            if value is None or place in taken:
                continue
            if place <= at + 1 and value <= 31 and day is None:
                day = value
            elif place > at and 1000 <= value <= 2100 and year is None:
                year = value
            else:
                continue
            taken.add(place)
        days.append((int(token.stem[1:]), day, year))
    days += [
        (None, None, token.value)
        for at, token in enumerate(found)
        if token.value is not None and 1000 <= token.value <= 2100 and at not in taken
    ]
    return days


def _dates(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        held = _days(alignment.source)
        for day in _days(tuple(said[place] for place in alignment.clause)):
            if not any(all(a is None or a == b for a, b in zip(day, other, strict=True)) for other in held):
                return "a date is not the quote's"
        for place, at in alignment.places.items():
            if said[place].value is not None or said[place].stem.startswith("#"):
                ours, theirs = _side(said, place), _side(alignment.source, at)
                if ours != theirs:
                    return "a date is on another side of the quote's"
    return None


_SIDES = frozenset("before after".split())


def _side(found: tuple[Token, ...], place: int) -> str:
    word = found[place - 1].text.casefold() if place else ""
    return word if word in _SIDES else ""


def _names(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        for place in alignment.novel:
            token = said[place]
            if token.is_name and token.value is None and token.stem not in alignment.lent:
                return f'the name "{token.text}" is in no quote that holds the rest'
    return None


def _negation(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        ours = [at for at in alignment.clause if said[at].mark is Mark.NOT]
        theirs = [at for at, token in enumerate(source) if token.mark is Mark.NOT]
        used = set(alignment.places.values())
        denied = {at: _denied(source, at) for at in theirs}
        for at in ours:
            focused = [place for place in _denied(said, at)[:3] if place in alignment.places]
            if not any(alignment.places[place] in denied[other] for place in focused[:2] for other in theirs):
                return f'"{said[at].text}" is not said of this in the quote'
        bound = [at for at in theirs if used.intersection(denied[at][:1])]
        if len(bound) > len(ours):
            return f'the quote has "{source[bound[0]].text}"'
    return None


def _denied(found: tuple[Token, ...], at: int) -> list[int]:
    """Return the places of the content that a negation denies, the nearest first: what follows, else what leads to it.

    "Guests have no vote", "guests have none".
    """
    return scope(found, at) or _before(found, at)


def _before(found: tuple[Token, ...], at: int) -> list[int]:
    """Return the places of the content between a place and the stop before it, the nearest first."""
    led: list[int] = []
    for place in range(at - 1, -1, -1):
        if found[place].is_stop:
            break
        if found[place].is_content:
            led.append(place)
    return led


def _marks(said: tuple[Token, ...], alignment: Alignment, alignments: Sequence[Alignment]) -> set[Mark | None]:
    """Return the marks of all clauses that are of the same sentence of the quotes."""
    return {said[at].mark for other in alignments if other.source is alignment.source for at in other.clause}


_STRONG = frozenset({Mark.MAY, Mark.MUST, Mark.SHOULD})


def _modals(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        theirs = {token.mark for token in source}
        ours = _marks(said, alignment, alignments)
        for at in alignment.clause:
            mark = said[at].mark
            if mark in MODALS and mark not in theirs:
                return f'the quote does not say "{said[at].text}"'
        for at, token in enumerate(source):
            if token.mark in _STRONG and token.mark not in ours:
                focus = scope(source, at, 1)
                if focus and focus[0] in alignment.places.values():
                    return f'the quote says "{token.text}"'
    return None


_BINDING = BOUNDS - {Mark.ALL, Mark.SOME, Mark.EXACTLY}


def _bounds(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        theirs = {token.mark for token in source if token.mark in BOUNDS}
        ours = _marks(said, alignment, alignments)
        for at in alignment.clause:
            if said[at].mark in BOUNDS and said[at].mark not in theirs:
                return f'the quote does not say "{said[at].text}"'
        for at, token in enumerate(source):
            if token.mark in _BINDING and token.mark not in ours:
                beside = [*scope(source, at, 1), *[p for p in range(at) if source[p].is_content][-1:]]
                if set(beside) & set(alignment.places.values()):
                    return f'the quote says "{token.text}"'
    return None


def _conditions(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    held_marks = {token.mark for token in said}
    for alignment in alignments:
        source = alignment.source
        used = {at for other in alignments if other.source is source for at in other.places.values()}
        for at, token in enumerate(source):
            led = _before(source, at)  # ", which was the most until 2019" binds what stands in front of it there
            if token.mark in CONDITIONS - held_marks and (not led or used.intersection(led)):
                return f'the quote says "{token.text}"'
        if (left := _curtailed(source, used)) is not None:
            return f'the quote says "{left}"'
        if (that := _said_by(source)) is not None and used and min(used) > that:
            return "the quote says who says so"
        added = [at for at in alignment.clause if said[at].mark in CONDITIONS and said[at].text.casefold() != "until"]
        if added and not any(token.mark in CONDITIONS or token.text.casefold() == "when" for token in source):
            return "the quote has no such condition"
    return None


def _curtailed(source: tuple[Token, ...], used: set[int]) -> str | None:
    """Return what is left out of a sentence that holds in general, where less of it may say more.

    What happened in a year may be told in part. Of anything else each part that is told is told whole, and nothing
    between two parts is left out.
    """
    if not used or any(token.value is not None and 1000 <= token.value <= 2100 for token in source):
        return None
    for part in _parts(source):
        left = [at for at in part if at not in used and not source[at].is_name and source[at].value is None]
        if used.intersection(part):
            if len(left) > MOST_LEFT_OUT:
                return source[left[0]].text
        elif min(used) < part[0] < max(used):
            return source[part[0]].text
    return None


MOST_LEFT_OUT = 1
"""Words of content of a part that is told, names and numbers aside."""


def _parts(source: tuple[Token, ...]) -> list[list[int]]:
    """Return the places of the content between two stops, for each such part that has any."""
    parts: list[list[int]] = [[]]
    for at, token in enumerate(source):
        if token.is_stop:
            parts.append([])
        elif token.is_content:
            parts[-1].append(at)
    return [part for part in parts if part]


def _said_by(source: tuple[Token, ...]) -> int | None:
    """Return the place of the "that" after which a quote tells what somebody says, argues or declares."""
    for at in range(1, len(source)):
        if source[at].text.casefold() == "that" and any(token.stem in _TELLING for token in source[:at]):
            return at
    return None


_TELLING = frozenset(terms("say said state argue claim declare announce agree believe think report suggest warn"))


def _one_quote(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        content = len(alignment.places) + len(alignment.novel)
        for place in alignment.novel:
            elsewhere = [s for s in alignment.sources if s is not alignment.source]
            if any(other.is_content and is_same(said[place], other) for s in elsewhere for other in s):
                return f'"{said[place].text}" is of another quote than the rest'
        if content and len(alignment.novel) > max(1, 0.34 * content):
            return "no single quote says this"
    return None


RULES: tuple[tuple[Check, Rule], ...] = (
    (Check.NUMBERS, _numbers),
    (Check.DATES, _dates),
    (Check.NAMES, _names),
    (Check.NEGATION, _negation),
    (Check.MODALS, _modals),
    (Check.BOUNDS, _bounds),
    (Check.CONDITIONS, _conditions),
    (Check.ONE_QUOTE, _one_quote),
    (Check.ROLES, roles),
)
