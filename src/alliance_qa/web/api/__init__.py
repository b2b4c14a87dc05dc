"""The service over HTTP, version 1."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from alliance_qa import __version__
from alliance_qa.service.service import Service
from alliance_qa.web.api import (
    admin,
    chat_completions,
    documents,
    health,
    mcp,
    pages,
    printed,
    questions,
    uploads,
    widget,
)
from alliance_qa.web.api.documentation import serve_documentation
from alliance_qa.web.api.errors import BodyLimit, Faults, handle_errors, problems
from alliance_qa.web.api.forwarded import Forwarded
from alliance_qa.web.api.hosts import HostGuard
from alliance_qa.web.api.origins import Cors, OriginGuard
from alliance_qa.web.api.replies import Replies
from alliance_qa.web.api.state import share, state_of
from alliance_qa.web.api.watchdog import watched
from alliance_qa.web.api.whole_bodies import WholeBodies


def create_app(service: Service, *, watch: bool = False) -> FastAPI:
    """Return the ASGI application of an opened service, which follows the index while it runs.

    Args:
        service: What answers. It is closed when the application ends.
        watch: Whether changes in the documents folder start a rebuild.
    """
    settings = service.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start(watch=watch)
        async with watched(), mcp.serving(app):
            yield
        await anyio.to_thread.run_sync(service.close)

    app = FastAPI(
        lifespan=lifespan,
        title="Alliance QA",
        version=__version__,
        summary="Answers questions with sentences of a collection, each exactly cited, or says that it does not say.",
        docs_url=None,
        redoc_url=None,
        responses=problems(400, 403, 413, 421, 422, 500, 503),
    )
    share(app, state_of(service))
    handle_errors(app, settings.max_body_bytes, pages.fault)
    serve_documentation(app)
    for module in (questions, chat_completions, mcp, documents, printed, pages, widget, health):
        app.include_router(module.router)
    if settings.admin_token is not None:
        app.include_router(admin.router)
        app.include_router(uploads.router)
    app.add_middleware(WholeBodies)
    # Each lies around those before it: both inside CORS, so that a page may read what is wrong.
    app.add_middleware(BodyLimit, max_body_size=settings.max_body_bytes)
    app.add_middleware(Faults)
    if settings.origins:
        app.add_middleware(
            Cors,
            allow_origins=list(settings.origins),
            allow_credentials=False,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type", *mcp.HEADERS],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    app.add_middleware(HostGuard, settings=settings)
    app.add_middleware(OriginGuard, allowed=[*settings.origins, *filter(None, [settings.public_url])])
    app.add_middleware(Replies)
    app.add_middleware(Forwarded, trusted=settings.trusted_proxies)
    return app
