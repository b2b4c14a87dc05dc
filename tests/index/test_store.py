"""Generations on disk: what a reader opens, what is refused, and what a fault or a kill leaves behind."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, IndexWriteError
from alliance_qa.index import disk, store
from alliance_qa.index.disk import StoredFile
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import FORMAT, Manifest
from edges.embedder import WordEmbedder
from small_collection import FILES, GARDENS, HARBOUR, LIGHTHOUSE, RECIPE, built, read, write, write_files

pytestmark = pytest.mark.usefixtures("unsynced")

OLD = {"a.md": LIGHTHOUSE, "b.txt": GARDENS}
FILE_NAMES = ["corpus.sqlite", "dense.faiss", "sentences.npy", "vectors.npy"]
POINT = OperatingPoint(0.7, 2.0, -1.0, 45, "2026-11-24", "1")
QUESTION = "When was the harbour dug by engineers from France?"


def opened(folder: Path) -> Generation:
    """Open the generation in use, which is whole."""
    generation, damage = store.open_sound(folder, RECIPE)
    assert damage is None
    return generation


def texts(generation: Generation) -> list[str]:
    return [passage.text for passage in generation.corpus.passages(range(len(generation.corpus)))]


def answers(folder: Path) -> tuple[str, list[str], list[float], list[float]]:
    """Return the version, the passages nearest to a question, and what both searches score them."""
    generation = opened(folder)
    cosines, rows = generation.dense.search(WordEmbedder().embed_question(QUESTION), 3, None)
    nearest = [passage.text for passage in generation.corpus.passages(rows.tolist())]
    return (
        generation.version,
        nearest,
        cosines.tolist(),
        generation.lexical.scores(["harbour", "keeper"], np.arange(len(generation.corpus))).tolist(),
    )


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "generations").iterdir())


def all_files(folder: Path) -> list[str]:
    generation = folder / "generations" / store.current(folder)
    return sorted(path.relative_to(generation).as_posix() for path in generation.rglob("*") if path.is_file())


def name(folder: Path, version: str) -> None:
    """Put a generation into use by hand."""
    with store.lock(folder):
        store.roll_back(folder, version)


def refusal(kind: type[Exception], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


# What is written is what is opened


def test_what_was_written_is_what_is_opened(folder: Path) -> None:
    part = built(read())
    written = write(folder, part)
    generation = opened(folder)
    rows = range(len(part.passages))
    assert generation.manifest == written
    assert generation.corpus.passages(rows) == list(part.passages)
    assert (len(generation.corpus), len(generation.dense)) == (len(rows), len(rows))
    assert generation.corpus.vectors(rows).tolist() == part.vectors.tolist()


def test_every_passage_is_found_by_its_own_vector(folder: Path) -> None:
    write_files(folder)
    generation = opened(folder)
    rows = range(len(generation.corpus))
    found = [generation.dense.search(generation.corpus.vectors([row])[0], 1, None)[1].tolist() for row in rows]
    assert found == [[row] for row in rows]


def test_a_term_scores_the_passages_that_hold_it(folder: Path) -> None:
    write_files(folder)
    generation = opened(folder)
    scores = generation.lexical.scores(["mapl"], np.arange(len(generation.corpus))).tolist()
    assert [score > 0 for score in scores] == ["maples" in text for text in texts(generation)]
    assert any(scores)


def test_current_names_the_generation_in_use_and_the_checksum_of_its_manifest(folder: Path) -> None:
    write_files(folder)
    checksum = disk.stored(folder / "generations" / "000001" / "manifest.json").sha256
    assert (folder / "CURRENT").read_text("ascii") == f"000001 {checksum}\n"
    assert (store.current(folder), store.read_manifest(folder).version) == ("000001", "000001")


def test_generation_numbers_grow(folder: Path) -> None:
    assert [write_files(folder).version for _ in range(3)] == ["000001", "000002", "000003"]
    assert store.current(folder) == "000003"


@pytest.mark.parametrize(
    ("retain", "left"),
    [(0, ["000004"]), (1, ["000003", "000004"]), (2, ["000002", "000003", "000004"])],
)
def test_as_many_earlier_generations_stay_as_are_retained(folder: Path, retain: int, left: list[str]) -> None:
    for _ in range(4):
        write_files(folder, retain=retain)
    assert generations(folder) == left


def test_a_number_is_not_used_again_after_a_rollback(folder: Path) -> None:
    write_files(folder, OLD)
    write_files(folder)
    name(folder, "000001")
    assert answers(folder)[0] == "000001"
    assert write_files(folder).version == "000003"


def test_a_number_that_current_names_is_not_used_again(folder: Path) -> None:
    """Else a generation that fails half-way could pass for the one in use."""
    write_files(folder)
    write_files(folder)
    shutil.rmtree(folder / "generations" / "000002")
    assert write_files(folder).version == "000003"


def test_a_reader_keeps_a_generation_that_was_pruned(folder: Path) -> None:
    write_files(folder, OLD)
    generation = opened(folder)
    before = built(read(OLD))
    for _ in range(2):
        write_files(folder, retain=0)
    assert generations(folder) == ["000003"]
    assert texts(generation) == [passage.text for passage in before.passages]
    assert generation.corpus.vectors(range(3)).tolist() == before.vectors.tolist()
    assert generation.dense.search(before.vectors[2], 1, None)[1].tolist() == [2]
    assert (generation.lexical.scores(["mapl"], np.arange(len(generation.corpus))) > 0).tolist() == [False, False, True]


def test_the_manifest_names_every_other_file(folder: Path) -> None:
    manifest = write_files(folder)
    [segment] = manifest.segments
    assert sorted(["manifest.json", *(f"000001-1/{name}" for name in segment.files)]) == all_files(folder)
    assert sorted(name for name in segment.files if not name.startswith("lexical/")) == FILE_NAMES
    assert (manifest.documents, manifest.passages, manifest.sentences) == (3, 5, 8)
    assert (segment.documents, segment.passages, segment.sentences) == (3, 5, 8)
    assert [(state.path, state.passages, state.state) for state in manifest.sources] == [
        ("a.md", 2, "indexed"),
        ("b.txt", 1, "indexed"),
        ("c.html", 2, "indexed"),
    ]


# What is refused


def test_no_index_tells_the_command(folder: Path) -> None:
    message = refusal(IndexMissingError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'no index in {folder}; run "alliance-qa index" first'
    assert store.in_use(folder) is None
    assert store.versions(folder) == []


def test_a_file_in_the_place_of_the_index_is_damage(folder: Path) -> None:
    folder.write_text("")
    message = refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'{folder}/CURRENT cannot be read; run "alliance-qa index" to mend it'


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"latest\n",
        b"../000001\n",
        b"\xff\n",
        b"-1\n",
        b"1 2",
        b"000001\n",
        b"000001 " + b"0" * 63 + b"\n",
        b"000001 " + b"0" * 64,
        b"000001 " + b"0" * 65,
        b"000001 " + b"0" * 64 + b"\r\n",
        b"000001 " + b"0" * 64 + b"\n\n",
        b"one " + b"0" * 64 + b"\n",
    ],
)
def test_a_current_that_names_no_generation_is_damage(folder: Path, text: bytes) -> None:
    write_files(folder)
    (folder / "CURRENT").write_bytes(text)
    message = refusal(IndexDamagedError, lambda: store.current(folder))
    assert message.startswith(f"{folder}/CURRENT ")
    assert message.endswith('; run "alliance-qa index" to mend it')


def test_a_current_with_another_checksum_is_damage(folder: Path) -> None:
    write_files(folder)
    (folder / "CURRENT").write_text(f"000001 {'0' * 64}\n")
    message = refusal(IndexDamagedError, lambda: store.read_manifest(folder))
    manifest = folder / "generations" / "000001" / "manifest.json"
    assert message == f'{folder}/CURRENT and {manifest} do not agree; run "alliance-qa index" to mend it'


def test_a_generation_that_is_gone_is_damage(folder: Path) -> None:
    write_files(folder)
    shutil.rmtree(folder / "generations" / "000001")
    message = refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'{folder}/generations/000001/manifest.json is missing; run "alliance-qa index" to mend it'


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def be_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def be_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HARMS = [flip, truncate, lengthen, Path.unlink, be_folder, be_pipe]


def restore(path: Path, data: bytes) -> None:
    disk.remove(path)
    path.write_bytes(data)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_harmed_file_is_named(folder: Path, harm: Callable[[Path], None]) -> None:
    [segment] = write_files(folder).segments
    files = sorted(segment.files)
    assert len(files) > len(FILE_NAMES)
    for file in files:
        path = folder / "generations" / "000001" / "000001-1" / file
        whole = path.read_bytes()
        harm(path)
        message = refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE))
        assert message.startswith(f"{path} ")
        assert message.endswith('; run "alliance-qa index" to mend it')
        assert [verdict.damage for verdict in store.check(folder)] == [message]
        restore(path, whole)
    assert answers(folder)[0] == "000001"


def test_damage_says_what_was_expected_and_what_was_found(folder: Path) -> None:
    [segment] = write_files(folder).segments
    path, expected = folder / "generations" / "000001" / "000001-1" / "vectors.npy", segment.files["vectors.npy"]
    flip(path)
    found = disk.stored(path).sha256
    assert refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE)) == (
        f"{path} is damaged: expected SHA-256 {expected.sha256[:12]}…, found {found[:12]}…; "
        'run "alliance-qa index" to mend it'
    )
    truncate(path)
    assert refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE)) == (
        f"{path} is damaged: expected {expected.size} bytes, found {expected.size - 1}; "
        'run "alliance-qa index" to mend it'
    )
    path.unlink()
    assert refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE)) == (
        f'{path} cannot be read (No such file or directory); run "alliance-qa index" to mend it'
    )


@pytest.mark.parametrize(
    "harm",
    [
        truncate,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"[]"),
        lambda path: path.write_bytes(b"null"),
        lambda path: path.write_bytes(b"{}"),
        lambda path: path.write_bytes(b"\xff" + path.read_bytes()),
        be_folder,
    ],
    ids=["truncated", "empty", "list", "null", "object", "not UTF-8", "folder"],
)
def test_a_harmed_manifest_is_named(folder: Path, harm: Callable[[Path], Any]) -> None:
    write_files(folder)
    path = folder / "generations" / "000001" / "manifest.json"
    harm(path)
    message = refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'{path} is damaged: it is not what its checksum says; run "alliance-qa index" to mend it'
    path.unlink() if path.is_file() else path.rmdir()
    message = refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'{path} is missing; run "alliance-qa index" to mend it'


def test_any_flipped_bit_of_the_manifest_is_refused_as_damage(folder: Path) -> None:
    write_files(folder)
    path = folder / "generations" / "000001" / "manifest.json"
    whole = path.read_bytes()
    chance = random.Random(7)
    places = [whole.index(b'"format": 5') + len(b'"format": 5') - 1, *chance.sample(range(len(whole)), 250)]
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        assert str(path) in refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE)), at


def test_a_manifest_of_another_generation_is_damage(folder: Path) -> None:
    write_files(folder, OLD)
    write_files(folder)
    old, new = (folder / "generations" / version / "manifest.json" for version in ("000001", "000002"))
    new.write_bytes(old.read_bytes())
    message = refusal(IndexDamagedError, lambda: store.read_manifest(folder))
    assert message == f'{folder}/CURRENT and {new} do not agree; run "alliance-qa index" to mend it'
    assert message == refusal(IndexDamagedError, lambda: store.read_manifest(folder, "000002"))


def test_another_model_is_refused_with_both_names(folder: Path) -> None:
    write_files(folder)
    wanted = replace(RECIPE, model="model-b", fingerprint="1" * 64)
    message = refusal(IndexMismatchError, lambda: store.open_sound(folder, wanted))
    assert message == (
        f'{folder} was built by words (00000000); this service uses model-b (11111111); run "alliance-qa index"'
    )


def test_the_same_model_with_another_prompt_is_refused(folder: Path) -> None:
    write_files(folder)
    wanted = replace(RECIPE, fingerprint="2" * 64)
    message = refusal(IndexMismatchError, lambda: store.open_sound(folder, wanted))
    assert "built by words (00000000); this service uses words (22222222)" in message


def test_other_passages_are_refused_with_both_sizes(folder: Path) -> None:
    write_files(folder)
    wanted = replace(RECIPE, passage_tokens=80, splitter="s 2")
    message = refusal(IndexMismatchError, lambda: store.open_sound(folder, wanted))
    assert message == (
        f'{folder} was split by s 1 into 40 tokens; this service uses s 2 and 80; run "alliance-qa index"'
    )


@pytest.mark.parametrize("change", [{"passage_tokens": 41}, {"splitter": "s 2"}])
def test_each_part_of_the_splitting_is_compared(folder: Path, change: dict[str, Any]) -> None:
    write_files(folder)
    assert "was split by" in refusal(IndexMismatchError, lambda: store.open_sound(folder, replace(RECIPE, **change)))


def test_what_was_read_by_an_earlier_version_is_opened(folder: Path) -> None:
    """Its vectors are those of this version; the next rebuild reads the files again."""
    write_files(folder)
    assert store.open_sound(folder, replace(RECIPE, documents_version="9"))[1] is None


def test_no_recipe_opens_any_index(folder: Path) -> None:
    write_files(folder)
    assert store.open_sound(folder, None)[0].version == "000001"


def test_another_format_is_refused_before_its_files_are_read(folder: Path) -> None:
    write_files(folder)
    generation = folder / "generations" / "000001"
    (generation / "manifest.json").write_text(json.dumps({"format": 999, "new": True}))
    checksum = disk.stored(generation / "manifest.json").sha256
    (folder / "CURRENT").write_text(f"000001 {checksum}\n")
    message = refusal(IndexMismatchError, lambda: store.open_sound(folder, RECIPE))
    assert message == f'{generation} has format 999; this version reads format 5; run "alliance-qa index"'


# The newest that is whole


def spoil(folder: Path, version: str, file: str = "vectors.npy") -> Path:
    path = folder / "generations" / version / f"{version}-1" / file
    flip(path)
    return path


def test_a_damaged_generation_is_passed_over_for_the_newest_whole_one(folder: Path) -> None:
    write_files(folder, OLD, retain=9)
    for _ in range(3):
        write_files(folder, retain=9)
    before = store.read_manifest(folder, "000002")
    spoil(folder, "000003")
    path = spoil(folder, "000004")
    generation, damage = store.open_sound(folder, RECIPE)
    assert generation.manifest == before
    assert texts(generation) == [passage.text for passage in built(read()).passages]
    assert damage is not None
    assert damage.startswith(f"{path} is damaged: expected SHA-256 ")
    assert damage.endswith('; run "alliance-qa index" to mend it')


@pytest.mark.parametrize("text", [b"", b"000009 " + b"0" * 64 + b"\n"])
def test_a_damaged_current_is_passed_over_for_the_newest_whole_generation(folder: Path, text: bytes) -> None:
    write_files(folder, OLD)
    write_files(folder)
    (folder / "CURRENT").write_bytes(text)
    generation, damage = store.open_sound(folder, RECIPE)
    assert generation.version == "000002"
    assert damage is not None
    assert str(folder) in damage


def test_a_whole_generation_of_another_recipe_is_passed_over(folder: Path) -> None:
    write_files(folder)
    with store.lock(folder), store.draft(folder) as draft:
        draft.add(built(read(OLD)))
        other = replace(RECIPE, passage_tokens=99)
        draft.commit(other, [], dimension=64, reused=0, oldest="000001", retain=9)
    write_files(folder, retain=9)
    spoil(folder, "000003")
    assert store.open_sound(folder, RECIPE)[0].version == "000001"
    assert store.open_sound(folder, None)[0].version == "000002"


def test_where_no_generation_is_whole_the_damage_to_the_one_in_use_is_told(folder: Path) -> None:
    write_files(folder)
    write_files(folder)
    spoil(folder, "000001")
    path = spoil(folder, "000002")
    assert refusal(IndexDamagedError, lambda: store.open_sound(folder, RECIPE)).startswith(f"{path} ")


def test_a_generation_that_is_replaced_and_removed_while_it_is_opened_gives_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, OLD)
    stored = disk.stored

    def overtaken(path: Path) -> StoredFile:
        monkeypatch.setattr(disk, "stored", stored)
        write_files(folder, retain=0)
        return stored(path)

    monkeypatch.setattr(disk, "stored", overtaken)
    generation, damage = store.open_sound(folder, RECIPE)
    assert (generation.version, damage) == ("000002", None)
    assert texts(generation) == [passage.text for passage in built(read()).passages]


def test_a_reader_never_finds_damage_while_generations_come_and_go(folder: Path) -> None:
    wanted = [[passage.text for passage in built(read(files)).passages] for files in (FILES, OLD)]
    write_files(folder, OLD)
    is_over = threading.Event()
    found: list[tuple[int, list[str], str | None]] = []

    def open_again_and_again() -> None:
        while not is_over.is_set():
            generation, damage = store.open_sound(folder, RECIPE)
            found.append((int(generation.version), texts(generation), damage))

    reader = threading.Thread(target=open_again_and_again)
    reader.start()
    try:
        for number in range(6):
            write_files(folder, OLD if number % 2 else FILES, retain=0)
    finally:
        is_over.set()
        reader.join(30)
    assert len({version for version, _, _ in found}) > 2
    assert all(damage is None and read == wanted[version % 2] for version, read, damage in found)


def test_open_segments_are_not_opened_again(folder: Path) -> None:
    write_files(folder, OLD, {"c.html": HARBOUR})
    first = opened(folder)
    write(folder, built(read({"d.txt": b"Dunes\n\nThe dunes of Tottori are wide.\n"})), keep=first.segments)
    second, damage = store.open_sound(folder, RECIPE, first.segments)
    assert damage is None
    assert [segment.info.name for segment in second.segments] == ["000002-1", "000001-1", "000001-2"]
    assert second.segments[1] is first.segments[0]
    assert second.segments[2] is first.segments[1]


def test_a_segment_of_the_same_name_with_other_files_is_opened(folder: Path, tmp_path: Path) -> None:
    write_files(folder, OLD)
    write_files(tmp_path / "other")
    other = opened(tmp_path / "other")
    generation, damage = store.open_sound(folder, RECIPE, other.segments)
    assert damage is None
    assert texts(generation) == [passage.text for passage in built(read(OLD)).passages]


# Back to an earlier generation


def test_the_newest_generation_before_the_one_in_use_comes_back(folder: Path) -> None:
    for files in (OLD, FILES, OLD, FILES):
        write_files(folder, files, retain=9)
    before = [store.read_manifest(folder, version) for version in ("000003", "000002", "000001")]
    for manifest in before:
        with store.lock(folder):
            assert store.roll_back(folder) == manifest
        assert opened(folder).manifest == manifest
        assert generations(folder) == ["000001", "000002", "000003", "000004"]
    with store.lock(folder):
        assert refusal(IndexMissingError, lambda: store.roll_back(folder)) == (
            f"{folder} holds no generation before 000001; ALLIANCE_QA_RETAINED_GENERATIONS says how many are kept"
        )
        assert store.roll_back(folder, "000003") == before[0]
    assert answers(folder)[0] == "000003"


def test_a_generation_that_is_not_there_does_not_come_back(folder: Path) -> None:
    write_files(folder)
    with store.lock(folder):
        message = refusal(IndexMissingError, lambda: store.roll_back(folder, "000007"))
    assert message == f"{folder} holds no generation 000007"
    assert answers(folder)[0] == "000001"


def test_without_an_index_nothing_comes_back(folder: Path) -> None:
    with store.lock(folder):
        assert refusal(IndexMissingError, lambda: store.roll_back(folder)) == (
            f"{folder} holds no generation before the one in use; "
            "ALLIANCE_QA_RETAINED_GENERATIONS says how many are kept"
        )


@pytest.mark.parametrize("harm", [truncate, lengthen, Path.unlink, be_folder], ids=lambda harm: harm.__name__)
def test_a_generation_of_other_sizes_does_not_come_back(folder: Path, harm: Callable[[Path], None]) -> None:
    write_files(folder, OLD)
    write_files(folder)
    path = folder / "generations" / "000001" / "000001-1" / "lexical" / "rows.npy"
    size = path.stat().st_size
    harm(path)
    now = path.stat().st_size if path.is_file() else None
    with store.lock(folder):
        message = refusal(IndexDamagedError, lambda: store.roll_back(folder))
    assert message == (f'{path} is damaged: expected {size} bytes, found {now}; run "alliance-qa index" to mend it')
    assert answers(folder)[0] == "000002"


def test_from_a_damaged_current_the_newest_generation_comes_back(folder: Path) -> None:
    write_files(folder, OLD)
    write_files(folder)
    (folder / "CURRENT").write_bytes(b"?")
    with store.lock(folder):
        assert store.roll_back(folder).version == "000002"
    assert answers(folder)[0] == "000002"


@pytest.mark.parametrize(("retain", "left"), [(0, []), (1, ["000001"]), (2, ["000001", "000003"])])
def test_the_generation_that_was_in_use_stays_before_newer_ones(folder: Path, retain: int, left: list[str]) -> None:
    for _ in range(3):
        write_files(folder, retain=9)
    name(folder, "000001")
    write_files(folder, retain=retain)
    assert generations(folder) == [*left, "000004"]


def test_a_purge_leaves_no_other_generation(folder: Path) -> None:
    for _ in range(3):
        write_files(folder, retain=9)
    manifest = write(folder, built(read(OLD)), oldest=None, retain=9)
    assert (generations(folder), manifest.oldest) == (["000004"], "000004")
    assert opened(folder).manifest == manifest


def test_a_purge_that_cannot_remove_a_generation_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(folder)
    remove = disk.remove

    def refuse(path: Path) -> None:
        if path.name == ".new-000001":
            raise PermissionError
        remove(path)

    monkeypatch.setattr(disk, "remove", refuse)
    message = refusal(IndexWriteError, lambda: write(folder, built(read(OLD)), oldest=None))
    assert message == (
        f"generation 000002 is in use, but .new-000001 in {folder}/generations cannot be removed; remove them by hand"
    )
    assert answers(folder)[0] == "000002"
    monkeypatch.undo()
    write_files(folder)
    assert generations(folder) == ["000002", "000003"]


# Check, and what can still be used


def test_each_generation_is_checked_the_newest_first(folder: Path) -> None:
    for _ in range(3):
        write_files(folder, retain=9)
    assert store.check(folder) == [
        store.Verdict("000003", True, None),
        store.Verdict("000002", False, None),
        store.Verdict("000001", False, None),
    ]
    path = spoil(folder, "000002", "lexical/counts.npy")
    name(folder, "000001")
    first, second, third = store.check(folder)
    assert (first, third) == (store.Verdict("000003", False, None), store.Verdict("000001", True, None))
    assert (second.version, second.in_use) == ("000002", False)
    assert second.damage and second.damage.startswith(f"{path} is damaged: expected SHA-256 ")


def test_a_manifest_that_current_does_not_mean_is_found_by_the_check(folder: Path) -> None:
    write_files(folder)
    (folder / "CURRENT").write_text(f"000001 {'0' * 64}\n")
    [verdict] = store.check(folder)
    assert verdict.in_use
    assert verdict.damage and verdict.damage.startswith(f"{folder}/CURRENT and ")


def test_a_generation_that_is_gone_is_found_by_the_check(folder: Path) -> None:
    write_files(folder)
    write_files(folder)
    shutil.rmtree(folder / "generations" / "000002")
    assert store.check(folder) == [
        store.Verdict("000001", False, None),
        store.Verdict("000002", True, f'{folder}/generations/000002 is missing; run "alliance-qa index" to mend it'),
    ]


def test_a_damaged_current_is_found_by_the_check(folder: Path) -> None:
    write_files(folder)
    (folder / "CURRENT").write_bytes(b"?")
    assert store.check(folder) == [
        store.Verdict("CURRENT", True, f'{folder}/CURRENT names no generation; run "alliance-qa index" to mend it'),
        store.Verdict("000001", False, None),
    ]


def test_a_generation_of_another_format_is_found_by_the_check(folder: Path) -> None:
    write_files(folder)
    write_files(folder)
    (folder / "generations" / "000001" / "manifest.json").write_text('{"format": 1, "version": "000001"}')
    [whole, other] = store.check(folder)
    assert whole.damage is None
    assert other.damage and "has format 1; this version reads format 5" in other.damage


def test_without_an_index_there_is_nothing_to_check(folder: Path) -> None:
    assert "no index in" in refusal(IndexMissingError, lambda: store.check(folder))


def test_the_whole_segments_of_a_damaged_generation_are_saved(folder: Path) -> None:
    manifest = write_files(folder, OLD, {"c.html": HARBOUR})
    flip(folder / "generations" / "000001" / "000001-1" / "corpus.sqlite")
    saved = store.salvage(folder)
    assert saved is not None
    assert saved[0] == manifest
    assert [segment.info for segment in saved[1]] == [manifest.segments[1]]
    assert [document.path for document in saved[1][0].corpus.documents()] == ["c.html"]


def test_of_a_whole_generation_every_segment_is_saved(folder: Path) -> None:
    manifest = write_files(folder, OLD, {"c.html": HARBOUR})
    saved = store.salvage(folder)
    assert saved is not None
    assert (saved[0], [segment.info for segment in saved[1]]) == (manifest, list(manifest.segments))


@pytest.mark.parametrize("file", ["CURRENT", "generations/000001/manifest.json"])
def test_a_generation_without_its_manifest_is_lost(folder: Path, file: str) -> None:
    assert store.salvage(folder) is None
    write_files(folder)
    flip(folder / file)
    assert store.salvage(folder) is None
    (folder / file).unlink()
    assert store.salvage(folder) is None


# Shared segments


def test_a_segment_that_stays_is_the_same_file_in_both_generations(folder: Path) -> None:
    first = write_files(folder, OLD, {"c.html": HARBOUR})
    new = built(read({"d.txt": b"Dunes\n\nThe dunes of Tottori are wide.\n"}))
    second = write(folder, new, keep=opened(folder).segments[1:])
    shared = first.segments[1]
    assert second.segments[1] == shared
    for file in shared.files:
        one, other = (folder / "generations" / v / shared.name / file for v in ("000001", "000002"))
        assert one.stat().st_ino == other.stat().st_ino
    reader = opened(folder)
    shutil.rmtree(folder / "generations" / "000001")
    assert texts(opened(folder)) == texts(reader)
    assert [d.path for d in opened(folder).corpus.documents()] == ["c.html", "d.txt"]


def test_a_shared_segment_outlives_the_generation_that_wrote_it(folder: Path) -> None:
    write_files(folder, OLD)
    wanted = [passage.text for passage in built(read(OLD)).passages]
    for number in range(4):
        new = built(read({f"new-{number}.txt": GARDENS}))
        write(folder, new, keep=[s for s in opened(folder).segments if s.info.name == "000001-1"], retain=0)
    generation = opened(folder)
    assert generations(folder) == ["000005"]
    assert [segment.info.name for segment in generation.segments] == ["000005-1", "000001-1"]
    assert texts(generation)[1:] == wanted


# One writer


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that can import what these tests import, and wait for its first line."""
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.wait(10) == -signal.SIGKILL
    assert process.stdout
    process.stdout.close()


