"""Paragraphs and tables as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alliance_qa.documents.docx import headings, lines, marks, tables
from alliance_qa.documents.docx.content import Cell, Content, Paragraph, Row
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind


def of(content: Content) -> tuple[RawBlock, ...]:
    """Return the blocks of settled content, the levels of headings numbered from 1; the title's is 0 so far."""
    found = tuple(blocks(headings.told(content)))
    has_title = any(block.kind is BlockKind.HEADING and block.level == 0 for block in found)
    return tuple(replace(block, level=block.level + (has_title and block.kind is BlockKind.HEADING)) for block in found)


def blocks(content: Content) -> Iterator[RawBlock]:
    """Yield the blocks of settled content, tables by their rows."""
    for node in content:
        if isinstance(node, Paragraph):
            if line := lines.text(node):
                yield RawBlock(line, node.kind, node.level)
        elif tables.is_layout(node):
            for inner in tables.cell_content(node):
                yield from blocks(inner)
        else:
            yield from tables.rows(node)


def settled(content: Content, known: marks.Notes) -> Content:
    """Return content in which every raised piece is a mark of a note or text."""
    return tuple(
        marks.settled(node, known)
        if isinstance(node, Paragraph)
        else replace(node, rows=tuple(_settled_row(row, known) for row in node.rows))
        for node in content
    )


def _settled_row(row: Row, known: marks.Notes) -> Row:
    return replace(row, cells=tuple(_settled_cell(cell, known) for cell in row.cells))


def _settled_cell(cell: Cell, known: marks.Notes) -> Cell:
    return replace(cell, content=settled(cell.content, known))
