"""Where the letters of a text are printed: what a file reader hands on with a block whose file has pages."""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """One page of a file as it is seen: its number from 1, its width and height in points (1/72 inch).

    `turn` is not 0 only while a file is read: the quarters, against the clock, by which what is on it is turned.
    """

    page: int
    width: float
    height: float
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Ink:
    """Letters that stand in one line, one after another, with nothing between them but blanks.

    `chars` are the letters as the text has them, single blanks among them and none at the ends. `edges`
    are where each begins and where it ends, two numbers a character, in points from the left edge of the
    page; from its bottom edge where the line runs sideways. `low` and `high` are how far the line reaches
    the other way: its bottom and top, or its left and right.
    """

    paper: Paper
    chars: str
    edges: array[float]
    low: float
    high: float
    is_sideways: bool = False
