"""Every route and method of the service with who may call it; a route that is added is added here, too."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import SecretStr
from starlette.routing import Mount
from starlette.testclient import TestClient

from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app
from edges.client import PROBLEM
from edges.conftest import ORIGIN
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, settings_of

VISITORS = {  # who knows the address
    "GET /",
    "GET /admin",  # a page that asks for the token; it holds nothing
    "GET /demo",
    "GET /docs",
    "GET /docs/static",
    "GET /documents",
    "GET /documents/{document_id}",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "GET /static/{name}",
    "GET /v1/collection",
    "GET /v1/documents",
    "GET /v1/documents/{document_id}",
    "GET /v1/documents/{document_id}/boxes",
    "GET /v1/documents/{document_id}/pages/{page}",
    "GET /v1/documents/{document_id}/text",
    "GET /v1/models",
    "GET /v1/models/{model}",
    "GET /v1/search",
    "GET /v1/widget",
    "GET /widget-{version}.js",
    "GET /widget.js",
    "POST /v1/ask",
    "POST /v1/chat/completions",
    "POST /v1/feedback",
    "POST /v1/messages",
    "POST /mcp",
    "POST /mcp/",
    "POST /v1/verify",
}
KEEPERS = {  # who has the admin token
    "DELETE /v1/documents/{path:path}",
    "DELETE /v1/messages/{answer_id}",
    "PUT /v1/documents/{path:path}",
    "GET /v1/index",
    "GET /v1/index/documents/{document_id}",
    "GET /v1/index/events",
    "GET /v1/questions",
    "GET /v1/questions/gaps",
    "GET /v1/questions/gaps.csv",
    "GET /v1/questions/gaps.jsonl",
    "POST /v1/index/rebuild",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "BREW")


@pytest.fixture(scope="module")
def app(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    home = tmp_path_factory.mktemp("routes") / "home"
    shutil.copytree(small_home, home)  # a rebuild is among what is called
    changes = {"admin_token": SecretStr(TOKEN), "origins": (ORIGIN,), "limit_wrong_tokens": "off"}
    return create_app(Service(settings_of(home).model_copy(update=changes), WordEmbedder()))


@pytest.fixture(scope="module")
def anybody(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, follow_redirects=False) as client:
        yield client


def methods(route: RouteContext) -> set[str]:
    if isinstance(route.original_route, Mount):
        return {"GET"}  # of files
    return set(route.methods or ()) - {"HEAD"}


def path_of(call: str) -> str:
    """Return an address of a call, at which nothing need be."""
    return re.sub(r"\{[\w:]+\}", "x", call.partition(" ")[2]) + ("/x" if call.endswith("/static") else "")


def test_every_route_is_listed_with_who_may_call_it(app: FastAPI) -> None:
    found = {f"{method} {route.path}" for route in iter_route_contexts(app.routes) for method in methods(route)}
    assert found == VISITORS | KEEPERS


def test_without_a_token_what_keepers_call_does_not_exist(small_home: Path) -> None:
    without = create_app(Service(settings_of(small_home), WordEmbedder()))
    found = {f"{method} {route.path}" for route in iter_route_contexts(without.routes) for method in methods(route)}
    assert found == VISITORS


@pytest.mark.parametrize("call", sorted(VISITORS | KEEPERS))
def test_who_may_call_it(call: str, anybody: TestClient) -> None:
    method, path = call.partition(" ")[0], path_of(call)
    assert (anybody.request(method, path).status_code == 401) == (call in KEEPERS)
    wrong = anybody.request(method, path, headers={"Authorization": f"Bearer {TOKEN}x"})
    assert (wrong.status_code == 401) == (call in KEEPERS)


@pytest.mark.parametrize("call", sorted(KEEPERS))
def test_what_a_keeper_calls_is_kept_by_no_cache_and_read_by_no_page(call: str, anybody: TestClient) -> None:
    method, path = call.partition(" ")[0], path_of(call)
    preflight = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    replies = [
        anybody.request(method, path, headers={"Origin": ORIGIN}),
        anybody.request(method, path, headers={"Origin": ORIGIN, "Authorization": "Bearer wrong"}),
        anybody.request("HEAD" if method == "GET" else method, path, headers={"Origin": ORIGIN, **ADMIN}),
    ]
    preflighted = anybody.options(path, headers={"Origin": ORIGIN, **preflight})
    if path.startswith("/v1/documents/"):  # others of the address are for visitors
        assert preflighted.status_code == 400
    else:
        replies += [preflighted, anybody.request("PATCH", path, headers={"Origin": ORIGIN, **ADMIN})]
    assert {reply.headers.get("cache-control") for reply in replies} == {"no-store"}
    assert [name for reply in replies for name in reply.headers if name.startswith("access-control-")] == []


@pytest.mark.parametrize("call", sorted(VISITORS | KEEPERS))
def test_no_browser_guesses_what_a_reply_is(call: str, anybody: TestClient) -> None:
    replies = [anybody.request(method, path_of(call)) for method in METHODS]
    assert {reply.headers.get("x-content-type-options") for reply in replies} == {"nosniff"}


@pytest.mark.parametrize("path", ["/nowhere", "/v1", "/v1/ask/", "/docs/static/swagger-ui.css", "/static/pages.css"])
@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_no_browser_guesses_what_is_none_of_these_calls(
    path: str, headers: dict[str, str], anybody: TestClient
) -> None:
    assert anybody.get(path, headers=headers).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("call", sorted(call for call in VISITORS | KEEPERS if call.startswith("GET")))
def test_head_is_get_without_its_body(call: str, anybody: TestClient) -> None:
    path = path_of(call)
    for headers in ({}, ADMIN):
        got, head = anybody.get(path, headers=headers), anybody.head(path, headers=headers)
        assert (head.status_code, head.content) == (got.status_code, b"")
        differing = {"content-length"} if path == "/metrics" or path.startswith("/v1/questions/gaps.") else set()
        assert dict(head.headers.items() - got.headers.items()).keys() <= differing


@pytest.mark.parametrize("path", sorted({path_of(call) for call in VISITORS | KEEPERS}))
def test_every_other_method_is_405_and_the_reply_names_those_that_are_not(path: str, anybody: TestClient) -> None:
    taken = {call.partition(" ")[0] for call in VISITORS | KEEPERS if path_of(call) == path}
    taken |= {"PUT", "DELETE"} if path.startswith("/v1/documents/") else set()
    taken |= {"HEAD"} if "GET" in taken else set()
    for method in set(METHODS) - taken:
        reply = anybody.request(method, path, headers=ADMIN)
        assert (method, reply.status_code, reply.headers["content-type"]) == (method, 405, PROBLEM)
        assert set(reply.headers["allow"].split(", ")) == taken


@pytest.mark.parametrize("call", sorted(call for call in VISITORS if call.startswith("POST")))
@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonx", "json", "*/*"],
)
def test_a_body_of_another_type_is_415(call: str, kind: str | None, anybody: TestClient) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    for body in (b"{}", b""):
        reply = anybody.post(path_of(call), content=body, headers=headers)
        assert (reply.status_code, reply.headers["content-type"]) == (415, PROBLEM)
        assert reply.headers["accept"] == "application/json"


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON ; charset=utf-8"])
def test_a_body_that_is_json_is_read(kind: str, anybody: TestClient) -> None:
    reply = anybody.post("/v1/ask", content=b'{"question": "?"}', headers={"Content-Type": kind})
    assert (reply.status_code, reply.json()["reason"]) == (200, "unclear_question")
