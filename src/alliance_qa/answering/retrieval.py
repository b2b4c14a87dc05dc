"""A query into passages: dense and lexical search, fused, and the first of them read."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from alliance_qa.answering.collection import Collection
from alliance_qa.asking.filters import passes
from alliance_qa.asking.query import Query
from alliance_qa.domain import Filters, Hit, Passage
from alliance_qa.ports import UNREAD, Corpus, DenseIndex, LexicalIndex, Mask, PassageInput, Reader, Reading, Vectors
from alliance_qa.text.numerals import spelled
from alliance_qa.text.passages import context, part_of, seen, standing, told
from alliance_qa.text.terms import terms

# How much of a hit's score is cosine; the rest is coverage. Measured by benchmarks/ablation.py.
DENSE_WEIGHT = 0.5

# How much of it is the reader's, where one reads. Never worse than without it on what it was not trained on.
READER_WEIGHT = 0.1

# A passage is worth weighing with this share of the best score, or of the best cosine.
_SCORE_SHARE, _COSINE_SHARE = 0.7, 0.95

# How many passages each of the two searches proposes.
CANDIDATES = 100

# This many passages are found, and the sentences of this many of them weighed, however few are returned.
FOUND, WEIGHED = 10, 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage found, with all that its sentences are weighed by."""

    hit: Hit
    passage: Passage
    context: str  # that it was embedded with: title and headings
    vectors: Vectors  # of its sentences, shape (sentences, dimension)
    reading: Reading | None = None  # None without a reader


def nearest(query: Query, collection: Collection, count: int = FOUND) -> list[Candidate]:
    """Return the passages nearest to a query, the first of them read and ranked anew.

    Args:
        query: What is asked.
        collection: What it is asked of, as far as it is allowed; without a reader nothing is read.
        count: How many to return, at least `FOUND`. Which are read and how they rank does not depend on it.
    """
    corpus = collection.corpus
    hits = retrieve(
        query,
        dense=collection.dense,
        lexical=collection.lexical,
        corpus=corpus,
        allowed=collection.allowed,
        top_k=count,
    )
    rows = [hit.row for hit in hits]
    passages = corpus.passages(rows)
    known = corpus.facts_of([passage.document_id for passage in passages])
    contexts = [context(facts, passage) for facts, passage in zip(known, passages, strict=True)]
    vectors = corpus.sentence_vectors(rows)
    found = [Candidate(*parts) for parts in zip(hits, passages, contexts, vectors, strict=True)]
    if collection.reader is None or not query.is_readable:
        return found
    chosen = closest(found[:FOUND], WEIGHED)
    readings = read(query, chosen, collection.reader)
    return reranked(found, {candidate.hit.row: reading for candidate, reading in zip(chosen, readings, strict=True)})


def read(query: Query, candidates: Sequence[Candidate], reader: Reader) -> list[Reading]:
    """Return what a reader makes of passages, in their order; a short answer's place is one in the passage's text.

    Each is read with the question in its own spelling of numbers: one that says "Article V" is not asked for
    "article 5", which to the reader is another. Of the rows of a table it reads those alone that no other outdoes, as
    far as there are any in a passage: among many that are alike it is less sure of the right one.
    """
    beaten = outdone(query.terms, candidates)
    rows = [_kept(candidate, beaten) for candidate in candidates]
    passages = [part_of(candidate.passage, kept) for candidate, kept in zip(candidates, rows, strict=True)]
    contexts = [candidate.context for candidate in candidates]
    inputs = [seen(*parts) for parts in zip(passages, contexts, strict=True)]
    readings = _read(query.text, inputs, reader)
    return [
        _of_whole(reading, part, candidate.passage, kept)
        for reading, part, candidate, kept in zip(readings, passages, candidates, rows, strict=True)
    ]


def _read(question: str, inputs: Sequence[PassageInput], reader: Reader) -> list[Reading]:
    asked = [spelled(question, [f"{each.context}\n{each.text}"]) for each in inputs]
    readings: dict[int, Reading] = {}
    for one in dict.fromkeys(asked):
        places = [at for at, other in enumerate(asked) if other == one]
        readings |= zip(places, reader.read(one, [inputs[at] for at in places]), strict=True)
    return [readings[at] for at in range(len(inputs))]


def outdone(wanted: Sequence[str], candidates: Sequence[Candidate]) -> set[tuple[int, int]]:
    """Return the rows of tables of which another row of the table says more, each as (passage's row, number in it).

    The other has all the terms wanted that they have, and more: they are of another port or year than the one that
    is asked for.
    """
    tables: dict[tuple[str, tuple[str, ...]], dict[tuple[int, int], frozenset[str]]] = {}
    for candidate in candidates:
        passage = candidate.passage
        for at, sentence in enumerate(passage.sentences if passage.heads else ()):
            held = frozenset(terms(told(passage, sentence))).intersection(wanted)
            tables.setdefault((passage.document_id, passage.heads), {})[candidate.hit.row, at] = held
    return {
        place
        for rows in tables.values()
        for place, held in rows.items()
        if any(held < other for other in set(rows.values()))
    }


def _kept(candidate: Candidate, beaten: Container[tuple[int, int]]) -> range:
    """Return which sentences of a passage are read, from the first row that is not outdone to the last."""
    everything = range(len(candidate.passage.sentences))
    left = [at for at in everything if (candidate.hit.row, at) not in beaten]
    return range(left[0], left[-1] + 1) if left else everything


