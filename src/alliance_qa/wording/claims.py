"""What a sentence claims, token by token: its numbers, names, negations, modals, bounds and conditions, in English.

Closed classes only: what is in none of them is content, and content is compared by its words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from alliance_qa.text import calendar
from alliance_qa.text.function_words import FUNCTION_WORDS
from alliance_qa.text.terms import COUNTRY_TERMS, STOP_WORDS, terms


class Mark(StrEnum):
    """What a word does to a claim."""

    NOT = "not"
    MAY = "may"
    MUST = "must"
    SHALL = "shall"
    SHOULD = "should"
    WILL = "will"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    MORE = "more than"
    LESS = "less than"
    ABOUT = "about"
    EXACTLY = "exactly"
    ONLY = "only"
    ALL = "all"
    SOME = "some"
    MOST = "most"
    UNLESS = "unless"  # an exception
    IF = "if"  # a condition


MODALS = frozenset({Mark.MAY, Mark.MUST, Mark.SHALL, Mark.SHOULD, Mark.WILL})
BOUNDS = frozenset(
    {
        Mark.AT_LEAST,
        Mark.AT_MOST,
        Mark.MORE,
        Mark.LESS,
        Mark.ABOUT,
        Mark.EXACTLY,
        Mark.ONLY,
        Mark.ALL,
        Mark.SOME,
        Mark.MOST,
    }
)
CONDITIONS = frozenset({Mark.UNLESS, Mark.IF})

_NUMBER_AHEAD = (
    r"(?=\s+(?:[$€£¥]?\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty"
    r"|half|a)\b))"
)
_PHRASES: tuple[tuple[Mark, str], ...] = (
    (Mark.AT_LEAST, r"at least|no less than|not less than|no fewer than|or more|at a minimum|and more"),
    (Mark.AT_MOST, rf"at most|no more than|not more than|or less|or fewer|up to{_NUMBER_AHEAD}|further than"),
    (Mark.MORE, rf"more than|in excess of|(?:over|above){_NUMBER_AHEAD}"),
    (Mark.LESS, rf"less than|fewer than|(?:under|below){_NUMBER_AHEAD}"),
    (Mark.UNLESS, r"unless|except(?:ing)?(?: for)?|excluding|other than|apart from|save for|with the exception"),
    (Mark.IF, r"if|provided(?: that)?(?! (?:for|by|with|in)\b)|as long as|on condition|until|in principle"),
    (Mark.NOT, r"not|no longer|never|no one|no|none|nothing|nobody|neither|nor|without|non"),
    (Mark.MAY, r"may|might|can|could|possibly|possible|possibility|perhaps|allow(?:s|ed)?|permit(?:s|ted)?|able"),
    (Mark.MUST, r"must|oblige[sd]?|obliged|duty|has to|have to|had to|required to|require[sd]? (?:that|to)|needs?"),
    (Mark.SHALL, r"shall"),
    (Mark.SHOULD, r"should|ought"),
    (Mark.WILL, r"will|would"),
    (Mark.ABOUT, rf"(?:about|around|some|nearly|almost){_NUMBER_AHEAD}|approximately|roughly|on average"),
    (Mark.EXACTLY, r"exactly|precisely"),
    (
        Mark.ONLY,
        r"only|solely|merely|exclusively|alone|by (?:it|them|him|her)sel(?:f|ves)|on (?:its|their|his|her) own",
    ),
    (Mark.MOST, r"most|mostly|mainly|largely|primarily|usually|generally|limited"),
    (Mark.ALL, r"all|every|any|always|unlimited|entire|whole"),
    (Mark.SOME, r"some|several|few|certain"),
)
_MARKED = re.compile(
    "|".join(rf"(?P<m{at}>\b(?:{pattern})\b)" for at, (_, pattern) in enumerate(_PHRASES)), re.IGNORECASE
)
_NOT_ENDING = re.compile(r"(?<=\bca)n['’]?(?:not|t)\b|nnot\b|n['’]t\b", re.IGNORECASE)
_TOKEN = re.compile(
    r"\bUnited (?:States(?: of America)?|Kingdom|Nations)\b|\bEuropean Union\b|\b[A-Z]\.(?=\s[A-Z])"
    r"|(?:\b(?:[^\W\d_]\.){2,})"
    r"|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[^\W\d_]+|[.,;:!?—–()]"
)
_BOUNDARY = frozenset("but while although though whereas because whose".split())
_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_SMALL += "seventeen eighteen nineteen".split()
_VALUES = {word: float(at) for at, word in enumerate(_SMALL)}
_VALUES |= {
    word: 10.0 * at for at, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_VALUES |= {word: float(at) for at, word in enumerate(_ORDINALS, start=1)}
_VALUES |= {"thirds": 3.0, "fourths": 4.0, "quarters": 4.0, "fifths": 5.0, "half": 0.5, "seventeenth": 17.0}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XXV": 25}
# Words that join, point or stand for others; they claim nothing themselves.
_EMPTY = (
    FUNCTION_WORDS
    | STOP_WORDS
    | frozenset(
        "itself themselves himself herself own both either also there even once still thus namely according "
        "refer refers called known means".split()
    )
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a stop of a sentence."""

    start: int
    end: int
    text: str
    stem: str  # folded; "" for stops and function words
    value: float | None = None  # of a number
    is_name: bool = False  # has a capital that no sentence's beginning gives it
    mark: Mark | None = None
    is_stop: bool = False
    is_owner: bool = False  # has "'s"

    @property
    def is_content(self) -> bool:
        """Whether it claims something itself."""
        return bool(self.stem) and self.mark is None


