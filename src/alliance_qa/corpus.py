"""The documents and passages of one generation, in SQLite and NumPy files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from alliance_qa.domain import (
    Block,
    BlockKind,
    Document,
    Fact,
    Facts,
    Passage,
    PassageKind,
    Provenance,
    Span,
)
from alliance_qa.errors import UnknownDocumentError
from alliance_qa.ports import Embedding, Rows, Vectors

_SCHEMA = """
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL, kind TEXT NOT NULL, page INTEGER, headings TEXT NOT NULL,
    sentences TEXT NOT NULL, first_sentence INTEGER NOT NULL, key BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document);
"""
_CACHED_DOCUMENTS = 256


class StoredCorpus:
    """A Corpus read from a generation's folder. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        # One connection serves all threads: SQLite is built serialized (sqlite3.threadsafety == 3).
        self._database = sqlite3.connect(
            f"{(folder / 'corpus.sqlite').absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,
        )
        self._vectors: Vectors = np.load(folder / "vectors.npy", mmap_mode="r")
        self._sentences = np.load(folder / "sentences.npy", mmap_mode="r")
        self._document = lru_cache(_CACHED_DOCUMENTS)(self._read_document)

    def __len__(self) -> int:
        """How many passages are stored."""
        return len(self._vectors)

    def documents(self) -> list[Document]:
        rows = self._database.execute("SELECT row FROM documents ORDER BY path").fetchall()
        return [self._document(row) for (row,) in rows]

    def document(self, document_id: str) -> Document:
        found = self._database.execute("SELECT row FROM documents WHERE id = ?", (document_id,)).fetchone()
        if found is None:
            raise UnknownDocumentError("no document has this id; list the documents to see their ids")
        return self._document(found[0])

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        marks = ",".join("?" * len(rows))
        found = {
            row: (document, start, end, kind, page, headings, sentences)
            for row, document, start, end, kind, page, headings, sentences in self._database.execute(
                "SELECT row, document, span_start, span_end, kind, page, headings, sentences "
                f"FROM passages WHERE row IN ({marks})",
                [int(row) for row in rows],
            )
        }
        return [self._passage(*found[int(row)]) for row in rows]

    def vectors(self, rows: Sequence[int]) -> Vectors:
        return np.asarray(self._vectors[np.asarray(rows, dtype=np.int64)])

    def sentence_vectors(self, row: int) -> Vectors:
        first, sentences = self._database.execute(
            "SELECT first_sentence, sentences FROM passages WHERE row = ?", (int(row),)
        ).fetchone()
        count = len(json.loads(sentences))
        return np.asarray(self._sentences[first : first + count], dtype=np.float32)

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        query = "SELECT p.row FROM passages p JOIN documents d ON p.document = d.row WHERE d.id = ? ORDER BY p.row"
        rows = [row for wanted in document_ids for (row,) in self._database.execute(query, (wanted,))]
        return np.array(sorted(rows), dtype=np.int64)

    def keys(self) -> dict[bytes, int]:
        """Return the row of every passage by what its vectors were made of."""
        return {key: row for row, key in self._database.execute("SELECT row, key FROM passages ORDER BY row DESC")}

    def embedding(self, row: int) -> Embedding:
        """Return the stored vectors of a passage."""
        return Embedding(self.vectors([row])[0], self.sentence_vectors(row))

    def close(self) -> None:
        """Give the files back; the corpus cannot be used afterwards."""
        self._database.close()

    def _passage(
        self, document: int, start: int, end: int, kind: str, page: int | None, headings: str, sentences: str
    ) -> Passage:
        source, span = self._document(document), Span(start, end)
        return Passage(
            source.id,
            span,
            span.of(source.text),
            tuple(Span(*pair) for pair in json.loads(sentences)),
            tuple(json.loads(headings)),
            PassageKind(kind),
            page,
        )

    def _read_document(self, row: int) -> Document:
        id_, path, media_type, sha256, text, blocks, facts = self._database.execute(
            "SELECT id, path, media_type, sha256, text, blocks, facts FROM documents WHERE row = ?", (row,)
        ).fetchone()
        return Document(
            id_,
            path,
            media_type,
            sha256,
            text,
            tuple(
                Block(BlockKind(kind), Span(start, end), level, page)
                for kind, start, end, level, page in json.loads(blocks)
            ),
            Facts(**{name: _fact(*stored) for name, stored in json.loads(facts).items()}),
        )


def write(
    folder: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    keys: Sequence[bytes],
    vectors: Vectors,
    sentence_vectors: Vectors,
) -> None:
    """Write the corpus into a new folder.

    Args:
        folder: Exists and holds no corpus yet.
        documents: In the order of their paths.
        passages: Grouped by document, in the documents' order; their place is their row.
        keys: What each passage's vectors were made of, 32 bytes each.
        vectors: Of the passages, shape (passages, dimension).
        sentence_vectors: Of all sentences of all passages in order, shape (sentences, dimension).
    """
    np.save(folder / "vectors.npy", vectors.astype(np.float32))
    # Half precision moves a cosine by less than 0.0005 and halves the largest file.
    np.save(folder / "sentences.npy", sentence_vectors.astype(np.float16))
    firsts = np.cumsum([0, *(len(passage.sentences) for passage in passages)])
    numbers = {document.id: row for row, document in enumerate(documents)}
    database = sqlite3.connect(folder / "corpus.sqlite")
    try:
        database.executescript(_SCHEMA)
        with database:
            database.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(row, *_document_columns(document)) for row, document in enumerate(documents)],
            )
            database.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (row, numbers[passage.document_id], *_passage_columns(passage), int(firsts[row]), key)
                    for row, (passage, key) in enumerate(zip(passages, keys, strict=True))
                ],
            )
    finally:
        database.close()


def _document_columns(document: Document) -> tuple[str, ...]:
    blocks = [(b.kind, b.span.start, b.span.end, b.level, b.page) for b in document.blocks]
    facts = {
        name: (fact.value, fact.provenance, *((fact.span.start, fact.span.end) if fact.span else ()))
        for name in Facts.__dataclass_fields__
        if (fact := getattr(document.facts, name)) is not None
    }
    return (
        document.id,
        document.path,
        document.media_type,
        document.sha256,
        document.text,
        json.dumps(blocks),
        json.dumps(facts, ensure_ascii=False),
    )


def _passage_columns(passage: Passage) -> tuple[int, int, str, int | None, str, str]:
    return (
        passage.span.start,
        passage.span.end,
        passage.kind.value,
        passage.page,
        json.dumps(passage.headings, ensure_ascii=False),
        json.dumps([(s.start, s.end) for s in passage.sentences]),
    )


def _fact(value: str, provenance: str, *span: int) -> Fact:
    return Fact(value, Provenance(provenance), Span(*span) if span else None)