def test_a_held_lock_names_its_holder_at_once_and_goes_with_it(folder: Path) -> None:
    holder = python(
        """
        import sys, time
        from pathlib import Path
        from alliance_qa.index import store
        with store.lock(Path(sys.argv[1])):
            print("ready", flush=True)
            time.sleep(600)
        """,
        str(folder),
    )
    try:
        began = time.monotonic()
        message = refusal(IndexBusyError, lambda: write_files(folder))
        assert time.monotonic() - began < 1
        assert message == f"process {holder.pid} is writing {folder}; try again when it has ended"
    finally:
        kill(holder)
    assert write_files(folder).version == "000001"


def test_a_refused_writer_does_not_take_the_holders_name(folder: Path) -> None:
    with store.lock(folder):
        for _ in range(2):
            assert f"process {os.getpid()} is writing" in refusal(IndexBusyError, lambda: write_files(folder))


def test_the_name_of_an_earlier_holder_is_wiped(folder: Path) -> None:
    folder.mkdir()
    (folder / "lock").write_text("1234567890123\n2\n")
    with store.lock(folder):
        assert (folder / "lock").read_text() == f"{os.getpid()}\n"
        assert f"process {os.getpid()} is writing {folder};" in refusal(IndexBusyError, lambda: write_files(folder))


