"""Claims about the readers of tables and workbooks. Every file is made here, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import office_files
import openpyxl
import pytest
from office_files import packed, saved
from openpyxl.styles import Font

from alliance_qa import documents
from alliance_qa.documents.docx import container
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock, Stated
from alliance_qa.documents.sheets import formats, grid, separated, xls, xlsx
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure


def lines(found: Extract) -> list[tuple[str, int, str]]:
    """Return kind, level and text of each block."""
    return [(block.kind.value, block.level, block.text) for block in found.blocks]


def book(*rows: Sequence[Any], name: str = "Sheet1", bold: Sequence[int] = ()) -> bytes:
    """Return a workbook of one sheet; rows in `bold` count from 1."""
    held = openpyxl.Workbook()
    sheet = held.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for number in bold:
        for cell in sheet[number]:
            cell.font = Font(bold=True)
    return saved(held)


def refused(data: bytes, path: str) -> tuple[str, Failure]:
    with pytest.raises(DocumentError) as raised:
        documents.read(data, path)
    return str(raised.value).removeprefix(f"{path}: "), raised.value.failure


CUT = office_files.fees_xlsx()[:3000]
NOTHING_SHOWN = "has no text that it shows; remove it or put a file with text in its place"
NO_WORKBOOK = "is no Excel workbook that can be read; save it again as .xlsx"
FEES = xlsx.read(office_files.fees_xlsx())


def test_the_rows_of_a_workbook_are_read_as_its_sheets_show_them() -> None:
    assert FEES.blocks == (
        RawBlock("Fees", BlockKind.HEADING, 1, locator="sheet Fees"),
        RawBlock("Fees of the ports in 2024", BlockKind.HEADING, 2, locator="sheet Fees, row 1 (A1)"),
        RawBlock("All fees are set by the council each year.", locator="sheet Fees, row 2 (A2)"),
        RawBlock("Port | Since | Fee | Share", BlockKind.ROW, 1, locator="sheet Fees, row 3 (A3:D3)"),
        RawBlock("Orvik | 1 Mar 2021 | 1,234.50 kr | 12.5%", BlockKind.ROW, locator="sheet Fees, row 4 (A4:D4)"),
        RawBlock("Skagby | 15 Nov 2022 | 940.00 kr | 7.0%", BlockKind.ROW, locator="sheet Fees, row 5 (A5:D5)"),
        RawBlock("Total", BlockKind.ROW, locator="sheet Fees, row 7 (A7)"),
        RawBlock("Lindholm harbour | closed |  | ", BlockKind.ROW, locator="sheet Fees, row 8 (A8:B8)"),
        RawBlock("Staff", BlockKind.HEADING, 1, locator="sheet Staff"),
        RawBlock("Name | Post | Town", BlockKind.ROW, 1, locator="sheet Staff, row 1 (A1:C1)"),
        RawBlock("Ann Lee | Harbour master | Orvik", BlockKind.ROW, locator="sheet Staff, row 2 (A2:C2)"),
        RawBlock("Bo Dahl | Pilot | Skagby", BlockKind.ROW, locator="sheet Staff, row 3 (A3:C3)"),
        RawBlock("Cy Ek | Pilot | Lindholm", BlockKind.ROW, locator="sheet Staff, row 4 (A4:C4)"),
    )


def test_what_a_workbook_does_not_show_is_left_out_with_its_reason() -> None:
    assert FEES.left_out == (
        LeftOut(Omission.HIDDEN, "sheet Fees, row 6: Hidden | 1 Jan 2020 | 1.00 kr | 50.0% | z"),
        LeftOut(Omission.HIDDEN, "sheet Fees, column E: Internal; x; y; z"),
        LeftOut(Omission.CODE, "sheet Fees, C7: =SUM(C4:C6) (never worked out; open the file and save it)"),
        LeftOut(Omission.STRUCK_OUT, "sheet Fees, A8: old"),
        LeftOut(Omission.STRUCK_OUT, "sheet Fees, C8: 700"),
        LeftOut(Omission.HIDDEN, "sheet Fees, D8: 5"),
        LeftOut(Omission.RUNNING_LINE, "Page of the fees"),
        LeftOut(Omission.COMMENT, "B8: Ask Eve."),
        LeftOut(Omission.HIDDEN, "sheet Costs: Salary | 1000"),
    )


def test_the_properties_of_a_workbook_state_facts_and_a_program_is_nobody() -> None:
    assert FEES.stated == (
        Stated("title", "Fees of the ports", Provenance.FILE_METADATA, "docProps/core.xml dc:title"),
        Stated("author", "Ann Lee", Provenance.FILE_METADATA, "docProps/core.xml dc:creator"),
    )


def test_a_workbook_of_several_sheets_is_not_named_after_the_first() -> None:
    held = openpyxl.Workbook()
    for name in ("2023", "2024"):
        held.create_sheet(name).append(["Orvik", 940])
    assert documents.read(saved(held), "port-fees.xlsx").facts.title.value == "Port fees"
    assert documents.read(book(["Orvik", 940], name="Harbour fees"), "x.xlsx").facts.title.value == "Harbour fees"
    assert documents.read(book(["Orvik", 940]), "x.xlsx").facts.title.value == "X"


def test_an_old_workbook_is_read_alike() -> None:
    found = xls.read(office_files.fees_xls())
    assert [(block.text, block.level, block.locator) for block in found.blocks] == [
        ("Fees", 1, "sheet Fees"),
        ("Port | Since | Fee | Share", 1, "sheet Fees, row 1 (A1:D1)"),
        ("Orvik | 1 Mar 2021 | 1,234.50 kr | 12.5%", 0, "sheet Fees, row 2 (A2:D2)"),
        ("Skagby | 15 Nov 2022 | 940.00 kr | 7.0%", 0, "sheet Fees, row 3 (A3:D3)"),
        (" | closed |  | ", 0, "sheet Fees, row 4 (B4)"),
        ("Lindholm |  | 5 | ", 0, "sheet Fees, row 6 (A6:C6)"),
        ("Lindholm |  | TRUE | ", 0, "sheet Fees, row 7 (A7:C7)"),
    ]
    assert found.left_out == (
        LeftOut(Omission.HIDDEN, "sheet Fees, row 5: Hidden | row"),
        LeftOut(Omission.HIDDEN, "sheet Fees, column E: Internal; secret; secret"),
        LeftOut(Omission.STRUCK_OUT, "sheet Fees, A4: Gone"),
        LeftOut(Omission.HIDDEN, "sheet Costs: Salary"),
    )


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (
            b'port,year,fee\nOrvik,2024,"1,234"\n\nSkagby,2024,940\n',
            [("port | year | fee", 1, 1), ("Orvik | 2024 | 1,234", 0, 2), ("Skagby | 2024 | 940", 0, 4)],
        ),
        (
            "Name;Ort;Preis\nKäse;Köln;3,50 €\n".encode("cp1252"),
            [("Name | Ort | Preis", 1, 1), ("Käse | Köln | 3,50 €", 0, 2)],
        ),
        (b"sep=|\na|b\n1|2\n", [("a | b", 1, 2), ("1 | 2", 0, 3)]),
        ('\ufeffa,b\r\n"x\r\ny","say ""so"""\r\n'.encode(), [("a | b", 1, 1), ('x y | say "so"', 0, 2)]),
        ("a\tb\n1\t2\n".encode("utf-16"), [("a | b", 1, 1), ("1 | 2", 0, 2)]),
        (b"Orvik,2024\nSkagby,2023\n", [("Orvik | 2024", 0, 1), ("Skagby | 2023", 0, 2)]),
    ],
)
def test_values_parted_by_a_sign_are_rows_with_their_heads(data: bytes, rows: list[tuple[str, int, int]]) -> None:
    assert separated.read_csv(data).blocks == tuple(
        RawBlock(text, BlockKind.ROW, level, locator=f"row {number}") for text, level, number in rows
    )


