"""The names in a text: what each is, and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from alliance_qa.text import calendar
from alliance_qa.text.countries import COUNTRIES, is_territory
from alliance_qa.text.function_words import OPENING_WORDS
from alliance_qa.text.head_nouns import ANY_HEAD, HEADS
from alliance_qa.text.people import NO_NAMES, SMALL_PART, TITLE
from alliance_qa.text.terms import STOP_WORDS, words


class Kind(StrEnum):
    """What a name names, as far as its own words and those before it show."""

    PERSON = "person"  # has a title, or an initial
    NAME = "name"  # a person or a thing: "Abe", "Freedom Edge"
    THING = "thing"
    COUNTRY = "country"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Name:
    """A name and where it stands in its text, its article and title included."""

    text: str  # as it can be put into a question
    kind: Kind
    start: int
    end: int

    @property
    def bare_text(self) -> str:
        """The name without its article, in the case it was written in."""
        return self.text.removeprefix("the ")

    @property
    def bare(self) -> str:
        """The name without its article, folded: two mentions of one name are equal in it."""
        return self.bare_text.casefold()


_CAPITAL = r"(?:[A-Z]\.(?=\s[A-Z])|(?:[A-Z]\.){2,}(?:-[A-Z][\w-]*)?|[A-Z][\w’'&-]*(?:(?:\.[A-Z])+\.[\w-]*)?)"
_RUN = re.compile(rf"\b{_CAPITAL}(?:\s+(?:(?:{SMALL_PART}\s+)*{_CAPITAL}|\d{{1,2}}(?![\w,]|\s*\d)))*")
_JOINT = re.compile(r"\s+(?P<word>of|for|on|to|and)(?P<the>\s+the)?\s+(?=[A-Z\d])")
DATE = re.compile(calendar.TYPED, re.IGNORECASE)
"""A day, a month or a year, without a group of its own."""

_DATED_THING = re.compile(rf"\b(?P<head>{ANY_HEAD})\s+of\s+(?:{DATE.pattern})", re.IGNORECASE)
_PARTIES = re.compile(
    r"\s+(?:between|with)\s+(?:the\s+)?[A-Z][\w’']+(?:\s+(?:of\s+)?[A-Z][\w’']+)*"
    r"(?:\s+and\s+(?:the\s+)?[A-Z][\w’']+(?:\s+(?:of\s+)?[A-Z][\w’']+)*)?"
)
_TITLE = re.compile(rf"^.*\b{TITLE}(?:\s+|$)")
# What a question also opens with.
_OPENING = OPENING_WORDS | frozenset("Tell Name List Show Give Explain Describe Very Wich".split())
_PLACE_WORD = re.compile(
    r"\b(?:in|at|near|to|from|around|over|aboard|outside)\s+(?:\w+ern\s+)?(?:the\s+)?$", re.IGNORECASE
)


def find_names(text: str) -> list[Name]:
    """Return the names in a text, in order of their places, none inside another.

    A date is none, nor is "Japanese" or a title alone. A name in lower case is not found,
    nor is one in a text all in capitals, but "the treaty of 1960" is in either.
    """
    text = unshout(text)
    found = []
    at = 0
    while match := _RUN.search(text, at):
        start, end = _span(text, match)
        at = max(end, match.end())
        if start < end and (name := _name(text, start, end)):
            found.append(name)
            at = max(at, name.end)
    taken = [(name.start, name.end) for name in found]
    for match in _DATED_THING.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in taken):
            found.append(Name(f"the {match.group()}", Kind.THING, match.start(), match.end()))
    return sorted(found, key=lambda name: name.start)


def unshout(text: str) -> str:
    """Return a text whose capitals say something: one typed in capitals only in lower case.

    Any other text comes back as it is.
    """
    return text if any(c.islower() for c in text) else text.lower()


def _span(text: str, run: re.Match[str]) -> tuple[int, int]:
    """Return where a name stands that begins with a run of capitals: no opening word, all joined runs."""
    start, end = run.span()
    opens = not text[:start].strip(" “\"'(") or re.search(r"[.?!:][\s“\"'(]*$", text[:start])
    while opens and (first := re.match(r"\S+\s*", text[start:end])) and first.group().strip() in _OPENING:
        start += first.end()
    while start < end and (joint := _JOINT.match(text, end)):
        dated = DATE.match(text, joint.end())
        follows = dated or _RUN.match(text, joint.end())
        if follows is None or not _joins(text[start:end], joint, follows.group(), bool(dated)):
            break
        end = follows.end()
    return start, end


def _joins(left: str, joint: re.Match[str], right: str, dated: bool) -> bool:
    """Whether two runs are one name: "Commitment to Consult" is, "Quad and AUKUS" is not."""
    last = left.split()[-1].casefold()
    if joint["word"] == "of":
        return not (dated and last not in HEADS)
    if dated or is_country(right) or _TITLE.match(right + " ") or last[-1].isdigit():
        return False
    if joint["word"] == "and":
        return not joint["the"] and bool(re.search(r"\s(?:of|for|on)\s(?!the\b)", left)) and not is_country(last)
    return last in HEADS or last == "partners"


def _name(text: str, start: int, end: int) -> Name | None:
    """Return what a span names; None for a date, a title alone, or an adjective of a country."""
    called = text[start:end]
    if DATE.match(called) or re.fullmatch(rf"{calendar.MONTH}(?:\s\d+)?", called):
        return None
    article = text[:start].casefold().endswith("the ")
    if title := _TITLE.match(called + " "):
        person = called[title.end() :].strip()
        person = re.sub(r"\s+of\s+.*$", "", person)
        if person.partition(" ")[0] not in NO_NAMES:  # but "Justice Department", "General Assembly"
            return Name(person, Kind.PERSON, start, end) if re.match(r"[A-Z]", person) else None
    if is_country(called):
        known = words(called)
        if len(known) == 1 and called.casefold() != known[0] and known[0] not in ("us", "uk"):
            return None  # "Japanese"
        return Name(f"the {called}" if article else called, Kind.COUNTRY, start, end)
    if (noun := re.match(r"\s+(\w+)", text[end:])) and noun[1] in HEADS and not is_headed(called):
        end += noun.end()
    elif is_headed(called) and (parties := _PARTIES.match(text, end)):
        end = parties.end()
    called = re.sub(r"[’']s$", "", text[start:end])
    return Name(f"the {called}" if article else called, _kind(text, start, called, article), start, end)


def _kind(text: str, start: int, called: str, article: bool) -> Kind:
    if is_headed(called):
        return Kind.THING
    if re.search(r"\b[A-Z]\.\s", called):
        return Kind.PERSON
    if _PLACE_WORD.search(text[:start]) and not called.isupper():
        return Kind.PLACE
    return Kind.THING if article or called.isupper() or any(c.isdigit() for c in called) else Kind.NAME


def is_headed(name: str) -> bool:
    """Whether a name holds a noun that says what it is: "Manila Pact" does, "AUKUS" does not."""
    return any(word.casefold() in HEADS for word in re.findall(r"\w+", name))


def is_country(name: str) -> bool:
    """Whether a name says one or more countries and nothing else: "South Korea", "Japanese", "Japan and China".

    The United Nations and the European Union are none.
    """
    known = [word for word in words(name) if word not in STOP_WORDS]
    return (
        any(word in COUNTRIES for word in known)
        and not {"un", "eu"} & set(known)
        and all(word in COUNTRIES or word in _PARTS_OF_COUNTRIES for word in known)
    ) or is_territory(name)


_PARTS_OF_COUNTRIES = frozenset("north south republic people peoples new".split())
