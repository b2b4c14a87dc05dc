"""How long the best passages by words take in a million passages, beside scoring every passage that holds a word.

    PYTHONPATH=src OMP_NUM_THREADS=1 python benchmarks/lexical.py [PASSAGES]

Postings are drawn, in memory, ten segments; words stand in a given share of the passages. Both ways must find the same.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np

from alliance_qa.index import lexical
from alliance_qa.index.lexical import Bm25Index
from alliance_qa.ports import Mask, Rows

_SHARES = {"c": (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3), "m": (0.05,) * 4, "r": (0.001,) * 4}
_QUESTIONS = {
    "one common word": "c0",
    "six common words": "c0 c1 c2 c3 c4 c5",
    "eight common words": "c0 c1 c2 c3 c4 c5 c6 c7",
    "common and rare words": "c5 c6 m0 m2 r2 r3",
    "rare words": "m1 r0 r1",
}
_BEST, _SEGMENTS, _RUNS = 100, 10, 5


class _Drawn:
    """The postings of a segment, as `Postings` has them."""

    def __init__(self, passages: int, shares: Mapping[str, float], draw: np.random.Generator) -> None:
        self.lengths = draw.integers(60, 160, passages).astype(np.int32)
        self.total_length = int(self.lengths.sum())
        self._held = {}
        for word, share in shares.items():
            rows = np.flatnonzero(draw.random(passages) < share).astype(np.int32)
            self._held[word] = rows, (1 + draw.poisson(1.5 * share, len(rows))).astype(np.int32)

    def __len__(self) -> int:
        return len(self.lengths)

    def find(self, word: str) -> tuple[Any, Any]:
        return self._held[word]


def main() -> None:
    """Print milliseconds, the least of five runs, with and without a filter that lets three in ten passages through."""
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    draw = np.random.default_rng(1)
    shares = {f"{kind}{at}": share for kind, all_ in _SHARES.items() for at, share in enumerate(all_)}
    index = Bm25Index([_Drawn(passages // _SEGMENTS, shares, draw) for _ in range(_SEGMENTS)])  # type: ignore[misc]
    allowed = draw.random(passages // _SEGMENTS * _SEGMENTS) < 0.3
    print("| question | every passage that holds a word | as shipped | with a filter: every passage | as shipped |")
    print("|---|---|---|---|---|")
    for name, text in _QUESTIONS.items():
        times = []
        for mask in (None, allowed):
            index.best(text.split(), _BEST, mask)  # the first asks for what is kept of common words
            plain, expected = _timed(lambda m=mask, t=text: _plain(index, t.split(), m))  # type: ignore[misc]
            shipped, found = _timed(lambda m=mask, t=text: index.best(t.split(), _BEST, m))  # type: ignore[misc]
            if not np.array_equal(found, expected):
                raise SystemExit(f"the two ways differ for {text!r}")
            times += [plain, shipped]
        print(f"| {name} | " + " | ".join(f"{1000 * seconds:.1f} ms" for seconds in times) + " |")


def _plain(index: Bm25Index, words: Sequence[str], allowed: Mask | None) -> Rows:
    """Return the best rows with nothing kept of common words, and sorted out among all scores."""
    with patch.multiple(lexical, _COMMON=0, _BLOCK=1 << 30):
        return index.best(words, _BEST, allowed)


def _timed(call: Callable[[], Rows]) -> tuple[float, Rows]:
    seconds = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - started)
    return min(seconds), result


if __name__ == "__main__":
    main()
