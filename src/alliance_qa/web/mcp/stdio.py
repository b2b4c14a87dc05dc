"""The collection over standard input and output, for an assistant that starts its servers itself."""

from __future__ import annotations

import anyio
from fastapi import FastAPI
from mcp.server.stdio import stdio_server

from alliance_qa.web.mcp.server import server


def run(app: FastAPI) -> None:
    """Serve until the input ends. The application is run without HTTP."""
    anyio.run(_serve, app)


async def _serve(app: FastAPI) -> None:
    running = server(app.state.shared)
    async with app.router.lifespan_context(app), stdio_server() as (messages, replies):
        await running.run(messages, replies, running.create_initialization_options())
