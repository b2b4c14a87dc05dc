"""Operating points of the answerability rule: from where on it answers, and which points are its own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_evidence import sure

from alliance_qa.answering import answerability
from alliance_qa.answering.answerability import RULE, SHIPPED, THRESHOLD, confidence, decide, in_force
from alliance_qa.answering.evidence import Evidence
from alliance_qa.domain import OperatingPoint, Reason

GOOD = sure()
WEAK = replace(GOOD, cosine=0.3, near_coverage=0.5)


def test_the_shipped_point_leaves_confidence_as_it_is() -> None:
    assert (SHIPPED.threshold, SHIPPED.slope, SHIPPED.intercept, SHIPPED.rule) == (THRESHOLD, 1.0, 0.0, RULE)
    assert decide(GOOD)[1] == pytest.approx(confidence(GOOD), rel=1e-12)


@pytest.mark.parametrize("best", [GOOD, WEAK])
def test_the_confidence_is_calibrated_and_the_threshold_is_the_points(best: Evidence) -> None:
    scale = OperatingPoint(0.5, 2.0, -1.0)
    calibrated = scale.calibrated(confidence(best))
    just, over = replace(scale, threshold=calibrated), replace(scale, threshold=calibrated + 1e-6)
    assert decide(best, just) == (None, calibrated)
    assert decide(best, over) == (Reason.RELATED_BUT_NOT_STATED, calibrated)


def test_nothing_found_is_nothing_at_any_point() -> None:
    assert decide(None, OperatingPoint(0.1, 1.0, 50.0)) == (Reason.NOTHING_RELEVANT, 0.0)


def test_a_point_that_was_fitted_to_another_rule_is_not_used() -> None:
    own = OperatingPoint(0.7, rule=RULE)
    assert in_force(own) is own
    assert in_force(replace(own, rule=f"{RULE}+")) is SHIPPED
    assert in_force(None) is SHIPPED


def test_the_rule_has_the_number_that_its_confidence_had() -> None:
    """When this fails the rule has changed: raise RULE, then write down what it says now."""
    read = replace(GOOD, answered=2.0, most_answered=2.0, part=1.0)
    samples = (GOOD, WEAK, replace(GOOD, names_covered=0.0), read, replace(read, most_answered=-9.0))
    assert (answerability.RULE, [round(confidence(best), 6) for best in samples]) == (
        "8",
        [0.951154, 0.158825, 0.912855, 0.784147, 0.039544],
    )
