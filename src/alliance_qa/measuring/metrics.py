"""The measures of retrieval and of confidence, and the intervals around them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from alliance_qa.measuring.judgement import Ranking

BINS = 10
COLUMNS = 20
"""Of a histogram of confidence, over [0, 1]."""

DEPTH = 10
"""How far down the ranking retrieval is measured."""

_RESAMPLES = 1_000
_BATCH = 100  # so many at a time: a thousand of 10,000 questions would take a gigabyte
_LEVEL = 0.95

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Point:
    """What answering every question of at least some confidence would have come to."""

    confidence: float
    coverage: float  # share of the questions answered, in (0, 1]
    risk: float  # share of those answers that are wrong


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidence lies in a tenth of [0, 1]."""

    low: float
    high: float
    count: int
    confidence: float  # their mean; 0.0 when empty
    right: float  # share whose quotes answer; 0.0 when empty


def hit(gains: Sequence[int], depth: int) -> bool:
    """Whether something relevant is among the first `depth`."""
    return any(gains[:depth])


def reciprocal_rank(gains: Sequence[int], depth: int = DEPTH) -> float:
    """Return 1 / rank of the first relevant unit, or 0.0 when none is among the first `depth`.

    Source: Voorhees, The TREC-8 Question Answering Track Report, 1999.
    """
    return next((1 / rank for rank, gain in enumerate(gains[:depth], 1) if gain), 0.0)


def ndcg(ranking: Ranking, depth: int = DEPTH) -> float:
    """Return the discounted gain of the first `depth` beside that of the best order, in [0, 1].

    The gain is the grade itself and the discount log2(1 + rank), as in trec_eval and scikit-learn.
    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20, 2002.
    """
    return _discounted(ranking.gains[:depth]) / _discounted(sorted(ranking.relevant, reverse=True)[:depth])


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(1 + rank) for rank, gain in enumerate(gains, 1))


def auroc(scores: Floats, positive: NDArray[np.bool_], axis: int = -1) -> Floats:
    """Return the chance that a positive scores higher than a negative, equal scores counting half.

    nan where one of the two is missing. This is the Mann-Whitney statistic divided by the number of pairs; written
    out, because scikit-learn's takes a millisecond for each of a thousand samples.
    Source: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143, 1982.
    """
    positives, negatives = positive.sum(axis), (~positive).sum(axis)
    ranks = (stats.rankdata(scores, axis=axis) * positive).sum(axis)  # equal scores share their mean rank
    with np.errstate(invalid="ignore"):
        found: Floats = (ranks - positives * (positives + 1) / 2) / (positives * negatives)
    return found


def risk_coverage(scores: Sequence[float], right: Sequence[bool]) -> tuple[Point, ...]:
    """Return the share of wrong answers at every coverage, the most confident first; one point per confidence.

    Source: El-Yaniv and Wiener, On the foundations of noise-free selective classification, JMLR 11, 2010.
    """
    confidence, wrong = np.asarray(scores, float), ~np.asarray(right, bool)
    order = np.argsort(-confidence, kind="stable")
    confidence, wrong = confidence[order], wrong[order]
    answered = np.arange(1, len(order) + 1)
    risk = np.cumsum(wrong) / answered
    is_last = np.append(confidence[1:] != confidence[:-1], True) if len(order) else np.zeros(0, bool)
    return tuple(
        Point(float(confidence[i]), float(answered[i] / len(order)), float(risk[i])) for i in np.flatnonzero(is_last)
    )


def risk_coverage_area(curve: Sequence[Point]) -> float:
    """Return the mean risk over all coverages in steps of one question, in [0, 1]; lower is better.

    Questions of equal confidence are answered together and share their risk.
    Source: Geifman, Uziel and El-Yaniv, Bias-reduced uncertainty estimation for deep neural classifiers, ICLR 2019.
    """
    before = [0.0, *(point.coverage for point in curve)]
    return sum(point.risk * (point.coverage - start) for point, start in zip(curve, before, strict=False))


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = BINS) -> tuple[Bin, ...]:
    """Return mean confidence and share right in bins of equal width; a bin holds its upper bound, not its lower."""
    confidence, is_right = np.asarray(scores, float), np.asarray(right, float)
    edges, places = np.linspace(0, 1, bins + 1), _places(confidence, bins)
    found = []
    for place in range(bins):
        inside = places == place
        count = int(inside.sum())
        found.append(
            Bin(
                float(edges[place]),
                float(edges[place + 1]),
                count,
                float(confidence[inside].mean()) if count else 0.0,
                float(is_right[inside].mean()) if count else 0.0,
            )
        )
    return tuple(found)


def histogram(scores: Sequence[float], columns: int = COLUMNS) -> tuple[int, ...]:
    """Return how many scores lie in each column of [0, 1]; a column holds its upper bound, not its lower."""
    return tuple(np.bincount(_places(np.asarray(scores, float), columns), minlength=columns).tolist())


def _places(scores: Floats, bins: int) -> NDArray[np.int64]:
    return np.digitize(scores, np.linspace(0, 1, bins + 1)[1:-1], right=True)


def most_share(count: int, whole: int) -> float:
    """Return the largest share that a count is likely of: the one-sided 95 % bound of Clopper and Pearson (1934).

    Args:
        count: How often it happened, of `whole` independent tries.
        whole: At least `count`; with none the bound is 1.
    """
    return float(stats.beta.ppf(0.95, count + 1, whole - count)) if count < whole else 1.0


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the distance of confidence and share right, averaged over the questions; in [0, 1], lower is better.

    Source: Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    return sum(bin_.count * abs(bin_.right - bin_.confidence) for bin_ in bins) / sum(bin_.count for bin_ in bins)


def wilson(successes: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `count`, at least 1.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    low, high = stats.binomtest(successes, count).proportion_ci(_LEVEL, method="wilson")
    return float(low), float(high)


def bootstrap(statistic: Callable[..., Floats], *samples: NDArray[np.generic]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of a statistic over questions drawn again, the same every time.

    None when the statistic is never defined.
    Source: Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.

    Args:
        statistic: Takes `samples`, maybe with more axes, and the `axis` to work along; nan where it is not defined.
        samples: What is known of each question, at least two; drawn together.
    """
    with warnings.catch_warnings():
        # scipy leaves its own interval undefined where one draw is; ours is of the others.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            samples,
            statistic,
            n_resamples=_RESAMPLES,
            batch=_BATCH,
            paired=True,
            vectorized=True,
            method="percentile",
            rng=np.random.default_rng(0),
        )
    values = found.bootstrap_distribution[~np.isnan(found.bootstrap_distribution)]
    if not len(values):
        return None
    low, high = np.percentile(values, [50 - 50 * _LEVEL, 50 + 50 * _LEVEL])
    return float(low), float(high)
