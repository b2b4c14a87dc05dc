"""Numbers as a spreadsheet shows them, by the format codes of their cells: 0.1 in "0 %" is "10 %".

Source: ECMA-376, part 1, 18.8.30 and 18.8.31 numFmt. No well-kept library does it: openpyxl 3.1 and python-calamine 0.9
give values alone, ssf 0.2.2 is of 2020 and needs a package under the LGPL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from locale import windows_locale

from babel import Locale, UnknownLocaleError

GENERAL = "General"
_ISO_DAY = "yyyy-mm-dd"
# Those of the table in 18.8.30. What is written as the reader's own system writes dates is ISO here.
BUILT_IN = {
    **{0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"},
    **{12: "# ?/?", 13: "# ??/??", 14: _ISO_DAY, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy"},
    **{18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: f"{_ISO_DAY} h:mm"},
    **{5: '"$"#,##0;("$"#,##0)', 6: '"$"#,##0;("$"#,##0)', 7: '"$"#,##0.00;("$"#,##0.00)'},
    **{8: '"$"#,##0.00;("$"#,##0.00)', 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)"},
    **{40: "#,##0.00;(#,##0.00)", 41: '#,##0;(#,##0);"-"', 42: '"$"#,##0;("$"#,##0);"-"', 45: "mm:ss"},
    **{43: '#,##0.00;(#,##0.00);"-"', 44: '"$"#,##0.00;("$"#,##0.00);"-"', 46: "[h]:mm:ss", 47: "mm:ss.0"},
    **{48: "##0.0E+0", 49: "@"},
    # Chinese, Japanese and Korean dates.
    **dict.fromkeys([27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58], _ISO_DAY),
    **dict.fromkeys([32, 33, 34, 35, 55, 56], "h:mm:ss"),
}
_LARGEST_DAY = 2_958_466  # the first that is no date: of the year 10000
_SECONDS = 86_400
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<blank>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P|上午/下午|午前/午後)|(?P<exponent>E[+-])"
    r"|(?P<date>[ymdhsge]+)|(?P<digits>[0#?])|(?P<sign>[.,%/@])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_CURRENCY = re.compile(r"\$(?P<sign>[^-]*)(?:-(?P<locale>[0-9A-Fa-f]+))?")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?[\d.]+(?:E[+-]?\d+)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None = None
    lcid: int = 0

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)

    @property
    def is_date(self) -> bool:
        return self.has("date", "elapsed")


def shown(value: float, code: str, *, from_1904: bool = False) -> str:
    """Return a number as a cell of the format `code` shows it; "" where the format hides it.

    Names of months are in the format's language, English where it says none. Dates in the way of the reader's own
    system are in ISO 8601. A date that there is not is its number.

    Args:
        value: Finite; of a date the days since 1899-12-30.
        code: As in the file: "#,##0.00", "d mmm yyyy", "[>=100]0;0.0".
        from_1904: Whether days count from 1904-01-01.
    """
    sections = _sections(code)
    section, is_absolute = _chosen(sections, value)
    try:
        if section.is_date:
            return _tidy(_date(section, value + 1462 * from_1904))
        return _tidy(_number(section, abs(value) if is_absolute else value))
    except (ValueError, OverflowError, InvalidOperation):
        return general(value)


def text_shown(text: str, code: str) -> str:
    """Return a text as a cell of the format `code` shows it: most formats do not change it."""
    sections = _sections(code)
    last = sections[-1]
    if len(sections) == 4 or last.has("@"):
        return _tidy("".join(text if token.kind == "@" else _literal(token) for token in last.tokens))
    return text


def general(value: float) -> str:
    """Return a number as a cell without a format shows it, whole numbers with all their digits."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    written = f"{value:.10g}"
    mantissa, e, exponent = written.partition("e")
    return f"{mantissa}E{exponent}" if e else written


def _tidy(text: str) -> str:
    return " ".join(text.split())


