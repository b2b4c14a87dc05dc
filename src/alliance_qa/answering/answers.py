"""A question into an answer with citations, or an honest refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.answering import answerers, content, proposals
from alliance_qa.answering.collection import Collection
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import FOUND, Candidate, allowed_rows, nearest
from alliance_qa.asking import conversation
from alliance_qa.asking.query import Query, analyse, is_clear
from alliance_qa.domain import Answer, Filters, RankedPassage, Reason, Turn
from alliance_qa.text import language
from alliance_qa.text.terms import terms


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is searched for, after a follow-up was resolved: the first step of an answer."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest passages, best first, before any sentence of them is chosen: the second step."""

    passages: tuple[RankedPassage, ...]


def search(question: str, collection: Collection, *, filters: Filters, top_k: int) -> tuple[RankedPassage, ...]:
    """Return the passages nearest to a question, best first; at most `top_k`."""
    collection = _within(collection, filters)
    return _ranked(nearest(_query(question, collection, filters), collection, max(top_k, FOUND))[:top_k])


def evidence_for(question: str, collection: Collection, *, filters: Filters) -> list[Evidence]:
    """Return the sentences that an answer would be chosen from, best first."""
    collection = _within(collection, filters)
    query = _query(question, collection, filters)
    return content.weigh(query, nearest(query, collection), collection)


def answer(question: str, collection: Collection, *, history: Sequence[Turn], filters: Filters, top_k: int) -> Answer:
    """Answer a question from a collection.

    Args:
        question: 1 to 2,000 characters.
        collection: What is asked.
        history: The earlier turns of the conversation, oldest first.
        filters: Which documents may be found and cited.
        top_k: How many of the nearest passages to return, at least 1. The answer does not depend on it.

    Returns:
        The answer, or a refusal with questions that are answered from the nearest passages.
    """
    for step in steps(question, collection, history=history, filters=filters, top_k=top_k):
        if isinstance(step, Answer):
            return step
    raise AssertionError("the last step is the answer")


def steps(
    question: str, collection: Collection, *, history: Sequence[Turn], filters: Filters, top_k: int
) -> Iterator[Resolved | Found | Answer]:
    """Yield what `answer` knows as soon as it knows it: one of each, in this order."""
    resolved = conversation.resolve(question, history)
    yield Resolved(resolved)
    unasked = None
    if not is_clear(resolved):
        unasked = Reason.UNCLEAR_QUESTION
    elif _is_in_unseen_letters(question, collection):
        unasked = Reason.LANGUAGE_NOT_COVERED
    if unasked is not None:
        yield Found(())
        yield Answer(resolved, (), unasked, 0.0, ())
        return
    collection = _within(collection, filters)
    query = _query(resolved, collection, filters)
    found = nearest(query, collection, max(top_k, FOUND))
    passages = _ranked(found[:top_k])
    yield Found(passages)
    draft = answerers.draft(query, found, collection)
    if draft.reason is None:
        yield Answer(resolved, draft.citations, None, draft.confidence, passages)
        return
    covered = language.may_be(question, _languages(collection, found[:FOUND]))
    yield Answer(
        resolved,
        (),
        draft.reason if covered else Reason.LANGUAGE_NOT_COVERED,
        draft.confidence,
        passages,
        suggestions=proposals.suggest(query, found, collection),
        nearest=draft.citations,
    )


def _within(collection: Collection, filters: Filters) -> Collection:
    """Return the part of a collection that the filters let through."""
    return replace(collection, allowed=allowed_rows(filters, collection.corpus, len(collection.dense)))


def _query(question: str, collection: Collection, filters: Filters) -> Query:
    return analyse(question, collection.embedder.embed_question(question), filters)


def _is_in_unseen_letters(question: str, collection: Collection) -> bool:
    """Whether a question is in a language that the collection is not, and in letters that it does not hold."""
    foreign = terms(" ".join(language.foreign_words(question)))
    return (
        bool(foreign)
        and not collection.lexical.scores(foreign).any()
        and not language.may_be(question, _languages(collection, []))
    )


def _languages(collection: Collection, found: Sequence[Candidate]) -> set[str]:
    """Return the languages of the documents.

    A document that does not state its language counts as English, and as what those of its
    passages that were found are written in.
    """
    facts = collection.corpus.facts
    stated = {language.primary(f.language.value) if f.language else "en" for f in facts.values()}
    return (stated or {"en"}) | {
        language.detect(c.passage.text) for c in found if facts[c.passage.document_id].language is None
    }


def _ranked(found: Sequence[Candidate]) -> tuple[RankedPassage, ...]:
    return tuple(RankedPassage(rank, entry.hit.score, entry.passage) for rank, entry in enumerate(found, 1))
