"""Passages that an engine proposes, decided by exact cosines and exact BM25 from the index folder.

So that a question gets the same passages as without an engine, more are asked for until nothing that was not
proposed can be among the best. Where that takes more than an engine gives, all rows of the segment are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alliance_qa import budget
from alliance_qa.errors import EngineError
from alliance_qa.index import sparse
from alliance_qa.index.dense import FEW, LEAST, PROPOSALS, cosines_of, kth, require_query
from alliance_qa.index.engine import CALL_SECONDS, MOST, Engine, Field, Found, Search, Sparse
from alliance_qa.index.lexical import Bm25Index, best
from alliance_qa.index.manifest import StoredCollection
from alliance_qa.index.segment import Segment
from alliance_qa.ports import Mask, Rows, Vectors

_RUNS = 128  # of rows in one expression
_CALLS = 8  # of a segment, one an expression; for a filter that takes more its rows are compared here
_AGAIN = 4  # times as many rows are asked for when they were too few
_ROUNDING = 1 + 1e-4  # of an engine's sums, more than float32 can be off


@dataclass(frozen=True, slots=True)
class _Share:
    """What of a segment may be found."""

    at: int  # number of the segment
    collection: StoredCollection
    mask: Mask | None  # of its rows; None allows all
    count: int  # rows that may be found
    expressions: tuple[tuple[str, int], ...]  # that let these rows through together, and how many each

    def rows(self) -> Rows:
        return np.arange(self.count) if self.mask is None else np.flatnonzero(self.mask)

    def searches(self, field: Field, query: Vectors | Sparse, asked: int) -> list[Search]:
        queries = query[None] if isinstance(query, np.ndarray) else [query]
        effort = max(self.collection.effort, asked) if self.collection.effort else 0
        return [
            Search(self.collection.name, field, queries, min(asked, held), text, effort)
            for text, held in self.expressions
        ]

    def cuts(self, found: Sequence[Found], counts: Sequence[int]) -> list[bool]:
        """Return, of each search, whether it may have left out rows that it could have found."""
        held = [count for _, count in self.expressions]
        return [len(rows) >= asked and asked < most for (_, rows), asked, most in zip(found, counts, held, strict=True)]

    def checked(self, found: Sequence[list[Found]]) -> list[Found]:
        """Return what was found for the only query of each search, but for rows that may not be found."""
        kept = []
        for ((scores, rows),) in found:
            if len(rows) and not (rows.min() >= 0 and rows.max() < self.collection.passages):
                raise EngineError(_incomplete(self.collection.name))
            there = np.ones(len(rows), np.bool_) if self.mask is None else self.mask[rows]
            kept.append((scores[there], rows[there]))
        return kept


def expressions(mask: Mask) -> list[tuple[str, int]]:
    """Return expressions over "row", of numbers alone, that let these rows through together, and how many each.

    Where it would take too many of them there are none.
    """
    ends = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).reshape(-1, 2)
    found: list[tuple[str, int]] = []
    if len(ends) > _RUNS * _CALLS:
        return found
    for at in range(0, len(ends), _RUNS):
        some = ends[at : at + _RUNS]
        text = " or ".join(f"(row >= {start} and row < {end})" for start, end in some.tolist())
        found.append((text, int((some[:, 1] - some[:, 0]).sum())))
    return found


def _shares(segments: Sequence[Segment], firsts: Rows, allowed: Mask | None) -> list[_Share]:
    found = []
    for at, (segment, first, end) in enumerate(zip(segments, firsts, firsts[1:], strict=False)):
        collection = segment.info.collection
        mask = None if allowed is None or allowed[first:end].all() else allowed[first:end]
        count = int(end - first) if mask is None else int(mask.sum())
        if count and collection is not None:
            texts = [("", count)] if mask is None else expressions(mask) if count > FEW else []
            found.append(_Share(at, collection, mask, count, tuple(texts)))
    return found


def _proposed(
    engine: Engine,
    shares: Sequence[_Share],
    field: Field,
    query: Vectors | Sparse,
    asked: int,
    settle: Callable[[_Share, list[Found], list[int]], Rows | None],
) -> dict[int, Rows]:
    """Return the rows of each segment that hold its best; those that are compared here are all that may be found.

    Args:
        engine: What is asked.
        shares: Of each segment what may be found.
        field: By what is searched.
        query: What is searched for.
        asked: How many rows to begin with.
        settle: Returns the rows once they hold the best, given what was found and how much each search asked for.
    """
    until = time.monotonic() + CALL_SECONDS
    found = {share.at: share.rows() for share in shares if not share.expressions}
    pending = [share for share in shares if share.expressions]
    while pending:
        searches = [share.searches(field, query, min(asked, MOST)) for share in pending]
        replies = iter(engine.search([each for some in searches for each in some], seconds=until - time.monotonic()))
        left = []
        for share, some in zip(pending, searches, strict=True):
            budget.spend()
            counts = [each.count for each in some]
            rows = settle(share, share.checked([next(replies) for _ in some]), counts)
            if rows is None and asked >= MOST:
                rows = share.rows()
            if rows is None:
                left.append(share)
            else:
                found[share.at] = rows
        pending, asked = left, asked * _AGAIN
    return found


class EngineDense:
    """A DenseIndex over segments whose nearest rows an engine proposes."""

    def __init__(self, segments: Sequence[Segment], engine: Engine, firsts: Rows) -> None:
        self._segments, self._engine, self._firsts = segments, engine, firsts
        self._vectors = [np.ascontiguousarray(s.corpus.vectors, np.float32) for s in segments]  # maps stay maps

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Find the vectors nearest to a question; see `DenseIndex.search`. The cosines are exact.

        Raises:
            EngineError: The engine cannot be asked.
        """
        if not len(self):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        require_query(query, k, self._vectors[0].shape[1])
        query = np.ascontiguousarray(query, np.float32)

        def settle(share: _Share, found: list[Found], counts: list[int]) -> Rows | None:
            short = [len(rows) < asked for (_, rows), asked in zip(found, counts, strict=True)]
            if any(short) and (share.collection.kind == "FLAT" or not any(len(rows) for _, rows in found)):
                raise EngineError(_incomplete(share.collection.name))
            cosines = [cosines_of(self._vectors[share.at], query, rows) for _, rows in found]
            every, wanted = np.concatenate(cosines), min(k, share.count)
            cut = [min(c) for c, is_cut in zip(cosines, share.cuts(found, counts), strict=True) if is_cut]
            # An arbitrary one of several that tie at the last place is kept: never one of the best k.
            if len(every) < wanted or (cut and kth(every, wanted) <= max(cut)):
                return None
            return np.concatenate([rows for _, rows in found])

        shares = _shares(self._segments, self._firsts, allowed)
        rows = _proposed(self._engine, shares, Field.VECTOR, query, max(LEAST, PROPOSALS * k), settle)
        none = np.empty(0, np.float32)
        cosines = np.concatenate([none, *(cosines_of(self._vectors[at], query, some) for at, some in rows.items())])
        every = np.concatenate([np.empty(0, np.int64), *(some + self._firsts[at] for at, some in rows.items())])
        order = np.lexsort((every, -cosines))[:k]
        return cosines[order], every[order]


