"""A question into an answer with citations, or an honest refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alliance_qa import answerability, catalogue, citations, conversation, evidence
from alliance_qa.catalogue import FactName, FactQuestion, ListQuestion
from alliance_qa.domain import (
    Answer,
    Citation,
    Document,
    Filters,
    Hit,
    Passage,
    RankedPassage,
    Reason,
    Span,
    Turn,
)
from alliance_qa.evidence import Evidence
from alliance_qa.passages import context
from alliance_qa.ports import Corpus, DenseIndex, Embedder, LexicalIndex, Vectors
from alliance_qa.questions import analyse, is_clear
from alliance_qa.retrieval import allowed_rows, passes, retrieve
from alliance_qa.terms import terms

# Sentences of this many passages are weighed, however few are returned.
_WEIGHED = 5

# How far behind the best a further sentence may score. Chosen on questions/tuning.jsonl.
MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Collection:
    """One generation and the model that it was made with: what questions are asked of."""

    corpus: Corpus
    dense: DenseIndex
    lexical: LexicalIndex
    embedder: Embedder


def search(question: str, collection: Collection, *, filters: Filters, top_k: int) -> tuple[RankedPassage, ...]:
    """Return the passages nearest to a question, best first; at most `top_k`."""
    return _ranked(_find(question, collection.embedder.embed_question(question), collection, filters, top_k))


def evidence_for(question: str, collection: Collection, *, filters: Filters) -> list[Evidence]:
    """Return the sentences that an answer would be chosen from, best first."""
    vector = collection.embedder.embed_question(question)
    return _weigh(question, vector, _find(question, vector, collection, filters, _WEIGHED), collection)


def answer(question: str, collection: Collection, *, history: Sequence[Turn], filters: Filters, top_k: int) -> Answer:
    """Answer a question from a collection.

    Args:
        question: 1 to 2,000 characters.
        collection: What is asked.
        history: The earlier turns of the conversation, oldest first.
        filters: Which documents may be found and cited.
        top_k: How many of the nearest passages to return, at least 1.
    """
    resolved = conversation.resolve(question, history)
    if not is_clear(resolved):
        return _refuse(resolved, Reason.UNCLEAR_QUESTION, 0.0, [])
    vector = collection.embedder.embed_question(resolved)
    found = _find(resolved, vector, collection, filters, max(top_k, _WEIGHED))
    asked = catalogue.parse(resolved)
    if asked is not None:
        cited = _from_catalogue(asked, found, collection, filters)
        if cited:
            return Answer(resolved, citations.word(cited), tuple(cited), None, 1.0, _ranked(found[:top_k]))
    return _from_content(resolved, vector, found, collection, top_k)


def _find(
    question: str, vector: Vectors, collection: Collection, filters: Filters, top_k: int
) -> list[tuple[Hit, Passage]]:
    corpus = collection.corpus
    hits = retrieve(
        question,
        vector,
        dense=collection.dense,
        lexical=collection.lexical,
        corpus=corpus,
        allowed=allowed_rows(filters, corpus, len(collection.dense)),
        top_k=top_k,
    )
    return list(zip(hits, corpus.passages([hit.row for hit in hits]), strict=True))


def _weigh(question: str, vector: Vectors, found: list[tuple[Hit, Passage]], collection: Collection) -> list[Evidence]:
    """Return the sentences of the nearest passages, best first."""
    corpus = collection.corpus
    asked = analyse(question)
    return evidence.weigh(
        asked,
        vector,
        [
            (
                hit,
                passage,
                context(corpus.document(passage.document_id), passage),
                corpus.sentence_vectors(hit.row),
            )
            for hit, passage in found[:_WEIGHED]
        ],
        collection.lexical.weights(asked.terms),
    )


def _from_content(
    question: str,
    vector: Vectors,
    found: list[tuple[Hit, Passage]],
    collection: Collection,
    top_k: int,
) -> Answer:
    ranked = _weigh(question, vector, found, collection)
    reason, confidence = answerability.decide(ranked[0] if ranked else None)
    if reason is not None:
        return _refuse(question, reason, confidence, found[:top_k])
    cited = _cite(evidence.choose(ranked, margin=MARGIN), collection.corpus)
    return Answer(question, citations.word(cited), tuple(cited), None, confidence, _ranked(found[:top_k]))


def _cite(chosen: Sequence[Evidence], corpus: Corpus) -> list[Citation]:
    """Cite sentences in reading order, the document of the best sentence first."""
    documents = list(dict.fromkeys(e.passage.document_id for e in chosen))
    ordered = sorted(chosen, key=lambda e: (documents.index(e.passage.document_id), e.span))
    return [
        citations.cite(corpus.document(e.passage.document_id), e.span, number=number, passage_id=e.passage.id)
        for number, e in enumerate(ordered, 1)
    ]


def _from_catalogue(
    asked: FactQuestion | ListQuestion,
    found: list[tuple[Hit, Passage]],
    collection: Collection,
    filters: Filters,
) -> list[Citation]:
    """Return the lines that answer a question about the documents; none when they do not."""
    documents = [d for d in collection.corpus.documents() if passes(d.id, d.facts, filters)]
    if isinstance(asked, FactQuestion):
        named = catalogue.resolve_subject(asked.subject, documents)
        return _number(_fact_lines(named or [], asked.fact))
    chosen = catalogue.select(asked, documents)
    if asked.topic:
        chosen = catalogue.about(asked.topic, chosen) or _mentioning(asked.topic, chosen, found)
    dated = bool(asked.published_from or asked.published_to or asked.order)
    lines = []
    for document in chosen[: catalogue.MOST_DOCUMENTS]:
        names = [FactName.TITLE] + [FactName.PUBLISHED] * dated + [FactName.AUTHOR] * bool(asked.author)
        lines += [(document, stated[1]) for name in names if (stated := catalogue.state(document, name))]
    return _number(lines)


def _fact_lines(documents: Sequence[Document], name: FactName) -> list[tuple[Document, Span]]:
    """Return the line that states a fact, once for each value it has among the documents."""
    by_value: dict[str, tuple[Document, Span]] = {}
    for document in documents:
        if (stated := catalogue.state(document, name)) is not None:
            by_value.setdefault(stated[0].value, (document, stated[1]))
    return list(by_value.values())[: catalogue.MOST_DOCUMENTS]


def _mentioning(topic: str, documents: Sequence[Document], found: list[tuple[Hit, Passage]]) -> list[Document]:
    """Return the documents of the passages found that hold every term of a topic, nearest first."""
    wanted = set(terms(topic))
    ids = dict.fromkeys(p.document_id for _, p in found if wanted <= set(terms(p.text)))
    by_id = {document.id: document for document in documents}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _number(lines: Sequence[tuple[Document, Span]]) -> list[Citation]:
    return [
        citations.cite(document, span, number=number, passage_id=None)
        for number, (document, span) in enumerate(lines, 1)
    ]


def _refuse(question: str, reason: Reason, confidence: float, found: list[tuple[Hit, Passage]]) -> Answer:
    return Answer(question, "", (), reason, confidence, _ranked(found))


def _ranked(found: Sequence[tuple[Hit, Passage]]) -> tuple[RankedPassage, ...]:
    return tuple(RankedPassage(rank, hit.score, passage) for rank, (hit, passage) in enumerate(found, 1))
