"""Generations on disk: what a reader opens, what is refused, and what a fault or a kill leaves behind."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alliance_qa import index
from alliance_qa.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IndexWriteError,
)
from alliance_qa.index import Generation
from alliance_qa.manifest import Manifest
from edges.embedder import WordEmbedder
from small_collection import FILES, GARDENS, LIGHTHOUSE, RECIPE, built, read

OLD = {"a.md": LIGHTHOUSE, "b.txt": GARDENS}
FILE_NAMES = ["corpus.sqlite", "dense.faiss", "sentences.npy", "vectors.npy"]
QUESTION = "When was the harbour dug by engineers from France?"


def write(folder: Path, files: dict[str, bytes] = FILES, *, retain: int = 1) -> Manifest:
    with index.lock(folder):
        return index.write(folder, built(read(files)), retain=retain)


@contextmanager
def opened(folder: Path) -> Iterator[Generation]:
    generation = index.open_current(folder, RECIPE)
    try:
        yield generation
    finally:
        generation.corpus.close()


def answers(folder: Path) -> tuple[str, list[str], list[float], list[float]]:
    """Return the version, the passages nearest to a question, and what both searches score them."""
    with opened(folder) as generation:
        cosines, rows = generation.dense.search(WordEmbedder().embed_question(QUESTION), 3, None)
        texts = [passage.text for passage in generation.corpus.passages(rows.tolist())]
        return generation.version, texts, cosines.tolist(), generation.lexical.scores(["harbour", "keeper"]).tolist()


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "generations").iterdir())


def all_files(folder: Path) -> list[str]:
    generation = folder / "generations" / index.current(folder)
    return sorted(path.relative_to(generation).as_posix() for path in generation.rglob("*") if path.is_file())


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
    build = built(read())
    with index.lock(folder):
        written = index.write(folder, build)
    with opened(folder) as generation:
        assert generation.manifest == written
        assert generation.corpus.passages(range(len(build.passages))) == list(build.passages)
        assert (len(generation.corpus), len(generation.dense)) == (len(build.passages), len(build.passages))
        assert generation.corpus.vectors(range(len(build.passages))).tolist() == build.vectors.tolist()


def test_every_passage_is_found_by_its_own_vector(folder: Path) -> None:
    write(folder)
    with opened(folder) as generation:
        rows = range(len(generation.corpus))
        found = [generation.dense.search(generation.corpus.vectors([row])[0], 1, None)[1].tolist() for row in rows]
    assert found == [[row] for row in rows]


def test_a_term_scores_the_passages_that_hold_it(folder: Path) -> None:
    write(folder)
    with opened(folder) as generation:
        passages = generation.corpus.passages(range(len(generation.corpus)))
        scores = generation.lexical.scores(["mapl"]).tolist()
    assert [score > 0 for score in scores] == ["maples" in passage.text for passage in passages]
    assert any(scores)


def test_current_names_the_generation_in_use(folder: Path) -> None:
    write(folder)
    assert (folder / "CURRENT").read_text("ascii") == "000001\n"
    assert (index.current(folder), index.read_manifest(folder).version) == ("000001", "000001")


def test_generation_numbers_grow(folder: Path) -> None:
    assert [write(folder).version for _ in range(3)] == ["000001", "000002", "000003"]
    assert index.current(folder) == "000003"


@pytest.mark.parametrize(
    ("retain", "left"),
    [(0, ["000004"]), (1, ["000003", "000004"]), (2, ["000002", "000003", "000004"])],
)
def test_as_many_earlier_generations_stay_as_are_retained(folder: Path, retain: int, left: list[str]) -> None:
    for _ in range(4):
        write(folder, retain=retain)
    assert generations(folder) == left


def test_a_number_is_not_used_again_after_a_rollback(folder: Path) -> None:
    write(folder, OLD)
    write(folder)
    (folder / "CURRENT").write_text("000001\n")
    assert answers(folder)[0] == "000001"
    assert write(folder).version == "000003"


def test_a_reader_keeps_a_generation_that_was_pruned(folder: Path) -> None:
    write(folder, OLD)
    with opened(folder) as generation:
        before = generation.corpus.passages(range(len(generation.corpus)))
        for _ in range(2):
            write(folder, retain=0)
        assert generations(folder) == ["000003"]
        assert generation.corpus.passages(range(len(generation.corpus))) == before
        assert generation.corpus.vectors([0]).shape == (1, 64)


def test_the_manifest_names_every_other_file(folder: Path) -> None:
    manifest = write(folder)
    assert sorted(["manifest.json", *manifest.files]) == all_files(folder)
    assert [name for name in manifest.files if not name.startswith("lexical/")] == FILE_NAMES
    assert manifest.documents == 3
    assert [(state.path, state.reason) for state in manifest.sources] == [
        ("a.md", None),
        ("b.txt", None),
        ("c.html", None),
    ]


# What is refused


def test_no_index_tells_the_command(folder: Path) -> None:
    message = refusal(IndexMissingError, lambda: index.open_current(folder, RECIPE))
    assert message == f'no index in {folder}; run "alliance-qa index" first'


@pytest.mark.parametrize("text", [b"", b"latest\n", b"../000001\n", b"\xff\n", b"-1\n", b"1 2"])
def test_a_current_that_names_no_generation_is_damage(folder: Path, text: bytes) -> None:
    write(folder)
    (folder / "CURRENT").write_bytes(text)
    assert f"{folder}/CURRENT" in refusal(IndexDamagedError, lambda: index.open_current(folder, RECIPE))


def test_a_generation_that_is_gone_is_damage(folder: Path) -> None:
    write(folder)
    (folder / "CURRENT").write_text("000009\n")
    message = refusal(IndexDamagedError, lambda: index.open_current(folder, RECIPE))
    assert message == f'{folder}/generations/000009/manifest.json is damaged; run "alliance-qa index" again'


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize("harm", [flip, truncate, Path.unlink], ids=["flip", "truncate", "remove"])
def test_a_harmed_file_is_named(folder: Path, harm: Callable[[Path], None]) -> None:
    files = sorted(write(folder).files)
    assert len(files) > len(FILE_NAMES)
    for name in files:
        path = folder / "generations" / "000001" / name
        whole = path.read_bytes()
        harm(path)
        message = refusal(IndexDamagedError, lambda: index.open_current(folder, RECIPE))
        assert message.startswith(f"{path} ")
        assert message.endswith('run "alliance-qa index --full"')
        path.write_bytes(whole)
    assert answers(folder)[0] == "000001"


@pytest.mark.parametrize(
    "harm",
    [
        truncate,
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"[]"),
        lambda path: path.write_bytes(b"null"),
        lambda path: path.write_bytes(b"{}"),
        lambda path: path.write_bytes(b"\xff" + path.read_bytes()),
    ],
    ids=["truncated", "removed", "empty", "list", "null", "object", "not UTF-8"],
)
def test_a_harmed_manifest_is_named(folder: Path, harm: Callable[[Path], Any]) -> None:
    write(folder)
    path = folder / "generations" / "000001" / "manifest.json"
    harm(path)
    message = refusal(IndexDamagedError, lambda: index.open_current(folder, RECIPE))
    assert message == f'{path} is damaged; run "alliance-qa index" again'


def test_any_flipped_byte_of_the_manifest_is_refused_or_harmless(folder: Path) -> None:
    write(folder)
    expected = answers(folder)[1:]
    path = folder / "generations" / "000001" / "manifest.json"
    whole = path.read_bytes()
    refused = 0
    for at in random.Random(7).sample(range(len(whole)), 250):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            assert answers(folder)[1:] == expected
        except (IndexDamagedError, IndexMismatchError):
            refused += 1
    assert refused > 125


def test_another_model_is_refused_with_both_names(folder: Path) -> None:
    write(folder)
    wanted = replace(RECIPE, model="model-b", fingerprint="1" * 64, dimension=768)
    message = refusal(IndexMismatchError, lambda: index.open_current(folder, wanted))
    assert message == (
        f"{folder} was built by words (dimension 64, 00000000); this service uses model-b (dimension 768, 11111111); "
        'run "alliance-qa index" again'
    )


def test_the_same_model_with_another_prompt_is_refused(folder: Path) -> None:
    write(folder)
    wanted = replace(RECIPE, fingerprint="2" * 64)
    message = refusal(IndexMismatchError, lambda: index.open_current(folder, wanted))
    assert "built by words (dimension 64, 00000000); this service uses words (dimension 64, 22222222)" in message


def test_other_passages_are_refused_with_both_sizes(folder: Path) -> None:
    write(folder)
    wanted = replace(RECIPE, passage_tokens=80, splitter="s 2")
    message = refusal(IndexMismatchError, lambda: index.open_current(folder, wanted))
    assert message == (
        f'{folder} was split by s 1 into 40 tokens; this service uses s 2 and 80; run "alliance-qa index" again'
    )


def test_vectors_of_another_length_are_refused(folder: Path) -> None:
    write(folder)
    message = refusal(IndexMismatchError, lambda: index.open_current(folder, replace(RECIPE, dimension=65)))
    assert "built by words (dimension 64, 00000000); this service uses words (dimension 65, 00000000)" in message


@pytest.mark.parametrize("change", [{"passage_tokens": 41}, {"splitter": "s 2"}])
def test_each_part_of_the_splitting_is_compared(folder: Path, change: dict[str, Any]) -> None:
    write(folder)
    assert "was split by" in refusal(IndexMismatchError, lambda: index.open_current(folder, replace(RECIPE, **change)))


def test_another_format_is_refused_before_its_files_are_read(folder: Path) -> None:
    write(folder)
    generation = folder / "generations" / "000001"
    (generation / "manifest.json").write_text(json.dumps({"format": 999, "new": True}))
    message = refusal(IndexMismatchError, lambda: index.open_current(folder, RECIPE))
    assert message == f'{generation} has format 999; this version reads format 1; run "alliance-qa index" again'


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
        from alliance_qa import index
        with index.lock(Path(sys.argv[1])):
            print("ready", flush=True)
            time.sleep(600)
        """,
        str(folder),
    )
    try:
        began = time.monotonic()
        message = refusal(IndexBusyError, lambda: write(folder))
        assert time.monotonic() - began < 1
        assert message == f"process {holder.pid} is writing {folder}; try again when it has ended"
    finally:
        kill(holder)
    assert write(folder).version == "000001"


