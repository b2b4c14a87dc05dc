"""Every metric has the value worked out by hand, and the one that scikit-learn or scipy gives."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import ndcg_score, precision_recall_curve, roc_auc_score

from alliance_qa.measuring.judgement import Ranking
from alliance_qa.measuring.metrics import (
    Bin,
    Floats,
    Point,
    auroc,
    bootstrap,
    calibration_error,
    histogram,
    hit,
    most_share,
    ndcg,
    reciprocal_rank,
    reliability,
    risk_coverage,
    risk_coverage_area,
    wilson,
)
from judged import ranked

# Few scores, so that many are equal and lie on the bounds of bins.
SCORED = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1, max_size=60)


# ---- retrieval


def test_a_hit_is_within_the_depth() -> None:
    assert [hit((0, 0, 1), depth) for depth in (1, 2, 3, 10)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("gains", "value"), [((1, 0), 1.0), ((0, 0, 1, 1), 1 / 3), ((0, 0), 0.0), ((), 0.0), ((0,) * 10 + (1,), 0.0)]
)
def test_the_reciprocal_rank(gains: tuple[int, ...], value: float) -> None:
    assert reciprocal_rank(gains) == value


def test_the_discounted_gain_by_hand() -> None:
    # found 0, 2, 1 of the grades 2, 1, 1: (2 / log2(3) + 1 / 2) / (2 + 1 / log2(3) + 1 / 2)
    expected = (2 / math.log2(3) + 0.5) / (2 + 1 / math.log2(3) + 0.5)
    assert ndcg(ranked(0, 2, 1, relevant=(1, 2, 1))) == pytest.approx(expected)


def test_the_best_order_gains_1_also_beyond_the_depth() -> None:
    assert ndcg(ranked(*[1] * 10, relevant=(1,) * 12)) == 1.0


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30).filter(any))
def test_the_discounted_gain_is_scikit_learns(gains: list[int]) -> None:
    ours = ndcg(Ranking(tuple(gains), tuple(gain for gain in gains if gain)))
    order = np.arange(len(gains), 0, -1)
    assert ours == pytest.approx(ndcg_score([gains], [order], k=10))


def test_a_ranking_needs_something_relevant() -> None:
    with pytest.raises(ValueError, match="at least one relevant unit"):
        Ranking((0, 0), ())


# ---- confidence


def test_the_auroc_by_hand() -> None:
    # pairs: 0.9 beats 0.8 and 0.1; 0.8 ties 0.8 and beats 0.1: 3.5 of 4
    assert auroc(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, True, False, False])) == 3.5 / 4


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]), st.booleans()), min_size=2, max_size=60))
def test_the_auroc_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, positive = np.array([s for s, _ in pairs]), np.array([p for _, p in pairs])
    if positive.all() or not positive.any():
        assert math.isnan(auroc(scores, positive))
    else:
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_risk_and_coverage_by_hand() -> None:
    curve = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, False, True])
    assert curve == (Point(0.9, 0.25, 0.0), Point(0.5, 0.75, 1 / 3), Point(0.2, 1.0, 0.5))
    assert risk_coverage_area(curve) == pytest.approx(0.0 * 0.25 + 0.5 * 1 / 3 + 0.25 * 0.5)


@given(SCORED)
def test_the_risk_is_what_scikit_learns_precision_lacks(pairs: list[tuple[float, bool]]) -> None:
    scores, right = [score for score, _ in pairs], [is_right for _, is_right in pairs]
    curve = risk_coverage(scores, right)
    assert [point.coverage for point in curve] == pytest.approx(
        [sum(score >= point.confidence for score in scores) / len(scores) for point in curve]
    )
    if any(right):  # else scikit-learn warns of a recall
        precision, _, thresholds = precision_recall_curve(right, scores)
        assert [point.confidence for point in curve] == thresholds[::-1].tolist()
        assert [1 - point.risk for point in curve] == pytest.approx(precision[:-1][::-1].tolist())


def test_risk_and_coverage_of_nothing() -> None:
    assert risk_coverage([], []) == ()


def test_reliability_by_hand() -> None:
    bins = reliability([0.0, 0.5, 0.4, 1.0], [False, True, False, True], bins=2)
    assert bins[0] == Bin(0.0, 0.5, 3, pytest.approx(0.3), 1 / 3)  # type: ignore[arg-type]
    assert bins[1] == Bin(0.5, 1.0, 1, 1.0, 1.0)
    assert calibration_error(bins) == pytest.approx(3 / 4 * (1 / 3 - 0.3))


@given(SCORED)
def test_the_bins_are_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, right = [score for score, _ in pairs], [is_right for _, is_right in pairs]
    bins = reliability(scores, right)
    shares, means = calibration_curve(right, scores, n_bins=len(bins), pos_label=True)
    filled = [bin_ for bin_ in bins if bin_.count]
    assert [bin_.right for bin_ in filled] == pytest.approx(shares.tolist())
    assert [bin_.confidence for bin_ in filled] == pytest.approx(means.tolist())
    assert sum(bin_.count for bin_ in bins) == len(pairs)


def test_a_bin_holds_its_upper_bound() -> None:
    assert [bin_.count for bin_ in reliability([0.1, 0.11, 0.3, 0.30000001], [True] * 4)][:4] == [1, 1, 1, 1]


def test_a_histogram_counts_every_score_once() -> None:
    assert histogram([0.0, 0.25, 0.26, 1.0], columns=4) == (2, 1, 0, 1)


# ---- intervals


def test_the_wilson_interval_by_hand() -> None:
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 gives 0.2553 to 0.3662
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@given(st.integers(1, 500))
def test_the_wilson_interval_touches_0_and_1(count: int) -> None:
    assert wilson(0, count)[0] == 0.0
    assert wilson(count, count)[1] == 1.0


def mean(values: Floats, axis: int) -> Floats:
    found: Floats = values.mean(axis)
    return found


def test_drawing_again_gives_the_same_every_time_and_about_the_normal_interval() -> None:
    values = np.arange(100.0)
    found = bootstrap(mean, values)
    assert found == bootstrap(mean, values)
    assert found is not None
    half = 1.96 * values.std() / 10
    assert found == pytest.approx((49.5 - half, 49.5 + half), abs=0.6)


def test_what_is_known_of_a_question_is_drawn_together() -> None:
    values = np.arange(50.0)
    assert bootstrap(lambda a, b, axis: (a - b).max(axis), values, values) == (0.0, 0.0)


def test_draws_in_which_a_statistic_is_not_defined_are_left_out() -> None:
    scores, positive = np.array([0.1, 0.2, 0.9]), np.array([False, False, True])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bootstrap(auroc, scores, positive) == (1.0, 1.0)  # of some draws the 0.9 is missing


def test_a_statistic_that_is_never_defined_has_no_interval() -> None:
    assert bootstrap(lambda values, axis: np.full(values.shape[:-1], np.nan), np.arange(3.0)) is None


# ---- what answers questions


def test_a_service_starts_without_loading_what_only_measures() -> None:
    code = (
        "import sys; from alliance_qa import cli; from alliance_qa.service import service; "
        "from alliance_qa.web import api; print(sorted({'scipy', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("count", "whole", "bound"), [(0, 59, 0.0495), (0, 58, 0.0503), (3, 20, 0.3437), (20, 20, 1.0), (0, 0, 1.0)]
)
def test_the_bound_of_a_share_is_that_of_clopper_and_pearson(count: int, whole: int, bound: float) -> None:
    assert most_share(count, whole) == pytest.approx(bound, abs=1e-4)
    if 0 < count < whole:  # what defines it: as few or fewer happen with 5 % probability
        assert stats.binom.cdf(count, whole, most_share(count, whole)) == pytest.approx(0.05)
