"""Reads the tokens of an RTF file: what is text, of which part of the file, and how it is written.

Source: the RTF specification 1.9.1 of Microsoft.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lxml import etree

from alliance_qa.documents import characters
from alliance_qa.documents.docx import equations
from alliance_qa.documents.docx.content import Content, Paragraph, Piece
from alliance_qa.documents.docx.fields import omission, shown_by
from alliance_qa.documents.docx.names import M_VAL, Element, name
from alliance_qa.documents.docx.styles import Style, named
from alliance_qa.documents.extract import Omission
from alliance_qa.documents.rtf import letters
from alliance_qa.documents.rtf.flow import Border, Flow, RowLook
from alliance_qa.documents.rtf.letters import Font
from alliance_qa.documents.rtf.tokens import Kind, Token
from alliance_qa.domain import BlockKind

# Parts with a text of their own, and those that say something; "text" stands in the part around it.
_PARTS = {"footnote": "note", "annotation": "comment", "shptxt": "box", "dptxbxtext": "box"}
_FLOWING = ("text", "note", "comment", "box", "running")
_PARTS |= dict.fromkeys(
    ("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"), "running"
)
_PARTS |= {"listtext": "label", "pntext": "label", "fldinst": "code", "fonttbl": "fonts", "stylesheet": "styles"}
_PARTS |= {"title": "title", "author": "author", "propname": "name", "staticval": "value"}
_INSIDE = frozenset(
    "fldrslt field shp shpinst shpgrp result ud pn info userprops do nesttableprops pgdsctbl sv shppict".split()
)
# What is no text, whether or not an older program may pass over it.
_SILENT = frozenset(
    "colortbl pict object objdata shprslt nonshppict listtable listoverridetable listpicture revtbl rsidtbl xe tc"
    " rxe txe bkmkstart bkmkend atnid atnauthor atnref atndate atnparent atrfstart atrfend operator company manager"
    " subject keywords comment doccomm hlinkbase category creatim revtim printim buptim sp sn ftnsep ftnsepc ftncn"
    " aftnsep aftnsepc aftncn nonesttables upr mmathPict datafield formfield ffname template generator filetbl"
    " pgdsctbl background themedata colorschememapping latentstyles datastore fchars lchars private".split()
)
_SWITCH = re.compile(r'\\\*\s*(?:"[^"]*"|[^\s\\"]+)\s*')  # of a field: how its result is written
_BULLET = re.compile(r"\s*[•·▪‣◦]\s*\t\s*")
_STYLE_NAME = re.compile(r"(.*?);?\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Look:
    """How text is written."""

    font: int = 0
    is_struck: bool = False
    is_deleted: bool = False
    is_hidden: bool = False
    is_bold: bool = False
    shift: int = 0  # above 0 raised, below lowered


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a paragraph says of itself."""

    style: int = 0
    outline: int = 0  # level of a heading, from 1; 0 none
    depth: int = 0  # of tables
    is_listed: bool = False


@dataclass(slots=True)
class _Group:
    """What holds from one brace to the other."""

    part: str = "text"
    look: _Look = _Look()
    skipped: int = 1  # characters behind \\u for programs that do not know it
    is_optional: bool = False  # \\* stood at its beginning
    is_fresh: bool = True  # nothing of it was read yet
    result: Omission | None = None  # why the result of its field is no text
    formula: Element | None = None


@dataclass(slots=True)
class _Part:
    """A part of the file that is being read, with the paragraph that is not ended yet."""

    kind: str
    flow: Flow = field(default_factory=Flow)
    pieces: list[Piece] = field(default_factory=list)
    bolds: list[bool] = field(default_factory=list)
    label: str = ""
    layout: _Layout = _Layout()
    boxes: list[Content] = field(default_factory=list)
    number: str = ""  # of a note


@dataclass(slots=True)
class Reading:
    """What was found in a file."""

    body: Content = ()
    notes: list[Content] = field(default_factory=list)
    comments: list[Content] = field(default_factory=list)
    running: list[Content] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)  # title and author
    added: list[tuple[str, str]] = field(default_factory=list)  # name and value of what somebody added


