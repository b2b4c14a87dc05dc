"""A FAISS index built for passage vectors: the fastest whose recall, measured on them, is good enough."""

from __future__ import annotations

from dataclasses import dataclass

import faiss
import numpy as np

from alliance_qa.errors import SettingsError
from alliance_qa.index.dense import FaissIndex, one_thread
from alliance_qa.ports import Vectors, unit

# Read off `benchmarks/dense.py`, as is the order in `_choices`; one thread, dimension 384.
EXACT_UP_TO = 16_384  # passages, found exactly in 1 to 2 ms, where embedding a question takes about 10
_RECALL = 0.95

_K = 10
_QUERIES = 128  # of each kind, to measure the recall
_PROBES = tuple(f"nprobe={lists}" for lists in (8, 16, 32, 64, 128, 256))
_EFFORTS = tuple(f"efSearch={nodes}" for nodes in (64, 128, 256, 512))


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index to be written. `faiss.write_index` is no safe save: on a full disk it raises nothing."""

    data: bytes  # a FAISS file
    factory: str  # FAISS factory string
    parameters: str  # search parameters fixed in the file, "nprobe=16"; empty where there are none
    recall: float  # recall@10 against exact search, measured on these vectors; 1.0 for "Flat"


def build(vectors: Vectors, *, factory: str = "") -> BuiltIndex:
    """Index unit vectors, shape (n, dimension), for inner products.

    The same vectors give the same bytes, on one kind of processor and one version of FAISS.

    Args:
        factory: A FAISS factory string. It is kept even if its recall is low; vectors that are too
            few to train it on are indexed exactly. Empty chooses by size: exact while that is fast,
            then the fastest whose recall@10 is at least 0.95.
            FAISS search parameters that trade speed for recall are raised until it is.

    Raises:
        SettingsError: FAISS does not know the factory, or cannot build it from these vectors.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    with one_thread():
        if not len(vectors):
            return _build(vectors, "Flat")
        if factory:
            return _build(vectors, factory)
        for choice in _choices(*vectors.shape):
            built = _build(vectors, choice)
            if built.recall >= _RECALL:
                break
        return built


def _choices(count: int, dimension: int) -> list[str]:
    """Return factory strings to try, the fastest first; the last is exact."""
    if count <= EXACT_UP_TO:
        return ["Flat"]
    # Questions lie far from passages, so that inverted lists and graphs reach 0.95 only by looking
    # at so much that scanning 4-bit codes of everything is faster, besides being built faster.
    scans = [f"PQ{dimension // 2}x4fs"] if dimension % 2 == 0 else []
    return [*scans, "SQ8", "Flat"]


def _build(vectors: Vectors, factory: str) -> BuiltIndex:
    try:
        index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    except RuntimeError as error:
        raise SettingsError(
            f"ALLIANCE_QA_FAISS_FACTORY={factory!r} is no FAISS factory string for dimension {vectors.shape[1]}; "
            f"leave it empty to choose by size"
        ) from error
    if isinstance(index, faiss.IndexFlat):
        index.add(vectors)
        return BuiltIndex(bytes(faiss.serialize_index(index)), factory, "", 1.0)
    try:
        _train(index, vectors)
        index.add(vectors)
        parameters, recall = _tune(index, vectors)
        return BuiltIndex(bytes(faiss.serialize_index(index)), factory, parameters, recall)
    except _TooFewError:
        return _build(vectors, "Flat")
    except RuntimeError as error:
        raise SettingsError(
            f"ALLIANCE_QA_FAISS_FACTORY={factory!r} cannot be built from {len(vectors)} vectors; "
            f"leave it empty to choose by size"
        ) from error


class _TooFewError(Exception):
    """There are too few vectors to learn from, as in the segment of a new document."""


def _train(index: faiss.Index, vectors: Vectors) -> None:
    try:
        index.train(vectors)
    except RuntimeError as error:
        if len(vectors) <= EXACT_UP_TO:
            raise _TooFewError from error
        raise


def _tune(index: faiss.Index, vectors: Vectors) -> tuple[str, float]:
    """Set the cheapest parameters that reach the recall, or the dearest, and return both."""
    space = faiss.ParameterSpace()
    space.initialize(index)
    names = {space.parameter_ranges.at(i).name for i in range(space.parameter_ranges.size())}
    steps = _PROBES if "nprobe" in names else _EFFORTS if "efSearch" in names else ("",)
    asked = questions(vectors)
    k = min(_K, len(vectors))
    kth = [faiss.knn(kind, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)[0][:, -1] for kind in asked]
    parameters, recall = "", 0.0
    for parameters in steps:
        space.set_index_parameters(index, parameters)  # type: ignore[arg-type]
        recall = min(_recall(FaissIndex(index, vectors), *pair) for pair in zip(asked, kth, strict=True))
        if recall >= _RECALL:
            break
    return parameters, recall


def _recall(index: FaissIndex, questions: Vectors, kth: Vectors) -> float:
    """Return the share of the best rows that are found, by their cosine: equal ones are as good."""
    k = min(_K, len(index))
    found = np.stack([index.search(question, k, None)[0] for question in questions])
    return float(np.mean(found >= kth[:, None] - 1e-6))


def questions(vectors: Vectors) -> list[Vectors]:
    """Draw stand-ins for questions, two kinds, each of shape (128, dimension).

    A question is about a passage but lies far from it (cosine about 0.6), where approximate search
    misses more than next to a passage. One kind lies half-way between two passages, the other has
    the cosine of about 0.4 with one passage and for the rest a random mixture of sixteen. The lower
    recall of the two is to be no higher than that of real questions. `benchmarks/dense.py`: with
    codes and graphs it never is; with inverted lists it is up to 0.01 higher where it is near 0.95
    on the public sets, and up to 0.04 on the collection that is made of them.
    """
    random = np.random.default_rng(1)

    def draw(each: int) -> Vectors:
        return vectors[random.integers(len(vectors), size=(_QUERIES, each))]

    mixture = np.einsum("qn,qnd->qd", random.choice([-1.0, 1.0], size=(_QUERIES, 16)), draw(16))
    return [unit(draw(2).sum(axis=1)), unit(0.4 * draw(1)[:, 0] + 0.92 * unit(mixture))]
