"""What is true of every reply."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alliance_qa.web.api import admin


class Replies:
    """No browser guesses what a reply is, no cache keeps what a keeper calls, and HEAD is GET without its body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head, ended = scope["method"] == "HEAD", False

        async def sent(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope["path"], scope["method"])
                await send(message)
                if is_head:  # a stream would go on, but for nobody
                    ended = True
                    await send({"type": "http.response.body"})
            elif not ended:
                await send(message)

        await self._app({**scope, "method": "GET"} if is_head else scope, receive, sent)


def _complete(headers: MutableHeaders, path: str, method: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    if admin.is_call(path, method):
        headers["Cache-Control"] = "no-store"
    allowed = headers.get("Allow", "").split(", ")
    if "GET" in allowed and "HEAD" not in allowed:
        headers["Allow"] = ", ".join(sorted([*allowed, "HEAD"]))