def test_a_refused_writer_does_not_take_the_holders_name(folder: Path) -> None:
    with index.lock(folder):
        for _ in range(2):
            assert f"process {os.getpid()} is writing" in refusal(IndexBusyError, lambda: write(folder))


def test_the_name_of_an_earlier_holder_is_wiped(folder: Path) -> None:
    folder.mkdir()
    (folder / "lock").write_text("1234567890123\n2\n")
    with index.lock(folder):
        assert (folder / "lock").read_text() == f"{os.getpid()}\n"
        assert f"process {os.getpid()} is writing {folder};" in refusal(IndexBusyError, lambda: write(folder))


def test_the_lock_is_free_after_a_failure(folder: Path) -> None:
    with pytest.raises(KeyError), index.lock(folder):
        raise KeyError
    assert write(folder).version == "000001"


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    message = refusal(IndexWriteError, lambda: write(tmp_path / "file" / "index"))
    assert message == (
        f"{tmp_path}/file/index cannot be written (Not a directory); the index in use is untouched; "
        "mend this and run again"
    )


# Faults and kills


fsync = os.fsync


class FullDisk:
    """Refuses the k-th of the calls that make a generation last, or every sync from there on."""

    def __init__(self, patch: pytest.MonkeyPatch, at: int, *, for_good: bool = False) -> None:
        self._left, self._for_good = at, for_good
        for name in ("fsync", "rename", "replace"):
            patch.setattr(os, name, self._counted(getattr(os, name)))

    @property
    def refused(self) -> bool:
        return self._left <= 0

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 or (self._for_good and self._left < 0 and call is fsync):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*arguments)

        return counted


