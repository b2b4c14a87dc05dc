"""Claims about the facts that the first page of a PDF file shows. Every file is made here; the texts are invented."""

from __future__ import annotations

import pytest
from pdf_files import Put, written

from alliance_qa.documents import pdf
from alliance_qa.domain import Provenance

TEXT = [
    "The pact lets both fleets use quays in three harbours, and asks the boards to meet",
    "twice a year so that visits can be planned; naval procurement is to follow the plan.",
]
INSIDE = [Put(72, 700, ["Summary"], "Times-Bold", 13), *(Put(72, 660 - 60 * at, TEXT) for at in range(4))]
SERIES = Put(72, 760, ["CENTRE FOR HARBOUR STUDIES"], size=9)
TITLE = Put(72, 560, ["The Long Quay"], "Times-Bold", 26)


def shown(*lines: Put, **about: str) -> dict[str, tuple[str, bool]]:
    """What a cover of these lines states: value and whether it is a guess."""
    facts = pdf.read(written(lines, INSIDE, **about)).stated
    found = [fact for fact in facts if fact.where == "cover page"]
    assert {fact.provenance for fact in found} <= {Provenance.TEXT}
    return {fact.name: (fact.value, fact.weak) for fact in found}


def test_the_largest_lines_are_the_title_and_the_small_line_above_is_none() -> None:
    title = Put(72, 560, ["Deep Quays,", "Shallow Pockets"], "Times-Bold", 26, leading=30)
    lines = (
        SERIES,
        title,
        Put(72, 490, ["Who pays for small navies?"], size=15),
        Put(72, 420, ["Ana Pell and Jens Holm"]),
    )
    assert shown(*lines, Put(72, 390, ["March 2021"])) == {
        "title": ("Deep Quays, Shallow Pockets", False),
        "author": ("Ana Pell, Jens Holm", False),
        "published": ("2021-03", False),
    }


def test_a_title_that_ends_in_a_colon_goes_on() -> None:
    lines = Put(72, 560, ["The Long Quay:"], "Times-Bold", 26), Put(72, 530, ["Berths for All"], size=16)
    assert shown(*lines) == {"title": ("The Long Quay: Berths for All", False)}


@pytest.mark.parametrize(
    ("lines", "author"),
    [
        (["By Maria del Carmen Ruiz"], ("Maria del Carmen Ruiz", False)),
        (["JOHAN BERG and EVA LIND"], ("Johan Berg, Eva Lind", False)),
        (["Dr. Ingrid Solberg", "Institute of Port Policy, Lindhamn"], ("Ingrid Solberg", False)),
        (["Ingrid Solberg*", "Tom Baker†"], ("Ingrid Solberg, Tom Baker", False)),
        (["Hanna Voss", "Senior Fellow, Harbour Institute"], ("Hanna Voss", True)),
        (["Ingrid Fleets, Tom Baker"], ("Ingrid Fleets, Tom Baker", False)),  # the text speaks of fleets
        (["Ingrid Solberg∗, Tom Baker†", "∗ Olaf Haraldsson"], ("Ingrid Solberg, Tom Baker", False)),
        (["Naval Procurement"], None),  # the text speaks of procurement
        (["Working Paper"], None),
        (["The Harbour Board"], None),
    ],
)
def test_names_below_the_title_are_its_authors(lines: list[str], author: tuple[str, bool] | None) -> None:
    assert shown(TITLE, Put(72, 480, lines, size=12, leading=20)).get("author") == author


def test_names_beside_each_other_are_two() -> None:
    lines = Put(72, 480, ["Karin Ek"], size=12), Put(300, 480, ["Paul Odhiambo"], size=12)
    assert shown(TITLE, *lines)["author"] == ("Karin Ek, Paul Odhiambo", False)


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("November 2022", "2022-11"),
        ("12 June 2019", "2019-06-12"),
        ("Stockholm, September 2022", "2022-09"),
        ("Policy Brief No. 12, 4 May 2020", "2020-05-04"),
        ("Discussion Paper 8 | October 2023", "2023-10"),
        ("Published November 7, 2017", "2017-11-07"),
        ("2018", "2018"),
        ("Updated November 7, 2017", None),
        ("Approved for release January 2015", None),
    ],
)
def test_a_line_with_a_date_says_when_it_appeared(line: str, date: str | None) -> None:
    assert shown(TITLE, Put(72, 400, [line])).get("published", (None,))[0] == date
    assert shown(Put(72, 740, [line]), TITLE).get("published", (None,))[0] == date


@pytest.mark.parametrize("larger", ["REPORT", "PORTS", "17", "May 2020"])
def test_a_larger_logo_label_number_or_date_is_no_title(larger: str) -> None:
    assert shown(Put(72, 700, [larger], size=48), TITLE)["title"] == ("The Long Quay", False)


def test_a_property_goes_before_the_cover() -> None:
    assert shown(TITLE, title="The Long Quay, Revised", author="Mari Sato") == {}


def test_a_property_of_a_program_or_of_another_file_does_not() -> None:
    found = shown(TITLE, Put(72, 480, ["By Ana Pell"]), title="Microsoft Word - brief12_final.doc", author="admin")
    assert found == {"title": ("The Long Quay", False), "author": ("Ana Pell", False)}
    assert shown(TITLE, title="Budget Template")["title"] == ("The Long Quay", False)


def test_a_heading_below_text_is_no_title() -> None:
    page = [Put(72, 740, TEXT), Put(72, 640, ["A Larger Heading"], size=16), Put(72, 600, TEXT * 6)]
    assert [fact.where for fact in pdf.read(written(page)).stated] == []


def test_a_section_with_a_number_is_no_title() -> None:
    assert shown(Put(72, 740, ["1. Where the Ports Are"], size=20)) == {}