@lru_cache(maxsize=512)
def tokens(sentence: str) -> tuple[Token, ...]:
    """Return the tokens of a sentence, in order."""
    text = unicodedata.normalize("NFKC", sentence)
    if len(text) != len(sentence):  # places are counted in the sentence
        text = sentence
    marks: dict[int, tuple[int, Mark]] = {}
    for found in _MARKED.finditer(text):
        mark = _PHRASES[next(at for at in range(len(_PHRASES)) if found[f"m{at}"])][0]
        if found.group() != "May":  # the month
            marks[found.start()] = (found.end(), mark)
    for found in _NOT_ENDING.finditer(text):
        marks[found.start()] = (found.end(), Mark.NOT)
    made: list[Token] = []
    end = 0
    for found in _TOKEN.finditer(text):
        start, stop = found.span()
        if start < end:
            continue
        inner = next((at for at in marks if start <= at < stop), None)
        if inner is not None and inner > start:  # "cannot"
            made.append(_token(text, start, inner, made))
            start = inner
        if start in marks:
            end, mark = marks[start]
            made.append(Token(start, end, text[start:end], "", mark=mark))
            continue
        end = stop
        if found.group() == "s" and text[start - 1] in "'’":
            made[-1] = replace(made[-1], is_owner=True)
            continue
        token = _token(text, start, stop, made)
        made.append(replace(token, is_owner=True) if token.stem and text[stop : stop + 2] in ("' ", "’ ") else token)
    return tuple(_joined(made))


def _token(text: str, start: int, end: int, before: list[Token]) -> Token:
    word = text[start:end]
    lower = word.casefold()
    if lower == "can" or word in ("ca", "Ca"):  # of "cannot" and "can't"
        return Token(start, end, word, "", mark=Mark.MAY)
    if len(word) == 1 and not word.isalnum():
        return Token(start, end, word, "", is_stop=True)
    if word[0].isdigit():
        return Token(start, end, word, lower, value=float(word.replace(",", "")))
    if word in _ROMAN and before and before[-1].text[:1].isupper():
        return Token(start, end, word, lower, value=float(_ROMAN[word]))
    if lower in _VALUES or (lower in _SCALES and before and before[-1].value is not None):
        return Token(start, end, word, lower, value=_VALUES.get(lower, _SCALES.get(lower)))
    month = calendar.month_number(word) if word[0].isupper() else None
    if month is not None:
        return Token(start, end, word, f"#{month}", is_name=True)
    if lower in _EMPTY and not (word.isupper() and len(word) > 1):
        return Token(start, end, word, "")
    stem = (terms(word) or [lower])[0]
    opens = not before or before[-1].text in (".", "!", "?", ":")
    is_name = word[0].isupper() and (not opens or (word.isupper() and len(word) > 1) or stem in COUNTRY_TERMS)
    return Token(start, end, word, stem, is_name=is_name)


def _joined(made: list[Token]) -> list[Token]:
    """Join the words of a number: "twenty five", "43 trillion"."""
    kept: list[Token] = []
    for token in made:
        last = kept[-1] if kept else None
        if last is not None and last.value is not None and token.value is not None and last.end + 1 == token.start:
            scale = _SCALES.get(token.text.casefold())
            tens = last.value in range(20, 100, 10) and not last.text[0].isdigit() and token.value < 10
            if scale or (tens and token.text.casefold() in _VALUES):
                value = last.value * scale if scale else last.value + token.value
                text = f"{last.text} {token.text}"
                kept[-1] = Token(last.start, token.end, text, f"{value:g}", value=value)
                continue
        kept.append(token)
    return [token if token.value is None else replace(token, stem=f"{token.value:g}") for token in kept]


def scope(found: tuple[Token, ...], at: int, most: int = 99) -> list[int]:
    """Return the places of the content that a mark at a place governs: up to the end of its clause."""
    governed: list[int] = []
    for place in range(at + 1, len(found)):
        token = found[place]
        if len(governed) == most or token.text in (";", ":", ".") or token.text.casefold() in _BOUNDARY:
            break
        if token.mark in CONDITIONS:
            break
        if token.is_content:
            governed.append(place)
    return governed
