"""Pages that are pictures: read upright, in order, and never without saying so."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz import fuzz
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from alliance_qa import documents
from alliance_qa.documents import reading, tesseract
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.pdf import scans
from alliance_qa.documents.pdf.scans import _fragments, _Word
from alliance_qa.documents.places import Places
from alliance_qa.domain import BlockKind, Document, Span
from alliance_qa.errors import DocumentError, Failure

needs_program = pytest.mark.skipif(shutil.which("tesseract") is None, reason="needs tesseract-ocr of Debian")
LEFT = (
    "The council of the port met in spring",
    "and it set the yearly fee of ships at",
    "940 crowns for every ship that calls.",
    "Nobody had spoken for a lower one, as",
    "the old piers were in need of repairs.",
)
RIGHT = (
    "The owners of the ships had asked for",
    "a lower fee, but they were told that",
    "all piers must be mended before long.",
    "They wrote to the council in summer,",
    "and the council wrote back in autumn.",
)


def picture(columns: Sequence[Sequence[str]], turn: int = 0) -> Image.Image:
    """Return a page at 150 dpi, its lines in columns beside each other, turned counterclockwise by degrees."""
    page = Image.new("L", (1240, 900), 255)
    drawn, font = ImageDraw.Draw(page), ImageFont.load_default(24)
    for number, lines in enumerate(columns):
        for row, line in enumerate(lines):
            drawn.text((80 + 580 * number, 100 + 40 * row), line, 0, font)
    return page.rotate(turn, expand=True, fillcolor=255)


def pdf(*pages: Image.Image | str) -> bytes:
    """Return a PDF of pages that are pictures or lines of text."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 432), invariant=1)
    for page in pages:
        if isinstance(page, str):
            canvas.drawString(72, 300, page)
        else:
            canvas.setPageSize((page.width * 72 / 150, page.height * 72 / 150))
            canvas.drawImage(ImageReader(page), 0, 0, page.width * 72 / 150, page.height * 72 / 150)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def said(document: Document) -> list[str]:
    return [b.span.of(document.text) for b in document.blocks if b.kind is not BlockKind.METADATA]


@needs_program
@pytest.mark.parametrize("turn", [0, 180])
def test_a_page_is_turned_upright_and_its_columns_are_read_one_after_the_other(turn: int) -> None:
    document = documents.read(pdf(picture([LEFT, RIGHT], turn)), "a.pdf")
    assert fuzz.ratio(" ".join(said(document)), " ".join([*LEFT, *RIGHT])) > 98


@needs_program
def test_what_was_read_from_a_picture_says_so() -> None:
    document = documents.read(pdf("The port has two piers.", picture([LEFT])), "a.pdf")
    locators = {document.locator(block.span.start) for block in document.blocks}
    [told] = [locator for locator in locators if "OCR" in locator]
    name, confidence = told.rsplit(" ", 1)
    assert name == "page 2, read by OCR, confidence"
    assert 0.8 < float(confidence) <= 1
    assert f"read by OCR: 1 page, confidence {confidence}" in document.text
    assert "page 1" in locators


@needs_program
def test_words_read_from_a_picture_have_their_places_on_its_page() -> None:
    document = documents.read(pdf("The port has two piers.", picture([LEFT])), "a.pdf")
    first = document.text.index(LEFT[0].split()[0], document.text.index("piers."))
    span = Span(first, first + len(" ".join(LEFT[0].split()[:3])))
    [printed] = Places.parse(document.places, document.text).of(span, document.text)
    [box] = printed.boxes
    points = 72 / 150  # of a dot
    assert (printed.paper.page, round(printed.paper.width), round(printed.paper.height)) == (2, 595, 432)
    assert abs(box.left - 80 * points) < 2
    assert 98 * points < box.top < 110 * points < box.top + box.height < 134 * points
    assert 5 < box.width < 500 * points


@needs_program
def test_words_of_a_page_that_was_turned_have_no_places() -> None:
    assert documents.read(pdf(picture([LEFT, RIGHT], 180)), "a.pdf").places == b""


@needs_program
def test_a_scan_is_read_in_a_process_within_its_limits(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(picture([LEFT])))
    [source], _ = reading.digests(tmp_path, [tmp_path / "a.pdf"])
    found = " ".join(said(reading.examine(tmp_path, source, Limits()).document))
    assert fuzz.ratio(found, " ".join(LEFT)) > 98


@pytest.fixture
def without_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "is_installed", lambda: False)


@pytest.mark.usefixtures("without_program")
def test_without_the_program_a_scan_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(DocumentError) as caught:
        documents.read(pdf(picture([LEFT])), "a.pdf")
    assert caught.value.failure is Failure.EMPTY
    assert str(caught.value) == (
        'a.pdf: is a scan without a text layer; install Tesseract ("apt-get install tesseract-ocr"), which reads it, '
        "or run OCR first"
    )


@pytest.mark.usefixtures("without_program")
def test_without_the_program_a_page_that_is_a_picture_is_said_to_be_left_out() -> None:
    found = documents.examine(pdf("The port has two piers.", picture([LEFT])), "a.pdf")
    assert said(found.document) == ["The port has two piers."]
    assert found.left_out == (LeftOut(Omission.PICTURE, f"page 2 is a picture; {scans.GET}"),)


@needs_program
def test_a_picture_without_text_says_so() -> None:
    with pytest.raises(DocumentError, match=r"^a\.pdf: is a scan in which no text could be read; scan it anew"):
        documents.read(pdf(Image.new("L", (600, 600), 128)), "a.pdf")


def test_a_figure_of_which_the_program_is_not_sure_is_marked() -> None:
    line = ("1", "1", "1")
    words = [
        _Word(line, 10, 10, 30, 12, 0.95, "fee"),
        _Word(line, 50, 10, 30, 12, 0.79, "940"),
        _Word(line, 90, 10, 30, 12, 0.5, "crowns"),
        _Word(line, 130, 10, 30, 12, 0.8, "2024"),
    ]
    [found] = _fragments(words, scale=1.0, tall=100.0, number=1, paper=None)
    assert found.text == "fee 940 [?] crowns 2024"
    assert (found.left, found.right, found.baseline, found.size) == (10, 160, 78, 12)


@pytest.mark.parametrize(("surety", "text", "is_turned"), [("5.4", "upright", False), ("23.1", "reversed", True)])
def test_where_the_direction_is_unsure_the_opposite_is_read_too(
    surety: str, text: str, is_turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = np.array([[0, 255], [255, 255]], np.uint8)

    def run(picture: npt.NDArray[np.uint8], _dpi: int, *options: str) -> str:
        if "0" in options:
            return f"Rotate: 180\nOrientation confidence: {surety}\n"
        said, confidence = ("upright", 95) if np.array_equal(picture, page) else ("reversed", 45)
        return f"level\n5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t{confidence}\t{said}\n"

    monkeypatch.setattr(scans, "_run", run)
    monkeypatch.setattr(tesseract, "languages", lambda: "eng")
    words, _, turned = scans._upright(page, 300)
    assert ([word.text for word in words], turned) == ([text], is_turned)
