"""An evaluation as JSON, for a program to read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from alliance_qa.measuring.figures import Evaluation, Figures
from alliance_qa.measuring.judgement import Judged
from alliance_qa.measuring.session import About


def evaluation_json(evaluation: Evaluation, about: About) -> dict[str, Any]:
    """Return what `evaluate --json` prints."""
    return {
        **asdict(about),
        "total": _figures_data(evaluation.total),
        "by_kind": {str(kind): _figures_data(figures) for kind, figures in evaluation.by_kind.items()},
        "risk_coverage": [_rounded(asdict(point)) for point in evaluation.curve],
        "reliability": [_rounded(asdict(bin_)) for bin_ in evaluation.bins],
        "histograms": {str(group): list(counts) for group, counts in evaluation.histograms.items()},
        "judged": [_judged_data(judged) for judged in evaluation.judged],
    }


def _figures_data(figures: Figures) -> dict[str, Any]:
    return {str(measure): _rounded(asdict(figure)) for measure, figure in figures.items()}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def _judged_data(judged: Judged) -> dict[str, Any]:
    response, ranking = judged.response, judged.ranking
    rank = next((rank for rank, gain in enumerate(ranking.gains, 1) if gain), None) if ranking else None
    return _rounded(
        {
            "id": judged.question.id,
            "kind": str(judged.question.kind),
            "answerable": judged.question.answerable,
            "answered": judged.answered if response else None,
            "right": judged.right if response else None,
            "parts": judged.parts if response else None,
            "confidence": response.confidence if response else None,
            "reason": str(response.reason) if response and response.reason else None,
            "rank": rank,
            "milliseconds": judged.milliseconds,
            "fault": judged.fault,
        }
    )
