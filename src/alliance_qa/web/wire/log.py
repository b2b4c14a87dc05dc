"""What is kept of questions: each with what became of it, and days in figures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from alliance_qa.service.query_log import Entry, Figures, Summary
from alliance_qa.web.wire.fields import Comment, Id, In, Out, ReplyTo


class FeedbackIn(In):
    """What a visitor thinks of an answer."""

    answer_id: Id
    rating: Literal["up", "down"]
    comment: Comment | None = None


class MessageIn(In):
    """A refused question that a visitor sends to the keeper."""

    answer_id: Id
    reply_to: ReplyTo | None = None


class FiguresOut(Out):
    """What some days came to."""

    asked: int
    answered: int
    answered_share: float | None = Field(description="from 0 to 1; null where nothing was asked")
    refused: dict[str, int] = Field(description="how many by reason")
    small_talk: int = Field(description="greetings, thanks and the like, which count as no question")
    p50_ms: int | None = Field(description="median time to an answer or a refusal")
    p95_ms: int | None
    up: int
    down: int


class DayOut(FiguresOut):
    """What one day came to."""

    day: date


class AskedOut(Out):
    """A question that was asked."""

    answer_id: str
    conversation_id: str
    at: datetime
    question: str
    resolved_question: str
    answered: bool
    reason: str | None
    confidence: float
    took_ms: int
    index_version: str
    documents: tuple[str, ...] = Field(description="ids of the documents cited")
    rating: Literal["up", "down"] | None
    comment: str | None


class QuestionsOut(Out):
    """What was asked in a range of days."""

    kept_days: int = Field(description="how long a question is kept")
    total: FiguresOut
    days: tuple[DayOut, ...] = Field(description="every day of the range, oldest first")
    questions: tuple[AskedOut, ...] = Field(description="the latest 200, newest first")


def questions_out(summary: Summary, questions: Iterable[Entry], kept_days: int) -> QuestionsOut:
    """Return the JSON of what was asked in a range of days."""
    return QuestionsOut(
        kept_days=kept_days,
        total=_figures(summary.total),
        days=tuple(DayOut(day=day, **dict(_figures(figures))) for day, figures in summary.days),
        questions=tuple(_asked(entry) for entry in questions),
    )


def _figures(figures: Figures) -> FiguresOut:
    share = figures.answered_share
    return FiguresOut(
        asked=figures.asked,
        answered=figures.answered,
        answered_share=None if share is None else round(share, 4),
        refused=dict(figures.refused),
        small_talk=figures.small_talk,
        p50_ms=figures.p50_ms,
        p95_ms=figures.p95_ms,
        up=figures.up,
        down=figures.down,
    )


def _asked(entry: Entry) -> AskedOut:
    asked = entry.asked
    return AskedOut(
        answer_id=asked.answer_id,
        conversation_id=asked.conversation_id,
        at=asked.at,
        question=asked.question,
        resolved_question=asked.resolved,
        answered=asked.reason is None,
        reason=asked.reason,
        confidence=round(asked.confidence, 4),
        took_ms=asked.took_ms,
        index_version=asked.index_version,
        documents=asked.documents,
        rating=entry.rating,
        comment=entry.comment,
    )
