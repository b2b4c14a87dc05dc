"""The Model Context Protocol as assistants speak it: the official client over a real socket and a real pipe.

Without a model: what answers is tested elsewhere, here that all of an answer arrives.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import anyio
import mcp_types as types
import pytest
from mcp.client.client import Client as Assistant
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from starlette.testclient import TestClient

from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app
from alliance_qa.web.mcp import tools
from edges import collection, keeper
from edges.client import Client, Reply
from edges.conftest import ORIGIN
from edges.embedder import WordEmbedder
from edges.server import Running, clean_environment, hosted, keep, settings_of

LIT = "When was the lighthouse of Ōshima lit for the first time?"
NOWHERE = "Which submarine sank the carrier Shinano?"
NOTES = "notes-on-oshima.md-"
TEXT_AND_JSON = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
OLD, NEW = "legacy", "auto"  # the modes of the SDK's client: the handshake, and the protocol without one
OLD_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
NEW_VERSION = "2026-07-28"

T = TypeVar("T")
Work = Callable[[Assistant], Awaitable[T]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("mcp") / "home"
    shutil.copytree(small_home, home)
    with hosted(home, origins=(ORIGIN,)) as found:
        yield found


@dataclass(frozen=True, slots=True)
class Reach:
    """A way to the server: by which protocol, and through a pipe or, as most, over HTTP."""

    mode: str
    running: Running
    is_pipe: bool = False

    def during(self, work: Work[T]) -> T:
        """Do something with a connected client. An error that it raises is raised here, not in a group."""
        raised: list[MCPError] = []

        async def session() -> T | None:
            async with self._client() as client:
                try:
                    return await work(client)
                except MCPError as error:
                    raised.append(error)
                    return None

        done = anyio.run(session)
        if raised:
            raise raised[0]
        return cast(T, done)

    def call(self, name: str, **arguments: object) -> types.CallToolResult:
        """Return the result of one call."""
        return self.during(lambda client: client.call_tool(name, arguments))

    def _client(self) -> Assistant:
        if self.is_pipe:
            return Assistant(stdio_client(parameters(self.running.home)), mode=self.mode)
        return over_http(self.running.client, mode=self.mode)


def over_http(client: Client, path: str = "/mcp", mode: str = NEW) -> Assistant:
    return Assistant(f"http://{client.host}:{client.port}{path}", mode=mode)


def parameters(home: Path) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=[*keeper.HERE[1:], "mcp"],
        cwd=home,
        env=clean_environment() | {"ALLIANCE_QA_PUBLIC_URL": "https://qa.example.org"},
    )


@pytest.fixture(params=[OLD, NEW])
def reach(request: pytest.FixtureRequest, running: Running) -> Reach:
    return Reach(request.param, running)


@pytest.fixture
def near(running: Running) -> Reach:
    """The newest way, for what the way does not change."""
    return Reach(NEW, running)


def text(result: types.CallToolResult) -> str:
    """Return all that a host shows that reads only text."""
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


def found(result: types.CallToolResult) -> Any:
    """Return what came, after checking that it is the same in both forms."""
    assert not result.is_error, text(result)
    assert json.loads(text(result)) == result.structured_content
    return result.structured_content


def refused(result: types.CallToolResult) -> str:
    assert result.is_error
    assert result.structured_content is None
    return text(result)


def post(client: Client, body: object, path: str = "/mcp", **headers: str) -> Reply:
    return client.post(path, body, TEXT_AND_JSON | {name.replace("_", "-"): value for name, value in headers.items()})


def request(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_a_session_answers_with_a_quote_that_stands_where_it_says(reach: Reach) -> None:
    async def work(client: Assistant) -> tuple[str, list[str], Any, str]:
        listed = [tool.name for tool in (await client.list_tools()).tools]
        answer = found(await client.call_tool("ask", {"question": LIT}))
        uri = f"alliance-qa://documents/{answer['citations'][0]['document_id']}"
        (contents,) = (await client.read_resource(uri)).contents
        assert isinstance(contents, types.TextResourceContents)
        return client.protocol_version, listed, answer, contents.text

    version, listed, answer, document = reach.during(work)
    assert version == {OLD: OLD_VERSIONS[-1], NEW: NEW_VERSION}[reach.mode]
    assert listed == ["ask", "search", "fetch", "verify_quote"]
    assert answer["answered"] is True
    assert answer["message"] == f"{collection.LIGHTHOUSE_SENTENCE} [1]"
    (citation,) = answer["citations"]
    assert citation["quote"] == collection.LIGHTHOUSE_SENTENCE
    assert document[citation["start"] : citation["end"]] == citation["quote"]
    assert answer["index_version"] == "000001"
    place = f"start={citation['start']}&end={citation['end']}&index_version=000001#quote"
    assert citation["url"].endswith(f"/documents/{citation['document_id']}?{place}")


def test_the_address_of_a_quote_is_the_page_that_lights_it(near: Reach) -> None:
    (citation,) = found(near.call("ask", question=LIT))["citations"]
    client = near.running.client
    base = f"http://127.0.0.1:{client.port}"
    assert citation["url"].startswith(f"{base}/documents/")
    page = client.get(citation["url"].removeprefix(base).partition("#")[0])
    assert page.status == 200
    assert 'id="quote"' in page.text


@pytest.mark.parametrize("mode", [OLD, NEW])
def test_a_pipe_brings_what_http_brings(mode: str, running: Running) -> None:
    async def work(client: Assistant) -> list[dict[str, Any]]:
        notes = (await client.list_resources()).resources[-1]
        called = [
            await client.call_tool(name, arguments)
            for name, arguments in (
                ("ask", {"question": LIT}),
                ("ask", {"question": NOWHERE}),
                ("search", {"question": LIT, "top_k": 2}),
                ("fetch", {"document_id": notes.name, "characters": 80}),
                ("verify_quote", {"document_id": notes.name, "quote": "5, 1903"}),
                ("ask", {"query": LIT}),
            )
        ]
        brought = [await client.list_tools(), notes, await client.read_resource(notes.uri), *called]
        return [plain(each.model_dump(mode="json")) for each in brought]

    by_http = Reach(mode, running).during(work)
    address = f"http://127.0.0.1:{running.client.port}"
    by_pipe = Reach(mode, running, is_pipe=True).during(work)
    assert by_pipe == json.loads(json.dumps(by_http).replace(address, "https://qa.example.org"))
    assert "https://qa.example.org/documents/" in json.dumps(by_pipe[3])


def plain(brought: Any) -> Any:
    """Return what came without how long it took."""
    if isinstance(brought, dict):
        return {name: plain(value) for name, value in brought.items() if name != "took_ms"}
    if isinstance(brought, list):
        return [plain(value) for value in brought]
    return re.sub(r'"took_ms": \d+', "", brought) if isinstance(brought, str) else brought


def test_a_refusal_is_no_error_and_says_why(reach: Reach) -> None:
    answer = found(reach.call("ask", question=NOWHERE))
    assert (answer["answered"], answer["reason"], answer["citations"]) == (False, "nothing_relevant", [])
    assert answer["message"].startswith("The collection says nothing about this.")
    assert answer["suggestions"] == []


def test_a_refusal_names_whom_to_ask(small_home: Path) -> None:
    with hosted(small_home, contact="Ask the library", contact_url="mailto:library@example.org") as kept:
        answer = found(Reach(NEW, kept).call("ask", question=NOWHERE))
    assert answer["message"] == (
        "The collection says nothing about this.\n\nAsk the library mailto:library@example.org"
    )
    assert answer["contact"] == {"text": "Ask the library", "url": "mailto:library@example.org"}


def test_a_greeting_gets_questions_to_start_with(near: Reach) -> None:
    answer = found(near.call("ask", question="Hello!"))
    assert (answer["reason"], answer["suggestions"]) == ("small_talk", ["When was AUKUS announced?"])
    assert answer["message"].endswith("Questions to start with:\n- When was AUKUS announced?")


def test_every_tool_only_reads_and_has_schemas(reach: Reach) -> None:
    listed = reach.during(lambda client: client.list_tools()).tools
    for tool in listed:
        hints = tool.annotations
        assert hints is not None
        assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
        assert (hints.idempotent_hint, hints.open_world_hint) == (True, False)
        assert (tool.input_schema["type"], tool.input_schema["additionalProperties"]) == ("object", False)
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert tool.title
        assert tool.description
    required = {tool.name: tool.input_schema["required"] for tool in listed}
    assert required == {
        "ask": ["question"],
        "search": ["question"],
        "fetch": ["document_id"],
        "verify_quote": ["document_id", "quote"],
    }


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_every_earlier_protocol_is_spoken(version: str, running: Running) -> None:
    """A host that reads only text, byte by byte as such hosts send it; the SDK's client offers the latest of these."""
    hello = request(
        "initialize", protocolVersion=version, capabilities={}, clientInfo={"name": "old host", "version": "1"}
    )
    begun = post(running.client, hello)
    assert begun.status == 200
    assert "mcp-session-id" not in begun.headers
    assert begun.json["result"]["protocolVersion"] == version
    assert begun.json["result"]["serverInfo"]["name"] == "alliance-qa"
    initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    # The first of them had no header for its version.
    headers = {} if version == OLD_VERSIONS[0] else {"MCP_Protocol_Version": version}
    assert post(running.client, initialized, **headers).status == 202
    called = post(running.client, request("tools/call", name="ask", arguments={"question": LIT}), **headers)
    assert called.status == 200
    assert called.headers["content-type"] == "application/json"
    (block,) = called.json["result"]["content"]
    answer = json.loads(block["text"])
    assert answer["citations"][0]["quote"] == collection.LIGHTHOUSE_SENTENCE
    assert {"document_id", "start", "end", "url"} <= answer["citations"][0].keys()
    assert answer["index_version"] == "000001"


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
@pytest.mark.parametrize("mode", [OLD, NEW])
def test_both_spellings_of_the_address_answer_without_a_redirection(path: str, mode: str, running: Running) -> None:
    assert post(running.client, request("ping"), path).status == 200

    async def session() -> list[str]:
        async with over_http(running.client, path, mode) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(session) == ["ask", "search", "fetch", "verify_quote"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_to_wait_at(method: str, running: Running) -> None:
    reply = running.client.send(method, "/mcp", headers=TEXT_AND_JSON)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("ask", {}, "question: Field required"),
        ("ask", {"question": " "}, "question: must have 1 to 2000 characters"),
        (
            "ask",
            {"question": LIT, "writer": "Tanaka"},
            "writer: there is no such argument (the arguments are question, document, ",
        ),
        ("ask", {"question": LIT, "published_from": "2000", "author": "x"}, "must be a date of the form YYYY-MM-DD"),
        ("ask", {"question": LIT, "document": "no.md"}, "no document has this id"),
        ("search", {"question": LIT, "top_k": 51}, "top_k: Input should be less than or equal to 50"),
        ("fetch", {"document_id": "no.md"}, "no document has this id"),
        ("fetch", {"document_id": "gardens.txt", "start": 10_000}, "characters; start must be below that"),
        ("fetch", {"document_id": "gardens.txt", "index_version": "000009"}, "no longer kept"),
        ("verify_quote", {"document_id": "gardens.txt", "quote": "x", "start": 1}, "start and end belong together"),
    ],
)
def test_a_call_that_is_not_right_is_told_what_to_give_instead(
    name: str, arguments: dict[str, object], told: str, near: Reach
) -> None:
    assert told in refused(near.call(name, **arguments))


