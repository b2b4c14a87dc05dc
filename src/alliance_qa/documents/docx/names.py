"""The names of WordprocessingML's elements and attributes, and the values that all of them share."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

Element: TypeAlias = Any  # of XML; lxml comes without types

_SPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "dc": "http://purl.org/dc/elements/1.1/",
}


@cache
def name(prefixed: str) -> str:
    """Return "w:p" as lxml writes it: "{namespace}p". A path "w:pPr/w:numPr" comes likewise."""
    return "/".join(
        f"{{{_SPACES[prefix]}}}{local}" for prefix, _, local in (step.partition(":") for step in prefixed.split("/"))
    )


W_VAL = name("w:val")
M_VAL = name("m:val")


def found(element: Element | None, path: str) -> Element | None:
    """Return what stands at a path such as "w:pPr/w:numPr" in an element, None where nothing does."""
    return None if element is None else element.find(name(path))


def value(element: Element | None, path: str, default: str = "") -> str:
    """Return the attribute w:val of what stands at a path; `default` where neither is there."""
    there = found(element, path)
    return default if there is None else str(there.get(W_VAL, default))


def number(element: Element | None, path: str) -> int | None:
    """Return the attribute w:val of what stands at a path as a whole number, None where it is none."""
    try:
        return int(value(element, path))
    except ValueError:
        return None


def switch(element: Element | None, path: str) -> bool | None:
    """Return whether a property is switched on, None where nothing is said of it."""
    there = found(element, path)
    return None if there is None else there.get(W_VAL, "true") not in ("0", "false", "off")
