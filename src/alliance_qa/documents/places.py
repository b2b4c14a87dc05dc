"""Where on its file's pages a document's text is printed, in a few bytes: kept with the text, asked for a quote.

Of every printed character its left and right are kept, by tenths of a point, in runs: characters that
stand in one line, the blanks between them included. A character that was not found on the page has none.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alliance_qa.documents.ink import Ink, Paper
from alliance_qa.domain import Span

if TYPE_CHECKING:  # imported when it is used: what only starts the processes that read does without
    import numpy as np
    from numpy.typing import NDArray

    _Numbers = NDArray[np.int64]

_UNITS = 10  # in a point: a tenth is seen at no zoom that is offered
_HYPHENS = "-\u2010"  # that a line's end may have put in
_LONGEST_BULLET = 8  # characters: "(viii) " is one
_BAR = "|"  # what stands between the cells of a row, and is printed nowhere
_FARTHEST = 1 << 28  # units: differences of two fit into 32 bits
_COLUMNS = 6  # of a run: start, characters, paper, low, high, is_sideways


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a line, in points from the left and the upper edge of its page."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Printed:
    """What of a quote stands on one page: a box for each line or part of one, in the order of the text."""

    paper: Paper
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    start: int  # in the text
    ink: Ink
    sides: array[float]  # left and right of each character from `start` on, blanks among them


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one document's text."""

    papers: tuple[Paper, ...]
    _runs: _Numbers  # shape (runs, 6), ordered by start
    _firsts: _Numbers  # where the sides of each run begin
    _sides: _Numbers  # shape (characters, 2)

    @classmethod
    def parse(cls, data: bytes, text: str) -> Places:
        """Return what `written` wrote of this text.

        Raises:
            ValueError: It wrote no such thing.
        """
        import numpy as np

        most = 4 * (2 + (3 + _COLUMNS + 2) * len(text))
        unpacking = zlib.decompressobj()
        try:
            packed = unpacking.decompress(data, most)
        except zlib.error as error:
            raise ValueError(f"these are no places: {error}") from error
        if not unpacking.eof or unpacking.unused_data or len(packed) % 4 or len(packed) < 8:
            raise ValueError("these are no places: they are cut short or too many")
        shuffled = np.frombuffer(packed, np.uint8).reshape(4, -1)
        numbers = np.ascontiguousarray(shuffled.T).view("<i4").ravel().astype(np.int64)
        (papers, runs), rest = numbers[:2].tolist(), numbers[2:]
        if min(papers, runs) < 0 or len(rest) < 3 * papers + _COLUMNS * runs:
            raise ValueError("these are no places: their numbers do not fit")
        table = rest[: 3 * papers].reshape(-1, 3)
        columns = rest[3 * papers :][: _COLUMNS * runs].reshape(_COLUMNS, -1)
        columns = np.cumsum(columns, axis=1).T
        widths, gaps = rest[3 * papers + _COLUMNS * runs :].reshape(2, -1)
        rights = np.cumsum(widths + gaps)
        sides = np.column_stack([rights - widths, rights])
        starts, counts = columns[:, 0], columns[:, 1]
        ends = starts + counts
        is_sound = (
            counts.sum() == len(sides)
            and bool((counts > 0).all() and (table > 0).all())
            and bool((ends[:-1] <= starts[1:]).all())
            and (not runs or (starts[0] >= 0 and ends[-1] <= len(text)))
            and bool(((columns[:, 2] >= 0) & (columns[:, 2] < papers)).all())
        )
        if not is_sound:
            raise ValueError("these are no places: they lie outside the text")
        found = tuple(Paper(page, width / _UNITS, height / _UNITS) for page, width, height in table.tolist())
        return cls(found, columns, np.cumsum([0, *counts]), sides)

    def of(self, span: Span, text: str) -> tuple[Printed, ...]:
        """Return where a quote is printed, page by page.

        Args:
            span: The quote's, in the text.
            text: The document's.

        Returns:
            () where the place of any of its characters is not known, blanks and the bars between cells aside.
        """
        import numpy as np

        left = sum(not char.isspace() and char != _BAR for char in span.of(text))
        first = max(int(np.searchsorted(self._runs[:, 0], span.start, side="right")) - 1, 0)
        found: dict[int, list[Box]] = {}
        for at in range(first, len(self._runs)):
            start, count, paper, low, high, is_sideways = self._runs[at].tolist()
            if start >= span.end:
                break
            inside = range(max(span.start, start), min(span.end, start + count))
            drawn = [place - start for place in inside if not text[place].isspace()]
            if not drawn:
                continue
            left -= sum(text[start + place] != _BAR for place in drawn)
            sides = self._sides[self._firsts[at] + np.array(drawn)]
            begin, end = int(sides[:, 0].min()), int(sides[:, 1].max())
            edges = (low, begin, high, end) if is_sideways else (begin, low, end, high)
            found.setdefault(paper, []).append(_box(edges, self.papers[paper]))
        return () if left else tuple(Printed(self.papers[paper], tuple(boxes)) for paper, boxes in found.items())


