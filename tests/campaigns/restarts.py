"""SIGTERM under load: `PYTHONPATH=tests python -m campaigns.restarts --full`.

Thirty-two clients ask a real server nonstop, half of them for streams, while it is told to end and started
again, now and then in the middle of a rebuild. Its exit code must be 0, it must have ended within 20 seconds,
and every reply that has begun must have its end: a stream one event `done` or `error`, any other its whole body.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from campaigns import swaps
from edges import keeper, server
from edges.server import ADMIN

END_SECONDS = 20
# The clients' question takes 50 ms of a thread and more, so that there is always a queue.
_SLOW = """
import time
from edges import keeper
quick = keeper.KeptEmbedder.embed_question
keeper.KeptEmbedder.embed_question = lambda self, text: (time.sleep("Chiba" in text and 0.05), quick(self, text))[1]
keeper.main()
"""
_COMMAND = (sys.executable, "-c", _SLOW)
_BODY = json.dumps({"question": "Who wrote the log of Chiba?"}).encode()
_HEAD = (
    "POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(_BODY)}\r\nAccept: "
)


@dataclass
class Outcome:
    """What came of it."""

    restarts: int = 0
    rebuilds: int = 0  # that ran when the server was told to end
    replies: Counter[str] = field(default_factory=Counter)  # by how they ended
    wrong: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)  # until the process had ended

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.restarts} restarts, {self.rebuilds} of them during a rebuild; the slowest end "
                f"{max(self.seconds, default=0):.1f} s; replies {dict(self.replies.most_common())}",
                f"{len(self.wrong)} wrong",
                *self.wrong[:5],
            ]
        )


async def _client(port: int, outcome: Outcome, stop: asyncio.Event, wants_stream: bool) -> None:
    accept = "text/event-stream" if wants_stream else "application/json"
    request = f"{_HEAD}{accept}\r\n\r\n".encode() + _BODY
    while not stop.is_set():
        reply = b""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            try:
                async with asyncio.timeout(60):
                    while more := await reader.read(65536):
                        reply += more
            finally:
                writer.close()
        except OSError as error:
            outcome.replies[f"no connection ({type(error).__name__})" if not reply else "cut"] += 1
            if reply:
                outcome.wrong.append(f"cut after {reply[-80:]!r}")
            await asyncio.sleep(0.2)
            continue
        how = verdict(reply)
        outcome.replies[how] += 1
        if how.startswith("wrong"):
            outcome.wrong.append(f"{how}: {reply[:20]!r} … {reply[-80:]!r}")
        if how == "nothing":
            await asyncio.sleep(0.2)


def verdict(reply: bytes) -> str:
    """Say how a reply ended: "wrong" in front when it has no end of its own."""
    if not reply:
        return "nothing"
    head, _, body = reply.partition(b"\r\n\r\n")
    status = head[9:12].decode()
    if b"text/event-stream" in head:
        ends = [name for name in (b"done", b"error") for _ in range(body.count(b"event: " + name))]
        if len(ends) != 1:
            return f"wrong: stream with {len(ends)} ends"
        return f"stream {ends[0].decode()}" if body.endswith(b"\r\n0\r\n\r\n") else "wrong: stream cut after its end"
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), -1)
    return status if status in ("200", "503") and length == len(body) else f"wrong: {status} of {length} bytes"


async def run(home: Path, *, restarts: int, clients: int = 32, rebuild_every: int = 5, seed: int = 1) -> Outcome:
    """Restart a server so often under so many clients, each fifth time during a rebuild."""
    outcome, chance, stop = Outcome(), random.Random(seed), asyncio.Event()
    swaps.write(home / "documents", 0)
    swaps.build(home, keeper.COMMAND)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asking = [asyncio.create_task(_client(port, outcome, stop, bool(n % 2))) for n in range(clients)]
    for number in range(restarts):
        environment = {"ALLIANCE_QA_PORT": str(port), "ALLIANCE_QA_CONNECTIONS_PER_ADDRESS": "1000"}
        running = await asyncio.to_thread(server.start, home, command=_COMMAND, environment=environment)
        await asyncio.sleep(chance.uniform(0, 1))
        if number % rebuild_every == rebuild_every - 1:
            swaps.write(home / "documents", number)
            started = await asyncio.to_thread(running.client.send, "POST", "/v1/index/rebuild", headers=ADMIN)
            outcome.rebuilds += started.status == 202
            await asyncio.sleep(chance.uniform(0, 1))
        began = time.monotonic()
        running.process.terminate()
        code = await asyncio.to_thread(running.process.wait, 3 * END_SECONDS)
        outcome.seconds.append(time.monotonic() - began)
        outcome.restarts += 1
        if code != 0:
            outcome.wrong.append(f"exit code {code}")
        if outcome.seconds[-1] > END_SECONDS:
            outcome.wrong.append(f"it took {outcome.seconds[-1]:.1f} s to end")
        if (home / "index/generations").exists() and (left := list((home / "index/generations").glob(".new-*"))):
            outcome.wrong.append(f"a rebuild left {left}")
        if "Traceback" in running.log:
            outcome.wrong.append(running.log[-2000:])
    stop.set()
    await asyncio.gather(*asking)
    return outcome


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="100 restarts instead of 10")
    parser.add_argument("--restarts", type=int, help="so many")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        outcome = asyncio.run(
            run(Path(folder), restarts=given.restarts or (100 if given.full else 10), seed=given.seed)
        )
        print(outcome)
        print(f"{time.monotonic() - started:.0f} s, seed {given.seed}")
    sys.exit(bool(outcome.wrong))


if __name__ == "__main__":
    main()
