"""Passage vectors in FAISS: a scan proposes, exact cosines decide."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np

from alliance_qa.errors import IndexDamagedError, SettingsError
from alliance_qa.ports import Mask, Rows, Vectors, unit

# Read off `benchmarks/dense.py`, as is the order in `_choices`; one thread, dimension 384.
_EXACT_UP_TO = 16_384  # passages, found exactly in 1 to 2 ms, where embedding a question takes about 10
_FEW = 8_192  # allowed rows, compared one by one in 0.8 ms; the 100 best by codes and a mask take 1.3
_RECALL = 0.95
_LEAST, _PROPOSALS = 100, 4  # rows asked of an approximate index: in all, and per row to return

_K = 10
_QUERIES = 128  # of each kind, to measure the recall
_PROBES = tuple(f"nprobe={lists}" for lists in (8, 16, 32, 64, 128, 256))
_EFFORTS = tuple(f"efSearch={nodes}" for nodes in (64, 128, 256, 512))

_TABLE_BYTES = 256 << 20  # what an index may compute while it is read, beyond what the file holds

# The limits are one for the whole process, so one file is read at a time.
_reading = threading.Lock()


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
    with _one_thread():
        if not len(vectors):
            return _build(vectors, "Flat")
        if factory:
            return _build(vectors, factory)
        for choice in _choices(*vectors.shape):
            built = _build(vectors, choice)
            if built.recall >= _RECALL:
                break
        return built


class FaissIndex:
    """A DenseIndex over a FAISS file and the vectors it was built from."""

    def __init__(self, index: faiss.Index, vectors: Vectors) -> None:
        self._index = index
        self._is_exact = isinstance(index, faiss.IndexFlat)
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)  # a memory map stays one

    @classmethod
    def open(cls, path: Path, vectors: Vectors) -> FaissIndex:
        """Map a file into memory, where FAISS can for its kind of index.

        FAISS files carry no checksum: compare it before calling this.

        Args:
            vectors: What it was built from, shape (n, dimension), float32; may be a memory map.

        Raises:
            IndexDamagedError: It is no FAISS file, or one of other vectors.
        """
        try:
            with _reading, _limits(path.stat().st_size, len(vectors)):
                index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
        except (RuntimeError, MemoryError, OSError) as error:
            raise IndexDamagedError(f'{path} is not a FAISS index; run "alliance-qa index" again') from error
        if (index.ntotal, index.d) != vectors.shape or index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise IndexDamagedError(f'{path} is not the FAISS index of its vectors; run "alliance-qa index" again')
        return cls(index, vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Find the vectors nearest to a question; see `DenseIndex.search`.

        The cosines are exact with every kind of index; an approximate one may miss a row.
        n is always min(k, allowed rows).
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if query.shape != self._vectors.shape[1:] or not np.isfinite(query).all():
            raise ValueError(f"the query must be {self._vectors.shape[1]} finite numbers, not shape {query.shape}")
        most = len(self) if allowed is None else int(allowed.sum())
        k = min(k, most)
        if not k:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32)
        found = self._propose(query, k, most, allowed) if most > _FEW or allowed is None else None
        if found is None:
            rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
            found = self._cosines(query, rows), rows
        cosines, rows = found
        kept = np.flatnonzero(cosines >= _kth(cosines, k))
        order = kept[np.lexsort((rows[kept], -cosines[kept]))][:k]
        return cosines[order], rows[order]

    def _propose(self, query: Vectors, k: int, most: int, allowed: Mask | None) -> tuple[Vectors, Rows] | None:
        """Return cosines and rows that hold the best k, or None where comparing all is no slower.

        FAISS keeps an arbitrary one of several vectors that tie at the last place. So that the
        choice never depends on it, more are asked for as long as the last is as near as the k-th.
        """
        wanted = k + 1 if self._is_exact else max(_LEAST, _PROPOSALS * k)
        # Masked afterwards, not by a selector: the scan over 4-bit codes takes none.
        asked = wanted * len(self) // most
        while asked < len(self) // 2:
            with _one_thread():
                rows = self._index.search(query[None], asked)[1][0]
            # FAISS pads with row -1 what its probes did not reach; a damaged file may name any row.
            rows = rows[(rows >= 0) & (rows < len(self))]
            cosines = self._cosines(query, rows)
            last = cosines[-1:]
            if allowed is not None:
                cosines, rows = cosines[allowed[rows]], rows[allowed[rows]]
            enough = max(k, min(wanted // 2, most))
            if len(rows) >= enough and last < _kth(cosines, k):
                return cosines, rows
            asked *= 2
        return None

    def _cosines(self, query: Vectors, rows: Rows) -> Vectors:
        # Unlike `vectors[rows] @ query` it copies no vector and gives equal vectors equal cosines.
        cosines = np.empty(len(rows), np.float32)
        pointers = [faiss.swig_ptr(array) for array in (cosines, query, self._vectors, rows)]
        faiss.fvec_inner_products_by_idx(*pointers, len(query), 1, len(rows))  # type: ignore[attr-defined]
        return cosines


def _kth(cosines: Vectors, k: int) -> np.float32:
    return np.float32(np.partition(cosines, -k)[-k])


def _choices(count: int, dimension: int) -> list[str]:
    """Return factory strings to try, the fastest first; the last is exact."""
    if count <= _EXACT_UP_TO:
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
        if len(vectors) <= _EXACT_UP_TO:
            raise _TooFewError from error
        raise


def _tune(index: faiss.Index, vectors: Vectors) -> tuple[str, float]:
    """Set the cheapest parameters that reach the recall, or the dearest, and return both."""
    space = faiss.ParameterSpace()
    space.initialize(index)
    names = {space.parameter_ranges.at(i).name for i in range(space.parameter_ranges.size())}
    steps = _PROBES if "nprobe" in names else _EFFORTS if "efSearch" in names else ("",)
    questions = _questions(vectors)
    k = min(_K, len(vectors))
    kth = [faiss.knn(kind, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)[0][:, -1] for kind in questions]
    parameters, recall = "", 0.0
    for parameters in steps:
        space.set_index_parameters(index, parameters)  # type: ignore[arg-type]
        recall = min(_recall(FaissIndex(index, vectors), *pair) for pair in zip(questions, kth, strict=True))
        if recall >= _RECALL:
            break
    return parameters, recall


def _recall(index: FaissIndex, questions: Vectors, kth: Vectors) -> float:
    """Return the share of the best rows that are found, by their cosine: equal ones are as good."""
    k = min(_K, len(index))
    found = np.stack([index.search(question, k, None)[0] for question in questions])
    return float(np.mean(found >= kth[:, None] - 1e-6))


def _questions(vectors: Vectors) -> list[Vectors]:
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


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS use the calling thread only; OpenMP keeps this per thread.

    With several, the order in which a graph grows is left to chance, and every thread that
    searches would have a pool of its own, all fighting for the cores.
    """
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


@contextmanager
def _limits(file_bytes: int, rows: int) -> Iterator[None]:
    """While a file is read, what its header says cannot make FAISS take gigabytes of memory."""
    before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
    faiss.set_deserialization_vector_byte_limit(file_bytes + _TABLE_BYTES)
    faiss.set_deserialization_loop_limit(max(rows, 16))
    try:
        yield
    finally:
        faiss.set_deserialization_vector_byte_limit(before[0])
        faiss.set_deserialization_loop_limit(before[1])
