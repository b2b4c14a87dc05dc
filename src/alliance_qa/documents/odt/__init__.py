"""Reads OpenDocument texts (.odt): headings, lists with their numbers, tables, notes, and the facts they state.

Read with lxml: odfpy 1.4 is of 2020, and odfdo 3.27 gives elements, not what a page shows (numbers, struck-out text).
What comes of it is put together as a Word document is: `docx.marks`, `docx.memo`, `docx.tables`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx import blocks, lines, marks, memo, properties
from alliance_qa.documents.docx.container import no_document
from alliance_qa.documents.docx.content import paragraphs
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract, LeftOut, Omission, Stated
from alliance_qa.documents.odt.body import Body
from alliance_qa.documents.odt.names import Element, name, value
from alliance_qa.documents.odt.styles import styles
from alliance_qa.errors import DocumentError, Failure


def read(data: bytes) -> Extract:
    """Take text and facts out of an OpenDocument text.

    Returns:
        Blocks in reading order, notes last; headings are levelled as those of Word, see `docx.read`. Left out,
        each with its reason, are the marks of notes, tracked deletions and text crossed through, hidden text,
        comments, headers and footers, indexes and prompts of forms.

    Raises:
        DocumentError: The file is no such text, damaged, encrypted, unpacks to too much, or has no text in it.
    """
    with opened(data, ".odt") as parts:
        content = parts.xml("content.xml")
        text = None if content is None else content.find(f"{name('office:body')}/{name('office:text')}")
        manifest = parts.xml("META-INF/manifest.xml")
        if manifest is not None and any(True for _ in manifest.iter(name("manifest:encryption-data"))):
            raise DocumentError("is encrypted; save it without a password", Failure.ENCRYPTED)
        if text is None:
            raise _no_text(parts, content)
        extract = _extract(parts, content, text)
    if not extract.blocks:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans", Failure.EMPTY)
    return extract


def _no_text(parts: Package, content: Element | None) -> DocumentError:
    kind = None if content is None else content.find(name("office:body"))
    held = "" if kind is None or not len(kind) else str(kind[0].tag).rpartition("}")[2]
    if held:
        return DocumentError(f"is an OpenDocument {held}, no text; save it as {_OTHERS.get(held, '.pdf')}")
    return no_document(list(parts.entries.values()), ".odt")


_OTHERS = {"spreadsheet": ".xlsx", "presentation": ".pptx"}


def _extract(parts: Package, content: Element, text: Element) -> Extract:
    known_styles = parts.xml("styles.xml")

    def formula(address: str) -> Element | None:
        return parts.xml(posixpath.join(posixpath.normpath(address), "content.xml"))

    body = Body(styles(content, known_styles), formula)
    main = body.content(text)
    ending = tuple(node for note in _notes(body) for node in body.content(note))
    known = marks.notes(paragraphs((*main, *ending)), are_words_own=bool(body.notes))
    facts, head = memo.head(blocks.settled(main, known))
    whole = (*head, *blocks.settled(ending, known))
    named = {fact.name for fact in facts}
    stated = (*facts, *(fact for fact in _stated(parts) if fact.name not in named))
    running = dict.fromkeys(_running(known_styles, body))
    left_out = (*lines.left_out(paragraphs(whole)), *body.left_out, *running)
    return Extract(blocks.of(whole), tuple(stated), left_out)


def _notes(body: Body) -> Iterator[Element]:
    """Yield the bodies of the notes, footnotes first; a note may hold another."""
    for kind in ("footnote", "endnote"):
        at = 0
        while at < len(body.notes):
            note = body.notes[at]
            at += 1
            held = note.find(name("text:note-body"))
            if held is not None and value(note, "text:note-class", "footnote") == kind:
                yield held


def _running(root: Element | None, body: Body) -> Iterator[LeftOut]:
    for part in () if root is None else root.iter(name("style:master-page")):
        for child in part:
            is_running = str(child.tag).rpartition("}")[2].startswith(("header", "footer"))
            if is_running and (line := lines.cell_text(body.content(child))):
                yield LeftOut(Omission.RUNNING_LINE, line)


def _stated(parts: Package) -> Iterator[Stated]:
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
