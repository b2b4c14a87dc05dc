"""Which sentences of the passages found answer a question."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alliance_qa.answering.retrieval import Candidate, outdone
from alliance_qa.asking.query import Query
from alliance_qa.domain import Hit, Passage, Span
from alliance_qa.ports import Reading
from alliance_qa.text.passages import told
from alliance_qa.text.terms import terms


class Weights(NamedTuple):
    """How much each measure adds to a sentence's score."""

    coverage: float
    near_coverage: float
    cosine: float
    passage: float  # the score of the passage that was found
    part: float = 0.0  # the reader's odds of the sentence
    answered: float = 0.0  # and of the passage
    short: float = 0.0  # the root of the short answer's probability


# Weights of a sentence's score without a reader, chosen on squad2-train-part and qed-dev: the share of
# questions whose first sentence holds the answer is 0.756 and 0.593 with these, 0.726 and
# 0.549 with lexical coverage dominant.
_UNREAD = Weights(coverage=0.5, near_coverage=0.5, cosine=1.5, passage=1.0)

# With one, fitted by benchmarks/answerability.py: log odds, up to a constant, that this sentence answers.
_READ = Weights(coverage=0.81, near_coverage=1.47, cosine=1.40, passage=1.14, part=0.66, answered=0.32, short=0.38)
_MOST_ODDS = 6.0  # of the reader; beyond, it is no surer than here, and cannot decide alone

MOST_SENTENCES, MOST_OF_MANY = 3, 6
_MANY = 0.5  # from this probability on, that several things are asked for
_PART = 1.0  # from these log odds on, the reader's word that a sentence is part of the answer is taken

# How far behind the best a further sentence may score, without a reader and with one. With 1.2 the quotes hold the
# evidence of 0.84 of the questions to public sets, in 1.6 sentences of which 0.68 are needed; with 0.35 of 0.81,
# in 1.4.
_MARGIN, _MARGIN_READ = 0.15, 1.2

# Where several things are asked for, what follows the best sentence in its passage may score this much less ("The first
# part …", "The second part …"), as far as places are left: of 128 such questions 0.75 get all that belongs to the
# answer, 0.66 without; of what is quoted then 0.63 is needed, 0.67 without.
_MARGIN_NEXT = 4.0

_LEANS = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|He|His|She|Her|Such|Both|Instead|However|Moreover|Nevertheless|"
    r"Nor|Rather|Then|There|Thus|Therefore|Also|In addition|As a result|The (?:two|latter|former|same))\b"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence that may answer, with what speaks for it. All measures are higher-is-better."""

    hit: Hit
    passage: Passage
    sentence: int  # of the passage, from 0
    cosine: float  # of question and sentence seen in its passage, in [-1, 1]
    coverage: float  # weighted share of the question's terms in the sentence, heads of a row included, in [0, 1]
    near_coverage: float  # the same with the sentence before, title and headings
    passage_coverage: float  # the same with the whole passage, title and headings
    names_covered: float  # share of the question's names in passage, title and headings
    numbers_covered: float  # share of its numbers there
    answered: float | None = None  # log odds, by the reader, that the passage answers; None without a reader
    part: float = 0.0  # log odds, by the reader, that the sentence is part of the answer; 0 without one
    most_answered: float = 0.0  # the highest `answered` of all passages; 0 without a reader
    asks_many: float = 0.0  # probability, by the reader, that several things are asked for; 0 without one
    short: Span | None = None  # the reader's short answer where the sentence holds it; offsets in the document's text
    short_share: float = 0.0  # the probability that the reader gives it, in [0, 1]; 0 without one
    by_words: bool = False  # the embedding model cannot read the question: `cosine` is 0 and says nothing

    @property
    def span(self) -> Span:
        """The sentence's place in its document."""
        return self.passage.sentences[self.sentence]

    @property
    def score(self) -> float:
        """How likely it answers rather than another: log odds up to a constant with a reader, no measure without."""
        return self.weighed(_UNREAD if self.answered is None else _READ)

    @property
    def is_part(self) -> bool:
        """Whether the reader says that it is part of the answer, in a passage that answers."""
        return self.answered is not None and self.answered > 0 and self.part > _PART

    @property
    def measures(self) -> tuple[float, ...]:
        """What `Weights` weigh, in their order."""
        return (
            self.coverage,
            self.near_coverage,
            self.cosine,
            self.hit.score,
            bounded(self.part),
            bounded(self.answered or 0.0),
            math.sqrt(self.short_share),
        )

    def weighed(self, weights: Weights) -> float:
        """Return the score by some weights."""
        return sum(weight * measure for weight, measure in zip(weights, self.measures, strict=True))


