from __future__ import annotations

import pytest

from alliance_qa.documents.spelling import join, written


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("burden-", "sharing", "burden-sharing"),
        ("decision-", "making", "decision-making"),
        ("worst-", "case", "worst-case"),
        ("long-", "term", "long-term"),
        ("hub-and-", "spoke", "hub-and-spoke"),
        ("up-", "to-date", "up-to-date"),
        ("U.S.-", "Japan", "U.S.-Japan"),
        ("Indo-", "Pacific", "Indo-Pacific"),
        ("short-", "and long-term", "short- and long-term"),
        ("opera-", "tion", "operation"),
        ("dam-", "aged", "damaged"),
        ("kilo-", "metres", "kilometres"),
        ("multi-", "lateral", "multilateral"),
        ("Sicherheits-", "politik", "Sicherheitspolitik"),
        ("Kishi-", "moto", "Kishimoto"),
        ("the", "yard", "the yard"),
        ("港が", "ある", "港がある"),
    ],
)
def test_a_compound_keeps_its_hyphen_and_a_divided_word_loses_it(before: str, after: str, whole: str) -> None:
    assert join([before, after], frozenset()) == whole


def test_the_documents_own_spelling_decides() -> None:
    assert join(["co-", "operation"], written(["Co-operation is old."])) == "co-operation"
    assert join(["out-", "turn"], written(["The outturn."])) == "outturn"
    assert join(["ship-", "deck"], frozenset()) == "ship-deck"
    assert join(["ship-", "deck"], written(["A shipdeck."])) == "shipdeck"
