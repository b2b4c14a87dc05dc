"""Claims about tables in PDF files. Every file is made here, in memory; the texts are invented."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise

import pytest
from pdf_files import Put, written
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from alliance_qa.documents import pdf
from alliance_qa.domain import BlockKind

_STYLE = getSampleStyleSheet()["BodyText"]
_TEXT = (
    "The pact lets both fleets use quays in three harbours, and it asks the boards to meet twice a year so that"
    " visits can be planned. Crews may stay for a month without a permit."
)
GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
HEAD = ["Port", "Fee 2023", "Fee 2024", "Days"]
BODY = [["Lindhamn", "1,150", "1,275", "3"], ["Skagen", "870", "940", "5"], ["Orvika", "650", "655", "7"]]
READ = [(1, "Port | Fee 2023 | Fee 2024 | Days"), *((0, " | ".join(row)) for row in BODY)]


def document(*table: Flowable) -> bytes:
    file = io.BytesIO()
    story = [Paragraph(_TEXT, _STYLE), *table, Paragraph(_TEXT, _STYLE)]
    SimpleDocTemplate(file, invariant=1).build(story)
    return file.getvalue()


def rows(data: bytes) -> list[tuple[int, str]]:
    return [(block.level, block.text) for block in pdf.read(data).blocks if block.kind is BlockKind.ROW]


def wrapped(text: str) -> Paragraph:
    return Paragraph(text, _STYLE)


@pytest.mark.parametrize(
    "style",
    [
        [],
        [GRID],
        [("LINEABOVE", (0, 0), (-1, 0), 1, colors.black), ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black)],
        [("BOX", (0, 0), (-1, -1), 0.5, colors.black), ("LINEAFTER", (0, 0), (-2, -1), 0.5, colors.black)],
        [("ROWBACKGROUNDS", (0, 0), (-1, -1), [colors.white, colors.lightgrey])],
        [("ALIGN", (1, 0), (-1, -1), "RIGHT")],
    ],
    ids=["plain", "grid", "above-and-below", "columns-only", "shaded", "right"],
)
def test_each_row_of_a_table_is_a_block_and_the_first_heads_it(style: Sequence[tuple[object, ...]]) -> None:
    assert rows(document(Table([HEAD, *BODY], colWidths=[110, 80, 80, 60], style=style))) == READ


def test_text_around_a_table_is_no_part_of_it() -> None:
    kinds = [block.kind for block in pdf.read(document(Table([HEAD, *BODY]))).blocks]
    assert kinds == [BlockKind.PARAGRAPH, *[BlockKind.ROW] * 4, BlockKind.PARAGRAPH]


@pytest.mark.parametrize("style", [[GRID], [("VALIGN", (0, 0), (-1, -1), "TOP")]], ids=["grid", "plain"])
def test_a_cell_over_several_lines_is_one(style: Sequence[tuple[object, ...]]) -> None:
    long = "Dredged in 2021, and again when the storm of 2023 had filled the channel with sand"
    table = [["Port", "Notes", "Fee"], ["Skagen", wrapped("Closed in winter"), "940"], ["Orvika", wrapped(long), "655"]]
    assert rows(document(Table(table, colWidths=[100, 160, 60], style=style))) == [
        (1, "Port | Notes | Fee"),
        (0, "Skagen | Closed in winter | 940"),
        (0, f"Orvika | {long} | 655"),
    ]


@pytest.mark.parametrize("style", [[GRID, ("SPAN", (0, 1), (0, 2))], []], ids=["merged", "left-open"])
def test_a_label_for_several_rows_stands_in_each(style: Sequence[tuple[object, ...]]) -> None:
    table = [
        ["Country", "Port", "Fee"],
        ["Norvia", "Lindhamn", "1,275"],
        ["", "Skagen", "940"],
        ["Suland", "Orvika", "6"],
    ]
    assert rows(document(Table(table, colWidths=[100, 100, 60], style=style))) == [
        (1, "Country | Port | Fee"),
        (0, "Norvia | Lindhamn | 1,275"),
        (0, "Norvia | Skagen | 940"),
        (0, "Suland | Orvika | 6"),
    ]


def test_a_label_over_several_columns_stands_in_each() -> None:
    table = [["Port", "Fee", "", "Days"], ["", "2023", "2024", ""], *BODY]
    style = [GRID, ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1)), ("SPAN", (3, 0), (3, 1))]
    assert rows(document(Table(table, style=style)))[:3] == [
        (1, "Port | Fee | Fee | Days"),
        (1, "Port | 2023 | 2024 | Days"),
        (0, "Lindhamn | 1,150 | 1,275 | 3"),
    ]


def test_an_empty_cell_is_left_empty() -> None:
    table = [HEAD, ["Lindhamn", "1,150", "", "3"], ["Skagen", "", "940", "5"], *BODY]
    assert rows(document(Table(table, colWidths=[110, 80, 80, 60])))[1:3] == [
        (0, "Lindhamn | 1,150 | | 3"),
        (0, "Skagen | | 940 | 5"),
    ]


def test_a_line_between_rows_is_no_head() -> None:
    table = [HEAD, ["Northern ports", "", "", ""], *BODY]
    assert rows(document(Table(table, colWidths=[110, 80, 80, 60])))[:2] == [READ[0], (0, "Northern ports")]


def test_bold_words_head_a_table_of_words() -> None:
    table = [["Port", "Country", "Use"], ["Lindhamn", "Norvia", "ferry"], ["Skagen", "Norvia", "navy"]]
    bold = [("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
    assert rows(document(Table(table, colWidths=[110, 110, 80], style=bold)))[0] == (1, "Port | Country | Use")
    assert rows(document(Table(table, colWidths=[110, 110, 80])))[0] == (0, "Port | Country | Use")


def test_columns_that_all_but_touch_are_told_by_the_other_rows() -> None:
    assert rows(document(Table([HEAD, *BODY], colWidths=[60, 45, 45, 40]))) == READ


def test_a_table_in_a_column_of_a_page_leaves_the_other_column_alone() -> None:
    left = [f"The left column has a line {n} and more" for n in range(12)]
    right = [f"and the right one has a line {n} that" for n in range(16)]
    puts = [Put(72, 700, left), Put(320, 700, right)]
    puts += [Put(72 + 70 * at, 550, [row[at] for row in [HEAD[:3], *BODY]]) for at in range(3)]
    assert rows(written(puts)) == [(level, text.rpartition(" | ")[0]) for level, text in READ]


def test_a_frame_around_text_is_no_table() -> None:
    framed = Table([[wrapped(_TEXT * 4), wrapped(_TEXT * 4)], ["", ""]], style=[GRID])
    assert rows(document(framed)) == []


def test_what_a_marker_has_gone_over_is_no_table() -> None:
    lines = ["Fleets may use the quays.  The boards meet", "twice a year in all the three harbours, so that", "visits"]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    canvas.setFillGray(0.9)
    ends = [canvas.stringWidth(text, "Times-Roman", 12) for text in (lines[0][:25], *lines)]
    for at, (left, right) in enumerate([(ends[0] + 4, ends[1]), (0, ends[2]), (0, ends[3])]):
        canvas.rect(72 + left, 697 - 14 * at, right - left, 13.5, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Times-Roman", 12)
    canvas.drawString(72, 700, lines[0][:25])
    canvas.drawString(72 + ends[0] + 5, 700, lines[0][25:].lstrip())
    for at, line in enumerate([*lines[1:], "can be planned."], start=1):
        canvas.drawString(72, 700 - 14 * at, line)
    canvas.save()
    assert [block.text for block in pdf.read(file.getvalue()).blocks] == [
        "Fleets may use the quays. The boards meet twice a year in all the three harbours, so that visits can be"
        " planned."
    ]


def test_numbers_of_notes_set_apart_make_no_table() -> None:
    notes = [Put(72, 700, ["1", "2", "3"]), Put(100, 700, ["See the minutes.", "See the accord.", "See the plan."])]
    assert rows(written(notes)) == []


@pytest.mark.parametrize("angle", [90, 180, 270])
@pytest.mark.parametrize("is_alone", [True, False], ids=["on a page of its own", "beside upright text"])
def test_a_turned_table_is_read_as_one_reads_it_who_turns_the_page(angle: int, is_alone: bool) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    if not is_alone:
        canvas.drawString(72, 750, "The fees of the quays are told below.")
    canvas.translate(306, 396)
    canvas.rotate(angle)
    for line, row in enumerate([HEAD, *BODY]):
        for column, cell in enumerate(row):
            canvas.drawString(-200 + 110 * column, -14 * line, cell)
    canvas.save()
    assert rows(file.getvalue()) == READ


def test_what_stands_beside_the_text_parts_no_paragraph() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    canvas.drawString(72, 700, "The pact lets both fleets use quays in three harbours, and it asks the")
    canvas.drawString(72, 686, "boards to meet twice a year so that visits can be planned.")
    canvas.rotate(90)
    canvas.drawString(200, -30, "Port Papers 1701.01234")
    canvas.save()
    assert [block.text for block in pdf.read(file.getvalue()).blocks] == [
        "The pact lets both fleets use quays in three harbours, and it asks the boards to meet twice a year so that"
        " visits can be planned.",
        "Port Papers 1701.01234",
    ]


PORTS = [
    ["Port", "What the pact says of it"],
    ["Lindhamn", "Both fleets may use the northern quay, and crews may stay for a month without a permit"],
    ["Skagen", "Only in winter"],
    ["Orvika", "The board decides each year whether the quay is dredged, and who pays for it"],
    ["Malby", "Closed since 2019"],
]


def told(table: Sequence[Sequence[str]], *heads: int) -> list[tuple[int, str]]:
    return [(int(at in heads), " | ".join(row)) for at, row in enumerate(table)]


def prose(table: Sequence[Sequence[str]], widths: Sequence[int], style: Sequence[tuple[object, ...]] = ()) -> bytes:
    cells = [[wrapped(cell) for cell in row] for row in table]
    return document(Table(cells, colWidths=widths, style=[("VALIGN", (0, 0), (-1, -1), "TOP"), *style]))


@pytest.mark.parametrize("padding", [3, 0], ids=["white between rows", "no white between rows"])
def test_a_table_without_lines_whose_second_column_is_prose_is_read_by_rows(padding: int) -> None:
    style = [("TOPPADDING", (0, 0), (-1, -1), padding), ("BOTTOMPADDING", (0, 0), (-1, -1), 0)]
    assert rows(prose(PORTS, [120, 200], style)) == told(PORTS)


def test_labels_and_heads_of_several_lines_are_put_together_where_white_parts_rows() -> None:
    table = [
        ["Treaty", "Port of the northern fleet", "Fee for each day", "What is asked of the board"],
        ["Pact of the Northern Ports", "Lindhamn", "1,275 crowns", "A report on each visit of a fleet"],
        ["Accord on Winter Quays", "Skagen and the outer quay", "940", "Nothing"],
        ["Plan for the Strait", "Orvika", "655", "That the quay is dredged in spring"],
    ]
    bottom = [("VALIGN", (0, 0), (-1, 0), "BOTTOM")]
    assert rows(prose(table, [75, 80, 60, 100], bottom)) == told(table, 0)


@pytest.mark.parametrize(
    ("group", "read"),
    [
        (["Quay", "12", "7"], ["Quay | 12 | 7", "Quay | 12 | 7", "Quay | 12 | 7"]),
        (["North|South|Outer", "Ferry|Fleet|Ocean"], ["North | Ferry", "South | Fleet", "Outer | Ocean"]),
        (["Quay", "12|13"], ["Quay | 12", "| 13"]),
        (["Norvia", "Malby|Egvik", "Ferry|Fleet"], ["Norvia | Malby | Ferry", "| Egvik | Fleet"]),
        (["Quay", "Open|Dredged in the spring"], ["Quay | Open", "| Dredged in the spring"]),
    ],
    ids=["figures", "words", "figures below one label", "words below one label", "lines with room"],
)
def test_lines_that_stand_together_are_rows_where_no_line_goes_on_with_another(
    group: list[str], read: list[str]
) -> None:
    columns = [cell.split("|") * (3 if cell in ("Quay", "12", "7") and len(group) == 3 else 1) for cell in group]
    pitch = 12 * len(read) + 12
    puts = [Put(72 + 100 * at, 700 - pitch * n, lines) for n in range(4) for at, lines in enumerate(columns)]
    assert rows(written(puts)) == [(0, text) for _ in range(4) for text in read]


def test_names_beside_running_text_are_no_table() -> None:
    text = [
        "the board hears both fleets",
        "before it sets the fee that",
        "they pay for each day at the",
        "quay of a port in winter and",
    ]
    puts = [Put(72, 700, ["Lindhamn or Skagen's"] * 6), Put(200, 700, text * 2)]
    assert rows(written(puts)) == []


def test_labels_beside_text_of_many_lines_make_no_table() -> None:
    assert rows(prose([[f"Part {at}", _TEXT * 4] for at in range(5)], [120, 200])) == []


def test_a_line_that_had_no_room_goes_on_with_its_cell() -> None:
    said = ["The board lets the fleet of the", "Northern Isles use the outer quay"]
    puts = [Put(72, 700 - 24 * at, [f"Port {at}"]) for at in range(4)] + [Put(172, 700, said * 4)]
    assert rows(written(puts)) == [(0, f"Port {at} | {' '.join(said)}") for at in range(4)]


def test_the_first_line_of_a_label_may_stand_alone_above_the_others() -> None:
    puts = [
        Put(72, 688, ["Port"]),
        Put(192, 700, ["Partners of", "the board"]),
        Put(312, 688, ["Signed"]),
        *(Put(72, 666 - 30 * at, ["Lindhamn", "and Malby"]) for at in range(3)),
        *(Put(192, 666 - 30 * at, ["Norvia"]) for at in range(3)),
        *(Put(312, 666 - 30 * at, ["May 1951"]) for at in range(3)),
    ]
    assert rows(written(puts)) == [
        (0, "Port | Partners of the board | Signed"),
        *[(0, "Lindhamn and Malby | Norvia | May 1951")] * 3,
    ]


def test_records_of_two_lines_stay_two_rows() -> None:
    lines = [["Lindhamn", "Ferry quay", "Open"], ["No 17", "Deep", ""]]
    puts = [
        Put(72 + 100 * at, 700 - 36 * group, [line[at] for line in lines if line[at]])
        for group in range(5)
        for at in range(3)
    ]
    assert rows(written(puts)) == [
        (0, text) for _ in range(5) for text in ("Lindhamn | Ferry quay | Open", "No 17 | Deep |")
    ]


def test_columns_of_text_whose_paragraphs_end_at_one_height_are_no_table() -> None:
    left = "Fees are set each year by the board which hears both fleets first and tells them".split()
    said = ["the quay of the harbour is asked for", "a fee that the board has set for it", "and both fleets pay it"]
    puts = []
    for paragraph in range(5):
        for x in (72, 320):
            lines = [f"{left[paragraph].title()} {said[0]} by each", *said[1:]] if x == 72 or paragraph % 2 else said
            puts.append(Put(x, 700 - 50 * paragraph, [f"{line} of the ports and the" for line in lines]))
    assert rows(written(puts)) == []


def test_cells_without_lines_between_them_stand_in_the_columns_of_the_head() -> None:
    lines = [("BOX", (0, 0), (-1, -1), 0.5, colors.black), ("INNERGRID", (0, 0), (-1, 0), 0.5, colors.black)]
    lines += [("LINEBELOW", (0, at), (-1, at), 0.5, colors.black) for at in range(2)]
    assert rows(document(Table([HEAD, *BODY[:2]], colWidths=[110, 80, 80, 60], style=lines))) == READ[:3]


def test_a_line_behind_the_first_column_alone_leaves_the_others_columns() -> None:
    lines = [("BOX", (0, 0), (-1, -1), 0.5, colors.black), ("LINEAFTER", (0, 0), (0, -1), 0.5, colors.black)]
    lines += [("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black)]
    assert rows(document(Table([HEAD, *BODY], colWidths=[110, 80, 80, 60], style=lines))) == READ


def test_frames_inside_of_cells_make_no_columns() -> None:
    table = [["", "Port", "", "", "Fee", ""], ["Lindhamn", "", "", "1,275", "", ""], ["Skagen", "", "", "940", "", ""]]
    spans = [("SPAN", (x, y), (x + 2, y)) for x in (0, 3) for y in (1, 2)]
    data = document(Table(table, colWidths=[6, 90, 6, 6, 60, 6], style=[GRID, *spans]))
    assert rows(data) == [(1, "Port | Fee"), (0, "Lindhamn | 1,275"), (0, "Skagen | 940")]


def test_narrow_columns_with_words_of_their_own_stay() -> None:
    table = [["A", "Port", "B"], ["x", "Lindhamn", "y"], ["", "Skagen", "z"]]
    style = [
        GRID,
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("FONTSIZE", (0, 0), (-1, -1), 6),
    ]
    data = document(Table(table, colWidths=[7, 90, 7], style=style))
    assert rows(data) == [(0, "A | Port | B"), (0, "x | Lindhamn | y"), (0, "| Skagen | z")]


def test_words_set_far_apart_to_fill_a_line_make_no_table() -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    said = ["4 Estimated by the board of Norvia", "fees that quays take in ports", "and what crews pay there"]
    for at, line in enumerate(said):
        x = 72.0
        for word in line.split():
            canvas.drawString(x, 700 - 14 * at, word)
            x += canvas.stringWidth(word) + 15
    canvas.save()
    assert [block.text for block in pdf.read(file.getvalue()).blocks] == [" ".join(said)]


def test_headings_with_numbers_set_apart_make_no_table() -> None:
    puts = [
        Put(72, 700, ["4", "4.1", "4.1.1"], leading=20),
        Put(110, 700, ["What we saw", "Fees", "Of fleets"], leading=20),
    ]
    line = Put(72, 690, ["The sections say it."])  # below the first, over both columns
    assert rows(written(puts)) == rows(written([*puts, line])) == []


def test_a_larger_heading_below_a_table_is_no_row_of_it() -> None:
    puts = [Put(72 + 110 * at, 700, [row[at] for row in [HEAD, *BODY]]) for at in range(4)]
    puts += [Put(72, 636, ["3.3"], size=15), Put(110, 636, ["What fleets pay"], size=15)]
    assert rows(written(puts)) == READ


def test_a_head_whose_words_stand_apart_hides_no_columns() -> None:
    puts = [Put(72 + 110 * at, 688, [row[at] for row in BODY]) for at in range(4)]
    puts += [Put(x, 700, [word]) for x, word in ((72, "Port"), (182, "Fee"), (292, "Fee"), (425, "all"))]
    assert rows(written(puts))[1:] == READ[1:]


def test_a_note_over_the_first_columns_of_a_table_is_said_once() -> None:
    note = "Fees are those of the year before."
    puts = [Put(72 + 110 * at, 700, [row[at] for row in [HEAD, *BODY]]) for at in range(4)]
    puts += [Put(72, 652, [note]), *(Put(72 + 110 * at, 640, [BODY[0][at]]) for at in range(4))]
    assert rows(written(puts)) == [*READ, (0, note), READ[1]]


# --- what is filled or drawn inside of cells -----------------------------------------------

Fill = tuple[float, float, float, float, float]  # gray, left, bottom, right, top
GREY, DARK, WHITE = 0.85, 0.4, 1.0
EDGES = (72, 172, 292, 372)  # of the columns
STAYS = [["Port", "What the pact says", "Fee"], ["Lindhamn", "Open to both fleets|and to ferries", "1,275"]]
STAYS += [["Skagen|(outer quay)", "Closed in winter", "940"], ["Orvika", "See the plan of|the board", "655"]]
STAYS_READ = [
    (level, text.replace("|", " ").replace("\t", " | "))
    for level, text in zip([1, 0, 0, 0], map("\t".join, STAYS), strict=True)
]


def heights(table: Sequence[Sequence[str]], gap: float = 0) -> list[tuple[float, float]]:
    """Bottom and top of each row, a line of which is 14 points high."""
    found, top = [], 700.0
    for row in table:
        bottom = top - 14 * max(cell.count("|") + 1 for cell in row)
        found.append((bottom, top))
        top = bottom - gap
    return found


def painted(table: Sequence[Sequence[str]], fills: Sequence[Fill], margin: float = 5.4, gap: float = 0) -> bytes:
    """A page with what is filled, and the words of a table on it, each cell's as far from the cell's left edge."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    for gray, left, bottom, right, top in fills:
        canvas.setFillGray(gray)
        canvas.rect(left, bottom, right - left, top - bottom, stroke=0, fill=1)
    canvas.setFillGray(0)
    canvas.setFont("Helvetica", 10)
    for row, (_, top) in zip(table, heights(table, gap), strict=True):
        for left, cell in zip(EDGES, row, strict=False):
            for at, line in enumerate(cell.split("|")):
                canvas.drawString(left + margin, top - 14 * at - 11, line)
    canvas.save()
    return file.getvalue()


