"""One opened generation: its segments seen as one corpus, one dense and one lexical index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from alliance_qa.domain import Document, Facts, LineKind, OperatingPoint, Outline, Passage
from alliance_qa.errors import UnknownDocumentError
from alliance_qa.index.candidates import EngineDense, EngineLexical
from alliance_qa.index.corpus import StoredCorpus
from alliance_qa.index.engine import Engine
from alliance_qa.index.lexical import Bm25Index
from alliance_qa.index.manifest import Manifest
from alliance_qa.index.segment import Segment
from alliance_qa.ports import DenseIndex, LexicalIndex, Lines, Mask, Rows, Vectors


@dataclass(frozen=True)
class Generation:
    """Everything that an answer is made from. It never changes."""

    manifest: Manifest
    segments: tuple[Segment, ...]
    engine: Engine | None = None  # that proposes passages; None for FAISS and our own postings

    @property
    def version(self) -> str:
        """The generation's number as it stands in answers: six digits or more."""
        return self.manifest.version

    def at(self, point: OperatingPoint | None) -> Generation:
        """Return the same content at another operating point; None for the shipped one."""
        return replace(self, manifest=replace(self.manifest, operating_point=point))

    @cached_property
    def corpus(self) -> JoinedCorpus:
        """The documents and passages."""
        return JoinedCorpus(self.segments, self.manifest.dimension)

    @cached_property
    def period(self) -> tuple[str | None, str | None]:
        """The earliest and the latest date that a document states as its own, ISO 8601; None when none does."""
        dates = [facts.published.value for facts in self.corpus.facts.values() if facts.published]
        return min(dates, default=None), max(dates, default=None)

    @cached_property
    def dense(self) -> DenseIndex:
        """The passage vectors."""
        if self.engine is not None:
            return EngineDense(self.segments, self.engine, _firsts(self.segments))
        return JoinedDense(self.segments)

    @cached_property
    def lexical(self) -> LexicalIndex:
        """The passage terms."""
        if self.engine is not None:
            return EngineLexical(self.segments, self.engine, _firsts(self.segments))
        return Bm25Index([segment.postings for segment in self.segments])


def _firsts(segments: Sequence[Segment]) -> Rows:
    """Return the first row of each segment, and at last the number of all rows."""
    return np.cumsum([0, *(segment.info.passages for segment in segments)], dtype=np.int64)


class JoinedCorpus:
    """A Corpus over segments: the rows of each follow those of the one before."""

    def __init__(self, segments: Sequence[Segment], dimension: int) -> None:
        self._parts = [segment.corpus for segment in segments]
        self._firsts, self._dimension = _firsts(segments), dimension

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self._firsts[-1])

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        return {id_: facts for part in self._parts for id_, facts in part.facts.items()}

    @property
    def ids(self) -> Sequence[str]:
        return self._shelf[0]

    def facts_of(self, document_ids: Sequence[str]) -> list[Facts]:
        found = {id_: facts for part in self._parts for id_, facts in part.facts_of(document_ids).items()}
        return [found[id_] for id_ in document_ids]

    def lines(self, kind: LineKind, terms: Sequence[str]) -> Lines:
        """Return the lines of a kind that hold any of some terms; see `Corpus.lines`."""
        none = np.empty(0, np.int64)
        documents, held, sizes = [none], [none], [none]
        for part, numbers in zip(self._parts, self._shelf[1], strict=True):
            found = part.lines.find(kind, terms)
            documents.append(numbers[found.documents])
            held.append(found.held)
            sizes.append(found.sizes)
        all_documents = np.concatenate(documents)
        order = np.argsort(all_documents, kind="stable")
        return Lines(all_documents[order], np.concatenate(held)[order], np.concatenate(sizes)[order])

    @cached_property
    def _shelf(self) -> tuple[list[str], list[Rows]]:
        """The ids of all documents, ordered by path, and the places in it of each segment's documents."""
        names = [part.names() for part in self._parts]
        ordered = sorted((*name, at, row) for at, some in enumerate(names) for row, name in enumerate(some))
        numbers = [np.empty(len(some), np.int64) for some in names]
        for number, (_, _, at, row) in enumerate(ordered):
            numbers[at][row] = number
        return [id_ for _, id_, _, _ in ordered], numbers

    def outlines(self) -> list[Outline]:
        """Return all documents without their texts, ordered by path."""
        return sorted((o for part in self._parts for o in part.outlines()), key=lambda outline: outline.path)

    def documents(self) -> list[Document]:
        """Return all documents, ordered by path: every text of the collection."""
        return sorted((d for part in self._parts for d in part.documents()), key=lambda document: document.path)

    def document(self, document_id: str) -> Document:
        for part in self._parts:
            if (document := part.document(document_id)) is not None:
                return document
        raise UnknownDocumentError("no document has this id; list the documents to see their ids")

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        found: dict[int, Passage] = {}
        for at, part, places in self._places(rows):
            local = [int(rows[place] - self._firsts[at]) for place in places]
            found.update(zip(places, part.passages(local), strict=True))
        return [found[place] for place in range(len(rows))]

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """Return the vectors of these passages, shape (len(rows), dimension)."""
        found = np.empty((len(rows), self._dimension), np.float32)
        for at, part, places in self._places(rows):
            found[places] = part.vectors[np.asarray(rows, np.int64)[places] - self._firsts[at]]
        return found

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        found: dict[int, Vectors] = {}
        for at, part, places in self._places(rows):
            own = [int(rows[place] - self._firsts[at]) for place in places]
            found |= zip(places, part.sentence_vectors(own), strict=True)
        return [found[place] for place in range(len(rows))]

    def rows_of(self, document_ids: Sequence[str]) -> Rows:
        rows = [part.rows_of(document_ids) + first for part, first in zip(self._parts, self._firsts, strict=False)]
        return np.concatenate([np.empty(0, np.int64), *rows])

    def _places(self, rows: Sequence[int]) -> Iterator[tuple[int, StoredCorpus, list[int]]]:
        """Yield each part that holds some of the rows: its number, itself, and where in `rows` they stand."""
        numbers = np.searchsorted(self._firsts, np.asarray(rows, np.int64), side="right") - 1
        for at in np.unique(numbers):
            yield int(at), self._parts[at], np.flatnonzero(numbers == at).tolist()


class JoinedDense:
    """A DenseIndex over segments."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._parts = [segment.dense for segment in segments]
        self._firsts = _firsts(segments)

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def search(self, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
        """Find the vectors nearest to a question; see `DenseIndex.search`."""
        scores, rows = [np.empty(0, np.float32)], [np.empty(0, np.int64)]
        for part, first, end in zip(self._parts, self._firsts, self._firsts[1:], strict=False):
            found = part.search(query, k, None if allowed is None else allowed[first:end])
            scores.append(found[0])
            rows.append(found[1] + first)
        all_scores, all_rows = np.concatenate(scores), np.concatenate(rows)
        best = np.lexsort((all_rows, -all_scores))[:k]
        return all_scores[best], all_rows[best]
