from __future__ import annotations

import pytest

from alliance_qa.documents import markdown
from alliance_qa.documents.extract import RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError


def test_markup_goes_and_its_text_stays() -> None:
    assert _blocks("A *b* **c** `d` ~~e~~ [f](https://x.example 'g')\nh  \ni <b>j</b><br>k &amp; l\\*") == [
        RawBlock("A b c d e f h i j k & l*")
    ]


def test_headings_carry_their_level() -> None:
    assert _blocks("# One\n\nTwo\n---\n\n### Three ###") == [
        RawBlock("One", BlockKind.HEADING, 1),
        RawBlock("Two", BlockKind.HEADING, 2),
        RawBlock("Three", BlockKind.HEADING, 3),
    ]


def test_lists_inside_lists_are_entries_in_order() -> None:
    assert _blocks("1. one\n   - two\n     still two\n2. three\n\nfour") == [
        RawBlock("one", BlockKind.ITEM),
        RawBlock("two still two", BlockKind.ITEM),
        RawBlock("three", BlockKind.ITEM),
        RawBlock("four"),
    ]


def test_a_row_of_a_table_is_its_cells_between_bars() -> None:
    assert _blocks("| a | *b* | c |\n|---|---|---|\n| 1 |  | 3 |") == [
        RawBlock("a | b | c", BlockKind.ROW, 1),
        RawBlock("1 |  | 3", BlockKind.ROW),
    ]


def test_the_alternative_text_of_a_picture_is_a_caption() -> None:
    assert _blocks("![A *dome*](d.png)\n\nBefore ![ship](s.png) after.") == [
        RawBlock("A dome", BlockKind.CAPTION),
        RawBlock("Before after."),
        RawBlock("ship", BlockKind.CAPTION),
    ]


def test_quotes_and_code_are_paragraphs() -> None:
    assert _blocks("> quoted\n> twice\n\n```py\nx = 1\n\ny = 2\n```\n\n    indented") == [
        RawBlock("quoted twice"),
        RawBlock("x = 1 y = 2"),
        RawBlock("indented"),
    ]


def test_of_raw_html_only_what_is_seen_stays() -> None:
    assert _blocks("<div><p>one</p><script>two()</script><p hidden>three</p></div>\n\n<!-- four -->\n\nfive") == [
        RawBlock("one"),
        RawBlock("five"),
    ]


def test_front_matter_keeps_scalars_and_lists_of_them() -> None:
    stated = markdown.read(
        b"---\nTitle: 'A: B'\nauthors: [Ada Quill, Bo Lund]\ndate: 2022-11-03\nwhen: 2022-11-03 10:00:00\n"
        b"draft: no\n"
        b"weight: 3\nempty:\nnested: {a: 1}\nlists: [[1], 2]\nurl: https://x.example/\nlang: ja\n---\nText."
    ).stated
    assert [(fact.name, fact.value) for fact in stated] == [
        ("title", "A: B"),
        ("author", "Ada Quill, Bo Lund"),
        ("published", "2022-11-03"),
        ("when", "2022-11-03T10:00:00"),
        ("draft", "false"),
        ("weight", "3"),
        ("source_url", "https://x.example/"),
        ("language", "ja"),
    ]
    assert {fact.provenance for fact in stated} == {Provenance.FRONT_MATTER}


def test_our_own_name_wins_over_its_alias() -> None:
    assert markdown.read(b"---\ndate: 2020-01-01\npublished: 2021-01-01\n---\n").stated == (
        Stated("date", "2020-01-01", Provenance.FRONT_MATTER),
        Stated("published", "2021-01-01", Provenance.FRONT_MATTER),
    )


def test_malformed_front_matter_names_its_line() -> None:
    with pytest.raises(DocumentError, match=r"^front matter is not valid YAML at line 4 \(.+\); correct or remove it$"):
        markdown.read(b"---\ntitle: x\na: [1\nb: 2\n---\nText.")


def test_an_impossible_date_in_front_matter_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^front matter holds an impossible value \(day is out of range"):
        markdown.read(b"---\ndate: 2024-02-31\n---\nText.")


def test_front_matter_builds_no_objects() -> None:
    with pytest.raises(DocumentError, match=r"^front matter is not valid YAML at line 2 "):
        markdown.read(b"---\na: !!python/object/apply:os.getcwd []\n---\nText.")


def test_text_between_two_rules_is_no_front_matter() -> None:
    extract = markdown.read(b"---\n\nFirst.\n\n---\n\nSecond.")
    assert (extract.stated, [block.text for block in extract.blocks]) == ((), ["First.", "Second."])


@pytest.mark.parametrize("page", ["> " * 3000 + "x", "- " * 500 + "x", "---\na: " + "[" * 5000 + "\n---\nx"])
def test_nesting_without_end_is_refused_and_not_cut(page: str) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        markdown.read(page.encode())


def test_nesting_beyond_the_parsers_usual_limit_is_read() -> None:
    assert _blocks("> " * 30 + "deep") == [RawBlock("deep")]


def _blocks(page: str) -> list[RawBlock]:
    return list(markdown.read(page.encode()).blocks)
