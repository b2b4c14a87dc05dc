from __future__ import annotations

import pytest

from alliance_qa.text.countries import COUNTRIES, is_territory


@pytest.mark.parametrize("name", ["Lithuania", "new zealand", "Trinidad and Tobago", "Soviet Union", "Turkey"])
def test_a_territory_is_known_by_its_name(name: str) -> None:
    assert is_territory(name)


@pytest.mark.parametrize("name", ["", "Japanese", "United Nations", "European Union", "EU", "Tokyo", "Japan and China"])
def test_unions_towns_and_people_are_no_territories(name: str) -> None:
    assert not is_territory(name)


def test_what_goes_by_one_name_is_a_territory_a_continent_a_union_or_short_for_one() -> None:
    others = {"africa", "asia", "europe", "eu", "un", "uk", "us", "korea", "okinawa"}
    assert {name for name in COUNTRIES if not is_territory(name)} == others
