"""Signs that are no letters: of symbol fonts, raised and lowered ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from mammoth.docx.dingbats import dingbats

from alliance_qa.documents.characters import TO_LOWERED, TO_RAISED

_FONTS = {font for font, _ in dingbats}
_PRIVATE = range(0xF020, 0xF100)  # where Word puts the letters of a symbol font
# Of the many arrows and ticks of these fonts the plain one of the same meaning, as everybody types and finds it.
_ARROWS = {"LEFT RIGHT": "↔", "RIGHTWARDS": "→", "LEFTWARDS": "←", "UPWARDS": "↑", "DOWNWARDS": "↓"}
_TICKS = {"🗸": "✓", "🗴": "✗", "🗵": "☒", "🗶": "✗", "🗷": "☒", "🗹": "☑"}
_UP = TO_RAISED | str.maketrans("=()ni", "⁼⁽⁾ⁿⁱ")
_DOWN = TO_LOWERED | str.maketrans("=()", "₌₍₎")


def is_symbol_font(font: str) -> bool:
    """Whether a font draws signs where others have letters: Symbol, Wingdings 1 to 3, Webdings."""
    return font in _FONTS


def sign(font: str, code: int) -> str:
    """Return the Unicode sign for a place in a symbol font: ± for 0xB1 or 0xF0B1 of Symbol.

    A place that the font's table does not have keeps its own character.

    Source: the tables of mammoth, checked against the fonts' own.
    """
    place = code - 0xF000 if code in _PRIVATE else code
    known = dingbats.get((font, place))
    if known is not None:
        return _plain(chr(known))
    return chr(code) if 0 < code < 0x110000 else ""


def _plain(char: str) -> str:
    called = unicodedata.name(char, "")
    if "ARROW" in called and char > "\uffff":
        return next((arrow for way, arrow in _ARROWS.items() if way in called), char)
    return _TICKS.get(char, char)


def unicode_text(text: str, font: str) -> str:
    """Return a text of a symbol font in Unicode: "a" of Symbol is "α". Blanks stay."""
    return "".join(char if char.isspace() else sign(font, ord(char)) for char in text)


def raised(text: str) -> str:
    """Return a raised text: "6" as "⁶", so that 10⁶ is not 106; what has no raised form as it is ("th")."""
    return _shifted(text, _UP)


def lowered(text: str) -> str:
    """Return a lowered text: "2" as "₂"; what has no lowered form as it is."""
    return _shifted(text, _DOWN)


def _shifted(text: str, forms: Mapping[int, int]) -> str:
    return text.translate(forms) if all(ord(char) in forms for char in text) else text
