from __future__ import annotations

import numpy as np
import pytest

from alliance_qa.asking.query import analyse, is_clear

VECTOR = np.empty(0, np.float32)


def test_names_are_capitalised_words_within_the_sentence_and_abbreviations() -> None:
    assert analyse("What did Rahm Emanuel say about AUKUS?", VECTOR).names == ("rahm", "emanuel", "aukus")


def test_a_question_typed_in_one_case_has_no_names_to_see() -> None:
    assert analyse("WHAT DID RAHM EMANUEL SAY", VECTOR).names == ()
    assert analyse("what did rahm emanuel say", VECTOR).names == ()


def test_numbers_stand_as_written() -> None:
    assert analyse("What did the 2015 Guidelines say about 1,500 ships?", VECTOR).numbers == ("2015", "1,500")


def test_terms_are_stems_without_question_words_and_repeats_count() -> None:
    query = analyse("Which treaties treat the treaty of the United States?", VECTOR)
    assert query.terms == ("treati", "treat", "treati", "us")


@pytest.mark.parametrize("text", ["???", "   ", "what is the", "1960", "🙂", "…and the of"])
def test_a_question_without_a_word_to_look_for_is_unclear(text: str) -> None:
    assert not is_clear(text)


@pytest.mark.parametrize("text", ["AUKUS", "who signed", "日本"])
def test_one_word_is_enough_to_look_for(text: str) -> None:
    assert is_clear(text)
