"""Whether quotes say what a sentence says: by rules first, which only refuse, then by the models of the house.

What passes all rules and keeps the words and their order is a near-copy, and proved. Anything else is a paraphrase,
and a fitted rule decides over what the embedder and the reader make of it. Whatever goes wrong refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

import numpy as np

from alliance_qa.domain import Span
from alliance_qa.ports import Embedder, PassageInput, Reader
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms
from alliance_qa.wording.claims import BOUNDS, CONDITIONS, Mark, Token, scope, tokens


class Check(StrEnum):
    """What is compared; a sentence that fails one is not shown."""

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


RULES = tuple(check for check in Check if check is not Check.SUPPORT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a proof."""

    ran: tuple[Check, ...]
    failed: Check | None = None
    why: str = ""  # what of the sentence failed, for the model that is asked again

    @property
    def proved(self) -> bool:
        """Whether the quotes say what the sentence says."""
        return self.failed is None


@dataclass(slots=True)
class Alignment:
    """A clause of a sentence beside the one sentence of the quotes that holds most of it."""

    clause: list[int]  # places in the sentence's tokens
    source: tuple[Token, ...]
    sources: Sequence[tuple[Token, ...]]  # all that could have been it
    places: dict[int, int] = field(default_factory=dict)  # of the clause's content in the source
    novel: list[int] = field(default_factory=list)  # content that the source does not hold


def prove(
    sentence: str, quotes: Sequence[str], *, question: str = "", embedder: Embedder, reader: Reader | None
) -> Verdict:
    """Say whether quotes, widened already, say what a sentence says; a question may lend it names and numbers."""
    verdict, measured = _judged(sentence, quotes, question, embedder, reader)
    if measured is None or float(np.dot(WEIGHTS, measured)) + BIAS >= THRESHOLD:
        return verdict
    return Verdict(verdict.ran, Check.SUPPORT, "the quotes do not clearly say it")


def measured(
    sentence: str, quotes: Sequence[str], *, question: str = "", embedder: Embedder, reader: Reader | None
) -> list[float] | None:
    """Return the measures of a paraphrase that passes all rules; None for what rules alone decide."""
    return _judged(sentence, quotes, question, embedder, reader)[1]


def _judged(
    sentence: str, quotes: Sequence[str], question: str, embedder: Embedder, reader: Reader | None
) -> tuple[Verdict, list[float] | None]:
    said = tokens(sentence)
    sources = [source for quote in quotes for source in sentences(quote)]
    if not sources or not any(token.is_content for token in said):
        return Verdict((), Check.ONE_QUOTE, "it says nothing that a quote says"), None
    lent = {token.stem for token in tokens(question) if token.is_content}
    alignments = align(said, sources, lent)
    ran: list[Check] = []
    for check, rule in _RULES:
        ran.append(check)
        if (why := rule(said, alignments, lent)) is not None:
            return Verdict(tuple(ran), check, why), None
    if is_near_copy(said, alignments):
        return Verdict(tuple(ran)), None
    return Verdict((*ran, Check.SUPPORT)), measures(sentence, said, alignments, quotes, embedder, reader)


def sentences(quote: str) -> list[tuple[Token, ...]]:
    """Return the tokens of each sentence of a quote; what follows a semicolon is one, unless it is a condition."""
    parts: list[list[Token]] = []
    for span in split_sentences(quote):
        parts.append([])
        found = tokens(span.of(quote))
        for token, after in zip(found, (*found[1:], None), strict=True):
            parts[-1].append(token)
            if token.text == ";" and after and after.mark not in CONDITIONS and after.text.casefold() != "but":
                parts.append([])
    return [tuple(part) for part in parts if any(token.is_content for token in part)]


_CLAUSE = frozenset("but while whereas although though".split())
_AFTER_COMMA = frozenset("and which who".split())


_BE = frozenset("is are was were be been being".split())


