"""A file as it would be indexed, before it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.building import rebuild
from alliance_qa.building.preview import preview
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.errors import DocumentError, Failure
from alliance_qa.index import store
from alliance_qa.settings import Settings
from edges.embedder import WordEmbedder
from edges.server import settings_of

PAGE = (
    "<html><head><title>Ports</title></head><body><article><h1>Ports</h1>"
    "<p>The port has two piers, which are lit at night by lamps.</p><p>Share this</p></article></body></html>"
)


class Words:
    """Each word is a token."""

    max_tokens = 254

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        return [[word.start() for word in re.finditer(r"\S+", text)] for text in texts]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "documents" / "talks").mkdir(parents=True)
    return settings_of(tmp_path)


def test_a_preview_is_what_is_indexed(settings: Settings) -> None:
    file = settings.documents / "talks" / "ports.html"
    file.write_text(PAGE)
    embedder = WordEmbedder()
    found = preview(settings, file, embedder)
    manifest, _ = rebuild.rebuild(settings, embedder)
    corpus = store.open_generation(settings.index, manifest).corpus
    assert found.document == corpus.document(found.document.id)
    assert found.document.path == "talks/ports.html"
    assert list(found.passages) == corpus.passages(range(manifest.passages))
    assert LeftOut(Omission.FURNITURE, "Share this") in found.left_out


def test_a_file_of_any_folder_goes_by_its_name_and_nothing_is_written(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.txt"
    file.write_text("The treaty has ten articles.\n\nIt holds.\n")
    found = preview(settings, file, Words())
    assert (found.document.path, found.document.facts.title.value) == ("elsewhere.txt", "Elsewhere")
    assert not settings.index.exists()


@pytest.mark.parametrize(
    ("name", "content", "failure", "reason"),
    [
        ("gone.txt", None, Failure.UNREADABLE, "cannot be examined (No such file or directory)"),
        (
            "a.xyz",
            b"x",
            Failure.TYPE,
            f"has a suffix that is not read ({', '.join(sorted(documents.SUFFIXES))} are)",
        ),
        (".a.txt", b"x", Failure.HIDDEN, "is hidden"),
        ("a.txt", b"---", Failure.EMPTY, "holds no text; remove it or put a file with text in its place"),
    ],
)
def test_what_would_not_be_indexed_says_why(
    name: str, content: bytes | None, failure: Failure, reason: str, settings: Settings, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError) as raised:
        preview(settings, tmp_path / name, Words())
    assert (str(raised.value), raised.value.failure) == (f"{tmp_path / name}: {reason}", failure)