def test_values_parted_by_tabs_may_hold_commas() -> None:
    assert lines(separated.read_tsv(b"port\tfee\nOrvik, North\t1,5\n")) == [
        ("row", 1, "port | fee"),
        ("row", 0, "Orvik, North | 1,5"),
    ]


@pytest.mark.parametrize(
    ("rows", "bold", "heads"),
    [
        ([["Port", "Fee"], ["Orvik", 3], ["Skagby", 4]], (), [1, 0, 0]),
        ([["Port", 2022, 2023], ["Orvik", 3, 4], ["Skagby", 5, 6]], (), [1, 0, 0]),
        ([["Opening hours", "9 to 5"], ["Telephone", "on the door"]], (), [0, 0]),  # pairs, no head
        ([["Name", "Place"], ["Ann", "Orvik"]], (1,), [1, 0]),
        ([["Name", "Post", "Place"], ["Ann", "Pilot", "Orvik"]], (), [1, 0]),
        ([["Orvik", 3], ["Skagby", 4]], (), [0, 0]),
        ([["Year", "Fee"], [2022, 3]], (1, 2), [1, 0]),
    ],
)
def test_a_row_heads_a_table_where_it_is_bold_or_words_above_figures(
    rows: list[list[Any]], bold: tuple[int, ...], heads: list[int]
) -> None:
    assert [block.level for block in xlsx.read(book(*rows, bold=bold)).blocks] == heads


