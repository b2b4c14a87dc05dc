"""BM25 over passage terms: postings on disk, scores over all segments of a generation."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from alliance_qa import budget
from alliance_qa.errors import IndexDamagedError
from alliance_qa.index import disk
from alliance_qa.index.disk import StoredFile
from alliance_qa.ports import Mask, Rows, Vectors

# Measured by benchmarks/ablation.py: better than 1.2/0.75 and 1.5/0.75 on squad2-train-part
# and covid-qa, equal on qed-dev. They are Anserini's defaults too.
K1, B = 0.9, 0.4

# How many terms are kept with where they stand: far more than a question can have, so it looks up each of its once.
_KEPT_TERMS = 4_096

# A term that one passage in so many holds is common; of so many common ones what they say of every passage is kept,
# 4 bytes each. Adding that up takes a tenth of the time that looking up every passage takes.
_COMMON, _KEPT_COMMON = 8, 32

_BLOCK = 1_024  # scores of which the highest is looked at first

Found = list[tuple[NDArray[np.int32], NDArray[np.int32]]]
"""Of each segment the rows that hold a term, and how often each does."""

_VOCABULARY = "vocabulary.npy"  # uint8: the terms in UTF-8, in the order of their bytes, one after another
_TERM_ENDS = "term_ends.npy"  # int64, one more than there are terms: where each ends in the vocabulary
_POSTING_ENDS = "posting_ends.npy"  # int64, likewise: where the postings of each end
_ROWS = "rows.npy"  # int32: of the passages that hold a term, ascending
_COUNTS = "counts.npy"  # int32: how often they hold it
_LENGTHS = "lengths.npy"  # int32: terms per passage
_WORDS = "words.npy"  # uint8: the words behind the terms in UTF-8, in order, one a line; not in indexes of format 3


class Postings:
    """Which passages of one segment hold a term, and how often."""

    def __init__(self, folder: Path) -> None:
        """Map the files that `write` made into memory. Raises IndexDamagedError."""
        names = (_VOCABULARY, _TERM_ENDS, _POSTING_ENDS, _ROWS, _COUNTS, _LENGTHS)
        try:
            arrays = [np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in names]
            known = (folder / _WORDS).exists()
            self._words = np.load(folder / _WORDS, mmap_mode="r", allow_pickle=False) if known else arrays[0][:0]
        except (OSError, EOFError, ValueError) as error:
            raise IndexDamagedError(f'{folder} holds no postings; run "alliance-qa index" again') from error
        self._vocabulary = memoryview(arrays[0])
        self._term_ends, self._posting_ends = memoryview(arrays[1]), memoryview(arrays[2])
        # Views: every slice of a memory map would be one again, which takes longer than to look into it.
        self._rows, self._counts, self.lengths = (array.view(np.ndarray) for array in arrays[3:])
        self.total_length = int(self.lengths.sum(dtype=np.int64))

    def __len__(self) -> int:
        """How many passages there are."""
        return len(self.lengths)

    @property
    def mean_length(self) -> float:
        """Terms per passage, above 0."""
        return self.total_length / max(1, len(self)) or 1.0

    def entries(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return all terms, where the postings of each begin and at last end, and of all postings rows and counts."""
        ends = self._term_ends
        terms = [bytes(self._vocabulary[start:end]).decode() for start, end in itertools.pairwise(ends)]
        return terms, np.asarray(self._posting_ends), self._rows, self._counts

    def words(self) -> list[str]:
        """Return the words of the passages, each once; none where the index knows only their terms."""
        return bytes(self._words).decode().splitlines()

    def find(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the rows that hold a term and how often each does, both shape (n,)."""
        wanted, known = term.encode(), len(self._term_ends) - 1
        at = bisect_left(range(known), wanted, key=self._term)
        if at == known or self._term(at) != wanted:
            at, known = 0, 0
        held = slice(self._posting_ends[at], self._posting_ends[at + 1]) if known else slice(0)
        return self._rows[held], self._counts[held]

    def _term(self, at: int) -> bytes:
        return bytes(self._vocabulary[self._term_ends[at] : self._term_ends[at + 1]])


class Bm25Index:
    """A LexicalIndex in Lucene's form of BM25 (Kamphuis et al., ECIR 2020), over several segments.

    idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)); a term adds idf(t) · tf / (tf + k1 · (1 - b + b · l / mean l)),
    which stays below idf(t). N, df and mean l count the passages of all segments, so that a
    score does not depend on how these are cut.
    """

    def __init__(self, segments: Sequence[Postings]) -> None:
        self._segments = segments
        self._passages = sum(map(len, segments))
        self.mean_length = sum(s.total_length for s in segments) / max(1, self._passages) or 1.0
        # Of the segments, not a method: that would keep a generation open until the garbage collector finds the circle.
        self._found = lru_cache(_KEPT_TERMS)(partial(_find, segments))
        self._norms = [length_norms(s.lengths, self.mean_length) for s in segments]
        self._firsts = np.cumsum([0, *map(len, segments)], dtype=np.int64)
        self._whole = lru_cache(_KEPT_COMMON)(partial(_whole, self._found, self._norms, self._firsts))

    def best(self, terms: Sequence[str], count: int, allowed: Mask | None) -> Rows:
        scores = self.all_scores(terms)
        if allowed is not None:
            scores = np.where(allowed, scores, 0)
        return best(scores, count)

    def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
        scores = np.zeros(len(rows), np.float32)
        parts = np.searchsorted(self._firsts, rows, side="right") - 1
        weighed = [(self._found(term), weight) for term, weight in self.weighed(terms).items()]
        for at in np.unique(parts):
            places = np.flatnonzero(parts == at)
            own = (rows[places] - self._firsts[at]).astype(np.int32)  # as postings are, or these would be copied
            norms, added = self._norms[at][own], np.zeros(len(own), np.float32)
            for found, weight in weighed:
                held, counts = found[at]
                if len(held):
                    spots = held.searchsorted(own)
                    often = counts.take(spots, mode="clip") * (held.take(spots, mode="clip") == own)
                    # As `all_scores` adds them up, term by term: equal to the last bit.
                    added += weight * _saturated(often, norms)
            scores[places] = added
        return scores

    def holds(self, terms: Sequence[str]) -> bool:
        return any(len(rows) for term in terms for rows, _ in self._found(term))

    def all_scores(self, terms: Sequence[str]) -> Vectors:
        """Return the BM25 score of every passage, shape (passages,)."""
        scores = np.zeros(self._passages, np.float32)
        for term, weight in self.weighed(terms).items():
            if _COMMON * self._frequency(term) >= self._passages:
                scores += weight * self._whole(term)
            else:
                _add(scores, weight, self._found(term), self._norms, self._firsts)
        return scores

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        return {term: self._idf(self._frequency(term)) for term in dict.fromkeys(terms)}

    def words_like(self, word: str, edits: int) -> Mapping[str, int]:
        """Source: optimal string alignment, Damerau, CACM 1964: a letter put in, left out or changed, two swapped."""
        budget.spend()
        alike = self._words_by_letter.get(word[:1], ())
        near = process.extract_iter(word, alike, scorer=OSA.distance, score_cutoff=edits)
        return {other: int(distance) for other, distance, _ in near}

    @cached_property
    def _words_by_letter(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for word in sorted({word for segment in self._segments for word in segment.words()}):
            found[word[0]].append(word)
        return found

    def weighed(self, terms: Sequence[str]) -> dict[str, np.float32]:
        """Return what each term adds to the score of a passage at most, above 0."""
        return {term: np.float32(times * self._idf(self._frequency(term))) for term, times in Counter(terms).items()}

    def found(self, term: str) -> Found:
        """Return, of each segment, the rows that hold a term, and how often each does."""
        return self._found(term)

    def _frequency(self, term: str) -> int:
        return sum(len(rows) for rows, _ in self._found(term))

    def _idf(self, frequency: int) -> float:
        return math.log(1 + (self._passages - frequency + 0.5) / (frequency + 0.5))


def length_norms(lengths: NDArray[np.int32], mean_length: float) -> Vectors:
    """Return what passages of these lengths add to a term's count under the fraction."""
    return K1 * (1 - B + B * lengths.astype(np.float32) / mean_length)


