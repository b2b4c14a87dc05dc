"""The answerers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.answering import content, facts, overviews, sides
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import Candidate
from alliance_qa.asking.query import Query


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft:
    """Answer from the documents' facts, by the sides of a comparison, by an overview, or from the passages found."""
    return (
        facts.draft(query, found, collection)
        or sides.draft(query, collection)
        or overviews.draft(query, found, collection)
        or content.draft(query, found, collection)
    )
