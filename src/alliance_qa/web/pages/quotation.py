"""What the address of a document's page says of a quote, and what the page says back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance_qa.domain import Facts, Span
from alliance_qa.web.urls import Place, citation_url, parse_cited

CHANGED = "The index has changed since this was quoted; the quote is not marked."
NOWHERE = "This address names no place in this text, so nothing is marked."
EARLIER = "This is the text as it was when it was quoted. The collection has changed since."

_NUMBER = re.compile("0|[1-9][0-9]{0,9}")
_FORMS = {"start": _NUMBER, "end": _NUMBER, "index_version": re.compile("[0-9]{6,12}")}


@dataclass(frozen=True, slots=True)
class Quotation:
    """The quote that an address asks to see, and those beside it."""

    span: Span | None = None  # None: it names no place, or one that is none
    version: str | None = None  # None: the generation in use
    cited: tuple[Place, ...] = ()
    is_malformed: bool = False  # it is none that the service makes


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The citation before or after."""

    url: str
    title: str  # of its document where that is another one, else ""


@dataclass(frozen=True, slots=True)
class Position:
    """Which of an answer's citations is shown."""

    number: int  # from 1
    total: int  # at least 2
    previous: Neighbour | None
    next: Neighbour | None


def parse(query: Sequence[tuple[str, str]]) -> Quotation:
    """Read an address's query, each name and value in their order. Other names are passed over."""
    given = {name: [value for key, value in query if key == name] for name in (*_FORMS, "cited")}
    if any(given[name] and _one(given[name], form) is None for name, form in _FORMS.items()):
        return Quotation(is_malformed=True)
    start, end, version = (_one(given[name], form) for name, form in _FORMS.items())
    if start is None and end is None:
        return Quotation(version=version)
    if start is None or end is None or int(start) >= int(end):
        return Quotation(is_malformed=True)
    return Quotation(Span(int(start), int(end)), version, parse_cited(given["cited"]))


def _one(given: Sequence[str], pattern: re.Pattern[str]) -> str | None:
    return given[0] if len(given) == 1 and pattern.fullmatch(given[0]) else None


def position(document_id: str, asked: Quotation, version: str, facts: Mapping[str, Facts]) -> Position | None:
    """Return which of the citations listed is shown.

    Args:
        document_id: The document that is shown.
        asked: What was asked to see.
        version: The generation that the list is of.
        facts: The documents of that generation, by id.

    Returns:
        None where there is no list, or none that fits: it does not hold the place shown, or names a
        document that there is not.
    """
    cited = asked.cited
    if asked.span is None or len(cited) < 2 or any(place.document_id not in facts for place in cited):
        return None
    shown = Place(document_id, asked.span)
    if shown not in cited:
        return None
    at = cited.index(shown)

    def neighbour(to: int) -> Neighbour | None:
        if not 0 <= to < len(cited):
            return None
        other = cited[to].document_id
        title = facts[other].title.value if other != document_id else ""
        return Neighbour(citation_url(cited, to, version), title)

    return Position(at + 1, len(cited), neighbour(at - 1), neighbour(at + 1))
