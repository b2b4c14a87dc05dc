"""The pages that a service draws and keeps."""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from alliance_qa.documents import places, printing
from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.printing import CHANGED, NOT_DRAWN, DrawingError
from alliance_qa.domain import Document, Fact, Facts, Provenance, Span
from alliance_qa.errors import NotPrintedError, PrintingBusyError
from alliance_qa.service import printed
from alliance_qa.service.printed import ELSEWHERE, NO_PAGES, NO_PLACES, PrintedPages

TEXT = "The treaty."
INK = Ink(Paper(2, 612, 792), TEXT, array("f", [side for at in range(11) for side in (at, at + 1)]), 10, 20)


@pytest.fixture
def document(tmp_path: Path) -> Document:
    (tmp_path / "a.pdf").write_bytes(b"bytes")
    return Document(
        id="a.pdf",
        path="a.pdf",
        media_type="application/pdf",
        sha256=hashlib.sha256(b"bytes").hexdigest(),
        text=TEXT,
        blocks=(),
        facts=Facts(Fact("A", Provenance.FILE_NAME)),
        places=places.written(TEXT, [Span(0, 11)], [[INK]]),
    )


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """The pages that were drawn and their scales; each makes a picture of 100 bytes, page 13 none."""
    found: list[tuple[int, float]] = []

    def draw(folder: Path, path: str, sha256: str, page: int, scale: float, limits: Limits) -> bytes:
        found.append((page, scale))
        if page == 13:
            raise DrawingError(NOT_DRAWN)
        return bytes([page]) * 100

    monkeypatch.setattr(printing, "draw", draw)
    return found


def why(ask: Callable[[], object]) -> str:
    with pytest.raises(NotPrintedError) as caught:
        ask()
    return str(caught.value)


def test_a_quote_has_its_boxes(tmp_path: Path, document: Document) -> None:
    (found,) = PrintedPages(tmp_path, Limits()).places(document, Span(4, 10))
    assert (found.paper.page, [(box.left, box.width) for box in found.boxes]) == (2, [(4, 6)])


def test_each_reason_for_having_none_is_said(tmp_path: Path, document: Document) -> None:
    pages, span = PrintedPages(tmp_path, Limits()), Span(0, 11)
    assert why(lambda: pages.places(replace(document, media_type="text/plain"), span)) == NO_PAGES
    assert why(lambda: pages.places(replace(document, places=b""), span)) == NO_PLACES
    other = replace(document, places=places.written(TEXT, [Span(0, 11)], [[replace(INK, chars="The")]]))
    assert why(lambda: pages.places(other, span)) == ELSEWHERE
    (tmp_path / "a.pdf").write_bytes(b"other")
    assert why(lambda: pages.places(document, span)) == CHANGED


def test_a_page_is_drawn_once_and_what_is_kept_is_not_counted(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]]
) -> None:
    pages, counted = PrintedPages(tmp_path, Limits()), list[int]()
    for page, scale in ((1, 2), (1, 2), (2, 2), (1, 4), (1, 2)):
        assert pages.picture(document, page, scale, lambda: counted.append(1)) == bytes([page]) * 100
    assert (drawn, len(counted)) == ([(1, 2), (2, 2), (1, 4)], 3)


def test_files_that_lie_in_one_do_not_show_each_others_pages(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]]
) -> None:
    (tmp_path / "a.zip").write_bytes(b"bytes")
    pages = PrintedPages(tmp_path, Limits())
    for name in ("one", "two", "one"):
        pages.picture(replace(document, id=name, path=f"a.zip/{name}.pdf"), 1, 2, int)
    assert drawn == [(1, 2), (1, 2)]


def test_what_cannot_be_drawn_is_not_tried_again(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]]
) -> None:
    pages = PrintedPages(tmp_path, Limits())
    assert [why(lambda: pages.picture(document, 13, 2, int)) for _ in range(2)] == [NOT_DRAWN] * 2
    assert drawn == [(13, 2)]


def test_a_page_that_is_kept_is_not_shown_of_a_file_that_changed(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]]
) -> None:
    pages = PrintedPages(tmp_path, Limits())
    pages.picture(document, 1, 2, int)
    (tmp_path / "a.pdf").unlink()
    assert why(lambda: pages.picture(document, 1, 2, int)) == CHANGED


def test_no_more_is_kept_than_may_be(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printed, "_KEPT_BYTES", 250)
    pages = PrintedPages(tmp_path, Limits())
    for page in (1, 2, 1, 3, 1, 2):  # 2 was not asked for longest when 3 came
        pages.picture(document, page, 2, int)
    assert drawn == [(1, 2), (2, 2), (3, 2), (2, 2)]
    monkeypatch.setattr(printed, "_KEPT", 1)
    for page in (4, 4, 5, 4):
        pages.picture(document, page, 2, int)
    assert drawn[4:] == [(4, 2), (5, 2), (4, 2)]


def test_who_would_wait_for_too_many_others_is_told(
    tmp_path: Path, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def draw(*arguments: object) -> bytes:
        begun.release()
        assert go_on.wait(60)
        return b"picture"

    monkeypatch.setattr(printing, "draw", draw)
    monkeypatch.setattr(printed, "_PATIENCE_SECONDS", 0.01)
    pages = PrintedPages(tmp_path, Limits())
    threads = [threading.Thread(target=pages.picture, args=(document, page, 2, int)) for page in (1, 2)]
    for thread in threads:
        thread.start()
        assert begun.acquire(timeout=60)
    with pytest.raises(PrintingBusyError):
        pages.picture(document, 3, 2, int)
    go_on.set()
    for thread in threads:
        thread.join()
    assert pages.picture(document, 3, 2, int) == b"picture"


def test_what_the_counter_raises_is_raised_and_nothing_drawn(
    tmp_path: Path, document: Document, drawn: list[tuple[int, float]]
) -> None:
    def refuse() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        PrintedPages(tmp_path, Limits()).picture(document, 1, 2, refuse)
    assert drawn == []
