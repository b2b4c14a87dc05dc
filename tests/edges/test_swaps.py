"""Rebuilding while the server answers: jobs, their events, swaps, and what becomes of earlier citations."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.building.rebuild import rebuild
from edges import keeper, server
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.server import ADMIN, Running, fastest, hosted, keep, serving, settings_of, wait
from edges.terminal import run
from edges.test_generations import damage, held

pytestmark = pytest.mark.usefixtures("reads_here")

MAPLES = "How many maples did the gardener of Karuizawa plant?"
GONE = {
    "type": "about:blank",
    "title": "Gone",
    "status": 410,
    "detail": "this generation of the index is no longer kept; ask again",
}
NOTE = '<p role="note">The index has changed since this was quoted; the quote is not marked.</p>'


def gardens(maples: int, before: str = "") -> str:
    return f"Gardens of Karuizawa\n\n{before}The gardener of Karuizawa planted {maples} maples in 1911.\n"


@pytest.fixture(scope="session")
def gardens_home(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Path:
    """A folder with documents/, in which the gardens have 40 maples, and their index, generation 000002."""
    home = tmp_path_factory.mktemp("gardens") / "home"
    shutil.copytree(small_home, home)
    (home / "documents/gardens.txt").write_text(gardens(40))
    rebuild(settings_of(home), WordEmbedder(), purge=True)
    return home


@pytest.fixture
def home(gardens_home: Path, workplace: Path) -> Path:
    """A copy of it."""
    shutil.copytree(gardens_home, workplace / "home")
    return workplace / "home"


@pytest.fixture
def running(home: Path, quick: None, forks: Sequence[str]) -> Iterator[Running]:
    with hosted(home, command=forks) as found:
        yield found


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, gardens_home: Path) -> Iterator[Running]:
    """A server whose index nobody changes."""
    home = tmp_path_factory.mktemp("still") / "home"
    shutil.copytree(gardens_home, home)
    with hosted(home) as found:
        yield found


@pytest.fixture
def hold(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that holds every rebuild of another process for as long as it exists."""
    path = workplace / "hold"
    path.touch()
    monkeypatch.setenv(keeper.HOLD, str(path))
    return path


@pytest.fixture
def holding(home: Path, hold: Path, quick: None, forks: Sequence[str]) -> Iterator[Running]:
    """A server whose rebuilds wait."""
    with hosted(home, command=forks) as found:
        yield found


def swap(running: Running, number: int | None = None, *, before: str = "", purge: bool = False) -> str:
    """Put so many maples, or none, into the gardens and rebuild here; return the generation when it answers."""
    path = running.home / "documents/gardens.txt"
    path.unlink(missing_ok=True)
    if number is not None:
        path.write_text(gardens(number, before))
    manifest, _ = rebuild(settings_of(running.home), WordEmbedder(), purge=purge)
    wait(lambda: running.index["index_version"] == manifest.version)
    return manifest.version


def maples(running: Running) -> tuple[str, str]:
    """Return the generation that answers, and the number it tells."""
    found = running.client.get("/v1/search", {"question": MAPLES, "top_k": 1}).json
    number = re.search(r"planted (\d+) maples", found["passages"][0]["text"])
    return found["index_version"], number[1] if number else ""


