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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.opc.package import OpcPackage
from docx.oxml.exceptions import InvalidXmlError
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from lxml import etree

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Extract, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure

MAX_UNPACKED_BYTES = 256 << 20
_ENCRYPTED = 1  # among the flags of a zip's entry

# What zipfile, lxml and python-docx raise on a file that is not as it should be.
_ZIP_FAULTS = (zipfile.BadZipFile, struct.error, EOFError, OSError, OverflowError, RuntimeError, ValueError)
_XML_FAULTS = (etree.LxmlError, OpcError, InvalidXmlError, AttributeError, LookupError, TypeError)


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
        # ECMA-376 forbids it (part 2, XML usage); its entities would be gaps in the text.
        if document.element.getroottree().docinfo.internalDTD is not None:
            raise DocumentError("holds a DTD, which no Word document may; save it again as .docx")
        blocks = list(_Reader(_styles(document)).blocks(document))
        stated = _stated(document.part.package)
    except (*_ZIP_FAULTS, zlib.error, *_XML_FAULTS) as error:
        raise DocumentError("is no Word document that can be read; save it again as .docx") from error
    if not blocks:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans", Failure.EMPTY)
    return Extract(tuple(_levelled(blocks)), stated)


def _levelled(blocks: list[RawBlock]) -> list[RawBlock]:
    """Number the levels of headings from 1: the title's is 0 so far."""
    headings = {block.level for block in blocks if block.kind is BlockKind.HEADING}
    if 0 not in headings:
        return blocks
    return [replace(block, level=block.level + (block.kind is BlockKind.HEADING)) for block in blocks]


def _check_zip(data: bytes) -> None:
    """Refuse a file that is no zip of reasonable size, before its content is unpacked."""
    if data.startswith(bytes.fromhex("D0CF11E0A1B11AE1")):
        # An encrypted .docx is wrapped in the container of the old .doc.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
        raise DocumentError("is in the old Word format; save it as .docx")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except _ZIP_FAULTS as error:
        raise DocumentError("is damaged or no .docx file; save or download it again") from error
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
    # zipfile unpacks no more than the size that an entry claims.
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES >> 20} MiB"
        raise DocumentError(f"unpacks to more than {limit}; split it, or make its pictures smaller", Failure.TOO_LARGE)
    if all(entry.filename != "[Content_Types].xml" for entry in entries):
        raise DocumentError("is a zip file without a Word document in it; save it as .docx")


# --- styles ------------------------------------------------------------------------------

_Element: TypeAlias = Any  # of XML; lxml comes without types

