"""The running lines of a document: headers, footers and page numbers, no part of its text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.documents.pdf.fragments import Fragment, Page, rows

_ZONE = 0.12  # of the page's height, at the top and at the bottom
_TOLERANCE = 4.0  # points between the places of one running line
_FEWEST_COUNTED, _FEWEST_ALIKE = 4, 8  # pages in a row; the head of a table may be on some
_PAGE_NUMBER = re.compile(r"[-–—\[( ]*\d{1,3}[-–—\]). ]*|\d+\s*/\s*\d+")


def removed(pages: Sequence[Page]) -> list[Page]:
    """Leave out what repeats at the top or bottom of most pages, and page numbers."""
    margins = [(part, row) for page in pages for part in (page, *page.turned) for row in _margins(part)]
    alike: dict[tuple[str, float], list[Fragment]] = defaultdict(list)
    for page, row in margins:
        for fragment in row:
            # From the nearer edge, below 0 at the top: pages may differ in size. Each stands at two
            # places, so that heights that hardly differ have one in common.
            place = min(fragment.baseline, fragment.baseline - page.height, key=abs) // _TOLERANCE
            for text in _forms(fragment):
                alike[text, place].append(fragment)
                alike[text, place + 1].append(fragment)
    running = {
        each
        for (text, _), found in alike.items()
        if _on_most(numbers := {f.page for f in found}, len(pages))
        or _in_a_row(numbers, _FEWEST_COUNTED if "<" in text else _FEWEST_ALIKE)
        for each in found
    }
    for _, row in margins:
        # The chapter's name beside the page number changes within a book.
        if any(fragment in running and _PAGE_NUMBER.fullmatch(fragment.text) for fragment in row):
            running.update(row)
    return [_without(page, running) for page in pages]


def _without(page: Page, running: set[Fragment]) -> Page:
    said = [LeftOut(Omission.RUNNING_LINE, each.text) for each in page.fragments if each in running]
    kept = [each for each in page.fragments if each not in running]
    turned = [_without(part, running) for part in page.turned]
    said += [each for part in turned for each in part.left_out if each.why is Omission.RUNNING_LINE]
    return replace(page, fragments=kept, left_out=[*page.left_out, *said], turned=turned)


def _margins(page: Page) -> list[list[Fragment]]:
    """Return the rows near the top and the bottom."""
    near = page.height * _ZONE
    return rows(f for f in page.fragments if f.is_upright and not near <= f.baseline <= page.height - near)


def _forms(fragment: Fragment) -> Iterator[str]:
    """Yield what the fragment would have in common with its like on other pages.

    That is its text, and its text with one number given by its distance from the page
    number: "Page 3 of 9" on page 3 has "Page <0> of 9". A number that does not count
    with the pages makes lines different: "Budget 2023" and "Budget 2025" are two, and so
    are "Budget 2023" and "Budget 2024" on the page after it.
    """
    yield fragment.text
    for found in re.finditer(r"\d{1,5}", fragment.text):
        number = int(found[0])
        if not 1900 <= number <= 2100 or found[0] == fragment.text:
            yield f"{fragment.text[: found.start()]}<{number - fragment.page}>{fragment.text[found.end() :]}"


def _in_a_row(numbers: set[int], fewest: int) -> bool:
    """Tell whether so many pages in a row are among the numbers, or left or right ones: those of a part or chapter."""
    return any(all(start + step * at in numbers for at in range(fewest)) for start in numbers for step in (1, 2))


def _on_most(numbers: set[int], page_count: int) -> bool:
    """Tell whether three of four pages are among the numbers, or of the left or right ones; two at least."""
    pages = range(1, page_count + 1)
    for group in (pages, pages[0::2], pages[1::2]):
        # The first page often has no header.
        expected = group[1:] if len(group) > 2 and group[0] == 1 else group
        missing = sum(number not in numbers for number in expected)
        if len(expected) >= 2 and missing <= len(expected) // 4:
            return True
    return False
