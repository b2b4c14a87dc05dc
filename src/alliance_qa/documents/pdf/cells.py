"""The cells of a table while it is put together: the fragments that stand in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alliance_qa.documents import spelling
from alliance_qa.documents.ink import Ink
from alliance_qa.documents.pdf.fragments import Fragment, rows

NUMERIC = re.compile(r"[\W\d]*\d[\W\d]*(?:[%°]|[a-z]{1,3}\.?|million|billion)?|[–—-]|n/?a", re.IGNORECASE)
LONGEST = 600  # characters; a box with more holds text, and no cell

Cell = list[Fragment]
Row = list[Cell]


def said(cell: Sequence[Fragment]) -> str:
    """Return the text of a cell, its lines joined."""
    lines = [" ".join(each.text for each in row) for row in rows(cell)]
    return spelling.join(lines, frozenset()) if lines else ""


def is_numeric(cell: Sequence[Fragment]) -> bool:
    """Tell whether a cell holds a figure, or what stands for one."""
    return NUMERIC.fullmatch(said(cell)) is not None


def inked(cell: Sequence[Fragment]) -> Iterator[Ink]:
    """Yield where the letters of a cell's text stand, in its order."""
    return (ink for row in rows(cell) for each in row for ink in each.ink)
