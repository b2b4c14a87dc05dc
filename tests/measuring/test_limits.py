"""Limits on figures are read, and kept or not."""

from __future__ import annotations

import pytest

from alliance_qa.measuring.figures import Measure, evaluate
from alliance_qa.measuring.judgement import Kind
from alliance_qa.measuring.limits import Limit, failure, read_limit
from judged import whole


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
