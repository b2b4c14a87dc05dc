"""Dates as people write them, read without guessing."""

from __future__ import annotations

import re

import dateparser

from alliance_qa.domain import PartialDate
from alliance_qa.text.calendar import WEEKDAY, month_number

# The year before the first of each Japanese era.
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}

_TIME = r"(?:[,\s]+(?:at\s+)?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s+[A-Z]{2,4})?)?"
_WEEKDAY = rf"(?:{WEEKDAY}\.?,?\s+)?"
_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?(?:[T\s]\d{1,2}:\d{2}.{0,20})?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR = re.compile(r"(\d{4})")
_EAST_ASIAN = re.compile(
    r"(?:(\d{4})|(令和|平成|昭和|大正|明治)(元|\d{1,2}))\s*[年년](?:\s*(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日일])?)?"
    r"(?:\s*[（(][^）)]{1,3}[）)])?(?:\s*\d{1,2}(?::|時)\d{2}分?)?"
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}([^\W\d_]+)\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}}){_TIME}", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?\.?\s+([^\W\d_]+)\.?,?\s+(\d{{4}}){_TIME}", re.IGNORECASE
)
_MONTH_ONLY = re.compile(r"([^\W\d_]+)\.?,?\s+(\d{4})")
# "16. April 2024", "16 de abril de 2024": a day, one word for the month, a year.
_OTHER_LANGUAGE = re.compile(r"(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]{3,12})\.?\s+(?:de\s+)?(\d{4})", re.IGNORECASE)


def read(text: str) -> str | None:
    """Return the date that the whole of `text` states, as YYYY, YYYY-MM or YYYY-MM-DD.

    None when it states none, or not surely: "04/05/2024" is April in one country and May in another,
    and the 30th of February is no day. A time of day is passed over, a time zone not applied.
    """
    text = " ".join(text.split())
    if len(text) > 60:
        return None
    return _numeric(text) or _english(text) or _foreign(text)


def _numeric(text: str) -> str | None:
    if found := _ISO.fullmatch(text):
        return _iso(found[1], found[3], found[4])
    if found := _COMPACT.fullmatch(text):
        return _iso(found[1], found[2], found[3])
    if found := _YEAR.fullmatch(text):
        return _iso(found[1])
    if found := _EAST_ASIAN.fullmatch(text):
        year = found[1] or str(_ERAS[found[2]] + (1 if found[3] == "元" else int(found[3])))
        return _iso(year, found[4], found[5])
    return None


def _english(text: str) -> str | None:
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _MONTH_ONLY.fullmatch(text):
        month, day, year = found[1], None, found[2]
    else:
        return None
    number = month_number(month)
    return _iso(year, number, day) if number else None


def _foreign(text: str) -> str | None:
    """Let dateparser translate the month; day and year must be the ones written: nothing is guessed."""
    found = _OTHER_LANGUAGE.fullmatch(text)
    if not found:
        return None
    day, month, year = found.groups()
    # dateparser 1.5 reads "16 now 2024" as the 16th of this month, by the clock: a word that alone means
    # a day is no month.
    if month_number(month) or dateparser.parse(month, settings={"REQUIRE_PARTS": ["day"]}):
        return None
    answer = dateparser.parse(
        f"{int(day)} {month} {year}",
        settings={
            "STRICT_PARSING": True,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
        },
    )
    if answer is None or (answer.day, answer.year) != (int(day), int(year)):
        return None
    return str(PartialDate.of(answer))


def _iso(year: str, month: str | int | None = None, day: str | int | None = None) -> str | None:
    try:
        stated = PartialDate(int(year), *(int(part) for part in (month, day) if part))
    except ValueError:
        return None
    # Narrower than what texts speak of, on purpose: a line of four digits may be anything but a year of print.
    return str(stated) if 1500 <= stated.year <= 2199 else None
