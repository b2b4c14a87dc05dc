"""Reads OpenDocument presentations (.odp): titles, texts, tables, charts, formulas and notes, slide by slide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import lines
from alliance_qa.documents.docx.content import Content, Paragraph, Piece
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.documents.odt import container
from alliance_qa.documents.odt.body import Body
from alliance_qa.documents.odt.names import Element, name, value
from alliance_qa.documents.odt.styles import styles
from alliance_qa.documents.pptx import show
from alliance_qa.documents.pptx.shapes import Shape
from alliance_qa.documents.pptx.show import Slide
from alliance_qa.domain import BlockKind

_GROUPS = (name("draw:g"), name("draw:a"))
_RUNNING = ("header", "footer", "date-time", "page-number")


def read(data: bytes) -> Extract:
    """Take text and facts out of an OpenDocument presentation; blocks and locators are those of `pptx.read`.

    Raises:
        DocumentError: The file is no presentation, damaged, encrypted, unpacks to too much, or has no text in it.
    """
    with opened(data, ".odp") as parts:
        content, main = container.main(parts, "presentation")
        pages = main.findall(name("draw:page"))
        show.check_count(len(pages))
        known_styles = parts.xml("styles.xml")
        body = Body(styles(content, known_styles), lambda address: container.object_root(parts, address))
        reading = _Reading(parts, body)
        slides = [reading.slide(page, f"slide {number}") for number, page in enumerate(pages, start=1)]
        running = dict.fromkeys(reading.running(content, known_styles))
        return show.extract(slides, tuple(container.stated(parts)), tuple(running))


@dataclass(frozen=True, slots=True)
class _Reading:
    parts: Package
    body: Body

    def slide(self, page: Element, locator: str) -> Slide:
        shown = sorted(self._shapes(page), key=lambda shape: not shape.is_title)
        held = page.find(name("presentation:notes"))
        said = [] if held is None else [shape for shape in self._shapes(held) if shape.holder == "notes"]
        remarks = [
            LeftOut(Omission.COMMENT, f"{locator}: {line}")
            for remark in page.iterchildren(name("office:annotation"))
            if (line := lines.cell_text(self.body.content(remark)))
        ]
        style = value(page, "draw:style-name")
        is_hidden = self.body.styles.setting("drawing-page", style, "presentation:visibility") == "hidden"
        notes = tuple(node for shape in said for node in shape.content)
        return Slide(locator, shown, notes, remarks, is_hidden)

    def running(self, content: Element, known_styles: Element | None) -> Iterator[LeftOut]:
        """Yield what stands on every slide: the texts of footers, and of the masters what is no placeholder."""
        for kind in ("header", "footer", "date-time"):
            for entry in content.iter(name(f"presentation:{kind}-decl")):
                if line := one_line(entry.text or ""):
                    yield LeftOut(Omission.RUNNING_LINE, line)
        for master in () if known_styles is None else known_styles.iter(name("style:master-page")):
            for shape in self._shapes(master):
                line = "" if shape.holder else lines.cell_text(shape.content)
                if line:
                    yield LeftOut(Omission.RUNNING_LINE, line)

    def _shapes(self, parent: Element) -> Iterator[Shape]:
        for element in parent:
            tag = element.tag
            if tag in _GROUPS:
                yield from self._shapes(element)
                continue
            is_shape = isinstance(tag, str) and tag.startswith(name("draw:x")[:-1])
            is_prompt = value(element, "presentation:placeholder") == "true"
            if is_shape and not is_prompt and (content := self._content(element)):
                holder = value(element, "presentation:class")
                is_hidden = value(element, "draw:display", "always") in ("none", "printer")
                running = Omission.RUNNING_LINE if holder in _RUNNING else None
                yield Shape(content, holder, Omission.HIDDEN if is_hidden else running)

    def _content(self, shape: Element) -> Content:
        held = shape.find(name("draw:object"))
        if held is not None:
            if formula := self.body.formula_in(shape):
                return (Paragraph((Piece(formula),)),)
            root = self.body.root(value(held, "xlink:href"))
            chart = None if root is None else next(root.iter(name("chart:chart")), None)
            if chart is not None:
                return self._chart(chart)
        return self.body.content(shape)

    def _chart(self, chart: Element) -> Content:
        """Return a chart's title as a caption, and its figures as a table."""
        title = chart.find(name("chart:title"))
        said = "" if title is None else lines.cell_text(self.body.content(title))
        caption = (Paragraph((Piece(said),), BlockKind.CAPTION),) if said else ()
        return (*caption, *self.body.content(chart))
