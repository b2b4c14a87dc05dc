"""The values that travel: what must be true of each."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.domain import (
    Answer,
    Block,
    BlockKind,
    Citation,
    Document,
    Fact,
    Facts,
    Filters,
    OperatingPoint,
    PartialDate,
    Passage,
    Provenance,
    Reason,
    Span,
)


def document(text: str, *spans: Span) -> Document:
    blocks = tuple(Block(BlockKind.PARAGRAPH, span) for span in spans)
    facts = Facts(title=Fact("T", Provenance.TEXT))
    return Document("a", "folder/a.txt", "text/plain", "0" * 64, text, blocks, facts)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 0)])
def test_a_span_that_holds_no_character_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=f"a span needs 0 <= start < end, not {start}:{end}"):
        Span(start, end)


def test_a_span_counts_code_points() -> None:
    assert Span(1, 3).of("a𠮷é…") == "𠮷é"


def test_spans_are_ordered_by_their_place() -> None:
    assert sorted([Span(2, 3), Span(0, 9), Span(0, 1)]) == [Span(0, 1), Span(0, 9), Span(2, 3)]


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Span(0, 1).end = 5  # type: ignore[misc]


def test_a_locator_is_the_blocks_own_or_its_page() -> None:
    blocks = (
        Block(BlockKind.HEADING, Span(1, 2)),
        Block(BlockKind.PARAGRAPH, Span(3, 5), page=2),
        Block(BlockKind.PARAGRAPH, Span(6, 8), page=3, locator="slide 3"),
    )
    found = replace(document("abcdefgh"), blocks=blocks)
    assert [found.locator(at) for at in range(8)] == ["", "", "", "page 2", "page 2", "page 2", "slide 3", "slide 3"]


def test_blocks_may_touch_and_may_reach_the_end_of_the_text() -> None:
    assert document("abcd", Span(0, 2), Span(2, 4)).blocks[1].span == Span(2, 4)


@pytest.mark.parametrize("spans", [(Span(0, 3), Span(2, 4)), (Span(2, 4), Span(0, 2)), (Span(0, 5),)])
def test_blocks_that_overlap_or_leave_the_text_are_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match=r"^folder/a\.txt: block .* overlaps or leaves the text$"):
        document("abcd", *spans)


def test_a_passage_is_named_by_its_place() -> None:
    assert Passage("a.txt", Span(3, 7), "Yes.", (Span(3, 7),)).id == "a.txt:3-7"


def test_a_passage_whose_text_is_not_as_long_as_its_span_is_refused() -> None:
    with pytest.raises(ValueError, match="a:3-7: the span and the text differ in length"):
        Passage("a", Span(3, 7), "Yes", (Span(3, 7),))


@pytest.mark.parametrize("sentences", [(), (Span(0, 2),), (Span(1, 4),), (Span(0, 2), Span(2, 3))])
def test_a_passage_that_its_sentences_do_not_fill_is_refused(sentences: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="a:0-4: the sentences do not fill the span"):
        Passage("a", Span(0, 4), "Yes.", sentences)


CITATION = Citation(1, "a", Span(0, 4), "Yes.", "a:0-4")


def answer(citations: tuple[Citation, ...], reason: Reason | None) -> Answer:
    return Answer("Is it?", citations, reason, 0.5, ())


def test_an_answer_has_the_text_of_its_citations_and_no_reason() -> None:
    given = answer((CITATION, Citation(2, "b", Span(3, 9), "The\n U.S.", None)), None)
    assert (given.answered, given.text) == (True, "Yes. [1] The U.S. [2]")


def test_an_answer_is_its_quotes_each_with_its_number() -> None:
    first = Citation(1, "a", Span(16, 32), "The U.S.\nagreed.", "a:0-32")
    second = Citation(2, "b", Span(0, 4), "Yes.", None)
    assert answer((first, second), None).text == "The U.S. agreed. [1] Yes. [2]"


def test_a_marker_is_told_from_brackets_in_the_quote() -> None:
    noted = (Citation(1, "a", Span(0, 12), "He said [2].", None), Citation(2, "a", Span(20, 24), "[1]?", None))
    assert list(answer(noted, None).pieces) == [("He said [2]. ", "[1]"), (" [1]? ", "[2]")]
    assert answer(noted, None).text == "He said [2]. [1] [1]? [2]"


def test_line_ends_of_every_kind_become_one_space() -> None:
    cited = Citation(3, "a", Span(0, 9), "a\r\n b\u2028c\td", None)
    assert answer((cited,), None).text == "a b c d [3]"


def test_a_span_moves_both_ways_and_a_passage_knows_the_words_at_a_place() -> None:
    assert (Span(3, 5).moved(4), Span(7, 9).moved(-4)) == (Span(7, 9), Span(3, 5))
    passage = Passage("a", Span(10, 18), "Yes. No.", (Span(10, 14), Span(15, 18)))
    assert [passage.text_of(sentence) for sentence in passage.sentences] == ["Yes.", "No."]


def test_a_highlight_may_fill_its_quote() -> None:
    assert Citation(1, "a", Span(3, 7), "Yes.", None, highlight=Span(3, 7)).highlight == Span(3, 7)


@pytest.mark.parametrize("inner", [Span(2, 4), Span(6, 8), Span(0, 2), Span(7, 9)])
def test_a_highlight_outside_its_quote_is_refused(inner: Span) -> None:
    with pytest.raises(ValueError, match="leaves the quote"):
        Citation(1, "a", Span(3, 7), "Yes.", None, highlight=inner)


def test_a_refusal_may_suggest_up_to_three_questions() -> None:
    three = ("What is A?", "What is B?", "What is C?")
    assert replace(answer((), Reason.NOTHING_RELEVANT), suggestions=three).suggestions == three


@pytest.mark.parametrize(
    ("citations", "reason", "suggestions"),
    [((CITATION,), None, ("What is A?",)), ((), Reason.NOTHING_RELEVANT, ("What is A?",) * 4)],
)
def test_an_answer_with_suggestions_or_a_fourth_is_refused(
    citations: tuple[Citation, ...], reason: Reason | None, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="only a refusal has suggestions, at most 3"):
        Answer("Is it?", citations, reason, 0.5, (), suggestions)


def test_a_refusal_has_a_reason_and_neither_text_nor_citations() -> None:
    given = answer((), Reason.NOTHING_RELEVANT)
    assert (given.answered, given.text) == (False, "")


@pytest.mark.parametrize(("citations", "reason"), [((), None), ((CITATION,), Reason.UNCLEAR_QUESTION)])
def test_an_answer_that_is_neither_is_refused(citations: tuple[Citation, ...], reason: Reason | None) -> None:
    with pytest.raises(ValueError, match="an answer has citations exactly when it has no reason"):
        answer(citations, reason)


def test_only_a_refusal_knows_what_would_have_been_cited() -> None:
    assert replace(answer((), Reason.NOTHING_RELEVANT), nearest=(CITATION,)).nearest == (CITATION,)
    with pytest.raises(ValueError, match="what would have been cited belongs to a refusal"):
        replace(answer((CITATION,), None), nearest=(CITATION,))


@pytest.mark.parametrize("text", ["2024", "2024-04", "2024-04-10", "0999-12-31", "9999"])
def test_a_partial_date_is_written_as_it_was_read(text: str) -> None:
    assert str(PartialDate.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "24", "2024-4", "2024-13", "2024-00", "2024-02-30", "2024-04-00", "0000", "20240410", "2024-04-10T00"]
)
def test_what_is_no_partial_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        PartialDate.parse(text)


def test_a_day_without_its_month_is_refused() -> None:
    with pytest.raises(ValueError, match="a day needs its month"):
        PartialDate(2024, None, 3)


def test_a_partial_date_covers_its_first_day_to_its_last() -> None:
    leap = PartialDate(2024, 2)
    assert (leap.first, leap.last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert [leap.covers(day) for day in (date(2024, 1, 31), leap.first, leap.last, date(2024, 3, 1))] == [
        False,
        True,
        True,
        False,
    ]


@given(st.dates(), st.dates())
def test_whole_days_are_ordered_as_days_are(one: date, other: date) -> None:
    first, second = PartialDate.of(one), PartialDate.of(other)
    assert (first.before(second), first < second, first == second) == (one < other, one < other, one == other)


def test_a_partial_date_is_before_another_when_all_of_it_is() -> None:
    assert PartialDate(2023).before(PartialDate(2024, 4))
    assert not PartialDate(2024).before(PartialDate(2024, 4))
    assert not PartialDate(2024, 4).before(PartialDate(2024))


def test_of_partial_dates_that_begin_together_the_least_precise_comes_first() -> None:
    mixed = [PartialDate(2024, 1, 1), PartialDate(2024, 1), PartialDate(2023, 12, 31), PartialDate(2024)]
    assert [str(each) for each in sorted(mixed)] == ["2023-12-31", "2024", "2024-01", "2024-01-01"]


def test_filters_are_open_when_none_is_set() -> None:
    assert Filters().is_open is True


@pytest.mark.parametrize(
    "filters",
    [
        Filters(document="a"),
        Filters(author="Abe"),
        Filters(published_from=PartialDate(2024, 1, 1)),
        Filters(published_to=PartialDate(2024, 1, 1)),
        Filters(author=""),
    ],
)
def test_filters_are_not_open_when_one_is_set(filters: Filters) -> None:
    assert filters.is_open is False


def test_a_calibrated_confidence_is_the_logistic_function_of_the_log_odds() -> None:
    point = OperatingPoint(0.5, slope=2.0, intercept=-1.0)
    # log-odds of 0.8: ln 4; twice that less 1
    assert point.calibrated(0.8) == pytest.approx(1 / (1 + math.exp(1 - 2 * math.log(4))), rel=1e-12)
    assert point.calibrated(0.5) == pytest.approx(1 / (1 + math.e), rel=1e-12)


@pytest.mark.parametrize("confidence", [1e-6, 0.16, 0.32, 0.5, 0.999])
def test_with_slope_1_and_intercept_0_a_confidence_stays_as_it_is(confidence: float) -> None:
    assert OperatingPoint(0.5).calibrated(confidence) == pytest.approx(confidence, rel=1e-9)


@pytest.mark.parametrize("point", [OperatingPoint(0.5, 9.0, -3.0), OperatingPoint(0.5, 0.01, 40.0)])
def test_certainty_stays_certain_and_nothing_else_becomes_so(point: OperatingPoint) -> None:
    assert (point.calibrated(0.0), point.calibrated(1.0)) == (0.0, 1.0)
    assert all(0 < point.calibrated(confidence) < 1 for confidence in (5e-324, 1e-300, 1e-9, 0.5, 1 - 2**-53))


@given(
    st.floats(1e-6, 1e6),
    st.floats(-100, 100),
    st.lists(st.floats(0, 1), min_size=2, max_size=9),
)
def test_no_calibration_changes_which_of_two_is_surer(slope: float, intercept: float, found: list[float]) -> None:
    calibrated = [OperatingPoint(0.5, slope, intercept).calibrated(confidence) for confidence in sorted(found)]
    assert calibrated == sorted(calibrated)


@pytest.mark.parametrize(
    "fields",
    [
        {"threshold": 0.0},
        {"threshold": 1.0},
        {"threshold": math.nan},
        {"threshold": 0.5, "slope": 0.0},
        {"threshold": 0.5, "slope": -1.0},
        {"threshold": 0.5, "slope": math.inf},
        {"threshold": 0.5, "intercept": math.nan},
        {"threshold": 0.5, "questions": -1},
    ],
)
def test_an_operating_point_that_decides_nothing_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="an operating point"):
        OperatingPoint(**fields)
