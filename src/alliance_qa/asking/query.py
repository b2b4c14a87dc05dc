"""A question taken apart and embedded, once: its words, names and numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_qa.domain import Filters
from alliance_qa.ports import Vectors
from alliance_qa.text.terms import STOP_WORDS, terms, words

LONGEST_FORM = 300
"""Characters. A longer question is neither about the documents nor a comparison: no pattern of these looks at it."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question that stands alone, with all that is known of it. Terms are stems, see `terms`."""

    text: str
    vector: Vectors  # its embedding, shape (dimension,), unit length; zeros when the model cannot read it
    filters: Filters  # which documents may be found and cited
    terms: tuple[str, ...]  # in order; one that the question repeats counts each time
    names: tuple[str, ...]  # terms of names: capitalised within the sentence, or abbreviations
    numbers: tuple[str, ...]  # digits as they stand: "2015", "110"

    @property
    def is_readable(self) -> bool:
        """Whether the embedding model can read it; otherwise it is found and answered by its words alone."""
        return bool(self.vector.any())


# A question's first word is capitalised whatever it is.
_NAME = re.compile(r"(?<![.?!]\s)(?<!^)(?<![“\"'‘(])\b(?:[A-Z][\w’'&.-]*|\w*[A-Z]\w*)")
_ABBREVIATION = re.compile(r"\b(?:[A-Z]{2,}\w*|(?:[A-Z]\.){2,}|[A-Za-z]*\d+[A-Za-z]+)")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,.]*(?<![,.])")


def analyse(text: str, vector: Vectors, filters: Filters = Filters()) -> Query:
    """Take a question apart.

    A question without any lower-case letter, or typed all in lower case, has no names
    that its letters could show.

    Args:
        text: What is asked.
        vector: Its embedding, shape (dimension,), as `models.readable` gives it.
        filters: Which documents it is asked of.
    """
    shown = text if any(c.islower() for c in text) else text.lower()
    numbers = tuple(dict.fromkeys(_NUMBER.findall(shown)))
    named = [match.group() for pattern in (_NAME, _ABBREVIATION) for match in pattern.finditer(shown.strip())]
    names = [term for name in named for term in terms(name) if not term.isdigit()]
    return Query(
        text=text,
        vector=vector,
        filters=filters,
        terms=tuple(terms(text)),
        names=tuple(dict.fromkeys(names)),
        numbers=numbers,
    )


def is_clear(text: str) -> bool:
    """Whether the text holds any word that could be looked for."""
    return any(word not in STOP_WORDS and any(c.isalpha() for c in word) for word in words(text))
