"""Which documents filters, and questions for a list, mean."""

from __future__ import annotations

from datetime import date

import pytest

from alliance_qa.asking.catalogue import ListQuestion, parse, select
from alliance_qa.asking.filters import passes
from alliance_qa.domain import Document, Fact, Facts, Filters, PartialDate, Provenance


def document(document_id: str = "a", *, author: str | None = None, published: str | None = None) -> Document:
    def fact(value: str | None) -> Fact | None:
        return None if value is None else Fact(value, Provenance.TEXT)

    facts = Facts(title=Fact("T", Provenance.TEXT), author=fact(author), published=fact(published))
    return Document(document_id, f"{document_id}.txt", "text/plain", "0" * 64, "", (), facts)


def admits(source: Document, filters: Filters) -> bool:
    return passes(source.id, source.facts, filters)


def day(of: date | None) -> PartialDate | None:
    return PartialDate.of(of) if of else None


@pytest.mark.parametrize(("wanted", "expected"), [("a", True), ("b", False), ("A", False), ("", False)])
def test_a_document_is_named_exactly(wanted: str, expected: bool) -> None:
    assert admits(document("a"), Filters(document=wanted)) is expected


NAMES = "Jeffrey W. Hornung, Lisa Curtis"


def selects(wanted: str, names: str = NAMES) -> bool:
    asked = parse(f"Which documents did {wanted} write?")
    assert isinstance(asked, ListQuestion)
    source = document(author=names)
    return select(asked, {source.id: source.facts}) == [source.id]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("Jeffrey W. Hornung", True),
        ("hornung", True),
        ("HORNUNG", True),
        ("Jeffrey Hornung", True),
        ("Hornung, Jeffrey", True),
        ("J. Hornung", True),
        ("Dr. Hornung", True),
        ("Lisa Curtis and Jeffrey Hornung", True),
        ("Hornungs", False),
        ("K. Hornung", False),
        ("Lisa Curtis and Jane Roe", False),
    ],
)
def test_an_author_goes_by_words_of_the_name_in_a_filter_and_in_a_question(wanted: str, expected: bool) -> None:
    assert admits(document(author=NAMES), Filters(author=wanted)) is expected
    assert selects(wanted) is expected


@pytest.mark.parametrize("part", ["horn", "ornung", "W. H", "Li", "J"])
def test_a_piece_of_a_word_is_enough_for_a_filter_and_no_name_in_a_question(part: str) -> None:
    assert admits(document(author=NAMES), Filters(author=part)) is True
    assert selects(part) is False


@pytest.mark.parametrize("wanted", ["?", "—", "。", "the"])
def test_what_is_no_name_lets_nobody_through(wanted: str) -> None:
    assert admits(document(author=NAMES), Filters(author=wanted)) is False


def test_names_without_spaces_stand_as_they_are_asked_for() -> None:
    assert [selects(wanted, "山田太郎") for wanted in ("山田", "太郎", "山郎", "山田 太郎")] == [
        True,
        True,
        False,
        True,
    ]


def test_a_country_s_name_is_no_beginning_of_a_person_s() -> None:
    assert [selects("American", "Usha Sahay"), selects("British", "Ukai Shigeru")] == [False, False]
    assert selects("the United States Department of State", "U.S. Department of State") is True


def test_case_is_folded_as_the_script_has_it() -> None:
    assert admits(document(author="Jörg Weiß"), Filters(author="WEISS")) is True


def test_accents_and_a_country_s_name_do_not_part_an_author_from_a_filter() -> None:
    assert admits(document(author="Jörg Weiß"), Filters(author="jorg")) is True
    assert admits(document(author="U.S. Department of State"), Filters(author="the United States Department")) is True
    assert admits(document(author="John French"), Filters(author="Fren")) is True


def test_a_document_without_an_author_is_left_out() -> None:
    assert admits(document(), Filters(author="a")) is False


@pytest.mark.parametrize(
    ("published", "start", "end", "expected"),
    [
        ("2024-04-10", date(2024, 4, 10), date(2024, 4, 10), True),
        ("2024-04-10", date(2024, 4, 11), None, False),
        ("2024-04-10", None, date(2024, 4, 9), False),
        ("2024-04-10", date(2023, 12, 31), None, True),
        ("2024-04-10", None, date(2025, 1, 1), True),
        # A month passes when any of its days would, and so does a year.
        ("2024-04", date(2024, 4, 30), None, True),
        ("2024-04", None, date(2024, 4, 1), True),
        ("2024-04", date(2024, 5, 1), None, False),
        ("2024-04", None, date(2024, 3, 31), False),
        ("2024", date(2024, 12, 31), None, True),
        ("2024", None, date(2024, 1, 1), True),
        ("2024", date(2025, 1, 1), None, False),
        ("2024", None, date(2023, 12, 31), False),
        ("0999", date(1000, 1, 1), None, False),
        ("0999", None, date(1000, 1, 1), True),
    ],
)
def test_a_date_is_as_precise_as_it_is_stated(
    published: str, start: date | None, end: date | None, expected: bool
) -> None:
    source = document(published=published)
    assert admits(source, Filters(published_from=day(start), published_to=day(end))) is expected
    asked = ListQuestion(published_from=day(start), published_to=day(end))
    assert select(asked, {source.id: source.facts}) == ([source.id] if expected else [])


@pytest.mark.parametrize("filters", [Filters(published_from=PartialDate(1)), Filters(published_to=PartialDate(9999))])
def test_a_document_without_a_date_is_left_out(filters: Filters) -> None:
    assert admits(document(), filters) is False


def test_a_year_asked_for_holds_all_its_days() -> None:
    source = document(published="2024-04-10")
    assert admits(source, Filters(published_from=PartialDate(2024), published_to=PartialDate(2024))) is True
    assert admits(source, Filters(published_to=PartialDate(2023))) is False
    assert admits(source, Filters(published_from=PartialDate(2025))) is False


def test_a_document_passes_when_every_filter_lets_it_through() -> None:
    source = document("a", author="Abe", published="2024")
    every = Filters("a", "abe", PartialDate(2024, 1, 1), PartialDate(2024, 12, 31))
    assert admits(source, every) is True
    assert admits(source, Filters("a", "kishida", PartialDate(2024, 1, 1))) is False
    assert admits(source, Filters("a", "abe", PartialDate(2025, 1, 1))) is False
    assert admits(source, Filters("b", "abe", PartialDate(2024, 1, 1))) is False
