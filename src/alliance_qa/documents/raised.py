"""What stands raised behind a word or a figure: the mark of a note, or a part of what is said.

The one judge of all readers. A reader that knows the notes of its file decides about what can be either.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from alliance_qa.documents.characters import TO_FLAT, TO_RAISED

WRITTEN = re.compile(r"(?<=[^\s⁰¹²³⁴-⁹⁻])[⁻]?[⁰¹²³⁴-⁹]+(?:[,⸴˒][⁰¹²³⁴-⁹]+)*")
"""Digits that are raised by themselves, as Unicode has them, behind what is said."""
SUPERSCRIPTS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")

# One to three digits, as notes are counted; letters as tables and affiliations have them; signs.
_ONE = r"(?:\d{1,3}|[a-z]|[ivx]{2,5}|[*†‡§¶‖#☨\ue000-\uf8ff]+)"
_MARK = re.compile(rf"[\[(]?\s*{_ONE}(?:(?:\s*[,;–-]\s*|\s+){_ONE})*\s*[\])]?[.,;]?|\[[^\[\]]{{1,40}}\]")
_SIGNED = re.compile(r"[+−–⁻-]\s?\d{1,2}|\d{1,2}[+−–-]|\d+[./]\d+")
_NUMBER = re.compile(r"\d{1,3}")
_TEN = re.compile(r"(?<![\d.,$€£¥])10$")
# What bears a square or a cube: a unit behind a figure, one that is no word, and units written out.
_UNIT = re.compile(
    r"(?:\d\s?|/\s?|\bper\s)(?:[kcdmµμn]?m|ft|yd|mi|in|s|sec)\.?$|(?<![^\W_])(?:[kcdmµμn]m|ft|yd|[kcm]?met(?:re|er)s?)\.?$"
)
_VARIABLE = re.compile(r"(?<![\w'’.,$€£¥%-])[B-Zb-z]$")
_TERM = re.compile(r"(?:=\s?[A-Za-z]{1,3}|[=+−×*/·^]\s*\w{1,3}|\([^()]*[=+−×*/·^][^()]*\)|(?<![A-Z])CO)$")
_SYMBOL = re.compile(r"(?:He?|[A-Z][a-z]?)(?![a-z])")
_ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|ème|[oaº]")
UP = TO_RAISED | str.maketrans("aeinokx", "ªᵉⁱⁿºᵏˣ")


class Reading(Enum):
    """What raised letters are."""

    MARK = auto()
    TEXT = auto()
    EITHER = auto()  # a power more likely than a note


def judge(before: str, raised: str, after: str = "") -> Reading:
    """Return what is raised: "4" behind "$320" or "treaty" is a mark, and so are "[4]", "3, 5", "*"; "st" is text.

    Args:
        before: What stands before it on its line, at least the last word.
        raised: What is raised, without markup.
        after: What follows directly, a blank included.
    """
    mark, last = raised.translate(TO_FLAT).strip(), before.rstrip()
    if not _MARK.fullmatch(mark) or _SIGNED.fullmatch(mark):
        return Reading.TEXT
    if not last or (before != last and re.match(r"\w", after)):  # the note's own number, an isotope
        return Reading.TEXT if not last or _SYMBOL.match(after) else Reading.MARK
    if mark[0].isalpha():
        is_behind = re.search(r"[^\W\d]{3}$|[^\W\d]\.$|\d{2}$|[.,;)%\"”’]$", last) is not None
        return Reading.MARK if is_behind else Reading.TEXT
    if not _NUMBER.fullmatch(mark) or len(mark) > 2:
        return Reading.MARK
    if _TERM.search(last):
        return Reading.TEXT
    is_power = _TEN.search(last) or _VARIABLE.search(last) or (mark in ("2", "3") and _UNIT.search(last))
    return Reading.EITHER if is_power else Reading.MARK


def as_read(before: str, raised: str, after: str = "") -> str | None:
    """Return what is raised as a part of the text, or None where it is the mark of a note; see `judge`."""
    return None if judge(before, raised, after) is Reading.MARK else as_written(before, raised)


def as_written(before: str, raised: str) -> str:
    """Return raised letters that are no mark as one reads them: "km²", "10⁶", "21st"."""
    if _ORDINAL.fullmatch(raised) or not before.strip():
        return raised
    return raised.translate(TO_RAISED) if re.fullmatch(r"[+−–-]?\s?\d+", raised) else raised