def ruled(table: Sequence[Sequence[str]]) -> list[Fill]:
    """The lines of a table as Word draws them, by cells."""
    found: list[Fill] = []
    for bottom, top in heights(table):
        for left, right in pairwise(EDGES):
            found += [(0, left, y, right, y + 0.5) for y in (bottom, top)]
            found += [(0, x, bottom, x + 0.5, top) for x in (left, right)]
    return found


def shaded(table: Sequence[Sequence[str]], margin: float = 5.4) -> list[Fill]:
    """The shading of cells as Word fills it: the cell, then each line of it inside of the cell's margins."""
    found: list[Fill] = []
    for row, (bottom, top) in zip(table, heights(table), strict=True):
        for cell, (left, right) in zip(row, pairwise(EDGES), strict=True):
            found.append((GREY, left, bottom, right, top))
            for at in range(cell.count("|") + 1):
                found.append((GREY, left + margin, top - 14 * (at + 1), right - margin, top - 14 * at))
    return found


def underlined(text: str, left: float, baseline: float) -> Fill:
    return (0, left, baseline - 1.5, left + stringWidth(text, "Helvetica", 10), baseline - 1)


@pytest.mark.parametrize("lines", [True, False], ids=["ruled", "shaded only"])
def test_the_shading_of_lines_inside_of_cells_draws_no_line(lines: bool) -> None:
    assert rows(painted(STAYS, shaded(STAYS) + (ruled(STAYS) if lines else []))) == STAYS_READ


