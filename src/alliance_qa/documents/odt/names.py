"""The names of OpenDocument's elements and attributes."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

Element: TypeAlias = Any  # of XML; lxml comes without types

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = {
    **{prefix: f"{_OASIS}{prefix}:1.0" for prefix in ("office", "text", "style", "table", "meta", "manifest")},
    **{prefix: f"{_OASIS}{prefix}:1.0" for prefix in ("presentation", "chart")},
    "draw": f"{_OASIS}drawing:1.0",
    "number": f"{_OASIS}datastyle:1.0",
    "svg": f"{_OASIS}svg-compatible:1.0",
    "fo": f"{_OASIS}xsl-fo-compatible:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xlink": "http://www.w3.org/1999/xlink",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "loext": "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0",
}


@cache
def name(prefixed: str) -> str:
    """Return "text:p" as lxml writes it: "{namespace}p"."""
    prefix, _, local = prefixed.partition(":")
    return f"{{{_SPACES[prefix]}}}{local}"


def value(element: Element | None, attribute: str, default: str = "") -> str:
    """Return an attribute such as "text:style-name"; `default` where it is not there."""
    return default if element is None else str(element.get(name(attribute), default))


def number(element: Element, attribute: str, default: int) -> int:
    """Return an attribute as a whole number from 0; `default` where it is none."""
    said = value(element, attribute)
    return int(said) if said.isascii() and said.isdigit() else default
