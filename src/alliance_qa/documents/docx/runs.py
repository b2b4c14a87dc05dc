"""A paragraph's text as pieces: what is written, how, and what of it is no text of the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from alliance_qa.documents.docx import equations, signs
from alliance_qa.documents.docx.content import Piece, joined
from alliance_qa.documents.docx.fields import Fields, omission
from alliance_qa.documents.docx.names import Element, found, name, switch, value
from alliance_qa.documents.docx.styles import Letters, Styles, letters_of
from alliance_qa.documents.extract import Omission

_SAID = {
    name("w:tab"): "\t",
    name("w:ptab"): "\t",
    name("w:br"): "\n",
    name("w:cr"): "\n",
    name("w:noBreakHyphen"): "-",
}
# Text boxes are paragraphs of their own; what a drawing holds besides is no text of this one.
_NOT_HERE = {
    name(f"w:{local}")
    for local in ("pPr", "rPr", "sdtPr", "sdtEndPr", "txbxContent", "rt", "rubyPr", "drawing", "pict", "object")
}
_EQUATIONS = {name("m:oMath"), name("m:oMathPara")}
_NOTES = {name("w:footnoteReference"), name("w:endnoteReference")}
_REMOVED = {name("w:del"): Omission.STRUCK_OUT, name("w:moveFrom"): Omission.REPEATED}
_TO_A_NOTE = re.compile(r"_?(?:ftn|edn|fn|en|note|footnote|endnote|sdfootnote|sdendnote)[\w.-]*\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Place:
    """What holds for all that stands in an element."""

    style: Letters
    left_out: Omission | None = None
    is_linked: bool = False


@dataclass(slots=True)
class Runs:
    """Reads paragraphs in the order of the document, as fields and the numbers of notes go on."""

    styles: Styles
    fields: Fields
    _notes: dict[str, int] = field(default_factory=dict)

    def pieces(self, paragraph: Element, style: Letters) -> tuple[Piece, ...]:
        """Return what a paragraph holds, written alike together.

        Args:
            paragraph: A w:p, without the text of its text boxes.
            style: How its style writes letters.
        """
        self.fields.new_paragraph()
        return tuple(joined(self._inside(paragraph, _Place(style))))

    def _inside(self, element: Element, place: _Place) -> Iterator[Piece]:
        for child in element:
            yield from self._element(child, place)

    def _element(self, element: Element, place: _Place) -> Iterator[Piece]:
        tag = element.tag
        if tag in _NOT_HERE or not isinstance(tag, str):
            return
        if tag in _REMOVED:
            yield from self._inside(element, replace(place, left_out=_REMOVED[tag]))
        elif tag == name("w:r"):
            yield from self._run(element, place)
        elif tag in _EQUATIONS:
            if not self.fields.is_code:
                yield Piece(equations.linear(element), self._why(place))
        elif tag == name("mc:AlternateContent"):
            yield from self._alternative(element, lambda form: self._inside(form, place))
        elif tag == name("w:hyperlink"):
            is_linked = bool(_TO_A_NOTE.match(element.get(name("w:anchor"), "")))
            yield from self._inside(element, replace(place, is_linked=is_linked))
        elif tag == name("w:fldSimple"):
            why = place.left_out or omission(element.get(name("w:instr"), ""))
            yield from self._inside(element, replace(place, left_out=why))
        elif tag == name("w:sdt"):
            # The prompt of a form that nobody filled in.
            is_prompt = bool(switch(found(element, "w:sdtPr"), "w:showingPlcHdr"))
            why = place.left_out or (Omission.CODE if is_prompt else None)
            yield from self._inside(element, replace(place, left_out=why))
        else:
            yield from self._inside(element, place)

    def _alternative(self, element: Element, read: Callable[[Element], Iterator[Piece]]) -> Iterator[Piece]:
        """Yield the first form of what is there twice, the second where the first shows nothing."""
        first = found(element, "mc:Choice")
        shown = [] if first is None else list(read(first))
        if not any(piece.text for piece in shown):
            shown = [piece for fallback in element.findall(name("mc:Fallback")) for piece in read(fallback)]
        yield from shown

    def _run(self, run: Element, place: _Place) -> Iterator[Piece]:
        properties = found(run, "w:rPr")
        letters = letters_of(properties).over(self.styles.letters(value(properties, "w:rStyle"))).over(place.style)
        yield from self._signs(run, place, letters)

    def _signs(self, run: Element, place: _Place, letters: Letters) -> Iterator[Piece]:
        is_mark = False
        for child in run:
            if child.tag in _NOTES:
                if child.get(name("w:customMarkFollows"), "0") in ("1", "true", "on"):
                    is_mark = True
                else:
                    yield Piece(self._note(child.tag), place.left_out or Omission.NOTE_MARK)
            elif child.tag == name("w:ruby"):
                yield from self._inside(child, place)
            elif child.tag == name("mc:AlternateContent"):
                yield from self._alternative(child, lambda form: self._signs(form, place, letters))
            elif text := self._text(child, letters.font):
                why = self._why(place) or (Omission.HIDDEN if letters.is_hidden else None)
                why = why or (Omission.STRUCK_OUT if letters.is_struck else None)
                yield Piece(
                    text,
                    why or (Omission.NOTE_MARK if is_mark else None),
                    is_raised=letters.shift == "superscript",
                    is_lowered=letters.shift == "subscript",
                    is_linked=place.is_linked,
                )

    def _note(self, kind: str) -> str:
        self._notes[kind] = self._notes.get(kind, 0) + 1
        return str(self._notes[kind])

    def _why(self, place: _Place) -> Omission | None:
        return place.left_out or self.fields.left_out

    def _text(self, element: Element, font: str) -> str:
        """Return what an element of a run shows, "" for a code and for what shows nothing."""
        if element.tag == name("w:fldChar"):
            return self._field_sign(element)
        if element.tag == name("w:instrText"):
            self.fields.write_code(element.text or "")
            return ""
        text = _SAID.get(element.tag, "")
        if element.tag in (name("w:t"), name("w:delText")):
            text = element.text or ""
            text = signs.unicode_text(text, font) if signs.is_symbol_font(font) else text
        elif element.tag == name("w:sym"):
            code = element.get(name("w:char"), "")
            is_code = re.fullmatch("[0-9A-Fa-f]{1,6}", code)
            text = signs.sign(element.get(name("w:font"), ""), int(code, 16)) if is_code else ""
        if self.fields.is_code:
            self.fields.write_code(text)
            return ""
        return text

    def _field_sign(self, element: Element) -> str:
        match element.get(name("w:fldCharType")):
            case "begin":
                self.fields.begin()
            case "separate":
                self.fields.separate()
            case "end":
                return self.fields.end()
        return ""
