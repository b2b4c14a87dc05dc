"""MathML written in a line: "E = mc²", "(a + b)/2", "√(x)"."""

from __future__ import annotations

import re

from lxml.etree import _Element

_SPACED = frozenset("=≠≈≡<>≤≥≪≫+−-±×·⋅÷∈→⇒∝∼~")
_UP = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


def linear(element: _Element) -> str:
    """Return a formula, or a part of one, as a line of text."""
    tag = str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()
    parts = [linear(child) for child in element if isinstance(child.tag, str)]
    match tag, parts:
        case ("annotation" | "annotation-xml" | "mphantom", _):
            return ""
        case ("mo", _):
            sign = (element.text or "").strip()
            is_prefix = element.getprevious() is None
            return f" {sign} " if sign in _SPACED and not is_prefix else "" if sign in "\u2061\u2062\u2063" else sign
        case ("mi" | "mn" | "mtext" | "ms", _):
            return " ".join("".join(map(str, element.itertext())).split()) if tag != "mtext" else element.text or ""
        case ("mfrac", [over, under]):
            return f"{_grouped(over)}/{_grouped(under)}"
        case ("msqrt", _):
            return "√" + _grouped("".join(parts))
        case ("mroot", [base, index]):
            return f"{index.translate(_UP)}√{_grouped(base)}"
        case ("msup" | "mover", [base, up]):
            return _grouped(base) + _raised(up)
        case ("msub" | "munder", [base, down]):
            return f"{base}_{_grouped(down)}"
        case ("msubsup" | "munderover", [base, down, up]):
            return f"{base}_{_grouped(down)}{_raised(up)}"
        case ("mtr" | "mlabeledtr", _):
            return ", ".join(parts)
        case ("mtable", _):
            return "; ".join(parts)
        case ("math", _):
            return " ".join("".join(parts or [element.get("alttext") or element.text or ""]).split())
        case ("mspace", _):
            return " "
    return (element.text or "").strip() + "".join(parts)


def _raised(text: str) -> str:
    up = text.strip().translate(_UP)
    return up if re.fullmatch("[⁰¹²³⁴-⁹⁺⁻ⁿ]+", up) else "^" + _grouped(text)


def _grouped(text: str) -> str:
    plain = text.strip()
    return plain if re.fullmatch(r"[\w.,′']*", plain) or re.fullmatch(r"\([^()]*\)", plain) else f"({plain})"
