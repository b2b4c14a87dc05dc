"""Reads slides (.pptx): titles, texts, tables, diagrams, charts, formulas and speaker notes, slide by slide.

Read with lxml: python-pptx 1.0.2 passes over what stands in mc:AlternateContent, and with a formula in a text box
over all its bullets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import blocks, lines, marks, properties
from alliance_qa.documents.docx.content import Content, Paragraph, paragraphs
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock
from alliance_qa.documents.pptx import charts, shapes
from alliance_qa.documents.pptx.shapes import Frame, Shape
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

MOST_SLIDES = 2_000


@dataclass(frozen=True, slots=True)
class _Slide:
    """What one slide holds, and what of it is no text."""

    locator: str
    shown: Sequence[Shape]
    notes: Content
    left_out: Sequence[LeftOut]
    is_hidden: bool


def read(data: bytes) -> Extract:
    """Take text and facts out of slides.

    Returns:
        Blocks slide by slide, the title first, then the shapes in the order of the file, then the speaker's notes;
        each has "slide 7" or "slide 7, notes" as locator. The title of the first slide has level 1, those
        of the others level 2. Of a shape that is there in several forms one is read. Left out, each with its reason,
        are hidden slides and shapes, struck-out text, comments, dates, footers and numbers of slides.

    Raises:
        DocumentError: The file is no presentation, damaged, encrypted, unpacks to too much, or has no text in it.
    """
    with opened(data, ".pptx") as parts:
        main = parts.main("ppt/presentation.xml")
        root = parts.xml(main)
        if root is None or root.find(f"{shapes.P}sldIdLst") is None:
            raise DocumentError("is no PowerPoint presentation with slides; save it again as .pptx")
        slides = list(_slides(parts, main, root))
        stated = properties.stated(parts)
        running = list(dict.fromkeys(_static(parts, main)))
    found: list[RawBlock] = []
    known = marks.notes(paragraphs(tuple(node for slide in slides for node in _content(slide))), are_words_own=False)
    left_out: list[LeftOut] = []
    for slide in slides:
        texts, left = _read(slide, known, is_first=not found)
        found += texts
        left_out += left
    if not found:
        raise DocumentError("has no text; remove it, or run OCR where it holds pictures of text", Failure.EMPTY)
    return Extract(tuple(found), stated, (*left_out, *running))


def _slides(parts: Package, main: str, root: Element) -> Iterator[_Slide]:
    targets = parts.targets(main)
    frames: dict[str, Frame] = {}
    entries = list(root.iterfind(f"{shapes.P}sldIdLst/{shapes.P}sldId"))
    if len(entries) > MOST_SLIDES:
        raise DocumentError(f"has more than {MOST_SLIDES:,} slides; split it", Failure.TOO_LARGE)
    for number, entry in enumerate(entries, start=1):
        part = targets.get(next((value for key, value in entry.attrib.items() if key.endswith("}id")), ""), "")
        slide = parts.xml(part)
        if slide is None:
            raise DocumentError(f"lacks its slide {number}; save or download it again")
        layout = next(iter(parts.related(part, "slideLayout")), "")
        if layout not in frames:
            master = next(iter(parts.related(layout, "slideMaster")), "") if layout else ""
            frames[layout] = shapes.frame(parts.xml(layout), parts.xml(master))
        shown = shapes.shapes(slide, frames[layout])
        related = parts.targets(part)
        for relation in shapes.diagrams(slide):
            diagram = parts.xml(related.get(relation, ""))
            if diagram is not None:
                shown.append(Shape(shapes.diagram(diagram)))
        shown += [Shape(charts.chart(root)) for root in parts.stories(part, "chart")]
        said = [
            shape
            for notes in parts.stories(part, "notesSlide")
            for shape in shapes.shapes(notes, Frame((), None), is_note=True)
            if shape.holder == "body"
        ]
        locator = f"slide {number}"
        remarks = [LeftOut(Omission.COMMENT, f"{locator}: {line}") for line in _comments(parts, part)]
        is_hidden = slide.get("show", "1") in ("0", "false")
        yield _Slide(locator, shown, tuple(node for shape in said for node in shape.content), remarks, is_hidden)


def _content(slide: _Slide) -> Content:
    return (*(node for shape in slide.shown for node in shape.content), *slide.notes)


def _read(slide: _Slide, known: marks.Notes, *, is_first: bool) -> tuple[list[RawBlock], list[LeftOut]]:
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


def _comments(parts: Package, slide: str) -> Iterator[str]:
    for root in parts.stories(slide, "comments"):
        for remark in root.iter("{*}cm"):
            if line := one_line("".join(text.text or "" for text in remark.iter("{*}text", "{*}t"))):
                yield line


def _static(parts: Package, main: str) -> Iterator[LeftOut]:
    """Yield what masters and layouts show on every slide."""
    for master in parts.related(main, "slideMaster"):
        for part in (master, *parts.related(master, "slideLayout")):
            root = parts.xml(part)
            for shape in [] if root is None else shapes.shapes(root, Frame((), None)):
                told = " ".join(lines.text(node) for node in shape.content if isinstance(node, Paragraph))
                if not shape.holder and told.strip():
                    yield LeftOut(Omission.RUNNING_LINE, told)
