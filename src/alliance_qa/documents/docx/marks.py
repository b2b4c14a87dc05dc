"""Which raised figures are marks of notes, and which are exponents, ordinals or signs.

Word knows its own notes. Others are typed or come from a web page: raised figures that may be anything.
What stands before one decides, and whether a note of that number is in the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.documents import raised
from alliance_qa.documents.docx import signs
from alliance_qa.documents.docx.content import Paragraph, Piece
from alliance_qa.documents.extract import Omission
from alliance_qa.domain import BlockKind

_BESIDE = 40  # characters that decide
_FIGURES = re.compile(r"[\[(]?\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*[\])]?[.,]?")
_SIGNS = re.compile(r"[\s,]*[*†‡§¶‖#☨]+[\s,]*")
_BRACKETED = re.compile(r"\s*+\[\s*+(?>\d{1,3}|[ivx]+|[a-z])(?:\s*+[,;–-]\s*+(?>\d{1,3}|[ivx]+|[a-z]))*+\s*+\]\s*")
_NOTE_HEADING = re.compile(r"(?:foot|end)?notes?|references|sources|bibliography|citations", re.IGNORECASE)
_NOTE_START = re.compile(r"\s*(?:\[(\d{1,3})\]|(\d{1,3})[.)]?)\s+\S")
# What follows the number of a note: a blank, or a word at once. Of "¹⁴C" it is a sign.
_NOTE_TEXT = re.compile(r"\s|[^\W\d_]{2}|[\"“‘'(\[]")


@dataclass(frozen=True, slots=True)
class Notes:
    """What a document says of its notes."""

    noted: frozenset[str]  # what stands before typed notes: "4", "*"
    certain: frozenset[int]  # the numbers of marks that can be nothing else
    are_words_own: bool  # whether Word itself keeps notes


def notes(paragraphs: Sequence[Paragraph], *, are_words_own: bool) -> Notes:
    """Return what can be known of a document's notes.

    Args:
        paragraphs: All of the document, in reading order.
        are_words_own: Whether it has footnotes or endnotes of Word.
    """
    noted: set[str] = set()
    is_notes = False
    for paragraph in paragraphs:
        first = next(_text(paragraph), None)
        if paragraph.kind is BlockKind.HEADING:
            is_notes = bool(_NOTE_HEADING.fullmatch("".join(p.text for p in paragraph.pieces).strip(" :")))
        elif first and first.is_raised:
            noted.update(re.findall(r"\d+|[a-z]|[*†‡§]+", first.text))
        elif is_notes:
            start = _NOTE_START.match(paragraph.label + "".join(piece.text for piece in _text(paragraph)))
            noted.update(number for number in (start.groups() if start else ()) if number)
    known = Notes(frozenset(noted), frozenset(), are_words_own)
    certain = {
        int(number)
        for paragraph in paragraphs
        for before, piece, after in _raised(paragraph)
        if _FIGURES.fullmatch(piece.text.strip())
        and not before[-1:].isdigit()
        and _is_mark(before, piece, after, known)
        for number in re.findall(r"\d+", piece.text)
    }
    return replace(known, certain=frozenset(certain))


def settled(paragraph: Paragraph, known: Notes) -> Paragraph:
    """Return a paragraph in which every raised piece is a mark of a note or text."""
    pieces = []
    for before, piece, after in _placed(paragraph):
        if piece.left_out or not (piece.is_raised or piece.is_lowered or piece.is_linked):
            pieces.append(piece)
        elif piece.is_lowered:
            # "CO2" and "H2O" are typed so; a figure must not run into another.
            lowered = signs.lowered(piece.text) if before[-1:].isdigit() else piece.text
            pieces.append(replace(piece, text=lowered))
        elif _is_mark(before, piece, after, known):
            pieces.append(replace(piece, left_out=Omission.NOTE_MARK))
        else:
            pieces.append(replace(piece, text=_as_text(piece, before)))
    return replace(paragraph, pieces=tuple(pieces))


def _text(paragraph: Paragraph) -> Iterator[Piece]:
    return (piece for piece in paragraph.pieces if not piece.left_out and piece.text.strip())


def _placed(paragraph: Paragraph) -> Iterator[tuple[str, Piece, str]]:
    """Yield each piece between what stands before and behind it."""
    texts = ["" if piece.left_out else piece.text for piece in paragraph.pieces]
    before = ""
    for at, piece in enumerate(paragraph.pieces):
        yield before, piece, "".join(texts[at + 1 : at + 4])[:_BESIDE]
        before = (before + texts[at])[-_BESIDE:]


def _raised(paragraph: Paragraph) -> Iterator[tuple[str, Piece, str]]:
    return (entry for entry in _placed(paragraph) if entry[1].is_raised and not entry[1].left_out)


def _is_mark(before: str, piece: Piece, after: str, known: Notes) -> bool:
    text = piece.text.strip()
    if piece.is_linked and re.fullmatch(r"[\[(]?(?:\d{1,3}|[a-z]|[ivxlc]+|[*†‡§]+)[\])]?", text):
        return True
    if not piece.is_raised:
        return False
    if _SIGNS.fullmatch(text) or _BRACKETED.fullmatch(text):
        return True
    if re.fullmatch("[a-z]", text):
        return text in known.noted
    if not _FIGURES.fullmatch(text):
        return False
    if not before.strip():
        return bool(_NOTE_TEXT.match(after)) or piece.text != text
    numbers = re.findall(r"\d+", text)
    is_noted = known.noted.issuperset(numbers)
    last = before.rstrip()[-1]
    if before[-1].isspace():
        # "¹⁴C" after a blank is a sign, "the accord ³ says" a mark.
        return not after[:1].isalpha()
    reading = raised.judge(before, text, after)
    if reading is not raised.Reading.MARK:
        return reading is raised.Reading.EITHER and last.isalpha() and text not in ("2", "3") and is_noted
    return not (last.isdigit() or last in ")]") or (
        is_noted
        or any(int(n) - 1 in known.certain or int(n) + 1 in known.certain for n in numbers)
        or (last in ")]" and known.are_words_own)
    )


def _as_text(piece: Piece, before: str) -> str:
    text = piece.text.strip()
    if not piece.is_raised or (text in ("n", "i") and re.search(r"[^\W\d_]{2}$", before)):
        return piece.text
    return piece.text.replace(text, signs.raised(text)) if text else piece.text
