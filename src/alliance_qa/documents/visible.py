"""The text that a browser shows for HTML, without judging what of it matters."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from alliance_qa.documents import characters
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

_UNSEEN = frozenset(
    (
        "head script style noscript template svg math iframe object audio video canvas select button "
        "textarea input datalist map dialog title meta link"
    ).split()
)
_BLOCKS = frozenset(
    (
        "address article aside blockquote body caption center dd details div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section "
        "summary table tbody tfoot thead tr ul"
    ).split()
)
# Stands for <br> while text is gathered. A Unicode noncharacter: no page shows it.
BREAK = "\ufdd1"
_CELLS = frozenset(("td", "th"))
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse(markup: str) -> HtmlElement | None:
    """Return the tree of an HTML page or fragment, None when it holds no element.

    Nothing is loaded and nothing runs.

    Raises:
        DocumentError: The elements are nested deeper than the parser follows (2048), or one is too large.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:  # nothing but white space and comments
        return None
    # Past its limits libxml2 drops the rest of the page and only notes it.
    noted = {entry.type for entry in parser.error_log}
    if lxml.etree.ErrorTypes.ERR_NO_MEMORY in noted:
        raise MemoryError
    if lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT in noted:
        raise DocumentError("elements are nested too deeply or too large; save the page as plain text")
    return tree


def blocks(tree: HtmlElement | None) -> tuple[RawBlock, ...]:
    """Return the text of a tree as blocks, in reading order, what is hidden or a control left out."""
    if tree is None:
        return ()
    reading = _Reading()
    reading.enter(tree, BlockKind.PARAGRAPH, 0)
    reading.finish(BlockKind.PARAGRAPH, 0)
    return tuple(reading.found)


def lines(text: str) -> list[str]:
    """Return the paragraphs of gathered text, each one line: two breaks in a row part them, one does not."""
    parts = (characters.one_line(part.replace(BREAK, " ")) for part in re.split(rf"{BREAK}(?:\s*{BREAK})+", text))
    return [part for part in parts if part]


class _Reading:
    """The walk through a tree: text gathered for the block that is open, and the blocks found."""

    def __init__(self) -> None:
        self.found: list[RawBlock] = []
        self._open: list[str] = []

    def enter(self, element: HtmlElement, kind: BlockKind, level: int) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or tag in _UNSEEN or _is_hidden(element):
            return
        if tag == "br":
            self._open.append(BREAK)
            return
        if tag == "tr":
            self.finish(kind, level)
            self._row(element)
            return
        inner, inner_level = _kind(tag, kind, level)
        if tag in _BLOCKS:
            self.finish(kind, level)
        self._open.append(element.text or "")
        for child in element:
            self.enter(child, inner, inner_level)
            self._open.append(child.tail or "")
        if tag in _BLOCKS:
            self.finish(inner, inner_level)

    def finish(self, kind: BlockKind, level: int) -> None:
        for line in lines("".join(self._open)):
            self.found.append(RawBlock(line, kind, level))
        self._open.clear()

    def _row(self, row: HtmlElement) -> None:
        cells = []
        for cell in row:
            if cell.tag in _CELLS and not _is_hidden(cell):
                inner = _Reading()
                inner.enter(cell, BlockKind.PARAGRAPH, 0)
                inner.finish(BlockKind.PARAGRAPH, 0)
                cells.append(inner.found)
        filled = [cell for cell in cells if cell]
        if len(filled) == 1 and len(filled[0]) > 1:  # a table that only lays out the page
            self.found.extend(filled[0])
        elif filled:
            line = " | ".join(" ".join(block.text for block in cell) for cell in cells)
            self.found.append(RawBlock(line, BlockKind.ROW))


def _kind(tag: str, kind: BlockKind, level: int) -> tuple[BlockKind, int]:
    if re.fullmatch("h[1-6]", tag):
        return BlockKind.HEADING, int(tag[1])
    if tag in ("li", "dd", "dt"):
        return BlockKind.ITEM, 0
    if tag in ("figcaption", "caption"):
        return BlockKind.CAPTION, 0
    return kind, level


def _is_hidden(element: HtmlElement) -> bool:
    return (
        "hidden" in element.attrib
        or element.get("aria-hidden") == "true"
        or bool(_HIDING.search(element.get("style") or ""))
    )
