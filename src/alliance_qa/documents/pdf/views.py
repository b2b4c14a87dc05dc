"""Where things stand on a page as it is seen, whichever way it is turned."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import pypdfium2

# (a, b, c, d, e, f) takes the point (x, y) to (ax + cy + e, bx + dy + f), as in PDF itself.
View: TypeAlias = tuple[float, float, float, float, float, float]


class Box(NamedTuple):
    """A rectangle on the page as it is seen; a line that is drawn is one without height or width."""

    left: float
    bottom: float
    right: float
    top: float


def of(page: pypdfium2.PdfPage, turn: int = 0) -> View:
    """Return what takes a place in the file to where the reader sees it, who turns the page by so many quarters."""
    left, bottom, right, top = page.get_bbox()
    width, height = page.get_size()
    a, b, c, d, e, f = {  # by the angle, clockwise, by which a viewer turns the page
        0: (1, 0, 0, 1, -left, -bottom),
        90: (0, -1, 1, 0, -bottom, right),
        180: (-1, 0, 0, -1, right, top),
        270: (0, 1, -1, 0, top, -left),
    }[page.get_rotation()]
    for _ in range(turn):
        a, b, c, d, e, f = b, -a, d, -c, f, width - e
        width, height = height, width
    return a, b, c, d, e, f


def seen(view: View, x: float, y: float) -> tuple[float, float]:
    """Return where a point is seen."""
    a, b, c, d, e, f = view
    return a * x + c * y + e, b * x + d * y + f


def box(*points: tuple[float, float]) -> Box:
    """Return the smallest rectangle that holds some points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))
