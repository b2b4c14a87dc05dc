"""Claims about the PDF reader. Every file is made here, in memory; the texts are invented."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from pdf_files import Put, assembled, one_sentence, stream, written
from reportlab.lib.pdfencrypt import StandardEncryption

from alliance_qa.documents import pdf
from alliance_qa.documents.extract import RawBlock
from alliance_qa.documents.pdf import letters
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure


def stated(data: bytes) -> dict[str, str]:
    facts = pdf.read(data).stated
    assert {fact.provenance for fact in facts} <= {Provenance.FILE_METADATA}
    return {fact.name: fact.value for fact in facts}


def texts(data: bytes) -> list[str]:
    return [block.text for block in pdf.read(data).blocks]


def with_info(info: str) -> bytes:
    return assembled(one_sentence(info=info), info="/Info 6 0 R")


def with_xmp(properties: str, info: str = "", pdf_namespace: str = "http://ns.adobe.com/pdf/1.3/") -> bytes:
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        f' xmlns:pdf="{pdf_namespace}" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f'{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    more = {7: stream(packet, "/Type /Metadata /Subtype /XML")}
    return assembled(one_sentence(info=info, catalog="/Metadata 7 0 R", more=more), info="/Info 6 0 R")


BODY = (
    "The United States and Japan signed a new treaty in January 1960.",
    "It lets either side end it after ten years with a year of notice,",
    "and it asks both to consult when the peace of the region is in doubt.",
)
BODY_TEXT = " ".join(BODY)

# --- paragraphs, headings, lists -----------------------------------------------------------


def test_lines_of_a_paragraph_become_one_block_on_its_page() -> None:
    assert pdf.read(written([Put(72, 700, BODY)])).blocks == (RawBlock(BODY_TEXT, page=1),)


def test_a_wider_gap_parts_paragraphs() -> None:
    data = written([Put(72, 700, BODY), Put(72, 700 - 2 * 12 - 18, ["Bases are lent, not ceded."])])
    assert texts(data) == [BODY_TEXT, "Bases are lent, not ceded."]


def test_an_indent_after_a_full_stop_parts_paragraphs() -> None:
    data = written(
        [
            Put(72, 700, BODY),
            Put(90, 664, ["Bases are lent under a second agreement of the"]),
            Put(72, 652, ["same day, which is known by the letters SOFA."]),
        ]
    )
    assert texts(data) == [
        BODY_TEXT,
        "Bases are lent under a second agreement of the same day, which is known by the letters SOFA.",
    ]


def test_a_short_last_line_parts_paragraphs_set_without_gap_or_indent() -> None:
    data = written([Put(72, 700, [*BODY, "So it stands.", "Later ministers wrote guidelines for their staffs."])])
    assert texts(data) == [f"{BODY_TEXT} So it stands.", "Later ministers wrote guidelines for their staffs."]


def test_larger_letters_are_headings_with_levels_by_size() -> None:
    data = written(
        [
            Put(72, 730, ["Notes on the alliance"], size=20),
            Put(72, 700, ["Origins"], size=14),
            Put(72, 680, BODY),
            Put(72, 620, ["Occupation"], font="Times-Bold"),
            Put(72, 606, BODY),
            Put(72, 550, ["Bases"], size=14),
            Put(72, 530, BODY),
        ]
    )
    assert [(b.text, b.kind, b.level) for b in pdf.read(data).blocks if b.text != BODY_TEXT] == [
        ("Notes on the alliance", BlockKind.HEADING, 1),
        ("Origins", BlockKind.HEADING, 2),
        ("Occupation", BlockKind.HEADING, 3),
        ("Bases", BlockKind.HEADING, 2),
    ]


def test_a_heading_over_two_lines_is_one_block() -> None:
    title = Put(72, 730, ["How two former enemies", "came to an alliance"], size=20, leading=24)
    assert texts(written([title, Put(72, 660, BODY)]))[0] == "How two former enemies came to an alliance"


def test_a_bold_sentence_is_a_paragraph() -> None:
    data = written(
        [
            Put(72, 730, ["Neither state may be asked to give up its constitution."], font="Times-Bold"),
            Put(72, 700, BODY),
        ]
    )
    assert [block.kind for block in pdf.read(data).blocks] == [BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]


def with_bold() -> dict[int, str]:
    """The objects of a page that has /B for a bold face beside /F."""
    objects = one_sentence(more={7: "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Bold >>"})
    objects[3] = objects[3].replace("/Font <<", "/Font << /B 7 0 R ")
    return objects


def test_bold_words_that_open_an_item_make_no_heading_of_its_line() -> None:
    objects = with_bold()
    objects[4] = stream(
        "BT /F 10 Tf 72 700 Td (The pact has two aims, and the board reports on both of them each year.) Tj"
        " 0 -30 Td /B 10 Tf (1. Ports that are open all year long.) Tj /F 10 Tf ( The aim asks the parties) Tj"
        " 0 -12 Td (to keep the quays free of ice and to say when they cannot.) Tj ET"
    )
    assert pdf.read(assembled(objects)).blocks[1] == RawBlock(
        "1. Ports that are open all year long. The aim asks the parties to keep the quays free of ice and to say"
        " when they cannot.",
        BlockKind.ITEM,
        page=1,
    )


def test_short_bold_items_behind_plain_numbers_are_a_list_each_for_itself() -> None:
    objects = with_bold()
    lines = "".join(
        f" /F 10 Tf 0 -14 Td ({number}. ) Tj /B 10 Tf ({name}) Tj"
        for number, name in enumerate(("Oslo", "Bonn", "Rome", "Riga"), 1)
    )
    objects[4] = stream(
        f"BT /F 10 Tf 72 730 Td (The board met in four towns, one of them in each season:) Tj{lines} ET"
    )
    assert [(b.kind, b.text) for b in pdf.read(assembled(objects)).blocks[1:]] == [
        (BlockKind.ITEM, "1. Oslo"),
        (BlockKind.ITEM, "2. Bonn"),
        (BlockKind.ITEM, "3. Rome"),
        (BlockKind.ITEM, "4. Riga"),
    ]


def test_a_numbered_heading_is_no_part_of_the_one_above_it() -> None:
    heads = [Put(72, 730, ["1. Lindhamn harbour", "2. Skagen quay"], font="Times-Bold"), Put(72, 690, BODY)]
    assert texts(written(heads))[:2] == ["1. Lindhamn harbour", "2. Skagen quay"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("LENT, NOT CEDED", BlockKind.HEADING),
        ("Lent, not ceded", BlockKind.PARAGRAPH),
        ("FY 2023", BlockKind.PARAGRAPH),
        ("USA", BlockKind.PARAGRAPH),
        ("PREAMBLE", BlockKind.HEADING),
        ("PART I", BlockKind.HEADING),
    ],
)
def test_a_bold_line_in_small_capitals_is_a_heading(line: str, kind: BlockKind) -> None:
    data = written([Put(72, 730, [line], font="Times-Bold", size=8), Put(72, 700, BODY)])
    first, *_ = pdf.read(data).blocks
    assert (first.text, first.kind) == (line, kind)


def test_size_that_comes_from_the_matrix_counts() -> None:
    objects = one_sentence()
    objects[4] = stream(
        "BT /F 1 Tf 20 0 0 20 72 700 Tm (Origins) Tj 10 0 0 10 72 660 Tm"
        " (The treaty of 1960 has ten articles and a preamble.) Tj ET"
    )
    assert pdf.read(assembled(objects)).blocks == (
        RawBlock("Origins", BlockKind.HEADING, 1, 1),
        RawBlock("The treaty of 1960 has ten articles and a preamble.", page=1),
    )


def test_bullets_are_items_without_the_bullet() -> None:
    data = written(
        [
            Put(72, 700, ["Four forums meet:"]),
            Put(72, 682, ["• the Security Consultative Committee, in which four"]),
            Put(80, 670, ["ministers sit;"]),
            Put(72, 658, ["• the Joint Committee."]),
        ]
    )
    assert pdf.read(data).blocks == (
        RawBlock("Four forums meet:", page=1),
        RawBlock("the Security Consultative Committee, in which four ministers sit;", BlockKind.ITEM, page=1),
        RawBlock("the Joint Committee.", BlockKind.ITEM, page=1),
    )


def test_numbered_items_keep_their_numbers() -> None:
    data = written([Put(72, 700, ["Two tasks were named:", "1. to defend Japan;", "2. to keep the peace."])])
    assert [(b.text, b.kind) for b in pdf.read(data).blocks] == [
        ("Two tasks were named:", BlockKind.PARAGRAPH),
        ("1. to defend Japan;", BlockKind.ITEM),
        ("2. to keep the peace.", BlockKind.ITEM),
    ]


def test_a_number_that_begins_a_line_by_chance_is_no_item() -> None:
    lines = [
        "The peace treaty was signed in San Francisco on September",
        "8. The security treaty followed the same day.",
    ]
    assert pdf.read(written([Put(72, 700, lines)])).blocks == (RawBlock(" ".join(lines), page=1),)


def test_a_figure_caption_is_a_caption() -> None:
    data = written([Put(72, 700, BODY), Put(72, 640, ["Figure 1. Bases by area."], size=9)])
    assert pdf.read(data).blocks[1] == RawBlock("Figure 1. Bases by area.", BlockKind.CAPTION, page=1)


# --- reading order -------------------------------------------------------------------------

LEFT = (
    "The left column is read from its top",
    "to its end before the right one is",
    "begun, as printers of journals do it",
)
RIGHT = (
    "and then the eye goes up again to the",
    "top of the right column, where this",
    "sentence of the test comes to its end.",
)


def test_two_columns_are_read_one_after_the_other() -> None:
    data = written([Put(72, 700, LEFT), Put(320, 700, RIGHT)])
    assert texts(data) == [" ".join((*LEFT, *RIGHT))]


def test_columns_drawn_line_by_line_across_are_read_column_by_column() -> None:
    rows = [put for i in range(3) for put in (Put(72, 700 - 12 * i, [LEFT[i]]), Put(320, 700 - 12 * i, [RIGHT[i]]))]
    assert texts(written(rows)) == [" ".join((*LEFT, *RIGHT))]


def test_a_title_over_two_columns_comes_first() -> None:
    title = "A title that is wide enough to stand above both of the columns"
    data = written([Put(320, 660, RIGHT), Put(72, 660, LEFT), Put(72, 710, [title], size=14)])
    assert texts(data) == [title, " ".join((*LEFT, *RIGHT))]


def test_rows_of_a_table_are_read_across() -> None:
    names = ["Yokosuka", "Misawa", "Kadena", "Iwakuni"]
    uses = ["navy", "air force", "air force", "marines"]
    data = written([Put(72, 700, BODY), Put(72, 640, names, leading=20), Put(320, 640, uses, leading=20)])
    assert pdf.read(data).blocks[1:] == tuple(
        RawBlock(text, BlockKind.ROW, page=1)
        for text in ("Yokosuka | navy", "Misawa | air force", "Kadena | air force", "Iwakuni | marines")
    )


def test_a_turned_page_is_read_as_it_is_seen() -> None:
    objects = one_sentence(page="/Rotate 90")
    objects[4] = stream(
        "BT /F 10 Tf 0 1 -1 0 100 72 Tm (First the upper line,) Tj 0 1 -1 0 112 72 Tm (then the lower.) Tj ET"
    )
    assert texts(assembled(objects)) == ["First the upper line, then the lower."]


def test_printers_marks_beside_the_page_are_left_out() -> None:
    objects = one_sentence(page="/CropBox [0 0 612 700]")
    objects[4] = stream("BT /F 10 Tf 72 600 Td (Inside.) Tj 0 150 Td (proof 3 of 7) Tj ET")
    assert texts(assembled(objects)) == ["Inside."]


# --- pages ---------------------------------------------------------------------------------


def test_a_paragraph_over_a_page_break_is_one_block_of_the_first_page() -> None:
    data = written([Put(72, 100, BODY[:2])], [Put(72, 700, BODY[2:])])
    assert pdf.read(data).blocks == (RawBlock(BODY_TEXT, page=1),)


def test_a_sentence_that_ends_with_the_page_ends_the_paragraph() -> None:
    data = written([Put(72, 100, BODY)], [Put(72, 700, BODY)])
    assert pdf.read(data).blocks == (RawBlock(BODY_TEXT, page=1), RawBlock(BODY_TEXT, page=2))


def test_footnotes_do_not_part_a_paragraph_over_a_page_break() -> None:
    note = Put(72, 60, ["1 See the exchange of notes."], size=8)
    data = written([Put(72, 120, BODY[:2]), note], [Put(72, 700, BODY[2:])])
    assert pdf.read(data).blocks == (
        RawBlock(BODY_TEXT, page=1),
        RawBlock("1 See the exchange of notes.", page=1),
    )


def test_pages_of_figures_do_not_part_a_sentence() -> None:
    figures = [[Put(72, 400, [f"Figure {at}: Visits of the fleet, by port and year"], size=8)] for at in (1, 2, 3)]
    data = written([Put(72, 700, BODY[:1] + BODY[1:2])], *figures, [Put(72, 700, BODY[2:])])
    assert texts(data)[0] == BODY_TEXT


def test_a_raised_footnote_number_is_left_out_and_a_power_stays() -> None:
    objects = one_sentence()
    objects[4] = stream(
        "BT /F 10 Tf 72 600 Td (It was revised.) Tj /F 6 Tf 4 Ts (12) Tj /F 10 Tf 0 Ts"
        " ( The base covers 20 km) Tj /F 6 Tf 4 Ts (2) Tj /F 10 Tf 0 Ts ( of land.) Tj ET"
    )
    assert texts(assembled(objects)) == ["It was revised. The base covers 20 km² of land."]


SENTENCES = (
    "Ministers met in Tokyo and spoke about the budget.",
    "Exercises at sea were held with three partners.",
    "A command for joint operations began its work.",
    "Parliament asked how the bases should be paid for.",
)


def test_running_headers_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            Put(72, 750, ["Alliance Quarterly"], size=8),
            Put(500, 750, ["Spring 2024"], size=8),
            Put(72, 600, [sentence]),
            Put(300, 40, [f"Page {number} of 4"], size=8),
        ]
        for number, sentence in enumerate(SENTENCES, start=1)
    ]
    assert pdf.read(written(*pages)).blocks == tuple(
        RawBlock(sentence, page=number) for number, sentence in enumerate(SENTENCES, start=1)
    )


@pytest.mark.parametrize("form", ["{}", "- {} -", "{} | Alliance Quarterly", "Alliance Quarterly, p. {}"])
def test_footers_that_differ_in_the_page_number_are_left_out(form: str) -> None:
    pages = [[Put(72, 600, [s]), Put(300, 40, [form.format(17 + n)])] for n, s in enumerate(SENTENCES)]
    assert texts(written(*pages)) == list(SENTENCES)


def test_headers_that_differ_on_left_and_right_pages_are_left_out() -> None:
    heads = ["The treaty revisited", "M. Sato"] * 2
    pages = [[Put(72, 750, [head]), Put(72, 600, [s])] for head, s in zip(heads, SENTENCES, strict=True)]
    assert texts(written(*pages)) == list(SENTENCES)


def test_the_name_of_a_chapter_beside_the_page_number_is_left_out() -> None:
    heads = ["Origins", "Origins", "Bases", "Command"]
    pages = [
        [Put(72, 750, [head]), Put(500, 750, [str(n)]), Put(72, 600, [s])]
        for n, (head, s) in enumerate(zip(heads, SENTENCES, strict=True), start=1)
    ]
    assert texts(written(*pages)) == list(SENTENCES)


@pytest.mark.parametrize("years", [(2015, 2018, 2022, 2023), (2020, 2021, 2022, 2023)])
def test_a_first_line_that_differs_in_another_number_is_text(years: Sequence[int]) -> None:
    pages = [[Put(72, 750, [f"Budget of {year}"]), Put(72, 600, [s])] for year, s in zip(years, SENTENCES, strict=True)]
    found = texts(written(*pages))
    assert [f"Budget of {year}" for year in years] == found[::2]


def test_a_line_that_repeats_in_the_middle_of_pages_is_text() -> None:
    pages = [[Put(72, 500, ["The ministers agreed."]), Put(72, 450, [s])] for s in SENTENCES]
    assert texts(written(*pages)).count("The ministers agreed.") == 4


def test_a_line_at_the_top_of_few_pages_is_text() -> None:
    pages = [
        [Put(72, 750, [head]), Put(72, 600, [s])]
        for head, s in zip(["Aims.", "Aims.", "Means.", "Ends."], SENTENCES, strict=True)
    ]
    assert texts(written(*pages))[::2] == ["Aims.", "Aims.", "Means.", "Ends."]


def test_a_line_that_repeats_at_other_heights_is_text() -> None:
    heights = (760, 740, 740, 715)
    pages = [[Put(72, y, ["Aims."]), Put(72, 600, [s])] for y, s in zip(heights, SENTENCES, strict=True)]
    assert texts(written(*pages)).count("Aims.") == 4


def test_a_number_that_does_not_count_with_the_pages_is_text() -> None:
    numbered = [Put(72, 600, [SENTENCES[1]]), Put(72, 40, ["54"])]
    data = written([Put(72, 600, [SENTENCES[0]])], numbered, [Put(72, 600, [SENTENCES[2]])])
    assert texts(data) == [SENTENCES[0], SENTENCES[1], "54", SENTENCES[2]]


def test_a_year_at_the_foot_of_a_single_page_is_text() -> None:
    assert texts(written([Put(72, 600, BODY), Put(72, 40, ["1960"])])) == [BODY_TEXT, "1960"]


# --- words over line ends ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["They spoke of closer coop-", "eration at sea."], "They spoke of closer cooperation at sea."),
        (["This is the text of the U.S.-", "Japan treaty."], "This is the text of the U.S.-Japan treaty."),
        (["Some call it a hub-and-", "spoke system."], "Some call it a hub-and-spoke system."),
        (["It is a word for the Indo-", "Pacific region."], "It is a word for the Indo-Pacific region."),
        (["A plan for the years 2023-", "2027 was made."], "A plan for the years 2023-2027 was made."),
        (["The F-", "35 flies."], "The F-35 flies."),
        (
            ["We pay for host-", "nation support: host-nation costs."],
            "We pay for host-nation support: host-nation costs.",
        ),
        (["The treaty -", "signed in 1960 - stands."], "The treaty - signed in 1960 - stands."),
        (["See https://example.org/", "treaty for more."], "See https://example.org/treaty for more."),
        (["In the years 1951–", "1960 it grew."], "In the years 1951–1960 it grew."),
    ],
)
def test_words_divided_at_line_ends_are_made_whole(lines: Sequence[str], text: str) -> None:
    assert texts(written([Put(72, 700, lines)])) == [text]


def test_a_word_is_made_whole_over_a_page_break() -> None:
    data = written([Put(72, 100, ["Both sides wanted more deter-"])], [Put(72, 700, ["rence and less risk."])])
    assert pdf.read(data).blocks == (RawBlock("Both sides wanted more deterrence and less risk.", page=1),)


def test_soft_hyphens_are_left_out() -> None:
    to_unicode = stream(
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff>"
        " endcodespacerange 1 beginbfchar <25> <00AD> endbfchar endcmap"
    )
    objects = one_sentence(more={7: to_unicode})
    objects[5] = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    objects[4] = stream(
        "BT /F 10 Tf 72 600 Td (A soft%ware and a hard%) Tj 0 -12 Td (ware plan of Indo%) Tj 0 -12 Td (nesia.) Tj ET"
    )
    assert texts(assembled(objects)) == ["A software and a hardware plan of Indonesia."]


def test_ligatures_become_letters_and_white_space_one_space() -> None:
    to_unicode = stream(
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff>"
        " endcodespacerange 2 beginbfchar <23> <FB01> <25> <00A0> endbfchar endcmap"
    )
    objects = one_sentence(more={7: to_unicode})
    objects[5] = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    objects[4] = stream("BT /F 10 Tf 72 600 Td (The #rst%%  %draft.) Tj ET")
    assert texts(assembled(objects)) == ["The first draft."]


# --- facts ---------------------------------------------------------------------------------


def test_title_author_and_language_are_stated() -> None:
    data = written([Put(72, 700, BODY)], title="The Treaty of 1960", author="Mari Sato", language="en-US")
    assert stated(data) == {"title": "The Treaty of 1960", "author": "Mari Sato", "language": "en-US"}


def test_dates_and_programs_of_the_file_are_not_stated() -> None:
    dates = "/CreationDate (D:20240101120000Z) /ModDate (D:20240202120000Z)"
    assert stated(with_info(f"{dates} /Producer (P) /Creator (C) /Subject (S)")) == {}


@pytest.mark.parametrize(
    "title",
    [
        "Microsoft Word - brief.docx",
        "brief_final_v2",
        "untitled",
        "(anonymous)",
        "Paper.indd",
        "Untitled-1",
        "12345",
    ],
)
def test_a_title_that_names_no_text_is_not_stated(title: str) -> None:
    escaped = title.replace("(", r"\(").replace(")", r"\)")
    assert stated(with_info(f"/Title ({escaped})")) == {}


@pytest.mark.parametrize("title", ["Unknown Soldiers and the Alliance", "Document 1960 and After", "The Alliance"])
def test_a_title_with_a_suspicious_beginning_is_stated(title: str) -> None:
    assert stated(with_info(f"/Title ({title})")) == {"title": title}


def test_custom_properties_are_stated() -> None:
    info = "/Published (2024-04-16) /Publisher (House Press) /Source (https://example.org/a)"
    assert stated(with_info(info)) == {
        "published": "2024-04-16",
        "publisher": "House Press",
        "source_url": "https://example.org/a",
    }


def test_a_source_that_is_no_address_is_not_stated() -> None:
    assert stated(with_info("/Source (scanner 2)")) == {}


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("D:20240416093000Z", "2024-04-16"),
        ("2024-04", "2024-04"),
        ("2024", "2024"),
        ("2024-04-16T09:30:00Z", "2024-04-16"),
    ],
)
def test_a_published_date_is_stated_in_iso_form(value: str, day: str) -> None:
    assert stated(with_info(f"/Published ({value})")) == {"published": day}


@pytest.mark.parametrize("value", ["2024-13-40", "spring", "20", "D:"])
def test_a_published_date_that_is_none_is_not_stated(value: str) -> None:
    assert stated(with_info(f"/Published ({value})")) == {}


def test_xmp_says_what_the_info_dictionary_does_not() -> None:
    data = with_xmp(
        "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>A Treaty\n Revised</rdf:li></rdf:Alt></dc:title>"
        "<dc:creator><rdf:Seq><rdf:li>Mari Sato</rdf:li><rdf:li>Paul Reed</rdf:li></rdf:Seq></dc:creator>"
        "<dc:date><rdf:Seq><rdf:li>2019-05-03</rdf:li></rdf:Seq></dc:date>"
        "<dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>"
    )
    assert stated(data) == {
        "title": "A Treaty Revised",
        "author": "Mari Sato, Paul Reed",
        "published": "2019-05-03",
        "language": "en",
    }


def test_a_title_in_xmp_that_names_a_file_is_not_stated() -> None:
    assert stated(with_xmp("<dc:title>brief.indd</dc:title>")) == {}


def test_the_publication_date_of_prism_goes_before_others() -> None:
    data = with_xmp("<dc:date>2018-01-01</dc:date><prism:publicationDate>2019-05-03</prism:publicationDate>")
    assert stated(data) == {"published": "2019-05-03"}


def test_the_moment_of_saving_is_no_publication_date() -> None:
    moment = "2024-01-01T12:00:00Z"
    assert stated(with_xmp(f"<xmp:CreateDate>{moment}</xmp:CreateDate><dc:date>{moment}</dc:date>")) == {}


def test_the_packet_of_a_picture_is_not_that_of_the_document() -> None:
    assert stated(with_xmp("<dc:title>A photograph</dc:title>", pdf_namespace="http://example.org/photo")) == {}


def test_entities_in_xmp_are_not_resolved() -> None:
    data = with_xmp("<dc:title>&amp;</dc:title><!ENTITY x 'y'>")
    assert stated(data) == {}


# --- files that cannot be read -------------------------------------------------------------


def outcome(data: bytes) -> str:
    try:
        return repr(pdf.read(data))
    except DocumentError as error:
        return str(error)


def refused(data: bytes, failure: Failure = Failure.DAMAGED) -> str:
    with pytest.raises(DocumentError) as caught:
        pdf.read(data)
    assert caught.value.failure is failure
    return str(caught.value)


def test_an_encrypted_file_is_refused() -> None:
    data = written([Put(72, 700, BODY)], encrypt=StandardEncryption("open"))
    assert refused(data, Failure.ENCRYPTED) == "is encrypted; save it without a password"


def test_a_file_that_opens_without_a_password_is_read() -> None:
    data = written([Put(72, 700, BODY)], encrypt=StandardEncryption("", ownerPassword="owner", canCopy=0))
    assert texts(data) == [BODY_TEXT]


def test_a_file_that_is_no_pdf_is_refused() -> None:
    assert refused(b"") == refused(b"The treaty.") == "is not a PDF file; give it the ending of what it is"


def test_a_file_cut_short_is_refused() -> None:
    data = written([Put(72, 700, BODY)])
    assert refused(data[:-40]) == "is a PDF file cut short; copy or download it again"


def test_an_update_cut_short_behind_a_whole_file_is_refused() -> None:
    data = written([Put(72, 700, BODY)]) + b"7 0 obj << " + bytes(2000)
    assert refused(data) == "is a PDF file cut short; copy or download it again"


def test_a_file_of_nonsense_between_good_ends_is_refused() -> None:
    assert refused(b"%PDF-1.7\nnothing\n%%EOF\n") == "is a damaged PDF file; save or download it again"


def test_a_scan_without_text_is_refused() -> None:
    objects = one_sentence()
    objects[4] = stream("100 100 300 300 re f")
    assert refused(assembled(objects), Failure.EMPTY) == "has no text layer; run OCR first"


def test_a_file_whose_fonts_name_no_letters_is_refused() -> None:
    to_unicode = stream(
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff>"
        " endcodespacerange 1 beginbfrange <20> <7e> <E000> endbfrange endcmap"
    )
    objects = one_sentence(more={7: to_unicode})
    objects[5] = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    assert (
        refused(assembled(objects), Failure.ENCODING)
        == "has fonts that do not say which letters they draw; run OCR first"
    )


def test_more_pages_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "MAX_PAGES", 2)
    assert refused(written(*[[Put(72, 700, BODY)]] * 3), Failure.TOO_LARGE) == "has 3 pages, more than 2; split it"
    assert len(texts(written(*[[Put(72, 700, BODY)]] * 2))) == 2


def test_a_false_count_of_pages_does_no_harm() -> None:
    objects = one_sentence()
    objects[2] = "<< /Type /Pages /Kids [3 0 R] /Count 90000000 >>"
    assert texts(assembled(objects)) == ["The treaty has ten articles."]


def test_a_page_that_is_missing_is_refused_by_number() -> None:
    objects = one_sentence()
    objects[2] = "<< /Type /Pages /Kids [3 0 R 99 0 R] /Count 2 >>"
    assert refused(assembled(objects)) == "page 2 is damaged; save or download the file again"


def test_a_page_tree_that_contains_itself_is_refused() -> None:
    objects = one_sentence()
    objects[2] = "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"
    assert "damaged" in refused(assembled(objects))


def test_a_page_tree_that_contains_its_parent_is_refused() -> None:
    objects = one_sentence(more={7: "<< /Type /Pages /Kids [2 0 R 3 0 R] /Parent 2 0 R /Count 1 >>"})
    objects[2] = "<< /Type /Pages /Kids [7 0 R] /Count 1 >>"
    assert "damaged" in refused(assembled(objects))


def test_pages_without_end_are_refused() -> None:
    # Each of thirty nodes holds the next one twice: two to the power of thirty pages.
    nodes = {n: f"<< /Type /Pages /Kids [{n + 1} 0 R {n + 1} 0 R] /Parent 2 0 R >>" for n in range(10, 40)}
    objects = one_sentence(more={**nodes, 40: "<< /Type /Pages /Kids [3 0 R] >>"})
    objects[2] = "<< /Type /Pages /Kids [10 0 R] >>"
    assert refused(assembled(objects)) == "is a damaged PDF file; save or download it again"


@pytest.mark.parametrize("content", ["[" * 100_000 + "]" * 100_000, "<< /A " * 100_000 + ">>" * 100_000])
def test_a_page_nested_too_deeply_has_no_text(content: str) -> None:
    objects = one_sentence()
    objects[4] = content
    assert refused(assembled(objects), Failure.EMPTY) == "has no text layer; run OCR first"


def test_letters_drawn_twice_are_read_once() -> None:
    shadow = [Put(72, 700, ["Origins"], size=20), Put(72.5, 699.5, ["Origins"], size=20)]
    assert texts(written([*shadow, Put(72, 660, BODY)])) == ["Origins", BODY_TEXT]


def form_that_draws(what: str, other: int) -> str:
    resources = f"/Resources << /Font << /F 5 0 R >> /XObject << /X {other} 0 R >> >>"
    return stream(
        f"BT /F 10 Tf 72 600 Td (The treaty stands.) Tj ET {what}",
        f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] {resources}",
    )


def test_a_form_that_draws_itself_is_drawn_once() -> None:
    objects = one_sentence(more={7: form_that_draws("/X Do", 7)})
    objects[3] = objects[3].replace("/Font", "/XObject << /X 7 0 R >> /Font")
    objects[4] = stream("/X Do")
    assert texts(assembled(objects)) == ["The treaty stands."]


SAMPLE = written(
    [Put(72, 750, ["Alliance Quarterly"]), Put(72, 700, LEFT), Put(320, 700, RIGHT), Put(300, 40, ["1"])],
    [Put(72, 750, ["Alliance Quarterly"]), Put(72, 700, BODY), Put(300, 40, ["2"])],
    title="Sample",
    author="Mari Sato",
)


@pytest.mark.parametrize("twentieth", range(20))
def test_a_file_cut_anywhere_is_read_or_refused(twentieth: int) -> None:
    assert "\n" not in outcome(SAMPLE[: len(SAMPLE) * twentieth // 20])


@pytest.mark.parametrize("seed", range(60))
def test_a_file_with_flipped_bits_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(SAMPLE)
    for _ in range(chance.choice((1, 5, 40))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    assert "\n" not in outcome(bytes(damaged))


def test_three_columns_at_different_heights_below_a_line_over_all_are_read_one_after_the_other() -> None:
    words = "the board met in the old town and asked the port for a new quay that".split()
    puts = [Put(72, 750, ["Port Register / Vol. 85, No. 152 / Thursday, August 6, 2020 / Rules of the board"])]
    lines = [[" ".join(words[(row + column) % 9 :][:6]) for row in range(40)] for column in range(3)]
    puts += [Put(60 + 175 * at, 725 - 4 * at, lines[at], leading=12, size=9) for at in range(3)]
    text = " ".join(block.text for block in pdf.read(written(puts, puts[1:])).blocks)
    for column in lines:
        assert " ".join(column[3:12]) in text


def test_the_running_lines_of_a_part_are_left_out() -> None:
    lines = ["The board met in the old town and asked the port", "for a new quay that is long enough for two ships."]
    cover = [Put(72, 700, ["A cover without any running line."])]
    first = [[Put(72, 760, ["Part One"]), Put(72, 600, lines), Put(300, 40, [str(n)])] for n in range(1, 10)]
    second = [[Put(72, 600 - n, lines), Put(300, 40, [str(n)])] for n in range(1, 6)]
    read = pdf.read(written(cover, *first, *[cover] * 6, *second))
    assert {block.text for block in read.blocks} & {"Part One", *map(str, range(20))} == set()
    assert len([each for each in read.left_out if each.text == "Part One"]) == 1
