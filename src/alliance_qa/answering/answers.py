"""A question into an answer with citations, or an honest refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.answering import answerers, content, proposals
from alliance_qa.answering.collection import Collection
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import FOUND, Candidate, allowed_rows, nearest
from alliance_qa.asking import conversation, intents, typos
from alliance_qa.asking.intents import Intent
from alliance_qa.asking.query import LONGEST_FORM, Query, analyse, is_clear
from alliance_qa.asking.small_talk import is_small_talk
from alliance_qa.domain import MOST_SUGGESTIONS, Answer, Filters, RankedPassage, Reason, Turn
from alliance_qa.models.readable import are_readable, crosses_languages, question_vector, question_vectors
from alliance_qa.ports import Vectors
from alliance_qa.text import language, numerals
from alliance_qa.text.terms import terms

_MOST_NUMBERED = 2  # things with a number whose spelling is looked up; a question has rarely more
_LOOKED_AT = 20  # passages, to see how they write it


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is searched for, a follow-up resolved and words typed wrong corrected: the first step of an answer."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest passages, best first, before any sentence of them is chosen: the second step."""

    passages: tuple[RankedPassage, ...]


def search(
    question: str, collection: Collection, *, filters: Filters, top_k: int, read: bool = False
) -> tuple[RankedPassage, ...]:
    """Return the passages nearest to a question, best first; at most `top_k`.

    With `read` the reader has a say in the order, as in an answer, which takes many times as long.
    """
    collection = _within(collection if read else replace(collection, reader=None), filters)
    return _ranked(nearest(_query(question, collection, filters), collection, max(top_k, FOUND))[:top_k])


def evidence_for(question: str, collection: Collection, *, filters: Filters) -> list[Evidence]:
    """Return the sentences that an answer would be chosen from, best first."""
    collection = _within(collection, filters)
    query = _query(question, collection, filters)
    return content.weigh(query, nearest(query, collection), collection)


def answer(
    question: str,
    collection: Collection,
    *,
    history: Sequence[Turn],
    filters: Filters,
    top_k: int,
    examples: Sequence[str] = (),
    resolved: str | None = None,
) -> Answer:
    """Answer a question from a collection.

    Args:
        question: 1 to 2,000 characters.
        collection: What is asked.
        history: The earlier turns of the conversation, oldest first.
        filters: Which documents may be found and cited.
        top_k: How many of the nearest passages to return, at least 1. The answer does not depend on it.
        examples: Questions that the collection answers, to be shown beside small talk.
        resolved: The question so that it stands alone, where somebody else resolved it already.

    Returns:
        The answer, or a refusal with questions that are answered from the nearest passages. A question of more than
        `LONGEST_FORM` characters gets none of these, which would be as long to make as the rest.
    """
    for step in steps(
        question, collection, history=history, filters=filters, top_k=top_k, examples=examples, resolved=resolved
    ):
        if isinstance(step, Answer):
            return step
    raise AssertionError("the last step is the answer")


def steps(
    question: str,
    collection: Collection,
    *,
    history: Sequence[Turn],
    filters: Filters,
    top_k: int,
    examples: Sequence[str] = (),
    resolved: str | None = None,
) -> Iterator[Resolved | Found | Answer]:
    """Yield what `answer` knows as soon as it knows it: one of each, in this order."""
    resolved = _resolve(question, history, collection, resolved)
    is_follow_up = resolved != question
    resolved = _corrected(resolved, collection)
    yield Resolved(resolved)
    if _is_in_unseen_letters(question, collection):
        vector: Vectors | Reason = Reason.LANGUAGE_NOT_COVERED
    else:
        vector = _embed(resolved, collection, is_follow_up=is_follow_up)
    if isinstance(vector, Reason):
        offered = tuple(examples[:MOST_SUGGESTIONS]) if vector is Reason.SMALL_TALK else ()
        yield Found(())
        truncated = vector is not Reason.LANGUAGE_NOT_COVERED and _is_cut(resolved, collection)
        yield Answer(resolved, (), vector, 0.0, (), suggestions=offered, truncated=truncated)
        return
    collection = _within(collection, filters)
    query = analyse(resolved, vector, filters)
    found = nearest(query, collection, max(top_k, FOUND))
    passages = _ranked(found[:top_k])
    yield Found(passages)
    truncated = _is_cut(resolved, collection) or any(c.reading and c.reading.truncated for c in found)
    draft = answerers.draft(query, found, collection)
    if draft.reason is None:
        yield Answer(
            resolved,
            draft.citations,
            None,
            draft.confidence,
            passages,
            not_stated=draft.not_stated,
            truncated=truncated,
            weighed=draft.weighed,
        )
        return
    covered = language.may_be(question, _languages(collection, found[:FOUND])) or _crosses(question, collection)
    yield Answer(
        resolved,
        (),
        draft.reason if covered else Reason.LANGUAGE_NOT_COVERED,
        draft.confidence,
        passages,
        suggestions=proposals.suggest(query, found, collection) if len(resolved) <= LONGEST_FORM else (),
        nearest=draft.citations,
        truncated=truncated,
        weighed=draft.weighed if covered else (),
    )


