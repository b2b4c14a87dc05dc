"""Questions over HTTP, asked of a real server."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest

from edges import collection
from edges.client import Client
from edges.shape import ASK_KEYS, CITATION_KEYS, PASSAGE_KEYS

pytestmark = pytest.mark.model

AUKUS = "When was AUKUS announced?"
LIGHTHOUSE = "When was the lighthouse of Ōshima lit for the first time?"
NOTES_ID = "notes-on-oshima.md-4d7cbfef"
ANSWERED = (
    AUKUS,
    LIGHTHOUSE,
    "Who wrote the notes on the lighthouse of Ōshima?",
    "How many maples did the gardener of Karuizawa plant?",
    "When did the Constitution of Japan take effect?",
    "Which documents do you have?",
)
OFF_TOPIC = "best ramen in osaka?"


def test_an_answer_has_the_documented_shape(client: Client) -> None:
    answer = client.ask(LIGHTHOUSE, top_k=2)
    citation, passage = answer["citations"][0], answer["passages"][0]
    assert (list(answer), list(citation), list(passage)) == (ASK_KEYS, CITATION_KEYS, PASSAGE_KEYS)
    start = client.text(NOTES_ID).index(collection.LIGHTHOUSE_SENTENCE)
    end = start + len(collection.LIGHTHOUSE_SENTENCE)
    date = client.text(NOTES_ID).index("May 5, 1903")
    assert answer["citations"] == [
        {
            "number": 1,
            "document_id": NOTES_ID,
            "title": "Notes on the Lighthouse of Ōshima",
            "author": "Ichiro Tanaka",
            "published": "2001-02-03",
            "source_url": None,
            "likely": [],
            "passage_id": passage["passage_id"],
            "quote": collection.LIGHTHOUSE_SENTENCE,
            "locator": None,
            "start": start,
            "end": end,
            "highlight": {"start": date, "end": date + len("May 5, 1903"), "text": "May 5, 1903"},
            "url": f"/documents/{NOTES_ID}?start={start}&end={end}&index_version=000001#quote",
        }
    ]
    assert answer["answered"] is True
    assert answer["reason"] is None
    assert answer["suggestions"] == []
    assert answer["answer"] == f"{collection.LIGHTHOUSE_SENTENCE} [1]"
    assert answer["resolved_question"] == LIGHTHOUSE
    assert re.fullmatch(r"\d{6}", answer["index_version"])
    assert 0.5 <= answer["confidence"] <= 1
    assert isinstance(answer["took_ms"], int)
    assert [p["rank"] for p in answer["passages"]] == [1, 2]
    assert (passage["document_id"], passage["kind"], passage["page"]) == (NOTES_ID, "text", None)
    assert 0 < passage["score"] <= 1


@pytest.mark.parametrize("question", ANSWERED)
def test_every_quote_stands_at_its_place(question: str, client: Client) -> None:
    answer = client.ask(question)
    assert answer["citations"], answer
    for citation in answer["citations"]:
        text = client.text(citation["document_id"])
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        if inner := citation["highlight"]:
            assert citation["start"] <= inner["start"] < inner["end"] <= citation["end"]
            assert text[inner["start"] : inner["end"]] == inner["text"]
    for passage in answer["passages"]:
        text = client.text(passage["document_id"])
        assert text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["passage_id"] == f"{passage['document_id']}:{passage['start']}-{passage['end']}"


@pytest.mark.parametrize("question", ANSWERED)
def test_an_answer_is_its_quotes_with_their_numbers(question: str, client: Client) -> None:
    answer = client.ask(question)
    assert [c["number"] for c in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    assert answer["answer"] == " ".join(f"{' '.join(c['quote'].split())} [{c['number']}]" for c in answer["citations"])


@pytest.mark.parametrize("question", ANSWERED)
def test_the_address_of_a_citation_shows_the_quote_marked(question: str, client: Client) -> None:
    for citation in client.ask(question)["citations"]:
        path, _, fragment = citation["url"].partition("#")
        assert fragment == "quote"
        page = client.get(path)
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        marked = re.findall('<mark id="quote">(.*?)</mark>', page.text, re.DOTALL)
        assert [unescape(quote) for quote in marked] == [citation["quote"]]


def test_a_refusal_is_no_error_and_cites_nothing(client: Client) -> None:
    answer = client.ask(OFF_TOPIC)
    assert list(answer) == ASK_KEYS
    assert (answer["answered"], answer["reason"], answer["answer"]) == (False, "nothing_relevant", "")
    assert answer["citations"] == []
    assert [list(passage) for passage in answer["passages"]] == [PASSAGE_KEYS] * 5
    assert answer["confidence"] < 0.5


def test_a_refusal_suggests_questions_that_are_answered(client: Client) -> None:
    suggested = client.ask("Who criticised AUKUS in the press?")["suggestions"]
    assert 1 <= len(suggested) <= 3
    assert len({text.lower() for text in suggested}) == len(suggested)
    for text in suggested:
        assert client.ask(text)["answered"] is True, text


def test_nothing_is_suggested_that_is_far_from_what_was_asked(client: Client) -> None:
    assert client.ask(OFF_TOPIC)["suggestions"] == []


def test_a_suggestion_stays_within_the_filters(client: Client) -> None:
    filters = {"document": "timeline.md"}
    for text in client.ask("What did the press say about AUKUS?", filters=filters)["suggestions"]:
        answer = client.ask(text, filters=filters)
        assert {citation["document_id"] for citation in answer["citations"]} == {"timeline.md"}


@pytest.mark.parametrize(
    "question",
    [
        "Когда был подписан договор о безопасности?",
        "미일 안보 조약은 언제 체결되었습니까?",
        "متى تم توقيع معاهدة الأمن؟",
    ],
)
def test_letters_that_no_document_holds_are_refused_for_their_language(question: str, client: Client) -> None:
    answer = client.ask(question)
    assert (answer["answered"], answer["reason"]) == (False, "language_not_covered")
    assert (answer["passages"], answer["suggestions"], answer["confidence"]) == ([], [], 0)


@pytest.mark.parametrize(
    "question", ["Welche Zeitungen haben darüber berichtet und warum?", "¿Cuánto costó la construcción del faro?"]
)
def test_a_question_in_another_language_is_refused_for_it(question: str, client: Client) -> None:
    answer = client.ask(question)
    assert (answer["answered"], answer["reason"]) == (False, "language_not_covered")


@pytest.mark.parametrize("question", ["Keidanren chairman", "rikkokai yosan", "Tanaka Kakuei lockheed", OFF_TOPIC])
def test_a_terse_english_question_is_not_refused_for_its_language(question: str, client: Client) -> None:
    assert client.ask(question)["reason"] != "language_not_covered"


@pytest.mark.parametrize("text", ["hello", "Thanks!", "who are you", "What can you do?", "bye"])
def test_small_talk_gets_questions_to_start_with(text: str, client: Client) -> None:
    deadline = time.monotonic() + 60
    while not (examples := client.get("/v1/collection").json["examples"]) and time.monotonic() < deadline:
        time.sleep(0.1)  # they are made in the background
    answer = client.ask(text)
    assert (answer["answered"], answer["reason"], answer["answer"]) == (False, "small_talk", "")
    assert (answer["citations"], answer["passages"], answer["confidence"]) == ([], [], 0)
    assert answer["resolved_question"] == text
    assert answer["suggestions"] == examples[:3] != []
    filtered = client.ask(text, filters={"document": NOTES_ID})
    assert (filtered["reason"], filtered["suggestions"]) == ("small_talk", [])  # another document may answer them


def test_a_greeting_before_a_question_is_a_question(client: Client) -> None:
    answer = client.ask("Hi, when was AUKUS announced?")
    assert (answer["answered"], answer["citations"][0]["highlight"]["text"]) == (True, "September 15, 2021")


def test_thanks_in_a_conversation_are_no_follow_up(client: Client) -> None:
    history = [
        {"role": "user", "content": "What is AUKUS?"},
        {"role": "assistant", "content": "AUKUS is a security partnership of three countries."},
    ]
    thanks = client.ask("Thanks for that!", history=history)
    assert (thanks["reason"], thanks["resolved_question"]) == ("small_talk", "Thanks for that!")
    after = [*history, {"role": "user", "content": "Thanks for that!"}]
    answer = client.ask("When was it announced?", history=after)
    assert (answer["answered"], answer["resolved_question"]) == (True, "When was AUKUS announced?")


def test_a_question_without_a_word_is_unclear(client: Client) -> None:
    answer = client.ask("?!?")
    assert (answer["answered"], answer["reason"]) == (False, "unclear_question")
    assert answer["suggestions"] == []


def test_a_fact_is_cited_where_it_is_stated(client: Client) -> None:
    answer = client.ask("Who wrote the notes on the lighthouse of Ōshima?")
    assert [(c["document_id"], c["quote"], c["passage_id"]) for c in answer["citations"]] == [
        (NOTES_ID, "author: Ichiro Tanaka", None)
    ]
    assert [c["highlight"]["text"] for c in answer["citations"]] == ["Ichiro Tanaka"]
    answer = client.ask("When were the notes on the lighthouse of Ōshima published?")
    assert [c["quote"] for c in answer["citations"]] == ["published: 2001-02-03"]


def test_a_follow_up_is_resolved_with_the_history(client: Client) -> None:
    history = [
        {"role": "user", "content": "What is AUKUS?"},
        {"role": "assistant", "content": "AUKUS is a security partnership of three countries."},
    ]
    answer = client.ask("When was it announced?", history=history)
    assert answer["resolved_question"] == AUKUS
    assert "September 15, 2021" in answer["answer"]


def test_top_k_passages_come_back_in_order(client: Client) -> None:
    five = client.ask(AUKUS)["passages"]
    assert client.ask(AUKUS, top_k=2)["passages"] == five[:2]
    fifty = client.ask(AUKUS, top_k=50)["passages"]
    assert fifty[:5] == five
    assert [p["rank"] for p in fifty] == list(range(1, len(fifty) + 1))
    assert [p["score"] for p in fifty] == sorted((p["score"] for p in fifty), reverse=True)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"document": NOTES_ID}, {NOTES_ID}),
        ({"author": "TANAKA"}, {NOTES_ID}),
        ({"published_from": "2001-02-04"}, set(collection.COPIED)),  # gardens.txt has no date
        ({"published_to": "2001-02-03"}, {NOTES_ID}),
        ({"published_from": "2001-02-04", "author": "tanaka"}, set()),
        ({"published_from": "2999-01-01"}, set()),
        ({"author": "nobody"}, set()),
        ({"document": None, "author": None, "published_from": None, "published_to": None}, None),
    ],
)
def test_a_filter_applies_before_ranking(filters: dict[str, Any], expected: set[str] | None, client: Client) -> None:
    found = {p["document_id"] for p in client.ask(AUKUS, filters=filters, top_k=50)["passages"]}
    everything = {d["id"] for d in client.get("/v1/documents").json["documents"]}
    assert found == (everything if expected is None else expected)


def test_a_question_is_not_answered_from_a_document_that_is_filtered_out(client: Client) -> None:
    answer = client.ask(LIGHTHOUSE, filters={"document": "timeline.md"})
    assert (answer["answered"], answer["citations"]) == (False, [])


def test_a_filter_for_a_document_that_is_not_there_is_refused(client: Client) -> None:
    reply = client.post("/v1/ask", {"question": AUKUS, "filters": {"document": "nowhere.txt"}})
    assert (reply.status, reply.json["detail"]) == (
        404,
        "no document has this id; list the documents to see their ids",
    )


def test_a_search_finds_what_an_answer_shows(client: Client) -> None:
    found = client.get("/v1/search", {"question": AUKUS, "top_k": 3, "read": True}).json
    assert list(found) == ["question", "index_version", "passages", "took_ms"]
    assert found["question"] == AUKUS
    assert found["passages"] == client.ask(AUKUS, top_k=3)["passages"]


def test_a_search_takes_the_filters(client: Client) -> None:
    for filters in ({"document": NOTES_ID}, {"author": "tanaka"}, {"published_to": "2001-12-31"}):
        found = client.get("/v1/search", {"question": AUKUS, **filters}).json["passages"]
        assert {passage["document_id"] for passage in found} == {NOTES_ID}
    assert client.get("/v1/search", {"question": AUKUS, "document": "nowhere"}).status == 404


def test_clients_in_parallel_get_their_own_answers(client: Client) -> None:
    expected = {
        AUKUS: "September 15, 2021",
        LIGHTHOUSE: "May 5, 1903",
        "When did the Constitution of Japan take effect?": "May 3, 1947",
        "How many maples did the gardener of Karuizawa plant?": "40 maples",
    }
    asked = [*expected] * 4
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(client.ask, asked))
    assert [expected[q] in a["answer"] for q, a in zip(asked, answers, strict=True)] == [True] * len(asked)


def test_the_same_question_gets_the_same_answer(client: Client) -> None:
    first, second = client.ask(AUKUS), client.ask(AUKUS)
    own = dict.fromkeys(("took_ms", "answer_id", "conversation_id"))
    assert first | own == second | own
