"""What a rebuild reads, embeds, writes and keeps, in proportion to what changed."""

from __future__ import annotations

import importlib.metadata
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.answering import answerability
from alliance_qa.building import rebuild, segments
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.reading import SourceFile
from alliance_qa.domain import Document, OperatingPoint
from alliance_qa.errors import DocumentError, Failure, IndexDamagedError, IndexWriteError
from alliance_qa.index import disk, manifest, store
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import FileState, Manifest, Recipe
from alliance_qa.ports import Embedding, PassageInput
from alliance_qa.settings import Settings, load
from alliance_qa.text.passages import context
from edges.embedder import WordEmbedder
from small_collection import GARDENS, HARBOUR, LIGHTHOUSE, grouped, read_here

pytestmark = pytest.mark.usefixtures("unsynced")

# Each paragraph fills a passage of its own under the heading that names it.
LONG = b"\n\n".join(b"# Row %d\n\nMaple number %d stands in row %d of the garden." % (n, n, n) for n in range(30))
SHORT = b"Dunes\n\nThe dunes of Tottori are wide. Camels carry the visitors.\n"


class CountingEmbedder(WordEmbedder):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        self.texts += [entry.text for entry in inputs]
        return super().embed_passages(inputs)


@dataclass
class Home:
    """A documents folder and its index."""

    settings: Settings
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)
    files_read: list[str] = field(default_factory=list)

    def put(self, **files: bytes | None) -> None:
        """Write files, or remove them; "b_txt" stands for b.txt."""
        for name, content in files.items():
            path = self.settings.documents / name.replace("_", ".")
            path.unlink() if content is None else path.write_bytes(content)

    def rebuild(self, *, full: bool = False, purge: bool = False) -> tuple[Manifest, bool]:
        """Rebuild, with an account of this rebuild only."""
        self.embedder.texts.clear()
        self.files_read.clear()
        return rebuild.rebuild(self.settings, self.embedder, rule=answerability.RULE, full=full, purge=purge)

    def opened(self) -> Generation:
        recipe = rebuild.recipe(self.settings, self.embedder.fingerprint)
        generation, damage = store.open_sound(self.settings.index, recipe)
        assert damage is None
        return generation

    def state(self, path: str) -> FileState:
        return next(state for state in store.read_manifest(self.settings.index).sources if state.path == path)

    def stored(self) -> dict[str, tuple[int, int]]:
        """Return each file of the index with what changes when it is written."""
        paths = [path for path in self.settings.index.rglob("*") if path.is_file() and path.name != "lock"]
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    def holds(self, words: bytes) -> list[str]:
        """Return the files of the index in which some words stand."""
        paths = [path for path in self.settings.index.rglob("*") if path.is_file()]
        return sorted(str(path.relative_to(self.settings.index)) for path in paths if words in path.read_bytes())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    (tmp_path / "documents").mkdir()
    monkeypatch.chdir(tmp_path)
    home = Home(load(documents=tmp_path / "documents", index=tmp_path / "index"))

    def read(
        folder: Path, files: Sequence[SourceFile], limits: Limits
    ) -> Iterator[tuple[SourceFile, Document | DocumentError]]:
        home.files_read += [file.path for file in files]
        return read_here(folder, files, limits)

    monkeypatch.setattr(rebuild, "read_all", read)
    return home


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of at most 40 passages, none so small that it is always written again."""
    monkeypatch.setattr(segments, "group", grouped(most=40, small=0))


def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return how to set the time that manifests are given."""
    return lambda time: monkeypatch.setattr(manifest, "now", lambda: time)


def names(manifest: Manifest) -> list[str]:
    return [segment.name for segment in manifest.segments]


def paths(generation: Generation, segment: int) -> list[str]:
    return [document.path for document in generation.segments[segment].corpus.documents()]


# What is written again


def test_the_first_rebuild_reads_and_embeds_everything(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS, c_html=HARBOUR)
    manifest, is_new = home.rebuild()
    generation = home.opened()
    assert is_new
    assert generation.manifest == manifest
    assert home.files_read == ["a.md", "b.txt", "c.html"]
    assert sorted(home.embedder.texts) == sorted(p.text for p in generation.corpus.passages(range(manifest.passages)))
    assert (manifest.version, manifest.oldest, manifest.reused, manifest.dimension) == ("000001", "000001", 0, 64)
    assert manifest.recipe == rebuild.recipe(home.settings, "0" * 64)
    assert [(s.path, s.document_id, s.failure, s.reason) for s in manifest.sources] == [
        (document.path, document.id, None, None) for document in generation.corpus.documents()
    ]


