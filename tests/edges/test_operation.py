"""What a keeper meets over HTTP: health, metrics, description, origins, and the admin calls."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from edges import keeper
from edges.client import PROBLEM, Client
from edges.conftest import ORIGIN
from edges.server import ADMIN, TOKEN, Server, hosted, wait

pytestmark = pytest.mark.model

OTHER_ORIGIN = "https://allowed.example.evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def test_the_process_is_live(client: Client) -> None:
    reply = client.get("/health/live")
    assert (reply.status, reply.json) == (200, {"status": "live", "index_version": None, "detail": None})


def test_the_service_is_ready(client: Client) -> None:
    reply = client.get("/health/ready")
    version = client.get("/v1/documents").json["index_version"]
    assert (reply.status, reply.json) == (200, {"status": "ready", "index_version": version, "detail": None})


def test_questions_are_counted_by_outcome(client: Client) -> None:
    def count(name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    names = [
        'alliance_qa_questions_total{outcome="answered"}',
        'alliance_qa_questions_total{outcome="unclear_question"}',
        'alliance_qa_questions_total{outcome="small_talk"}',
        "alliance_qa_answer_seconds_count",
    ]
    before = [count(name) for name in names]
    client.ask("When was AUKUS announced?")
    client.ask("???")
    client.ask("?!")
    client.ask("thanks")
    client.post("/v1/ask", {"question": ""})
    assert [count(name) for name in names] == [before[0] + 1, before[1] + 2, before[2] + 1, before[3] + 4]


def test_no_question_is_kept_in_metrics_or_log(process: Server) -> None:
    process.client.ask("Is the word xylographqz anywhere?")
    process.client.post("/v1/ask", {"question": 5, "xylographqz": "xylographqz"})
    assert "alliance_qa_questions_total" in process.client.get("/metrics").text
    assert "xylographqz" not in process.client.get("/metrics").text
    assert "running on http://127.0.0.1:" in process.log
    assert "xylographqz" not in process.log


@pytest.fixture(scope="session")
def description(client: Client) -> Any:
    """/openapi.json."""
    return client.get("/openapi.json").json


def test_the_description_is_valid_openapi(description: Any) -> None:
    assert description["openapi"].startswith("3.1")
    validate(description)


def test_the_description_names_every_call(description: Any) -> None:
    assert {f"{method.upper()} {path}" for path, calls in description["paths"].items() for method in calls} == {
        "POST /v1/ask",
        "DELETE /v1/messages/{answer_id}",
        "GET /v1/documents/{document_id}/boxes",
        "GET /v1/documents/{document_id}/pages/{page}",
        "GET /v1/index/documents/{document_id}",
        "GET /v1/search",
        "POST /v1/verify",
        "GET /v1/collection",
        "POST /v1/feedback",
        "POST /v1/messages",
        "POST /v1/chat/completions",
        "GET /v1/models",
        "GET /v1/models/{model}",
        "GET /v1/widget",
        "GET /v1/documents",
        "GET /v1/documents/{document_id}",
        "GET /v1/documents/{document_id}/text",
        "PUT /v1/documents/{path}",
        "DELETE /v1/documents/{path}",
        "GET /v1/index",
        "GET /v1/index/events",
        "POST /v1/index/rebuild",
        "GET /v1/questions",
        "GET /v1/questions/gaps",
        "GET /v1/questions/gaps.csv",
        "GET /v1/questions/gaps.jsonl",
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
    }


def test_every_call_and_schema_is_described(description: Any) -> None:
    for path, calls in description["paths"].items():
        for method, call in calls.items():
            assert call.get("description"), f"{method} {path}"
    undescribed = [
        name for name, schema in description["components"]["schemas"].items() if not schema.get("description")
    ]
    assert undescribed == []


def test_problems_are_described_as_they_are_sent(description: Any, client: Client) -> None:
    responses = description["paths"]["/v1/ask"]["post"]["responses"]
    assert set(responses) == {"200", "400", "403", "404", "413", "415", "421", "422", "429", "500", "503"}
    for status, response in responses.items():
        expected = ["application/json", "text/event-stream"] if status == "200" else [PROBLEM]
        assert sorted(response["content"]) == expected
    schema = responses["422"]["content"][PROBLEM]["schema"]
    OAS31Validator(schema).validate(client.post("/v1/ask", {"question": 5}).json)


def test_every_example_of_a_question_can_be_asked(description: Any, client: Client) -> None:
    examples = description["paths"]["/v1/ask"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert list(examples) == ["fact", "document", "follow-up", "small talk", "refusal"]
    validator = _validator(description, "AskIn")
    replies = {}
    for name, example in examples.items():
        validator.validate(example["value"])
        replies[name] = client.post("/v1/ask", example["value"])
    assert {name: reply.status for name, reply in replies.items()} == dict.fromkeys(examples, 200)
    assert {name: reply.json["answered"] for name, reply in replies.items()} == {
        "fact": True,
        "document": True,
        "follow-up": True,
        "small talk": False,
        "refusal": False,
    }


@pytest.mark.parametrize("question", ["When was AUKUS announced?", "best ramen in osaka?", "?"])
def test_answers_are_as_described(question: str, description: Any, client: Client) -> None:
    validator = _validator(description, "AskOut")
    answer = client.ask(question)
    validator.validate(answer)
    assert not validator.is_valid({**answer, "reason": "another"})


def test_documents_are_as_described(description: Any, client: Client) -> None:
    _validator(description, "DocumentsOut").validate(client.get("/v1/documents").json)
    _validator(description, "DocumentOut").validate(client.get("/v1/documents/timeline.md").json)
    _validator(description, "IndexOut").validate(client.get("/v1/index", headers=ADMIN).json)


def _validator(description: Any, name: str) -> OAS31Validator:
    return OAS31Validator({"$ref": f"#/components/schemas/{name}", "components": description["components"]})


def test_the_documentation_needs_no_other_host(client: Client) -> None:
    page = client.get("/docs")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "http://" not in page.text
    assert "https://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert loaded == [
        "/docs/static/swagger-ui.css",
        "/docs/static/favicon-32x32.png",
        "/docs/static/swagger-ui-bundle.js",
    ]
    assert [client.get(path).status for path in loaded] == [200, 200, 200]


@pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:3000"])
def test_a_page_of_an_allowed_origin_may_ask(origin: str, client: Client) -> None:
    before = client.send("OPTIONS", "/v1/ask", headers={"Origin": origin, **PREFLIGHT})
    assert (before.status, before.headers["access-control-allow-origin"]) == (200, origin)
    reply = client.post("/v1/ask", {"question": "?"}, {"Origin": origin})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, origin)
    assert "Origin" in reply.headers["vary"]
    assert "access-control-allow-credentials" not in {*before.headers, *reply.headers}


@pytest.mark.parametrize(
    "origin",
    [
        OTHER_ORIGIN,
        "null",
        "http://allowed.example",
        "https://allowed.example:8443",
        "http://localhost",
        "*",
        "http://[",
    ],
)
def test_a_page_of_another_origin_may_not(origin: str, client: Client) -> None:
    before = client.send("OPTIONS", "/v1/ask", headers={"Origin": origin, **PREFLIGHT})
    reply = client.post("/v1/ask", {"question": "?"}, {"Origin": origin})
    assert (before.status, reply.status) == (400, 403)
    assert reply.json["detail"] == "pages of this origin may not call the service"
    assert "access-control-allow-origin" not in {*before.headers, *reply.headers}


def test_a_page_of_the_service_itself_may_ask(client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "?"}, {"Origin": f"http://{client.host}:{client.port}"})
    assert (reply.status, reply.json["reason"]) == (200, "unclear_question")


@pytest.mark.parametrize("scheme", ["ftp://", "//", "", "javascript://"])
def test_what_only_looks_like_the_service_itself_may_not(scheme: str, client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "?"}, {"Origin": f"{scheme}{client.host}:{client.port}"})
    assert reply.status == 403


def test_the_documentation_runs_nothing_but_its_own(client: Client) -> None:
    headers = client.get("/docs").headers
    assert re.search(r"default-src 'none'; script-src 'self' 'sha256-[^']{44}'; ", headers["content-security-policy"])
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_no_reply_sets_a_cookie(client: Client) -> None:
    replies = [client.get(path) for path in ("/", "/v1/documents", "/v1/collection", "/widget.js", "/metrics")]
    replies.append(client.post("/v1/ask", {"question": "?"}, {"Cookie": "a=b"}))
    assert [reply.headers.get("set-cookie") for reply in replies] == [None] * 6


def test_a_page_may_read_what_is_wrong_with_its_request(client: Client) -> None:
    reply = client.post("/v1/ask", {"question": ""}, {"Origin": ORIGIN})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (422, ORIGIN)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/index"), ("GET", "/v1/index/events"), ("POST", "/v1/index/rebuild")]
)
@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong-token-wrong-token",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer t\u00f6ken",
    ],
)
def test_an_admin_call_needs_the_token(method: str, path: str, authorization: str | None, client: Client) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = client.send(method, path, headers=headers)
    assert (reply.status, reply.headers["content-type"]) == (401, PROBLEM)
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "this call needs the admin token as a bearer token",
    }


def test_a_token_in_the_address_opens_nothing(client: Client) -> None:
    assert client.get("/v1/index", {"token": TOKEN, "access_token": TOKEN}).status == 401


def test_the_index_tells_of_every_file(client: Client) -> None:
    reply = client.get("/v1/index", headers=ADMIN)
    index = reply.json
    assert reply.status == 200
    assert (index["model"], index["dimension"], index["documents"]) == ("all-MiniLM-L6-v2", 384, 5)
    files = {file["path"]: file for file in index["files"]}
    since = files["broken.txt"]["since"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", since)
    assert since <= index["created"]
    assert files["broken.txt"] == {
        "path": "broken.txt",
        "sha256": "dafd66c0b98965e688be1fc12942c09f0350e6be0685017c3f234e97d0adc92e",
        "state": "failed",
        "since": since,
        "document_id": None,
        "passages": 0,
        "failure": "encoding",
        "reason": "byte 3 is not valid UTF-8; save the file as UTF-8",
    }
    assert files["notes on Ōshima.md"]["document_id"] == "notes-on-oshima.md-4d7cbfef"
    assert sum(file["passages"] for file in index["files"]) == index["passages"]


def test_a_new_file_is_answered_after_a_rebuild(
    small_home: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With words for a model; tests/service/test_service.py has a rebuild in the background with the real one."""
    shutil.copytree(small_home, workplace / "home")
    new, hold = workplace / "home/documents/cooper.txt", workplace / "hold"
    monkeypatch.setenv(keeper.HOLD, str(hold))
    question, other = "What did the cooper of Zwolle sell to the harbour master?", "When was the lighthouse lit?"
    sentence = "The cooper of Zwolle sold nine oak barrels to the harbour master."
    with hosted(workplace / "home") as running:
        client, before = running.client, running.index
        assert client.ask(question)["answered"] is False
        new.write_text(f"The Cooper of Zwolle\n\n{sentence}\n")
        hold.touch()
        started = client.send("POST", "/v1/index/rebuild", headers=ADMIN)
        again = client.send("POST", "/v1/index/rebuild", headers=ADMIN)
        meanwhile = client.ask(other)
        hold.unlink()
        wait(lambda: running.index["job"]["state"] != "running")
        after, answer = running.index, client.ask(question)
        # The file is gone from the folder; a rebuild takes it out of the answers again.
        new.unlink()
        gone = running.rebuild()
        assert client.ask(question)["answered"] is False
        assert client.get("/v1/documents/cooper.txt").status == 404
    assert (started.status, started.json["state"]) == (202, "running")
    assert (again.status, again.headers["content-type"]) == (409, PROBLEM)
    assert again.json["detail"] == "a rebuild is running; GET /v1/index shows how far it is"
    assert (meanwhile["answered"], meanwhile["index_version"]) == (True, before["index_version"])
    assert after["job"]["state"] == "done"
    assert after["job"]["index_version"] == after["index_version"] == answer["index_version"]
    assert int(after["index_version"]) == int(before["index_version"]) + 1
    assert (after["documents"], gone["documents"]) == (before["documents"] + 1, before["documents"])
    assert [c["quote"] for c in answer["citations"]] == [sentence]


def test_a_rebuild_that_fails_says_so_and_leaves_the_index(client: Client, server_home: Path) -> None:
    before = client.get("/v1/index", headers=ADMIN).json["index_version"]
    documents, aside = server_home / "documents", server_home / "aside"
    documents.rename(aside)
    try:
        assert client.send("POST", "/v1/index/rebuild", headers=ADMIN).status == 202
        wait(lambda: client.get("/v1/index", headers=ADMIN).json["job"]["state"] != "running")
        after = client.get("/v1/index", headers=ADMIN).json
    finally:
        aside.rename(documents)
    assert after["job"]["state"] == "failed"
    assert "does not exist; make it or set ALLIANCE_QA_DOCUMENTS" in after["job"]["error"]
    assert after["index_version"] == before
    assert client.ask("When was AUKUS announced?")["answered"] is True
