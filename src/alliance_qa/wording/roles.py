"""Who does what to whom: whether the words of a sentence have the parts there that they have in its quote.

There is no parser here. A part is told by the preposition that a word stands behind, by the word that it hangs on, and
for a subject by how far its verb stands behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from alliance_qa.wording.alignment import BE, Alignment, governor, is_same, marker
from alliance_qa.wording.claims import Token

_TELLING_PARTS = frozenset("of from by with between against".split())
_NEAREST, _FARTHEST = -6, 12  # places of content from a subject to its verb, in the quote


def roles(said: tuple[Token, ...], alignments: Sequence[Alignment]) -> str | None:
    """Return what is wrong with the parts of a sentence's words, or None."""
    for alignment in alignments:
        if (place := _exchanged(said, alignment)) is not None or (
            place := _misplaced(said, alignment, alignments)
        ) is not None:
            return f'"{said[place].text}" has another part in the quote'
    return None


def _exchanged(said: tuple[Token, ...], alignment: Alignment) -> int | None:
    """Return a word that has changed its preposition with another one's, or hangs on another word by the same."""
    source = alignment.source
    changed = {
        place: (marker(source, at), marker(said, place))
        for place, at in alignment.places.items()
        if said[place].value is None and not said[place].stem.startswith("#")
    }
    for place, (theirs, ours) in changed.items():
        if said[place].is_owner or (place and said[place - 1].is_owner):
            continue
        if ours in _TELLING_PARTS or (ours and said[place].is_name):
            bond = governor(said, place)
            if bond in alignment.places and not _governs(source, alignment.places[bond], ours, said[place]):
                return place
        if theirs == ours:
            continue
        for other, (before, after) in changed.items():
            if (before, after) == (ours, theirs) and said[other].stem != said[place].stem:
                is_genitive = {ours, theirs} == {"", "of"} and not (said[place].is_name and said[other].is_name)
                if not is_genitive:
                    return place
    return None


def _governs(source: tuple[Token, ...], at: int, by: str, word: Token) -> bool:
    """Whether a word of a quote governs another one by a preposition, or nothing by it."""
    governed = [
        token
        for place, token in enumerate(source)
        if token.is_content and governor(source, place) == at and marker(source, place) == by
    ]
    return not governed or any(is_same(token, word) for token in governed)


def _misplaced(said: tuple[Token, ...], alignment: Alignment, alignments: Sequence[Alignment]) -> int | None:
    """Return a subject whose verb is far from it in the quote."""
    source = alignment.source
    order = [at for at, token in enumerate(source) if token.is_content]
    content = [place for place in alignment.clause if said[place].is_content]
    for index, (place, after) in enumerate(itertools.pairwise(content)):
        if place not in alignment.places or after not in alignment.places or marker(said, place):
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
        is_part = any(marker(source, at) == "by" or (not between and marker(source, at)) for at in ranks)
        least = _NEAREST if is_part or any(other.text.casefold() in BE for other in between) else 1
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
