"""Reads slides (.pptx): titles, texts, tables, diagrams, charts, formulas and speaker notes, slide by slide.

Read with lxml: python-pptx 1.0.2 passes over what stands in mc:AlternateContent, and with a formula in a text box
over all its bullets.
"""

from __future__ import annotations

from collections.abc import Iterator

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import lines, properties
from alliance_qa.documents.docx.content import Paragraph
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.documents.pptx import charts, shapes, show
from alliance_qa.documents.pptx.shapes import Frame, Shape
from alliance_qa.documents.pptx.show import Slide
from alliance_qa.errors import DocumentError


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
    return show.extract(slides, stated, running)


def _slides(parts: Package, main: str, root: Element) -> Iterator[Slide]:
    targets = parts.targets(main)
    frames: dict[str, Frame] = {}
    entries = list(root.iterfind(f"{shapes.P}sldIdLst/{shapes.P}sldId"))
    show.check_count(len(entries))
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
        yield Slide(locator, shown, tuple(node for shape in said for node in shape.content), remarks, is_hidden)


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
