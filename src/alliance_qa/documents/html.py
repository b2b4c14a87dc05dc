"""Reads saved web pages: trafilatura finds the text, the page's own metadata states the facts."""

from __future__ import annotations

import codecs
import copy
import re

import trafilatura
from lxml.etree import _Element
from lxml.html import HtmlElement
from lxml.html.builder import P

from alliance_qa.documents import characters, page_facts, visible
from alliance_qa.documents.extract import Extract, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError, Failure

_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|^<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]+)", re.I
)
_CHARSET_WITHIN = 4096  # bytes; the HTML standard asks for the first 1024, pages do not always comply
# Labels that browsers read as a wider set. Source: WHATWG Encoding Standard, section 4.2.
_WIDER = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "utf-16": "utf-8",  # a page whose declaration we can read is not in UTF-16
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
# Of trafilatura's elements those inside a word or sentence.
_INLINE = frozenset(("hi", "ref", "del", "code", "lb"))
# Marks a caption on its way through trafilatura, which drops figures. A Unicode noncharacter.
_CAPTION = "\ufdd0"


def read(data: bytes) -> Extract:
    """Return the main text of a web page as blocks, and the facts it states about itself.

    Headings, lists, tables and captions keep their kind. Where no main text is found, everything that
    a browser would show is the text. Nothing is loaded from the network and nothing runs.

    Raises:
        DocumentError: The bytes are not what the page declares, or elements are nested too deeply.
    """
    tree = visible.parse(_decode(data))
    if tree is None:
        return Extract(())
    stated = page_facts.find(tree)
    try:
        return Extract(_main(tree) or visible.blocks(tree), stated)
    except RecursionError:
        raise DocumentError("elements are nested too deeply; save the page as plain text") from None


def _decode(data: bytes) -> str:
    """Return the page's characters by byte order mark, declaration, or else UTF-8."""
    encoding = "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif not data.startswith(codecs.BOM_UTF8):
        declared = _CHARSET.search(data[:_CHARSET_WITHIN])
        if declared:
            encoding = _codec((declared[1] or declared[2]).decode("ascii", "replace"))
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"byte {error.start} is not valid {encoding}; save the page as UTF-8", Failure.ENCODING
        ) from error
    text = characters.clean(text).replace(_CAPTION, "").replace(visible.BREAK, "")
    # We parse UTF-8 ourselves; an XML declaration would speak of the bytes that were.
    return re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)


def _codec(label: str) -> str:
    label = label.lower()
    try:
        codec = codecs.lookup(_WIDER.get(label, label))
        "".encode(codec.name)  # "hex" and "zip" are codecs of Python, but of no text
    except LookupError:
        raise DocumentError(
            f"declares the unknown charset {label!r}; save the page as UTF-8", Failure.ENCODING
        ) from None
    return codec.name


def _main(tree: HtmlElement) -> tuple[RawBlock, ...]:
    """Return what trafilatura takes for the text, () when it takes nothing."""
    marked = copy.deepcopy(tree)
    captions = _mark(marked)
    found = trafilatura.bare_extraction(
        marked,
        favor_recall=True,
        include_comments=False,
        include_tables=True,
        include_formatting=False,
        with_metadata=False,
        deduplicate=False,
    )
    body = getattr(found, "body", None)
    if body is None:
        return ()
    blocks: list[RawBlock] = []
    for child in body:
        blocks.extend(_blocks(child))
    if not any(block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW) for block in blocks):
        return ()
    return _with_captions(blocks, captions, visible.blocks(tree))


def _mark(tree: HtmlElement) -> list[str]:
    """Put a marked paragraph behind each figure that has a caption, and a mark at each line break.

    Returns:
        The captions of the page's main part in order.
    """
    captions = []
    for caption in list(tree.iter("figcaption")):
        text = " ".join(block.text for block in visible.blocks(copy.deepcopy(caption)))
        figure = next(caption.iterancestors("figure"), caption)
        if not text or figure.getparent() is None:
            continue
        if not any(True for _ in caption.iterancestors("nav", "aside", "footer")):
            captions.append(text)
        paragraph = P(_CAPTION + text)
        paragraph.tail, figure.tail = figure.tail, None
        figure.addnext(paragraph)
    for line_break in tree.iter("br"):
        line_break.tail = visible.BREAK + (line_break.tail or "")
    return captions


def _blocks(element: _Element) -> list[RawBlock]:
    """Return the blocks of one element of trafilatura's tree.

    Source of the element names: trafilatura's documentation, a subset of TEI.
    """
    match element.tag:
        case "head":
            rank = re.fullmatch("h([1-6])", element.get("rend") or "")
            return _of(_text(element), BlockKind.HEADING, int(rank[1]) if rank else 2)
        case "list":
            return [block for item in element for block in _entry(item)]
        case "table":
            rows = ([_text(cell) for cell in row.iter("cell")] for row in element.iter("row"))
            return [block for row in rows if any(row) for block in _row(row)]
        case "graphic" | "figure":
            return []
        case _ if any(child.tag in ("p", "list", "table", "head", "quote") for child in element):
            inside = _of(element.text or "", BlockKind.PARAGRAPH)
            for child in element:
                inside.extend(_blocks(child))
                inside.extend(_of(child.tail or "", BlockKind.PARAGRAPH))
            return inside
        case _:
            return _of(_text(element), BlockKind.PARAGRAPH)


def _entry(item: _Element) -> list[RawBlock]:
    """Return a list entry and, behind it, the entries of the lists inside it."""
    blocks = _of("".join(_pieces(item)), BlockKind.ITEM)
    for inner in item.iter("list"):
        if next(inner.iterancestors("item"), None) is item:
            blocks.extend(_blocks(inner))
    return blocks


def _pieces(element: _Element) -> list[str]:
    """Return the text of an element in order, without that of lists inside it."""
    pieces = [element.text or ""]
    for child in element:
        if child.tag != "list":
            parts = _pieces(child)
            pieces.extend(parts if child.tag in _INLINE else [" ", *parts, " "])
        pieces.append(child.tail or "")
    return pieces


def _row(cells: list[str]) -> list[RawBlock]:
    return _of(" | ".join(characters.one_line(cell.replace(visible.BREAK, " ")) for cell in cells), BlockKind.ROW)


def _text(element: _Element) -> str:
    return "".join(_pieces(element))


def _of(text: str, kind: BlockKind, level: int = 0) -> list[RawBlock]:
    blocks = []
    for line in visible.lines(text):
        if line.startswith(_CAPTION):
            blocks.append(RawBlock(line.strip(_CAPTION + " "), BlockKind.CAPTION))
        else:
            blocks.append(RawBlock(line.replace(_CAPTION, ""), kind, level))
    return blocks


def _with_captions(blocks: list[RawBlock], captions: list[str], shown: tuple[RawBlock, ...]) -> tuple[RawBlock, ...]:
    """Return `blocks` with the captions that trafilatura dropped put where the page shows them."""
    placed = list(blocks)
    lines = [block.text for block in shown]
    for caption in captions:
        if any(block.text == caption for block in placed) or caption not in lines:
            continue
        before = set(lines[: lines.index(caption)])
        # A picture above everything stands below the title.
        top = 0 if placed[0].kind is BlockKind.HEADING else -1
        at = max((place for place, block in enumerate(placed) if block.text in before), default=top)
        placed.insert(at + 1, RawBlock(caption, BlockKind.CAPTION))
    return tuple(placed)
