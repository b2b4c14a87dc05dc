"""What a segment is written from."""

from __future__ import annotations

from dataclasses import dataclass

from alliance_qa.domain import Document, Passage
from alliance_qa.ports import Vectors


@dataclass(frozen=True, slots=True)
class Part:
    """The content of one segment."""

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]  # grouped by document, in the documents' order
    terms: tuple[tuple[str, ...], ...]  # one tuple per passage
    keys: tuple[bytes, ...]  # one per passage: equal keys have equal vectors
    vectors: Vectors  # shape (passages, dimension); zeros for one that the model cannot read
    sentence_vectors: Vectors  # shape (sentences of all passages, dimension)
    reused: int  # passages whose vectors were known
