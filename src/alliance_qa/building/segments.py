"""Documents into segments: passages, their vectors, and what an earlier build need not make again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from alliance_qa.domain import Document, Passage
from alliance_qa.index.part import Part
from alliance_qa.models.readable import without_unreadable
from alliance_qa.ports import Embedder, Embedding, PassageInput
from alliance_qa.text import terms
from alliance_qa.text.passages import context, seen

# The most that is written again when one document goes. Measured by benchmarks/segments.py.
SEGMENT_PASSAGES = 32_768
# Segments below this are always written again with what is new, so that few remain, and so that a
# small collection is whole in every generation: damage to one then leaves the one before intact.
SMALL_SEGMENT = 2_048

AT_ONCE = 64  # passages embedded between two reports of progress

Known = Callable[[Sequence[bytes]], Mapping[bytes, Embedding]]
"""Looks up the vectors that were made for keys before, as far as there are any."""

Embed = Callable[[Sequence[PassageInput]], Iterable[Sequence[Embedding]]]
"""Makes the vectors of passages, in their order and some at once; zeros where the model cannot read the text."""

Progress = Callable[[int, int], None]
"""(passages done, passages in all)"""


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document and its passages in reading order, with the terms of each."""

    document: Document
    passages: tuple[Passage, ...]
    terms: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Absorbable:
    """A segment in use that may be written again to keep segments few."""

    passages: int
    take: Callable[[], Iterable[SplitDocument]]  # called when it is; its documents move to another segment


def group(
    documents: Iterable[SplitDocument],
    absorbable: Sequence[Absorbable],
    *,
    most: int = SEGMENT_PASSAGES,
    small: int = SMALL_SEGMENT,
) -> Iterator[list[SplitDocument]]:
    """Cut a stream of documents into what each new segment holds.

    What is left at the end takes in the smallest segments in use: those up to `small`, and
    those no larger than itself. So segments stay few, and a passage is written again only a
    logarithmic number of times (the logarithmic method: Bentley and Saxe, Journal of
    Algorithms 1, 1980).

    Args:
        documents: What must be written. A single document may hold more than `most` passages.
        absorbable: The segments that need not be written again.
        most: Passages of a segment.
        small: See above.
    """
    held: list[SplitDocument] = []
    count = 0
    for document in documents:
        if held and count + len(document.passages) > most:
            yield held
            held, count = [], 0
        held.append(document)
        count += len(document.passages)
    if not held:
        return
    for segment in sorted(absorbable, key=lambda segment: segment.passages):
        if segment.passages > max(small, count) or count + segment.passages > most:
            break
        held += segment.take()
        count += segment.passages
    yield held


def build(
    documents: Sequence[SplitDocument],
    *,
    embedder: Embedder,
    dimension: int,
    known: Known,
    progress: Progress,
    is_checked: bool = True,
    embed: Embed | None = None,
) -> Part:
    """Embed the passages of documents whose vectors are not known.

    Args:
        documents: What the segment holds; at least one.
        embedder: Whose vectors they are.
        dimension: Of the vectors.
        known: Gives the vectors that need not be made again.
        progress: Is told as passages get their vectors.
        is_checked: Whether the vectors that are known are zeros where the model cannot read the text.
        embed: Makes the vectors that are not known; None has the embedder make them here.
    """
    documents = sorted(documents, key=lambda split: split.document.path)
    passages = [passage for split in documents for passage in split.passages]
    inputs = [
        seen(passage, context(split.document.facts, passage)) for split in documents for passage in split.passages
    ]
    keys = [_key(embedder.fingerprint, entry) for entry in inputs]
    embeddings, reused = _embed(inputs, keys, embed or partial(embedded, embedder), known, progress)
    if not is_checked:
        embeddings = without_unreadable(embeddings, inputs, embedder)
    empty = np.empty((0, dimension), np.float32)
    return Part(
        documents=tuple(split.document for split in documents),
        passages=tuple(passages),
        terms=tuple(terms for split in documents for terms in split.terms),
        keys=tuple(keys),
        vectors=np.stack([e.passage for e in embeddings]) if embeddings else empty,
        sentence_vectors=np.concatenate([e.sentences for e in embeddings]) if embeddings else empty,
        reused=reused,
    )


def embedded(embedder: Embedder, inputs: Sequence[PassageInput]) -> Iterator[list[Embedding]]:
    """Yield the vectors of passages in their order, `AT_ONCE` at once; zeros where the model cannot read the text."""
    for part in parts(inputs):
        yield without_unreadable(embedder.embed_passages(part), part, embedder)


def parts(inputs: Sequence[PassageInput]) -> Iterator[Sequence[PassageInput]]:
    """Yield what is embedded at once."""
    return (inputs[at : at + AT_ONCE] for at in range(0, len(inputs), AT_ONCE))


def passage_terms(document: Document, passage: Passage) -> tuple[str, ...]:
    """Return the terms by which a passage is found, those of its title, headings and heads included."""
    return tuple(terms.terms("\n".join([context(document.facts, passage), *passage.heads, passage.text])))


def _key(fingerprint: str, entry: PassageInput) -> bytes:
    spans = [(sentence.start, sentence.end) for sentence in entry.sentences]
    return hashlib.sha256(json.dumps([fingerprint, entry.context, entry.text, spans]).encode()).digest()


def _embed(
    inputs: Sequence[PassageInput],
    keys: Sequence[bytes],
    embed: Embed,
    known: Known,
    progress: Progress,
) -> tuple[list[Embedding], int]:
    """Return an embedding per input, and how many were known. Equal inputs are embedded once."""
    made = dict(known(list(dict.fromkeys(keys))))
    reused = sum(key in made for key in keys)
    missing = list({key: entry for key, entry in zip(keys, inputs, strict=True) if key not in made}.items())
    # Like lengths together over the whole segment, so that batches are full.
    missing.sort(key=lambda pair: len(pair[1].context) + len(pair[1].text), reverse=True)
    done = len(inputs) - len(missing)
    progress(done, len(inputs))
    left = iter(missing)
    for embeddings in embed([entry for _, entry in missing]):
        made.update((key, embedding) for embedding, (key, _) in zip(embeddings, left, strict=False))
        done += len(embeddings)
        progress(done, len(inputs))
    return [made[key] for key in keys], reused
