"""What a query is put to, and what is made of it: each answerer is `(Query, …, Collection) -> Draft or None`."""

from __future__ import annotations

from dataclasses import dataclass

from alliance_qa.domain import Citation, OperatingPoint, Passage, Reason
from alliance_qa.ports import Corpus, DenseIndex, Embedder, LexicalIndex, Mask, Reader


@dataclass(frozen=True, slots=True)
class Collection:
    """One generation and the models that read it: what questions are asked of."""

    corpus: Corpus
    dense: DenseIndex
    lexical: LexicalIndex
    embedder: Embedder
    operating_point: OperatingPoint | None = None  # how a confidence is read; None: the shipped one
    reader: Reader | None = None
    allowed: Mask | None = None  # which passages may be found, shape (passages,); None: all


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be cited, and whether it answers."""

    citations: tuple[Citation, ...]
    reason: Reason | None  # None: they answer
    confidence: float  # that they do, in [0, 1]
    not_stated: tuple[str, ...] = ()  # parts of the question that they do not answer, as they were typed
    weighed: tuple[Passage, ...] = ()  # the nearest, where the citations were chosen from their sentences
