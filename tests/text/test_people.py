"""The words around a person's name."""

from __future__ import annotations

import re

import pytest

from alliance_qa.text.people import NO_NAMES, TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Prime Minister",
        "Deputy Foreign Minister",
        "Dr.",
        "Mr",
        "Gen.",
        "Secretary-General",
        "Minister of Defense",
        "Sir",
    ],
)
def test_an_office_or_a_rank_is_a_title(title: str) -> None:
    assert re.fullmatch(TITLE, title)


@pytest.mark.parametrize("name", ["Gen", "Rep", "Hon", "Minister of", "Harry"])
def test_what_is_also_a_first_name_is_no_title_without_its_stop(name: str) -> None:
    assert not re.fullmatch(TITLE, name)


def test_first_names_and_last_names_are_no_part_of_the_names_of_bodies() -> None:
    assert NO_NAMES.isdisjoint(
        ["May", "Israel", "Hill", "Power", "Washington", "Will", "He", "To", "Jordan", "Georgia"]
    )
    assert NO_NAMES.issuperset(["Treaty", "Japan", "Japanese", "April", "Friday", "Council"])
