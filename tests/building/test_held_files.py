"""Files in files: each a document of its own, all as old as the file that they lie in."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa.building import rebuild
from alliance_qa.building.preview import Holding, holding, preview
from alliance_qa.documents import reading
from alliance_qa.documents.members import Member
from alliance_qa.errors import DocumentError, Failure
from alliance_qa.index.manifest import Manifest
from alliance_qa.settings import Settings
from edges.embedder import WordEmbedder
from edges.server import settings_of
from held_files import BOX, zipped

FEES, PORT = b"# Fees\n\nThe fee is 940 crowns.\n", b"The port is Skagby, and it has two piers.\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "documents").mkdir()
    return settings_of(tmp_path)


def rebuilt(settings: Settings) -> tuple[Manifest, bool]:
    return rebuild.rebuild(settings, WordEmbedder())


def states(manifest: Manifest) -> dict[str, str]:
    return {state.path: state.state for state in manifest.sources}


def test_what_lies_in_a_file_is_indexed_by_its_path_and_follows_the_file(settings: Settings) -> None:
    file = settings.documents / "all.zip"
    file.write_bytes(zipped({"fees.md": FEES, "a.png": b"x", "box.mbox": BOX}))
    manifest, _ = rebuilt(settings)
    assert states(manifest) == {
        "all.zip/a.png": "skipped",
        "all.zip/box.mbox/00001.eml": "indexed",
        "all.zip/box.mbox/00002.eml": "indexed",
        "all.zip/fees.md": "indexed",
    }
    assert len({state.sha256 for state in manifest.sources}) == 1
    assert rebuilt(settings) == (manifest, False)
    file.write_bytes(zipped({"fees.md": FEES, "port.txt": PORT}))
    changed, _ = rebuilt(settings)
    assert states(changed) == {"all.zip/fees.md": "indexed", "all.zip/port.txt": "indexed"}
    assert changed.reused == 1
    file.unlink()
    assert states(rebuilt(settings)[0]) == {}


def test_a_file_that_is_as_it_was_is_not_opened_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings.documents / "all.zip").write_bytes(zipped({"fees.md": FEES}))
    (settings.documents / "none.zip").write_bytes(b"no zip")
    manifest, _ = rebuilt(settings)
    monkeypatch.setattr(reading, "members", lambda *_: pytest.fail("was opened again"))
    assert rebuilt(settings) == (manifest, False)
    assert states(manifest) == {"all.zip/fees.md": "indexed", "none.zip": "failed"}


def test_a_preview_shows_what_lies_in_a_file(settings: Settings) -> None:
    file = settings.documents / "all.zip"
    file.write_bytes(zipped({"fees.md": FEES, "a.png": b"x", "box.mbox": BOX}))
    embedder = WordEmbedder()
    found = preview(settings, file / "fees.md", embedder)
    assert (found.document.path, found.document.facts.title.value) == ("all.zip/fees.md", "Fees")
    held = holding(settings, file)
    assert held is not None
    assert [each.path for each in held.members] == [
        "all.zip/fees.md",
        "all.zip/a.png",
        "all.zip/box.mbox/00001.eml",
        "all.zip/box.mbox/00002.eml",
    ]
    inner = holding(settings, file / "box.mbox")
    assert inner == Holding("all.zip/box.mbox", held.sha256, held.members[2:])
    assert inner.members[0] == Member("all.zip/box.mbox/00001.eml")
    assert holding(settings, file / "fees.md") is None
    with pytest.raises(DocumentError, match=r"gone\.md: lies no longer in its file$") as caught:
        preview(settings, file / "gone.md", embedder)
    assert caught.value.failure is Failure.CHANGED
