"""Equations of Word (OMML) as a line of text: "E = mc²", "(a+b)/2", "√(x+1)".

Source: Unicode Technical Note 28, the linear format; scripts that Unicode has letters for are those letters.
The libraries tried give LaTeX or nothing (mammoth 1.13): "\\frac{a+b}{2}" is no sentence that a reader quotes.
"""

from __future__ import annotations

import re
import unicodedata

from alliance_qa.documents.docx import signs
from alliance_qa.documents.docx.names import M_VAL, Element, found, name

_RELATIONS = "=≠≈≡≤≥<>≪≫∼≃≅∝→←↔⇒⇔∈∉⊂⊆"
# A sign between two terms has a blank on both sides; one that begins a term has none behind it.
_BETWEEN = re.compile(rf"\s*([{re.escape(_RELATIONS)}]+)\s*|(?<=[\w)\]′²³⁰-⁹]) *([±∓×÷]) *(?=\S)")
_WHOLE = re.compile(r"[-−]?\w*[.,]?\w+|\W?\w[′₀-₉²³⁰-⁹]*")  # needs no brackets: 9.4, ab, x₁
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_PROPERTIES = re.compile(r"\}(?:\w+Pr|del|moveFrom|delText|instrText)$")


def linear(element: Element) -> str:
    """Return what stands in an m:oMath or m:oMathPara as one line, with blanks around = and ±."""
    lines = [_inside(part) for part in element.iter(name("m:oMath"))] or [_inside(element)]
    return "; ".join(filter(None, (_spaced(line) for line in lines)))


def _spaced(line: str) -> str:
    return " ".join(_BETWEEN.sub(lambda sign: f" {sign[1] or sign[2]} ", line).split())


def _inside(element: Element | None) -> str:
    return "" if element is None else "".join(_part(child) for child in element)


def _part(element: Element) -> str:
    if not isinstance(element.tag, str) or _PROPERTIES.search(element.tag):
        return ""
    if element.tag == name("m:t") or element.tag == name("w:t"):
        # Letters of mathematical alphabets ("𝑚") are letters; NFKC would make a raised 2 plain.
        text = element.text or ""
        return "".join(unicodedata.normalize("NFKC", c) if "\U0001d400" <= c <= "\U0001d7ff" else c for c in text)
    if element.tag in (name("w:tab"), name("w:br")):
        return " "
    if element.tag == name("w:sym"):
        code = element.get(name("w:char"), "")
        return signs.sign(element.get(name("w:font"), ""), int(code, 16)) if re.fullmatch("[0-9A-Fa-f]+", code) else ""
    write = _WRITERS.get(element.tag)
    return write(element) if write else _inside(element)


def _of(element: Element, local: str) -> str:
    return _inside(found(element, f"m:{local}"))


def _property(element: Element, path: str, default: str) -> str:
    """Return a property of an equation: `default` where it is not there, "" where it has no value."""
    there = found(element, path)
    return default if there is None else str(there.get(M_VAL, ""))


def _bracketed(text: str) -> str:
    return text if _WHOLE.fullmatch(text) or not text or _is_enclosed(text) else f"({text})"


def _is_enclosed(text: str) -> bool:
    """Whether one pair of brackets is around the whole text."""
    if (text[0], text[-1]) not in (("(", ")"), ("[", "]"), ("|", "|")):
        return False
    inner = text[1:-1]
    depth = 0
    for char in inner:
        depth += (char in "([") - (char in ")]")
        if depth < 0:
            return False
    return "|" not in inner


def _fraction(element: Element) -> str:
    above, below = _of(element, "num"), _of(element, "den")
    if _property(element, "m:fPr/m:type", "bar") == "noBar":
        return f"{above} over {below}"
    return f"{_bracketed(above)}/{_bracketed(below)}"


def _script(text: str, *, up: bool) -> str:
    text = text.strip()
    if not text:
        return ""
    shifted = signs.raised(text) if up else signs.lowered(text)
    if shifted != text or text in "′″*∗°":
        return shifted
    return f"{'^' if up else '_'}{_bracketed(text)}"


def _scripts(element: Element) -> str:
    base = _of(element, "e")
    below, above = _script(_of(element, "sub"), up=False), _script(_of(element, "sup"), up=True)
    if element.tag == name("m:sPre"):
        return f"{above}{below}{base}"
    is_term = re.fullmatch(r"\w+(?:\.\w+)?[′₀-₉]*|\W", base) or re.fullmatch(r"[^\W\d]*", base)
    # Of "E=m" raised by 2 only the last letter is: Word takes the whole run as base.
    is_run = re.fullmatch(r".*[\w)\]]", base)
    return f"{base if is_term or is_run else _bracketed(base)}{below}{above}"


def _root(element: Element) -> str:
    degree = _of(element, "deg").strip()
    sign = _ROOTS.get(degree) or f"{signs.raised(degree)}√"
    body = _of(element, "e")
    return sign + (body if re.fullmatch(r"\w+(?:\.\w+)?", body) else _always_bracketed(body))


def _always_bracketed(text: str) -> str:
    return text if text and _is_enclosed(text) else f"({text})"


def _delimiters(element: Element) -> str:
    left, right = _property(element, "m:dPr/m:begChr", "("), _property(element, "m:dPr/m:endChr", ")")
    between = _property(element, "m:dPr/m:sepChr", "|")
    return left + between.join(_inside(part) for part in element.findall(name("m:e"))) + right


def _operator(element: Element) -> str:
    sign = _property(element, "m:naryPr/m:chr", "∫")
    scripts = _script(_of(element, "sub"), up=False) + _script(_of(element, "sup"), up=True)
    return f"{sign}{scripts} {_of(element, 'e')}"


def _function(element: Element) -> str:
    return f"{_of(element, 'fName')} {_of(element, 'e')}"


def _accent(element: Element) -> str:
    mark = _property(element, "m:accPr/m:chr", "\u0302")
    return _marked(_of(element, "e"), mark)


def _bar(element: Element) -> str:
    is_above = _property(element, "m:barPr/m:pos", "bot") == "top"
    return _marked(_of(element, "e"), "\u0305" if is_above else "\u0332")


def _marked(text: str, mark: str) -> str:
    return unicodedata.normalize("NFC", text + mark) if len(text) == 1 else text


def _limit(element: Element) -> str:
    return f"{_of(element, 'e')}{_script(_of(element, 'lim'), up=element.tag == name('m:limUpp'))}"


def _matrix(element: Element) -> str:
    rows = (", ".join(_inside(cell) for cell in row.findall(name("m:e"))) for row in element.findall(name("m:mr")))
    return "; ".join(rows)


def _equations(element: Element) -> str:
    return "; ".join(_inside(part) for part in element.findall(name("m:e")))


def _phantom(element: Element) -> str:
    """Return what a phantom shows: one that shows nothing only keeps its place."""
    return "" if _property(element, "m:phantPr/m:show", "1") in ("0", "off", "false") else _of(element, "e")


_WRITERS = {
    name(f"m:{local}"): write
    for local, write in {
        "f": _fraction,
        "sSup": _scripts,
        "sSub": _scripts,
        "sSubSup": _scripts,
        "sPre": _scripts,
        "rad": _root,
        "d": _delimiters,
        "nary": _operator,
        "func": _function,
        "acc": _accent,
        "bar": _bar,
        "limLow": _limit,
        "limUpp": _limit,
        "m": _matrix,
        "eqArr": _equations,
        "phant": _phantom,
    }.items()
}