def test_the_lock_is_free_after_a_failure(folder: Path) -> None:
    with pytest.raises(KeyError), store.lock(folder):
        raise KeyError
    assert write_files(folder).version == "000001"


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refusal(IndexWriteError, lambda: write_files(tmp_path / "file" / "index"))
    assert message == (
        f"{tmp_path}/file/index cannot be written (Not a directory); the index in use is untouched; "
        "mend this and run again"
    )


# A folder that only reads


def assert_reads_fully_and_refuses_to_write(folder: Path, reason: str) -> None:
    generation = opened(folder)
    part = built(read())
    assert generation.corpus.documents() == list(part.documents)
    assert generation.corpus.passages(range(len(part.passages))) == list(part.passages)
    assert [v.shape[1] for v in generation.corpus.sentence_vectors(range(len(part.passages)))] == [64] * 5
    assert generation.dense.search(part.vectors[3], 1, None)[1].tolist() == [3]
    assert (generation.lexical.scores(["mapl"], np.arange(len(generation.corpus))) > 0).tolist() == [
        False,
        False,
        True,
        False,
        False,
    ]
    assert [verdict.damage for verdict in store.check(folder)] == [None, None]
    refused = f"{folder} cannot be written ({reason}); the index in use is untouched; mend this and run again"
    assert refusal(IndexWriteError, lambda: write(folder, part)) == refused
    assert refusal(IndexWriteError, lambda: store.lock(folder).__enter__()) == refused
    assert answers(folder)[0] == "000002"


