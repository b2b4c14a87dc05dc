"""Words as they are matched: folded, stemmed, without the words that every text holds."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc
import Stemmer

from alliance_qa.text.countries import COUNTRIES, LONG_NAMES, ONE_NAME
from alliance_qa.text.numerals import ROMAN

# Lucene's English stop set (bm25s has the same), then the words that make a sentence a
# question. Measured on squad2-train-part, qed-dev and covid-qa: leaving out the second
# group lifts hit@1 of BM25 by 0.02, 0.00 and 0.03.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there "
    "these they this to was will with "
    "what which who whom whose when where why how did do does has have had were been being from about".split()
)

VERSION = 3
"""Raised when the same text may have other terms, so that indexes are built again."""

_DOTTED = re.compile(r"\b(?:\w\.){2,}")  # U.S. and U.N. are one word each
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
# "Article V" and "Pillar II" are Article 5 and Pillar 2, too. "I" is a pronoun, and "v" stands between parties.
_NUMERAL = re.compile(r"\b(?<=\w\s)(?:[IVX]+|[iv]{2,})\b")
_HAN = "\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED = rf"{_HAN}\u3040-\u30ff\uac00-\ud7af"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_IS_UNSPACED, _IS_HAN = re.compile(f"[{_UNSPACED}]"), re.compile(f"[{_HAN}]")
_ASKS = re.compile("[何誰]|^(?:いつ|どこ|どの|どれ|なぜ)$")  # what, who, when, where, which, why
_VOICED = "\u3099\u309a"  # what makes が of か; another letter, and no accent


def words(text: str) -> list[str]:
    """Return the words of a text in order: case-folded, accents dropped, countries by one name.

    A Roman numeral behind a word is followed by the number in digits: "Article V" is "article v 5". Of what is written
    without spaces, Japanese, Chinese and Korean, each two characters that stand side by side are a word, as in Lucene's
    CJK analysis, and so is each Han character, old forms as the ones in use ("國" as "国").
    """
    text = _NUMERAL.sub(_with_digits, text)
    text = _POSSESSIVE.sub("", _DOTTED.sub(lambda dotted: dotted.group().replace(".", ""), text))
    folded = _folded(text)
    for country, name in LONG_NAMES:
        folded = country.sub(name, folded)
    return [ONE_NAME.get(word, word) for found in _WORD.findall(folded) for word in _units(found)]


def _units(found: str) -> list[str]:
    if not _IS_UNSPACED.match(found) or len(found) == 1:
        return [found]
    pairs = [found[at : at + 2] for at in range(len(found) - 1)]
    return pairs + _IS_HAN.findall(found)


def _with_digits(numeral: re.Match[str]) -> str:
    """Return a Roman numeral and the number that it stands for."""
    shown = numeral.group()
    number = ROMAN.get(shown.upper()) if shown != "I" else None
    return shown if number is None else f"{shown} {number}"


def plain_words(text: str) -> list[str]:
    """Return the words of a text in order, case-folded and without accents, and nothing else changed.

    What is written without spaces is taken by its characters.
    """
    return [
        word for found in _WORD.findall(_folded(text)) for word in (found if _IS_UNSPACED.match(found) else [found])
    ]


def _folded(text: str) -> str:
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in folded if c in _VOICED or not unicodedata.combining(c))
        # NFKD makes capitals of letter-like symbols and takes Hangul syllables apart.
        folded = unicodedata.normalize("NFC", folded.casefold())
        if _IS_HAN.search(folded):
            folded = _forms().convert(folded)
    return folded


@cache
def _forms() -> opencc.OpenCC:
    """Return what makes forms in use in Japan of old ones, by OpenCC's table; a sign that has no other stays."""
    return opencc.OpenCC("t2jp")


def terms(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, repeats included.

    English by Snowball (Porter, 2001); words of other scripts stay as they are. `VERSION` changes with them.
    """
    return _stem([word for word in words(text) if word not in STOP_WORDS and not _ASKS.search(word)])


def _stem(found: list[str]) -> list[str]:
    # A Stemmer is not safe to share between threads; making one costs a microsecond.
    stems: list[str] = Stemmer.Stemmer("english").stemWords(found)
    return stems


COUNTRY_TERMS = frozenset(terms(" ".join(sorted(COUNTRIES))))
"""What `terms` calls the countries and unions that it knows."""