@pytest.mark.parametrize("gray", [GREY, DARK], ids=["of the cell's colour", "of another"])
def test_what_is_filled_behind_words_of_a_shaded_cell_draws_no_line(gray: float) -> None:
    behind: list[Fill] = []
    for row, (_, top) in zip(STAYS, heights(STAYS), strict=True):
        for left, cell in zip(EDGES, row, strict=False):
            for at, line in enumerate(cell.split("|")):
                start, end = (left + 5.4 + stringWidth(part, "Helvetica", 10) for part in (line[:2], line[:5]))
                behind.append((gray, start, top - 14 * (at + 1), end, top - 14 * at))
    assert rows(painted(STAYS, [*shaded(STAYS), *behind])) == STAYS_READ


@pytest.mark.parametrize("margin", [1.5, 2.5, 5.4])
@pytest.mark.parametrize("is_shaded", [True, False])
def test_the_line_under_a_link_inside_of_a_cell_is_no_line_of_the_table(margin: float, is_shaded: bool) -> None:
    links = [
        underlined(line, left + margin, top - 14 * at - 11)
        for row, (_, top) in zip(STAYS, heights(STAYS), strict=True)
        for left, cell in zip(EDGES, row, strict=False)
        for at, line in enumerate(cell.split("|"))
        if "|" in cell
    ]
    fills = [*(shaded(STAYS, margin) if is_shaded else []), *ruled(STAYS), *links]
    assert rows(painted(STAYS, fills, margin)) == STAYS_READ


