"""The questions that one line holds: "When was it announced, and who is in it?" is two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from alliance_qa.asking import comparison, conversation
from alliance_qa.asking.query import LONGEST_FORM, is_clear
from alliance_qa.domain import Turn
from alliance_qa.text.terms import terms

MOST_PARTS = 3
_FEW = 2  # terms; with fewer a question leans on the one before

_WH = r"(?:what|which|who|whom|whose|when|where|why|how)\b"
_BEFORE_WH = r"(?:(?:about|at|by|for|from|in|on|to|under|with) )?"
# A further question follows "and", a question mark, or both: its question word comes first, or a preposition before it.
_JOINT = re.compile(rf"(?:[,;]? and|\?(?: and)?|;)\s+(?={_BEFORE_WH}{_WH})", re.IGNORECASE)
_ASKS_FOR_PERSON = re.compile(r"who\b(?!(?: is|'s) )", re.IGNORECASE)
_PERSON = re.compile(r"\b(?:he|him|his|she|her)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One of several questions."""

    said: str  # as it was typed
    question: str  # standing alone


def parts(question: str) -> tuple[Part, ...]:
    """Return the questions that a line of several is made of, in order; none for a single question.

    Each is resolved as a follow-up of those before it. One that needs an answer first ("Who led it and
    when did he die?") is not taken apart, nor is a line whose first part asks for nothing by itself
    ("how and why").
    """
    text = " ".join(question.replace("’", "'").split()).rstrip(" ?!.")
    if len(text) > LONGEST_FORM:
        return ()
    said = [part.strip(" ,;?") for part in _JOINT.split(text)]
    if not 2 <= len(said) <= MOST_PARTS or not terms(said[0]) or len(said[0].split()) < 3:
        return ()
    if _ASKS_FOR_PERSON.match(said[0]) and any(_PERSON.search(part) for part in said[1:]):
        return ()
    whole = [said[0]]
    for part in said[1:]:
        alone = conversation.resolve(part, [Turn("user", before) for before in whole])
        # "and why?", "and when did Kishida?"
        whole.append(f"{part} ({whole[0]})" if alone == part and len(terms(part)) < _FEW else alone)
    if any(part.endswith(f"({before})") for before, part in pairwise(whole)):
        known = comparison.parts(text)  # which puts the verb that was left out
        whole = list(known) if len(known) == len(whole) else whole
    return tuple(map(Part, said, whole)) if all(map(is_clear, whole)) else ()
