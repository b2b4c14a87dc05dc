"""How good the answers are: the figures of many judged questions.

Every share is in [0, 1]. Of the shares, errors (`false_answers`, `over_refusals`) are better low, all
others better high.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alliance_qa.domain import Reason
from alliance_qa.measuring.judgement import Judged, Kind, LabelledQuestion, Ranking, is_needed
from alliance_qa.measuring.metrics import (
    Bin,
    Floats,
    Point,
    auroc,
    bootstrap,
    calibration_error,
    histogram,
    hit,
    ndcg,
    reciprocal_rank,
    reliability,
    risk_coverage,
    risk_coverage_area,
    wilson,
)


class Measure(StrEnum):
    """The figures, by the names that limits are set with."""

    RIGHT = "right"
    ANSWERED = "answered"
    ANSWER_RIGHT = "answer_right"
    ANSWER_PARTS = "answer_parts"
    QUOTES_NEEDED = "quotes_needed"
    QUOTES_EXACT = "quotes_exact"
    COMPOSED = "composed"
    FALSE_ANSWERS = "false_answers"
    FALSE_ANSWERS_NEAR_MISS = "false_answers_near_miss"
    FALSE_ANSWERS_OFF_TOPIC = "false_answers_off_topic"
    OVER_REFUSALS = "over_refusals"
    REASON_RIGHT = "reason_right"
    HIT_AT_1 = "hit_at_1"
    HIT_AT_3 = "hit_at_3"
    HIT_AT_5 = "hit_at_5"
    HIT_AT_10 = "hit_at_10"
    MRR_AT_10 = "mrr_at_10"
    NDCG_AT_10 = "ndcg_at_10"
    AUROC_ANSWERABLE = "auroc_answerable"
    AUROC_RIGHT = "auroc_right"
    RISK_COVERAGE_AREA = "risk_coverage_area"
    CALIBRATION_ERROR = "calibration_error"
    FOLLOW_UP_RIGHT = "follow_up_right"
    FOLLOW_UP_HIT_AT_1 = "follow_up_hit_at_1"
    MS_P50 = "ms_p50"
    MS_P95 = "ms_p95"
    MS_P99 = "ms_p99"
    UNJUDGED = "unjudged"

    @property
    def meaning(self) -> str:
        """What it says, in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Measure.RIGHT: "answered with all that is needed, or refused where nothing answers",
    Measure.ANSWERED: "answered, rightly or not",
    Measure.ANSWER_RIGHT: "answerable questions answered with all that is needed",
    Measure.ANSWER_PARTS: "mean share of the needed parts that an answerable question got",
    Measure.QUOTES_NEEDED: "quotes cited for answerable questions that hold something needed",
    Measure.QUOTES_EXACT: "cited quotes that stand, character by character, where they are cited",
    Measure.COMPOSED: "answers of which every sentence was worded by the language model and proved",
    Measure.FALSE_ANSWERS: "unanswerable questions that were answered",
    Measure.FALSE_ANSWERS_NEAR_MISS: "near misses that were answered",
    Measure.FALSE_ANSWERS_OFF_TOPIC: "off-topic questions that were answered",
    Measure.OVER_REFUSALS: "answerable questions that were refused",
    Measure.REASON_RIGHT: "rightly refused questions with the right reason",
    Measure.HIT_AT_1: "answerable questions whose first passage found holds what answers",
    Measure.HIT_AT_3: "the same, one of the first 3",
    Measure.HIT_AT_5: "the same, one of the first 5",
    Measure.HIT_AT_10: "the same, one of the first 10",
    Measure.MRR_AT_10: "mean of 1 / rank of the first passage that holds what answers",
    Measure.NDCG_AT_10: "gain of the first 10 passages, discounted by rank, beside the best order's",
    Measure.AUROC_ANSWERABLE: "chance that an answerable question has more confidence than an unanswerable one",
    Measure.AUROC_RIGHT: "chance that a right answer has more confidence than anything else",
    Measure.RISK_COVERAGE_AREA: "mean share of wrong answers as ever less confident questions are answered",
    Measure.CALIBRATION_ERROR: "mean distance of confidence and share right, over 10 bins",
    Measure.FOLLOW_UP_RIGHT: "right on follow-ups, less right on the same written out",
    Measure.FOLLOW_UP_HIT_AT_1: "hit at 1 on follow-ups, less on the same written out",
    Measure.MS_P50: "milliseconds to an answer, median",
    Measure.MS_P95: "milliseconds to an answer, 95th percentile",
    Measure.MS_P99: "milliseconds to an answer, 99th percentile",
    Measure.UNJUDGED: "questions whose evidence the index does not hold; not counted above",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and, of shares and areas, its 95 % interval."""

    value: float
    count: int  # what it was measured on: questions, or quotes
    low: float | None = None
    high: float | None = None


Figures = Mapping[Measure, Figure]
"""What there was something to measure on; in the order of `Measure`."""


class Group(StrEnum):
    """Questions whose confidence should differ."""

    ANSWERABLE = "answerable"
    NEAR_MISS = "near_miss"
    OFF_TOPIC = "off_topic"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of a question set."""

    total: Figures
    by_kind: Mapping[Kind, Figures]  # in the order of `Kind`
    curve: tuple[Point, ...]
    bins: tuple[Bin, ...]
    histograms: Mapping[Group, tuple[int, ...]]  # questions by confidence, in `COLUMNS` columns
    judged: tuple[Judged, ...]


