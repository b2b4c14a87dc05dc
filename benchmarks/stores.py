"""FAISS beside Milvus in one run: candidates, and whole answers, from the same index.

`python benchmarks/stores.py real 20000` embeds so many paragraphs of ../shared/data with the default model and asks
their questions; `python benchmarks/stores.py synthetic 1000000` makes vectors and words, and asks for candidates only.
ALLIANCE_QA_MILVUS_URI names a server; without it Lite serves, from a process of its own.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Document, Fact, Facts, Passage, Provenance, Span
from alliance_qa.index import candidates, store
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import Recipe
from alliance_qa.index.milvus import Milvus
from alliance_qa.index.part import Part
from alliance_qa.ports import Vectors, unit
from alliance_qa.service.service import Service, load_embedder, load_reader
from alliance_qa.settings import load
from alliance_qa.text.terms import terms

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SETS = ("squad2-train-part", "squad1-part", "qed-dev", "selqa-part", "covid-qa", "sleepqa", "wikiqa-train")
_SEGMENT, _TERMS, _VOCABULARY, _DIMENSION = 32_768, 130, 20_000, 384
_QUESTIONS = 50

Asked = list[tuple[str, Vectors, list[str]]]


def main() -> None:
    """Print a table."""
    kind, size = sys.argv[1], int(sys.argv[2])
    candidates.CALL_SECONDS = 60.0  # what takes longer than a question waits is measured, not refused
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as uri:
        (_real if kind == "real" else _synthetic)(Path(folder), size, uri)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Give the address of the server that the environment names, or of Lite in a process of its own."""
    if uri := os.environ.pop("ALLIANCE_QA_MILVUS_URI", ""):
        yield uri
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from edges.milvus import LiteServer, free_port

    server = LiteServer(folder / "lite", free_port())
    server.start()
    try:
        yield server.uri
    finally:
        server.kill()


def _real(home: Path, size: int, uri: str) -> None:
    texts, questions = _corpus(size)
    settings = load(documents=home / "documents", index=home / "index", store="milvus", milvus_uri=uri)
    settings.documents.mkdir()
    for number, (title, text) in enumerate(texts):
        (settings.documents / f"{number:05d}.md").write_text(f"# {title}\n\n{text}\n", "utf-8")
    embedder, reader = load_embedder(settings), load_reader(settings)
    plain = settings.model_copy(update={"store": "faiss"})
    first = _seconds(lambda: rebuild(plain, embedder))
    then = _seconds(lambda: rebuild(settings, embedder))
    services = {
        "FAISS": Service(plain, embedder, reader),
        "Milvus": Service(settings, embedder, reader),
    }
    generation = services["Milvus"].generation
    print(f"{generation.manifest.passages:,} real passages, index built in {first:.0f} s, collections in {then:.0f} s")
    asked = [(question, embedder.embed_question(question), list(terms(question))) for question in questions]
    times = {name: _candidates(service.generation, asked) for name, service in services.items()}
    _report("candidates", times)
    whole: dict[str, list[float]] = {name: [] for name in services}
    equal = 0
    for question, _, _ in asked:
        found = []
        for name, service in services.items():
            started = time.perf_counter()
            found.append(service.ask(service.generation, question))
            whole[name].append((time.perf_counter() - started) * 1_000)
        equal += found[0] == found[1]
    _report("whole answers", whole)
    print(f"equal answers: {equal} of {len(asked)}; lowest recall@100: {_recall(generation)}")
    for service in services.values():
        service.close()


def _corpus(size: int) -> tuple[list[tuple[str, str]], list[str]]:
    texts, questions = [], []
    for name in SETS:
        with gzip.open(SHARED / name / "corpus.jsonl.gz", "rt") as file:
            texts += [(entry["title"], entry["text"]) for entry in map(json.loads, file)]
        with gzip.open(SHARED / name / "queries.jsonl.gz", "rt") as file:
            questions += [entry["text"] for entry in map(json.loads, file)][:_QUESTIONS]
        if len(texts) >= size:
            break
    chance = np.random.default_rng(3)
    return texts[:size], [
        str(each) for each in chance.choice(questions, min(_QUESTIONS, len(questions)), replace=False)
    ]


