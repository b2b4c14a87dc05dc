"""Reads Rich Text Format (.rtf): headings, lists with their numbers, tables, notes, and the facts they state.

striprtf 0.0.35 gives the text of the body alone, without notes, and rtfparse 0.9 what a mail held before it was RTF.
What comes of it is put together as a Word document is: `docx.marks`, `docx.memo`, `docx.tables`.
"""

from __future__ import annotations

from alliance_qa.documents.docx import blocks, lines, marks, memo, properties
from alliance_qa.documents.docx.content import paragraphs
from alliance_qa.documents.extract import Extract, LeftOut, Omission
from alliance_qa.documents.rtf.reader import Reader
from alliance_qa.documents.rtf.tokens import tokens
from alliance_qa.errors import DocumentError, Failure

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_OTHERS = (
    (_OLE, "is an old Word document that is named .rtf; save it as .docx"),
    (b"PK\x03\x04", "is a zip file, as newer documents are, that is named .rtf; name it after its program"),
    (b"%PDF-", "is a PDF file; name it .pdf"),
)


def read(data: bytes) -> Extract:
    """Take text and facts out of an RTF document.

    Returns:
        Blocks in reading order, notes last; headings are levelled as those of Word, see `docx.read`. Automatic
        numbers are those that the file holds beside its lists. Left out, each with its reason, are the marks of
        notes, text crossed through or deleted in tracked changes, hidden text, comments, headers and footers and
        tables of contents.

    Raises:
        DocumentError: The file is no RTF, cut short, nested too deeply, or has no text in it.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{\\rtf"):
        reason = next((reason for beginning, reason in _OTHERS if start.startswith(beginning)), None)
        raise DocumentError(reason or "is damaged or no .rtf file; save or download it again")
    found = Reader().read(tokens(start))
    ending = tuple(node for note in found.notes for node in note)
    known = marks.notes(paragraphs((*found.body, *ending)), are_words_own=bool(found.notes))
    facts, head = memo.head(blocks.settled(found.body, known))
    whole = (*head, *blocks.settled(ending, known))
    named = {fact.name for fact in facts}
    held = [(fact, value, f"\\info \\{fact}") for fact, value in found.facts.items()]
    stated = (*facts, *(fact for fact in properties.told(held, found.added) if fact.name not in named))
    left_out = list(lines.left_out(paragraphs(whole)))
    for why, parts in ((Omission.COMMENT, found.comments), (Omission.RUNNING_LINE, found.running)):
        said = dict.fromkeys(lines.cell_text(blocks.settled(part, known)) for part in parts)
        left_out += [LeftOut(why, line) for line in said if line]
    texts = blocks.of(whole)
    if not texts:
        raise DocumentError("has no text; remove it, or run OCR where it holds scans", Failure.EMPTY)
    return Extract(texts, stated, tuple(left_out))
