from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from alliance_qa.answering.answerability import THRESHOLD, confidence, decide
from alliance_qa.answering.evidence import _READ, MOST_OF_MANY, MOST_SENTENCES, Evidence, choose, weigh
from alliance_qa.answering.retrieval import Candidate
from alliance_qa.asking.query import analyse
from alliance_qa.domain import Hit, Passage, Reason, Span
from alliance_qa.ports import Reading

TEXT = "The treaty was signed in Tokyo. It entered into force on June 23, 1960. Fish are healthy."
SENTENCES = (Span(0, 31), Span(32, 71), Span(72, 89))
PASSAGE = Passage("a.md", Span(0, 89), TEXT, SENTENCES)
HIT = Hit(row=3, score=0.5, cosine=0.6, coverage=0.4)
VECTOR = np.array([1, 0], np.float32)
SENTENCE_VECTORS = np.array([[0.6, 0.8], [0.8, 0.6], [0, 1]], np.float32)


def ranked(question: str, reading: Reading | None = None) -> list[Evidence]:
    asked = analyse(question, VECTOR)
    return weigh(asked, [Candidate(HIT, PASSAGE, "Pacts", SENTENCE_VECTORS, reading)], dict.fromkeys(asked.terms, 1.0))


def test_a_sentence_is_weighed_by_its_own_measures() -> None:
    by_place = {evidence.sentence: evidence for evidence in ranked("When was the treaty signed?")}
    first, second, third = by_place[0], by_place[1], by_place[2]
    assert (first.coverage, second.coverage, third.coverage) == (1.0, 0.0, 0.0)
    assert (second.near_coverage, third.near_coverage) == (1.0, 0.0)
    assert [e.cosine for e in (first, second, third)] == pytest.approx([0.6, 0.8, 0.0])
    assert first.score == pytest.approx(0.5 * 1 + 0.5 * 1 + 1.5 * 0.6 + 1.0 * 0.5)
    assert second.score == pytest.approx(0.5 * 0 + 0.5 * 1 + 1.5 * 0.8 + 1.0 * 0.5)


def test_a_reading_speaks_for_its_passage_and_most_for_the_sentence_with_the_answer() -> None:
    without = {e.sentence: e for e in ranked("When was the treaty signed?")}
    second = PASSAGE.sentences[1]
    inside = Span(second.start + 3, second.end + 5)
    reading = Reading(2.0, inside, 0.49, (-3.0, 1.5, -9.0), 0.2)
    read = {e.sentence: e for e in ranked("When was the treaty signed?", reading)}
    gained = [read[i].score - without[i].weighed(_READ) for i in range(3)]
    passage = _READ.answered * 2
    assert gained == pytest.approx(
        [passage + _READ.part * -3, passage + _READ.part * 1.5 + _READ.short * 0.7, passage + _READ.part * -6]
    )
    assert [(e.most_answered, e.asks_many) for e in read.values()] == [(2.0, 0.2)] * 3
    assert [e.answered for e in read.values()] == [2.0] * 3
    assert [(read[i].short, read[i].short_share) for i in range(3)] == [
        (None, 0.0),
        (Span(second.start + 3, second.end), 0.49),  # what the reader marked goes on in the next sentence
        (None, 0.0),
    ]
    assert [e.answered for e in without.values()] == [None] * 3


def test_a_reader_that_is_very_sure_counts_no_more_than_one_that_is_sure() -> None:
    sure, surer = (ranked("When?", Reading(odds, None, 0.0, (0.0,) * 3, 0.0))[0].score for odds in (6.0, 60.0))
    assert sure == surer


def test_the_best_sentence_comes_first_and_knows_its_place() -> None:
    best = ranked("When did the treaty enter into force?")[0]
    assert best.span.of(TEXT) == "It entered into force on June 23, 1960."


def test_a_sentence_that_leans_brings_the_one_before_it() -> None:
    chosen = choose(ranked("When did the treaty enter into force?"))
    assert [evidence.sentence for evidence in chosen] == [0, 1]


def test_a_sentence_far_behind_is_not_chosen() -> None:
    assert 2 not in [e.sentence for e in choose(ranked("When was the treaty signed?"))]


SHORT = Passage("c.md", Span(0, 27), "One. Two. Six. Ten. Or. No.", tuple(Span(*at) for at in (
    (0, 4), (5, 9), (10, 14), (15, 19), (20, 23), (24, 27))))  # fmt: skip


@pytest.mark.parametrize(
    ("answered", "parts", "asks_many", "chosen"),
    [
        (
            2.0,
            (4.0, 1.5, -1.0, -4.0, -4.0, -4.0),
            0.0,
            [0, 1],
        ),  # however far behind
        (-2.0, (4.0, 1.5, -1.0, -4.0, -4.0, -4.0), 0.0, [0]),  # but not of a passage that does not answer
        (2.0, (4.0, 3.0, 2.0, 1.5, 1.4, 1.3), 0.0, [0, 1, 2]),
        (2.0, (4.0, 3.0, 2.0, 1.5, 1.4, 1.3), 0.9, [0, 1, 2, 3, 4, 5]),  # of a list
        (2.0, (-4.0, 0.5, -3.0, -4.0, -8.0, -8.0), 0.9, [1, 2, 3]),  # what follows in it, not what goes before
        (2.0, (-4.0, 0.5, -3.0, -4.0, -8.0, -8.0), 0.0, [1]),
    ],
)
def test_the_reader_says_how_many_sentences_answer(
    answered: float, parts: tuple[float, ...], asks_many: float, chosen: list[int]
) -> None:
    asked = analyse("Which are they?", VECTOR)
    reading = Reading(answered, None, 0.0, parts, asks_many)
    found = [Candidate(HIT, SHORT, "", np.tile(VECTOR, (6, 1)), reading)]
    given = choose(weigh(asked, found, dict.fromkeys(asked.terms, 1.0)))
    assert [e.sentence for e in given] == chosen
    assert len(given) <= (MOST_OF_MANY if asks_many >= 0.5 else MOST_SENTENCES)


