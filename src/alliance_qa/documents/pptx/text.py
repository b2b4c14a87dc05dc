"""The paragraphs of a shape: their pieces, bullets and automatic numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from alliance_qa.documents.docx import equations
from alliance_qa.documents.docx.content import Paragraph, Piece
from alliance_qa.documents.docx.names import Element
from alliance_qa.documents.docx.numerals import written
from alliance_qa.documents.extract import Omission
from alliance_qa.domain import BlockKind

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_FORMATS = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
    "circleNum": "decimalEnclosedCircle",
    "ea1Jpn": "japaneseCounting",
}
_T = TypeVar("_T")
_AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}", "Minus": "- {} -"}


@dataclass(slots=True)
class _Numbers:
    """Where the automatic numbers of a text have come to, by level."""

    counts: dict[int, tuple[str, int]] = field(default_factory=dict)

    def label(self, bullet: Element | None, level: int) -> str:
        """Count a paragraph; return the number in front of it with the blank behind, "" where it has none."""
        for deeper in [at for at in self.counts if at > level]:
            del self.counts[deeper]
        if bullet is None or bullet.tag != f"{A}buAutoNum":
            self.counts.pop(level, None)
            return ""
        kind, start = bullet.get("type", "arabicPeriod"), int(bullet.get("startAt", "1"))
        before = self.counts.get(level)
        count = before[1] + 1 if before and before[0] == kind else start
        self.counts[level] = kind, count
        number_format = next((value for name, value in _FORMATS.items() if kind.startswith(name)), "decimal")
        around = next((value for name, value in _AROUND.items() if kind.endswith(name)), "{}")
        return around.format(written(count, number_format)) + " "


def paragraphs(body: Element, styles: Sequence[Element], *, is_note: bool = False) -> Iterator[Paragraph]:
    """Yield the paragraphs of a text body.

    Args:
        body: An a:txBody or p:txBody.
        styles: What says how its levels are written, the nearest first: elements that hold a:lvl1pPr to a:lvl9pPr.
        is_note: Whether it is a speaker's note, whose paragraphs are no items.
    """
    numbers = _Numbers()
    own = body.find(f"{A}lstStyle")
    chain = [*([] if own is None else [own]), *styles]
    for element in body.iterchildren(f"{A}p"):
        properties = element.find(f"{A}pPr")
        level = min(int(properties.get("lvl", "0")), 8) if properties is not None else 0
        bullet = _bullet(properties, chain, level)
        pieces = tuple(_pieces(element))
        if not any(piece.text.strip() for piece in pieces):
            continue
        is_item = bullet is not None and bullet.tag != f"{A}buNone" and not is_note
        label = numbers.label(bullet if is_item else None, level)
        runs = [run for run in element.iter(f"{A}r") if "".join(run.itertext()).strip()]
        is_bold = bool(runs) and all(_written(run, "b") in ("1", "true") for run in runs)
        yield Paragraph(pieces, BlockKind.ITEM if is_item else BlockKind.PARAGRAPH, label=label, is_bold=is_bold)


def _bullet(properties: Element | None, styles: Sequence[Element], level: int) -> Element | None:
    levels = (style.find(f"{A}lvl{level + 1}pPr") for style in styles)
    for said in (properties, *levels):
        for child in () if said is None else said:
            if child.tag in (f"{A}buNone", f"{A}buChar", f"{A}buAutoNum", f"{A}buBlip"):
                return child
    return None


def _pieces(parent: Element) -> Iterator[Piece]:
    for child in parent:
        if not isinstance(child.tag, str):
            continue
        local = child.tag.rpartition("}")[2]
        if child.tag == f"{MC}AlternateContent":
            yield from alternative(child, lambda form: list(_pieces(form)))
        elif local == "m":  # a14:m, a formula
            yield Piece(equations.linear(child))
        elif local == "br":
            yield Piece("\n")
        elif local in ("r", "fld"):
            shift = _written(child, "baseline") or "0"
            struck = _written(child, "strike") in ("sngStrike", "dblStrike")
            yield Piece(
                child.findtext(f"{A}t") or "",
                Omission.STRUCK_OUT if struck else None,
                is_raised=shift.lstrip("-").rstrip("%").isdigit() and int(shift.rstrip("%")) > 0,
                is_lowered=shift.startswith("-"),
            )


def alternative(element: Element, read: Callable[[Element], list[_T]]) -> list[_T]:
    """Return what the first form shows of what a file holds in several, one for each age of programs."""
    for form in element:
        if form.tag in (f"{MC}Choice", f"{MC}Fallback") and (shown := read(form)):
            return shown
    return []


def _written(run: Element, attribute: str) -> str:
    properties = run.find(f"{A}rPr")
    return "" if properties is None else str(properties.get(attribute, ""))
