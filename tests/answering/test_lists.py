"""A sentence that introduces a list brings its items."""

from __future__ import annotations

import pytest

from alliance_qa import documents
from alliance_qa.answering import lists
from alliance_qa.domain import Document, Span

GOALS = (
    "# Plan\n\nThe plan is old. It has three goals:\n\n"
    "- Build a mole.\n- Light the tower.\n- Plant maples.\n\nIt was kept."
)


def brought(text: str, sentence: str, path: str = "plan.md") -> list[str]:
    document = documents.read(text.encode(), path)
    return [span.of(document.text) for span in lists.items(document, place(document, sentence))]


def place(document: Document, sentence: str) -> Span:
    start = document.text.index(sentence)
    return Span(start, start + len(sentence))


def test_a_sentence_with_a_colon_brings_the_items_in_order() -> None:
    assert brought(GOALS, "It has three goals:") == ["Build a mole.", "Light the tower.", "Plant maples."]


@pytest.mark.parametrize("sentence", ["The plan is old.", "It was kept.", "Light the tower."])
def test_any_other_sentence_brings_none(sentence: str) -> None:
    assert brought(GOALS, sentence) == []


@pytest.mark.parametrize(
    ("sentence", "introduces"),
    [
        ("It has three goals.", True),
        ("It has 3 goals.", True),
        ("It has two goals.", False),
        ("Built in 3.5 years.", False),
        ("The goals are the following.", True),
        ("The goals are as follows —", True),
        ("The goals are these.", False),
        ("目標は次の通り：", True),
    ],
)
def test_without_a_colon_the_words_or_the_number_must_tell(sentence: str, introduces: bool) -> None:
    text = GOALS.replace("It has three goals:", sentence)
    assert bool(brought(text, sentence)) is introduces


def test_a_heading_parts_a_sentence_from_a_list() -> None:
    assert brought(GOALS.replace("goals:\n", "goals:\n\n## Goals\n"), "It has three goals:") == []


def test_a_long_list_is_cut_after_eight_items() -> None:
    listed = "\n".join(f"- Thing {number}." for number in range(1, 11))
    assert brought(f"# Plan\n\nThese things:\n\n{listed}\n", "These things:") == [
        f"Thing {number}." for number in range(1, 9)
    ]


def test_a_place_outside_the_document_brings_none() -> None:
    document = documents.read(GOALS.encode(), "plan.md")
    assert lists.items(document, Span(len(document.text) + 5, len(document.text) + 9)) == ()
