"""Where quotes stand on the pages of files."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from alliance_qa.documents.places import Printed
from alliance_qa.domain import Document
from alliance_qa.web.urls import page_url
from alliance_qa.web.wire.fields import Out


class BoxOut(Out):
    """A line of a quote, or a part of one, in points (1/72 inch) from the left and the upper edge of its page."""

    left: float
    top: float
    width: float
    height: float


class PrintedPageOut(Out):
    """What of a quote stands on one page."""

    page: int = Field(description="from 1")
    width: float = Field(description="of the page as it is seen, in points")
    height: float
    image: str = Field(description="the path of its picture")
    boxes: tuple[BoxOut, ...] = Field(description="in the order of the text")


class BoxesOut(Out):
    """Where a quote is printed."""

    index_version: str
    sha256: str = Field(description="of the file, as it was indexed and is now")
    pages: tuple[PrintedPageOut, ...]


def boxes_out(document: Document, version: str, printed: Sequence[Printed]) -> BoxesOut:
    """Return the places of a quote of a document."""
    pages = tuple(
        PrintedPageOut(
            page=each.paper.page,
            width=each.paper.width,
            height=each.paper.height,
            image=page_url(document.id, each.paper.page, version),
            boxes=tuple(BoxOut(left=box.left, top=box.top, width=box.width, height=box.height) for box in each.boxes),
        )
        for each in printed
    )
    return BoxesOut(index_version=version, sha256=document.sha256, pages=pages)
