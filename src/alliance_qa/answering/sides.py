"""Answers to comparisons: the best sentence for each side."""

from __future__ import annotations

from alliance_qa.answering import answerability, citations
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.content import weigh
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import nearest
from alliance_qa.asking import comparison
from alliance_qa.asking.query import Query, analyse
from alliance_qa.domain import Span


def draft(query: Query, collection: Collection) -> Draft | None:
    """Return the best sentence for each part of a comparison; None unless it is one and every part is answered."""
    parts = comparison.parts(query.text)
    chosen: dict[tuple[str, Span], Evidence] = {}
    least = 1.0
    for part, vector in zip(parts, collection.embedder.embed_questions(parts) if parts else (), strict=True):
        side = analyse(part, vector, query.filters)
        ranked = weigh(side, nearest(side, collection), collection)
        reason, confidence = answerability.decide(ranked[0] if ranked else None, collection.operating_point)
        if reason is not None:
            return None
        least = min(least, confidence)
        chosen[ranked[0].passage.document_id, ranked[0].span] = ranked[0]
    if not chosen:
        return None
    document = collection.corpus.document
    cited = tuple(
        citations.cite(document(e.passage.document_id), e.span, number=number, passage_id=e.passage.id)
        for number, e in enumerate(chosen.values(), 1)
    )
    return Draft(cited, None, least)