def test_what_a_model_writes_loosely_is_understood(near: Reach) -> None:
    found(near.call("search", question=LIT, top_k="1", document=None))


def test_a_question_may_lean_on_earlier_ones(reach: Reach) -> None:
    earlier = ["Where is the lighthouse of Ōshima?"]
    answer = found(reach.call("ask", question="When was it lit for the first time?", history=earlier))
    assert answer["resolved_question"] == LIT
    assert answer["message"] == f"{collection.LIGHTHOUSE_SENTENCE} [1]"
    alone = found(reach.call("ask", question="When was it lit for the first time?"))
    assert alone["resolved_question"] == "When was it lit for the first time?"
    told = refused(reach.call("ask", question=LIT, history=["Where?"] * 13))
    assert "history: List should have at most 12 items" in told
    assert "history: there is no such argument" in refused(reach.call("search", question=LIT, history=earlier))


def test_a_tool_that_there_is_not_is_a_protocol_error(reach: Reach) -> None:
    with pytest.raises(MCPError, match="there is no tool of this name") as raised:
        reach.call("write")
    assert raised.value.code == types.INVALID_PARAMS


def test_a_fault_inside_is_told_without_its_details(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    embedder = WordEmbedder()
    embedder.fault = ZeroDivisionError("of /home/keeper/secret")
    with hosted(running.home, embedder) as failing, caplog.at_level(logging.ERROR):
        reply = refused(Reach(NEW, failing).call("ask", question=LIT))
    assert reply == "an internal error; see the log of the service"
    assert "the tool ask failed" in caplog.text


def test_a_number_that_is_none_is_an_error_of_the_tool(near: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    passages = tools._passages

    def spoilt(*given: Any) -> Any:
        return tuple(passage.model_copy(update={"score": float("nan")}) for passage in passages(*given))

    monkeypatch.setattr(tools, "_passages", spoilt)
    assert refused(near.call("search", question=LIT)) == "an internal error; see the log of the service"


def test_a_document_comes_in_parts_that_are_all_of_it(reach: Reach) -> None:
    whole = reach.running.client.text("gardens.txt")

    async def work(client: Assistant) -> list[Any]:
        parts: list[Any] = []
        start: int | None = 0
        while start is not None:
            given = {"document_id": "gardens.txt", "start": start, "characters": 80}
            parts.append(found(await client.call_tool("fetch", given)))
            start = parts[-1]["next_start"]
        return parts

    parts = reach.during(work)
    assert "".join(part["text"] for part in parts) == whole
    assert len(parts) > 2
    assert [part["text"] for part in parts] == [whole[part["start"] : part["end"]] for part in parts]
    assert {part["characters"] for part in parts} == {len(whole)}
    assert whole[parts[0]["end"]] == "\n"  # it ends with a paragraph, not inside a word


def test_passages_that_do_not_fit_are_found_by_searching_on(near: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    every = found(near.call("search", question="lighthouse gardener", top_k=50))
    assert every["next_skip"] is None
    assert len(every["passages"]) >= 2
    monkeypatch.setattr(tools, "MOST_CHARACTERS", 1)
    passages, skip = [], 0
    while skip is not None:
        part = found(near.call("search", question="lighthouse gardener", top_k=50, skip=skip))
        passages += part["passages"]
        skip = part["next_skip"]
        assert len(part["passages"]) == 1
    assert passages == every["passages"]
    answer = found(near.call("ask", question=LIT))
    assert (len(answer["passages"]), answer["passages_left_out"]) == (1, len(every["passages"]) - 1)


def test_a_passage_is_what_stands_at_its_place(near: Reach) -> None:
    client = near.running.client
    passages = found(near.call("search", question="gardener of Karuizawa", top_k=2))["passages"]
    assert passages[0]["text"].endswith(collection.HOSTILE_SENTENCE)
    for passage in passages:
        assert client.text(passage["document_id"])[passage["start"] : passage["end"]] == passage["text"]
        assert f"?start={passage['start']}&end={passage['end']}&" in passage["url"]


@pytest.mark.parametrize(
    ("shift", "changed", "stands"),
    [(0, False, True), (1, False, False), (0, True, False)],
    ids=["as it stands", "beside its place", "in other words"],
)
def test_a_quote_is_compared_character_by_character(shift: int, changed: bool, stands: bool, near: Reach) -> None:
    (citation,) = found(near.call("ask", question=LIT))["citations"]
    quote = citation["quote"].replace("1903", "1904") if changed else citation["quote"]
    start, end = citation["start"] + shift, citation["end"] + shift
    given = {"document_id": citation["document_id"], "quote": quote, "start": start, "end": end}
    verified = found(near.call("verify_quote", **given, index_version="000001"))
    assert verified == {
        "stands": stands,
        "document_id": citation["document_id"],
        "start": start if stands else None,
        "end": end if stands else None,
        "url": citation["url"] if stands else None,
        "index_version": "000001",
    }


def test_a_quote_without_a_place_is_looked_for(reach: Reach) -> None:
    (citation,) = found(reach.call("ask", question=LIT))["citations"]
    verified = found(reach.call("verify_quote", document_id=citation["document_id"], quote=citation["quote"]))
    assert [verified[name] for name in ("stands", "start", "end")] == [True, citation["start"], citation["end"]]
    lost = found(reach.call("verify_quote", document_id=citation["document_id"], quote="lit in 1904"))
    assert (lost["stands"], lost["start"], lost["url"]) == (False, None, None)


def test_the_documents_are_resources(reach: Reach) -> None:
    async def work(client: Assistant) -> tuple[Any, Any]:
        return await client.list_resources(), await client.list_resource_templates()

    listed, templates = reach.during(work)
    ids = [document["id"] for document in reach.running.client.get("/v1/documents").json["documents"]]
    assert [resource.uri for resource in listed.resources] == [f"alliance-qa://documents/{id_}" for id_ in ids]
    notes = next(resource for resource in listed.resources if "notes" in resource.uri)
    assert (notes.title, notes.description, notes.mime_type) == (
        "Notes on the Lighthouse of Ōshima",
        "Ichiro Tanaka, 2001-02-03",
        "text/plain",
    )
    assert [t.uri_template for t in templates.resource_templates] == ["alliance-qa://documents/{document_id}"]


def test_resources_come_in_pages(near: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alliance_qa.web.mcp.server._PAGE", 1)

    async def work(client: Assistant) -> list[list[str]]:
        pages: list[list[str]] = []
        cursor = None
        while not pages or cursor is not None:
            page = await client.list_resources(cursor=cursor)
            pages.append([resource.name for resource in page.resources])
            cursor = page.next_cursor
        return pages

    ids = [document["id"] for document in near.running.client.get("/v1/documents").json["documents"]]
    assert near.during(work) == [[id_] for id_ in ids]


@pytest.mark.parametrize("uri", ["alliance-qa://documents/no.md", "file:///etc/passwd", "alliance-qa://documents/"])
def test_a_resource_that_there_is_not_is_an_error(uri: str, near: Reach) -> None:
    with pytest.raises(MCPError, match="there is no document of this address"):
        near.during(lambda client: client.read_resource(uri))


def test_a_cursor_of_others_is_refused(near: Reach) -> None:
    with pytest.raises(MCPError, match="this cursor is none that was given"):
        near.during(lambda client: client.list_resources(cursor="-1"))


@pytest.mark.parametrize("mode", [OLD, NEW])
def test_chatgpt_sees_the_two_tools_in_its_own_shape(mode: str, running: Running) -> None:
    async def session() -> tuple[list[types.Tool], types.CallToolResult, types.CallToolResult]:
        async with over_http(running.client, "/mcp?tools=chatgpt", mode) as client:
            results = await client.call_tool("search", {"query": "gardener of Karuizawa"})
            first = found(results)["results"][0]
            return (await client.list_tools()).tools, results, await client.call_tool("fetch", {"id": first["id"]})

    listed, results, fetched = anyio.run(session)
    assert [(tool.name, tool.input_schema["required"]) for tool in listed] == [("search", ["query"]), ("fetch", ["id"])]
    assert list(found(results)) == ["results"]
    first = found(results)["results"][0]
    assert list(first) == ["id", "title", "url", "text"]
    document = found(fetched)
    assert list(document) == ["id", "title", "text", "url", "metadata"]
    assert (document["id"], document["url"]) == (first["id"], first["url"])
    assert document["text"] == running.client.text("gardens.txt")
    assert "next_id" not in document["metadata"]


def test_chatgpt_reads_a_long_document_from_the_passage_on(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = running.client.text("gardens.txt")
    monkeypatch.setattr(tools, "MOST_CHARACTERS", 60)

    async def session() -> list[Any]:
        async with over_http(running.client, "/mcp?tools=chatgpt") as client:
            parts = [found(await client.call_tool("fetch", {"id": "gardens.txt"}))]
            while next_id := parts[-1]["metadata"].get("next_id"):
                parts.append(found(await client.call_tool("fetch", {"id": next_id})))
            return parts

    parts = anyio.run(session)
    assert len(parts) > 2
    assert "".join(part["text"] for part in parts) == whole


@pytest.mark.parametrize("version", [OLD_VERSIONS[-1], NEW_VERSION])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1"}, 200),
        ({"Origin": ORIGIN}, 200),
    ],
)
def test_only_own_names_and_pages_may_call(
    headers: dict[str, str], status: int, version: str, running: Running
) -> None:
    envelope = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    body = request("tools/list", _meta=envelope)
    found = post(running.client, body, MCP_Protocol_Version=version, Mcp_Method="tools/list", **headers)
    assert found.status == status, found.text


def test_a_page_of_an_allowed_origin_may_send_what_the_protocol_sends(running: Running) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,mcp-method,mcp-name,mcp-protocol-version",
    }
    reply = running.client.send("OPTIONS", "/mcp", headers=asked)
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, ORIGIN)


def test_the_public_name_is_its_own_and_stands_in_every_address(small_home: Path) -> None:
    with hosted(small_home, public_url="https://qa.example.org") as public:
        called = request("tools/call", name="ask", arguments={"question": LIT})
        reply = post(public.client, called, Host="qa.example.org", Origin="https://qa.example.org")
        assert reply.status == 200
        (citation,) = reply.json["result"]["structuredContent"]["citations"]
        assert citation["url"].startswith("https://qa.example.org/documents/")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b"[" * 60_000, 400), (b" " * 65_537, 413)],
    ids=["cut", "batch", "no text", "deep", "long"],
)
@pytest.mark.parametrize("version", [OLD_VERSIONS[-1], NEW_VERSION])
def test_a_body_that_is_no_message_is_refused(body: bytes, status: int, version: str, running: Running) -> None:
    headers = TEXT_AND_JSON | {"MCP-Protocol-Version": version}
    assert running.client.post_bytes("/mcp", body, headers).status == status
    assert post(running.client, request("ping")).status == 200


