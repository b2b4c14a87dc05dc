"""How good the answers are: what was asked and got, judged, and the figures of many.

Every share is in [0, 1]. Of the shares, errors (`false_answers`, `over_refusals`) are better low, all
others better high.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from alliance_qa.domain import Reason, Turn

BINS = 10
COLUMNS = 20
"""Of a histogram of confidence, over [0, 1]."""

DEPTH = 10
"""How far down the ranking retrieval is measured."""

_RESAMPLES = 1_000
_TAIL = 2.5  # per cent cut off at each end of a 95 % interval
_Z = 1.959964  # the normal quantile of 97.5 %

# The bars of a table row, the marks of emphasis, quotation marks, and the hyphens at which lines break.
_IGNORED = frozenset("|*\"'“”‘’-‐‑")

Floats = NDArray[np.float64]


class Kind(StrEnum):
    """What a question is like; questions/README.md describes each."""

    FACT = "fact"
    PARAPHRASE = "paraphrase"
    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    HOW_MANY = "how_many"
    WHY = "why"
    LIST = "list"
    COMPARISON = "comparison"
    DOCUMENT_FACT = "document_fact"
    FOLLOW_UP = "follow_up"
    NEAR_MISS = "near_miss"
    OFF_TOPIC = "off_topic"
    OTHER = "other"  # of a set that does not sort its questions

    @property
    def needs_all(self) -> bool:
        """Whether `answers` are parts of one answer; of every other kind they are variants."""
        return self in (Kind.LIST, Kind.COMPARISON)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what answers it. Unanswerable ones have neither answers, evidence nor documents."""

    id: str
    kind: Kind
    text: str
    answerable: bool
    history: tuple[Turn, ...] = ()
    answers: tuple[str, ...] = ()  # accepted short answers; none where only the documents are known
    evidence: tuple[str, ...] = ()  # sentences that answer; none where a document as a whole does
    documents: tuple[str, ...] = ()  # their paths, or the last parts of them
    grades: tuple[int, ...] = ()  # how relevant each document is, from 1; none: all alike
    reason: Reason | None = None  # why it must be refused, where that is known
    standalone: str | None = None  # a follow-up written out

    def __post_init__(self) -> None:
        if not self.answerable and (self.answers or self.evidence or self.documents):
            raise ValueError(f"{self.id} is not answerable, but something answers it")
        if self.grades and len(self.grades) != len(self.documents):
            raise ValueError(f"{self.id} needs one grade per document")

    @property
    def has_answers(self) -> bool:
        """Whether an answer can be judged, and not only what was found."""
        return bool(self.answers or self.evidence) or not self.answerable


@dataclass(frozen=True, slots=True)
class Quote:
    """A cited sentence; of a refused question, one that would have been cited."""

    text: str
    document: str  # its path
    title: str
    stands: bool = True  # whether exactly this stands at the cited place


@dataclass(frozen=True, slots=True)
class Response:
    """What the service made of a question."""

    reason: Reason | None  # None: answered
    confidence: float  # that the quotes answer, in [0, 1]
    quotes: tuple[Quote, ...]

    @property
    def answered(self) -> bool:
        """Whether the quotes were given as an answer."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Ranking:
    """How relevant what was found is. The units are passages or whole documents."""

    gains: tuple[int, ...]  # of each unit found, best first; 0 where it does not answer
    relevant: tuple[int, ...]  # the gains of all units that answer; at least one

    def __post_init__(self) -> None:
        if not self.relevant or min(self.relevant) < 1:
            raise ValueError("a ranking is measured by at least one relevant unit")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, what came of it, and how right that is."""

    question: Question
    response: Response | None = None  # None where there is nothing to judge an answer by
    ranking: Ranking | None = None  # None where no unit holds what answers
    milliseconds: float | None = None  # from question to answer
    fault: str | None = None  # why it cannot be judged
    written_out: Judged | None = None  # the same for `question.standalone`

    @property
    def parts(self) -> float:
        """The share of what is needed that the quotes hold; 0.0 when not answerable."""
        return parts_held(self.question, self.response.quotes) if self.response else 0.0

    @property
    def quotes_answer(self) -> bool:
        """Whether the quotes hold all that is needed, be they cited or not."""
        return self.parts == 1.0

    @property
    def answered(self) -> bool:
        """Whether the service answered."""
        return self.response is not None and self.response.answered

    @property
    def right(self) -> bool:
        """Whether it was answered with all that is needed; if it is not answerable, whether it was refused."""
        return (self.answered and self.quotes_answer) if self.question.answerable else not self.answered


