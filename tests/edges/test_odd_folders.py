"""Every command with folders and files that are not there or are something else: one line, no traceback, no waiting."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.service import service
from alliance_qa.web.api import server
from edges import keeper
from edges.terminal import run

pytestmark = pytest.mark.usefixtures("reads_here")

MAKE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: None,
    "a file": lambda path: path.write_text("x"),
    "empty": lambda path: path.mkdir(),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path),
    "a pipe": lambda path: os.mkfifo(path),
    "a device": lambda path: path.symlink_to("/dev/null"),
}
READING = (("ask", "Who?"), ("search", "Who?"), ("serve",), ("status",), ("check",), ("documents",), ("calibrate", "q"))
WRITING = (("index",), ("rollback",), ("calibrate", "--reset"))
FILES = (("read", "documents/gardens.txt"), ("read", "documents"), ("evaluate", "documents"), ("prove", "documents"))
_PATIENCE_SECONDS = 60  # of a busy machine


@pytest.fixture
def home(workplace: Path, small_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder with an index; `serve` ends when it would listen, and nothing waits for ever."""
    shutil.copytree(small_home, workplace, dirs_exist_ok=True)
    monkeypatch.setattr(service, "lazy_embedder", lambda settings: keeper.KeptEmbedder())
    monkeypatch.setattr(service, "load_embedder", lambda settings: keeper.KeptEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda settings: None)
    monkeypatch.setattr(server, "run", lambda app, service: service.close())

    def late(*_: Any) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_PATIENCE_SECONDS)
    yield workplace
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def put(kind: str, path: Path) -> None:
    """Put something else into the place of a file or a folder."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    MAKE[kind](path)


def says(*arguments: str) -> tuple[int, str]:
    """Return the exit code and the error, which is one line where there is one; what is not foreseen is raised."""
    found = run(*arguments)
    errors = [line for line in found.stderr.splitlines() if line.startswith("alliance-qa: ")]
    assert len(errors) <= 1, found.stderr
    assert bool(errors) == (found.exit_code != 0) or arguments[0] in ("check", "ask", "search", "serve")
    return found.exit_code, "".join(errors).removeprefix("alliance-qa: ")


@pytest.mark.parametrize("kind", MAKE)
def test_an_odd_documents_folder(kind: str, home: Path) -> None:
    put(kind, home / "documents")
    fault = "does not exist" if kind == "missing" else "is no folder"
    if kind != "empty":
        assert says("index") == (1, f"documents folder documents {fault}; make it or set ALLIANCE_QA_DOCUMENTS")
        assert says("serve", "--watch") == (1, f"documents folder documents {fault}; make it to watch it")
    assert [says(*command) for command in READING[:-1]] == [(0, "")] * 6  # they need the index alone
    for command in FILES if kind != "a pipe" else FILES[:2]:  # else it may be what a shell's <(…) gives
        assert says(*command)[0] in (1, 2)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(
    "name", ["index", "index/CURRENT", "index/generations", "index/generations/000001/manifest.json"]
)
def test_an_odd_part_of_the_index(name: str, kind: str, home: Path) -> None:
    put(kind, home / name)
    for command in READING:
        code, error = says(*command)
        if code and command[0] != "calibrate":
            assert 'run "alliance-qa index"' in error or command == ("check",)
    for command in WRITING:
        code, error = says(*command)
        assert code in (0, 1)


@pytest.mark.parametrize("kind", [kind for kind in MAKE if kind not in ("missing",)])
def test_an_odd_lock(kind: str, home: Path) -> None:
    put(kind, home / "index/lock")
    assert [says(*command)[0] for command in READING[:-1]] == [0] * 6
    for command in WRITING:
        assert says(*command)[0] in (0, 1)


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("name", ["QUERY_LOG", "MESSAGES"])
def test_an_odd_log(name: str, kind: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(kind, home / "odd")
    monkeypatch.setenv("ALLIANCE_QA_QUERY_LOG", "log.sqlite")
    monkeypatch.setenv(f"ALLIANCE_QA_{name}", "odd")
    code, error = says("serve")
    assert (code, error.partition(" ")[0]) in ((0, ""), (1, "odd"))
