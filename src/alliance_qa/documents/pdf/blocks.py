"""The blocks that lines make up: headings, paragraphs, items of lists, captions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from alliance_qa.documents import spelling
from alliance_qa.documents.extract import RawBlock
from alliance_qa.documents.pdf import inks
from alliance_qa.documents.pdf.lines import Line
from alliance_qa.domain import BlockKind

_BULLET = re.compile(r"[•▪‣◦●○■□➢➤✓·\uf000-\uf0ff]\s*(?=\S)")
_DASH = re.compile(r"[-–—*]\s+(?=\S)")
_COUNTED = re.compile(r"(?:\d{1,2}[.)]|\((?:\d{1,2}|[a-z]|[ivx]{1,5})\)|(?:[a-z]|[ivx]{1,5})[.)])\s+(?=\S)")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Map|Chart|Photo)\s*\d+(?:[.-]\d+)?\s*[.:]\s")
_SENTENCE_END = re.compile(r"[.!?:;。！？…]['\"”’)\]»]*$")
_LOWER = re.compile(r"['\"“‘(\[]*[a-zà-öø-ÿ]")
_WORD = re.compile(r"[^\W\d_]{4}")
_LONGEST_HEADING = 200  # characters


@dataclass(slots=True)
class _Draft:
    """A block while it is being put together."""

    kind: BlockKind
    lines: list[Line]

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def look(self) -> tuple[float, bool]:
        return self.first.size, self.first.is_bold


@dataclass(frozen=True, slots=True)
class _Typography:
    """The habits of a document: size of its body text, and distance of its lines by size."""

    body: float
    is_bold: bool
    leading: Mapping[float, float]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Typography:
        letters: Counter[tuple[float, bool]] = Counter()
        for line in [line for line in lines if line.row is None] or lines:
            letters[line.size, line.is_bold] += len(line.text)
        gaps: dict[float, list[float]] = defaultdict(list)
        for before, after in pairwise(lines):
            gap = before.baseline - after.baseline
            is_text = before.row is None and after.row is None and before.size == after.size
            if is_text and _is_same_column(before, after) and 0 < gap < 2.6 * after.size:
                gaps[after.size].append(gap)
        # The lower fifth: lines of a paragraph are nearer to each other than paragraphs are.
        leading = {size: sorted(found)[len(found) // 5] for size, found in gaps.items() if len(found) > 2}
        size, is_bold = max(letters, key=lambda look: (letters[look], look), default=(10.0, False))
        return cls(size, is_bold, leading)

    def is_heading(self, line: Line) -> bool:
        # Bold words that open a line of text make no heading of it.
        # Small capitals; but "USA" or "FY 2023" is what a chart says.
        least = 0.75 if line.text.isupper() and _WORD.search(line.text) else 0.95
        is_bolder = line.is_bold and not line.is_mixed and not self.is_bold and line.size >= least * self.body
        return is_bolder or line.size >= 1.12 * self.body

    def is_small(self, line: Line) -> bool:
        return line.size <= 0.93 * self.body or not line.is_upright

    def is_apart(self, before: Line, after: Line) -> bool:
        """Tell whether there is more white between two lines than inside a paragraph."""
        return before.baseline - after.baseline > 1.25 * self.leading.get(after.size, 1.3 * after.size)


def blocks(lines: Sequence[Line]) -> Iterator[RawBlock]:
    """Yield the blocks of all lines of a document, words that line ends divide made whole."""
    drafts = _drafts(lines, _Typography.of(lines))
    known = spelling.written(line.text for line in lines)
    # Larger first; of one size, bold first. The looks of headings are their levels.
    looks = sorted({draft.look for draft in drafts if draft.kind is BlockKind.HEADING}, reverse=True)
    for draft in drafts:
        text = spelling.join([line.text for line in draft.lines], known)
        if draft.kind is BlockKind.ITEM:
            # A bullet is drawn; a number is said.
            mark = _BULLET.match(text) or _DASH.match(text)
            text = text[mark.end() :] if mark else text
        level = looks.index(draft.look) + 1 if draft.kind is BlockKind.HEADING else draft.first.row or 0
        ink = tuple(inks.on_page(each) for line in draft.lines for each in line.ink)
        yield RawBlock(text, draft.kind, level, draft.first.page, ink=ink)


def _drafts(lines: Sequence[Line], typography: _Typography) -> list[_Draft]:
    drafts: list[_Draft] = []
    for line in lines:
        last = drafts[-1] if drafts else None
        kind = _kind(line, last, typography)
        may_continue = kind is BlockKind.PARAGRAPH or (kind is BlockKind.HEADING and last and last.kind is kind)
        host = _host(line, drafts, typography) if may_continue else None
        if host:
            host.lines.append(line)
        else:
            drafts.append(_Draft(kind, [line]))
    for draft in drafts:
        if draft.kind is BlockKind.HEADING and not _reads_as_heading(" ".join(line.text for line in draft.lines)):
            draft.kind = BlockKind.PARAGRAPH
    return drafts


def _kind(line: Line, last: _Draft | None, typography: _Typography) -> BlockKind:
    """Say what a line begins, if it begins something."""
    if line.row is not None:
        return BlockKind.ROW
    if _BULLET.match(line.text):
        return BlockKind.ITEM
    if _CAPTION.match(line.text) and line.size <= 1.05 * typography.body:
        return BlockKind.CAPTION
    if typography.is_heading(line):
        return BlockKind.HEADING
    if (_DASH.match(line.text) or _COUNTED.match(line.text)) and _may_be_item(line, last, typography):
        return BlockKind.ITEM
    return BlockKind.PARAGRAPH


def _may_be_item(line: Line, last: _Draft | None, typography: _Typography) -> bool:
    """Tell whether "3." or a dash at the start of a line can be the mark of a list.

    Inside a paragraph it is chance: "the treaty of September" / "8. It was signed".
    """
    if last is None or last.kind is BlockKind.HEADING or not _is_same_column(last.last, line):
        return True
    if last.kind is BlockKind.ITEM and abs(last.first.left - line.left) < 0.5 * line.size:
        return True
    return _ends_sentence(last.last) or typography.is_apart(last.last, line)


def _reads_as_heading(text: str) -> bool:
    if len(text) > _LONGEST_HEADING or text.endswith((",", ";")) or re.search(r"[a-z]{3}\.$", text):
        return False
    return sum(char.isalpha() for char in text) >= 2


def _host(line: Line, drafts: Sequence[_Draft], typography: _Typography) -> _Draft | None:
    """Return the block that the line continues, or None if it begins one."""
    if not drafts:
        return None
    last = drafts[-1]
    is_next = _is_same_column(last.last, line) and last.kind is not BlockKind.ROW
    if is_next and not _begins(line, last, typography):
        return last

    def is_aside(draft: _Draft) -> bool:
        is_note = typography.is_small(draft.first) and draft.first.size < line.size
        return is_note or draft.kind in (BlockKind.CAPTION, BlockKind.ROW)

    # Between the two halves of a paragraph may stand footnotes, a table, and a picture's caption.
    host = next((draft for draft in reversed(drafts) if not is_aside(draft)), None)
    if host is None or (host is last and is_next):
        return None
    return host if _continues(line, host, is_interrupted=host is not last) else None


def _begins(line: Line, last: _Draft, typography: _Typography) -> bool:
    """Tell whether a line begins a block although it follows the last one in its column."""
    before = last.last
    if not _looks_like(before, line) or before.baseline < line.baseline or typography.is_apart(before, line):
        return True
    if last.kind is BlockKind.HEADING:
        return line.is_mixed or _COUNTED.match(line.text) is not None
    has_ended, em = _ends_sentence(before), line.size
    if line.left > before.left + 0.8 * em and not (last.kind is BlockKind.ITEM and len(last.lines) == 1):
        return has_ended or before.fullness < 0.75
    # A hanging indent ends where a line comes back to where the first began.
    if line.left < before.left - 0.8 * em and last.first.left < before.left:
        return True
    return has_ended and before.fullness < 0.75 and not _LOWER.match(line.text)


def _continues(line: Line, draft: _Draft, *, is_interrupted: bool) -> bool:
    """Tell whether a line after a break of column or page goes on with a sentence of `draft`."""
    before = draft.last
    if draft.kind is BlockKind.HEADING or not _looks_like(before, line):
        return False
    has_ended, is_over_page = _ends_sentence(before), line.page > before.page + 1
    if _LOWER.match(line.text):
        return not has_ended or (before.fullness > 0.75 and not is_over_page)
    is_interrupted = is_interrupted or is_over_page
    return not is_interrupted and not has_ended and before.fullness > 0.6


def _is_same_column(before: Line, after: Line) -> bool:
    return (before.page, before.column) == (after.page, after.column)


def _looks_like(before: Line, after: Line) -> bool:
    is_as_bold = before.is_bold == after.is_bold or before.is_mixed or after.is_mixed
    return abs(before.size - after.size) <= 0.6 and is_as_bold


def _ends_sentence(line: Line) -> bool:
    return _SENTENCE_END.search(line.text) is not None
