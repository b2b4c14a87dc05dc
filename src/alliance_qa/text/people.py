"""Names of people and bodies, by their form alone."""

from __future__ import annotations

import re
from functools import lru_cache

from alliance_qa.text.calendar import MONTHS, WEEKDAYS
from alliance_qa.text.countries import COUNTRIES, ONE_NAME
from alliance_qa.text.head_nouns import HEADS
from alliance_qa.text.terms import STOP_WORDS, plain_words, words

SUFFIXES = frozenset("Jr Jr. Sr Sr. II III IV".split())
PARTICLES = frozenset(
    "al am ap auf ben bin bint da dal de degli dei del della den der des di do dos du el ibn la le lo san ter ten "
    "van vom von y zu zum zur".split()
)
"""Words of a name that are written small: "Ursula von der Leyen"."""

SMALL_PART = "(?:" + "|".join(sorted(PARTICLES - frozenset("am den do lo san ten y".split()))) + ")"
"""A pattern for one of them in running text, where the others are words of their own."""

# "Gen" and "Rep" without a stop are first names or words.
_ADDRESSES = "Professor Ambassador General Admiral Colonel Captain Senator Sir Dame".split()
_SHORT, _STOPPED = "Dr Prof Mr Mrs Ms Amb".split(), "Gen Adm Col Capt Lt Sen Rep Gov Hon Rev".split()
ADDRESSES = frozenset([*_ADDRESSES, *_SHORT, *(f"{short}." for short in _SHORT + _STOPPED)])
"""Titles of one word that stand before a name and are never a part of one."""

_ADDRESSED = frozenset(title.rstrip(".").lower() for title in ADDRESSES)
_UNPARTED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")  # kana and ideographs

_DEPARTMENTS = "Prime|Foreign|Defen[cs]e|Finance|Trade|Interior|Justice|State|Home|Cabinet|Economy"
TITLE = (
    r"(?:(?:Vice|Deputy|Acting|Under|Assistant|Chief)\s+)*"
    rf"(?:(?:{_DEPARTMENTS})\s+(?:Minister|Secretary)"
    r"|Minister(?:\s+(?:of|for)\s+(?:the\s+)?[A-Z][a-z]+(?:\s+(?:and\s+)?[A-Z][a-z]+)*?)?"
    r"|Secretary(?:[\s-]General|\s+of\s+(?:the\s+)?(?:[A-Z][a-z]+))?"
    r"|President(?:-elect)?|Premier|Chancellor|Emperor|Empress|King|Queen|Prince|Princess|Pope"
    r"|Representative|Congressman|Congresswoman|Governor|Mayor|Lieutenant\s+General|Major\s+General"
    r"|(?:Supreme\s+)?Commander|Major|Commissioner|Administrator|Chairman|Chairwoman|Speaker|Judge|Justice"
    r"|(?:[A-Z][a-z]+\s+)?(?:Agency\s+)?Director(?:[\s-]General)?|Charg[ée]\s+d['’]Affaires|(?:Special\s+)?Envoy"
    rf"|Lord|Lady|{'|'.join(_ADDRESSES)}|(?:{'|'.join(_SHORT)})\b\.?|(?:{'|'.join(_STOPPED)})\.)"
)
"""A pattern for what stands before a name and tells an office or a rank, without a group of its own."""

# Parts of the names of bodies, papers and works; May is also a name of people.
_NO_NAMES = (
    "A About Administration Advance Affairs Air Allied Allies An And Armed As Assembly Association At Authority Board "
    "Buildup Bureau By Cabinet Capability Capitol Center Central Centre Coast College Combat Commission Communist "
    "Company Consultative Cooperation Coordination Copy Corporation Corps Councillors County Defence Defense "
    "Delivered Delivery Democratic Department Desk Diplomacy Division Draft Economic Editorial Editors Embargoed "
    "Embassy Empire Fact Federal Federation Final Finance Fleet Follows Foreign Foundation Full Fund Global Good "
    "Harbor Harbour Headquarters Imperial In Indo- Indo-Pacific Institute International Joint Journal Kingdom Last "
    "Lecture Magazine Maritime Memorandum Memorial Middle Military Minister Missile Morning Mutual NATO National "
    "Naval News Newspaper Nobel Not Note Nuclear Ocean Official On Op-Ed Opinion Our Pacific Partners Party Peace "
    "Peninsula Persian Phase Plenary Post Prefecture Prepared President Press Prime Prize Protocol Provisional Public "
    "Publication Quad Radio Reciprocal Record Relations Release Remarks Reporter Republic Research Review Royal "
    "School Sea Secretary Section Security Self-Defense Senate Service Session Sheet Southeast Soviet Special Speech "
    "Squad Staff State States Station Strait Strategic Structural Studies Subic System Team Text That The Theater "
    "These They This Times Today Track Transcript Translation Trilateral Uncorrected Union United University "
    "Unofficial Verbatim Version Virginia-class Weekly What Who Why With World Writer Writers Written Yard Year "
    "Yokota"
)
NO_NAMES = frozenset(
    [
        *_NO_NAMES.split(),
        *(word.capitalize() for word in HEADS | COUNTRIES | ONE_NAME.keys()),
        *MONTHS[:4],
        *MONTHS[5:],
        *WEEKDAYS,
    ]
) - {"Israel"}
"""Words with a capital that are no part of a person's name, wherever one is looked for."""

FIRST_OF_PLACES = frozenset(
    "Abu Addis Buenos Central Cold East Eastern Free Great High Hong House Kuala Las Los New North Northern Old Open "
    "Phnom Rio South Southern Sri Supreme Tel West Western White".split()
)
"""Words that begin the name of a place or body, and no person's."""


def is_called(names: str, wanted: str) -> bool:
    """Whether a name, or a list of names, is one that is asked for.

    Every word asked for is a word of the names, and an initial beside it begins one; others may be left out, in
    any order: "Jeffrey Hornung", "J. Hornung" and "Dr. Hornung" ask for "Jeffrey W. Hornung", "Horn" and "J." do
    not. Case, accents, titles and "and" do not count, and a country goes by each of its names. Where words are
    not parted by spaces, what is asked for stands there as it is. Who is one person and who another is not told:
    in "Jane Doe, John Roe" both are called "Jane Roe".
    """
    whole, initials, has_names = _asked(wanted)
    if not whole:
        return False
    # Of many documents nearly all are somebody else's, which this tells at a tenth of the cost.
    if not has_names and names.isascii():
        folded = names.lower().replace(".", "")
        if not all(word in folded for word in whole):
            return False
    held = words(names)
    return (
        whole.issubset(held)
        and all(any(word.startswith(initial) for word in held) for initial in initials)
        and all(run in names for run in _UNPARTED.findall(wanted))
    )


@lru_cache(maxsize=64)
def _asked(wanted: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Return the words and the initials that are asked for, and whether a country is among them, of several names."""
    found = set(words(wanted)) - STOP_WORDS
    found = found - _ADDRESSED or found
    initials = frozenset(word for word in found if len(word) == 1 and word.isascii() and word.isalpha())
    whole = frozenset(found - initials)
    return whole, initials, bool(whole & COUNTRIES) or not whole.issubset(plain_words(wanted))