def _resolve(question: str, history: Sequence[Turn], collection: Collection, proposed: str | None) -> str:
    """Return the question to search for; see `conversation.resolve`.

    Small talk follows nothing and is followed by nothing: "thanks" after an answer stays "thanks", and "it" after
    that is what was spoken of before. Only what would be resolved is looked at: that takes the model.
    """
    resolved = proposed or conversation.resolve(question, history)
    if resolved == question:
        return question
    recent = history[-conversation.REMEMBERED :]
    asked = [question, *(turn.content for turn in recent if turn.role == "user")]
    is_talk, *were_talk = _are_talk(asked, collection)
    # "is it still around?" sounds like talk, but "it" was found to stand for something.
    if is_talk and (proposed or resolved.startswith(question)):
        return question
    if proposed:
        return proposed
    kept: list[Turn] = []
    left = iter(were_talk)
    for turn in recent:
        if turn.role == "user":
            is_talk = next(left)
        if not is_talk:  # a reply goes with what it replies to
            kept.append(turn)
    return conversation.resolve(question, kept)


def _are_talk(texts: Sequence[str], collection: Collection) -> list[bool]:
    """Return which texts are small talk: none of those that are long, which the model is spared."""
    short = [text for text in texts if len(text) <= LONGEST_FORM]
    vectors = question_vectors(short, collection.embedder) if short else ()
    talk = (_is_talk(text, vector, collection) for text, vector in zip(short, vectors, strict=True))
    return [len(text) <= LONGEST_FORM and next(talk) for text in texts]


def _corrected(question: str, collection: Collection) -> str:
    """Return a question as the collection writes it: words typed wrong, and "pillar two" where all say "Pillar II"."""
    question = typos.corrected(question, collection.lexical, collection.embedder)
    corpus, lexical = collection.corpus, collection.lexical
    looked_up = numerals.numbered(question)[:_MOST_NUMBERED]
    rows = [row for each in looked_up for row in lexical.best(terms(each), _LOOKED_AT, None).tolist()]
    return numerals.spelled(question, [passage.text for passage in corpus.passages(rows)]) if rows else question


def _embed(question: str, collection: Collection, *, is_follow_up: bool) -> Vectors | Reason:
    """Return the vector of what is searched for, shape (dimension,), or why nothing is."""
    vector = question_vector(question, collection.embedder)
    # A follow-up is no small talk: that was seen to when it was resolved.
    if not is_follow_up and _is_talk(question, vector, collection):
        return Reason.SMALL_TALK
    # "What is this about?" holds no word to look for, and is clear.
    asks = is_clear(question) or intents.classify(vector, collection.embedder) is Intent.OVERVIEW
    return vector if asks else Reason.UNCLEAR_QUESTION


def _is_cut(question: str, collection: Collection) -> bool:
    """Whether a question is longer than what the embedding model reads."""
    most = collection.embedder.max_tokens  # and a token has a character at least
    return len(question) > most and len(collection.embedder.token_starts([question])[0]) > most


def _is_talk(text: str, vector: Vectors, collection: Collection) -> bool:
    return is_small_talk(text, vector, collection.embedder, collection.lexical)


def _within(collection: Collection, filters: Filters) -> Collection:
    """Return the part of a collection that the filters let through."""
    return replace(collection, allowed=allowed_rows(filters, collection.corpus, len(collection.dense)))


def _query(question: str, collection: Collection, filters: Filters) -> Query:
    asked = _corrected(question, collection)
    return analyse(asked, question_vector(asked, collection.embedder), filters)


def _is_in_unseen_letters(question: str, collection: Collection) -> bool:
    """Whether a question is in a language that the collection is not, and in letters that it does not hold."""
    foreign = terms(" ".join(language.foreign_words(question)))
    return (
        bool(foreign)
        and not collection.lexical.holds(foreign)
        and not language.may_be(question, _languages(collection, []))
        and not _crosses(question, collection)
    )


def _crosses(question: str, collection: Collection) -> bool:
    """Whether the model knows what a question in another language asks."""
    return crosses_languages(collection.embedder) and are_readable([question], collection.embedder)[0]


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
