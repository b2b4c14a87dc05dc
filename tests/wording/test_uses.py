"""What a language model is asked for besides words: sentences by their numbers, follow-ups; and how often it is."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from alliance_qa.domain import Turn
from alliance_qa.errors import LanguageModelError, LanguageModelFault
from alliance_qa.wording import guard as guards
from alliance_qa.wording.guard import Guard, Patience, Use
from alliance_qa.wording.resolution import MOST_CHARS, keeps, resolve
from alliance_qa.wording.selection import Excerpt, select

EXCERPTS = [Excerpt("AUKUS", ("AUKUS has two pillars.", "It was announced in 2021.")), Excerpt("Quad", ("No treaty.",))]
HISTORY = [Turn("user", "What is AUKUS?"), Turn("assistant", "AUKUS is a partnership of 2021. [1]")]


class Scripted:
    """A model that says what it is told to, and keeps what it was asked."""

    name = "scripted"

    def __init__(self, *replies: Any) -> None:
        self.replies, self.asked = list(replies), []  # type: ignore[var-annotated]

    def complete(self, messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], seconds: float) -> Any:
        self.asked.append((json.loads(messages[-1]["content"]), seconds))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def outcomes(guard: Guard, use: Use) -> Mapping[str, int]:
    return guard.state.outcomes[use]


def test_sentences_are_numbered_through_all_passages_and_only_numbers_are_taken() -> None:
    model = Scripted({"answering": [3, 2, 3], "text": "AUKUS was dissolved."})
    guard = Guard(model)
    assert select(guard, "When?", EXCERPTS, Patience(5)) == (1, 2)
    shown, seconds = model.asked[0]
    assert [line["number"] for passage in shown["passages"] for line in passage["sentences"]] == [1, 2, 3]
    assert (shown["question"], seconds) == ("When?", 5)
    assert outcomes(guard, Use.SELECT) == {"some": 1}


def test_none_is_a_word_of_the_model() -> None:
    guard = Guard(Scripted({"answering": []}))
    assert select(guard, "When?", EXCERPTS, Patience(5)) == ()
    assert outcomes(guard, Use.SELECT) == {"none": 1}


@pytest.mark.parametrize(
    "reply", [{}, [], None, {"answering": [0]}, {"answering": [4]}, {"answering": ["1"]}, {"answering": [True]},
              {"answering": [1.0]}, {"answering": "1"}]
)  # fmt: skip
def test_a_reply_of_another_form_selects_nothing(reply: Any) -> None:
    guard = Guard(Scripted(reply))
    assert select(guard, "When?", EXCERPTS, Patience(5)) is None
    assert (outcomes(guard, Use.SELECT), guard.state.last_fault) == ({"garbled": 1}, "garbled")


def test_a_follow_up_is_resolved_with_what_was_said() -> None:
    model = Scripted({"question": "When was\nAUKUS announced?"})
    guard = Guard(model)
    assert resolve(guard, "When was it announced?", HISTORY, Patience(5)) == "When was AUKUS announced?"
    assert [turn["role"] for turn in model.asked[0][0]["conversation"]] == ["user", "assistant"]
    assert outcomes(guard, Use.RESOLVE) == {"resolved": 1}


@pytest.mark.parametrize(
    ("resolved", "question", "is_kept"),
    [
        ("When was AUKUS announced?", "When was it announced?", True),
        ("What did AUKUS do in 2021?", "And then?", True),
        ("When was the Quad announced?", "When was it announced?", False),  # a name that nobody said
        ("When was AUKUS announced in 2019?", "When was it announced?", False),  # a number
        ("Kyoto joined AUKUS when?", "When was it joined?", False),  # at the beginning, too
        ("When was AUKUS announced?", "When did Japan join it?", False),  # the visitor's own name is lost
        ("", "When was it announced?", False),
        ("When was AUKUS announced?\u202e", "When was it announced?", False),
        ("When was AUKUS announced" + " again" * 60 + "?", "When was it announced?", False),
    ],
)
def test_a_resolved_question_holds_no_name_and_no_number_that_was_not_said(
    resolved: str, question: str, is_kept: bool
) -> None:
    assert keeps(resolved, question, [turn.content for turn in HISTORY]) is is_kept


def test_what_was_not_said_is_refused_and_counted() -> None:
    guard = Guard(Scripted({"question": "When was the Quad announced?"}))
    assert resolve(guard, "When was it announced?", HISTORY, Patience(5)) is None
    assert outcomes(guard, Use.RESOLVE) == {"refused": 1}


def test_without_an_earlier_question_nobody_is_asked() -> None:
    model = Scripted()
    for question, history in (("When?", HISTORY[1:]), ("When?", []), ("a" * (MOST_CHARS + 1), HISTORY)):
        assert resolve(Guard(model), question, history, Patience(5)) is None
    assert model.asked == []


def test_all_calls_of_a_question_share_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 4.0, 10.0, 12.0])
    monkeypatch.setattr(guards.time, "monotonic", lambda: next(clock))  # type: ignore[attr-defined]
    model = Scripted({"answering": []}, {"answering": [1]})
    guard, patience = Guard(model), Patience(5)
    select(guard, "When?", EXCERPTS, patience)
    select(guard, "Who?", EXCERPTS, patience)
    assert [seconds for _, seconds in model.asked] == [5, 1]
    assert select(guard, "Why?", EXCERPTS, patience) is None  # nothing is left to wait
    assert (len(model.asked), outcomes(guard, Use.SELECT)) == (2, {"none": 1, "some": 1, "timeout": 1})


def test_the_same_messages_are_completed_once_but_faults_are_not_kept() -> None:
    model = Scripted(LanguageModelError(LanguageModelFault.STATUS), {"answering": [1]})
    guard = Guard(model)
    found = [select(guard, "When?", EXCERPTS, Patience(5)) for _ in range(3)]
    assert (found, len(model.asked)) == ([None, (0,), (0,)], 2)


def test_only_so_many_ask_at_once() -> None:
    entered, leave = threading.Semaphore(0), threading.Event()

    class Slow(Scripted):
        def complete(self, *_: Any) -> Any:
            entered.release()
            leave.wait(60)
            return {"answering": []}

    guard = Guard(Slow())
    threads = [
        threading.Thread(target=select, args=(guard, f"{at}?", EXCERPTS, Patience(60))) for at in range(guards.AT_ONCE)
    ]
    for thread in threads:
        thread.start()
        entered.acquire()
    assert select(guard, "One more?", EXCERPTS, Patience(60)) is None
    assert outcomes(guard, Use.SELECT) == {"busy": 1}
    leave.set()
    for thread in threads:
        thread.join()
    assert not guard.state.is_paused  # being busy is no fault of the model
