from __future__ import annotations

import pytest

from alliance_qa.documents import bylines, head


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "Jeffrey W. Hornung",
        "J. R. Doe",
        "Ana de la Vega",
        "Iris van Dam",
        "Jo bin Salleh",
        "Søren O'Malley-Ķīlis",
        "Émile Zed",
        "Martin Roe Jr.",
        "Mary Ann Poe-Roe",
    ],
)
def test_a_name_is_a_name(name: str) -> None:
    assert bylines.is_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Jane",
        "jane doe",
        "Jane W.",
        "The Ministry",
        "Foreign Policy",
        "United States",
        "North Korea",
        "NATO Summit",
        "JANE DOE",
        "Jane Doe 2",
        "Jane Ann Mary Poe Roe",
        "van Dam",
    ],
)
def test_what_is_no_name_is_none(text: str) -> None:
    assert not bylines.is_name(text)


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("By Jane Doe", ("Jane Doe",)),
        ("by Jane Doe and John Roe", ("Jane Doe", "John Roe")),
        ("By JANE DOE", ("JANE DOE",)),
        ("By Jane Doe, John Roe, and Ann Poe", ("Jane Doe", "John Roe", "Ann Poe")),
        ("By Jane Doe, Staff Writer", ("Jane Doe",)),
        ("By Dr. Jane Doe | April 16, 2024", ("Jane Doe",)),
        ("Written by Jane Doe", ("Jane Doe",)),
        ("Author: Jane Doe", ("Jane Doe",)),
        ("Jane Doe and John Roe", ("Jane Doe", "John Roe")),
        ("著者：海野 はるか", ("海野 はるか",)),
        ("By the Editorial Board", ("the Editorial Board",)),
        ("By the end of the year", ()),
        ("By Foreign Affairs", ("Foreign Affairs",)),
    ],
)
def test_a_byline_names_its_authors(line: str, authors: tuple[str, ...]) -> None:
    assert head.authors_of(line) == authors


@pytest.mark.parametrize(
    ("sentence", "authors"),
    [
        ("Jane Doe is a senior fellow at the Example Institute.", ("Jane Doe",)),
        ("Jane Doe is the Japan lead and a political scientist at Example.", ("Jane Doe",)),
        ("Dr. Jane Q. Doe is an associate professor of law in Kobe.", ("Jane Q. Doe",)),
        ("Jane Doe and Jo bin Salleh are researchers at the Forum.", ("Jane Doe", "Jo bin Salleh")),
        ("Jane Doe is president of the Example Foundation.", ("Jane Doe",)),
        ("Jane Doe is a former ambassador to Iceland.", ("Jane Doe",)),
        ("About the author: Jane Doe is a writer in Oslo.", ("Jane Doe",)),
        ("Jane Doe is the president of the United States.", ()),
        ("Jane Doe is the prime minister of Iceland.", ()),
        ("Jane Doe is a city in Iceland.", ()),
        ("North Korea is an expert in delay.", ()),
        ("The Ministry is a founder of the forum.", ()),
        ("Japan is a leader in radar.", ()),
    ],
)
def test_a_note_introduces_its_authors(sentence: str, authors: tuple[str, ...]) -> None:
    assert bylines.introduced(sentence) == authors


@pytest.mark.parametrize(
    "name",
    [
        "",
        "admin",
        "Windows User",
        "Microsoft Office User",
        "Un-named",
        "(anonymous)",
        "By admin",
        "Webmaster",
        "webmaster@example.org",
        "Staff",
        "python-docx",
        "LibreOffice 7.4",
        "HP",
        "Dell Inc.",
        "DESKTOP-4F2K9Q1",
        "PC-3",
        "user17",
        "jdoe3",
        "j_doe",
        "CORP\\jdoe",
        "https://example.org/people/jane",
        "As Delivered",
        "管理者",
        "--",
    ],
)
def test_programs_machines_and_accounts_are_nobody(name: str) -> None:
    assert bylines.is_nobody(name)


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "Plato",
        "BBC News",
        "The Editors",
        "Ministry of Ports",
        "J. Admin",
        "Ann Word",
        "山田太郎",
        "R2 Research",
    ],
)
def test_people_and_bodies_are_somebody(name: str) -> None:
    assert not bylines.is_nobody(name)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Doe, Jane", ("Jane Doe",)),
        ("Jane Doe, Martin Roe, Jr.", ("Jane Doe", "Martin Roe, Jr.")),
        ("van Dam, Iris; Roe, J. P.", ("Iris van Dam", "J. P. Roe")),
        ("Jane Doe / Ann Poe", ("Jane Doe", "Ann Poe")),
        ("JANE DOE AND ANN POE", ("JANE DOE", "ANN POE")),
        ("Jana Roe und Ann Poe", ("Jana Roe", "Ann Poe")),
        ("山田太郎、鈴木花子", ("山田太郎", "鈴木花子")),
        ("Organization for Ports (OP)", ("Organization for Ports (OP)",)),
        ("Un-named; Windows User", ()),
        ("", ()),
    ],
)
def test_the_value_of_a_field_names_its_authors(value: str, names: tuple[str, ...]) -> None:
    assert bylines.listed(value) == names


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Doe on May 3, 2020", ("Jane Doe",)),
        ("Posted on May 3, 2020 by Jane Doe", ("Jane Doe",)),
        ("Jane Doe, 01.12.2021", ("Jane Doe",)),
        ("Created by Jane Doe, last modified on May 04, 2023", ("Jane Doe",)),
        ("Richard (R.J.) Roe", ("Richard (R.J.) Roe",)),
        ("by admin", ()),
        ("As Delivered", ()),
    ],
)
def test_a_byline_names_people(line: str, names: tuple[str, ...]) -> None:
    assert bylines.signed(line) == names


@pytest.mark.parametrize(
    "name",
    [
        "Utilisateur Windows",
        "Windows-Benutzer",
        "Usuario de Windows",
        "Пользователь",
        "x",
        "xp",
        "Intel",
        "WordPress.com",
    ],
)
def test_programs_and_accounts_of_every_language_are_nobody(name: str) -> None:
    assert bylines.is_nobody(name)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ines Falk, Senior Fellow, Harbour Institute", ("Ines Falk",)),
        ("By Ines Falk with Jon Berg", ("Ines Falk", "Jon Berg")),
        ("by Ines Falk (Harbour Institute) and Jon Berg (Lindholm University)", ("Ines Falk", "Jon Berg")),
        ("By Howard Dean and Jon Berg", ("Howard Dean", "Jon Berg")),
        ("Policy Analyst", ()),
        ("Vice President", ()),
    ],
)
def test_roles_and_institutions_beside_names_are_none(line: str, names: tuple[str, ...]) -> None:
    assert bylines.signed(line) == names
