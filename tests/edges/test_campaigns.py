"""Short runs of the campaigns; `python -m campaigns.swaps --help` and `campaigns.kills` tell of the long ones."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from campaigns import contract, crowd, memory, nasty, overload, replicas, restarts, sockets, stores, swaps, uploads
from campaigns.asking import counts
from edges import keeper, server

TESTS = Path(__file__).resolve().parents[1]


def test_no_request_fails_or_mixes_while_generations_are_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swaps, "_QUIET_SECONDS", 1)
    # Two clients leave the rebuilds, which yield to them, something of two cores; the campaign has sixteen.
    outcome = swaps.run(tmp_path, swaps=2, clients=2, command=keeper.HERE)
    print(outcome)
    assert (outcome.failed, outcome.mixed, outcome.wrong) == ([], [], [])
    assert (outcome.swaps, outcome.earlier) == (2, 2 * 11)
    assert min(outcome.requests, 10 * outcome.quotes) > 50
    assert outcome.growth < 1.25
    assert max(outcome.handles) < outcome.handles[0] + 2 * 12


@pytest.mark.skipif(replicas.missing() != [], reason=f"needs {', '.join(replicas.missing())}: apt-get install")
def test_no_request_fails_or_mixes_while_replicas_are_swapped(tmp_path: Path) -> None:
    outcome = replicas.run(tmp_path, count=2, clients=2, seed=6, late=1, serving=server.hosted)
    print(outcome)
    assert (outcome.failed, outcome.mixed, outcome.wrong) == ([], [], [])
    assert outcome.swaps == 2
    assert min(outcome.requests, outcome.quotes, outcome.late) > 10
    assert outcome.pages > 0


def test_an_index_whose_writers_are_killed_holds_the_old_or_the_new() -> None:
    # A process of its own: it forks, and this one may hold threads that do not survive that. So many kills and
    # not so many seconds: how much fits into those is the other load's to say.
    short = ["--kills", "20", "--seed", "7", "--every", "20", "--ready-seconds", "60"]
    campaign = subprocess.run(
        [sys.executable, "-m", "campaigns.kills", *short], cwd=TESTS, capture_output=True, text=True, timeout=500
    )
    assert campaign.returncode == 0, campaign.stdout + campaign.stderr
    counted = re.search(
        r"(\d+) rebuilds and (\d+) servers killed; then on disk: (\d+) times the old content, (\d+) times the new",
        campaign.stdout,
    )
    assert counted
    rebuilds, servers, old, new = map(int, counted.groups())
    assert (rebuilds, servers) == (19, 1)
    assert old > 0
    assert new > 0


def test_faiss_and_milvus_give_the_same_answers(tmp_path: Path) -> None:
    (tmp_path / "documents").symlink_to(TESTS.parent / "documents")
    outcome = stores.run(tmp_path, questions=30, strings=100, model=False)
    print(outcome)
    assert outcome.differences == []
    assert (outcome.asked, outcome.hostile) == (30, 100)
    assert outcome.answered > 5
    assert outcome.recall >= 0.99


def test_the_service_does_what_its_description_says(tmp_path: Path) -> None:
    outcome = contract.run(tmp_path, cases=1, seed=1, examples=1, phases="coverage")
    print(outcome)
    assert outcome.wrong == []
    assert outcome.cases > 400


def test_clients_that_hold_sockets_take_none_from_others(tmp_path: Path) -> None:
    short = ["silent", "slow readers", "bodies without end"]  # test_connections.py has the others, with less patience
    outcomes, log = sockets.run(tmp_path, short, seconds=1.5, share=0.2, lets_go=True)
    for outcome in outcomes:
        # Beside other tests on the same cores the one that comes as a place is made for another may be reset.
        assert len(outcome.failed) <= 0.05 * len(outcome.during)
        assert len(outcome.during) > 5
        assert outcome.descriptors[1] < sockets.DESCRIPTORS
        assert outcome.back_seconds < sockets.BACK_SECONDS
    assert "Traceback" not in log
    assert len(log.splitlines()) < 100


def test_a_server_that_is_told_to_end_gives_every_reply_its_end(tmp_path: Path) -> None:
    outcome = asyncio.run(restarts.run(tmp_path, restarts=2, rebuild_every=2))
    print(outcome)
    assert outcome.wrong == []
    assert (outcome.restarts, outcome.rebuilds) == (2, 1)
    assert outcome.replies["503"] + outcome.replies["stream error"] > 0
    assert outcome.replies["200"] > 0


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (b"", "nothing"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", "200"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{", "wrong: 200 of 2 bytes"),
        (b"HTTP/1.1 500 \r\ncontent-length: 2\r\n\r\n{}", "wrong: 500 of 2 bytes"),
        (b"HTTP/1.1 200 OK\r\na: text/event-stream\r\n\r\nevent: done\n\n\r\n0\r\n\r\n", "stream done"),
        (b"HTTP/1.1 200 OK\r\na: text/event-stream\r\n\r\nevent: answer\n\n", "wrong: stream with 0 ends"),
        (
            b"HTTP/1.1 200 OK\r\na: text/event-stream\r\n\r\nevent: error\n\n\r\n",
            "wrong: stream cut after its end",
        ),
    ],
)
def test_the_campaign_tells_a_reply_that_has_its_end(reply: bytes, expected: str) -> None:
    assert restarts.verdict(reply) == expected


def test_different_questions_leave_nothing_in_memory(tmp_path: Path) -> None:
    shutil.copytree(TESTS.parent / "documents", tmp_path / "documents")
    # Words for a model: what the service keeps. What the models keep takes the long campaign to tell.
    outcome = memory.run(tmp_path, 300, command=keeper.COMMAND)
    print(outcome)
    assert outcome.failed == []
    assert outcome.resident[-1] < 1.05 * outcome.resident[0]


def test_the_campaign_sees_memory_that_rises() -> None:
    rising = memory.Outcome([10**8 + n * 10**5 for n in range(20)])  # 1,000 bytes a question
    level = memory.Outcome([10**8 + (n % 3) * 10**5 for n in range(20)])
    assert (rising.levels_off, level.levels_off) == (False, True)
    assert round(rising.slope[0]) == 1_000


def test_a_server_that_is_killed_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    outcome = uploads.run(tmp_path, kills=2, seed=7)
    print(outcome)
    assert outcome.wrong == []
    assert outcome.put > 0
    assert outcome.cut > 0


def test_no_question_that_may_be_asked_is_expensive(tmp_path: Path) -> None:
    outcome = nasty.run(tmp_path, count=2 * len(nasty.KINDS), seed=14, model=False)
    print(outcome)
    assert outcome.failed == []
    assert len(outcome.nasty) == 2 * len(nasty.KINDS)
    assert outcome.ratio < 2


def test_whoever_is_too_many_is_told_so_and_the_others_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overload, "_REST_SECONDS", 1)
    outcome = overload.run(
        tmp_path,
        seconds=3,
        probe_seconds=1,
        passages=50,
        seed=14,
        model=False,
        taken=0.1,
        ALLIANCE_QA_QUEUE_SECONDS="2",
    )
    print(outcome)
    ended = counts(outcome.crowd)
    assert set(ended) == {200, 503}
    assert min(ended.values()) > 5
    assert {one.retry_after.isdigit() for one in outcome.crowd if one.status == 503} <= {True}
    for ended_well in (outcome.other, outcome.live, outcome.ready, outcome.before, outcome.after):
        assert set(counts(ended_well)) == {200}
    assert outcome.goodput > 0.5


def test_a_crowd_is_answered_in_turn(tmp_path: Path) -> None:
    outcome = crowd.run(tmp_path, seconds=3, passages=50, model=False, taken=0.02)
    print(outcome)
    assert outcome.faults == []
