"""Which sentences of a document say most of it: how much each weighs, and a choice that says little twice.

The choice is by maximal marginal relevance. Source: Carbonell and Goldstein, The use of MMR, diversity-based
reranking for reordering documents and producing summaries, SIGIR 1998. Its relevance is a linear score whose weights
are those of a logistic regression over 111 questions for overviews of 42 texts, for each of which people marked the
sentences that belong into the answer. benchmarks/overviews.py compares it, each text judged by weights fitted to the
others, with the first six sentences and with LexRank (Erkan and Radev 2004), which is worse than those: the claims of
a commentary are not what its sentences have in common.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alliance_qa.domain import Span
from alliance_qa.ports import Vectors
from alliance_qa.text.terms import terms

CLAIM = "What is the main argument?"
MAKING = "Who wrote this document, when, and where was it published?"
"""What a sentence that belongs into an overview answers, and what it does not."""

WEIGHTS = {
    "question": 0.35,  # cosine with what is asked, of the sentence and its neighbours
    "claim": 0.18,  # cosine with `CLAIM`
    "making": -0.24,  # cosine with `MAKING`
    "topic": 1.5,  # the share of the question's own terms, of the sentence and its neighbours
    "length": 0.18,
    "opens": 0.75,  # it begins a paragraph
    "thesis": 1.4,  # it ends the paragraph that opens the document
    "conclusion": 0.7,  # it ends the document
}
"""Of the features, in their order."""

_FOCUSED = 0.3  # of a place remains where something about the document is asked
_LIKENESS = 1.0  # what a sentence loses for its highest cosine with one that is chosen

_MARGIN = 1.0  # behind the best; with it 0.27 of what is cited was marked, without 0.25, for 0.02 of the questions
_FROM_SECTION, _SECTIONS = 2, 3  # costs 0.01 of the questions, and keeps a last section from filling an overview

_LONGEST = 40  # words; beyond, a sentence is no longer for the score
_NEAR = (0.25, 0.5, 0.25)  # what a sentence counts beside those before and after it


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document's body."""

    span: Span
    text: str
    section: tuple[str, ...]  # the headings that it stands under
    block: int  # of the document, from 0
    passage_id: str
    is_full: bool  # it may be chosen


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What sentences are weighed by. All vectors have the shape (dimension,) and unit length."""

    question: Vectors
    claim: Vectors  # that of `CLAIM`
    making: Vectors  # that of `MAKING`
    topic: tuple[str, ...] = ()  # the terms that tell what about the document is asked; none for all of it


def weigh(sentences: Sequence[Sentence], vectors: Vectors, asked: Asked, *, has_thesis: bool = True) -> Vectors:
    """Return how much each sentence says of a document for a question, shape (sentences,); higher is better.

    The arguments are those of `features`.
    """
    found = features(sentences, vectors, asked, has_thesis=has_thesis)
    return np.asarray(found @ np.array(list(WEIGHTS.values()), np.float32))


def features(sentences: Sequence[Sentence], vectors: Vectors, asked: Asked, *, has_thesis: bool = True) -> Vectors:
    """Return what speaks for each sentence, shape (sentences, features), in the order of `WEIGHTS`.

    Cosines and lengths are in standard deviations from the document's mean, shares and places in [0, 1].

    Args:
        sentences: Of the document's body, at least one, in reading order.
        vectors: Theirs, shape (sentences, dimension), unit length.
        asked: What they are weighed by.
        has_thesis: Whether the first paragraph opens the document, so that it is likely to end with the thesis.
    """
    blocks = np.array([sentence.block for sentence in sentences])
    changes = np.flatnonzero(np.diff(blocks))
    opens, closes = np.zeros(len(blocks)), np.zeros(len(blocks))
    opens[[0, *(changes + 1)]] = 1
    closes[[*changes, -1]] = 1
    place = _FOCUSED if asked.topic else 1.0
    lengths = np.array([min(len(sentence.text.split()), _LONGEST) for sentence in sentences], np.float32)
    found = {
        "question": _standard(_with_neighbours(vectors @ asked.question)),
        "claim": _standard(vectors @ asked.claim),
        "making": _standard(vectors @ asked.making),
        "topic": _with_neighbours(held(asked.topic, sentences)),
        "length": _standard(lengths),
        "opens": place * opens,
        "thesis": place * closes * (blocks == blocks[0]) * has_thesis,
        "conclusion": place * (np.arange(len(blocks)) == len(blocks) - 1),
    }
    return np.stack([found[name] for name in WEIGHTS], axis=1).astype(np.float32)


def choose(sentences: Sequence[Sentence], vectors: Vectors, weights: Vectors, asked: Asked, count: int) -> list[int]:
    """Return at most `count` full sentences, ascending: each weighs most, less its likeness to those chosen before.

    Of a section at most `_FROM_SECTION` are taken where all of a document is asked about and it has several; where
    something about it is asked, none that weighs far less than the best.

    Args:
        sentences: Of the document's body, in reading order.
        vectors: Theirs, shape (sentences, dimension), unit length.
        weights: Theirs, shape (sentences,).
        asked: What they were weighed by.
        count: How many.
    """
    left = [at for at, sentence in enumerate(sentences) if sentence.is_full]
    if asked.topic and left:
        border = max(weights[at] for at in left) - _MARGIN
        left = [at for at in left if weights[at] >= border]
    is_spread = not asked.topic and len({sentence.section for sentence in sentences}) >= _SECTIONS
    taken: Counter[tuple[str, ...]] = Counter()
    chosen: list[int] = []
    likeness = np.zeros(len(weights))
    while left and len(chosen) < count:
        best = max(left, key=lambda at: weights[at] - _LIKENESS * likeness[at])
        chosen.append(best)
        taken[sentences[best].section] += 1
        left = [at for at in left if at != best and not (is_spread and taken[sentences[at].section] >= _FROM_SECTION)]
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return sorted(chosen)


def held(topic: Sequence[str], sentences: Sequence[Sentence]) -> Vectors:
    """Return how much of a topic each sentence holds, shape (sentences,), in [0, 1]; a rare term counts more."""
    said = [set(terms(sentence.text)) for sentence in sentences] if topic else []
    counts = {term: count for term in topic if (count := sum(term in found for found in said))}
    weights = {term: math.log1p(len(sentences) / count) for term, count in counts.items()}
    if not weights:
        return np.zeros(len(sentences), np.float32)
    covered = [sum(weight for term, weight in weights.items() if term in found) for found in said]
    return np.asarray(covered, np.float32) / np.float32(sum(weights.values()))


def _with_neighbours(values: Vectors) -> Vectors:
    return np.asarray(np.convolve(np.pad(values, 1, mode="edge"), _NEAR, "valid"), np.float32)


def _standard(values: Vectors) -> Vectors:
    """Return values as their distance from the mean in standard deviations; zeros where all are equal."""
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), np.float32)
