"""The lines of a document: pieces put together, with what is left out on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alliance_qa.documents import spelling
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx.content import Content, Paragraph
from alliance_qa.documents.extract import LeftOut, Omission

# Stand for what is left out, until it is known what is beside them. XML cannot hold either.
_MARK, _GAP = "\x00", "\x01"
_BEFORE_STOP = re.compile(r"[^\S\n]*[\x00\x01][\s\x00\x01]*(?=[.,;:!?)\]])|\s+[\x00\x01]+(?=[”’])")
_BETWEEN_WORDS = re.compile(r"(?<=\w)\x00+(?=\w)")


def written(paragraph: Paragraph) -> str:
    """Return the text of a settled paragraph with its line breaks and tabs."""
    pieces = []
    for piece in paragraph.pieces:
        if not piece.left_out:
            pieces.append(piece.text)
        elif piece.text.strip() or piece.left_out is Omission.NOTE_MARK:
            pieces.append(_MARK if piece.left_out is Omission.NOTE_MARK else _GAP)
    text = _BETWEEN_WORDS.sub(" ", _BEFORE_STOP.sub("", "".join(pieces)))
    text = re.sub(r"[\x00\x01]", "", text)
    return paragraph.label + text.lstrip() if text.strip() else ""


def text(paragraph: Paragraph) -> str:
    """Return the text of a settled paragraph as one line, words that its line breaks divide made whole."""
    lines = [line for line in map(one_line, written(paragraph).split("\n")) if line]
    return spelling.join(lines, frozenset()) if lines else ""


def cell_text(content: Content) -> str:
    """Return the text of a table's cell as one line, a table in it too."""
    texts = []
    for node in content:
        if isinstance(node, Paragraph):
            texts.append(text(node))
        else:
            texts.extend(cell_text(cell.content) for row in node.rows for cell in row.cells if not cell.continues)
    return " ".join(filter(None, texts))


def left_out(paragraphs: Iterable[Paragraph]) -> list[LeftOut]:
    """Return what of settled paragraphs is no text, in reading order."""
    found = ((piece.left_out, one_line(piece.text)) for paragraph in paragraphs for piece in paragraph.pieces)
    return [LeftOut(why, line) for why, line in found if why and line]
