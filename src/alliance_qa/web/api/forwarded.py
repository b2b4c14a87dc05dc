"""Whom a trusted proxy names as the visitor."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from alliance_qa.web.api.rate_limits import ip_address

_PEER = "alliance_qa.peer"


class Forwarded:
    """uvicorn's reading of X-Forwarded-For and -Proto, but that who is no address counts as the proxy that names them.

    Such as "unknown": else everybody would have as many names as they like.
    """

    def __init__(self, app: ASGIApp, trusted: str) -> None:
        self._app = app
        named: Any = self._named  # uvicorn has types of its own for the same things
        self._read: Any = ProxyHeadersMiddleware(named, trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._read({**scope, _PEER: scope.get("client")}, receive, send)

    async def _named(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope.pop(_PEER)
        if peer and ip_address(scope["client"][0]) is None:
            scope["client"] = peer
        await self._app(scope, receive, send)
