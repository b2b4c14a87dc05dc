"""What a sentence names, by its form."""

from __future__ import annotations

import pytest

from alliance_qa.text.mentions import amounts, people, times


def test_times_come_in_their_order_and_labels_are_told_from_dates() -> None:
    text = "The Guidelines of 1997, agreed on September 23, 1997, were revised in April 2015."
    assert [(time.span.of(text), time.is_label) for time in times(text)] == [
        ("1997", True),
        ("September 23, 1997", False),
        ("April 2015", False),
    ]


def test_a_range_keeps_the_word_that_opens_it() -> None:
    text = "He served from January 2022 to January 2025."
    assert [time.span.of(text) for time in times(text)] == ["from January 2022 to January 2025"]


def test_words_that_are_also_months_are_no_times() -> None:
    assert times("Ministers may march in august company.") == []


def test_figures_below_1500_and_numbers_of_resolutions_are_no_times() -> None:
    assert times("Resolution 1540 and 1185 soldiers: 1,185 in all, by 1200 armed men.") == []


def test_an_amount_has_its_unit_and_what_is_counted() -> None:
    text = "Japan pays 43 trillion yen, 2 percent, for five years and 16 areas of cooperation."
    assert [amount.span.of(text) for amount in amounts(text)] == [
        "43 trillion yen",
        "2 percent",
        "five years",
        "16 areas",
    ]
    counted = amounts(text)[3].counted
    assert counted is not None and counted.of(text) == " areas of cooperation"


def test_numbers_of_dates_and_of_names_are_no_amounts() -> None:
    assert amounts("Article 9 and Pillar 2 were discussed on June 9 and 10, 2024.") == []


def test_a_figure_that_reads_like_an_early_year_is_an_amount() -> None:
    text = "They came with 1185 soldiers in 1185."
    assert [amount.span.of(text) for amount in amounts(text)] == ["1185 soldiers"]
    assert [time.span.of(text) for time in times(text)] == ["1185"]


def test_people_in_one_list_stand_together() -> None:
    text = "President Joe Biden and Prime Minister Rishi Sunak met Anthony Albanese in San Diego."
    groups = [[person.span.of(text) for person in group] for group in people(text)]
    assert groups == [["President Joe Biden", "Prime Minister Rishi Sunak"], ["Anthony Albanese"]]
    assert people(text)[0][0].name.of(text) == "Joe Biden"


def test_places_bodies_and_treaties_are_no_people() -> None:
    for text in (
        "New Zealand signed.",
        "The House of Councillors met.",
        "Subic Bay and Pearl Harbor",
        "Nixon Doctrine",
    ):
        assert people(text) == []


def test_a_text_without_any_names_nothing() -> None:
    assert (times(""), amounts(""), people("")) == ([], [], [])


def test_a_name_keeps_its_particles_and_its_suffix() -> None:
    text = "Ursula von der Leyen, Gen Nakatani and Charles de Gaulle met President Ferdinand Marcos Jr."
    named = [person.span.of(text) for group in people(text) for person in group]
    assert named == ["Ursula von der Leyen", "Gen Nakatani", "Charles de Gaulle", "President Ferdinand Marcos Jr."]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009", "\u202f"])
def test_blanks_between_thousands_are_part_of_the_number(space: str) -> None:
    text = f"In 2021 it employed 7{space}350 people and earned 412{space}000{space}000 yen."
    assert [amount.span.of(text) for amount in amounts(text)] == [
        f"7{space}350 people",
        f"412{space}000{space}000 yen",
    ]


def test_a_year_before_a_number_is_no_part_of_it() -> None:
    text = "In 2021 350 people came."
    assert [amount.span.of(text) for amount in amounts(text)] == ["350 people"]
