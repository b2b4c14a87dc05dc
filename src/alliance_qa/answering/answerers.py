"""The answerers, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.answering import content, facts, overviews, sides
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import Candidate
from alliance_qa.asking import catalogue
from alliance_qa.asking.query import Query


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft:
    """Answer each of several questions, from the documents' facts, by an overview, or from the passages found.

    An overview of something in the documents ("main points about NATO") is given where the passages do not answer, and
    so are the documents on something where it is asked whether there are any.
    """
    known = sides.draft(query, collection) or facts.draft(query, found, collection)
    if known is not None:
        quoted = content.draft(query, found, collection) if catalogue.asks_whether(query.text) else known
        return quoted if quoted.reason is None else known
    subject = overviews.find(query, found, collection)
    if subject is None:
        return content.draft(query, found, collection)
    if overviews.is_focused(subject, query):
        quoted = content.draft(query, found, collection)
        return quoted if quoted.reason is None else overviews.draft(query, subject, collection) or quoted
    return overviews.draft(query, subject, collection) or content.draft(query, found, collection)