def _synthetic(home: Path, size: int, uri: str) -> None:
    chance, engine = np.random.default_rng(7), Milvus(uri)
    centres = unit(chance.standard_normal((4_096, _DIMENSION)).astype(np.float32))
    written = {"FAISS": 0.0, "Milvus": 0.0}
    with store.lock(home / "index"), store.draft(home / "index") as draft:
        for first in range(0, size, _SEGMENT):
            part = _part(first, min(_SEGMENT, size - first), centres, chance)
            written["FAISS"] += _seconds(lambda part=part: draft.add(part))  # type: ignore[misc]
        recipe = Recipe("none", "0" * 64, 160, "none", "0")
        draft.commit(recipe, [], dimension=_DIMENSION, reused=0, oldest="000001", retain=1)
    plain = store.open_generation(home / "index", store.read_manifest(home / "index"))
    with store.lock(home / "index"), store.draft(home / "index", engine) as draft:
        for segment in plain.segments:
            written["Milvus"] += _seconds(lambda segment=segment: draft.keep(segment, "000001"))  # type: ignore[misc]
        draft.commit(recipe, [], dimension=_DIMENSION, reused=0, oldest="000001", retain=1)
    held = store.open_generation(home / "index", store.read_manifest(home / "index"), (), engine)
    print(f"{size:,} synthetic passages in {len(held.segments)} segments; seconds to write: {written}")
    asked: Asked = []
    for _ in range(_QUESTIONS):
        near = centres[chance.integers(len(centres))] + chance.standard_normal(_DIMENSION) / _DIMENSION**0.5
        asked.append(("", unit(near.astype(np.float32)), _words(chance, 8)))
    times = {"FAISS": _candidates(plain, asked), "Milvus": _candidates(held, asked)}
    _report("candidates", times)
    for name, only in (("vectors", True), ("words", False)):
        _report(name, {"FAISS": _candidates(plain, asked, only), "Milvus": _candidates(held, asked, only)})
    same = [
        held.lexical.best(words, 100, None).tolist() == plain.lexical.best(words, 100, None).tolist()
        for _, _, words in asked
    ]
    print(f"equal by words: {sum(same)} of {len(same)}; lowest recall@100: {_recall(held)}")
    engine.close()


def _part(first: int, count: int, centres: Vectors, chance: np.random.Generator) -> Part:
    vectors = centres[chance.integers(len(centres), size=count)]
    vectors = unit(vectors + chance.standard_normal(vectors.shape).astype(np.float32) / _DIMENSION**0.5)
    text = "Nothing."
    document = Document(
        f"d{first}", f"{first}.txt", "text/plain", "0" * 64, text, (), Facts(Fact("T", Provenance.TEXT))
    )
    passage = Passage(document.id, Span(0, len(text)), text, (Span(0, len(text)),))
    return Part(
        documents=(document,),
        passages=(passage,) * count,
        terms=tuple(tuple(_words(chance, _TERMS)) for _ in range(count)),
        keys=tuple((first + at).to_bytes(8, "big") for at in range(count)),
        vectors=vectors,
        sentence_vectors=vectors,
        reused=0,
    )


def _words(chance: np.random.Generator, count: int) -> list[str]:
    return [f"w{number}" for number in np.minimum(chance.zipf(1.3, count), _VOCABULARY)]


def _candidates(generation: Generation, asked: Asked, vectors: bool | None = None) -> list[float]:
    """Return the milliseconds of each search, once all was searched for: by vectors, by words, by both for None."""
    for _ in range(2):
        times = []
        for _, vector, words in asked:
            started = time.perf_counter()
            if vectors is not False:
                generation.dense.search(vector, 100, None)
            if not vectors:
                generation.lexical.best(words, 100, None)
            times.append((time.perf_counter() - started) * 1_000)
    return times


def _recall(generation: Generation) -> float:
    return min(s.info.collection.recall for s in generation.segments if s.info.collection)


def _report(name: str, times: dict[str, list[float]]) -> None:
    for store_name, each in times.items():
        p50, p99 = np.percentile(each, [50, 99])
        print(f"| {name} | {store_name} | p50 {p50:.1f} ms | p99 {p99:.1f} ms |", flush=True)


def _seconds(call: object) -> float:
    started = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
