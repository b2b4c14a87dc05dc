"""Clients that hold sockets and do not let go: `PYTHONPATH=tests python -m campaigns.sockets --full`.

Hundreds of connections from fifty addresses trickle a head, trickle a body, say nothing, read a long reply
without reading, and send on after a refusal, while others ask as usual. The server has 100 descriptors.
Others' requests may not fail nor wait, and the descriptors must be free again within 30 seconds although no
attacker closes a socket.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from campaigns import swaps
from edges import keeper, server

_QUESTION = json.dumps({"question": "Who wrote the log of Chiba?"}).encode()
_ASK = (
    b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_QUESTION), _QUESTION)
)
_BODY = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
_ENDLESS = (
    b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\nOrigin: https://evil.example\r\n\r\n"
)
_LONG = (
    b"GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 8
)  # 13 MB: more than the system holds
_CHUNK = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
_ADDRESSES = [f"127.0.1.{number}" for number in range(1, 51)]
_OTHERS = 4  # visitors at the same time
_AGAIN_SECONDS = 5.0  # until an attacker opens another connection for one that was ended
BACK_SECONDS = 30
DESCRIPTORS = 100

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Attack:
    """What came of one kind of attack."""

    name: str
    opened: int = 0  # connections
    most_bytes: int = 0  # that one of them could send
    most_seconds: float = 0.0  # that one of them was held
    before: list[float] = field(default_factory=list)  # seconds of others' requests
    during: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    descriptors: tuple[int, int, int] = (0, 0, 0)  # before, most, after
    back_seconds: float = 0.0  # until they were free again

    @property
    def ratio(self) -> float:
        """p99 of others' requests during the attack by that before."""
        return float(np.percentile(self.during, 99) / np.percentile(self.before, 99)) if self.during else float("inf")

    def __str__(self) -> str:
        p99 = [1000 * float(np.percentile(each, 99)) if each else 0.0 for each in (self.before, self.during)]
        return (
            f"{self.name}: {self.opened} connections, the longest {self.most_seconds:.0f} s, {self.most_bytes} bytes; "
            f"others: {len(self.during)} requests, {len(self.failed)} failed {self.failed[:1]}, "
            f"p99 {p99[0]:.0f} -> {p99[1]:.0f} ms ({self.ratio:.2f}); descriptors {self.descriptors}, "
            f"back after {self.back_seconds:.1f} s"
        )


async def trickle_head(streams: Streams, pause: float) -> int:
    return await _drip(streams, b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"a" * 10_000, pause)


async def trickle_body(streams: Streams, pause: float) -> int:
    streams[1].write(_BODY)
    return await _drip(streams, b" " * 10_000, pause)


async def silent(streams: Streams, pause: float) -> int:
    await streams[0].read(1)
    return 0


async def slow_read(streams: Streams, pause: float) -> int:
    """Ask for a long reply and read a little of it."""
    streams[1].write(_LONG)
    while await streams[0].read(64):
        await asyncio.sleep(pause)
    return 0


async def send_on(streams: Streams, pause: float) -> int:
    """Send a body without end, which is refused at once."""
    sent = 0
    streams[1].write(_ENDLESS)
    while True:
        streams[1].write(_CHUNK)
        await streams[1].drain()
        sent += len(_CHUNK)
        await asyncio.sleep(pause / 100)
        if streams[1].is_closing():
            return sent


async def _drip(streams: Streams, data: bytes, pause: float) -> int:
    for at in range(len(data)):
        streams[1].write(data[at : at + 1])
        await streams[1].drain()
        with suppress(TimeoutError):
            # What comes back is the end: a refusal, or nothing more.
            await asyncio.wait_for(streams[0].read(), pause)
            return at
    return len(data)


ATTACKS: dict[str, tuple[Callable[[Streams, float], Awaitable[int]], int]] = {
    "heads": (trickle_head, 500),
    "bodies": (trickle_body, 500),
    "silent": (silent, 500),
    "slow readers": (slow_read, 200),
    "bodies without end": (send_on, 50),
}


