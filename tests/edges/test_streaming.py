"""Answers as server-sent events, over a real socket."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alliance_qa.ports import Vectors
from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app, sse
from edges import keeper, server
from edges.client import PROBLEM, Client
from edges.conftest import settings_of
from edges.embedder import WordEmbedder
from edges.events import STREAM, joined, open_stream, read
from edges.server import Server, wait

QUESTION = "How many maples did the gardener of Karuizawa plant?"
ANSWERED = ["resolved", "passages", "answer", "citations", "done"]
REFUSED = ["resolved", "passages", "citations", "done"]
OWN = {"answer_id", "conversation_id", "took_ms"}  # differ each time


def ask(client: Client, question: str, **fields: object) -> list[tuple[str, Any]]:
    connection, reply = open_stream(client, {"question": question, **fields})
    assert (reply.status, reply.getheader("content-type")) == (200, "text/event-stream; charset=utf-8")
    assert (reply.getheader("cache-control"), reply.getheader("x-accel-buffering")) == ("no-store", "no")
    found = list(read(reply))
    connection.close()
    return found


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("When was AUKUS announced?", ANSWERED),
        ("Which documents do you have?", ["resolved", "passages", *["answer"] * 5, "citations", "done"]),
        ("best ramen in osaka?", REFUSED),
        ("?", REFUSED),
        ("Когда был подписан договор?", REFUSED),
    ],
)
def test_the_events_are_the_answer_in_parts(question: str, names: list[str], client: Client) -> None:
    events = ask(client, question)
    assert [name for name, _ in events] == names
    streamed, whole = joined(events), client.ask(question)
    assert set(streamed) == set(whole)
    assert {k: v for k, v in streamed.items() if k not in OWN} == {k: v for k, v in whole.items() if k not in OWN}


@pytest.mark.model
def test_a_conversation_keeps_the_id_that_the_service_gave(client: Client) -> None:
    first = joined(ask(client, "What is AUKUS?"))
    history = [{"role": "user", "content": "What is AUKUS?"}, {"role": "assistant", "content": first["answer"]}]
    given = first["conversation_id"]
    second = joined(ask(client, "When was it announced?", history=history, conversation_id=given))
    assert second["resolved_question"] == "When was AUKUS announced?"
    assert (second["conversation_id"], second["answer_id"] == first["answer_id"]) == (given, False)
    assert client.ask("What is AUKUS?")["conversation_id"] != given


@pytest.mark.model
@pytest.mark.parametrize(
    "given", ["", "a" * 31, "a" * 33, "A" * 32, "g" * 32, "a" * 32 + "\n", 7, ["a" * 32], {"$ne": None}, True]
)
def test_an_id_that_the_service_cannot_have_given_is_refused(given: object, client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "What is AUKUS?", "conversation_id": given})
    assert (reply.status, [error["field"] for error in reply.json["errors"]]) == (422, ["body.conversation_id"])


@pytest.mark.model
@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html", "text/event-streams", ""])
def test_who_does_not_name_events_gets_json(accept: str, client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "What is AUKUS?"}, {"Accept": accept})
    assert (reply.headers["content-type"], reply.json["answered"]) == ("application/json", True)


@pytest.mark.model
@pytest.mark.parametrize(
    "accept", ["text/event-stream", "application/json, text/event-stream;q=0.9", "TEXT/EVENT-STREAM"]
)
def test_who_names_events_gets_events(accept: str, client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "What is AUKUS?"}, {"Accept": accept})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"


@pytest.mark.model
def test_a_fault_before_the_first_event_is_an_ordinary_error(client: Client) -> None:
    for body, status in (({"question": ""}, 422), ({"question": "a", "filters": {"document": "none"}}, 404)):
        reply = client.send("POST", "/v1/ask", json.dumps(body).encode(), STREAM)
        assert (reply.status, reply.headers["content-type"]) == (status, PROBLEM)


# Without a model, in this process


class SlowEmbedder(WordEmbedder):
    """Takes a while over a question."""

    seconds = 0.0

    def embed_question(self, question: str) -> Vectors:
        time.sleep(self.seconds)
        return super().embed_question(question)


@pytest.fixture
def slow() -> SlowEmbedder:
    return SlowEmbedder()


@pytest.fixture
def visitor(small_home: Path, slow: SlowEmbedder) -> Iterator[TestClient]:
    with TestClient(create_app(Service(settings_of(small_home), slow)), raise_server_exceptions=False) as found:
        yield found


def test_a_fault_after_the_first_event_is_the_only_end(visitor: TestClient, slow: SlowEmbedder) -> None:
    slow.fault = RuntimeError("/home/keeper/secret-path")
    reply = visitor.post("/v1/ask", json={"question": QUESTION}, headers=STREAM)
    assert reply.status_code == 200
    events = list(read(reply.content.splitlines(keepends=True)))
    assert [name for name, _ in events] == ["resolved", "error"]
    assert events[-1][1] == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "an internal error; see the log of the service",
    }


def test_while_an_answer_takes_long_the_stream_shows_that_it_lives(
    visitor: TestClient, slow: SlowEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.02)
    slow.seconds = 0.2
    reply = visitor.post("/v1/ask", json={"question": QUESTION}, headers=STREAM)
    names = [name for name, _ in read(reply.content.splitlines(keepends=True))]
    assert names[:3] == ["resolved", ":", ":"]
    assert [name for name in names if name != ":"] == REFUSED


# A server without a model, whose questions wait


@pytest.fixture
def waiting(small_home: Path, tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A real server, and the file that makes its questions wait while it exists."""
    home, gate = tmp_path / "home", tmp_path / "wait"
    shutil.copytree(small_home, home)
    with server.serving(home, environment={keeper.WAIT: str(gate)}) as running:
        running.client.ask(QUESTION)
        gate.touch()
        yield running, gate
        gate.unlink(missing_ok=True)