def test_questions_are_limited_as_they_are_over_http(small_home: Path) -> None:
    with hosted(small_home, limit_per_address="2/hour") as limited:
        reach = Reach(NEW, limited)
        found(reach.call("ask", question=LIT))
        found(reach.call("search", question=LIT))
        assert "too many questions from this address; the next is taken in " in refused(reach.call("ask", question=LIT))
        found(reach.call("fetch", document_id="gardens.txt"))  # no question, no model
        assert limited.client.post("/v1/ask", {"question": LIT}).status == 429


def test_questions_are_logged_and_counted_as_they_are_over_http(small_home: Path, tmp_path: Path) -> None:
    with hosted(small_home, query_log=tmp_path / "log.sqlite") as logged:
        found(Reach(NEW, logged).call("ask", question=LIT))
        questions = logged.client.get(
            "/v1/questions", headers={"Authorization": "Bearer token-of-the-keeper-0123456789"}
        )
        (entry,) = questions.json["questions"]
        assert (entry["question"], entry["answered"]) == (LIT, True)
        assert 'alliance_qa_questions_total{outcome="answered"} 1.0' in logged.client.get("/metrics").text


def test_whoever_leaves_before_its_turn_is_not_answered(
    small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits, asked = tmp_path / "wait", tmp_path / "asked"
    monkeypatch.setenv(keeper.WAIT, str(waits))
    monkeypatch.setenv(keeper.ASKED, str(asked))
    with hosted(small_home) as busy:
        waits.touch()

        async def session() -> None:
            async with asyncio.TaskGroup() as group:
                for number in range(4):
                    group.create_task(say(f"Who waits as {number}?"))
                await asyncio.sleep(1)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(say("Who left?"), 1)
                await asyncio.sleep(0.5)
                waits.unlink()

        async def say(question: str) -> None:
            reader, writer = await asyncio.open_connection(busy.client.host, busy.client.port)
            body = json.dumps(request("tools/call", name="ask", arguments={"question": question})).encode()
            head = f"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
            lines = "".join(f"{name}: {value}\r\n" for name, value in TEXT_AND_JSON.items())
            writer.write(f"{head}{lines}\r\n".encode() + body)
            try:
                assert (await reader.read()).startswith(b"HTTP/1.1 200")
            finally:
                writer.close()

        anyio.run(session)
    said = asked.read_text().splitlines()
    assert sorted(line for line in said if line.startswith("Who waits")) == [f"Who waits as {n}?" for n in range(4)]
    assert "Who left?" not in said


def test_answers_of_many_at_once_are_their_own(running: Running) -> None:
    expected = {LIT: collection.LIGHTHOUSE_SENTENCE, "What did the gardener of Karuizawa plant in 1911?": "40 maples"}
    many = [*expected] * 10

    def ask(question: str) -> str:
        reply = post(running.client, request("tools/call", name="ask", arguments={"question": question}))
        return str(reply.json["result"]["structuredContent"]["message"])

    with ThreadPoolExecutor(8) as pool:
        messages = list(pool.map(ask, many))
    assert [expected[question] in message for question, message in zip(many, messages, strict=True)] == [True] * 20


def test_an_application_serves_it_each_time_it_is_started(small_home: Path) -> None:
    service = Service(settings_of(small_home), WordEmbedder())
    app = create_app(service)
    for _ in range(2):
        with TestClient(app, base_url="http://localhost") as client:
            assert client.post("/mcp", json=request("ping"), headers=TEXT_AND_JSON).status_code == 200


def test_a_new_index_answers_while_a_pipe_is_open(workplace: Path) -> None:
    home = workplace / "home"
    collection.write_small(home / "documents")
    assert keep(home, "index").returncode == 0

    async def session() -> list[str]:
        async with Assistant(stdio_client(parameters(home))) as client:
            versions = [found(await client.call_tool("ask", {"question": LIT}))["index_version"]]
            (home / "documents" / "new.txt").write_text("The bridge of Otaru was built of stone in 1923.", "utf-8")
            assert (await anyio.to_thread.run_sync(lambda: keep(home, "index"))).returncode == 0
            end = time.monotonic() + 60
            while versions[-1] == versions[0] and time.monotonic() < end:
                asked = await client.call_tool("ask", {"question": "When was the bridge of Otaru built of stone?"})
                versions.append(found(asked)["index_version"])
            assert "in 1923" in found(asked)["answer"]
            return versions

    versions = anyio.run(session)
    assert (versions[0], versions[-1]) == ("000001", "000002")


def test_a_pipe_carries_messages_only_and_its_end_ends_the_process(running: Running) -> None:
    hello = request(
        "initialize", protocolVersion=OLD_VERSIONS[0], capabilities={}, clientInfo={"name": "x", "version": "1"}
    )
    with subprocess.Popen(
        [*keeper.HERE, "mcp"],
        cwd=running.home,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"this is no message\n" + json.dumps(hello).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["result"]["protocolVersion"] == OLD_VERSIONS[0]
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors.decode()
    assert rest == b""


def test_a_pipe_without_an_index_says_what_to_do(workplace: Path) -> None:
    ended = keep(workplace, "mcp")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert 'run "alliance-qa index" first' in ended.stderr


def test_without_the_extra_the_command_to_install_it_is_named(
    small_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mcp_types", None)  # whoever imports it now is told that there is none
    from click.testing import CliRunner

    from alliance_qa import cli

    ended = CliRunner().invoke(cli.main, ["mcp"])
    assert (ended.exit_code, ended.output) == (
        1,
        'alliance-qa: MCP needs the official SDK; run: pip install "alliance-qa[mcp]"\n',
    )
    with hosted(small_home) as without:
        reply = post(without.client, request("ping"))
        assert (reply.status, reply.json["detail"]) == (
            404,
            "MCP is not installed here; its keeper finds the command in docs/mcp.md",
        )
        assert without.client.post("/v1/ask", {"question": LIT}).status == 200
