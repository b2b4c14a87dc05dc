"""Hot swaps under load: `PYTHONPATH=tests python -m campaigns.swaps --full`.

Sixteen clients ask a real server nonstop while generation after generation takes the place of the one
before. No request may fail, no answer may mix two generations, every quote must stand in the generation
that its answer names, also right after that was replaced, and the server must not grow.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import numpy as np

from edges import keeper, server
from edges.server import Server

_PLACES = "Akashi Beppu Chiba Date Esashi Fukui".split()
QUESTIONS = (
    *(f"Who wrote the log of {place}?" for place in _PLACES),
    *(f"What did the keeper of {place} count in the harbour of {place}?" for place in _PLACES),
    "Which documents do you have?",
)
_QUIET_SECONDS = 4
# The service keeps 64 earlier generations for their links, with 9 open files per segment here.
MOST_HANDLES = 700
MARK = re.compile(r"mark-(\d+)-")


@dataclass
class Outcome:
    """What came of it."""

    swaps: int = 0
    requests: int = 0
    quotes: int = 0  # compared with the text of their generation
    earlier: int = 0  # quotes looked up again after a swap
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # quotes that do not stand
    quiet: list[float] = field(default_factory=list)  # seconds of a request
    busy: list[float] = field(default_factory=list)  # the same, while a rebuild ran
    memory: list[int] = field(default_factory=list)  # bytes resident, after each swap
    handles: list[int] = field(default_factory=list)  # open files, after each swap

    @property
    def growth(self) -> float:
        """Memory at the end by memory after a tenth of the swaps, or after ten."""
        return self.memory[-1] / self.memory[min(9, len(self.memory) // 2)]

    def __str__(self) -> str:
        quiet, busy = np.array(self.quiet) * 1000, np.array(self.busy) * 1000
        lines = [
            f"{self.swaps} swaps, {self.requests} requests, {self.quotes} quotes compared, "
            f"{self.earlier} again after a swap",
            f"{len(self.failed)} failed, {len(self.mixed)} mixed, {len(self.wrong)} wrong quotes",
            *(self.failed + self.mixed + self.wrong)[:5],
            f"memory {self.memory[0] >> 20} MiB after the first swap, {self.memory[-1] >> 20} MiB at the end, "
            f"most {max(self.memory) >> 20}; at the end by after ten: {self.growth:.2f}",
            f"open files {self.handles[0]} after the first swap, {self.handles[-1]} at the end, "
            f"most {max(self.handles)}",
        ]
        for name, part in (("p50", 50), ("p99", 99)):
            before, during = np.percentile(quiet, part), np.percentile(busy, part)
            lines.append(f"{name} {before:.0f} ms quiet, {during:.0f} ms while rebuilding: ratio {during / before:.2f}")
        return "\n".join(lines)


def write(folder: Path, mark: int) -> None:
    """Write documents that all carry a mark, at other places than with another mark."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(mark)
    for place in _PLACES:
        rain = " ".join(f"Rain fell on mark-{mark}-{n} of {place}." for n in range(chance.randint(0, 9)))
        text = (
            f"---\ntitle: The log of {place} mark-{mark}-title\nauthor: The keeper mark-{mark}-author\n---\n\n"
            f"# The log of {place}\n\n{rain}\n\n"
            f"The keeper of {place} counted mark-{mark}-boats in the harbour of {place}.\n"
        )
        new = folder.parent / "new"
        new.write_text(text)
        new.rename(folder / f"{place.lower()}.md")


class _Visitor(threading.Thread):
    """Asks until it is told to stop."""

    def __init__(self, running: Server, outcome: Outcome, rebuilding: threading.Event, number: int) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.seen: set[tuple[str, int]] = set()  # (version, mark)
        self._running, self._outcome, self._rebuilding = running, outcome, rebuilding
        self._chance = random.Random(number)

    def run(self) -> None:
        connection = http.client.HTTPConnection(self._running.client.host, self._running.client.port, timeout=60)
        latest = ""
        while not self.stop.is_set():
            question = self._chance.choice(QUESTIONS)
            busy, started = self._rebuilding.is_set(), time.perf_counter()
            try:
                answer = call(connection, "POST", "/v1/ask", {"question": question})
                seconds = time.perf_counter() - started
                (self._outcome.busy if busy else self._outcome.quiet).append(seconds)
                self._outcome.requests += 1
                version = answer["index_version"]
                if version < latest:
                    self._outcome.mixed.append(f"{version} answered after {latest}")
                latest = version
                marks = {int(mark) for mark in MARK.findall(json.dumps(answer))}
                if len(marks) != 1:
                    self._outcome.mixed.append(f"{version} answers with the marks {marks}")
                self.seen |= {(version, mark) for mark in marks}
                if self._chance.random() < 0.2:
                    self._outcome.quotes += compare(connection, answer, self._outcome)
            except Exception as error:
                self._outcome.failed.append(f"{question}: {error!r}")
                connection.close()
        connection.close()


