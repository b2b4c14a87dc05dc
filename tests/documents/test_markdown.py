from __future__ import annotations

import pytest

from alliance_qa.documents import markdown
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError


def test_markup_goes_and_its_text_stays() -> None:
    assert _blocks("A *b* **c** `d` ~~e~~ [f](https://x.example 'g')\nh  \ni <b>j</b><br>k &amp; l\\*") == [
        RawBlock("A b c d f h i j k & l*")
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
        ("when", "2022-11-03 10:00:00"),
        ("draft", "no"),
        ("weight", "3"),
        ("source_url", "https://x.example/"),
        ("language", "ja"),
    ]
    assert {fact.provenance for fact in stated} == {Provenance.FRONT_MATTER}


def test_our_own_name_wins_over_its_alias() -> None:
    assert markdown.read(b"---\ndate: 2020-01-01\npublished: 2021-01-01\n---\n").stated == (
        Stated("date", "2020-01-01", Provenance.FRONT_MATTER, 'front matter "date"'),
        Stated("published", "2021-01-01", Provenance.FRONT_MATTER, 'front matter "published"'),
    )


def test_malformed_front_matter_names_its_line() -> None:
    with pytest.raises(DocumentError, match=r"^front matter is not valid YAML at line 4 \(.+\); correct or remove it$"):
        markdown.read(b"---\ntitle: x\na: [1\nb: 2\n---\nText.")


def test_values_of_front_matter_are_kept_as_written() -> None:
    stated = markdown.read(b"---\nat: 12:30\nversion: 1.10\nnumber: 007\nday: 2024-02-31\nnone: ~\n---\nText.").stated
    assert [fact.value for fact in stated] == ["12:30", "1.10", "007", "2024-02-31"]


def test_front_matter_builds_no_objects() -> None:
    extract = markdown.read(b"---\na: !!python/object/apply:os.getcwd []\n---\nText.")
    assert (extract.stated, extract.blocks) == ((), (RawBlock("Text."),))


def test_text_between_two_rules_is_no_front_matter() -> None:
    extract = markdown.read(b"---\n\nFirst.\n\n---\n\nSecond.")
    assert (extract.stated, [block.text for block in extract.blocks]) == ((), ["First.", "Second."])


@pytest.mark.parametrize("page", ["> " * 3000 + "x", "- " * 500 + "x", "---\na: " + "[" * 5000 + "\n---\nx"])
def test_nesting_without_end_is_refused_and_not_cut(page: str) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        markdown.read(page.encode())


def test_nesting_beyond_the_parsers_usual_limit_is_read() -> None:
    assert _blocks("> " * 30 + "deep") == [RawBlock("deep")]


def _facts(page: str) -> dict[str, str]:
    return {fact.name: fact.value for fact in markdown.read(page.encode()).stated}


def _left_out(page: str) -> list[LeftOut]:
    return list(markdown.read(page.encode()).left_out)


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: A Pier\nauthor: Ada Quill, Bo Lund\ndate: 2022-11-03\n...\n",
        "---\ntitle: A *Pier*\nauthor:\n  - name: Ada Quill\n    id: 1\n  - name: Bo Lund\ndate: 2022-11-03\n---\n",
        "---\ntitle: A Pier\ndate: 2022-11-03\nby:\n- name: {given: Ada, family: Quill}\n- literal: Bo Lund\n---\n",
        '+++\ntitle = "A Pier"\ndate = 2022-11-03\n[params]\nauthors = ["Ada Quill", "Bo Lund"]\n+++\n',
        '+++\ntitle="A Pier"\ndate=2022-11-03\n[[author]]\nname="Ada Quill"\n[[author]]\nname="Bo Lund"\n+++\n',
        '{\n  "title": "A Pier", "date": "2022-11-03",\n  "author": ["Ada Quill", "Bo Lund"]\n}\n',
        "% A\n  Pier\n% Ada Quill; Bo Lund\n% 2022-11-03\n",
        "% A Pier\n% Ada Quill\n  Bo Lund\n% 2022-11-03\n",
        "Title: A Pier\nAuthors: Ada Quill, Bo Lund\nDate: 2022-11-03\n\n",
        "title:  A\n  Pier\nby:     Ada Quill, Bo Lund\npublish date: 2022-11-03\n\n",
    ],
)
def test_each_dialect_states_its_facts_above_the_text(head: str) -> None:
    stated = {"title": "A Pier", "author": "Ada Quill, Bo Lund", "published": "2022-11-03"}
    assert _facts(f"{head}\nThe text: it follows.") == stated
    assert _blocks(f"{head}\nThe text: it follows.") == [RawBlock("The text: it follows.")]


