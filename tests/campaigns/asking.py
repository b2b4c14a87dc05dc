"""Visitors who ask a served collection at the same time, and what each of them got: for campaigns about load."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from alliance_qa.building import rebuild
from alliance_qa.service.service import load_embedder
from edges import keeper, server
from edges.embedder import WordEmbedder
from edges.server import Server, settings_of

_PLACES = "Akashi Beppu Chiba Date Esashi Fukui Gifu Hagi Itami Joetsu".split()
_SECTIONS = 50  # of a document, each a passage
PATIENCE_SECONDS = 90.0  # after which nobody waits any longer


@dataclass(frozen=True, slots=True)
class Ended:
    """How a request ended."""

    status: int  # 0 where it did not, or not as it should
    seconds: float  # from before the connection to the last byte
    retry_after: str = ""


def question(number: int) -> str:
    """Return one of many questions, some of which are answered."""
    return f"How many boats did the keeper of {_PLACES[number % len(_PLACES)]} count in year {number % 997}?"


def prepare(home: Path, passages: int, *, model: bool = False) -> None:
    """Write documents of so many passages, and index them with words for a model, or the real one."""
    folder = home / "documents"
    folder.mkdir()
    for number in range(-(-passages // _SECTIONS)):
        place = _PLACES[number % len(_PLACES)]
        sections = "".join(
            f"\n## Year {number * _SECTIONS + at}\n\nThe keeper of {place} counted {at + 3} boats in year "
            f"{number * _SECTIONS + at}.\n"
            for at in range(min(_SECTIONS, passages - number * _SECTIONS))
        )
        (folder / f"log-{number}.md").write_text(f"# Log {number} of {place}\n{sections}")
    settings = settings_of(home)
    rebuild.rebuild(settings, load_embedder(settings) if model else WordEmbedder())


def served(home: Path, *, model: bool, seconds: float, **environment: str) -> AbstractContextManager[Server]:
    """Serve a folder from a process of its own; a stand-in for the model takes so many seconds for a question."""
    given = {keeper.SECONDS: str(seconds), **environment}
    return server.serving(home, command=server.MODEL if model else keeper.COMMAND, environment=given)


async def ask(port: int, text: str, *, stream: bool = False, source: str = "127.0.0.1", path: str = "/v1/ask") -> Ended:
    """Ask over a connection of its own from an address of this machine; what does not end in time has status 0."""
    started = time.perf_counter()
    body = json.dumps({"question": text}).encode() if path == "/v1/ask" else b""
    head = (
        f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Accept: {'text/event-stream' if stream else 'application/json'}\r\n\r\n"
    )
    reply = b""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
            try:
                writer.write(head.encode() + body)
                reply = await reader.read()
            finally:
                writer.close()
    seconds = time.perf_counter() - started
    first, _, rest = reply.partition(b"\r\n")
    status = int(first.split()[1]) if first.startswith(b"HTTP/1.1 ") else 0
    if stream and status == 200:
        ends = rest.count(b"event: done\n") + rest.count(b"event: error\n")
        status = 0 if ends != 1 else 200 if b"event: done\n" in rest else 503
    told = [
        line[13:] for line in rest.lower().split(b"\r\n\r\n")[0].split(b"\r\n") if line.startswith(b"retry-after: ")
    ]
    return Ended(status, seconds, told[0].decode() if told else "")


def counts(ended: Sequence[Ended]) -> dict[int, int]:
    """Return how many requests ended with which status."""
    return dict(sorted(Counter(one.status for one in ended).items()))


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return a percentile in milliseconds; 0 of none."""
    return float(np.percentile(seconds, share)) * 1000 if seconds else 0.0


def cores() -> str:
    """Return how busy this machine is, for the record: load and cores."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
