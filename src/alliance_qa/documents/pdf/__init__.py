"""Reads a PDF file: text in reading order with pages, and the facts the file states.

A PDF has no paragraphs, only letters at places. They are put together in steps, a module each:

    letters -> fragments -> (line numbers and running lines removed) -> rows of tables
            -> lines in reading order -> blocks

Lengths are points (1/72 inch), seen as the reader sees the page: x grows to the right from the
left edge, y grows upwards from the bottom edge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from alliance_qa.documents.extract import Extract, Stated
from alliance_qa.documents.pdf import blocks, cover, fragments, letters, lines, numbered, properties, running
from alliance_qa.errors import DocumentError, Failure

_MOST_PLACES = 4_000_000  # letters, 1,000 dense pages; of those after them no places are kept, which take memory


def read(data: bytes) -> Extract:
    """Take text and facts out of a PDF file.

    Args:
        data: The whole file.

    Returns:
        Blocks in reading order, page by page and column by column, without running headers,
        footers and page numbers. A paragraph that runs over a page break is one block, with
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
    _check_text(pages)
    pages = running.removed(numbered.removed(pages))
    ordered = [line for page in pages for line in lines.ordered(page)]
    stated = _with_cover(stated, cover.stated(pages), pages)
    left_out = dict.fromkeys(each for page in pages for each in page.left_out)
    return Extract(tuple(blocks.blocks(ordered)), stated, tuple(left_out))


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


def _check_text(pages: Sequence[fragments.Page]) -> None:
    text = "".join(each.text for page in pages for part in (page, *page.turned) for each in part.fragments)
    if not text:
        raise DocumentError("has no text layer; run OCR first", Failure.EMPTY)
    # What a font does not map comes as U+FFFD, as a control code or from a private area.
    unreadable = sum(char < " " or char == "\ufffd" or "\ue000" <= char <= "\uf8ff" for char in text)
    if unreadable > len(text) / 2:
        raise DocumentError("has fonts that do not say which letters they draw; run OCR first", Failure.ENCODING)
