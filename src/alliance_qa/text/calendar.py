"""The calendar as English texts write it: which numbers are years, how months and weekdays are called.

The parts are for patterns of other modules. None holds a group of its own; what capitals tell ("May" is a
month, "may" is none) they tell whatever the flags of the pattern they stand in.
"""

from __future__ import annotations

from alliance_qa.text.function_words import FUNCTION_WORDS

MONTHS = tuple("January February March April May June July August September October November December".split())
WEEKDAYS = tuple("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())

_SHORT = tuple("Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec".split())  # May has no shorter name
_NUMBERS = {name.lower(): at for at, name in enumerate(MONTHS, start=1)}
_NUMBERS |= {short.lower(): at for short in _SHORT for at, name in enumerate(MONTHS, start=1) if name[:3] == short[:3]}


def month_number(name: str) -> int | None:
    """Return the month that a name means, from 1, in any case; None for another word."""
    return _NUMBERS.get(name.lower())


_TYPED = rf"(?i:{'|'.join(MONTHS)})"
MONTH = rf"(?-i:{'|'.join(MONTHS)}|(?:{'|'.join(_SHORT)})\b\.?)"
"""A month by its full or its short name: "June", "Sept."."""

WEEKDAY = "(?:" + "|".join(f"{day[:3]}(?:{day[3:-3]})?(?:day)?" for day in WEEKDAYS) + ")"
"""A weekday by its full or its short name: "Tuesday", "Tues"."""

_DAY = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)"
_DAYS = rf"{_DAY}(?:(?:\s*[-–]\s*|\s+(?:and|to)\s+|,\s+(?={_DAY}\s+and\b)){_DAY})*"

DIGITS = r"(?:1\d|20)\d\d"
"""Four digits that may be a year: 1000 to 2099."""

# "$1500", "1500%", "1500-strong" and "Resolution 1373" hold no year.
_WHOLE = r"(?![\d%]|[,.]\d|-[^\W\d])"
_NUMBERED = "resolution resolutions article section paragraph page pages chapter flight directive".split()
# That it is a number is asked first: everything else here takes longer.
_START = r"(?=[12]\d{3})(?<![\w$€£¥.])(?<!\b(?i:no)\.\s)(?<!\b(?i:nos)\.\s)" + "".join(
    rf"(?<!\b(?i:{n})\s)" for n in _NUMBERED
)
# Most numbers below 1500 are figures. One is a year where it stands as years do and counts nothing.
_BEFORE = (
    "in of on by to from since until till before after around about between and year circa early late mid the its "
    "this that dated"
).split()
_COUNTED = r"(?:[a-z]\w+(?<![sui’'])s|people|men|women|troops|personnel|square|cubic|yen|feet|percent)\b"
_NO_FIGURE = rf"(?!\s+(?:(?!(?:{'|'.join(sorted(FUNCTION_WORDS))})\b)[a-z][\w-]*\s+){{0,2}}{_COUNTED})"
_PLACED = "|".join([r"^|(?<=\()|(?<=\d{4}[-–])|(?<=\bc\.\s)|(?<=['’]s\s)", *(rf"(?<=\b(?i:{w})\s)" for w in _BEFORE)])

YEAR = rf"(?:{_START}(?:(?:1[5-9]|20)\d\d|(?:{_PLACED})1[0-4]\d\d{_NO_FIGURE}){_WHOLE})"
"""A number that is a year by itself, from 1000 to 2099: "1960"; "1185" after "in", but not in "1185 soldiers"."""

_OF_MONTH = rf"{DIGITS}{_WHOLE}"
_PART = r"(?:(?:early|mid|late)[\s-]+)?"
TIME = rf"""(?=(?-i:[\dA-Zeflm]))(?<![\w$€£¥.])(?:
      (?:{MONTH})\s+{_DAYS}(?:,?\s+{_OF_MONTH})?
    | {_DAYS}\s+(?:{MONTH})(?:,?\s+{_OF_MONTH})?
    | {_PART}(?:(?:{MONTH})(?:\s+and\s+|\s+to\s+|\s*[-–]\s*))?(?:{MONTH})(?:,|\s+of)?\s+{_OF_MONTH}
    | \d{{4}}-\d\d-\d\d(?!\d)
    | {_PART}{_START}{DIGITS[:-2]}0s\b
    | (?:fiscal\s+(?:years?\s+)?)?{_PART}{YEAR}(?:[-–/]\d\d)?(?!\w)
    )"""
"""One date, month, year or decade, as precise as it is written; for a verbose pattern."""

TYPED = rf"\b(?:{_TYPED}\s+\d{{1,2}},\s+\d{{4}}|{_TYPED}\s+\d{{1,2}}\b|{_TYPED}\s+\d{{4}}|{YEAR})\b"
"""A day, a month or a year as questions have it: "june 1960". One without a year is told by its day."""
