"""Numbers behind a word."""

from __future__ import annotations

import pytest

from alliance_qa.text.numerals import numbered, spelled, value

TEXTS = [
    "On May 1, 2006, it began. Article V of the treaty of 1960. Pillar II is work. Phase 2 began in 2015.",
    "The law has an article 9.",
]


@pytest.mark.parametrize(
    ("numeral", "number"),
    [("5", 5), ("V", 5), ("ix", 9), ("XXXIX", 39), ("Two", 2), ("12", 12), ("IIII", None), ("mix", None)],
)
def test_a_number_is_read_in_digits_in_roman_numerals_and_in_words(numeral: str, number: int | None) -> None:
    assert value(numeral) == number


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("does article 5 cover it?", "does article V cover it?"),
        ("what about pillar two", "what about pillar II"),
        ("is Phase II done, and pillar 2?", "is Phase 2 done, and pillar II?"),
        ("what does Article IX say", "what does Article 9 say"),
        ("what does article 7 say", "what does article 7 say"),  # stands nowhere
        ("what does ARTICLE v say", "what does ARTICLE v say"),  # is written so
        ("what became of it in 5 years", "what became of it in 5 years"),
        ("article 5.2", "article 5.2"),
        ("How may I cite this?", "How may I cite this?"),
        ("", ""),
    ],
)
def test_a_question_is_spelled_as_the_texts_are(question: str, written: str) -> None:
    assert spelled(question, TEXTS) == written


def test_a_number_that_is_written_both_ways_stays_and_of_two_others_the_commoner_is_taken() -> None:
    assert spelled("article 5", ["article 5", "Article V"]) == "article 5"
    assert spelled("article five", ["Article V", "article 5", "Article V"]) == "article V"


def test_what_is_numbered_is_given_in_digits() -> None:
    assert numbered("Does article V, or pillar two, of 1960 hold in part 3?") == ["article 5", "pillar 2", "part 3"]
    assert numbered("May I ask about article 5, and article V?") == ["article 5"]
