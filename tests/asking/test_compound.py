"""Several questions in one line, each as it stands alone."""

from __future__ import annotations

import pytest

from alliance_qa.asking.compound import Part, parts

SEVERAL = {
    "When was AUKUS announced and who is in it?": ("When was AUKUS announced", "who is in AUKUS"),
    "What was the Core Group and what became of it?": ("What was the Core Group", "what became of the Core Group"),
    "When was the IMF founded? Where is its headquarters?": (
        "When was the IMF founded",
        "Where is the IMF’s headquarters",
    ),
    "when was Okinawa given back and under which agreement": (
        "when was Okinawa given back",
        "under which agreement (when was Okinawa given back)",
    ),
    "Who founded the bank, and why?": ("Who founded the bank", "why (Who founded the bank)"),
    # What only repeats the verb gets it.
    "When did Abe speak to the Senate and when did Kishida?": (
        "When did Abe speak to the Senate",
        "when did Kishida speak to the Senate",
    ),
}

SINGLE = [
    "When was AUKUS announced?",
    "How and why did it begin?",
    "What do Japan and Korea export?",
    "Who led the mission and when did he die?",  # needs an answer first
    "Explain what happened and",
    "and when?",
    "What did the report say about who paid and who did not and who refused and who left?",  # too many
    "when " * 100 + "and who was it?",
]


@pytest.mark.parametrize("question", SEVERAL)
def test_each_part_stands_alone(question: str) -> None:
    assert tuple(part.question for part in parts(question)) == SEVERAL[question]


@pytest.mark.parametrize("question", SINGLE)
def test_a_single_question_has_no_parts(question: str) -> None:
    assert parts(question) == ()


def test_a_part_is_kept_as_it_was_typed() -> None:
    assert parts("When was AUKUS announced, and who is in it?") == (
        Part("When was AUKUS announced", "When was AUKUS announced"),
        Part("who is in it", "who is in AUKUS"),
    )
