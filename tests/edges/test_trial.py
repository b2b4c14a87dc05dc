"""What the service is asked for each question, and what is kept of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.domain import Answer, Turn
from alliance_qa.index.generation import Generation
from alliance_qa.measuring import trial
from alliance_qa.measuring.judgement import Kind, LabelledQuestion
from alliance_qa.service.service import Service
from edges.collection import LIGHTHOUSE_SENTENCE
from edges.embedder import WordEmbedder
from edges.server import settings_of

LIT = LabelledQuestion(
    id="lit",
    kind=Kind.WHEN,
    text="When was the lighthouse of Ōshima lit for the first time?",
    answerable=True,
    answers=("May 5, 1903",),
    evidence=(LIGHTHOUSE_SENTENCE,),
    documents=("notes on Ōshima.md",),
)
FOLLOW_UP = replace(
    LIT, kind=Kind.FOLLOW_UP, text="When was it lit?", history=(Turn("user", "What of Ōshima?"),), standalone=LIT.text
)


class _Spied(Service):
    """Keeps what it was asked; misquotes when told to."""

    misquotes = False

    def __init__(self, home: Path) -> None:
        super().__init__(settings_of(home), WordEmbedder())
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def ask(self, generation: Generation, question: str, *, history: Sequence[Turn] = (), **others: Any) -> Answer:
        self.asked.append((question, tuple(history)))
        answer = super().ask(generation, question, history=history, **others)
        if not self.misquotes:
            return answer
        return replace(answer, citations=tuple(replace(c, quote=c.quote.upper()) for c in answer.citations))


@pytest.fixture
def service(small_home: Path) -> _Spied:
    """Return a service over the small collection."""
    return _Spied(small_home)


def test_a_follow_up_is_asked_in_its_conversation_and_written_out(service: _Spied) -> None:
    (judged,) = trial.run([FOLLOW_UP], service)
    assert service.asked == [(FOLLOW_UP.text, FOLLOW_UP.history), (LIT.text, ())]
    assert judged.written_out is not None
    assert judged.written_out.right
    assert judged.written_out.question.text == LIT.text


def test_a_quote_that_does_not_stand_where_it_says_is_seen(service: _Spied) -> None:
    service.misquotes = True
    (judged,) = trial.run([LIT], service)
    assert judged.response is not None
    assert [quote.stands for quote in judged.response.quotes] == [False] * len(judged.response.quotes) != []


def test_a_refused_question_keeps_what_would_have_been_cited(service: _Spied) -> None:
    (judged,) = trial.run([replace(LIT, text="zebra volcano entropy of a lighthouse lit")], service)
    assert judged.response is not None
    assert not judged.answered
    assert LIGHTHOUSE_SENTENCE in [quote.text for quote in judged.response.quotes]
    assert judged.quotes_answer
    assert not judged.right


def test_a_question_without_a_word_to_look_for_would_cite_nothing(service: _Spied) -> None:
    (judged,) = trial.run([LabelledQuestion("x", Kind.OFF_TOPIC, "?!", False)], service)
    assert judged.response is not None
    assert judged.response.quotes == ()
    assert judged.right


def test_progress_is_told(service: _Spied) -> None:
    told: list[tuple[int, int]] = []
    trial.run([LIT, FOLLOW_UP], service, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