def test_what_is_likely_goes_before_what_only_follows_the_best() -> None:
    asked = analyse("Which are they?", VECTOR)
    first = Reading(3.0, None, 0.0, (4.0, -0.5, -0.5, -0.5, -0.5, -0.5), 0.9)
    other = Reading(0.5, None, 0.0, (1.2,), 0.9)
    aside = Passage("d.md", Span(0, 6), "Seven.", (Span(0, 6),))
    found = [
        Candidate(HIT, SHORT, "", np.tile(VECTOR, (6, 1)), first),
        Candidate(replace(HIT, row=9), aside, "", VECTOR[None], other),
    ]
    given = choose(weigh(asked, found, dict.fromkeys(asked.terms, 1.0)))
    assert len(given) == MOST_OF_MANY
    assert [e.passage.document_id for e in given[:2]] == ["c.md", "d.md"]


def test_a_row_brings_no_row_before_it_however_it_begins() -> None:
    text = "Last year | Lindhamn harbour 200\nThis year | Skagen harbour 940"
    table = Passage("a.md", Span(0, 63), text, (Span(0, 32), Span(33, 63)), heads=("when", "fee"))
    reading = Reading(3.0, None, 0.0, (-3.0, 3.0), 0.0)
    asked = analyse("What is the fee of Skagen harbour this year?", VECTOR)
    found = [Candidate(HIT, table, "", np.tile(VECTOR, (2, 1)), reading)]
    assert [e.sentence for e in choose(weigh(asked, found, dict.fromkeys(asked.terms, 1.0)))] == [1]


def test_the_same_sentence_of_two_documents_is_said_once() -> None:
    asked = analyse("Where was the treaty signed?", VECTOR)
    twin = Passage("b.md", Span(0, 31), TEXT[:31], (Span(0, 31),))
    original = Passage("a.md", Span(0, 31), TEXT[:31], (Span(0, 31),))
    found = [
        Candidate(HIT, original, "", SENTENCE_VECTORS[:1]),
        Candidate(replace(HIT, row=4), twin, "", SENTENCE_VECTORS[:1]),
    ]
    chosen = choose(weigh(asked, found, dict.fromkeys(asked.terms, 1.0)))
    assert [evidence.passage.document_id for evidence in chosen] == ["a.md"]


def test_nothing_found_chooses_nothing() -> None:
    assert choose([]) == []


def sure(**changes: object) -> Evidence:
    best = ranked("When was the treaty signed?")[0]
    return replace(best, cosine=0.9, near_coverage=1.0, **changes)  # type: ignore[arg-type]


def test_confidence_is_the_fitted_logistic_function() -> None:
    best = sure()
    x = -6.71 + 5.91 * 0.9 + 2.18 * 1 + 0.62 * 1 + 1.56 * 1
    assert confidence(best) == pytest.approx(1 / (1 + np.exp(-x)))


def test_a_sure_sentence_answers() -> None:
    reason, found = decide(sure())
    assert reason is None
    assert found >= THRESHOLD


def test_a_weak_sentence_is_refused_as_related_or_not() -> None:
    weak = replace(sure(), cosine=0.0, near_coverage=0.0)
    assert decide(replace(weak, passage_coverage=0.9))[0] is Reason.RELATED_BUT_NOT_STATED
    assert decide(replace(weak, passage_coverage=0.1))[0] is Reason.NOTHING_RELEVANT


def test_nothing_found_is_nothing_relevant() -> None:
    assert decide(None) == (Reason.NOTHING_RELEVANT, 0.0)


def test_a_row_is_weighed_with_its_heads_and_for_itself() -> None:
    text = "Skagby | 2023 | 910\nSkagby | 2024 | 940\nOrvik | 2025 | 655"
    spans = (Span(0, 19), Span(20, 39), Span(40, 58))
    table = Passage("a.md", Span(0, 58), text, spans, heads=("port", "year", "fee"))
    asked = analyse("What was the fee of Skagby in 2024?", VECTOR)
    found = [Candidate(HIT, table, "", SENTENCE_VECTORS)]
    [best] = weigh(asked, found, dict.fromkeys(asked.terms, 1.0))
    assert (table.text_of(best.span), best.coverage) == ("Skagby | 2024 | 940", 1.0)
    late = analyse("What was the fee of Orvik in 2024?", VECTOR)
    ranked = weigh(late, found, dict.fromkeys(late.terms, 1.0))
    assert {evidence.sentence: evidence.passage_coverage for evidence in ranked} == pytest.approx({1: 2 / 3, 2: 2 / 3})
    assert {evidence.numbers_covered for evidence in ranked if evidence.sentence == 2} == {0.0}
