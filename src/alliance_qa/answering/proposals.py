"""Questions that the collection answers: to greet a visitor with, or near one that it does not answer.

All are made from its sentences, and each was asked before it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.answering import answerers, suggestions
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import WEIGHED, Candidate, nearest
from alliance_qa.asking.query import Query, analyse
from alliance_qa.domain import MOST_SUGGESTIONS
from alliance_qa.text.terms import terms

MOST_ASKED = 40
"""How many questions are tried, each of which takes about 0.1 s with the reader."""

_DOCUMENTS, _PASSAGES = 24, 6  # looked at: this many documents, and of each this many passages from its beginning
_MOST_WORDS, _GOOD_WORDS = 12, 6  # of a question: to be shown at all, and to be read at a glance

# An answer just above the threshold is right often enough to give, not to invite.
_SURE = 0.8


def suggest(query: Query, found: Sequence[Candidate], collection: Collection) -> tuple[str, ...]:
    """Return questions about the passages found, the nearest to the one asked first.

    Each is answered by a sentence of the passage that it came from. Reading takes longest, so that
    only those are read that are answered without a reader, too.

    Args:
        query: What was asked.
        found: The passages nearest to it, best first.
        collection: What does not answer it.
    """

    def is_answered(at: int, asked: Collection) -> bool:
        proposal = proposed[at]
        draft = _draft(analyse(proposal.question, vectors[at], query.filters), asked)
        return draft.reason is None and any(c.passage_id == passages[proposal.passage].id for c in draft.citations)

    passages = [candidate.passage for candidate in found[:WEIGHED]]
    proposed = suggestions.propose(query.text, passages, collection.lexical.weights(query.terms))
    if not proposed:
        return ()
    vectors = collection.embedder.embed_questions([proposal.question for proposal in proposed])
    unread = replace(collection, reader=None)
    order = (vectors @ query.vector).argsort(kind="stable")[::-1].tolist()
    likely = [at for at in order if is_answered(at, unread)][:MOST_SUGGESTIONS]
    return tuple(proposed[at].question for at in likely if collection.reader is None or is_answered(at, collection))


@dataclass(frozen=True, slots=True)
class _Example:
    question: str
    document_id: str  # of the first passage that it was made from
    passages: frozenset[str]  # all of those

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


def examples(collection: Collection, most: int = 6) -> tuple[str, ...]:
    """Return questions that the collection answers, for people to begin with.

    Each is answered with a high confidence, first of all by a passage that it was made from. They come
    from as many documents, begin with as many question words and ask about as many things as can be;
    the same collection gives the same.

    Args:
        collection: What is asked. Of a large one, documents spread evenly over it are looked at.
        most: How many are wanted, at least 1; there may be fewer, and none.
    """
    left = _candidates(collection)
    tried: Counter[str] = Counter()  # by document, so that one that fails does not use up all
    given: Counter[str] = Counter()
    openings: Counter[str] = Counter()
    words: Counter[str] = Counter()
    chosen: list[str] = []

    def rank(candidate: _Example) -> tuple[int, ...]:
        document = candidate.document_id
        again = openings[candidate.opening]
        return given[document], tried[document], again, candidate.shared(words), candidate.distance

    for _ in range(MOST_ASKED):
        if not left or len(chosen) == most:
            break
        candidate = min(left, key=rank)
        left.remove(candidate)
        tried[candidate.document_id] += 1
        if (source := _source(candidate, collection)) is not None:
            chosen.append(candidate.question)
            given[source] += 1
            openings[candidate.opening] += 1
            words.update(terms(candidate.question))
    return tuple(chosen)


def _candidates(collection: Collection) -> list[_Example]:
    """Return the questions that may be tried, in the order of the documents and of their passages."""
    made: dict[str, list[tuple[str, str]]] = {}
    for id_ in _spread(sorted(collection.corpus.facts)):
        rows = collection.corpus.rows_of([id_])[:_PASSAGES]
        for passage in collection.corpus.passages(rows.tolist()):
            for proposal in suggestions.propose("", [passage], {}):
                if len(proposal.question.split()) <= _MOST_WORDS:
                    made.setdefault(proposal.question, []).append((id_, passage.id))
    return [
        _Example(question, places[0][0], frozenset(passage for _, passage in places))
        for question, places in made.items()
    ]


def _spread(ids: list[str]) -> Iterator[str]:
    """Yield at most `_DOCUMENTS` of the ids, the same distance from each to the next."""
    count = min(len(ids), _DOCUMENTS)
    for at in range(count):
        yield ids[at * len(ids) // count]


def _source(candidate: _Example, collection: Collection) -> str | None:
    """Return the document that surely answers a question out of a passage that it was made from; None if none does."""
    draft = _draft(analyse(candidate.question, collection.embedder.embed_question(candidate.question)), collection)
    first = draft.citations[0] if draft.reason is None else None
    if first is None or draft.confidence < _SURE or first.passage_id not in candidate.passages:
        return None
    return first.document_id


def _draft(query: Query, collection: Collection) -> Draft:
    return answerers.draft(query, nearest(query, collection), collection)
