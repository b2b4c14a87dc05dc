"""BM25 over passage terms, by bm25s."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np

from alliance_qa.errors import IndexDamagedError
from alliance_qa.ports import Vectors

# bm25s sets its own logger to DEBUG.
logging.getLogger("bm25s").setLevel(logging.WARNING)

# Measured by benchmarks/fusion.py: better than 1.2/0.75 and 1.5/0.75 on squad2-train-part
# and covid-qa, equal on qed-dev. They are Anserini's defaults too.
K1, B = 0.9, 0.4


class Bm25Index:
    """A LexicalIndex in Lucene's form of BM25 (Kamphuis et al., ECIR 2020).

    idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)); a term adds idf(t) · tf / (tf + k1 · (1 - b + b · l / mean l)),
    which stays below idf(t).
    """

    def __init__(self, index: bm25s.BM25, passages: int) -> None:
        self._index, self._passages = index, passages
        pointers = index.scores["indptr"]
        # A column of the score matrix holds a term's passages, so its length is the document frequency.
        self._frequency = {term: int(pointers[i + 1] - pointers[i]) for term, i in index.vocab_dict.items() if term}

    @classmethod
    def open(cls, folder: Path, passages: int) -> Bm25Index:
        """Map the files that `write` made into memory."""
        try:
            return cls(bm25s.BM25.load(folder, mmap=True, show_progress=False), passages)
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise IndexDamagedError(f'{folder} is not a bm25s index; run "alliance-qa index" again') from error

    def scores(self, terms: Sequence[str]) -> Vectors:
        known = [term for term in terms if term in self._frequency]
        if not known:
            return np.zeros(self._passages, np.float32)
        return np.asarray(self._index.get_scores(known)[: self._passages], dtype=np.float32)

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        return {term: self._idf(self._frequency.get(term, 0)) for term in terms}

    def _idf(self, frequency: int) -> float:
        return math.log(1 + (self._passages - frequency + 0.5) / (frequency + 0.5))


def write(folder: Path, passages: Sequence[Sequence[str]]) -> None:
    """Index the terms of each passage, in row order, into files in a new folder."""
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    # bm25s needs a passage and a word in it; no question holds this one.
    index.index([list(terms) or ["\0"] for terms in passages] or [["\0"]], show_progress=False)
    index.save(folder, show_progress=False)
