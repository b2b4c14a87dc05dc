"""Claims about what PDF files show besides their text, and about letters that are set apart or filled in."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from pdf_files import Put, assembled, one_sentence, stream, written
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

from alliance_qa.documents import pdf, raised
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.errors import DocumentError

TEXT = [
    "the Secretary shall submit to the committees of both",
    "houses a report on the plan for the alliance, which",
    "shall describe the costs of the bases and the share",
    "of each party in them, and shall name the ports that",
    "are to be deepened in the years from 2025 on, unless",
    "the board finds that this would harm the security of",
    "the fleet or of the crews that serve in it.",
]


def set_in(text: str) -> bytes:
    """A file of one paragraph, in the mark-up of reportlab."""
    file = io.BytesIO()
    SimpleDocTemplate(file, invariant=1).build([Paragraph(text, getSampleStyleSheet()["BodyText"])])
    return file.getvalue()


def text_of(data: bytes) -> str:
    return "\n".join(block.text for block in pdf.read(data).blocks)


def left_out(data: bytes) -> list[tuple[Omission, str]]:
    return [(each.why, each.text) for each in pdf.read(data).left_out]


# --- marks of notes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written_", "text", "mark"),
    [
        ("It rose to $320<super>4</super> in May.", "It rose to $320 in May.", "4"),
        ("It rose to 1,150<super>12</super>.", "It rose to 1,150.", "12"),
        ("It paid 40%<super>3</super> of it.", "It paid 40% of it.", "3"),
        ("The board<super>1,2</super> met.", "The board met.", "1,2"),
        ("The US<super>11</super> paid.", "The US paid.", "11"),
        ("The board met.<super>[13]</super> It voted.", "The board met. It voted.", "[13]"),
        ("In 2023<super>a</super> it fell.", "In 2023 it fell.", "a"),
        ("The dues<super>†</super> fell.", "The dues fell.", "†"),
        ("The docks grew <super>6</super>.", "The docks grew.", "6"),
        ("The docks grew <super>6 </super>in May.", "The docks grew in May.", "6"),
    ],
)
def test_a_raised_mark_of_a_note_is_left_out_and_told(written_: str, text: str, mark: str) -> None:
    data = set_in(written_)
    assert (text_of(data), left_out(data)) == (text, [(Omission.NOTE_MARK, mark)])


@pytest.mark.parametrize(
    ("written_", "text"),
    [
        ("It is 5 km<super>2</super> wide.", "It is 5 km² wide."),
        ("It costs 10<super>6</super> crowns.", "It costs 10⁶ crowns."),
        ("It is 10<super>–3</super> mm thick.", "It is 10⁻³ mm thick."),
        ("On the 21<super>st</super> of May.", "On the 21st of May."),
        ("Take x<super>2</super> of it.", "Take x² of it."),
        ("Less CO<sub>2</sub> is burnt.", "Less CO2 is burnt."),
    ],
)
def test_powers_ordinals_and_lowered_figures_stay(written_: str, text: str) -> None:
    assert (text_of(set_in(written_)), left_out(set_in(written_))) == (text, [])


@pytest.mark.parametrize(("before", "text", "after"), [("of ", "235", "U"), ("", "1", ""), ("no", "TM", "")])
def test_what_is_raised_may_be_no_mark(before: str, text: str, after: str) -> None:
    assert raised.judge(before, text, after) is raised.Reading.TEXT


def test_the_number_at_the_foot_opens_its_note() -> None:
    body = Put(72, 700, [*TEXT])
    note = [Put(72, 84, ["1"], size=5), Put(76, 80, ["See the minutes of the third meeting."], size=8)]
    assert text_of(written([body, *note])).splitlines()[-1] == "1 See the minutes of the third meeting."


# --- lines struck out ----------------------------------------------------------------------


def test_struck_out_letters_are_left_out() -> None:
    data = set_in("The stay is <strike>ninety days</strike> a month.")
    assert (text_of(data), left_out(data)) == ("The stay is a month.", [(Omission.STRUCK_OUT, "ninety days")])


def test_underlined_letters_stay() -> None:
    assert text_of(set_in("The stay is <u>ninety days</u> long.")) == "The stay is ninety days long."


# --- running lines and line numbers --------------------------------------------------------


def test_running_lines_are_told() -> None:
    pages = [
        [Put(72, 750, ["Quay Review"], size=8), Put(72, 600, [line]), Put(300, 40, [str(n)])]
        for n, line in enumerate(TEXT, 1)
    ]
    assert left_out(written(*pages))[:2] == [(Omission.RUNNING_LINE, "Quay Review"), (Omission.RUNNING_LINE, "1")]


def numbered(lines: list[str], numbers: Iterable[int], x: float = 40) -> list[Put]:
    return [Put(80, 700, lines, leading=24)] + [
        Put(x, 700 - 24 * at, [str(number)]) for at, number in enumerate(numbers) if number
    ]


@pytest.mark.parametrize("x", [40, 68], ids=["apart", "close"])
def test_line_numbers_are_left_out(x: float) -> None:
    data = written(numbered(TEXT, range(1, 8), x))
    assert text_of(data) == " ".join(TEXT)
    assert left_out(data) == [(Omission.LINE_NUMBER, str(number)) for number in range(1, 8)]


def test_the_number_of_every_fifth_line_is_left_out() -> None:
    numbers = [number if number % 5 == 0 else 0 for number in range(1, 22)]
    data = written(numbered(TEXT * 3, numbers))
    assert text_of(data) == " ".join(TEXT * 3)


def test_the_short_last_page_of_numbered_lines_is_left_out_too() -> None:
    data = written(numbered(TEXT, range(1, 8)), numbered(TEXT[:2], range(8, 10)))
    assert not re.search(r"\b[1-9]\b", text_of(data))


def test_numbers_of_a_list_and_of_the_rows_of_a_table_stay() -> None:
    entries = ["Deepen the Channel at Orvika", "Pay the Crews of the Cranes", "Ask the Boards to Meet Again"] * 2
    assert re.findall(r"\b\d\b", text_of(written(numbered(entries, range(1, 7))))) == list("123456")


# --- letters set apart, accents, fields ----------------------------------------------------


def spaced(text: str, by: float) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    line = canvas.beginText(72, 700)
    line.setFont("Helvetica", 12)
    line.setCharSpace(by)
    line.textLine(text)
    canvas.drawText(line)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("by", [2, 3, 6])
def test_a_heading_whose_letters_are_set_apart_has_its_words(by: float) -> None:
    assert text_of(spaced("INTRODUCTION AND AIMS", by)) == "INTRODUCTION AND AIMS"


def test_letters_typed_apart_are_a_word_and_a_few_letters_are_not() -> None:
    assert text_of(spaced("A B S T R A C T", 0)) == "ABSTRACT"
    assert text_of(spaced("Grades A B C D are given.", 0)) == "Grades A B C D are given."


def test_an_accent_drawn_over_a_letter_is_part_of_it() -> None:
    objects = one_sentence()
    objects[4] = stream("BT /F 10 Tf 72 600 Td (The caf) Tj [(\\264) 389 (e)] TJ ( is open.) Tj ET")
    objects[5] = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>"
    assert text_of(assembled(objects)) == "The café is open."


def test_the_values_of_a_form_stand_beside_their_labels() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.drawString(72, 700, "Name of the port:")
    canvas.acroForm.textfield(name="port", value="Lindhamn", x=200, y=695, width=120, height=18)
    canvas.save()
    assert text_of(file.getvalue()) == "Name of the port: Lindhamn"


def test_the_remark_of_a_reviewer_is_left_out() -> None:
    objects = one_sentence(page="/Annots [7 0 R]")
    objects[7] = "<< /Type /Annot /Subtype /Text /Rect [72 600 90 618] /Contents (Check this number.) >>"
    found = pdf.read(assembled(objects))
    assert [block.text for block in found.blocks] == ["The treaty has ten articles."]
    assert found.left_out == (LeftOut(Omission.COMMENT, "Check this number."),)


# --- what stands around the file -----------------------------------------------------------

SAMPLE = written([Put(72, 700, ["The quay is open."])])


@pytest.mark.parametrize(
    "behind",
    [bytes(300_000), b"<!-- saved -->" * 500, b"\r\n" * 4_000, b"-----BEGIN SIGNATURE-----\niQEz\n" * 200, b"\n\x1a"],
    ids=["zeros", "comments", "line-ends", "signature", "end-of-file"],
)
def test_what_follows_the_end_is_no_damage(behind: bytes) -> None:
    assert text_of(SAMPLE + behind) == "The quay is open."


@pytest.mark.parametrize("front", [b"#\n", b"HTTP/1.1 200 OK\r\n\r\n", b"<!-- x -->\n" * 500, bytes(2_000)])
def test_what_stands_before_the_header_is_no_damage(front: bytes) -> None:
    assert text_of(front + SAMPLE) == text_of(_counted_from_first(front)) == "The quay is open."


def _counted_from_first(front: bytes) -> bytes:
    """The file behind `front` with its places counted from the first byte of all."""

    def moved(found: re.Match[bytes]) -> bytes:
        return found[1] + str(int(found[2]) + len(front)).zfill(len(found[2])).encode()

    table = SAMPLE.index(b"xref\n")
    end = re.sub(rb"(\n)(\d{10})(?= \d{5} n)", moved, SAMPLE[table:])
    return front + SAMPLE[:table] + re.sub(rb"(startxref\s)(\d+)", moved, end)


def test_a_file_that_lacks_the_end_mark_alone_is_read() -> None:
    assert text_of(SAMPLE.rstrip().removesuffix(b"%%EOF")) == "The quay is open."


@pytest.mark.parametrize("cut", [SAMPLE[:-40], SAMPLE[:600] + bytes(3_000), SAMPLE + SAMPLE[:500]], ids=range(3))
def test_a_file_cut_short_says_so_whatever_follows(cut: bytes) -> None:
    with pytest.raises(DocumentError, match="is a PDF file cut short; copy or download it again"):
        pdf.read(cut)
