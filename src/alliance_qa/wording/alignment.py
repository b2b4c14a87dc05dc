"""A sentence laid beside the sentences of its quotes, clause by clause and word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alliance_qa.text.sentences import split_sentences
from alliance_qa.wording.claims import CONDITIONS, Mark, Token, tokens


@dataclass(slots=True)
class Alignment:
    """A clause of a sentence beside the one sentence of the quotes that holds most of it."""

    clause: list[int]  # places in the sentence's tokens
    source: tuple[Token, ...]
    sources: Sequence[tuple[Token, ...]]  # all that could have been it
    lent: frozenset[str]  # stems of the question
    places: dict[int, int] = field(default_factory=dict)  # of the clause's content in the source
    novel: list[int] = field(default_factory=list)  # content that the source does not hold


def align(said: tuple[Token, ...], sources: Sequence[tuple[Token, ...]], lent: frozenset[str]) -> list[Alignment]:
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
    said: tuple[Token, ...], clause: list[int], sources: Sequence[tuple[Token, ...]], lent: frozenset[str]
) -> Alignment:
    return max((_aligned(said, clause, source, sources, lent) for source in sources), key=lambda a: len(a.places))


def _may_part(said: tuple[Token, ...], clause: list[int], cut: int) -> bool:
    """Whether both sides of an "and" can be clauses: each has content besides names and numbers."""
    sides = (clause[1:cut], clause[cut + 1 :])
    plain = [
        [p for p in side if said[p].is_content and not said[p].is_name and said[p].value is None] for side in sides
    ]
    return len(plain[0]) >= 2 and len(plain[1]) >= 1


def _aligned(
    said: tuple[Token, ...],
    clause: list[int],
    source: tuple[Token, ...],
    sources: Sequence[tuple[Token, ...]],
    lent: frozenset[str],
) -> Alignment:
    made = Alignment(clause, source, sources, lent)
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


BE = frozenset("is are was were be been being".split())


LINKS = frozenset("of by from to with in on at for against between under into near as than".split())


_ENDS = BE | frozenset("which who that whose has have had do does did".split())


def marker(found: tuple[Token, ...], place: int) -> str:
    """Return the preposition that a word of content stands behind: "" for none."""
    passed = 0
    for at in range(place - 1, max(-1, place - 6), -1):
        token = found[at]
        word = token.text.casefold()
        if word in LINKS:
            return word
        if token.is_content and not (token.is_name and found[place].is_name):
            passed += 1
            if token.is_name and not token.is_owner:
                return ""
        if (
            token.is_stop
            or token.mark not in (None, Mark.NOT)
            or word in _ENDS
            or passed > (0 if found[place].is_name else 2)
        ):
            return ""
    return ""


def governor(found: tuple[Token, ...], place: int) -> int | None:
    """Return the place of the word of content before the preposition that a word stands right behind."""
    seen = False
    for at in range(place - 1, max(-1, place - 8), -1):
        token = found[at]
        if token.text.casefold() in LINKS:
            seen = True
        elif token.is_content:
            if seen:
                return at
            if not token.is_name:
                return None
        elif token.is_stop:
            return None
    return None
