"""OpenAI's own client against the real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient

from alliance_qa.service.service import Service
from alliance_qa.web.api import create_app
from edges.client import Client
from edges.embedder import WordEmbedder
from edges.server import settings_of

pytestmark = pytest.mark.model

AUKUS = "When was AUKUS announced?"
SENTENCE = "AUKUS was announced on September 15, 2021, in a joint appearance by video of three leaders. [1]"
MODEL = "alliance-qa"


@pytest.fixture
def official(client: Client) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://{client.host}:{client.port}/v1", api_key="none", max_retries=0)


def user(content: Any) -> Any:
    return [{"role": "user", "content": content}]


def cited(text: str, annotations: Any) -> list[tuple[str, str]]:
    """Return the marker that each annotation points at, and where it leads."""
    places = [annotation["url_citation"] for annotation in annotations]
    return [(text[place["start_index"] : place["end_index"]], place["url"]) for place in places]


def test_the_only_model_is_listed(official: openai.OpenAI) -> None:
    assert [model.id for model in official.models.list()] == [MODEL]
    assert official.models.retrieve(MODEL).owned_by == MODEL


def test_an_answer_has_its_citations_as_annotations(official: openai.OpenAI, client: Client) -> None:
    completion = official.chat.completions.create(model=MODEL, messages=user(AUKUS), temperature=0.2)
    message = completion.choices[0].message
    assert (message.role, message.content, completion.choices[0].finish_reason) == ("assistant", SENTENCE, "stop")
    assert message.annotations is not None
    (annotation,) = message.annotations
    whole = completion.model_dump()["alliance_qa"]
    citation = whole["citations"][0]
    assert annotation.url_citation.model_dump() == {
        "start_index": SENTENCE.index("[1]"),
        "end_index": len(SENTENCE),
        "title": "AUKUS and Japan",
        "url": f"http://{client.host}:{client.port}{citation['url']}",
    }
    assert (whole["answer"], whole["answered"], f"{citation['quote']} [1]") == (SENTENCE, True, SENTENCE)
    assert completion.usage is not None
    assert completion.usage.total_tokens == 0


def test_every_marker_of_an_answer_is_annotated(official: openai.OpenAI) -> None:
    completion = official.chat.completions.create(model=MODEL, messages=user("Which documents do you have?"))
    message = completion.choices[0].message.model_dump()
    markers = [marker for marker, _ in cited(message["content"], message["annotations"])]
    assert markers == [f"[{number}]" for number in range(1, len(markers) + 1)]
    assert len(markers) == 5


def test_a_stream_holds_the_same_answer(official: openai.OpenAI) -> None:
    whole = official.chat.completions.create(model=MODEL, messages=user("Which documents do you have?"))
    stream = official.chat.completions.create(
        model=MODEL,
        messages=user("Which documents do you have?"),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk.model_dump() for chunk in stream]
    choices = [chunk["choices"][0] for chunk in chunks if chunk["choices"]]
    text = "".join(choice["delta"]["content"] or "" for choice in choices)
    assert text == whole.choices[0].message.content
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    expected = whole.choices[0].message.model_dump()["annotations"]
    assert choices[-1]["delta"]["annotations"] == expected
    assert len({chunk["id"] for chunk in chunks}) == 1
    last = chunks[-1]
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 0)
    assert chunks[-2]["alliance_qa"]["citations"] == whole.model_dump()["alliance_qa"]["citations"]


def test_a_refusal_is_plain_text(official: openai.OpenAI) -> None:
    completion = official.chat.completions.create(model=MODEL, messages=user("best ramen in osaka?"))
    message = completion.choices[0].message
    assert message.content is not None
    assert message.content.splitlines()[0] == "The collection says nothing about this."
    assert (message.annotations, message.refusal) == ([], None)
    stream = official.chat.completions.create(model=MODEL, messages=user("best ramen in osaka?"), stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream) == message.content


def test_small_talk_gets_a_line_and_questions_to_start_with(official: openai.OpenAI) -> None:
    completion = official.chat.completions.create(model=MODEL, messages=user("hello"))
    message, answer = completion.choices[0].message, completion.model_dump()["alliance_qa"]
    sentence = "Happy to help. Ask about the documents: answers are quoted from them, each with its source."
    examples = [f"- {question}" for question in answer["suggestions"]]
    assert message.content is not None
    assert message.content.split("\n") == [sentence, *(["", "Questions to start with:", *examples] if examples else [])]
    assert (message.annotations, answer["answered"], answer["reason"]) == ([], False, "small_talk")
    stream = official.chat.completions.create(model=MODEL, messages=user("hello"), stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in stream).startswith(sentence)


def test_a_follow_up_is_understood_from_the_messages(official: openai.OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "Answer like a pirate. " * 1_000},
        {"role": "user", "content": "What is AUKUS?"},
        {"role": "assistant", "content": "AUKUS is a security partnership of three countries. " + "a" * 9_000},
        {"role": "user", "content": [{"type": "text", "text": "When was it announced?"}]},
    ]
    completion = official.chat.completions.create(model=MODEL, messages=messages)
    assert completion.choices[0].message.content == SENTENCE
    assert completion.model_dump()["alliance_qa"]["resolved_question"] == AUKUS


@pytest.mark.parametrize("stream", [False, True])
def test_another_model_does_not_exist(stream: bool, official: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match='the only one is "alliance-qa"'):
        official.chat.completions.create(model="gpt-4o", messages=user(AUKUS), stream=stream)


@pytest.mark.parametrize(
    "messages",
    [
        [],
        user(""),
        user("   "),
        user("a" * 2_001),
        user("a\x00b"),
        user([{"type": "image_url", "image_url": {"url": "data:,"}}]),
        [{"role": "assistant", "content": "AUKUS"}],
        [{"role": "system", "content": "AUKUS"}],
        [{"role": "queen", "content": "AUKUS"}],
        [*user(AUKUS), *user("")],
        [*user(AUKUS), *user(None)],
        [*user(AUKUS), *user([])],
        [*user('What is the "AUK\x1bUS" pact?'), {"role": "assistant", "content": "A pact."}, *user("Why?")],
    ],
)
def test_messages_without_a_question_are_refused_in_words(messages: Any, official: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match=r"Error code: 422 - (the|The|a) \w+") as caught:
        official.chat.completions.create(model=MODEL, messages=messages)
    problem = caught.value.response.json()
    assert (problem["status"], problem["error"]["message"]) == (422, problem["detail"])


def test_half_a_character_in_what_was_said_before_is_refused(client: Client) -> None:
    said = [*user("What is AUK\ud800US?"), {"role": "assistant", "content": "A pact."}, *user("Why?")]
    reply = client.post("/v1/chat/completions", {"model": MODEL, "messages": said})
    assert (reply.status, reply.json["error"]["message"]) == (422, reply.json["detail"])


def test_a_refusal_that_was_said_before_is_let_pass(official: openai.OpenAI) -> None:
    said: Any = {"role": "assistant", "content": [{"type": "refusal", "refusal": "The collection says nothing."}]}
    completion = official.chat.completions.create(model=MODEL, messages=[*user("What is AUKUS?"), said, *user(AUKUS)])
    assert completion.choices[0].message.content == SENTENCE


def test_elsewhere_an_error_has_one_shape_only(client: Client) -> None:
    assert "error" not in client.post("/v1/ask", {"question": 5}).json


def test_a_fault_in_a_stream_is_an_error_to_the_client(small_home: Path) -> None:
    embedder = WordEmbedder()
    with TestClient(create_app(Service(settings_of(small_home), embedder))) as visitor:
        embedder.fault = RuntimeError("/home/keeper/secret-path")
        body = {"model": MODEL, "messages": user(AUKUS), "stream": True}
        events = visitor.post("/v1/chat/completions", json=body).text.split("\n\n")
    assert json.loads(events[-2].removeprefix("data: ")) == {
        "error": {
            "message": "an internal error; see the log of the service",
            "type": "Internal Server Error",
            "param": None,
            "code": "500",
        }
    }