def test_a_head_of_two_rows_and_what_stands_alone() -> None:
    held = openpyxl.Workbook()
    sheet = held.active
    assert sheet is not None
    for row in (
        ["Port", "Fees", None],
        [None, "2023", "2024"],
        ["North"],
        ["Orvik", 1, 2],
        [None, None, 3],
        ["Provisional."],
    ):
        sheet.append(row)
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("A1:A2")
    found = lines(xlsx.read(saved(held)))
    assert found == [
        ("row", 1, "Port | Fees | Fees"),
        ("row", 1, "Port | 2023 | 2024"),
        ("row", 0, "North"),
        ("row", 0, "Orvik | 1 | 2"),
        ("row", 0, " |  | 3"),
        ("paragraph", 0, "Provisional."),
    ]


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (0.125, "0.0 %", "12.5 %"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"none"', "none"),
        (2.675, "0.00", "2.68"),
        (1234567, '0.0,," m"', "1.2 m"),
        (940, "#,##0 [$kr-41D]", "940 kr"),
        (12.3, "_($* #,##0.00_)", "$12.30"),
        (-12.3, '"$"#,##0.00', "-$12.30"),
        (1.5, "# ?/?", "1 1/2"),
        (0.333, "# ??/??", "1/3"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (0.00012, "##0.0E+0", "120.0E-6"),
        (5551234, "000-0000", "555-1234"),
        (7, "000", "007"),
        (5, "0.0#", "5.0"),
        (123, '[>=100]"big "0;"small "0', "big 123"),
        (3, ";;;", ""),
        (44266, "d mmm yyyy", "11 Mar 2021"),
        (44266, "[$-407]d. mmmm yyyy", "11. März 2021"),
        (44266, "dddd, mmmm dd, yyyy", "Thursday, March 11, 2021"),
        (44266, formats.BUILT_IN[14], "2021-03-11"),
        (44266, "[$-F800]dddd\\, mmmm dd\\, yyyy", "2021-03-11"),
        (44266, 'yyyy"年"m"月"d"日"', "2021年3月11日"),
        (44266.75, "m/d/yy h:mm AM/PM", "3/11/21 6:00 PM"),
        (59, "d/m/yyyy", "28/2/1900"),
        (61, "d/m/yyyy", "1/3/1900"),
        (1.5, "[h]:mm", "36:00"),
        (0.5000058, "h:mm:ss.0", "12:00:00.5"),
        (0.1 + 0.2, "General", "0.3"),
        (123456789012, "General", "123456789012"),
        (1e-12, "General", "1E-12"),
        (-3_000_000, "yyyy", "-3000000"),
    ],
)
def test_a_number_is_shown_by_its_format(value: float, code: str, shown: str) -> None:
    assert formats.shown(value, code) == shown


def test_days_of_a_workbook_may_count_from_1904() -> None:
    assert formats.shown(42804, "yyyy-mm-dd", from_1904=True) == "2021-03-11"


@pytest.mark.parametrize(
    ("path", "data", "message", "failure"),
    [
        ("a.xlsx", b"port,fee\n", "is damaged or no .xlsx file; save or download it again", Failure.DAMAGED),
        ("a.xlsx", CUT, "is cut short, its end is missing; save or download it again", Failure.DAMAGED),
        ("a.xlsx", office_files.fees_xls(), "is an old Excel workbook; name it .xls", Failure.DAMAGED),
        (
            "a.xlsx",
            packed({"word/document.xml": "x", "[Content_Types].xml": ""}),
            "is a Word document; name it .docx",
            Failure.DAMAGED,
        ),
        ("a.xlsx", packed({"xl/workbook.bin": "x"}), "is a binary Excel workbook; save it as .xlsx", Failure.DAMAGED),
        (
            "a.xlsx",
            packed({"x": "x"}),
            "is a zip file without an Excel workbook in it; save it as .xlsx",
            Failure.DAMAGED,
        ),
        ("a.xlsx", packed({"xl/workbook.xml": "<workbook>"}), NO_WORKBOOK, Failure.DAMAGED),
        ("a.xlsx", saved(openpyxl.Workbook()), NOTHING_SHOWN, Failure.EMPTY),
        ("a.xls", office_files.fees_xlsx(), "is a newer workbook; name it .xlsx", Failure.DAMAGED),
        ("a.xls", office_files.fees_xls()[:1500], NO_WORKBOOK, Failure.DAMAGED),
        (
            "a.xls",
            b"<html><table>",
            "is a web page or XML that is named .xls; open it in Excel and save it as .xlsx",
            Failure.DAMAGED,
        ),
        ("a.xls", b"x", "is damaged or no .xls file; save or download it again", Failure.DAMAGED),
        (
            "a.csv",
            b'a,b\n"open,1\n',
            "is no table that can be read (unexpected end of data); save it again as CSV",
            Failure.DAMAGED,
        ),
        ("a.csv", bytes(1000), "is no text in any encoding; save it as UTF-8", Failure.ENCODING),
        ("a.csv", b"\n", "has no text; remove it or put a file with text in its place", Failure.EMPTY),
    ],
)
def test_a_file_that_cannot_be_read_says_why(path: str, data: bytes, message: str, failure: Failure) -> None:
    assert refused(data, path) == (message, failure)


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MAX_UNPACKED_BYTES", 1 << 20)
    bomb = office_files.changed(
        office_files.fees_xlsx(), "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (1 << 20)
    )
    message, failure = refused(bomb, "a.xlsx")
    assert message == "unpacks to more than 1 MiB; split it, or make its pictures smaller"
    assert failure is Failure.TOO_LARGE


def test_a_table_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MOST_ROWS", 3)
    assert len(separated.read_csv(b"a,b\n" * 3).blocks) == 3
    for path, data in (("a.csv", b"a,b\n" * 5), ("a.xlsx", book(*[["a", "b"]] * 4))):
        assert refused(data, path) == ("has more than 3 rows; split it", Failure.TOO_LARGE)
