"""How many questions are taken, over real sockets and in this process."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from alliance_qa.service.service import Service
from alliance_qa.web.api import admin, create_app
from alliance_qa.web.api.rate_limits import address, network
from alliance_qa.web.api.repeats import Repeats
from edges import server
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.server import settings_of

ASK = {"question": "When was the lighthouse lit?"}
HERE, THERE = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}


def visitor(home: Path, **limits: object) -> Iterator[TestClient]:
    settings = settings_of(home).model_copy(update=limits)
    with TestClient(create_app(Service(settings, WordEmbedder()))) as found:
        yield found


def request_of(host: str | None) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1) if host is not None else None})


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        (None, ""),
    ],
)
def test_whom_a_request_counts_for(host: str | None, counted: str) -> None:
    assert address(request_of(host)) == counted


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions", "/v1/search", "/v1/feedback", "/v1/messages"])
def test_one_address_may_ask_so_often(path: str, small_home: Path) -> None:
    for client in visitor(small_home, limit_per_address="3/hour"):
        assert [client.post("/v1/ask", json=ASK).status_code for _ in range(3)] == [200] * 3
        bodies = {
            "/v1/ask": ASK,
            "/v1/chat/completions": {"model": "alliance-qa", "messages": [{"role": "user", "content": "a"}]},
            "/v1/feedback": {"answer_id": "0" * 32, "rating": "up"},
            "/v1/messages": {"answer_id": "0" * 32},
        }
        reply = client.get(path, params=ASK) if path == "/v1/search" else client.post(path, json=bodies[path])
        assert (reply.status_code, reply.headers["content-type"]) == (429, PROBLEM)
        seconds = int(reply.headers["retry-after"])
        assert 1 <= seconds <= 3_600
        assert reply.json()["detail"] == f"too many questions from this address; the next is taken in {seconds} s"
        assert client.get("/v1/documents").status_code == 200


def test_after_the_time_that_was_told_the_next_is_taken(small_home: Path) -> None:
    for client in visitor(small_home, limit_per_address="1/2 seconds"):
        replies = (client.post("/v1/ask", json=ASK) for _ in range(20))
        refused = next(reply for reply in replies if reply.status_code == 429)
        time.sleep(int(refused.headers["retry-after"]))
        assert client.post("/v1/ask", json=ASK).status_code == 200


def test_one_conversation_may_ask_so_often(small_home: Path) -> None:
    for client in visitor(small_home, limit_per_conversation="2/hour"):
        given = client.post("/v1/ask", json=ASK).json()["conversation_id"]
        further = ASK | {"conversation_id": given}
        assert [client.post("/v1/ask", json=further).status_code for _ in range(3)] == [200, 200, 429]
        assert client.post("/v1/ask", json=ASK | {"conversation_id": "0" * 32}).status_code == 200


def test_all_together_may_ask_so_often(small_home: Path) -> None:
    for client in visitor(small_home, limit_overall="2/hour"):
        replies = [client.post("/v1/ask", json=ASK) for _ in range(3)]
        assert [reply.status_code for reply in replies] == [200, 200, 429]
        assert replies[-1].json()["detail"].startswith("too many questions at the moment; ")


def test_the_tightest_of_several_limits_counts(small_home: Path) -> None:
    for client in visitor(small_home, limit_per_address="100/second;2/day"):
        assert [client.post("/v1/ask", json=ASK).status_code for _ in range(3)] == [200, 200, 429]


def test_a_limit_that_is_off_does_not_count(small_home: Path) -> None:
    for client in visitor(small_home, limit_per_address="off", limit_overall="off"):
        assert {client.post("/v1/ask", json=ASK).status_code for _ in range(70)} == {200}


@pytest.mark.parametrize(
    ("trusted", "statuses"), [("127.0.0.1", [200, 429, 200, 429]), ("192.0.2.200", [200, 429, 429, 429])]
)
def test_whom_a_trusted_proxy_names_is_counted(trusted: str, statuses: list[int], small_home: Path) -> None:
    with server.hosted(small_home, limit_per_address="1/hour", trusted_proxies=trusted) as running:
        replies = [running.client.post("/v1/ask", ASK, headers) for headers in (HERE, HERE, THERE, THERE)]
        assert [reply.status for reply in replies] == statuses


@pytest.mark.parametrize(
    "named", [[f"garbage{i}" for i in range(3)], ["unknown"] * 3, ["", " ", ","], ["_a", "_b", "c"]]
)
def test_who_is_named_by_no_address_counts_as_the_proxy(named: list[str], small_home: Path) -> None:
    with server.hosted(small_home, limit_per_address="1/hour", trusted_proxies="127.0.0.1") as running:
        replies = [running.client.post("/v1/ask", ASK, {"X-Forwarded-For": name}) for name in named]
        assert [reply.status for reply in replies] == [200, 429, 429]
        assert running.client.post("/v1/ask", ASK).status == 429


def test_nobody_is_believed_unless_a_keeper_says_so(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # of uvicorn
    with server.hosted(small_home, limit_per_address="1/hour") as running:
        replies = [running.client.post("/v1/ask", ASK, headers) for headers in (HERE, THERE)]
        assert [reply.status for reply in replies] == [200, 429]


def test_what_a_visitor_says_before_the_proxy_does_is_not_believed(small_home: Path) -> None:
    with server.hosted(small_home, limit_per_address="1/hour", trusted_proxies="127.0.0.1") as running:
        chains = [f"203.0.113.{i}, 192.0.2.1" for i in range(3)]
        replies = [running.client.post("/v1/ask", ASK, {"X-Forwarded-For": chain}) for chain in chains]
        assert [reply.status for reply in replies] == [200, 429, 429]


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("2001:db8:2::", "2001:db8:2::/48"),
        ("2002:c000:201:5::1", "2002:c000:201::/48"),  # 6to4: all that one IPv4 address holds
        ("::ffff:192.0.2.1", ""),
        ("192.0.2.1", ""),
        ("testclient", ""),
        (None, ""),
    ],
)
def test_the_network_a_request_counts_for(host: str | None, counted: str) -> None:
    assert network(request_of(host)) == counted


def test_one_network_may_ask_so_often(small_home: Path) -> None:
    with server.hosted(
        small_home, limit_per_address="2/hour", limit_per_network="3/hour", trusted_proxies="127.0.0.1"
    ) as running:
        names = ["2001:db8:1:1::1"] * 5 + ["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:2:1::1"]
        replies = [running.client.post("/v1/ask", ASK, {"X-Forwarded-For": name}) for name in names]
    # What is over the limit of its address takes nothing from the others of its network.
    assert [reply.status for reply in replies] == [200, 200, 429, 429, 429, 200, 429, 200]
    assert replies[6].json["detail"].startswith("too many questions from this network; ")


def token(given: str, forwarded: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}", "X-Forwarded-For": forwarded}


def test_wrong_tokens_are_limited_by_address(small_home: Path) -> None:
    with server.hosted(small_home, limit_wrong_tokens="3/hour", trusted_proxies="127.0.0.1") as running:
        client = running.client
        wrong = [client.get("/v1/index", headers=token(f"wrong{i}", "192.0.2.1")) for i in range(5)]
        assert [reply.status for reply in wrong] == [401, 401, 401, 429, 429]
        assert (
            wrong[4].json["detail"].startswith("too many wrong admin tokens from this address; the next is taken in ")
        )
        assert 1 <= int(wrong[4].headers["retry-after"]) <= 3_600
        # Whether a guess was right would else be told all the same.
        assert client.get("/v1/index", headers=token(server.TOKEN, "192.0.2.1")).status == 429
        assert client.get("/v1/index", headers={"X-Forwarded-For": "192.0.2.1"}).status == 401
        assert client.get("/v1/index", headers=token(server.TOKEN, "192.0.2.2")).status == 200


def test_wrong_tokens_of_one_network_count_together(small_home: Path) -> None:
    with server.hosted(small_home, limit_wrong_tokens="3/hour", trusted_proxies="127.0.0.1") as running:
        names = [f"2001:db8:1:{i}::1" for i in range(5)]
        wrong = [running.client.get("/v1/index", headers=token("wrong", name)) for name in names]
    assert [reply.status for reply in wrong] == [401, 401, 401, 429, 429]


def test_right_tokens_and_none_count_for_nothing(small_home: Path) -> None:
    with server.hosted(small_home, limit_wrong_tokens="1/hour") as running:
        for headers in [{}, server.ADMIN, {"Authorization": "Basic YTpi"}] * 3:
            assert running.client.get("/v1/index", headers=headers).status == (200 if headers == server.ADMIN else 401)


def test_wrong_tokens_are_logged_once_a_minute(
    small_home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(admin.__name__), "filters", [Repeats(1)])
    with server.hosted(small_home, trusted_proxies="127.0.0.1") as running:
        for i in range(50):
            assert running.client.get("/v1/index", headers=token(f"wrong{i}", f"192.0.2.{i}")).status == 401
    lines = [record.getMessage() for record in caplog.records if "token" in record.getMessage()]
    assert lines == ["a wrong admin token came from 192.0.2.0"]
    assert "wrong1" not in caplog.text


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions", "/v1/search"])
def test_a_question_may_take_so_much_processor_time(path: str, accept: str, small_home: Path) -> None:
    bodies = {
        "/v1/ask": ASK,
        "/v1/chat/completions": {
            "model": "alliance-qa",
            "messages": [{"role": "user", "content": ASK["question"]}],
            "stream": accept != "application/json",
        },
    }
    for client in visitor(small_home, question_seconds=0.0):
        headers = {"Accept": accept}
        if path == "/v1/search":
            reply = client.get(path, params=ASK, headers=headers)
        else:
            reply = client.post(path, json=bodies[path], headers=headers)
        assert (reply.status_code, reply.headers["content-type"]) == (503, PROBLEM)
        assert "retry-after" not in reply.headers
        assert reply.json()["detail"] == (
            "this question takes more than the 0 seconds of processor time that one may take; ask a shorter one"
        )


@pytest.mark.parametrize("jump", [-86_400.0, -90.0, 90.0, 86_400.0])
def test_a_clock_that_is_set_gives_one_share_more_and_locks_nobody_out(
    jump: float, small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds, ahead = time.time, 0.0
    monkeypatch.setattr(time, "time", lambda: seconds() + ahead)
    for client in visitor(small_home, limit_per_address="3/hour"):
        assert [client.post("/v1/ask", json=ASK).status_code for _ in range(4)] == [200, 200, 200, 429]
        ahead = jump
        replies = [client.post("/v1/ask", json=ASK) for _ in range(9)]
        assert [reply.status_code for reply in replies] == [200] * 3 + [429] * 6
        assert 1 <= int(replies[-1].headers["retry-after"]) <= 3_600


def test_a_clock_that_runs_fast_lets_no_more_through_than_it_gains(
    small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ahead = time.time(), 0.0
    monkeypatch.setattr(time, "time", lambda: began + ahead)  # however long it takes here
    for client in visitor(small_home, limit_per_address="10/minute"):
        taken = 0
        for _ in range(100):
            ahead += 0.3  # half a minute in all
            taken += client.post("/v1/ask", json=ASK).status_code == 200
        assert 10 <= taken <= 16