_W_P, _W_TBL, _W_TR, _W_TC, _W_R, _W_T = map(qn, ("w:p", "w:tbl", "w:tr", "w:tc", "w:r", "w:t"))
_W_PPR, _W_PSTYLE, _W_VAL = map(qn, ("w:pPr", "w:pStyle", "w:val"))
_W_TXBX_CONTENT = qn("w:txbxContent")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SAID = {qn("w:tab"): " ", qn("w:br"): " ", qn("w:cr"): " ", qn("w:noBreakHyphen"): "-"}
# What is not in the text as it is read: what was deleted or moved away, and the second
# form of a drawing, for programs that do not know the first. A text box is a block of its own.
_UNSAID = {qn("w:del"), qn("w:moveFrom"), qn("w:rPr"), _W_PPR, _FALLBACK, _W_TXBX_CONTENT}
# Elements around blocks: tracked insertions, content controls, custom XML.
_AROUND_BLOCKS = {qn(f"w:{name}") for name in ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag")}
_DEEPEST_STYLE = 20  # styles can be based on each other in a circle


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says about the kind of its paragraphs."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading; 0 is the title
    is_contents: bool = False  # an entry of the table of contents, which Word writes


def _styles(document: Document) -> dict[str, _Style]:
    """Return the paragraph styles by their ids; "" is the default's."""
    styles = {style.style_id: _style(style) for style in document.styles if style.type == WD_STYLE_TYPE.PARAGRAPH}
    default = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    return styles | {"": styles[default.style_id] if default else _Style()}


def _style(style: Any) -> _Style:
    """Return what a style says, by its own name or by that of a style it is based on."""
    is_list = False
    for _ in range(_DEEPEST_STYLE):
        # Word writes the names of its own styles in English, whatever the user's language.
        known = _by_name((style.name or "").casefold())
        if known:
            return known
        properties = style.element.find(_W_PPR)
        if outline := _outline_level(properties):
            return _Style(BlockKind.HEADING, outline)
        is_list = is_list or _is_numbered(properties)
        style = style.base_style
        if style is None:
            break
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
    return _Style(is_contents=True) if re.fullmatch(r"toc (?:[1-9]|heading)", name) else None


def _outline_level(properties: _Element | None) -> int:
    """Return the level of a heading, 1 to 9, or 0 for body text."""
    outline = None if properties is None else properties.find(qn("w:outlineLvl"))
    value = "" if outline is None else outline.get(_W_VAL, "")
    return int(value) + 1 if value in set("012345678") else 0


def _is_numbered(properties: _Element | None) -> bool:
    number = None if properties is None else properties.find(f"{qn('w:numPr')}/{qn('w:numId')}")
    # Number 0 takes a paragraph out of the list that its style puts it in.
    return number is not None and number.get(_W_VAL) != "0"


# --- text --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    styles: Mapping[str, _Style]

    def blocks(self, document: Document) -> Iterator[RawBlock]:
        yield from self._inside(document.element.body)
        for kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
            for notes in _related(document.part.rels, kind):
                # The lines that divide notes from text are notes with a type.
                for note in notes:
                    if note.get(qn("w:type"), "normal") == "normal":
                        yield from self._inside(note)

    def _inside(self, parent: _Element) -> Iterator[RawBlock]:
        for child in parent:
            if child.tag == _W_P:
                yield from self._paragraph(child)
            elif child.tag == _W_TBL:
                yield from self._table(child)
            elif child.tag in _AROUND_BLOCKS:
                yield from self._inside(child)

    def _paragraph(self, element: _Element) -> Iterator[RawBlock]:
        style = self._style_of(element.find(_W_PPR))
        text = _text(element)
        if text and not style.is_contents:
            yield RawBlock(text, style.kind, style.level)
        for box in _outermost(element, _W_TXBX_CONTENT):
            yield from self._inside(box)

    def _style_of(self, properties: _Element | None) -> _Style:
        """Return the style of a paragraph, with what the paragraph says itself."""
        named = None if properties is None else properties.find(_W_PSTYLE)
        style = self.styles.get("" if named is None else named.get(_W_VAL, ""), _Style())
        if style != _Style():
            return style
        if outline := _outline_level(properties):
            return _Style(BlockKind.HEADING, outline)
        return _Style(BlockKind.ITEM) if _is_numbered(properties) else style

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


def _related(relations: Any, kind: str) -> Iterator[_Element]:
    for relation in relations.values():
        if relation.reltype == kind and not relation.is_external:
            # A part of python-docx's own keeps an element, any other its bytes.
            yield parse_xml(relation.target_part.blob)


def _text(element: _Element) -> str:
    """Return what is read in an element as one line, without its text boxes."""
    return one_line("".join(_pieces(element)))


def _pieces(element: _Element) -> Iterator[str]:
    for child in element:
        if child.tag == _W_T:
            yield child.text or ""
        elif child.tag in _SAID:
            yield _SAID[child.tag]
        elif child.tag not in _UNSAID and not _is_hidden(child):
            yield from _pieces(child)


def _is_hidden(element: _Element) -> bool:
    mark = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}") if element.tag == _W_R else None
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
    merges = [(cell, cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")) for cell in _outermost(row, _W_TC)]
    return [cell for cell, merge in merges if merge is None or merge.get(_W_VAL) == "restart"]


def _cell_text(cell: _Element) -> str:
    texts = []
    for paragraph in _outermost(cell, _W_P):
        texts.append(_text(paragraph))
        texts.extend(_cell_text(box) for box in _outermost(paragraph, _W_TXBX_CONTENT))
    return " ".join(filter(None, texts))


# --- facts -------------------------------------------------------------------------------

_CUSTOM_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_NAMES = {"published": "published", "date published": "published", "publisher": "publisher", "source": "source_url"}
# What programs write where nobody gave a name or a title.
_NOBODY = re.compile(r"python-docx|microsoft(?: office user)?|user|author|unknown", re.IGNORECASE)
_NO_TITLE = re.compile(r"word document|untitled(?: document)?|\S+\.docx?", re.IGNORECASE)


def _stated(package: OpcPackage) -> tuple[Stated, ...]:
    """Return the facts among the file's properties; when it was saved, and by whom, are none."""
    core = package.core_properties
    title, author = one_line(core.title), one_line(core.author)
    facts = {
        "title": "" if _NO_TITLE.fullmatch(title) else title,
        "author": "" if _NOBODY.fullmatch(author) else author,
        "language": one_line(core.language),
    }
    for name, value in _custom(package):
        fact = _NAMES.get(name.casefold())
        if fact and (fact != "source_url" or re.match(r"https?://[^\s/]", value)):
            facts.setdefault(fact, value)
    return tuple(Stated(name, value, Provenance.FILE_METADATA) for name, value in facts.items() if value)


def _custom(package: OpcPackage) -> Iterator[tuple[str, str]]:
    """Yield name and value of the properties that the author of the file added."""
    for properties in _related(package.rels, _CUSTOM_PROPERTIES):
        for entry in properties:
            # A date typed as one is stored with a time of day, which nobody stated.
            value = re.sub(r"^(\d{4}-\d\d-\d\d)T[\d:.]+Z?$", r"\1", one_line("".join(entry.itertext())))
            yield one_line(entry.get("name", "")), value
