"""One collection, one model and one real server for all tests of the edges."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_qa import service
from alliance_qa.ports import Embedder
from alliance_qa.settings import Settings, load
from edges import collection
from edges.client import Client
from edges.embedder import WordEmbedder

TOKEN = "token-of-the-keeper-0123456789"
ORIGIN = "https://allowed.example"
_START_SECONDS = 60


def clean_environment() -> dict[str, str]:
    """Return the environment without any of our settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ALLIANCE_QA_")}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings but those that a test makes."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_of(home: Path) -> Settings:
    """Return the default settings over a folder's documents/ and index/."""
    with pytest.MonkeyPatch.context() as patch:
        for name in set(os.environ) - set(clean_environment()):
            patch.delenv(name)
        patch.chdir(home)
        return load(documents=home / "documents", index=home / "index")


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents/ and an index/ made without a model. Copy it to change it."""
    home = tmp_path_factory.mktemp("small")
    collection.write_small(home / "documents")
    service.rebuild(settings_of(home), WordEmbedder())
    return home


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The real model."""
    return service.load_embedder(settings_of(tmp_path_factory.mktemp("nothing")))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A folder with documents/ and an index/ made by the real model. Copy it to change it."""
    home = tmp_path_factory.mktemp("home")
    collection.write(home / "documents")
    service.rebuild(settings_of(home), embedder)
    return home


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """The folder that the real server works in."""
    folder = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(home, folder)
    return folder


@pytest.fixture(scope="session")
def client(server_home: Path) -> Iterator[Client]:
    """A client of `alliance-qa serve`, which runs as a process of its own."""
    log = server_home / "log"
    environment = clean_environment() | {
        "ALLIANCE_QA_DOCUMENTS": str(server_home / "documents"),
        "ALLIANCE_QA_INDEX": str(server_home / "index"),
        "ALLIANCE_QA_PORT": "0",
        "ALLIANCE_QA_ADMIN_TOKEN": TOKEN,
        "ALLIANCE_QA_ORIGINS": f"{ORIGIN},http://localhost:3000",
        # Threads that wait for each other are slow where other tests want the same cores.
        "OMP_NUM_THREADS": "1",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "alliance_qa", "serve"],
            cwd=server_home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Client("127.0.0.1", _port(process, log))
    finally:
        process.terminate()
        process.wait(20)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Return the port that the server says it listens on."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"running on http://127\.0\.0\.1:([1-9]\d*) ", log.read_text("utf-8")):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text('utf-8')}")
