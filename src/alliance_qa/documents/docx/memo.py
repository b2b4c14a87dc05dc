"""The head of a memorandum in a Word document: its paragraphs and tables as rows of cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from alliance_qa.documents import memo
from alliance_qa.documents.docx import lines
from alliance_qa.documents.docx.content import Content, Paragraph, Piece, Table
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import BlockKind


def head(content: Content) -> tuple[tuple[Stated, ...], Content]:
    """Return the facts of the memo's head that opens a document, and the content with its entries as a line each."""
    found = memo.found([list(_rows(node)) for node in content[: 2 * memo.HEAD_PARTS]])
    if found is None:
        return (), content
    # An entry of a list is no title, and its lines stand together.
    entries = tuple(Paragraph((Piece(line),), BlockKind.ITEM) for line in found.lines)
    return found.stated, (*content[: found.start], *entries, *content[found.end :])


def _rows(node: Paragraph | Table) -> Iterator[Sequence[str]]:
    """Yield the rows of a table; cells with a line for each entry are as many rows."""
    if isinstance(node, Paragraph):
        yield from (re.split(r"\t+", line) for line in lines.written(node).split("\n"))
        return
    for row in node.rows:
        cells = [
            [line for node in cell.content if isinstance(node, Paragraph) for line in lines.written(node).split("\n")]
            for cell in row.cells
            if not cell.continues
        ]
        cells = [[line for line in cell if line.strip()] for cell in cells]
        labels = [line for line in cells[0] if memo.LABEL.match(line.strip())] if cells else []
        if len(labels) > 1 and all(len(cell) in (0, len(cells[0])) for cell in cells):
            yield from (
                [part for cell in cells if cell for part in cell[at].split("\t")] for at in range(len(cells[0]))
            )
        else:
            yield [part for cell in cells for part in (" ".join(cell).split("\t") if cell else [""])]
