"""Reads an e-book (.epub): its chapters in the order in which they are read, and the facts of its package.

An .epub is a zip of XHTML pages and a package document that names and orders them. The pages are read as web
pages are; the libraries that read the whole are under the AGPL (EbookLib) or keep no place of what they read.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from lxml import etree

from alliance_qa.documents import archive, characters, encoding, visible
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/x-dtbook+xml"))
# An XHTML page may close any element at once; a reader of HTML would leave it open to the end.
_CLOSED_AT_ONCE = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)([a-zA-Z][\w:-]*)((?:\s[^<>]*?)?)/>"
)
_COVER = re.compile(r"(?:.*/)?(?:front)?[_-]?cover(?:[_-]?page)?\.\w+", re.IGNORECASE)
_TYPES = re.compile(r"epub:type\s*=\s*[\"']([^\"']*)[\"']")
_MADE_UP = re.compile(r"0{0,2}1\d\d-|0{3,4}")  # the year 101 that Calibre writes where it knows none
_FACTS = {"title": "title", "publisher": "publisher", "language": "language", "source": "source_url"}


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the book in its order."""

    name: str  # of its entry
    title: str  # as the table of contents has it; "" where it is not in there
    is_beside: bool  # a cover or a table of contents


def read(data: bytes) -> Extract:
    """Return the chapters of a book in order, and what its package states.

    A chapter opens with its own heading, else with its title in the table of contents. Covers and tables of
    contents are left out.

    Raises:
        DocumentError: The file is no e-book, damaged, protected, unpacks to too much, or has no text.
    """
    book = archive.opened(data)
    entries = {entry.filename: entry for entry in book.infolist()}
    package_name = _package_name(book, entries)
    package = _xml(book, entries, package_name)
    if package is None:
        raise DocumentError("is an e-book whose package document is missing or damaged; save or download it again")
    pages = list(_pages(book, entries, package, posixpath.dirname(package_name)))
    _check_open(book, entries, pages)
    blocks: list[RawBlock] = []
    left_out: list[LeftOut] = []
    for page in pages:
        shown, besides = _read_page(archive.unpacked(book, entries[page.name]))
        if page.is_beside:
            left_out.extend(LeftOut(Omission.FURNITURE, block.text) for block in shown)
        else:
            blocks.extend(_chapter(shown, page.title))
            left_out.extend(besides)
    if not blocks:
        raise DocumentError("has no text; its pages may be pictures", Failure.EMPTY)
    return Extract(tuple(blocks), tuple(_stated(package)), tuple(left_out))


def _package_name(book: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> str:
    container = _xml(book, entries, _CONTAINER)
    named = [] if container is None else [root.get("full-path", "") for root in container.iter("{*}rootfile")]
    found = next((name for name in named if name in entries), None)
    found = found or next((name for name in entries if name.lower().endswith(".opf")), None)
    if found is None:
        raise DocumentError("is a zip file without an e-book in it; name it .zip where it holds other files")
    return found


def _pages(
    book: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], package: etree._Element, folder: str
) -> Iterator[_Page]:
    """Yield the pages of the spine, each once; those without a file are passed over."""
    manifest = {item.get("id"): item for item in package.iter("{*}item")}
    names = {id_: _target(folder, item.get("href", "")) for id_, item in manifest.items()}
    beside = {_target(folder, ref.get("href", "")) for ref in package.iter("{*}reference") if _is_beside(ref)}
    beside |= {names[id_] for id_, item in manifest.items() if "nav" in item.get("properties", "").split()}
    titles = _titles(book, entries, package, names)
    seen = set()
    for reference in package.iter("{*}itemref"):
        item = manifest.get(reference.get("idref"))
        name = names.get(reference.get("idref"), "")
        if item is None or name not in entries or name in seen or item.get("media-type") not in _PAGES:
            continue
        seen.add(name)
        is_cover = bool(_COVER.fullmatch(name)) or item.get("id", "").lower() in ("cover", "coverpage", "cover-page")
        yield _Page(name, titles.get(name, ""), is_cover or name in beside or _says_beside(book, entries[name]))


def _is_beside(reference: etree._Element) -> bool:
    return reference.get("type", "").lower() in ("cover", "toc")