def _box(edges: tuple[int, int, int, int], paper: Paper) -> Box:
    left, bottom, right, top = (edge / _UNITS for edge in edges)
    return Box(*(round(size, 2) for size in (left, paper.height - top, right - left, top - bottom)))


def written(text: str, spans: Sequence[Span], inks: Sequence[Sequence[Ink]]) -> bytes:
    """Return the places of a text for `Places.parse`; b"" where none of its letters has one.

    Args:
        text: Of the document.
        spans: Its blocks, in order.
        inks: The letters of each, in the order in which they stand in it. From where they are others than
            the block's, its characters have no places.
    """
    import numpy as np

    runs = [run for span, found in zip(spans, inks, strict=True) for run in _runs(text, span, found)]
    if not runs:
        return b""
    papers = list(dict.fromkeys(run.ink.paper for run in runs))
    numbered = {paper: at for at, paper in enumerate(papers)}
    columns = [
        (
            run.start,
            len(run.sides) // 2,
            numbered[run.ink.paper],
            *_units(run.ink.low, run.ink.high),
            run.ink.is_sideways,
        )
        for run in runs
    ]
    table = [(paper.page, *_units(paper.width, paper.height)) for paper in papers]
    placed = np.concatenate([run.sides for run in runs]) * np.float32(_UNITS)
    # A crooked file may put a letter anywhere.
    sides = np.clip(np.rint(placed, out=placed), -_FARTHEST, _FARTHEST).astype(np.int32).reshape(-1, 2)
    numbers = np.concatenate(
        [
            np.array([len(papers), len(runs)], np.int32),
            np.array(table, np.int32).ravel(),
            _steps(np.array(columns, np.int32)),
            sides[:, 1] - sides[:, 0],
            sides[:, 0] - np.concatenate([np.zeros(1, np.int32), sides[:-1, 1]]),  # the gap before it: most are none
        ]
    ).astype("<i4")
    # Byte by byte, the first of all numbers first: half as long then.
    return zlib.compress(np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, 4).T).tobytes())


def _units(*points: float) -> tuple[int, ...]:
    return tuple(max(-_FARTHEST, min(round(point * _UNITS), _FARTHEST)) for point in points)


def _steps(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return each column as the steps from one row to the next, column by column."""
    import numpy as np

    return np.diff(rows, axis=0, prepend=0).T.ravel()


def _runs(text: str, span: Span, inks: Sequence[Ink]) -> Iterator[_Run]:
    """Yield the runs of a block, whose letters are the text's but for a bullet before it and hyphens at line ends."""
    at = span.start
    for ink in inks:
        while at < span.end and (text[at].isspace() or (text[at] == _BAR != ink.chars[0])):
            at += 1
        is_first = at == span.start
        whole = len(ink.chars)
        fits = (
            (first, end)
            for end in (whole, whole - 1)[: 1 + (ink.chars[-1] in _HYPHENS)]
            for first in range(min(_LONGEST_BULLET, end - 1) + 1 if is_first else 1)
            if first < end and text.startswith(ink.chars[first:end], at, span.end)
        )
        first, end = next(fits, (0, 0))
        if end:
            yield _Run(at, ink, ink.edges[2 * first : 2 * end])
            at += end - first
        elif whole > (_LONGEST_BULLET if is_first else 1) or not (is_first or ink.chars in _HYPHENS):
            return
