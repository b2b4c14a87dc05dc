"""BM25 as sparse vectors: the inner product of a question's and a passage's is the score.

A passage's number for a term is tf / (tf + norm), a question's is how often it has the term times its idf. The norm
depends on the mean length of passages, which is that of the segment when it was written and of the whole generation
when it is searched: `drift` says by how much that can matter at most.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from alliance_qa.index.engine import Sparse
from alliance_qa.index.lexical import Postings, length_norms

_DIMENSIONS = 1 << 31
_NO_TERMS: Sparse = {0: 1e-6}  # no question has this dimension; an engine takes no empty vector


def dimension(term: str) -> int:
    """Return the dimension of a term, from 1 to 2**31 - 1. Two terms may share one: their numbers are added up."""
    return 1 + int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "big") % (_DIMENSIONS - 1)


def question(weights: Mapping[str, np.float32]) -> Sparse:
    """Return the sparse vector of a question from what each term adds at most."""
    found: dict[int, float] = defaultdict(float)
    for term, weight in weights.items():
        found[dimension(term)] += float(weight)
    return found


class PassageTerms:
    """The sparse vectors of a segment's passages."""

    def __init__(self, postings: Postings) -> None:
        from scipy.sparse import csr_array  # takes a while to load, and a service can do without

        terms, ends, rows, counts = postings.entries()
        norms = length_norms(postings.lengths, postings.mean_length)
        values = (counts / (counts + norms[rows])).astype(np.float32)
        dimensions = np.repeat(np.array([dimension(term) for term in terms], np.int64), np.diff(ends))
        self._table = csr_array((values, (rows, dimensions)), shape=(len(postings), _DIMENSIONS))
        self._table.sum_duplicates()

    def __call__(self, row: int) -> Sparse:
        """Return the sparse vector of a passage, with a dimension at least."""
        part = slice(self._table.indptr[row], self._table.indptr[row + 1])
        pairs = zip(self._table.indices[part].tolist(), self._table.data[part].tolist(), strict=True)
        return dict(pairs) or _NO_TERMS


def drift(postings: Postings, mean_length: float) -> float:
    """Return by which factor a score at this mean length can exceed the inner product, at least 1."""
    if not len(postings):
        return 1.0
    lengths = np.unique(postings.lengths)
    # Of all counts, 1 is where the norm weighs most.
    then, now = length_norms(lengths, postings.mean_length), length_norms(lengths, mean_length)
    return max(1.0, float(np.max((1 + then) / (1 + now))))
