"""Where sentences begin and end, by sentencex and, in English, by nupunkt beside it.

sentencex was chosen over pysbd and syntok by the cases in tests/text/test_sentences.py: syntok knows no
Japanese, Hindi or Arabic stops and breaks after "Lt."; pysbd breaks "R-Tenn., did" and is some hundred
times slower. It cuts after abbreviations that it does not know ("Amb. Emanuel", "Vol. 3") and joins over
"…", inch marks and what is quoted. nupunkt (0.8.0) knows 5,865 abbreviations, ordinary words among them
("port", "works", "York"), and cuts "the U.S. | Ambassador". Where they differ, the words around the place
decide. F1 of the 990 and 726 ends of sentences inside paragraphs of the treebanks' dev and test parts, by
`benchmarks/sentences.py` (2026-11-30):

    =========================================== ========= ======= ====
    treebank                                    sentencex nupunkt both
    =========================================== ========= ======= ====
    GUM (news, academic, speech, court, essays) 0.958     0.949   0.971
    EWT (weblogs, newsgroups)                   0.864     0.886   0.888
    =========================================== ========= ======= ====
"""

from __future__ import annotations

import re
import sys

import nupunkt
import sentencex

from alliance_qa.domain import Span

# sentencex 1.0.32 panics when white space outside ASCII stands before a stop ("A\xa0. B"). A
# space of the same length in code points keeps the offsets. Drop this when it is mended.
_PLAIN_SPACES = {code: " " for code in range(128, sys.maxunicode + 1) if chr(code).isspace()}

# Both break "Japan-U.S." after the "U.": they know the abbreviation as a word of its own only.
_JOINED_ABBREVIATION = re.compile(r"[-–—/‑](?=(?:[^\W\d_]\.){2,})")
_LAST_WORD = re.compile(r"([^\s“”\"'‘’(\[]{1,40})\.$")
_UNSPOKEN = re.compile(r"[^\W\d_aeiouy]+", re.IGNORECASE | re.ASCII)
# A sentence of Japanese or Chinese ends at a stop and the brackets that close behind it, but within no bracket, and
# not where what follows goes on about what was quoted: 「行く。」と述べた。
_STOP = re.compile(r"[。｡！？]+[」』）】〉》〕”’)]*")
_OPENS = dict(zip("」』）】〉》〕", "「『（【〈《〔", strict=True))
_GOES_ON = re.compile(
    r"(?:と(?!はいえ|ころ|りわけ|もに)|って|など|は|を|が(?!、)|に(?!、)|の(?!ち)|や(?!が)|へ|も(?!し|ち|っと)|[、，])"
)
_LONGEST_BRACKET = 300
_NEXT = re.compile(r"[\s“”\"'‘’(]*(.?)", re.DOTALL)


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """Return the sentences of a text in order; everything but white space lies in one of them.

    Args:
        text: Any text, with line ends of any kind.
        language: A BCP 47 tag; only its first part is looked at, and an unknown one reads as English.
    """
    primary = language.split("-")[0] or "en"
    read = _JOINED_ABBREVIATION.sub(" ", text.translate(_PLAIN_SPACES))
    ends = _sentencex(read, primary)
    if primary == "en":
        others = {len(read[:end].rstrip()) for _, end in nupunkt.sent_spans(read)}
        ends = {end for end in ends | others if _is_end(read, end, end in ends, end in others)}
    if stops := {m.end() for m in _STOP.finditer(read)}:
        held = _brackets(read)
        ends = {end for end in ends | stops if not any(a < end < b for a, b in held)}
        ends -= {end for end in stops if read[end - 1] in _OPENS and _GOES_ON.match(read, end)}
    spans = []
    start = 0
    for end in sorted(ends | {len(text)}):
        left = end - len(text[start:end].lstrip())
        right = start + len(text[start:end].rstrip())
        if left < right:
            spans.append(Span(left, right))
        start = end
    return spans


def _sentencex(text: str, language: str) -> set[int]:
    """Return where sentences end by sentencex, white space behind them left out."""
    ends, end = set(), 0
    for sentence in sentencex.segment(language, text):
        ends.add(end + len(sentence.rstrip()))
        end += len(sentence)
    return ends


def _brackets(text: str) -> list[tuple[int, int]]:
    """Return where brackets of Japanese open and end, those that close again within a paragraph."""
    found, opened = [], []
    for at, character in enumerate(text):
        if character in _OPENS.values():
            opened.append(at)
        elif opener := _OPENS.get(character):
            while opened and text[opened[-1]] != opener:
                opened.pop()
            if opened and at - opened[-1] <= _LONGEST_BRACKET:
                found.append((opened[-1], at + 1))
            opened = opened[:-1]
    return found


def _is_end(text: str, end: int, by_sentencex: bool, by_nupunkt: bool) -> bool:
    """Tell whether a sentence ends at a place where one of the two says so."""
    following = text[end : end + 80].lstrip()
    first = _NEXT.match(following)[1]  # type: ignore[index]  # it matches everywhere
    found = _LAST_WORD.search(text, max(0, end - 42), end)
    word = found[1] if found else ""
    if by_sentencex and by_nupunkt:  # "$3 bn. in 2020": neither knows it
        return not (first.islower() and _UNSPOKEN.fullmatch(word))
    if first.islower():
        return False
    is_short = word.istitle() and len(word) <= (4 if by_nupunkt else 3)  # "Amb.", "Lt."
    if by_nupunkt:  # "[12]" belongs to what stands before it
        return not following.startswith("[") and "." not in word and not is_short
    # A stop that nupunkt takes for one of an abbreviation; other marks it does not know, as those of Japanese.
    is_word = word.isalpha() and (len(word) == 1 or (first.isupper() and not is_short))
    return not word or is_word