def test_a_link_underlined_in_pieces_is_no_line_of_the_table() -> None:
    baseline, left = heights(STAYS)[1][1] - 11, EDGES[1] + 2
    first = underlined("Open to ", left, baseline)
    pieces = [first, underlined("both fleets", first[3], baseline)]
    assert rows(painted(STAYS, [*ruled(STAYS), *pieces], margin=2)) == STAYS_READ


@pytest.mark.parametrize("ground", [DARK, GREY], ids=["seen", "unseen"])
@pytest.mark.parametrize("gap", [1, 2])
def test_cells_filled_on_a_filled_ground_stay_cells(ground: float, gap: float) -> None:
    bands = heights(STAYS, gap)
    fills: list[Fill] = [(ground, EDGES[0] - gap, bands[-1][0] - gap, EDGES[-1], 700 + gap)]
    fills += [(GREY, left, low, right - gap, high) for low, high in bands for left, right in pairwise(EDGES)]
    assert rows(painted(STAYS, fills, gap=gap)) == STAYS_READ


def test_cells_as_wide_as_the_table_stay_cells_on_a_filled_ground() -> None:
    table = [*STAYS[:2], ["Northern ports|beyond the strait", "", ""], ["Those of the south", "", ""], *STAYS[2:]]
    bands = heights(table, 2)
    fills: list[Fill] = [(DARK, EDGES[0] - 2, bands[-1][0] - 2, EDGES[-1], 702)]
    for row, (low, high) in zip(table, bands, strict=True):
        places = list(pairwise(EDGES)) if row[1] else [(EDGES[0], EDGES[-1])]
        fills += [(GREY, left, low, right - 2, high) for left, right in places]
    said = [text for _, text in STAYS_READ]
    said[2:2] = ["Northern ports beyond the strait", "Those of the south"]
    assert rows(painted(table, fills, gap=2)) == [(0, text) for text in said]


