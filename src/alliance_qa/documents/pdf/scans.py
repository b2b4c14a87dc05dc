"""Pages that are pictures, read by Tesseract where it is installed: a program of its own, in a process of its own.

Chosen over RapidOCR 3.10 by the table of docs/keeping.md: on clean and skewed pages it is as exact in less than
half the time, and it finds direction and columns; on noisy ones RapidOCR is better. Its limits are those of the process
that reads the file, from which it inherits them; it gets pictures and gives text through pipes, and writes nothing.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.documents import tesseract
from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.documents.pdf.fragments import Fragment, Page

GET = 'install Tesseract ("apt-get install tesseract-ocr"), which reads it, or run OCR first'
UNSURE = " [?]"
"""Stands behind a figure of which the program is not sure."""

_DPI = 300  # what Tesseract was made for
_MOST_PIXELS = 40_000_000
_LEAST_SURE = 0.8  # of a word with a figure in it
# Orientation confidence of Tesseract. benchmarks/ocr.py: small type at 150 dpi is called upside down with up to 8.6;
# pages of larger type are told rightly, with 12 and more.
_SURE_TURN = 12.0
_LEAST_READ = 0.4  # of a page on the whole; below, it is no text that can be read
_ALIKE = 0.5  # of the usual height: words with and without long letters are of one size

_Picture: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Scan:
    """A page that was read from its picture."""

    page: Page
    confidence: float  # of its characters, in [0, 1]


@dataclass(frozen=True, slots=True)
class _Word:
    line: tuple[str, ...]
    left: float  # pixels
    top: float
    width: float
    height: float
    confidence: float
    text: str


def is_picture(page: pypdfium2.PdfPage) -> bool:
    """Whether a page shows a picture."""
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def read(page: pypdfium2.PdfPage, number: int) -> Scan | None:
    """Return what a page shows, turned upright first; None where it is no text that can be read.

    Args:
        page: Of an open file.
        number: Its number, from 1.
    """
    width, height = page.get_size()
    scale = min(_DPI / 72, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    picture: _Picture = page.render(scale=scale, grayscale=True).to_numpy()
    if picture.ndim == 3:
        picture = picture[:, :, 0]
    dpi = round(scale * 72)
    words, upright, is_turned = _upright(picture, dpi)
    confidence = _confidence(words)
    if confidence < _LEAST_READ:
        return None
    tall = upright.shape[0] / scale
    paper = None if is_turned else Paper(number, width, height)
    return Scan(Page(tall, list(_fragments(words, scale, tall, number, paper))), confidence)


def _upright(picture: _Picture, dpi: int) -> tuple[list[_Word], _Picture, bool]:
    """Return the words of a picture, the picture as it is upright, and whether it had to be turned for that.

    Of a page that is upside down each line can be read with confidence, and the lines come last first: so the
    direction is found before. Where that is unsure (small type, noise) or takes more text than there is, the
    opposite is read, too, and the surer counts.
    """
    told = dict(
        re.findall(r"^(Rotate|Orientation confidence): ([\d.]+)", _run(picture, dpi, "--psm", "0"), re.MULTILINE)
    )
    turn = -int(told.get("Rotate", 0)) // 90
    turns = [turn] if float(told.get("Orientation confidence", 0)) >= _SURE_TURN else [turn, turn + 2]
    read = [(_words(turned, dpi), turned, turn % 4 != 0) for turn in turns for turned in [np.rot90(picture, turn)]]
    return max(read, key=lambda each: _confidence(each[0]))


def _words(picture: _Picture, dpi: int) -> list[_Word]:
    words = []
    for row in _run(picture, dpi, "-l", tesseract.languages(), "--psm", "3", "tsv").splitlines()[1:]:
        level, *line, _, left, top, width, height, confidence, text = row.split("\t")
        if level == "5" and text.strip():
            x, y, across, down = map(float, (left, top, width, height))
            words.append(_Word(tuple(line), x, y, across, down, float(confidence) / 100, text.strip()))
    return words


def _run(picture: _Picture, dpi: int, *options: str) -> str:
    header = b"P5 %d %d 255\n" % (picture.shape[1], picture.shape[0])
    return tesseract.run(header + np.ascontiguousarray(picture).tobytes(), "--dpi", str(dpi), *options)


def _confidence(words: Sequence[_Word]) -> float:
    characters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / characters if characters else 0.0


def _fragments(
    words: Sequence[_Word], scale: float, tall: float, number: int, paper: Paper | None
) -> Iterator[Fragment]:
    """Yield the lines, as pieces of a page in points, y upwards. Lines of about one height have one size.

    Where the paper is given their letters have places on it.
    """
    lines = [list(line) for _, line in groupby(words, key=lambda word: word.line)]
    heights = [median(word.height for word in line) for line in lines]
    usual = median(heights) if heights else 0.0
    for line, own in zip(lines, heights, strict=True):
        height = usual if abs(own - usual) <= _ALIKE * usual else own
        yield Fragment(
            text=" ".join(map(_told, line)),
            page=number,
            left=line[0].left / scale,
            right=(line[-1].left + line[-1].width) / scale,
            baseline=tall - median(word.top + word.height for word in line) / scale,
            size=height / scale,
            is_bold=False,
            is_upright=True,
            ink=(_ink(line, scale, tall, paper),) if paper else (),
        )


def _ink(line: Sequence[_Word], scale: float, tall: float, paper: Paper) -> Ink:
    """Return the letters of a line: each has the place of its word."""
    edges, told = array("f"), [_told(word) for word in line]
    for word, text in zip(line, told, strict=True):
        left, right = word.left / scale, (word.left + word.width) / scale
        edges.extend((edges[-1], left) if edges else ())  # the blank before it
        edges.extend((left, right) * len(text))
    low = tall - max(word.top + word.height for word in line) / scale
    return Ink(paper, " ".join(told), edges, low, tall - min(word.top for word in line) / scale)


def _told(word: _Word) -> str:
    is_unsure = word.confidence < _LEAST_SURE and any(char.isdigit() for char in word.text)
    return word.text + UNSURE * is_unsure
