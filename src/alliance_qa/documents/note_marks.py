"""Raised and lowered text: which of it points to a note, and how the rest is written in plain characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alliance_qa.documents import raised
from alliance_qa.documents.characters import TO_FLAT, TO_LOWERED, one_line
from alliance_qa.documents.extract import LeftOut, Omission

# What a reader puts around raised, lowered and left-out text while it gathers a block. Unicode
# noncharacters: no page shows them.
RAISED, LOWERED, MARK, END = "\ufdd2", "\ufdd3", "\ufdd4", "\ufdd5"
GONE = "\ufdd6"  # where something was left out
BRACKET = "\ufdd7"  # "[" of a program, which opens no mark
ALL = frozenset((RAISED, LOWERED, MARK, END, GONE, BRACKET))

_PIECE = re.compile(f"([{RAISED}{LOWERED}{MARK}])([^{END}]*){END}")
_SUPERSCRIPTS = re.compile("[⁺⁻]?[⁰¹²³⁴-⁹]+")
# "agreed.[12]" in so many characters; " [12] says" is a word of its sentence.
_BRACKETED = re.compile(r"""(?<=[\w.,;:!?%”’"'»)\]。、])(?:\[\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\])+""")
_ONE = r"(?:\d{1,3}|[a-z]|[ivx]{2,5}|[*†‡§¶#]{1,3})"
_MARK = re.compile(rf"[(\[]?\s*{_ONE}(?:\s*[,;–-]\s*{_ONE})*\s*[)\]]?|\[[^\[\]]{{1,40}}\]")
_DEGREE = re.compile(r"\s?[CFNSEW]\b")
# A blank that would be left before a mark of punctuation.
_LEFT_BLANK = re.compile(rf"\s*{GONE}[\s{GONE}]*(?=[.,;:!?…)\]”’。、])")


def is_mark(text: str) -> bool:
    """Whether a text can be the mark of a note: "4", "[12]", "1, 3–5", "*", "[note 2]"."""
    return bool(_MARK.fullmatch(text.strip(" ,;\u00a0")))


def settle(texts: Sequence[str]) -> tuple[list[str], list[LeftOut]]:
    """Return the texts of a page's blocks with marks of notes left out, and those marks.

    Exponents are raised digits of Unicode ("10⁶"), ordinals and chemical formulas plain ("5th",
    "CO2"). What can be either is a note where its number is the next of the page's notes.
    """
    texts = [_wrapped(text) for text in texts]
    found = [(at, piece) for at, text in enumerate(texts) for piece in _PIECE.finditer(text)]
    readings = [_reading(piece, texts[at]) for at, piece in found]
    notes = {
        int(number)
        for (_, piece), reading in zip(found, readings, strict=True)
        if reading == GONE
        for number in re.findall(r"\d+", piece[2].translate(TO_FLAT))
    }
    marks: list[LeftOut] = []
    pieces: list[list[str]] = [[] for _ in texts]
    ends = [0] * len(texts)
    last = 0
    for (at, piece), reading in zip(found, readings, strict=True):
        if reading is None:  # both can be
            number = int(piece[2].translate(TO_FLAT))
            is_next = number == last + 1 and number not in notes and bool(notes)
            reading = GONE if is_next else piece[2].translate(raised.UP)
        if reading == GONE:
            marks.append(LeftOut(Omission.NOTE_MARK, one_line(piece[2].strip())))
            last = max([last, *map(int, re.findall(r"\d{1,3}", piece[2].translate(TO_FLAT)))])
        pieces[at] += [texts[at][ends[at] : piece.start()], reading]
        ends[at] = piece.end()
    whole = ("".join([*parts, text[end:]]) for parts, text, end in zip(pieces, texts, ends, strict=True))
    return [_closed(text) if GONE in text or BRACKET in text else text for text in whole], marks


def _closed(text: str) -> str:
    return _LEFT_BLANK.sub("", text).replace(GONE, "").replace(BRACKET, "[")


def _wrapped(text: str) -> str:
    """Return a text with superscripts of Unicode and marks in brackets as pieces, too."""
    if not _SUPERSCRIPTS.search(text) and "[" not in text:
        return text
    parts = re.split(f"([{RAISED}{LOWERED}{MARK}][^{END}]*{END})", text)
    for at in range(0, len(parts), 2):
        parts[at] = _SUPERSCRIPTS.sub(lambda found: f"{RAISED}{found[0]}{END}", parts[at])
        parts[at] = _BRACKETED.sub(lambda found: f"{MARK}{found[0]}{END}", parts[at])
    return "".join(parts)


def _reading(piece: re.Match[str], text: str) -> str | None:
    """Return what to write for a piece, GONE for the mark of a note, None where a number can be either."""
    before, said, after = text[: piece.start()], piece[2].strip(), text[piece.end() :]
    if piece[1] == MARK:
        return GONE
    if piece[1] == LOWERED:
        return said.translate(TO_LOWERED) if before[-1:].isdigit() or before[-1:] == END else piece[2]
    if re.match(rf"\s?[/⁄]\s?{LOWERED}", after):  # a fraction
        return f" {said}" if before[-1:].isdigit() else said
    if before[-1:].isdigit() and said in ("o", "0", "º") and _DEGREE.match(after):
        return "°"
    if not before.strip() or before[-1] in " \u00a0|(":  # nothing bears it: an isotope, or the note's own number
        is_isotope = len(said) > 1 and said.isdecimal() and raised.judge(" ", said, after) is raised.Reading.TEXT
        return said.translate(raised.UP) if is_isotope and after[:1].isalpha() else GONE if is_mark(said) else piece[2]
    if said.isdecimal() and re.search(r"(?<![A-Za-z])[A-Z]$", before) and re.match("[A-Z]{2}", after):  # C⁴ISR
        return said.translate(TO_FLAT)
    match raised.judge(before, said, after):
        case raised.Reading.MARK:
            return GONE
        case raised.Reading.EITHER:
            return None
    is_power = re.fullmatch(r"[\d⁰¹²³⁴-⁹⁺⁻+−–./-]+|[nkxi]", said) or said in ("a", "o", "e")
    return said.translate(raised.UP) if is_power else piece[2]
