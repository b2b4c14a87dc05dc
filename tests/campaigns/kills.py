"""Rebuilds and servers killed at any moment: `PYTHONPATH=tests python -m campaigns.kills --full`.

The documents change in every round, a rebuild begins and is killed (SIGKILL) at a random moment of it, and
what is then on disk must be exactly the content from before or exactly the new one. Nothing is tidied up
between the rounds. Every twentieth round kills a real server, too, while clients ask it and it rebuilds;
the next one must be ready within five seconds.

A rebuild is a fork of this process, which has imported everything, and reads its files itself, so that a
round takes tens of milliseconds instead of a second. Those of the servers are real ones.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance_qa import documents
from alliance_qa.building import rebuild
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.reading import SourceFile
from alliance_qa.domain import Document, Passage
from alliance_qa.errors import DocumentError
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.settings import Settings, load
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences
from campaigns import swaps
from edges import server
from edges.embedder import WordEmbedder
from edges.server import ADMIN, Server

_MEASURED = 10  # rebuilds that are not killed, to learn how long one takes
_READY_SECONDS = 5
# What a killed process wrote is there without a sync; a disk would be waited for most of the time.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
_EVERY = 20  # rounds until the next kill of a server


@dataclass
class Outcome:
    """What came of it."""

    seed: int
    rebuilds: int = 0  # killed
    servers: int = 0  # killed
    found: Counter[str] = field(default_factory=Counter)  # what was on disk afterwards: "old" or "new"
    wrong: list[str] = field(default_factory=list)
    round_seconds: list[float] = field(default_factory=list)
    ready_seconds: list[float] = field(default_factory=list)
    left_over: int = 0  # unfinished generations that a kill left behind

    def __str__(self) -> str:
        ready = f"{max(self.ready_seconds):.1f} s" if self.ready_seconds else "never"
        lines = [
            f"seed {self.seed}: {self.rebuilds} rebuilds and {self.servers} servers killed; then on disk: "
            f"{self.found['old']} times the old content, {self.found['new']} times the new; "
            f"{self.left_over} kills left an unfinished generation",
            f"{len(self.wrong)} wrong; slowest restart of a server: {ready}; "
            f"{sum(self.round_seconds) / max(1, len(self.round_seconds)) * 1000:.0f} ms a round",
        ]
        return "\n".join(lines + self.wrong[:5])


def content(sources: Iterable[tuple[Document, Iterable[Passage]]]) -> str:
    """Return the SHA-256 of all texts and passages."""
    digest = hashlib.sha256()
    for document, passages in sources:
        digest.update(f"{document.id}\0{document.path}\0{document.text}\0".encode())
        for passage in passages:
            digest.update(f"{passage.span}\0{passage.text}\0{passage.sentences}\0".encode())
    return digest.hexdigest()


def _held(generation: Generation) -> str:
    corpus = generation.corpus
    return content((d, corpus.passages(corpus.rows_of([d.id]).tolist())) for d in corpus.documents())


def _expected(folder: Path) -> str:
    """Return the content that an index of these documents must have."""
    read = [documents.read(path.read_bytes(), path.name) for path in sorted(folder.iterdir())]
    return content(
        (d, split(d, split_sentences=split_sentences, token_starts=WordEmbedder().token_starts, max_tokens=160))
        for d in read
    )


def _on_disk(settings: Settings) -> str:
    """Open the index as a start does, and return its content. A damaged one raises."""
    wanted = rebuild.recipe(settings, WordEmbedder.fingerprint)
    generation, damage = store.open_sound(settings.index, wanted)
    if damage:
        raise ValueError(damage)
    return _held(generation)


def _read_here(
    folder: Path, files: Sequence[SourceFile], limits: Limits
) -> Generator[tuple[SourceFile, Document | DocumentError]]:
    for source in files:
        yield source, documents.read((folder / source.path).read_bytes(), source.path)


def _rebuild(settings: Settings, seconds: float | None) -> bool:
    """Rebuild in a fork; kill it after so many seconds. Returns whether it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            vars(rebuild)["read_all"] = _read_here
            rebuild.rebuild(settings, WordEmbedder())
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)
    end = time.monotonic() + (60 if seconds is None else seconds)
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.0005)
    if ended == (0, 0):
        os.kill(child, signal.SIGKILL)
        ended = os.waitpid(child, 0)
    status = ended[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise RuntimeError("a rebuild that was not killed failed")
    return os.WIFSIGNALED(status)


def _write(folder: Path, mark: int) -> None:
    """Change the documents; one is new, one is gone, one stays as it is."""
    swaps.write(folder, mark)
    (folder / "stays.txt").write_text("What stays\n\nThis file is the same in every round.\n")
    for old in folder.glob("round-*.txt"):
        old.unlink()
    (folder / f"round-{mark}.txt").write_text(f"Round {mark}\n\nThe bell rang {mark} times.\n")


def run(home: Path, *, kills: int, seed: int, seconds: float = float("inf"), every: int = _EVERY) -> Outcome:
    """Kill so many times, each so many-th time a server, or as often as fits into so many seconds."""
    outcome, chance, end = Outcome(seed), random.Random(seed), time.monotonic() + seconds
    settings = load(documents=home / "documents", index=home / "index")
    _write(home / "documents", 0)
    _rebuild(settings, None)
    durations = deque(_durations(home, settings), maxlen=2 * _MEASURED)
    mark, old = _MEASURED, _on_disk(settings)
    earlier = [old]
    running = server.start(home)
    while outcome.rebuilds + outcome.servers < kills and time.monotonic() < end:
        mark += 1
        _write(home / "documents", mark)
        new = _expected(home / "documents")
        earlier.append(new)
        is_server = (outcome.rebuilds + outcome.servers) % every == every - 1
        started = time.monotonic()
        try:
            if is_server:
                running = _kill_server(running, chance, {old, new}, outcome)
                found = _on_disk(settings)
                outcome.servers += 1
            else:
                began = time.monotonic()
                # A little more than it takes, so that the last moments are met, too.
                if _rebuild(settings, chance.uniform(0, 1.1 * statistics.median(durations))):
                    outcome.rebuilds += 1
                else:
                    durations.append(time.monotonic() - began)
                found = _on_disk(settings)
                outcome.round_seconds.append(time.monotonic() - started)
        except Exception as error:
            outcome.wrong.append(f"round {mark}: {error!r}")
            break
        if found not in (old, new):
            whose = "an earlier round" if found in earlier else "no round"
            outcome.wrong.append(f"round {mark}: neither the old content nor the new, but that of {whose}")
            break
        outcome.found["old" if found == old else "new"] += 1
        outcome.left_over += bool(list((home / "index/generations").glob(".new-*")))
        old = found
    running.process.terminate()
    running.process.wait(20)
    if "Traceback" in running.log:
        outcome.wrong.append(running.log)
    _rebuild(settings, None)
    if _on_disk(settings) != _expected(home / "documents"):
        outcome.wrong.append("a rebuild that nobody kills does not bring the new content")
    if damaged := [verdict for verdict in store.check(settings.index) if verdict.damage]:
        outcome.wrong.append(str(damaged))
    if left := list((home / "index/generations").glob(".new-*")):
        outcome.wrong.append(f"{left} were never removed")
    return outcome


def _durations(home: Path, settings: Settings) -> Iterator[float]:
    """Rebuild undisturbed; yield how long each takes."""
    for mark in range(1, _MEASURED + 1):
        _write(home / "documents", mark)
        started = time.monotonic()
        _rebuild(settings, None)
        yield time.monotonic() - started


def _kill_server(running: Server, chance: random.Random, either: set[str], outcome: Outcome) -> Server:
    """Kill a server under load while it rebuilds; start another, and look at what that serves."""
    stop = threading.Event()
    clients = [threading.Thread(target=_ask, args=(running, stop), daemon=True) for _ in range(8)]
    for client in clients:
        client.start()
    assert running.client.send("POST", "/v1/index/rebuild", headers=ADMIN).status == 202
    time.sleep(chance.uniform(0, 2))
    rebuilds = _children(running.process.pid)
    running.process.kill()
    running.process.wait()
    stop.set()
    for client in clients:
        client.join()
    started = time.monotonic()
    again = server.start(running.home)
    ready = again.client.get("/health/ready").json
    outcome.ready_seconds.append(time.monotonic() - started)
    if ready["status"] != "ready":
        outcome.wrong.append(f"after a kill of a server: {ready}")
    if _served(again) not in either:
        outcome.wrong.append("a server serves neither the old content nor the new")
    # The rebuild of a killed server goes on until it has something to say to it.
    server.wait(lambda: not any(Path(f"/proc/{child}").exists() for child in rebuilds), 60)
    return again


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _served(running: Server) -> str:
    """Return the content of the generation that a server serves, after comparing its texts with what it sends."""
    version = running.index["index_version"]
    generation = store.open_generation(running.home / "index", store.read_manifest(running.home / "index", version))
    for document in running.client.get("/v1/documents").json["documents"]:
        if running.client.text(document["id"]) != generation.corpus.document(document["id"]).text:
            return "another text than that of its generation"
    return _held(generation)


def _ask(running: Server, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(OSError, http.client.HTTPException, json.JSONDecodeError):
            running.client.post("/v1/ask", {"question": "Who wrote the log of Chiba?"})


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="2,000 kills instead of 200")
    parser.add_argument("--kills", type=int, help="so many")
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--every", type=int, default=_EVERY, help="rounds until the next kill of a server")
    parser.add_argument("--ready-seconds", type=float, default=_READY_SECONDS, help="longest restart of a server")
    given = parser.parse_args()
    with TemporaryDirectory(dir=MEMORY) as folder:
        started = time.monotonic()
        kills = given.kills or (2000 if given.full else 200)
        outcome = run(Path(folder), kills=kills, seed=given.seed, seconds=given.seconds, every=given.every)
        print(outcome)
        print(f"{time.monotonic() - started:.0f} s, seed {given.seed}")
    sys.exit(bool(outcome.wrong or max(outcome.ready_seconds, default=0) > given.ready_seconds))


if __name__ == "__main__":
    main()
