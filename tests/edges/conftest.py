"""One collection, one model and one real server for all tests of the edges."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import small_collection
from alliance_qa.building import rebuild
from alliance_qa.models.reader import ExtractiveReader
from alliance_qa.ports import Embedder, Reader
from alliance_qa.service import service
from edges import collection, keeper, server
from edges import forks as forked
from edges.client import Client
from edges.embedder import WordEmbedder
from edges.server import Server, clean_environment, settings_of

ORIGIN = "https://allowed.example"
_SHARED = ("model", "process")  # fixtures that take seconds to make


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let one worker run all tests that share what takes seconds to make."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            needed = set(getattr(item, "fixturenames", ())).intersection(_SHARED)
            if needed and item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.xdist_group("edges"))


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings but those that a test makes."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", keeper.PATH)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents/ and an index/ made without a model. Copy it to change it."""
    home = tmp_path_factory.mktemp("small")
    collection.write_small(home / "documents")
    rebuild.rebuild(settings_of(home), WordEmbedder())
    return home


@pytest.fixture
def reads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rebuilds of this process read files themselves: starting others to do so is most of their time."""
    monkeypatch.setattr(rebuild, "read_all", small_collection.read_here)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a service of this process look ten times as often at what changed."""
    for name in ("_LOOK_SECONDS", "_BUSY_SECONDS", "_RETRY_SECONDS"):
        monkeypatch.setattr(service, name, vars(service)[name] / 10)


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[str]]:
    """The keeper's command in a twentieth of the time: what rebuilds for a hosted server, unless it is to be killed."""
    with forked.ready(tmp_path_factory.mktemp("forks")) as command:
        yield command


@pytest.fixture(scope="session")
def reader() -> ExtractiveReader:
    """The real reader."""
    return ExtractiveReader()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, model: Embedder) -> Path:
    """A folder with documents/ and an index/ made by the real model. Copy it to change it."""
    home = tmp_path_factory.mktemp("home")
    collection.write(home / "documents")
    rebuild.rebuild(settings_of(home), model)
    return home


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Path:
    """The folder that the real server works in."""
    folder = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(home, folder)
    return folder


@pytest.fixture(scope="session")
def client(server_home: Path, model: Embedder, reader: Reader) -> Iterator[Client]:
    """A client of a server with the real models, in this process."""
    with server.hosted(server_home, model, reader, origins=(ORIGIN, "http://localhost:3000")) as running:
        yield running.client


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Iterator[Server]:
    """A server without a model that is a process of its own, for what only one shows.

    Its questions wait while the file `wait` of its folder is there, fail while `fault` is, and stand in `asked`.
    """
    home = tmp_path_factory.mktemp("process") / "home"
    shutil.copytree(small_home, home)
    gates = {keeper.WAIT: str(home / "wait"), keeper.FAULT: str(home / "fault"), keeper.ASKED: str(home / "asked")}
    # On a busy machine the next turn may seem too far away.
    with server.serving(home, environment=gates | {"ALLIANCE_QA_QUEUE_SECONDS": "60"}) as running:
        yield running
