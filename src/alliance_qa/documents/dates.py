"""Dates as people write them, read without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache

import babel
import babel.dates

from alliance_qa.domain import PartialDate
from alliance_qa.text.calendar import WEEKDAYS, month_number
from alliance_qa.text.numerals import ROMAN

# The year before the first of each Japanese era, and of the years of the Republic of China.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "民國": 1911, "民国": 1911}
_ERAS_IN_ENGLISH = {"reiwa": 2018, "heisei": 1988, "showa": 1925, "shōwa": 1925}
_BUDDHIST = 543  # years before ours, as Thailand counts

# Whose names of months and weekdays are known on every page: those that babel has for Europe, and others.
_LANGUAGES = (
    "ar bg bs ca cs da de el en es et eu fa fi fr ga gl he hi hr hu id is it ja ko lt lv mk ms mt nb nl nn pl pt ro ru "
    "sk sl sq sr sr-Latn sv th tr uk vi zh"
).split()
# What stands between the parts of a date and says nothing.
_FILLERS = frozenset(
    "the of de del di d den el le il on at à a um uhr o as às kl alle day gada m r g г. г года р року ב ה พศ st nd "
    "rd th er re e ª º ° η".split()
)
_MONTHS = {numeral.lower(): number for numeral, number in ROMAN.items() if number <= 12}

# "(CEST)", "GMT", "+0000", "GMT+02:00"
_ZONE = r"(?:\s*(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{2,5}(?:[+-]\d{1,2}(?::?\d{2})?)?)(?![^\W\d]))?(?:\s*\([^)]{1,40}\))?"
_CLOCK = re.compile(
    rf"(?:(?<=\d{{4}}):|(?<![\d:]))\d{{1,2}}[:h]\d{{2}}(?!\d)(?::\d{{2}})?(?:\s*[ap]\.?m\b\.?)?{_ZONE}"
    r"(?:\s*(?:Uhr|hrs?|h)\b)?",
    re.IGNORECASE,
)
_ISO = re.compile(
    r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2})\.?)?(?:(?:T\d{1,2}:?\d{2}|\s+\d{1,2}:\d{2}).{0,25}|Z|[+-]\d{2}:\d{2})?",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(\d{4})\.\s+(\d{1,2})\.\s+(\d{1,2})\.?")  # Korean and Hungarian: "2024. 4. 10."
_COMPACT = re.compile(
    r"(\d{4})(\d{2})(\d{2})(?:T?\d{4}(?:\d{2}(?:\.\d+)?)?|T\d{2}:\d{2}.{0,20})?Z?(?:[+-]\d{2}:?\d{2})?"
)
_YEAR = re.compile(r"(\d{4})")
_COUNTED = re.compile(r"(\d{4})-?(?:W(\d{2})-?([1-7])|(\d{3}))")  # ISO 8601: the day of a week or of the year
_MONTH_OF_YEAR = re.compile(r"(\d{1,2})/(\d{4})")
_SECONDS = re.compile(r"\d{10}")  # since 1970
_MILLISECONDS = re.compile(r"(?:/Date\()?(\d{13})(?:[+-]\d{4})?(?:\)/)?")
_ERA = "|".join(_ERAS)
_KANJI = "〇一二三四五六七八九"
_KANJI_NUMBER = re.compile(rf"(?:[{_KANJI}]|十)+(?=[年月日])")
_BESIDE = r"(?:\s*[（(][^（()）]{1,12}[）)])?"
_EAST_ASIAN = re.compile(
    rf"(?:中華)?(?:(\d{{4}})|({_ERA})(元|\d{{1,3}}))\s*[年년]{_BESIDE}"
    rf"(?:\s*(\d{{1,2}})\s*[月월](?:\s*(\d{{1,2}})\s*[日일號号])?)?{_BESIDE}(?:\s*\d{{1,2}}(?::|時|时)\d{{2}}分?)?"
)
_VIETNAMESE = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s*,|\s+năm)?\s+(\d{4})", re.IGNORECASE)
_TOKEN = re.compile(r"\d+|[^\s\d,;:/()|'’‘–—-]+")
_UTC = re.compile(r"\d:\d\d\S*\s?(?:Z|[+-]00:?00|GMT|UTC)$")
_FIGURES = re.compile(r"(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})")
# What may be a date within a line; `read` decides.
_WORD = r"[^\W\d_]{3,12}\.?"
_WITHIN = re.compile(
    r"(?<![\w/.:-])(?:"
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?=T\d|\b)"
    r"|\d{1,2}([./-])\s?\d{1,2}\2\s?\d{4}\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|[ºª°η])?\.?[\s-]+(?:(?:de|of)\s+|d['’])?{_WORD},?[\s-]+(?:del?\s+)?\d{{4}}\b"
    rf"|{_WORD}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}\b"
    rf"|\d{{4}}\.?\s+{_WORD}\s+\d{{1,2}}\b\.?"
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
    text = _plain(text)
    bare = _bare(text, usage.language)
    return _numeric(text) or _numeric(bare) or _figures(bare, usage) or _in_words(bare, usage.language)


def stamp(text: str) -> str | None:
    """Return the day, in UTC, of a time that a program counts in seconds or milliseconds since 1970, else None."""
    seconds, milliseconds = _SECONDS.fullmatch(text), _MILLISECONDS.fullmatch(text)
    since = int(seconds[0]) if seconds else int(milliseconds[1]) // 1000 if milliseconds else None
    return None if since is None else datetime.fromtimestamp(since, UTC).date().isoformat()


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


def _plain(text: str) -> str:
    """Return a text with all digits and the numbers of Chinese and Japanese dates in ASCII."""
    if text.isascii():
        return text
    text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)

    def number(found: re.Match[str]) -> str:
        tens, ten, ones = found[0].rpartition("十")
        if not ten:
            return "".join(str(_KANJI.index(char)) for char in ones)
        return str(10 * (_KANJI.index(tens) if tens else 1) + (_KANJI.index(ones) if ones else 0))

    return _KANJI_NUMBER.sub(number, text) if re.search("[年月日]", text) else text


def _bare(text: str, language: str) -> str:
    """Return a text without a time of day and a weekday."""
    text = _CLOCK.sub(" ", text)
    weekdays = _weekdays(language) - _everywhere().keys()
    kept = [word for word in text.split() if word.strip(".,()（）").lower() not in weekdays]
    while kept and kept[-1].strip("|–—-,").lower() in (_FILLERS | {""}):
        kept.pop()
    return " ".join(kept).strip(" ,|–—-")


def _numeric(text: str) -> str | None:
    if found := _ISO.fullmatch(text):
        return _iso(found[1], found[3], found[4])
    if found := _SPACED.fullmatch(text) or _COMPACT.fullmatch(text):
        return _iso(found[1], found[2], found[3])
    if found := _YEAR.fullmatch(text):
        return _iso(found[1])
    if found := _MONTH_OF_YEAR.fullmatch(text):
        return _iso(found[2], found[1])
    if found := _COUNTED.fullmatch(text):
        return _counted(found)
    if found := _VIETNAMESE.fullmatch(text):
        return _iso(found[3], found[2], found[1])
    if found := _EAST_ASIAN.fullmatch(text):
        year = found[1] or str(_ERAS[found[2]] + (1 if found[3] == "元" else int(found[3])))
        return _iso(year, found[4], found[5])
    return None


def _counted(found: re.Match[str]) -> str | None:
    year, week, weekday, day = found.groups()
    try:
        if week:
            return date.fromisocalendar(int(year), int(week), int(weekday)).isoformat()
        counted = date(int(year), 1, 1) + timedelta(int(day) - 1)
    except (ValueError, OverflowError):
        return None
    return counted.isoformat() if counted.year == int(year) else None


def _in_words(text: str, language: str) -> str | None:
    """Read a date of a year, a month by its name, and a day beside that; with any other word it is none."""
    tokens = [token for found in _TOKEN.finditer(text) if (token := found[0].replace(".", "").lower())]
    tokens = [token for token in tokens if token not in _FILLERS]
    if not 1 < len(tokens) < 6:
        return None
    if len(tokens) > 2 and tokens[-2] in _ERAS_IN_ENGLISH and tokens[-1].isdigit():
        tokens[-2:] = [str(_ERAS_IN_ENGLISH[tokens[-2]] + int(tokens[-1]))]
    if len([token for token in tokens if not token.isdigit()]) == 2 and tokens[0] in _weekdays(language):
        tokens = tokens[1:]  # "mar. 25 avril 2023"
    words = [at for at, token in enumerate(tokens) if not token.isdigit()]
    years = [token for token in tokens if len(token) == 4 and token.isdigit()]
    days = [at for at, token in enumerate(tokens) if token.isdigit() and len(token) < 3]
    if len(words) != 1 or len(years) != 1 or len(days) != len(tokens) - 2 or len(days) > 1:
        return None
    if days and abs(days[0] - words[0]) != 1:
        return None
    name = tokens[words[0]]
    month = month_number(name) or _month(name, language.lower()) or (_MONTHS.get(name) if days else None)
    is_buddhist = int(years[0]) > 2300 and (name in dict(_months(babel.Locale("th"))) or language.lower()[:2] == "th")
    year = int(years[0]) - (_BUDDHIST if is_buddhist else 0)
    return _iso(str(year), month, tokens[days[0]] if days else None) if month else None


def load() -> None:
    """Load the names of months and weekdays in all languages, for which the first date would wait."""
    _everywhere()
    _weekdays("en")


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
                yield name.replace(".", "").lower(), int(number)


@lru_cache(maxsize=64)
def _weekdays(language: str) -> Set[str]:
    """Return the names of weekdays in the language of a page and in the others, in lower case without a stop."""
    locale = _locale(language)
    locales = [babel.Locale.parse(known, sep="-") for known in _LANGUAGES] + ([locale] if locale else [])
    return frozenset(
        name.strip(".").lower()
        for known in locales
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in babel.dates.get_day_names(width, context, known).values()
    ) | frozenset(day[:length].lower() for day in WEEKDAYS for length in (4, 5))


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
