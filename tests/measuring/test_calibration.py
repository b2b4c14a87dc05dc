"""An operating point fitted to judged questions: known parameters found again, thresholds worked out by hand."""

from __future__ import annotations

import random
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from alliance_qa.answering import answerability
from alliance_qa.domain import OperatingPoint, Reason
from alliance_qa.errors import CalibrationError
from alliance_qa.measuring import calibration
from alliance_qa.measuring.calibration import Outcome, Sample, calibrate, choose, fit, outcome, samples
from alliance_qa.measuring.judgement import Judged, Kind, LabelledQuestion, Quote, Response

DAY = "2026-11-24"
SHIPPED = answerability.SHIPPED
CONFIDENCES = st.lists(st.floats(0.001, 0.999), max_size=12)


def drawn(count: int, *, slope: float, intercept: float, seed: int = 1) -> tuple[list[float], list[bool]]:
    """Return confidences, and whether each is right, as often as the parameters say."""
    random_ = np.random.default_rng(seed)
    confidence = random_.uniform(0.02, 0.98, count)
    probability = 1 / (1 + np.exp(-(slope * np.log(confidence / (1 - confidence)) + intercept)))
    return confidence.tolist(), (random_.random(count) < probability).tolist()


def set_of(*, right: int = 40, wrong: int = 10, unanswerable: int = 20, seed: int = 1) -> list[Sample]:
    """Return samples whose right ones mostly have more confidence: 0.3 to 0.95; the others 0.05 to 0.6."""
    chance = random.Random(seed)
    high, low = [between(chance, 0.3, 0.95, right), between(chance, 0.05, 0.6, wrong + unanswerable)]
    return [Sample(confidence, True, True) for confidence in high] + [
        Sample(confidence, False, place < wrong) for place, confidence in enumerate(low)
    ]


def between(chance: random.Random, low: float, high: float, count: int) -> list[float]:
    return [chance.uniform(low, high) for _ in range(count)]


def refusal(found: list[Sample], *, most_false: float = 0.05) -> str:
    with pytest.raises(CalibrationError) as caught:
        calibrate(found, SHIPPED, most_false=most_false, made=DAY)
    message = str(caught.value)
    assert "\n" not in message
    return message


# What a confidence means


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, 1.2), (2.5, -1.0)])
def test_the_parameters_that_made_the_answers_are_found_again(slope: float, intercept: float) -> None:
    found = fit(*drawn(40_000, slope=slope, intercept=intercept))
    assert found == pytest.approx((slope, intercept), abs=0.06)


