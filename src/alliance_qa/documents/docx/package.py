"""The parts of a file of Office: which there are, how they hang together, their XML.

Read with zipfile and lxml, as leniently as Word: python-docx 1.2 refuses a file for a relationship that
leads to nothing, for a content type it does not expect, and for strict Open XML.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from lxml import etree

from alliance_qa.documents.docx import container
from alliance_qa.documents.docx.names import Element, name
from alliance_qa.errors import DocumentError

_XML_FAULTS = (etree.LxmlError, AttributeError, LookupError, TypeError, RecursionError)
_STRICT = b"http://purl.oclc.org/ooxml/"
# Strict Open XML (ISO/IEC 29500-1) names the same things in other namespaces; properties have a hyphen more.
_STRICT_NAMESPACE = re.compile(rb"(?<=[\"'])http://purl\.oclc\.org/ooxml/(\w+)/(\w+)(?=[\"'])")
_HYPHENED = {b"customProperties": b"custom-properties", b"extendedProperties": b"extended-properties"}


@dataclass(frozen=True, slots=True)
class Package:
    """An archive and the names of its entries by what they are called, whatever the case."""

    archive: zipfile.ZipFile
    entries: Mapping[str, str]
    suffix: str = ".docx"  # of the file

    def main(self, usual: str = "word/document.xml") -> str:
        """Return the name of the part that holds the text, `usual` where the file does not say.

        Raises:
            DocumentError: There is none.
        """
        named = [*self.related("", "officeDocument"), usual]
        held = [part for part in named if _key(part) in self.entries]
        if not held:
            raise container.no_document(list(self.entries.values()), self.suffix)
        return held[0]

    def target(self, part: str, relation: str) -> str:
        """Return the name of the part that a relationship of `part` leads to, by its id; "" where none is known."""
        folder, file = posixpath.split(part)
        relations = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        for entry in () if relations is None else relations.iter(name("rel:Relationship")):
            if entry.get("Id") == relation and entry.get("TargetMode") != "External":
                return posixpath.normpath(posixpath.join("/", folder, entry.get("Target", "")))[1:]
        return ""

    def data(self, part: str) -> bytes:
        """Return the bytes of a part, none where it is not there."""
        entry = self.entries.get(_key(part))
        return b"" if entry is None else self.archive.read(entry)

    def related(self, part: str, kind: str) -> list[str]:
        """Return the names of the parts that `part` is related to in a way, those too that are not there.

        Args:
            part: Its name; "" for the document as a whole.
            kind: The last word of the relationship's type, as "footnotes".
        """
        folder, file = posixpath.split(part)
        relations = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = []
        for relation in () if relations is None else relations.iter(name("rel:Relationship")):
            given = relation.get("Type", "").rpartition("/")[2]
            is_external = relation.get("TargetMode") == "External"
            if given.replace("-", "").casefold() == kind.casefold() and not is_external:
                target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
                if target not in found:
                    found.append(target)
        return found

    def targets(self, part: str) -> dict[str, str]:
        """Return the names of the parts that `part` is related to, by the ids that it calls them by."""
        folder, file = posixpath.split(part)
        relations = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        return {
            relation.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
            for relation in (() if relations is None else relations.iter(name("rel:Relationship")))
            if relation.get("TargetMode") != "External"
        }

    def has(self, part: str) -> bool:
        """Whether the part is there."""
        return _key(part) in self.entries

    def stream(self, part: str) -> IO[bytes]:
        """Open a part that is there, to be read as it is unpacked."""
        return self.archive.open(self.entries[_key(part)])

    def xml(self, part: str) -> Element | None:
        """Return the root of a part, in the transitional namespaces; None where the part is not there.

        Raises:
            DocumentError: It holds a DTD.
            LxmlError, zip's faults: It is damaged.
        """
        entry = self.entries.get(_key(part))
        if entry is None:
            return None
        data = self.archive.read(entry)
        root = _parsed(data)
        if any(space.startswith(_STRICT.decode()) for space in root.nsmap.values()):
            # As UTF-8, whatever the part was written in.
            root = _parsed(_STRICT_NAMESPACE.sub(_transitional, etree.tostring(root, encoding="utf-8")))
        return root

    def stories(self, main: str, kind: str) -> Iterator[Element]:
        """Yield the roots of the parts that the main part is related to in a way; what is not there is passed over."""
        for part in self.related(main, kind):
            root = self.xml(part)
            if root is not None:
                yield root


@contextmanager
def opened(data: bytes, suffix: str) -> Iterator[Package]:
    """Open the parts of a file; a fault of the archive or its XML that is found on the way says what to do.

    Raises:
        DocumentError: See `container.opened`; or what is read of it is damaged.
    """
    with container.opened(data, container.MAX_UNPACKED_BYTES, suffix) as archive:
        try:
            yield package(archive, suffix)
        except DocumentError:
            raise
        except (*container.FAULTS, zlib.error, *_XML_FAULTS) as error:
            raise DocumentError(container.unreadable(suffix)) from error


def package(archive: zipfile.ZipFile, suffix: str = ".docx") -> Package:
    """Return the parts of an archive."""
    return Package(archive, {_key(entry.filename): entry.filename for entry in archive.infolist()}, suffix)


def _key(part: str) -> str:
    # Part names are the same in any case; some packers write backslashes.
    return part.replace("\\", "/").removeprefix("/").casefold()


def _parsed(data: bytes) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(data, parser)
    # ECMA-376 forbids it (part 2, XML usage); its entities would be gaps in the text.
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError("holds a DTD, which no file of Office may; save it again")
    return root


def _transitional(space: re.Match[bytes]) -> bytes:
    return b"http://schemas.openxmlformats.org/%s/2006/%s" % (space[1], _HYPHENED.get(space[2], space[2]))