def test_an_unchanged_folder_writes_nothing(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, broken_txt=b"caf\xe9", skipped_xyz=b"")
    manifest, _ = home.rebuild()
    before = home.stored()
    (home.settings.documents / "a.md").touch()
    assert home.rebuild() == (manifest, False)
    assert home.stored() == before
    assert (home.files_read, home.embedder.texts) == ([], [])


def test_a_small_collection_is_whole_in_every_generation(home: Home) -> None:
    """Damage to one generation then leaves the one before intact."""
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    first, _ = home.rebuild()
    home.put(c_html=HARBOUR)
    second, _ = home.rebuild()
    assert (names(first), names(second)) == (["000001-1"], ["000002-1"])
    assert {path.stat().st_nlink for path in home.settings.index.rglob("*.npy")} == {1}
    assert home.files_read == ["c.html"]
    assert all("harbour" in text for text in home.embedder.texts)
    assert second.reused == first.passages


@pytest.mark.usefixtures("small_segments")
def test_a_new_document_leaves_a_large_segment_as_it_is(home: Home) -> None:
    home.put(long_md=LONG)
    home.rebuild()
    before = home.stored()
    home.put(a_txt=SHORT)
    manifest, _ = home.rebuild()
    assert names(manifest) == ["000002-1", "000001-1"]
    assert (home.files_read, home.embedder.texts) == (
        ["a.txt"],
        ["The dunes of Tottori are wide. Camels carry the visitors."],
    )
    assert (manifest.passages, manifest.reused) == (31, 30)
    root = f"{home.settings.index}/generations"
    for file in manifest.segments[1].files:
        assert home.stored()[f"{root}/000002/000001-1/{file}"] == before[f"{root}/000001/000001-1/{file}"]
    assert [paths(home.opened(), segment) for segment in (0, 1)] == [["a.txt"], ["long.md"]]


@pytest.mark.usefixtures("small_segments")
def test_a_deleted_document_has_its_segment_written_again_and_no_other(home: Home) -> None:
    home.put(long_md=LONG)
    home.rebuild()
    home.put(a_txt=SHORT, b_txt=GARDENS)
    assert names(home.rebuild()[0]) == ["000002-1", "000001-1"]
    home.put(b_txt=None)
    manifest, _ = home.rebuild()
    assert names(manifest) == ["000003-1", "000001-1"]
    assert (home.files_read, home.embedder.texts) == ([], [])
    assert [paths(home.opened(), segment) for segment in (0, 1)] == [["a.txt"], ["long.md"]]
    home.put(a_txt=None)
    manifest, _ = home.rebuild()
    assert names(manifest) == ["000001-1"]
    assert (home.files_read, home.embedder.texts) == ([], [])
    home.put(long_md=None)
    manifest, _ = home.rebuild()
    assert (names(manifest), manifest.sources, len(home.opened().corpus)) == ([], (), 0)


@pytest.mark.usefixtures("small_segments")
def test_a_changed_document_moves_to_a_new_segment(home: Home) -> None:
    home.put(a_txt=SHORT, long_md=LONG)
    home.rebuild()
    home.put(a_txt=SHORT.replace(b"wide", b"deep"))
    manifest, _ = home.rebuild()
    assert names(manifest) == ["000002-1"]
    assert home.files_read == ["a.txt"]
    assert home.embedder.texts == ["The dunes of Tottori are deep. Camels carry the visitors."]
    assert (manifest.passages, manifest.reused) == (31, 30)


def test_an_empty_folder_is_an_index_without_documents(home: Home) -> None:
    manifest, is_new = home.rebuild()
    assert (is_new, manifest.documents, manifest.sources) == (True, 0, ())
    assert home.rebuild() == (manifest, False)


def test_a_folder_that_is_not_there_is_no_empty_collection(home: Home) -> None:
    home.put(a_txt=SHORT)
    home.rebuild()
    before = home.stored()
    (home.settings.documents / "a.txt").unlink()
    home.settings.documents.rmdir()
    with pytest.raises(DocumentError, match="does not exist; make it or set ALLIANCE_QA_DOCUMENTS"):
        home.rebuild()
    assert home.stored() == before