async def attack(
    name: str,
    port: int,
    pid: int | None,
    *,
    seconds: float,
    share: float = 1.0,
    seed: int = 1,
    lets_go: bool = False,
) -> Attack:
    """Attack a server for so long, while others ask it; then wait until it has let go of the connections.

    With `lets_go` the attackers end theirs before that, and the server need not wait for its own limits.
    """
    how, count = ATTACKS[name]
    outcome, chance = Attack(name), random.Random(seed)
    before = descriptors(pid)
    # Visitors are a process of their own, so that they do not wait for the attackers' one.
    loop, visitors = asyncio.get_running_loop(), ProcessPoolExecutor(1, get_context("spawn"))

    def visit(seconds: float) -> asyncio.Future[tuple[list[float], list[str]]]:
        return loop.run_in_executor(visitors, _visit, port, seconds, _OTHERS)

    await visit(0.5)
    outcome.before, outcome.failed = await visit(seconds / 2)
    held: list[asyncio.StreamWriter] = []
    end = time.monotonic() + seconds

    async def attacker() -> None:
        while time.monotonic() < end:
            started, sent = time.monotonic(), 0
            try:
                streams = await _connect(port, chance.choice(_ADDRESSES))
                outcome.opened += 1
                held.append(streams[1])
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds + BACK_SECONDS):
                        sent = await how(streams, 1.0)
            except OSError:
                pass
            outcome.most_seconds = max(outcome.most_seconds, time.monotonic() - started)
            outcome.most_bytes = max(outcome.most_bytes, sent)
            await asyncio.sleep(_AGAIN_SECONDS)

    attackers = [asyncio.create_task(attacker()) for _ in range(round(count * share))]
    most = before
    asking = asyncio.ensure_future(visit(seconds))
    while not asking.done():
        most = max(most, descriptors(pid))
        await asyncio.sleep(0.1)
    outcome.during, failed = asking.result()
    outcome.failed += failed
    ended = time.monotonic()
    if lets_go:
        for writer in held:
            writer.transport.abort()
    # One or two more than before are of the service's own: SQLite's, a rebuild's.
    while descriptors(pid) > before + 2 and time.monotonic() - ended < 2 * BACK_SECONDS:
        await asyncio.sleep(0.1)
    outcome.back_seconds = time.monotonic() - ended
    outcome.descriptors = before, most, descriptors(pid)
    for each in attackers:
        each.cancel()
    await asyncio.gather(*attackers, return_exceptions=True)
    for writer in held:
        writer.transport.abort()
    visitors.shutdown()
    return outcome


async def _connect(port: int, address: str) -> Streams:
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.bind((address, 0))
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port)), 10)
    except BaseException:
        made.close()
        raise
    return await asyncio.open_connection(sock=made, limit=1024)


def _visit(port: int, seconds: float, count: int) -> tuple[list[float], list[str]]:
    times: list[float] = []
    failed: list[str] = []
    asyncio.run(_ask(port, times, failed, seconds=seconds, count=count))
    return times, failed


async def _ask(port: int, times: list[float], failed: list[str], *, seconds: float, count: int) -> None:
    end = time.monotonic() + seconds

    async def visitor(number: int) -> None:
        while time.monotonic() < end:
            started = time.monotonic()
            try:
                reply = await asyncio.wait_for(_once(port, f"127.0.0.{number + 1}"), 20)
                if not reply.startswith(b"HTTP/1.1 200 "):
                    failed.append(f"{reply[:40]!r}")
            except (OSError, TimeoutError) as error:
                failed.append(repr(error))
                await asyncio.sleep(0.05)
            else:
                times.append(time.monotonic() - started)
            await asyncio.sleep(0.02)

    await asyncio.gather(*map(visitor, range(count)))


async def _once(port: int, address: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        writer.write(_ASK)
        return await reader.read(-1)
    finally:
        writer.close()


def descriptors(pid: int | None) -> int:
    """Return how many descriptors a process has open; 0 without one."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()) if pid else 0


def limited(command: Sequence[str], most: int = DESCRIPTORS) -> tuple[str, ...]:
    """Return a command that may open so many descriptors."""
    return ("sh", "-c", f'ulimit -n {most}; exec "$@"', "-", *command)


def run(
    home: Path,
    names: Iterable[str] = ATTACKS,
    *,
    seconds: float,
    share: float = 1.0,
    seed: int = 1,
    lets_go: bool = False,
) -> tuple[list[Attack], str]:
    """Attack a server of its own in these ways; return what came of it, and its log."""
    swaps.write(home / "documents", 0)
    swaps.build(home, keeper.COMMAND)
    # No address is a proxy's, which may have any number of connections.
    environment = {"ALLIANCE_QA_TRUSTED_PROXIES": "192.0.2.1"}
    with server.serving(home, command=limited(keeper.COMMAND), environment=environment) as running:
        outcomes = []
        for name in names:
            port, pid = running.client.port, running.process.pid
            attacked = attack(name, port, pid, seconds=seconds, share=share, seed=seed, lets_go=lets_go)
            outcomes.append(asyncio.run(attacked))
            print(outcomes[-1], flush=True)
        return outcomes, running.log


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all connections for 20 seconds instead of a tenth for 5")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="so many for each kind of attack")
    parser.add_argument("--only", choices=ATTACKS, help="one kind of attack")
    parser.add_argument("--port", type=int, help="of a server that runs, instead of one of our own")
    parser.add_argument("--pid", type=int, help="its process")
    given = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seconds, share = (20.0, 1.0) if given.full else (5.0, 0.1)
    seconds = given.seconds or seconds
    log, names = "", [given.only] if given.only else list(ATTACKS)
    if given.port:
        outcomes = []
        for name in names:
            outcomes.append(asyncio.run(attack(name, given.port, given.pid, seconds=seconds, share=share)))
            print(outcomes[-1], flush=True)
    else:
        with TemporaryDirectory() as folder:
            outcomes, log = run(Path(folder), names, seconds=seconds, share=share, seed=given.seed)
    print(f"{len(log.splitlines())} lines in the log; seed {given.seed}")
    sys.exit(any(each.failed or each.ratio > 1.5 or each.back_seconds > BACK_SECONDS for each in outcomes))


if __name__ == "__main__":
    main()
