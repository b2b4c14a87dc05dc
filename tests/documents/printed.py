"""What a person sees inside boxes of a page: the letters of the file whose middle lies there, as PDFium draws them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import pypdfium2

from alliance_qa.documents.places import Places, Printed
from alliance_qa.domain import Document, Span


def seen(data: bytes) -> dict[int, list[tuple[float, float, str]]]:
    """Return the letters of each page, with the middles of their ink from its left and upper edge as a viewer shows it.

    The ink of each letter is asked for, where the reader takes the place of the line (the "loose" box).
    """
    found = {}
    with pypdfium2.PdfDocument(data) as file:
        for number, page in enumerate(file, start=1):
            left, bottom, right, top = page.get_bbox()
            text, letters = page.get_textpage(), []
            for at in range(text.count_chars()):
                box = text.get_charbox(at)
                x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
                x, y = {  # clockwise, as the page is turned; y from above
                    0: (x - left, top - y),
                    90: (y - bottom, x - left),
                    180: (right - x, y - bottom),
                    270: (top - y, right - x),
                }[page.get_rotation()]
                letters.append((x, y, text.get_text_range(at, 1)))
            found[number] = letters
    return found


def inside(printed: Sequence[Printed], letters: dict[int, list[tuple[float, float, str]]]) -> str:
    """Return the letters that stand in the boxes, box by box."""
    return "".join(
        char
        for page in printed
        for box in page.boxes
        for x, y, char in letters[page.paper.page]
        if box.left <= x <= box.left + box.width and box.top <= y <= box.top + box.height
    )


def folded(text: str) -> str:
    """Return a text without white space, bars between cells and hyphens, its ligatures and accents taken apart."""
    return re.sub("[\\s|\u0300-\u036f´\\-\u2010\u00ad\x02\ufffe]", "", unicodedata.normalize("NFKD", text))


def differing(data: bytes, document: Document, spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Return the quotes whose boxes hold other letters than they have, with what they hold."""
    letters, places = seen(data), Places.parse(document.places, document.text)
    pairs = [(span.of(document.text), inside(places.of(span, document.text), letters)) for span in spans]
    return [(quote, held) for quote, held in pairs if folded(quote) != folded(held)]
