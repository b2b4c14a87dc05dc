"""Requests that are not as they must be: each gets one shape of answer, which never repeats the input."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edges.client import PROBLEM, Client, Reply
from edges.conftest import ORIGIN

pytestmark = pytest.mark.model

CANARY = "cAnArY7f3e"
LIMIT = 65_536
NOT_THE_FORM = "the request is not of the form that /openapi.json describes"
CONTROLS = "must not hold control characters or lone surrogates"
NOT_JSON = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "the body is not valid JSON",
}


def problem(reply: Reply, status: int) -> dict[str, Any]:
    """Return the problem after checking what all have in common."""
    assert reply.status == status, reply.text
    assert reply.headers["content-type"] == PROBLEM
    found: dict[str, Any] = reply.json
    assert {"type", "title", "status", "detail"} <= found.keys() <= {
        "type", "title", "status", "detail", "errors",
    }  # fmt: skip
    assert (found["type"], found["status"], found["title"]) == (
        "about:blank",
        status,
        HTTPStatus(status).phrase,
    )
    assert CANARY not in reply.text + str(reply.headers)
    return found


def errors(reply: Reply) -> list[tuple[str, str]]:
    """Return the fields that a 422 names and what it says of each."""
    found = problem(reply, 422)
    assert found["detail"] == NOT_THE_FORM
    return [(error["field"], error["message"]) for error in found["errors"]]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "must have 1 to 2000 characters"),
        (" \n\t\u3000 ", "must have 1 to 2000 characters"),
        ("q" * 2001, "must have 1 to 2000 characters"),
        (CANARY * 201, "must have 1 to 2000 characters"),
        ("q" * 8001, "String should have at most 8000 characters"),
        (f"{CANARY}\0", CONTROLS),
        (f"{CANARY}\x1b[31m", CONTROLS),
        (f"{CANARY}\x7f", CONTROLS),
        (f"{CANARY}\x85", CONTROLS),
        (None, "Input should be a valid string"),
        (5, "Input should be a valid string"),
        (True, "Input should be a valid string"),
        ([CANARY], "Input should be a valid string"),
        ({CANARY: CANARY}, "Input should be a valid string"),
        (float("nan"), "Input should be a valid string"),
        (10**300, "Input should be a valid string"),
    ],
)
def test_a_question_of_another_form_is_refused(question: object, message: str, client: Client) -> None:
    assert errors(client.post("/v1/ask", {"question": question})) == [("body.question", message)]


def test_half_a_character_is_refused(client: Client) -> None:
    found = errors(client.post("/v1/ask", {"question": f"{CANARY}\ud800"}))
    assert [field for field, _ in found] == ["body.question"]
    found = errors(client.post("/v1/verify", {"document_id": "a", "start": 0, "end": 1, "quote": f"{CANARY}\ud800"}))
    assert [field for field, _ in found] == ["body.quote"]


@pytest.mark.parametrize("question", ["q" * 2000, " " * 500 + "q" * 2000 + "\n" * 500, "𠮷" * 2000])
def test_a_question_of_2000_characters_is_taken(question: str, client: Client) -> None:
    assert client.post("/v1/ask", {"question": question}).status == 200
    assert client.post("/v1/ask", {"question": question + "q"}).status == 422


def test_line_ends_and_tabs_are_no_control_characters(client: Client) -> None:
    assert client.ask("When was\r\n\tAUKUS announced?")["answered"] is True


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"top_k": 0}, "top_k", "Input should be greater than or equal to 1"),
        ({"top_k": 51}, "top_k", "Input should be less than or equal to 50"),
        ({"top_k": -(10**30)}, "top_k", "Input should be greater than or equal to 1"),
        ({"top_k": 10**4000}, "top_k", "Input should be less than or equal to 50"),
        ({"top_k": True}, "top_k", "Input should be a valid integer"),
        ({"top_k": "5"}, "top_k", "Input should be a valid integer"),
        ({"top_k": CANARY}, "top_k", "Input should be a valid integer"),
        ({"top_k": 5.5}, "top_k", "Input should be a valid integer"),
        ({"top_k": 51.0}, "top_k", "Input should be less than or equal to 50"),
        ({"top_k": float("nan")}, "top_k", "Input should be a valid integer"),
        ({"top_k": float("inf")}, "top_k", "Input should be a valid integer"),
        ({"top_k": [5]}, "top_k", "Input should be a valid integer"),
        ({"history": None}, "history", "Input should be a valid list"),
        ({"history": {CANARY: 1}}, "history", "Input should be a valid list"),
        (
            {"history": [{"role": "user", "content": "a"}] * 101},
            "history",
            "List should have at most 100 items after validation, not 101",
        ),
        ({"history": [{"role": "user"}]}, "history.0.content", "Field required"),
        (
            {"history": [{"role": CANARY, "content": "a"}]},
            "history.0.role",
            "Input should be 'user' or 'assistant'",
        ),
        ({"history": [{"role": "user", "content": f"{CANARY}\0"}]}, "history.0.content", CONTROLS),
        (
            {"history": [{"role": "user", "content": "a" * 8001}]},
            "history.0.content",
            "String should have at most 8000 characters",
        ),
        ({"filters": {"document": ""}}, "filters.document", "String should have at least 1 character"),
        (
            {"filters": {"document": "a" * 301}},
            "filters.document",
            "String should have at most 300 characters",
        ),
        ({"filters": {"document": f"{CANARY}\0"}}, "filters.document", CONTROLS),
        ({"filters": {"author": 5}}, "filters.author", "Input should be a valid string"),
        (
            {"filters": {"published_from": "2024-04-16", "published_to": "2024-04-15"}},
            "filters",
            "published_from must not be after published_to",
        ),
        ({CANARY: CANARY}, "(unknown name)", "there is no such field"),
        ({"filters": {CANARY: CANARY}}, "filters.(unknown name)", "there is no such field"),
        (
            {"history": [{"role": "user", "content": "a", CANARY: 1}]},
            "history.0.(unknown name)",
            "there is no such field",
        ),
    ],
)
def test_a_field_of_another_form_is_named_without_its_value(
    changed: dict[str, Any], field: str, message: str, client: Client
) -> None:
    reply = client.post("/v1/ask", {"question": "When was AUKUS announced?", **changed})
    assert errors(reply) == [(f"body.{field}", message)]


@pytest.mark.parametrize(
    "date",
    [
        CANARY,
        "",
        "2024",
        "2024-04",
        "16.04.2024",
        "2024-4-16",
        "2024-13-01",
        "2024-02-30",
        "0000-01-01",
        "10000-01-01",
        "2024-04-16T00:00:00",
        "2024-04-16T00:00:00Z",
        "1713225600",
        "２０２４-04-16",
        0,
        86400,
        20240416,
        1e400,
        float("nan"),
        True,
        ["2024-04-16"],
    ],
)
@pytest.mark.parametrize("name", ["published_from", "published_to"])
def test_what_is_no_date_is_refused(name: str, date: object, client: Client) -> None:
    reply = client.post("/v1/ask", {"question": "AUKUS", "filters": {name: date}})
    assert [field for field, _ in errors(reply)] == [f"body.filters.{name}"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "question"),
        ({"question": " "}, "question"),
        ({"question": CANARY * 201}, "question"),
        ({"question": f"{CANARY}\0"}, "question"),
        ({"question": "AUKUS", "top_k": 0}, "top_k"),
        ({"question": "AUKUS", "top_k": 51}, "top_k"),
        ({"question": "AUKUS", "top_k": CANARY}, "top_k"),
        ({"question": "AUKUS", "top_k": "9" * 5000}, "top_k"),
        ({"question": "AUKUS", "document": ""}, "document"),
        ({"question": "AUKUS", "author": CANARY * 31}, "author"),
        ({"question": "AUKUS", "published_from": CANARY}, "published_from"),
        ({"question": "AUKUS", "published_to": "1713225600"}, "published_to"),
    ],
)
def test_a_search_of_another_form_is_refused(query: dict[str, object], field: str, client: Client) -> None:
    assert [name for name, _ in errors(client.get("/v1/search", query))] == [f"query.{field}"]


def test_a_search_between_dates_in_the_wrong_order_is_refused(client: Client) -> None:
    reply = client.get(
        "/v1/search",
        {"question": "AUKUS", "published_from": "2024-04-16", "published_to": "2024-04-15"},
    )
    assert errors(reply) == [("query", "published_from must not be after published_to")]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"start": -1}, "start"),
        ({"start": 2**53 + 1}, "start"),
        ({"start": "0"}, "start"),
        ({"end": 1.5}, "end"),
        ({"end": 1e300}, "end"),
        ({"end": None}, "end"),
        ({"quote": 5}, "quote"),
        ({"quote": CANARY * 5001}, "quote"),
        ({"document_id": ""}, "document_id"),
        ({CANARY: CANARY}, "(unknown name)"),
    ],
)
def test_a_quote_to_verify_of_another_form_is_refused(changed: dict[str, object], field: str, client: Client) -> None:
    body = {"document_id": "timeline.md", "start": 0, "end": 1, "quote": "T", **changed}
    assert [name for name, _ in errors(client.post("/v1/verify", body))] == [f"body.{field}"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/verify"])
@pytest.mark.parametrize("body", [[], [CANARY], CANARY, 5, None, True])
def test_a_body_that_is_no_object_is_refused(path: str, body: object, client: Client) -> None:
    assert [field for field, _ in errors(client.post(path, body))] == ["body"]


def test_no_body_is_refused(client: Client) -> None:
    assert errors(client.post_bytes("/v1/ask", b"")) == [("body", "Field required")]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_body_that_a_form_can_send_is_refused(kind: str, client: Client) -> None:
    """A page of another origin can post these without asking first."""
    body = json.dumps({"question": CANARY}).encode()
    reply = client.post_bytes("/v1/ask", body, {"Content-Type": kind})
    assert problem(reply, 415)["detail"] == "the body must be JSON, with Content-Type: application/json"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"question": "' + CANARY.encode(),
        b'{"question": ' + CANARY.encode() + b"}",
        b"{'question': 'a'}",
        b'{"question": "a",}',
        b'{"question": "a"} ' + CANARY.encode(),
        b'{"question": "a\nb"}',
        b'{"question": "\\ud8"}',
        b"\xff\xfe",
        b'{"question": "' + CANARY.encode() + b'\xff"}',
        b"[" * 30_000,
        b'{"a":' * 10_000,
        b'{"question": ' + b"1" * 5_000 + b"}",
        b'{"question": "a", "top_k": ' + b"9" * 60_000 + b"}",
        b"\0",
        b" " * 1000,
    ],
)
def test_a_body_that_is_no_json_is_refused(body: bytes, client: Client) -> None:
    assert problem(client.post_bytes("/v1/ask", body), 400) == NOT_JSON


def test_a_number_beyond_all_bounds_is_refused(client: Client) -> None:
    reply = client.post_bytes("/v1/ask", b'{"question": "a", "top_k": 1e400}')
    assert errors(reply) == [("body.top_k", "Input should be a valid integer")]


def test_json_in_utf_16_is_read_as_rfc_4627_had_it_or_refused(client: Client) -> None:
    body = json.dumps({"question": "When was AUKUS announced?"}).encode("utf-16")
    assert client.post_bytes("/v1/ask", body).status in (200, 400)


def test_a_body_that_is_too_long_is_refused(client: Client) -> None:
    body = json.dumps({"question": CANARY, "history": []}).encode()
    fits = client.post_bytes("/v1/ask", body.ljust(LIMIT))
    assert fits.status == 200
    expected = {
        "type": "about:blank",
        "title": HTTPStatus(413).phrase,
        "status": 413,
        "detail": f"the body is longer than {LIMIT} bytes",
    }
    assert problem(client.post_bytes("/v1/ask", body.ljust(LIMIT + 1)), 413) == expected


def test_a_body_that_is_too_long_is_refused_without_a_declared_length(client: Client) -> None:
    def send(length: int) -> Reply:
        parts = [part.encode().ljust(length // 2) for part in (f'{{"question": "{CANARY}"', "}")]
        return client.send("POST", "/v1/ask", parts, {"Content-Type": "application/json"})

    assert send(LIMIT).status == 200
    found = problem(send(LIMIT + 2), 413)
    assert found["detail"] == f"the body is longer than {LIMIT} bytes"


def test_a_page_of_an_allowed_origin_may_read_that_its_body_is_too_long(client: Client) -> None:
    reply = client.post_bytes("/v1/ask", b" " * (LIMIT + 1), {"Origin": ORIGIN})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (413, ORIGIN)


@pytest.mark.parametrize(
    "path",
    [
        f"/{CANARY}",
        f"/v1/{CANARY}?{CANARY}={CANARY}",
        f"/v1/documents/{CANARY}",
        f"/v1/documents/{CANARY}/text",
        f"/documents/{CANARY}",
        f"/docs/static/{CANARY}",
        "/docs/static/%00",
        "/docs/static/../../api.py",
        "/v2/ask",
        "/redoc",
    ],
)
def test_an_address_that_is_not_there_is_404(path: str, client: Client) -> None:
    problem(client.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", "POST"),
        ("PUT", "/v1/ask", "POST"),
        ("POST", f"/v1/documents/{CANARY}", "DELETE, GET, HEAD, PUT"),
        ("POST", "/v1/search", "GET, HEAD"),
        ("GET", "/v1/verify", "POST"),
        ("POST", "/health/live", "GET, HEAD"),
        ("BREW", "/v1/ask", "POST"),
    ],
)
def test_another_method_is_405(method: str, path: str, allowed: str, client: Client) -> None:
    reply = client.send(method, path)
    problem(reply, 405)
    assert reply.headers["allow"] == allowed


def test_a_parameter_in_an_address_is_not_repeated(client: Client) -> None:
    reply = client.get(f"/documents/timeline.md?start={CANARY}&end={CANARY}&q={CANARY}")
    assert (reply.status, CANARY in reply.text) == (200, False)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**40), 10**40)
    | st.floats()
    | st.text(max_size=40)
    | st.characters(categories=["Cs", "Cc", "Cf"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)
_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "question": st.text(max_size=60) | st.just("When was AUKUS announced?") | _JSON,
        "history": st.lists(
            st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"]), "content": st.text(max_size=60)}),
            max_size=4,
        )
        | _JSON,
        "top_k": st.integers(-2, 60) | _JSON,
        "filters": st.fixed_dictionaries(
            {},
            optional={
                "document": st.sampled_from(["timeline.md", "nowhere"]) | _JSON,
                "author": st.text(max_size=10) | _JSON,
                "published_from": st.dates().map(str) | _JSON,
                "published_to": st.dates().map(str) | _JSON,
            },
        )
        | _JSON,
        "document_id": st.sampled_from(["timeline.md", "nowhere"]) | _JSON,
        "start": st.integers() | _JSON,
        "end": st.integers() | _JSON,
        "quote": st.text(max_size=20) | _JSON,
    },
)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    path=st.sampled_from(["/v1/ask", "/v1/ask", "/v1/verify"]),
    body=_BODIES | _JSON,
    damage=st.none() | st.tuples(st.integers(0, 400), st.binary(max_size=3)),
)
def test_no_body_makes_a_fault(path: str, body: object, damage: tuple[int, bytes] | None, client: Client) -> None:
    sent = json.dumps(body).encode()
    if damage is not None:
        at, put = damage[0] % len(sent), damage[1]
        sent = sent[:at] + put + sent[at + 1 :]
    reply = client.post_bytes(path, sent)
    assert reply.status in (200, 400, 404, 422), (reply.status, sent)
    if reply.status != 200:
        problem(reply, reply.status)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(target=st.binary(max_size=60), query=st.binary(max_size=60))
def test_no_address_makes_a_fault(target: bytes, query: bytes, client: Client) -> None:
    for start in ("/v1/documents/", "/documents/", "/docs/static/", "/"):
        reply = client.get(f"{start}{_escaped(target)}?start={_escaped(query)}&end={_escaped(query)}")
        assert reply.status in (200, 307, 404, 405, 422)


@settings(max_examples=20, deadline=None, derandomize=True, database=None)
@given(question=st.binary(max_size=60))
def test_no_search_makes_a_fault(question: bytes, client: Client) -> None:
    assert client.get(f"/v1/search?question={_escaped(question)}&top_k=1").status in (200, 422)


def _escaped(raw: bytes) -> str:
    return "".join(f"%{byte:02x}" for byte in raw)