def _of_whole(reading: Reading, part: Passage, whole: Passage, kept: range) -> Reading:
    """Return the reading of a part of a passage as one of the whole."""
    span = standing(part, reading.span) if reading.span else None
    before, behind = (UNREAD,) * kept.start, (UNREAD,) * (len(whole.sentences) - kept.stop)
    return replace(
        reading,
        span=span.moved(part.span.start - whole.span.start) if span else None,
        sentences=(*before, *reading.sentences, *behind),
    )


def retrieve(
    query: Query,
    *,
    dense: DenseIndex,
    lexical: LexicalIndex,
    corpus: Corpus,
    allowed: Mask | None,
    top_k: int,
) -> list[Hit]:
    """Find the passages nearest to a question.

    A hit's score is `DENSE_WEIGHT` · max(0, cosine) + (1 - `DENSE_WEIGHT`) · coverage. The cosine is that
    of the passage's nearest sentence, seen in its passage: the mean over a passage buries the one
    sentence that is asked for. Coverage is BM25 divided by the sum of the question's term weights,
    which is its upper bound (see `Bm25Index`), so that both parts lie in [0, 1] whatever the question
    and the collection. What the embedding model cannot read has a vector of zeros: such a passage is proposed
    by its words alone, and to such a question a hit's score is its coverage.

    Args:
        query: What is asked.
        dense: The passage vectors.
        lexical: The passage terms.
        corpus: Where candidates get the vectors of their sentences.
        allowed: Rows that may be found, shape (passages,); None allows all.
        top_k: How many to return, at least 1.

    Returns:
        At most `top_k` hits, best first; equal scores come lowest row first.
    """
    if len(dense) == 0 or (allowed is not None and not allowed.any()):
        return []
    wanted = max(top_k, CANDIDATES)
    rows = lexical.best(query.terms, wanted, allowed)
    if query.is_readable:
        similar, near = dense.search(query.vector, wanted, allowed)
        rows = np.union1d(near[similar != 0], rows)
    if not len(rows):
        return []
    cosines = _nearest_sentences(query.vector, corpus.sentence_vectors(rows.tolist()))
    weights = lexical.weights(query.terms)
    most = sum(weights[term] for term in query.terms)
    coverages = np.clip(lexical.scores(query.terms, rows) / most, 0, 1) if most else np.zeros(len(rows), np.float32)
    dense_weight = DENSE_WEIGHT if query.is_readable else 0.0
    scores = dense_weight * np.maximum(cosines, 0) + (1 - dense_weight) * coverages
    order = np.lexsort((rows, -scores))[:top_k]
    return [Hit(int(rows[i]), float(scores[i]), float(cosines[i]), float(coverages[i])) for i in order]


def closest(found: Sequence[Candidate], count: int) -> list[Candidate]:
    """Return the passages whose sentences are worth weighing, at most `count`.

    The best by score, and last the one with the highest cosine among the others: a question in other
    words than the text's shares no terms with what answers it. Those that are far behind in both are
    left out: of the questions of the public sets 0.997 or more keep a passage that answers, for two
    thirds of the reading.
    """
    if not found:
        return []
    first, rest = list(found[: count - 1]), found[count - 1 :]
    score, cosine = found[0].hit.score, max(candidate.hit.cosine for candidate in found)
    return [
        candidate
        for candidate in first + sorted(rest, key=lambda candidate: -candidate.hit.cosine)[:1]
        if candidate.hit.score >= _SCORE_SHARE * score or candidate.hit.cosine >= _COSINE_SHARE * cosine
    ]


def reranked(found: Sequence[Candidate], readings: Mapping[int, Reading]) -> list[Candidate]:
    """Rank passages anew by what a reader makes of some of them.

    The new score is (1 - `READER_WEIGHT`) · score + `READER_WEIGHT` · p, where p is the logistic function of
    half the reader's log odds, and 0 for a passage that was not read: it stays in [0, 1].

    Args:
        found: Passages, nearest first.
        readings: Of some of them, by row.
    """
    scored = []
    for candidate in found:
        reading = readings.get(candidate.hit.row)
        read = 1 / (1 + math.exp(-max(-50.0, reading.answered) / 2)) if reading else 0.0
        score = (1 - READER_WEIGHT) * candidate.hit.score + READER_WEIGHT * read
        scored.append(replace(candidate, hit=replace(candidate.hit, score=score), reading=reading))
    return sorted(scored, key=lambda candidate: -candidate.hit.score)


def allowed_rows(filters: Filters, corpus: Corpus, passages: int) -> Mask | None:
    """Return which passages the filters let through, shape (passages,); None for all."""
    if filters.is_open:
        return None
    mask = np.zeros(passages, dtype=np.bool_)
    mask[corpus.rows_of([id_ for id_, facts in corpus.facts.items() if passes(id_, facts, filters)])] = True
    return mask


def _nearest_sentences(vector: Vectors, sentences: Sequence[Vectors]) -> Vectors:
    """Return the highest cosine of each passage's sentences, shape (passages,)."""
    firsts = np.cumsum([0, *(len(of_one) for of_one in sentences[:-1])])
    return np.asarray(np.clip(np.maximum.reduceat(np.concatenate(sentences) @ vector, firsts), -1, 1))
