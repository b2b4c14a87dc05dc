"""What styles say: the kind of a paragraph, how letters are written, which list a paragraph is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from alliance_qa.documents.docx.names import W_VAL, Element, found, name, number, switch, value
from alliance_qa.domain import BlockKind

_DEEPEST = 20  # styles can be based on each other in a circle


@dataclass(frozen=True, slots=True)
class Letters:
    """How a run is written; None or "" where nothing is said."""

    is_struck: bool | None = None
    is_hidden: bool | None = None
    is_bold: bool | None = None
    font: str = ""
    shift: str = ""  # "superscript", "subscript" or "baseline"

    def over(self, below: Letters) -> Letters:
        """Return these, with what they do not say taken from `below`."""
        return Letters(
            below.is_struck if self.is_struck is None else self.is_struck,
            below.is_hidden if self.is_hidden is None else self.is_hidden,
            below.is_bold if self.is_bold is None else self.is_bold,
            self.font or below.font,
            self.shift or below.shift,
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """The list that a paragraph or a style is in; None where it says nothing, list "0" takes out of all."""

    list_id: str | None = None
    level: int | None = None

    def over(self, below: Listed) -> Listed:
        """Return this, with what it does not say taken from `below`."""
        return Listed(
            below.list_id if self.list_id is None else self.list_id, below.level if self.level is None else self.level
        )


@dataclass(frozen=True, slots=True)
class Style:
    """What a paragraph style says about its paragraphs."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading; 0 is the title
    is_generated: bool = False  # an entry of a table of contents or of figures, which Word writes
    letters: Letters = Letters()
    listed: Listed = Listed()
    list_style: str = ""  # the style whose level of the list it takes


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a document by their ids; "" is the default of paragraphs."""

    entries: Mapping[str, Element]
    default: str = ""
    _known: dict[str, Style] = field(default_factory=dict)

    def paragraph(self, style_id: str) -> Style:
        """Return what a paragraph style says, with all that it is based on."""
        if style_id not in self._known:
            self._known[style_id] = self._paragraph(style_id or self.default)
        return self._known[style_id]

    def letters(self, style_id: str) -> Letters:
        """Return how a style of any kind writes its letters."""
        written = [letters_of(found(entry, "w:rPr")) for _, entry in self._chain(style_id)]
        return reduce(lambda above, below: above.over(below), written, Letters())

    def has_bold_first_row(self, style_id: str) -> bool:
        """Whether a table style writes the first row in bold letters."""
        parts = (part for _, entry in self._chain(style_id) for part in entry.iter(name("w:tblStylePr")))
        first = (part for part in parts if part.get(name("w:type")) == "firstRow")
        return any(letters_of(found(part, "w:rPr")).is_bold for part in first)

    def lists(self) -> dict[str, str]:
        """Return for each style that names a list the list's id."""
        named = {key: listed_of(found(entry, "w:pPr")).list_id for key, entry in self.entries.items()}
        return {key: list_id for key, list_id in named.items() if list_id}

    def _chain(self, style_id: str) -> list[tuple[str, Element]]:
        chain: list[tuple[str, Element]] = []
        while style_id in self.entries and len(chain) < _DEEPEST:
            entry = self.entries[style_id]
            chain.append((style_id, entry))
            style_id = value(entry, "w:basedOn")
        return chain

    def _paragraph(self, style_id: str) -> Style:
        chain = self._chain(style_id)
        listed, list_style = Listed(), ""
        for key, entry in chain:
            below = listed_of(found(entry, "w:pPr"))
            if listed.list_id is None and below.list_id is not None:
                list_style = key
            listed = listed.over(below)
        return replace(
            self._kind(style_id, chain, listed),
            letters=self.letters(style_id),
            listed=listed,
            list_style=list_style,
        )

    def _kind(self, style_id: str, chain: list[tuple[str, Element]], listed: Listed) -> Style:
        # A file without its styles still names them, by the ids that Word gives its own.
        known = None if chain else named(re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", style_id))
        if known:
            return known
        for _, entry in chain:
            # Word writes the names of its own styles in English, whatever the user's language.
            if known := named(value(entry, "w:name")):
                return known
            if outline := outline_level(found(entry, "w:pPr")):
                return Style(BlockKind.HEADING, outline)
        return Style(BlockKind.ITEM) if listed.list_id not in (None, "0") else Style()


def styles(root: Element | None) -> Styles:
    """Return the styles that the root of styles.xml holds; none where there is none."""
    if root is None:
        return Styles({})
    entries = {entry.get(name("w:styleId"), ""): entry for entry in root.iter(name("w:style"))}
    defaults = (
        key
        for key, entry in entries.items()
        if entry.get(name("w:type")) == "paragraph" and entry.get(name("w:default"), "0") not in ("0", "false", "off")
    )
    return Styles(entries, next(defaults, ""))


def letters_of(properties: Element | None) -> Letters:
    """Return what run properties (w:rPr) say themselves."""
    if properties is None:
        return Letters()
    struck = [switch(properties, "w:strike"), switch(properties, "w:dstrike")]
    shift = value(properties, "w:vertAlign")
    lift = number(properties, "w:position")
    fonts = found(properties, "w:rFonts")
    return Letters(
        None if struck == [None, None] else any(struck),
        switch(properties, "w:vanish"),
        switch(properties, "w:b"),
        "" if fonts is None else fonts.get(name("w:ascii"), "") or fonts.get(name("w:hAnsi"), ""),
        shift or ("" if not lift else "superscript" if lift > 0 else "subscript"),
    )


def listed_of(properties: Element | None) -> Listed:
    """Return the list that paragraph properties (w:pPr) name themselves."""
    entry = found(properties, "w:numPr")
    list_id = found(entry, "w:numId")
    return Listed(None if list_id is None else list_id.get(W_VAL, "0"), number(entry, "w:ilvl"))


def outline_level(properties: Element | None) -> int:
    """Return the level of a heading that paragraph properties state, 1 to 9, or 0 for body text."""
    outline = value(properties, "w:outlineLvl")
    return int(outline) + 1 if outline and outline in "012345678" else 0


def named(full: str) -> Style | None:
    """Return what a style of a name that Word gives its own says, None for any other name."""
    called = full.partition(",")[0].strip().casefold()  # aliases follow a comma
    if called == "title":
        return Style(BlockKind.HEADING, 0)
    if called == "caption":
        return Style(BlockKind.CAPTION)
    if heading := re.fullmatch(r"heading ([1-9])", called):
        return Style(BlockKind.HEADING, int(heading[1]))
    if re.fullmatch(r"list(?: bullet| number)?(?: [2-5])?", called):
        return Style(BlockKind.ITEM)
    return Style(is_generated=True) if re.fullmatch(r"toc (?:[1-9]|heading)|table of figures", called) else None
