"""The characters a document's text may hold, and how its lines are put together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# CR LF, CR, vertical tab, form feed, next line, line and paragraph separator (Unicode UAX 14, class BK).
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACE_CONTROL = re.compile("[\t\x1c-\x1f]")
# Control characters, lone surrogates, and marks that are not seen but split a word for every
# search: soft hyphen, zero width space, word joiner, byte order mark. Joiners (U+200C, U+200D) stay:
# Persian and several Indic scripts are spelled with them.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x9f\ud800-\udfff\u00ad\u200b\u2060\ufeff]")
_WORD_HYPHEN = re.compile(r"[\w.]-$")
_WIDE = frozenset("WF")
# Letters that are printed as one: "ﬁrst" is the word "first".
_LIGATURES = str.maketrans(dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True)))

TO_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
"""Figures and signs as Unicode raises them, so that 10⁶ is not 106; for `str.translate`."""
TO_LOWERED = str.maketrans("0123456789+-−–", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋")
"""The same lowered."""
TO_FLAT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
"""Raised ones as plain ones."""

_BROKEN = re.compile(r"(?<=(\S))[ \t]*\n\s*(?=(\S))")


def clean(text: str) -> str:
    """Return `text` with "\\n" as its only line end and only control character."""
    text = _LINE_END.sub("\n", text)
    text = text if text.isascii() else text.translate(_LIGATURES)
    return _UNSEEN.sub("", _SPACE_CONTROL.sub(" ", text))


def one_line(text: str) -> str:
    """Return `text` as one clean line: white space of any kind becomes single spaces, none at the ends.

    A line end between characters that are written without spaces is none, as CSS has it (Text Level 3, 4.1.2).
    """
    text = clean(text)
    if "\n" in text and not text.isascii():
        text = _BROKEN.sub(lambda broken: "" if all(map(is_spaceless, broken.groups())) else " ", text)
    return " ".join(text.split())


def is_wide(char: str) -> bool:
    """Whether `char` takes two columns, as Chinese, Japanese and Korean characters do.

    Source: Unicode UAX 11, East Asian Width.
    """
    return unicodedata.east_asian_width(char) in _WIDE


def is_spaceless(char: str) -> bool:
    """Whether `char` belongs to a script written without spaces between words: Chinese, Japanese."""
    return is_wide(char) and not "\uac00" <= char <= "\ud7a3"


def columns(text: str) -> int:
    """Return how many columns of a fixed-width page `text` takes."""
    if text.isascii():
        return len(text)
    return sum(2 if is_wide(char) else 1 for char in text)


def join(lines: Iterable[str]) -> str:
    """Return the lines of one paragraph as one.

    No space comes between Chinese or Japanese characters, nor after a hyphen that ends a word;
    the hyphen stays, because only a dictionary knows whether it belongs to the word.
    """
    pieces: list[str] = []
    for line in lines:
        if line:
            pieces.extend([_between(pieces[-1], line) if pieces else "", line])
    return "".join(pieces)


def _between(left: str, right: str) -> str:
    if is_spaceless(left[-1]) and is_spaceless(right[0]):
        return ""
    return "" if _WORD_HYPHEN.search(left[-2:]) and right[0].isalpha() else " "
