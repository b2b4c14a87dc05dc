"""Which documents a keeper puts first."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa.index import store
from alliance_qa.index.manifest import Manifest
from alliance_qa.service import first
from alliance_qa.settings import Settings
from alliance_qa.web.wire.collection import documents_out
from small_collection import GARDENS, write_files

pytestmark = pytest.mark.usefixtures("unsynced")

PATHS = ("alpha.txt", "beta.txt", "talks/one.txt", "talks/two [1].txt", "u\u0308ber.txt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Manifest:
    return write_files(folder, dict.fromkeys(PATHS, GARDENS))


def paths(manifest: Manifest, *patterns: str) -> list[str]:
    named = {state.document_id: state.path for state in manifest.sources}
    return [named[id_] for id_ in first.ids(Settings(first=patterns), manifest)]


def test_the_patterns_give_the_order_and_each_document_comes_once(manifest: Manifest) -> None:
    assert paths(manifest, "talks/*", "alpha.txt") == ["talks/one.txt", "talks/two [1].txt", "alpha.txt"]
    assert paths(manifest, "beta.txt", "*.txt") == ["beta.txt", *(p for p in PATHS if p != "beta.txt")]
    assert paths(manifest) == []


def test_a_path_is_itself_whatever_it_means_as_a_pattern(manifest: Manifest) -> None:
    assert paths(manifest, "talks/two [1].txt") == ["talks/two [1].txt"]
    assert paths(manifest, "\u00fcber.txt") == ["u\u0308ber.txt"]
    assert paths(manifest, "ALPHA.txt") == []


def test_what_names_no_document_is_known(manifest: Manifest) -> None:
    given = Settings(first=("gone.txt", "alpha.txt", "talks/*.md"))
    assert first.unknown(given, manifest) == ("gone.txt", "talks/*.md")


def test_the_default_is_never_unknown(manifest: Manifest) -> None:
    assert first.unknown(Settings(), manifest) == ()
    assert paths(manifest, *Settings().first) == []


def test_the_list_of_documents_begins_with_them(folder: Path, manifest: Manifest) -> None:
    generation = store.open_generation(folder, manifest)
    listed = documents_out(generation, first.ids(Settings(first=("talks/*",)), manifest)).documents
    assert [document.path for document in listed] == [
        "talks/one.txt",
        "talks/two [1].txt",
        "alpha.txt",
        "beta.txt",
        "u\u0308ber.txt",
    ]