def test_lines_between_rows_that_stop_short_of_the_lines_down_stay() -> None:
    fills: list[Fill] = [(0, x, heights(STAYS)[-1][0], x + 0.5, 700) for x in EDGES]
    for low, high in heights(STAYS):
        fills += [(0, left + 2.5, y, right - 2, y + 0.5) for y in (low, high) for left, right in pairwise(EDGES)]
    assert rows(painted(STAYS, fills)) == STAYS_READ


def test_cells_filled_like_the_page_stay_cells() -> None:
    fills: list[Fill] = [(WHITE, 0, 0, 612, 792)]
    fills += [(WHITE, left, low, right, high) for low, high in heights(STAYS) for left, right in pairwise(EDGES)]
    assert rows(painted(STAYS, fills)) == STAYS_READ


def test_cells_filled_like_their_stripe_stay_cells() -> None:
    fills: list[Fill] = []
    for at, (low, high) in enumerate(heights(STAYS)):
        gray = (GREY, WHITE)[at % 2]
        fills += [(gray, EDGES[0], low, EDGES[-1], high)]
        fills += [(gray, left, low, right, high) for left, right in pairwise(EDGES)]
    assert rows(painted(STAYS, fills)) == STAYS_READ


def test_cells_of_the_colour_of_a_ground_that_another_colour_hides_stay_cells() -> None:
    fills: list[Fill] = []
    for low, high in heights(STAYS):
        for left, right in pairwise(EDGES):
            fills += [(GREY, left, low, right, high), (WHITE, left + 1, low + 1, right - 1, high - 1)]
            fills += [(GREY, left + 2, low + 2, right - 2, high - 2)]
    assert rows(painted(STAYS, fills)) == STAYS_READ


