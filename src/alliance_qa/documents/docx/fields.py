"""Word's fields: what they show is text, the code that makes it is not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from alliance_qa.documents.docx import signs
from alliance_qa.documents.extract import Omission

_TABLES = ("TOC", "TOA")  # lists of what the document says elsewhere


@dataclass(slots=True)
class _Field:
    code: str = ""
    is_result: bool = False


@dataclass(slots=True)
class Fields:
    """The fields that are open at a place of the text, the outermost first.

    `are_whole` says that every field that begins also ends: only then is a list of contents left out
    as one, as it would take all that follows with it.
    """

    are_whole: bool
    _open: list[_Field] = field(default_factory=list)

    def begin(self) -> None:
        self._open.append(_Field())

    def write_code(self, code: str) -> None:
        if self._open and not self._open[-1].is_result:
            self._open[-1].code += code

    def separate(self) -> None:
        if self._open:
            self._open[-1].is_result = True

    def end(self) -> str:
        """Close the innermost field and return what it shows where it holds no result of its own."""
        if not self._open:
            return ""
        closed = self._open.pop()
        shown = "" if closed.is_result else shown_by(closed.code)
        if self._open and not self._open[-1].is_result:
            self._open[-1].code += shown
            return ""
        return shown

    def new_paragraph(self) -> None:
        """Forget codes that have not ended: one that never does would take the text with it."""
        self._open = [one for one in self._open if one.is_result]

    @property
    def is_code(self) -> bool:
        """Whether what stands here is part of a code."""
        return any(not one.is_result for one in self._open)

    @property
    def left_out(self) -> Omission | None:
        """Why the result that stands here is no text; None where it is."""
        return next(filter(None, (omission(one.code) for one in self._open if self.are_whole)), None)


def omission(code: str) -> Omission | None:
    """Return why the result of a field is no text of the document; None where it is."""
    kind = code.split(maxsplit=1)[0].upper() if code.strip() else ""
    if kind in _TABLES:
        return Omission.REPEATED
    return Omission.NOTE_MARK if kind in ("NOTEREF", "FTNREF") else None


def shown_by(code: str) -> str:
    """Return what a field shows that Word keeps no result of: SYMBOL, EQ and buttons; "" for others."""
    kind, _, rest = code.strip().partition(" ")
    match kind.upper():
        case "SYMBOL":
            return _symbol(rest)
        case "EQ":
            return _equation(rest)
        case "MACROBUTTON" | "GOTOBUTTON":
            return rest.strip().partition(" ")[2].strip()
        case _:
            return ""


def _symbol(code: str) -> str:
    place = re.match(r"\s*(0x[0-9a-f]+|\d+)", code, re.IGNORECASE)
    font = re.search(r'\\f\s*(?:"([^"]+)"|(\S+))', code)
    if not place:
        return ""
    return signs.sign((font[1] or font[2]) if font else "", int(place[1], 0))


def _equation(code: str) -> str:
    r"""Return an EQ field as a line: \f(a,b) is a/b, \r(x) is √x; of \o, which prints over, the last.

    Word's older phonetic guides are \o: reading first, then the word.
    """
    switch = re.compile(r"\\([a-z]+)((?:\s*\\[a-z]{2,}\s*\d*)*)\s*\(((?:[^()]|\([^()]*\))*)\)", re.IGNORECASE)
    text = re.sub(r'\\\*\s*(?:"[^"]*"|\S+)(?:\s+"[^"]*"|\s+\\\*)*', "", code)

    def shown(found: re.Match[str]) -> str:
        arguments = [_equation(part) for part in re.split(r"[,;](?![^(]*\))", found[3])]
        match found[1].lower():
            case "f" if len(arguments) == 2:
                return "/".join(part if re.fullmatch(r"[\w.]+", part) else f"({part})" for part in arguments)
            case "r":
                return "√" + (arguments[-1] if re.fullmatch(r"[\w.]+", arguments[-1]) else f"({arguments[-1]})")
            case "o":
                return arguments[-1]
            case "s" if "up" in found[2].lower():
                return signs.raised(found[3])
            case _:
                return " ".join(arguments)

    return switch.sub(shown, text).strip()