def weigh(
    query: Query,
    found: Sequence[Candidate],
    weights: Mapping[str, float],
) -> list[Evidence]:
    """Return every sentence of the passages found, best first.

    A row of a table stands alone: what other rows say is no part of it. Left out is a row that has only some of the
    question's terms that another row of its table has: it is of another port or year than the one asked for.

    Args:
        query: What is asked.
        found: The passages, nearest first.
        weights: How much each term of the question counts.
    """
    evidence = []
    beaten = outdone(query.terms, found)
    readings = [candidate.reading for candidate in found if candidate.reading]
    most = max((reading.answered for reading in readings), default=0.0)
    many = sum(reading.asks_many for reading in readings) / max(len(readings), 1)
    for candidate in found:
        hit, passage, context, reading = candidate.hit, candidate.passage, candidate.context, candidate.reading
        texts = [told(passage, sentence) for sentence in passage.sentences]
        held = [set(terms(text)) for text in texts]
        around = set(terms(context))
        cosines = candidate.vectors @ query.vector
        whole = (
            None if passage.heads else _surrounded(query, weights, around.union(*held), f"{context}\n{passage.text}")
        )
        for i, text in enumerate(texts):
            if (hit.row, i) in beaten:
                continue
            before = held[i - 1] if i and not passage.heads else set()
            near = held[i] | around | before
            passage_coverage, names, numbers = whole or _surrounded(query, weights, near, f"{context}\n{text}")
            coverage, near_coverage = _covered(weights, held[i]), _covered(weights, near)
            short = _short_within(reading, passage, i)
            share = reading.share if reading and short else 0.0
            evidence.append(
                Evidence(
                    hit=hit,
                    passage=passage,
                    sentence=i,
                    cosine=float(cosines[i]),
                    coverage=coverage,
                    near_coverage=near_coverage,
                    passage_coverage=passage_coverage,
                    names_covered=names,
                    numbers_covered=numbers,
                    answered=reading.answered if reading else None,
                    part=reading.sentences[i] if reading else 0.0,
                    most_answered=most,
                    asks_many=many,
                    short=short,
                    short_share=share,
                    by_words=not query.is_readable,
                )
            )
    return sorted(evidence, key=lambda e: (-e.score, e.hit.row, e.sentence))


def choose(ranked: Sequence[Evidence]) -> list[Evidence]:
    """Return the sentences that answer, the best first: one to three, up to six of a list or a comparison.

    A further sentence is taken when it is nearly as likely as the best, or when the reader says that it
    is part of the answer, too. Where several things are asked for, those that follow the best in its passage fill
    the places that are left, though they are less likely. A sentence that leans on the one before it ("This …",
    "It …") brings that one, but a row of a table stands alone.

    Args:
        ranked: Sentences, best first.
    """
    if not ranked:
        return []
    best = ranked[0]
    margin = _MARGIN if best.answered is None else _MARGIN_READ
    if best.by_words:
        margin = 0.0  # one word less may be the one that matters: 日韓 is all but one of the words of 日米同盟
    asks_many = best.asks_many >= _MANY
    most = MOST_OF_MANY if asks_many else MOST_SENTENCES
    chosen: dict[tuple[int, int], Evidence] = {}
    said: set[str] = set()
    places = {(e.hit.row, e.sentence): e for e in ranked}

    def is_likely(evidence: Evidence) -> bool:
        return evidence.score >= best.score - margin or evidence.is_part

    def is_next(evidence: Evidence) -> bool:
        is_behind = evidence.hit.row == best.hit.row and evidence.sentence > best.sentence
        return is_behind and best.score - _MARGIN_NEXT <= evidence.score

    # What is both has been said when it comes again.
    for evidence in [*filter(is_likely, ranked), *(filter(is_next, ranked) if asks_many else ())]:
        words = " ".join(evidence.passage.text_of(evidence.span).casefold().split())
        if words in said:
            continue
        group = [evidence]
        if evidence.sentence and not evidence.passage.heads and _LEANS.match(evidence.passage.text_of(evidence.span)):
            group.insert(0, places[evidence.hit.row, evidence.sentence - 1])
        added = {(e.hit.row, e.sentence): e for e in group}
        if len(chosen | added) > most:
            break
        chosen |= added
        said.add(words)
    return list(chosen.values())


def bounded(odds: float) -> float:
    """Return a reader's log odds as far as they are believed, in [-6, 6]."""
    return max(-_MOST_ODDS, min(_MOST_ODDS, odds))


def _short_within(reading: Reading | None, passage: Passage, sentence: int) -> Span | None:
    """Return where in the document the reader's short answer stands, if it begins in the sentence."""
    if reading is None or reading.span is None:
        return None
    place, short = passage.sentences[sentence], reading.span.moved(passage.span.start)
    return Span(short.start, min(short.end, place.end)) if place.start <= short.start < place.end else None


def _surrounded(query: Query, weights: Mapping[str, float], held: set[str], text: str) -> tuple[float, float, float]:
    """Return the shares of the question's terms, names and numbers in what surrounds a sentence, each in [0, 1]."""
    stated = {number for number in query.numbers if number in text}
    return _covered(weights, held), _share(query.names, held), _share(query.numbers, stated | held)


def _covered(weights: Mapping[str, float], held: set[str]) -> float:
    most = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in held) / most if most else 0.0


def _share(wanted: Sequence[str], held: Container[str]) -> float:
    return sum(term in held for term in wanted) / len(wanted) if wanted else 1.0
