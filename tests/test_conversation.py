from __future__ import annotations

import pytest

from alliance_qa.conversation import resolve
from alliance_qa.domain import Turn


def talk(*turns: str) -> list[Turn]:
    return [Turn("user" if at % 2 == 0 else "assistant", content) for at, content in enumerate(turns)]


def test_a_pronoun_gives_way_to_the_name_of_the_latest_question() -> None:
    history = talk("What are the Guidelines for Japan-U.S. Defense Cooperation?", "They are …")
    resolved = resolve("When was it revised?", history)
    assert resolved == "When was Guidelines for Japan-U.S. Defense Cooperation revised?"


def test_a_possessive_stays_one() -> None:
    assert resolve("Who took part in its first meeting?", talk("What is DICAS?", "DICAS is …")) == (
        "Who took part in DICAS’s first meeting?"
    )


def test_he_is_the_person_that_the_answer_names() -> None:
    history = talk('Who spoke of a "latticework"?', "Ambassador Rahm Emanuel spoke of it in Tokyo.")
    assert resolve("When was he ambassador?", history) == "When was Rahm Emanuel ambassador?"


@pytest.mark.parametrize("question", ["Why?", "And for the United States?", "What about 2015?", "Tell me more"])
def test_what_is_left_out_comes_from_the_question_before(question: str) -> None:
    history = talk("Who signed the Security Treaty for Japan?", "Shigeru Yoshida signed it.")
    assert resolve(question, history) == f"{question} (Who signed the Security Treaty for Japan?)"


@pytest.mark.parametrize(
    "question",
    [
        "What does the Taiwan Relations Act govern?",
        "Did Japan revise its constitution?",
        "When did Japan join the United Nations?",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert resolve(question, talk("What is AUKUS?", "AUKUS is …")) == question


def test_without_history_nothing_is_resolved() -> None:
    assert resolve("When was it revised?", []) == "When was it revised?"


def test_an_assistant_alone_resolves_nothing() -> None:
    assert resolve("When was it revised?", [Turn("assistant", "Welcome to the Alliance.")]) == "When was it revised?"