def clauses(said: tuple[Token, ...]) -> list[list[int]]:
    """Return the places of each clause of a sentence that may be of a quote of its own."""
    parts: list[list[int]] = [[]]
    for at, token in enumerate(said):
        lower = token.text.casefold()
        joins = lower in _CLAUSE or token.text == ";" or (lower in _AFTER_COMMA and at and said[at - 1].text == ",")
        if joins and sum(said[place].is_content for place in parts[-1]) >= 2:
            parts.append([])
        parts[-1].append(at)
    if len(parts) > 1 and sum(said[place].is_content for place in parts[-1]) < 2:
        last = parts.pop()
        parts[-1] += last
    return parts


def is_same(one: Token, other: Token) -> bool:
    """Whether two words of content are forms of one word, or one number."""
    if one.value is not None or other.value is not None:
        return one.value is not None and one.value == other.value
    if one.stem == other.stem:
        return True
    a, b = one.stem, other.stem
    shared = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and shared >= 0.6 * max(len(a), len(b)) and not (one.is_name and other.is_name)


def align(said: tuple[Token, ...], sources: Sequence[tuple[Token, ...]], lent: set[str]) -> list[Alignment]:
    """Lay each clause beside the sentence of the quotes that holds most of it, words in order where it can be."""
    found: list[Alignment] = []
    for clause in clauses(said):
        whole = _best(said, clause, sources, lent)
        halves = [
            [_best(said, clause[:cut], sources, lent), _best(said, clause[cut:], sources, lent)]
            for cut in range(1, len(clause))
            if whole.novel and said[clause[cut]].text.casefold() == "and" and _may_part(said, clause, cut)
        ]
        parts = min(halves, key=lambda pair: sum(len(a.novel) for a in pair), default=[whole])
        found += parts if sum(len(a.novel) for a in parts) < len(whole.novel) else [whole]
    return found


def _best(
    said: tuple[Token, ...], clause: list[int], sources: Sequence[tuple[Token, ...]], lent: set[str]
) -> Alignment:
    best = max((_aligned(said, clause, source, sources) for source in sources), key=lambda a: len(a.places))
    best.novel = [place for place in best.novel if said[place].stem not in lent]
    return best


def _may_part(said: tuple[Token, ...], clause: list[int], cut: int) -> bool:
    """Whether both sides of an "and" can be clauses: each has content besides names and numbers."""
    sides = (clause[1:cut], clause[cut + 1 :])
    plain = [[p for p in side if said[p].is_content and not said[p].is_name and said[p].value is None] for side in sides]
    return len(plain[0]) >= 2 and len(plain[1]) >= 1


def _aligned(
    said: tuple[Token, ...], clause: list[int], source: tuple[Token, ...], sources: Sequence[tuple[Token, ...]]
) -> Alignment:
    made = Alignment(clause, source, sources)
    last = -1
    for place in clause:
        token = said[place]
        if not token.is_content:
            continue
        options = [at for at, other in enumerate(source) if other.is_content and is_same(token, other)]
        if not options:
            made.novel.append(place)
            continue
        free = [at for at in options if at not in made.places.values()] or options
        # The one that follows what was matched last, else the nearest.
        made.places[place] = last = min(free, key=lambda at: (at < last, abs(at - last)))
    return made


# ---- Rules. Each returns what is wrong, or None.


