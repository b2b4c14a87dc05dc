"""What small talk gets, alone and in the middle of a conversation, by a fake model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from alliance_qa.answering.answers import Found, Resolved, steps
from alliance_qa.answering.collection import Collection
from alliance_qa.domain import Answer, Filters, OperatingPoint, Reason, Turn
from alliance_qa.index import store
from alliance_qa.ports import Vectors
from edges.embedder import WordEmbedder
from small_collection import FILES, write_files

pytestmark = pytest.mark.usefixtures("unsynced")

EXAMPLES = ("Who kept the lamp?", "When was it lit?", "Where is the harbour?", "What is a maple?")
LIGHTHOUSE = "When was the lighthouse of Ōshima lit?"
SAID = (Turn("user", LIGHTHOUSE), Turn("assistant", "The lighthouse was lit for the first time in 1903. [1]"))


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    generation = store.open_generation(tmp_path, write_files(tmp_path, FILES))
    surest = OperatingPoint(threshold=0.000001)
    return Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder(), surest)


def told(question: str, collection: Collection, history: Sequence[Turn] = ()) -> list[Resolved | Found | Answer]:
    return list(steps(question, collection, history=history, filters=Filters(), top_k=5, examples=EXAMPLES))


def test_small_talk_gets_examples_and_nothing_is_searched(collection: Collection) -> None:
    assert told("hello", collection) == [
        Resolved("hello"),
        Found(()),
        Answer("hello", (), Reason.SMALL_TALK, 0.0, (), suggestions=EXAMPLES[:3]),
    ]


def test_words_that_every_text_holds_are_small_talk_before_they_are_unclear(collection: Collection) -> None:
    reasons = [told(text, collection)[-1] for text in ("who are you?", "???")]
    assert [step.reason for step in reasons if isinstance(step, Answer)] == [
        Reason.SMALL_TALK,
        Reason.UNCLEAR_QUESTION,
    ]


@pytest.mark.parametrize("thanks", ["thanks", "thank you very much", "what are you?"])
def test_small_talk_follows_nothing(thanks: str, collection: Collection) -> None:
    resolved, _, answer = told(thanks, collection, SAID)
    assert resolved == Resolved(thanks)
    assert answer == Answer(thanks, (), Reason.SMALL_TALK, 0.0, (), suggestions=EXAMPLES[:3])


@pytest.mark.parametrize("reply", [(), (Turn("assistant", "Happy to help."),)])
def test_small_talk_is_followed_by_nothing(reply: tuple[Turn, ...], collection: Collection) -> None:
    history = (*SAID, Turn("user", "thanks"), *reply)
    follow_up = "And why was it lit?"
    expected = told(follow_up, collection, SAID)[0]
    assert expected != Resolved(follow_up)  # it is resolved
    assert told(follow_up, collection, history)[0] == expected


def test_a_long_turn_is_no_small_talk_and_the_model_does_not_read_it(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    embed = WordEmbedder.embed_questions

    def noted(self: WordEmbedder, questions: Sequence[str]) -> Vectors:
        asked.extend(questions)
        return embed(self, questions)

    history = (Turn("user", "hello " * 1_000), *SAID)
    expected = told("And why was it lit?", collection, SAID)[0]
    monkeypatch.setattr(WordEmbedder, "embed_questions", noted)
    assert told("And why was it lit?", collection, history)[0] == expected
    assert LIGHTHOUSE in asked
    assert max(map(len, asked)) <= 300


def test_only_small_talk_before_a_follow_up_leaves_it_as_it_is(collection: Collection) -> None:
    assert told("When was it lit?", collection, (Turn("user", "hello"),))[0] == Resolved("When was it lit?")
