"""Whether the evidence answers the question: the decision to answer or to refuse."""

from __future__ import annotations

import math

from alliance_qa.domain import OperatingPoint, Reason
from alliance_qa.evidence import Evidence
from alliance_qa.questions import Asks

# Logistic regression of "the best sentence holds the answer", fitted by
# benchmarks/answerability.py on squad2-train-part and qed-dev (with their unanswerable
# questions, and the answerable ones with the passage that answers taken away) and
# questions/tuning.jsonl, whose questions count six times.
_BIAS, _COSINE, _NEAR_COVERAGE, _NAMES, _NUMBERS = -7.46, 5.91, 2.18, 0.62, 1.56

THRESHOLD = 0.32
"""The lowest confidence that answers. On questions/tuning.jsonl a higher one refuses more answerable
questions than it stops near misses; the README has the figures."""

RULE = "1"
"""Raise it whenever the same evidence gets another confidence: operating points fitted to the one before
are then no longer used. `tests/test_answerability.py` notices."""

SHIPPED = OperatingPoint(THRESHOLD, rule=RULE)
"""Reads the confidence as it is."""

MOST_UNFIT = THRESHOLD / 2
"""The most confidence in a sentence without what was asked for: no operating point answers with it."""

# Below this no passage of the tuning questions was about the question's subject.
_RELATED_COVERAGE = 0.3


def confidence(best: Evidence) -> float:
    """Return the estimated probability that a sentence answers, in [0, 1]."""
    x = (
        _BIAS
        + _COSINE * best.cosine
        + _NEAR_COVERAGE * best.near_coverage
        + _NAMES * best.names_covered
        + _NUMBERS * best.numbers_covered
    )
    return 1 / (1 + math.exp(-x))


def in_force(stored: OperatingPoint | None) -> OperatingPoint:
    """Return the operating point to decide by: the stored one if it was fitted to this rule, else the shipped one."""
    return stored if stored is not None and stored.rule == RULE else SHIPPED


def decide(best: Evidence | None, point: OperatingPoint = SHIPPED) -> tuple[Reason | None, float]:
    """Decide whether the best sentence answers.

    A question for a date, a number or a person is not answered by a sentence that holds none
    besides those of the question, however near it is.

    Args:
        best: The first sentence by score; None when nothing was found.
        point: How the rule's confidence is read, and from where on it answers.

    Returns:
        The reason to refuse, or None to answer; and the calibrated confidence that the sentence answers.
    """
    if best is None:
        return Reason.NOTHING_RELEVANT, 0.0
    sure = confidence(best)
    if not best.kind_fits and best.asks is not Asks.REASON:
        sure = min(sure, MOST_UNFIT)
    sure = point.calibrated(sure)
    if sure >= point.threshold:
        return None, sure
    related = best.passage_coverage >= _RELATED_COVERAGE
    return Reason.RELATED_BUT_NOT_STATED if related else Reason.NOTHING_RELEVANT, sure
