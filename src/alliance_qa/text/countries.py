"""Countries, their people and their unions: what names them in English, and the one name that each goes by.

What territories there are is Babel's (Unicode CLDR); it knows no word for their people, so those are ours.
"""

from __future__ import annotations

import re
from functools import cache

# An index holds what these make of its texts: whoever changes them builds it anew.
# Policy texts name a country in several ways; a question may use another than the text does.
LONG_NAMES = (
    (re.compile(r"\bunited states(?: of america)?\b"), "us"),
    (re.compile(r"\bunited kingdom\b|\bgreat britain\b"), "uk"),
    (re.compile(r"\bunited nations\b"), "un"),
    (re.compile(r"\beuropean union\b"), "eu"),
)
ONE_NAME = {
    "african": "africa", "america": "us", "american": "us", "americans": "us", "asian": "asia",
    "australian": "australia", "britain": "uk", "british": "uk", "canadian": "canada", "chinese": "china",
    "european": "europe", "filipino": "philippines", "french": "france", "german": "germany",
    "indian": "india", "indonesian": "indonesia", "israeli": "israel", "italian": "italy",
    "japanese": "japan", "korean": "korea", "okinawan": "okinawa", "philippine": "philippines",
    "russian": "russia", "taiwanese": "taiwan", "thai": "thailand", "ukrainian": "ukraine", "usa": "us",
    "vietnamese": "vietnam",
}  # fmt: skip
"""What `words` calls what is of a country, by the word for it; all are folded."""

COUNTRIES = frozenset((*ONE_NAME.values(), "un", "eu"))
"""The names in `ONE_NAME`, and the two unions."""

_UNIONS = frozenset({"EU", "EZ", "UN"})
_BESIDES = "soviet union|yugoslavia|czechoslovakia|czech republic|burma|turkey|hong kong|palestine".split("|")


def is_territory(name: str) -> bool:
    """Whether a name is that of a country or another territory and nothing else: "New Zealand", not "Japanese".

    Countries that are gone count, unions do not.
    """
    return name.casefold().replace(" and ", " & ") in _territories()


@cache
def _territories() -> frozenset[str]:
    from babel import Locale  # takes a tenth of a second, which processes that read files can do without

    named = Locale("en").territories.items()
    return frozenset([*_BESIDES, *(name.casefold() for code, name in named if code.isalpha() and code not in _UNIONS)])
