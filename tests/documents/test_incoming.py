"""A file comes into the documents folder whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alliance_qa import documents
from alliance_qa.documents import incoming
from alliance_qa.documents.incoming import Incoming, NameTakenError
from alliance_qa.documents.listing import INCOMING
from alliance_qa.documents.members import Member
from alliance_qa.errors import DocumentError, Failure

TEXT = b"The bees were counted.\n"


def come(folder: Path, path: str, data: bytes = TEXT, *, new: bool = False) -> bool:
    file = Incoming(folder, path, 1 << 20)
    try:
        file.write(data)
        file.finish()
        return file.place(new=new)
    finally:
        file.close()


def test_a_file_has_its_name_once_it_is_placed(tmp_path: Path) -> None:
    file = Incoming(tmp_path, "a/b.txt", 100)
    file.write(TEXT)
    file.finish()
    assert not (tmp_path / "a").exists()
    assert (file.folder / "a" / "b.txt").read_bytes() == TEXT
    listed = documents.files(tmp_path)
    assert (listed.files, listed.skipped) == ((), ())
    assert file.place() is False
    file.close()
    assert (tmp_path / "a" / "b.txt").read_bytes() == TEXT
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, rename = os.fsync, os.rename

    def synced(number: int) -> None:
        calls.append("fsync")
        fsync(number)

    def renamed(*given: Any, **named: Any) -> None:
        calls.append("rename")
        rename(*given, **named)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    come(tmp_path, "b.txt")
    assert calls == ["fsync", "rename", "fsync"]


def test_a_link_of_the_name_is_replaced_and_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "documents", tmp_path / "outside.txt"
    folder.mkdir()
    outside.write_text("outside")
    (folder / "a.txt").symlink_to(outside)
    assert come(folder, "a.txt") is True
    assert (outside.read_text(), (folder / "a.txt").is_symlink()) == ("outside", False)
    (folder / "b.txt").symlink_to(outside)
    assert incoming.remove(folder, "b.txt") is True
    assert outside.read_text() == "outside"


def test_a_link_that_is_put_in_the_way_meanwhile_is_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "documents", tmp_path / "outside"
    (folder / "a").mkdir(parents=True)
    outside.mkdir()
    file = Incoming(folder, "a/b.txt", 100)
    (folder / "a").rmdir()
    (folder / "a").symlink_to(outside)
    with pytest.raises(DocumentError, match="leads through a link"):
        file.place()
    file.close()
    assert list(outside.iterdir()) == []


def test_the_folder_of_files_on_their_way_is_no_link(tmp_path: Path) -> None:
    folder, outside = tmp_path / "documents", tmp_path / "outside"
    folder.mkdir()
    (outside / "kept").mkdir(parents=True)
    (folder / INCOMING).symlink_to(outside)
    assert incoming.sweep(folder) == 0
    with pytest.raises(DocumentError) as caught:
        Incoming(folder, "a.txt", 100)
    assert caught.value.failure is Failure.LINK
    assert [path.name for path in outside.iterdir()] == ["kept"]


def test_of_two_new_files_of_a_name_one_is_taken(tmp_path: Path) -> None:
    assert come(tmp_path, "a.txt", b"first", new=True) is False
    with pytest.raises(NameTakenError):
        come(tmp_path, "a.txt", b"second", new=True)
    assert (tmp_path / "a.txt").read_bytes() == b"first"


def test_what_a_killed_process_leaves_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path; from alliance_qa.documents.incoming import Incoming\n"
        "file = Incoming(Path(sys.argv[1]), 'a.txt', 100); file.write(b'half'); print('there', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stdout.readline() == b"there\n"
        assert incoming.sweep(tmp_path) == 0
        assert come(tmp_path, "b.txt") is False
        assert [path.read_bytes() for path in tmp_path.glob(f"{INCOMING}/*/a.txt")] == [b"half"]
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert incoming.sweep(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_what_lies_in_a_file_must_be_of_a_type_that_is_taken_but_for_the_mails_of_a_mailbox() -> None:
    taken = (".mbox", ".md")
    incoming.check_members([Member("box.mbox/00001.eml"), Member("box.mbox/00001.eml/a.md"), Member("")], taken)
    incoming.check_members([Member("box.zip/b.exe", Failure.DAMAGED)], taken)
    with pytest.raises(DocumentError, match=r"^holds box.mbox/00001.eml/b.txt, which has a suffix that is not taken"):
        incoming.check_members([Member("box.mbox/00001.eml/b.txt")], taken)
