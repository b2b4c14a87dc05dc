"""Where sentences begin and end, by sentencex.

Chosen over pysbd and syntok by the cases in tests/text/test_sentences.py: syntok knows no
Japanese, Hindi or Arabic stops and breaks after "Lt."; pysbd breaks "R-Tenn., did" and is
some hundred times slower.
"""

from __future__ import annotations

import re
import sys

import sentencex

from alliance_qa.domain import Span

# sentencex 1.0.32 panics when white space outside ASCII stands before a stop ("A\xa0. B"). A
# space of the same length in code points keeps the offsets. Drop this when it is mended.
_PLAIN_SPACES = {code: " " for code in range(128, sys.maxunicode + 1) if chr(code).isspace()}

# It also breaks "Japan-U.S." after the "U.": it knows the abbreviation as a word of its own only.
_JOINED_ABBREVIATION = re.compile(r"[-–—/‑](?=(?:[^\W\d_]\.){2,})")


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """Return the sentences of a text in order; everything but white space lies in one of them.

    Args:
        text: Any text, with line ends of any kind.
        language: A BCP 47 tag; only its first part is looked at, and an unknown one reads as English.
    """
    spans = []
    start = 0
    read = _JOINED_ABBREVIATION.sub(" ", text.translate(_PLAIN_SPACES))
    for sentence in sentencex.segment(language.split("-")[0] or "en", read):
        end = start + len(sentence)
        left = start + len(sentence) - len(sentence.lstrip())
        right = start + len(sentence.rstrip())
        if left < right:
            spans.append(Span(left, right))
        start = end
    return spans
