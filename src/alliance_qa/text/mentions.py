"""What a sentence names, by its form alone: times, amounts and people, in English.

Dates are matched, not parsed: libraries for that turn text into days, guess what is missing, and say
nothing of "June 9 and 10, 2024" or "from January 2022 to January 2025" as one expression.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_qa.domain import Span
from alliance_qa.text import calendar
from alliance_qa.text.function_words import FUNCTION_WORDS
from alliance_qa.text.people import FIRST_OF_PLACES, NO_NAMES, SMALL_PART, TITLE


@dataclass(frozen=True, slots=True)
class Time:
    """A date, a year, a range or a list of them."""

    span: Span
    is_label: bool  # tells which thing is meant, not when: "the Guidelines of 1997", "the 1960 treaty"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what it counts."""

    span: Span  # number and unit: "43 trillion yen", "three Virginia-class submarines"
    counted: Span | None  # the words after the number, at most six: they may go on beyond the unit


@dataclass(frozen=True, slots=True)
class Person:
    """A person's name with the titles before it."""

    span: Span
    name: Span


_TIME = re.compile(calendar.TIME, re.VERBOSE)
# What makes two dates one expression: a range or a list.
_JOINS = re.compile(
    r"(?:,?\s+(?:to|until|till|through|and|or)\s+|\s*[-–—]\s*|,\s+)(?:again\s+)?(?:(?:in|on)\s+)?(?:the\s+)?"
)
_RANGE_START = re.compile(r"\b(?:from|between)\s+(?:the\s+)?$", re.IGNORECASE)
_LABEL_START = re.compile(r"\b(?:of|the|a|an|its|their|this|that|dated)\s+$|['’]s\s+$", re.IGNORECASE)
_TIME_WORD = re.compile(
    r"\b(?:on|in|since|until|till|by|from|during|between|around|about|before|after|to|for|at|early|late|mid|again|years?)"
    r"\s+(?:the\s+)?$",
    re.IGNORECASE,
)


def times(text: str) -> list[Time]:
    """Return the times in their order; ranges and lists are one."""
    joined: list[tuple[int, int, bool]] = []
    for found in _TIME.finditer(text):
        if joined and _JOINS.fullmatch(text, joined[-1][1], found.start()):
            joined[-1] = (joined[-1][0], found.end(), True)
        else:
            joined.append((found.start(), found.end(), False))
    named = []
    for start, end, is_joined in joined:
        opening = _RANGE_START.search(text[:start]) if is_joined else None
        named.append(Time(Span(opening.start() if opening else start, end), _is_label(text, start, end)))
    return named


def _is_label(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    bare = re.fullmatch(r"\d{4}s?", text[start:end]) is not None
    if before.rstrip().endswith("of"):
        return bare
    if _TIME_WORD.search(before) and not re.match(r"\s+[A-Z]", after):
        return False
    follows = re.match(
        r"\s+(?!(?:and|but|or|to|until|in|at|by|for|with|when|as|that|which|after|before|from)\b)\w", after
    )
    return bare and (_LABEL_START.search(before) is not None or follows is not None)


_SMALL = "one two three four five six seven eight nine"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen "
    "hundreds thousands millions billions dozens half"
)
_WORD_NUMBER = (
    rf"(?:(?:{'|'.join(_TENS.split())})(?:[-\s](?:{'|'.join(_SMALL.split())}))?|{'|'.join(_WORDS.split())}"
    rf"|{'|'.join(_SMALL.split())}|an?\s+(?:hundred|thousand|million|billion|trillion|dozen)|hundred)"
)
_SCALE = r"(?:\s+(?:hundred|thousand|million|billion|trillion)\b)"
_DIGITS = r"\d{1,3}(?:[,\u0020\u00a0\u2009\u202f]\d{3}(?!\d))+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?<![\w.,/–$€£¥-])(?:(?P<money>(?:US|U\.S\.|A|C)?[$€£¥]\s?(?:{_DIGITS}){_SCALE}?(?!\w))"
    rf"|(?P<number>(?:{_DIGITS}|\b{_WORD_NUMBER}\b){_SCALE}*)(?![\w/]|-\d))",
    re.IGNORECASE,
)
_CURRENCY = re.compile(
    r"\s+(?:(?:U\.S\.|US|American|Australian|Canadian|Japanese)\s+)?(?:dollars?|yen|euros?|pounds?|won|yuan|rupees?|cents)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\s*(?:%|percent\b|per\s+cent\b|percentage\s+points?\b)", re.IGNORECASE)
_DURATION = re.compile(
    r"(?:\s+(?:and\s+a\s+half|full|whole|consecutive))?[\s-]+(?:years?|months?|weeks?|days?|hours?|minutes?|decades?"
    r"|centuries)\b(?:\s+and\s+\w+\s+(?:months?|days?|weeks?))?",
    re.IGNORECASE,
)
# "Article 9", "Pillar 2", "No. 3": a name, not an amount.
_NUMBERED = re.compile(r"(?:\b[A-Z][\w-]*|\b(?:no|nos|number|page|pages|chapter|article|section|phase|part)\.?)\s+$")
_OPENING = re.compile(r"(?:^|[.!?:;|]\s+|[“\"(]\s*)[A-Z][\w-]*\s+$")
_PLURALS = frozenset(
    "people men women children troops personnel aircraft percent members yen feet police staff series vessels".split()
)
_AFTER = re.compile(r"\s+([^\W\d_][\w’'-]*)")


