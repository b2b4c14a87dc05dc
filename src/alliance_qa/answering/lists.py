"""The items of a list that a sentence introduces."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import takewhile

from alliance_qa.domain import BlockKind, Document, Span
from alliance_qa.text.numerals import CARDINALS

MOST_ITEMS = 8

_OPENS = re.compile("[:\uff1a]\\W*$|\\b(?:following|as follows|below)\\W*$", re.IGNORECASE)
_WORDS = {number: word for word, number in CARDINALS.items()}


def items(document: Document, sentence: Span) -> tuple[Span, ...]:
    """Return the places of the items that a sentence introduces, in order; at most `MOST_ITEMS`, () where it does not.

    A sentence introduces a list when it ends the paragraph that stands right before it and ends with a colon or
    with "following", "as follows" or "below", or when it names as many things as the list has ("I propose three
    measures."). Whatever else stands between parts them, a heading too.

    Args:
        document: Where the sentence stands.
        sentence: Its place in the document's text.
    """
    blocks = document.blocks
    at = bisect_right(blocks, sentence.start, key=lambda block: block.span.start) - 1
    if at < 0 or blocks[at].kind is not BlockKind.PARAGRAPH or blocks[at].span.end != sentence.end:
        return ()
    listed = [block.span for block in takewhile(lambda block: block.kind is BlockKind.ITEM, blocks[at + 1 :])]
    text = sentence.of(document.text)
    return tuple(listed[:MOST_ITEMS]) if listed and (_OPENS.search(text) or _counts(text, len(listed))) else ()


def _counts(text: str, number: int) -> bool:
    """Whether a sentence holds a number of at least two, in digits or in words."""
    written = "|".join(filter(None, (str(number), _WORDS.get(number))))
    return number > 1 and re.search(rf"(?<![\w.,])(?:{written})(?![\w]|[.,]\d)", text, re.IGNORECASE) is not None