def call(connection: http.client.HTTPConnection, method: str, path: str, body: object = None) -> Any:
    """Return the JSON of a reply. Raises ValueError for another status than 200."""
    headers = {"Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    reply = connection.getresponse()
    content = reply.read()
    if reply.status != 200:
        raise ValueError(f"{reply.status} {content.decode()}")
    return json.loads(content)


def compare(connection: http.client.HTTPConnection, answer: Any, outcome: Outcome) -> int:
    """Look every quote and passage of an answer up in the generation that it names; return how many."""
    version = answer["index_version"]
    quotes = [(quote["document_id"], quote["start"], quote["end"], quote["quote"]) for quote in answer["citations"]]
    quotes += [(p["document_id"], p["start"], p["end"], p["text"]) for p in answer["passages"]]
    texts: dict[str, str] = {}
    for document, start, end, quote in quotes:
        if document not in texts:
            path = f"/v1/documents/{document}/text?{urlencode({'index_version': version})}"
            texts[document] = call(connection, "GET", path)["text"]
        if texts[document][start:end] != quote:
            outcome.wrong.append(f"{document}:{start}-{end} of {version} is not {quote!r}")
    for document, start, end, quote in quotes[:1]:
        body = {"document_id": document, "start": start, "end": end, "quote": quote, "index_version": version}
        if call(connection, "POST", "/v1/verify", body) != {"stands": True, "index_version": version}:
            outcome.wrong.append(f"{document}:{start}-{end} of {version} is not verified")
    return len(quotes)


def run(home: Path, *, swaps: int, clients: int = 16, command: Sequence[str] = keeper.COMMAND) -> Outcome:
    """Swap so many times under so many clients."""
    outcome, rebuilding = Outcome(), threading.Event()
    write(home / "documents", 0)
    build(home, command)
    with server.serving(home, command=command) as running:
        expected = {running.index["index_version"]: 0}
        with _visitors(running, outcome, rebuilding, clients) as visitors:
            time.sleep(_QUIET_SECONDS)
            for mark in range(1, swaps + 1):
                # A server hangs up on who is silent for a few seconds.
                connection = http.client.HTTPConnection(running.client.host, running.client.port, timeout=60)
                before = call(connection, "POST", "/v1/ask", {"question": QUESTIONS[-1]})
                write(home / "documents", mark)
                time.sleep(_QUIET_SECONDS / 8)  # so that a noisy moment of the machine meets both
                rebuilding.set()
                index = running.rebuild()
                rebuilding.clear()
                if index["job"]["state"] != "done":
                    outcome.failed.append(f"rebuild {mark}: {index['job']['error']}")
                expected[index["index_version"]] = mark
                connection.close()
                outcome.earlier += compare(connection, before, outcome)
                connection.close()
                outcome.swaps += index["index_version"] != before["index_version"]
                outcome.memory.append(resident(running.process.pid))
                outcome.handles.append(sum(1 for _ in Path(f"/proc/{running.process.pid}/fd").iterdir()))
        for version, mark in sorted(set().union(*(visitor.seen for visitor in visitors))):
            if expected.get(version) != mark:
                outcome.mixed.append(f"{version} answers with mark {mark}, not {expected.get(version)}")
        if "Traceback" in running.log:
            outcome.failed.append(running.log)
    return outcome


@contextmanager
def _visitors(running: Server, outcome: Outcome, rebuilding: threading.Event, count: int) -> Iterator[list[_Visitor]]:
    visitors = [_Visitor(running, outcome, rebuilding, number) for number in range(count)]
    for visitor in visitors:
        visitor.start()
    try:
        yield visitors
    finally:
        for visitor in visitors:
            visitor.stop.set()
        for visitor in visitors:
            visitor.join(60)


def build(home: Path, command: Sequence[str]) -> None:
    """Index the documents of a folder."""
    import subprocess

    subprocess.run([*command, "index"], cwd=home, env=server.clean_environment(), check=True, capture_output=True)


def resident(pid: int) -> int:
    """Return the bytes of a process that are in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="100 swaps instead of 8")
    parser.add_argument("--swaps", type=int, help="so many")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--model", action="store_true", help="with the real model instead of words")
    given = parser.parse_args()
    swaps = given.swaps or (100 if given.full else 8)
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        command = server.MODEL if given.model else keeper.COMMAND
        outcome = run(Path(folder), swaps=swaps, clients=given.clients, command=command)
        print(outcome)
        print(f"{time.monotonic() - started:.0f} s; the seeds are the numbers of clients and generations")
    sys.exit(
        bool(
            outcome.failed
            or outcome.mixed
            or outcome.wrong
            or outcome.growth > 1.25
            or max(outcome.handles) > MOST_HANDLES
        )
    )


if __name__ == "__main__":
    main()