@contextmanager
def another_user() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root can take another user's place")
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_index_of_another_user_is_read_and_not_written() -> None:
    # pytest's own folders are closed to others.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        Path(name).chmod(0o755)
        write_files(folder, OLD)
        write_files(folder)
        with another_user():
            assert_reads_fully_and_refuses_to_write(folder, "Permission denied")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Mount a folder onto itself, for reading only, where this is allowed."""
    bound = subprocess.run(["mount", "--bind", folder, folder], capture_output=True, text=True)
    if bound.returncode:
        pytest.skip(f"nothing can be mounted here: {bound.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_an_index_on_a_disk_that_only_reads_is_read_and_not_written(folder: Path) -> None:
    write_files(folder, OLD)
    write_files(folder)
    with read_only(folder):
        assert_reads_fully_and_refuses_to_write(folder, "Read-only file system")
    assert write_files(folder).version == "000003"


# Faults and kills


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Have the system refuse to make a file longer than this. Python ignores the signal that comes with it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 300, 1000, 2500, 6000, 16000])
def test_a_file_that_the_system_refuses_leaves_the_index_in_use_untouched(folder: Path, size: int) -> None:
    write_files(folder, OLD)
    before = answers(folder)
    part = built(read(FILES))
    with largest_file(size):
        message = refusal(IndexWriteError, lambda: write(folder, part))
    assert message.startswith(f"{folder} cannot be written (")
    assert message.endswith("); the index in use is untouched; mend this and run again")
    assert (answers(folder), generations(folder)) == (before, ["000001"])
    assert write_files(folder).version == "000002"


def test_every_file_is_synced_before_the_generation_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(folder, OLD)
    kept = opened(folder).segments
    calls: list[tuple[str, int]] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(at: Any, *rest: Any) -> Any:
            calls.append((name, (os.fstat(at) if isinstance(at, int) else Path(at).stat()).st_ino))
            return call(at, *rest)

        return noting

    with monkeypatch.context() as patch:
        for call in ("fsync", "replace"):
            patch.setattr(os, call, noted(call, getattr(os, call)))
        write(folder, built(read({"c.html": HARBOUR})), keep=kept)
    new = folder / "generations" / "000002"
    moved = calls.index(("replace", new.stat().st_ino))
    named = calls.index(("replace", (folder / "CURRENT").stat().st_ino))
    shared = {path.stat().st_ino for path in (new / "000001-1").rglob("*") if path.is_file()}
    parts = {path.stat().st_ino for path in [new, *new.rglob("*")]} - shared
    assert len(parts) == 17  # of one segment 11 files and 2 folders, of the other 2 folders; the manifest; the whole
    assert {inode for name, inode in calls[:moved] if name == "fsync"} == parts
    assert calls[moved + 1 :] == [
        ("fsync", (folder / "generations").stat().st_ino),
        ("fsync", (folder / "CURRENT").stat().st_ino),
        calls[named],
        ("fsync", folder.stat().st_ino),
        ("fsync", (folder / "generations").stat().st_ino),
    ]


def test_a_generation_whose_passages_are_not_found_by_their_vectors_is_not_used(folder: Path) -> None:
    write_files(folder, OLD)
    before = answers(folder)
    part = built(read(FILES))
    message = refusal(IndexWriteError, lambda: write(folder, replace(part, vectors=part.vectors * 0.9)))
    assert message == "passage 0 of the new index is not found by its own vector; try again"
    assert (answers(folder), generations(folder)) == (before, ["000001"])


def test_one_passage_of_each_file_type_is_looked_for(folder: Path) -> None:
    part = built(read(FILES))
    html = next(row for row, p in enumerate(part.passages) if p.document_id == part.documents[2].id)
    vectors = part.vectors.copy()
    vectors[html] *= 0.9
    message = refusal(IndexWriteError, lambda: write(folder, replace(part, vectors=vectors)))
    assert message == f"passage {html} of the new index is not found by its own vector; try again"


def test_a_generation_that_is_taken_back_is_never_seen_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(folder, OLD)
    before = answers(folder)
    sync, unlink = disk.sync, os.unlink
    removed: list[object] = []

    def refuse_to_name(path: Path) -> None:
        if (path / "000002").exists():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        sync(path)

    def remove_three(path: Path) -> None:
        removed.append(path)
        if len(removed) > 3:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        unlink(path)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "sync", refuse_to_name)
        patch.setattr(os, "unlink", remove_three)
        assert "the index in use is untouched" in refusal(IndexWriteError, lambda: write_files(folder))
    assert (answers(folder), generations(folder)) == (before, [".new-000002", "000001"])
    assert write_files(folder).version == "000002"
    assert generations(folder) == ["000001", "000002"]


def test_what_is_not_committed_is_removed(folder: Path) -> None:
    write_files(folder, OLD)
    before = answers(folder)
    for fault in (KeyError("x"), KeyboardInterrupt()):
        with pytest.raises(type(fault)), store.lock(folder), store.draft(folder) as draft:
            draft.add(built(read()))
            assert generations(folder) == [".new-000002", "000001"]
            raise fault
        assert (answers(folder), generations(folder)) == (before, ["000001"])
    with store.lock(folder), store.draft(folder):
        pass
    assert (answers(folder), generations(folder)) == (before, [".new-000002", "000001"])
    assert write_files(folder).version == "000002"


def test_what_a_killed_writer_left_is_removed_by_the_next_write(folder: Path) -> None:
    write_files(folder, OLD)
    leftover = folder / "generations" / ".new-x"
    (leftover / "000009-1" / "lexical").mkdir(parents=True)
    (leftover / "000009-1" / "vectors.npy").write_bytes(b"half")
    (leftover / "elsewhere").symlink_to(folder)
    (folder / "CURRENT.new").write_text("0000")
    (folder / "CURRENT.before").write_text("0000")
    assert answers(folder)[0] == "000001"
    assert write_files(folder).version == "000002"
    assert generations(folder) == ["000001", "000002"]
    assert sorted(path.name for path in folder.iterdir()) == ["CURRENT", "generations", "lock"]


WRITER = """
    import sys
    from pathlib import Path
    from small_collection import FILES, built, read, write
    from test_store import OLD
    parts = [built(read(FILES)), built(read(OLD))]
    print("ready", flush=True)
    while True:
        for part in parts:
            write(Path(sys.argv[1]), part)