def evaluate(judged: Sequence[Judged]) -> Evaluation:
    """Return all figures. Questions that cannot be judged are counted and otherwise left out."""
    scored = [entry for entry in judged if entry.response is not None]
    confidence = [entry.response.confidence for entry in scored if entry.response]
    answer = [entry.quotes_answer for entry in scored]
    kinds = [kind for kind in Kind if any(entry.question.kind is kind for entry in judged)]
    return Evaluation(
        total=figures(judged),
        by_kind={kind: figures([entry for entry in judged if entry.question.kind is kind]) for kind in kinds},
        curve=risk_coverage(confidence, answer),
        bins=reliability(confidence, answer),
        histograms={
            group: histogram([e.response.confidence for e in scored if e.response and _group(e.question) is group])
            for group in Group
        },
        judged=tuple(judged),
    )


def figures(judged: Sequence[Judged]) -> Figures:
    """Return the figures of some questions."""
    sound = [entry for entry in judged if entry.fault is None]
    scored = [entry for entry in sound if entry.response is not None]
    found = (
        _answers(scored)
        | _refusals(scored)
        | _retrieval([entry.ranking for entry in sound if entry.ranking])
        | _confidence(scored)
        | _follow_ups([entry for entry in scored if entry.written_out])
        | _times([entry.milliseconds for entry in sound if entry.milliseconds is not None])
        | {Measure.UNJUDGED: Figure(len(judged) - len(sound), len(judged))}
    )
    return {measure: figure for measure in Measure if (figure := found.get(measure)) is not None}


def _group(question: LabelledQuestion) -> Group | None:
    """Return the group of a question; None of an unanswerable one that is neither near nor far, a follow-up."""
    if question.answerable:
        return Group.ANSWERABLE
    return {Kind.NEAR_MISS: Group.NEAR_MISS, Kind.OFF_TOPIC: Group.OFF_TOPIC}.get(question.kind)


def _answers(scored: Sequence[Judged]) -> dict[Measure, Figure | None]:
    answerable = [entry for entry in scored if entry.question.answerable]
    cited = [(entry, entry.response.quotes) for entry in scored if entry.response and entry.answered]
    needed = [
        [is_needed(entry.question, quote) for quote in quotes] for entry, quotes in cited if entry.question.answerable
    ]
    return {
        Measure.RIGHT: _share([entry.right for entry in scored]),
        Measure.ANSWERED: _share([entry.answered for entry in scored]),
        Measure.ANSWER_RIGHT: _share([entry.right for entry in answerable]),
        Measure.ANSWER_PARTS: _mean_share([entry.parts * entry.answered for entry in answerable]),
        # Quotes of one answer stand and fall together: questions are drawn again, not quotes.
        Measure.QUOTES_NEEDED: _ratio([sum(flags) for flags in needed], [len(flags) for flags in needed]),
        Measure.QUOTES_EXACT: _share([quote.stands for _, quotes in cited for quote in quotes]),
        Measure.COMPOSED: _share(
            [e.response.is_composed for e in scored if e.response and e.response.is_composed is not None]
        ),
    }


def _refusals(scored: Sequence[Judged]) -> dict[Measure, Figure | None]:
    def answered(kind: Kind) -> Figure | None:
        return _share([entry.answered for entry in scored if entry.question.kind is kind])

    unanswerable = [entry for entry in scored if not entry.question.answerable]
    reasons = [
        _is_meant(entry.response.reason, entry.question.reason)
        for entry in unanswerable
        if entry.response and not entry.answered and entry.question.reason
    ]
    return {
        Measure.FALSE_ANSWERS: _share([entry.answered for entry in unanswerable]),
        Measure.FALSE_ANSWERS_NEAR_MISS: answered(Kind.NEAR_MISS),
        Measure.FALSE_ANSWERS_OFF_TOPIC: answered(Kind.OFF_TOPIC),
        Measure.OVER_REFUSALS: _share([not entry.answered for entry in scored if entry.question.answerable]),
        Measure.REASON_RIGHT: _share(reasons),
    }


