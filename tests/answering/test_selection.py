"""An answer decided anew with the word of another judge."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from alliance_qa.answering import citations, selection
from alliance_qa.answering.evidence import MOST_OF_MANY
from alliance_qa.domain import Answer, OperatingPoint, Passage, Reason, Span

TEXT = "One is first. Two is second. Three is third. Four. Five. Six. Seven."
ENDS = [13, 28, 44, 50, 56, 61, 68]
SENTENCES = tuple(Span(start, end) for start, end in zip([0, *(end + 1 for end in ENDS)], ENDS, strict=False))
DOCUMENT: Any = SimpleNamespace(id="a.txt", text=TEXT)
CORPUS: Any = SimpleNamespace(document=lambda _: DOCUMENT)
PASSAGE: Any = SimpleNamespace(
    id="a.txt#0", document_id="a.txt", sentences=SENTENCES, span=Span(0, len(TEXT)), text=TEXT
)
CITED = citations.cite(DOCUMENT, SENTENCES[1], number=1, passage_id="a.txt#0", highlight=Span(14, 17))


def made(confidence: float, *, answered: bool = True) -> Answer:
    found = Answer("?", (CITED,), None, confidence, (), weighed=(PASSAGE,))
    if answered:
        return found
    return replace(
        found, citations=(), reason=Reason.NOTHING_RELEVANT, nearest=(CITED,), suggestions=("Who is third?",)
    )


def combined(answer: Answer, *numbers: int, point: OperatingPoint | None = None) -> Answer:
    places = selection.places(answer)
    return selection.combined(answer, [places[number] for number in numbers], CORPUS, point)


def test_every_sentence_of_the_nearest_passages_may_be_named() -> None:
    assert [span for _, span in selection.places(made(0.9))] == list(SENTENCES)
    assert selection.places(Answer("?", (CITED,), None, 1.0, ())) == []  # made of something else


def test_what_is_named_is_cited_besides_in_reading_order_and_stands() -> None:
    answer = combined(made(0.9), 2, 0)
    assert [citation.number for citation in answer.citations] == [1, 2, 3]
    assert [citation.quote for citation in answer.citations] == ["One is first.", "Two is second.", "Three is third."]
    assert answer.citations[1].highlight == CITED.highlight
    for citation in answer.citations:
        assert citations.stands(TEXT, citation.span.start, citation.span.end, citation.quote)
    assert answer.confidence > 0.9


def test_no_more_is_cited_than_an_answer_may_have() -> None:
    assert len(combined(made(0.9), *range(len(SENTENCES))).citations) == MOST_OF_MANY


def test_an_unsure_answer_is_refused_where_none_is_named_and_a_sure_one_stands() -> None:
    refused = combined(made(0.55))
    assert (refused.answered, refused.reason, refused.nearest) == (False, Reason.RELATED_BUT_NOT_STATED, (CITED,))
    assert refused.confidence < 0.5
    assert combined(made(0.999)).citations == (CITED,)


def test_a_refusal_that_was_nearly_sure_answers_where_some_are_named() -> None:
    answer = combined(made(0.45, answered=False), 1)
    assert (answer.reason, answer.citations, answer.suggestions, answer.nearest) == (None, (CITED,), (), ())
    kept = combined(made(0.01, answered=False), 1)
    assert (kept.reason, kept.suggestions) == (Reason.NOTHING_RELEVANT, ("Who is third?",))


def test_the_collections_own_threshold_decides() -> None:
    strict = OperatingPoint(0.99, questions=50, made="2026-11-30")
    assert combined(made(0.9), 1).answered
    assert not combined(made(0.9), 1, point=strict).answered


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_what_is_certain_stays_so(confidence: float) -> None:
    assert combined(made(confidence), 1).answered is bool(confidence)
    assert combined(made(confidence)).answered is bool(confidence)


def test_nothing_to_cite_stays_a_refusal() -> None:
    empty: Passage = PASSAGE
    answer = Answer("?", (), Reason.NOTHING_RELEVANT, 0.9, (), weighed=(empty,))
    assert combined(answer, 1).reason is Reason.NOTHING_RELEVANT