"""


@pytest.mark.parametrize("seed", range(5))
def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(folder: Path, seed: int) -> None:
    write_files(folder, OLD)
    wanted = [[passage.text for passage in built(read(files)).passages] for files in (FILES, OLD)]
    writer = python(WRITER, str(folder))
    time.sleep(random.Random(seed).uniform(0.01, 0.4))
    kill(writer)
    generation = opened(folder)
    version = int(generation.version)
    assert texts(generation) == wanted[version % 2]
    assert int(write_files(folder).version) > version
    assert not [name for name in generations(folder) if not name.isdigit()]


def test_an_index_of_format_2_is_opened_and_rewritten_by_its_first_operating_point(folder: Path) -> None:
    write_files(folder)
    path = folder / "generations" / "000001" / "manifest.json"
    fields = json.loads(path.read_text("utf-8"))
    for newer in ("sha256", "operating_point", "dropped"):
        del fields[newer]
    body = json.dumps({**fields, "format": 2}, ensure_ascii=False, sort_keys=True)[1:]
    path.write_text(f'{{"sha256": "{hashlib.sha256(body.encode()).hexdigest()}", {body}', "utf-8")
    (folder / "CURRENT").write_text(f"000001 {disk.stored(path).sha256}\n")
    assert (opened(folder).manifest.format, opened(folder).manifest.operating_point) == (2, None)
    assert set_point(folder, POINT).format == FORMAT == 5
    assert opened(folder).manifest.operating_point == POINT


# An operating point of its own


def set_point(folder: Path, point: OperatingPoint | None, *, retain: int = 1) -> Manifest:
    with store.lock(folder):
        return store.set_operating_point(folder, point, RECIPE, retain=retain)


def inodes(folder: Path, version: str) -> dict[str, int]:
    """Return the inode of every file of a generation's segments."""
    home = folder / "generations" / version
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "manifest.json"]
    return {path.relative_to(home).as_posix(): path.stat().st_ino for path in files}


