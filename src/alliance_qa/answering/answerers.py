"""The answerers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.answering import content, facts, overviews, sides
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import Candidate
from alliance_qa.asking.query import Query


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft:
    """Answer each of several questions, from the documents' facts, by an overview, or from the passages found.

    An overview of something in the documents ("Explain Article 9") is given where the passages do not answer.
    """
    own = (
        sides.draft(query, collection)
        or facts.draft(query, found, collection)
        or overviews.draft(query, found, collection, focused=False)
    )
    if own is not None:
        return own
    quoted = content.draft(query, found, collection)
    if quoted.reason is None:
        return quoted
    return overviews.draft(query, found, collection, focused=True) or quoted
