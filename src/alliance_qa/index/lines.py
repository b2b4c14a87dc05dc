"""The lines that name the documents of a segment, by the terms in them: no text is read to find a title."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache, partial

import numpy as np

from alliance_qa.documents.lines import lines
from alliance_qa.domain import Document, LineKind
from alliance_qa.ports import Lines, Rows
from alliance_qa.text.terms import terms

_SCHEMA = """
CREATE TABLE lines (kind TEXT PRIMARY KEY, documents BLOB NOT NULL, sizes BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE line_terms (
    kind TEXT NOT NULL, term TEXT NOT NULL, lines BLOB NOT NULL, PRIMARY KEY (kind, term)
) STRICT, WITHOUT ROWID;
"""
_NUMBERS = np.dtype("<i4")


class StoredLines:
    """The lines of one segment. Documents count from 0, as in its corpus."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        # Not a method: see StoredCorpus.
        self._places = lru_cache(len(LineKind))(partial(_places, database))

    def find(self, kind: LineKind, wanted: Sequence[str]) -> Lines:
        """Return the lines of a kind that hold any of some terms, which differ."""
        documents, sizes = self._places(kind)
        held = np.zeros(len(documents), np.int64)
        query = "SELECT lines FROM line_terms WHERE kind = ? AND term = ?"
        for term in wanted:
            for (found,) in self._database.execute(query, (kind, term)):
                held[np.frombuffer(found, _NUMBERS)] += 1
        at = np.flatnonzero(held)
        return Lines(documents[at], held[at], sizes[at])


def write(database: sqlite3.Connection, documents: Iterable[Document]) -> None:
    """Write the lines of documents, given in the order of their rows, into tables of their own."""
    owners: dict[LineKind, list[int]] = {kind: [] for kind in LineKind}
    sizes: dict[LineKind, list[int]] = {kind: [] for kind in LineKind}
    held: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row, document in enumerate(documents):
        for kind, texts in lines(document).items():
            for text in texts:
                found = set(terms(text))
                for term in found:
                    held[kind, term].append(len(owners[kind]))
                owners[kind].append(row)
                sizes[kind].append(len(found))
    database.executescript(_SCHEMA)
    with database:
        database.executemany(
            "INSERT INTO lines VALUES (?, ?, ?)", [(kind, _blob(owners[kind]), _blob(sizes[kind])) for kind in LineKind]
        )
        database.executemany(
            "INSERT INTO line_terms VALUES (?, ?, ?)", [(*key, _blob(numbers)) for key, numbers in sorted(held.items())]
        )


def stored(database: sqlite3.Connection) -> bool:
    """Whether the lines are written: a segment may be older than they are."""
    return database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'line_terms'").fetchone() is not None


def made(documents: Iterable[Document]) -> StoredLines:
    """Return the lines of documents of an older segment, in memory."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    write(database, documents)
    return StoredLines(database)


def _places(database: sqlite3.Connection, kind: LineKind) -> tuple[Rows, Rows]:
    found = database.execute("SELECT documents, sizes FROM lines WHERE kind = ?", (kind,)).fetchone()
    documents, sizes = (np.frombuffer(blob, _NUMBERS).astype(np.int64) for blob in found)
    return documents, sizes


def _blob(numbers: Sequence[int]) -> bytes:
    return np.array(numbers, _NUMBERS).tobytes()
