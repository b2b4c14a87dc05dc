"""Passage vectors in FAISS, searched exactly."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

from alliance_qa.errors import IndexDamagedError
from alliance_qa.ports import Mask, Rows, Vectors


class FaissIndex:
    """A DenseIndex over a FAISS file."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    @classmethod
    def open(cls, path: Path) -> FaissIndex:
        """Map a file into memory. FAISS files carry no checksum: compare it before calling this."""
        try:
            return cls(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY))
        except RuntimeError as error:
            raise IndexDamagedError(f'{path} is not a FAISS index; run "alliance-qa index" again') from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Find the vectors nearest to a question; see `DenseIndex.search`.

        FAISS keeps an arbitrary one of several vectors that tie at the k-th place. So that
        the choice never depends on it, one more is asked for as long as the last two are equal.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        if query.shape != (self._index.d,) or not np.isfinite(query).all():
            raise ValueError(f"the query must be {self._index.d} finite numbers, not shape {query.shape}")
        most = len(self) if allowed is None else int(allowed.sum())
        if not most:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        wanted = min(k, most)
        asked = min(wanted + 1, most)
        scores, rows = self._search(query, asked, allowed)
        while asked < most and scores[-1] == scores[wanted - 1]:
            asked = min(2 * asked, most)
            scores, rows = self._search(query, asked, allowed)
        order = np.lexsort((rows, -scores))[:wanted]
        return scores[order], rows[order]

    def _search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            # The selector points into `bits` and keeps them alive.
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bits))  # type: ignore[call-arg, arg-type]
        scores, rows = self._index.search(query[None], k, params=parameters)
        return scores[0], rows[0]


def serialize(vectors: Vectors) -> bytes:
    """Return the bytes of a FAISS file over unit vectors, shape (n, dimension), for inner products.

    `faiss.write_index` is no safe save: on a full disk it raises nothing. The caller writes
    these bytes and syncs them.
    """
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, dtype=np.float32))
    return bytes(faiss.serialize_index(index))
