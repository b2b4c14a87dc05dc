"""Which pages may call the service."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alliance_qa.web.api import admin
from alliance_qa.web.api.errors import problem


class OriginGuard:
    """Refuses what a page of another origin sends, even where the browser would not ask first.

    CORS only keeps such a page from reading the reply. Programs send no Origin and are let through, as are links.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        self._app, self._allowed = app, frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Before a page of another origin sends more than a form can, the browser asks: CORS answers.
        if scope["type"] == "http" and scope["method"] != "OPTIONS" and self._is_foreign(Headers(scope=scope)):
            await problem(403, "pages of this origin may not call the service", Request(scope))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        own = {f"{scheme}://{headers.get('host')}" for scheme in ("http", "https")}
        if not set(headers.getlist("origin")) <= own | self._allowed:
            return True
        # A picture, a style sheet: sent without an Origin, but browsers say so (W3C Fetch Metadata).
        site, mode = headers.get("sec-fetch-site"), headers.get("sec-fetch-mode")
        return mode == "no-cors" and site in ("cross-site", "same-site")


class Cors(CORSMiddleware):
    """Starlette's, for all but what a keeper calls: no page of another origin ever reads that."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and admin.is_call(scope["path"], scope["method"]):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
