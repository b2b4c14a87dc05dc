"""Every measure has the value worked out by hand, and the one that scikit-learn gives."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, roc_auc_score

from alliance_qa.domain import Reason
from alliance_qa.measuring import evaluation
from alliance_qa.measuring.evaluation import (
    Bin,
    Figure,
    Group,
    Judged,
    Kind,
    Limit,
    Measure,
    Point,
    Question,
    Quote,
    Ranking,
    Response,
    auroc,
    bootstrap,
    calibration_error,
    evaluate,
    failure,
    folded,
    hit,
    is_needed,
    ndcg,
    parts_held,
    read_limit,
    reciprocal_rank,
    reliability,
    risk_coverage,
    risk_coverage_area,
    wilson,
)

SIGNED = "The treaty was signed on January 19, 1960."
IN_FORCE = "It entered into force on June 23, 1960."
STATED = Question("a", Kind.WHEN, "When?", True, (), ("January 19, 1960",), (SIGNED,), ("t.md",))
COMPARED = replace(
    STATED, kind=Kind.COMPARISON, answers=("January 19, 1960", "June 23, 1960"), evidence=(SIGNED, IN_FORCE)
)
NEAR = Question("n", Kind.NEAR_MISS, "Who paid?", False, reason=Reason.RELATED_BUT_NOT_STATED)
FAR = Question("f", Kind.OFF_TOPIC, "How many moons?", False, reason=Reason.NOTHING_RELEVANT)


def quoted(text: str, document: str = "t.md", *, stands: bool = True) -> Quote:
    return Quote(text, document, "Treaties", stands)


def answered(question: Question, confidence: float, *texts: str, ranking: Ranking | None = None) -> Judged:
    return Judged(question, Response(None, confidence, tuple(map(quoted, texts))), ranking, 10.0)


def refused(question: Question, confidence: float, *texts: str, reason: Reason = Reason.NOTHING_RELEVANT) -> Judged:
    return Judged(question, Response(reason, confidence, tuple(map(quoted, texts))), None, 20.0)


def ranked(*gains: int, relevant: tuple[int, ...] = (1,)) -> Ranking:
    return Ranking(gains, relevant)


# ---- what answers


def test_text_is_folded_as_a_pdf_and_a_table_break_it() -> None:
    assert folded("**Security Treaty** | Sep\u00adtember\n 8, 1951\u200b") == "securitytreatyseptember8,1951"
    assert folded("the “longest-\nserving” leader’s") == folded("the longestserving leader's")


def test_a_table_row_is_held_where_all_its_cells_are() -> None:
    row = replace(STATED, evidence=("Quad | Japan, India | January 19, 1960",))
    assert is_needed(row, quoted("January 19, 1960\nQuad Japan, India"))
    assert is_needed(row, quoted("Japan, India | January 19, 1960"))  # a part with the answer in it
    assert not is_needed(row, quoted("Quad\nJanuary 19, 1960"))


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        (SIGNED, True),
        (f"Before. {SIGNED} After.", True),
        ("the treaty was\nsigned on JANUARY 19, 1960.", True),
        ("on January 19, 1960", True),  # a part with the answer in it
        ("The treaty was signed", False),  # a part without
        ("The agreement was signed on January 19, 1960.", False),  # another sentence with the same date
        (IN_FORCE, False),
    ],
)
def test_a_quote_is_needed_when_it_holds_evidence(text: str, needed: bool) -> None:
    assert is_needed(STATED, quoted(text)) is needed


@pytest.mark.parametrize(("path", "needed"), [("t.md", True), ("law/t.md", True), ("out.md", False), ("u.md", False)])
def test_the_evidence_must_stand_in_its_document(path: str, needed: bool) -> None:
    assert is_needed(STATED, quoted(SIGNED, path)) is needed


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("It rose to fame in the late 1990s.", True),
        ("It rose to fame.", False),
        ("in the late 19", True),  # most of the answer
        ("in the", False),  # less than half of it
    ],
)
def test_without_evidence_an_accepted_answer_is_needed(text: str, needed: bool) -> None:
    question = replace(STATED, answers=("in the late 1990s",), evidence=())
    assert is_needed(question, quoted(text)) is needed


@pytest.mark.parametrize(
    ("texts", "parts"), [((), 0.0), ((SIGNED,), 0.5), ((IN_FORCE,), 0.5), ((SIGNED, IN_FORCE), 1.0), (("Else.",), 0.0)]
)
def test_a_comparison_needs_all_parts(texts: tuple[str, ...], parts: float) -> None:
    assert parts_held(COMPARED, map(quoted, texts)) == parts


def test_any_other_question_needs_one() -> None:
    assert parts_held(replace(COMPARED, kind=Kind.WHEN), [quoted(IN_FORCE)]) == 1.0


@pytest.mark.parametrize(
    ("judged", "right"),
    [
        (answered(STATED, 0.9, SIGNED), True),
        (answered(STATED, 0.9, IN_FORCE), False),
        (refused(STATED, 0.1, SIGNED), False),  # what would have been cited was not
        (answered(COMPARED, 0.9, SIGNED), False),
        (answered(NEAR, 0.9, SIGNED), False),
        (refused(NEAR, 0.1), True),
    ],
)
def test_what_is_right(judged: Judged, right: bool) -> None:
    assert judged.right is right


def test_an_unanswerable_question_has_nothing_that_answers() -> None:
    with pytest.raises(ValueError, match="n is not answerable, but something answers it"):
        replace(NEAR, answers=("yes",))


def test_grades_belong_to_documents() -> None:
    with pytest.raises(ValueError, match="a needs one grade per document"):
        replace(STATED, grades=(1, 2))


# ---- retrieval


def test_a_hit_is_within_the_depth() -> None:
    assert [hit((0, 0, 1), depth) for depth in (1, 2, 3, 10)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("gains", "value"), [((1, 0), 1.0), ((0, 0, 1, 1), 1 / 3), ((0, 0), 0.0), ((), 0.0), ((0,) * 10 + (1,), 0.0)]
)
def test_the_reciprocal_rank(gains: tuple[int, ...], value: float) -> None:
    assert reciprocal_rank(gains) == value


def test_the_discounted_gain_by_hand() -> None:
    # found 0, 2, 1 of the grades 2, 1, 1: (2 / log2(3) + 1 / 2) / (2 + 1 / log2(3) + 1 / 2)
    expected = (2 / math.log2(3) + 0.5) / (2 + 1 / math.log2(3) + 0.5)
    assert ndcg(ranked(0, 2, 1, relevant=(1, 2, 1))) == pytest.approx(expected)


def test_the_best_order_gains_1_also_beyond_the_depth() -> None:
    assert ndcg(ranked(*[1] * 10, relevant=(1,) * 12)) == 1.0


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30).filter(any))
def test_the_discounted_gain_is_scikit_learns(gains: list[int]) -> None:
    ours = ndcg(Ranking(tuple(gains), tuple(gain for gain in gains if gain)))
    order = np.arange(len(gains), 0, -1)
    assert ours == pytest.approx(ndcg_score([gains], [order], k=10))


def test_a_ranking_needs_something_relevant() -> None:
    with pytest.raises(ValueError, match="at least one relevant unit"):
        Ranking((0, 0), ())


# ---- confidence


def test_the_auroc_by_hand() -> None:
    # pairs: 0.9 beats 0.8 and 0.1; 0.8 ties 0.8 and beats 0.1: 3.5 of 4
    assert auroc(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, True, False, False])) == 3.5 / 4


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.5, 0.7, 1.0]), st.booleans()), min_size=2, max_size=60))
def test_the_auroc_is_scikit_learns(pairs: list[tuple[float, bool]]) -> None:
    scores, positive = np.array([s for s, _ in pairs]), np.array([p for _, p in pairs])
    if positive.all() or not positive.any():
        assert auroc(scores, positive) is None
    else:
        assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_risk_and_coverage_by_hand() -> None:
    curve = risk_coverage([0.2, 0.9, 0.5, 0.5], [False, True, False, True])
    assert curve == (Point(0.9, 0.25, 0.0), Point(0.5, 0.75, 1 / 3), Point(0.2, 1.0, 0.5))
    assert risk_coverage_area(curve) == pytest.approx(0.0 * 0.25 + 0.5 * 1 / 3 + 0.25 * 0.5)


def test_risk_and_coverage_of_nothing() -> None:
    assert risk_coverage([], []) == ()


def test_reliability_by_hand() -> None:
    bins = reliability([0.0, 0.5, 0.4, 1.0], [False, True, False, True], bins=2)
    assert bins[0] == Bin(0.0, 0.5, 3, pytest.approx(0.3), 1 / 3)  # type: ignore[arg-type]
    assert bins[1] == Bin(0.5, 1.0, 1, 1.0, 1.0)
    assert calibration_error(bins) == pytest.approx(3 / 4 * (1 / 3 - 0.3))


def test_a_bin_holds_its_upper_bound() -> None:
    assert [bin_.count for bin_ in reliability([0.1, 0.11, 0.3, 0.30000001], [True] * 4)][:4] == [1, 1, 1, 1]


def test_a_histogram_counts_every_score_once() -> None:
    assert evaluation.histogram([0.0, 0.25, 0.26, 1.0], columns=4) == (2, 1, 0, 1)


# ---- intervals


def test_the_wilson_interval_by_hand() -> None:
    # Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263 gives 0.2553 to 0.3662
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@given(st.integers(1, 500))
def test_the_wilson_interval_touches_0_and_1(count: int) -> None:
    assert wilson(0, count)[0] == 0.0
    assert wilson(count, count)[1] == 1.0


def test_drawing_again_gives_the_same_every_time_and_about_the_normal_interval() -> None:
    values = np.arange(100.0)
    found = bootstrap(100, lambda drawn: float(values[drawn].mean()))
    assert found == bootstrap(100, lambda drawn: float(values[drawn].mean()))
    assert found is not None
    half = 1.96 * values.std() / 10
    assert found == pytest.approx((49.5 - half, 49.5 + half), abs=0.6)


def test_a_statistic_that_is_never_defined_has_no_interval() -> None:
    assert bootstrap(3, lambda _: None) is None


# ---- all together


def whole() -> list[Judged]:
    """Return seven questions: five that are answerable, a near miss that is answered and an off-topic refusal."""
    other = replace(STATED, id="z", standalone="When exactly?", kind=Kind.FOLLOW_UP)
    written = answered(other, 0.8, SIGNED, ranking=ranked(1))
    return [
        answered(STATED, 0.9, SIGNED, IN_FORCE, ranking=ranked(1, 0)),
        answered(COMPARED, 0.7, SIGNED, ranking=ranked(0, 1, relevant=(1, 1))),
        refused(STATED, 0.2, SIGNED, reason=Reason.RELATED_BUT_NOT_STATED),
        replace(answered(other, 0.6, IN_FORCE, ranking=ranked(0, 0)), written_out=written),
        Judged(STATED, fault="the index does not hold t.md"),
        answered(NEAR, 0.5, SIGNED),
        refused(FAR, 0.1),
    ]


def value(judged: list[Judged], measure: Measure) -> tuple[float, int]:
    figure = evaluate(judged).total[measure]
    return round(figure.value, 4), figure.count


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        (Measure.RIGHT, (0.3333, 6)),  # the first and the off-topic one
        (Measure.ANSWERED, (0.6667, 6)),
        (Measure.ANSWER_RIGHT, (0.25, 4)),
        (Measure.ANSWER_PARTS, (0.375, 4)),  # 1, 0.5, refused, 0
        (Measure.QUOTES_NEEDED, (0.5, 4)),  # 1 of 2, 1 of 1, 0 of 1
        (Measure.QUOTES_EXACT, (1.0, 5)),
        (Measure.FALSE_ANSWERS, (0.5, 2)),
        (Measure.FALSE_ANSWERS_NEAR_MISS, (1.0, 1)),
        (Measure.FALSE_ANSWERS_OFF_TOPIC, (0.0, 1)),
        (Measure.OVER_REFUSALS, (0.25, 4)),
        (Measure.REASON_RIGHT, (1.0, 1)),
        (Measure.HIT_AT_1, (0.3333, 3)),
        (Measure.HIT_AT_3, (0.6667, 3)),
        (Measure.MRR_AT_10, (0.5, 3)),
        (Measure.AUROC_ANSWERABLE, (0.875, 6)),  # of 8 pairs, only 0.2 against 0.5 fails
        (Measure.AUROC_RIGHT, (1.0, 6)),
        (Measure.FOLLOW_UP_RIGHT, (-1.0, 1)),
        (Measure.FOLLOW_UP_HIT_AT_1, (-1.0, 1)),
        (Measure.MS_P50, (10.0, 6)),
        (Measure.MS_P95, (20.0, 6)),
        (Measure.UNJUDGED, (1, 7)),
    ],
)
def test_the_figures_by_hand(measure: Measure, expected: tuple[float, int]) -> None:
    assert value(whole(), measure) == expected


def test_the_area_and_the_calibration_are_of_all_questions() -> None:
    found = evaluate(whole())
    # by confidence: right, wrong, wrong, wrong, would have been right, wrong
    risks = [0, 1 / 2, 2 / 3, 3 / 4, 3 / 5, 4 / 6]
    assert found.total[Measure.RISK_COVERAGE_AREA].value == pytest.approx(sum(risks) / 6)
    assert [point.risk for point in found.curve] == pytest.approx(risks)
    distances = [0.1, 0.7, 0.6, 0.5, 0.8, 0.1]
    assert found.total[Measure.CALIBRATION_ERROR].value == pytest.approx(sum(distances) / 6)


def test_a_quote_that_does_not_stand_is_seen() -> None:
    moved = Judged(STATED, Response(None, 0.9, (quoted(SIGNED), quoted(SIGNED, stands=False))), None, 10.0)
    assert value([moved], Measure.QUOTES_EXACT) == (0.5, 2)


def test_every_kind_has_its_own_figures() -> None:
    found = evaluate(whole()).by_kind
    assert list(found) == [Kind.WHEN, Kind.COMPARISON, Kind.FOLLOW_UP, Kind.NEAR_MISS, Kind.OFF_TOPIC]
    assert found[Kind.WHEN][Measure.ANSWER_RIGHT].value == 0.5
    assert found[Kind.COMPARISON][Measure.ANSWER_PARTS].value == 0.5
    assert Measure.ANSWER_RIGHT not in found[Kind.NEAR_MISS]


def test_the_groups_are_counted_apart() -> None:
    found = evaluate(whole()).histograms
    assert {group: sum(counts) for group, counts in found.items()} == {
        Group.ANSWERABLE: 4,
        Group.NEAR_MISS: 1,
        Group.OFF_TOPIC: 1,
    }


def test_shares_that_are_all_alike_have_wilsons_interval() -> None:
    figure = evaluate([refused(STATED, 0.1)] * 12).total[Measure.ANSWER_PARTS]
    assert figure == Figure(0.0, 12, *wilson(0, 12))


def test_questions_that_only_search_have_no_other_figures() -> None:
    searched = Judged(replace(STATED, answers=(), evidence=()), None, ranked(0, 1), 5.0)
    found = evaluate([searched])
    assert value([searched], Measure.MRR_AT_10) == (0.5, 1)
    assert found.curve == ()
    assert Measure.RIGHT not in found.total


def test_no_question_gives_no_figure_but_the_count() -> None:
    assert evaluate([]).total == {Measure.UNJUDGED: Figure(0, 0)}


# ---- limits


def test_a_limit_is_read() -> None:
    assert read_limit("answer_right=0.9", is_most=False) == Limit(Measure.ANSWER_RIGHT, 0.9, False)
    assert read_limit("right.list=1", is_most=True) == Limit(Measure.RIGHT, 1.0, True, Kind.LIST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("recall=0.9", f"'recall' is no measure; the measures are {', '.join(Measure)}"),
        ("right.all=0.9", f"'all' is no kind of question; the kinds are {', '.join(Kind)}"),
        ("right.=0.9", f"'' is no kind of question; the kinds are {', '.join(Kind)}"),
        ("right", "'right' sets no number; write right=0.9, for one"),
        ("right=high", "'right=high' sets no number; write right=0.9, for one"),
        ("right=nan", "'right=nan' sets no number; write right=0.9, for one"),
    ],
)
def test_a_limit_of_another_form_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_limit(text, is_most=False)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "is_most", "message"),
    [
        ("answer_right=0.25", False, None),
        ("answer_right=0.3", False, "answer_right is 0.25, under 0.3"),
        ("false_answers=0.5", True, None),
        ("false_answers=0.05", True, "false_answers is 0.5, over 0.05"),
        ("answer_right.when=0.9", False, "answer_right.when is 0.5, under 0.9"),
        ("answer_right.list=0.1", False, "answer_right.list cannot be measured on these questions"),
    ],
)
def test_a_limit_is_kept_or_not(text: str, is_most: bool, message: str | None) -> None:
    assert failure(read_limit(text, is_most=is_most), evaluate(whole())) == message


def test_every_measure_has_a_meaning() -> None:
    assert all(measure.meaning for measure in Measure)
