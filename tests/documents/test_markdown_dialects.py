"""Claims about what dialects of Markdown write that CommonMark has no word for: tables, citations, heads."""

from __future__ import annotations

import pytest

from alliance_qa import documents
from alliance_qa.documents import markdown
from alliance_qa.domain import BlockKind

GRID = """+----------+--------+
| Port     | Fee    |
+==========+========+
| Skagby   | 940    |
+----------+--------+
| Orvik    | 650    |
| Harbour  | to 655 |
+----------+--------+
"""
SIMPLE = """  Port      2023     2024
  -------- ------  ------
  Skagby     870      940
  Orvik      650      655

Table: The fees of two ports.
"""
MULTILINE = """-------------------------------------------
 Port      Fee     Notes
--------- ------- -------------------------
 Skagby    940     Raised in May after long
                   talks.

 Orvik     655     Unchanged.
-------------------------------------------
"""
HEADLESS = """-------  ------
Skagby      940
Orvik       655
-------  ------
"""


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (GRID, [(1, "Port | Fee"), (0, "Skagby | 940"), (0, "Orvik Harbour | 650 to 655")]),
        (SIMPLE, [(1, "Port | 2023 | 2024"), (0, "Skagby | 870 | 940"), (0, "Orvik | 650 | 655")]),
        (
            MULTILINE,
            [
                (1, "Port | Fee | Notes"),
                (0, "Skagby | 940 | Raised in May after long talks."),
                (0, "Orvik | 655 | Unchanged."),
            ],
        ),
        (HEADLESS, [(0, "Skagby | 940"), (0, "Orvik | 655")]),
    ],
    ids=["grid", "simple", "multiline", "headless"],
)
def test_the_tables_of_pandoc_are_rows(table: str, rows: list[tuple[int, str]]) -> None:
    found = markdown.read(f"The fees.\n\n{table}\nThe end.\n".encode()).blocks
    assert [(block.level, block.text) for block in found if block.kind is BlockKind.ROW] == rows
    others = [block.text for block in found if block.kind is not BlockKind.ROW]
    assert others == ["The fees.", *(["The fees of two ports."] if table is SIMPLE else []), "The end."]


@pytest.mark.parametrize(
    "text",
    ["A heading\n---------\n\nText.", "```\n+---+\n| a |\n+---+\n```\n\nText.", "One.\n\n---\n\nTwo.\n\n---\n\nText."],
)
def test_what_is_no_table_of_pandoc_stays(text: str) -> None:
    assert [block for block in markdown.read(text.encode()).blocks if block.kind is BlockKind.ROW] == []


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("The fee is 940 crowns [@doe2010, p. 3; @roe2011].", ["The fee is 940 crowns."]),
        ("It stays [see @doe2010] for now. Write to a@b.example.", ["It stays for now. Write to a@b.example."]),
        ("It is 940[p. 23][#Doe:2006].\n\n[#Doe:2006]: John Doe, Fees.", ["It is 940.", "John Doe, Fees."]),
        ("*[EU]: European Union\n\nThe EU pays.", ["The EU pays."]),
        ("[[toc]]\n\nThe EU pays.", ["The EU pays."]),
        ("import Tabs from '@theme/Tabs';\n\nImport duties rise.", ["Import duties rise."]),
        ("(target)=\n# Fees\n\nSee {ref}`target` now.", ["Fees", "See target now."]),
        ("(@good) The first case.\n\n#. One thing\n#. Another", ["The first case.", "One thing", "Another"]),
        ("| The winds were cold\n| and the quay was old", ["The winds were cold and the quay was old"]),
        ("The burden-\nsharing and the opera-\ntion of it.", ["The burden-sharing and the operation of it."]),
    ],
)
def test_marks_of_dialects_are_no_text(markup: str, said: list[str]) -> None:
    assert [block.text for block in markdown.read(markup.encode()).blocks] == said


def test_a_head_as_org_writes_it_states_facts() -> None:
    head = "#+TITLE: Toll Lanes\n#+AUTHOR: Petra Nowak\n#+DATE: <2022-05-17 Tue>\n#+OPTIONS: toc:nil\n"
    facts = documents.read(f"{head}\nThe lanes are old.\n".encode(), "a.md").facts
    assert facts.author and facts.published
    assert (facts.title.value, facts.author.value, facts.published.value) == ("Toll Lanes", "Petra Nowak", "2022-05-17")
