"""Reads a PDF file: text in reading order with pages, and the facts the file states.

A PDF has no paragraphs, only letters at places. They are put together in steps, a module each:

    letters -> fragments -> (line numbers and running lines removed) -> rows of tables
            -> lines in reading order -> blocks

Lengths are points (1/72 inch), seen as the reader sees the page: x grows to the right from the
left edge, y grows upwards from the bottom edge.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from alliance_qa.documents import tesseract
from alliance_qa.documents.extract import Extract, LeftOut, Omission, Stated
from alliance_qa.documents.pdf import blocks, cover, fragments, letters, lines, numbered, properties, running, scans
from alliance_qa.domain import Provenance
from alliance_qa.errors import DocumentError, Failure

_MOST_PLACES = 4_000_000  # letters, 1,000 dense pages; of those after them no places are kept, which take memory


def read(data: bytes) -> Extract:
    """Take text and facts out of a PDF file.

    Args:
        data: The whole file.

    Returns:
        Blocks in reading order, page by page and column by column, without running headers,
        footers and page numbers. Pages that are pictures are read where Tesseract is installed;
        their blocks say so. A paragraph that runs over a page break is one block, with
        the page it starts on. The raised number that points to a footnote is left out, as
        it is no part of the sentence.

    Raises:
        DocumentError: The file is no PDF, cut short, damaged, encrypted, too large, or has no
            text in it.
    """
    with letters.opened(data) as document:
        pages, count = [], 0
        for sheet in letters.sheets(document):
            count += sum(map(len, sheet.lines))
            pages.append(fragments.page(sheet, has_ink=count <= _MOST_PLACES))
        stated = properties.stated(document, data)
        pictures = [
            at
            for at, page in enumerate(pages)
            if not page.fragments and not page.turned and scans.is_picture(document[at])
        ]
        read = {at: scans.read(document[at], at + 1) for at in pictures if tesseract.is_installed()}
    found = {at: scan for at, scan in read.items() if scan is not None}
    pages = [found[at].page if at in found else page for at, page in enumerate(pages)]
    _check_text(pages, pictures, read)
    pages = running.removed(numbered.removed(pages))
    ordered = [line for page in pages for line in lines.ordered(page)]
    # The heights of words that were read say too little of sizes for a cover.
    stated = _with_cover(stated, () if found else cover.stated(pages), pages)
    left_out = dict.fromkeys(each for page in pages for each in page.left_out)
    left_out |= dict.fromkeys(_unread(at + 1, is_tried=at in read) for at in pictures if at not in found)
    told = {at + 1: f"page {at + 1}, read by OCR, confidence {scan.confidence:.2f}" for at, scan in found.items()}
    text = (replace(block, locator=told.get(block.page or 0, "")) for block in blocks.blocks(ordered))
    return Extract(tuple(text), (*stated, *_ocr(found)), tuple(left_out))


def _ocr(found: Mapping[int, scans.Scan]) -> Iterator[Stated]:
    """Yield the fact that pages were read from pictures, and how surely on the whole."""
    if found:
        mean = sum(scan.confidence for scan in found.values()) / len(found)
        pages = f"{len(found)} page{'s' * (len(found) > 1)}"
        yield Stated("read by OCR", f"{pages}, confidence {mean:.2f}", Provenance.FILE_METADATA, tesseract.version())


def _unread(page: int, *, is_tried: bool) -> LeftOut:
    why = "a picture in which no text could be read" if is_tried else f"a picture; {scans.GET}"
    return LeftOut(Omission.PICTURE, f"page {page} is {why}")


def _with_cover(
    properties: Sequence[Stated], shown: Sequence[Stated], pages: Sequence[fragments.Page]
) -> tuple[Stated, ...]:
    """Return the properties, and what the cover page shows besides.

    A title most of whose words the first pages lack was left from another file: the one that is shown goes before it.
    """
    said = {word for page in pages[:3] for each in page.fragments for word in re.findall(r"\w+", each.text.casefold())}

    def is_left(fact: Stated) -> bool:
        words = re.findall(r"\w{3,}", fact.value.casefold())
        return fact.name == "title" and bool(shown) and 2 * sum(word in said for word in words) < len(words)

    kept = [fact for fact in properties if not is_left(fact)]
    names = {fact.name for fact in kept}
    return (*kept, *(fact for fact in shown if fact.name not in names))


def _check_text(pages: Sequence[fragments.Page], pictures: Sequence[int], read: Collection[int]) -> None:
    text = "".join(each.text for page in pages for part in (page, *page.turned) for each in part.fragments)
    if not text and pictures and not read:
        raise DocumentError(f"is a scan without a text layer; {scans.GET}", Failure.EMPTY)
    if not text and pictures:
        raise DocumentError("is a scan in which no text could be read; scan it anew, larger or cleaner", Failure.EMPTY)
    if not text:
        raise DocumentError("has no text layer; run OCR first", Failure.EMPTY)
    # What a font does not map comes as U+FFFD, as a control code or from a private area.
    unreadable = sum(char < " " or char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in text)
    if unreadable > len(text) / 2:
        raise DocumentError("has fonts that do not say which letters they draw; run OCR first", Failure.ENCODING)
