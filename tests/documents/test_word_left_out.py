"""Claims about what of a Word file is no text, about the heads of tables, and about the reasons of refusals."""

from __future__ import annotations

import io
import zipfile

import pytest
from word_cases import CASES, cell, row, table
from word_files import SENTENCE, run, with_body, written

from alliance_qa.documents import docx
from alliance_qa.documents.docx import numerals, signs
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

LEFT_OUT = {
    "footnotes of Word": [(Omission.NOTE_MARK, "1"), (Omission.NOTE_MARK, "2")],
    "a mark of one's own": [(Omission.NOTE_MARK, "*")],
    "marks without their notes": [(Omission.NOTE_MARK, mark) for mark in ("4", "[5]", "6", "7,8")],
    "text crossed through": [(Omission.STRUCK_OUT, "900"), (Omission.STRUCK_OUT, "a week")],
    "tracked changes": [(Omission.STRUCK_OUT, "900")],
    "a move": [(Omission.REPEATED, "Ships pay.")],
    "hidden text and the prompt of a form": [
        (Omission.HIDDEN, "(check)"),
        (Omission.CODE, "Click here to enter text."),
    ],
    "a comment": [(Omission.COMMENT, "Is this right?")],
    "a removed row": [(Omission.STRUCK_OUT, "Oldport"), (Omission.STRUCK_OUT, "10")],
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_accounted_for(name: str) -> None:
    (data,) = (case.data for case in CASES if case.name == name)
    assert docx.read(data).left_out == tuple(LeftOut(*said) for said in LEFT_OUT[name])


def test_page_headers_are_running_lines_and_contents_repeat() -> None:
    def write(document: object) -> None:
        document.sections[0].header.paragraphs[0].text = "Harbour Quarterly"  # type: ignore[attr-defined]
        document.styles.add_style("toc 1", 1)  # type: ignore[attr-defined]
        document.add_paragraph("Fees\t3", "toc 1")  # type: ignore[attr-defined]
        document.add_paragraph(SENTENCE)  # type: ignore[attr-defined]

    assert docx.read(written(write)).left_out == (
        LeftOut(Omission.REPEATED, "Fees 3"),
        LeftOut(Omission.RUNNING_LINE, "Harbour Quarterly"),
    )


# --- heads of tables ------------------------------------------------------------------------

BOLD = "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{}</w:t></w:r></w:p>"


def levels(data: bytes) -> list[int]:
    return [block.level for block in docx.read(data).blocks if block.kind is BlockKind.ROW]


@pytest.mark.parametrize(
    ("rows", "heads"),
    [
        ([row("Port", "Fee", head=True), row("Skagby", "none")], [1, 0]),
        ([row(cell(BOLD.format("Port")), cell(BOLD.format("Fee"))), row("Skagby", "none")], [1, 0]),
        ([row("Port", "Fee"), row("Skagby", "940"), row("Lindholm", "1,275")], [1, 0, 0]),
        ([row("Port", "Fee"), row("Skagby", "none")], [0, 0]),
        ([row("1951", "940"), row("1952", "950"), row("1953", "960")], [0, 0, 0]),
        ([row(cell(BOLD.format("Port")), cell(BOLD.format("Fee")))] * 2, [0, 0]),
        ([row("Port", cell("Fee", 2), head=True), row("", "2023", "2024", head=True), row("S", "1", "2")], [1, 1, 0]),
    ],
)
def test_the_rows_that_head_a_table_are_known(rows: list[str], heads: list[int]) -> None:
    assert levels(with_body(table(*rows))) == heads


def test_a_table_style_with_a_bold_first_row_sets_it_off() -> None:
    def write(document: object) -> None:
        made = document.add_table(2, 2, "Light List")  # type: ignore[attr-defined]
        for at, text in enumerate(["Port", "Master", "Skagby", "Falk"]):
            made.cell(at // 2, at % 2).text = text

    assert levels(written(write)) == [1, 0]


# --- reasons --------------------------------------------------------------------------------


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return file.getvalue()


def ole(stream: str) -> bytes:
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504) + stream.encode("utf-16-le")


GOOD = with_body(f"<w:p>{run(SENTENCE)}</w:p>")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[: len(GOOD) // 2], "is cut short, its end is missing; save or download it again"),
        (GOOD[:100], "is cut short, its end is missing; save or download it again"),
        (b"%PDF-1.7 ...", "is a PDF file; name it .pdf"),
        (rb"{\rtf1\ansi The treaty.}", "is an RTF file; name it .rtf"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>The treaty.", "is a web page; name it .html"),
        (b"<?xml version='1.0'?><pkg/>", "is an XML file; save it as .docx in the program that opens it"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook"),
        (packed("[Content_Types].xml", "ppt/presentation.xml"), "is a PowerPoint presentation"),
        (packed("mimetype", "content.xml"), "is an OpenDocument file; name it .odt, .ods or .odp"),
        (ole("WordDocument"), "is in the old Word format; save it as .docx"),
        (ole("Workbook"), "is an old Excel workbook"),
        (ole("EncryptedPackage"), "is encrypted; save it without a password"),
    ],
    ids=range(12),  # not by the bytes: those of a zip hold the time
)
def test_a_bad_file_is_refused_with_the_true_reason(data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        docx.read(data)
    assert str(caught.value).startswith(reason)
    assert caught.value.failure is (Failure.ENCRYPTED if "encrypted" in reason else Failure.DAMAGED)


# --- single steps ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "number_format", "text"),
    [
        (4, "upperRoman", "IV"),
        (1990, "lowerRoman", "mcmxc"),
        (26, "lowerLetter", "z"),
        (28, "upperLetter", "BB"),
        (12, "ordinal", "12th"),
        (23, "ordinal", "23rd"),
        (21, "ordinalText", "Twenty-first"),
        (20, "ordinalText", "Twentieth"),
        (14, "cardinalText", "Fourteen"),
        (7, "decimalZero", "07"),
        (3, "decimalEnclosedCircle", "③"),
        (21, "decimalEnclosedCircle", "21"),
        (21, "japaneseCounting", "二十一"),
        (15, "ideographDigital", "一五"),
        (2, "ideographTraditional", "乙"),
        (3, "aiueo", "ウ"),
        (3, "chicago", "‡"),
        (5, "numberInDash", "- 5 -"),
        (9, "bullet", ""),
        (9, "none", ""),
        (0, "upperRoman", "0"),
        (9, "hebrew1", "9"),
    ],
)
def test_numbers_are_written_in_their_format(number: int, number_format: str, text: str) -> None:
    assert numerals.written(number, number_format) == text


@pytest.mark.parametrize(("text", "shown"), [("6", "⁶"), ("-1", "⁻¹"), ("n", "ⁿ"), ("th", "th"), ("", "")])
def test_raised_figures_are_raised_letters(text: str, shown: str) -> None:
    assert signs.raised(text) == shown


def test_a_place_that_no_table_has_keeps_its_character() -> None:
    assert signs.sign("Unknown Font", 0xF0B1) == "\uf0b1"
    assert signs.sign("Symbol", 0xB1) == signs.sign("Symbol", 0xF0B1) == "±"
