"""Claims about the facts that Word files state: in the head of a memo, in their properties."""

from __future__ import annotations

import pytest
from docx.document import Document
from word_cases import cell, p, row, strict, table
from word_files import SENTENCE, run, with_body, written

from alliance_qa import documents
from alliance_qa.documents import docx
from alliance_qa.domain import BlockKind, Provenance

BODY = p(run("The quay stays shut until the dredging ends."))
TAB = "<w:r><w:tab/></w:r>"
BREAK = "<w:r><w:br/></w:r>"
SENDER = "Ines Falk, Harbour Office"


def line(label: str, said: str) -> str:
    return p(run(label) + TAB + run(said))


MEMOS = {
    "a table": table(
        row("TO:", "All crews"), row("FROM:", SENDER), row("DATE:", "9 May 2022"), row("SUBJECT:", "Shut quay")
    ),
    "a table in small letters, without colons": table(
        row("Date", "9 May 2022"), row("To", "All crews"), row("From", SENDER), row("Re", "Shut quay")
    ),
    "a table with label and value in one cell": table(
        row("To: All crews", "Date: May 9, 2022"), row("From: " + SENDER, "Re: Shut quay")
    ),
    "a table with two entries in a row": table(
        row("TO:", "All crews", "DATE:", "2022-05-09"), row("FROM:", SENDER, "RE:", "Shut quay")
    ),
    "a table with all labels in one cell": table(
        row(
            cell("".join(p(run(label)) for label in ("TO:", "FROM:", "DATE:", "SUBJECT:"))),
            cell("".join(p(run(said)) for said in ("All crews", SENDER, "9 May 2022", "Shut quay"))),
        )
    ),
    "a frame": table(
        row(cell(p(run("TO: All crews")) + p(run("FROM: " + SENDER)) + p(run("DATE: 9 May 2022")))),
        row("SUBJECT: Shut quay"),
    ),
    "lines with tabs": line("TO:", "All crews")
    + line("FROM:", SENDER)
    + line("DATE:", "9 May 2022")
    + line("SUBJECT:", "Shut quay"),
    "lines without tabs, below the word memorandum": p(run("MEMORANDUM"))
    + p("")
    + "".join(
        p(run(one))
        for one in ("To: All crews", "CC: the board", "From: " + SENDER, "Date: 9 May 2022", "Re: Shut quay")
    ),
    "one paragraph with line breaks": p(
        BREAK.join(
            run(one) for one in ("TO: All crews", "FROM: " + SENDER, "DATE: Monday, May 9, 2022", "SUBJECT: Shut quay")
        )
    ),
    "lines with bold labels and empty lines between": p("").join(
        p(run(label, "<w:b/>") + run(" " + said))
        for label, said in (
            ("Memorandum for:", "All crews"),
            ("From:", SENDER),
            ("Date:", "9 May 2022"),
            ("Subject:", "Shut quay"),
        )
    ),
    "a printed message": "".join(
        p(run(one))
        for one in (
            "From: Ines Falk &lt;ines@harbour.example&gt;",
            "Sent: Monday, May 9, 2022 3:04 PM",
            "To: All crews",
            "Subject: Shut quay",
        )
    ),
    "a table whose subject goes on below": table(
        row("TO:", "All crews"),
        row("FROM:", SENDER),
        row("DATE:", "9 May 2022"),
        row("SUBJECT:", "Shut"),
        row("", "quay"),
    ),
}


@pytest.mark.parametrize("head", MEMOS.values(), ids=MEMOS)
@pytest.mark.parametrize("form", [lambda data: data, strict], ids=["usual", "strict"])
def test_the_head_of_a_memo_states_title_author_and_date(head: str, form: object) -> None:
    assert callable(form)
    document = documents.read(form(with_body(head + BODY)), "memo.docx")
    facts = document.facts
    assert facts.author and facts.published
    assert (facts.title.value, facts.author.value, facts.published.value) == ("Shut quay", "Ines Falk", "2022-05-09")
    for fact in (facts.title, facts.author, facts.published):
        assert (fact.provenance, fact.where) == (Provenance.TEXT, "memo head")
        assert fact.span is not None and fact.span.of(document.text)


def test_the_entries_of_a_memo_are_lines_and_the_rest_is_text() -> None:
    found = docx.read(with_body(MEMOS["a table"] + BODY)).blocks
    assert [(block.text, block.kind) for block in found] == [
        ("TO: All crews", BlockKind.ITEM),
        ("FROM: Ines Falk, Harbour Office", BlockKind.ITEM),
        ("DATE: 9 May 2022", BlockKind.ITEM),
        ("SUBJECT: Shut quay", BlockKind.ITEM),
        ("The quay stays shut until the dredging ends.", BlockKind.PARAGRAPH),
    ]


@pytest.mark.parametrize(
    "text",
    [
        p(run("From: the north quay to the south it is a mile.")) + BODY,
        p(run("Date: 9 May 2022")) + p(run("Subject: Shut quay")) + BODY,
        table(row("From", "To", "Date"), row("Lindholm", "Skagby", "9 May 2022")) + BODY,
        table(row("From:", "Lindholm"), row("To:", "Skagby"), row("Date:", "9 May 2022")) + BODY,
        BODY * 30 + MEMOS["a table"],
        p(run("To go from one quay to the other takes an hour.")) + BODY,
    ],
)
def test_what_is_no_head_of_a_memo_states_nothing(text: str) -> None:
    assert docx.read(with_body(text)).stated == ()


def test_a_date_that_is_none_and_a_sender_who_is_nobody_are_not_stated() -> None:
    head = table(row("TO:", "All crews"), row("FROM:", "Admin"), row("DATE:", "next week"), row("RE:", "Shut quay"))
    assert [(fact.name, fact.value) for fact in docx.read(with_body(head + BODY)).stated] == [("title", "Shut quay")]


def test_a_body_may_send_a_memo() -> None:
    head = table(row("TO:", "All crews"), row("FROM:", "Harbour Office"), row("RE:", "Shut quay"))
    stated = {fact.name: fact.value for fact in docx.read(with_body(head + BODY)).stated}
    assert stated == {"title": "Shut quay", "author": "Harbour Office"}


NOBODY = """Windows User|Un-named|admin|Administrator|Microsoft Office User|python-docx|User|DESKTOP-4F7K2|HP|Unknown
Author|openpyxl|docx4j|Apache POI|LibreOffice|Office|Owner|Guest|Lenovo|jdoe3|scanner|Microsoft Corporation""".split(
    "|"
)


@pytest.mark.parametrize("name", [" ".join(name.split()) for name in NOBODY])
def test_a_byline_counts_where_the_properties_name_nobody(name: str) -> None:
    def write(document: Document) -> None:
        document.add_heading("The Quay in May", 0)
        document.add_paragraph("By Ines Falk")
        document.add_paragraph("9 May 2022")
        document.add_paragraph(SENTENCE)
        document.core_properties.author = name

    facts = documents.read(written(write), "quay.docx").facts
    assert facts.author
    assert (facts.author.value, facts.author.provenance) == ("Ines Falk", Provenance.TEXT)


def test_properties_say_where_they_stand_and_semicolons_part_authors() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(SENTENCE)
        document.core_properties.author = "Ines Falk; Windows User; Jon Berg"

    (fact,) = docx.read(written(write)).stated
    assert (fact.name, fact.value, fact.where) == ("author", "Ines Falk, Jon Berg", "docProps/core.xml dc:creator")
