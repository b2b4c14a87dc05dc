"""What styles say: how letters are written, what a paragraph is, how lists are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce

from alliance_qa.documents.docx.numerals import written
from alliance_qa.documents.docx.styles import Letters
from alliance_qa.documents.odt.names import Element, name, number, value

_DEEPEST = 20  # styles can be based on each other in a circle
_FORMATS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_FORMATS |= {"一, 二, 三, ...": "japaneseCounting", "１, ２, ３, ...": "decimalFullWidth", "ア, イ, ウ, ...": "aiueo"}


@dataclass(frozen=True, slots=True)
class Level:
    """How a level of a list is numbered; `number_format` is "" for a bullet and for none."""

    number_format: str = ""
    before: str = ""
    after: str = ""
    shown: int = 1  # levels, this one the last
    start: int = 1
    pattern: str = ""  # "Article %1%": %1% stands for the number of the first level


Levels = Mapping[int, Level]


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a text by family and name, and its lists by name."""

    entries: Mapping[tuple[str, str], Element]
    lists: Mapping[str, Levels]
    outline: Levels
    fonts: Mapping[str, str]  # the family of each font, by the name that styles use
    _known: dict[tuple[str, str], Letters] = field(default_factory=dict)

    def letters(self, family: str, style: str) -> Letters:
        """Return how a style writes its letters, with all that it is based on."""
        if (family, style) not in self._known:
            chain = [entry.find(name("style:text-properties")) for _, entry in self._chain(family, style)]
            said = [_letters(properties, self.fonts) for properties in chain]
            self._known[family, style] = reduce(lambda above, below: above.over(below), said, Letters())
        return self._known[family, style]

    def names(self, style: str) -> set[str]:
        """Return the names of a paragraph style and of all that it is based on, as people see them."""
        chain = list(self._chain("paragraph", style))
        names = {value(entry, "style:display-name", key) for key, entry in chain}
        # A file that lacks its styles still names them.
        names.add(value(chain[-1][1], "style:parent-style-name") if chain else style)
        return {called.replace("_20_", " ") for called in names}

    def setting(self, family: str, style: str, attribute: str) -> str:
        """Return what a style, or one that it is based on, says of itself or sets; "" where none does."""
        held = (part for _, entry in self._chain(family, style) for part in (entry, *entry))
        return next(filter(None, (value(part, attribute) for part in held)), "")

    def _chain(self, family: str, style: str) -> Iterator[tuple[str, Element]]:
        for _ in range(_DEEPEST):
            entry = self.entries.get((family, style))
            if entry is None:
                return
            yield style, entry
            style = value(entry, "style:parent-style-name")


def styles(*roots: Element | None) -> Styles:
    """Return the styles of content.xml and styles.xml; what comes first goes before."""
    entries: dict[tuple[str, str], Element] = {}
    lists: dict[str, Levels] = {}
    outline: Levels = {}
    fonts: dict[str, str] = {}
    for root in roots:
        if root is None:
            continue
        for entry in root.iter(name("style:style")):
            entries.setdefault((value(entry, "style:family"), value(entry, "style:name")), entry)
        for entry in root.iter(name("text:list-style")):
            lists.setdefault(value(entry, "style:name"), _levels(entry))
        for entry in root.iter(name("text:outline-style")):
            outline = outline or _levels(entry)
        for entry in root.iter(name("style:font-face")):
            fonts.setdefault(value(entry, "style:name"), value(entry, "svg:font-family").strip("'"))
    return Styles(entries, lists, outline, fonts)


def label(levels: Levels, counts: Mapping[int, int], at: int) -> str:
    """Return the number in front of a paragraph of a level, from 1, with the blank behind; "" for a bullet."""
    level = levels.get(at)
    if level is None or not level.number_format:
        return ""

    def numeral(of: int) -> str:
        other = levels.get(of, Level())
        return written(counts.get(of, other.start), _FORMATS.get(other.number_format, "decimal"))

    if level.pattern:
        text = re.sub(r"%(\d+)%", lambda place: numeral(int(place[1])), level.pattern)
    else:
        above = range(max(at - level.shown + 1, 1), at + 1)
        shown = [of for of in above if levels.get(of, Level()).number_format]
        text = level.before + ".".join(map(numeral, shown)) + level.after
    return f"{' '.join(text.split())} " if text.strip() else ""


def _levels(style: Element) -> Levels:
    return {
        number(entry, "text:level", 1): Level(
            value(entry, "style:num-format"),
            value(entry, "style:num-prefix"),
            value(entry, "style:num-suffix"),
            number(entry, "text:display-levels", 1),
            number(entry, "text:start-value", 1),
            value(entry, "style:num-list-format") or value(entry, "loext:num-list-format"),
        )
        for entry in style
        if entry.tag in (name("text:list-level-style-number"), name("text:outline-level-style"))
    }


def _letters(properties: Element | None, fonts: Mapping[str, str]) -> Letters:
    if properties is None:
        return Letters()
    struck = value(properties, "style:text-line-through-style") or value(properties, "style:text-line-through-type")
    weight, display = value(properties, "fo:font-weight"), value(properties, "text:display")
    place = value(properties, "style:text-position").split(" ")[0]
    shift = "superscript" if place == "super" else "subscript" if place == "sub" or place.startswith("-") else place
    if re.fullmatch(r"[\d.]+%", shift):
        shift = "baseline" if shift.rstrip("%").strip("0.") == "" else "superscript"
    return Letters(
        (struck != "none") if struck else None,
        (display == "none") if display else None,
        (weight == "bold" or (weight.isdigit() and int(weight) >= 600)) if weight else None,
        fonts.get(value(properties, "style:font-name"), ""),
        shift,
    )