@cache
def _sections(code: str) -> tuple[_Section, ...]:
    parts: list[list[_Token]] = [[]]
    for found in _TOKEN.finditer(code):
        kind = str(found.lastgroup)
        text = found[kind]
        if kind == "other" and text == ";":
            parts.append([])
        else:
            parts[-1].append(_Token(text if kind == "sign" else kind, text))
    return tuple(map(_section, parts[:4]))


def _section(tokens: Sequence[_Token]) -> _Section:
    kept: list[_Token] = []
    condition, lcid = None, 0
    for token in tokens:
        if token.kind != "bracket":
            kept.append(token)
        elif said := _CONDITION.fullmatch(token.text):
            condition = said[1], float(said[2])
        elif _ELAPSED.fullmatch(token.text):
            kept.append(_Token("elapsed", token.text.lower()))
        elif said := _CURRENCY.fullmatch(token.text):
            number = int(said["locale"] or "0", 16)
            if number & 0xFFFF in (0xF800, 0xF400):  # the system's own long date or time
                return _sections(_ISO_DAY if number & 0xFFFF == 0xF800 else "h:mm:ss")[0]
            lcid = number & 0xFFFF
            kept.append(_Token("quoted", said["sign"]))
    return _Section(tuple(_minutes(kept)), condition, lcid)


