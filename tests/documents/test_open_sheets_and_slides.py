"""Claims about the readers of OpenDocument spreadsheets and presentations. Every file is made here, in memory."""

from __future__ import annotations

import office_files
import pytest
from office_files import changed, fees_ods, packed, slides_odp

from alliance_qa import documents
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock, Stated
from alliance_qa.documents.odt import slides
from alliance_qa.documents.sheets import ods
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure

FEES = ods.read(fees_ods())
SLIDES = slides.read(slides_odp())


def refused(data: bytes, path: str) -> tuple[str, Failure]:
    with pytest.raises(DocumentError) as raised:
        documents.read(data, path)
    return str(raised.value).removeprefix(f"{path}: "), raised.value.failure


def test_the_rows_of_a_spreadsheet_are_read_as_its_sheets_show_them() -> None:
    assert [(block.kind, block.level, block.text, block.locator) for block in FEES.blocks] == [
        (BlockKind.HEADING, 1, "Fees", "sheet Fees"),
        (BlockKind.HEADING, 2, "Fees of the ports in 2024", "sheet Fees, row 1 (A1)"),
        (BlockKind.ROW, 1, "Port | Since | Fee | Share", "sheet Fees, row 2 (A2:D2)"),
        (BlockKind.ROW, 0, "Orvik | 2021-03-11 | 1,234.50 kr | 12.5%", "sheet Fees, row 3 (A3:D3)"),
        (BlockKind.ROW, 0, "Orvik | 15 Nov 2022 | 940 | ", "sheet Fees, row 4 (A4:C4)"),
        (BlockKind.ROW, 0, "Lindholm harbour and pier | closed |  | ", "sheet Fees, row 7 (A7:B7)"),
        (BlockKind.ROW, 0, "Skagby | TRUE | TRUE | ", "sheet Fees, row 8 (A8:C8)"),
        (BlockKind.ROW, 0, "Skagby | TRUE | TRUE | ", "sheet Fees, row 9 (A9:C9)"),
        (BlockKind.PARAGRAPH, 0, "Ask the council.", "sheet Fees"),
        (BlockKind.HEADING, 1, "Staff", "sheet Staff"),
        (BlockKind.ROW, 1, "Name | Town", "sheet Staff, row 3 (B3:C3)"),
        (BlockKind.ROW, 0, "Ann Lee | Orvik", "sheet Staff, row 4 (B4:C4)"),
    ]


def test_what_a_spreadsheet_does_not_show_is_left_out_with_its_reason() -> None:
    assert FEES.left_out == (
        LeftOut(Omission.HIDDEN, "sheet Fees, row 5: Hidden"),
        LeftOut(Omission.HIDDEN, "sheet Fees, row 6: Folded"),
        LeftOut(Omission.HIDDEN, "sheet Fees, column E: Internal; x"),
        LeftOut(Omission.CODE, "sheet Fees, D4: =[.C4]/2 (never worked out; open the file and save it)"),
        LeftOut(Omission.STRUCK_OUT, "sheet Fees, A7: old"),
        LeftOut(Omission.COMMENT, "B7: Ask Eve."),
        LeftOut(Omission.STRUCK_OUT, "sheet Fees, C7: 700"),
        LeftOut(Omission.HIDDEN, "sheet Fees, D7: 5"),
        LeftOut(Omission.RUNNING_LINE, "Page of the fees"),
        LeftOut(Omission.HIDDEN, "sheet Costs: Salary"),
        LeftOut(Omission.HIDDEN, "sheet 'file:///a.ods'#$B: Copied"),
    )


def test_a_spreadsheet_states_title_and_author() -> None:
    assert FEES.stated == (
        Stated("title", "Fees of the ports", Provenance.FILE_METADATA, "meta.xml dc:title"),
        Stated("author", "Ann Lee", Provenance.FILE_METADATA, "meta.xml meta:initial-creator"),
    )


