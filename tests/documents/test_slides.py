"""Claims about the reader of slides. Every file is made here, in memory."""

from __future__ import annotations

import office_files
import pptx as maker
import pytest
from lxml import etree
from office_files import changed, packed, saved
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from alliance_qa import documents
from alliance_qa.documents import pptx
from alliance_qa.documents.docx import container, lines
from alliance_qa.documents.docx.content import Paragraph
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock
from alliance_qa.documents.pptx import shapes
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

SLIDES = office_files.slides_pptx()
FOUND = pptx.read(SLIDES)


def refused(data: bytes) -> tuple[str, Failure]:
    with pytest.raises(DocumentError) as raised:
        documents.read(data, "a.pptx")
    return str(raised.value).removeprefix("a.pptx: "), raised.value.failure


def test_slides_are_read_in_order_with_titles_notes_tables_and_each_formula_once() -> None:
    assert FOUND.blocks == (
        RawBlock("Ports of the north", BlockKind.HEADING, 1, locator="slide 1"),
        RawBlock("A survey", locator="slide 1"),
        RawBlock("What was found", BlockKind.HEADING, 2, locator="slide 2"),
        RawBlock("Orvik has two piers.", BlockKind.ITEM, locator="slide 2"),
        RawBlock("One is lit.", BlockKind.ITEM, locator="slide 2"),
        RawBlock("Skagby has none.", BlockKind.ITEM, locator="slide 2"),
        RawBlock("The council paid for the survey.", locator="slide 2, notes"),
        RawBlock("Fees", BlockKind.HEADING, 2, locator="slide 3"),
        RawBlock("Port | Year | Fee", BlockKind.ROW, 1, locator="slide 3"),
        RawBlock("Orvik | 2023 | 900", BlockKind.ROW, locator="slide 3"),
        RawBlock("Orvik | 2024 | 940", BlockKind.ROW, locator="slide 3"),
        RawBlock("Skagby | 2024 | 950", BlockKind.ROW, locator="slide 3"),
        RawBlock("Energy is mass: E = mc²", locator="slide 3"),
        RawBlock("It was stated in 1905.", locator="slide 3"),
        RawBlock("1) Ask the council.", BlockKind.ITEM, locator="slide 3"),
        RawBlock("2) Pay the fee.", BlockKind.ITEM, locator="slide 3"),
        RawBlock("Thanks to all ports.", locator="slide 5"),
    )


def test_what_is_no_text_of_slides_is_left_out_with_its_reason() -> None:
    assert FOUND.left_out == (
        LeftOut(Omission.STRUCK_OUT, "Lindholm closed."),
        LeftOut(Omission.HIDDEN, "slide 4: Secret costs"),
        LeftOut(Omission.RUNNING_LINE, "Harbour office"),
    )


def test_what_a_program_calls_slides_is_no_title_and_an_account_is_nobody() -> None:
    facts = documents.read(SLIDES, "a.pptx").facts
    assert (facts.title.value, facts.author) == ("Ports of the north", None)


def test_the_older_form_is_read_where_the_newer_shows_nothing() -> None:
    start, end = b"<mc:Choice", b"</mc:Choice>"

    def emptied(xml: bytes) -> bytes:
        return xml[: xml.index(start)] + b'<mc:Choice Requires="a14"/>' + xml[xml.index(end) + len(end) :]

    data = changed(SLIDES, "ppt/slides/slide3.xml", emptied)
    texts = [block.text for block in pptx.read(data).blocks]
    assert "Energy is mass: [picture]" in texts
    assert not any("mc²" in text for text in texts)


def test_the_figures_of_a_chart_are_a_table() -> None:
    show = maker.Presentation()
    figures = CategoryChartData(number_format="0.0%")  # type: ignore[no-untyped-call]
    figures.categories = ["Orvik", "Skagby"]
    figures.add_series("2023", (0.125, 0.5))  # type: ignore[no-untyped-call]
    figures.add_series("2024", (0.25, None))  # type: ignore[no-untyped-call]
    slide = show.slides.add_slide(show.slide_layouts[6])
    made = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 1_000_000, 1_000_000, figures).chart
    made.has_title = True
    made.chart_title.text_frame.text = "Share of the fees"
    assert pptx.read(saved(show)).blocks == (
        RawBlock("Share of the fees", BlockKind.CAPTION, locator="slide 1"),
        RawBlock(" | 2023 | 2024", BlockKind.ROW, 1, locator="slide 1"),
        RawBlock("Orvik | 12.5% | 25.0%", BlockKind.ROW, locator="slide 1"),
        RawBlock("Skagby | 50.0% | ", BlockKind.ROW, locator="slide 1"),
    )


def test_the_texts_of_a_diagram_are_read() -> None:
    drawing = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    root = etree.fromstring(
        f'<d:dataModel xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" {drawing}>'
        "<d:ptLst><d:pt><d:t>"
        "<a:bodyPr/><a:p><a:r><a:t>Ask the council.</a:t></a:r></a:p></d:t></d:pt></d:ptLst></d:dataModel>"
    )
    assert [lines.text(p) for p in shapes.diagram(root) if isinstance(p, Paragraph)] == ["Ask the council."]


@pytest.mark.parametrize(
    ("data", "message", "failure"),
    [
        (b"x", "is damaged or no .pptx file; save or download it again", Failure.DAMAGED),
        (SLIDES[:9000], "is cut short, its end is missing; save or download it again", Failure.DAMAGED),
        (packed({"xl/workbook.xml": "x"}), "is an Excel workbook; name it .xlsx", Failure.DAMAGED),
        (
            changed(SLIDES, "ppt/slides/slide2.xml", lambda xml: xml[:500]),
            "is no PowerPoint presentation that can be read; save it again as .pptx",
            Failure.DAMAGED,
        ),
        (
            saved(maker.Presentation()),
            "is no PowerPoint presentation with slides; save it again as .pptx",
            Failure.DAMAGED,
        ),
    ],
    ids=range(5),
)
def test_slides_that_cannot_be_read_say_why(data: bytes, message: str, failure: Failure) -> None:
    assert refused(data) == (message, failure)


def test_slides_without_text_say_so() -> None:
    show = maker.Presentation()
    show.slides.add_slide(show.slide_layouts[6])
    expected = "has no text; remove it, or run OCR where it holds pictures of text"
    assert refused(saved(show)) == (expected, Failure.EMPTY)


def test_slides_that_unpack_to_too_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_UNPACKED_BYTES", 1 << 20)
    bomb = changed(SLIDES, "ppt/slides/slide1.xml", lambda xml: xml + b" " * (1 << 20))
    assert refused(bomb) == ("unpacks to more than 1 MiB; split it, or make its pictures smaller", Failure.TOO_LARGE)