def sockets(running: Server) -> int:
    """Return how many sockets the server holds open."""
    found = 0
    for handle in Path(f"/proc/{running.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            found += str(handle.readlink()).startswith("socket:")
    return found


def test_the_first_event_does_not_wait_for_the_answer(waiting: tuple[Server, Path]) -> None:
    running, gate = waiting
    connection, reply = open_stream(running.client, {"question": QUESTION})
    events = read(reply)
    assert next(events)[0] == "resolved"
    gate.unlink()
    assert [name for name, _ in events] == REFUSED[1:]
    connection.close()


def test_whoever_leaves_is_let_go_of_within_five_seconds(waiting: tuple[Server, Path]) -> None:
    running, gate = waiting
    before = sockets(running)
    opened = [open_stream(running.client, {"question": QUESTION}) for _ in range(10)]
    for _, reply in opened:
        reply.readline()
    wait(lambda: sockets(running) >= before + 10, 5)
    for connection, reply in opened:
        reply.close()
        connection.close()
    wait(lambda: sockets(running) <= before, 5)
    gate.unlink()
    # The steps that were under way have ended, and nobody is counted who did not get an answer.
    wait(lambda: "alliance_qa_questions_total" in running.client.get("/metrics").text, 5)
    assert running.client.ask(QUESTION)["reason"] == "related_but_not_stated"
    assert "Traceback" not in running.log


def test_however_many_wait_other_calls_are_answered(waiting: tuple[Server, Path]) -> None:
    running, _ = waiting
    opened = [open_stream(running.client, {"question": QUESTION}) for _ in range(50)]
    for _, reply in opened:
        assert reply.readline() == b"event: resolved\n"
    started = time.monotonic()
    assert running.client.get("/health/live").status == 200
    assert running.client.get("/v1/documents").status == 200
    assert time.monotonic() - started < 5
    for connection, reply in opened:
        reply.close()
        connection.close()


def test_nothing_is_worked_out_for_those_who_left_the_queue(waiting: tuple[Server, Path]) -> None:
    running, gate = waiting
    before = sockets(running)
    opened = [open_stream(running.client, {"question": QUESTION}) for _ in range(20)]
    for _, reply in opened:
        reply.readline()
    wait(lambda: sockets(running) >= before + 20, 5)
    for connection, reply in opened[4:]:
        reply.close()
        connection.close()
    wait(lambda: sockets(running) <= before + 4, 5)
    gate.unlink()
    for _, reply in opened[:4]:
        reply.read()
    asked = re.search(r"alliance_qa_answer_seconds_count (\S+)", running.client.get("/metrics").text)
    assert asked
    assert float(asked[1]) == 1 + 4  # one before the gate was shut


def test_a_fault_after_its_client_has_left_is_in_the_log(small_home: Path, tmp_path: Path) -> None:
    home, gate, fault = tmp_path / "home", tmp_path / "wait", tmp_path / "fault"
    shutil.copytree(small_home, home)
    environment = {keeper.WAIT: str(gate), keeper.FAULT: str(fault)}
    with server.serving(home, environment=environment) as running:
        gate.touch()
        connection, reply = open_stream(running.client, {"question": QUESTION})
        reply.readline()
        before = sockets(running)
        reply.close()
        connection.close()
        wait(lambda: sockets(running) < before, 5)
        fault.touch()
        gate.unlink()
        wait(lambda: "a question failed after its client had left" in running.log, 5)
        assert "never retrieved" not in running.log


def test_a_server_that_is_told_to_end_finishes_what_it_answers(waiting: tuple[Server, Path]) -> None:
    running, gate = waiting
    connection, reply = open_stream(running.client, {"question": QUESTION})
    events = read(reply)
    assert next(events)[0] == "resolved"
    running.process.send_signal(signal.SIGTERM)
    wait(lambda: "Shutting down" in running.log, 10)
    with pytest.raises(OSError, match="refused"):
        http.client.HTTPConnection(running.client.host, running.client.port, timeout=5).request("GET", "/health/live")
    threading.Timer(0.5, gate.unlink).start()
    assert [name for name, _ in events] == REFUSED[1:]
    connection.close()
    assert running.process.wait(10) in (0, -signal.SIGTERM)
    assert "Traceback" not in running.log