def test_slides_are_read_in_order_with_titles_notes_tables_charts_and_formulas() -> None:
    assert SLIDES.blocks == (
        RawBlock("Ports of the north", BlockKind.HEADING, 1, locator="slide 1"),
        RawBlock("A survey", locator="slide 1"),
        RawBlock("What was found", BlockKind.HEADING, 2, locator="slide 2"),
        RawBlock("Orvik has two piers.", BlockKind.ITEM, locator="slide 2"),
        RawBlock("One is lit.", BlockKind.ITEM, locator="slide 2"),
        RawBlock("The council paid for the survey.", locator="slide 2, notes"),
        RawBlock("Port | Fee", BlockKind.ROW, 1, locator="slide 3"),
        RawBlock("Orvik | 940", BlockKind.ROW, locator="slide 3"),
        RawBlock("mc²", locator="slide 3"),
        RawBlock("Share of the fees", BlockKind.CAPTION, locator="slide 3"),
        RawBlock(" | 2024", BlockKind.ROW, 1, locator="slide 3"),
        RawBlock("Orvik | 0.5", BlockKind.ROW, locator="slide 3"),
        RawBlock("Thanks to all ports.", locator="slide 3"),
    )


def test_what_is_no_text_of_slides_is_left_out_with_its_reason() -> None:
    assert SLIDES.left_out == (
        LeftOut(Omission.STRUCK_OUT, "Lindholm closed."),
        LeftOut(Omission.COMMENT, "slide 2: Is it lit?"),
        LeftOut(Omission.HIDDEN, "Unseen."),
        LeftOut(Omission.HIDDEN, "slide 4: Secret costs"),
        LeftOut(Omission.RUNNING_LINE, "Harbour office"),
        LeftOut(Omission.RUNNING_LINE, "Draft of May"),
    )


_MANY = (
    '<table:table table:name="A"><table:table-row table:number-rows-repeated="{}">{}</table:table-row></table:table>'
)
_CELL = '<table:table-cell table:number-columns-repeated="{}"><text:p>x</text:p></table:table-cell>'
_LOCKED = packed(
    {
        "content.xml": "x",
        "META-INF/manifest.xml": f'<m:a xmlns:m="{office_files._OASIS}manifest:1.0"><m:encryption-data/></m:a>',
    }
)


@pytest.mark.parametrize(
    ("data", "path", "message", "failure"),
    [
        (b"x", "a.ods", "is damaged or no .ods file; save or download it again", Failure.DAMAGED),
        (slides_odp()[:900], "a.odp", "is cut short, its end is missing; save or download it again", Failure.DAMAGED),
        (slides_odp(), "a.ods", "is an OpenDocument presentation; name it .odp", Failure.DAMAGED),
        (fees_ods(), "a.odp", "is an OpenDocument spreadsheet; name it .ods", Failure.DAMAGED),
        (fees_ods(kind="drawing"), "a.ods", "is an OpenDocument drawing; save it as .pdf", Failure.DAMAGED),
        (office_files.fees_xlsx(), "a.ods", "is an Excel workbook; name it .xlsx", Failure.DAMAGED),
        (fees_ods(), "a.docx", "is an OpenDocument file; name it .odt, .ods or .odp", Failure.DAMAGED),
        (_LOCKED, "a.ods", "is encrypted; save it without a password", Failure.ENCRYPTED),
        (_LOCKED, "a.odp", "is encrypted; save it without a password", Failure.ENCRYPTED),
        (
            changed(fees_ods(), "content.xml", lambda xml: xml[:4000]),
            "a.ods",
            "is no OpenDocument spreadsheet that can be read; save it again as .ods",
            Failure.DAMAGED,
        ),
        (
            fees_ods(""),
            "a.ods",
            "has no text that it shows; remove it or put a file with text in its place",
            Failure.EMPTY,
        ),
        (
            slides_odp("<draw:page/>"),
            "a.odp",
            "has no text; remove it, or run OCR where it holds pictures of text",
            Failure.EMPTY,
        ),
        (
            fees_ods(
                '<table:table table:name="A">'
                '<table:table-row table:number-rows-repeated="30000000" table:visibility="collapse"/>'
                f"<table:table-row>{_CELL.format(1)}</table:table-row></table:table>"
            ),
            "a.ods",
            "has a row below 1,048,576 others; split it",
            Failure.TOO_LARGE,
        ),
        (
            fees_ods(_MANY.format(50_001, _CELL.format(1))),
            "a.ods",
            "has more than 50,000 rows; split it",
            Failure.TOO_LARGE,
        ),
        (
            fees_ods(_MANY.format(200, _CELL.format(16_384))),
            "a.ods",
            "has more than 2,000,000 cells with text; split it",
            Failure.TOO_LARGE,
        ),
        (slides_odp("<draw:page/>" * 2001), "a.odp", "has more than 2,000 slides; split it", Failure.TOO_LARGE),
    ],
    ids=range(16),
)
def test_what_cannot_be_read_says_why(data: bytes, path: str, message: str, failure: Failure) -> None:
    assert refused(data, path) == (message, failure)
