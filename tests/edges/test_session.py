"""What a keeper does with a question set, without a command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alliance_qa import __version__
from alliance_qa.building.rebuild import Progress
from alliance_qa.errors import CalibrationError, IndexDamagedError
from alliance_qa.index import store
from alliance_qa.measuring import session
from alliance_qa.measuring.figures import Measure
from alliance_qa.measuring.judgement import Kind, LabelledQuestion
from alliance_qa.measuring.question_sets import QuestionSet
from alliance_qa.service.service import Service
from edges.collection import LIGHTHOUSE_SENTENCE
from edges.embedder import WordEmbedder
from edges.server import settings_of

LIT = LabelledQuestion(
    id="lit",
    kind=Kind.WHEN,
    text="When was the lighthouse of Ōshima lit for the first time?",
    answerable=True,
    answers=("May 5, 1903",),
    evidence=(LIGHTHOUSE_SENTENCE,),
    documents=("notes on Ōshima.md",),
)
SET = QuestionSet("own.jsonl", (LIT, LabelledQuestion("far", Kind.OFF_TOPIC, "zebra volcano entropy", False)))


@pytest.fixture
def service(small_home: Path) -> Service:
    """Return a service over the small collection."""
    return Service(settings_of(small_home), WordEmbedder())


def test_an_evaluation_says_what_it_is_of(service: Service) -> None:
    found = session.evaluate(SET, service)
    today = datetime.now(UTC).date().isoformat()
    assert found.about == session.About("own.jsonl", "000001", "all-MiniLM-L6-v2", __version__, today)
    assert [entry.question.id for entry in found.evaluation.judged] == ["lit", "far"]
    assert found.evaluation.total[Measure.RIGHT].value == 1.0


def test_it_is_told_how_many_are_asked(service: Service) -> None:
    told: list[Progress] = []
    session.evaluate(SET, service, told.append)
    assert told == [Progress("asking", 1, 2), Progress("asking", 2, 2)]


def test_a_calibration_by_too_few_questions_writes_nothing(service: Service) -> None:
    with pytest.raises(CalibrationError, match="there are 1 answerable and 0 unanswerable questions"):
        session.calibrate(SET, service, most_false=0.05)
    assert store.versions(service.settings.index) == ["000001"]


def test_a_damaged_index_is_not_calibrated(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Service, "damage", "index/ is damaged")
    with pytest.raises(IndexDamagedError, match="index/ is damaged"):
        session.calibrate(SET, service, most_false=0.05)