class EngineLexical:
    """A LexicalIndex over segments whose best rows an engine proposes."""

    def __init__(self, segments: Sequence[Segment], engine: Engine, firsts: Rows) -> None:
        self._segments, self._engine, self._firsts = segments, engine, firsts
        self._exact = Bm25Index([segment.postings for segment in segments])
        self._drifts = [sparse.drift(segment.postings, self._exact.mean_length) for segment in segments]

    def best(self, terms: Sequence[str], count: int, allowed: Mask | None) -> Rows:
        """Find the rows of the highest scores; see `LexicalIndex.best`. Raises EngineError."""
        weights = self._exact.weighed(terms)
        held = [self._exact.found(term) for term in weights]

        def most(share: _Share) -> int:
            """Return how many rows that may be found hold the commonest term: so many at least are found."""
            rows = [found[share.at][0] for found in held]
            return max((len(each) if share.mask is None else int(share.mask[each].sum()) for each in rows), default=0)

        def settle(share: _Share, found: list[Found], counts: list[int]) -> Rows | None:
            rows = np.concatenate([rows for _, rows in found])
            cuts = share.cuts(found, counts)
            cut = [products[-1] for (products, _), is_cut in zip(found, cuts, strict=True) if is_cut]
            if not cut and len(rows) < most(share):
                raise EngineError(_incomplete(share.collection.name))
            scores = self._exact.scores(terms, rows + self._firsts[share.at])
            border = max(cut, default=0.0) * self._drifts[share.at] * _ROUNDING
            if cut and (len(rows) < count or kth(scores, count) <= border):
                return None
            return rows

        shares = [share for share in _shares(self._segments, self._firsts, allowed) if most(share)]
        rows = _proposed(self._engine, shares, Field.TERMS, sparse.question(weights), PROPOSALS * count, settle)
        every = np.sort(np.concatenate([np.empty(0, np.int64), *(s + self._firsts[at] for at, s in rows.items())]))
        return every[best(self._exact.scores(terms, every), count)]

    def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
        return self._exact.scores(terms, rows)

    def holds(self, terms: Sequence[str]) -> bool:
        return self._exact.holds(terms)

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        return self._exact.weights(terms)

    def words_like(self, word: str, edits: int) -> Mapping[str, int]:
        return self._exact.words_like(word, edits)


def _incomplete(collection: str) -> str:
    return f'collection {collection} does not hold all that was written; run "alliance-qa index" to write it again'
