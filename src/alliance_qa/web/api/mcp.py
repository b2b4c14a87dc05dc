"""The Model Context Protocol over HTTP: one endpoint, which keeps nothing between two requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from starlette.types import Receive, Scope, Send

from alliance_qa.errors import ExtraMissingError
from alliance_qa.web.api.media_types import Json
from alliance_qa.web.mcp import check_installed

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

HEADERS = ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name")
"""What its requests send besides those of every other."""

router = APIRouter(include_in_schema=False)


class _Reply(Response):
    """Lets the SDK answer the request itself."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


@router.post("/mcp", dependencies=[Json])
@router.post("/mcp/", dependencies=[Json])  # no client has to follow a redirection
async def mcp(request: Request) -> Response:
    if request.app.state.mcp is None:
        raise HTTPException(404, "MCP is not installed here; its keeper finds the command in docs/mcp.md")
    return _Reply(request.app.state.mcp)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[None]:
    """Serve while the block runs, where the SDK is installed."""
    app.state.mcp = None
    try:
        check_installed()
    except ExtraMissingError:
        yield
        return
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from alliance_qa.web.mcp.server import server

    shared = app.state.shared
    # One of these runs once; an application may be started again.
    app.state.mcp = StreamableHTTPSessionManager(
        server(shared),
        json_response=True,
        stateless=True,
        max_request_body_size=shared.service.settings.max_body_bytes,
    )
    async with app.state.mcp.run():
        yield
