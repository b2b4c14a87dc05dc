"""Questions that the collection answers: to greet a visitor with, or near one that it does not answer.

All are made from its sentences, and each was asked before it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from alliance_qa.answering import answerers, content, suggestions
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import WEIGHED, Candidate, nearest, read
from alliance_qa.asking.query import Query, analyse
from alliance_qa.domain import MOST_SUGGESTIONS, Passage, Span
from alliance_qa.models.readable import question_vector, question_vectors
from alliance_qa.ports import Corpus
from alliance_qa.text.passages import part_of
from alliance_qa.text.terms import terms

MOST_ASKED = 40
"""How many questions are tried, each of which takes about 0.1 s with the reader."""

_DOCUMENTS, _PASSAGES = 24, 6  # looked at: this many documents, and of each this many passages from its beginning
_FIRST = 48  # this many passages of a document that comes first
_MOST_WORDS, _GOOD_WORDS = 13, 6  # of a question: to be shown at all, and to be read at a glance

# An answer just above the threshold is right often enough to give, not to invite.
_SURE = 0.7

# Questions with a higher cosine ask for the same; one with a lower to what was asked is about something else: of 20
# refused questions those below, and hardly any above, read as if drawn by lot.
_SAME, _NEAR = 0.9, 0.35


def suggest(query: Query, found: Sequence[Candidate], collection: Collection) -> tuple[str, ...]:
    """Return questions about the passages found, the nearest to the one asked first.

    Each is asked, and answered, without the reader, by the sentence that it came from; then that sentence
    alone is read, since reading five passages takes ten times as long. Of 75 questions made of the shipped
    documents 73 pass that reading, and 72 of those are answered when they are asked, with all read.
    Where nothing is near, nothing is returned.

    Args:
        query: What was asked.
        found: The passages nearest to it, best first.
        collection: What does not answer it.
    """
    passages = [candidate.passage for candidate in found[:WEIGHED]]
    around = "\n".join(candidate.passage.text for candidate in found[WEIGHED:])
    proposed = suggestions.propose(query.text, passages, collection.lexical.weights(query.terms), around=around)
    if not proposed:
        return ()
    vectors = question_vectors([proposal.question for proposal in proposed], collection.embedder)
    cosines = vectors @ query.vector
    near: list[int] = []
    for at in (-cosines).argsort(kind="stable").tolist():
        if cosines[at] >= _NEAR and not any(vectors[at] @ vectors[other] > _SAME for other in near):
            near.append(at)
    made = (
        _Made(
            analyse(proposed[at].question, vectors[at], query.filters),
            found[proposed[at].passage],
            proposed[at].sentence,
        )
        for at in near
    )
    likely = islice((one for one in made if _is_found(one, collection)), MOST_SUGGESTIONS)
    return tuple(one.query.text for one in likely if _is_answered(one, collection))


@dataclass(frozen=True, slots=True)
class _Made:
    query: Query
    candidate: Candidate  # the passage that it was made from
    sentence: Span | None  # that it was made from; None for a heading


def _is_found(made: _Made, collection: Collection) -> bool:
    """Return whether the collection, unread, answers out of the passage and the sentence that a question came from."""
    draft = _draft(made.query, replace(collection, reader=None))
    places = [c.span for c in draft.citations if c.passage_id == made.candidate.passage.id]
    return draft.reason is None and (made.sentence in places if made.sentence else bool(places))


def _is_answered(made: _Made, collection: Collection) -> bool:
    """Return whether the reader finds that a sentence answers what was made of it; of a heading, the passage."""
    if collection.reader is None:
        return True
    candidate = _only(made.candidate, made.sentence) if made.sentence else made.candidate
    [reading] = read(made.query, [candidate], collection.reader)
    return content.draft(made.query, [replace(candidate, reading=reading)], collection).reason is None


def _only(candidate: Candidate, sentence: Span) -> Candidate:
    """Return a candidate as if its passage were one of its sentences."""
    at = candidate.passage.sentences.index(sentence)
    passage = part_of(candidate.passage, range(at, at + 1))
    return replace(candidate, passage=passage, vectors=candidate.vectors[at : at + 1])


@dataclass(frozen=True, slots=True)
class _Example:
    question: str
    document_id: str  # of the first passage that it was made from
    passages: frozenset[str]  # all of those
    is_announced: bool  # by the text itself, which of a document that comes first is the best to ask

    @property
    def opening(self) -> str:
        """The question word."""
        return self.question.split()[0]

    @property
    def distance(self) -> int:
        """How far the question is from a good length, in words."""
        return abs(len(self.question.split()) - _GOOD_WORDS)

    def shared(self, words: Counter[str]) -> int:
        """How often its words stand in the questions chosen so far."""
        return sum(words[term] for term in terms(self.question))


def examples(
    collection: Collection,
    most: int = 6,
    *,
    first: Sequence[str] = (),
    is_wanted: Callable[[], bool] = lambda: True,
) -> tuple[str, ...]:
    """Return questions that the collection answers, for people to begin with.

    Each is answered with a high confidence, first of all by a passage that it was made from. They come
    from as many documents, begin with as many question words and ask about as many things as can be;
    the same collection gives the same.

    Args:
        collection: What is asked. Of a large one, documents spread evenly over it are looked at.
        most: How many are wanted, at least 1; there may be fewer, and none.
        first: The ids of documents that up to half of the questions come from, before all others.
        is_wanted: Is asked before each question is tried; where it is not, what was found so far is returned.
    """
    left = _candidates(collection, first)
    places = {id_: place for place, id_ in enumerate(first)}
    tried: Counter[str] = Counter()  # by document, so that one that fails does not use up all
    given: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    words: Counter[str] = Counter()
    chosen: list[str] = []
    begins = True  # those that come first are still to be tried before others

    def rank(candidate: _Example) -> tuple[int, ...]:
        document = candidate.document_id
        is_first = document in places
        return (
            begins and not is_first,
            given[document],
            places.get(document, len(places)) if begins else 0,
            is_first and not candidate.is_announced,
            tried[document],
            openings[candidate.opening],
            candidate.shared(words),
            candidate.distance,
        )

    for asked in range(MOST_ASKED):
        if not left or len(chosen) == most or not is_wanted():
            break
        begins = len(chosen) < most // 2 and asked < MOST_ASKED // 2
        candidate = min(left, key=rank)
        left.remove(candidate)
        tried[candidate.document_id] += 1
        if (source := _source(candidate, collection)) is not None:
            chosen.append(candidate.question)
            given[source] += 1
            openings[candidate.opening] += 1
            words.update(terms(candidate.question))
    return tuple(chosen)


def _candidates(collection: Collection, first: Sequence[str]) -> list[_Example]:
    """Return the questions that may be tried, in the order of the documents and of their passages."""
    made: dict[str, list[tuple[str, str]]] = {}
    announced: set[str] = set()
    passages = _looked_at(collection.corpus, first)
    around = "\n".join(passage.text for passage in passages)
    for passage in passages:
        for proposal in suggestions.propose("", [passage], {}, around=around):
            if len(proposal.question.split()) <= _MOST_WORDS:
                made.setdefault(proposal.question, []).append((passage.document_id, passage.id))
                announced.update([proposal.question] * proposal.is_announced)
    return [
        _Example(question, places[0][0], frozenset(passage for _, passage in places), question in announced)
        for question, places in made.items()
    ]


def _looked_at(corpus: Corpus, first: Sequence[str]) -> list[Passage]:
    rows: list[int] = []
    for id_ in first[:_DOCUMENTS]:
        rows += corpus.rows_of([id_])[:_FIRST].tolist()
    for id_ in _spread(sorted(corpus.facts.keys() - set(first))):
        rows += corpus.rows_of([id_])[:_PASSAGES].tolist()
    return corpus.passages(rows)


def _spread(ids: list[str]) -> Iterator[str]:
    """Yield at most `_DOCUMENTS` of the ids, the same distance from each to the next."""
    count = min(len(ids), _DOCUMENTS)
    for at in range(count):
        yield ids[at * len(ids) // count]


def _source(candidate: _Example, collection: Collection) -> str | None:
    """Return the document that surely answers a question out of a passage that it was made from; None if none does."""
    draft = _draft(analyse(candidate.question, question_vector(candidate.question, collection.embedder)), collection)
    if draft.reason is not None or draft.confidence < _SURE:
        return None
    return next((c.document_id for c in draft.citations if c.passage_id in candidate.passages), None)


def _draft(query: Query, collection: Collection) -> Draft:
    return answerers.draft(query, nearest(query, collection), collection)
