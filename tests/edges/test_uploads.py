"""Files put into the documents folder and removed over HTTP: whole, safe, and told as they are read."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.documents import incoming
from alliance_qa.documents.listing import INCOMING
from alliance_qa.errors import DocumentsWriteError
from alliance_qa.web.api import connections
from edges import paper
from edges.client import PROBLEM, Reply
from edges.server import ADMIN, Running, hosted, wait

TEXT = b"Bees of Karuizawa\nBy Ann Lee\n\nThe bees of Karuizawa were counted on May 5, 1903.\n"


@pytest.fixture
def running(tmp_path: Path, small_home: Path, forks: Sequence[str]) -> Iterator[Running]:
    shutil.copytree(small_home, tmp_path / "home")
    with hosted(tmp_path / "home", command=forks) as found:
        yield found


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Iterator[Running]:
    """For what is refused: nothing in its folder changes."""
    home = tmp_path_factory.mktemp("still") / "home"
    shutil.copytree(small_home, home)
    outside = home / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("What nobody may change.\n")
    (home / "documents" / "out").symlink_to(outside)
    (home / "documents" / "folder.txt").mkdir()
    with hosted(home, upload_mb=1, upload_types=(".txt", ".md", ".pdf")) as found:
        yield found


def put(running: Running, path: str, body: Any = TEXT, **headers: str) -> Reply:
    return running.client.send("PUT", f"/v1/documents/{path}", body, ADMIN | headers)


def packed(entries: Mapping[str, bytes]) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_file_is_put_read_and_indexed(running: Running) -> None:
    reply = put(running, "bees/of%20K%C5%8Dyasan.txt")
    assert reply.status == 201, reply.text
    path = "bees/of Kōyasan.txt"
    found = reply.json
    assert (running.home / "documents" / path).read_bytes() == TEXT
    assert found["path"] == path
    assert found["text"].endswith("The bees of Karuizawa were counted on May 5, 1903.")
    assert found["facts"]["author"]["value"] == "Ann Lee"
    assert (found["bytes"], found["replaced"]) == (len(TEXT), False)
    assert found["sha256"] == hashlib.sha256(TEXT).hexdigest()
    wait(lambda: path in indexed(running))
    assert indexed(running)[path] == (found["document_id"], found["sha256"])
    assert running.client.text(found["document_id"]) == found["text"]
    assert not (running.home / "documents" / INCOMING).exists()


def indexed(running: Running) -> dict[str, tuple[str, str]]:
    return {file["path"]: (file["document_id"], file["sha256"]) for file in running.index["files"]}


def test_a_file_is_replaced_and_removed(running: Running) -> None:
    before = indexed(running)["gardens.txt"]
    reply = put(running, "gardens.txt")
    assert (reply.status, reply.json["replaced"]) == (200, True)
    # While the first rebuild runs: another follows it.
    gone = running.client.send("DELETE", "/v1/documents/notes%20on%20%C5%8Cshima.md", headers=ADMIN)
    assert (gone.status, gone.json) == (
        200,
        {"path": "notes on Ōshima.md", "document_id": "notes-on-oshima.md-4d7cbfef"},
    )
    wait(lambda: set(indexed(running)) == {"broken.txt", "gardens.txt"})
    assert indexed(running)["gardens.txt"] == (before[0], hashlib.sha256(TEXT).hexdigest())
    again = running.client.send("DELETE", "/v1/documents/notes%20on%20%C5%8Cshima.md", headers=ADMIN)
    assert (again.status, again.json["detail"]) == (404, "there is no such file in the documents folder")


def test_a_file_that_is_there_is_left_alone_where_that_is_asked(still: Running) -> None:
    before = files(still.home / "documents")
    reply = put(still, "gardens.txt", **{"If-None-Match": "*"})
    assert (reply.status, reply.json["detail"]) == (412, "gardens.txt: is there already")
    assert files(still.home / "documents") == before


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("..%2Fsecret.txt", 422, "../secret.txt: is no path of a file in the documents folder"),
        ("a/../../secret.txt", 422, "a/../../secret.txt: is no path of a file in the documents folder"),
        ("%2Fetc%2Fx.txt", 422, "/etc/x.txt: is no path of a file in the documents folder"),
        ("a//b.txt", 422, "a//b.txt: is no path of a file in the documents folder"),
        (".hidden.txt", 422, ".hidden.txt: is hidden, so it would never be read; name it without a dot in front"),
        (f"{INCOMING}/a.txt", 422, f"{INCOMING}/a.txt: is hidden, so it would never be read"),
        ("a%5Cb.txt", 422, "a\\b.txt: has a name with a backslash"),
        ("a%00.txt", 422, "has a name with"),
        ("a%09b.txt", 422, "has a name with"),
        ("caf%E9.txt", 422, "has a name with"),
        ("%20a.txt", 422, "has a name with"),
        (f"{'a' * 252}.txt", 422, "has a name of more than 255 bytes"),
        ("/".join(["folder"] * 200) + ".txt", 422, "has a path of more than 1000 bytes"),
        ("a.exe", 415, "a.exe: has a suffix that is not taken (.md, .pdf, .txt are)"),
        ("a.html", 415, "a.html: has a suffix that is not taken (.md, .pdf, .txt are)"),
        ("out/secret.txt", 409, "out/secret.txt: leads through a link or a file; name a folder"),
        ("gardens.txt/a.txt", 409, "gardens.txt/a.txt: leads through a link or a file; name a folder"),
        ("folder.txt", 409, "folder.txt: is a folder"),
    ],
)
def test_what_may_not_be_put_changes_nothing(path: str, status: int, detail: str, still: Running) -> None:
    before = files(still.home)
    reply = put(still, path)
    assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)
    assert detail in reply.json["detail"]
    assert files(still.home) == before
    if status != 415:
        removed = still.client.send("DELETE", f"/v1/documents/{path}", headers=ADMIN)
        assert (removed.status, detail in removed.json["detail"]) == (status, True)
        assert files(still.home) == before


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("a.txt", b"caf\xe9", "a.txt: byte 3 is not valid UTF-8"),
        ("a.txt", b"", "a.txt: "),
        ("gardens.txt", b"caf\xe9", "gardens.txt: byte 3 is not valid UTF-8"),
        ("a.pdf", b"no PDF", "a.pdf: "),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(path: str, body: bytes, reason: str, still: Running) -> None:
    before = files(still.home / "documents")
    reply = put(still, path, body)
    assert (reply.status, reply.headers["content-type"]) == (422, PROBLEM)
    assert reply.json["detail"].startswith(reason)
    assert INCOMING not in reply.text
    assert files(still.home / "documents") == before


@pytest.mark.parametrize("declared", [True, False])
def test_a_file_may_be_larger_than_other_bodies_up_to_a_limit_of_its_own(declared: bool, still: Running) -> None:
    def body(size: int) -> Any:
        text = TEXT.ljust(size, b"\n")
        return text if declared else iter([text[start : start + 70_000] for start in range(0, size, 70_000)])

    assert put(still, "large.txt", body(1 << 20)).status == 201
    before = files(still.home / "documents")
    assert before.pop("large.txt") == TEXT.ljust(1 << 20, b"\n")
    still.client.send("DELETE", "/v1/documents/large.txt", headers=ADMIN)
    reply = put(still, "large.txt", body((1 << 20) + 1))
    assert (reply.status, reply.json["detail"]) == (413, "large.txt: is larger than 1 MiB; split it")
    assert files(still.home / "documents") == before


def test_without_the_token_nothing_of_the_file_is_read(still: Running) -> None:
    with socket.create_connection((still.client.host, still.client.port), 120) as made:
        made.sendall(b"PUT /v1/documents/a.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nbeg")
        assert made.recv(100).startswith(b"HTTP/1.1 401")
    assert not (still.home / "documents" / INCOMING).exists()


def test_a_client_that_leaves_leaves_nothing(still: Running) -> None:
    before = files(still.home / "documents")
    head = f"PUT /v1/documents/gardens.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: {ADMIN['Authorization']}\r\n"
    with socket.create_connection((still.client.host, still.client.port), 120) as made:
        made.sendall(f"{head}Content-Length: 1000000\r\n\r\nbeg".encode())
        wait((still.home / "documents" / INCOMING).exists)
    wait(lambda: not (still.home / "documents" / INCOMING).exists())
    assert files(still.home / "documents") == before


def test_a_slow_file_is_taken_and_one_that_stands_still_is_not(still: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 2)
    head = f"PUT /v1/documents/slow.txt HTTP/1.1\r\nHost: localhost\r\nAuthorization: {ADMIN['Authorization']}\r\n"
    body = TEXT.ljust(7 << 16, b"\n")
    for sent, status in ((7, b"201"), (2, b"408")):
        with socket.create_connection((still.client.host, still.client.port), 120) as made:
            made.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
            for part in range(sent):
                made.sendall(body[part << 16 : (part + 1) << 16])
                threading.Event().wait(0.6)
            assert made.recv(100).startswith(b"HTTP/1.1 " + status)
    still.client.send("DELETE", "/v1/documents/slow.txt", headers=ADMIN)


def test_of_many_at_once_each_is_whole(running: Running) -> None:
    bodies = [TEXT + f"\nThe hive had the number {number}.\n".encode() * 3_000 for number in range(6)]
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda body=body: replies.append(put(running, "bees.txt", body))) for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [200] * 5 + [201]
    assert {reply.json["sha256"] for reply in replies} == {hashlib.sha256(body).hexdigest() for body in bodies}
    last = (running.home / "documents" / "bees.txt").read_bytes()
    assert last in bodies
    wait(lambda: indexed(running).get("bees.txt", ("", ""))[1] == hashlib.sha256(last).hexdigest())


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone may mount")
def test_a_read_only_folder_says_so(running: Running) -> None:
    folder = running.home / "documents"
    mount = f"mount --bind '{folder}' '{folder}' && mount -o remount,bind,ro '{folder}'"
    if os.system(mount) != 0:
        pytest.skip("nothing can be mounted here")
    try:
        said = "the documents folder is read-only for this service"
        assert running.index["uploads"]["refused"] == said
        for method in ("PUT", "DELETE"):
            reply = running.client.send(method, "/v1/documents/gardens.txt", TEXT, ADMIN)
            assert (reply.status, reply.json["detail"]) == (403, f"{said} (Read-only file system)")
    finally:
        os.system(f"umount '{folder}'")
    assert running.index["uploads"]["refused"] is None


def test_a_full_disk_is_told_and_nothing_is_left(still: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: incoming.Incoming) -> None:
        raise DocumentsWriteError("the documents folder cannot be written (No space left on device)", is_full=True)

    monkeypatch.setattr(incoming.Incoming, "finish", full)
    before = files(still.home / "documents")
    reply = put(still, "full.txt")
    assert (reply.status, reply.json["detail"]) == (
        507,
        "the documents folder cannot be written (No space left on device)",
    )
    assert files(still.home / "documents") == before


def test_uploads_can_be_off(tmp_path: Path, small_home: Path) -> None:
    with hosted(small_home, upload_mb=0) as off:
        for method in ("PUT", "DELETE"):
            reply = off.client.send(method, "/v1/documents/a.txt", TEXT, ADMIN)
            assert reply.status == 403
            assert reply.json["detail"] == "putting and removing files is off (ALLIANCE_QA_UPLOAD_MB=0)"
        assert off.index["uploads"]["refused"] == "putting and removing files is off (ALLIANCE_QA_UPLOAD_MB=0)"


def test_an_archive_is_put_named_indexed_and_removed_as_a_whole(running: Running) -> None:
    paper.write(running.home / "outside")
    pdf = (running.home / "outside" / "documents" / paper.NAME).read_bytes()
    data = packed({"a.md": TEXT, "fees/b.pdf": pdf, "c.exe": b"x"})
    reply = put(running, "box/old.zip", data)
    assert reply.status == 201, reply.text
    found = reply.json
    assert [(each["path"], each["failure"]) for each in found["members"]] == [
        ("box/old.zip/a.md", None),
        ("box/old.zip/fees/b.pdf", None),
        ("box/old.zip/c.exe", "type"),
    ]
    assert (found["path"], found["bytes"], found["replaced"]) == ("box/old.zip", len(data), False)
    assert found["sha256"] == hashlib.sha256(data).hexdigest()
    wait(lambda: "box/old.zip/a.md" in indexed(running), 60)
    inside = {file["path"]: file for file in running.index["files"] if file.get("inside") == "box/old.zip"}
    assert {path: (file["state"], file["sha256"]) for path, file in inside.items()} == {
        "box/old.zip/a.md": ("indexed", found["sha256"]),
        "box/old.zip/fees/b.pdf": ("indexed", found["sha256"]),
        "box/old.zip/c.exe": ("skipped", found["sha256"]),
    }
    id_ = inside["box/old.zip/fees/b.pdf"]["document_id"]
    assert "lighthouse" in running.client.get(f"/v1/index/documents/{id_}", headers=ADMIN).json["text"]
    start = running.client.text(id_).index(paper.FIRST)
    boxes = running.client.get(f"/v1/documents/{id_}/boxes", {"start": start, "end": start + len(paper.FIRST)})
    assert running.client.get(boxes.json["pages"][0]["image"]).headers["content-type"] == "image/png"
    refused = running.client.send("DELETE", "/v1/documents/box/old.zip/a.md", headers=ADMIN)
    assert (refused.status, refused.json["detail"]) == (
        409,
        "box/old.zip/a.md: lies in box/old.zip; remove that, with all in it",
    )
    assert running.client.send("DELETE", "/v1/documents/box/old.zip", headers=ADMIN).status == 200
    wait(lambda: not any(path.startswith("box/") for path in indexed(running)), 60)


def test_what_lies_in_an_archive_must_be_of_a_type_that_is_taken(
    tmp_path: Path, small_home: Path, forks: Sequence[str]
) -> None:
    shutil.copytree(small_home, tmp_path / "home")
    with hosted(tmp_path / "home", command=forks, upload_types=(".md", ".zip")) as limited:
        inner = packed({"b.txt": TEXT})
        before = files(limited.home / "documents")
        for data, name in ((packed({"a.md": TEXT, "b.txt": TEXT}), "b.txt"), (packed({"c.zip": inner}), "c.zip/b.txt")):
            reply = put(limited, "box.zip", data)
            said = f"box.zip: holds box.zip/{name}, which has a suffix that is not taken (.md, .zip are)"
            assert (reply.status, reply.json["detail"]) == (415, said)
        assert files(limited.home / "documents") == before
        # What would not be read does no harm, and a mailbox is let in with its mails.
        assert put(limited, "box.zip", packed({"a.md": TEXT, "b.exe": b"x"})).status == 201


def test_a_mail_is_put_with_what_is_attached(running: Running) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Ann Lee <ann@example.org>", "Bees"
    mail.set_content("The bees were counted twice.")
    mail.add_attachment(TEXT, maintype="text", subtype="plain", filename="bees.txt")
    found = put(running, "bees.eml", mail.as_bytes()).json
    assert (found["text"].endswith("The bees were counted twice."), found["members"]) == (
        True,
        [{"path": "bees.eml/bees.txt", "failure": None, "reason": ""}],
    )


@pytest.mark.parametrize(
    ("path", "data", "detail"),
    [
        ("a.zip", packed({"b.exe": b"x"}), "a.zip: holds no file that is read; a.zip/b.exe has a suffix that"),
        ("a.zip", b"", "a.zip: is damaged or no zip file"),
        ("a.mbox", b"hello", 'a.mbox: is no mailbox: it does not begin with "From "'),
    ],
)
def test_an_archive_of_which_nothing_is_read_is_not_taken(
    path: str, data: bytes, detail: str, running: Running
) -> None:
    reply = put(running, path, data)
    assert reply.status == 422
    assert reply.json["detail"].startswith(detail)
    assert not (running.home / "documents" / path).exists()
