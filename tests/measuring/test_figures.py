"""The figures of many questions are those worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alliance_qa.domain import Reason
from alliance_qa.measuring.figures import Figure, Group, Measure, evaluate
from alliance_qa.measuring.judgement import Judged, Kind, Response
from alliance_qa.measuring.metrics import wilson
from judged import FAR, NEAR, SIGNED, STATED, quoted, ranked, refused, whole


def value(judged: list[Judged], measure: Measure) -> tuple[float, int]:
    figure = evaluate(judged).total[measure]
    return round(figure.value, 4), figure.count


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure.RIGHT, (0.3333, 6)),  # the first and the off-topic one
        (Measure.ANSWERED, (0.6667, 6)),
        (Measure.ANSWER_RIGHT, (0.25, 4)),
        (Measure.ANSWER_PARTS, (0.375, 4)),  # 1, 0.5, refused, 0
        (Measure.QUOTES_NEEDED, (0.5, 4)),  # 1 of 2, 1 of 1, 0 of 1
        (Measure.QUOTES_EXACT, (1.0, 5)),
        (Measure.FALSE_ANSWERS, (0.5, 2)),
        (Measure.FALSE_ANSWERS_NEAR_MISS, (1.0, 1)),
        (Measure.FALSE_ANSWERS_OFF_TOPIC, (0.0, 1)),
        (Measure.OVER_REFUSALS, (0.25, 4)),
        (Measure.REASON_RIGHT, (1.0, 1)),
        (Measure.HIT_AT_1, (0.3333, 3)),
        (Measure.HIT_AT_3, (0.6667, 3)),
        (Measure.MRR_AT_10, (0.5, 3)),
        (Measure.AUROC_ANSWERABLE, (0.875, 6)),  # of 8 pairs, only 0.2 against 0.5 fails
        (Measure.AUROC_RIGHT, (1.0, 6)),
        (Measure.FOLLOW_UP_RIGHT, (-1.0, 1)),
        (Measure.FOLLOW_UP_HIT_AT_1, (-1.0, 1)),
        (Measure.MS_P50, (10.0, 6)),
        (Measure.MS_P95, (20.0, 6)),
        (Measure.UNJUDGED, (1, 7)),
    ],
)
def test_the_figures_by_hand(measure: Measure, expected: tuple[float, int]) -> None:
    assert value(whole(), measure) == expected


def test_the_area_and_the_calibration_are_of_all_questions() -> None:
    found = evaluate(whole())
    # by confidence: right, wrong, wrong, wrong, would have been right, wrong
    risks = [0, 1 / 2, 2 / 3, 3 / 4, 3 / 5, 4 / 6]
    assert found.total[Measure.RISK_COVERAGE_AREA].value == pytest.approx(sum(risks) / 6)
    assert [point.risk for point in found.curve] == pytest.approx(risks)
    distances = [0.1, 0.7, 0.6, 0.5, 0.8, 0.1]
    assert found.total[Measure.CALIBRATION_ERROR].value == pytest.approx(sum(distances) / 6)


def test_a_quote_that_does_not_stand_is_seen() -> None:
    moved = Judged(STATED, Response(None, 0.9, (quoted(SIGNED), quoted(SIGNED, stands=False))), None, 10.0)
    assert value([moved], Measure.QUOTES_EXACT) == (0.5, 2)


def test_every_kind_has_its_own_figures() -> None:
    found = evaluate(whole()).by_kind
    assert list(found) == [Kind.WHEN, Kind.COMPARISON, Kind.FOLLOW_UP, Kind.NEAR_MISS, Kind.OFF_TOPIC]
    assert found[Kind.WHEN][Measure.ANSWER_RIGHT].value == 0.5
    assert found[Kind.COMPARISON][Measure.ANSWER_PARTS].value == 0.5
    assert Measure.ANSWER_RIGHT not in found[Kind.NEAR_MISS]


def test_the_groups_are_counted_apart() -> None:
    found = evaluate(whole()).histograms
    assert {group: sum(counts) for group, counts in found.items()} == {
        Group.ANSWERABLE: 4,
        Group.NEAR_MISS: 1,
        Group.OFF_TOPIC: 1,
    }


def test_shares_that_are_all_alike_have_wilsons_interval() -> None:
    figure = evaluate([refused(STATED, 0.1)] * 12).total[Measure.ANSWER_PARTS]
    assert figure == Figure(0.0, 12, *wilson(0, 12))


def test_questions_that_only_search_have_no_other_figures() -> None:
    searched = Judged(replace(STATED, answers=(), evidence=()), None, ranked(0, 1), 5.0)
    found = evaluate([searched])
    assert value([searched], Measure.MRR_AT_10) == (0.5, 1)
    assert found.curve == ()
    assert Measure.RIGHT not in found.total


def test_no_question_gives_no_figure_but_the_count() -> None:
    assert evaluate([]).total == {Measure.UNJUDGED: Figure(0, 0)}


def test_every_measure_has_a_meaning() -> None:
    assert all(measure.meaning for measure in Measure)


def test_small_talk_is_refused_and_nothing_is_relevant_to_it() -> None:
    talk = [refused(FAR, 0.0, reason=Reason.SMALL_TALK), refused(NEAR, 0.0, reason=Reason.SMALL_TALK)]
    assert value(talk, Measure.RIGHT) == (1.0, 2)
    assert value(talk, Measure.FALSE_ANSWERS) == (0.0, 2)
    assert value(talk, Measure.REASON_RIGHT) == (0.5, 2)  # a near miss is no small talk
    assert value([refused(STATED, 0.0, reason=Reason.SMALL_TALK)], Measure.OVER_REFUSALS) == (1.0, 1)
