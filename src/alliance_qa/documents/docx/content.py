"""The text of a Word document as it was written: pieces, paragraphs and tables, before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from alliance_qa.documents.extract import Omission
from alliance_qa.domain import BlockKind


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph that is written in one way.

    `text` is as written: "\\n" is a line break, "\\t" a tab. `left_out` says why it is no text of
    the document. Whether a raised figure is a note's mark or an exponent is not decided yet.
    """

    text: str
    left_out: Omission | None = None
    is_raised: bool = False
    is_lowered: bool = False
    is_linked: bool = False  # leads to another place of the same document

    def is_like(self, other: Piece) -> bool:
        """Whether both are written in the same way."""
        return (self.left_out, self.is_raised, self.is_lowered, self.is_linked) == (
            other.left_out,
            other.is_raised,
            other.is_lowered,
            other.is_linked,
        )


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put together what is written alike: Word cuts a run wherever somebody typed later."""
    last: Piece | None = None
    for piece in pieces:
        if last and last.is_like(piece) and piece.left_out is not Omission.NOTE_MARK:
            last = replace(last, text=last.text + piece.text)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph with the number that Word puts in front of it."""

    pieces: tuple[Piece, ...]
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading; 0 is the title
    label: str = ""  # "Article 5 ", "(a) ": with the blank behind it
    is_bold: bool = False  # every letter of it


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table, in the columns of its grid."""

    content: Content
    column: int  # from 0
    width: int = 1  # columns
    continues: bool = False  # is part of the cell above it


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `is_head` says that Word repeats it on each page."""

    cells: tuple[Cell, ...]
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `has_head_look` says that its style sets the first row off."""

    rows: tuple[Row, ...]
    has_head_look: bool = False


Content: TypeAlias = "tuple[Paragraph | Table, ...]"


def paragraphs(content: Content) -> list[Paragraph]:
    """Return all paragraphs, those in tables too, in reading order."""
    found: list[Paragraph] = []
    for node in content:
        if isinstance(node, Paragraph):
            found.append(node)
        else:
            for row in node.rows:
                for cell in row.cells:
                    found.extend(paragraphs(cell.content))
    return found