def test_an_operating_point_is_a_generation_that_shares_every_file_but_its_manifest(folder: Path) -> None:
    before = write_files(folder, OLD, {"c.html": HARBOUR})
    manifest = set_point(folder, POINT)
    assert manifest == replace(
        before,
        version="000002",
        created=manifest.created,
        reused=before.passages,
        operating_point=POINT,
    )
    assert opened(folder).manifest == manifest
    assert inodes(folder, "000002") == inodes(folder, "000001")
    assert {name.split("/")[0] for name in inodes(folder, "000002")} == {"000001-1", "000001-2"}


def test_what_is_open_is_not_opened_again_for_an_operating_point(folder: Path) -> None:
    write_files(folder)
    before = opened(folder)
    set_point(folder, POINT)
    after, _ = store.open_sound(folder, RECIPE, before.segments)
    assert after.segments == before.segments
    assert (before.manifest.operating_point, after.manifest.operating_point) == (None, POINT)


def test_a_rollback_undoes_an_operating_point(folder: Path) -> None:
    write_files(folder)
    set_point(folder, POINT)
    with store.lock(folder):
        assert store.roll_back(folder).operating_point is None
    assert answers(folder)[0] == "000001"


def test_an_operating_point_removes_no_more_generations_than_a_rebuild(folder: Path) -> None:
    write_files(folder)
    write_files(folder)
    set_point(folder, POINT)
    assert generations(folder) == ["000002", "000003"]


