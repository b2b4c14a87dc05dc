from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.errors import DocumentError

NOT_READ = "has a suffix that is not read (.docx, .htm, .html, .markdown, .md, .pdf, .txt are)"


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
    _write(folder / "table.xlsx")
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
        (".git", "is hidden"),
        (".hidden.txt", "is hidden"),
        ("folder.md", "is a link to a folder"),
        ("gone.txt", "is a link that leads nowhere"),
        ("loop.txt", "is a link that leads nowhere"),
        ("out.txt", "is a link that leads outside the folder"),
        ("pipe.txt", "is not a regular file"),
        ("secret.txt", "is a link to a hidden file"),
        ("table.xlsx", NOT_READ),
    )


def test_a_file_over_64_mib_is_skipped(tmp_path: Path) -> None:
    for name, size in (("fits.txt", 64 * 2**20), ("large.txt", 64 * 2**20 + 1)):
        with (tmp_path / name).open("wb") as sparse:
            sparse.truncate(size)
    listing = documents.files(tmp_path)
    assert [path.name for path in listing.files] == ["fits.txt"]
    assert listing.skipped == (("large.txt", "is larger than 64 MiB; split it"),)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_text_is_skipped_and_printable(tmp_path: Path) -> None:
    _write(tmp_path / "two\nlines.txt")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt"))).write_text("x", "utf-8")
    assert documents.files(tmp_path).skipped == (
        ("\\udcff.txt", "has a name that is not valid text; rename it"),
        ("two\\nlines.txt", "has a name that is not valid text; rename it"),
    )


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere is not a folder; create it or name another documents folder$"):
        documents.files(tmp_path / "nowhere")


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
    assert listing.skipped == (("evil\\x1bname", "has a name that is not valid text; rename it"),)
