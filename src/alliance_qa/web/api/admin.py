"""What a keeper calls, with the admin token."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from alliance_qa.building.preview import preview
from alliance_qa.errors import DocumentError, IndexWriteError
from alliance_qa.models import tokens
from alliance_qa.service import gaps
from alliance_qa.service.gaps import Gap
from alliance_qa.service.jobs import JobState
from alliance_qa.service.query_log import MOST_DAYS, QueryLog
from alliance_qa.service.service import Service
from alliance_qa.web.api import sse
from alliance_qa.web.api.errors import problems
from alliance_qa.web.api.rate_limits import address
from alliance_qa.web.api.repeats import Repeats
from alliance_qa.web.api.state import Shared, State
from alliance_qa.web.wire.fields import Id
from alliance_qa.web.wire.gaps import GapsOut, gaps_csv, gaps_jsonl, gaps_out
from alliance_qa.web.wire.index import IndexOut, JobOut, index_out, job_out
from alliance_qa.web.wire.log import QuestionsOut, questions_out
from alliance_qa.web.wire.preview import IndexedPreviewOut, preview_out
from alliance_qa.web.wire.uploads import uploads_out

_log = logging.getLogger(__name__)
_log.addFilter(Repeats(1))

_CALLS = ("/v1/index", "/v1/questions", "/v1/messages/")
_EVENT_SECONDS = 0.2  # between two looks at a rebuild
_BEARER = HTTPBearer(auto_error=False, description="ALLIANCE_QA_ADMIN_TOKEN")
# Refused questions that are embedded at a time: a visitor's question waits for no more.
_SLICE = 32
_EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": sse.CONTENT}}
_JSONL: dict[int | str, dict[str, Any]] = {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}}}
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}

Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many days back, today's included; days of UTC")]


def is_call(path: str, method: str = "") -> bool:
    """Whether a path is one of those that a keeper calls, by that method."""
    return path.startswith(_CALLS) or (method in ("PUT", "DELETE") and path.startswith("/v1/documents/"))


async def check_token(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)], shared: Shared
) -> None:
    token = shared.service.settings.admin_token  # where there is none, nothing here is served
    if given:
        # One step each, so that guesses that come at once count as those that come one after the other.
        if token and secrets.compare_digest(_digest(given.credentials), _digest(token.get_secret_value())):
            return await shared.limits.check_wrong_tokens(request)
        await shared.limits.count_wrong_token(request)
        _log.warning("a wrong admin token came from %s", address(request))
    raise HTTPException(401, "this call needs the admin token as a bearer token", {"WWW-Authenticate": "Bearer"})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()  # of one length, which is all that a comparison's time could tell


router = APIRouter(tags=["admin"], dependencies=[Depends(check_token)], responses=problems(401, 429))


@router.get("/v1/index")
def state(shared: Shared) -> IndexOut:
    """Describe the generation in use, every file of the documents folder, and the latest rebuild."""
    service = shared.service
    out = index_out(
        service.generation.manifest,
        service.job,
        service.damage,
        service.language_model,
        documents=service.settings.documents,
    )
    return out.model_copy(update={"uploads": uploads_out(service.settings)})


@router.get("/v1/index/documents/{document_id}", responses=problems(404, 409))
def preview_of(document_id: str, shared: Shared) -> IndexedPreviewOut:
    """Read a document's file anew: what would be indexed of it, and what is left out and why."""
    service = shared.service
    document = service.generation.corpus.document(document_id)
    settings = service.settings
    try:
        out = preview_out(preview(settings, settings.documents / document.path, tokens.of_model(settings.model)))
    except DocumentError as error:
        raise HTTPException(409, str(error)) from None  # only a keeper sees it
    return IndexedPreviewOut(**dict(out), changed=out.sha256 != document.sha256)


@router.get("/v1/index/events", response_class=StreamingResponse, responses=_EVENTS)
async def events(shared: Shared) -> StreamingResponse:
    """Follow the latest rebuild: `progress` events, at last one `done` or `failed`."""
    return sse.stream(_progress(shared.service))


@router.post("/v1/index/rebuild", status_code=202, responses=problems(409))
def rebuild(
    shared: Shared,
    full: Annotated[bool, Query(description="build again even when nothing changed, reuse nothing")] = False,
    purge: Annotated[bool, Query(description="remove all earlier generations at once")] = False,
) -> JobOut:
    """Start a rebuild; questions are answered from the old index until it is done."""
    try:
        return job_out(shared.service.start_rebuild(full=full, purge=purge))
    except IndexWriteError as error:
        raise HTTPException(503, str(error)) from None  # only a keeper sees it


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
    if sent is not None:
        yield sse.event(job_out(replace(sent, state=JobState.FAILED, error="the service is ending")), name="failed")


@router.get("/v1/questions", responses=problems(404))
def questions(shared: Shared, days: Days = 30) -> QuestionsOut:
    """Say what was asked, day by day, with what was said of the answers. Only where questions are kept."""
    log, today = _query_log(shared), datetime.now(UTC).date()
    return questions_out(log.summary(days, today), log.questions(days, today), shared.service.settings.query_log_days)


@router.get("/v1/questions/gaps", responses=problems(404))
def coverage_gaps(shared: Shared, days: Days = 30) -> GapsOut:
    """Group the refused questions by meaning: what the collection lacks. The latest 2,000 different ones."""
    return gaps_out(_gaps(shared, days), days, datetime.now(UTC).date(), shared.service.generation)


@router.get("/v1/questions/gaps.csv", response_class=Response, responses=_CSV | problems(404))
def coverage_gaps_as_csv(shared: Shared, days: Days = 30) -> Response:
    """The same as CSV, a line for each question, in UTF-8 with a byte order mark, which spreadsheets want.

    A cell that a spreadsheet would take for a formula has an apostrophe in front.
    """
    name = f"coverage-gaps-{datetime.now(UTC).date().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(gaps_csv(_gaps(shared, days)).encode("utf-8-sig"), media_type="text/csv", headers=headers)


@router.get("/v1/questions/gaps.jsonl", response_class=Response, responses=_JSONL | problems(404))
def coverage_gaps_as_questions(shared: Shared, days: Days = 30) -> Response:
    """The same as a set of questions for `alliance-qa evaluate`, each of which the collection does not answer yet."""
    name = f"coverage-gaps-{datetime.now(UTC).date().isoformat()}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(gaps_jsonl(_gaps(shared, days)).encode(), media_type="application/jsonl", headers=headers)


@router.delete("/v1/messages/{answer_id}", status_code=204, responses=problems(404))
def delete_message(answer_id: Id, shared: Shared) -> None:
    """Delete what a visitor sent about an answer, with the address for a reply; the log of questions keeps its own."""
    messages = shared.service.messages
    if messages is None or not messages.delete(answer_id):
        raise HTTPException(404, "no message about an answer of this id is kept")


def _query_log(shared: State) -> QueryLog:
    log = shared.service.query_log
    if log is None:
        raise HTTPException(404, "the log of questions is off; set ALLIANCE_QA_QUERY_LOG to a file to keep it")
    return log


def _gaps(shared: State, days: int) -> tuple[Gap, ...]:
    today, messages = datetime.now(UTC).date(), shared.service.messages
    questions = gaps.distinct(_query_log(shared).refused(days, today), messages.all(days, today) if messages else ())
    if not questions:
        return ()
    texts = [question.text for question in questions]
    slices = [texts[start : start + _SLICE] for start in range(0, len(texts), _SLICE)]
    embed = shared.service.embedder.embed_questions
    return gaps.group(questions, np.concatenate([embed(each) for each in slices]))
