"""Answers as server-sent events, over a real socket."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from alliance_qa.ports import Vectors
from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app, sse
from alliance_qa.web.api import server as api_server
from alliance_qa.web.api.work_queue import AT_ONCE
from edges import keeper
from edges.client import PROBLEM, Client
from edges.embedder import WordEmbedder
from edges.events import STREAM, joined, open_stream, read
from edges.server import Server, clean_environment, fastest, serving, settings_of, wait

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
        ("Thanks!", REFUSED),
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
    """Takes a while over the question of these tests."""

    seconds = 0.0

    def embed_question(self, question: str) -> Vectors:
        if question == QUESTION:
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
    slow.seconds = 0.5
    reply = visitor.post("/v1/ask", json={"question": QUESTION}, headers=STREAM)
    names = [name for name, _ in read(reply.content.splitlines(keepends=True))]
    assert names[:3] == ["resolved", ":", ":"]
    assert [name for name in names if name != ":"] == REFUSED


# A process without a model, whose questions wait


@pytest.fixture
def gate(process: Server) -> Iterator[Path]:
    """The file that makes its questions wait while it exists, which it does."""
    path = process.home / "wait"
    process.client.ask(QUESTION)
    path.touch()
    yield path
    path.unlink(missing_ok=True)


Stream = tuple[http.client.HTTPConnection, http.client.HTTPResponse | None]


def opened(running: Server, count: int) -> list[Stream]:
    """Ask so often, at most as often as there are places; return when each stream has begun."""
    streams = [open_stream(running.client, {"question": QUESTION}) for _ in range(count)]
    for _, reply in streams:
        assert reply.readline() == b"event: resolved\n"
    return [*streams]


def queued(running: Server, count: int, accept: str = STREAM["Accept"]) -> list[Stream]:
    """Ask so often while there is no place; return when all wait for one."""
    connections = [http.client.HTTPConnection(running.client.host, running.client.port) for _ in range(count)]
    for connection in connections:
        connection.request("POST", "/v1/ask", json.dumps({"question": QUESTION}), STREAM | {"Accept": accept})
    wait(lambda: waits(running) == count)
    return [(connection, None) for connection in connections]


def waits(running: Server) -> int:
    """Return how many questions wait for their turn."""
    return int(running.client.get("/metrics").text.split("\nalliance_qa_questions_waiting ")[1].split(".")[0])


def ports(streams: list[Stream]) -> set[int]:
    return {connection.sock.getsockname()[1] for connection, _ in streams}


def leave(streams: list[Stream]) -> None:
    for connection, reply in streams:
        if reply is not None:
            reply.close()
        connection.close()


def sockets(running: Server, others: set[int]) -> int:
    """Return how many sockets the server holds open to these ports of its clients."""
    held = set()
    for handle in Path(f"/proc/{running.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            held.add(str(handle.readlink()))
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # Of each: its number, here, there, state, …, and tenth its inode. A place is ADDRESS:PORT in hexadecimal.
    return sum(f"socket:[{line[9]}]" in held and int(line[2].split(":")[1], 16) in others for line in lines)


def gone(running: Server, others: set[int]) -> float:
    """Return after how many seconds the server holds no socket to these ports."""
    return wait(lambda: sockets(running, others) == 0)


def test_the_first_event_does_not_wait_for_the_answer(process: Server, gate: Path) -> None:
    connection, reply = open_stream(process.client, {"question": QUESTION})
    events = read(reply)
    assert next(events)[0] == "resolved"
    gate.unlink()
    assert [name for name, _ in events] == REFUSED[1:]
    connection.close()


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_whoever_leaves_is_let_go_of_within_five_seconds(accept: str, process: Server, gate: Path) -> None:
    before, seconds = len(process.log), []
    places = opened(process, AT_ONCE)  # not free before their questions are worked out, whoever leaves
    for at in range(3):
        streams = queued(process, 10, accept) + (places if at == 0 else [])
        own = ports(streams)
        assert sockets(process, own) == len(streams)
        leave(streams)
        seconds.append(gone(process, own))
    assert min(seconds) < 5  # where nothing else wanted the processor
    gate.unlink()
    # The steps that were under way have ended, and nobody is counted who did not get an answer.
    wait(lambda: "alliance_qa_questions_total" in process.client.get("/metrics").text)
    assert process.client.ask(QUESTION)["reason"] == "related_but_not_stated"
    assert "Traceback" not in process.log[before:]


def test_however_many_wait_other_calls_are_answered(process: Server, gate: Path) -> None:
    streams = opened(process, AT_ONCE) + queued(process, 50)
    paths = ("/health/live", "/v1/documents")
    assert [process.client.get(path).status for path in paths] == [200, 200]
    assert fastest(lambda: [process.client.get(path) for path in paths]) < 5
    leave(streams)


def test_nothing_is_worked_out_for_those_who_left_the_queue(process: Server, gate: Path) -> None:
    def worked_out() -> int:
        return (process.home / "asked").read_text("utf-8").splitlines().count(QUESTION)

    before = worked_out()
    staying, leaving = opened(process, AT_ONCE), queued(process, 16)
    own = ports(leaving)
    leave(leaving)
    gone(process, own)
    assert sockets(process, ports(staying)) == 4
    gate.unlink()
    for _, reply in staying:
        assert reply is not None
        reply.read()
    process.client.ask(QUESTION)  # comes after whatever still waits
    assert worked_out() == before + 5


def test_a_fault_after_its_client_has_left_is_in_the_log(process: Server, gate: Path) -> None:
    before, fault = len(process.log), process.home / "fault"
    streams = opened(process, 1)
    own = ports(streams)
    leave(streams)
    gone(process, own)
    fault.touch()
    gate.unlink()
    wait(lambda: "a question failed after its client had left" in process.log[before:])
    fault.unlink()
    assert "never retrieved" not in process.log[before:]


def test_a_server_that_is_told_to_end_finishes_what_it_answers(small_home: Path, tmp_path: Path) -> None:
    home, gate = tmp_path / "home", tmp_path / "wait"
    shutil.copytree(small_home, home)
    gate.touch()
    with serving(home, environment={keeper.WAIT: str(gate)}) as running:
        connection, reply = open_stream(running.client, {"question": QUESTION})
        events = read(reply)
        assert next(events)[0] == "resolved"
        running.process.send_signal(signal.SIGTERM)
        wait(lambda: "Shutting down" in running.log)
        with pytest.raises(OSError, match="refused"):
            http.client.HTTPConnection(running.client.host, running.client.port).request("GET", "/health/live")
        gate.unlink()
        assert [name for name, _ in events] == REFUSED[1:]
        connection.close()
        assert running.process.wait(60) == 0
        assert "Traceback" not in running.log


_TOLD_WHILE_LOADING = """
import os, signal, time
from alliance_qa import cli

def loading(**_):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    except BaseException:
        raise ImportError("initialization failed") from None  # as compiled modules do

cli._open = loading
cli.main()
"""


def test_a_server_that_is_told_to_end_while_it_loads_ends_without_a_trace(workplace: Path) -> None:
    command = [sys.executable, "-c", _TOLD_WHILE_LOADING, "serve"]
    found = subprocess.run(command, cwd=workplace, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stderr) == (0, "")


def test_a_server_that_is_told_to_end_before_it_listens_ends(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []

    def told(serving: uvicorn.Server) -> None:
        signal.raise_signal(signal.SIGTERM)
        ends.append(serving.should_exit)

    monkeypatch.setattr("uvicorn.Server.run", told)
    before = [(number, signal.getsignal(number)) for number in (signal.SIGTERM, signal.SIGINT)]
    service = Service(settings_of(small_home), WordEmbedder())
    try:
        api_server.run(create_app(service), service)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
        service.close()
    assert ends == [True]