def test_properties_below_the_title_are_facts_and_creation_is_a_weak_date() -> None:
    extract = markdown.read(b"# A Pier\n\nCreated: June 1, 2024 10:00 AM\nTags: a, b\n\nText.")
    assert extract.blocks == (RawBlock("A Pier", BlockKind.HEADING, 1), RawBlock("Text."))
    assert extract.stated[0] == Stated(
        "published", "June 1, 2024 10:00 AM", Provenance.FRONT_MATTER, 'front matter "Created"', weak=True
    )


@pytest.mark.parametrize("page", ["Q: Who pays?\nA: The host.\n\nText.", "Note: one\nWarning: two\n\nText."])
def test_other_lines_with_colons_are_text(page: str) -> None:
    assert _facts(page) == {}
    assert len(_blocks(page)) == 2


def test_malformed_toml_names_its_line() -> None:
    with pytest.raises(DocumentError, match=r"^front matter is not valid TOML: .+\(at line 3, column 8\); correct or"):
        markdown.read(b'+++\ntitle = "x"\na = [1 2]\n+++\nText.')


@pytest.mark.parametrize(
    ("page", "read", "marks"),
    [
        (
            "It rose in 2015[^1] and 2019.[^b]\n\n[^1]: One.\n[^b]: Two.",
            ["It rose in 2015 and 2019.", "One.", "Two."],
            "1b",
        ),
        (
            "It cost $320[^1] million.\n\n[^1]: One\n    goes on.\n\n    Two.",
            ["It cost $320 million.", "One goes on.", "Two."],
            "1",
        ),
        ("It rose.[^9]", ["It rose."], "9"),
        ("It rose.\n\n[^9]: Unused.", ["It rose.", "Unused."], ""),
        ("It rose^[The *note*.], then fell.", ["It rose, then fell.", "The note."], "^"),
        ("It rose<sup>12</sup> by 40%<sup>[3]</sup>.", ["It rose by 40%."], ["12", "3"]),
        ('It rose (early<sup><a href="#n">1</a></sup>).', ["It rose (early)."], "1"),
        ("It rose[[1]](#_ftn1) and fell[\\[2\\]](#_ftn2).", ["It rose and fell."], "12"),
        ("It rose in 2015¹ and 2019.²", ["It rose in 2015 and 2019."], "¹²"),
        (
            "12 km<sup>2</sup>, 10<sup>6</sup> t, m^3^, H~2~O, the 1<sup>st</sup>",
            ["12 km², 10⁶ t, m³, H2O, the 1st"],
            "",
        ),
    ],
)
def test_marks_of_notes_are_left_out_and_notes_are_paragraphs(page: str, read: list[str], marks: list[str]) -> None:
    assert _blocks(page) == [RawBlock(text) for text in read]
    assert sorted(_left_out(page), key=lambda out: out.text) == [
        LeftOut(Omission.NOTE_MARK, mark) for mark in sorted(marks)
    ]