def _numbers(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        for place in alignment.novel:
            token = said[place]
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


Day = tuple[int | None, float | None, float | None]  # month, day, year


def _days(found: tuple[Token, ...]) -> list[Day]:
    days: list[Day] = []
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


def _dates(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        held = _days(alignment.source)
        for day in _days(tuple(said[place] for place in alignment.clause)):
            if day[2] is not None and f"{day[2]:g}" in lent and day[:2] == (None, None):
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


def _names(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        for place in alignment.novel:
            token = said[place]
            if token.is_name and token.value is None and not _is_told(said, place, alignments):
                return f'the name "{token.text}" is in no quote that holds the rest'
    return None


def _is_told(said: tuple[Token, ...], place: int, alignments: Sequence[Alignment]) -> bool:
    """Whether another quote ties a name to the same word: "members of the Security Council"."""
    bond = _governor(said, place)
    return bond is not None and any(
        token.stem == said[place].stem and (g := _governor(source, at)) is not None and is_same(source[g], said[bond])
        for source in alignments[0].sources
        for at, token in enumerate(source)
    )


def _focus(found: tuple[Token, ...], at: int) -> list[int]:
    return scope(found, at, 3)


def _after(found: tuple[Token, ...], at: int) -> Mark | None:
    """Return what the word right behind another one does to a claim: "not obliged"."""
    return found[at + 1].mark if at + 1 < len(found) else None


def _negation(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        source = alignment.source
        ours = [at for at in alignment.clause if said[at].mark is Mark.NOT]
        theirs = [at for at, token in enumerate(source) if token.mark is Mark.NOT]
        used = set(alignment.places.values())
        scopes = {at: set(scope(source, at)) for at in theirs}
        for at in ours:
            focus = [place for place in _focus(said, at) if place in alignment.places]
            if any(_after(said, at) is _after(source, other) is not None for other in theirs):
                continue
            if not any(alignment.places[place] in scopes[other] for place in focus[:2] for other in theirs):
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


def _modals(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
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


def _bounds(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
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


def _conditions(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
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
        if (that := _said_by(source)) is not None and used and min(used) > that:
            return "the quote says who says so"
        added = [at for at in alignment.clause if said[at].mark in CONDITIONS and said[at].text.casefold() != "until"]
        if added and not any(
            token.mark in CONDITIONS or token.text.casefold() == "when" for token in source
        ):
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


def _said_by(source: tuple[Token, ...]) -> int | None:
    """Return the place of the "that" after which a quote tells what somebody says, argues or declares."""
    for at in range(1, len(source)):
        if source[at].text.casefold() == "that" and any(token.stem in _TELLING for token in source[:at]):
            return at
    return None


_TELLING = frozenset(terms("say said state argue claim declare announce agree believe think report suggest warn"))


def _one_quote(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        content = len(alignment.places) + len(alignment.novel)
        for place in alignment.novel:
            elsewhere = [s for s in alignment.sources if s is not alignment.source]
            if any(other.is_content and is_same(said[place], other) for s in elsewhere for other in s):
                return f'"{said[place].text}" is of another quote than the rest'
        if content and len(alignment.novel) > max(1, 0.34 * content):
            return "no single quote says this"
    return None


_TELLING_PARTS = frozenset("of from by with between against".split())
_NEAREST, _FARTHEST = -6, 12  # places of content from a subject to its verb, in the quote


def _roles(said: tuple[Token, ...], alignments: Sequence[Alignment], lent: set[str]) -> str | None:
    for alignment in alignments:
        if (place := _exchanged(said, alignment)) is not None or (place := _misplaced(said, alignment, alignments)) is not None:
            return f'"{said[place].text}" has another part in the quote'
    return None


def _exchanged(said: tuple[Token, ...], alignment: Alignment) -> int | None:
    """Return a word that has changed its preposition with another one's, or hangs on another word by the same."""
    source = alignment.source
    changed = {
        place: (_marker(source, at), _marker(said, place))
        for place, at in alignment.places.items()
        if said[place].value is None and not said[place].stem.startswith("#")
    }
    for place, (theirs, ours) in changed.items():
        if said[place].is_owner or (place and said[place - 1].is_owner):
            continue
        if ours in _TELLING_PARTS or (ours and said[place].is_name):
            bond = _governor(said, place)
            if bond in alignment.places and not _governs(source, alignment.places[bond], ours, said[place]):
                return place
        if theirs == ours:
            continue
        for other, (before, after) in changed.items():
            if (before, after) == (ours, theirs) and said[other].stem != said[place].stem:
                is_genitive = {ours, theirs} == {"", "of"} and not (said[place].is_name and said[other].is_name)
                if not is_genitive:
                    return place
        if ours == "by" and (verb := _governor(said, place)) is not None and verb in alignment.places:
            at = alignment.places[verb]
            if any(token.text.casefold() in _BE for token in source[max(0, at - 2) : at]):
                return place
    return None


def _governs(source: tuple[Token, ...], at: int, marker: str, word: Token) -> bool:
    """Whether a word of a quote governs another one by a preposition, or nothing by it."""
    governed = [
        token
        for place, token in enumerate(source)
        if token.is_content and _governor(source, place) == at and _marker(source, place) == marker
    ]
    return not governed or any(is_same(token, word) for token in governed)


def _governor(found: tuple[Token, ...], place: int) -> int | None:
    """Return the place of the word of content before the preposition that a word stands right behind."""
    seen = False
    for at in range(place - 1, max(-1, place - 8), -1):
        token = found[at]
        if token.text.casefold() in _LINKS:
            seen = True
        elif token.is_content:
            if seen:
                return at
            if not token.is_name:
                return None
        elif token.is_stop:
            return None
    return None


def _misplaced(
    said: tuple[Token, ...], alignment: Alignment, alignments: Sequence[Alignment]
) -> int | None:
    """Return a subject whose verb is far from it in the quote."""
    source = alignment.source
    order = [at for at, token in enumerate(source) if token.is_content]
    content = [place for place in alignment.clause if said[place].is_content]
    for index, (place, after) in enumerate(zip(content, content[1:], strict=False)):
        if place not in alignment.places or after not in alignment.places or _marker(said, place):
            continue
        token, between = said[place], said[place + 1 : after]
        is_subject = (index == 0 and (token.is_name or alignment is alignments[0])) or _opens(said, place)
        if not is_subject or said[after].is_name or said[after].value is not None:
            continue
        if any(other.is_stop for other in between):
            continue
        ranks = [at for at in order if is_same(source[at], token)]
        verbs = [at for at in order if is_same(source[at], said[after])]
        steps = [order.index(v) - order.index(s) for s in ranks for v in verbs]
        # "The AUKUS members" are the members of AUKUS.
        is_part = any(_marker(source, at) == "by" or (not between and _marker(source, at)) for at in ranks)
        least = _NEAREST if is_part or any(other.text.casefold() in _BE for other in between) else 1
        if not any(least <= step <= _FARTHEST for step in steps):
            return place
    return None


def _opens(said: tuple[Token, ...], place: int) -> bool:
    """Whether a word stands where a subject does: behind a stop, "that" or "and"."""
    if said[place].is_name and not place:
        return True
    while place and said[place - 1].is_content and (said[place - 1].is_name or place == 1):
        place -= 1
        if not place:
            return True
    before = [token.text.casefold() for token in said[max(0, place - 2) : place]]
    if before and before[-1] == "the":
        before.pop()
    return bool(before) and (before[-1] == "that" or (said[place].is_name and before[-1] in (",", "and")))


_RULES = (
    (Check.NUMBERS, _numbers),
    (Check.DATES, _dates),
    (Check.NAMES, _names),
    (Check.NEGATION, _negation),
    (Check.MODALS, _modals),
    (Check.BOUNDS, _bounds),
    (Check.CONDITIONS, _conditions),
    (Check.ONE_QUOTE, _one_quote),
    (Check.ROLES, _roles),
)


def is_near_copy(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> bool:
    """Whether every word of content stands in its quote, in its order, and nothing bound is left out."""
    return not any(
        a.novel or _inverted(a) or _dropped(a) > 0 or _left_out(a) > MOST_LEFT_OUT for a in alignments
    )


MOST_LEFT_OUT = 0.5
"""Of a quote's sentence in a near-copy."""


def _left_out(alignment: Alignment) -> float:
    content = [at for at, token in enumerate(alignment.source) if token.is_content]
    return 1 - len(set(alignment.places.values())) / max(1, len(content))


def _inverted(alignment: Alignment) -> float:
    places = list(alignment.places.values())
    pairs = list(zip(places, places[1:], strict=False))
    return sum(a >= b for a, b in pairs) / max(1, len(pairs))


def _dropped(alignment: Alignment) -> float:
    """Return the share of a quote's content that a clause leaves out where that may change the claim: beside marks."""
    if not any(token.mark not in (None, Mark.ABOUT) for token in alignment.source):
        return 0.0
    used = set(alignment.places.values())
    if not used:
        return 1.0
    content = [at for at, token in enumerate(alignment.source) if token.is_content and min(used) <= at]
    return 1 - len(used & set(content)) / max(1, len(content))


# ---- Measures of a paraphrase


MEASURES = ("new words", "unlikeness", "dropped", "left out", "cosine", "not found")


def measures(
    sentence: str,
    said: tuple[Token, ...],
    alignments: Sequence[Alignment],
    quotes: Sequence[str],
    embedder: Embedder,
    reader: Reader | None,
) -> list[float]:
    """Return what is measured of a paraphrase, shape (measures,), each in [0, 1], the lower the better but cosine."""
    content = [place for place, token in enumerate(said) if token.is_content]
    novel = [place for a in alignments for place in a.novel]
    quote = " ".join(quotes)
    unlike, cosine = _likeness(sentence, said, novel, quote, embedder)
    return [
        len(novel) / len(content),
        unlike,
        max(map(_dropped, alignments)),
        max(map(_left_out, alignments)),
        cosine,
        _masked(sentence, said, quote, reader),
    ]


def _likeness(
    sentence: str, said: tuple[Token, ...], novel: Sequence[int], quote: str, embedder: Embedder
) -> tuple[float, float]:
    """Return how unlike the unlikeliest new word is to every word of the quote, and the cosine of the two texts."""
    held = [token for token in tokens(quote) if token.is_content]
    first = PassageInput("", sentence, tuple(Span(said[at].start, said[at].end) for at in novel) or (Span(0, 1),))
    second = PassageInput("", quote, tuple(Span(token.start, token.end) for token in held) or (Span(0, 1),))
    one, other = embedder.embed_passages([first, second])
    cosine = float(one.passage @ other.passage)
    if not novel:
        return 0.0, cosine
    return 1 - float((one.sentences @ other.sentences.T).max(axis=1).min()), cosine


_LINKS = frozenset("of by from to with in on at for against between under into near as than".split())


_ENDS = _BE | frozenset("which who that whose has have had do does did".split())


def _marker(found: tuple[Token, ...], place: int) -> str:
    """Return the preposition that a word of content stands behind: "" for none."""
    passed = 0
    for at in range(place - 1, max(-1, place - 6), -1):
        token = found[at]
        word = token.text.casefold()
        if word in _LINKS:
            return word
        if token.is_content and not (token.is_name and found[place].is_name):
            passed += 1
            if token.is_name and not token.is_owner:
                return ""
        if token.is_stop or token.mark not in (None, Mark.NOT) or word in _ENDS or passed > (0 if found[place].is_name else 2):
            return ""
    return ""


def _masked(sentence: str, said: tuple[Token, ...], quote: str, reader: Reader | None) -> float:
    """Return the share of names and numbers of a sentence that the reader does not find when they are asked for."""
    if reader is None:
        return 1.0
    asked = missed = 0
    for start, end in _phrases(said):
        question = f"{sentence[:start]}what{sentence[end:]}".rstrip(".") + "?"
        (reading,) = reader.read(question, [PassageInput("", quote, (Span(0, len(quote)),))])
        found = reading.span.of(quote) if reading.span else ""
        wanted = {token.stem for token in tokens(sentence[start:end]) if token.is_content}
        asked += 1
        missed += not wanted & {token.stem for token in tokens(found) if token.is_content}
        if asked == 4:
            break
    return missed / asked if asked else 0.0


def _phrases(said: tuple[Token, ...]) -> list[tuple[int, int]]:
    """Return the places of the names in a sentence, each as a whole."""
    found: list[tuple[int, int]] = []
    for at, token in enumerate(said):
        is_name = token.is_name or (at <= 1 and token.is_content and token.text[:1].isupper())
        if is_name and token.value is None and not token.stem.startswith("#"):
            if found and found[-1][1] + 1 == token.start:
                found[-1] = (found[-1][0], token.end)
            else:
                found.append((token.start, token.end))
    return found


# Fitted by `benchmarks/proofs.py` to the part "tuning" of `benchmarks/proofs.yaml`; in the order of `MEASURES`.
WEIGHTS = np.array([-1.07, -3.47, 0.18, -2.6, 1.49, -0.55])
BIAS = 1.53
"""Log odds that a paraphrase is supported are WEIGHTS · measures + BIAS."""
THRESHOLD = 0.13
"""From these log odds on a paraphrase is shown."""
