"""Which pages may call the service."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alliance_qa.web.api.errors import problem

_READING = {"GET", "HEAD", "OPTIONS"}


class OriginGuard:
    """Refuses what a page of another origin sends, even where the browser would not ask first.

    CORS only keeps such a page from reading the reply. Programs send no Origin and are let through.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app, self._allowed = app, frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _READING:
            headers = Headers(scope=scope)
            own = {f"{scheme}://{headers.get('host')}" for scheme in ("http", "https")}
            if not set(headers.getlist("origin")) <= own | self._allowed:
                reply = problem(403, "pages of this origin may not call the service", Request(scope))
                await reply(scope, receive, send)
                return
        await self._app(scope, receive, send)
