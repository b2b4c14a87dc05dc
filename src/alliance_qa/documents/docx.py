"""Reads a Word document (.docx): its text with headings, lists and tables, and the facts it states.

A .docx is a zip of XML. python-docx opens it and knows the styles; the text is walked here,
as python-docx leaves out tracked insertions, text boxes, content controls and footnotes.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.opc.package import OpcPackage
from docx.oxml.exceptions import InvalidXmlError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from alliance_qa.documents.extract import Extract, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError

MAX_UNPACKED_BYTES = 256 << 20
# Office XML packs to about a tenth; a bomb of zeros to a thousandth, the most deflate can.
MAX_RATIO = 200
_RATIO_MATTERS_FROM_BYTES = 8 << 20

# What zipfile, lxml and python-docx raise on a file that is not as it should be.
_ZIP_FAULTS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_WORD_FAULTS: tuple[type[Exception], ...] = (
    etree.LxmlError,
    OpcError,
    InvalidXmlError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    *_ZIP_FAULTS,
)


def read(data: bytes) -> Extract:
    """Take text and facts out of a Word document.

    Args:
        data: The whole file.

    Returns:
        Blocks in reading order. The paragraph of a text box follows the one that holds it;
        footnotes and endnotes come last. Where there is a title, it has level 1 and the
        headings "Heading 1" to "Heading 9" follow from level 2; where there is none, from
        level 1. Tracked insertions are text; tracked deletions, hidden text, page headers
        and footers and the table of contents are not.

    Raises:
        DocumentError: The file is no Word document, damaged, encrypted, unpacks to too much,
            or has no text in it.
    """
    _check_zip(data)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = _levelled(list(_Reader.of(document).blocks(document)))
        stated = _stated(document.part.package)
    except _WORD_FAULTS as error:
        raise DocumentError("is no Word document that can be read; save it again as .docx") from error
    if not blocks:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans")
    return Extract(tuple(blocks), stated)


# --- opening -----------------------------------------------------------------------------


def _check_zip(data: bytes) -> None:
    """Refuse a file that is no whole zip of reasonable size, before its content is unpacked."""
    if data.startswith(bytes.fromhex("D0CF11E0A1B11AE1")):
        # An encrypted .docx is wrapped in the container of the old .doc.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise DocumentError("is encrypted; save it without a password")
        raise DocumentError("is in the old Word format; save it as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_size(entries)
            # zipfile unpacks no more than the size that an entry claims, and compares checksums.
            declares = any(b"<!DOCTYPE" in archive.read(entry) for entry in entries if _is_xml(entry))
    except _ZIP_FAULTS as error:
        raise DocumentError("is damaged or no .docx file; save or download it again") from error
    if "[Content_Types].xml" not in archive.namelist():
        raise DocumentError("is a zip file without a Word document in it; save it as .docx")
    if declares:
        # python-docx would not resolve them, but would leave a hole in the text.
        raise DocumentError("declares XML entities, as Word never does; save it again as .docx")


def _is_xml(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith((".xml", ".rels"))


def _check_size(entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES >> 20} MiB"
        raise DocumentError(f"unpacks to more than {limit}; split it, or make its pictures smaller")
    if unpacked > max(_RATIO_MATTERS_FROM_BYTES, MAX_RATIO * packed):
        raise DocumentError(f"unpacks to more than {MAX_RATIO} times its size; save it again from Word")


# --- text --------------------------------------------------------------------------------

_Element: TypeAlias = Any  # of XML; lxml comes without types

_W_P, _W_TBL, _W_TR, _W_TC, _W_R, _W_SDT = map(qn, ("w:p", "w:tbl", "w:tr", "w:tc", "w:r", "w:sdt"))
_W_PPR, _W_PSTYLE, _W_VAL = map(qn, ("w:pPr", "w:pStyle", "w:val"))
_W_TXBX_CONTENT = qn("w:txbxContent")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SAID = {
    qn("w:tab"): " ",
    qn("w:br"): " ",
    qn("w:cr"): " ",
    qn("w:noBreakHyphen"): "-",
}
# What is not in the text as it is read: what was deleted or moved away, and the second
# form of a drawing, for programs that do not know the first. A text box is a block of its own.
_UNSAID = {qn("w:del"), qn("w:moveFrom"), qn("w:rPr"), _W_PPR, _FALLBACK, _W_TXBX_CONTENT}
# Elements around blocks: tracked insertions, content controls, custom XML.
_AROUND_BLOCKS = {qn(f"w:{name}") for name in ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag")}


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says about the kind of its paragraphs."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading; 0 is the title
    is_contents: bool = False  # an entry of the table of contents, which Word writes


@dataclass(frozen=True, slots=True)
class _Reader:
    styles: Mapping[str, _Style]
    default: _Style

    @classmethod
    def of(cls, document: Document) -> _Reader:
        elements = {
            style.get(qn("w:styleId")): style
            for style in document.styles.element.iter(qn("w:style"))
            if style.get(qn("w:type")) == "paragraph"
        }
        styles = {id_: _style(id_, elements) for id_ in elements if id_}
        marks = (id_ for id_, style in elements.items() if style.get(qn("w:default")) in ("1", "true"))
        return cls(styles, styles.get(next(marks, ""), _Style()))

    def blocks(self, document: Document) -> Iterator[RawBlock]:
        yield from self._inside(document.element.body)
        for kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
            yield from self._notes(document, kind)

    def _inside(self, parent: _Element) -> Iterator[RawBlock]:
        for child in parent:
            if child.tag == _W_P:
                yield from self._paragraph(child)
            elif child.tag == _W_TBL:
                yield from self._table(child)
            elif child.tag in _AROUND_BLOCKS:
                yield from self._inside(child)

    def _paragraph(self, element: _Element) -> Iterator[RawBlock]:
        style = self._style_of(element)
        text = _text(element)
        if text and not style.is_contents:
            kind = style.kind
            if kind is BlockKind.PARAGRAPH and _is_numbered(element.find(_W_PPR)):
                kind = BlockKind.ITEM
            yield RawBlock(text, kind, style.level)
        for box in _outermost(element, _W_TXBX_CONTENT):
            yield from self._inside(box)

    def _style_of(self, element: _Element) -> _Style:
        properties = element.find(_W_PPR)
        if properties is None:
            return self.default
        named = properties.find(_W_PSTYLE)
        style = self.default if named is None else self.styles.get(named.get(_W_VAL, ""), _Style())
        outline = _outline_level(properties)
        if style.kind is BlockKind.PARAGRAPH and outline and not style.is_contents:
            return _Style(BlockKind.HEADING, outline)
        return style

    def _table(self, table: _Element) -> Iterator[RawBlock]:
        rows = [_cells(row) for row in _outermost(table, _W_TR)]
        if [len(row) for row in rows] == [1]:
            # A frame drawn around text, not a table.
            yield from self._inside(rows[0][0])
            return
        for row in rows:
            texts = [_cell_text(cell) for cell in row]
            if any(texts):
                yield RawBlock(" | ".join(texts), BlockKind.ROW)

    def _notes(self, document: Document, kind: str) -> Iterator[RawBlock]:
        for relation in document.part.rels.values():
            if relation.reltype != kind or relation.is_external:
                continue
            # A part of python-docx's own keeps an element, any other its bytes.
            for note in parse_xml(relation.target_part.blob):
                # The lines that divide notes from text are notes with a type.
                if note.get(qn("w:type"), "normal") == "normal":
                    yield from self._inside(note)


def _style(id_: str, elements: Mapping[str, _Element]) -> _Style:
    """Return what a style says, by its own name or by that of a style it is based on."""
    seen: set[str] = set()
    is_list = False
    while id_ in elements and id_ not in seen:
        seen.add(id_)
        element = elements[id_]
        # Word writes the names of its own styles in English, whatever the user's language.
        name = _child_value(element, "w:name").casefold()
        known = _by_name(name)
        if known is not None:
            return known
        properties = element.find(_W_PPR)
        outline = _outline_level(properties)
        if outline:
            return _Style(BlockKind.HEADING, outline)
        is_list = is_list or _is_numbered(properties)
        id_ = _child_value(element, "w:basedOn")
    return _Style(BlockKind.ITEM if is_list else BlockKind.PARAGRAPH)


def _by_name(name: str) -> _Style | None:
    if name == "title":
        return _Style(BlockKind.HEADING, 0)
    if name == "caption":
        return _Style(BlockKind.CAPTION)
    if found := re.fullmatch(r"heading ([1-9])", name):
        return _Style(BlockKind.HEADING, int(found[1]))
    if re.fullmatch(r"list(?: bullet| number)?(?: [2-5])?", name):
        return _Style(BlockKind.ITEM)
    if re.fullmatch(r"toc (?:[1-9]|heading)", name):
        return _Style(is_contents=True)
    return None


def _outline_level(properties: _Element | None) -> int:
    """Return the level of a heading, 1 to 9, or 0 for body text."""
    value = "" if properties is None else _child_value(properties, "w:outlineLvl")
    return int(value) + 1 if value in set("012345678") else 0


def _is_numbered(properties: _Element | None) -> bool:
    number = None if properties is None else properties.find(f"{qn('w:numPr')}/{qn('w:numId')}")
    # Number 0 takes a paragraph out of the list that its style puts it in.
    return number is not None and number.get(_W_VAL) != "0"


def _child_value(element: _Element, tag: str) -> str:
    child = element.find(qn(tag))
    return "" if child is None else child.get(_W_VAL, "")


def _text(element: _Element) -> str:
    """Return what is read in an element as one line, without its text boxes."""
    return " ".join("".join(_pieces(element)).split())


def _pieces(element: _Element) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield (child.text or "").replace("\u00ad", "")
        elif child.tag in _SAID:
            yield _SAID[child.tag]
        elif child.tag not in _UNSAID and not _is_hidden(child):
            yield from _pieces(child)


def _is_hidden(element: _Element) -> bool:
    if element.tag != _W_R:
        return False
    mark = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return mark is not None and mark.get(_W_VAL, "true") not in ("0", "false", "off")


def _outermost(element: _Element, tag: str) -> Iterator[_Element]:
    """Yield the elements of a kind that stand in no other of that kind, in order."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _UNSAID or child.tag == _W_TXBX_CONTENT:
            yield from _outermost(child, tag)


