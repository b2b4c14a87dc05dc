"""Requests that begin to be answered once their body is there."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def is_upload(scope: Mapping[str, object]) -> bool:
    """Whether a request brings a file: it has a limit of its own, and is read as it comes."""
    return scope["type"] == "http" and scope["method"] == "PUT" and str(scope["path"]).startswith("/v1/documents/")


class WholeBodies:
    """Reads a body before the application is called, which costs ten times as much when a client never ends it.

    It lies inside `BodyLimit`, so a body is small. A file is left to who takes it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_upload(scope):
            await self._app(scope, receive, send)
            return
        messages: list[Message] = []
        refusal: HTTPException | None = None
        has_more = scope["type"] == "http" and any(
            name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]
        )
        while has_more:
            try:
                messages.append(await receive())
            except HTTPException as error:  # too long: the application words it
                refusal = error
                break
            if messages[-1]["type"] == "http.disconnect":
                return  # nobody is there to be answered
            has_more = messages[-1].get("more_body", False)

        async def again() -> Message:
            if messages:
                return messages.pop(0)
            if refusal is not None:
                raise refusal
            return await receive()

        await self._app(scope, again, send)
