"""What tests of more than one room need: the model and an index over the shipped documents, each made once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections import Counter
from collections.abc import Container, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from alliance_qa.building.rebuild import rebuild
from alliance_qa.models.embedding import LazyEmbedder, ModelEmbedder
from alliance_qa.service import jobs
from edges.server import settings_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, SHIPPED = ROOT / "src" / "alliance_qa", ROOT / "documents"
_COVERED_CASES = 3
# Above the building of an index: no line there can change one. Whatever is not named here is taken to.
_ABOVE = {PACKAGE / name for name in ("asking", "answering", "service", "measuring", "web", "cli.py", "__main__.py")}


# An example may take long where others want the cores. Where CI is set, Hypothesis has a profile of its own.
if hypothesis_settings.get_current_profile_name() == "default":
    hypothesis_settings.register_profile("patient", deadline=None)
    hypothesis_settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give one worker the browser, one the model, one its server, and one each other file; xdist calls a group a scope.

    Marks cannot say so: pytest-xdist 3.8 no longer sees its own mark with pytest 9.2 (its issue 1386).
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid.partition("::")[0])

    return Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest where several work, and measure coverage where it is soon told.

    Measuring doubles the time of a test. What the first cases of a test do not reach, its others hardly do.
    """
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        if cases[test] > _COVERED_CASES or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")
    if "PYTEST_XDIST_WORKER" in os.environ:
        waits = {item.path for item in items if "shipped" in getattr(item, "fixturenames", ())}
        items.sort(key=lambda item: _turn(item, waits))


def _turn(item: pytest.Item, waits: Container[Path]) -> int:
    """Return when a test's turn is: one worker makes the shipped index first, while the others do without."""
    match _group(item.nodeid.partition("::")[0]):
        case "model":
            return 0 if item.path in waits else 1
        case "browser":
            return 3 if item.path in waits else 2
        case "server":
            return 5 if item.path in waits else 4
        case _:
            return 6


@cache
def _group(file: str) -> str:
    if file.startswith("tests/browser/"):
        return "browser"
    if "mark.model" not in (ROOT / file).read_text("utf-8"):
        return file
    return "server" if file.startswith("tests/edges/") else "model"


@pytest.fixture(scope="session", autouse=True)
def rebuilds_in_the_background_yield_to_nobody() -> Iterator[None]:
    """Beside the other worker they would starve."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "_NICENESS", 0)
        yield


@pytest.fixture(scope="session")
def model() -> ModelEmbedder:
    """The real model."""
    return ModelEmbedder()


@pytest.fixture(scope="session")
def shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's documents/ and an index/ over them by the real model. Copy it to change it.

    It is kept between runs until anything changes that it is made from, and made once by several workers.
    """
    cache: pytest.Cache | None = getattr(request.config, "cache", None)
    folder = cache.mkdir("shipped") if cache else tmp_path_factory.mktemp("shipped")
    made = folder / _key()
    with FileLock(folder / "lock"):
        if not made.is_dir():
            for stale in folder.iterdir():
                if stale.is_dir():
                    shutil.rmtree(stale)
            unfinished = folder / "unfinished"
            shutil.copytree(SHIPPED, unfinished / "documents")
            rebuild(settings_of(unfinished), request.getfixturevalue("model"))
            unfinished.rename(made)
    return made


def _key() -> str:
    """Return a hash of all that an index over the shipped documents is made from."""
    key = hashlib.sha256(f"{sys.version_info} {LazyEmbedder().fingerprint}".encode())
    code = (path for path in PACKAGE.rglob("*.py") if _ABOVE.isdisjoint({path, *path.parents}))
    documents = (path for path in SHIPPED.rglob("*") if path.is_file())
    for path in sorted([*code, *documents, ROOT / "requirements.txt"]):
        key.update(f"\0{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return key.hexdigest()


@pytest.fixture(scope="module")
def unsynced() -> Iterator[None]:
    """Let syncing to the disk take no time, which is most of the time of writing a small index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield
