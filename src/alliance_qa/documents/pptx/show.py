"""Slides as blocks: each with its title first and its speaker's notes last; what is hidden is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import blocks, lines, marks
from alliance_qa.documents.docx.content import Content, paragraphs
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock, Stated
from alliance_qa.documents.pptx.shapes import Shape
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

MOST_SLIDES = 2_000


@dataclass(frozen=True, slots=True)
class Slide:
    """What one slide holds, and what of it is no text."""

    locator: str
    shown: Sequence[Shape]  # the title first
    notes: Content
    left_out: Sequence[LeftOut]
    is_hidden: bool


def check_count(slides: int) -> None:
    """Raise DocumentError where a file has more slides than are read."""
    if slides > MOST_SLIDES:
        raise DocumentError(f"has more than {MOST_SLIDES:,} slides; split it", Failure.TOO_LARGE)


def extract(slides: Sequence[Slide], stated: Sequence[Stated], running: Sequence[LeftOut]) -> Extract:
    """Return the blocks of slides, with "slide 7" or "slide 7, notes" as locator.

    Args:
        slides: In their order.
        stated: The facts that the file states outside of them.
        running: What is on every slide.

    Raises:
        DocumentError: No slide has text.
    """
    found: list[RawBlock] = []
    known = marks.notes(paragraphs(tuple(node for slide in slides for node in _content(slide))), are_words_own=False)
    left_out: list[LeftOut] = []
    for slide in slides:
        texts, left = _read(slide, known, is_first=not found)
        found += texts
        left_out += left
    if not found:
        raise DocumentError("has no text; remove it, or run OCR where it holds pictures of text", Failure.EMPTY)
    return Extract(tuple(found), tuple(stated), (*left_out, *running))


def _content(slide: Slide) -> Content:
    return (*(node for shape in slide.shown for node in shape.content), *slide.notes)


def _read(slide: Slide, known: marks.Notes, *, is_first: bool) -> tuple[list[RawBlock], list[LeftOut]]:
    if slide.is_hidden:
        told = lines.cell_text(blocks.settled(_content(slide), known))
        return [], [LeftOut(Omission.HIDDEN, f"{slide.locator}: {told}")] if told else []
    found: list[RawBlock] = []
    left: list[LeftOut] = []
    for shape in slide.shown:
        content = blocks.settled(shape.content, known)
        if shape.left_out:
            if told := lines.cell_text(content):
                left.append(LeftOut(shape.left_out, told))
            continue
        left += lines.left_out(paragraphs(content))
        if shape.is_title:
            title = one_line(" ".join(lines.text(p) for p in paragraphs(content)))
            found += [RawBlock(title, BlockKind.HEADING, 1 if is_first else 2)] if title else []
        else:
            found += blocks.blocks(content)
    notes = blocks.settled(slide.notes, known)
    left += lines.left_out(paragraphs(notes))
    placed = [replace(block, locator=slide.locator) for block in found]
    said = [replace(block, locator=f"{slide.locator}, notes") for block in blocks.blocks(notes)]
    return placed + said, [*left, *slide.left_out]