def test_the_point_in_use_is_not_written_again(folder: Path) -> None:
    write_files(folder)
    first = set_point(folder, POINT)
    assert set_point(folder, POINT) == first
    assert generations(folder) == ["000001", "000002"]


def test_the_shipped_point_is_put_into_use_again(folder: Path) -> None:
    before = write_files(folder)
    assert set_point(folder, None) == before
    set_point(folder, POINT)
    manifest = set_point(folder, None)
    assert (manifest.version, manifest.operating_point, manifest.dropped) == ("000003", None, None)


def test_a_point_of_another_recipe_is_refused(folder: Path) -> None:
    write_files(folder)
    other = replace(RECIPE, fingerprint="1" * 64, model="others")
    with store.lock(folder):
        said = refusal(IndexMismatchError, lambda: store.set_operating_point(folder, POINT, other, retain=1))
    assert said.startswith(f"{folder} was built by words (00000000); this service uses others (11111111)")
    assert generations(folder) == ["000001"]


def test_a_damaged_index_is_given_no_operating_point(folder: Path) -> None:
    write_files(folder)
    path = spoil(folder, "000001")
    assert refusal(IndexDamagedError, lambda: set_point(folder, POINT)).startswith(f"{path} ")
    assert generations(folder) == ["000001"]


def test_a_check_names_the_operating_point_of_each_generation(folder: Path) -> None:
    write_files(folder)
    set_point(folder, POINT)
    assert store.check(folder) == [
        store.Verdict("000002", True, None, POINT),
        store.Verdict("000001", False, None, None),
    ]


def test_the_newest_manifest_stands_in_for_one_that_is_lost(folder: Path) -> None:
    assert store.newest_manifest(folder) is None
    write_files(folder)
    second = set_point(folder, POINT)
    assert store.newest_manifest(folder) == second
    name(folder, "000001")
    assert store.newest_manifest(folder) == store.read_manifest(folder, "000001")
    (folder / "CURRENT").write_bytes(b"7.5")
    assert store.newest_manifest(folder) == second
