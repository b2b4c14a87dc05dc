"""Reads a Word document (.docx): its text with headings, lists and tables, and the facts it states.

A .docx is a zip of XML. It is read in steps, a module each or two:

    container, package -> body (runs, fields, numbering, equations) -> marks -> memo -> lines and tables

No library that was tried writes what the page shows: of 84 files with automatic numbers, equations, notes,
merged cells and the like mammoth 1.13 reads 37 right, docx2python 3.7 and markitdown 0.1 40, pandoc 2.17 36
(`benchmarks/word_libraries.py`). Used are lxml, and mammoth's tables of symbol fonts.
"""

from __future__ import annotations

from collections.abc import Iterator

from alliance_qa.documents.docx import blocks, body, container, lines, marks, memo, numbering, properties
from alliance_qa.documents.docx.content import paragraphs
from alliance_qa.documents.docx.embedded import Embedded
from alliance_qa.documents.docx.fields import Fields
from alliance_qa.documents.docx.names import Element, name
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.docx.runs import Runs
from alliance_qa.documents.docx.styles import styles
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.errors import DocumentError, Failure


def read(data: bytes) -> Extract:
    """Take text and facts out of a Word document.

    Args:
        data: The whole file.

    Returns:
        Blocks in reading order. The paragraph of a text box follows the one that holds it;
        footnotes and endnotes come last. Where there is a title, it has level 1 and the
        headings "Heading 1" to "Heading 9" follow from level 2; where there is none, from
        level 1. Automatic numbers are text, bullets are not. The head of a memo states facts.
        Left out, each with its reason, are the marks of notes, tracked deletions and text
        crossed through, hidden text, comments, page headers and footers and tables of contents.

    Raises:
        DocumentError: The file is no Word document, damaged, encrypted, unpacks to too much,
            or has no text in it.
    """
    with opened(data, ".docx") as parts:
        extract = _extract(parts)
    if not extract.blocks and any("afchunk" in entry for entry in parts.entries):
        raise DocumentError("holds its text in another format; open it in Word and save it as .docx", Failure.EMPTY)
    if not extract.blocks:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans", Failure.EMPTY)
    return extract


def _extract(parts: Package) -> Extract:
    main = parts.main()
    document = parts.xml(main)
    text = None if document is None else document.find(name("w:body"))
    if text is None:
        raise container.no_document(list(parts.entries.values()), ".docx")
    notes = [note for kind in ("footnotes", "endnotes") for note in _notes(parts, main, kind)]
    known_styles = styles(next(parts.stories(main, "styles"), None))
    lists = numbering.counter(next(parts.stories(main, "numbering"), None), known_styles.lists())
    runs = Runs(known_styles, Fields(_has_whole_fields(document)))
    reader = body.Body(known_styles, lists, runs, Embedded(parts, main))
    content = reader.content(text)
    ending = tuple(node for note in notes for node in reader.content(note))
    known = marks.notes(paragraphs((*content, *ending)), are_words_own=bool(notes))
    facts, content = memo.head(blocks.settled(content, known))
    content = (*content, *blocks.settled(ending, known))
    named = {fact.name for fact in facts}
    stated = (*facts, *(fact for fact in properties.stated(parts) if fact.name not in named))
    left_out = (*lines.left_out(paragraphs(content)), *_beside(parts, main, reader))
    return Extract(blocks.of(content), stated, left_out)


def _notes(parts: Package, main: str, kind: str) -> Iterator[Element]:
    for root in parts.stories(main, kind):
        # The lines that divide notes from text are notes with a type.
        yield from (note for note in root if note.get(name("w:type"), "normal") == "normal")


def _has_whole_fields(document: Element) -> bool:
    signs = [sign.get(name("w:fldCharType")) for sign in document.iter(name("w:fldChar"))]
    return signs.count("begin") == signs.count("end")


def _beside(parts: Package, main: str, reader: body.Body) -> Iterator[LeftOut]:
    """Yield what stands beside the text: comments, and what is on every page."""
    for root in parts.stories(main, "comments"):
        for comment in root:
            if line := lines.cell_text(reader.content(comment)):
                yield LeftOut(Omission.COMMENT, line)
    said = set()
    for kind in ("header", "footer"):
        for root in parts.stories(main, kind):
            line = lines.cell_text(reader.content(root))
            if line and line not in said:
                said.add(line)
                yield LeftOut(Omission.RUNNING_LINE, line)
