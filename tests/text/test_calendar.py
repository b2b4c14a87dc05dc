"""Which numbers are years, and how months are called."""

from __future__ import annotations

import re

import pytest

from alliance_qa.text.calendar import MONTHS, TYPED, YEAR, month_number


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Founded in 1185, it fell in 1333.", ["1185", "1333"]),
        ("the Kamakura shogunate (1185–1333)", ["1185", "1333"]),
        ("1185", ["1185"]),
        ("from 1603 to 1868", ["1603", "1868"]),
        ("in fiscal 2015-16 and 1997-2002", ["2015", "1997", "2002"]),
        ("the Magna Carta of 1215 and Japan’s 1192 capital", ["1215", "1192"]),
        ("1185 soldiers, 1,185 soldiers, 1,960 men and by 1200 armed men", []),
        ("They counted 1185.", []),
        ("Resolution 1373, resolution 1540, Nos. 1718, No. 1874 and page 1024", []),
        ("$1500, 1500%, 1500-strong, FY2024, 21850, 2185, 0999", []),
    ],
)
def test_a_year_is_told_from_a_figure(text: str, years: list[str]) -> None:
    assert re.findall(YEAR, text) == years


def test_a_typed_date_needs_no_capitals() -> None:
    assert re.findall(TYPED, "in june 1603, may 3 or may 1185") == ["june 1603", "may 3", "may 1185"]


def test_a_month_has_its_number_by_each_of_its_names() -> None:
    assert [month_number(name) for name in MONTHS] == list(range(1, 13))
    assert [month_number(name) for name in ("jan", "MAY", "Sep", "Sept", "Smarch", "")] == [1, 5, 9, 9, None, None]
