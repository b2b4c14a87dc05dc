"""The documents and passages of one segment, in SQLite and NumPy files."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from alliance_qa import budget
from alliance_qa.documents.records import (
    blocks_from_json,
    blocks_to_json,
    facts_from_json,
    facts_to_json,
    spans_from_json,
    spans_to_json,
    texts_from_json,
    texts_to_json,
)
from alliance_qa.domain import Document, Facts, Outline, Passage, PassageKind, Span
from alliance_qa.index import disk, lines
from alliance_qa.index.disk import StoredFile
from alliance_qa.index.lines import StoredLines
from alliance_qa.index.part import Part
from alliance_qa.ports import Embedding, Rows, Vectors

_SCHEMA = """
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL, text TEXT NOT NULL, blocks TEXT NOT NULL, facts TEXT NOT NULL, places BLOB NOT NULL
) STRICT;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents, span_start INTEGER NOT NULL,
    span_end INTEGER NOT NULL, kind TEXT NOT NULL, page INTEGER, headings TEXT NOT NULL,
    sentences TEXT NOT NULL, terms TEXT NOT NULL, first_sentence INTEGER NOT NULL, key BLOB NOT NULL,
    heads TEXT NOT NULL
) STRICT;
CREATE INDEX passages_by_document ON passages (document);
CREATE INDEX passages_by_key ON passages (key);
"""
_DATABASE, _VECTORS, _SENTENCES = "corpus.sqlite", "vectors.npy", "sentences.npy"
_NO_HEADS = "'[]'"
_NO_PLACES = "x''"
_CACHED_DOCUMENTS = 256
_AT_ONCE = 512  # values in one query; older builds of SQLite take 999


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
        named = _columns(self._database, "passages")
        # Indexes of format 3 and before know no heads.
        self._columns = f"kind, page, headings, sentences, {'heads' if 'heads' in named else _NO_HEADS}"
        self.vectors: Vectors = np.load(folder / _VECTORS, mmap_mode="r")
        self._sentences = np.load(folder / _SENTENCES, mmap_mode="r")
        # Not a method: the cycle would keep the files of a generation that was removed on the disk.
        # Indexes from before the places of a text were kept have none, until their files are read again.
        places = "places" if "places" in _columns(self._database, "documents") else _NO_PLACES
        self._document = lru_cache(_CACHED_DOCUMENTS)(partial(_read_document, self._database, places=places))

    def __len__(self) -> int:
        """How many passages are stored."""
        return len(self.vectors)

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        """What is known about each document, by id."""
        rows = self._database.execute("SELECT id, facts FROM documents ORDER BY row")
        return {id_: facts_from_json(facts) for id_, facts in rows}

    @cached_property
    def lines(self) -> StoredLines:
        """The lines that name the documents."""
        if lines.stored(self._database):
            return StoredLines(self._database)
        rows = self._database.execute("SELECT row FROM documents ORDER BY row").fetchall()
        return lines.made(_read_document(self._database, row) for (row,) in rows)

    def names(self) -> list[tuple[str, str]]:
        """Return the path and the id of each document."""
        return self._database.execute("SELECT path, id FROM documents ORDER BY row").fetchall()

    def ids(self) -> list[str]:
        """Return the ids of all documents."""
        return [id_ for _, id_ in self.names()]

    def outlines(self) -> list[Outline]:
        """Return all documents without their texts."""
        rows = self._database.execute("SELECT id, path, media_type, length(text), facts FROM documents ORDER BY row")
        return [Outline(id_, path, kind, size, facts_from_json(facts)) for id_, path, kind, size, facts in rows]

    def facts_of(self, document_ids: Sequence[str]) -> dict[str, Facts]:
        """Return what is known about those of some documents that this segment holds."""
        query = "SELECT id, facts FROM documents WHERE id IN ({})"
        return {id_: facts_from_json(facts) for id_, facts in self._each(query, document_ids)}

    def documents(self) -> list[Document]:
        rows = self._database.execute("SELECT row FROM documents ORDER BY row").fetchall()
        return [self._document(row) for (row,) in rows]

    def document(self, document_id: str) -> Document | None:
        """Return a document, None when this segment does not hold it."""
        found = self._database.execute("SELECT row FROM documents WHERE id = ?", (document_id,)).fetchone()
        return self._document(found[0]) if found else None

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        query = (
            "SELECT p.row, d.id, substr(d.text, span_start + 1, span_end - span_start), span_start, span_end,"
            f" {self._columns} FROM passages p JOIN documents d ON d.row = document WHERE p.row IN ({{}})"
        )
        found = {row: _passage(*columns) for row, *columns in self._each(query, rows)}
        return [found[int(row)] for row in rows]

    def passages_of(self, document_id: str) -> list[Passage]:
        """Return all passages of a document, in reading order."""
        document = self.document(document_id)
        if document is None:
            return []
        found = self._database.execute(
            f"SELECT span_start, span_end, {self._columns} FROM passages"
            " WHERE document = (SELECT row FROM documents WHERE id = ?) ORDER BY row",
            (document_id,),
        )
        return [_passage(document_id, document.text[start:end], start, end, *rest) for start, end, *rest in found]

    def terms_of(self, document_id: str) -> list[tuple[str, ...]]:
        """Return the terms of each passage of a document, in reading order."""
        found = self._database.execute(
            "SELECT terms FROM passages WHERE document = (SELECT row FROM documents WHERE id = ?) ORDER BY row",
            (document_id,),
        )
        return [tuple(terms.split()) for (terms,) in found]

    def terms_at(self, rows: Sequence[int]) -> list[tuple[str, ...]]:
        """Return the terms of these passages, in the order asked for."""
        found = dict(self._each("SELECT row, terms FROM passages WHERE row IN ({})", rows))
        return [tuple(found[int(row)].split()) for row in rows]

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        query = "SELECT row, first_sentence, json_array_length(sentences) FROM passages WHERE row IN ({})"
        found = {row: place for row, *place in self._each(query, rows)}
        return [self._sentence_vectors(*found[int(row)]) for row in rows]

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        query = "SELECT p.row FROM passages p JOIN documents d ON p.document = d.row WHERE d.id IN ({})"
        return np.array(sorted(row for (row,) in self._each(query, document_ids)), dtype=np.int64)

    def samples(self) -> list[int]:
        """Return the row of a passage of each media type."""
        query = "SELECT min(p.row) FROM passages p JOIN documents d ON p.document = d.row GROUP BY media_type"
        return sorted(row for (row,) in self._database.execute(query))

    def embeddings(self, keys: Sequence[bytes]) -> dict[bytes, Embedding]:
        """Return the stored vectors that were made of what the keys stand for; those that have none are left out."""
        query = (
            "SELECT key, min(row), first_sentence, json_array_length(sentences)"
            " FROM passages WHERE key IN ({}) GROUP BY key"
        )
        return {
            key: Embedding(np.asarray(self.vectors[row]), self._sentence_vectors(first, count))
            for key, row, first, count in self._each(query, keys)
        }

    def _each(self, query: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query with some values, which differ or not, in the place of its {}."""
        unique = list(dict.fromkeys(int(value) if isinstance(value, np.integer) else value for value in values))
        for at in range(0, len(unique), _AT_ONCE):
            budget.spend()
            some = unique[at : at + _AT_ONCE]
            yield from self._database.execute(query.format(",".join("?" * len(some))), some)

    def _sentence_vectors(self, first: int, count: int) -> Vectors:
        return np.asarray(self._sentences[first : first + count], dtype=np.float32)


