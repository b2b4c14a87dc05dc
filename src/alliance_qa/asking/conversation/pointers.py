"""The words of a question that point out of it: "it", "he", "there", "that treaty"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from alliance_qa.asking.conversation.names import unshout
from alliance_qa.text.calendar import DIGITS
from alliance_qa.text.countries import COUNTRIES, is_territory
from alliance_qa.text.function_words import (
    ARTICLES,
    AUXILIARIES,
    BE,
    DEMONSTRATIVES,
    PREPOSITIONS,
    QUESTION_WORDS,
)
from alliance_qa.text.head_nouns import ANY_HEAD, HEADS, PERSON_NOUNS
from alliance_qa.text.terms import STOP_WORDS, terms, words


class Points(StrEnum):
    """What a pointer can stand for."""

    PERSON = "person"
    THING = "thing"
    MANY = "many"
    PLACE = "place"
    TIME = "time"
    EVENT = "event"  # what the question before asked about: "do that"
    NOUN = "noun"  # "that treaty"
    ORDER = "order"  # "the former"


@dataclass(frozen=True, slots=True)
class Pointer:
    """What points out of a question, and where it stands there: `question[start:end]`."""

    start: int
    end: int
    points: Points
    word: str  # folded; of a noun phrase its noun
    possessive: bool = False


PRONOUNS = {
    **dict.fromkeys("he him his she her hers himself herself".split(), Points.PERSON),
    **dict.fromkeys("it its".split(), Points.THING),
    **dict.fromkeys("they them their theirs".split(), Points.MANY),
}
"""What each pronoun points to; demonstratives are none."""

POSSESSIVE = frozenset("his her hers its their theirs".split())  # that point; "our" does not
_OBJECT = frozenset("him them".split())
_BE = BE | frozenset("isn't aren't wasn't weren't".split())
AUXILIARY = (
    (AUXILIARIES - {"shall"})
    | _BE
    | frozenset("don't doesn't didn't hasn't haven't whats what's where's who's when's how's".split())
)
WH = QUESTION_WORDS | {"wich"}
PREPOSITION = PREPOSITIONS
DEMONSTRATIVE = DEMONSTRATIVES
_CLAUSE = frozenset(
    "and but or when where while that which who after before because since until if whether how why so".split()
)
# Words of a question's first clause that nothing in its second can stand for.
_EMPTY = frozenset(
    "happen happened happens change changed follow followed come came else long many much "
    "i i'd like want know tell me you please wonder explain".split()
)
_CAUSE = frozenset("make makes made cause causes caused explain explains allow allows allowed".split())
_SAYING = frozenset("say says said think thinks thought hope hopes hoped claim claims claimed believe believes".split())
_ADVERB = frozenset("first again later too also together alone now today still ever even originally".split())
_LINK = frozenset("and but so or then".split())
_JOINING = frozenset("that who which to if whether".split())
_TIME_NOUN = frozenset("time year day month moment date".split())
_OWN = frozenset(
    "collection document documents site website page service app study paper publication sample text year "
    "week month days time".split()
)
_BARE = frozenset("alliance country countries government governments right duty concept people office".split())
FUNCTION = AUXILIARY | WH | PREPOSITION | _CLAUSE | _ADVERB | DEMONSTRATIVE | frozenset(PRONOUNS) | ARTICLES
"""Words that join others or refer to them, and name nothing by themselves; all are folded."""

_TELLING = 7  # terms; a question with more says itself what it is about
WORD = re.compile(r"[^\W_][\w’'.-]*(?<![.’'-])")
"""A word with the apostrophes, hyphens and dots inside it."""


@dataclass(frozen=True, slots=True)
class _At:
    """A word of a question among the others; all are folded."""

    said: tuple[str, ...]
    named: frozenset[int]  # places of the words that belong to names
    place: int

    @property
    def word(self) -> str:
        return self.said[self.place]

    @property
    def before(self) -> str:
        return self.said[self.place - 1] if self.place else ""

    @property
    def after(self) -> tuple[str, ...]:
        return self.said[self.place + 1 :]

    @property
    def follows(self) -> str:
        return self.after[0] if self.after else ""

    @property
    def ends_phrase(self) -> bool:
        """Whether no noun can follow, as after "it" where it is an object."""
        return not self.follows or self.follows in PREPOSITION | _CLAUSE | WH

    @property
    def cuts(self) -> list[int]:
        """Where a new clause begins before this word; the first clause is not counted."""
        opening = next((i for i, word in enumerate(self.said) if word not in _LINK), 0)
        return [i for i in range(opening + 2, self.place) if self.said[i] in _CLAUSE | WH]


def find_pointers(question: str) -> Iterator[Pointer]:
    """Yield what in a question points out of it, in order; "the treaty" is left to `find_definite`.

    A pronoun does not when a word of the same question can be meant ("Did Japan revise its
    constitution?"), nor when it stands for nothing ("Is it true that …").
    """
    matches = list(WORD.finditer(question))
    said = tuple(match.group().casefold().replace("’", "'") for match in matches)
    shown = unshout(question)
    named = frozenset(
        i
        for i, match in enumerate(matches)
        if (shown[match.start()].isupper() or said[i] in COUNTRIES or is_territory(said[i])) and said[i] not in FUNCTION
    )
    for place in range(len(said)):
        at = _At(said, named, place)
        points = _pointing(at)
        if points is None or (points is Points.EVENT and len(terms(question)) > _TELLING):
            continue
        first, last = place - (points is Points.ORDER), place
        if points is Points.NOUN:
            last = _noun(at)
            points = Points.TIME if said[last] in _TIME_NOUN else points
        of_one = at.word in POSSESSIVE and not (at.word == "her" and at.ends_phrase)
        yield Pointer(matches[first].start(), matches[last].end(), points, said[last], of_one)


def _pointing(at: _At) -> Points | None:
    """Return what a word points to, None when it does not."""
    if at.word in PRONOUNS:
        return None if _is_expletive(at) or _is_bound(at) else PRONOUNS[at.word]
    if at.word in DEMONSTRATIVE:
        return _demonstrated(at)
    points = None
    if at.word == "there":
        exists = at.before in _BE or (at.before in AUXILIARY and at.follows) or at.follows in AUXILIARY
        points = None if exists else Points.PLACE
    elif at.word == "then" and at.before not in ("", "the", "and") and "if" not in at.said:
        points = Points.TIME
    elif at.word in ("former", "latter") and at.before == "the" and at.follows not in PERSON_NOUNS | {"prime"}:
        points = Points.ORDER
    elif at.word == "so" and at.before in ("do", "does", "did", "done"):
        points = Points.EVENT
    return points


def _demonstrated(at: _At) -> Points | None:
    """Return what "that" and the like point to: a noun, the thing or the event before, or nothing."""
    noun = _noun(at)
    if noun > at.place:
        own = at.said[noun] in _OWN and not (at.said[noun] in _TIME_NOUN and at.word == "that")
        return None if own else Points.NOUN
    if at.cuts or (at.word == "those" and at.follows in ("of", "who", "which", "that")):
        return None
    if at.before in AUXILIARY or (not at.before and at.follows in AUXILIARY):
        if at.ends_phrase or at.follows in ("happen", "happened", "mean", "matter", "end"):
            return Points.EVENT
        if at.word in ("this", "these") and at.follows not in FUNCTION and not at.follows.endswith("ed"):
            return Points.EVENT  # "this disease": a noun that we do not know
        return Points.MANY if at.word in ("these", "those") else Points.THING
    if at.word == "that" and at.follows:  # else it joins: "the treaty that ended the war"
        joins = at.before not in _CAUSE and not (at.before in PREPOSITION and at.follows in _CLAUSE)
        return None if joins else Points.EVENT
    return Points.EVENT


def _noun(at: _At) -> int:
    """Return the place of the noun after a demonstrative, at most three words on; its own when there is none."""
    for place in range(at.place + 1, min(at.place + 4, len(at.said))):
        if at.said[place] in HEADS | _TIME_NOUN | _OWN:
            return place
        if at.said[place] in FUNCTION:
            break
    return at.place


def _is_expletive(at: _At) -> bool:
    """Whether "it" stands for nothing: "Is it true that", "How long did it take to", "Was it in … that"."""
    if at.word != "it" or not at.after:
        return False
    if at.follows in ("take", "takes", "took", "cost", "costs", "mean", "means", "become", "became"):
        return bool({"to", "when", "if", "that"} & set(at.after))
    described = at.after[at.follows in _BE :]
    is_said = at.before in _BE or at.follows in _BE
    return is_said and bool(_JOINING & set(described)) and described[0] not in ("a", "an", "the", "called")


def _is_bound(at: _At) -> bool:
    """Whether an earlier word of the same question can be what a pronoun stands for.

    A word of an earlier clause can. Within one clause a subject can before a possessive ("Did
    Japan revise its …") or in a clause without "that" ("why did Japan say it would"), but no
    subject is its own object ("Did Japan sign it").
    """
    cuts = at.cuts
    if cuts:
        first = range(cuts[-1])
        # The verb before "when it was announced" is no antecedent: "How did Japan react | when it …"
        if at.said[cuts[-1]] not in _LINK and len(first) > 3 and AUXILIARY & set(at.said[: cuts[-1] - 2]):
            first = first[:-1]
        passive = bool({at.before, at.follows} & _BE) and any(w.endswith(("ed", "en")) for w in at.after[:2])
        if any(_agrees(at.word, at.said[i], passive=passive) for i in first):
            return True
    if at.word in _OBJECT or (at.word == "her" and at.ends_phrase):
        return False
    if at.word == "it" and (at.ends_phrase or at.follows in _ADVERB or at.follows.endswith("ly")):
        return False
    clause = range(cuts[-1] if cuts else 0, at.place)
    verb = next((i for i in clause if at.said[i] in AUXILIARY), None)
    if verb is not None:
        subject = range(verb + 1, at.place)
        # "What are its articles?" has no subject before "its"; a possessive needs a verb besides.
        enough = len(subject) > (at.word in POSSESSIVE)
        # "What were the results of its first meeting?": only a name can be meant.
        only_names = at.said[verb] in _BE
        return enough and any(_agrees(at.word, at.said[i]) for i in subject if not only_names or i in at.named)
    if at.before in _SAYING:
        return any(_agrees(at.word, at.said[i]) for i in clause[:-1])
    asks_for_one = bool(clause) and at.said[clause[0]] in ("which", "what")
    binds = [i for i in clause if i in at.named or (asks_for_one and i <= clause[0] + 2)]
    return at.word in POSSESSIVE and any(_agrees(at.word, at.said[i]) for i in binds)


def _agrees(pronoun: str, word: str, *, passive: bool = False) -> bool:
    """Whether a word can be what a pronoun of the same question stands for.

    Nothing is done to a country in "Why did Japan protest when it was announced?": where the
    pronoun's verb is passive, "it" is no country.
    """
    if word in FUNCTION or word in _EMPTY or word in STOP_WORDS:
        return False
    country = is_territory(word) or any(known in COUNTRIES for known in words(word))
    if PRONOUNS[pronoun] is Points.PERSON:
        return not country and word not in HEADS and not word[0].isdigit() and not word.endswith("ing")
    if PRONOUNS[pronoun] is Points.THING:
        return word not in PERSON_NOUNS and not (passive and country)
    return True


# What comes after "the treaty" where it says which: "of 1960", "with Japan", "that ended the war".
_SAYS_WHICH = (
    rf"(?:of|with|between|for|on|against|called|known|under|who|whose|in\s+{DIGITS}|"
    r"(?:(?:in|by|to|through)\s+)?(?:that|which))"
)
_DEFINITE = re.compile(
    rf"\bthe\s+(?P<number>two\s+|three\s+)?(?P<noun>{ANY_HEAD})\b(?!\s+(?:{_SAYS_WHICH}|{ANY_HEAD})\b|\s+\d|-)"
)


def find_definite(question: str) -> Iterator[Pointer]:
    """Yield the noun phrases that may point back, in order: "the treaty", with nothing that says which.

    Whether one does is for the conversation to show. A question of more than seven terms has none, for
    it says itself what it is about.
    """
    for match in _DEFINITE.finditer(question if len(terms(question)) <= _TELLING else ""):
        named = question[match.end() :].lstrip()[:1].isupper()
        if not named and (match["noun"] not in _BARE or match["number"]):
            yield Pointer(match.start(), match.end(), Points.NOUN, match["noun"])