@pytest.mark.parametrize(
    ("page", "read", "why", "left"),
    [
        ("The fee is ~~650~~ 655.", "The fee is 655.", Omission.STRUCK_OUT, "650"),
        ("The fee is <del>650</del>655.", "The fee is 655.", Omission.STRUCK_OUT, "650"),
        ("The fee <s class='x'>was 650</s> is 655.", "The fee is 655.", Omission.STRUCK_OUT, "was 650"),
        ("The fee is {~~650~>655~~}.", "The fee is 655.", Omission.STRUCK_OUT, "650"),
        ("The fee is 655 {--crowns--}.", "The fee is 655.", Omission.STRUCK_OUT, "crowns"),
        ("The fee is 655 %%ask Bo%%.", "The fee is 655.", Omission.COMMENT, "ask Bo"),
        ("%%\nask\n\nBo\n%%\n\nThe fee is 655.", "The fee is 655.", Omission.COMMENT, "ask Bo"),
        ("The fee is 655{>>sure?<<}.", "The fee is 655.", Omission.COMMENT, "sure?"),
        ("The fee <!-- ask --> is 655.", "The fee is 655.", Omission.COMMENT, "ask"),
        ("<!--\nask\n\nBo\n-->\n\nThe fee is 655.", "The fee is 655.", Omission.COMMENT, "ask Bo"),
        (
            "{% comment %}\nask\n\nBo\n{% endcomment %}\n\nThe fee is 655.",
            "The fee is 655.",
            Omission.COMMENT,
            "ask Bo",
        ),
        ("{% include toc.html %}\n\nThe fee is 655.", "The fee is 655.", Omission.CODE, "{% include toc.html %}"),
        ("The fee{{ page.x }} is 655.", "The fee is 655.", Omission.CODE, "{{ page.x }}"),
        ("![[map.png]]\n\nThe fee is 655.", "The fee is 655.", Omission.CODE, "![[map.png]]"),
        (
            "```{r}\n#| label: x\nplot(1)\n```\n\nThe fee is 655.",
            "The fee is 655.",
            Omission.CODE,
            "#| label: x plot(1)",
        ),
        ("```mermaid\na --> b\n```\n\nThe fee is 655.", "The fee is 655.", Omission.CODE, "a --> b"),
    ],
)
def test_what_is_no_text_is_left_out_and_accounted_for(page: str, read: str, why: Omission, left: str) -> None:
    assert _blocks(page) == [RawBlock(read)]
    assert _left_out(page) == [LeftOut(why, left)]


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("::: {.callout-note}\nOne.\n:::\nTwo.", ["One.", "Two."]),
        ('::: {.callout-tip title="A title"}\n\nOne.\n:::', ["A title", "One."]),
        (':::: {.columns}\n::: {.column width="50%"}\nOne.\n:::\n::::', ["One."]),
        (":::tip[A title]\nOne.\n:::", ["A title", "One."]),
        ("> [!important] A title\n> One [[Page|shown]] and [[Page]].", ["A title", "One shown and Page."]),
        ("> [!NOTE]\n> One.", ["One."]),
        ("One ==lit== word. ^name", ["One lit word."]),
        ('One [word]{.smallcaps} and [link](x){:target="_blank"}.\n{: .lead }', ["One word and link."]),
        ("```{note}\nOne *word*.\n```", ["One word."]),
        ("\\newpage\n\nOne.\n\n[TOC]", ["One."]),
        (
            "It costs $5 and $6, and $a_1 * b_1 = c$.\n\n$$\nE = mc^2\n$$",
            ["It costs $5 and $6, and a_1 * b_1 = c.", "E = mc^2"],
        ),
        (
            "`~~code~~`, `[[x]]` and `{{ y }}`, 5 ~ 6, a == b, 100%% of 50%%.",
            ["~~code~~, [[x]] and {{ y }}, 5 ~ 6, a == b, 100%% of 50%%."],
        ),
    ],
)
def test_marks_of_dialects_go_and_their_text_stays(page: str, read: list[str]) -> None:
    assert _blocks(page) == [RawBlock(text) for text in read]
    assert _left_out(page) == []


def test_headings_lose_their_attributes_and_tasks_their_boxes() -> None:
    assert _blocks("# One {#id .c}\n\nTwo\n===\n{: .no_toc }\n\n- [x] done\n- [ ] open") == [
        RawBlock("One", BlockKind.HEADING, 1),
        RawBlock("Two", BlockKind.HEADING, 1),
        RawBlock("done", BlockKind.ITEM),
        RawBlock("open", BlockKind.ITEM),
    ]


def test_definitions_are_entries_and_a_line_below_a_table_its_caption() -> None:
    assert _blocks("Pier\n: A long one\n\n| a |\n|---|\n| 1 |\n\n: What it counts {#tbl-x}") == [
        RawBlock("Pier", BlockKind.ITEM),
        RawBlock("A long one", BlockKind.ITEM),
        RawBlock("a", BlockKind.ROW, 1),
        RawBlock("1", BlockKind.ROW),
        RawBlock("What it counts", BlockKind.CAPTION),
    ]


def _blocks(page: str) -> list[RawBlock]:
    return list(markdown.read(page.encode()).blocks)
