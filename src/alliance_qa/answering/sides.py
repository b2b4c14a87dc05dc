"""Answers to several questions in one: the sides of a comparison, or "When … and who …?"."""

from __future__ import annotations

from dataclasses import replace

from alliance_qa.answering import content, facts
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import nearest
from alliance_qa.asking import comparison, compound
from alliance_qa.asking.compound import Part
from alliance_qa.asking.query import Query, analyse
from alliance_qa.domain import Citation, Span
from alliance_qa.models.readable import question_vectors


def draft(query: Query, collection: Collection) -> Draft | None:
    """Return what answers each part of a question; None unless it has several.

    A comparison needs every side. Of several questions in one each is answered by itself, and one that the
    collection does not answer is named; None when it answers none of them, so that the whole may be.
    """
    asked = compound.parts(query.text)
    sides = () if asked else tuple(Part(side, side) for side in comparison.parts(query.text))
    parts = asked or sides
    vectors = question_vectors([part.question for part in parts], collection.embedder) if parts else ()
    cited: dict[tuple[str, Span], Citation] = {}
    left: list[str] = []
    least = 1.0
    for part, vector in zip(parts, vectors, strict=True):
        side = analyse(part.question, vector, query.filters)
        found = nearest(side, collection)
        answer = facts.draft(side, found, collection) or content.draft(side, found, collection)
        if answer.reason is not None:
            left.append(part.said)
            continue
        least = min(least, answer.confidence)
        for citation in answer.citations:
            cited.setdefault((citation.document_id, citation.span), citation)
    if not cited or (sides and left):
        return None
    numbered = (replace(citation, number=number) for number, citation in enumerate(cited.values(), 1))
    return Draft(tuple(numbered), None, least, tuple(left))