def _says_beside(book: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether a page says of its body, or of the first section in it, that it is a cover or a table of contents."""
    opening = archive.unpacked(book, entry)[:4096].decode("utf-8", "replace")
    types = _TYPES.search(opening, opening.find("<body") if "<body" in opening else 0)
    return types is not None and not {"cover", "toc", "landmarks"}.isdisjoint(types[1].split())


def _titles(
    book: zipfile.ZipFile,
    entries: Mapping[str, zipfile.ZipInfo],
    package: etree._Element,
    names: Mapping[str | None, str],
) -> dict[str, str]:
    """Return the title of each page in the table of contents: of EPUB 3, else of EPUB 2; the first counts."""
    found: dict[str, str] = {}
    for item in package.iter("{*}item"):
        name = names[item.get("id")]
        is_nav = "nav" in item.get("properties", "").split()
        is_ncx = item.get("media-type") == "application/x-dtbncx+xml"
        tree = _xml(book, entries, name) if is_nav or is_ncx else None
        for link in () if tree is None else tree.iter("{*}a", "{*}navPoint"):
            label = link if is_nav else link.find("{*}navLabel")
            target = link if is_nav else link.find("{*}content")
            if label is None or target is None:
                continue
            page = _target(posixpath.dirname(name), target.get("href") or target.get("src") or "")
            title = characters.one_line("".join(label.itertext()))
            if title and page not in found:
                found[page] = title
    return found


def _read_page(data: bytes) -> tuple[list[RawBlock], tuple[LeftOut, ...]]:
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", visible.without_marks(characters.clean(encoding.decode(data))))
    try:
        tree = visible.parse(_CLOSED_AT_ONCE.sub(r"<\1\2></\1>", text))
        page = None if tree is None else visible.read(tree)
    except RecursionError:
        raise DocumentError("elements are nested too deeply; save the book anew") from None
    return ([each.block for each in page.shown], page.left_out) if page else ([], ())


def _chapter(blocks: Sequence[RawBlock], title: str) -> Iterator[RawBlock]:
    """Yield the blocks of a page under its title, each with the chapter it stands in."""
    top = min((block.level for block in blocks if block.kind is BlockKind.HEADING), default=0)
    if not top and title and any(block.text for block in blocks):
        yield RawBlock(title, BlockKind.HEADING, 1, locator=_locator(title))
    heading, within = "", _locator(title)
    for block in blocks:
        if block.kind is BlockKind.HEADING and block.level == top:
            # A number or label above the title, "Chapter 3" / "The treaty", is a heading of the same level.
            heading = block.text
            within = _locator(heading)
        yield replace(block, locator=within)


def _locator(title: str) -> str:
    return f'chapter "{title}"' if title else ""


def _stated(package: etree._Element) -> Iterator[Stated]:
    refined = {
        (meta.get("refines", "").removeprefix("#"), meta.get("property", "")): (meta.text or "").strip()
        for meta in package.iter("{*}meta")
        if meta.get("refines")
    }
    metadata = next(package.iter("{*}metadata"), None)
    said: dict[str, list[str]] = {}
    for element in () if metadata is None else metadata.iter("{http://purl.org/dc/elements/1.1/}*"):
        name, value = etree.QName(element).localname, characters.one_line("".join(element.itertext()))
        id_ = element.get("id", "")
        role = refined.get((id_, "role")) or element.get("{http://www.idpf.org/2007/opf}role") or "aut"
        kind = refined.get((id_, "title-type")) or "main"
        event = element.get("{http://www.idpf.org/2007/opf}event") or "publication"
        is_other = (name == "creator" and role != "aut") or (name == "title" and kind != "main")
        is_no_date = name == "date" and (event not in ("publication", "original-publication") or _MADE_UP.match(value))
        if value and not is_other and not is_no_date:
            said.setdefault(name, []).append(value)
    for name, fact in _FACTS.items():
        if name in said:
            yield Stated(fact, said[name][0], Provenance.FILE_METADATA, f"dc:{name}")
    if "creator" in said:
        yield Stated("author", ", ".join(dict.fromkeys(said["creator"])), Provenance.FILE_METADATA, "dc:creator")
    if "date" in said:
        yield Stated("published", said["date"][0], Provenance.FILE_METADATA, "dc:date")
    for name in ("description", "subject", "rights"):
        if name in said:
            plain = re.sub(r"<[^>]*>", " ", "; ".join(said[name]))
            yield Stated(name, plain, Provenance.FILE_METADATA, f"dc:{name}")


def _check_open(book: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], pages: Sequence[_Page]) -> None:
    """Refuse a book whose pages are encrypted; that its fonts are is usual."""
    encryption = _xml(book, entries, _ENCRYPTION)
    named = () if encryption is None else encryption.iter("{*}CipherReference")
    closed = {unquote(reference.get("URI", "")) for reference in named}
    if any(page.name in closed for page in pages):
        raise DocumentError("is protected against copying (DRM); ask its publisher for an open copy", Failure.ENCRYPTED)


def _target(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _xml(book: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo], name: str) -> etree._Element | None:
    """Return the root of a part; None where it is not there or is no XML."""
    if name not in entries:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, recover=True)
    try:
        return etree.fromstring(archive.unpacked(book, entries[name]), parser)
    except etree.LxmlError:
        return None
