"""What a keeper calls, with the admin token."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
import numpy as np
from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from alliance_qa.errors import IndexWriteError
from alliance_qa.service import gaps
from alliance_qa.service.gaps import Gap
from alliance_qa.service.jobs import JobState
from alliance_qa.service.query_log import MOST_DAYS, QueryLog
from alliance_qa.service.service import Service
from alliance_qa.web.api import sse
from alliance_qa.web.api.errors import problems
from alliance_qa.web.wire.gaps import GapsOut, gaps_csv, gaps_out
from alliance_qa.web.wire.index import IndexOut, JobOut, index_out, job_out
from alliance_qa.web.wire.log import QuestionsOut, questions_out

_EVENT_SECONDS = 0.2  # between two looks at a rebuild
_BEARER = HTTPBearer(auto_error=False, description="ALLIANCE_QA_ADMIN_TOKEN")
# Refused questions that are embedded at a time: a visitor's question waits for no more.
_SLICE = 32
_PRIVATE = {"Cache-Control": "no-store"}
_EVENT = {  # as OpenAPI 3.2 has it
    "type": "object",
    "properties": {
        "data": {"type": "string"},
        "event": {"type": "string"},
        "id": {"type": "string"},
        "retry": {"type": "integer", "minimum": 0},
    },
}
_EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {sse.MEDIA_TYPE: {"schema": _EVENT}}}}
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many days back, today's included; days of UTC")]


def serve_admin(app: FastAPI, service: Service, token: str) -> None:
    def admin(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(
                401, "this call needs the admin token as a bearer token", {"WWW-Authenticate": "Bearer"}
            )

    @app.get("/v1/index", tags=["admin"], dependencies=[Depends(admin)], responses=problems(401))
    def state() -> IndexOut:
        """Describe the generation in use, every file of the documents folder, and the latest rebuild."""
        return index_out(service.generation.manifest, service.job, service.damage)

    @app.get(
        "/v1/index/events",
        tags=["admin"],
        dependencies=[Depends(admin)],
        response_class=StreamingResponse,
        responses=_EVENTS | problems(401),
    )
    async def events() -> StreamingResponse:
        """Follow the latest rebuild: `progress` events, at last one `done` or `failed`."""
        return sse.stream(_progress(service))

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
    ) -> JobOut:
        """Start a rebuild; questions are answered from the old index until it is done."""
        try:
            return job_out(service.start_rebuild(full=full, purge=purge))
        except IndexWriteError as error:
            raise HTTPException(503, str(error)) from None  # only a keeper sees it

    _serve_log(app, service, admin)


async def _progress(service: Service) -> AsyncIterator[bytes]:
    sent, at = None, time.monotonic()
    while not service.stopping:
        job = service.job
        if job is None:
            yield sse.event(None, name="done", comment="no rebuild was asked of this service")
            return
        if job != sent:
            name = "progress" if job.state is JobState.RUNNING else job.state.value
            yield sse.event(job_out(job), name=name)
            sent, at = job, time.monotonic()
        elif time.monotonic() - at >= sse.HEARTBEAT_SECONDS:
            yield sse.HEARTBEAT
            at = time.monotonic()
        if job.state is not JobState.RUNNING:
            return
        await anyio.sleep(_EVENT_SECONDS)


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
        return questions_out(log.summary(days, today), log.questions(days, today), service.settings.query_log_days)

    @app.get("/v1/questions/gaps", tags=["admin"], dependencies=[Depends(admin)], responses=problems(401, 404))
    def coverage_gaps(response: Response, days: Days = 30) -> GapsOut:
        """Group the refused questions by meaning: what the collection lacks. The latest 2,000 different ones."""
        response.headers.update(_PRIVATE)
        return gaps_out(found(kept(), days))

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
        return Response(gaps_csv(found(kept(), days)).encode("utf-8-sig"), media_type="text/csv", headers=headers)
