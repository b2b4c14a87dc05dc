"""What a reader takes out of one file, before cleaning: blocks of text and stated facts."""

from __future__ import annotations

from dataclasses import dataclass

from alliance_qa.domain import BlockKind, Provenance


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A unit of text in reading order. `text` is one line: white space is single spaces."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading, from 1; 0 for everything else
    page: int | None = None  # from 1, where the file has pages


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that the file states outside its text.

    `name` is one of title, author, published, publisher, source_url, language, or
    any other name of the front matter. `value` is one line, as the file has it.
    """

    name: str
    value: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything a reader found, in the file's own words."""

    blocks: tuple[RawBlock, ...]
    stated: tuple[Stated, ...] = ()
