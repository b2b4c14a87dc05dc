"""Reads Markdown: CommonMark with tables, and YAML front matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from alliance_qa.documents import characters, front_matter, visible
from alliance_qa.documents.extract import Extract, RawBlock
from alliance_qa.documents.text import decode
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

# The parser drops what is nested deeper than its limit (20 by default) without a word. This limit is
# beyond what Python's stack holds, so that too deep a file is an error instead.
_NEVER_DROP = 100_000


def read(data: bytes) -> Extract:
    """Return the blocks of a Markdown file and the facts of its front matter.

    Markup goes, its text stays: of a link the words, of a picture the alternative text as a caption,
    of raw HTML what a browser would show. Bullets and numbers of lists are markup.

    Raises:
        DocumentError: Not UTF-8, malformed front matter, or nested too deeply.
    """
    stated, body = front_matter.part(characters.clean(decode(data)))
    parser = MarkdownIt("commonmark", {"maxNesting": _NEVER_DROP}).enable(["table", "strikethrough"])
    try:
        tokens = parser.parse(body)
    except RecursionError:
        raise DocumentError("lists or quotes are nested too deeply; flatten them") from None
    return Extract(_blocks(tokens), stated)


@dataclass(slots=True)
class _Inline:
    """The text of one inline token, the pictures in it apart."""

    text: str = ""
    captions: list[str] = field(default_factory=list)


def _blocks(tokens: Sequence[Token]) -> tuple[RawBlock, ...]:
    blocks: list[RawBlock] = []
    cells: list[str] = []
    level = 0
    list_depth = 0
    in_row = is_head = False
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                list_depth += 1
            case "bullet_list_close" | "ordered_list_close":
                list_depth -= 1
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "thead_open" | "thead_close":
                is_head = token.type == "thead_open"
            case "tr_open":
                in_row, cells = True, []
            case "tr_close":
                in_row = False
                blocks.append(RawBlock(" | ".join(cells) if any(cells) else "", BlockKind.ROW, int(is_head)))
            case "inline":
                inline = _inline(token.children or [])
                kind = BlockKind.HEADING if level else BlockKind.ITEM if list_depth else BlockKind.PARAGRAPH
                if in_row:
                    cells.append(inline.text)
                else:
                    blocks.append(RawBlock(inline.text, kind, level))
                blocks.extend(RawBlock(caption, BlockKind.CAPTION) for caption in inline.captions)
            case "fence" | "code_block":
                blocks.append(RawBlock(characters.one_line(token.content)))
            case "html_block":
                blocks.extend(visible.blocks(visible.parse(token.content)))
    return tuple(block for block in blocks if block.text)


def _inline(tokens: Sequence[Token]) -> _Inline:
    inline = _Inline()
    lines = [""]
    for token in tokens:
        match token.type:
            case "softbreak" | "hardbreak":
                lines.append("")
            case "image":
                alt = _inline(token.children or [])
                inline.captions.extend([characters.one_line(alt.text), *alt.captions])
            case "html_inline":
                lines[-1] += " " if token.content.lower().startswith("<br") else ""
            case _:
                lines[-1] += token.content
    inline.text = characters.join(map(characters.one_line, lines))
    return inline
