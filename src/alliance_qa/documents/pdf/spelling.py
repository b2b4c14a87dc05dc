"""The spelling of words that a line end divides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from alliance_qa.documents.characters import is_spaceless

_LONGEST_WORD = 80
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
# A soft hyphen (U+00AD) at a line's end is seen.
_DIVIDED = re.compile("([\\w.'’\u2010\u00ad-]*[\\w.])[-\u2010\u00ad]$")


def hyphenated(lines: Iterable[str]) -> frozenset[str]:
    """Return the words, in lower case, that the lines write with a hyphen of their own."""
    return frozenset(word for line in lines for word in _WORD.findall(line.casefold()) if "-" in word)


def join(lines: Sequence[str], known: frozenset[str]) -> str:
    """Return the lines of a block as running text, divided words made whole.

    `known` are the words that keep their hyphens.
    """
    text = lines[0]
    for line in lines[1:]:
        text = _joined(text, line, known)
    return " ".join(text.replace("\u00ad", "").split())


def _joined(before: str, after: str, known: frozenset[str]) -> str:
    divided = _DIVIDED.search(before[-_LONGEST_WORD:])
    if divided:
        return (before if _keeps_hyphen(divided[1], after, known) else before[:-1]) + after
    if before.endswith("/") or re.search(r"[^ ][–—]$", before[-2:]):
        return before + after
    is_unspaced = is_spaceless(before[-1]) and is_spaceless(after[0])
    return before + after if is_unspaced else f"{before} {after}"


def _keeps_hyphen(left: str, after: str, known: frozenset[str]) -> bool:
    """Tell whether the hyphen at a line's end belongs to the word.

    It does in "U.S.-" / "Japan" and "hub-and-" / "spoke", and where the document
    writes the word with a hyphen elsewhere: "host-" / "nation".
    """
    right = _WORD.match(after)
    if right is None or not right[0][0].islower() or not left.isalpha():
        return True
    return f"{left}-{right[0]}".casefold() in known
