"""Which source a fact is taken from, and what is no fact."""

from __future__ import annotations

import pytest

from alliance_qa import documents
from alliance_qa.documents import assembly
from alliance_qa.documents.extract import Extract, RawBlock, Stated
from alliance_qa.domain import BlockKind, Document, Fact, Provenance, Span

BODY = RawBlock("The first yard opened in May. The second yard took a year longer.")


def test_front_matter_comes_before_file_metadata_and_both_before_the_text() -> None:
    first = Stated("title", "From the File", Provenance.FILE_METADATA)
    second = Stated("title", "From the Front", Provenance.FRONT_MATTER)
    heading = RawBlock("From the Text", BlockKind.HEADING, 1)
    title = _assembled([heading, BODY], first, second).facts.title
    assert (title.value, title.provenance) == ("From the Front", Provenance.FRONT_MATTER)
    title = _assembled([heading, BODY], first).facts.title
    assert (title.value, title.provenance) == ("From the File", Provenance.FILE_METADATA)
    assert _assembled([heading, BODY]).facts.title == Fact("From the Text", Provenance.TEXT, Span(0, 13))


def test_the_file_name_is_the_last_resort_for_a_title() -> None:
    document = documents.read(b"One sentence is no title.", "talks/the-first_yard.txt")
    assert document.facts.title == Fact("The first yard", Provenance.FILE_NAME, None)


@pytest.mark.parametrize(
    ("path", "published", "title"),
    [
        ("_posts/2018-07-30-night-shifts.md", "2018-07-30", "Night shifts"),
        ("2018-07-30.markdown", "2018-07-30", "2018 07 30"),
        ("2018-07-30 Night Shifts.md", "2018-07-30", "Night Shifts"),
        ("2018-02-30-night-shifts.md", None, "Night shifts"),
        ("2018-07-30-night-shifts.txt", None, "2018 07 30 night shifts"),
        ("Night shifts 0123456789abcdef0123456789abcdef.md", None, "Night shifts"),
    ],
)
def test_the_name_of_a_markdown_file_dates_it(path: str, published: str | None, title: str) -> None:
    found = documents.read(b"One sentence is no title.", path).facts
    assert found.title.value == title
    assert found.published == (published and Fact(published, Provenance.FILE_NAME, where="file name"))


def test_what_the_file_states_comes_before_the_date_in_its_name() -> None:
    found = documents.read(b"---\ndate: 2020-01-02\n---\nText here.", "2018-07-30-night-shifts.md").facts
    assert found.published and found.published.value == "2020-01-02"


@pytest.mark.parametrize(
    "line",
    [
        "As Delivered",
        "As Prepared for Delivery",
        "Remarks as Prepared",
        "Check Against Delivery",
        "Embargoed Until Delivery",
        "Full Transcript",
        "Final Text",
        "Verbatim Record",
        "Unofficial Translation",
        "Good Morning",
    ],
)
def test_what_is_said_of_a_speech_is_no_author(line: str) -> None:
    page = f"REMARKS AT THE YARD\n\nOrvik\n{line}\nJune 12, 2023\n\nMINISTER HOLM: Thank you. We will build."
    found = documents.read(page.encode(), "speech.txt").facts
    assert (found.author, found.published and found.published.value) == (None, "2023-06-12")


@pytest.mark.parametrize("junk", ["untitled", "Microsoft Word - draft3.doc", "report_final.docx", "Document1"])
def test_what_a_program_calls_a_file_is_no_title(junk: str) -> None:
    heading = RawBlock("The Real Title", BlockKind.HEADING, 1)
    stated = Stated("title", junk, Provenance.FILE_METADATA)
    assert _assembled([heading, BODY], stated).facts.title.value == "The Real Title"


def test_a_title_may_end_in_an_abbreviation() -> None:
    assert documents.read(b"Japan and the U.S.\n\nIt goes on.", "x.txt").facts.title.value == "Japan and the U.S."


def test_a_title_that_was_a_line_is_a_heading() -> None:
    block = documents.read(b"The Title\n\nText follows here.", "x.txt").blocks[0]
    assert (block.kind, block.level) == (BlockKind.HEADING, 1)


@pytest.mark.parametrize("date", ["soon", "04/05/2024", "2024-02-30"])
def test_a_stated_date_that_is_none_gives_way_to_the_text(date: str) -> None:
    line = RawBlock("May 8, 2023", BlockKind.METADATA)
    stated = Stated("published", date, Provenance.FRONT_MATTER)
    document = _assembled([RawBlock("T", BlockKind.HEADING, 1), line, BODY], stated)
    assert _cited(document, document.facts.published) == ("2023-05-08", "May 8, 2023")


