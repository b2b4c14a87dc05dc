"""Where quotes are printed: the boxes of every sentence hold its letters and no others."""

from __future__ import annotations

import io
import zlib
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_files import Put, assembled, one_sentence, stream, written
from printed import differing
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from alliance_qa import documents
from alliance_qa.documents import places, records
from alliance_qa.documents.extract import FileReading
from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.documents.places import Box, Places, Printed
from alliance_qa.domain import BlockKind, Document, Span
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences
from edges.embedder import WordEmbedder

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "documents").glob("*.pdf"))
LINES = [
    "The United States and Japan signed a new treaty in January 1960. It lets",
    "either side end it after ten years with a year of notice. Both consult when",
    "the peace of the region is in doubt. Bases are lent under a second agree-",
    "ment of the same day. It has been revised twice, and each time both houses",
    "of the parliament had to vote. The fleet was not asked.",
]
NARROW = [
    "The board met in May 1960. It voted on",
    "the treaty, article by article, and on the",
    "exchange of notes. None was struck out.",
    "The press wrote of it for weeks. A com-",
    "mittee of nine was set up in the autumn.",
    "It sat until the year was out, and more.",
]


def read(data: bytes) -> Document:
    return documents.read(data, "file.pdf")


def sentences(document: Document) -> list[Span]:
    """Return every sentence of every passage, and those of headings."""
    starts = WordEmbedder().token_starts
    passages = split(document, split_sentences=split_sentences, token_starts=starts, max_tokens=120)
    headings = [block.span for block in document.blocks if block.kind is BlockKind.HEADING]
    return [sentence for passage in passages for sentence in passage.sentences] + headings


def drawn(draw: Callable[[Canvas], object], size: tuple[float, float] = letter) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def set_in(*flowing: object) -> bytes:
    file = io.BytesIO()
    SimpleDocTemplate(file, invariant=1).build(list(flowing))
    return file.getvalue()


def paragraph(markup: str) -> Paragraph:
    return Paragraph(markup, getSampleStyleSheet()["BodyText"])


def turned(angle: int) -> bytes:
    """A page whose lines run from left to right once a viewer has turned it, with a box cropped out of it."""
    matrix = {0: "1 0 0 1", 90: "0 1 -1 0", 180: "-1 0 0 -1", 270: "0 -1 1 0"}[angle]
    x, y = {0: (80, 600), 90: (150, 80), 180: (520, 200), 270: (400, 700)}[angle]
    step = {0: (0, -12), 90: (12, 0), 180: (0, 12), 270: (-12, 0)}[angle]
    lines = "".join(f"{matrix} {x + at * step[0]} {y + at * step[1]} Tm ({line}) Tj\n" for at, line in enumerate(LINES))
    objects = one_sentence(page=f"/Rotate {angle} /CropBox [30 40 600 780]")
    objects[4] = stream(f"BT /F 10 Tf {lines} ET")
    return assembled(objects)


def sideways(canvas: Canvas, angle: int) -> None:
    for at, line in enumerate(LINES):
        canvas.drawString(72, 740 - 12 * at, line)
    canvas.rotate(angle)
    for at, line in enumerate(["This table runs along the side.", "It has two lines of its own."]):
        place = {90: (150, -500 - 14 * at), -90: (-600, 300 - 14 * at), 180: (-400, -300 - 14 * at)}[angle]
        canvas.drawString(*place, line)


def accented() -> bytes:
    objects = one_sentence()
    objects[4] = stream("BT /F 10 Tf 72 600 Td (The caf\xe9 of Kure o\xb1cially re\xb1ned its menu. It closed.) Tj ET")
    cmap = "1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <20> <FF> <0020> endbfrange"
    objects[5] = "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /ToUnicode 7 0 R >>"
    return assembled(objects | {7: stream(f"{cmap} 1 beginbfchar <B1> <00660066> endbfchar")})


def table() -> Table:
    rows = [["Port", "Ships", "Days"], ["Kure", "12", "140"], ["Sasebo", "9", "88"], ["Yokosuka", "31", "203"]]
    return Table(rows, colWidths=[110, 80, 80])


def set_apart(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "I N T R O D U C T I O N")
    for at, line in enumerate(LINES):
        canvas.drawString(72, 680 - 12 * at, line)


