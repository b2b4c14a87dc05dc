"""What all OpenDocument files have alike: encryption, facts, and the true reason where a file is of another kind."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import container, lines, properties
from alliance_qa.documents.docx.package import Package
from alliance_qa.documents.extract import LeftOut, Omission, Stated
from alliance_qa.documents.odt.body import Body
from alliance_qa.documents.odt.names import Element, name, value
from alliance_qa.errors import DocumentError, Failure

_SUFFIXES = {"text": ".odt", "spreadsheet": ".ods", "presentation": ".odp"}


def main(parts: Package, kind: str) -> tuple[Element, Element]:
    """Return the root of content.xml, and the element of it that holds a text or a presentation.

    Raises:
        DocumentError: The file is encrypted or holds something else.
    """
    check_readable(parts)
    content = parts.xml("content.xml")
    body = None if content is None else content.find(name("office:body"))
    held = None if body is None else body.find(name(f"office:{kind}"))
    if held is None:
        raise other(parts, "" if body is None or not len(body) else str(body[0].tag), kind)
    return content, held


def check_readable(parts: Package) -> None:
    """Raise DocumentError where a file is encrypted."""
    manifest = parts.xml("META-INF/manifest.xml")
    if manifest is not None and any(True for _ in manifest.iter(name("manifest:encryption-data"))):
        raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)


def other(parts: Package, tag: str, kind: str) -> DocumentError:
    """Return the error of a file that holds no `kind`; `tag` is that of what its body holds, "" for nothing."""
    held = tag.rpartition("}")[2]
    if held and held != kind:
        suffix = _SUFFIXES.get(held)
        return DocumentError(f"is an OpenDocument {held}; {f'name it {suffix}' if suffix else 'save it as .pdf'}")
    return container.no_document(list(parts.entries.values()), _SUFFIXES[kind])


def object_root(parts: Package, address: str) -> Element | None:
    """Return the root of an object in the file, a formula or a chart, by its address; None where it is not there."""
    return parts.xml(posixpath.join(posixpath.normpath(address), "content.xml"))


def running(root: Element | None, body: Body) -> Iterator[LeftOut]:
    """Yield the headers and footers of all pages that styles.xml describes."""
    for part in () if root is None else root.iter(name("style:master-page")):
        for child in part:
            is_running = str(child.tag).rpartition("}")[2].startswith(("header", "footer"))
            if is_running and (line := lines.cell_text(body.content(child))):
                yield LeftOut(Omission.RUNNING_LINE, line)


def stated(parts: Package) -> Iterator[Stated]:
    """Yield the facts that meta.xml states."""
    meta = parts.xml("meta.xml")
    about = None if meta is None else meta.find(name("office:meta"))
    if about is None:
        return

    def held(tag: str) -> str:
        return one_line(about.findtext(name(tag)) or "")

    # dc:creator is who saved the file last.
    tags = {"title": "dc:title", "author": "meta:initial-creator", "language": "dc:language"}
    added = ((value(entry, "meta:name"), one_line(entry.text or "")) for entry in about.iter(name("meta:user-defined")))
    yield from properties.told([(fact, held(tag), f"meta.xml {tag}") for fact, tag in tags.items()], added)
