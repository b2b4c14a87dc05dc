"""Faults inside the service, which no request can bring about: what a visitor sees of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alliance_qa.building.rebuild import rebuild
from alliance_qa.errors import ModelError
from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app, readiness
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.server import settings_of

SECRET = "/home/keeper/secret-path"


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def visitor(small_home: Path, embedder: WordEmbedder) -> Iterator[TestClient]:
    """A client of a service with default settings, in this process, without a model."""
    app = create_app(Service(settings_of(small_home), embedder))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


CALLS = (
    ("POST", "/v1/ask", {"question": "When was the lighthouse lit?"}),
    ("GET", "/v1/search?question=lighthouse", None),
)


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_service_without_fault_answers(method: str, path: str, body: object, visitor: TestClient) -> None:
    reply = visitor.request(method, path, json=body)
    assert (reply.status_code, reply.json()["passages"][0]["document_id"]) == (
        200,
        "notes-on-oshima.md-4d7cbfef",
    )


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_an_unforeseen_fault_is_500_without_its_message(
    method: str, path: str, body: object, visitor: TestClient, embedder: WordEmbedder
) -> None:
    embedder.fault = RuntimeError(SECRET)
    reply = visitor.request(method, path, json=body)
    assert (reply.status_code, reply.headers["content-type"]) == (500, PROBLEM)
    assert reply.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "an internal error; see the log of the service",
    }


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_fault_that_we_can_name_is_503_without_its_path(
    method: str,
    path: str,
    body: object,
    visitor: TestClient,
    embedder: WordEmbedder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    embedder.fault = ModelError(f"{SECRET} is gone; put it back")
    with caplog.at_level(logging.ERROR):
        reply = visitor.request(method, path, json=body)
    assert (reply.status_code, reply.headers["content-type"]) == (503, PROBLEM)
    assert reply.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "the collection cannot be searched now; see the log of the service",
    }
    assert reply.headers["retry-after"] == "5"
    assert f"{SECRET} is gone; put it back" in caplog.text


@pytest.mark.parametrize("fault", [RuntimeError(SECRET), ModelError(SECRET), MemoryError(SECRET)])
def test_a_service_that_cannot_search_is_live_but_not_ready(
    fault: Exception, visitor: TestClient, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "_FRESH_SECONDS", 0.0)
    assert visitor.get("/health/ready").json() == {"status": "ready", "index_version": "000001", "detail": None}
    embedder.fault = fault
    reply = visitor.get("/health/ready")
    assert (reply.status_code, reply.headers["content-type"]) == (503, PROBLEM)
    assert reply.json()["detail"] == "a search failed or took too long; see the log"
    assert visitor.get("/health/live").status_code == 200
    embedder.fault = None
    assert visitor.get("/health/ready").status_code == 200


def test_a_fault_is_not_counted_as_an_outcome(visitor: TestClient, embedder: WordEmbedder) -> None:
    embedder.fault = RuntimeError(SECRET)
    visitor.post("/v1/ask", json={"question": "When was the lighthouse lit?"})
    assert "alliance_qa_answer_seconds_count 0.0" in visitor.get("/metrics").text


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/index"), ("GET", "/v1/index/events"), ("POST", "/v1/index/rebuild")]
)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer None"}, {"Authorization": "Bearer "}])
def test_without_a_token_there_are_no_admin_calls(
    method: str, path: str, headers: dict[str, str], visitor: TestClient
) -> None:
    assert visitor.request(method, path, headers=headers).status_code == 404
    assert path not in visitor.get("/openapi.json").json()["paths"]


def test_without_a_token_the_keepers_page_says_how_to_open_it(visitor: TestClient) -> None:
    reply = visitor.get("/admin")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "set <code>ALLIANCE_QA_ADMIN_TOKEN</code>" in reply.text
    assert reply.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")


def test_without_origins_no_page_may_ask(visitor: TestClient) -> None:
    reply = visitor.post("/v1/ask", json={"question": "?"}, headers={"Origin": "https://a.example"})
    assert reply.status_code == 403
    assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_a_page_may_read_that_the_service_failed(small_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    embedder = WordEmbedder()
    settings = settings_of(small_home).model_copy(update={"origins": ("https://a.example",)})
    with TestClient(create_app(Service(settings, embedder))) as visitor:
        embedder.fault = RuntimeError(SECRET)
        reply = visitor.post("/v1/ask", json={"question": "lighthouse?"}, headers={"Origin": "https://a.example"})
    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (500, "https://a.example")
    assert "POST /v1/ask failed" in caplog.text


def test_a_collection_without_documents_refuses_and_is_ready(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    settings = settings_of(tmp_path)
    rebuild(settings, WordEmbedder())
    with TestClient(create_app(Service(settings, WordEmbedder()))) as visitor:
        answer = visitor.post("/v1/ask", json={"question": "When was the lighthouse lit?"}).json()
        assert (answer["answered"], answer["reason"], answer["passages"]) == (False, "nothing_relevant", [])
        assert visitor.get("/v1/documents").json()["documents"] == []
        assert visitor.get("/health/ready").status_code == 200


@pytest.mark.parametrize(("error", "said"), [(RuntimeError("x"), " failed"), (ModelError("gone"), ": gone")])
def test_no_caller_writes_lines_of_their_own_into_the_log(
    error: Exception,
    said: str,
    visitor: TestClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(service: Service) -> None:
        raise error

    monkeypatch.setattr(Service, "generation", property(fail))
    assert visitor.get("/v1/documents/x%0aFORGED%0d%1b[31m%e2%80%a8?%0aFORGED").status_code >= 500
    lines = [record for record in caplog.records if record.name.startswith("alliance_qa.web")]
    assert [record.getMessage() for record in lines if record.levelno >= logging.ERROR] == [
        f"GET /v1/documents/x%0AFORGED%0D%1B%5B31m%E2%80%A8{said}"
    ]