def fail_at(folder: Path, at: int, *, for_good: bool = False) -> bool:
    """Write while the k-th call is refused; return whether it came to that."""
    with pytest.MonkeyPatch.context() as patch:
        disk = FullDisk(patch, at, for_good=for_good)
        try:
            write(folder)
        except IndexWriteError as error:
            assert str(error) == (
                f"{folder} cannot be written (No space left on device); the index in use is untouched; "
                "mend this and run again"
            )
            assert disk.refused
            return True
        assert not disk.refused
        return False


@pytest.mark.parametrize("for_good", [False, True])
def test_a_refused_write_leaves_the_index_in_use_untouched(folder: Path, for_good: bool) -> None:
    write(folder, OLD)
    before, files = answers(folder), all_files(folder)
    at = 1
    while fail_at(folder, at, for_good=for_good):
        assert answers(folder) == before, at
        assert (generations(folder), all_files(folder)) == (["000001"], files), at
        at += 1
    assert at > len(files) + 4  # every file and folder is synced, then two moves and their folders
    assert answers(folder)[1][0].startswith("The harbour was dug in 1865")


def test_after_a_refused_write_the_next_one_succeeds(folder: Path) -> None:
    at, failed = 1, True
    while failed:
        fresh = folder / str(at)
        write(fresh, OLD)
        failed = fail_at(fresh, at)
        if failed:
            assert write(fresh).version == "000002", at
        assert answers(fresh)[1][0].startswith("The harbour was dug in 1865"), at
        assert generations(fresh) == ["000001", "000002"], at
        at += 1


