"""A file as it would be indexed: its facts, text, blocks and passages, and what was left out and why."""

from __future__ import annotations

from pydantic import Field

from alliance_qa.building.preview import Holding, Preview
from alliance_qa.documents.extract import Omission
from alliance_qa.domain import Block, BlockKind, Document, Passage, PassageKind
from alliance_qa.errors import Failure
from alliance_qa.web.wire.collection import FactOut, facts_out
from alliance_qa.web.wire.fields import Out


class BlockOut(Out):
    """A paragraph, heading or other unit of the text: `text` is `text[start:end]` of the document."""

    kind: BlockKind
    level: int = Field(description="of a heading, from 1; of a row that heads its table 1; else 0")
    page: int | None
    locator: str | None = Field(description='where in the file it begins: "page 3", "slide 7"')
    start: int
    end: int
    text: str


class PassagePreviewOut(Out):
    """A passage as the index would cut it."""

    kind: PassageKind
    page: int | None
    headings: tuple[str, ...]
    heads: tuple[str, ...] = Field(description="of the columns, where the passage is rows of a table with heads")
    start: int
    end: int
    text: str
    sentences: tuple[tuple[int, int], ...] = Field(description="start and end of each sentence, in the document")


class LeftOutOut(Out):
    """A stretch of the file that is no text of its document."""

    why: Omission
    text: str


class MemberOut(Out):
    """A file that lies in another one."""

    path: str
    failure: Failure | None = Field(description="why it is no document, as a class")
    reason: str = Field(description="the same in words")


class HoldingOut(Out):
    """A file in which others lie, and which is no document itself."""

    path: str
    sha256: str = Field(description="of the bytes of the file")
    members: tuple[MemberOut, ...]


class PreviewOut(Out):
    """A file as it would be indexed, before it is."""

    path: str
    media_type: str
    sha256: str = Field(description="of the file's bytes")
    facts: dict[str, FactOut]
    text: str
    blocks: tuple[BlockOut, ...]
    passages: tuple[PassagePreviewOut, ...]
    left_out: tuple[LeftOutOut, ...]
    members: tuple[MemberOut, ...] | None = Field(
        None, exclude_if=lambda value: value is None, description="what is attached, where it is a mail"
    )


class IndexedPreviewOut(PreviewOut):
    """A document's file as it would be indexed now."""

    changed: bool = Field(description="whether the file is another one than the index was built from")


def looked_out(found: Preview | None, holding: Holding | None) -> PreviewOut | HoldingOut:
    """Return the JSON of a file as it would be indexed, or of one in which others lie, as `look` returns them."""
    if found is not None:
        return preview_out(found, holding)
    assert holding is not None  # noqa: S101 - for the type checker
    return HoldingOut(path=holding.path, sha256=holding.sha256, members=_members(holding))


def preview_out(found: Preview, holding: Holding | None = None) -> PreviewOut:
    """Return the JSON of a file as it would be indexed."""
    document = found.document
    return PreviewOut(
        path=document.path,
        media_type=document.media_type,
        sha256=document.sha256,
        facts=facts_out(document),
        text=document.text,
        blocks=tuple(_block(block, document) for block in document.blocks),
        passages=tuple(map(_passage, found.passages)),
        left_out=tuple(LeftOutOut(why=entry.why, text=entry.text) for entry in found.left_out),
        members=_members(holding) if holding else None,
    )


def _members(found: Holding) -> tuple[MemberOut, ...]:
    return tuple(MemberOut(path=each.path, failure=each.failure, reason=each.reason) for each in found.members)


def _block(block: Block, document: Document) -> BlockOut:
    return BlockOut(
        kind=block.kind,
        level=block.level,
        page=block.page,
        locator=document.locator(block.span.start) or None,
        start=block.span.start,
        end=block.span.end,
        text=block.span.of(document.text),
    )


def _passage(passage: Passage) -> PassagePreviewOut:
    return PassagePreviewOut(
        kind=passage.kind,
        page=passage.page,
        headings=passage.headings,
        heads=passage.heads,
        start=passage.span.start,
        end=passage.span.end,
        text=passage.text,
        sentences=tuple((sentence.start, sentence.end) for sentence in passage.sentences),
    )
