"""URLs of the pages of documents, in which a quote's place and its neighbours are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from alliance_qa.domain import Span

MOST_CITED = 50
"""How many citations a list in an address may hold. An answer with more has links without a list."""

NORMAL_SCALE = 2
"""In how many pixels a point a page is drawn where nobody asks for more."""

_PLACE = re.compile(r"(0|[1-9][0-9]{0,9})-([1-9][0-9]{0,9})-([^\x00-\x20\x7f]{1,255})")


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of one document's text."""

    document_id: str
    span: Span


def document_url(document_id: str) -> str:
    """Return the path of a document's page."""
    return f"/documents/{quote(document_id, safe='')}"


def page_url(document_id: str, page: int, version: str, scale: int = NORMAL_SCALE) -> str:
    """Return the path of the picture of a page of a document's file, as it was in a generation."""
    query = urlencode([("index_version", version), *[("scale", scale)] * (scale != NORMAL_SCALE)])
    return f"/v1/documents/{quote(document_id, safe='')}/pages/{page}?{query}"


def citation_url(citations: Sequence[Place], index: int, version: str) -> str:
    """Return the path at which one quote of an answer is lit in its document.

    Args:
        citations: All that the answer cites, in its order. Its page links to the ones before and
            after; one alone, or more than `MOST_CITED`, are not listed.
        index: Which of them, from 0.
        version: The generation that was quoted.
    """
    place = citations[index]
    listed = citations if 1 < len(citations) <= MOST_CITED else ()
    query = [
        ("start", place.span.start),
        ("end", place.span.end),
        ("index_version", version),
        *(("cited", f"{c.span.start}-{c.span.end}-{c.document_id}") for c in listed),
    ]
    return f"{document_url(place.document_id)}?{urlencode(query)}#quote"


def parse_cited(values: Sequence[str]) -> tuple[Place, ...]:
    """Return the list that `citation_url` wrote as `cited`, each value `START-END-DOCUMENT`.

    Returns:
        The places in their order; none at all when any of them is malformed or there are too many.
    """
    if len(values) > MOST_CITED:
        return ()
    found = []
    for value in values:
        match = _PLACE.fullmatch(value)
        if not match or int(match[1]) >= int(match[2]):
            return ()
        found.append(Place(match[3], Span(int(match[1]), int(match[2]))))
    return tuple(found)
