"""An evaluation as one HTML page that loads nothing. Text of questions and documents is escaped by the templates."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alliance_qa.measuring.figures import Evaluation, Measure
from alliance_qa.measuring.judgement import Judged, LabelledQuestion
from alliance_qa.measuring.metrics import Bin, Point
from alliance_qa.measuring.report import names, plots
from alliance_qa.measuring.session import About

_WORST = 10
_WANTED = 5  # shown of what would have answered
_COVERAGES = 10
_HEADLINES = (
    Measure.ANSWER_RIGHT,
    Measure.OVER_REFUSALS,
    Measure.FALSE_ANSWERS,
    Measure.HIT_AT_1,
    Measure.AUROC_ANSWERABLE,
    Measure.MS_P95,
)


def render(evaluation: Evaluation, about: About) -> str:
    """Return the page."""
    answered = [judged for judged in evaluation.judged if judged.answered]
    now = _now(evaluation)
    groups = plots.histograms(evaluation)
    return _TEMPLATES.get_template("page.html").render(
        about=about,
        evaluation=evaluation,
        total=evaluation.total,
        Measure=Measure,
        headlines=_HEADLINES,
        columns=names.COLUMNS,
        kinds=names.kinds(evaluation),
        curve=plots.curve(evaluation, now) if evaluation.curve else None,
        coverages=_coverages(evaluation.curve, now),
        frame=plots.Frame(),
        bars=plots.reliability(evaluation.bins),
        bins=[_bin(bin_) for bin_ in evaluation.bins],
        groups=groups,
        tenths=_tenths(groups, evaluation),
        wrong=[judged for judged in answered if not judged.right],
        refused=[j for j in evaluation.judged if j.response and j.question.answerable and not j.answered],
        unjudged=[(j.question.id, j.question.text, j.fault) for j in evaluation.judged if j.fault],
    )


def _now(evaluation: Evaluation) -> Point | None:
    """Return where the service stands: what it answered, and how much of that is wrong."""
    scored = [judged.response for judged in evaluation.judged if judged.response]
    answered = [judged for judged in evaluation.judged if judged.answered]
    if not answered:
        return None
    least = min(response.confidence for response in scored if response.answered)
    wrong = sum(not judged.quotes_answer for judged in answered)
    return Point(least, len(answered) / len(scored), wrong / len(answered))


def _coverages(curve: Sequence[Point], now: Point | None) -> list[tuple[str, str, str]]:
    """Return coverage, risk and least confidence at each tenth of coverage, and where the service stands."""
    if not curve:
        return []
    steps = [next(p for p in curve if p.coverage >= (n + 1) / _COVERAGES - 1e-9) for n in range(_COVERAGES)]
    rows = [(f"{p.coverage:.2f}", p) for p in dict.fromkeys(steps)]
    if now:
        rows.append(("now", now))
    return [(name, f"{point.risk:.2f}", f"{point.confidence:.2f}") for name, point in rows]


def _bin(bin_: Bin) -> tuple[str, str, str, str]:
    if not bin_.count:
        return _span(bin_.low, bin_.high), "0", "–", "–"
    return _span(bin_.low, bin_.high), str(bin_.count), f"{bin_.confidence:.2f}", f"{bin_.right:.2f}"


def _tenths(groups: Sequence[plots.Row], evaluation: Evaluation) -> list[tuple[str | int, ...]]:
    """Return how many questions of each group have a confidence in each tenth, which two columns make up."""
    counts = [evaluation.histograms[row.group] for row in groups]
    return [(_span(at / 10, (at + 1) / 10), *(sum(group[2 * at : 2 * at + 2]) for group in counts)) for at in range(10)]


def _span(low: float, high: float) -> str:
    return f"{low:.1f} to {high:.1f}"


def _worst(judged: Sequence[Judged]) -> list[Judged]:
    def order(entry: Judged) -> tuple[float, str]:
        return (-entry.response.confidence if entry.response else 0.0, entry.question.id)

    return sorted(judged, key=order)[:_WORST]


def _wanted(question: LabelledQuestion) -> tuple[str, ...]:
    """Return the parts of a list or a comparison, else the sentences each of which answers."""
    return question.answers if question.kind.needs_all else question.evidence or question.answers


def _tame(value: object) -> object:
    """Return text without control characters and marks that turn the direction of what follows."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return "".join(c for c in value if unicodedata.category(c) not in ("Cc", "Cf", "Cs") or c in "\n\t\u200c\u200d")


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_tame,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals["most_wanted"] = _WANTED
_TEMPLATES.filters |= {
    "words": names.words,
    "name": names.name,
    "shown": names.shown,
    "interval": names.interval,
    "range_of": plots.range_of,
    "worst": _worst,
    "wanted": _wanted,
}