class Measure(StrEnum):
    """The figures, by the names that limits are set with."""

    RIGHT = "right"
    ANSWERED = "answered"
    ANSWER_RIGHT = "answer_right"
    ANSWER_PARTS = "answer_parts"
    QUOTES_NEEDED = "quotes_needed"
    QUOTES_EXACT = "quotes_exact"
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


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure must keep."""

    measure: Measure
    bound: float
    is_most: bool  # else the least that it may be
    kind: Kind | None = None  # None: of all questions

    @property
    def name(self) -> str:
        """The name it was set with."""
        return f"{self.measure}.{self.kind}" if self.kind else str(self.measure)


def folded(text: str) -> str:
    """Return text as quotes and evidence are compared: without white space, case, hyphens and marks of form.

    A PDF breaks lines and words, and front matter may be quoted.
    """
    kept = (c for c in text if not c.isspace() and c not in _IGNORED and unicodedata.category(c) not in ("Cc", "Cf"))
    return "".join(kept).casefold()


def holds(text: str, sentence: str) -> bool:
    """Whether a folded text holds a sentence, or every cell of a table row: a PDF shows them as lines."""
    return all(folded(cell) in text for cell in sentence.split(" | "))


def is_of(path: str, named: str) -> bool:
    """Whether a path is the named one, or ends with it."""
    return path == named or path.endswith(f"/{named}")


def is_needed(question: Question, quote: Quote) -> bool:
    """Whether a quote holds a sentence that answers, or a part of one with an accepted answer in it.

    Where no sentence is known but documents are: whether it is of one of them and holds an accepted
    answer, or is at least half of one.
    """
    if not any(is_of(quote.document, name) for name in question.documents):
        return False
    said, answers = folded(quote.text), [folded(answer) for answer in question.answers]
    if question.evidence:
        return any(
            holds(said, sentence) or (said in folded(sentence) and any(answer in said for answer in answers))
            for sentence in question.evidence
        )
    return any(answer in said or (said in answer and 2 * len(said) >= len(answer)) for answer in answers)


def parts_held(question: Question, quotes: Iterable[Quote]) -> float:
    """Return the share of what is needed that quotes hold, in [0, 1].

    A list or a comparison needs all its answers, each in a quote that is needed; any other question
    needs one quote. 0.0 when the question is not answerable.
    """
    said = [folded(quote.text) for quote in quotes if is_needed(question, quote)]
    if not question.kind.needs_all or not question.answers:
        return float(bool(said))
    return sum(any(folded(answer) in text for text in said) for answer in question.answers) / len(question.answers)


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


def auroc(scores: Floats, positive: NDArray[np.bool_]) -> float | None:
    """Return the chance that a positive scores higher than a negative, equal scores counting half.

    None when one of the two is missing. This is the Mann-Whitney statistic divided by the number of
    pairs. Source: Hanley and McNeil, The meaning and use of the area under a ROC curve, Radiology 143, 1982.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # equal scores share their mean rank
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


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
    return np.clip(np.searchsorted(np.linspace(0, 1, bins + 1), scores, side="left") - 1, 0, bins - 1)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the distance of confidence and share right, averaged over the questions; in [0, 1], lower is better.

    Source: Guo et al., On calibration of modern neural networks, ICML 2017.
    """
    return sum(bin_.count * abs(bin_.right - bin_.confidence) for bin_ in bins) / sum(bin_.count for bin_ in bins)


def wilson(successes: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of `count`, at least 1.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    share, spread = successes / count, _Z * _Z / count
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    # At its ends the interval touches 0 and 1, which rounding may miss.
    return (middle - half if successes else 0.0), (middle + half if successes < count else 1.0)


def bootstrap(size: int, statistic: Callable[[NDArray[np.int64]], float | None]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of a statistic over questions drawn again, the same every time.

    None when the statistic is never defined.
    Source: Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    random = np.random.default_rng(0)
    drawn = (statistic(random.integers(size, size=size)) for _ in range(_RESAMPLES))
    values = [value for value in drawn if value is not None]
    if not values:
        return None
    low, high = np.percentile(values, [_TAIL, 100 - _TAIL])
    return float(low), float(high)


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


def failure(limit: Limit, evaluation: Evaluation) -> str | None:
    """Return how a limit is not kept, in one line; None when it is.

    A limit on what this set cannot measure is not kept.
    """
    of = evaluation.by_kind.get(limit.kind, {}) if limit.kind else evaluation.total
    figure = of.get(limit.measure)
    if figure is None:
        return f"{limit.name} cannot be measured on these questions"
    if limit.is_most and figure.value > limit.bound:
        return f"{limit.name} is {figure.value:.4g}, over {limit.bound:g}"
    if not limit.is_most and figure.value < limit.bound:
        return f"{limit.name} is {figure.value:.4g}, under {limit.bound:g}"
    return None


def read_limit(text: str, *, is_most: bool) -> Limit:
    """Return the limit that NAME=VALUE, or NAME.KIND=VALUE, sets.

    Raises:
        ValueError: It has another form, or names no measure or kind; the message lists them.
    """
    name, _, value = text.partition("=")
    measure, dot, kind = name.partition(".")
    if measure not in list(Measure):
        raise ValueError(f"{measure!r} is no measure; the measures are {', '.join(Measure)}")
    if dot and kind not in list(Kind):
        raise ValueError(f"{kind!r} is no kind of question; the kinds are {', '.join(Kind)}")
    try:
        bound = float(value)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ValueError(f"{text!r} sets no number; write {name}=0.9, for one")
    return Limit(Measure(measure), bound, is_most, Kind(kind) if dot else None)


def _group(question: Question) -> Group | None:
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
    }


def _refusals(scored: Sequence[Judged]) -> dict[Measure, Figure | None]:
    def answered(kind: Kind) -> Figure | None:
        return _share([entry.answered for entry in scored if entry.question.kind is kind])

    unanswerable = [entry for entry in scored if not entry.question.answerable]
    reasons = [
        entry.response.reason is entry.question.reason
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
    if not wholes:
        return None
    part, whole = np.asarray(parts, float), np.asarray(wholes, float)
    value, count = float(part.sum() / whole.sum()), int(whole.sum())
    if np.all(part == value * whole):
        return Figure(value, count)  # however they are drawn again, they are the same
    interval = bootstrap(len(part), lambda drawn: float(part[drawn].sum() / whole[drawn].sum()))
    return Figure(value, count, *(interval or (None, None)))


def _auroc(scores: Sequence[float], positive: Sequence[bool]) -> Figure | None:
    score, flags = np.asarray(scores, float), np.asarray(positive, bool)
    value = auroc(score, flags)
    if value is None:
        return None
    interval = bootstrap(len(score), lambda drawn: auroc(score[drawn], flags[drawn]))
    return Figure(value, len(score), *(interval or (None, None)))
