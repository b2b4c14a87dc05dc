"""Answers from what the documents say: the sentences of the nearest passages, and whether they answer."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.answering import answerability, citations, evidence, highlight, lists
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import FOUND, WEIGHED, Candidate, closest
from alliance_qa.asking.query import Asks, Query
from alliance_qa.domain import Citation, Document, Passage, Span
from alliance_qa.ports import Corpus

# From here on the reader's short answer is highlighted where the question's form names no kind of answer.
# Of 23 such highlights on the tuning and calibration questions 0.83 overlap an accepted answer; at 0.6, 0.75 of 8.
_SURE_SHORT = 0.4


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft:
    """Return the sentences that answer best, and whether they answer.

    Args:
        query: What is asked.
        found: The passages nearest to it, best first.
        collection: What it is asked of.
    """
    ranked = weigh(query, found, collection)
    reason, confidence = answerability.decide(ranked[0] if ranked else None, collection.operating_point)
    cited = _cite(evidence.choose(ranked), ranked[0], query, collection.corpus) if ranked else ()
    return Draft(cited, reason, confidence)


def weigh(query: Query, found: Sequence[Candidate], collection: Collection) -> list[Evidence]:
    """Return the sentences of the nearest passages, best first."""
    weighed = [candidate for candidate in found if candidate.reading] or closest(found[:FOUND], WEIGHED)
    return evidence.weigh(query, weighed, collection.lexical.weights(query.terms))


def _cite(chosen: Sequence[Evidence], best: Evidence, query: Query, corpus: Corpus) -> tuple[Citation, ...]:
    """Cite sentences in reading order, the document of the best sentence first.

    The short answer is that of the best sentence. Another may hold the date of something else,
    so only the same words are highlighted in it.
    """
    documents = list(dict.fromkeys(e.passage.document_id for e in chosen))
    ordered = sorted(chosen, key=lambda e: (documents.index(e.passage.document_id), e.span))
    short = _short_answer(best, query)
    places: list[tuple[Document, Span, str | None, Span | None]] = []
    for e in ordered:
        inner = _short_answer(e, query) if short else None
        document = corpus.document(e.passage.document_id)
        lit = inner[0] if inner and short and inner[1] == short[1] else None
        places.append((document, e.span, e.passage.id, lit))
        taken = {place[1] for place in places} | {other.span for other in ordered}
        listed = [item for item in lists.items(document, e.span) if item not in taken]
        if listed:
            passages = corpus.passages(corpus.rows_of([document.id]).tolist())
            places += [(document, item, _passage_at(item, passages), None) for item in listed]
    return tuple(
        citations.cite(document, span, number=number, passage_id=passage_id, highlight=lit)
        for number, (document, span, passage_id, lit) in enumerate(places, 1)
    )


def _passage_at(place: Span, passages: Sequence[Passage]) -> str | None:
    return next((p.id for p in passages if p.span.start <= place.start < p.span.end), None)


def _short_answer(chosen: Evidence, query: Query) -> tuple[Span, str] | None:
    """Return where a sentence's short answer stands in its document, and its words."""
    sentence = chosen.passage.text_of(chosen.span)
    found = highlight.find(query, sentence)
    if found is not None:
        place = found.moved(chosen.span.start)
    elif chosen.short is not None and chosen.short_share >= _SURE_SHORT and query.asks is Asks.OTHER:
        place = chosen.short
    else:
        return None
    return place, " ".join(chosen.passage.text_of(place).split())
