"""A document put together from what a reader took out of the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from alliance_qa.documents import facts, furniture, memo, places, turns
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Extract, FileReading, RawBlock, Stated
from alliance_qa.documents.identity import document_id
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Provenance, Span
from alliance_qa.errors import DocumentError, Failure

_TIGHT = frozenset((BlockKind.ITEM, BlockKind.ROW, BlockKind.METADATA))
_TRUST = list(Provenance)
_ACCOUNT = re.compile(r"[a-z][a-z0-9]*")
_LONGEST_LEFT_OUT = 20_000  # characters; a script or a picture written out may have millions


def assemble(extract: Extract, *, sha256: str, path: str, media_type: str) -> FileReading:
    """Return the document of a file, and what of the file is no text of it.

    The text opens with a line "name: value" for each fact that the file states outside its text, the
    most trusted first; the cleaned blocks follow. Entries of a list, rows of a table and lines of
    metadata are parted by one line end, all else by two. The same bytes give the same text.

    Raises:
        DocumentError: No block of the file holds a letter or a digit.
    """
    kept, cleared = furniture.part(_filled(extract.blocks[: extract.spoken_from]))
    stated, written = _stated(extract.stated), list(kept)
    if not any(fact.where == memo.WHERE for fact in stated):
        said, written = memo.in_blocks(written)
        stated = _stated([*said, *(fact for fact in stated if fact.name not in {each.name for each in said})])
    spoken = [] if extract.spoken_from is None else turns.with_questions(_filled(extract.blocks[extract.spoken_from :]))
    blocks = [*turns.with_questions(written), *spoken]
    if not any(char.isalnum() for block in blocks for char in block.text):
        raise DocumentError("holds no text; remove it or put a file with text in its place", Failure.EMPTY)
    text, placed, found = _with_facts(stated, blocks, len(spoken), path, extract.has_title_line)
    # What is only likely is a line of the text where it is the fact, and nowhere else.
    used = [fact for fact in stated if not fact.weak or (fact.name, fact.where) in _places(found)]
    if len(used) < len(stated):
        text, placed, found = _with_facts(used, blocks, len(spoken), path, extract.has_title_line)
    found = _with_ocr(found, placed)
    if found.title.span:
        placed = [_as_title(block, found.title.span) for block in placed]
    document = Document(
        id=document_id(path),
        path=path,
        media_type=media_type,
        sha256=sha256,
        text=text,
        blocks=tuple(placed),
        facts=found,
        places=places.written(text, [block.span for block in placed], [*([()] * len(used)), *(b.ink for b in blocks)]),
    )
    left = (replace(entry, text=_shortened(one_line(entry.text))) for entry in (*extract.left_out, *cleared))
    return FileReading(document, tuple(entry for entry in left if entry.text))


def _with_facts(
    stated: Sequence[Stated], blocks: Sequence[RawBlock], spoken: int, path: str, has_title_line: bool
) -> tuple[str, list[Block], Facts]:
    lines = [RawBlock(f"{fact.name}: {fact.value}", BlockKind.METADATA) for fact in stated]
    text, placed = _placed([*lines, *blocks])
    written = placed[: len(placed) - spoken]
    return text, placed, facts.find(text, written, stated, path, has_title_line=has_title_line)


def _with_ocr(found: Facts, placed: Sequence[Block]) -> Facts:
    """Return the facts; those that stand in what was read from a picture are likely, and say where from."""

    def told(fact: Fact | None) -> Fact | None:
        if fact is None or fact.span is None or fact.provenance is not Provenance.TEXT:
            return fact
        start = fact.span.start
        block = next((block for block in placed if block.span.start <= start < block.span.end), None)
        is_read = block is not None and "read by OCR" in block.locator
        return replace(fact, where=block.locator, weak=True) if block is not None and is_read else fact

    changed: dict[str, Any] = {field.name: told(getattr(found, field.name)) for field in fields(found)}
    return replace(found, **changed)


def _places(found: Facts) -> set[tuple[str, str]]:
    named = ((field.name, getattr(found, field.name)) for field in fields(found))
    return {(name, fact.where) for name, fact in named if fact is not None}


def _filled(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    return [block for block in map(_cleaned, blocks) if block.text]


def _cleaned(block: RawBlock) -> RawBlock:
    return replace(block, text=one_line(block.text))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_LEFT_OUT else f"{text[:_LONGEST_LEFT_OUT]}…"


def _stated(stated: Sequence[Stated]) -> list[Stated]:
    cleaned = [replace(fact, name=one_line(fact.name), value=one_line(fact.value)) for fact in stated]
    filled = [_weighed(fact) for fact in cleaned if fact.name and fact.value]
    return sorted(filled, key=lambda fact: _TRUST.index(fact.provenance))


def _weighed(fact: Stated) -> Stated:
    """Return a fact, weak where the author's name in a file's properties has the form of an account."""
    is_account = (
        fact.name == "author" and fact.provenance is Provenance.FILE_METADATA and _ACCOUNT.fullmatch(fact.value)
    )
    return replace(fact, weak=True) if is_account else fact


def _placed(raw: Sequence[RawBlock]) -> tuple[str, list[Block]]:
    """Return the text of the blocks and the blocks with their places in it."""
    pieces: list[str] = []
    placed: list[Block] = []
    end = 0
    for at, block in enumerate(raw):
        if at:
            is_tight = block.kind is raw[at - 1].kind and block.kind in _TIGHT
            pieces.append("\n" if is_tight else "\n\n")
            end += len(pieces[-1])
        pieces.append(block.text)
        span = Span(end, end + len(block.text))
        placed.append(Block(block.kind, span, block.level, block.page, block.locator))
        end += len(block.text)
    return "".join(pieces), placed


def _as_title(block: Block, title: Span) -> Block:
    """A first line that is the title is a heading, even where the file has no word for headings."""
    if block.span == title and block.kind is BlockKind.PARAGRAPH:
        return replace(block, kind=BlockKind.HEADING, level=1)
    return block
