"""What answers a question, and what is right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alliance_qa.measuring.judgement import Judged, Kind, folded, is_needed, parts_held
from judged import COMPARED, IN_FORCE, NEAR, SIGNED, STATED, answered, quoted, refused


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
