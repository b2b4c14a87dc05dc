"""An operating point, and whether it is in force."""

from __future__ import annotations

from pydantic import Field

from alliance_qa.answering import answerability
from alliance_qa.domain import OperatingPoint
from alliance_qa.web.wire.fields import Out


class OperatingPointOut(Out):
    """What a confidence means and from where on it answers, fitted by `alliance-qa calibrate`."""

    threshold: float = Field(description="the lowest confidence that answers")
    slope: float = Field(description="of the log-odds of the rule's confidence")
    intercept: float = Field(description="of the log-odds of the rule's confidence")
    questions: int = Field(description="that it was fitted to")
    made: str | None = Field(description="the day it was fitted, ISO 8601; null for the shipped one")


def point_out(point: OperatingPoint) -> OperatingPointOut:
    """Return the JSON of an operating point."""
    return OperatingPointOut(
        threshold=round(point.threshold, 4),
        slope=round(point.slope, 4),
        intercept=round(point.intercept, 4),
        questions=point.questions,
        made=point.made,
    )


def own_point_out(stored: OperatingPoint | None) -> OperatingPointOut | None:
    """Return the JSON of the operating point of a generation; None where the shipped one is used."""
    point = answerability.in_force(stored)
    return None if point is answerability.SHIPPED else point_out(point)


def unused_note(stored: OperatingPoint | None) -> str | None:
    """Return why an operating point that was fitted is not used; None where it is, or none was."""
    if stored is None or answerability.in_force(stored) == stored:
        return None
    return (
        f"the operating point of {stored.made} was fitted with another answerability rule and is not used; "
        'run "alliance-qa calibrate" again'
    )
