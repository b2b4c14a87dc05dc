"""An operating point fitted to judged questions: what a confidence means, and from where on it answers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special
from sklearn.linear_model import LogisticRegression

from alliance_qa.answering import answerability
from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import CalibrationError
from alliance_qa.measuring.judgement import Judged
from alliance_qa.measuring.metrics import Floats, calibration_error, most_share, reliability

LEAST_ANSWERABLE, LEAST_UNANSWERABLE = 30, 15
"""Questions that the rule must decide on; fewer say little about a share of 0.05."""

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Sample:
    """A judged question, as far as an operating point can change what becomes of it."""

    confidence: float  # of the rule, as it is; 0 (refused) and 1 (a document's fact) are not the rule's
    right: bool  # whether the quotes answer, be they cited or not
    answerable: bool

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"a confidence lies in [0, 1], not {self.confidence}")
        if self.right and not self.answerable:
            raise ValueError("no quote answers a question that is not answerable")

    @property
    def is_ruled(self) -> bool:
        """Whether the rule decides on it; what is certain is answered, or refused, at any operating point."""
        return 0 < self.confidence < 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of questions at an operating point."""

    unanswerable: int
    false_answers: int  # unanswerable questions that are answered
    answerable: int
    over_refusals: int  # answerable questions that are refused
    answers: int
    right: int  # answers with all that is needed
    confidence: float  # mean of the answers, which `right` should be a share of `answers` as large as; 0.0 for none
    calibration_error: float  # of all, as `evaluate` measures it, in [0, 1]

    @property
    def most_false(self) -> float:
        """With 95 % confidence at most this share of unanswerable questions like these is answered, in [0, 1]."""
        return most_share(self.false_answers, self.unanswerable)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted operating point, and what it changes."""

    point: OperatingPoint
    before: Outcome  # at the operating point in use until now
    fitted: Outcome  # on the questions that it was fitted to
    held_out: Outcome  # each fifth of them at a point fitted to the others: what to expect of new ones
    certain: int  # questions that no operating point changes; they are not fitted to


def samples(judged: Sequence[Judged]) -> tuple[Sample, ...]:
    """Return what can be calibrated by; questions without a response are left out.

    Args:
        judged: Asked at the shipped operating point, so that their confidence is the rule's own.
    """
    return tuple(
        Sample(entry.response.confidence, entry.quotes_answer, entry.question.answerable)
        for entry in judged
        if entry.response is not None
    )


def calibrate(found: Sequence[Sample], present: OperatingPoint, *, most_false: float, made: str) -> Calibration:
    """Fit an operating point.

    Args:
        found: One sample per question. Their order decides which are held out together, nothing else.
        present: What is in use until now.
        most_false: The largest share of the unanswerable questions that may be answered, in [0, 1).
        made: The day, ISO 8601.

    Raises:
        CalibrationError: The questions are too few or too uniform, or no threshold keeps `most_false`.
    """
    ruled = [sample for sample in found if sample.is_ruled]
    certain = len(found) - len(ruled)
    _require_enough(ruled, certain)
    allowed = math.floor(most_false * _unanswerable(found) + 1e-9)
    point = _fitted(found, most=allowed, made=made)
    fitted = outcome([(sample, point) for sample in found])
    if fitted.false_answers > allowed:
        raise CalibrationError(
            f"{fitted.false_answers} of {fitted.unanswerable} unanswerable questions are answered with the fact of a "
            "document, which no threshold changes; allow more false answers"
        )
    if not any(sample.right and point.calibrated(sample.confidence) >= point.threshold for sample in ruled):
        raise CalibrationError(
            f"no threshold keeps the share of false answers to {most_false:g} and still answers one of these questions "
            "rightly; allow more false answers"
        )
    held_out = []
    for inside, outside in _folds(found):
        # Their share of what is allowed, rounded: rounded down, fewer questions would be a stricter limit.
        most = round(allowed * _unanswerable(outside) / _unanswerable(found))
        other = _fitted(outside, most=most, made=made)
        held_out += [(sample, other) for sample in inside]
    return Calibration(point, outcome([(sample, present) for sample in found]), fitted, outcome(held_out), certain)


def fit(confidence: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """Return slope and intercept of the log-odds that make confidence the probability of being right.

    The targets are (n+ + 1) / (n+ + 2) and 1 / (n- + 2) instead of 1 and 0: a uniform prior on the
    probability of each class, which keeps the fit finite where the two do not overlap.
    Source: Platt, Probabilistic outputs for support vector machines, 1999.

    Args:
        confidence: Each in (0, 1).
        right: As many.

    Raises:
        CalibrationError: Those that are right have no more confidence.
        ValueError: All are right, or none is.
    """
    is_right, positives = np.asarray(right, bool), sum(right)
    negatives = len(is_right) - positives
    if not positives or not negatives:
        raise ValueError("a fit needs right ones and wrong ones")
    target = np.where(is_right, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    odds = special.logit(np.asarray(confidence, float))
    slope, intercept = _regression(odds, target) if np.ptp(odds) else (0.0, 0.0)
    if slope <= 0:
        raise CalibrationError(
            "on these questions what is right has no more confidence than what is wrong, so no threshold tells them "
            "apart; add questions, or look with `alliance-qa evaluate` for evidence that is noted wrongly"
        )
    return slope, intercept


def _regression(odds: Floats, target: Floats) -> tuple[float, float]:
    """Return slope and intercept of the logistic regression of targets in (0, 1) on log-odds that are not all alike."""
    # Scaled: a solver takes log-odds that hardly differ for equal ones.
    middle, spread = odds.mean(), odds.std()
    scaled = (odds - middle) / spread
    # A target is a right sample of its weight and a wrong one of the rest. There is no penalty where C is infinite.
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    model.fit(
        np.tile(scaled, 2)[:, None],
        np.repeat([True, False], len(target)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope = float(model.coef_[0, 0] / spread)
    return slope, float(model.intercept_[0] - slope * middle)


def choose(answerable: Sequence[float], unanswerable: Sequence[float], *, most: int) -> float:
    """Return the lowest threshold at which at most so many unanswerable questions are answered, in (0, 1).

    No higher one refuses fewer answerable questions. It lies in the middle between the highest confidence that must
    be refused and the next one.

    Args:
        answerable: The calibrated confidence of each such question, in (0, 1).
        unanswerable: The same.
        most: How many of the latter may be answered, at least 0.
    """
    refused = max(sorted(unanswerable, reverse=True)[most:], default=0.0)
    following = min((value for value in (*answerable, *unanswerable) if value > refused), default=1.0)
    middle = (refused + following) / 2
    return middle if middle > refused else following  # there may be no number between them


def outcome(decided: Sequence[tuple[Sample, OperatingPoint]]) -> Outcome:
    """Return what becomes of samples, each at its operating point."""
    sure = [point.calibrated(sample.confidence) for sample, point in decided]
    answered = [value >= point.threshold for value, (_, point) in zip(sure, decided, strict=True)]
    given = [(value, sample) for value, is_given, (sample, _) in zip(sure, answered, decided, strict=True) if is_given]
    answerable = sum(sample.answerable for sample, _ in decided)
    false = sum(not sample.answerable for _, sample in given)
    return Outcome(
        unanswerable=len(decided) - answerable,
        false_answers=false,
        answerable=answerable,
        over_refusals=answerable - (len(given) - false),
        answers=len(given),
        right=sum(sample.right for _, sample in given),
        confidence=math.fsum(value for value, _ in given) / len(given) if given else 0.0,
        calibration_error=calibration_error(reliability(sure, [sample.right for sample, _ in decided])),
    )


def _fitted(found: Sequence[Sample], *, most: int, made: str) -> OperatingPoint:
    """Return the operating point of samples; `most` unanswerable ones may be answered, the certain ones among them."""
    ruled = [sample for sample in found if sample.is_ruled]
    slope, intercept = fit([sample.confidence for sample in ruled], [sample.right for sample in ruled])
    scale = OperatingPoint(0.5, slope, intercept)
    certain = sum(sample.confidence == 1 and not sample.answerable for sample in found)
    threshold = choose(
        [scale.calibrated(sample.confidence) for sample in ruled if sample.answerable],
        [scale.calibrated(sample.confidence) for sample in ruled if not sample.answerable],
        most=max(0, most - certain),
    )
    return OperatingPoint(threshold, slope, intercept, len(ruled), made, answerability.RULE)


def _folds(found: Sequence[Sample]) -> Iterator[tuple[list[Sample], list[Sample]]]:
    """Yield each part and all others. Every part has its share of the right, the wrong and the unanswerable."""
    ordered = sorted(found, key=lambda sample: (sample.is_ruled, sample.answerable, sample.right))
    for fold in range(FOLDS):
        yield ordered[fold::FOLDS], [sample for place, sample in enumerate(ordered) if place % FOLDS != fold]


def _unanswerable(found: Sequence[Sample]) -> int:
    return sum(not sample.answerable for sample in found)


def _require_enough(ruled: Sequence[Sample], certain: int) -> None:
    answerable, right = sum(sample.answerable for sample in ruled), sum(sample.right for sample in ruled)
    unanswerable = len(ruled) - answerable
    if answerable < LEAST_ANSWERABLE or unanswerable < LEAST_UNANSWERABLE:
        missing = [
            f"{least - count} {name}"
            for name, count, least in (
                ("answerable", answerable, LEAST_ANSWERABLE),
                ("unanswerable", unanswerable, LEAST_UNANSWERABLE),
            )
            if count < least
        ]
        beside = f", and {certain} that no threshold changes" * bool(certain)
        raise CalibrationError(
            f"there are {answerable} answerable and {unanswerable} unanswerable questions to calibrate by{beside}; "
            f"{LEAST_ANSWERABLE} and {LEAST_UNANSWERABLE} are needed: add {' and '.join(missing)} ones"
        )
    for count, kind in ((right, "rightly"), (len(ruled) - right, "wrongly")):
        if count < FOLDS:
            raise CalibrationError(
                f"{count} of the {len(ruled)} questions would be answered {kind}, which is too few to tell right from "
                f"wrong; {FOLDS} are needed: add questions that are answered {kind}"
            )
