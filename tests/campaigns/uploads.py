"""Servers killed while files are put into their folder: `PYTHONPATH=tests python -m campaigns.uploads --full`.

In every round a real server is killed (SIGKILL) at a random moment while eight clients put files of some kilobytes to
half a megabyte, several of them under one name, some sent slowly, and remove them again. Each file says in its first
line what the SHA-256 of the others is. Afterwards each file of the folder must be whole, each name must hold what was
acknowledged last (of calls that overlapped, what one of them sent), and the next server must have removed all that was
on its way.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import http.client
import os
import random
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance_qa.building.rebuild import rebuild
from alliance_qa.documents.listing import INCOMING
from edges import collection, forks, keeper, server
from edges.embedder import WordEmbedder
from edges.server import ADMIN, Server, settings_of

_CLIENTS = 8
_NAMES = ("a.html", "b.html", "talks/c.html")  # that all write
_SECONDS = 60.0  # of a round, at most


@dataclass
class Outcome:
    """What came of it."""

    seed: int
    kills: int = 0
    put: int = 0  # acknowledged
    removed: int = 0  # acknowledged
    cut: int = 0  # calls under way when the server was killed
    found: int = 0  # files looked at afterwards
    left_over: int = 0  # that a kill left on their way
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            [
                f"seed {self.seed}: {self.kills} servers killed while {self.put} files were put and {self.removed} "
                f"removed; {self.cut} calls cut, {self.left_over} files left on their way and removed by the next",
                f"{self.found} files looked at afterwards, {len(self.wrong)} wrong",
                *self.wrong[:5],
            ]
        )


@dataclass
class Calls:
    """What replies tell of one name: what it may hold, as SHA-256, "" for nothing."""

    may: set[str] = field(default_factory=set)  # once no call is under way
    group: set[str] = field(default_factory=set)  # of the calls that are, and those that they overlap with
    under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, mark: str) -> None:
        with self.lock:
            self.group = {mark} if not self.under_way else self.group | {mark}
            self.under_way += 1

    def end(self) -> None:
        """Say that a call was acknowledged. One that was not stays under way for ever."""
        with self.lock:
            self.under_way -= 1
            if not self.under_way:
                self.may = self.group


def body_of(chance: random.Random) -> bytes:
    """Return a page that says what the SHA-256 of its rest is."""
    # Half a megabyte of it is a comment, so that reading it takes no time.
    padding = chance.randbytes(chance.choice((50, 5_000, 240_000))).hex()
    rest = f"<p>The hive had the number {chance.random()}.</p>\n<!-- {padding} -->\n"
    return f"{hashlib.sha256(rest.encode()).hexdigest()}\n{rest}".encode()


def is_whole(data: bytes) -> bool:
    """Whether a file is one that was sent, all of it."""
    first, _, rest = data.partition(b"\n")
    return first.decode("ascii", "replace") == hashlib.sha256(rest).hexdigest()


def _sent(body: bytes, slowly: bool) -> bytes | Iterator[bytes]:
    if not slowly:
        return body

    def parts() -> Iterator[bytes]:
        for start in range(0, len(body), 1 << 15):
            yield body[start : start + (1 << 15)]
            time.sleep(0.02)

    return parts()


def _work(
    running: Server, number: int, seed: int, known: dict[str, Calls], stop: threading.Event, out: Outcome
) -> None:
    chance = random.Random(seed)
    while not stop.is_set():
        name = chance.choice((*_NAMES, f"own-{number}.html"))
        calls = known[name]
        removes = chance.random() < 0.2
        body = b"" if removes else body_of(chance)
        mark = "" if removes else hashlib.sha256(body).hexdigest()
        calls.begin(mark)
        status = 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            if removes:
                status = running.client.send("DELETE", f"/v1/documents/{name}", headers=ADMIN).status
            else:
                sent = _sent(body, chance.random() < 0.5)
                status = running.client.send("PUT", f"/v1/documents/{name}", sent, ADMIN).status
        if status in ((200, 404) if removes else (200, 201)):
            out.put += not removes
            out.removed += removes
            calls.end()
        else:
            out.cut += 1
            if status:
                out.wrong.append(f"{name} was refused with {status}")
            return


def _kill(running: Server) -> None:
    """Kill the server itself, which a fork may be."""
    found = re.search(r"Started server process \[(\d+)\]", running.log)
    assert found, running.log
    os.kill(int(found[1]), signal.SIGKILL)
    running.process.wait()


def run(
    home: Path,
    *,
    kills: int,
    seed: int,
    seconds: float = float("inf"),
    command: Sequence[str] = keeper.COMMAND,
) -> Outcome:
    """Kill so many servers, or as many as fit into so many seconds."""
    outcome, chance, end = Outcome(seed), random.Random(seed), time.monotonic() + seconds
    folder = home / "documents"
    collection.write_small(folder)
    others = {path: path.read_bytes() for path in folder.iterdir()}
    rebuild(settings_of(home), WordEmbedder())
    running = server.start(home, command=command)
    while outcome.kills < kills and time.monotonic() < end and not outcome.wrong:
        known = {name: Calls() for name in (*_NAMES, *(f"own-{n}.html" for n in range(_CLIENTS)))}
        for name, calls in known.items():
            path = folder / name
            calls.may = {hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""}
        stop = threading.Event()
        clients = [
            threading.Thread(target=_work, args=(running, n, chance.randrange(1 << 30), known, stop, outcome))
            for n in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        wanted = outcome.put + chance.randrange(_CLIENTS)  # as many as there is time for on any machine
        with contextlib.suppress(TimeoutError):
            server.wait(lambda wanted=wanted: outcome.put > wanted, _SECONDS)  # type: ignore[misc]
        time.sleep(chance.uniform(0, 0.5))
        _kill(running)
        stop.set()
        for client in clients:
            client.join()
        outcome.kills += 1
        outcome.left_over += len(list(folder.glob(f"{INCOMING}/*/**/*.html")))
        for name, calls in known.items():
            data = (folder / name).read_bytes() if (folder / name).exists() else b""
            mark = hashlib.sha256(data).hexdigest() if data else ""
            outcome.found += bool(data)
            if data and not is_whole(data):
                outcome.wrong.append(f"{name} is not whole: {len(data)} bytes")
            if mark not in calls.may | (calls.group if calls.under_way else set()):
                outcome.wrong.append(f"{name} does not hold what was acknowledged last")
        running = server.start(home, command=command)
        if (folder / INCOMING).exists():
            outcome.wrong.append("what was on its way was not removed")
    running.process.terminate()
    running.process.wait(20)
    if {path: path.read_bytes() for path in others} != others:
        outcome.wrong.append("a file that nobody put was changed")
    if "Traceback" in running.log:
        outcome.wrong.append(running.log)
    return outcome


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="100 kills instead of 10")
    parser.add_argument("--kills", type=int, help="so many")
    parser.add_argument("--seed", type=int, default=1804)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        kills = given.kills or (100 if given.full else 10)
        with forks.ready(Path(folder)) as command:
            home = Path(folder) / "home"
            home.mkdir()
            outcome = run(home, kills=kills, seed=given.seed, seconds=given.seconds, command=command)
        print(outcome)
    sys.exit(bool(outcome.wrong))


if __name__ == "__main__":
    main()
