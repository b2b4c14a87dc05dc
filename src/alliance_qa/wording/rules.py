"""What a sentence must share with its quotes: a rule returns what is wrong, for the model to read, or None."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from alliance_qa.text.terms import terms
from alliance_qa.wording.alignment import LINKS, Alignment, governor, is_same
from alliance_qa.wording.claims import BOUNDS, CONDITIONS, Mark, Token, scope
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
    SUPPORT = "support"  # the models of the house


Rule = Callable[[tuple[Token, ...], Sequence[Alignment]], str | None]


def _numbers(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        for place in alignment.novel:
            token = said[place]
            if token.stem in alignment.lent:
                continue
            if token.stem in _UNITS:
                return f'no quote that holds the rest counts by "{token.text}"'
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


_UNITS = frozenset(
    terms("second minute hour day week month year decade century percent yen dollar euro pound won yuan mile ton tonne")
    + terms("kilometer kilometre meter metre kilogram gram degree")
)


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
            if day[2] is not None and f"{day[2]:g}" in alignment.lent and day[:2] == (None, None):
                continue
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
            if (
                token.is_name
                and token.value is None
                and token.stem not in alignment.lent
                and not _is_told(said, place, alignments)
            ):
                return f'the name "{token.text}" is in no quote that holds the rest'
    return None


def _is_told(said: tuple[Token, ...], place: int, alignments: Sequence[Alignment]) -> bool:
    """Whether another quote ties a name to the same word: "members of the Security Council"."""
    bond = governor(said, place)
    return bond is not None and any(
        token.stem == said[place].stem and (g := governor(source, at)) is not None and is_same(source[g], said[bond])
        for source in alignments[0].sources
        for at, token in enumerate(source)
    )


def _focus(found: tuple[Token, ...], at: int) -> list[int]:
    return scope(found, at, 3)


def _after(found: tuple[Token, ...], at: int) -> Mark | None:
    """Return what the word right behind another one does to a claim: "not obliged"."""
    return found[at + 1].mark if at + 1 < len(found) else None


def _negation(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        ours = [at for at in alignment.clause if said[at].mark is Mark.NOT]
        theirs = [at for at, token in enumerate(source) if token.mark is Mark.NOT]
        used = set(alignment.places.values())
        scopes = {at: set(scope(source, at)) for at in theirs}
        for at in ours:
            focused = [place for place in _focus(said, at) if place in alignment.places]
            if any(_after(said, at) is _after(source, other) is not None for other in theirs):
                continue
            if not any(alignment.places[place] in scopes[other] for place in focused[:2] for other in theirs):
                return f'"{said[at].text}" is not said of this in the quote'
        bound = [at for at in theirs if used.intersection(_focus(source, at)[:1])]
        if len(bound) > len(ours):
            return f'the quote has "{source[bound[0]].text}"'
        if len(ours) > len(theirs):
            return "it denies more than the quote"
        if bound and ours:
            for at in ours:
                if any(_after(said, at) is _after(source, other) is not None for other in theirs):
                    continue
                focus = {alignment.places[p] for p in _focus(said, at)[:2] if p in alignment.places}
                if focus and not any(focus & scopes[other] for other in theirs):
                    return "it denies something else than the quote"
    return None


_STRONG = frozenset({Mark.MAY, Mark.MUST, Mark.SHOULD})
_WEAK = frozenset({Mark.SHALL, Mark.WILL})


def _modals(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        theirs = {token.mark for token in source}
        ours = {said[at].mark for at in alignment.clause}
        for at in alignment.clause:
            mark = said[at].mark
            if mark in _STRONG | _WEAK:
                if mark not in theirs:
                    return f'the quote does not say "{said[at].text}"'
                focus = [alignment.places[place] for place in scope(said, at, 1) if place in alignment.places]
                nearest = _modal_of(source, focus[0]) if focus else mark
                if nearest is not mark and (mark is Mark.MAY or nearest is not None):
                    return f'the quote does not say "{said[at].text}" of this'
        for at, token in enumerate(source):
            if token.mark in _STRONG and token.mark not in ours:
                focus = scope(source, at, 1)
                if focus and focus[0] in alignment.places.values():
                    return f'the quote says "{token.text}"'
    return None


def _modal_of(source: tuple[Token, ...], place: int) -> Mark | None:
    """Return the modal that stands nearest before a word of a quote."""
    return next((token.mark for token in reversed(source[:place]) if token.mark in _STRONG | _WEAK), None)


_BINDING = BOUNDS - {Mark.ALL, Mark.SOME, Mark.EXACTLY}


def _bounds(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        theirs = {token.mark for token in source if token.mark in BOUNDS}
        ours = {said[at].mark for at in alignment.clause if said[at].mark in BOUNDS}
        words = {token.text.casefold() for token in source}
        for at in alignment.clause:
            word = said[at].text.casefold()
            is_most = said[at].is_content and word.endswith("est") and len(word) > 5 and word not in words
            if is_most or (said[at].mark in BOUNDS and said[at].mark not in theirs):
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
            if token.mark in CONDITIONS:
                if token.mark not in held_marks:
                    return f'the quote says "{token.text}"'
                governed = scope(source, at)
                if governed and len(used.intersection(governed)) < 0.5 * len(governed):
                    return f'the quote\'s "{token.text}" is cut short'
            if token.text.casefold() == "without" and not used.intersection(scope(source, at, 3)):
                return 'the quote says "without"'
        if (cut := _cut(source, used)) is not None:
            return f'the quote says "{cut}"'
        if (left := _curtailed(source, used)) is not None:
            return f'the quote says "{left}"'
        if (that := _said_by(source)) is not None and used and min(used) > that:
            return "the quote says who says so"
        added = [at for at in alignment.clause if said[at].mark in CONDITIONS and said[at].text.casefold() != "until"]
        if added and not any(token.mark in CONDITIONS or token.text.casefold() == "when" for token in source):
            return "the quote has no such condition"
    return None


_RULING = _STRONG | {Mark.SHALL}
_LIMITS = frozenset("with by without under".split())


def _cut(source: tuple[Token, ...], used: set[int]) -> str | None:
    """Return what limits a rule or a denial of a quote and is left out: a word within it, "after …", ", by …,"."""
    marks = {token.mark for token in source}
    is_rule = bool(marks & _RULING)
    for at, token in enumerate(source):
        if token.mark is Mark.NOT:
            governed = scope(source, at, 4)
            inside = [place for place in governed if place in used]
            for place in governed:
                if inside and inside[0] < place < inside[-1] and place not in used and place - 1 not in used:
                    return source[place].text
        leads = not any(other.is_content for other in source[:at])
        leads = leads or (token.text == "after" and any(other.mark in _RULING for other in source[:at]))
        if is_rule and leads and token.text.casefold() in ("after", "when", "once"):
            governed = scope(source, at, 3)
            if governed and not used.intersection(governed):
                return token.text
        if is_rule and token.text.casefold() in _LIMITS and at and source[at - 1].is_stop:
            stops = [place for place in range(at, len(source)) if source[place].is_stop]
            limited = [place for place in range(at, stops[0] if stops else 0) if source[place].is_content]
            after = [place for place in range(stops[0], len(source)) if source[place].is_content][:2] if stops else []
            if limited and not used.intersection(limited) and used.intersection(after):
                return source[at].text
    return None


def _curtailed(source: tuple[Token, ...], used: set[int]) -> str | None:
    """Return what is left out of a rule or a denial: less of it may say more, so what it rules is told whole."""
    parts: list[list[int]] = [[]]
    for at, token in enumerate(source):
        if token.text == ":" or (
            token.is_stop and at + 1 < len(source) and source[at + 1].text.casefold() in ("and", "but", "or")
        ):
            parts.append([])
        parts[-1].append(at)
    for part in parts:
        rules = [at for at in part if source[at].text.casefold() in _RULING_WORDS]
        if not rules or not used.intersection(scope(source, rules[0], 1)):
            continue
        leads = source[part[0]].text.casefold() in LINKS
        ruled = [at for at in part if source[at].is_content and (at > rules[0] or leads)]
        left = [at for at in ruled if at not in used]
        if len(left) >= 2 and len(left) > MOST_CURTAILED * len(ruled):
            return source[left[0]].text
    return None


_RULING_WORDS = frozenset("may can must shall not".split())
MOST_CURTAILED = 0.25
"""Of the words of content of a rule or a denial."""


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
