"""The facts among the properties of a PDF file: its Info dictionary, and its XMP packet."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

import pypdfium2
import pypdfium2.raw as pdfium

from alliance_qa.documents import bylines, dates
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

_NO_TITLE = re.compile(
    r"\S*_\S*|\S*\.(?:docx?|pdf|indd|qxd|tex|dvi|pptx?|xlsx?|rtf|odt|txt|html?|md|eps|pub|pages)"
    r"|.*\.(?:docx?|pdf|indd|qxd|tex|dvi|pptx?|xlsx?|rtf|odt|txt|html?)|[A-Za-z]:\\.*|/\S+/\S*"
    r"|(?=\S*\d)[a-z\d.-]+|(?:[a-z\d]+-){2,}[a-z\d]+"
    r"|microsoft (?:office )?(?:word|powerpoint|excel|publisher|photo editor)\b.*"
    r"|(?:adobe |acrobat |libreoffice|openoffice|latex|pdftex|quark|indesign|print|scan(?:ned)?).{0,24}"
    r"|\(?(?:untitled|anonymous|unspecified|unknown|no title|none|null|new|title|draft|final|template|test)\)?.{0,4}"
    r"|(?:powerpoint[- ]präsentation|powerpoint presentation|présentation powerpoint|new document|word document"
    r"|document|dokument|dok|presentation|präsentation|slide|layout|page|sheet|book|report|brochure)\s*\d*"
    r"|[\W\d]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)

_MAX_PACKET_BYTES = 1 << 20
_DESCRIPTION = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"


def stated(document: pypdfium2.PdfDocument, data: bytes) -> tuple[Stated, ...]:
    """Return what the file's properties say about the document.

    The Info dictionary goes before XMP. Dates of the file and the program that wrote it
    are no facts about the document.
    """
    xmp = _xmp(data)

    def both(key: str, name: str) -> list[str]:
        return [_info(document, key), xmp.get(name, "")]

    where = {
        "title": "Title",
        "author": "Author",
        "published": "Published",
        "publisher": "Publisher",
        "source_url": "Source",
    }
    facts: Mapping[str, Sequence[str | None]] = {
        "title": [title for title in both("Title", "title") if not _NO_TITLE.fullmatch(title)],
        "author": [", ".join(bylines.listed(author)) for author in both("Author", "creator")],
        # A date of PDF's own form is "D:20240416093000Z".
        "published": [dates.read(re.sub(r"^D:(\d{8}).*", r"\1", day)) for day in both("Published", "published")],
        "publisher": both("Publisher", "publisher"),
        "source_url": [address for address in both("Source", "source") if _ADDRESS.fullmatch(address)],
        "language": [_language(document), xmp.get("language", "")],
    }
    found: list[Stated] = []
    for name, values in facts.items():
        at, value = next(((at, value) for at, value in enumerate(values) if value), (0, None))
        if value:
            found.append(Stated(name, value, Provenance.FILE_METADATA, "XMP" if at else where.get(name, "Lang")))
    return tuple(found)


def _info(document: pypdfium2.PdfDocument, key: str) -> str:
    # A string cut in the middle of a letter is one that says nothing.
    try:
        return one_line(document.get_metadata_value(key))
    except UnicodeDecodeError:
        return ""


def _language(document: pypdfium2.PdfDocument) -> str:
    tag = (pdfium.FPDF_WCHAR * 64)()  # stays zero where the tag is longer
    pdfium.FPDFCatalog_GetLanguage(document, tag, len(bytes(tag)))
    return one_line(bytes(tag).decode("utf-16-le", "replace"))


def _xmp(data: bytes) -> dict[str, str]:
    """Return the properties of the document's XMP packet by name; none where none can be read."""
    try:
        # The packet starts with its root element. A DTD cannot follow, so there are no entities to expand.
        root = ElementTree.fromstring(_packet(data))  # noqa: S314
    except ElementTree.ParseError:
        return {}
    values: dict[str, list[str]] = defaultdict(list)
    for description in root.iter(_DESCRIPTION):
        written = [*description.attrib.items(), *((each.tag, text) for each in description for text in each.itertext())]
        for name, text in written:
            if value := one_line(text):
                values[name.rpartition("}")[2]].append(value)
    # Some programs repeat the moment of saving as the date of the document.
    saved = values["CreateDate"] + values["ModifyDate"]
    # The publication date is that of PRISM, which publishers of journals use.
    values["published"] = values["publicationDate"] + [day for day in values["date"] if day not in saved]
    return {name: "; ".join(found) if name == "creator" else found[0] for name, found in values.items() if found}


def _packet(data: bytes) -> bytes:
    """Return the last packet that speaks of a PDF file: the others belong to pictures.

    PDFium does not hand the packet out, but it is made to be found by its marks in the bytes
    of a file (XMP Specification part 3, packet scanning) and so is hardly ever compressed.
    """
    start, end = b"<x:xmpmeta", b"</x:xmpmeta>"
    for rest in reversed(data.split(start)[1:]):
        packet, closed, _ = rest[:_MAX_PACKET_BYTES].partition(end)
        if closed and b"http://ns.adobe.com/pdf/1.3/" in packet:
            return start + packet + end
    return b""
