"""The head of a memorandum or a printed message: TO, FROM, DATE, SUBJECT, in rows of a table or in lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from alliance_qa.documents import bylines, dates
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance

WHERE = "memo head"
_LABELS = {
    "to": "to",
    "for": "to",
    "memorandum for": "to",
    "memorandum to": "to",
    "from": "from",
    "date": "date",
    "dated": "date",
    "sent": "date",
    "subject": "subject",
    "subj": "subject",
    "re": "subject",
    "regarding": "subject",
    "cc": "other",
    "bcc": "other",
    "through": "other",
    "thru": "other",
    "via": "other",
    "attn": "other",
    "attention": "other",
    "ref": "other",
    "reference": "other",
    "classification": "other",
    "file": "other",
}
LABEL = re.compile(rf"({'|'.join(sorted(_LABELS, key=len, reverse=True))})\s*(:|：|$)\s*", re.IGNORECASE)
_NAMED = {"from": "author", "date": "published", "subject": "title"}
_ORDER = ("subject", "from", "date", "to", "other")  # in which facts are stated
HEAD_PARTS = 12  # a letterhead and the word "Memorandum" may stand above
_ADDRESS = re.compile(r"\s*[<(\[](?:mailto:)?[^\s<>]+@[^\s<>]+[>)\]]")

Part: TypeAlias = Sequence[Sequence[str]]
"""A paragraph or table of a document: its rows, each of its cells; a line is a row of what its tabs part."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a memo's head states, the parts [start, end) that it is, and its entries as lines."""

    stated: tuple[Stated, ...]
    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str  # as written, without the colon
    value: str

    @property
    def kind(self) -> str:
        return _LABELS[self.label.casefold()]


def found(parts: Sequence[Part]) -> Head | None:
    """Return the memo's head that opens a document, None where none does.

    A head names who it is from, and at least two of whom it goes to, its date and its subject. A date
    that cannot be read surely and a sender who is nobody are not stated.
    """
    read = [_entries(part) for part in parts[: 2 * HEAD_PARTS]]
    first = next((at for at, entries in enumerate(read[:HEAD_PARTS]) if entries), None)
    if first is None:
        return None
    end = first
    for at in range(first, len(read)):
        if read[at]:
            end = at + 1
        elif _said(parts[at]):
            break
    entries = [entry for at in range(first, end) for entry in read[at]]
    if not _is_head(entries, " ".join(_said(part) for part in parts[:first])):
        return None
    return Head(tuple(_stated(entries)), first, end, tuple(f"{entry.label}: {entry.value}" for entry in entries))


def in_blocks(blocks: Sequence[RawBlock]) -> tuple[tuple[Stated, ...], list[RawBlock]]:
    """Return what the memo's head among the blocks of a document states, and the blocks with its entries as lines."""
    opening = blocks[: 2 * HEAD_PARTS]
    head = found(
        [[re.split(r"\s*\|\s*", each.text) if each.kind is BlockKind.ROW else [each.text]] for each in opening]
    )
    if head is None:
        return (), list(blocks)
    page = blocks[head.start].page
    # An entry of a list is no title, and its lines stand together.
    entries = [RawBlock(line, BlockKind.ITEM, page=page) for line in head.lines]
    return head.stated, [*blocks[: head.start], *entries, *blocks[head.end :]]


def _said(part: Part) -> str:
    return one_line(" ".join(cell for row in part for cell in row))


def _is_head(entries: Sequence[_Entry], above: str) -> bool:
    kinds = {entry.kind for entry in entries}
    if "from" not in kinds or len(kinds & {"to", "date", "subject"}) < 2:
        return False
    if "subject" in kinds or re.search(r"\bmemo", above, re.IGNORECASE):
        return True
    # A journey is from one place to another on a date, too.
    return any(entry.kind == "from" and _people(entry.value) for entry in entries)


def _entries(part: Part) -> list[_Entry]:
    """Return the entries that a paragraph or table consists of; [] where it holds anything else."""
    entries: list[_Entry] = []
    for row in part:
        pairs = list(_pairs([cell for cell in map(one_line, row) if cell]))
        if pairs:
            entries.extend(pairs)
        elif any(one_line(cell) for cell in row):
            if not entries or one_line(row[0]):
                return []
            # A value that goes on below, under the column of values.
            entries[-1] = _Entry(entries[-1].label, one_line(" ".join([entries[-1].value, *row])))
    return entries


def _pairs(cells: Sequence[str]) -> Iterator[_Entry]:
    """Yield the entries of a row: "FROM:" beside its value, or "FROM: value" in one."""
    at = 0
    while at < len(cells):
        label = LABEL.match(cells[at])
        if not label or (not label[2] and len(cells) == 1):
            return
        inside = cells[at][label.end() :].strip()
        if inside:
            yield _Entry(label[1], inside)
            at += 1
            continue
        follows = cells[at + 1] if at + 1 < len(cells) else ""
        if not follows or (LABEL.match(follows) and ":" in follows):
            return
        yield _Entry(label[1], follows)
        at += 2


def _stated(entries: Sequence[_Entry]) -> Iterator[Stated]:
    said: set[str] = set()
    for entry in sorted(entries, key=lambda entry: _ORDER.index(entry.kind)):
        fact = _NAMED.get(entry.kind)
        value = entry.value
        if fact == "author":
            value = _sender(value)
        elif fact == "published" and not dates.read(value):
            continue
        if fact and value and fact not in said:
            said.add(fact)
            yield Stated(fact, value, Provenance.TEXT, WHERE)


def _people(value: str) -> list[str]:
    """Return the names that a sender's line opens with."""
    parts = re.split(r"\s*[,;/–—(]\s*|\s+-\s+", _ADDRESS.sub("", value).strip(" ,;"))
    names = [bylines.people(part, capitals=True) for part in parts]
    count = next((at for at, found in enumerate(names) if not found), len(names))
    return [name for found in names[:count] for name in found]


def _sender(value: str) -> str:
    """Return the names that a sender's line opens with, or the line where a body sends it; "" for nobody."""
    sender = ", ".join(_people(value)) or _ADDRESS.sub("", value).strip(" ,;")
    return "" if bylines.is_nobody(sender) else sender