class _LogOdds(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that takes what it is given for its decision."""

    def fit(self, decision: Any, right: Any) -> _LogOdds:
        self.classes_ = np.unique(right)
        return self

    def predict(self, decision: Any) -> Any:
        return decision[:, 0] > 0

    def decision_function(self, decision: Any) -> Any:
        return decision[:, 0]


@pytest.mark.parametrize("count", [20, 45, 1_000])
def test_the_fit_is_platts_as_scikit_learn_has_it(count: int) -> None:
    confidence, right = drawn(count, slope=1.5, intercept=-0.5)
    decision = (np.log(confidence) - np.log1p(-np.array(confidence)))[:, None]
    other = CalibratedClassifierCV(FrozenEstimator(_LogOdds().fit(decision, right)), method="sigmoid")
    other.fit(decision, right)
    point = OperatingPoint(0.5, *fit(confidence, right))
    assert [point.calibrated(value) for value in confidence] == pytest.approx(
        other.predict_proba(decision)[:, 1].tolist(), abs=1e-4
    )


def test_the_fit_is_where_the_likelihood_is_greatest() -> None:
    confidence, right = drawn(45, slope=1.5, intercept=-0.5)
    odds = np.log(confidence) - np.log1p(-np.array(confidence))
    target = np.where(right, (sum(right) + 1) / (sum(right) + 2), 1 / (len(right) - sum(right) + 2))
    found = minimize(
        lambda at: np.sum(np.logaddexp(0, at[0] * odds + at[1]) - target * (at[0] * odds + at[1])),
        (1.0, 0.0),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )
    assert fit(confidence, right) == pytest.approx(tuple(found.x), rel=1e-6)


def test_confidences_that_are_all_alike_tell_nothing_apart() -> None:
    with pytest.raises(CalibrationError, match="what is right has no more confidence than what is wrong"):
        fit([0.3] * 5, [True, False, False, True, False])


def test_confidences_that_hardly_differ_are_fitted_quietly() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope, _ = fit([low] * 20 + [high] * 20, [False] * 20 + [True] * 20)
    assert slope > 1e9


def test_what_is_told_apart_completely_is_not_certain() -> None:
    slope, intercept = fit([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [False] * 3 + [True] * 3)
    # Three right of three: (3 + 1) / (3 + 2) at the most.
    point = OperatingPoint(0.5, slope, intercept)
    assert 0.1 < point.calibrated(0.1) < 0.3
    assert 0.7 < point.calibrated(0.9) < 0.9


def test_a_fit_to_extreme_confidences_ends() -> None:
    slope, intercept = fit([1e-12] * 20 + [1 - 1e-12] * 20 + [0.5], [False] * 20 + [True] * 20 + [True])
    assert slope > 0
    assert np.isfinite([slope, intercept]).all()


def test_among_answers_of_a_calibrated_confidence_that_share_is_right() -> None:
    confidence, right = drawn(20_000, slope=0.6, intercept=1.0)
    fitted = OperatingPoint(0.5, *fit(confidence, right))
    among = [
        is_right for value, is_right in zip(confidence, right, strict=True) if 0.75 < fitted.calibrated(value) < 0.85
    ]
    assert len(among) > 500
    assert sum(among) / len(among) == pytest.approx(0.8, abs=0.03)


def test_where_the_right_ones_have_less_confidence_nothing_is_fitted() -> None:
    with pytest.raises(CalibrationError, match="what is right has no more confidence than what is wrong"):
        fit([0.1, 0.2, 0.8, 0.9], [True, True, False, False])


@pytest.mark.parametrize("right", [[True, True], [False, False]])
def test_a_fit_needs_right_ones_and_wrong_ones(right: list[bool]) -> None:
    with pytest.raises(ValueError, match="needs right ones and wrong ones"):
        fit([0.2, 0.3], right)


# From where on it answers

ANSWERABLE, UNANSWERABLE = (0.2, 0.5, 0.7, 0.9), (0.1, 0.4, 0.6, 0.8)


@pytest.mark.parametrize(
    ("most", "threshold"),
    [
        (0, 0.85),  # 0.8 is refused; the next is 0.9
        (1, 0.65),  # 0.6 is refused; the next is 0.7
        (2, 0.45),  # 0.4 is refused; the next is 0.5
        (3, 0.15),  # 0.1 is refused; the next is 0.2
        (4, 0.05),  # none need be; the least is 0.1
        (9, 0.05),
    ],
)
def test_the_lowest_threshold_is_chosen_that_lets_so_many_through(most: int, threshold: float) -> None:
    assert choose(ANSWERABLE, UNANSWERABLE, most=most) == pytest.approx(threshold)


def test_where_nothing_is_surer_than_what_must_be_refused_nothing_is_answered() -> None:
    assert choose((0.2,), (0.9,), most=0) == pytest.approx(0.95)


def test_of_two_neighbouring_numbers_the_upper_answers() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    assert choose((high,), (low,), most=0) == high


def test_equal_confidences_are_answered_or_refused_together() -> None:
    assert choose((0.9,), (0.5, 0.5, 0.1), most=1) == pytest.approx(0.7)


@given(CONFIDENCES, CONFIDENCES, st.integers(0, 12))
def test_no_lower_threshold_would_do(answerable: list[float], unanswerable: list[float], most: int) -> None:
    threshold = choose(answerable, unanswerable, most=most)
    assert 0 < threshold < 1
    assert sum(value >= threshold for value in unanswerable) <= most
    lower = [value for value in (*answerable, *unanswerable) if value < threshold]
    assert all(sum(other >= value for other in unanswerable) > most for value in lower)


# What becomes of the questions


def test_an_outcome_is_counted() -> None:
    found = [
        Sample(0.88, True, True),
        Sample(0.58, False, True),
        Sample(0.22, True, True),
        Sample(0.68, False, False),
        Sample(0.08, False, False),
        Sample(1.0, True, True),
        Sample(0.0, False, False),
    ]
    counted = outcome([(sample, OperatingPoint(0.5)) for sample in found])
    assert counted == Outcome(
        unanswerable=3,
        false_answers=1,
        answerable=4,
        over_refusals=1,
        answers=4,
        right=2,
        confidence=counted.confidence,
        calibration_error=counted.calibration_error,
    )
    assert counted.confidence == pytest.approx((0.88 + 0.58 + 0.68 + 1.0) / 4)
    # 0.0 and 0.08 lie in one bin, each other in a bin of its own.
    assert counted.calibration_error == pytest.approx((2 * 0.04 + 0.78 + 0.58 + 0.68 + 0.12 + 0.0) / 7)


def test_without_answers_there_is_no_confidence_in_them() -> None:
    found = outcome([(Sample(0.2, False, False), OperatingPoint(0.5))])
    assert (found.answers, found.confidence, found.answerable, found.over_refusals) == (0, 0.0, 0, 0)


def test_each_sample_is_decided_at_its_own_point() -> None:
    sample = Sample(0.5, True, True)
    assert outcome([(sample, OperatingPoint(0.4)), (sample, OperatingPoint(0.6))]).over_refusals == 1


# The whole


def test_a_calibration_keeps_its_limit_and_says_what_it_changes() -> None:
    found = set_of()
    made = calibrate(found, SHIPPED, most_false=0.1, made=DAY)
    assert (made.point.questions, made.point.made, made.point.rule) == (70, DAY, answerability.RULE)
    assert made.before == outcome([(sample, SHIPPED) for sample in found])
    assert made.fitted == outcome([(sample, made.point) for sample in found])
    assert made.fitted.false_answers == 2
    assert (made.fitted.unanswerable, made.fitted.answerable, made.certain) == (20, 50, 0)
    assert made.fitted.calibration_error < made.before.calibration_error
    assert (made.point.slope, made.point.intercept) == fit(
        [sample.confidence for sample in found], [sample.right for sample in found]
    )


def test_the_order_of_the_questions_changes_no_operating_point() -> None:
    found = set_of()
    point = calibrate(found, SHIPPED, most_false=0.1, made=DAY).point
    again = calibrate(found[::-1], SHIPPED, most_false=0.1, made=DAY).point
    assert again.threshold == pytest.approx(point.threshold, rel=1e-9)
    assert (again.slope, again.intercept) == pytest.approx((point.slope, point.intercept), rel=1e-9)


def test_held_out_questions_are_decided_by_what_was_fitted_to_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted_to: list[list[float]] = []
    real = calibration.fit

    def spied(confidence: list[float], right: list[bool]) -> tuple[float, float]:
        fitted_to.append(sorted(confidence))
        return real(confidence, right)

    monkeypatch.setattr(calibration, "fit", spied)
    found = set_of()
    everything = sorted(sample.confidence for sample in found)
    calibrate(found, SHIPPED, most_false=0.1, made=DAY)
    whole, *folds = fitted_to
    assert whole == everything
    held_out = [sorted(set(everything) - set(fold)) for fold in folds]
    assert sorted(value for fold in held_out for value in fold) == everything
    assert [len(fold) for fold in held_out] == [14] * 5


def test_held_out_figures_do_not_flatter() -> None:
    """Over many sets, more false answers than where the threshold was chosen on them."""
    fitted = held_out = 0
    for seed in range(20):
        made = calibrate(set_of(seed=seed), SHIPPED, most_false=0.05, made=DAY)
        fitted += made.fitted.false_answers
        held_out += made.held_out.false_answers
        assert (made.held_out.unanswerable, made.held_out.answerable) == (20, 50)
    assert fitted == 20
    assert held_out > fitted


def test_a_lower_limit_never_answers_more() -> None:
    thresholds = [
        calibrate(set_of(), SHIPPED, most_false=most, made=DAY).point.threshold for most in (0, 0.1, 0.3, 0.9)
    ]
    assert thresholds == sorted(thresholds, reverse=True)


def test_what_is_certain_is_counted_and_not_fitted_to() -> None:
    found = set_of()
    certain = [Sample(1.0, True, True)] * 5 + [Sample(0.0, False, False)] * 20 + [Sample(0.0, False, True)]
    alone, beside = (calibrate(entries, SHIPPED, most_false=0.1, made=DAY) for entries in (found, found + certain))
    assert (beside.point.slope, beside.point.intercept) == (alone.point.slope, alone.point.intercept)
    assert (beside.certain, beside.point.questions) == (26, 70)
    # A tenth of 40 now, none of which are those that are refused anyway.
    assert (beside.fitted.false_answers, beside.fitted.unanswerable) == (4, 40)
    assert beside.fitted.over_refusals >= 1


def test_a_false_answer_that_no_threshold_changes_counts_against_the_limit() -> None:
    found = set_of() + [Sample(1.0, False, False)]
    fitted = calibrate(found, SHIPPED, most_false=0.1, made=DAY).fitted
    assert (fitted.false_answers, fitted.unanswerable) == (2, 21)
    assert refusal(found, most_false=0.01) == (
        "1 of 21 unanswerable questions are answered with the fact of a document, which no threshold changes; "
        "allow more false answers"
    )


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (
            {"right": 20, "wrong": 9},
            "there are 29 answerable and 20 unanswerable questions to calibrate by; 30 and 15 are needed: "
            "add 1 answerable ones",
        ),
        (
            {"right": 20, "wrong": 10, "unanswerable": 14},
            "there are 30 answerable and 14 unanswerable questions to calibrate by; 30 and 15 are needed: "
            "add 1 unanswerable ones",
        ),
        (
            {"right": 5, "wrong": 5, "unanswerable": 0},
            "there are 10 answerable and 0 unanswerable questions to calibrate by; 30 and 15 are needed: "
            "add 20 answerable and 15 unanswerable ones",
        ),
        (
            {"right": 0, "wrong": 40},
            "0 of the 60 questions would be answered rightly, which is too few to tell right from wrong; 5 are needed: "
            "add questions that are answered rightly",
        ),
        (
            {"right": 4, "wrong": 40},
            "4 of the 60 questions would be answered rightly, which is too few to tell right from wrong; 5 are needed: "
            "add questions that are answered rightly",
        ),
    ],
)
def test_too_few_questions_are_told_with_what_to_add(sizes: dict[str, int], message: str) -> None:
    if sizes.get("right") == 4:
        message = message.replace("the 60", "the 64")
    assert refusal(set_of(**sizes)) == message


def test_the_fewest_questions_that_will_do() -> None:
    made = calibrate(set_of(right=20, wrong=10, unanswerable=15), SHIPPED, most_false=0.05, made=DAY)
    assert made.point.questions == 45


def test_what_is_certain_does_not_make_enough_questions() -> None:
    found = set_of(right=20, wrong=9) + [Sample(1.0, True, True)] * 9
    assert ", and 9 that no threshold changes; 30 and 15 are needed: add 1 answerable ones" in refusal(found)


def test_a_limit_that_only_refusing_everything_keeps_is_refused() -> None:
    found = set_of() + [Sample(0.99, False, False)] * 3
    assert refusal(found) == (
        "no threshold keeps the share of false answers to 0.05 and still answers one of these questions rightly; "
        "allow more false answers"
    )


@pytest.mark.parametrize("fields", [(1.1, False, False), (-0.1, False, False), (0.5, True, False)])
def test_a_sample_that_cannot_be_is_refused(fields: tuple[float, bool, bool]) -> None:
    with pytest.raises(ValueError, match=r"a confidence lies in|no quote answers"):
        Sample(*fields)


def test_samples_are_what_was_judged() -> None:
    stated = LabelledQuestion("a", Kind.WHEN, "When?", True, (), ("1960",), ("It was signed in 1960.",), ("t.md",))
    good, bad = (Quote(text, "t.md", "T") for text in ("It was signed in 1960.", "Nobody came."))
    near = LabelledQuestion("n", Kind.NEAR_MISS, "Who paid?", False)
    judged = [
        Judged(stated, Response(None, 0.8, (good,))),
        Judged(stated, Response(Reason.RELATED_BUT_NOT_STATED, 0.3, (good,))),  # would have been right
        Judged(stated, Response(None, 0.7, (bad,))),
        Judged(near, Response(None, 0.4, (bad,))),
        Judged(stated, fault="the index does not hold t.md"),
    ]
    assert samples(judged) == (
        Sample(0.8, True, True),
        Sample(0.3, True, True),
        Sample(0.7, False, True),
        Sample(0.4, False, False),
    )


def test_a_point_in_use_is_what_a_new_one_is_compared_with() -> None:
    present = replace(SHIPPED, threshold=0.5, slope=2.0)
    found = set_of()
    assert calibrate(found, present, most_false=0.1, made=DAY).before == outcome([(s, present) for s in found])
