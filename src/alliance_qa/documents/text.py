"""Reads plain text: finds the paragraphs, list entries and headings that its lines make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alliance_qa.documents import characters, encoding, head, margins, pandoc_tables, spelling, transcripts, turns
from alliance_qa.documents.extract import Extract, RawBlock
from alliance_qa.domain import BlockKind

# The private signs are bullets of Word's fonts.
_BULLET = re.compile(r"\s*(?:[-*•‣◦]\s+|[・\ue000-\uf8ff]\s*)(?=\S)")
_NUMBER = re.compile(r"\s*\d{1,2}[.)]\s+(?=\S)")
_UNDERLINE = re.compile(r"\s*(={3,}|-{3,}|~{3,})\s*")
_SPACED = re.compile(r"\s*[^\W\d_](?: [^\W\d_]){3,}(?:\s{2,}[^\W\d_](?: [^\W\d_])*)*\s*")  # "R E P O R T"
_RULE = re.compile(r"\s*(?:[-=*_~#]\s*){3,}")
_DIVIDED = re.compile("[^\\W\\d_][-\u2010\u00ad]$")
_DASHED = re.compile("[^\\W\\d_][–—]$")
_SENTENCE_END = re.compile(r"[.!?…。！？:;]+[\"'”’」』)）\]]*$")
# A line longer than this was not broken by hand or by an editor: it is a paragraph.
_WIDEST_WRAPPED = 100  # columns
_NARROWEST_WRAPPED = 55  # columns; shorter lines are verses, addresses, lists
_LOWER_CASE_GOES_ON = 40  # columns
_RAGGED = 8  # columns by which an editor or a person breaks early
_EDGE = re.compile(r"\s*\|(?:\s*:?-{3,}:?\s*\|)+\s*")
_LONGEST_HEAD = 6  # lines
_LONGEST_HEADING = 80  # characters


def read(data: bytes) -> Extract:
    """Return the blocks of a plain text file.

    Blank lines part blocks. Lines broken at a common width are joined into their paragraph; short
    lines, and lines too long to have been broken, stay blocks of their own. A bullet is dropped, the
    number of a numbered entry stays. Words divided at a line's end are made whole; compounds keep their
    hyphen. What `margins.part` tells from the text is left out. Of a transcript each sentence is a block, with
    its speaker and time.

    Raises:
        DocumentError: See `encoding.plain`.
    """
    return paragraphs(characters.clean(encoding.plain(data).replace("\x0c", f"\n{margins.PAGE_BREAK}\n")))


def paragraphs(text: str) -> Extract:
    """Return the blocks of clean plain text; `margins.PAGE_BREAK` alone in a line ends a page."""
    lines, left_out = margins.part(pandoc_tables.as_pipes(text).split("\n"))
    transcript = transcripts.find(lines)
    if transcript:
        lines = list(transcript.above)
    found = blocks(lines)
    if transcript:
        said = turns.blocks(transcript.said)
        return Extract((*found, *said), left_out=tuple(left_out), spoken_from=len(found))
    return Extract(tuple(found), left_out=tuple(left_out))


def blocks(lines: list[str]) -> list[RawBlock]:
    """Return the blocks that clean lines make; see `read`."""
    width = _wrap_width([line for line in lines if not line.startswith("|")])
    known = spelling.written(lines)
    found: list[RawBlock] = []
    for chunk in _chunks(lines):
        if len(chunk) > 1 and _EDGE.fullmatch(chunk[1]):
            found.extend(_rows(chunk))
            continue
        found.extend(_blocks(chunk, width, known, is_first=not found))
    return found


@dataclass(slots=True)
class _Paragraph:
    """A block under construction."""

    lines: list[str]
    kind: BlockKind
    indent: int


def _chunks(lines: list[str]) -> list[list[str]]:
    """Part the lines at blank ones."""
    chunks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            chunks[-1].append(line)
        elif chunks[-1]:
            chunks.append([])
    return [chunk for chunk in chunks if chunk]


def _rows(table: list[str]) -> Iterator[RawBlock]:
    """Yield the rows of a table with pipes whose second line is its edge."""
    for at, line in enumerate(table):
        row = " | ".join(cell.strip() for cell in line.strip().strip("|").split("|")) if at != 1 else ""
        if row.strip(" |"):
            yield RawBlock(characters.one_line(row), BlockKind.ROW, int(at == 0))


def _wrap_width(lines: list[str]) -> int:
    """Return the width at which the file's lines were broken, in columns; 0 when they were not."""
    widths = [characters.columns(line.strip()) for line in lines if " " in line.strip() or not line.isascii()]
    wrapped = [width for width in widths if width <= _WIDEST_WRAPPED]
    if not wrapped or sum(wrapped) * 2 < sum(widths):
        return 0
    width = max(wrapped)
    return width if width >= _NARROWEST_WRAPPED else 0