def test_a_date_in_the_running_text_is_no_date_of_publication() -> None:
    assert documents.read(b"The Title\n\nIt happened on April 16, 2024.", "x.txt").facts.published is None


def test_a_date_far_below_the_head_is_no_date_of_publication() -> None:
    page = "The Title\n\n" + "One more paragraph.\n\n" * 12 + "April 16, 2024\n\nThe end came."
    assert documents.read(page.encode(), "x.txt").facts.published is None


def test_the_day_of_an_update_is_no_date_of_publication() -> None:
    assert documents.read(b"The Title\n\nLast updated: May 1, 2024\n\nText.", "x.txt").facts.published is None


@pytest.mark.parametrize(
    ("sentence", "publisher", "published"),
    [
        (
            "This commentary originally appeared on Nikkei Asia on April 16, 2024.",
            "Nikkei Asia",
            "2024-04-16",
        ),
        ("This article first appeared in the Harbour Review (May 2023).", "Harbour Review", "2023-05"),
        (
            "This op-ed was originally published by The Example Times, 3 March 2021.",
            "The Example Times",
            "2021-03-03",
        ),
        ("This essay was published in Law and Sea and is reprinted with permission.", "Law and Sea", None),
        ("This piece originally ran in “Harbour.org”.", "Harbour.org", None),
    ],
)
def test_where_a_text_first_appeared_is_its_publisher(sentence: str, publisher: str, published: str | None) -> None:
    document = documents.read(f"The Title\n\n{BODY.text} {sentence}".encode(), "x.txt")
    assert _cited(document, document.facts.publisher) == (publisher, sentence)
    assert _cited(document, document.facts.published) == ((published, sentence) if published else None)


@pytest.mark.parametrize(
    "sentence",
    [
        "The report published in Tokyo on May 1, 2020 says so.",
        "This report appeared in our hands.",
        "This is a report.",
    ],
)
def test_a_sentence_about_another_text_names_no_publisher(sentence: str) -> None:
    assert documents.read(f"The Title\n\n{sentence}".encode(), "x.txt").facts.publisher is None


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://x.example/a?b=c#d", True),
        ("HTTP://x.example", True),
        ("javascript:alert(1)", False),
        ("ftp://x.example", False),
        ("/relative", False),
        ("https://", False),
        ("https://user:secret@x.example/", False),
        ("https://x.example/a b", False),
        ("https://[x", False),
    ],
)
def test_only_a_web_address_is_a_source(address: str, kept: bool) -> None:
    found = _assembled([BODY], Stated("source_url", address, Provenance.FRONT_MATTER)).facts.source_url
    assert (found and found.value) == (address if kept else None)


@pytest.mark.parametrize(
    ("stated", "tag"),
    [("en", "en"), ("en_US", "en-us"), ("zh-Hant-TW", "zh-hant-tw"), ("English", None), ("日本語", None)]
    + [("English (en)", "en"), ("日本語 (ja)", "ja"), ("English (the usual kind)", None)],
)
def test_a_language_is_a_tag(stated: str, tag: str | None) -> None:
    found = _assembled([BODY], Stated("language", stated, Provenance.FILE_METADATA)).facts.language
    assert (found and found.value) == tag


def test_a_note_inside_a_long_paragraph_is_cited_as_its_sentence() -> None:
    note = "Mina S. Sorel is a senior fellow at the Example Institute."
    page = f"The Title\n\n{BODY.text} {'It was dull work. ' * 12}{note} She lives in Bergen."
    document = documents.read(page.encode(), "x.txt")
    assert _cited(document, document.facts.author) == ("Mina S. Sorel", note)


def test_a_person_introduced_long_before_the_end_is_no_author() -> None:
    page = "The Title\n\nMina S. Sorel is a fellow at the Institute.\n\n" + "".join(
        f"Paragraph {number} is about her.\n\n" for number in range(8)
    )
    assert documents.read(page.encode(), "x.txt").facts.author is None


def test_a_producer_is_no_author_and_no_publisher() -> None:
    producer = Stated("producer", "Some Printer 9", Provenance.FILE_METADATA)
    facts = _assembled([BODY], producer).facts
    assert (facts.author, facts.publisher) == (None, None)


def _assembled(blocks: list[RawBlock], *stated: Stated) -> Document:
    extract = Extract(tuple(blocks), stated)
    return assembly.assemble(extract, sha256="", path="x.txt", media_type="text/plain").document


def _cited(document: Document, fact: Fact | None) -> tuple[str, str] | None:
    return (fact.value, fact.span.of(document.text)) if fact and fact.span else None
