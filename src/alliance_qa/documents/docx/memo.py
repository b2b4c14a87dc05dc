"""The head of a memorandum or a printed message: TO, FROM, DATE, SUBJECT, as a table or as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alliance_qa.documents import bylines, dates
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import lines
from alliance_qa.documents.docx.content import Content, Paragraph, Piece, Table
from alliance_qa.documents.extract import Stated
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
_LABEL = re.compile(rf"({'|'.join(sorted(_LABELS, key=len, reverse=True))})\s*(:|：|$)\s*", re.IGNORECASE)
_NAMED = {"from": "author", "date": "published", "subject": "title"}
_ORDER = ("subject", "from", "date", "to", "other")  # in which facts are stated
_HEAD_NODES = 12  # a letterhead and the word "Memorandum" may stand above
_ADDRESS = re.compile(r"\s*[<(\[](?:mailto:)?[^\s<>]+@[^\s<>]+[>)\]]")


@dataclass(frozen=True, slots=True)
class Head:
    """What a memo's head states, and the content with its entries as a line each."""

    stated: tuple[Stated, ...]
    content: Content


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str  # as written, without the colon
    value: str

    @property
    def kind(self) -> str:
        return _LABELS[self.label.casefold()]


def head(content: Content) -> Head:
    """Return the facts of the memo's head that opens a document; none, and the same content, where none does.

    A head names who it is from, and at least two of whom it goes to, its date and its subject. A date
    that cannot be read surely and a sender who is nobody are not stated.

    Args:
        content: The settled paragraphs and tables of the document.
    """
    read = [_entries(node) for node in content[: 2 * _HEAD_NODES]]
    first = next((at for at, entries in enumerate(read[:_HEAD_NODES]) if entries), None)
    if first is None:
        return Head((), content)
    end = first
    for at in range(first, len(read)):
        if read[at]:
            end = at + 1
        elif _has_text(content[at]):
            break
    entries = [entry for at in range(first, end) for entry in read[at] or ()]
    above = " ".join(lines.cell_text((node,)) for node in content[:first])
    if not _is_head(entries, above):
        return Head((), content)
    # An entry of a list is no title, and its lines stand together.
    as_lines = tuple(Paragraph((Piece(f"{e.label}: {e.value}"),), BlockKind.ITEM) for e in entries)
    return Head(tuple(_stated(entries)), (*content[:first], *as_lines, *content[end:]))


def _is_head(entries: Sequence[_Entry], above: str) -> bool:
    kinds = {entry.kind for entry in entries}
    if "from" not in kinds or len(kinds & {"to", "date", "subject"}) < 2:
        return False
    if "subject" in kinds or re.search(r"\bmemo", above, re.IGNORECASE):
        return True
    # A journey is from one place to another on a date, too.
    return any(entry.kind == "from" and _people(entry.value) for entry in entries)


def _has_text(node: Paragraph | Table) -> bool:
    return bool(lines.cell_text((node,)))


def _entries(node: Paragraph | Table) -> list[_Entry]:
    """Return the entries that a paragraph or table consists of; [] where it holds anything else."""
    if isinstance(node, Paragraph):
        grid = [re.split(r"\t+", line) for line in lines.written(node).split("\n")]
    else:
        grid = [list(row) for row in _rows(node)]
    entries: list[_Entry] = []
    for row in grid:
        found = list(_pairs([cell for cell in map(one_line, row) if cell]))
        if found:
            entries.extend(found)
        elif any(one_line(cell) for cell in row):
            if not entries or one_line(row[0]):
                return []
            # A value that goes on below, under the column of values.
            entries[-1] = _Entry(entries[-1].label, one_line(" ".join([entries[-1].value, *row])))
    return entries


def _rows(table: Table) -> Iterator[Sequence[str]]:
    """Yield the rows of a table; cells with a line for each entry are as many rows."""
    for row in table.rows:
        cells = [
            [line for node in cell.content if isinstance(node, Paragraph) for line in lines.written(node).split("\n")]
            for cell in row.cells
            if not cell.continues
        ]
        cells = [[line for line in cell if line.strip()] for cell in cells]
        labels = [line for line in cells[0] if _LABEL.match(line.strip())] if cells else []
        if len(labels) > 1 and all(len(cell) in (0, len(cells[0])) for cell in cells):
            yield from (
                [part for cell in cells if cell for part in cell[at].split("\t")] for at in range(len(cells[0]))
            )
        else:
            yield [part for cell in cells for part in (" ".join(cell).split("\t") if cell else [""])]


def _pairs(cells: Sequence[str]) -> Iterator[_Entry]:
    """Yield the entries of a row: "FROM:" beside its value, or "FROM: value" in one."""
    at = 0
    while at < len(cells):
        label = _LABEL.match(cells[at])
        if not label or (not label[2] and len(cells) == 1):
            return
        inside = cells[at][label.end() :].strip()
        if inside:
            yield _Entry(label[1], inside)
            at += 1
            continue
        follows = cells[at + 1] if at + 1 < len(cells) else ""
        if not follows or (_LABEL.match(follows) and ":" in follows):
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
