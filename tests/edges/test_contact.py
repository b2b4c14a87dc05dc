"""Where the collection does not say: whom to ask, and what visitors send to the keeper."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from starlette.testclient import TestClient

from alliance_qa import cli
from alliance_qa.domain import Answer, Reason
from alliance_qa.errors import SettingsError
from alliance_qa.service.messages import Message
from alliance_qa.service.service import Service
from alliance_qa.settings import load
from alliance_qa.web.api import create_app
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, settings_of

REFUSED = "Who kept the zebras of Sapporo?"
CONTACT = {"text": "Ask the <b>library</b>", "url": "mailto:library@example.org"}


def service(home: Path, **changes: object) -> Service:
    kept = {"admin_token": SecretStr(TOKEN)} | changes
    return Service(settings_of(home).model_copy(update=kept), WordEmbedder())


@pytest.fixture
def opened(small_home: Path, tmp_path: Path) -> Service:
    return service(
        small_home,
        query_log=tmp_path / "questions.sqlite",
        messages=tmp_path / "messages.sqlite",
        messages_days=60,
        contact=CONTACT["text"],
        contact_url=CONTACT["url"],
    )


@pytest.fixture
def client(opened: Service) -> Iterator[TestClient]:
    with TestClient(create_app(opened)) as found:
        yield found


def ask(client: TestClient, question: str = REFUSED) -> Any:
    found = client.post("/v1/ask", json={"question": question}).json()
    assert found["reason"] in (None, "nothing_relevant", "related_but_not_stated", "small_talk")
    return found


def test_a_refusal_says_whom_to_ask_wherever_it_is_read(client: TestClient) -> None:
    assert ask(client)["contact"] == CONTACT
    streamed = client.post("/v1/ask", json={"question": REFUSED}, headers={"Accept": "text/event-stream"}).text
    assert json.loads(streamed.rpartition("data: ")[2])["contact"] == CONTACT
    body = {"model": "alliance-qa", "messages": [{"role": "user", "content": REFUSED}]}
    said = client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"]
    assert "\n\nAsk the <b>library</b> mailto:library@example.org" in said
    collection = client.get("/v1/collection").json()
    assert (collection["contact"], collection["messages_kept_days"]) == (CONTACT, 60)
    page = client.get("/documents").text
    assert '<a href="mailto:library@example.org" rel="noopener noreferrer"><bdi>Ask the &lt;b&gt;library' in page


def test_an_answer_and_small_talk_name_nobody(client: TestClient) -> None:
    assert "contact" not in ask(client, "hello")
    assert "contact" not in ask(client, "When was the lighthouse of Ōshima lit for the first time?")


def test_where_nobody_is_named_nothing_changes(small_home: Path) -> None:
    with TestClient(create_app(service(small_home))) as client:
        assert "contact" not in ask(client)
        collection = client.get("/v1/collection").json()
        assert (collection["contact"], collection["messages_kept_days"]) == (None, None)


def test_the_command_line_says_whom_to_ask(monkeypatch: pytest.MonkeyPatch, small_home: Path, opened: Service) -> None:
    monkeypatch.setattr(cli, "_open", lambda: opened)
    monkeypatch.setattr(opened, "ask", lambda *_, **__: Answer(REFUSED, (), Reason.NOTHING_RELEVANT, 0.1, ()))
    printed = CliRunner().invoke(cli.main, ["ask", REFUSED], catch_exceptions=False).output
    assert printed.splitlines()[:2] == [
        "The collection says nothing about this.",
        "Ask the <b>library</b> <mailto:library@example.org>",
    ]


def test_a_refused_question_is_sent_and_shown_at_its_gap(client: TestClient) -> None:
    first, second = ask(client), ask(client)
    sent = {"answer_id": first["answer_id"], "reply_to": "ann@example.org"}
    assert client.post("/v1/messages", json=sent).status_code == 204
    assert client.post("/v1/messages", json={"answer_id": second["answer_id"]}).status_code == 204
    [gap] = client.get("/v1/questions/gaps", headers=ADMIN).json()["gaps"]
    assert (gap["label"], gap["count"]) == (REFUSED, 2)
    assert [(each["question"], each["reply_to"]) for each in gap["sent"]] == [
        (REFUSED, None),
        (REFUSED, "ann@example.org"),
    ]
    text = client.get("/v1/questions/gaps.csv", headers=ADMIN).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1][-2:] == ["2", "ann@example.org"]


def test_a_keeper_deletes_one_message(client: TestClient) -> None:
    ids = [ask(client)["answer_id"], ask(client)["answer_id"]]
    for id_ in ids:
        assert client.post("/v1/messages", json={"answer_id": id_, "reply_to": "ann@example.org"}).status_code == 204
    assert client.delete(f"/v1/messages/{ids[0]}").status_code == 401
    assert client.delete(f"/v1/messages/{ids[0]}", headers=ADMIN).status_code == 204
    [gap] = client.get("/v1/questions/gaps", headers=ADMIN).json()["gaps"]
    assert [each["answer_id"] for each in gap["sent"]] == [ids[1]]
    assert gap["count"] == 2  # the log keeps its own
    assert client.delete(f"/v1/messages/{ids[0]}", headers=ADMIN).status_code == 404
    assert client.delete("/v1/messages/x", headers=ADMIN).status_code == 422


def test_what_was_sent_outlives_the_log(opened: Service, client: TestClient) -> None:
    assert opened.messages is not None
    at = datetime.now(UTC) - timedelta(days=50)  # the log keeps 30
    opened.messages.send(Message("e" * 32, at, "Who kept the bees?", "nothing_relevant", "ann@example.org"))
    [gap] = client.get("/v1/questions/gaps?days=60", headers=ADMIN).json()["gaps"]
    assert (gap["label"], gap["count"], gap["sent"][0]["reply_to"]) == ("Who kept the bees?", 1, "ann@example.org")
    assert client.get("/v1/questions/gaps?days=30", headers=ADMIN).json() == {"gaps": []}


@pytest.mark.parametrize(
    "address", ["", "ann", "@", "ann@", "a b@c", "ann@example.org\n", "ann@example.org\r\nBcc: x@y", "a@b@c", "ä@b.de"]
)
def test_an_address_for_a_reply_is_one_of_e_mail(address: str, client: TestClient) -> None:
    body = {"answer_id": ask(client)["answer_id"], "reply_to": address}
    assert client.post("/v1/messages", json=body).status_code == 422


def test_only_refused_questions_that_are_kept_are_sent(client: TestClient) -> None:
    talk = ask(client, "hello")
    answered = ask(client, "When was the lighthouse of Ōshima lit for the first time?")
    for id_ in ("0" * 32, talk["answer_id"], answered["answer_id"]):
        assert client.post("/v1/messages", json={"answer_id": id_}).status_code == 404


def test_nothing_is_sent_unless_the_keeper_wants_it(small_home: Path, tmp_path: Path) -> None:
    with TestClient(create_app(service(small_home, query_log=tmp_path / "q.sqlite"))) as client:
        body = {"answer_id": ask(client)["answer_id"]}
        assert client.post("/v1/messages", json=body).status_code == 404
    with pytest.raises(SettingsError, match="ALLIANCE_QA_MESSAGES needs the log of questions"):
        service(small_home, messages=tmp_path / "m.sqlite")


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONTACT", "two\nlines"), ("CONTACT", "a\u202eb"), ("CONTACT_URL", "javascript:alert(1)"),
     ("CONTACT_URL", "https://a b"), ("CONTACT_URL", "library@example.org")],
)  # fmt: skip
def test_a_contact_is_one_line_and_leads_nowhere_else(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ALLIANCE_QA_{name}", value)
    with pytest.raises(SettingsError, match=f"ALLIANCE_QA_{name}"):
        load()
