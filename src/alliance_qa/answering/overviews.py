"""Overviews: the sentences that say most of a document, or one on each of several."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from alliance_qa.answering import bodies, citations, lists, salience
from alliance_qa.answering.bodies import Body
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import FOUND, Candidate
from alliance_qa.answering.salience import Asked
from alliance_qa.asking import catalogue, intents, subjects
from alliance_qa.asking.catalogue import FactQuestion
from alliance_qa.asking.filters import passes
from alliance_qa.asking.intents import Intent
from alliance_qa.asking.query import Query
from alliance_qa.asking.subjects import Subject
from alliance_qa.domain import Document, Span
from alliance_qa.text.language import is_latin
from alliance_qa.text.terms import terms

MOST_SENTENCES = 6

CONFIDENCE = 0.86
"""Of every overview: the share of questions that get a marked sentence (benchmarks/overviews.py, held out)."""

_HAS_AN_ANSWER = re.compile(r"\b(?:who|whom|whose|when|where|why|how (?:many|much|long|old|far))\b", re.IGNORECASE)

_STATED = 0.6  # of what is asked about a document, so much one sentence must hold: else the document does not treat it


def find(query: Query, found: Sequence[Candidate], collection: Collection) -> Subject | None:
    """Return what an overview is asked of: at most `MOST_SENTENCES` documents, nearest to the question first.

    Args:
        query: What is asked.
        found: The passages nearest to it.
        collection: What it is asked of.

    Returns:
        None when no overview is asked for, or of which document cannot be told.
    """
    view: catalogue.View = None
    if not query.filters.is_open:
        known = collection.corpus.facts
        view = frozenset(id_ for id_, facts in known.items() if passes(id_, facts, query.filters))
    if _asks_for_less(query.text) or not _asks_for_one(query, collection, view):
        return None
    shares = _shares(found[:FOUND])
    subject = subjects.find(query.text, collection.corpus, collection.lexical, shares, view)
    if subject is None or (subject.topic and _HAS_AN_ANSWER.search(query.text)):
        return None  # "Why …" about something in a document has an answer, and no overview
    documents = _in_letters_of(query.text, subject.documents, collection)
    # What is nearest to the question first, then by path: a keeper's own introduction is found by "this collection".
    nearest = sorted(documents, key=lambda id_: -shares.get(id_, 0.0))
    return replace(subject, documents=tuple(nearest[:MOST_SENTENCES]))


def is_focused(subject: Subject, query: Query) -> bool:
    """Whether something in the documents is asked about.

    Else it is documents as a whole, or what a document of a kind that is named says about something.
    """
    return bool(subject.topic) and not subjects.names_kind(query.text)


def draft(query: Query, subject: Subject, collection: Collection) -> Draft | None:
    """Return the sentences that say most of a subject's documents; None when there are none.

    They stand in reading order, at most `MOST_SENTENCES`, and the items of a list with the one that introduces it.

    Args:
        query: What is asked.
        subject: As `find` returns it.
        collection: What it is asked of.
    """
    count = max(1, MOST_SENTENCES // len(subject.documents))
    claim, making = collection.embedder.embed_questions([salience.CLAIM, salience.MAKING])
    asked = Asked(query.vector, claim, making, subject.topic)
    chosen = [
        (document, *place)
        for document in map(collection.corpus.document, subject.documents)
        for body in [bodies.read(document, collection)]
        for place in (
            _for_all(document, body, asked, collection) if subject.is_each else _chosen(document, body, asked, count)
        )
    ]
    cited = tuple(
        citations.cite(document, span, number=number, passage_id=passage_id)
        for number, (document, span, passage_id) in enumerate(chosen, 1)
    )
    return Draft(cited, None, CONFIDENCE) if cited else None


def _in_letters_of(question: str, documents: Sequence[str], collection: Collection) -> Sequence[str]:
    """Return the documents whose titles are in the letters of the question, Latin or other; all where none is."""
    facts, of_question = collection.corpus.facts, is_latin(question)
    return [id_ for id_ in documents if is_latin(facts[id_].title.value) is of_question] or documents


def _asks_for_less(question: str) -> bool:
    """Whether a question asks for a part ("Explain Article 9") or for a fact of a document ("Who is the author?")."""
    return subjects.names_part(question) or isinstance(catalogue.parse(question), FactQuestion)


def _asks_for_one(query: Query, collection: Collection, view: catalogue.View) -> bool:
    """Whether a question asks for an overview, as it is or without the names of authors and titles."""
    intent = intents.classify(query.vector, collection.embedder)
    if intent is not Intent.CONTENT:
        return intent is Intent.OVERVIEW
    anonymous = subjects.anonymous(query.text, collection.corpus, collection.lexical, view)
    if anonymous == query.text or _asks_for_less(anonymous):
        return False
    vector = collection.embedder.embed_question(anonymous)
    return intents.classify(vector, collection.embedder) is Intent.OVERVIEW


def _shares(found: Sequence[Candidate]) -> dict[str, float]:
    """Return each document's share of the passages found, by their scores."""
    scores: dict[str, float] = {}
    for candidate in found:
        id_ = candidate.passage.document_id
        scores[id_] = scores.get(id_, 0.0) + candidate.hit.score
    most = sum(scores.values())
    return {id_: score / most for id_, score in scores.items()} if most else {}


def _for_all(document: Document, body: Body, asked: Asked, collection: Collection) -> list[tuple[Span, str | None]]:
    """Return the sentence that stands for all of a document: what it opens with, where that says what it is.

    Else the one that says most of what its title does: of 65 overviews of 42 texts 0.55 get a marked one so, 0.48 by
    what is asked, and 0.17 by what they open with.
    """
    if body.is_whole and body.sentences and not subjects.TEXTS.isdisjoint(terms(body.sentences[0].text)):
        return [(body.sentences[0].span, body.sentences[0].passage_id)]  # "This glossary explains …"
    title = collection.embedder.embed_question(document.facts.title.value)
    return _chosen(document, body, replace(asked, question=title), 1)


def _chosen(document: Document, body: Body, asked: Asked, count: int) -> list[tuple[Span, str | None]]:
    """Return sentences of a document in reading order, each with the id of its passage.

    Args:
        document: Where they stand.
        body: Its own text.
        asked: What they are chosen by.
        count: How many at most, without the items of lists that they introduce.

    Returns:
        Nothing where something about the document is asked that no sentence holds most of.
    """
    if not body.sentences:
        return []
    if asked.topic and salience.held(asked.topic, body.sentences).max() < _STATED:
        return []
    weights = salience.weigh(body.sentences, body.vectors, asked, has_thesis=body.is_whole)
    passages = {sentence.span.start: sentence.passage_id for sentence in body.sentences}
    places = set()
    for at in salience.choose(body.sentences, body.vectors, weights, asked, count):
        span = body.sentences[at].span
        places |= {span, *lists.items(document, span)}
    return [(place, passages.get(place.start)) for place in sorted(places)]
