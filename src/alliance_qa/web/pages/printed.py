"""A quote on the pages of its file, as the page of a source shows them beside the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from alliance_qa.documents.places import Box, Printed
from alliance_qa.domain import Document
from alliance_qa.web.urls import NORMAL_SCALE, document_url, page_url

NOT_SHOWN = "The printed page is not shown."
"""What the reason follows."""

LIMITED = "Too many pages are drawn for this address; the next is taken in {seconds} s."

ZOOMS = {1: NORMAL_SCALE, 2: 4, 4: 4}
"""How many times as wide as its column a page can be shown, and the scale of the picture for it."""

_LONGEST_QUOTE = 500  # characters of an alternative text


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with what is lit on it. Lengths are points."""

    page: int
    width: float
    height: float
    image: str  # the path of its picture
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The pages that a quote stands on."""

    sheets: tuple[Sheet, ...]  # at least one
    quote: str  # for who does not see them, cut where it is long
    zoom: int  # a key of `ZOOMS`
    smaller: str  # the address of the page with the next smaller zoom; "" where there is none
    larger: str


def zoom(query: Sequence[tuple[str, str]]) -> int:
    """Return what zoom an address asks for; 1 where it asks for none that there is."""
    given = [value for name, value in query if name == "zoom"]
    return next((each for each in ZOOMS if given == [str(each)]), 1)


def view(
    document: Document, quote: str, version: str, printed: Sequence[Printed], query: Sequence[tuple[str, str]]
) -> View:
    """Return the pages of a quote.

    Args:
        document: Whose file they are of.
        quote: Its words.
        version: The generation that was quoted.
        printed: Where it stands; at least one page.
        query: Of the address of the page of the source.
    """
    now = zoom(query)
    others = [(name, value) for name, value in query if name != "zoom"]

    def at(steps: int) -> str:
        zooms = list(ZOOMS)
        place = zooms.index(now) + steps
        if not 0 <= place < len(zooms):
            return ""
        return f"{document_url(document.id)}?{urlencode([*others, ('zoom', zooms[place])])}#printed"

    sheets = tuple(
        Sheet(
            each.paper.page,
            each.paper.width,
            each.paper.height,
            page_url(document.id, each.paper.page, version, ZOOMS[now]),
            each.boxes,
        )
        for each in printed
    )
    words = " ".join(quote.split())
    cut = words if len(words) <= _LONGEST_QUOTE else f"{words[:_LONGEST_QUOTE]}…"
    return View(sheets, cut, now, at(-1), at(1))