@pytest.mark.parametrize("columns", [True, False], ids=["with lines down", "with one line down"])
def test_a_line_as_wide_as_the_words_over_it_stays_one_of_the_table(columns: bool) -> None:
    table = [["Port", "Fee"], ["Lindhamn and Malby", "1,275"], ["the outer quay of it", "940"], ["Orvika", "655"]]
    width = stringWidth(table[1][0], "Helvetica", 10)
    edges = (EDGES[1] - width, EDGES[1], EDGES[2])
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    for row, (low, high) in zip(table, heights(table), strict=True):
        canvas.setFont("Helvetica", 10)
        for left, cell in zip(edges, row, strict=False):
            canvas.drawString(left + 8 * (left == edges[1]), low + 2.5, cell)
        for left, right in pairwise(edges):
            for y in (low, high):
                canvas.rect(left, y, right - left, 0.5, stroke=0, fill=1)
        for x in edges if columns else edges[1:2]:
            canvas.rect(x, low, 0.5, high - low, stroke=0, fill=1)
    canvas.save()
    assert rows(file.getvalue()) == [(1, "Port | Fee"), *((0, " | ".join(row)) for row in table[1:])]


def test_a_line_under_a_row_that_fills_it_is_one_of_the_table_where_a_line_down_crosses_it() -> None:
    full, beside = "Open to both fleets and ferries", "as the plan of 2021 has it"
    inner = 72 + stringWidth(full, "Helvetica", 10) + 3
    edges = (72.0, inner, inner + 3 + stringWidth(beside, "Helvetica", 10))
    table = [
        ["Port of Lindhamn", "Fee"],
        [full, beside],
        ["Closed in|winter", "none is|asked for"],
        ["Skagen", "See the plan"],
    ]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    canvas.setFont("Helvetica", 10)
    canvas.setLineWidth(0.5)
    for row, (low, high) in zip(table, heights(table), strict=True):
        for left, cell in zip((72, inner + 3), row, strict=True):
            for at, line in enumerate(cell.split("|")):
                canvas.drawString(left, high - 14 * at - 11, line)
        for y in (low, high):
            canvas.line(edges[0], y, edges[-1], y)
        canvas.line(inner, low, inner, high)
    canvas.save()
    assert [text for _, text in rows(file.getvalue())] == [
        "Port of Lindhamn | Fee",
        "Open to both fleets and ferries | as the plan of 2021 has it",
        "Closed in winter | none is asked for",
        "Skagen | See the plan",
    ]


