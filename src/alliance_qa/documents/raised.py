"""What stands raised behind a word or a figure: the mark of a note, or a part of what is said."""

from __future__ import annotations

import re

from alliance_qa.documents.characters import TO_FLAT, TO_RAISED
from alliance_qa.text.function_words import FUNCTION_WORDS

_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*")
_SIGNS = re.compile(r"[*†‡§¶#]+|[a-z]", re.IGNORECASE)
_POWER = re.compile(r"[-+−]?\d{1,2}")
_UNIT = re.compile(r"(?<![^\W\d_])[^\W\d_]{1,2}$")  # of a measure, a variable: "km", "x"
_BASE = re.compile(r"(?<![\d.,])10$")
WRITTEN = re.compile(r"(?<=[^\s⁰¹²³⁴-⁹⁻])[⁻]?[⁰¹²³⁴-⁹]+(?:[,⸴˒][⁰¹²³⁴-⁹]+)*")
"""Digits that are raised by themselves, as Unicode has them, behind what is said."""


def as_read(before: str, raised: str) -> str | None:
    """Return what is raised as a part of the text, or None where it is the mark of a note.

    "2" behind "km" is "²", "6" behind "10" is "⁶", "st" behind "1" is "st"; "4" behind "$320" or
    "treaty" is a mark, and so are "[4]", "3, 5", "*" and "a" behind a word.

    Args:
        before: What stands before it, at least the last word.
        raised: What is raised, without markup.
    """
    mark = raised.translate(TO_FLAT).strip().strip("[]()").strip()
    base = _UNIT.search(before)
    is_measure = base and base[0] not in FUNCTION_WORDS and not re.fullmatch("[A-Z]{2}", base[0])
    if _POWER.fullmatch(mark) and (is_measure or _BASE.search(before)):
        return mark.translate(TO_RAISED)
    if _NUMBERS.fullmatch(mark) or (
        _SIGNS.fullmatch(mark) and not (mark.isalpha() and (base or before[-1:].isdigit()))
    ):
        return None
    return raised