# What is embedded again


def test_a_file_of_another_name_embeds_nothing(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    home.rebuild()
    before = home.opened()
    home.put(a_md=None, z_md=LIGHTHOUSE)
    manifest, is_new = home.rebuild()
    assert is_new
    assert home.embedder.texts == []
    after = home.opened()
    assert [document.path for document in after.corpus.documents()] == ["b.txt", "z.md"]
    assert after.corpus.vectors([1, 2, 0]).tobytes() == before.corpus.vectors([0, 1, 2]).tobytes()
    assert manifest.reused == 3


def test_files_that_change_their_names_with_each_other_embed_nothing(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_md=b"# Gardens\n\n" + GARDENS)
    home.rebuild()
    home.put(a_md=b"# Gardens\n\n" + GARDENS, b_md=LIGHTHOUSE)
    manifest, _ = home.rebuild()
    assert home.embedder.texts == []
    assert home.files_read == ["a.md", "b.md"]
    assert manifest.reused == manifest.passages
    facts = home.opened().corpus.facts
    assert [facts[document.id].title.value for document in home.opened().corpus.documents()] == [
        "Gardens",
        "The Lighthouse of Ōshima",
    ]


@pytest.mark.parametrize("changed", ["splitter", "documents_version"])
def test_another_splitter_or_reader_reads_everything_and_embeds_what_differs(
    home: Home, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS, broken_txt=b"caf\xe9")
    first, _ = home.rebuild()
    if changed == "splitter":
        version = importlib.metadata.version
        monkeypatch.setattr(importlib.metadata, "version", lambda name: f"{version(name)}.new")
    else:
        monkeypatch.setattr(rebuild, "documents_version", lambda: "new")
    second, is_new = home.rebuild()
    assert is_new
    assert "new" in getattr(second.recipe, changed)
    assert home.files_read == ["a.md", "b.txt", "broken.txt"]
    assert home.embedder.texts == []
    assert (second.version, second.reused, second.sources) == ("000002", 3, first.sources)
    assert home.rebuild() == (second, False)


def test_other_passages_embed_those_that_differ(home: Home) -> None:
    home.put(long_md=LONG, a_md=LIGHTHOUSE, b_txt=b" ".join(b"Sentence number %d is short." % n for n in range(20)))
    home.rebuild()
    before = home.opened()
    facts = before.corpus.facts
    known = {
        (
            context(facts[p.document_id], p),
            p.text,
            tuple((s.start - p.span.start, s.end) for s in p.sentences),
        )
        for p in before.corpus.passages(range(len(before.corpus)))
    }
    home.settings = load(documents=home.settings.documents, index=home.settings.index, passage_tokens=20)
    manifest, _ = home.rebuild()
    after = home.opened()
    passages = after.corpus.passages(range(len(after.corpus)))
    expected = [
        p.text
        for p in passages
        if (
            context(facts[p.document_id], p),
            p.text,
            tuple((s.start - p.span.start, s.end) for s in p.sentences),
        )
        not in known
    ]
    assert sorted(home.embedder.texts) == sorted(expected)
    assert all(text.startswith(("Sentence", "The lighthouse", "Its keeper")) for text in expected)
    assert 0 < len(expected) == len(passages) - manifest.reused < len(passages)
    assert manifest.recipe.passage_tokens == 20


def test_another_model_embeds_everything(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    home.rebuild()
    home.embedder.fingerprint = "1" * 64
    manifest, _ = home.rebuild()
    assert len(home.embedder.texts) == manifest.passages == 3
    assert (manifest.reused, manifest.recipe.fingerprint) == (0, "1" * 64)


def test_a_model_of_another_dimension_makes_an_index_of_that_dimension(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    home.rebuild()
    home.embedder.fingerprint, home.embedder.dimension = "2" * 64, 32
    manifest, _ = home.rebuild()
    assert manifest.dimension == 32
    assert home.opened().corpus.vectors([0, 1, 2]).shape == (3, 32)


def test_a_full_rebuild_reuses_nothing(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    home.rebuild()
    manifest, is_new = home.rebuild(full=True)
    assert (is_new, manifest.version, manifest.reused) == (True, "000002", 0)
    assert len(home.embedder.texts) == 3
    assert home.files_read == ["a.md", "b.txt"]


# Files that are not indexed


def test_a_file_that_cannot_be_read_is_listed_with_the_reason_and_since_when(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock = clock(monkeypatch)
    set_clock("2024-01-01T00:00:00Z")
    home.put(a_md=LIGHTHOUSE, broken_txt=b"caf\xe9", empty_txt=b"", skipped_xyz=b"?")
    manifest, _ = home.rebuild()
    assert [(s.path, s.state, s.failure, s.document_id, s.passages, s.since) for s in manifest.sources] == [
        ("a.md", "indexed", None, "a.md", 2, "2024-01-01T00:00:00Z"),
        ("broken.txt", "failed", Failure.ENCODING, None, 0, "2024-01-01T00:00:00Z"),
        ("empty.txt", "failed", Failure.EMPTY, None, 0, "2024-01-01T00:00:00Z"),
        ("skipped.xyz", "skipped", Failure.TYPE, None, 0, "2024-01-01T00:00:00Z"),
    ]
    assert all(state.reason for state in manifest.sources[1:])
    assert not any(state.path in str(state.reason) for state in manifest.sources[1:])

    set_clock("2024-01-02T00:00:00Z")
    home.put(b_txt=GARDENS, empty_txt=b" ")
    home.rebuild()
    assert {s.path: s.since[:10] for s in store.read_manifest(home.settings.index).sources} == {
        "a.md": "2024-01-01",
        "b.txt": "2024-01-02",
        "broken.txt": "2024-01-01",
        "empty.txt": "2024-01-02",  # other bytes, as unreadable as those before
        "skipped.xyz": "2024-01-01",
    }
    assert home.files_read == ["b.txt", "empty.txt"]

    set_clock("2024-01-03T00:00:00Z")
    home.put(broken_txt=b"cafe")
    home.rebuild()
    mended = home.state("broken.txt")
    assert (mended.state, mended.since, mended.reason) == ("indexed", "2024-01-03T00:00:00Z", None)
    assert home.state("a.md").since == "2024-01-01T00:00:00Z"

    set_clock("2024-01-04T00:00:00Z")
    home.rebuild(full=True)
    assert home.state("skipped.xyz").since == "2024-01-01T00:00:00Z"
    assert home.state("a.md").since == "2024-01-01T00:00:00Z"  # read again, and as before


def test_a_state_stays_as_old_as_it_is_when_everything_is_read_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock = clock(monkeypatch)
    set_clock("2024-01-01T00:00:00Z")
    home.put(a_md=LIGHTHOUSE, broken_txt=b"caf\xe9")
    first, _ = home.rebuild()
    set_clock("2024-01-02T00:00:00Z")
    monkeypatch.setattr(rebuild, "documents_version", lambda: "new")
    second, _ = home.rebuild()
    assert second.sources == first.sources


def test_a_file_that_could_not_be_read_for_a_passing_reason_is_tried_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = {"b.txt": Failure.TIMEOUT}

    def read_slowly(
        folder: Path, files: Sequence[SourceFile], limits: Limits
    ) -> Iterator[tuple[SourceFile, Document | DocumentError]]:
        home.files_read += [file.path for file in files]
        for file, result in read_here(folder, files, limits):
            yield file, DocumentError("is slow", passing[file.path]) if file.path in passing else result

    monkeypatch.setattr(rebuild, "read_all", read_slowly)
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    first, _ = home.rebuild()
    assert (home.state("b.txt").failure, home.state("b.txt").reason) == (Failure.TIMEOUT, "is slow")
    assert home.rebuild() == (first, False)
    assert home.files_read == ["b.txt"]
    passing.clear()
    second, is_new = home.rebuild()
    assert (is_new, second.version, home.state("b.txt").passages) == (True, "000002", 1)
    assert home.files_read == ["b.txt"]
    assert home.rebuild() == (second, False)
    assert home.files_read == []


def test_a_file_that_goes_is_listed_no_more(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE, broken_txt=b"caf\xe9")
    home.rebuild()
    home.put(broken_txt=None)
    manifest, is_new = home.rebuild()
    assert (is_new, [state.path for state in manifest.sources]) == (True, ["a.md"])


# What is deleted is gone


SECRET = b"# Xylophone\n\nThe Quagga7 protocol was kept by Zebedee.\n"
TRACES = [b"Quagga7", b"quagga7", b"zebede", b"Xylophone", b"xylophon", b"secret.md"]


@pytest.mark.usefixtures("small_segments")
def test_the_words_of_a_deleted_document_go_with_the_generations_that_hold_them(home: Home) -> None:
    home.put(long_md=LONG, secret_md=SECRET, b_txt=GARDENS)
    home.rebuild()
    assert all(home.holds(trace) for trace in TRACES)
    home.put(secret_md=None)
    home.rebuild()
    assert {name.split("/")[1] for trace in TRACES for name in home.holds(trace)} == {"000001"}
    home.put(a_txt=SHORT)
    home.rebuild()
    assert [home.holds(trace) for trace in TRACES] == [[]] * len(TRACES)
    assert home.holds(b"karuizawa")


@pytest.mark.parametrize("is_noticed_before", [False, True])
@pytest.mark.usefixtures("small_segments")
def test_a_purge_removes_the_words_of_a_deleted_document_at_once(home: Home, is_noticed_before: bool) -> None:
    home.put(long_md=LONG)
    home.rebuild()
    home.put(secret_md=SECRET, b_txt=GARDENS)
    home.rebuild()
    home.put(secret_md=None)
    if is_noticed_before:
        home.rebuild()
        assert home.holds(b"Quagga7")
    manifest, is_new = home.rebuild(purge=True)
    assert is_new
    assert [home.holds(trace) for trace in TRACES] == [[]] * len(TRACES)
    assert store.versions(home.settings.index) == [manifest.version] == [manifest.oldest]
    assert (manifest.reused, home.embedder.texts) == (31, [])
    assert home.opened().manifest == manifest


def test_a_purge_of_an_unchanged_folder_leaves_one_generation(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE)
    home.rebuild()
    home.put(b_txt=GARDENS)
    home.rebuild()
    manifest, is_new = home.rebuild(purge=True)
    assert (is_new, manifest.version, manifest.oldest) == (True, "000003", "000003")
    assert store.versions(home.settings.index) == ["000003"]
    assert home.embedder.texts == []
    home.put(c_html=HARBOUR)
    assert home.rebuild()[0].oldest == "000003"


def test_a_purge_that_leaves_content_behind_is_an_error(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.put(secret_md=SECRET, b_txt=GARDENS)
    home.rebuild()
    home.put(secret_md=None)
    remove = disk.remove

    def refuse(path: Path) -> None:
        if path.name == ".new-000001":
            raise PermissionError
        remove(path)

    monkeypatch.setattr(disk, "remove", refuse)
    with pytest.raises(IndexWriteError, match=r"generation 000002 is in use, but \.new-000001 in .* cannot be removed"):
        home.rebuild(purge=True)
    assert home.holds(b"Quagga7")


# Damage


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.usefixtures("small_segments")
def test_the_next_rebuild_mends_a_damaged_segment_and_keeps_the_others(home: Home) -> None:
    home.put(long_md=LONG)
    home.rebuild()
    home.put(a_txt=SHORT)
    home.rebuild()
    flip(home.settings.index / "generations" / "000002" / "000002-1" / "vectors.npy")
    manifest, is_new = home.rebuild()
    assert is_new
    assert home.files_read == ["a.txt"]
    assert home.embedder.texts == ["The dunes of Tottori are wide. Camels carry the visitors."]
    assert (names(manifest), manifest.reused) == (["000003-1", "000001-1"], 30)
    assert home.opened().manifest == manifest


def test_a_damaged_generation_is_not_kept_for_rollback_in_the_place_of_a_whole_one(home: Home) -> None:
    home.put(a_txt=SHORT)
    home.rebuild()
    home.put(b_txt=GARDENS)
    home.rebuild()
    flip(home.settings.index / "generations" / "000002" / "000002-1" / "vectors.npy")
    home.rebuild()
    assert [(verdict.version, verdict.damage) for verdict in store.check(home.settings.index)] == [
        ("000003", None),
        ("000001", None),
    ]


@pytest.mark.usefixtures("small_segments")
def test_a_damaged_segment_that_two_generations_share_is_refused_and_mended(home: Home) -> None:
    home.put(long_md=LONG)
    home.rebuild()
    home.put(a_txt=SHORT)
    home.rebuild()
    path = home.settings.index / "generations" / "000002" / "000001-1" / "corpus.sqlite"
    flip(path)
    with pytest.raises(IndexDamagedError) as caught:
        store.open_sound(home.settings.index, None)
    assert str(caught.value).startswith(f"{path} is damaged: expected SHA-256 ")
    assert all(verdict.damage for verdict in store.check(home.settings.index))
    manifest, is_new = home.rebuild()
    assert is_new
    assert home.files_read == ["long.md"]
    assert (len(home.embedder.texts), manifest.reused) == (30, 1)
    assert home.opened().manifest == manifest
    home.put(b_txt=GARDENS)
    home.rebuild()
    assert [verdict.damage for verdict in store.check(home.settings.index)] == [None, None]


@pytest.mark.parametrize("file", ["CURRENT", "generations/000002/manifest.json"])
def test_an_index_that_lost_its_manifest_is_built_again(home: Home, file: str) -> None:
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    home.rebuild()
    home.put(c_html=HARBOUR)
    home.rebuild()
    flip(home.settings.index / file)
    manifest, is_new = home.rebuild()
    assert (is_new, manifest.version, manifest.reused, manifest.documents) == (True, "000003", 0, 3)
    assert home.opened().manifest == manifest


# Any sequence of changes


def contents(generation: Generation) -> dict[tuple[str, int, int], tuple[object, ...]]:
    """Return all that an answer can be made of, by the place of each passage."""
    rows = range(len(generation.corpus))
    query = WordEmbedder().embed_question("Which maple stands in row 7 of the garden?")
    cosines = np.zeros(len(rows), np.float32)
    found = generation.dense.search(query, max(1, len(rows)), None)
    cosines[found[1]] = found[0]
    lexical = generation.lexical.scores(["mapl", "row", "7"], np.arange(len(generation.corpus)))
    return {
        (p.document_id, p.span.start, p.span.end): (
            p,
            generation.corpus.document(p.document_id),
            generation.corpus.vectors([row]).tobytes(),
            generation.corpus.sentence_vectors([row])[0].tobytes(),
            float(cosines[row]),
            float(lexical[row]),
        )
        for row, p in zip(rows, generation.corpus.passages(rows), strict=True)
    }


def known(manifest: Manifest) -> list[FileState]:
    return [replace(state, since="") for state in manifest.sources]


@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_the_index_is_as_one_built_from_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(segments, "group", grouped(most=30, small=chance.choice([0, 4])))

    def content() -> bytes:
        first, count = chance.randrange(40), chance.randrange(0, 12)
        rows = [b"## Row %d\n\nMaple %d stands in row %d." % (n, n, n % 9) for n in range(first, first + count)]
        return b"\n\n".join([b"# Garden", *rows])

    for step in range(14):
        files = sorted(home.settings.documents.iterdir())
        for _ in range(chance.randrange(0, 4)):
            path = home.settings.documents / f"{chance.randrange(12):02}.md"
            match chance.choice(["write", "remove", "rename"]):
                case "write":
                    path.write_bytes(content())
                case "remove":
                    path.unlink(missing_ok=True)
                case "rename" if files:
                    old = chance.choice(files)
                    if old.exists():
                        old.replace(path)
        before = contents(home.opened()) if step else {}
        texts = {entry[0].text for entry in before.values()}  # type: ignore[attr-defined]
        home.rebuild(purge=chance.random() < 0.1)
        assert not [text for text in home.embedder.texts if text in texts]
        fresh = Home(load(documents=home.settings.documents, index=tmp_path / f"fresh-{step}"))
        fresh.rebuild()
        found, expected = contents(home.opened()), contents(fresh.opened())
        assert found == expected
        assert known(home.opened().manifest) == known(fresh.opened().manifest)
        assert all(info.passages <= 30 for info in home.opened().manifest.segments)
        assert [verdict.damage for verdict in store.check(home.settings.index)] == [None] * len(
            store.versions(home.settings.index)
        )


# The operating point

POINT = OperatingPoint(0.7, 2.0, -1.0, 45, "2026-11-24", answerability.RULE)
AGAIN = 'and is dropped; run "alliance-qa calibrate" again'


def calibrated(home: Home, point: OperatingPoint = POINT) -> Manifest:
    """Build a first generation, and give it an operating point."""
    home.put(a_md=LIGHTHOUSE, b_txt=GARDENS)
    manifest, _ = home.rebuild()
    with store.lock(home.settings.index):
        return store.set_operating_point(home.settings.index, point, manifest.recipe, retain=1)


@pytest.mark.parametrize("how", [{}, {"full": True}, {"purge": True}])
def test_a_rebuild_carries_the_operating_point_over(how: dict[str, bool], home: Home) -> None:
    calibrated(home)
    home.put(c_html=HARBOUR)
    manifest, is_new = home.rebuild(**how)
    assert (is_new, manifest.operating_point, manifest.dropped) == (True, POINT, None)


def test_an_operating_point_is_no_reason_to_write_anything(home: Home) -> None:
    manifest = calibrated(home)
    assert home.rebuild() == (manifest, False)


def test_a_model_that_has_moved_keeps_the_operating_point(home: Home) -> None:
    calibrated(home)
    home.settings = home.settings.model_copy(update={"model": "/elsewhere/all-MiniLM-L6-v2"})
    manifest, _ = home.rebuild()
    assert (manifest.recipe.model, manifest.operating_point) == ("/elsewhere/all-MiniLM-L6-v2", POINT)


def test_another_size_of_passages_drops_the_operating_point_and_says_so_until_the_next(home: Home) -> None:
    calibrated(home)
    home.settings = home.settings.model_copy(update={"passage_tokens": 40})
    manifest, _ = home.rebuild()
    said = f"the operating point of 2026-11-24 was fitted with passages of 160 tokens {AGAIN}"
    assert (manifest.operating_point, manifest.dropped) == (None, said)
    home.put(c_html=HARBOUR)
    manifest, _ = home.rebuild()
    assert (manifest.operating_point, manifest.dropped) == (None, said)
    with store.lock(home.settings.index):
        manifest = store.set_operating_point(home.settings.index, POINT, manifest.recipe, retain=1)
    assert (manifest.operating_point, manifest.dropped) == (POINT, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fingerprint": "1" * 64, "model": "b"}, "the model a"),
        ({"splitter": "s 2"}, "the splitter s 1"),
        ({"documents_version": "2"}, "the file readers of version 1"),
        ({"fingerprint": "1" * 64, "passage_tokens": 9}, "the model a, passages of 160 tokens"),
    ],
)
def test_what_a_dropped_operating_point_was_fitted_with_is_named(change: dict[str, Any], said: str, home: Home) -> None:
    old = replace(calibrated(home), recipe=Recipe("a", "0" * 64, 160, "s 1", "1"))
    wanted = replace(old.recipe, **change)
    assert rebuild.carried(old, wanted) == (
        None,
        f"the operating point of 2026-11-24 was fitted with {said} {AGAIN}",
    )
    assert rebuild.carried(old, old.recipe) == (POINT, None)


def test_a_point_of_another_rule_is_dropped(home: Home) -> None:
    calibrated(home, replace(POINT, rule="0"))
    home.put(c_html=HARBOUR)
    manifest, _ = home.rebuild()
    assert (manifest.operating_point, manifest.dropped) == (
        None,
        f"the operating point of 2026-11-24 was fitted with another answerability rule {AGAIN}",
    )


def test_a_first_build_has_nothing_to_carry_over(home: Home) -> None:
    home.put(a_md=LIGHTHOUSE)
    manifest, _ = home.rebuild()
    assert (manifest.operating_point, manifest.dropped) == (None, None)


def test_where_the_manifest_in_use_is_lost_the_point_comes_from_the_newest_other(home: Home) -> None:
    calibrated(home)
    home.put(c_html=HARBOUR)
    version = home.rebuild()[0].version
    (home.settings.index / "generations" / version / "manifest.json").write_bytes(b"{")
    manifest, _ = home.rebuild()
    assert manifest.operating_point == POINT


def test_after_a_rollback_the_point_of_then_is_carried_on(home: Home) -> None:
    calibrated(home)
    with store.lock(home.settings.index):
        store.roll_back(home.settings.index)
    home.put(c_html=HARBOUR)
    assert home.rebuild()[0].operating_point is None