def test_a_shaded_table_inside_of_a_shaded_cell_keeps_its_lines() -> None:
    shade = ("BACKGROUND", (0, 0), (-1, -1), colors.lightgrey)
    inner = Table([["Quay", "Depth"], ["North", "9"], ["South", "7"]], style=[shade, GRID], colWidths=[60, 40])
    table = [["Port", "Quays"], ["Lindhamn", inner], ["Skagen", "None"]]
    assert rows(document(Table(table, colWidths=[100, 160], style=[shade, GRID])))[1:4] == [
        (0, "Lindhamn | Quay | Depth |"),
        (0, "Lindhamn | North | 9 |"),
        (0, "Lindhamn | South | 7 | Lindhamn"),
    ]


def test_a_frame_around_a_table_without_lines_over_other_frames_parts_no_table() -> None:
    lower = [[f"Quay {at}", f"{at}.50"] for at in range(7)]
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), invariant=1)
    canvas.rect(70, 610, 300, 100)
    canvas.rect(370, 610, 100, 100)
    for at, row in enumerate([HEAD, *BODY]):
        for left, cell in zip((76, 166, 246, 320), row, strict=True):
            canvas.drawString(left, 695 - 21 * at, cell)
    for at, row in enumerate(lower):
        for left, width, cell in zip((70, 370), (300, 100), row, strict=True):
            canvas.rect(left, 589 - 21 * at, width, 21)
            canvas.drawString(left + 6, 595 - 21 * at, cell)
    canvas.save()
    assert [text for _, text in rows(file.getvalue())][:4] == [text for _, text in READ]
