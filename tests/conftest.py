"""What tests of more than one room need: the model and an index over the shipped documents, each made once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from alliance_qa.building.rebuild import rebuild
from alliance_qa.models.embedding import LazyEmbedder, SentenceTransformerEmbedder
from edges.server import settings_of

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, SHIPPED = ROOT / "src" / "alliance_qa", ROOT / "documents"
# Above the building of an index: no line there can change one. Whatever is not named here is taken to.
_ABOVE = {PACKAGE / name for name in ("asking", "answering", "service", "measuring", "web", "cli.py", "__main__.py")}


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Beside others, let one worker have the model, one the browser, and one each other file; the longest begin."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    longest = ("browser", "model")
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: next((at for at, group in enumerate(longest) if _group(item) == group), len(longest)))


def _group(item: pytest.Item) -> str:
    if "browser" in item.path.parts:
        return "browser"
    return "model" if item.get_closest_marker("model") else item.path.name


@pytest.fixture(scope="session")
def model() -> SentenceTransformerEmbedder:
    """The real model."""
    return SentenceTransformerEmbedder()


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
