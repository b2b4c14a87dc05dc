"""Which FAISS index for which size, and whether the stand-ins for questions are honest.

The vectors are those of the public sets in ../shared/data. A larger collection is made of copies of
them, each reflected along random principal axes: within a copy every cosine between passages and
questions is the real one, the copies lie apart like collections on other subjects, and the covariance
stays. What it lacks is a subject with more than 4,707 passages.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np
from public_sets import load

from alliance_qa.index.dense import FaissIndex
from alliance_qa.index.tuning import _questions
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.ports import Rows, Vectors

_SETS = ("squad2-train-part", "qed-dev", "covid-qa")
_K = 10
_SEGMENT = 65_536
_MILLION = 16 * _SEGMENT
# (factory, parameters to try); {lists} is about the square root of the passages.
_CANDIDATES = [
    ("Flat", [""]),
    ("SQ8", [""]),
    ("PQ96x4fs", [""]),
    ("PQ192x4fs", [""]),
    ("IVF{lists},Flat", ["nprobe=32"]),
    ("IVF{lists},SQ8", [f"nprobe={lists}" for lists in (8, 16, 32, 64)]),
    ("HNSW32,SQ8", [f"efSearch={nodes}" for nodes in (64, 128, 256)]),
]


def main() -> None:
    """Print both tables. Times are those of one thread; quote the ratios, since machines are noisy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path, help="an .npz file that keeps the vectors from run to run")
    parser.add_argument("--sizes", type=int, nargs="*", default=[4_096, 16_384, _SEGMENT, _MILLION])
    parser.add_argument("--only-sizes", action="store_true", help="leave out the table of the stand-ins")
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(1)
    sets = _vectors(arguments.vectors)
    if not arguments.only_sizes:
        _print_stand_ins(sets)
    _header("size", "factory", "parameters", "ms, 10 best", "ms, 100 best", "recall@10", "recall@100", "build s", "MiB")
    for size in arguments.sizes:
        _print_candidates(*_grown(sets, size), segment=size)
        if size > _SEGMENT:
            _print_candidates(*_grown(sets, size), segment=_SEGMENT)


def _print_stand_ins(sets: dict[str, tuple[Vectors, Vectors]]) -> None:
    both = [np.concatenate(arrays) for arrays in zip(*sets.values(), strict=True)]
    _header("set", "index", "real questions", "half-way", "mixtures", "lower less real")
    for name, (passages, real) in {**sets, "all three": both, "grown": _grown(sets, _SEGMENT)}.items():
        lists = 2 ** round(np.log2(len(passages)) / 2)
        drawn = np.random.default_rng(0).permutation(real)[:500]
        kinds = [(asked, _kth(passages, asked, _K)) for asked in [drawn, *_questions(passages)]]
        for factory, steps in [
            (f"IVF{lists},Flat", [f"nprobe={max(1, lists // part)}" for part in (16, 8, 4, 2)]),
            ("HNSW32", ["efSearch=32", "efSearch=64"]),
            ("PQ48x4fs", [""]),
            ("PQ96x4fs", [""]),
            ("PQ192x4fs", [""]),
        ]:
            index = _trained(passages, factory)
            for parameters in steps:
                faiss.ParameterSpace().set_index_parameters(index, parameters)
                searched = FaissIndex(index, passages).search
                recalls = [_recall(searched, *asked) for asked in kinds]
                cells = [f"{recall:.3f}" for recall in recalls]
                _row(name, f"{factory} {parameters}", *cells, f"{min(recalls[1:]) - recalls[0]:+.3f}")
    print()


