"""What a replica does with generations that come from elsewhere: ahead of it, behind it, or half."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alliance_qa.building import rebuild as rebuilding
from alliance_qa.errors import UnknownVersionError
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.service import generations
from alliance_qa.service.generations import Generations
from edges.embedder import WordEmbedder
from edges.server import settings_of
from small_collection import read_here

GARDENS = "gardens.txt"


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The index of a builder with the generations 000001 (of 40 maples) and 000002 (of 41)."""
    monkeypatch.setattr(rebuilding, "read_all", read_here)
    home = tmp_path / "builder"
    (home / "documents").mkdir(parents=True)
    for maples in (40, 41):
        (home / "documents" / GARDENS).write_text(f"Gardens\n\nThe gardener of Karuizawa planted {maples} maples.\n")
        rebuilding.rebuild(settings_of(home), WordEmbedder())
    return home / "index"


@pytest.fixture
def replica(builder: Path, tmp_path: Path) -> Path:
    """An index that has 000001 alone."""
    index = tmp_path / "replica"
    shutil.copytree(builder / "generations/000001", index / "generations/000001")
    (index / "CURRENT").write_bytes(pointer(builder, "000001"))
    return index


def pointer(index: Path, version: str) -> bytes:
    digest = hashlib.sha256((index / "generations" / version / "manifest.json").read_bytes()).hexdigest()
    return f"{version} {digest}\n".encode()


def copy(builder: Path, replica: Path, version: str = "000002") -> None:
    shutil.copytree(builder / "generations" / version, replica / "generations" / version, dirs_exist_ok=True)


def switch(builder: Path, replica: Path) -> None:
    (replica / "CURRENT").write_bytes(pointer(builder, "000002"))


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Path], Generations]:
    recipe = rebuilding.recipe(settings_of(tmp_path), WordEmbedder.fingerprint)
    return lambda index: Generations(index, recipe)


def maples(found: Generations, version: str | None = None) -> str:
    text = found.at(version).corpus.document(GARDENS).text
    return "41" if "41" in text else "40"


def test_a_link_of_a_replica_that_is_ahead_is_served_before_the_switch(
    builder: Path, replica: Path, opened: Callable[[Path], Generations]
) -> None:
    found = opened(replica)
    with pytest.raises(UnknownVersionError):
        found.at("000002")
    copy(builder, replica)
    assert (maples(found, "000002"), found.current.version, maples(found)) == ("41", "000001", "40")


def test_a_link_of_a_replica_that_is_behind_is_served_after_the_switch_and_after_a_restart(
    builder: Path, replica: Path, opened: Callable[[Path], Generations]
) -> None:
    found = opened(replica)
    copy(builder, replica)
    switch(builder, replica)
    found.refresh()
    assert (found.current.version, maples(found, "000001")) == ("000002", "40")
    assert maples(opened(replica), "000001") == "40"
    shutil.rmtree(replica / "generations/000001")
    assert maples(found, "000001") == "40"  # its files are open


def test_what_was_opened_for_a_link_is_not_read_again_at_the_switch(
    builder: Path, replica: Path, opened: Callable[[Path], Generations]
) -> None:
    found = opened(replica)
    copy(builder, replica)
    ahead = found.at("000002")
    switch(builder, replica)
    found.refresh()
    assert found.current.segments == ahead.segments
    assert all(ours is theirs for ours, theirs in zip(found.current.segments, ahead.segments, strict=True))


def test_half_a_generation_is_not_served(builder: Path, replica: Path, opened: Callable[[Path], Generations]) -> None:
    found = opened(replica)
    copy(builder, replica)
    path = replica / "generations/000002/000002-1/corpus.sqlite"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnknownVersionError):
        found.at("000002")


def test_a_pointer_that_comes_before_its_files_changes_nothing_until_they_are_there(
    builder: Path,
    replica: Path,
    opened: Callable[[Path], Generations],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = opened(replica)
    switch(builder, replica)
    found.refresh()
    assert (found.current.version, maples(found)) == ("000001", "40")
    assert found.damage is not None
    assert found.damage.startswith(f"{replica}/generations/000002/manifest.json is missing")

    copy(builder, replica)
    found.refresh()
    assert found.current.version == "000001"  # it is not looked at twice a second
    monkeypatch.setattr(generations, "_RETRY_SECONDS", 0)
    found.refresh()
    assert (found.current.version, maples(found)) == ("000002", "41")
    mended: str | None = found.damage  # mypy takes the damage from above for granted
    assert mended is None
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_damage_that_stays_is_told_once(
    builder: Path,
    replica: Path,
    opened: Callable[[Path], Generations],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(generations, "_RETRY_SECONDS", 0)
    found = opened(replica)
    switch(builder, replica)
    for _ in range(3):
        found.refresh()
    assert len(caplog.records) == 1


def test_damage_that_stays_is_looked_at_ever_less_often(
    builder: Path, replica: Path, opened: Callable[[Path], Generations], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    looked: list[float] = []
    open_sound = store.open_sound

    def look(*given: Any, **named: Any) -> tuple[Generation, str | None]:
        looked.append(now)
        return open_sound(*given, **named)

    monkeypatch.setattr(generations, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(store, "open_sound", look)
    found = opened(replica)
    switch(builder, replica)
    for second in range(1, 1_000):
        now = float(second)
        found.refresh()
    assert looked == [0, 1, 11, 31, 71, 151, 311, 631, 951]
    copy(builder, replica)
    now = 1_300.0
    found.refresh()
    assert (found.current.version, found.damage) == ("000002", None)
