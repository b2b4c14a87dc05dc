"""What a reader takes out of one file, before cleaning, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from alliance_qa.documents.ink import Ink
from alliance_qa.domain import BlockKind, Document, Provenance


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A unit of text in reading order. `text` is one line: white space is single spaces."""

    text: str
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0  # of a heading, from 1; of a row that heads its table 1; 0 for everything else
    page: int | None = None  # from 1, where the file has pages
    locator: str = ""  # as in `Block`
    ink: tuple[Ink, ...] = field(default=(), compare=False, repr=False)  # where its letters are printed, in its order


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact that the file states outside its text.

    `name` is one of title, author, published, publisher, source_url, language, or
    any other name of the front matter. `value` is one line, as the file has it.
    """

    name: str
    value: str
    provenance: Provenance
    where: str = ""  # the tag, attribute, property or address that states it, as 'meta name="author"'
    weak: bool = False  # it is likely, not said in so many words


class Omission(StrEnum):
    """Why something that a file holds is no text of its document."""

    NOTE_MARK = "note mark"  # the number at a word or figure that points to a note; the note itself is text
    STRUCK_OUT = "struck out"  # deleted text, tracked or crossed through
    COMMENT = "comment"  # what a reviewer wrote beside the text
    HIDDEN = "hidden"  # what the page never shows
    CODE = "code"  # of a program or template, no text for a reader
    LINE_NUMBER = "line number"
    RUNNING_LINE = "running line"  # a header, a footer, a number of a page
    FURNITURE = "furniture"  # what a site shows around the text
    REPEATED = "repeated"  # said elsewhere in the same file
    SOUND = "sound"  # what captions say of music and noises
    QUOTED_MAIL = "quoted mail"  # an earlier mail that is quoted below an answer
    PICTURE = "picture"  # a page that is a picture and was not read
    SIGNATURE = "signature"  # what closes a mail: greeting, name, address


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of a file that is no text of its document."""

    why: Omission
    text: str  # one line


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything a reader found, in the file's own words."""

    blocks: tuple[RawBlock, ...]
    stated: tuple[Stated, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    has_title_line: bool = True  # its first line may be its title; not so of tables and sheets
    spoken_from: int | None = None  # the first block that somebody says: no furniture and no head from there on


@dataclass(frozen=True, slots=True)
class FileReading:
    """What became of a file: its document, and what of it is no text of that."""

    document: Document
    left_out: tuple[LeftOut, ...]  # what the reader left out first, in the order of the file