def amounts(text: str) -> list[Amount]:
    """Return the amounts in their order. Numbers of dates and of names ("Article 9") are none."""
    taken = [time.span for time in times(text)]
    found: list[Amount] = []
    for number in _NUMBER.finditer(text):
        start, end = number.span()
        if any(span.start < end and start < span.end for span in (*taken, *(amount.span for amount in found))):
            continue
        before = text[:start]
        if _NUMBERED.search(before) and not (_OPENING.search(before) and before.split()[-1].lower() in FUNCTION_WORDS):
            continue
        if (amount := _amount(text, number)) is not None:
            found.append(amount)
    return found


def _amount(text: str, number: re.Match[str]) -> Amount | None:
    start, end = number.span()
    if number["money"]:
        currency = _CURRENCY.match(text, end)
        return Amount(Span(start, currency.end() if currency else end), None)
    for pattern in (_CURRENCY, _PERCENT, _DURATION):
        if measured := pattern.match(text, end):
            return Amount(Span(start, measured.end()), Span(end, measured.end()))
    stop, last, plural = end, end, None
    for _ in range(6):
        word = _AFTER.match(text, last)
        if word is None:
            break
        last = word.end()
        lower = word[1].lower()
        if plural is None and lower not in FUNCTION_WORDS and _is_plural(lower):
            plural = last
        if plural is None and lower in FUNCTION_WORDS:
            return None if stop == end else Amount(Span(start, stop), Span(end, last))
        if plural is None:
            stop = last
    if plural is None:
        return None
    return Amount(Span(start, plural), Span(end, last))


def _is_plural(word: str) -> bool:
    return word in _PLURALS or (
        len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s"))
    )


_CAP = r"[A-ZÀ-Þ][\w’'-]*[^\W\d_](?<!['’]s)"
_INNER = rf"(?:,?\s(?:Jr|Sr)\.|\s+(?:[A-Z]\.(?:\s?[A-Z]\.)*|{_CAP}|(?:{SMALL_PART}\s+)+{_CAP}))"
_TITLED = re.compile(rf"\b{TITLE}\s+(?P<name>(?:{_CAP}|[A-Z]\.){_INNER}{{0,3}})")
_UNTITLED = re.compile(rf"(?<![\w.’'-])(?P<name>{_CAP}{_INNER}{{1,3}})")
# In running text the names of places are many more than people's. A byline takes these: they are last names.
_NO_NAME = (
    NO_NAMES
    | (FIRST_OF_PLACES - {"Abu", "Addis", "Buenos", "Old"})
    | frozenset(
        "Airport Bank Bay Beach Brazil Camp Cape Channel City Court Edge Far Field Ground Gulf Hill I II III IV Lake "
        "Marine Mount Pearl Police Port Power Powers Prince Red Reserve River San Santa Sao Square St. Street "
        "Three Two Wall".split()
    )
)
_NO_PERSON_BEFORE = re.compile(r"\b(?:the|in|at|on|near|around|aboard|off|The|In|At|On)\s+$")
_BETWEEN_PEOPLE = re.compile(
    rf"(?:\s*\([^)]*\))?(?:\s+(?:of|for|from)\s+(?:the\s+)?{_CAP}(?:\s+{_CAP}){{0,3}})?(?:,\s+|,?\s+(?:and|&)\s+)"
    rf"(?:the\s+)?(?:(?:{_CAP}|U\.S\.)\s+){{0,3}}"
)


def people(text: str) -> list[list[Person]]:
    """Return the people in their order, those in one list together: "A, B and C"."""
    named: list[Person] = []
    for found in _TITLED.finditer(text):
        if (kept := _kept(found["name"])) > 0:
            start = found.start("name")
            named.append(Person(Span(found.start(), start + kept), Span(start, start + kept)))
    for found in _UNTITLED.finditer(text):
        start, end = found.span("name")
        if any(person.span.start < end and start < person.span.end for person in named):
            continue
        if _NO_PERSON_BEFORE.search(text[:start]) or not _reads_as_name(found["name"]):
            continue
        named.append(Person(Span(start, end), Span(start, end)))
    groups: list[list[Person]] = []
    for person in sorted(named, key=lambda p: p.span):
        if groups and _BETWEEN_PEOPLE.fullmatch(text, groups[-1][-1].span.end, person.span.start):
            groups[-1].append(person)
        else:
            groups.append([person])
    return groups


def _kept(name: str) -> int:
    """Return how much of what follows a title is a name, in characters."""
    end = 0
    for word in re.finditer(r"\S+", name):
        if word.group() in _NO_NAME:
            break
        end = word.end()
    return end


def _reads_as_name(name: str) -> bool:
    words = name.split()
    return (
        not _NO_NAME.intersection(words)
        and not any(word.isupper() and len(word.strip(".")) > 1 for word in words)
        and not any(re.search(r"-(?!\w+$)|\d|^[A-Z][a-z]+-[A-Z]\.", word) for word in words)
        and len(words[-1].strip(".")) > 1
    )
