"""The headings that a Word document writes without a style: bold lines of their own. The texts are invented."""

from __future__ import annotations

import pytest
from docx.document import Document
from word_files import written

from alliance_qa import documents
from alliance_qa.documents import docx
from alliance_qa.domain import BlockKind

TEXT = "The pact lets both fleets use quays in three harbours, and it asks the boards to meet twice a year."


def put(document: Document, *lines: str) -> None:
    """Write lines: those in asterisks bold, those with # headings with a style, as many as their level."""
    for line in lines:
        words = line.strip("*#")
        level = len(line) - len(line.lstrip("#"))
        paragraph = document.add_heading(words, level) if level else document.add_paragraph()
        if not level:
            paragraph.add_run(words).bold = line.startswith("*") or None


def heads(*lines: str) -> list[tuple[str, int]]:
    found = docx.read(written(lambda document: put(document, *lines))).blocks
    assert [block.text for block in found] == [line.strip("*#") for line in lines]
    return [(block.text, block.level) for block in found if block.kind is BlockKind.HEADING]


def test_bold_lines_above_text_are_headings() -> None:
    lines = "*The Northern Quays*", TEXT, "*What the board asks*", TEXT, TEXT
    assert heads(*lines) == [("The Northern Quays", 1), ("What the board asks", 1)]


def test_they_lie_below_the_heading_with_a_style_before_them() -> None:
    lines = "#Quays", TEXT, "*Of the north*", TEXT, "##Fees", TEXT, "*In winter*", TEXT
    assert heads(*lines) == [("Quays", 1), ("Of the north", 2), ("Fees", 2), ("In winter", 3)]


def test_above_a_heading_with_a_style_they_are_of_its_level() -> None:
    lines = "#Quays", TEXT, "##Fees", TEXT, "*Part two*", "*Of fleets*", "#Fleets", TEXT
    assert heads(*lines)[2:] == [("Part two", 1), ("Of fleets", 1), ("Fleets", 1)]


@pytest.mark.parametrize(
    "line",
    [
        "Both boards pay for the quay.",
        "Subject: Fees",
        "Table 2 Fees of the quays",
        "Ingrid Solberg",
        "March 3, 2021",
        "By Ingrid Solberg",
        "§ 1",
        f"{TEXT[:-1]} and more",
    ],
)
def test_other_bold_lines_are_none(line: str) -> None:
    assert heads(TEXT, f"*{line}*", TEXT, TEXT, TEXT) == []


def test_bold_text_is_no_row_of_headings() -> None:
    assert heads("*The Northern Quays*", "*Of the north*", TEXT) == [("The Northern Quays", 1), ("Of the north", 1)]
    assert (
        heads("*The Northern Quays of the board*", *["*Both fleets pay for the days of their visits to it*"] * 3, TEXT)
        == []
    )


def test_a_bold_line_at_the_end_heads_nothing() -> None:
    assert heads(TEXT, "*The Harbour Board of Norvia*") == []


def test_the_first_is_the_title() -> None:
    data = written(lambda document: put(document, "*The Northern Quays*", TEXT, "*Fees*", TEXT))
    title = documents.read(data, "a.docx").facts.title
    assert title is not None and title.value == "The Northern Quays"
