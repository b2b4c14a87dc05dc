"""A document's text, divided as a page sets it: nothing is added to the text and nothing left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from alliance_qa.domain import Block, BlockKind, Document, Span
from alliance_qa.text.passages import BAR

_GROUPS = {BlockKind.ITEM.value: "list", BlockKind.ROW.value: "table", BlockKind.METADATA.value: "metadata"}
_MOST_HEADINGS = 200  # in the table of contents; more are no help to anybody


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that looks the same from end to end."""

    text: str
    is_lit: bool = False
    is_first: bool = False  # of those that are lit
    is_bar: bool = False  # what stands between two cells


@dataclass(frozen=True, slots=True)
class Part:
    """A block, or what stands between two blocks. Joined, the pieces of all cells are its text."""

    look: str  # a BlockKind, "again" for a title that the page states already, or "gap"
    cells: tuple[tuple[Piece, ...], ...]  # of a row; anything else is one cell
    columns: int = 1  # that the only cell of a row spans
    level: int = 0  # of a heading, from 2: the page's title is 1
    anchor: str = ""  # of a heading, unique in the page


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that make one list or one table, or a single part of its own."""

    look: str  # "list", "table", "metadata" or "single"
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the table of contents."""

    level: int
    anchor: str
    text: str


def divide(document: Document, quote: Span | None) -> list[Group]:
    """Return the whole text in order, the quote lit. A quote that leaves the text lights nothing."""
    if quote is not None and quote.end > len(document.text):
        quote = None
    return list(_grouped(_parts(document, quote)))


def headings(groups: Sequence[Group]) -> list[Heading]:
    """Return the headings below the title, in order, at most 200."""
    return [
        Heading(part.level, part.anchor, "".join(piece.text for cell in part.cells for piece in cell))
        for group in groups
        for part in group.parts
        if part.look == BlockKind.HEADING
    ][:_MOST_HEADINGS]


def _parts(document: Document, quote: Span | None) -> list[Part]:
    text, title = document.text, " ".join(document.facts.title.value.split())
    parts: list[Part] = []
    end = 0
    outline: list[int] = []  # the levels of the headings that the next one may stand under
    for block in document.blocks:
        if end < block.span.start:
            parts.append(_gap(text, Span(end, block.span.start), quote))
        level, look = 0, block.kind.value
        if block.kind is BlockKind.HEADING:
            if outline == [] and _is_part(" ".join(block.span.of(text).split()), title):
                look = "again"
            else:
                while outline and outline[-1] >= block.level:
                    outline.pop()
                outline.append(block.level)
                level = min(len(outline) + 1, 6)  # no level is left out, whatever the file does
        cells = _cells(text, block, quote)
        columns = 1
        if len(cells) > 1 and all(piece.is_bar for cell in cells[1:] for piece in cell):
            cells, columns = (tuple(chain.from_iterable(cells)),), len(cells)  # a line across the table
        parts.append(Part(look, cells, columns, level, f"h{block.span.start}" if level else ""))
        end = block.span.end
    if end < len(text):
        parts.append(_gap(text, Span(end, len(text)), quote))
    return parts


def _is_part(heading: str, title: str) -> bool:
    """Whether a heading is a title, or one of the lines that it was set in."""
    return title.startswith(heading) or title.endswith(heading)


def _gap(text: str, span: Span, quote: Span | None) -> Part:
    # A text without blocks is all gap; so is what a reader of files left out of the blocks.
    look = "gap" if span.of(text).isspace() else BlockKind.PARAGRAPH.value
    return Part(look, (tuple(_pieces(text, span, quote)),))


def _cells(text: str, block: Block, quote: Span | None) -> tuple[tuple[Piece, ...], ...]:
    span = block.span
    if block.kind is not BlockKind.ROW:
        return (tuple(_pieces(text, span, quote)),)
    cells: list[tuple[Piece, ...]] = []
    at = span.start
    for bar in BAR.finditer(text, span.start, span.end):
        cell = list(_pieces(text, Span(at, bar.start()), quote)) if at < bar.start() else []
        cells.append((*cell, *_pieces(text, Span(*bar.span()), quote, is_bar=True)))
        at = bar.end()
    cells.append(tuple(_pieces(text, Span(at, span.end), quote)) if at < span.end else ())
    return tuple(cells)


def _pieces(text: str, span: Span, quote: Span | None, *, is_bar: bool = False) -> Iterator[Piece]:
    if quote is None:
        yield Piece(span.of(text), is_bar=is_bar)
        return
    inner = [place for place in (quote.start, quote.end) if span.start < place < span.end]
    for start, end in pairwise([span.start, *inner, span.end]):
        is_lit = quote.start <= start and end <= quote.end
        yield Piece(text[start:end], is_lit, is_lit and start == quote.start, is_bar)


def _grouped(parts: Sequence[Part]) -> Iterator[Group]:
    """Join items that follow each other to a list, rows to a table. A lit gap may stand in neither."""
    group: list[Part] = []
    for part in parts:
        joins = group and group[0].look in _GROUPS and (part.look == group[0].look or _is_plain_gap(part))
        if group and not joins:
            yield Group(_GROUPS.get(group[0].look, "single"), tuple(group))
            group = []
        group.append(part)
    if group:
        yield Group(_GROUPS.get(group[0].look, "single"), tuple(group))


def _is_plain_gap(part: Part) -> bool:
    return part.look == "gap" and not any(piece.is_lit for piece in part.cells[0])