def _blocks(chunk: list[str], width: int, known: frozenset[str], *, is_first: bool) -> list[RawBlock]:
    found: list[RawBlock | _Paragraph] = []
    if is_first and len(chunk) <= _LONGEST_HEAD and any(head.date_of(line.strip()) for line in chunk[1:]):
        width = 0  # title, author and date below each other
    if any(characters.columns(line.strip()) > _WIDEST_WRAPPED and " " in line.strip() for line in chunk):
        width = 0
    for at, line in enumerate(chunk):
        underline = _UNDERLINE.fullmatch(chunk[at + 1]) if at + 1 < len(chunk) else None
        last = found[-1] if found else None
        if _RULE.fullmatch(line):
            continue
        if underline and len(line.strip()) <= _LONGEST_HEADING and not _is_entry(line):
            found.append(RawBlock(characters.one_line(line), BlockKind.HEADING, 1 if "=" in underline[1] else 2))
        elif isinstance(last, _Paragraph) and not _is_opening(line) and _goes_on(last, line, width):
            last.lines.append(characters.one_line(line))
        elif _is_capital_heading(line, chunk, at) or (at == 0 and _SPACED.fullmatch(line)):
            found.append(RawBlock(_heading(line), BlockKind.HEADING, 1 if is_first and not found else 2))
        else:
            found.append(_started(line))
    blocks = [
        RawBlock(spelling.join(block.lines, known), block.kind) if isinstance(block, _Paragraph) else block
        for block in found
    ]
    return [block for block in blocks if block.text]


def _started(line: str) -> _Paragraph:
    kind = BlockKind.ITEM if _is_entry(line) else BlockKind.PARAGRAPH
    text = characters.one_line(_BULLET.sub("", line, count=1) if kind is BlockKind.ITEM else line)
    return _Paragraph([text], kind, _indent(line))


def _goes_on(block: _Paragraph, line: str, width: int) -> bool:
    """Whether `line` continues the block because its first word did not fit on the line before."""
    if block.kind is BlockKind.ITEM and _indent(line) > block.indent:
        return True
    if _DIVIDED.search(block.lines[-1]) and line.lstrip()[0].isalnum():
        return True
    if _DASHED.search(block.lines[-1]) and line.lstrip()[0].islower():
        return True
    if not width:
        return False
    if block.kind is BlockKind.PARAGRAPH and _indent(line) >= block.indent + 2:
        return False
    before = characters.columns(block.lines[-1])
    first = line.strip()
    is_running = not _SENTENCE_END.search(block.lines[-1])
    if is_running and before >= _LOWER_CASE_GOES_ON and first[0].islower():
        return True
    word = 2 if characters.is_wide(first[0]) else characters.columns(first.split()[0])
    return before + 1 + word > width - (_RAGGED if is_running else 0)


def _heading(line: str) -> str:
    if _SPACED.fullmatch(line):
        return " ".join(word.replace(" ", "") for word in re.split(r"\s{2,}", line.strip()))
    return characters.one_line(line)


def _is_opening(line: str) -> bool:
    return _is_entry(line) or turns.is_marked(line.lstrip())


def _is_entry(line: str) -> bool:
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def _indent(line: str) -> int:
    return characters.columns(line[: len(line) - len(line.lstrip())])


def _is_capital_heading(line: str, chunk: list[str], at: int) -> bool:
    text = line.strip()
    words = [word for word in text.split() if any(char.isalpha() for char in word)]
    return (
        at == 0
        and not _is_entry(line)
        and text.isupper()
        and len(text) <= _LONGEST_HEADING
        and sum(char.isalpha() for char in text) >= 5
        and len(words) >= (1 if len(chunk) > 1 else 2)
        and not text.endswith((".", ",", ";"))
        and not text.startswith(("BY ", "©"))
    )
