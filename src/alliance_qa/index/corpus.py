"""The documents and passages of one segment, in SQLite and NumPy files."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np

from alliance_qa.documents.records import blocks_from_json, blocks_to_json, facts_from_json, facts_to_json
from alliance_qa.domain import Document, Facts, Passage, PassageKind, Span
from alliance_qa.index import disk
from alliance_qa.index.manifest import StoredFile
from alliance_qa.index.part import Part
from alliance_qa.ports import Embedding, Rows, Vectors

_SCHEMA = """
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL, facts TEXT NOT NULL
) STRICT;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL, kind TEXT NOT NULL, page INTEGER, headings TEXT NOT NULL,
    sentences TEXT NOT NULL, terms TEXT NOT NULL, first_sentence INTEGER NOT NULL, key BLOB NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document);
CREATE INDEX passages_by_key ON passages (key);
"""
_DATABASE, _VECTORS, _SENTENCES = "corpus.sqlite", "vectors.npy", "sentences.npy"
_CACHED_DOCUMENTS = 256
_PASSAGE = "document, span_start, span_end, kind, page, headings, sentences"


class StoredCorpus:
    """Part of a Corpus, read from a segment's folder. Rows count from 0. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        # One connection serves all threads: SQLite is built serialized (sqlite3.threadsafety == 3).
        self._database = sqlite3.connect(
            f"{(folder / _DATABASE).absolute().as_uri()}?mode=ro&immutable=1",
            uri=True,
            check_same_thread=False,
        )
        weakref.finalize(self, self._database.close)
        self.vectors: Vectors = np.load(folder / _VECTORS, mmap_mode="r")
        self._sentences = np.load(folder / _SENTENCES, mmap_mode="r")
        # Not a method: the cycle would keep the files of a generation that was removed on the disk.
        self._document = lru_cache(_CACHED_DOCUMENTS)(partial(_read_document, self._database))

    def __len__(self) -> int:
        """How many passages are stored."""
        return len(self.vectors)

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        """What is known about each document, by id."""
        rows = self._database.execute("SELECT id, facts FROM documents ORDER BY row")
        return {id_: facts_from_json(facts) for id_, facts in rows}

    def ids(self) -> list[str]:
        """Return the ids of all documents."""
        return [id_ for (id_,) in self._database.execute("SELECT id FROM documents ORDER BY row")]

    def documents(self) -> list[Document]:
        rows = self._database.execute("SELECT row FROM documents ORDER BY row").fetchall()
        return [self._document(row) for (row,) in rows]

    def document(self, document_id: str) -> Document | None:
        """Return a document, None when this segment does not hold it."""
        found = self._database.execute("SELECT row FROM documents WHERE id = ?", (document_id,)).fetchone()
        return self._document(found[0]) if found else None

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        marks = ",".join("?" * len(rows))
        found = {
            row: columns
            for row, *columns in self._database.execute(
                f"SELECT row, {_PASSAGE} FROM passages WHERE row IN ({marks})", [int(row) for row in rows]
            )
        }
        return [self._passage(*found[int(row)]) for row in rows]

    def passages_of(self, document_id: str) -> list[Passage]:
        """Return all passages of a document, in reading order."""
        found = self._database.execute(
            f"SELECT {_PASSAGE} FROM passages WHERE document = (SELECT row FROM documents WHERE id = ?) ORDER BY row",
            (document_id,),
        )
        return [self._passage(*columns) for columns in found]

    def terms_of(self, document_id: str) -> list[tuple[str, ...]]:
        """Return the terms of each passage of a document, in reading order."""
        found = self._database.execute(
            "SELECT terms FROM passages WHERE document = (SELECT row FROM documents WHERE id = ?) ORDER BY row",
            (document_id,),
        )
        return [tuple(terms.split()) for (terms,) in found]

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        marks = ",".join("?" * len(rows))
        query = f"SELECT row, first_sentence, sentences FROM passages WHERE row IN ({marks})"
        found = {row: place for row, *place in self._database.execute(query, [int(row) for row in rows])}
        return [self._sentence_vectors(*found[int(row)]) for row in rows]

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        query = "SELECT p.row FROM passages p JOIN documents d ON p.document = d.row WHERE d.id = ?"
        rows = [row for wanted in document_ids for (row,) in self._database.execute(query, (wanted,))]
        return np.array(sorted(rows), dtype=np.int64)

    def embedding(self, key: bytes) -> Embedding | None:
        """Return the stored vectors that were made of what a key stands for, None when there are none."""
        found = self._database.execute(
            "SELECT row, first_sentence, sentences FROM passages WHERE key = ? LIMIT 1", (key,)
        ).fetchone()
        if found is None:
            return None
        row, first, sentences = found
        return Embedding(np.asarray(self.vectors[row]), self._sentence_vectors(first, sentences))

    def _sentence_vectors(self, first: int, sentences: str) -> Vectors:
        count = len(json.loads(sentences))
        return np.asarray(self._sentences[first : first + count], dtype=np.float32)

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


def _read_document(database: sqlite3.Connection, row: int) -> Document:
    id_, path, media_type, sha256, text, blocks, facts = database.execute(
        "SELECT id, path, media_type, sha256, text, blocks, facts FROM documents WHERE row = ?", (row,)
    ).fetchone()
    return Document(id_, path, media_type, sha256, text, blocks_from_json(blocks), facts_from_json(facts))


def write(folder: Path, part: Part) -> dict[str, StoredFile]:
    """Write the corpus of a segment into its folder, which holds none yet; return the files by name."""
    firsts = np.cumsum([0, *(len(passage.sentences) for passage in part.passages)])
    numbers = {document.id: row for row, document in enumerate(part.documents)}
    database = sqlite3.connect(":memory:")  # so that its bytes reach the disk as all others do
    try:
        database.executescript(_SCHEMA)
        with database:
            database.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(row, *_document_columns(document)) for row, document in enumerate(part.documents)],
            )
            database.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        row,
                        numbers[passage.document_id],
                        *_passage_columns(passage),
                        " ".join(terms),
                        int(firsts[row]),
                        key,
                    )
                    for row, (passage, terms, key) in enumerate(zip(part.passages, part.terms, part.keys, strict=True))
                ],
            )
        data = database.serialize()
    finally:
        database.close()
    return {
        _DATABASE: disk.write(folder / _DATABASE, data),
        _VECTORS: disk.write_array(folder / _VECTORS, part.vectors.astype(np.float32)),
        # Half precision moves a cosine by less than 0.0005 and halves the largest file.
        _SENTENCES: disk.write_array(folder / _SENTENCES, part.sentence_vectors.astype(np.float16)),
    }


def _document_columns(document: Document) -> tuple[str, ...]:
    return (
        document.id,
        document.path,
        document.media_type,
        document.sha256,
        document.text,
        blocks_to_json(document.blocks),
        facts_to_json(document.facts),
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
