"""Marks that point to notes: raised numbers, letters and signs, no part of the word or figure before them."""

from __future__ import annotations

import re

from alliance_qa.documents.characters import TO_FLAT, TO_RAISED

# One to three digits, as notes are counted; letters as tables and affiliations have them; signs.
_ONE = r"(?:\d{1,3}|[a-z]|[*†‡§¶‖#\ue000-\uf8ff]+)"
_MARK = re.compile(rf"[\[(]?{_ONE}(?:(?:\s*[,;–-]\s*|\s+){_ONE})*[\])]?[,;]?")
_SIGNED = re.compile(r"[+−–-]\s?\d{1,2}")
_NUMBER = re.compile(r"\d{1,2}")
_UNIT = re.compile(r"(?:\d\s?|/\s?|\bper\s)(?:[kcdmμ]?m|ft|yd|mi|in|s)$|(?<![^\W_])[kcdm]m$")
_TEN = re.compile(r"(?<![\d.,$€£¥])10$")
_VARIABLE = re.compile(r"(?<![\w'’-])[b-zR]$|=\s?[A-Za-z]{1,3}$")
_ORDINAL = re.compile(r"st|nd|rd|th|er|re|e|ème|[oaº]")

SUPERSCRIPTS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def is_mark(before: str, raised: str, after: str = "") -> bool:
    """Tell whether raised letters point to a note, and are no power, ordinal or sign of their own.

    Args:
        before: The text up to them, on their line.
        raised: The letters.
        after: What follows directly, a blank included.
    """
    mark, last = raised.translate(TO_FLAT).strip(), before.rstrip()
    if not last or not _MARK.fullmatch(mark):
        return False
    if before != last and re.match(r"\w", after):
        return False  # of the letters that follow, as that of an isotope
    if mark[0].isalpha():
        return re.search(r"[^\W\d]{3}$|[^\W\d]\.$|\d{2}$|[.,;)%\"”’]$", last) is not None
    return not _is_power(last, mark)


def as_written(before: str, raised: str) -> str:
    """Return raised letters that are no mark as one reads them: "km²", "10⁶", "21st"."""
    if _ORDINAL.fullmatch(raised) or not before.strip():
        return raised
    return raised.translate(TO_RAISED) if re.fullmatch(r"[+−–-]?\s?\d+", raised) else raised


def _is_power(last: str, mark: str) -> bool:
    if _SIGNED.fullmatch(mark):
        return True
    if not _NUMBER.fullmatch(mark):
        return False
    is_square = mark in ("2", "3") and (_UNIT.search(last) or _VARIABLE.search(last))
    return bool(is_square or _TEN.search(last))
