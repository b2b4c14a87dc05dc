"""What a keeper sees of the log of questions, over HTTP."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from alliance_qa.measuring import question_sets
from alliance_qa.ports import Vectors
from alliance_qa.service.query_log import Asked
from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, settings_of

CALLS = ("/v1/questions", "/v1/questions/gaps", "/v1/questions/gaps.csv", "/v1/questions/gaps.jsonl")
NOW = datetime.now(UTC).replace(microsecond=0)
ASKED = Asked("0" * 32, "f" * 32, NOW, "When was it lit?", "When was the lamp lit?", None, 0.5, 40, "000001", ("a.md",))


def logging(home: Path, log: Path | None) -> Service:
    """Return a service with an admin token that keeps questions for a week, or none."""
    changes = {"admin_token": SecretStr(TOKEN), "query_log": log, "query_log_days": 7}
    return Service(settings_of(home).model_copy(update=changes), WordEmbedder())


@pytest.fixture
def service(small_home: Path, tmp_path: Path) -> Service:
    return logging(small_home, tmp_path / "questions.sqlite")


@pytest.fixture
def keeper(service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(service), headers=ADMIN) as client:
        yield client


@pytest.fixture(scope="module")
def still(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The keeper of a log in which nobody writes."""
    service = logging(small_home, tmp_path_factory.mktemp("still") / "questions.sqlite")
    with TestClient(create_app(service), headers=ADMIN) as client:
        yield client


@pytest.fixture(scope="module")
def without_log(small_home: Path) -> Iterator[TestClient]:
    """A service with an admin token that keeps no questions."""
    with TestClient(create_app(logging(small_home, None)), headers=ADMIN) as client:
        yield client


def record(service: Service, number: int, question: str, reason: str | None = None, **changes: Any) -> None:
    assert service.query_log is not None
    service.query_log.record(
        replace(ASKED, answer_id=f"{number:032x}", question=question, resolved=question, reason=reason, **changes)
    )


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}"])
def test_the_log_is_the_keepers_alone(call: str, token: str, still: TestClient, without_log: TestClient) -> None:
    for client in (still, without_log):  # whether it is on is the keeper's to know, too
        reply = client.get(call, headers={"Authorization": token})
        assert (reply.status_code, reply.headers["content-type"]) == (401, PROBLEM)
        assert reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("call", CALLS)
def test_a_log_that_is_off_says_how_it_is_switched_on(call: str, without_log: TestClient) -> None:
    reply = without_log.get(call)
    assert (reply.status_code, reply.headers["content-type"]) == (404, PROBLEM)
    assert reply.json()["detail"] == "the log of questions is off; set ALLIANCE_QA_QUERY_LOG to a file to keep it"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("days", ["0", "-1", "3651", "1.5", "week", ""])
def test_a_range_is_1_to_3650_whole_days(call: str, days: str, still: TestClient) -> None:
    reply = still.get(call, params={"days": days})
    assert (reply.status_code, reply.json()["errors"][0]["field"]) == (422, "query.days")
    assert all(still.get(call, params={"days": days}).status_code == 200 for days in ("1", "3650"))


@pytest.mark.parametrize("call", CALLS)
def test_no_cache_keeps_what_was_asked(call: str, still: TestClient) -> None:
    assert still.get(call).headers["cache-control"] == "no-store"


def test_what_is_asked_and_rated_is_what_the_keeper_reads(keeper: TestClient) -> None:
    answer = keeper.post("/v1/ask", json={"question": "When was the lighthouse of Ōshima lit?"}).json()
    body = {"answer_id": answer["answer_id"], "rating": "down", "comment": "<b>1903?</b>"}
    assert keeper.post("/v1/feedback", json=body).status_code == 204
    found = keeper.get("/v1/questions").json()
    [entry] = found["questions"]
    at = datetime.fromisoformat(entry.pop("at"))
    assert timedelta(0) <= datetime.now(UTC) - at < timedelta(minutes=1)
    assert entry == {
        "answer_id": answer["answer_id"],
        "conversation_id": answer["conversation_id"],
        "question": "When was the lighthouse of Ōshima lit?",
        "resolved_question": answer["resolved_question"],
        "answered": answer["answered"],
        "reason": answer["reason"],
        "confidence": answer["confidence"],
        "took_ms": answer["took_ms"],
        "index_version": "000001",
        "documents": list(dict.fromkeys(citation["document_id"] for citation in answer["citations"])),
        "rating": "down",
        "comment": "<b>1903?</b>",
    }
    assert (found["kept_days"], found["total"]["asked"], found["total"]["down"]) == (7, 1, 1)


def test_the_summary_has_every_day_of_the_range(service: Service, keeper: TestClient) -> None:
    record(service, 1, "When was the lamp lit?", took_ms=10)
    record(service, 2, "Who kept the bees?", "nothing_relevant", took_ms=30)
    record(service, 3, "Who kept the lamp?", at=NOW - timedelta(days=2))
    record(service, 4, "hello", "small_talk", took_ms=1)
    found = keeper.get("/v1/questions?days=3").json()
    today = {
        "asked": 2,
        "answered": 1,
        "answered_share": 0.5,
        "refused": {"nothing_relevant": 1},
        "small_talk": 1,
        "p50_ms": 10,
        "p95_ms": 30,
        "up": 0,
        "down": 0,
    }
    none: dict[str, Any] = dict.fromkeys(today, 0) | {
        "answered_share": None,
        "refused": {},
        "p50_ms": None,
        "p95_ms": None,
    }
    one = none | {"asked": 1, "answered": 1, "answered_share": 1.0, "p50_ms": 40, "p95_ms": 40}
    days = [(NOW - timedelta(days=back)).date().isoformat() for back in (2, 1, 0)]
    assert found["days"] == [{"day": days[0], **one}, {"day": days[1], **none}, {"day": days[2], **today}]
    assert (found["total"]["asked"], found["total"]["answered_share"]) == (3, 0.6667)


def test_small_talk_is_kept_but_is_no_gap(service: Service, keeper: TestClient) -> None:
    assert keeper.post("/v1/ask", json={"question": "hello"}).json()["reason"] == "small_talk"
    found = keeper.get("/v1/questions").json()
    assert [(entry["question"], entry["answered"], entry["reason"]) for entry in found["questions"]] == [
        ("hello", False, "small_talk")
    ]
    total = found["total"]
    assert (total["asked"], total["answered"], total["refused"], total["small_talk"]) == (0, 0, {}, 1)
    assert total["answered_share"] is None
    assert keeper.get("/v1/questions/gaps").json() == {"gaps": []}


def test_refused_questions_that_are_alike_are_one_gap(service: Service, keeper: TestClient) -> None:
    record(service, 1, "Who kept the bees?", "nothing_relevant", at=NOW - timedelta(seconds=2))
    record(service, 2, "who kept the bees", "unclear_question", at=NOW - timedelta(seconds=1))
    record(service, 3, "Who kept the bees then?", "nothing_relevant")
    record(service, 4, "Harbour depth", "nothing_relevant")
    record(service, 5, "Who kept the lamp?")
    found = keeper.get("/v1/questions/gaps").json()["gaps"]
    assert [(gap["label"], gap["count"], gap["reasons"]) for gap in found] == [
        ("who kept the bees", 3, {"nothing_relevant": 2, "unclear_question": 1}),
        ("Harbour depth", 1, {"nothing_relevant": 1}),
    ]
    assert [(each["question"], each["count"]) for each in found[0]["questions"]] == [
        ("who kept the bees", 2),
        ("Who kept the bees then?", 1),
    ]
    assert datetime.fromisoformat(found[0]["last"]) == NOW


