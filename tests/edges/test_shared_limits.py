"""The rate limits of several replicas, which a Redis counts; and what becomes of them without it."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from alliance_qa import cli
from alliance_qa.errors import ExtraMissingError, SettingsError
from alliance_qa.service import service
from alliance_qa.settings import load
from alliance_qa.web.api.rate_counts import Counts
from edges import keeper, redis_server, server
from edges.redis_server import Redis, needed
from edges.server import Running, hosted

ASK = {"question": "When was the lighthouse lit?"}
MESSAGE = "ALLIANCE_QA_LIMIT_STORAGE does not count"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with redis_server.serving(tmp_path) as running:
        yield running


@pytest.fixture
def two(small_home: Path, redis: Redis) -> Iterator[tuple[Running, Running]]:
    limits: dict[str, Any] = {"limit_per_address": "4/hour", "limit_storage": redis.address}
    with hosted(small_home, **limits) as one, hosted(small_home, **limits) as other:
        yield one, other


def asked(running: Running) -> int:
    return running.client.post("/v1/ask", ASK).status


@needed
def test_one_client_takes_its_share_of_three_processes_and_no_more(small_home: Path, redis: Redis) -> None:
    environment = {
        "ALLIANCE_QA_LIMIT_STORAGE": redis.address,
        "ALLIANCE_QA_LIMIT_PER_ADDRESS": "30/hour",
        "ALLIANCE_QA_LIMIT_PER_CONVERSATION": "5/hour",
        "ALLIANCE_QA_TRUSTED_PROXIES": "127.0.0.1",
    }
    with ExitStack() as stack:
        homes = [small_home.parent / f"{small_home.name}-{n}" for n in range(3)]
        for home in homes:
            home.mkdir()
            for name in ("documents", "index"):
                (home / name).symlink_to(small_home / name)
        with ThreadPoolExecutor(9) as clients:
            running = list(
                clients.map(lambda home: stack.enter_context(server.serving(home, environment=environment)), homes)
            )

            def ask(number: int, body: dict[str, str], source: str) -> int:
                return running[number % 3].client.post("/v1/ask", body, {"X-Forwarded-For": source}).status

            one = list(clients.map(lambda n: ask(n, ASK, "192.0.2.1"), range(90)))
            further = ASK | {"conversation_id": "c" * 32}
            conversation = list(clients.map(lambda n: ask(n, further, f"192.0.2.{n + 9}"), range(18)))

            assert Counter(one) == {200: 30, 429: 60}
            assert Counter(conversation) == {200: 5, 429: 13}
            assert [ask(n, ASK, "192.0.2.2") for n in range(3)] == [200] * 3


@needed
def test_without_its_redis_a_replica_counts_for_itself_and_says_so_once(
    two: tuple[Running, Running], redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    assert [asked(two[n % 2]) for n in range(5)] == [200, 200, 200, 200, 429]
    redis.process.kill()
    redis.process.wait()

    assert [asked(two[0]) for _ in range(5)] == [200, 200, 200, 200, 429]
    told = [record for record in caplog.records if MESSAGE in record.message]
    assert [record.levelno for record in told] == [logging.ERROR]


@needed
def test_a_redis_that_is_back_counts_again(two: tuple[Running, Running], redis: Redis, tmp_path: Path) -> None:
    redis.process.kill()
    redis.process.wait()
    assert asked(two[0]) == 200
    with redis_server.serving(tmp_path, redis.port):
        time.sleep(1.1)
        assert [asked(two[n % 2]) for n in range(5)] == [200, 200, 200, 200, 429]


@needed
def test_a_redis_that_hangs_holds_up_neither_questions_nor_anything_else(
    two: tuple[Running, Running], redis: Redis
) -> None:
    assert asked(two[0]) == 200
    redis.process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(4) as clients:
        started = time.monotonic()
        questions = [clients.submit(asked, two[0]) for _ in range(4)]
        slowest = 0.0
        while not all(question.done() for question in questions):
            before = time.monotonic()
            assert two[0].client.get("/health/live").status == 200
            slowest = max(slowest, time.monotonic() - before)
        assert [question.result() for question in questions] == [200] * 4
        assert time.monotonic() - started < 5  # on a busy machine; a quarter of a second is spent on Redis
        assert slowest < 1
    redis.process.send_signal(signal.SIGCONT)


@needed
def test_ratings_and_wrong_tokens_count_together_too(small_home: Path, redis: Redis) -> None:
    limits: dict[str, Any] = {
        "limit_per_address": "2/hour",
        "limit_wrong_tokens": "2/hour",
        "limit_storage": redis.address,
    }
    with hosted(small_home, **limits) as one, hosted(small_home, **limits) as other:
        rating = {"answer_id": "0" * 32, "rating": "up"}
        assert [each.client.post("/v1/feedback", rating).status for each in (one, other, one)] == [404, 404, 429]
        wrong = {"Authorization": "Bearer wrong"}
        assert [each.client.get("/v1/index", headers=wrong).status for each in (one, other, one)] == [401, 401, 429]
        assert one.client.get("/v1/index", headers=server.ADMIN).status == 429


def test_without_the_client_of_redis_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ExtraMissingError, match=r'run: pip install "alliance-qa\[redis\]"$'):
        Counts("redis://127.0.0.1:6379/0")


def test_serve_says_in_one_line_what_to_install(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small_home)
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setenv("ALLIANCE_QA_LIMIT_STORAGE", "redis://127.0.0.1:6379/0")
    monkeypatch.setattr(service, "load_embedder", lambda settings: keeper.KeptEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda settings: None)

    done = CliRunner().invoke(cli.main, ["serve"])

    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        1,
        'alliance-qa: ALLIANCE_QA_LIMIT_STORAGE needs the client of Redis; run: pip install "alliance-qa[redis]"',
    )


@pytest.mark.parametrize(
    "storage", ["redis://host:6379/0", "rediss://user:secret@[::1]:6379/3", "redis+unix:///run/redis.sock", "memory"]
)
def test_an_address_of_a_redis_is_taken_and_not_shown(storage: str) -> None:
    settings = load(limit_storage=storage)
    assert settings.limit_storage == storage
    assert "redis" not in repr(settings)


@pytest.mark.parametrize(
    "storage",
    [
        *("redis", "http://host", "redis://host:99999", "redis://host/0?x=secret", "redis://", "redis://a..b:6379/0"),
        *(f"redis://user:secret{sign}w@host:1/0" for sign in "/#?@["),
    ],
)
def test_any_other_storage_is_refused_without_showing_it(storage: str) -> None:
    with pytest.raises(SettingsError, match=r"^ALLIANCE_QA_LIMIT_STORAGE=\(hidden\) is not valid: must be ") as error:
        load(limit_storage=storage)
    assert "secret" not in str(error.value)
