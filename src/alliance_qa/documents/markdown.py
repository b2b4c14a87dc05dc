"""Reads Markdown: CommonMark with tables, notes, definitions and formulas, and what its dialects mark."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from alliance_qa.documents import characters, dialects, encoding, front_matter, pandoc_tables, spelling, visible
from alliance_qa.documents.dialects import BREAK, GONE
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

# The parser drops what is nested deeper than its limit (20 by default) without a word. This limit is
# beyond what Python's stack holds, so that too deep a file is an error instead.
_NEVER_DROP = 100_000
_BELOW_TABLE = re.compile(r"(?:Table)?: (?=\S)")
_LABELLED = re.compile(
    r"(?:title|authors?|by|written by|to|from|for|date|published|updated|subject|re|cc|status)\s?[:：]\s?(?=\S)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)


def read(data: bytes) -> Extract:
    """Return the blocks of a Markdown file, the facts of its front matter, and what is no text.

    Markup goes, its text stays: of a link the words, of a picture the alternative text as a caption,
    of raw HTML what a browser would show. Bullets and numbers of lists are markup. The marks of notes,
    struck-out text, comments and code that is to be run are left out; a note is a paragraph at its place.

    Raises:
        DocumentError: No text (see `encoding.plain`), malformed front matter, or nested too deeply.
    """
    stated, body = front_matter.part(characters.clean(encoding.plain(data)))
    reading = _Reading()
    try:
        stated = tuple(
            replace(fact, value=reading.line(fact.value)) if fact.name == "title" else fact for fact in stated
        )
        reading.take(body)
    except RecursionError:
        raise DocumentError("lists or quotes are nested too deeply; flatten them") from None
    return Extract(tuple(block for block in reading.blocks if block.text), stated, tuple(reading.left_out))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _NEVER_DROP}).enable("table")
    parser.use(footnote_plugin, move_to_end=False, always_match_refs=True).use(deflist_plugin)
    # "$5 and $6" is money.
    return parser.use(dollarmath_plugin, allow_space=False, allow_digits=False)


@dataclass(slots=True)
class _Inline:
    """The text of one inline token, the pictures in it apart."""

    text: str = ""
    captions: list[str] = field(default_factory=list)


class _Reading:
    """The blocks found so far, and what was left out."""

    def __init__(self) -> None:
        self.blocks: list[RawBlock] = []
        self.left_out: list[LeftOut] = []
        self._known: frozenset[str] = frozenset()  # the words that the text writes whole

    def take(self, markup: str) -> None:
        """Add the blocks of a text in Markdown."""
        parser = _parser()
        self._known |= spelling.written(markup.split("\n"))
        notes: dict[str, dict[str, dict[int, dict[str, str]]]] = {}
        # Before the text of a block is parsed: what a dialect marks is no Markdown.
        parser.core.ruler.before("inline", "dialects", lambda state: self._clear(state.tokens))
        plain = pandoc_tables.as_pipes(dialects.without_comments(markup, self._leave))
        self._walk(parser.parse(plain, notes))
        for note in notes.get("footnotes", {}).get("list", {}).values():
            if "content" in note:  # one that stands inside the text: "^[The note.]"
                self.take(note["content"])

    def line(self, markup: str) -> str:
        """Return a line that is written in Markdown as it is read."""
        inline = MarkdownIt("commonmark").parseInline(dialects.as_read(markup, self._leave, is_entry=False))[0]
        return self._inline(inline.children or []).text

    def _leave(self, why: Omission, text: str) -> None:
        if line := characters.one_line(text):
            self.left_out.append(LeftOut(why, line))

    def _clear(self, tokens: Sequence[Token]) -> None:
        before = ""
        for token in tokens:
            if token.type == "inline":
                token.content = dialects.as_read(token.content, self._leave, is_entry=before == "list_item_open")
            before = token.type if token.type != "paragraph_open" else before

    def _walk(self, tokens: Sequence[Token]) -> None:
        cells: list[str] = []
        level = list_depth = is_head = 0
        in_row = False
        for token in tokens:
            match token.type:
                case "bullet_list_open" | "ordered_list_open" | "dl_open":
                    list_depth += 1
                case "bullet_list_close" | "ordered_list_close" | "dl_close":
                    list_depth -= 1
                case "heading_open":
                    level = int(token.tag[1:])
                case "heading_close":
                    level = 0
                case "thead_open" | "thead_close":
                    is_head = int(token.type == "thead_open")
                case "tr_open":
                    in_row, cells = True, []
                case "tr_close":
                    in_row = False
                    self.blocks.append(RawBlock(" | ".join(cells) if any(cells) else "", BlockKind.ROW, is_head))
                case "inline":
                    inline = self._inline(token.children or [])
                    kind = BlockKind.HEADING if level else BlockKind.ITEM if list_depth else BlockKind.PARAGRAPH
                    parts = inline.text.split(BREAK)
                    if in_row:
                        cells.append(" ".join(parts))
                    elif _BELOW_TABLE.match(parts[0]) and self.blocks and self.blocks[-1].kind is BlockKind.ROW:
                        self.blocks.append(
                            RawBlock(_BELOW_TABLE.sub("", parts[0]), BlockKind.CAPTION)
                        )  # Pandoc's, below a table
                    else:
                        self.blocks.extend(RawBlock(characters.one_line(part), kind, level) for part in parts)
                    self.blocks.extend(RawBlock(caption, BlockKind.CAPTION) for caption in inline.captions)
                case "fence" | "code_block":
                    self._code(token)
                case "math_block" | "math_block_label":
                    self.blocks.append(RawBlock(characters.one_line(token.content)))
                case "html_block":
                    for comment in _COMMENT.findall(token.content):
                        self._leave(Omission.COMMENT, comment)
                    self.blocks.extend(visible.blocks(visible.parse(token.content)))

    def _code(self, token: Token) -> None:
        match dialects.code(token.info):
            case dialects.Code.RUN:
                self._leave(Omission.CODE, token.content)
            case dialects.Code.TEXT:
                self.take(token.content)
            case dialects.Code.SHOWN:
                self.blocks.append(RawBlock(characters.one_line(token.content)))

    def _inline(self, tokens: Sequence[Token]) -> _Inline:
        inline = _Inline()
        lines = [""]
        for token in tokens:
            match token.type:
                case "softbreak" | "hardbreak":
                    lines.append("")
                case "image":
                    alt = self._inline(token.children or [])
                    inline.captions.extend([characters.one_line(alt.text), *alt.captions])
                case "html_inline":
                    lines[-1] += " " if token.content.lower().startswith("<br") else ""
                case "footnote_ref":
                    self._leave(Omission.NOTE_MARK, token.meta.get("label", "^"))
                    lines[-1] += GONE
                case _:
                    lines[-1] += token.content
        filled = list(_filled(lines))
        if len(filled) > 1 and all(map(_LABELLED.match, filled)):  # the lines of a head
            inline.text = dialects.closed(BREAK.join(filled))
        else:
            inline.text = dialects.closed(spelling.join(filled, self._known)) if filled else ""
        return inline


def _filled(lines: Sequence[str]) -> Iterator[str]:
    return filter(None, map(characters.one_line, lines))
