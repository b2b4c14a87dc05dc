"""Reads OpenDocument texts (.odt): headings, lists with their numbers, tables, notes, and the facts they state.

Read with lxml: odfpy 1.4 is of 2020, and odfdo 3.27 gives elements, not what a page shows (numbers, struck-out text).
What comes of it is put together as a Word document is: `docx.marks`, `docx.memo`, `docx.tables`.
"""

from __future__ import annotations

from collections.abc import Iterator

from alliance_qa.documents.docx import blocks, lines, marks, memo
from alliance_qa.documents.docx.content import paragraphs
from alliance_qa.documents.docx.package import Package, opened
from alliance_qa.documents.extract import Extract
from alliance_qa.documents.odt import container
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
        extract = _extract(parts, *container.main(parts, "text"))
    if not extract.blocks:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans", Failure.EMPTY)
    return extract


def _extract(parts: Package, content: Element, text: Element) -> Extract:
    known_styles = parts.xml("styles.xml")
    body = Body(styles(content, known_styles), lambda address: container.object_root(parts, address))
    main = body.content(text)
    ending = tuple(node for note in _notes(body) for node in body.content(note))
    known = marks.notes(paragraphs((*main, *ending)), are_words_own=bool(body.notes))
    facts, head = memo.head(blocks.settled(main, known))
    whole = (*head, *blocks.settled(ending, known))
    named = {fact.name for fact in facts}
    stated = (*facts, *(fact for fact in container.stated(parts) if fact.name not in named))
    running = dict.fromkeys(container.running(known_styles, body))
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
