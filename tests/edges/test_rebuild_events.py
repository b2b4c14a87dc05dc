"""The events of a rebuild, of which this process says how it fares."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from alliance_qa.building.rebuild import Progress
from alliance_qa.service.jobs import Job, JobState
from alliance_qa.service.service import Service
from alliance_qa.web.api import admin, create_app, sse
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, settings_of

BEGUN = Job(JobState.RUNNING)
READING = Job(JobState.RUNNING, Progress("reading", 1, 2))
FAILED = Job(JobState.FAILED, error="“灯” is gone")


def follow(home: Path, monkeypatch: pytest.MonkeyPatch, *jobs: Job) -> str:
    """Return what a follower gets that finds the rebuild like this, look for look."""
    found = iter(jobs)
    monkeypatch.setattr(Service, "job", property(lambda _: next(found)))
    monkeypatch.setattr(admin, "_EVENT_SECONDS", 0)
    settings = settings_of(home).model_copy(update={"admin_token": SecretStr(TOKEN)})
    with TestClient(create_app(Service(settings, WordEmbedder())), headers=ADMIN) as keeper:
        return keeper.get("/v1/index/events").text


def test_each_change_is_one_event_and_the_end_the_last(small_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert follow(small_home, monkeypatch, BEGUN, READING, READING, FAILED) == (
        'event: progress\ndata: {"state":"running","progress":null,"index_version":null,"error":null}\n\n'
        'event: progress\ndata: {"state":"running","progress":{"stage":"reading","done":1,"total":2},'
        '"index_version":null,"error":null}\n\n'
        'event: failed\ndata: {"state":"failed","progress":null,"index_version":null,"error":"“灯” is gone"}\n\n'
    )


def test_while_nothing_changes_the_stream_shows_that_it_lives(
    small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0)
    found = follow(small_home, monkeypatch, BEGUN, BEGUN, BEGUN, FAILED)
    assert [event.split("\n")[0] for event in found.split("\n\n")] == [
        "event: progress",
        ": heartbeat",
        ": heartbeat",
        "event: failed",
        "",
    ]