class Reader:
    """Keeps what is open while the tokens of a file come."""

    def __init__(self) -> None:
        self.reading = Reading()
        self._groups: list[_Group] = []
        self._parts: list[_Part] = [_Part("body")]
        self._fonts: dict[int, Font] = {}
        self._styles: dict[int, tuple[Style, int]] = {}
        self._encoding = "cp1252"
        self._default_font = 0
        self._bytes = b""
        self._texts: list[str] = []  # of what is no paragraph: names of fonts and styles, codes, facts
        self._to_skip = 0
        self._row: list[Border] = []
        self._cell = Border(0)
        self._is_head_row = False
        self._entry = 0  # the font or the style whose name comes
        self._charset = 0
        self._entry_outline = 0
        self._notes = 0

    def read(self, tokens: Iterable[Token]) -> Reading:
        """Return what the tokens hold."""
        for token in tokens:
            match token.kind:
                case Kind.OPEN:
                    self._flush()
                    self._to_skip = 0
                    above = self._groups[-1] if self._groups else _Group()
                    self._groups.append(replace(above, is_fresh=True, is_optional=False))
                case Kind.CLOSE:
                    self._flush()
                    self._to_skip = 0
                    self._close()
                case Kind.TEXT:
                    self._text(token)
                case Kind.WORD:
                    self._word(token.word, token.number)
        self._flush()
        self._end_paragraph()
        self.reading.body = self._parts[0].flow.content()
        return self.reading

    @property
    def _group(self) -> _Group:
        return self._groups[-1]

    # ---- groups

    def _close(self) -> None:
        group = self._groups.pop()
        above = self._groups[-1] if self._groups else _Group()
        if group.part == above.part and group.formula is above.formula:
            if group.part in ("fonts", "styles"):
                self._name_entry(group.part)
            return
        if group.formula is not None and group.formula is not above.formula:
            self._end_formula(group.formula, above)
            return
        said = " ".join(letters.whole("".join(self._texts)).split())
        match group.part:
            case "note" | "comment" | "box" | "running":
                if len(self._parts) > 1 and self._parts[-1].kind == group.part:
                    self._end_part()
            case "label":
                self._parts[-1].layout = replace(self._parts[-1].layout, is_listed=True)
                self._parts[-1].label = f"{said} " if any(char.isalnum() for char in said) else ""
            case "code":
                above.result = omission(said)
                if said.split(maxsplit=1)[:1] == ["EQ"]:  # words with their reading, of which no result is kept
                    self._texts = []
                    self._put(shown_by(_SWITCH.sub("", said)), above)
            case "fonts" | "styles":
                self._name_entry(group.part)
            case "title" | "author":
                self.reading.facts.setdefault(group.part, said)
            case "name":
                self.reading.added.append((said, ""))
            case "value" if self.reading.added:
                self.reading.added[-1] = self.reading.added[-1][0], said
        if group.part != "silent":
            self._texts = []

    def _end_part(self) -> None:
        self._end_paragraph()
        part = self._parts.pop()
        content = part.flow.content()
        match part.kind:
            case "note":
                self.reading.notes.append(content)
            case "comment":
                self.reading.comments.append(content)
            case "running":
                self.reading.running.append(content)
            case "box":
                self._parts[-1].boxes.append(content)

    def _name_entry(self, part: str) -> None:
        said = letters.whole("".join(self._texts))
        self._texts = []
        found = _STYLE_NAME.match(said)
        called = found[1].strip() if found else ""
        if part == "fonts" and called:
            self._fonts[self._entry] = Font(called, letters.encoding_of(self._charset))
        elif part == "styles" and called and self._entry >= 0:
            self._styles.setdefault(self._entry, (named(called) or Style(), self._entry_outline))
        self._entry = 0 if part == "styles" else self._entry
        self._charset = self._entry_outline = 0

    def _end_formula(self, element: Element, above: _Group) -> None:
        text = characters.clean(letters.whole("".join(self._texts)))  # XML takes no control characters
        self._texts = []
        if text.strip():
            element.set(M_VAL, text.strip())
            if element.tag == name("m:r"):
                etree.SubElement(element, name("m:t")).text = text
        if above.formula is None and above.part == "text":
            self._put(equations.linear(element), above)

    # ---- text

    def _text(self, token: Token) -> None:
        data = token.data
        self._group.is_fresh = False
        if self._to_skip:
            taken = min(self._to_skip, len(data))
            self._to_skip -= taken
            data = data[taken:]
        if self._group.part != "silent":
            self._bytes += data

    def _flush(self) -> None:
        """Put the bytes that came so far into the text."""
        if self._bytes:
            data, self._bytes = self._bytes, b""
            group = self._groups[-1] if self._groups else _Group()
            font = self._fonts.get(group.look.font, Font()) if group.part not in ("fonts", "styles") else Font()
            self._put(font.text(data, self._encoding), group)

    def _put(self, text: str, group: _Group) -> None:
        if group.part == "silent" or not text:
            return
        if group.part not in _FLOWING or group.formula is not None:
            self._texts.append(text)
            return
        part, look = self._parts[-1], group.look
        why = group.result or (Omission.HIDDEN if look.is_hidden else None)
        why = Omission.STRUCK_OUT if look.is_struck or look.is_deleted else why
        piece = Piece(text, why, is_raised=look.shift > 0, is_lowered=look.shift < 0)
        if part.pieces and part.pieces[-1].is_like(piece) and piece.left_out is not Omission.NOTE_MARK:
            part.pieces[-1] = replace(piece, text=part.pieces[-1].text + text)
        else:
            part.pieces.append(piece)
        if text.strip():
            part.bolds.append(look.is_bold)

    def _end_paragraph(self) -> None:
        part = self._parts[-1]
        pieces = [replace(piece, text=letters.whole(piece.text)) for piece in part.pieces]
        if any(piece.text.strip() for piece in pieces):
            style, outline = self._styles.get(part.layout.style, (Style(), 0))
            outline = part.layout.outline or outline
            kind, level = style.kind, style.level
            if kind is not BlockKind.HEADING and outline:
                kind, level = BlockKind.HEADING, outline
            elif kind is BlockKind.PARAGRAPH and part.layout.is_listed:
                kind = BlockKind.ITEM
            # Some programs type a bullet and a tab in place of a list.
            if bullet := _BULLET.match(pieces[0].text):
                pieces[0] = replace(pieces[0], text=pieces[0].text[bullet.end() :])
                kind = BlockKind.ITEM if kind is BlockKind.PARAGRAPH else kind
            if style.is_generated:
                pieces = [replace(piece, left_out=piece.left_out or Omission.REPEATED) for piece in pieces]
            is_bold = bool(part.bolds) and all(part.bolds)
            part.flow.add(Paragraph(tuple(pieces), kind, level, part.label, is_bold), part.layout.depth)
        for box in part.boxes:
            for node in box:
                if isinstance(node, Paragraph):
                    part.flow.add(node, part.layout.depth)
        part.pieces, part.bolds, part.label, part.boxes = [], [], "", []

    # ---- control words

    def _word(self, word: str, number: int | None) -> None:
        group = self._group
        is_first, group.is_fresh = group.is_fresh, False
        if word == "u" and number is not None:
            self._flush()
            font = self._fonts.get(group.look.font, Font())
            self._put(font.sign(number), group)
            self._to_skip = group.skipped
            return
        if self._to_skip and word not in ("uc", "*") and len(word) == 1 and not word.isalpha():
            self._to_skip -= 1
            return
        self._flush()
        self._to_skip = 0
        if word == "*":
            group.is_optional = group.is_fresh = True
        elif group.part == "silent":
            if word == "ud":
                group.part = self._part_around()
        elif is_first and self._begins(word, group):
            pass
        elif word in letters.SIGNS:
            self._put(letters.SIGNS[word], group)
        elif group.part in ("fonts", "styles"):
            self._define(word, number)
        elif not self._looks(word, number, group) and group.part in _FLOWING:
            self._lays_out(word, number)

    def _part_around(self) -> str:
        return next((group.part for group in reversed(self._groups) if group.part != "silent"), "text")

    def _begins(self, word: str, group: _Group) -> bool:
        """Take a control word that begins a group; return whether it says what the group is."""
        if word in _SILENT:
            group.part = "silent"
        elif part := _PARTS.get(word):
            group.part = part
            self._texts = [] if part not in ("fonts", "styles") else self._texts
            if part in _FLOWING:
                self._parts.append(_Part(part))
                group.look, group.result = _Look(self._default_font), None
            elif part == "styles":
                self._entry = 0
        elif word == "mmath" or (group.formula is not None and re.match("m.", word)):
            local = word.removeprefix("m")
            if word == "mmath":
                group.formula = etree.Element(name("m:oMathPara"))
            else:
                group.formula = etree.SubElement(group.formula, name(f"m:{local}"))
            self._texts = []
        elif word not in _INSIDE and group.is_optional and group.part not in ("styles", "fonts"):
            group.part = "silent"
        else:
            return word in _INSIDE
        return True

    def _define(self, word: str, number: int | None) -> None:
        match word:
            case "f" if self._group.part == "fonts":
                self._entry = number or 0
            case "fcharset":
                self._charset = number or 0
            case "s" if self._group.part == "styles":
                self._entry = number or 0
            case "cs" | "ts" | "ds" if self._group.part == "styles":
                self._entry = -1
            case "outlinelevel":
                self._entry_outline = (number or 0) + 1 if (number or 0) < 9 else 0

    def _looks(self, word: str, number: int | None, group: _Group) -> bool:
        """Take a control word that says how letters are written; return whether it is one."""
        look, is_on = group.look, number != 0
        match word:
            case "plain":
                group.look = _Look(self._default_font)
            case "f":
                group.look = replace(look, font=number or 0)
            case "b":
                group.look = replace(look, is_bold=is_on)
            case "v":
                group.look = replace(look, is_hidden=is_on)
            case "strike" | "striked":
                group.look = replace(look, is_struck=is_on)
            case "deleted":
                group.look = replace(look, is_deleted=is_on)
            case "super" | "up":
                group.look = replace(look, shift=int(is_on))
            case "sub" | "dn":
                group.look = replace(look, shift=-int(is_on))
            case "nosupersub":
                group.look = replace(look, shift=0)
            case "uc":
                group.skipped = max(number if number is not None else 1, 0)
            case "ansicpg":
                self._encoding = letters.code_page(number or 0)
            case "mac":
                self._encoding = "mac_roman"
            case "pc" | "pca":
                self._encoding = "cp437" if word == "pc" else "cp850"
            case "deff":
                self._default_font = number or 0
                for open_group in self._groups:
                    open_group.look = replace(open_group.look, font=self._default_font)
            case _:
                return False
        return True

    def _lays_out(self, word: str, number: int | None) -> None:
        """Take a control word that says something of paragraphs, tables and notes; others are passed over."""
        part = self._parts[-1]
        match word:
            case "par" | "sect" | "page" | "column":
                self._end_paragraph()
            case "pard":
                part.layout = _Layout()
            case "s":
                part.layout = replace(part.layout, style=number or 0)
            case "outlinelevel":
                level = (number or 0) + 1
                part.layout = replace(part.layout, outline=level if level < 10 else 0)
            case "ls":
                part.layout = replace(part.layout, is_listed=bool(number))
            case "intbl":
                part.layout = replace(part.layout, depth=max(part.layout.depth, 1))
            case "itap":
                part.layout = replace(part.layout, depth=min(max(number or 0, 0), 20))
            case "cell" | "nestcell":
                depth = 1 if word == "cell" else max(part.layout.depth, 2)
                part.layout = replace(part.layout, depth=depth)
                self._end_paragraph()
                part.flow.end_cell(depth)
            case "row" | "nestrow":
                part.flow.end_row(1 if word == "row" else max(part.layout.depth, 2), self._row_look())
            case "chftn":
                if part.kind != "note":
                    self._notes += 1
                    part.pieces.append(Piece(str(self._notes), Omission.NOTE_MARK))
            case _:
                self._defines_row(word, number)

    def _defines_row(self, word: str, number: int | None) -> None:
        match word:
            case "trowd":
                self._row, self._cell, self._is_head_row = [], Border(0), False
            case "trhdr":
                self._is_head_row = True
            case "clvmrg":
                self._cell = replace(self._cell, continues_above=True)
            case "clmrg":
                self._cell = replace(self._cell, continues_left=True)
            case "cellx":
                self._row.append(replace(self._cell, right=number or 0))
                self._cell = Border(0)

    def _row_look(self) -> RowLook:
        return RowLook(tuple(self._row), self._is_head_row)
