"""Refusals in words: the same ones wherever they are read."""

from __future__ import annotations

import re

import pytest

from alliance_qa.domain import Reason
from alliance_qa.web.refusals import SENTENCES
from alliance_qa.web.widget import widget


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)


@pytest.mark.parametrize("reason", Reason)
def test_the_widget_says_the_same_in_english(reason: Reason) -> None:
    english = re.findall(rf'\b{reason}: "([^"]*)"', widget().source.decode())[0]  # Japanese comes after it
    assert english == SENTENCES[reason]