def _saturated(counts: NDArray[np.int32], norms: Vectors) -> Vectors:
    """Return what a term adds to the scores of passages that hold it so often, by the weight of the term."""
    often = counts.astype(np.float32)
    return often / (often + norms)


def best(scores: Vectors, count: int) -> Rows:
    """Return the rows of the `count` highest scores above 0, ascending; ties at the border go to the lowest row."""
    # So many blocks have a score of this height that no lower one can be among the best.
    highest = scores[: len(scores) // _BLOCK * _BLOCK].reshape(-1, _BLOCK).max(axis=1)
    least = np.partition(highest, len(highest) - count)[len(highest) - count] if len(highest) > count else 0
    found = np.flatnonzero((scores > 0) & (scores >= least))
    if len(found) > count:
        border = np.partition(scores[found], len(found) - count)[len(found) - count]
        above = found[scores[found] > border]
        equal = found[scores[found] == border][: count - len(above)]
        found = np.union1d(above, equal)
    return found.astype(np.int64)


def _find(segments: Sequence[Postings], term: str) -> Found:
    budget.spend()
    return [segment.find(term) for segment in segments]


def _whole(find: Callable[[str], Found], norms: Sequence[Vectors], firsts: Rows, term: str) -> Vectors:
    """Return what a term adds to every passage by its weight, shape (passages,)."""
    added = np.zeros(firsts[-1], np.float32)
    _add(added, np.float32(1), find(term), norms, firsts)
    return added


def _add(scores: Vectors, weight: np.float32, found: Found, norms: Sequence[Vectors], firsts: Rows) -> None:
    """Add what a term of this weight does to the scores of all passages that hold it."""
    for first, of_segment, (rows, counts) in zip(firsts, norms, found, strict=False):
        scores[first : first + len(of_segment)][rows] += weight * _saturated(counts, of_segment[rows])


def write(folder: Path, passages: Sequence[Sequence[str]], words: Iterable[str] = ()) -> dict[str, StoredFile]:
    """Write the postings of passages. Return the files by name.

    Args:
        folder: An empty one.
        passages: The terms of each passage in row order.
        words: The words that these are the terms of; in any order, repeats do not matter.
    """
    lengths = np.array([len(terms) for terms in passages], np.int64)
    vocabulary = sorted(term.encode() for term in {term for terms in passages for term in terms})
    numbers = {term.decode(): number for number, term in enumerate(vocabulary)}
    held = np.fromiter((numbers[term] for terms in passages for term in terms), np.int64, int(lengths.sum()))
    # Ordered by term and then by row, each pair once with how often it occurs.
    pairs, counts = np.unique(
        held * max(1, len(passages)) + np.repeat(np.arange(len(passages)), lengths), return_counts=True
    )
    terms_held, rows = np.divmod(pairs, max(1, len(passages)))
    arrays: dict[str, NDArray[Any]] = {
        _VOCABULARY: np.frombuffer(b"".join(vocabulary), np.uint8),
        _TERM_ENDS: np.cumsum([0, *map(len, vocabulary)], dtype=np.int64),
        _POSTING_ENDS: np.concatenate([[0], np.cumsum(np.bincount(terms_held, minlength=len(numbers)))]).astype(
            np.int64
        ),
        _ROWS: rows.astype(np.int32),
        _COUNTS: counts.astype(np.int32),
        _LENGTHS: lengths.astype(np.int32),
        _WORDS: np.frombuffer("\n".join(sorted(set(words))).encode(), np.uint8),
    }
    return {name: disk.write_array(folder / name, array) for name, array in arrays.items()}