@pytest.mark.parametrize("for_good", [False, True])
def test_a_refused_first_write_leaves_no_index(folder: Path, for_good: bool) -> None:
    at = 1
    while fail_at(folder, at, for_good=for_good):
        assert refusal(IndexMissingError, lambda: index.current(folder)).startswith("no index in")
        assert generations(folder) == [], at
        at += 1
    assert index.current(folder) == "000001"


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
    """NumPy, SQLite, FAISS and bm25s each say it in their own way."""
    write(folder, OLD)
    before = answers(folder)
    build = built(read(FILES))
    with index.lock(folder), largest_file(size):
        message = refusal(IndexWriteError, lambda: index.write(folder, build))
    assert message.startswith(f"{folder} cannot be written (")
    assert message.endswith("); the index in use is untouched; mend this and run again")
    assert (answers(folder), generations(folder)) == (before, ["000001"])
    assert write(folder).version == "000002"


def test_every_file_is_synced_before_the_generation_is_named(folder: Path) -> None:
    write(folder, OLD)
    build = built(read(FILES))
    calls: list[tuple[str, int]] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(at: Any, *rest: Any) -> Any:
            calls.append((name, (os.fstat(at) if isinstance(at, int) else Path(at).stat()).st_ino))
            return call(at, *rest)

        return noting

    with index.lock(folder), pytest.MonkeyPatch.context() as patch:
        for name in ("fsync", "rename", "replace"):
            patch.setattr(os, name, noted(name, getattr(os, name)))
        index.write(folder, build)
    new = folder / "generations" / "000002"
    moved = calls.index(("rename", new.stat().st_ino))
    named = calls.index(("replace", (folder / "CURRENT").stat().st_ino))
    parts = {path.stat().st_ino for path in [new, *new.rglob("*")]}
    assert {inode for name, inode in calls[:moved] if name == "fsync"} == parts
    assert calls[moved + 1 :] == [
        ("fsync", (folder / "generations").stat().st_ino),
        ("fsync", (folder / "CURRENT").stat().st_ino),
        calls[named],
        ("fsync", folder.stat().st_ino),
    ]


def test_a_generation_whose_passages_are_not_found_by_their_vectors_is_not_used(folder: Path) -> None:
    write(folder, OLD)
    before = answers(folder)
    build = built(read(FILES))
    with index.lock(folder):
        message = refusal(IndexWriteError, lambda: index.write(folder, replace(build, vectors=build.vectors * 0.9)))
    assert message == "passage 0 of the new index is not found by its own vector; try again"
    assert (answers(folder), generations(folder)) == (before, ["000001"])


def test_one_passage_of_each_file_type_is_looked_for(folder: Path) -> None:
    build = built(read(FILES))
    html = next(row for row, p in enumerate(build.passages) if p.document_id == build.documents[2].id)
    vectors = build.vectors.copy()
    vectors[html] *= 0.9
    with index.lock(folder):
        message = refusal(IndexWriteError, lambda: index.write(folder, replace(build, vectors=vectors)))
    assert message == f"passage {html} of the new index is not found by its own vector; try again"


def test_what_a_killed_writer_left_is_removed_by_the_next_write(folder: Path) -> None:
    write(folder, OLD)
    leftover = folder / "generations" / ".new-x"
    (leftover / "lexical").mkdir(parents=True)
    (leftover / "vectors.npy").write_bytes(b"half")
    (folder / "CURRENT.new").write_text("0000")
    assert answers(folder)[0] == "000001"
    assert write(folder).version == "000002"
    assert generations(folder) == ["000001", "000002"]
    assert sorted(path.name for path in folder.iterdir()) == ["CURRENT", "generations", "lock"]


WRITER = """
    import sys
    from pathlib import Path
    from alliance_qa import index
    from small_collection import FILES, built, read
    from test_index import OLD
    folder = Path(sys.argv[1])
    builds = [built(read(FILES)), built(read(OLD))]
    with index.lock(folder):
        print("ready", flush=True)
        while True:
            for build in builds:
                index.write(folder, build)
"""


@pytest.mark.parametrize("seed", range(5))
def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(folder: Path, seed: int) -> None:
    write(folder, OLD)
    texts = [[passage.text for passage in built(read(files)).passages] for files in (FILES, OLD)]
    writer = python(WRITER, str(folder))
    time.sleep(random.Random(seed).uniform(0.01, 0.4))
    kill(writer)
    with opened(folder) as generation:
        found = [passage.text for passage in generation.corpus.passages(range(len(generation.corpus)))]
        version = int(generation.version)
    assert found == texts[int(version) % 2]
    assert int(write(folder).version) > version
    assert not [name for name in generations(folder) if not name.isdigit()]
