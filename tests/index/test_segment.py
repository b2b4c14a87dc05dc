"""A segment as it is written, shared and opened."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alliance_qa.errors import IndexDamagedError, SettingsError
from alliance_qa.index import disk, segment
from alliance_qa.index.disk import StoredFile
from alliance_qa.index.manifest import SegmentInfo
from alliance_qa.index.part import Part
from alliance_qa.index.segment import Segment
from small_collection import FILES, built, read

pytestmark = pytest.mark.usefixtures("unsynced")


@pytest.fixture(scope="module")
def part() -> Part:
    return built(read())


@pytest.fixture
def written(tmp_path: Path, part: Part) -> SegmentInfo:
    return segment.write(tmp_path / "000001-1", part)


def assert_holds(found: Segment, part: Part) -> None:
    rows = range(len(part.passages))
    assert found.corpus.documents() == list(part.documents)
    assert found.corpus.passages(rows) == list(part.passages)
    assert found.corpus.vectors.tobytes() == part.vectors.tobytes()
    assert [found.dense.search(part.vectors[row], 1, None)[1].tolist() for row in rows] == [[row] for row in rows]
    assert found.postings.find("mapl")[0].tolist() == [2]


def files_in(folder: Path) -> dict[str, StoredFile]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): disk.stored(path) for path in paths}


def test_a_segment_says_what_it_holds(tmp_path: Path, written: SegmentInfo) -> None:
    assert (written.name, written.documents, written.passages, written.sentences) == ("000001-1", 3, 5, 8)
    assert (written.dense, written.dense_parameters, written.recall) == ("Flat", "", 1.0)
    assert written.files == files_in(tmp_path / "000001-1")


def test_what_was_written_is_what_is_opened(tmp_path: Path, written: SegmentInfo, part: Part) -> None:
    found = segment.open_segment(tmp_path / "000001-1", written)
    assert found.info == written
    assert_holds(found, part)


def test_the_same_part_is_written_in_the_same_bytes(tmp_path: Path, written: SegmentInfo, part: Part) -> None:
    assert segment.write(tmp_path / "000002-1", part).files == written.files


def test_another_kind_of_dense_index_is_written_and_told(tmp_path: Path, part: Part) -> None:
    info = segment.write(tmp_path / "s", part, factory="SQ8")
    assert info.dense == "SQ8"
    assert_holds(segment.open_segment(tmp_path / "s", info), part)


def test_a_dense_index_that_cannot_be_built_writes_nothing(tmp_path: Path, part: Part) -> None:
    with pytest.raises(SettingsError):
        segment.write(tmp_path / "s", part, factory="nothing")
    assert list(tmp_path.iterdir()) == []


def test_a_segment_is_not_written_over_another(tmp_path: Path, written: SegmentInfo, part: Part) -> None:
    with pytest.raises(FileExistsError):
        segment.write(tmp_path / "000001-1", part)
    assert written.files == files_in(tmp_path / "000001-1")


@pytest.mark.parametrize("files", [{}, {"only.md": b"# Only a heading\n"}])
def test_a_segment_without_passages_is_opened(tmp_path: Path, files: dict[str, bytes]) -> None:
    part = built(read(files))
    info = segment.write(tmp_path / "s", part)
    found = segment.open_segment(tmp_path / "s", info)
    assert (len(found.corpus), len(found.dense), len(found.postings)) == (0, 0, 0)
    assert found.corpus.documents() == list(part.documents)
    assert found.dense.search(np.ones(64, np.float32), 3, None)[1].tolist() == []
    assert found.postings.find("head")[0].tolist() == []


def test_a_shared_segment_has_the_same_files(tmp_path: Path, written: SegmentInfo, part: Part) -> None:
    segment.link(written, tmp_path / "000001-1", tmp_path / "again")
    assert files_in(tmp_path / "again") == written.files
    for name in written.files:
        one, other = ((tmp_path / folder / name).stat() for folder in ("000001-1", "again"))
        assert (one.st_ino, one.st_nlink) == (other.st_ino, 2)
    disk.remove(tmp_path / "000001-1")
    assert_holds(segment.open_segment(tmp_path / "again", written), part)


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP])
def test_where_there_are_no_links_a_segment_is_copied(
    tmp_path: Path, written: SegmentInfo, part: Part, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(source: object, target: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    segment.link(written, tmp_path / "000001-1", tmp_path / "again")
    assert files_in(tmp_path / "again") == written.files
    assert {(tmp_path / "again" / name).stat().st_nlink for name in written.files} == {1}
    assert_holds(segment.open_segment(tmp_path / "again", written), part)


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IndexDamagedError, match="pipe is damaged: expected 0 bytes, found 0"):
        segment.require(tmp_path / "pipe", StoredFile(0, hashlib.sha256().hexdigest()))


def test_files_of_another_segment_are_refused(tmp_path: Path, written: SegmentInfo) -> None:
    other = segment.write(tmp_path / "other", built(read({"b.txt": FILES["b.txt"]})))
    with pytest.raises(IndexDamagedError, match=r"corpus\.sqlite is damaged: expected SHA-256 .*, found "):
        segment.open_segment(tmp_path / "other", written)
    assert len(segment.open_segment(tmp_path / "other", other).corpus) == 1


def test_other_counts_than_were_written_are_refused(tmp_path: Path, written: SegmentInfo) -> None:
    with pytest.raises(IndexDamagedError, match="000001-1 holds other counts than its manifest; run"):
        segment.open_segment(tmp_path / "000001-1", replace(written, passages=6))


@pytest.mark.parametrize("name", ["dense.faiss", "sentences.npy", "vectors.npy", "lexical/rows.npy"])
@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\0" * 4096])
def test_what_agrees_with_its_checksum_and_is_no_segment_is_refused(
    tmp_path: Path, written: SegmentInfo, name: str, content: bytes
) -> None:
    """As a program of another version may leave it: whole, and unreadable."""
    path = tmp_path / "000001-1" / name
    path.write_bytes(content)
    info = replace(written, files={**written.files, name: disk.stored(path)})
    with pytest.raises(IndexDamagedError) as caught:
        segment.open_segment(tmp_path / "000001-1", info)
    assert "\n" not in str(caught.value)


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, written: SegmentInfo) -> None:
    """The checksum is of no file that is there."""
    (tmp_path / "000001-1" / "lexical" / "rows.npy").rename(tmp_path / "elsewhere")
    (tmp_path / "000001-1" / "lexical" / "rows.npy").symlink_to(tmp_path / "000001-1" / "lexical" / "rows.npy")
    with pytest.raises(IndexDamagedError) as caught:
        segment.open_segment(tmp_path / "000001-1", written)
    assert str(caught.value) == (
        f"{tmp_path}/000001-1/lexical/rows.npy cannot be read (Too many levels of symbolic links); "
        'run "alliance-qa index" to mend it'
    )