def rebuilder(pid: int) -> int:
    """Return the id of the process that rebuilds for a server, once it has begun to write."""
    children = (task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children"))
    lines = {int(child): Path(f"/proc/{child}/cmdline").read_bytes() for task in children for child in task}
    (found,) = (child for child, line in lines.items() if b"--progress" in line)
    return found


def events(running: Running, seen: list[tuple[str, Any]] | None = None) -> list[tuple[str, Any]]:
    """Follow GET /v1/index/events to its end; return the names and values."""
    seen = [] if seen is None else seen
    connection = http.client.HTTPConnection(running.client.host, running.client.port, timeout=180)
    connection.request("GET", "/v1/index/events", headers=ADMIN)
    reply = connection.getresponse()
    assert (reply.status, reply.getheader("content-type")) == (200, "text/event-stream; charset=utf-8")
    name = ""
    for line in reply:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            seen.append((name, json.loads(value)))
    connection.close()
    return seen


# A rebuild


def test_a_rebuild_is_followed_to_its_end(holding: Running, home: Path, hold: Path) -> None:
    (home / "documents/gardens.txt").write_text(gardens(41))
    started = holding.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
    assert (started.status, started.json) == (
        202,
        {"state": "running", "progress": None, "index_version": None, "error": None},
    )
    seen: list[tuple[str, Any]] = []
    follower = threading.Thread(target=events, args=(holding, seen))
    follower.start()
    wait(lambda: seen)
    again = holding.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
    assert (again.status, again.headers["content-type"]) == (409, PROBLEM)
    assert again.json["detail"] == "a rebuild is running; GET /v1/index shows how far it is"
    assert maples(holding) == ("000002", "40")
    assert holding.index["job"]["state"] == "running"
    hold.unlink()
    follower.join(30)
    assert [name for name, _ in seen] == ["progress"] * (len(seen) - 1) + ["done"]
    assert seen[-1][1] == {"state": "done", "progress": None, "index_version": "000003", "error": None}
    stages = [job["progress"]["stage"] for _, job in seen if job["progress"]]
    assert stages == sorted(stages, reverse=True)  # reading, then embedding
    # The job says that it is done when its result answers.
    assert maples(holding) == ("000003", "41")
    assert holding.index["job"] == seen[-1][1]
    # Whoever comes later is told the end alone.
    assert events(holding) == [seen[-1]]


def test_without_a_rebuild_there_is_one_event_at_once(still: Running) -> None:
    assert events(still) == [("done", None)]
    assert fastest(lambda: events(still)) < 1
    assert still.index["job"] is None


def test_events_need_the_token(still: Running) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong-token-wrong-token"}):
        reply = still.client.get("/v1/index/events", headers=headers)
        assert (reply.status, reply.headers["content-type"]) == (401, PROBLEM)


def test_a_follower_that_goes_away_leaves_the_rebuild(holding: Running, home: Path, hold: Path) -> None:
    (home / "documents/gardens.txt").write_text(gardens(41))
    holding.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
    connection = http.client.HTTPConnection(holding.client.host, holding.client.port, timeout=180)
    connection.request("GET", "/v1/index/events", headers=ADMIN)
    connection.getresponse().read(10)
    connection.close()
    hold.unlink()
    wait(lambda: holding.index["job"]["state"] == "done")
    assert maples(holding) == ("000003", "41")


def test_an_unchanged_folder_is_done_without_a_new_generation(running: Running) -> None:
    index = running.rebuild()
    assert (index["index_version"], index["job"]["state"], index["job"]["index_version"]) == (
        "000002",
        "done",
        "000002",
    )


def test_a_purge_leaves_one_generation(running: Running, home: Path) -> None:
    swap(running, 41)
    assert sorted(p.name for p in (home / "index/generations").iterdir()) == ["000002", "000003"]
    assert running.rebuild("?purge=true")["index_version"] == "000004"
    assert [p.name for p in (home / "index/generations").iterdir()] == ["000004"]


@pytest.mark.parametrize("query", ["?full=perhaps", "?purge="])
def test_a_flag_that_is_none_is_refused(query: str, still: Running) -> None:
    reply = still.client.send("POST", f"/v1/index/rebuild{query}", headers=ADMIN)
    assert (reply.status, reply.headers["content-type"]) == (422, PROBLEM)
    assert still.index["job"] is None


def test_another_writer_is_named(running: Running, home: Path) -> None:
    with held(home / "index") as holder:
        reply = running.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
        assert (reply.status, reply.headers["content-type"]) == (409, PROBLEM)
        assert reply.json["detail"] == (f"process {holder} is writing {home / 'index'}; try again when it has ended")
        assert maples(running) == ("000002", "40")
    assert running.rebuild()["job"]["state"] == "done"


def test_an_index_that_cannot_be_written_is_503_with_the_reason(running: Running, home: Path) -> None:
    """Root may write to every folder, so the lock's place is taken by a folder."""
    (home / "index/lock").unlink()
    (home / "index/lock").mkdir()
    reply = running.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
    assert (reply.status, reply.headers["content-type"]) == (503, PROBLEM)
    assert reply.json["detail"] == (
        f"{home / 'index'} cannot be written (Is a directory); the index in use is untouched; mend this and run again"
    )
    assert running.index["job"] is None
    assert maples(running) == ("000002", "40")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_index_is_503_with_the_reason(running: Running, home: Path) -> None:
    (home / "index").chmod(0o555)
    (home / "index/lock").chmod(0o444)
    reply = running.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
    (home / "index").chmod(0o755)
    assert reply.status == 503
    assert "cannot be written (Permission denied)" in reply.json["detail"]


def test_a_rebuild_that_is_killed_fails_and_the_service_goes_on(home: Path, hold: Path) -> None:
    (home / "documents/gardens.txt").write_text(gardens(41))
    with hosted(home) as holding:
        holding.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
        wait(lambda: list((home / "index/generations").glob(".new-*")))
        os.kill(rebuilder(os.getpid()), signal.SIGKILL)
        wait(lambda: holding.index["job"]["state"] == "failed")
        assert holding.index["job"]["error"] == "the rebuild was ended by signal 9; see the log"
        assert events(holding)[-1][0] == "failed"
        assert (maples(holding), holding.client.get("/health/ready").json["status"]) == (("000002", "40"), "ready")
        hold.unlink()
        assert holding.rebuild()["job"]["state"] == "done"
        assert maples(holding) == ("000003", "41")
    assert sorted(p.name for p in (home / "index/generations").iterdir()) == ["000002", "000003"]


def test_a_rebuild_that_fails_tells_why_and_logs_the_trace(
    running: Running, workplace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (workplace / "fail").touch()
    monkeypatch.setenv(keeper.FAIL, str(workplace / "fail"))
    (running.home / "documents/gardens.txt").write_text(gardens(41))
    assert running.rebuild()["job"]["error"] == "the rebuild ended with exit code 1; see the log"
    assert "ZeroDivisionError: of /home/keeper/secret" in caplog.text
    assert maples(running) == ("000002", "40")


@pytest.mark.parametrize("follows", [False, True])
def test_a_server_that_is_stopped_ends_its_rebuild_too(
    follows: bool, home: Path, hold: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "documents/gardens.txt").write_text(gardens(41))
    with serving(home) as held:
        held.client.send("POST", "/v1/index/rebuild", headers=ADMIN)
        wait(lambda: list((home / "index/generations").glob(".new-*")))
        child = rebuilder(held.process.pid)
        if follows:
            connection = http.client.HTTPConnection(held.client.host, held.client.port, timeout=180)
            connection.request("GET", "/v1/index/events", headers=ADMIN)
            connection.getresponse().read(10)
        started = time.monotonic()
        held.process.send_signal(signal.SIGTERM)
        held.process.wait(60)
        wait(lambda: not Path(f"/proc/{child}").exists())
        assert time.monotonic() - started < 20  # which whoever follows it would be waited for
    monkeypatch.chdir(home)
    assert run("check").stdout == "000002 (in use): whole\n"
    with hosted(home) as again:
        assert maples(again) == ("000002", "40")
        assert swap(again, 41) == "000003"


# A swap


def answers(running: Running, then: tuple[str, str]) -> float:
    """Return after how many seconds a generation answers with its number of maples."""
    return wait(lambda: maples(running) == then)


def test_what_another_process_built_answers_within_two_seconds(home: Path) -> None:
    steps = (("index", ("000003", "41")), ("rollback", ("000002", "40")), ("index", ("000004", "41")))
    (home / "documents/gardens.txt").write_text(gardens(41))
    seconds = []
    with hosted(home) as running:
        for command, then in steps:
            assert keep(home, command).returncode == 0
            seconds.append(answers(running, then))
    assert min(seconds) < 2  # where nothing else wanted the processor


class Quote:
    """A citation as it was given, to be looked up later."""

    def __init__(self, running: Running) -> None:
        found = running.client.get("/v1/search", {"question": MAPLES, "top_k": 1}).json
        passage = found["passages"][0]
        self.version, self.document = found["index_version"], passage["document_id"]
        self.quote, self.start, self.end = passage["text"], passage["start"], passage["end"]
        self._client = running.client

    def text(self, version: str | None = None) -> Any:
        query = {"index_version": version} if version else None
        return self._client.get(f"/v1/documents/{self.document}/text", query)

    def verify(self, version: str | None = None) -> Any:
        body = {"document_id": self.document, "start": self.start, "end": self.end, "quote": self.quote}
        return self._client.post("/v1/verify", body | ({"index_version": version} if version else {}))

    def page(self, version: str) -> Any:
        query = {"start": self.start, "end": self.end, "index_version": version}
        return self._client.get(f"/documents/{self.document}", query)

    @property
    def marked(self) -> list[str]:
        page = self.page(self.version)
        assert page.status == 200
        return [unescape(quote) for quote in re.findall('<mark id="quote">(.*?)</mark>', page.text, re.DOTALL)]

    def stands(self) -> bool:
        """Whether text, verify and page agree that it stands, in the generation that it was given by."""
        return (
            self.text(self.version).json["text"][self.start : self.end] == self.quote
            and self.verify(self.version).json == {"stands": True, "index_version": self.version}
            and self.marked == [self.quote]
            and NOTE not in self.page(self.version).text
        )


def test_a_quote_stands_where_it_was_quoted_after_a_swap(running: Running) -> None:
    first = Quote(running)
    assert (first.version, first.stands()) == ("000002", True)
    # Text in front of it moves it, and it changes too.
    assert swap(running, 41, before="It rained. " * 40) == "000003"
    second = Quote(running)
    assert (second.version, second.stands(), first.stands()) == ("000003", True, True)
    assert first.quote != second.quote
    assert first.verify("000003").json == {"stands": False, "index_version": "000003"}
    assert first.verify().json == {"stands": False, "index_version": "000003"}
    assert first.text().json == first.text("000003").json == second.text().json


def test_a_quote_of_a_generation_that_is_off_the_disk_still_stands_while_the_server_runs(
    running: Running, home: Path
) -> None:
    first = Quote(running)
    for number in (41, 42, 43):
        swap(running, number)
    assert sorted(p.name for p in (home / "index/generations").iterdir()) == ["000004", "000005"]
    assert first.stands()


def test_a_quote_of_a_retained_generation_stands_after_a_restart(home: Path, quick: None) -> None:
    with hosted(home) as before:
        first = Quote(before)
        swap(before, 41)
    with hosted(home) as after:
        first._client = after.client
        assert first.stands()


def test_a_quote_of_a_deleted_document_stands_until_it_is_purged(running: Running) -> None:
    first = Quote(running)
    swap(running)
    assert first.stands()
    assert first.text().status == 404
    running.rebuild("?purge=true")
    assert (first.text("000002").status, first.text("000002").json) == (410, GONE)
    assert (first.verify("000002").status, first.verify("000002").json) == (410, GONE)
    assert first.page("000002").status == 404
    assert b"maples" not in first.page("000002").body


@pytest.mark.parametrize("version", ["000001", "000003", "999999", "000000"])
def test_a_generation_that_is_not_kept_is_410(version: str, still: Running) -> None:
    quote = Quote(still)
    for reply in (quote.text(version), quote.verify(version)):
        assert (reply.status, reply.headers["content-type"], reply.json) == (410, PROBLEM, GONE)


@pytest.mark.parametrize("version", ["1", "latest", "00000a", "0" * 13, "../../x", ""])
def test_a_generation_of_another_form_is_refused(version: str, still: Running) -> None:
    reply = still.client.get("/v1/documents/gardens.txt/text", {"index_version": version})
    assert (reply.status, reply.headers["content-type"]) == (422, PROBLEM)
    body = {"document_id": "gardens.txt", "start": 0, "end": 1, "quote": "G", "index_version": version}
    assert still.client.post("/v1/verify", body).status == 422


def test_the_page_of_a_generation_that_is_gone_shows_the_text_of_now_unmarked(running: Running) -> None:
    first = Quote(running)
    swap(running, 41, purge=True)
    page = first.page("000002")
    assert (page.status, page.text.count(NOTE), "<mark" in page.text) == (200, 1, False)
    assert "planted 41 maples" in page.text
    assert first.page("000003").text.count(NOTE) == 0


def test_a_purge_by_another_process_is_a_purge_here(running: Running, home: Path) -> None:
    first = Quote(running)
    swap(running, 41)
    assert first.stands()
    assert keep(home, "index", "--purge").returncode == 0
    wait(lambda: maples(running) == ("000004", "41"))
    assert (first.text("000002").status, Quote(running).stands()) == (410, True)


def test_what_was_purged_is_not_quoted_when_it_comes_back(running: Running, home: Path) -> None:
    """As from a backup, or where it could not be removed."""
    first, generations = Quote(running), home / "index/generations"
    shutil.copytree(generations / "000002", home / "kept")
    swap(running, purge=True)
    (home / "kept").rename(generations / "000002")
    assert (first.text("000002").status, first.verify("000002").json) == (410, GONE)


def test_a_full_rebuild_makes_a_generation_of_the_same_and_leaves_earlier_quotes(running: Running) -> None:
    first = Quote(running)
    assert running.rebuild("?full=true")["index_version"] == "000003"
    assert maples(running) == ("000003", "40")
    assert first.stands()


# Damage


def test_a_damaged_generation_is_served_by_the_one_before_and_told(home: Path) -> None:
    (home / "documents/gardens.txt").write_text(gardens(41))
    rebuild(settings_of(home), WordEmbedder())
    damage(home / "index/generations/000003/000003-1/corpus.sqlite")
    with serving(home, command=keeper.HERE) as running:
        reply = running.client.get("/health/ready")
        assert (reply.status, reply.json) == (
            200,
            {
                "status": "degraded",
                "index_version": "000002",
                "detail": "the generation meant to be in use cannot be; generation 000002 serves; "
                "see the log or `alliance-qa check`",
            },
        )
        assert maples(running) == ("000002", "40")
        path = home / "index/generations/000003/000003-1/corpus.sqlite"
        assert running.index["damage"].startswith(f"{path} is damaged: expected SHA-256 ")
        assert f"{path} is damaged: expected SHA-256 " in running.log
        assert running.rebuild()["index_version"] == "000004"
        assert maples(running) == ("000004", "41")
        assert running.client.get("/health/ready").json == {
            "status": "ready",
            "index_version": "000004",
            "detail": None,
        }


def test_a_swap_to_a_damaged_generation_keeps_the_one_before(running: Running, home: Path) -> None:
    current = home / "index/CURRENT"
    before = current.read_text()
    current.write_text(f"000007 {'0' * 64}\n")
    wait(lambda: running.client.get("/health/ready").json["status"] == "degraded")
    assert maples(running) == ("000002", "40")
    current.write_text(before)
    wait(lambda: running.client.get("/health/ready").json["status"] == "ready")


def test_an_index_that_vanishes_is_still_served(running: Running, home: Path) -> None:
    shutil.rmtree(home / "index")
    wait(lambda: running.client.get("/health/ready").json["status"] == "degraded")
    assert maples(running) == ("000002", "40")
    assert "no index in" in running.index["damage"]
    assert running.rebuild()["index_version"] == "000001"
    assert maples(running) == ("000001", "40")
    assert running.client.get("/health/ready").json["status"] == "ready"


def test_a_server_ends_without_a_trace(home: Path) -> None:
    with serving(home) as running:
        maples(running)
    assert running.process.returncode == 0
    assert "Traceback" not in running.log
    assert server.TOKEN not in running.log
