"""The language of a question, by py3langid, which speaks only when it is as good as sure.

Chosen over langdetect and lingua on 58 questions in 30 languages and 330 terse English ones (the cases
of tests/text/test_language.py are among them): langdetect takes "burden sharing" for German and differs from
run to run unless seeded; lingua is 96 MB and takes 17 ms a question. py3langid is 4.5 MB and takes
0.03 ms, and no English question got a probability of English below 1.6e-4, where most others do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from alliance_qa.text.terms import STOP_WORDS

# A question is in none of some languages when they have together less than this probability.
_IMPROBABLE = 1e-4
# How probable the widely written languages must be together: a list of Japanese names in Latin letters
# reads as Shona.
_PROBABLE = 0.5
# A single word may be anything.
_FEWEST_WORDS = 2

_WIDELY_WRITTEN = frozenset(
    "af az bs ca cs cy da de es et eu fi fr ga gl hr hu id is it lt lv ms mt nl nn no pl pt ro sk sl sq sr "
    "sv sw tl tr vi".split()
)
# Languages that py3langid cannot tell apart in a few words, or calls by another tag.
_KIN = (
    frozenset({"zh", "yue", "wuu"}),
    frozenset({"no", "nb", "nn", "da"}),
    frozenset({"bs", "hr", "sr", "sh"}),
    frozenset({"id", "ms"}),
    frozenset({"tl", "fil"}),
    frozenset({"he", "iw", "hbo"}),
    frozenset({"el", "grc"}),
    frozenset({"ar", "ary", "arz"}),
)
_WRITTEN_IN_HAN = frozenset({"ja", "zh", "yue", "wuu", "ko"})
_WRITTEN_IN_CYRILLIC_TOO = frozenset({"az", "bs", "sr"})

# Words that no other language of Latin letters uses often.
_ENGLISH = frozenset(
    "what when where who whom whose which why how did does the have has were been there their with from about "
    "should would could please you your".split()
)
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_LETTER_NAMES = re.compile(r"(?P<script>[A-Z]+)")


def primary(tag: str) -> str:
    """Return the language of a BCP 47 tag, without its region and script: "en" for "en-GB"."""
    return tag.partition("-")[0].lower()


def detect(text: str) -> str:
    """Return the language that a text of several words is most probably in, as a primary tag."""
    language, _ = _identifier().classify(text)
    return str(language)


def may_be(text: str, languages: Collection[str]) -> bool:
    """Whether a question may be in one of some languages. False only where that is as good as sure.

    What stays open counts for the question: one word, names alone, an English question word anywhere.

    Args:
        text: The question as typed.
        languages: Primary tags, lower case.
    """
    if foreign := "".join(foreign_words(text)):
        if {_script(c) for c in foreign if c.isalpha()} == {"CJK"}:
            return not _WRITTEN_IN_HAN.isdisjoint(languages)
        candidates = _with_kin(languages) - {"en"} - (_WIDELY_WRITTEN - _WRITTEN_IN_CYRILLIC_TOO)
        return _probability(" ".join(foreign_words(text)), candidates) >= _IMPROBABLE
    if "en" in languages and not _ENGLISH.isdisjoint(_LATIN_WORD.findall(text.lower())):
        return True
    said = _without_names(text)
    if len(said) < _FEWEST_WORDS:
        return True
    left = " ".join(said)
    return (
        _probability(left, _with_kin(languages)) >= _IMPROBABLE
        or _probability(left, _WIDELY_WRITTEN.difference(_with_kin(languages))) < _PROBABLE
    )


def is_latin(text: str) -> bool:
    """Whether a text is in Latin letters, but for a name here and there: eight of ten letters are."""
    if text.isascii():
        return True
    letters = [c for c in text if c.isalpha()]
    return 10 * sum(_script(c) == "LATIN" for c in letters) >= 8 * len(letters)


def foreign_words(text: str) -> list[str]:
    """Return the words in other letters than Latin, of a question that is not in Latin letters.

    [] for one that is: a foreign name in an English question changes nothing, and neither does a name
    or an abbreviation in Latin letters in a Japanese one. Marks of a script belong to its words.
    """
    if any(word.islower() or word.lower() in STOP_WORDS for word in _LATIN_WORD.findall(text)):
        return []
    runs = "".join(
        c if unicodedata.category(c)[0] in "LM" and _script(c) not in ("LATIN", "COMBINING") else " "
        for c in _LATIN_WORD.sub(" ", text)
    )
    return runs.split()


def _script(letter: str) -> str:
    """Return the first word of a character's name, which is its script: "CYRILLIC", "CJK"."""
    named = _LETTER_NAMES.match(unicodedata.name(letter, ""))
    return named["script"] if named else ""


def _without_names(text: str) -> list[str]:
    """Return the words that say something of the language: no names, abbreviations or numbers."""
    words = [word.strip("¿¡«»“”\"'‘’()[].,;:!?…") for word in text.split()]
    words = [word for word in words if word and not any(c.isdigit() for c in word)]
    return [
        word
        for at, word in enumerate(words)
        if not (word.isupper() and len(word) > 1) and (at == 0 or not word[0].isupper())
    ]


def _with_kin(languages: Collection[str]) -> frozenset[str]:
    return frozenset(languages).union(*(kin for kin in _KIN if not kin.isdisjoint(languages)))


def _probability(text: str, languages: Collection[str]) -> float:
    return sum(float(p) for language, p in _identifier().rank(text) if language in languages)


@cache
def _identifier() -> LanguageIdentifier:
    # Loading takes 0.4 s and 75 MB, so a command does without until the first refusal.
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
