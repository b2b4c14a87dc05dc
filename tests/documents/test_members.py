"""Files that lie in other files: found, named, and opened within limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.documents import archive, members, reading
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.members import Member
from alliance_qa.domain import Document
from alliance_qa.errors import DocumentError, Failure
from held_files import BOX, MAIL, zipped

WITH_FILE = (
    b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nSee it.\n"
    b"--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename=notes.txt\n\nThe port.\n--x--\n"
)
TOO_DEEP = "lies deeper than 3 files in each other; unpack it"


def found(data: bytes, path: str = "a.zip") -> list[tuple[str, Failure | None]]:
    return [(each.path, each.failure) for each in members.find(data, path, documents.SUFFIXES)]


def test_what_lies_in_an_archive_is_found_at_every_level() -> None:
    data = zipped({"notes/a.md": b"# A", "mail.eml": WITH_FILE, "in.zip": zipped({"box.mbox": BOX}), "x/": b""})
    assert found(data) == [
        ("notes/a.md", None),
        ("mail.eml", None),
        ("mail.eml/notes.txt", None),
        ("in.zip/box.mbox/00001.eml", None),
        ("in.zip/box.mbox/00002.eml", None),
    ]
    opened = members.Opened(data, "a.zip")
    for path, start in (
        ("in.zip/box.mbox/00002.eml", MAIL.replace(b">From", b"From")),
        ("mail.eml", WITH_FILE),
        ("mail.eml/notes.txt", b"The port."),
        ("in.zip/box.mbox/00001.eml", MAIL.replace(b">From", b"From")),
    ):
        assert opened.read(path).startswith(start.rstrip(b"\n")), path


def test_what_is_no_document_says_why() -> None:
    data = zipped(
        {
            "../up.txt": b"x",
            "/etc/root.txt": b"x",
            "C:\\evil.txt": b"x",
            "a\\b.txt": b"x",
            ".hidden.txt": b"x",
            "__MACOSX/a.txt": b"x",
            "a.png": b"x",
            "bell\x07.txt": b"x",
        }
    )
    assert found(data) == [
        ("../up.txt", Failure.NAME),
        ("/etc/root.txt", Failure.NAME),
        ("C:/evil.txt", Failure.NAME),
        (".hidden.txt", Failure.HIDDEN),
        ("__MACOSX/a.txt", Failure.HIDDEN),
        ("bell\\x07.txt", Failure.NAME),
        ("a/b.txt", None),
        ("a.png", Failure.TYPE),
    ]


def test_files_in_files_are_opened_to_the_third_level() -> None:
    data = zipped({"1.zip": zipped({"2.zip": zipped({"3.zip": zipped({"a.txt": b"x"}), "m.eml": WITH_FILE})})})
    assert members.find(data, "a.zip", documents.SUFFIXES) == [
        Member("1.zip/2.zip/3.zip", Failure.TOO_LARGE, TOO_DEEP),
        Member("1.zip/2.zip/m.eml"),
        Member("1.zip/2.zip/m.eml/notes.txt", Failure.TOO_LARGE, TOO_DEEP),
    ]


def test_a_bomb_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(DocumentError, match=r"^unpacks to more than 1 MiB; split it, or leave out what is no text$"):
        found(zipped({"a.txt": bytes(2 << 20)}))


def test_archives_that_multiply_inside_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_MOST_UNPACKED_BYTES", 1000)
    data = zipped({"1.zip": zipped({"a.txt": b"x"}), "2.zip": zipped({"pad.txt": bytes(range(256)) * 8})})
    assert found(data) == [("1.zip/a.txt", None), ("2.zip/pad.txt", None)]
    monkeypatch.setattr(members, "_MOST_UNPACKED_BYTES", 200)
    assert found(data) == [("1.zip/a.txt", None), ("2.zip", Failure.TOO_LARGE)]


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MOST_MEMBERS", 3)
    with pytest.raises(DocumentError, match=r"^holds more than 3 files; split it$"):
        found(zipped({f"{number}.txt": b"x" for number in range(6)}))


def test_an_entry_that_is_encrypted_or_damaged_says_so_and_costs_itself() -> None:
    data = bytearray(zipped({"a.txt": b"The port." * 9, "b.txt": b"The fee." * 9}))
    at = data.find(b"PK\x03\x04") + 30 + len("a.txt")
    data[at : at + 4] = b"\xff\xff\xff\xff"
    opened = members.Opened(bytes(data), "a.zip")
    with pytest.raises(DocumentError, match=r"^is damaged in its archive; pack or download that again$"):
        opened.read("a.txt")
    assert opened.read("b.txt") == b"The fee." * 9
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + flags] |= 1
    with pytest.raises(DocumentError, match=r"^is encrypted; save it without a password$") as caught:
        members.Opened(bytes(data), "a.zip").read("a.txt")
    assert caught.value.failure is Failure.ENCRYPTED


def test_names_are_read_as_they_were_written() -> None:
    data = zipped({"Gebühren.txt": b"x"})
    assert found(data.replace("Gebühren".encode(), "Gebühren".encode())) == [("Gebühren.txt", None)]
    unflagged = bytearray(data)
    for mark, flags in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        unflagged[unflagged.find(mark) + flags] &= ~0x08
    assert found(bytes(unflagged)) == [("Gebühren.txt", None)]


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"PK no", "a.zip", "is damaged or no zip file; save or download it again"),
        (b"Rar!\x1a\x07", "a.zip", "is a RAR archive; pack it as .zip"),
        (zipped({}), "a.zip", "holds no file; remove it"),
        (b"Hello", "a.mbox", 'is no mailbox: it does not begin with "From "; export the mails as .mbox or .eml'),
    ],
)
def test_what_cannot_be_opened_says_why(data: bytes, path: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        found(data, path)
    assert str(caught.value) == reason


def test_a_line_that_begins_with_from_divides_no_mail() -> None:
    data = BOX.replace(b"The fee is 940 crowns.", b"See.\n\nFrom now on the fee is 940 crowns in 2024.")
    assert [path for path, _ in found(data, "a.mbox")] == ["00001.eml", "00002.eml"]


def test_a_member_is_read_in_a_process_and_goes_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped({"notes/a.md": b"# Fees\n\nThe fee is 940 crowns.\n", "b.txt": b"\xff\xfe\x00"})
    )
    [source], _ = reading.digests(tmp_path, [tmp_path / "a.zip"])
    files = [reading.SourceFile(f"a.zip/{inner}", source.sha256, inner) for inner in ("notes/a.md", "b.txt", "gone.md")]
    assert reading.members(tmp_path, source, Limits()) == [Member("notes/a.md"), Member("b.txt")]
    first, damaged, gone = (result for _, result in reading.read_all(tmp_path, files, Limits(), workers=1))
    assert isinstance(first, Document)
    assert (first.path, first.sha256, first.facts.title.value) == ("a.zip/notes/a.md", source.sha256, "Fees")
    assert first.id == documents.document_id("a.zip/notes/a.md")
    assert isinstance(damaged, DocumentError)
    assert damaged.failure is Failure.ENCODING
    assert isinstance(gone, DocumentError)
    assert (str(gone), gone.failure) == ("lies no longer in its file", Failure.CHANGED)
