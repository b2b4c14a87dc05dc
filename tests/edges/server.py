"""The server over a real socket: in a thread of this process, or as the process of its own that a keeper starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alliance_qa.ports import Embedder, Reader
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings, load
from alliance_qa.web.api import create_app
from alliance_qa.web.api import server as api_server
from edges import keeper
from edges.client import Client

TOKEN = "token-of-the-keeper-0123456789"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
_START_SECONDS, _STOP_SECONDS = 180, 60  # of a busy machine
MODEL = (sys.executable, "-m", "alliance_qa")


def clean_environment() -> dict[str, str]:
    """Return the environment without any of our settings, for a process that may import the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_QA_")}
    return kept | {"PYTHONPATH": keeper.PATH}


def settings_of(home: Path) -> Settings:
    """Return the default settings over a folder's documents/ and index/, and the name that a TestClient calls."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(clean_environment()):
            patch.delenv(name)
        patch.chdir(home)
        return load(documents=home / "documents", index=home / "index", hosts=("testserver",))


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers over HTTP."""

    client: Client
    home: Path

    @property
    def index(self) -> Any:
        """What GET /v1/index answers."""
        reply = self.client.get("/v1/index", headers=ADMIN)
        assert reply.status == 200, reply.text
        return reply.json

    def rebuild(self, query: str = "") -> Any:
        """Rebuild; return the state of the index when that has ended."""
        reply = self.client.send("POST", f"/v1/index/rebuild{query}", headers=ADMIN)
        assert reply.status == 202, reply.text
        wait(lambda: self.index["job"]["state"] != "running")
        return self.index


@dataclass(frozen=True, slots=True)
class Server(Running):
    """One that is a process of its own."""

    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What it has written so far."""
        return (self.home / "log").read_text("utf-8")


@contextmanager
def hosted(
    home: Path,
    embedder: Embedder | None = None,
    reader: Reader | None = None,
    *,
    watch: bool = False,
    command: Sequence[str] = keeper.HERE,
    **changes: object,
) -> Iterator[Running]:
    """Serve the documents/ and index/ of a folder from a thread of this process while the block runs.

    That takes a tenth of a second. Its rebuilds are processes of their own, without a model.

    Args:
        home: The folder.
        embedder: The model; the keeper's words where none is given.
        reader: What reads the passages found.
        watch: As `serve --watch`.
        command: What rebuilds.
        changes: To the settings, by their names.
    """
    kept = {
        "port": 0,
        "admin_token": SecretStr(TOKEN),
        "limit_per_address": "off",
        "limit_overall": "off",
        "limit_wrong_tokens": "off",
        "examples": ("When was AUKUS announced?",),
    }
    settings = settings_of(home).model_copy(update=kept | changes)
    service = Service(settings, embedder or keeper.KeptEmbedder(), reader, command=command)
    running = api_server.server(create_app(service, watch=watch), service)
    thread = threading.Thread(target=running.run, name="hosted", daemon=True)
    thread.start()
    try:
        wait(lambda: running.started or not thread.is_alive())
        port = running.servers[0].sockets[0].getsockname()[1]
        yield Running(Client("127.0.0.1", port), home)
    finally:
        running.should_exit = True
        thread.join(_STOP_SECONDS)
        assert not thread.is_alive(), "the server did not end"


def start(
    home: Path,
    *arguments: str,
    command: Sequence[str] = keeper.COMMAND,
    environment: Mapping[str, str] | None = None,
) -> Server:
    """Start `serve` over the documents/ and index/ of a folder, and return once it listens."""
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", *arguments],
            cwd=home,
            env=clean_environment()
            | {
                "ALLIANCE_QA_DOCUMENTS": str(home / "documents"),
                "ALLIANCE_QA_INDEX": str(home / "index"),
                "ALLIANCE_QA_PORT": "0",
                "ALLIANCE_QA_ADMIN_TOKEN": TOKEN,
                # One address asks everything here. Those who test the limits set them again.
                "ALLIANCE_QA_LIMIT_PER_ADDRESS": "off",
                "ALLIANCE_QA_LIMIT_OVERALL": "off",
                "ALLIANCE_QA_LIMIT_WRONG_TOKENS": "off",
                # Making some takes seconds of a core, at every start.
                "ALLIANCE_QA_EXAMPLES": "When was AUKUS announced?",
                # Threads that wait for each other are slow where other tests want the same cores.
                "OMP_NUM_THREADS": "1",
            }
            | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"running on http://127\.0\.0\.1:([1-9]\d*) ", log.read_text("utf-8")):
            return Server(Client("127.0.0.1", int(found[1])), home, process)
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError(f"the server did not start:\n{log.read_text('utf-8')}")


@contextmanager
def serving(
    home: Path,
    *arguments: str,
    command: Sequence[str] = keeper.COMMAND,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve while the block runs."""
    server = start(home, *arguments, command=command, environment=environment)
    try:
        yield server
    finally:
        server.process.terminate()
        try:
            server.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            raise


def wait(holds: Callable[[], object], seconds: float = 120) -> float:
    """Return after how many seconds something held; fail when it does not in time."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"it did not come about within {seconds} s")
        time.sleep(0.02)
    return time.monotonic() - started


def fastest(call: Callable[[], object], times: int = 3) -> float:
    """Return the seconds that a call takes when nothing else wants the processor: those of the fastest of some."""
    seconds = []
    for _ in range(times):
        started = time.monotonic()
        call()
        seconds.append(time.monotonic() - started)
    return min(seconds)


def keep(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the keeper in a folder, in a process of its own."""
    return subprocess.run(
        [*keeper.HERE, *arguments],
        cwd=home,
        env=clean_environment() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )
