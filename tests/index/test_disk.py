"""The operations by which the index folder changes."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alliance_qa.index import disk
from alliance_qa.index.disk import StoredFile


def refuse(number: int) -> Callable[..., Any]:
    def refusing(*arguments: Any, **keywords: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return refusing


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_file_holds_its_parts_one_after_another(tmp_path: Path) -> None:
    written = disk.write(tmp_path / "a", b"one ", memoryview(b"two"), b"")
    assert (tmp_path / "a").read_bytes() == b"one two"
    assert written == StoredFile(7, hashlib.sha256(b"one two").hexdigest()) == disk.stored(tmp_path / "a")


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    assert disk.write(tmp_path / "a") == StoredFile(0, hashlib.sha256(b"").hexdigest()) == disk.stored(tmp_path / "a")


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(FileExistsError):
        disk.write(tmp_path / "a", b"after")
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_disk_that_takes_a_little_at_a_time_gets_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:3]))
    written = disk.write(tmp_path / "a", b"0123456789")
    monkeypatch.undo()
    assert written == disk.stored(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_large_file_is_written_in_several_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = os.write
    monkeypatch.setattr(disk, "_AT_ONCE", 1000)

    def noting(handle: int, data: memoryview) -> int:
        sizes.append(len(data))
        return write(handle, data)

    monkeypatch.setattr(os, "write", noting)
    written = disk.write_array(tmp_path / "a", np.arange(600, dtype=np.float32))
    monkeypatch.undo()
    assert sizes == [128, 1000, 1000, 400]
    assert written == disk.stored(tmp_path / "a")


def test_a_file_is_synced_after_its_last_byte_and_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*arguments: Any) -> Any:
            calls.append(name)
            return call(*arguments)

        return noting

    for name in ("write", "fsync", "close"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    disk.write(tmp_path / "a", b"one", b"two")
    monkeypatch.undo()
    assert calls == ["write", "write", "fsync", "close"]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_refused_write_closes_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    before = open_handles()
    monkeypatch.setattr(os, call, refuse(errno.ENOSPC))
    with pytest.raises(OSError, match="No space left on device"):
        disk.write(tmp_path / "a", b"content")
    monkeypatch.undo()
    assert open_handles() == before


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4),
        np.arange(12, dtype=np.float16).reshape(3, 4).T,
        np.arange(12, dtype=np.int32)[::3],
        np.asfortranarray(np.arange(12, dtype=np.int64).reshape(3, 4)),
        np.empty((0, 64), np.float32),
        np.empty(0, np.uint8),
        np.frombuffer(b"read only", np.uint8),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_an_array_comes_back_equal_in_the_bytes_that_numpy_saves(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    written = disk.write_array(tmp_path / "a.npy", array)
    for mode in (None, "r"):
        found = np.load(tmp_path / "a.npy", mmap_mode=mode, allow_pickle=False)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        assert np.array_equal(found, array)
    saved = io.BytesIO()
    np.save(saved, np.ascontiguousarray(array))
    assert (tmp_path / "a.npy").read_bytes() == saved.getvalue()
    assert written == disk.stored(tmp_path / "a.npy")


def test_a_link_is_the_same_file(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"content")
    disk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").stat().st_ino == (tmp_path / "b").stat().st_ino


@pytest.mark.parametrize(
    "number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS]
)
def test_where_there_are_no_links_a_file_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    disk.write(tmp_path / "a", b"content")
    monkeypatch.setattr(os, "link", refuse(number))
    disk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"content"
    assert (tmp_path / "a").stat().st_ino != (tmp_path / "b").stat().st_ino


def test_a_copy_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.write(tmp_path / "a", b"content")
    synced: list[int] = []
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    disk.link(tmp_path / "a", tmp_path / "b")
    assert synced == [(tmp_path / "b").stat().st_ino]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
def test_any_other_refusal_to_link_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    disk.write(tmp_path / "a", b"content")
    monkeypatch.setattr(os, "link", refuse(number))
    with pytest.raises(OSError) as caught:
        disk.link(tmp_path / "a", tmp_path / "b")
    assert caught.value.errno == number
    assert not (tmp_path / "b").exists()


def test_a_link_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"content")
    disk.write(tmp_path / "b", b"other")
    with pytest.raises(FileExistsError):
        disk.link(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"other"


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    disk.make_folder(tmp_path / "a")
    disk.write(tmp_path / "a" / "b", b"content")
    disk.make_folder(tmp_path / "a")
    assert (tmp_path / "a" / "b").read_bytes() == b"content"


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"content")
    with pytest.raises(FileExistsError):
        disk.make_folder(tmp_path / "a")


def test_a_rename_takes_the_place_of_a_file(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"new")
    disk.write(tmp_path / "b", b"old")
    disk.rename(tmp_path / "a", tmp_path / "b")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("b", b"new")]


def test_a_folder_that_is_not_there_is_not_synced(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        disk.sync(tmp_path / "absent")
    disk.write(tmp_path / "file", b"")
    with pytest.raises(NotADirectoryError):
        disk.sync(tmp_path / "file")


def test_a_refused_sync_closes_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_handles()
    monkeypatch.setattr(os, "fsync", refuse(errno.EIO))
    with pytest.raises(OSError):
        disk.sync(tmp_path)
    monkeypatch.undo()
    assert open_handles() == before


def test_a_folder_goes_with_all_that_is_in_it_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    inside = tmp_path / "inside"
    (inside / "a" / "b").mkdir(parents=True)
    (inside / "a" / "file").write_text("")
    (inside / "to folder").symlink_to(outside)
    (inside / "a" / "to file").symlink_to(outside / "kept")
    (inside / "a" / "to nothing").symlink_to(tmp_path / "absent")
    os.mkfifo(inside / "pipe")
    disk.remove(inside)
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert (outside / "kept").read_text() == "kept"


def test_a_link_goes_without_what_it_leads_to(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    disk.remove(link)
    assert folder.is_dir()
    assert not link.is_symlink()


def test_a_file_goes(tmp_path: Path) -> None:
    disk.write(tmp_path / "a", b"content")
    disk.remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    disk.remove(tmp_path / "absent")
    disk.remove(tmp_path / "absent" / "deeper")


@pytest.mark.parametrize("call", ["unlink", "rmdir"])
def test_a_refusal_to_remove_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("")
    monkeypatch.setattr(os, call, refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        disk.remove(tmp_path / "a")


def test_nothing_but_disk_changes_the_index_folder() -> None:
    """So that a test that stands in for its operations sees all of them. The lock has no content to lose."""
    rooms = Path(disk.__file__).parents[1]
    modules = [path for room in ("index", "building") for path in sorted((rooms / room).glob("*.py"))]
    changing = (".write_bytes(", ".write_text(", ".unlink(", ".rename(", ".replace(", ".touch(", "shutil.", "np.save")
    for path in [path for path in modules if path.name != "disk.py"]:
        lines = path.read_text("utf-8").replace("disk.rename(", "").splitlines()
        found = [line for line in lines if any(call in line for call in changing) and ".isoformat()" not in line]
        assert found == [], path