def _minutes(tokens: Sequence[_Token]) -> Iterator[_Token]:
    """Yield tokens with "m" beside hours or seconds as minutes."""
    tokens = [part for token in tokens for part in _split(token)]
    times = [at for at, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    for at, token in enumerate(tokens):
        if token.kind == "date" and token.text[0] == "m" and len(token.text) < 3:
            place = times.index(at)
            before = tokens[times[place - 1]].text if place else ""
            after = tokens[times[place + 1]].text if place + 1 < len(times) else ""
            if before.startswith("h") or after.startswith("s"):
                token = _Token("date", token.text.replace("m", "n"))
        yield token


def _split(token: _Token) -> Iterator[_Token]:
    if token.kind != "date":
        yield token
        return
    for found in re.finditer(r"(.)\1*", token.text.lower()):
        yield _Token("date", found[0])


def _chosen(sections: Sequence[_Section], value: float) -> tuple[_Section, bool]:
    """Return the section for a number, and whether it shows the number without its sign."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(section.condition, value):
                is_below_zero = section.condition is not None and _is_below_zero(section.condition)
                return section, value < 0 and is_below_zero
        return _Section((_Token("general", GENERAL),)), False
    if value < 0 and len(numeric) > 1:
        return numeric[1], True
    if value == 0 and len(numeric) > 2:
        return numeric[2], False
    return numeric[0], False


def _holds(condition: tuple[str, float], value: float) -> bool:
    sign, limit = condition
    return {
        "<": value < limit,
        ">": value > limit,
        "<=": value <= limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }[sign]


def _is_below_zero(condition: tuple[str, float]) -> bool:
    return condition[0] in ("<", "<=") and condition[1] <= 0


def _literal(token: _Token) -> str:
    if token.kind in ("quoted", "escaped", "other"):
        return token.text
    return " " if token.kind == "blank" else token.text if token.kind == "%" else ""


def _number(section: _Section, value: float) -> str:
    tokens = section.tokens
    if section.has("general"):
        return "".join(general(value) if token.kind == "general" else _literal(token) for token in tokens)
    if not section.has("digits"):
        literal = "".join(general(value) if token.kind == "@" else _literal(token) for token in tokens)
        return f"-{literal}" if value < 0 and literal.strip() and not section.has("@") else literal
    places = [at for at, token in enumerate(tokens) if token.kind == "digits"]
    first, last = places[0], places[-1]
    before = "".join(_literal(token) for token in tokens[:first] if token.kind != "exponent")
    core = list(tokens[first : last + 1])
    if first and tokens[first - 1].kind == ".":  # ".00"
        core.insert(0, tokens[first - 1])
    rest = list(tokens[last + 1 :])
    scale = 0
    while rest and rest[0].kind in (",", "."):
        if rest[0].kind == ",":
            scale += 1
        else:
            core.append(rest[0])
        rest.pop(0)
    after = "".join(map(_literal, rest))
    exact = Decimal(repr(value)) * Decimal(100) ** sum(token.kind == "%" for token in tokens) / Decimal(1000) ** scale
    if any(token.kind == "exponent" for token in core):
        written = _scientific(core, exact)
    elif any(token.kind == "/" for token in core):
        written = _fraction(core, exact)
    else:
        written = _decimal(core, exact)
    sign = "-" if written.startswith("-") else ""
    return f"{sign}{before}{written.removeprefix('-')}{after}"


def _decimal(core: Sequence[_Token], value: Decimal) -> str:
    point = next((at for at, token in enumerate(core) if token.kind == "."), len(core))
    whole = [token for token in core[:point] if token.kind != ","]
    decimals = core[point + 1 :]
    count = sum(token.kind == "digits" for token in decimals)
    has_groups = any(token.kind == "," for token in core[:point])
    rounded = abs(value).quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP)
    digits, _, fraction = f"{rounded:f}".partition(".")
    sign = "-" if value < 0 and rounded else ""
    return sign + _whole(whole, digits, has_groups) + ("." if point < len(core) else "") + _after(decimals, fraction)


def _whole(places: Sequence[_Token], digits: str, has_groups: bool) -> str:
    """Return the digits before the point, those of a mask such as 000-0000 between its signs."""
    slots = sum(token.kind == "digits" for token in places)
    least = sum(token.text == "0" for token in places)
    digits = "" if digits == "0" else digits
    padded = digits.rjust(max(least, 0), "0")
    if all(token.kind == "digits" for token in places):
        blanks = max(sum(token.text in "0?" for token in places) - len(padded), 0)
        return " " * blanks + (f"{int(padded):,}".rjust(len(padded), "0") if has_groups and padded else padded)
    written = []
    rest = padded.rjust(slots, " ")
    ahead, rest = rest[: len(rest) - slots], rest[len(rest) - slots :]
    for token in places:
        if token.kind == "digits":
            written.append(ahead + rest[:1])
            ahead, rest = "", rest[1:]
        else:
            written.append(_literal(token))
    return "".join(written).strip()


def _after(places: Sequence[_Token], digits: str) -> str:
    written, at = [], 0
    for token in places:
        if token.kind == "digits":
            is_last = not digits[at:].strip("0")
            written.append(
                "" if token.text == "#" and is_last else " " if token.text == "?" and is_last else digits[at]
            )
            at += 1
        else:
            written.append(_literal(token))
    return "".join(written)


def _scientific(core: Sequence[_Token], value: Decimal) -> str:
    at = next(at for at, token in enumerate(core) if token.kind == "exponent")
    mantissa, power = core[:at], core[at + 1 :]
    point = next((at for at, token in enumerate(mantissa) if token.kind == "."), len(mantissa))
    step = max(sum(token.kind == "digits" for token in mantissa[:point]), 1)
    count = sum(token.kind == "digits" for token in mantissa[point + 1 :])
    exponent = (value.adjusted() // step) * step if value else 0
    if abs(value).scaleb(-exponent).quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP) >= 10**step:
        exponent += step
    sign = "-" if exponent < 0 else "+" if core[at].text[1] == "+" else ""
    least = sum(token.text == "0" for token in power)
    return f"{_decimal(mantissa, value.scaleb(-exponent))}E{sign}{abs(exponent):0{max(least, 1)}}"


def _fraction(core: Sequence[_Token], value: Decimal) -> str:
    at = next(at for at, token in enumerate(core) if token.kind == "/")
    below = "".join(token.text for token in core[at + 1 :] if token.kind in ("digits", "other", "escaped"))
    has_whole = any(token.kind in ("other", "blank", "escaped") and token.text.isspace() for token in core[:at])
    size = abs(Fraction(value))
    whole = int(size) if has_whole else 0
    part = size - whole
    if below.strip().isdigit() and int(below):
        near = (round(part * int(below)), int(below))
    else:
        limited = part.limit_denominator(10 ** len(below.strip()) - 1)
        near = limited.numerator, limited.denominator
    if near[0] == near[1] and has_whole:
        whole, near = whole + 1, (0, 1)
    sign = "-" if value < 0 and (whole or near[0]) else ""
    if has_whole and not near[0]:
        return f"{sign}{whole}"
    return f"{sign}{f'{whole} ' if whole else ''}{near[0]}/{near[1]}"


def _date(section: _Section, serial: float) -> str:
    if not 0 <= serial < _LARGEST_DAY:
        raise ValueError(serial)
    tokens = section.tokens
    decimals = _second_decimals(tokens)
    seconds = Decimal(repr(serial)) * _SECONDS
    seconds = seconds.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    day, of_day = divmod(seconds, _SECONDS)
    # Day 60 is the 29th of February 1900, which was none.
    when = datetime(1899, 12, 31) + timedelta(int(day) - (day > 60))
    hour, minute, second = int(of_day // 3600), int(of_day // 60 % 60), of_day % 60
    has_half = section.has("half")
    names = _names(section.lcid)
    written: list[str] = []
    for at, token in enumerate(tokens):
        text = token.text
        if token.kind == "elapsed":
            total = {"h": seconds // 3600, "m": seconds // 60, "s": seconds // 1}[text[0]]
            written.append(f"{int(total):0{len(text)}}")
        elif token.kind == "half":
            written.append(("AM" if hour < 12 else "PM")[: len(text) // 2] if text.isascii() else f"{hour // 12}")
        elif token.kind == "date":
            written.append(_part(text, when, hour % 12 or 12 if has_half else hour, minute, int(second), names))
        elif token.kind == "." and at and tokens[at - 1].text[:1] in ("s", "S"):
            written.append("." if decimals else "")
        elif token.kind == "digits":
            written.append(f"{second % 1:.{decimals}f}"[2:] if written[-1:] == ["."] else "")
        else:
            written.append(token.text if token.kind in (".", ",", "/") else _literal(token))
    return "".join(written)


def _second_decimals(tokens: Sequence[_Token]) -> int:
    return min(sum(token.kind == "digits" for token in tokens), 6)


def _part(text: str, when: datetime, hour: int, minute: int, second: int, names: _Names) -> str:
    letter, count = text[0], len(text)
    match letter:
        case "y" | "e" | "g":
            return "" if letter == "g" else f"{when.year:04}" if count > 2 or letter == "e" else f"{when.year % 100:02}"
        case "m":
            if count == 5:
                return names.months[when.month - 1][:1]
            long = names.months if count == 4 else names.short_months
            return f"{when.month:0{count}}" if count < 3 else long[when.month - 1]
        case "d":
            long = names.days if count > 3 else names.short_days
            return f"{when.day:0{count}}" if count < 3 else long[when.weekday()]
        case "h":
            return f"{hour:0{min(count, 2)}}"
        case "n":
            return f"{minute:0{min(count, 2)}}"
    return f"{second:0{min(count, 2)}}"


@dataclass(frozen=True, slots=True)
class _Names:
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    days: tuple[str, ...]  # from Monday
    short_days: tuple[str, ...]


@cache
def _names(lcid: int) -> _Names:
    try:
        found = Locale.parse(windows_locale.get(lcid, "en_US"))
    except (ValueError, UnknownLocaleError):
        found = Locale("en")
    months, days = found.months["format"], found.days["format"]
    return _Names(
        *(tuple(months[width][at] for at in range(1, 13)) for width in ("wide", "abbreviated")),
        *(tuple(days[width][at] for at in range(7)) for width in ("wide", "abbreviated")),
    )
