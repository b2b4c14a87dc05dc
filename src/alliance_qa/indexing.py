"""Documents into everything that a generation of the index holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alliance_qa.domain import Document, Passage, Span
from alliance_qa.manifest import FileState, Recipe
from alliance_qa.passages import context, split
from alliance_qa.ports import Embedder, Embedding, EmbeddingInput, SentenceSplitter, Vectors

_AT_ONCE = 512  # passages embedded between two reports of progress

Known = Callable[[bytes], Embedding | None]
"""Looks up the vectors that an earlier build made for a key."""

Progress = Callable[[int, int], None]
"""(passages done, passages in all)"""


@dataclass(frozen=True, slots=True)
class Build:
    """The content of one generation."""

    recipe: Recipe
    sources: tuple[FileState, ...]
    documents: tuple[Document, ...]  # ordered by path
    passages: tuple[Passage, ...]  # grouped by document, in reading order
    keys: tuple[bytes, ...]  # one per passage: equal keys have equal vectors
    vectors: Vectors  # shape (passages, dimension)
    sentence_vectors: Vectors  # shape (sentences of all passages, dimension)
    reused: int  # passages whose vectors were known


def build(
    documents: Sequence[Document],
    failures: Mapping[str, FileState],
    *,
    recipe: Recipe,
    embedder: Embedder,
    split_sentences: SentenceSplitter,
    known: Known,
    progress: Progress,
) -> Build:
    """Split and embed documents.

    Args:
        documents: Ids differ.
        failures: The files that are not documents, by path.
        recipe: What the passages and vectors depend on.
        embedder: Makes the vectors that are not known.
        split_sentences: Cuts text into sentences.
        known: Gives the vectors that need not be made again.
        progress: Is told as passages get their vectors.
    """
    documents = sorted(documents, key=lambda document: document.path)
    passages: list[Passage] = []
    inputs: list[EmbeddingInput] = []
    states = dict(failures)
    for document in documents:
        found = split(
            document,
            split_sentences=split_sentences,
            token_starts=embedder.token_starts,
            max_tokens=recipe.passage_tokens,
        )
        passages += found
        inputs += [_input(document, passage) for passage in found]
        states[document.path] = FileState(document.path, document.sha256, document.id, len(found), None)
    keys = [_key(embedder.fingerprint, entry) for entry in inputs]
    embeddings, reused = _embed(inputs, keys, embedder, known, progress)
    empty = np.empty((0, recipe.dimension), np.float32)
    return Build(
        recipe=recipe,
        sources=tuple(states[path] for path in sorted(states)),
        documents=tuple(documents),
        passages=tuple(passages),
        keys=tuple(keys),
        vectors=np.stack([e.passage for e in embeddings]) if embeddings else empty,
        sentence_vectors=np.concatenate([e.sentences for e in embeddings]) if embeddings else empty,
        reused=reused,
    )


def _input(document: Document, passage: Passage) -> EmbeddingInput:
    shift = passage.span.start
    return EmbeddingInput(
        context(document, passage),
        passage.text,
        tuple(Span(sentence.start - shift, sentence.end - shift) for sentence in passage.sentences),
    )


def _key(fingerprint: str, entry: EmbeddingInput) -> bytes:
    spans = [(sentence.start, sentence.end) for sentence in entry.sentences]
    return hashlib.sha256(json.dumps([fingerprint, entry.context, entry.text, spans]).encode()).digest()


def _embed(
    inputs: Sequence[EmbeddingInput],
    keys: Sequence[bytes],
    embedder: Embedder,
    known: Known,
    progress: Progress,
) -> tuple[list[Embedding], int]:
    """Return an embedding per input, and how many were known. Equal inputs are embedded once."""
    made: dict[bytes, Embedding] = {}
    for key in dict.fromkeys(keys):
        if (embedding := known(key)) is not None:
            made[key] = embedding
    reused = sum(key in made for key in keys)
    missing = list({key: entry for key, entry in zip(keys, inputs, strict=True) if key not in made}.items())
    # Like lengths together over the whole collection, so that batches are full.
    missing.sort(key=lambda pair: len(pair[1].context) + len(pair[1].text), reverse=True)
    progress(len(inputs) - len(missing), len(inputs))
    for at in range(0, len(missing), _AT_ONCE):
        part = missing[at : at + _AT_ONCE]
        for (key, _), embedding in zip(part, embedder.embed_passages([entry for _, entry in part]), strict=True):
            made[key] = embedding
        progress(len(inputs) - len(missing) + at + len(part), len(inputs))
    return [made[key] for key in keys], reused
