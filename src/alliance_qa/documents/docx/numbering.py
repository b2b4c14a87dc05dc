"""The numbers that Word puts in front of paragraphs, counted as Word counts them: "Article 5", "1.2.3", "(a)".

Source: ECMA-376, part 1, 17.9 Numbering. Measured on ten such documents: mammoth 1.13 and markitdown 0.1
write none of these numbers, docx2python 3.7 and pandoc 2.17 write "5)" and "5." for "Article 5".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from alliance_qa.documents.docx.names import W_VAL, Element, found, name, number, switch, value
from alliance_qa.documents.docx.numerals import written

_DEEPEST_LEVEL = 8  # levels count from 0
_SUFFIXES = {"tab": " ", "space": " ", "nothing": ""}


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""  # "Article %1": %1 stands for the number of the first level
    suffix: str = " "  # what stands between number and text
    restart: int | None = None  # the level, from 1, after which it starts anew; 0: never; None: after any above
    is_legal: bool = False  # all numbers in decimal digits
    is_hidden: bool = False
    style: str = ""  # the paragraph style that this level belongs to


@dataclass(frozen=True, slots=True)
class List:
    """A list that paragraphs name: the levels of the definition it counts in, with what it says otherwise."""

    definition: str  # lists of the same definition go on counting where the other stopped
    levels: Mapping[int, Level]
    starts: Mapping[int, int]  # the levels that this list starts anew, and at what


@dataclass(slots=True)
class Counter:
    """The lists of a document and where each has come to; to be asked in reading order."""

    lists: Mapping[str, List]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def level_of(self, list_id: str, style: str) -> int:
        """Return the level that belongs to a paragraph style in a list, 0 where none does."""
        known = self.lists.get(list_id)
        return next((at for at, level in known.levels.items() if level.style == style), 0) if known and style else 0

    def label(self, list_id: str, at: int) -> str:
        """Count a paragraph and return the number in front of it, with the blank behind; "" for a bullet."""
        known = self.lists.get(list_id)
        if known is None or at not in known.levels:
            return ""
        counts = self._counts.setdefault(known.definition, {})
        level = known.levels[at]
        if at in known.starts and (list_id, at) not in self._started:
            counts.pop(at, None)
        self._started.add((list_id, at))
        # Levels above that no paragraph had yet have begun, too: after 1.1 comes 2.
        for above in range(at):
            if above not in counts:
                counts[above] = _start(known, above)
                self._started.add((list_id, above))
        counts[at] = counts[at] + 1 if at in counts else _start(known, at)
        for deeper in [deeper for deeper in counts if deeper > at and _restarts(known.levels.get(deeper), at)]:
            del counts[deeper]
        text = "" if level.number_format == "bullet" or level.is_hidden else _label(known, level, counts)
        return text + level.suffix if text else ""


def _start(known: List, at: int) -> int:
    return known.starts.get(at, known.levels.get(at, Level()).start)


def _restarts(level: Level | None, after: int) -> bool:
    restart = level.restart if level else None
    return restart is None or (restart != 0 and after < restart)


def _label(known: List, level: Level, counts: Mapping[int, int]) -> str:
    def numeral(place: re.Match[str]) -> str:
        at = int(place[1]) - 1
        of = known.levels.get(at, Level())
        count = counts[at] if at in counts else _start(known, at)
        is_decimal = level.is_legal and of.number_format not in ("none", "bullet")
        return written(count, "decimal" if is_decimal else of.number_format)

    return " ".join(re.sub(r"%([1-9])", numeral, level.text).split())


def counter(numbering: Element | None, linked: Mapping[str, str]) -> Counter:
    """Return the lists of a document, nothing counted yet.

    Args:
        numbering: The root of numbering.xml, None where there is none.
        linked: For each numbering style the list that it names: a definition may say no more than
            that it is the one of a style.
    """
    if numbering is None:
        return Counter({})
    definitions = {entry.get(name("w:abstractNumId"), ""): entry for entry in numbering.iter(name("w:abstractNum"))}
    named = {entry.get(name("w:numId"), ""): entry for entry in numbering.iter(name("w:num"))}
    lists = {}
    for list_id, entry in named.items():
        definition = _definition(value(entry, "w:abstractNumId"), definitions, named, linked)
        levels = dict(_levels(definitions.get(definition)))
        starts = {}
        for override in entry.iter(name("w:lvlOverride")):
            at = _place(override)
            levels |= dict(_levels(override))
            start = number(override, "w:startOverride")
            if start is not None:
                starts[at] = start
                levels[at] = replace(levels.get(at, Level()), start=start)
        lists[list_id] = List(definition, levels, starts)
    return Counter(lists)


def _definition(
    named: str, definitions: Mapping[str, Element], lists: Mapping[str, Element], linked: Mapping[str, str]
) -> str:
    """Return the definition that holds the levels: another one, where the named one only names a style."""
    style = value(definitions.get(named), "w:numStyleLink")
    if not style:
        return named
    behind = next((key for key, entry in definitions.items() if value(entry, "w:styleLink") == style), "")
    return behind or value(lists.get(linked.get(style, "")), "w:abstractNumId", named)


def _levels(parent: Element | None) -> Iterator[tuple[int, Level]]:
    for entry in () if parent is None else parent.iter(name("w:lvl")):
        start, restart = number(entry, "w:start"), number(entry, "w:lvlRestart")
        # In mc:AlternateContent a format of a newer Word comes first; it is not known, and so decimal.
        number_format = next(iter(entry.iter(name("w:numFmt"))), None)
        yield (
            _place(entry),
            Level(
                # Without w:start a level begins with 0.
                start=0 if start is None else start,
                number_format="decimal" if number_format is None else number_format.get(W_VAL, "decimal"),
                text=value(entry, "w:lvlText"),
                suffix=_SUFFIXES.get(value(entry, "w:suff"), " "),
                restart=restart,
                is_legal=bool(switch(entry, "w:isLgl")),
                is_hidden=bool(switch(found(entry, "w:rPr"), "w:vanish")),
                style=value(entry, "w:pStyle"),
            ),
        )


def _place(entry: Element) -> int:
    at = entry.get(name("w:ilvl"), "")
    return min(int(at), _DEEPEST_LEVEL) if at.isdecimal() else 0