def _print_candidates(vectors: Vectors, questions: Vectors, *, segment: int) -> None:
    parts = [vectors[start : start + segment] for start in range(0, len(vectors), segment)]
    timed, asked = questions[:100], questions[:200]
    kths = {k: _kth(vectors, asked, k) for k in (_K, 100)}
    for pattern, steps in _CANDIDATES:
        if pattern.startswith("HNSW") and len(vectors) > _SEGMENT:
            continue  # takes minutes to build, and what it would show is seen at one segment
        factory = pattern.format(lists=2 ** round(np.log2(segment) / 2))
        start = time.perf_counter()
        indexes = [_trained(part, factory) for part in parts]
        seconds = time.perf_counter() - start
        mib = sum(_file_bytes(index) for index in indexes) / 2**20
        for parameters in steps:
            for index in indexes:
                faiss.ParameterSpace().set_index_parameters(index, parameters)
            opened = [FaissIndex(index, part) for index, part in zip(indexes, parts, strict=True)]

            def search(
                query: Vectors, k: int, allowed: None, opened: list[FaissIndex] = opened
            ) -> tuple[Vectors, Rows]:
                found = [index.search(query, k, allowed) for index in opened]
                scores = np.concatenate([scores for scores, _ in found])
                rows = np.concatenate([rows + at * segment for at, (_, rows) in enumerate(found)])
                best = np.argsort(-scores, kind="stable")[:k]
                return scores[best], rows[best]

            cells = [f"{_milliseconds(search, timed, k):.2f}" for k in kths]
            cells += [f"{_recall(search, asked, kth, k):.3f}" for k, kth in kths.items()]
            size = f"{len(vectors):,}" if len(parts) == 1 else f"{len(parts)} × {segment:,}"
            _row(size, factory, parameters, *cells, f"{seconds:.1f}", f"{mib:.1f}")


def _trained(vectors: Vectors, factory: str) -> faiss.Index:
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if factory.startswith("IVF"):
        # Enough, and a quarter of the time that FAISS would take by itself.
        index.cp.niter, index.cp.max_points_per_centroid = 10, 64
    index.train(vectors)
    index.add(vectors)
    return index


def _kth(vectors: Vectors, questions: Vectors, k: int) -> Vectors:
    return np.asarray(faiss.knn(questions, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)[0][:, -1])


def _recall(search: Callable[..., tuple[Vectors, Rows]], questions: Vectors, kth: Vectors, k: int = _K) -> float:
    found = np.stack([search(question, k, None)[0] for question in questions])
    return float(np.mean(found >= kth[:, None] - 1e-6))


def _milliseconds(search: Callable[..., tuple[Vectors, Rows]], questions: Vectors, k: int) -> float:
    def timed(question: Vectors) -> float:
        start = time.perf_counter()
        search(question, k, None)
        return time.perf_counter() - start

    return 1000 * float(np.median([timed(question) for question in questions]))


def _file_bytes(index: faiss.Index) -> int:
    with tempfile.NamedTemporaryFile() as file:
        faiss.write_index(index, file.name)
        return Path(file.name).stat().st_size


def _grown(sets: dict[str, tuple[Vectors, Vectors]], size: int) -> tuple[Vectors, Vectors]:
    """Return passages, shape (size, dimension), and up to a few hundred questions about them."""
    passages, questions = (np.concatenate(arrays) for arrays in zip(*sets.values(), strict=True))
    axes = np.linalg.eigh(passages.T @ passages)[1].astype(np.float32)
    grown = np.empty((size, passages.shape[1]), np.float32)
    asked = []

    def copies() -> Iterator[tuple[slice, Vectors, np.random.Generator]]:
        yield slice(0, len(passages)), np.eye(len(axes), dtype=np.float32), np.random.default_rng(0)
        for copy, start in enumerate(range(len(passages), size, len(passages)), start=1):
            random = np.random.default_rng(copy)
            signs = random.choice([-1, 1], size=len(axes)).astype(np.float32)
            yield slice(start, start + len(passages)), (axes * signs) @ axes.T, random

    for place, reflection, random in copies():
        part = grown[place]
        part[:] = passages[random.permutation(len(passages))[: len(part)]] @ reflection
        each = max(2, 500 * len(passages) // size)
        asked.append(questions[random.permutation(len(questions))[:each]] @ reflection)
    mixed = np.random.default_rng(0).permutation(np.concatenate(asked))
    return grown, np.ascontiguousarray(mixed, dtype=np.float32)


def _vectors(path: Path | None) -> dict[str, tuple[Vectors, Vectors]]:
    """Return the vectors of the passages and of the questions of every set."""
    if path is not None and path.exists():
        kept = np.load(path)
        return {name: (kept[f"{name}.passages"], kept[f"{name}.questions"]) for name in _SETS}
    embedder = ModelEmbedder()
    sets = {}
    for name in _SETS:
        data = load(name, embedder, most=1_300)
        sets[name] = np.stack([embedding.passage for embedding in data.embeddings]), data.vectors
    if path is not None:
        named = [
            (f"{name}.{kind}", array)
            for name, pair in sets.items()
            for kind, array in zip(("passages", "questions"), pair, strict=True)
        ]
        np.savez(path, **dict(named))
    return sets


def _header(*names: str) -> None:
    _row(*names)
    _row(*["---"] * len(names))


def _row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
