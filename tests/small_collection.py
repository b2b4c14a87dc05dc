"""Three small documents, and generations of an index that are written without a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from alliance_qa import documents
from alliance_qa.building import segments
from alliance_qa.building.segments import Known, Progress, SplitDocument, passage_terms
from alliance_qa.documents.extract import FileReading
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.members import Opened
from alliance_qa.documents.reading import SourceFile
from alliance_qa.domain import Document
from alliance_qa.errors import DocumentError
from alliance_qa.index import store
from alliance_qa.index.manifest import FileState, Manifest, Recipe
from alliance_qa.index.part import Part
from alliance_qa.index.segment import Segment
from alliance_qa.ports import Embedder, SentenceSplitter
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences
from edges.embedder import WordEmbedder

RECIPE = Recipe(model="words", fingerprint="0" * 64, passage_tokens=40, splitter="s 1", documents_version="0")

LIGHTHOUSE = b"""---
title: The Lighthouse of \xc5\x8cshima
author: Ichiro Tanaka
published: 2001-02-03
language: en
---

# The Lighthouse of \xc5\x8cshima

The lighthouse was lit for the first time in 1903. Its keeper lived beside the tower.

## The fire

Fire took the keeper's house in 1950. Nobody was hurt.
"""
GARDENS = b"Gardens of Karuizawa\n\nThe gardener planted 40 maples. He watered them every evening.\n"
HARBOUR = b"""<!doctype html><html lang="en"><head><title>The harbour of Yokosuka</title></head><body><article>
<h1>The harbour of Yokosuka</h1>
<p>The harbour was dug in 1865 by engineers from France, who also built the dry dock that is still in use today.</p>
<p>Ships from many countries visit the harbour every year, and the town holds a festival for the sailors in August.</p>
</article></body></html>
"""

FILES = {"a.md": LIGHTHOUSE, "b.txt": GARDENS, "c.html": HARBOUR}


def read(files: Mapping[str, bytes] = FILES) -> list[Document]:
    return [documents.read(data, path) for path, data in files.items()]


def grouped(*, most: int, small: int) -> Callable[..., Iterator[list[SplitDocument]]]:
    """Return a stand-in for `segments.group` that cuts smaller segments, whatever the settings say."""
    group = segments.group
    return lambda documents, absorbable, **_: group(documents, absorbable, most=most, small=small)


def read_here(
    folder: Path, files: Sequence[SourceFile], limits: Limits
) -> Iterator[tuple[SourceFile, Document | DocumentError]]:
    """Stand in for `read_all`: read in this process, which takes a hundredth of the time."""
    for file in files:
        try:
            yield file, examine_here(folder, file, limits).document
        except DocumentError as error:
            yield file, error


def examine_here(folder: Path, file: SourceFile, limits: Limits) -> FileReading:
    """Stand in for `reading.examine` as `read_here` does for `read_all`."""
    data = (folder / file.file).read_bytes()
    if file.inner:
        data = Opened(data, file.file).read(file.inner)
    return documents.examine(data, file.path, sha256=file.sha256 if file.inner else "")


def cut(
    read_documents: Sequence[Document], *, passage_tokens: int = 40, sentences: SentenceSplitter = split_sentences
) -> list[SplitDocument]:
    """Split documents into passages."""
    starts = WordEmbedder().token_starts
    found = []
    for document in read_documents:
        passages = split(document, split_sentences=sentences, token_starts=starts, max_tokens=passage_tokens)
        terms = tuple(passage_terms(document, passage) for passage in passages)
        found.append(SplitDocument(document, tuple(passages), terms))
    return found


def built(
    read_documents: Sequence[Document],
    *,
    passage_tokens: int = 40,
    sentences: SentenceSplitter = split_sentences,
    embedder: Embedder | None = None,
    known: Known = lambda keys: {},
    progress: Progress = lambda done, total: None,
) -> Part:
    """Build a segment of documents."""
    return segments.build(
        cut(read_documents, passage_tokens=passage_tokens, sentences=sentences),
        embedder=embedder or WordEmbedder(),
        dimension=64,
        known=known,
        progress=progress,
    )


def states(parts: Sequence[Part]) -> list[FileState]:
    """Return the state of each file that the segments hold."""
    return [
        FileState(
            document.path,
            document.sha256,
            "2024-04-10T12:00:00Z",
            document.id,
            sum(passage.document_id == document.id for passage in part.passages),
        )
        for part in parts
        for document in part.documents
    ]


def write(
    folder: Path, *parts: Part, keep: Sequence[Segment] = (), oldest: str | None = "000001", retain: int = 1
) -> Manifest:
    """Put a generation into use: a new segment per part, and those of the one in use that are kept."""
    with store.lock(folder), store.draft(folder) as draft:
        for part in parts:
            draft.add(part)
        for segment in keep:
            draft.keep(segment, store.current(folder))
        return draft.commit(RECIPE, states(parts), dimension=64, reused=0, oldest=oldest, retain=retain)


def write_files(folder: Path, *segments: Mapping[str, bytes], retain: int = 1) -> Manifest:
    """Put a generation into use: a segment per collection of files."""
    return write(folder, *(built(read(files)) for files in segments or [FILES]), retain=retain)
