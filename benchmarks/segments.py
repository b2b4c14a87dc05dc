"""What a change costs, and a search, in collections of 10^4, 10^5 and 10^6 passages.

Vectors come from a stand-in that costs next to nothing (a hash of the text chooses a
neighbourhood and a place in it), so every time below is the index's own; with the real
model a full build takes about 28 ms a passage more and the share of a change shrinks.
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from alliance_qa.answering.retrieval import allowed_rows, retrieve
from alliance_qa.asking.query import analyse
from alliance_qa.building import rebuild
from alliance_qa.domain import Filters
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import Manifest
from alliance_qa.ports import Embedding, PassageInput, Vectors
from alliance_qa.settings import Settings, load

_PASSAGES = 10  # of a document
_IN_A_FOLDER = 1_000
_WORDS = 20_000


class StandIn:
    """An Embedder whose vectors lie in neighbourhoods, as those of real passages do."""

    name, fingerprint, dimension, max_tokens = "stand-in", "5" * 64, 384, 254

    def __init__(self) -> None:
        self._centres = _unit(np.random.default_rng(1).standard_normal((4_096, self.dimension)).astype(np.float32))
        self._noise = np.random.default_rng(2).standard_normal(1 << 20).astype(np.float32) / 384**0.5

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Count a token per word."""
        starts = []
        for text in texts:
            at, found = 0, []
            for word in text.split(" "):
                found.append(at)
                at += len(word) + 1
            starts.append(found)
        return starts

    def unknown_shares(self, texts: Sequence[str]) -> list[float]:
        """Know every letter."""
        return [0.0] * len(texts)

    def embed_question(self, question: str) -> Vectors:
        """Return a vector."""
        return self._vector(question)

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        """Return vectors."""
        return np.stack([self._vector(question) for question in questions])

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        """Return vectors, a sentence's being its passage's."""
        return [
            Embedding(vector, np.broadcast_to(vector, (len(entry.sentences), self.dimension)))
            for entry in inputs
            for vector in (self._vector(entry.text),)
        ]

    def _vector(self, text: str) -> Vectors:
        number = hash(text) & 0xFFFFFFFF
        noise = self._noise[number % ((1 << 20) - self.dimension) :][: self.dimension]
        return _unit(self._centres[number % len(self._centres)] + noise)


def main() -> None:
    """Print a table; the sizes are given on the command line, e.g. `10000 100000`."""
    sizes = [int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000]
    print(
        "| passages | documents | segments | full build s | unchanged s (per 1,000 files) | add one | remove one "
        "| swap ms | rollback ms | search ms p50 (p99) | peak RSS GiB | index GiB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            print(_row(Path(folder), size), flush=True)


def _row(folder: Path, size: int) -> str:
    settings = load(documents=folder / "documents", index=folder / "index")
    embedder = StandIn()
    files = size // _PASSAGES
    _write(settings.documents, files)
    full, built = _timed(lambda: _rebuild(settings, embedder))
    unchanged, _ = _timed(lambda: _rebuild(settings, embedder))
    recipe = rebuild.recipe(settings, embedder.fingerprint)
    before = store.open_sound(settings.index, recipe)[0]
    extra = settings.documents / "extra.txt"
    extra.write_text(_document(np.random.default_rng(9), files))
    added, _ = _timed(lambda: _rebuild(settings, embedder))
    swapped, after = _timed(lambda: store.open_sound(settings.index, recipe, before.segments)[0])
    rolled, _ = _timed(lambda: store.roll_back(settings.index))
    _rebuild(settings, embedder)
    (settings.documents / "0000" / "0000017.txt").unlink()
    removed, _ = _timed(lambda: _rebuild(settings, embedder))
    searches = []
    questions = np.random.default_rng(3)
    for _ in range(100):
        question = " ".join(f"w{n}" for n in _zipf(questions, 8))
        vector = embedder.embed_question(question)
        searches.append(_timed(lambda q=question, v=vector: _search(after, q, v))[0] * 1000)  # type: ignore[misc]
    p50, p99 = np.percentile(searches, [50, 99])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    stored = sum(f.size for s in built.segments for f in s.files.values()) / 1024**3
    shutil.rmtree(settings.index)
    return (
        f"| {built.passages:,} | {built.documents:,} | {len(built.segments)} ({built.segments[0].dense}) | {full:.1f} "
        f"| {unchanged:.2f} ({unchanged / files * 1000 * 1000:.0f} ms) | {added:.2f} s = {added / full:.1%} "
        f"| {removed:.2f} s = {removed / full:.1%} | {swapped * 1000:.0f} | {rolled * 1000:.0f} "
        f"| {p50:.1f} ({p99:.1f}) | {peak:.1f} | {stored:.2f} |"
    )


def _rebuild(settings: Settings, embedder: StandIn) -> Manifest:
    return rebuild.rebuild(settings, embedder)[0]


def _search(generation: Generation, question: str, vector: Vectors) -> Any:
    return retrieve(
        analyse(question, vector),
        dense=generation.dense,
        lexical=generation.lexical,
        corpus=generation.corpus,
        allowed=allowed_rows(Filters(), generation.corpus, len(generation.dense)),
        top_k=10,
    )


def _write(folder: Path, files: int) -> None:
    rng = np.random.default_rng(7)
    for number in range(files):
        inner = folder / f"{number // _IN_A_FOLDER:04d}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"{number:07d}.txt").write_text(_document(rng, number))


def _document(rng: np.random.Generator, number: int) -> str:
    """Return ten paragraphs of about 130 words, each of which fills a passage."""
    paragraphs = []
    for _ in range(_PASSAGES):
        words = [f"w{n}" for n in _zipf(rng, 130)]
        sentences = [" ".join(words[at : at + 22]).capitalize() + "." for at in range(0, 130, 22)]
        paragraphs.append(" ".join(sentences))
    return f"Document number {number}\n\n" + "\n\n".join(paragraphs) + "\n"


def _zipf(rng: np.random.Generator, count: int) -> list[int]:
    return np.minimum(rng.zipf(1.3, count), _WORDS).tolist()


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = call()
    return time.perf_counter() - started, result


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
