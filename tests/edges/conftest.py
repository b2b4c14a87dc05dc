"""One collection, one model and one real server for all tests of the edges."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_qa.building.rebuild import rebuild
from alliance_qa.ports import Embedder
from alliance_qa.service import service
from alliance_qa.settings import Settings, load
from edges import collection, keeper, server
from edges.client import Client
from edges.embedder import WordEmbedder
from edges.server import clean_environment

ORIGIN = "https://allowed.example"


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings but those that a test makes."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", keeper.TESTS)
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
    rebuild(settings_of(home), WordEmbedder())
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
    rebuild(settings_of(home), embedder)
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
    origins = {"ALLIANCE_QA_ORIGINS": f"{ORIGIN},http://localhost:3000"}
    with server.serving(server_home, command=server.MODEL, environment=origins) as running:
        yield running.client
