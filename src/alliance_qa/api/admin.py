"""What a keeper calls, with the admin token."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent

from alliance_qa import wire
from alliance_qa.api.errors import problems
from alliance_qa.errors import IndexWriteError
from alliance_qa.jobs import JobState
from alliance_qa.service import Service

_EVENT_SECONDS = 0.2  # between two looks at a rebuild
_BEARER = HTTPBearer(auto_error=False, description="ALLIANCE_QA_ADMIN_TOKEN")


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
        while True:
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
