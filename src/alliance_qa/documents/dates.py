"""Dates as people write them, read without guessing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache, lru_cache

import babel
import babel.dates

from alliance_qa.domain import PartialDate
from alliance_qa.text.calendar import WEEKDAY, month_number

# The year before the first of each Japanese era, and of the years of the Republic of China.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911, "民国": 1911}

# Whose names of months are known on every page: those that babel has for Europe, and others in Latin letters.
_LANGUAGES = (
    "bg bs ca cs da de el es et eu fi fr ga gl hr hu id is it lt lv mk ms mt nb nl nn pl pt ro ru sk sl sq sr sr-Latn "
    "sv tr uk vi"
).split()

# "(CEST)", "GMT", "+0000", "GMT+02:00"
_ZONE = r"(?:\s*(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?))?(?:\s*\([^)]{1,40}\))?"
_CLOCK = rf"\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s*[ap]\.?m\.?)?{_ZONE}"
_TIME = rf"(?:[,\s]+(?:at\s+)?{_CLOCK})?"
_WEEKDAY = rf"(?:{WEEKDAY}\.?,?\s+)?"
_ISO = re.compile(
    r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:(?:T\d{1,2}:?\d{2}|\s+\d{1,2}:\d{2}).{0,25}|Z|[+-]\d{2}:\d{2})?",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(\d{4})\.\s+(\d{1,2})\.\s+(\d{1,2})\.?")  # Korean and Hungarian: "2024. 4. 10."
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:T?\d{4}(?:\d{2}(?:\.\d+)?)?|T\d{2}:\d{2}.{0,20})?Z?(?:[+-]\d{2}:?\d{2})?"
)
_YEAR = re.compile(r"(\d{4})")
_ERA = "|".join(_ERAS)
_EAST_ASIAN = re.compile(
    rf"(?:(\d{{4}})|({_ERA})(元|\d{{1,3}}))\s*[年년](?:\s*(\d{{1,2}})\s*[月월](?:\s*(\d{{1,2}})\s*[日일號号])?)?"
    r"(?:\s*[（(][^）)]{1,3}[）)])?(?:\s*\d{1,2}(?::|時|时)\d{2}分?)?"
)
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_MONTH_FIRST = re.compile(rf"{_WEEKDAY}([^\W\d_]+)\.?[\s-]+(?:the\s+)?{_DAY},?[\s-]+(\d{{4}}){_TIME}", re.IGNORECASE)
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(?:the\s+)?{_DAY}\.?[\s-]+(?:of\s+)?([^\W\d_]+)\.?,?[\s-]+(\d{{4}}){_TIME}", re.IGNORECASE
)
_CLOCK_WITHIN = re.compile(  # as the C library writes it: "Tue Apr 25 09:30:00 2023"
    rf"{_WEEKDAY}([^\W\d_]+)\s+(\d{{1,2}})\s+{_CLOCK}\s+(\d{{4}})", re.IGNORECASE
)
_MONTH_ONLY = re.compile(r"([^\W\d_]+)\.?,?\s+(\d{4})")
# "16. April 2024", "16 de abril de 2024", "1er mai 2024": a day, one word for the month, a year; a weekday before it.
_OTHER_LANGUAGE = re.compile(
    rf"(?:[^\W\d_]+\.?,?\s+)?(\d{{1,2}})(?:er|[ºª°])?\.?\s+(?:de\s+)?([^\W\d_]{{3,12}})\.?,?\s+(?:del?\s+)?(\d{{4}}){_TIME}",
    re.IGNORECASE,
)
_OTHER_MONTH_FIRST = re.compile(rf"([^\W\d_]{{3,12}})\.?\s+(\d{{1,2}}),?\s+(\d{{4}}){_TIME}", re.IGNORECASE)
_UTC = re.compile(r"\d:\d\d\S*\s?(?:Z|[+-]00:?00|GMT|UTC)$")
_FIGURES = re.compile(rf"(\d{{1,2}})([./-])\s?(\d{{1,2}})\2\s?(\d{{4}}){_TIME}", re.IGNORECASE)
# What may be a date within a line; `read` decides.
_WORD = r"[^\W\d_]{3,12}\.?"
_WITHIN = re.compile(
    r"(?<![\w/.:-])(?:"
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?=T\d|\b)"
    r"|\d{1,2}([./-])\s?\d{1,2}\2\s?\d{4}\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|[ºª°])?\.?[\s-]+(?:(?:de|of)\s+)?{_WORD},?[\s-]+(?:del?\s+)?\d{{4}}\b"
    rf"|{_WORD}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|(?:\d{{4}}|(?:{_ERA})(?:元|\d{{1,3}}))\s*[年년]\s*\d{{1,2}}\s*[月월]\s*\d{{1,2}}\s*[日일號号]"
    r")(?![/-]\d)"
)


@dataclass(frozen=True, slots=True)
class Usage:
    """How a page writes its dates, as far as it tells."""

    language: str = ""  # a BCP 47 tag: "de", "en-GB"; empty: not known
    day_first: bool | None = None  # of "4/10/2024"; None: not known

    @classmethod
    def of(cls, language: str, text: str = "") -> Usage:
        """Return the usage of a page in `language`, whose `text` may hold dates with a day above 12.

        What other dates show comes first, then the country of the language. "en" alone leaves it open.
        """
        language = language.strip().replace("_", "-")
        shown = {
            int(found[1]) > 12
            for found in re.finditer(r"(?<![\w/.-])(\d{1,2})/(\d{1,2})/\d{4}(?![\w/-])", text)
            if (int(found[1]) > 12) != (int(found[2]) > 12) and max(int(found[1]), int(found[2])) <= 31
        }
        return cls(language, shown.pop() if len(shown) == 1 else None if shown else _is_day_first(language))


def read(text: str, usage: Usage | None = None) -> str | None:
    """Return the date that the whole of `text` states, as YYYY, YYYY-MM or YYYY-MM-DD.

    None when it states none, or not surely: "04/05/2024" is April in one country and May in another
    (`usage` may tell), and the 30th of February is no day. A time of day is passed over, a time zone
    not applied: the day is the one that is written.
    """
    text = " ".join(text.split())
    if len(text) > 80:
        return None
    usage = usage or Usage()
    return _numeric(text) or _english(text) or _foreign(text, usage.language) or _figures(text, usage)


def within(line: str, usage: Usage | None = None) -> Iterator[tuple[str, int, int]]:
    """Yield the days that a line names, each with the place [start, end) where it stands, in their order."""
    for found in _WITHIN.finditer(line):
        value = read(found.group(), usage)
        if value and len(value) == 10:
            yield value, found.start(), found.end()


def local(stated: str, day: str | None, shown: str | None) -> str | None:
    """Return the day that a page means which states `day`, and shows another.

    At midnight in one country it is the day before in another: where `stated` is a time of the zone UTC and the
    day shown is the one before or after, the page shows what it means. Else `day` stands.
    """
    if not (day and shown and len(day) == len(shown) == 10 and _UTC.search(stated.strip())):
        return day
    apart = PartialDate.parse(day).first - PartialDate.parse(shown).first
    return shown if abs(apart.days) == 1 else day


def _numeric(text: str) -> str | None:
    if found := _ISO.fullmatch(text):
        return _iso(found[1], found[3], found[4])
    if found := _SPACED.fullmatch(text) or _COMPACT.fullmatch(text):
        return _iso(found[1], found[2], found[3])
    if found := _YEAR.fullmatch(text):
        return _iso(found[1])
    if found := _EAST_ASIAN.fullmatch(text):
        year = found[1] or str(_ERAS[found[2]] + (1 if found[3] == "元" else int(found[3])))
        return _iso(year, found[4], found[5])
    return None


def _english(text: str) -> str | None:
    if found := _MONTH_FIRST.fullmatch(text) or _CLOCK_WITHIN.fullmatch(text):
        month, day, year = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _MONTH_ONLY.fullmatch(text):
        month, day, year = found[1], None, found[2]
    else:
        return None
    number = month_number(month)
    return _iso(year, number, day) if number else None


def _foreign(text: str, language: str) -> str | None:
    """Only the month is translated; day and year must be the ones written: nothing is guessed."""
    if found := _OTHER_LANGUAGE.fullmatch(text):
        day, month, year = found.groups()
    elif found := _OTHER_MONTH_FIRST.fullmatch(text):
        month, day, year = found.groups()
    else:
        return None
    number = month_number(month) or _month(month.lower(), language.lower())
    return _iso(year, number, day) if number else None


@lru_cache(maxsize=1024)
def _month(name: str, language: str) -> int | None:
    """Return the month, from 1, that a word means in the language of the page, else in the others together.

    A page in German may say that it is in English. Where languages differ ("listopad") none is told.
    """
    locale = _locale(language)
    own = dict(_months(locale)) if locale else {}
    others = _everywhere().get(name, frozenset())
    return own.get(name) or (next(iter(others)) if len(others) == 1 else None)


@cache
def _everywhere() -> Mapping[str, Set[int]]:
    known: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for name, number in _months(babel.Locale.parse(language, sep="-")):
            known.setdefault(name, set()).add(number)
    return known


def _months(locale: babel.Locale) -> Iterator[tuple[str, int]]:
    for width in ("wide", "abbreviated"):
        for context in ("format", "stand-alone"):
            for number, name in babel.dates.get_month_names(width, context, locale).items():
                yield name.strip(".").lower(), int(number)


def _figures(text: str, usage: Usage) -> str | None:
    """Read a date of figures that ends in its year, where a day above 12, the usage or the stops tell the order."""
    found = _FIGURES.fullmatch(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), found[4]
    if first == second or (first > 12) != (second > 12):
        day_first = first > 12 or first == second
    elif usage.day_first is None:
        return None
    else:
        day_first = usage.day_first or found[2] == "."
    return _iso(year, second, first) if day_first else _iso(year, first, second)


@lru_cache(maxsize=256)
def _is_day_first(language: str) -> bool | None:
    locale = _locale(language)
    # English is written in many countries, in both orders.
    if locale is None or (locale.language == "en" and not locale.territory):
        return None
    order = re.sub(r"[^dMy]|'[^']*'", "", locale.date_formats["short"].pattern)
    return {"d": True, "M": False}.get(order[:1])


def _locale(language: str) -> babel.Locale | None:
    try:
        return babel.Locale.parse(language.replace("_", "-"), sep="-") if language else None
    except (ValueError, babel.UnknownLocaleError):
        return _locale(language.rpartition("-")[0])


def _iso(year: str, month: str | int | None = None, day: str | int | None = None) -> str | None:
    try:
        stated = PartialDate(int(year), *(int(part) for part in (month, day) if part))
    except ValueError:
        return None
    # Narrower than what texts speak of, on purpose: a line of four digits may be anything but a year of print.
    return str(stated) if 1500 <= stated.year <= 2199 else None