def test_visitors_wait_for_no_more_than_a_few_questions_of_the_keeper(
    service: Service, keeper: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(70):
        record(service, number, f"Who kept the bees of {number}?", "nothing_relevant")
    embed, sizes = service.embedder.embed_questions, []

    def counted(questions: Sequence[str]) -> Vectors:
        sizes.append(len(questions))
        return embed(questions)

    monkeypatch.setattr(service.embedder, "embed_questions", counted)
    found = keeper.get("/v1/questions/gaps").json()["gaps"]
    assert (sizes, sum(gap["count"] for gap in found)) == ([32, 32, 6], 70)


def rows(reply: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"), newline="")))


def test_the_gaps_are_a_file_that_a_spreadsheet_reads(service: Service, keeper: TestClient) -> None:
    record(service, 1, 'Who "kept",\nthe bees 同盟?', "nothing_relevant")
    reply = keeper.get("/v1/questions/gaps.csv")
    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert reply.headers["content-disposition"] == (
        f'attachment; filename="coverage-gaps-{datetime.now(UTC).date().isoformat()}.csv"'
    )
    assert reply.content.startswith(b"\xef\xbb\xbfgap,")
    text = 'Who "kept",\nthe bees 同盟?'
    assert rows(reply) == [
        ["gap", "gap_asked", "gap_label", "question", "asked", "reasons", "last_asked", "sent", "reply_to"],
        ["1", "1", text, text, "1", "nothing_relevant 1", NOW.isoformat(), "0", ""],
    ]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(first: str, service: Service, keeper: TestClient) -> None:
    record(service, 1, f"{first}cmd|' /C calc'!A0", "nothing_relevant")
    assert rows(keeper.get("/v1/questions/gaps.csv"))[1][2:4] == [f"'{first}cmd|' /C calc'!A0"] * 2


def test_a_gap_names_the_nearest_documents_and_its_days(service: Service, keeper: TestClient) -> None:
    question = "Which gardener planted maples?"
    for number, back in enumerate((0, 0, 2)):
        record(service, number, question, "related_but_not_stated", at=NOW - timedelta(days=back))
    [gap] = keeper.get("/v1/questions/gaps?days=4").json()["gaps"]
    assert gap["daily"] == [0, 1, 0, 2]
    assert {near["document_id"] for near in gap["documents"]} == {"gardens.txt", "notes-on-oshima.md-4d7cbfef"}
    first = gap["documents"][0]
    assert (first["document_id"], 0 < first["score"] <= 1) == ("gardens.txt", True)
    assert first["title"] == keeper.get("/v1/documents/gardens.txt").json()["title"]
    assert '<mark id="quote">' in keeper.get(first["url"]).text


def test_the_gaps_are_a_set_of_questions_that_evaluate_reads(
    service: Service, keeper: TestClient, tmp_path: Path
) -> None:
    record(service, 1, "Who kept the 同盟?", "related_but_not_stated")
    record(service, 2, "Harbour depth", "nothing_relevant", at=NOW - timedelta(seconds=1))
    reply = keeper.get("/v1/questions/gaps.jsonl")
    assert reply.headers["content-type"] == "application/jsonl"
    path = tmp_path / "gaps.jsonl"
    path.write_bytes(reply.content)
    found = [
        (each.id, each.kind, each.text, each.answerable, each.reason) for each in question_sets.read(path).questions
    ]
    assert found == [
        ("gap-1-1", "near_miss", "Who kept the 同盟?", False, "related_but_not_stated"),
        ("gap-2-1", "off_topic", "Harbour depth", False, "nothing_relevant"),
    ]


def test_without_refusals_there_are_no_gaps(service: Service, keeper: TestClient) -> None:
    record(service, 1, "Who kept the lamp?")
    assert keeper.get("/v1/questions/gaps").json() == {"gaps": []}
    assert len(rows(keeper.get("/v1/questions/gaps.csv"))) == 1


def test_the_page_needs_no_token_and_holds_nothing_of_the_log(service: Service, keeper: TestClient) -> None:
    record(service, 1, "Who kept the bees?", "nothing_relevant")
    reply = keeper.get("/admin", headers={"Authorization": ""})
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "bees" not in reply.text
    assert "lighthouse" not in reply.text.lower()
    assert TOKEN not in reply.text
    policy = reply.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy


def test_the_keeper_sees_what_is_read_of_a_file(tmp_path: Path, small_home: Path) -> None:
    shutil.copytree(small_home, tmp_path / "home")
    service = logging(tmp_path / "home", None)
    with TestClient(create_app(service), headers=ADMIN) as client:
        [id_] = [
            file["document_id"] for file in client.get("/v1/index").json()["files"] if file["path"] == "gardens.txt"
        ]
        call = f"/v1/index/documents/{id_}"
        assert client.get(call, headers={"Authorization": ""}).status_code == 401
        assert client.get("/v1/index/documents/nothing").status_code == 404
        reply = client.get(call)
        found, text = reply.json(), client.get(f"/v1/documents/{id_}/text").json()["text"]
        assert (found["path"], found["text"], found["changed"]) == ("gardens.txt", text, False)
        assert reply.headers["cache-control"] == "no-store"
        assert found["facts"] == client.get(f"/v1/documents/{id_}").json()["facts"]
        file = tmp_path / "home" / "documents" / "gardens.txt"
        file.write_text("Other gardens\n\nThey are green.\n")
        assert client.get(call).json()["changed"] is True
        file.unlink()
        reply = client.get(call)
        assert (reply.status_code, reply.headers["content-type"]) == (409, PROBLEM)
        assert reply.json()["detail"].endswith("gardens.txt: cannot be examined (No such file or directory)")
