"""What a keeper calls, with the admin token."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import anyio
import numpy as np
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from alliance_qa.errors import IndexWriteError
from alliance_qa.service import gaps
from alliance_qa.service.gaps import Gap
from alliance_qa.service.jobs import JobState
from alliance_qa.service.query_log import MOST_DAYS, Entry, Figures, QueryLog
from alliance_qa.service.service import Service
from alliance_qa.web import wire
from alliance_qa.web.api.errors import problems

_EVENT_SECONDS = 0.2  # between two looks at a rebuild
_BEARER = HTTPBearer(auto_error=False, description="ALLIANCE_QA_ADMIN_TOKEN")
# Refused questions that are embedded at a time: a visitor's question waits for no more.
_SLICE = 32
_PRIVATE = {"Cache-Control": "no-store"}
_COLUMNS = ("gap", "gap_asked", "gap_label", "question", "asked", "reasons", "last_asked")
# What a spreadsheet takes for the beginning of a formula.
_FORMULAS = tuple("=+-@\t\r\n＝＋－＠")
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many days back, today's included; days of UTC")]


class FiguresOut(wire.Out):
    """What some days came to."""

    asked: int
    answered: int
    answered_share: float | None = Field(description="from 0 to 1; null where nothing was asked")
    refused: dict[str, int] = Field(description="how many by reason")
    p50_ms: int | None = Field(description="median time to an answer or a refusal")
    p95_ms: int | None
    up: int
    down: int


class DayOut(FiguresOut):
    """What one day came to."""

    day: date


class AskedOut(wire.Out):
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


class QuestionsOut(wire.Out):
    """What was asked in a range of days."""

    kept_days: int = Field(description="how long a question is kept")
    total: FiguresOut
    days: tuple[DayOut, ...] = Field(description="every day of the range, oldest first")
    questions: tuple[AskedOut, ...] = Field(description="the latest 200, newest first")


class RefusedOut(wire.Out):
    """A refused question; spellings of the same words are one."""

    question: str
    count: int
    reasons: dict[str, int]
    last: datetime


class GapOut(wire.Out):
    """Refused questions of about one meaning."""

    label: str = Field(description="the question nearest to the centre of all")
    count: int
    reasons: dict[str, int]
    questions: tuple[RefusedOut, ...] = Field(description="the most frequent first")
    last: datetime


class GapsOut(wire.Out):
    """What the collection lacks, the most often met first."""

    gaps: tuple[GapOut, ...]


def serve_admin(app: FastAPI, service: Service, token: str) -> None:
    def admin(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(
                401, "this call needs the admin token as a bearer token", {"WWW-Authenticate": "Bearer"}
            )

    @app.get("/v1/index", tags=["admin"], dependencies=[Depends(admin)], responses=problems(401))
    def state() -> wire.IndexOut:
        """Describe the generation in use, every file of the documents folder, and the latest rebuild."""
        return wire.index_out(service.generation.manifest, service.job, service.damage)

    @app.get(
        "/v1/index/events",
        tags=["admin"],
        dependencies=[Depends(admin)],
        response_class=EventSourceResponse,
        responses=problems(401),
    )
    async def events() -> AsyncIterator[ServerSentEvent]:
        """Follow the latest rebuild: `progress` events, at last one `done` or `failed`."""
        sent = None
        while not service.stopping:
            job = service.job
            if job is None:
                # An event without data is none to a browser.
                yield ServerSentEvent(event="done", raw_data="null", comment="no rebuild was asked of this service")
                return
            if job != sent:
                name = "progress" if job.state is JobState.RUNNING else job.state.value
                yield ServerSentEvent(event=name, data=wire.job_out(job))
                sent = job
            if job.state is not JobState.RUNNING:
                return
            await anyio.sleep(_EVENT_SECONDS)

    @app.post(
        "/v1/index/rebuild",
        tags=["admin"],
        dependencies=[Depends(admin)],
        status_code=202,
        responses=problems(401, 409),
    )
    def rebuild(
        full: Annotated[bool, Query(description="build again even when nothing changed, reuse nothing")] = False,
        purge: Annotated[bool, Query(description="remove all earlier generations at once")] = False,
    ) -> wire.JobOut:
        """Start a rebuild; questions are answered from the old index until it is done."""
        try:
            return wire.job_out(service.start_rebuild(full=full, purge=purge))
        except IndexWriteError as error:
            raise HTTPException(503, str(error)) from None  # only a keeper sees it

    _serve_log(app, service, admin)


def _serve_log(app: FastAPI, service: Service, admin: Callable[..., None]) -> None:
    """Serve what visitors asked."""

    def kept() -> QueryLog:
        if service.query_log is None:
            raise HTTPException(404, "the log of questions is off; set ALLIANCE_QA_QUERY_LOG to a file to keep it")
        return service.query_log

    def found(log: QueryLog, days: int) -> tuple[Gap, ...]:
        questions = gaps.distinct(log.refused(days, datetime.now(UTC).date()))
        if not questions:
            return ()
        texts = [question.text for question in questions]
        slices = [texts[start : start + _SLICE] for start in range(0, len(texts), _SLICE)]
        return gaps.group(questions, np.concatenate([service.embedder.embed_questions(each) for each in slices]))

    @app.get("/v1/questions", tags=["admin"], dependencies=[Depends(admin)], responses=problems(401, 404))
    def questions(response: Response, days: Days = 30) -> QuestionsOut:
        """Say what was asked, day by day, with what was said of the answers. Only where questions are kept."""
        response.headers.update(_PRIVATE)
        log, today = kept(), datetime.now(UTC).date()
        summary = log.summary(days, today)
        return QuestionsOut(
            kept_days=service.settings.query_log_days,
            total=FiguresOut.model_validate(_figures(summary.total)),
            days=tuple(DayOut.model_validate({"day": day, **_figures(figures)}) for day, figures in summary.days),
            questions=tuple(_asked(entry) for entry in log.questions(days, today)),
        )

    @app.get("/v1/questions/gaps", tags=["admin"], dependencies=[Depends(admin)], responses=problems(401, 404))
    def coverage_gaps(response: Response, days: Days = 30) -> GapsOut:
        """Group the refused questions by meaning: what the collection lacks. The latest 2,000 different ones."""
        response.headers.update(_PRIVATE)
        return GapsOut(gaps=tuple(_gap(gap) for gap in found(kept(), days)))

    @app.get(
        "/v1/questions/gaps.csv",
        tags=["admin"],
        dependencies=[Depends(admin)],
        response_class=Response,
        responses=_CSV | problems(401, 404),
    )
    def coverage_gaps_as_csv(days: Days = 30) -> Response:
        """The same as CSV, a line for each question, in UTF-8 with a byte order mark, which spreadsheets want.

        A cell that a spreadsheet would take for a formula has an apostrophe in front.
        """
        name = f"coverage-gaps-{datetime.now(UTC).date().isoformat()}.csv"
        headers = _PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(_csv(found(kept(), days)).encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _figures(figures: Figures) -> dict[str, object]:
    share = figures.answered_share
    return {
        "asked": figures.asked,
        "answered": figures.answered,
        "answered_share": None if share is None else round(share, 4),
        "refused": figures.refused,
        "p50_ms": figures.p50_ms,
        "p95_ms": figures.p95_ms,
        "up": figures.up,
        "down": figures.down,
    }


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


def _gap(gap: Gap) -> GapOut:
    return GapOut(
        label=gap.label,
        count=gap.count,
        reasons=dict(gap.reasons),
        questions=tuple(
            RefusedOut(question=each.text, count=each.count, reasons=dict(each.reasons), last=each.last)
            for each in gap.questions
        ),
        last=gap.last,
    )


def _csv(found: Sequence[Gap]) -> str:
    """Return the gaps as RFC 4180 has it, a line for each question under the names of the columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for number, gap in enumerate(found, start=1):
        for each in gap.questions:
            reasons = "; ".join(f"{reason} {count}" for reason, count in each.reasons.items())
            row = (
                number,
                gap.count,
                gap.label,
                each.text,
                each.count,
                reasons,
                each.last.isoformat(timespec="seconds"),
            )
            writer.writerow([_plain(str(cell)) for cell in row])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
