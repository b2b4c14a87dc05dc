"""The seam to an engine that proposes passages: what it is asked, and what it can do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alliance_qa.ports import Rows, Vectors

CALL_SECONDS = 1.5  # for the answer to a question's calls; the check of readiness has two

MOST = 16_384  # rows asked of one call at most: the limit of Milvus

Sparse = Mapping[int, float]
"""A sparse vector: its numbers above 0, by dimension."""


class Field(StrEnum):
    """By what a collection is searched."""

    VECTOR = "vector"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked of one collection in one call."""

    collection: str
    field: Field
    queries: Vectors | Sequence[Sparse]  # at least one; vectors of shape (queries, dimension)
    count: int  # rows to return for each, 1 to MOST
    within: str = ""  # an expression over "row", made of numbers alone; "" for all rows
    effort: int = 0  # see `StoredCollection`


Found = tuple[NDArray[np.float32], Rows]
"""For one query the inner products, best first, and their rows, both shape (n,)."""


class Engine(Protocol):
    """Holds collections of rows, each with a vector and a sparse vector of terms, which never change.

    Every call raises EngineError when it cannot be asked, is too slow, or lacks the collection.
    """

    @property
    def name(self) -> str:
        """Which, for the keeper: "Milvus at https://…"."""

    def search(self, searches: Sequence[Search], *, seconds: float = CALL_SECONDS) -> list[list[Found]]:
        """Return what is found for each query of each search; all are asked at once and take so long together."""

    def write(self, collection: str, vectors: Vectors, terms: Callable[[int], Sparse], *, kind: str) -> None:
        """Make a collection, in the place of one of this name, and be ready to search it.

        Args:
            collection: Its name.
            vectors: Of each row, shape (rows, dimension), rows at least 1.
            terms: Returns those of a row; never none.
            kind: See `StoredCollection`.
        """

    def stored(self, collection: str, rows: Sequence[int]) -> tuple[Vectors, list[Sparse]]:
        """Return what some rows hold, in the order asked for."""

    def counts(self, collections: Collection[str]) -> dict[str, int]:
        """Return how many rows can be searched of each collection; those that are missing are left out."""

    def collections(self, prefix: str) -> list[str]:
        """Return the names of all collections that begin so."""

    def drop(self, collection: str) -> None:
        """Remove a collection. What is not there is no error."""

    def close(self) -> None:
        """Let go of the connection."""
