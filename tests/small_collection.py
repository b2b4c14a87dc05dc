"""Three small documents, and what an index without a model is built from."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa import documents, indexing
from alliance_qa.domain import Document
from alliance_qa.indexing import Build, Known, Progress
from alliance_qa.manifest import FileState, Recipe
from alliance_qa.ports import Embedder
from alliance_qa.sentences import split_sentences
from edges.embedder import WordEmbedder

RECIPE = Recipe(model="words", fingerprint="0" * 64, dimension=64, passage_tokens=40, splitter="s 1", reader="0")

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


def read(files: dict[str, bytes] = FILES) -> list[Document]:
    return [documents.read(data, path) for path, data in files.items()]


def built(
    read_documents: Sequence[Document],
    *,
    recipe: Recipe = RECIPE,
    embedder: Embedder | None = None,
    failures: Sequence[FileState] = (),
    known: Known = lambda key: None,
    progress: Progress = lambda done, total: None,
) -> Build:
    return indexing.build(
        read_documents,
        {state.path: state for state in failures},
        recipe=recipe,
        embedder=embedder or WordEmbedder(),
        split_sentences=split_sentences,
        known=known,
        progress=progress,
    )
