"""Questions to greet a visitor with: made from the documents, and each really answered by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from alliance_qa.answering import answers, suggestions
from alliance_qa.answering.answers import Collection
from alliance_qa.domain import Filters
from alliance_qa.text.terms import terms

MOST_ASKED = 40
"""How many questions are tried, each of which takes about 0.1 s with the reader."""

_DOCUMENTS, _PASSAGES = 24, 6  # looked at: this many documents, and of each this many passages from its beginning
_MOST_WORDS, _GOOD_WORDS = 12, 6  # of a question: to be shown at all, and to be read at a glance

# An answer just above the threshold is right often enough to give, not to invite.
_SURE = 0.8


@dataclass(frozen=True, slots=True)
class _Candidate:
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

    def rank(candidate: _Candidate) -> tuple[int, ...]:
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


def _candidates(collection: Collection) -> list[_Candidate]:
    """Return the questions that may be tried, in the order of the documents and of their passages."""
    made: dict[str, list[tuple[str, str]]] = {}
    for id_ in _spread(sorted(collection.corpus.facts)):
        rows = collection.corpus.rows_of([id_])[:_PASSAGES]
        for passage in collection.corpus.passages(rows.tolist()):
            for proposal in suggestions.propose("", [passage], {}):
                if len(proposal.question.split()) <= _MOST_WORDS:
                    made.setdefault(proposal.question, []).append((id_, passage.id))
    return [
        _Candidate(question, places[0][0], frozenset(passage for _, passage in places))
        for question, places in made.items()
    ]


def _spread(ids: list[str]) -> Iterator[str]:
    """Yield at most `_DOCUMENTS` of the ids, the same distance from each to the next."""
    count = min(len(ids), _DOCUMENTS)
    for at in range(count):
        yield ids[at * len(ids) // count]


def _source(candidate: _Candidate, collection: Collection) -> str | None:
    """Return the document that surely answers a question out of a passage that it was made from; None if none does."""
    answer = answers.answer(candidate.question, collection, history=(), filters=Filters(), top_k=1)
    first = answer.citations[0] if answer.citations else None
    if first is None or answer.confidence < _SURE or first.passage_id not in candidate.passages:
        return None
    return first.document_id