def _passage(
    document_id: str,
    text: str,
    start: int,
    end: int,
    kind: str,
    page: int | None,
    headings: str,
    sentences: str,
    heads: str,
) -> Passage:
    return Passage(
        document_id,
        Span(start, end),
        text,
        spans_from_json(sentences),
        texts_from_json(headings),
        PassageKind(kind),
        page,
        texts_from_json(heads),
    )


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")}


def _read_document(database: sqlite3.Connection, row: int, places: str = _NO_PLACES) -> Document:
    id_, path, media_type, sha256, text, blocks, facts, found = database.execute(
        f"SELECT id, path, media_type, sha256, text, blocks, facts, {places} FROM documents WHERE row = ?", (row,)
    ).fetchone()
    return Document(id_, path, media_type, sha256, text, blocks_from_json(blocks), facts_from_json(facts), places=found)


def write(folder: Path, part: Part) -> dict[str, StoredFile]:
    """Write the corpus of a segment into its folder, which holds none yet; return the files by name."""
    firsts = np.cumsum([0, *(len(passage.sentences) for passage in part.passages)])
    numbers = {document.id: row for row, document in enumerate(part.documents)}
    database = sqlite3.connect(":memory:")  # so that its bytes reach the disk as all others do
    try:
        database.executescript(_SCHEMA)
        with database:
            database.executemany(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(row, *_document_columns(document)) for row, document in enumerate(part.documents)],
            )
            database.executemany(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        row,
                        numbers[passage.document_id],
                        *_passage_columns(passage),
                        " ".join(terms),
                        int(firsts[row]),
                        key,
                        texts_to_json(passage.heads),
                    )
                    for row, (passage, terms, key) in enumerate(zip(part.passages, part.terms, part.keys, strict=True))
                ],
            )
        lines.write(database, part.documents)
        data = database.serialize()
    finally:
        database.close()
    return {
        _DATABASE: disk.write(folder / _DATABASE, data),
        _VECTORS: disk.write_array(folder / _VECTORS, part.vectors.astype(np.float32)),
        # Half precision moves a cosine by less than 0.0005 and halves the largest file.
        _SENTENCES: disk.write_array(folder / _SENTENCES, part.sentence_vectors.astype(np.float16)),
    }


def _document_columns(document: Document) -> tuple[str | bytes, ...]:
    return (
        document.id,
        document.path,
        document.media_type,
        document.sha256,
        document.text,
        blocks_to_json(document.blocks),
        facts_to_json(document.facts),
        document.places,
    )


def _passage_columns(passage: Passage) -> tuple[int, int, str, int | None, str, str]:
    return (
        passage.span.start,
        passage.span.end,
        passage.kind.value,
        passage.page,
        texts_to_json(passage.headings),
        spans_to_json(passage.sentences),
    )
