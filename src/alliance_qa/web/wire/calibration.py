"""A calibration, and what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import Field

from alliance_qa.answering import answerability
from alliance_qa.index.manifest import Manifest
from alliance_qa.measuring.calibration import Calibration, Outcome
from alliance_qa.web.wire.fields import Out
from alliance_qa.web.wire.operating_point import OperatingPointOut, point_out


class OutcomeOut(Out):
    """What becomes of questions at an operating point."""

    unanswerable: int
    false_answers: int = Field(description="unanswerable questions that are answered")
    most_false: float = Field(
        description="with 95 % confidence at most this share of unanswerable questions like these is answered"
    )
    answerable: int
    over_refusals: int = Field(description="answerable questions that are refused")
    answers: int
    right: int = Field(description="answers with all that is needed")
    confidence: float = Field(description="mean of the answers; the share of them that is right should be as large")
    calibration_error: float = Field(description="mean distance of confidence and share right, over 10 bins")


class LeftOutOut(Out):
    """A question that cannot be judged."""

    id: str
    fault: str


class CalibrationOut(Out):
    """A fitted operating point and what it changes, in counts of questions."""

    questions: str = Field(description="the name of the set")
    index_version: str = Field(description="the generation that was asked")
    written: str | None = Field(description="the generation that has the point now; null when none was written")
    false_answers: float = Field(description="the share of the unanswerable questions that may be answered")
    operating_point: OperatingPointOut
    replaced: OperatingPointOut = Field(description="what was in use until now")
    before: OutcomeOut = Field(description="at the point in use until now")
    fitted: OutcomeOut = Field(description="on the questions that it was fitted to")
    held_out: OutcomeOut = Field(description="each fifth at a point fitted to the others: what to expect of new ones")
    certain: int = Field(description="questions that no operating point changes")
    left_out: tuple[LeftOutOut, ...]


def calibration_out(
    found: Calibration,
    *,
    questions: str,
    asked: Manifest,
    written: Manifest | None,
    most_false: float,
    left_out: Sequence[tuple[str, str]],
) -> CalibrationOut:
    """Return the JSON of a calibration; `left_out` is the id and the fault of each question left out."""
    return CalibrationOut(
        questions=questions,
        index_version=asked.version,
        written=written.version if written else None,
        false_answers=most_false,
        operating_point=point_out(found.point),
        replaced=point_out(answerability.in_force(asked.operating_point)),
        before=_outcome(found.before),
        fitted=_outcome(found.fitted),
        held_out=_outcome(found.held_out),
        certain=found.certain,
        left_out=tuple(LeftOutOut(id=id_, fault=fault) for id_, fault in left_out),
    )


def _outcome(outcome: Outcome) -> OutcomeOut:
    counts = asdict(outcome) | {"most_false": outcome.most_false}
    return OutcomeOut(**{name: round(value, 4) for name, value in counts.items()})
