"""How figures are named and written."""

from __future__ import annotations

from alliance_qa.measuring.figures import Evaluation, Figure, Figures, Measure
from alliance_qa.measuring.judgement import Kind

COLUMNS = (Measure.RIGHT, Measure.ANSWERED, Measure.ANSWER_PARTS, Measure.HIT_AT_1, Measure.HIT_AT_5)
"""What is shown of each kind of questions."""

_MILLISECONDS = frozenset({Measure.MS_P50, Measure.MS_P95, Measure.MS_P99})
_NAMES = {
    Measure.ANSWER_PARTS: "parts",
    Measure.AUROC_ANSWERABLE: "AUROC of answerable",
    Measure.AUROC_RIGHT: "AUROC of right",
    Measure.MRR_AT_10: "MRR at 10",
    Measure.NDCG_AT_10: "nDCG at 10",
    Measure.MS_P50: "ms, median",
    Measure.MS_P95: "ms, 95th percentile",
    Measure.MS_P99: "ms, 99th percentile",
}


def words(name: str) -> str:
    """Return the name of an enum's member as words."""
    return name.replace("_", " ")


def name(measure: Measure) -> str:
    """Return what a measure is called where people read."""
    return _NAMES.get(measure, words(measure))


def shown(measure: Measure, figures: Figures) -> str:
    """Return the value of a measure; a dash where there is none."""
    if measure not in figures:
        return "–"
    value = figures[measure].value
    if measure is Measure.UNJUDGED:
        return f"{value:.0f}"
    return f"{value:.1f}" if measure in _MILLISECONDS else f"{value:.2f}"


def interval(figure: Figure) -> str:
    """Return the 95 % interval of a figure; "" where it has none."""
    if figure.low is None or figure.high is None:
        return ""
    return f"{figure.low:.2f} to {figure.high:.2f}"


def kinds(evaluation: Evaluation) -> list[tuple[str, int, Figures]]:
    """Return name, number of questions and figures of each kind, and of all at the end."""

    def count(kind: Kind) -> int:
        return sum(judged.question.kind is kind for judged in evaluation.judged)

    return [
        *((words(kind), count(kind), figures) for kind, figures in evaluation.by_kind.items()),
        ("all", len(evaluation.judged), evaluation.total),
    ]
