"""Word files made in memory, for the tests of the Word reader; the texts are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

import docx as python_docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

W = nsdecls("w")
M = nsdecls("m")
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SENTENCE = "The treaty has ten articles."


def saved(document: Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def written(write: Callable[[Document], object]) -> bytes:
    document = python_docx.Document()
    write(document)
    return saved(document)


def with_body(xml: str) -> bytes:
    """A file whose body is the XML, in the namespace w."""
    document = python_docx.Document()
    body = document.element.body
    for element in parse_xml(f"<w:body {W} {M}>{xml}</w:body>"):
        body.insert(len(body) - 1, element)  # the section's properties stay last
    return saved(document)


def repacked(data: bytes, parts: Mapping[str, str | bytes | None], links: str = "", where: str = "") -> bytes:
    """The file with parts put in or, for None, taken out, and relationships added in `where`."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == where:
                content = content.replace(b"</Relationships>", links.encode() + b"</Relationships>")
            if name not in parts:
                new.writestr(name, content)
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return file.getvalue()


def linked(data: bytes, name: str, xml: str, kind: str, owner: str) -> bytes:
    folder = "word/_rels/document.xml.rels" if owner == "document" else "_rels/.rels"
    link = f'<Relationship Id="rIdX" Type="{RELATIONSHIPS}/{kind}" Target="{name.removeprefix("word/")}"/>'
    return repacked(data, {name: xml}, link, folder)


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"