def _cells(row: _Element) -> list[_Element]:
    """Return the cells of a row. A cell merged downwards is one of the row where it begins."""
    cells = []
    for cell in _outermost(row, _W_TC):
        merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
        if merge is None or merge.get(_W_VAL) == "restart":
            cells.append(cell)
    return cells


def _cell_text(cell: _Element) -> str:
    texts = []
    for paragraph in _outermost(cell, _W_P):
        texts.append(_text(paragraph))
        texts.extend(_cell_text(box) for box in _outermost(paragraph, _W_TXBX_CONTENT))
    return " ".join(filter(None, texts))


def _levelled(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Number the levels of headings from 1: the title's is 0 so far."""
    levels = {block.level for block in blocks if block.kind is BlockKind.HEADING}
    if 0 not in levels:
        return list(blocks)
    return [
        RawBlock(block.text, block.kind, block.level + 1) if block.kind is BlockKind.HEADING else block
        for block in blocks
    ]


# --- facts -------------------------------------------------------------------------------

_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CUSTOM_NAMES = {
    "published": "published",
    "date published": "published",
    "publisher": "publisher",
    "source": "source_url",
}
# What programs write where nobody gave a name.
_NOBODY = {"python-docx", "microsoft office user", "microsoft", "user", "author", "unknown"}
# "Word Document" is the title that python-docx gives to a file without properties.
_NO_TITLE = {"word document", "untitled", "untitled document"}


def _stated(package: OpcPackage) -> tuple[Stated, ...]:
    """Return the facts among the file's properties; when it was saved, and by whom, are none."""
    facts = _core(package)
    for name, value in _custom(package):
        fact = _CUSTOM_NAMES.get(name.casefold())
        if fact == "source_url" and not re.match(r"https?://[^\s/]", value):
            continue
        if fact and value:
            facts.setdefault(fact, value)
    return tuple(Stated(name, value, Provenance.FILE_METADATA) for name, value in facts.items())


def _core(package: OpcPackage) -> dict[str, str]:
    properties = package.core_properties
    facts = {
        "title": _one_line(properties.title),
        "author": _one_line(properties.author),
        "language": _one_line(properties.language),
    }
    if facts["author"].casefold() in _NOBODY:
        facts["author"] = ""
    if facts["title"].casefold() in _NO_TITLE or re.fullmatch(r"\S+\.docx?", facts["title"], re.IGNORECASE):
        facts["title"] = ""
    return {name: value for name, value in facts.items() if value}


def _custom(package: OpcPackage) -> Iterator[tuple[str, str]]:
    """Yield name and value of the properties that the author of the file added."""
    for relation in package.rels.values():
        if relation.reltype != _CUSTOM or relation.is_external:
            continue
        for entry in parse_xml(relation.target_part.blob):
            value = _one_line("".join(entry.itertext()))
            # A date typed as one is stored with a time of day, which nobody stated.
            dated = re.fullmatch(r"(\d{4}-\d\d-\d\d)T[\d:.]+Z?", value)
            yield _one_line(entry.get("name", "")), dated[1] if dated else value


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
