"""Three replicas behind nginx: `PYTHONPATH=tests python -m campaigns.replicas --full`.

A builder makes generation after generation, `deploy/distribute.sh` brings each to three replicas, and sixteen clients
ask nonstop through nginx, which sends every request to the next replica. No request may fail, no answer may mix two
generations, and the links of an answer must stand whichever replica is asked: while others are ahead or behind, ten
minutes later (every generation is asked for at the end), and by a replica that has just been started.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from alliance_qa.building import rebuild
from campaigns import swaps
from campaigns.asking import cores
from campaigns.swaps import MARK, QUESTIONS, call, compare
from edges import server
from edges.embedder import WordEmbedder
from edges.redis_server import free_port
from edges.server import Running, Server, settings_of
from small_collection import read_here

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "distribute.sh"
PROGRAMS = ("nginx", "rsync")
_REPLICAS = 3
_RETAINED = 30  # generations: more than are built in ten minutes

# The upstream and the way to it are those of deploy/nginx.conf.
_NGINX = """
daemon off; pid {home}/nginx.pid; error_log {home}/nginx.log error; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi; uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    upstream service {{ {servers} keepalive 16; keepalive_timeout 4s; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_next_upstream error non_idempotent;
            proxy_pass http://service;
        }}
    }}
}}
"""


@dataclass
class Outcome(swaps.Outcome):
    """What came of it."""

    ahead: Counter[str] = field(default_factory=Counter)  # links by how their generation stood to the replica's own
    pages: int = 0  # of sources, opened by the link of a citation
    kept: list[Any] = field(default_factory=list)  # answers whose links are followed again at the end
    late: int = 0  # quotes and pages looked up again on each replica at the end

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.swaps} swaps on {_REPLICAS} replicas, {self.requests} requests, {self.quotes} quotes compared "
                f"and {self.pages} pages opened by any replica; {self.late} again on each replica at the end",
                f"{self.ahead['later']} links named a later generation than the replica's own, "
                f"{self.ahead['earlier']} an earlier one",
                f"{len(self.failed)} failed, {len(self.mixed)} mixed, {len(self.wrong)} wrong quotes",
                *(self.failed + self.mixed + self.wrong)[:5],
            ]
        )


def missing() -> list[str]:
    """Return what has to be installed first."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def balanced(home: Path, replicas: Sequence[Running]) -> Iterator[int]:
    """Run nginx in front of replicas while the block runs; give its port."""
    port = free_port()
    servers = " ".join(f"server 127.0.0.1:{replica.client.port};" for replica in replicas)
    user = "user root;" if Path("/root").owner() == "root" and Path.home() == Path("/root") else ""
    (home / "nginx.conf").write_text(user + _NGINX.format(home=home, port=port, servers=servers))
    process = subprocess.Popen(["nginx", "-e", home / "nginx.log", "-p", home, "-c", home / "nginx.conf"])
    try:
        server.wait(lambda: _is_up(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait()


def _is_up(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


class _Visitor(threading.Thread):
    """Asks until it is told to stop, and follows the links of what it is told."""

    def __init__(self, port: int, outcome: Outcome, seed: int) -> None:
        super().__init__(daemon=True)
        self.stop = threading.Event()
        self.seen: set[tuple[str, int]] = set()  # (version, mark)
        self._port, self._outcome, self._chance = port, outcome, random.Random(seed)

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self.stop.is_set():
            question = self._chance.choice(QUESTIONS)
            try:
                answer = call(connection, "POST", "/v1/ask", {"question": question})
                self._outcome.requests += 1
                marks = {int(mark) for mark in MARK.findall(json.dumps(answer))}
                if len(marks) != 1:
                    self._outcome.mixed.append(f"{answer['index_version']} answers with the marks {marks}")
                self.seen |= {(answer["index_version"], mark) for mark in marks}
                if self._chance.random() < 0.3:
                    self._follow(connection, answer)
                if self._chance.random() < 0.1:
                    self._outcome.kept.append(answer)
            except Exception as error:
                self._outcome.failed.append(f"{question}: {error!r}")
                connection.close()
        connection.close()

    def _follow(self, connection: http.client.HTTPConnection, answer: Any) -> None:
        own = call(connection, "GET", "/health/ready")["index_version"]  # of the next replica, but one
        if own != answer["index_version"]:
            self._outcome.ahead["later" if answer["index_version"] > own else "earlier"] += 1
        self._outcome.quotes += compare(connection, answer, self._outcome)
        self._outcome.pages += opened(connection, answer, self._outcome)


def opened(connection: http.client.HTTPConnection, answer: Any, outcome: Outcome) -> int:
    """Open the page of an answer's first citation; return how many that were."""
    marks = {int(mark) for mark in MARK.findall(json.dumps(answer))}
    for citation in answer["citations"][:1]:
        connection.request("GET", citation["url"].partition("#")[0])
        reply = connection.getresponse()
        page = reply.read().decode()
        shown = {int(mark) for mark in MARK.findall(page)}
        if (reply.status, shown) != (200, marks):
            outcome.wrong.append(f"{citation['url']} is {reply.status} with the marks {shown}, not {marks}")
    return len(answer["citations"][:1])


def build(builder: Path, mark: int) -> str:
    """Let the builder make a generation whose texts all carry a mark; return its number."""
    swaps.write(builder / "documents", mark)
    settings = settings_of(builder).model_copy(update={"retained_generations": _RETAINED})
    with mock.patch.object(rebuild, "read_all", read_here):
        manifest, _ = rebuild.rebuild(settings, WordEmbedder())
    return manifest.version


def distribute(builder: Path, homes: list[Path]) -> None:
    """Bring what the builder has to all replicas."""
    subprocess.run([SCRIPT, builder / "index", *(home / "index" for home in homes)], check=True)


def run(
    home: Path,
    *,
    count: int,
    clients: int = 16,
    seed: int = 1,
    late: int = 3,
    serving: Callable[[Path], AbstractContextManager[Running]] = server.serving,
) -> Outcome:
    """Swap so many times under so many clients; `serving` starts a replica over the index of its folder.

    At the end the links of so many answers of each generation are followed again, on each replica.
    """
    outcome, builder = Outcome(), home / "builder"
    homes = [home / f"replica-{number}" for number in range(_REPLICAS)]
    builder.mkdir()
    for replica in homes:
        (replica / "documents").mkdir(parents=True)
    expected = {build(builder, 0): 0}
    distribute(builder, homes)
    with ExitStack() as stack:
        with ThreadPoolExecutor(_REPLICAS) as threads:
            replicas = list(threads.map(lambda each: stack.enter_context(serving(each)), homes))
        port = stack.enter_context(balanced(home, replicas))
        visitors = [_Visitor(port, outcome, seed * 1000 + number) for number in range(clients)]
        for visitor in visitors:
            visitor.start()
        try:
            for mark in range(1, count + 1):
                version = build(builder, mark)
                expected[version] = mark
                distribute(builder, homes)
                server.wait(lambda at=version: all(_version(replica) == at for replica in replicas), 60)  # type: ignore[misc]
                outcome.swaps += 1
                time.sleep(0.5)  # a while for answers from it
        finally:
            for visitor in visitors:
                visitor.stop.set()
            for visitor in visitors:
                visitor.join(60)
        again = stack.enter_context(serving(homes[0]))
        for client in [each.client for each in [*replicas, again]]:
            connection = http.client.HTTPConnection(client.host, client.port, timeout=60)
            for answer in _some_of_each(outcome.kept, late):
                outcome.late += compare(connection, answer, outcome) + opened(connection, answer, outcome)
            connection.close()
        outcome.failed += [each.log for each in replicas if isinstance(each, Server) and "Traceback" in each.log]
    for version, mark in sorted(set().union(*(visitor.seen for visitor in visitors))):
        if expected.get(version) != mark:
            outcome.mixed.append(f"{version} answers with mark {mark}, not {expected.get(version)}")
    return outcome


def _version(replica: Running) -> str:
    version: str = replica.client.get("/health/ready").json["index_version"]
    return version


def _some_of_each(answers: list[Any], most: int) -> list[Any]:
    """Return so many answers of each generation at most."""
    counted: Counter[str] = Counter()
    kept = []
    for answer in answers:
        counted[answer["index_version"]] += 1
        if counted[answer["index_version"]] <= most:
            kept.append(answer)
    return kept


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="20 swaps and 16 clients instead of 2 and 4")
    parser.add_argument("--swaps", type=int, help="so many")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if missing():
        sys.exit(f"install first: apt-get install {' '.join(missing())}")
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        count = given.swaps or (20 if given.full else 2)
        outcome = run(Path(folder), count=count, clients=16 if given.full else 4, seed=given.seed)
        print(outcome)
        print(f"{time.monotonic() - started:.0f} s, {cores()}; seed {given.seed}")
    sys.exit(bool(outcome.failed or outcome.mixed or outcome.wrong))


if __name__ == "__main__":
    main()
