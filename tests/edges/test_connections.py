"""Clients that hold a connection and do not go on, over real sockets."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.web.api import connections
from edges import keeper, server
from edges.client import PROBLEM
from edges.server import Running

HEAD = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
LIVE = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LONG = b"GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody for longer than a second or two; a minute's wait is the same code."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.6)
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.7)


@contextmanager
def connected(running: Running, sent: bytes = b"", address: str = "127.0.0.1") -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.settimeout(20)
        made.bind((address, 0))
        made.connect((running.client.host, running.client.port))
        made.sendall(sent)
        yield made


def rest(made: socket.socket) -> bytes:
    """Return all that still comes; a connection that is cut ends, too."""
    found = b""
    try:
        while more := made.recv(65536):
            found += more
    except ConnectionResetError:
        pass
    return found


def reply(made: socket.socket) -> bytes:
    """Return the first line of the next reply, which is read to its end."""
    with made.makefile("rb") as file:
        first, length = file.readline(), 0
        while (line := file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        file.read(length)
    return first.rstrip()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"GET /health/li", b"HTTP/1.1 408 Request Timeout"),
        (HEAD, b"HTTP/1.1 408 Request Timeout"),
        (HEAD + b"Content-Length: 99\r\n\r\n{", b"HTTP/1.1 408 Request Timeout"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"HTTP/1.1 408 Request Timeout"),
        (b"", b""),  # nothing is said to who says nothing
    ],
)
@pytest.mark.usefixtures("impatient")
def test_a_request_that_does_not_come_is_not_waited_for(sent: bytes, expected: bytes, small_home: Path) -> None:
    with server.hosted(small_home) as running, connected(running, sent) as made:
        started = time.monotonic()
        assert rest(made).partition(b"\r\n")[0] == expected
        assert time.monotonic() - started < 15


@pytest.mark.parametrize(
    ("sent", "status", "title"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Bad Request"),  # no Host
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400, "Bad Request"),
        (b"\x16\x03\x01\r\n\r\n", 400, "Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 17_000 + b"\r\n\r\n", 400, "Bad Request"),
        (b"GET /?" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "Bad Request"),
        (HEAD, 408, "Request Timeout"),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_what_the_application_never_sees_is_refused_as_all_else_is(
    sent: bytes, status: int, title: str, small_home: Path
) -> None:
    with server.hosted(small_home) as running, connected(running, sent) as made:
        head, _, body = rest(made).partition(b"\r\n\r\n")
    headers = dict(line.split(b": ") for line in head.lower().split(b"\r\n")[1:])
    assert headers[b"content-type"] == PROBLEM.encode()
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert (headers[b"connection"], int(headers[b"content-length"])) == (b"close", len(body))
    found = json.loads(body)
    assert (found["type"], found["status"], found["title"]) == ("about:blank", status, title)


@pytest.mark.usefixtures("impatient")
def test_a_head_that_trickles_is_as_late_as_one_that_does_not_come(small_home: Path) -> None:
    with server.hosted(small_home) as running, connected(running, LIVE) as made:
        assert reply(made) == b"HTTP/1.1 200 OK"  # the second request of a connection has no more time than the first
        with pytest.raises(ConnectionError):
            for _ in range(100):
                made.sendall(b"G")
                time.sleep(0.1)


@pytest.fixture
def unbuffered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system hold little of what a client does not read; it would hold megabytes."""
    made = connections.Connection.connection_made

    def smaller(self: connections.Connection, transport: Any) -> None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made(self, transport)

    monkeypatch.setattr(connections.Connection, "connection_made", smaller)


