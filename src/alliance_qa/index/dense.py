"""Passage vectors in FAISS: a scan proposes, exact cosines decide."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np

from alliance_qa.errors import IndexDamagedError
from alliance_qa.ports import Mask, Rows, Vectors

# Read off `benchmarks/dense.py`; one thread, dimension 384.
FEW = 8_192  # allowed rows, compared one by one in 0.8 ms; the 100 best by codes and a mask take 1.3
LEAST, PROPOSALS = 100, 4  # rows asked of an approximate index: in all, and per row to return

_TABLE_BYTES = 256 << 20  # what an index may compute while it is read, beyond what the file holds

# The limits are one for the whole process, so one file is read at a time.
_reading = threading.Lock()


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
        require_query(query, k, self._vectors.shape[1])
        most = len(self) if allowed is None else int(allowed.sum())
        k = min(k, most)
        if not k:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        query = np.ascontiguousarray(query, dtype=np.float32)
        found = self._propose(query, k, most, allowed) if most > FEW or allowed is None else None
        if found is None:
            rows = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
            found = cosines_of(self._vectors, query, rows), rows
        cosines, rows = found
        kept = np.flatnonzero(cosines >= kth(cosines, k))
        order = kept[np.lexsort((rows[kept], -cosines[kept]))][:k]
        return cosines[order], rows[order]

    def _propose(self, query: Vectors, k: int, most: int, allowed: Mask | None) -> tuple[Vectors, Rows] | None:
        """Return cosines and rows that hold the best k, or None where comparing all is no slower.

        FAISS keeps an arbitrary one of several vectors that tie at the last place. So that the
        choice never depends on it, more are asked for as long as the last is as near as the k-th.
        """
        wanted = k + 1 if self._is_exact else max(LEAST, PROPOSALS * k)
        # Masked afterwards, not by a selector: the scan over 4-bit codes takes none.
        asked = wanted * len(self) // most
        while asked < len(self) // 2:
            with one_thread():
                rows = self._index.search(query[None], asked)[1][0]
            # FAISS pads with row -1 what its probes did not reach; a damaged file may name any row.
            rows = rows[(rows >= 0) & (rows < len(self))]
            cosines = cosines_of(self._vectors, query, rows)
            last = cosines[-1:]
            if allowed is not None:
                cosines, rows = cosines[allowed[rows]], rows[allowed[rows]]
            enough = max(k, min(wanted // 2, most))
            if len(rows) >= enough and last < kth(cosines, k):
                return cosines, rows
            asked *= 2
        return None


def require_query(query: Vectors, k: int, dimension: int) -> None:
    """Raise ValueError for what cannot be searched for."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    if query.shape != (dimension,) or not np.isfinite(query).all():
        raise ValueError(f"the query must be {dimension} finite numbers, not shape {query.shape}")


def cosines_of(vectors: Vectors, query: Vectors, rows: Rows) -> Vectors:
    """Return the cosines of some rows of unit vectors, shape (len(rows),), all arrays being contiguous."""
    # Unlike `vectors[rows] @ query` it copies no vector and gives equal vectors equal cosines.
    cosines = np.empty(len(rows), np.float32)
    pointers = [faiss.swig_ptr(array) for array in (cosines, query, vectors, rows)]
    faiss.fvec_inner_products_by_idx(*pointers, len(query), 1, len(rows))  # type: ignore[attr-defined]
    return cosines


def kth(cosines: Vectors, k: int) -> np.float32:
    """Return the k-th highest, k from 1."""
    return np.float32(np.partition(cosines, -k)[-k])


@contextmanager
def one_thread() -> Iterator[None]:
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
