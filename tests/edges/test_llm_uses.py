"""What a language model may do besides wording, over HTTP: select the sentences that answer, resolve follow-ups."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from alliance_qa import cli
from alliance_qa.answering import selection
from alliance_qa.building import rebuild
from alliance_qa.errors import SettingsError
from alliance_qa.service import service
from alliance_qa.service.service import Service
from edges.client import Client
from edges.embedder import WordEmbedder
from edges.events import joined, open_stream, read
from edges.language_model import KEY, MODES, misbehaving, serving, worded
from edges.server import ADMIN, hosted, settings_of

QUESTION = "When was AUKUS announced by three leaders in a joint appearance?"
SENTENCE = "AUKUS was announced on September 15, 2021, in a joint appearance by video of three leaders."
LIT = "The lighthouse of Yoshino was lit for the first time on May 5, 1903."
TEXT = f"""The Announcement

{SENTENCE}

{LIT}
"""
WHOLE = "When was the lighthouse of Yoshino lit for the first time?"
HISTORY = [
    {"role": "user", "content": "Where is the lighthouse of Yoshino?"},
    {"role": "assistant", "content": "On the cape. [1]"},
]
OWN = {"answer_id", "conversation_id", "took_ms", "wording", "sentences"}


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("announced")
    (home / "documents").mkdir()
    (home / "documents" / "announcement.txt").write_text(TEXT, "utf-8")
    rebuild.rebuild(settings_of(home), WordEmbedder())
    return home


def running(home: Path, url: str, *uses: str, **changes: object) -> Any:
    given = {"llm_url": url, "llm_model": "tiny", "llm_key": SecretStr(KEY), "llm_seconds": 60.0, "llm_uses": uses}
    return hosted(home, WordEmbedder(), **given | changes)  # type: ignore[arg-type]


def ask(client: Client, **fields: object) -> Any:
    reply = client.post("/v1/ask", {"question": QUESTION, **fields})
    assert reply.status == 200, reply.text
    return reply.json


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in OWN}


@pytest.fixture(scope="module")
def alone(announced: Path) -> Iterator[dict[str, Any]]:
    """The answers without a model: to the question, and to a follow-up."""
    with hosted(announced, WordEmbedder()) as without:
        yield {
            "question": ask(without.client),
            "follow-up": ask(without.client, question="And when lit?", history=HISTORY),
        }


def naming(text: str) -> Any:
    """Return a model that names the sentences of this text."""

    def reply(shown: dict[str, Any]) -> Any:
        lines = [line for passage in shown["passages"] for line in passage["sentences"]]
        return {"answering": [line["number"] for line in lines if line["text"] == text]}

    return reply


def test_a_sentence_that_is_named_is_cited_besides_and_stands(announced: Path, alone: dict[str, Any]) -> None:
    with serving(naming(LIT)) as model, running(announced, model.url, "select") as service_:
        answer = ask(service_.client)
        text = service_.client.text("announcement.txt")
        index = service_.client.get("/v1/index", headers=ADMIN).json["language_model"]
        metrics = service_.client.get("/metrics").text
    assert [citation["quote"] for citation in alone["question"]["citations"]] == [SENTENCE]
    assert [citation["quote"] for citation in answer["citations"]] == [SENTENCE, LIT]
    assert all(text[c["start"] : c["end"]] == c["quote"] for c in answer["citations"])
    assert (index["selections"], index["outcomes"], index["resolutions"]) == ({"some": 1}, {}, {})
    assert 'alliance_qa_selections_total{outcome="some"} 1.0' in metrics


def test_where_none_is_named_an_unsure_answer_is_refused_and_never_worded(
    announced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "NONE_NAMED", -20.0)  # as if no answer of ours were sure
    with serving(naming("")) as model, running(announced, model.url, "select", "word", wording="composed") as service_:
        answer = ask(service_.client)
    assert (answer["answered"], answer["reason"], answer["citations"]) == (False, "related_but_not_stated", [])
    assert (answer["wording"], len(model.requests)) == ("verbatim", 1)


def test_a_follow_up_is_asked_as_the_model_resolves_it(announced: Path) -> None:
    with serving(lambda _: {"question": WHOLE}) as model, running(announced, model.url, "resolve") as service_:
        answer = ask(service_.client, question="And when was it lit for the first time?", history=HISTORY)
        ask(service_.client)  # no follow-up: nobody is asked
        metrics = service_.client.get("/metrics").text
    assert (answer["resolved_question"], answer["citations"][0]["quote"]) == (WHOLE, LIT)
    assert [turn["text"] for turn in json.loads(model.requests[0]["messages"][1]["content"])["conversation"]] == [
        turn["content"] for turn in HISTORY
    ]
    assert len(model.requests) == 1
    assert 'alliance_qa_resolutions_total{outcome="resolved"} 1.0' in metrics


def test_a_resolution_that_invents_a_name_is_not_used(announced: Path, alone: dict[str, Any]) -> None:
    with (
        serving(lambda _: {"question": "When was Kyoto lit?"}) as model,
        running(announced, model.url, "resolve") as service_,
    ):
        answer = ask(service_.client, question="And when lit?", history=HISTORY)
    assert plain(answer) == plain(alone["follow-up"])


@pytest.mark.parametrize("mode", sorted({*MODES} - {"endless", "bomb", "silent"}) + ["silent"])
def test_a_model_that_misbehaves_changes_nothing_and_costs_no_more_than_its_time(
    mode: str, announced: Path, alone: dict[str, Any]
) -> None:
    uses = ("word", "select", "resolve")
    with (
        misbehaving(mode) as model,
        running(announced, model.url, *uses, llm_seconds=1.0, wording="composed") as service_,
    ):
        started = time.monotonic()
        answer = ask(service_.client, question="And when lit?", history=HISTORY)
        assert time.monotonic() - started < 30  # three uses share one second; the rest is for a busy machine
        index = service_.client.get("/v1/index", headers=ADMIN).json["language_model"]
    assert plain(answer) == plain(alone["follow-up"])
    assert answer["wording"] == "verbatim"
    assert index["last_fault"] is not None
    assert all(len(index[of]) == 1 for of in ("resolutions", "selections"))


def test_a_stream_holds_the_selected_answer(announced: Path) -> None:
    with serving(naming(LIT)) as model, running(announced, model.url, "select") as service_:
        whole = ask(service_.client)
        connection, reply = open_stream(service_.client, {"question": QUESTION})
        found = list(read(reply))
        connection.close()
    assert [name for name, _ in found] == ["resolved", "passages", "answer", "answer", "citations", "done"]
    assert plain(joined(found)) == plain(whole)


def test_what_the_model_is_not_for_it_is_not_asked(announced: Path, alone: dict[str, Any]) -> None:
    with serving(naming(LIT)) as model, running(announced, model.url, "resolve") as service_:
        answer = ask(service_.client, wording="composed")
    assert (plain(answer), answer["wording"], model.requests) == (plain(alone["question"]), "verbatim", [])
    settings = settings_of(announced).model_copy(
        update={"llm_url": "http://127.0.0.1:9/v1", "llm_model": "tiny", "llm_uses": ("select",), "wording": "composed"}
    )
    with pytest.raises(SettingsError, match="ALLIANCE_QA_LLM_USES"):
        Service(settings, WordEmbedder())


def test_an_evaluation_says_what_the_model_was_asked_for(announced: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(announced)
    monkeypatch.setattr(service, "load_embedder", lambda settings: WordEmbedder())
    monkeypatch.setattr(service, "load_reader", lambda settings: None)
    asked = {"id": "q1", "kind": "fact", "text": QUESTION, "history": [], "answers": ["1903"], "evidence": [LIT],
             "documents": ["announcement.txt"], "answerable": True, "reason": None, "standalone": None}  # fmt: skip
    (announced / "own.jsonl").write_text(json.dumps(asked) + "\n", "utf-8")

    def evaluated() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(CliRunner().invoke(cli.main, ["evaluate", "own.jsonl", "--json"]).stdout)
        return found

    with serving(naming(LIT)) as model:
        monkeypatch.setenv("ALLIANCE_QA_LLM_URL", model.url)
        monkeypatch.setenv("ALLIANCE_QA_LLM_MODEL", "tiny")
        before = evaluated()
        monkeypatch.setenv("ALLIANCE_QA_LLM_USES", "select,resolve")
        after = evaluated()
        printed = CliRunner().invoke(cli.main, ["evaluate", "own.jsonl"]).output
    assert (before["language_model"], before["total"]["answer_right"]["value"]) == (None, 0.0)
    assert (after["language_model"], after["total"]["answer_right"]["value"]) == ("tiny (select, resolve)", 1.0)
    assert "helped by tiny (select, resolve)" in printed


# ---- OpenAI's clients

COMPOSED = "alliance-qa:composed"
GOOD = worded(("In a joint appearance by video of three leaders, AUKUS was announced on September 15, 2021.", [1]))


def test_openais_client_asks_for_a_composed_answer_by_the_models_name(announced: Path) -> None:
    with serving(lambda _: GOOD) as model, running(announced, model.url, "word") as service_:
        client = service_.client
        official = openai.OpenAI(base_url=f"http://127.0.0.1:{client.port}/v1", api_key="none", max_retries=0)
        assert [found.id for found in official.models.list()] == ["alliance-qa", COMPOSED]
        messages: Any = [{"role": "user", "content": QUESTION}]
        whole = official.chat.completions.create(model=COMPOSED, messages=messages)
        plain_ = official.chat.completions.create(model="alliance-qa", messages=messages)
        chunks = [
            c.model_dump() for c in official.chat.completions.create(model=COMPOSED, messages=messages, stream=True)
        ]
    message = whole.choices[0].message
    text = GOOD["sentences"][0]["text"] + " [1]"
    assert (whole.model, message.content, whole.choices[0].finish_reason) == (COMPOSED, text, "stop")
    assert plain_.choices[0].message.content == f"{SENTENCE} [1]"
    answer = whole.model_dump()["alliance_qa"]
    assert (answer["wording"], answer["answer"]) == ("composed", f"{SENTENCE} [1]")
    assert message.annotations is not None
    (note,) = [annotation.url_citation for annotation in message.annotations]
    assert text[note.start_index : note.end_index] == "[1]"
    assert note.url.endswith(answer["sentences"][0]["proof"][0]["url"])
    assert "".join(chunk["choices"][0]["delta"]["content"] or "" for chunk in chunks) == text
    last = chunks[-1]
    assert (last["model"], last["choices"][0]["finish_reason"]) == (COMPOSED, "stop")
    assert last["choices"][0]["delta"]["annotations"] == [a.model_dump() for a in message.annotations]


def test_a_model_that_is_away_leaves_openais_client_the_quotes(announced: Path) -> None:
    with misbehaving("away") as model, running(announced, model.url, "word") as service_:
        client = service_.client
        official = openai.OpenAI(base_url=f"http://127.0.0.1:{client.port}/v1", api_key="none", max_retries=0)
        messages: Any = [{"role": "user", "content": QUESTION}]
        whole = official.chat.completions.create(model=COMPOSED, messages=messages)
        stream = official.chat.completions.create(model=COMPOSED, messages=messages, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert whole.choices[0].message.content == text == f"{SENTENCE} [1]"


def test_without_a_model_there_is_no_composed_one(announced: Path) -> None:
    with hosted(announced, WordEmbedder()) as without:
        official = openai.OpenAI(base_url=f"http://127.0.0.1:{without.client.port}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.NotFoundError, match='the only one is "alliance-qa"'):
            official.chat.completions.create(model=COMPOSED, messages=[{"role": "user", "content": QUESTION}])
