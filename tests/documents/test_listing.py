from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.documents import Skipped
from alliance_qa.errors import DocumentError, Failure

NOT_READ = f"has a suffix that is not read ({', '.join(sorted(documents.SUFFIXES))} are)"


def test_files_are_listed_by_their_path_below_the_folder(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.MD", "a/README.md", "a-b.html", "c.htm"):
        _write(tmp_path / name)
    listing = documents.files(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in listing.files] == [
        "a-b.html",
        "a/README.md",
        "a/z.MD",
        "b.txt",
        "c.htm",
    ]
    assert listing.skipped == ()


def test_what_is_skipped_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    outside = _write(tmp_path / "outside.txt")
    kept = _write(folder / "kept.txt")
    _write(folder / ".hidden.txt")
    _write(folder / ".git" / "config.txt")
    _write(folder / "table.parquet")
    (folder / "out.txt").symlink_to(outside)
    (folder / "gone.txt").symlink_to(folder / "nowhere.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "secret.txt").symlink_to(folder / ".hidden.txt")
    (folder / "folder.md").symlink_to(folder)
    (folder / "inside.txt").symlink_to(kept)
    os.mkfifo(folder / "pipe.txt")
    listing = documents.files(folder)
    assert [path.name for path in listing.files] == ["inside.txt", "kept.txt"]
    assert listing.skipped == (
        Skipped(".git", Failure.HIDDEN, "is hidden"),
        Skipped(".hidden.txt", Failure.HIDDEN, "is hidden"),
        Skipped("folder.md", Failure.LINK, "is a link to a folder"),
        Skipped("gone.txt", Failure.LINK, "is a link that leads nowhere"),
        Skipped("loop.txt", Failure.LINK, "is a link that leads nowhere"),
        Skipped("out.txt", Failure.LINK, "is a link that leads outside the folder"),
        Skipped("pipe.txt", Failure.SPECIAL, "is not a regular file"),
        Skipped("secret.txt", Failure.LINK, "is a link to a hidden file"),
        Skipped("table.parquet", Failure.TYPE, NOT_READ),
    )


def test_a_file_over_64_mib_is_skipped(tmp_path: Path) -> None:
    for name, size in (("fits.txt", 64 * 2**20), ("large.txt", 64 * 2**20 + 1)):
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(size)
    listing = documents.files(tmp_path)
    assert [path.name for path in listing.files] == ["fits.txt"]
    assert listing.skipped == (Skipped("large.txt", Failure.TOO_LARGE, "is larger than 64 MiB; split it"),)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_text_is_skipped_and_printable(tmp_path: Path) -> None:
    _write(tmp_path / "two\nlines.txt")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))).write_text("x", "utf-8")
    assert documents.files(tmp_path).skipped == (
        Skipped("\\udcff.txt", Failure.NAME, "has a name that is not valid text; rename it"),
        Skipped("two\\nlines.txt", Failure.NAME, "has a name that is not valid text; rename it"),
    )


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere is not a folder; create it or name another documents folder$"):
        documents.files(tmp_path / "nowhere")


def test_a_device_is_skipped(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "zeros.txt", stat.S_IFCHR | 0o644, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert documents.files(tmp_path).skipped == (Skipped("zeros.txt", Failure.SPECIAL, "is not a regular file"),)


def test_a_socket_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("a.txt")
    assert documents.files(tmp_path).skipped == (Skipped("a.txt", Failure.SPECIAL, "is not a regular file"),)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_listed_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(0o000)
    reason = "cannot be listed (Permission denied)"
    assert documents.files(tmp_path).skipped == (Skipped("closed", Failure.UNREADABLE, reason),)


def test_folders_nested_deeper_than_the_stack_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.txt").write_text("Words.", "utf-8")
    try:
        assert [path.name for path in documents.files(tmp_path).files] == ["a.txt"]
    finally:  # what removes temporary folders may recurse
        Path("a.txt").unlink()
        for _ in range(1200):
            os.chdir("..")
            Path("d").rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other limits")
def test_a_path_too_long_for_the_system_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(20):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    (skipped,) = documents.files(tmp_path).skipped
    assert (skipped.failure, skipped.reason) == (Failure.UNREADABLE, "cannot be listed (File name too long)")


def test_an_empty_folder_lists_nothing(tmp_path: Path) -> None:
    assert documents.files(tmp_path) == documents.Listing((), ())


def _write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Words.", "utf-8")
    return path


def test_a_folder_whose_name_is_not_text_is_skipped_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "evil\x1bname").mkdir()
    (tmp_path / "evil\x1bname" / "a.txt").write_text("Words.")
    (tmp_path / "b.txt").write_text("Words.")

    listing = documents.files(tmp_path)

    assert [path.name for path in listing.files] == ["b.txt"]
    assert listing.skipped == (Skipped("evil\\x1bname", Failure.NAME, "has a name that is not valid text; rename it"),)
