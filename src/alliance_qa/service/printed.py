"""The pages of PDF files as they are printed, and where on them a quote stands; pictures are kept for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alliance_qa.documents import printing
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.places import Places, Printed
from alliance_qa.domain import Document, Span
from alliance_qa.errors import NotPrintedError, PrintingBusyError

SCALES = (1, 2, 4)
"""Pixels a point that a page can be drawn in: 72, 144 and 288 dots an inch."""

NO_PAGES = "Only PDF files have pages."
NO_PLACES = "The places on its pages are not known; an index made anew may know them."
ELSEWHERE = "Where on its pages the quote stands, if it does, is not known."
BUSY = "Other pages are being drawn; try again in a moment."

_SECONDS = 5.0  # of the processor, to draw one page
_AT_ONCE, _PATIENCE_SECONDS = 2, 5.0
_KEPT_BYTES, _KEPT = 32 << 20, 512


class PrintedPages:
    """Draws pages of the files of a folder. Safe to use from several threads."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Draw what lies in a documents folder, each page within the memory that reading its file may take."""
        self._folder, self._limits = folder, replace(limits, seconds=min(_SECONDS, limits.seconds))
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        # The least recently used first; b"" for one that cannot be drawn, which is not tried again.
        self._kept: OrderedDict[tuple[str, str, int, int], bytes] = OrderedDict()

    def check(self, document: Document) -> None:
        """Make sure that a document's file has pages and is the one that was indexed.

        Raises:
            NotPrintedError: It is not.
        """
        if document.media_type != printing.MEDIA_TYPE:
            raise NotPrintedError(NO_PAGES)
        if not printing.is_unchanged(self._folder, document.path, document.sha256):
            raise NotPrintedError(printing.CHANGED)

    def places(self, document: Document, span: Span) -> tuple[Printed, ...]:
        """Return where a quote of a document is printed, page by page; at least one.

        Raises:
            NotPrintedError: The file is another one now, or the place of some of the quote is not known.
        """
        self.check(document)
        if not document.places:
            raise NotPrintedError(NO_PLACES)
        found = Places.parse(document.places, document.text).of(span, document.text)
        if not found:
            raise NotPrintedError(ELSEWHERE)
        return found

    def picture(self, document: Document, page: int, scale: int, admit: Callable[[], object]) -> bytes:
        """Return a page of a document's file as a PNG picture.

        Args:
            document: Whose file it is.
            page: From 1.
            scale: One of `SCALES`.
            admit: Called before a page is drawn that is not kept; what it raises is raised.

        Raises:
            NotPrintedError: The file is another one now, or the page cannot be drawn.
            PrintingBusyError: Too many others are being drawn.
        """
        self.check(document)
        key = (document.id, document.sha256, page, scale)  # files that lie in one have its digest
        picture = self._of(key)
        if picture is None:
            admit()
            if not self._turns.acquire(timeout=_PATIENCE_SECONDS):
                raise PrintingBusyError(BUSY)
            try:
                picture = self._of(key)  # while we waited, it may have been drawn for another
                if picture is None:
                    picture = self._draw(document, page, scale)
                    self._keep(key, picture)
            finally:
                self._turns.release()
        if not picture:
            raise NotPrintedError(printing.NOT_DRAWN)
        return picture

    def _draw(self, document: Document, page: int, scale: int) -> bytes:
        try:
            return printing.draw(self._folder, document.path, document.sha256, page, scale, self._limits)
        except printing.DrawingError:
            return b""

    def _of(self, key: tuple[str, str, int, int]) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[str, str, int, int], picture: bytes) -> None:
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > _KEPT or sum(map(len, self._kept.values())) > _KEPT_BYTES:
                self._kept.popitem(last=False)