NUMBERED = [line.lower() for line in NARROW + NARROW[:2]]
LAYOUTS: dict[str, Callable[[], bytes]] = {
    "lines": lambda: written([Put(72, 700, LINES)]),
    "two columns": lambda: written([Put(72, 700, NARROW * 2), Put(320, 700, [line.upper() for line in NARROW] * 2)]),
    "two pages": lambda: written([Put(72, 80, LINES[:3])], [Put(72, 740, LINES[3:])]),
    "close leading": lambda: written([Put(72, 700, LINES, leading=9.5)]),
    "another font and size": lambda: written([Put(72, 700, LINES, font="Courier-Bold", size=8)]),
    "upright": lambda: turned(0),
    "turned by 90": lambda: turned(90),
    "turned by 180": lambda: turned(180),
    "turned by 270": lambda: turned(270),
    "ligatures and accents": accented,
    "marks of notes": lambda: set_in(
        paragraph("The board met.<super>13</super> It rose to 1,150<super>2</super> in May. It ended.")
    ),
    "bold within": lambda: set_in(
        paragraph("The <b>board</b> met <i>twice</i>. It voted. <font size=14>All</font> paid.")
    ),
    "justified over many lines": lambda: set_in(
        paragraph("The board <b>met</b> and a committee of nine was set up to sit until the year was out. " * 9)
    ),
    "a table": lambda: set_in(paragraph("Ships of the fleet called at three ports."), table()),
    "bullets": lambda: written(
        [
            Put(72, 700, ["Two forums meet:"]),
            Put(72, 682, ["• the Committee, in which four mini-"]),
            Put(80, 670, ["sters sit;"]),
            Put(72, 658, ["• the Joint Committee."]),
        ]
    ),
    "numbered lines": lambda: written([Put(50, 700, list(map(str, range(1, 9)))), Put(72, 700, NUMBERED)]),
    "numbered in the line": lambda: written([Put(50, 700, [f"{at}  {line}" for at, line in enumerate(NUMBERED, 1)])]),
    "drawn twice": lambda: written([Put(72, 700, LINES), Put(72.3, 700, LINES)]),
    "set apart": lambda: drawn(set_apart),
}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.name)
def test_the_boxes_of_every_shipped_sentence_hold_it_and_nothing_else(file: Path) -> None:
    document = documents.read(file.read_bytes(), file.name)
    spans = sentences(document)
    assert len(spans) > 50
    assert differing(file.read_bytes(), document, spans) == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_boxes_of_a_sentence_hold_it_and_nothing_else(name: str) -> None:
    data = LAYOUTS[name]()
    document = read(data)
    spans = sentences(document)
    assert spans
    assert differing(data, document, spans) == []


@pytest.mark.parametrize(("angle", "is_tall"), [(90, True), (-90, True), (180, False)])
def test_the_boxes_of_what_is_turned_beside_upright_text_stand_where_it_is_printed(angle: int, is_tall: bool) -> None:
    data = drawn(lambda canvas: sideways(canvas, angle))
    document = read(data)
    spans = sentences(document)
    assert differing(data, document, spans) == []
    said = "This table runs along the side."
    start = document.text.index(said)
    (printed,) = Places.parse(document.places, document.text).of(Span(start, start + len(said)), document.text)
    (box,) = printed.boxes
    assert (box.height > 5 * box.width) == is_tall
    assert (printed.paper.width, printed.paper.height) == letter


def test_any_part_of_a_text_is_found_letter_by_letter() -> None:
    data = written([Put(72, 700, LINES)])
    document = read(data)
    start = document.text.index("agreement")
    for word in ("agree", "agreement", "1960", "ment"):
        start = document.text.index(word)
        assert differing(data, document, [Span(start, start + len(word))]) == []


def test_a_line_is_one_box_from_its_first_letter_to_its_last() -> None:
    document = read(written([Put(72, 700, ["The treaty has ten articles."])]))
    span = document.blocks[0].span
    assert Places.parse(document.places, document.text).of(span, document.text) == (
        Printed(Paper(1, 612.0, 792.0), (Box(72.0, 83.2, 105.2, 11.3),)),
    )


def test_a_page_without_letters_has_none() -> None:
    document = read(written([], [Put(72, 700, LINES)]))
    assert {paper.page for paper in Places.parse(document.places, document.text).papers} == {2}


def test_what_the_file_only_says_of_itself_is_printed_nowhere() -> None:
    document = read(written([Put(72, 700, LINES)], author="Jane Doe"))
    found = Places.parse(document.places, document.text)
    assert document.text.startswith("author: Jane Doe\n\nThe United")
    assert found.of(Span(0, 16), document.text) == ()
    assert found.of(Span(8, 30), document.text) == ()  # nor is a part of what is elsewhere


def test_a_file_without_pages_has_no_places() -> None:
    assert documents.read(b"The board met in May.", "file.txt").places == b""


def test_letters_after_the_most_that_are_kept_have_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents.pdf, "_MOST_PLACES", 80)
    document = read(written([Put(72, 700, LINES[:1])], [Put(72, 700, LINES[3:])]))
    assert [paper.page for paper in Places.parse(document.places, document.text).papers] == [1]


PAPER = Paper(3, 100.0, 200.0)