def _is_meant(given: Reason | None, meant: Reason) -> bool:
    """Whether a reason is the one a set states; to small talk, which most sets do not know, nothing is relevant."""
    return given is meant or (given is Reason.SMALL_TALK and meant is Reason.NOTHING_RELEVANT)


def _retrieval(rankings: Sequence[Ranking]) -> dict[Measure, Figure | None]:
    depths = {Measure.HIT_AT_1: 1, Measure.HIT_AT_3: 3, Measure.HIT_AT_5: 5, Measure.HIT_AT_10: 10}
    return {measure: _share([hit(entry.gains, depth) for entry in rankings]) for measure, depth in depths.items()} | {
        Measure.MRR_AT_10: _mean_share([reciprocal_rank(entry.gains) for entry in rankings]),
        Measure.NDCG_AT_10: _mean_share([ndcg(entry) for entry in rankings]),
    }


def _confidence(scored: Sequence[Judged]) -> dict[Measure, Figure | None]:
    if not scored:
        return {}
    scores = [entry.response.confidence for entry in scored if entry.response]
    answer = [entry.quotes_answer for entry in scored]
    return {
        Measure.AUROC_ANSWERABLE: _auroc(scores, [entry.question.answerable for entry in scored]),
        Measure.AUROC_RIGHT: _auroc(scores, [entry.answered and entry.quotes_answer for entry in scored]),
        Measure.RISK_COVERAGE_AREA: Figure(risk_coverage_area(risk_coverage(scores, answer)), len(scored)),
        Measure.CALIBRATION_ERROR: Figure(calibration_error(reliability(scores, answer)), len(scored)),
    }


def _follow_ups(scored: Sequence[Judged]) -> dict[Measure, Figure | None]:
    pairs = [(entry, entry.written_out) for entry in scored if entry.written_out]
    ranked = [(entry.ranking, other.ranking) for entry, other in pairs if entry.ranking and other.ranking]
    return {
        Measure.FOLLOW_UP_RIGHT: _mean([float(entry.right) - float(other.right) for entry, other in pairs]),
        Measure.FOLLOW_UP_HIT_AT_1: _mean([float(hit(a.gains, 1)) - float(hit(b.gains, 1)) for a, b in ranked]),
    }


def _times(milliseconds: Sequence[float]) -> dict[Measure, Figure | None]:
    percents = {Measure.MS_P50: 50, Measure.MS_P95: 95, Measure.MS_P99: 99}
    if not milliseconds:
        return {}
    return {
        measure: Figure(float(np.percentile(milliseconds, percent)), len(milliseconds))
        for measure, percent in percents.items()
    }


def _share(flags: Sequence[bool]) -> Figure | None:
    if not flags:
        return None
    return Figure(sum(flags) / len(flags), len(flags), *wilson(sum(flags), len(flags)))


def _mean_share(values: Sequence[float]) -> Figure | None:
    """Return the mean of shares. Drawing again says nothing about a few that are all 0 or all 1; Wilson does."""
    return _share([value == 1 for value in values]) if all(value in (0, 1) for value in values) else _mean(values)


def _mean(values: Sequence[float]) -> Figure | None:
    return _ratio(values, [1] * len(values))


def _ratio(parts: Sequence[float], wholes: Sequence[int]) -> Figure | None:
    """Return the parts together beside the wholes together; None when there are none."""
    part, whole = np.asarray(parts, float), np.asarray(wholes, float)
    count = int(whole.sum())
    if not count:
        return None
    value = float(_together(part, whole))
    if np.allclose(part, value * whole, rtol=1e-12, atol=0):
        return Figure(value, count)  # however they are drawn again, they are the same
    return Figure(value, count, *(bootstrap(_together, part, whole) or (None, None)))


def _together(part: Floats, whole: Floats, axis: int = -1) -> Floats:
    found: Floats = part.sum(axis) / whole.sum(axis)
    return found


def _auroc(scores: Sequence[float], positive: Sequence[bool]) -> Figure | None:
    score, flags = np.asarray(scores, float), np.asarray(positive, bool)
    if flags.all() or not flags.any():
        return None
    return Figure(float(auroc(score, flags)), len(score), *(bootstrap(auroc, score, flags) or (None, None)))