@pytest.mark.usefixtures("impatient", "unbuffered")
def test_who_does_not_read_a_reply_loses_the_connection(small_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with server.hosted(small_home) as running, connected(running, LONG) as made:
        server.wait(lambda: "took nothing of a reply" in caplog.text, 20)
        cut = rest(made)
    assert cut.startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(cut) < 500_000  # of 1.4 MB


@pytest.mark.usefixtures("unbuffered")
def test_who_reads_slowly_but_reads_keeps_the_connection(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WRITE_SECONDS", 2)
    with server.hosted(small_home) as running, connected(running, LONG) as made:
        found, started = 0, time.monotonic()
        while more := made.recv(2_048):
            found += len(more)
            time.sleep(0.005 if time.monotonic() - started < 6 else 0)  # 64 KiB in some 0.2 s, and for longer than 2 s
            if found > 1_400_000:
                break
    assert found > 1_400_000


def test_what_follows_a_refusal_is_not_read_on(small_home: Path) -> None:
    refused = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    with server.hosted(small_home) as running:
        for begin, status in (
            (refused, b"HTTP/1.1 413 "),
            (HEAD + b"Origin: https://evil.example\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 403 "),
            (HEAD + b"Content-Length: 999999999999\r\n\r\n", b"HTTP/1.1 413 "),
        ):
            with connected(running, begin) as made:
                sent = 0
                with pytest.raises(ConnectionError):
                    while sent < 1 << 28:
                        made.sendall(chunk)
                        sent += len(chunk)
                assert rest(made)[:13] in (status, b"")  # the system may drop what was not read when it is cut
            assert sent < 1 << 26


def test_who_stops_sending_reads_why_it_was_refused(small_home: Path) -> None:
    with server.hosted(small_home) as running:
        started = time.monotonic()
        with connected(running, HEAD + b"Content-Length: 99999999\r\n\r\n" + b" " * 300_000) as made:
            assert rest(made).startswith(b"HTTP/1.1 413 ")
        assert time.monotonic() - started < 2  # nothing more comes, and that is told at once


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 20\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 20\r\n",
        b"content-LENGTH: 0\r\ntransfer-ENCODING: Chunked\r\n",
    ],
)
def test_a_request_with_both_lengths_is_refused(lengths: bytes, small_home: Path) -> None:
    smuggled = b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with server.hosted(small_home) as running, connected(running, HEAD + lengths + b"\r\n" + smuggled) as made:
        found = rest(made)
    assert found.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert found.count(b"HTTP/1.1 ") == 1


def test_a_chunk_that_is_none_after_a_refusal_ends_the_connection(
    small_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin = HEAD + b"Origin: https://evil.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.hosted(small_home) as running, connected(running, begin) as made:
        assert reply(made) == b"HTTP/1.1 403 Forbidden"
        made.sendall(b"no chunk\r\n")
        rest(made)
    assert "Traceback" not in caplog.text


def test_one_address_holds_so_many_connections(small_home: Path) -> None:
    with (
        server.hosted(small_home, connections_per_address=2, trusted_proxies="192.0.2.1") as running,
        connected(running, b"G") as first,
        connected(running, b"G") as second,
    ):
        time.sleep(0.2)
        with connected(running, LIVE) as third, connected(running, LIVE, "127.0.0.2") as other:
            assert reply(third) == b"HTTP/1.1 200 OK"
            assert reply(other) == b"HTTP/1.1 200 OK"
            assert rest(first) == b""  # the one that let us wait longest made room
            second.sendall(LIVE[1:])
            assert reply(second) == b"HTTP/1.1 200 OK"


def test_a_trusted_proxy_holds_as_many_as_there_may_be(small_home: Path) -> None:
    with (
        server.hosted(small_home, connections_per_address=1, trusted_proxies="127.0.0.0/30") as running,
        connected(running, LIVE) as first,
        connected(running, LIVE) as second,
    ):
        assert [reply(first), reply(second)] == [b"HTTP/1.1 200 OK"] * 2
        first.sendall(LIVE)
        assert reply(first) == b"HTTP/1.1 200 OK"


def test_who_finds_all_places_taken_by_answers_is_told_so(
    small_home: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keeper.WAIT, str(workplace / "wait"))
    body = b'{"question": "When was the lighthouse lit?"}'
    ask = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with server.hosted(small_home, connections=1) as running:
        running.client.ask("When was the lighthouse lit?")
        (workplace / "wait").touch()
        with connected(running, ask) as first:
            time.sleep(0.3)
            with connected(running, LIVE) as second:
                found = rest(second)
            (workplace / "wait").unlink()
            assert reply(first) == b"HTTP/1.1 200 OK"
    assert found.startswith(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n")


def test_a_client_that_keeps_its_connection_is_served_as_before(small_home: Path) -> None:
    with server.hosted(small_home) as running, connected(running) as made:
        for _ in range(50):
            made.sendall(LIVE)
            assert reply(made) == b"HTTP/1.1 200 OK"
        made.sendall(LIVE * 3)  # pipelined
        found = b""
        while found.count(b"HTTP/1.1 200 OK") < 3:
            found += made.recv(65536)
