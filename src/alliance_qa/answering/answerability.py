"""Whether the evidence answers the question: the decision to answer or to refuse."""

from __future__ import annotations

import math

from alliance_qa.answering.evidence import Evidence, bounded
from alliance_qa.domain import OperatingPoint, Reason

# Logistic regressions of "what would be cited answers": a bias, then a weight for each of `features`.
# Without a reader as fitted in an earlier version to squad2-train-part, qed-dev and questions/tuning.jsonl,
# moved so that the threshold is the same.
# With one as benchmarks/answerability.py does, to seven sets that it was not trained on, each counting alike and so, in
# each, answerable and unanswerable questions; then moved as if 0.72 of the questions were answerable (Saerens et al.
# 2002). Beside the odds of the passage those of the sentence add nothing (area under the curve: by 0.001 at most).
# Cosines and coverage tell near misses on encyclopedic sets and mislead on commentaries, so neither has a say.
_WITHOUT_READER = (-6.71, 5.91, 2.18, 0.62, 1.56)
_WITH_READER = (0.17, 0.56)

# Of a question that the embedding model cannot read, by benchmarks/by_words.py with 60 questions of each kind
# and the first 400 passages of each set: from a coverage of 0.69 on.
_BY_WORDS = (-5.81, 8.42)

THRESHOLD = 0.5
"""The lowest confidence that answers: that what is cited is right is likelier than not. docs/quality.md says how
many false answers and refusals that makes on each set."""

RULE = "8"
"""Raise it whenever the same evidence gets another confidence, or another reader gives it: operating points fitted to
the one before are then no longer used. `tests/answering/test_answerability.py` notices."""

SHIPPED = OperatingPoint(THRESHOLD, rule=RULE)
"""Reads the confidence as it is."""

# Below this no passage of the tuning questions was about the question's subject.
_RELATED_COVERAGE = 0.3


def features(best: Evidence) -> tuple[float, ...]:
    """Return what the confidence is made of.

    Of a question that the embedding model cannot read the coverage alone.
    Without a reader the best sentence's cosine and coverage, and the share of the question's names and
    numbers that its passage holds; with one its log odds of the likeliest passage.
    """
    if best.by_words:
        return (best.near_coverage,)
    if best.answered is None:
        return best.cosine, best.near_coverage, best.names_covered, best.numbers_covered
    return (bounded(best.most_answered),)


def confidence(best: Evidence) -> float:
    """Return the estimated probability that what would be cited answers, in (0, 1)."""
    rule = _BY_WORDS if best.by_words else _WITHOUT_READER if best.answered is None else _WITH_READER
    bias, *weights = rule
    x = bias + sum(weight * value for weight, value in zip(weights, features(best), strict=True))
    return 1 / (1 + math.exp(-x))


def in_force(stored: OperatingPoint | None) -> OperatingPoint:
    """Return the operating point to decide by: the stored one if it was fitted to this rule, else the shipped one."""
    return stored if stored is not None and stored.rule == RULE else SHIPPED


def decide(best: Evidence | None, point: OperatingPoint | None = None) -> tuple[Reason | None, float]:
    """Decide whether the best sentence answers.

    Args:
        best: The first sentence by score; None when nothing was found.
        point: How the rule's confidence is read, and from where on it answers; None for the shipped one.

    Returns:
        The reason to refuse, or None to answer; and the calibrated confidence that the sentence answers.
    """
    if best is None:
        return Reason.NOTHING_RELEVANT, 0.0
    sure = confidence(best)
    point = point or SHIPPED
    sure = point.calibrated(sure)
    if sure >= point.threshold:
        return None, sure
    related = best.passage_coverage >= _RELATED_COVERAGE
    return Reason.RELATED_BUT_NOT_STATED if related else Reason.NOTHING_RELEVANT, sure