def ink(chars: str, left: float = 10, *, paper: Paper = PAPER) -> Ink:
    """Letters five points wide each, from a place of the line that ends 20 points above the foot of the page."""
    sides = [side for at in range(len(chars)) for side in (left + 5 * at, left + 5 * at + 5)]
    return Ink(paper, chars, array("f", sides), 10, 20)


def boxes(text: str, inks: list[Ink], span: Span) -> list[tuple[float, float]]:
    """Return where each box begins and ends."""
    data = places.written(text, [Span(0, len(text))], [inks])
    if not data:
        return []
    return [(b.left, b.left + b.width) for page in Places.parse(data, text).of(span, text) for b in page.boxes]


@pytest.mark.parametrize(
    ("text", "inks", "span", "expected"),
    [
        ("a treaty now", [ink("a treaty now")], Span(2, 8), [(20, 50)]),
        ("a treaty now", [ink("a trea-"), ink("ty now")], Span(2, 8), [(20, 40), (10, 20)]),
        ("hub-and-spoke", [ink("hub-and-"), ink("spoke")], Span(0, 13), [(10, 50), (10, 35)]),
        ("the item", [ink("• the item")], Span(0, 8), [(20, 60)]),
        ("the item", [ink("•"), ink("the item")], Span(0, 8), [(10, 50)]),
        ("one | two", [ink("one"), ink("two", 50)], Span(0, 9), [(10, 25), (50, 65)]),
        ("one | two", [ink("one"), ink("two", 50)], Span(6, 9), [(50, 65)]),
        ("a|b now", [ink("a|b now")], Span(0, 3), [(10, 25)]),
        ("a treaty now", [ink("a treaty"), ink("then")], Span(0, 8), [(10, 50)]),
        ("a treaty now", [ink("a treaty"), ink("then")], Span(2, 12), []),  # a part of it is not known
        ("a treaty", [ink("quite another line")], Span(0, 8), []),
        ("a treaty", [], Span(0, 8), []),
    ],
)
def test_letters_are_found_in_the_text(
    text: str, inks: list[Ink], span: Span, expected: list[tuple[float, float]]
) -> None:
    assert boxes(text, inks, span) == expected


@given(st.data())
def test_every_part_of_a_line_is_where_its_letters_are(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.text("abc日é", min_size=1, max_size=6), min_size=1, max_size=12))
    text = " ".join(words)
    cut = data.draw(st.integers(0, len(words)))
    lines = [" ".join(some) for some in (words[:cut], words[cut:]) if some]
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    expected, at = [], 0
    for line in lines:
        inside = [n for n in range(len(line)) if span.start <= at + n < span.end and line[n] != " "]
        expected += [(10 + 5 * inside[0], 15 + 5 * inside[-1])] if inside else []
        at += len(line) + 1
    assert boxes(text, [ink(line) for line in lines], span) == expected


GOOD = places.written("a treaty", [Span(0, 8)], [[ink("a treaty")]])


def packed(*numbers: int) -> bytes:
    return zlib.compress(np.ascontiguousarray(np.array(numbers, "<i4").view(np.uint8).reshape(-1, 4).T).tobytes())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        GOOD[:-1],
        zlib.compress(b"\0" * 7),
        zlib.compress(b"\0" * 100_000_000),  # what would fill the memory is not unpacked
        packed(1, 1, 1, 10, 10, 0, 9, 0, 0, 0, 0, *[1] * 18),  # a run longer than the text
        packed(1, 1, 1, 10, 10, 0, 8, 1, 0, 0, 0, *[1] * 16),  # on a page that is not there
        packed(1, 1, 0, 10, 10, 0, 8, 0, 0, 0, 0, *[1] * 16),  # on page 0
        packed(1, 1, 1, 10, 10, -1, 8, 0, 0, 0, 0, *[1] * 16),
        packed(1, 1, 1, 10, 10, 0, 8, 0, 0, 0, 0, *[1] * 14),
        packed(-1, 1),
        packed(1, 2**30),
    ],
)
def test_what_is_none_of_ours_is_no_place(data: bytes) -> None:
    with pytest.raises(ValueError, match="these are no places"):
        Places.parse(data, "a treaty")


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_bytes_do_more_than_be_refused(data: bytes, at: int) -> None:
    for candidate in (zlib.compress(data), GOOD[:at] + data + GOOD[at + len(data) :]):
        try:
            found = Places.parse(candidate, "a treaty")
        except ValueError:
            continue
        found.of(Span(0, 8), "a treaty")


def test_places_go_through_the_process_that_reads() -> None:
    document = read(written([Put(72, 700, LINES)]))
    back = records.reading_from_json(records.reading_to_json(FileReading(document, ()))).document
    assert (back, back.places) == (document, document.places)
    assert back.places != b""
    with pytest.raises(ValueError, match="these are no places"):
        records.reading_from_json(records.reading_to_json(FileReading(replace(document, places=GOOD + b"x"), ())))
