"""The tools and the documents as a server of the official SDK, whichever way its messages come."""

from __future__ import annotations

import json
import logging
from typing import Any

import anyio.to_thread
import mcp_types as types
from fastapi import HTTPException, Request
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from alliance_qa import __version__
from alliance_qa.errors import UnknownDocumentError
from alliance_qa.service import first
from alliance_qa.web.api.errors import describe
from alliance_qa.web.api.state import State
from alliance_qa.web.mcp.tools import CHATGPT, TOOLS, RefusedError, Tool
from alliance_qa.web.wire.collection import documents_out
from alliance_qa.web.wire.fields import Out

_log = logging.getLogger(__name__)

_INSTRUCTIONS = (
    "Answers questions about a collection of documents with its own sentences, each with the exact place it was taken "
    "from. Give every question as one that stands alone, or with the questions before it, show quotes unchanged with "
    "their address, and where the documents do not answer, say so."
)
_URI = "alliance-qa://documents/"
_PAGE = 100  # documents in one list
_READS_ONLY = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Context = ServerRequestContext[Any, Request]


def server(shared: State) -> Server[Any]:
    """Return a server of a collection. It holds nothing between two messages."""
    settings = shared.service.settings

    async def list_tools(context: Context, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in _tools(context.request)])

    async def call_tool(context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        request = context.request
        tool = {tool.name: tool for tool in _tools(request)}.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, "there is no tool of this name; tools/list has the names")
        base = shared.address(request) if request else settings.public_url or f"http://{settings.host}:{settings.port}"
        try:
            return _result(await _run(tool, params.arguments or {}, shared, base, request))
        except Exception as error:
            # Only in a result do hosts show it to whoever called: of an exception the SDK says nothing.
            return types.CallToolResult(content=_content(_told(tool, error)), is_error=True)

    async def list_resources(_: Context, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        cursor = (params.cursor if params else None) or "0"
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise MCPError(types.INVALID_PARAMS, "this cursor is none that was given")
        begin = int(cursor)
        found = await anyio.to_thread.run_sync(_documents, shared)
        following = str(begin + _PAGE) if begin + _PAGE < len(found) else None
        return types.ListResourcesResult(resources=found[begin : begin + _PAGE], next_cursor=following)

    async def list_templates(_: Context, __: types.PaginatedRequestParams | None) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            name="document",
            title="A document",
            uri_template=_URI + "{document_id}",
            description="The text of a document, which citations point into",
            mime_type="text/plain",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(_: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            text = await anyio.to_thread.run_sync(_text, shared, uri.removeprefix(_URI))
        except UnknownDocumentError:
            raise MCPError(types.INVALID_PARAMS, "there is no document of this address") from None
        contents = types.TextResourceContents(uri=params.uri, mime_type="text/plain", text=text)
        return types.ReadResourceResult(contents=[contents])

    return Server(
        "alliance-qa",
        version=__version__,
        title="Alliance QA",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


def _tools(request: Request | None) -> tuple[Tool, ...]:
    """Return the tools that an address shows: `?tools=chatgpt` those that ChatGPT's connectors want."""
    return CHATGPT if request is not None and request.query_params.get("tools") == "chatgpt" else TOOLS


def _tool(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=tool.result.model_json_schema(mode="serialization"),
        annotations=_READS_ONLY,
    )


async def _run(tool: Tool, arguments: dict[str, Any], shared: State, base: str, request: Request | None) -> Out:
    given = tool.arguments.model_validate(arguments)

    def call() -> Out:
        return tool.call(shared, base, given)

    if request is None or not tool.uses_models:
        return await anyio.to_thread.run_sync(call)
    await shared.limits.take(request)
    return await shared.queue.run(call, request)


def _result(out: Out) -> types.CallToolResult:
    """Return the same in text and as a structure: clients read only one of them.

    Raises:
        ValueError: A number is not finite, which has no JSON: the SDK's client would lose the whole result.
    """
    found = out.model_dump(mode="json")
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    return types.CallToolResult(content=_content(text), structured_content=found)


def _content(text: str) -> list[types.ContentBlock]:
    return [types.TextContent(type="text", text=text)]


def _told(tool: Tool, error: Exception) -> str:
    """Return what whoever called a tool is told, so that the next call may succeed."""
    if isinstance(error, ValidationError):
        told = "; ".join(map(_fault, error.errors()))
        return f"{told} (the arguments are {', '.join(tool.arguments.model_fields)})"
    if isinstance(error, HTTPException):
        return str(error.detail)
    if isinstance(error, RefusedError):
        return str(error)
    if not isinstance(error, ClientDisconnect):
        problem = describe(error)
        if problem.status >= 500:
            _log.error("the tool %s failed", tool.name, exc_info=error)
        return problem.detail
    return "the client has left"


def _fault(fault: Any) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"{name}: there is no such argument"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _documents(shared: State) -> list[types.Resource]:
    generation = shared.service.generation
    listed = documents_out(generation, first.ids(shared.service.settings, generation.manifest)).documents
    return [
        types.Resource(
            uri=_URI + document.id,
            name=document.id,
            title=document.title,
            description=", ".join(filter(None, [document.author, document.published])) or None,
            mime_type="text/plain",
        )
        for document in listed
    ]


def _text(shared: State, document_id: str) -> str:
    return shared.service.generation.corpus.document(document_id).text
