"""What the dialects of Markdown mark in a text: Pandoc, Quarto, Jekyll, Hugo, Obsidian, Word's and Google's exports."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

from alliance_qa.documents import raised
from alliance_qa.documents.extract import Omission

Leave = Callable[[Omission, str], None]
"""Takes note of what is left out, and why."""

# Unicode noncharacters: no text shows them.
GONE, _HELD = "\ufdd0", "\ufdd2"
"""The first stands where something was left out, until `closed`."""
BREAK = "\ufdd1"
"""Stands where a block ends."""
_GAP = re.compile(rf"(?P<opening>[(\[“‘]?)\s*{GONE}[{GONE}\s]*(?P<closing>[.,;:!?)\]”’]|\Z)?")

_FENCE = r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*\n(?s:.*?)(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
_COMMENT_BLOCK = re.compile(
    rf"(?P<code>{_FENCE})"
    r"|^%%(?!.*%%)(?P<obsidian>(?:[^%]|%(?!%))*+)%%[ \t]*$"
    r"|\{%-?\s*comment\s*-?%\}(?P<liquid>(?:[^{]|\{(?!%))*+)\{%-?\s*endcomment\s*-?%\}",
    re.MULTILINE,
)
_ATTRIBUTES = r"\{:?\s*(?:[#.][\w:-]|[\w-]+=|-\s*\}|toc\b|:)[^{}\n]{0,300}\}"
# As it is: code, formulas, and what a backslash makes plain.
_LITERAL = re.compile(
    r"(?P<ticks>`+)(?!`).{1,2000}?(?<!`)(?P=ticks)(?!`)|\\[!-/:-@[-`{-~]"
    r"|\$\$.{1,2000}?\$\$|(?<![\w$])\$(?=[^\s$])[^$\n]{1,300}(?<=[^\s$])\$(?!\d)",
    re.DOTALL,
)
_LEFT_OUT = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE | re.MULTILINE), why)
    for pattern, why in (
        (r"(?<![\w%])%%(.{1,5000}?)%%", Omission.COMMENT),
        # Marks of Pandoc's and MultiMarkdown's citations: "[see @doe2010, p. 3]", "[p. 23][#Doe:2006]".
        (r"(\[(?:[^\[\]@\n]{0,80}[ \-])?-?@[\w{][^\[\]\n]{0,300}\])(?!\()", Omission.NOTE_MARK),
        (r"((?:\[[^\[\]\n]{0,60}\])?\[#[\w:.-]{1,80};?\])(?![(:])", Omission.NOTE_MARK),
        (r"^(\*\[[^\]\n]{1,60}\]:[^\n]*)$", Omission.CODE),  # what an abbreviation stands for
        (r"\A(\[\[_?toc_?\]\])\Z", Omission.CODE),
        (r"^(import\s[^\n]+\sfrom\s+['\"][^\n]+['\"];?)$", Omission.CODE),  # of MDX
        (r"^(export\s+(?:const|let|default|function)\b[^\n]*)$", Omission.CODE),
        (r"\{>>(.{1,2000}?)<<\}", Omission.COMMENT),  # CriticMarkup
        (r"<!--(.{1,5000}?)-->", Omission.COMMENT),
        (r"~~(?!~)([^~]{1,5000})~~(?!~)", Omission.STRUCK_OUT),
        (r"\{--(.{1,2000}?)--\}", Omission.STRUCK_OUT),
        (r"\{~~(.{0,2000}?)~>(?=.{0,2000}?~~\})", Omission.STRUCK_OUT),
        (r"<(?P<tag>del|s|strike)\b[^>]*>(.{0,5000}?)</(?P=tag)\s*>", Omission.STRUCK_OUT),
        (r"\{%.{1,2000}?%\}", Omission.CODE),  # of Liquid and Hugo
        (r"\{\{.{1,2000}?\}\}", Omission.CODE),
        (r"!\[\[[^\]\n]{1,300}\]\]", Omission.CODE),  # an embedded file of Obsidian
    )
)
_MARK = re.compile(r"\[(?:\\?\[)?(?P<mark>\d{1,3}|\*|↩|↑|⏎|\\?\^)[^\[\]\n]{0,2}(?:\\?\])?\]\(#[^)\n]*\)")
_RAISED = re.compile(
    rf"<sup\b[^>]*>(?P<tagged>.{{0,200}}?)</sup\s*>|(?<=[^\s^\[])\^(?P<between>[^\s^\[\]]{{1,12}})\^|{raised.WRITTEN.pattern}",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"<[^>]*>|\]\([^)]*\)|[\[\]\\]")
_SHOWN = tuple(
    (re.compile(pattern, re.MULTILINE | re.IGNORECASE), shown)
    for pattern, shown in (
        # Obsidian's links, callouts, lit words and names of blocks.
        (r"\[\[#?[^\[\]|\n^]+\\?\|([^\[\]\n]*)\]\](?!\()", r"\1"),
        (r"\[\[#?([^\[\]|\n^]+)\]\](?!\()", r"\1"),
        (r"^\[![\w-]+\][+-]?[ \t]*(.*)$\n?", rf"\1{BREAK}"),
        (r"\{?==(\S|\S[^\n]{0,500}?\S)==\}?", r"\1"),
        (r"[ \t]\^[\w-]+$(?!\n)", ""),
        # MultiMarkdown's notes, MyST's roles and places, Pandoc's examples and lines of verse.
        (r"^\[#[\w:.-]+\]:\s*", ""),
        (r"\{[a-z][\w:+-]{0,40}\}(?=\ufdd2)", ""),
        (r"^\([\w-]+\)=$\n?", ""),
        (r"\A\(@[\w-]*\)\s+", ""),
        (r"^\|[ \t]+([^\n]*[^\s|])[ \t]*$", r"\1"),
        # CriticMarkup's additions.
        (r"\{\+\+(.{1,2000}?)\+\+\}", r"\1"),
        (rf"{GONE}([^\n{GONE}]{{0,2000}}?)~~\}}", rf"{GONE}\1"),
        # Fences of Pandoc, VuePress and MyST, with the title that they state.
        (r"^:{3,}[ \t]*\{[^}\n]*\btitle=\"([^\"\n]*)\"[^}\n]*\}.*$\n?", rf"{BREAK}\1{BREAK}"),
        (r"^:{3,}[ \t]*(?:\{[^}\n]*\}|[\w-]*)[ \t]*\[?([^\]\n:]*)\]?:*[ \t]*$\n?", rf"{BREAK}\1{BREAK}"),
        # Pandoc's and kramdown's attributes, their spans, and what is below a line; lines that are commands.
        (r"\A.*\n\{:[ \t]*toc\b[^}\n]*\}", ""),
        (rf"\[([^\[\]\n]+)\](?={_ATTRIBUTES})", r"\1"),
        (rf"[ \t]*{_ATTRIBUTES}", ""),
        (r"(?<=\w)~([^\s~]{1,12})~(?!~)", r"\1"),
        (r"^(?:\[(?:toc|_toc_)\]|\\(?:newpage|pagebreak|clearpage|tableofcontents|maketitle)\b.*)$", ""),
        (r"<q\b[^>]*>(.{0,2000}?)</q\s*>", r"“\1”"),
    )
)
_COUNTED_ENTRY = re.compile(r"(?m)(?<=^)#\.(?=[ \t]+\S)")  # Pandoc counts it
_TASK = re.compile(r"\[[ xX]\]\s+")
_CHUNK = re.compile(r"\{+\s*=?[\w-]+.*")
# Directives of MyST whose content is text.
_DIRECTIVE = re.compile(
    r"\{(?:admonition|attention|caution|danger|epigraph|error|hint|important|margin|note|pull-quote|seealso|sidebar"
    r"|tip|topic|warning)\}"
)
_DRAWN = frozenset("dataview dataviewjs mermaid plantuml dot graphviz query tasks".split())


class Code(Enum):
    """What a fenced block of code is."""

    RUN = auto()  # it makes something of its own: no text
    TEXT = auto()  # it is Markdown: a directive
    SHOWN = auto()


def code(info: str) -> Code:
    """Return what a block of code is, by what stands behind its fence."""
    if _DIRECTIVE.match(info):
        return Code.TEXT
    return Code.RUN if _CHUNK.match(info) or info.split(" ")[0].lower() in _DRAWN else Code.SHOWN


def without_comments(markup: str, leave: Leave) -> str:
    """Return a file's markup without the comments that hold several paragraphs."""

    def shown(found: re.Match[str]) -> str:
        if found["code"] is not None:
            return found[0]
        leave(Omission.COMMENT, found["obsidian"] or found["liquid"] or "")
        return ""

    return _COUNTED_ENTRY.sub("1.", _COMMENT_BLOCK.sub(shown, markup))


def as_read(markup: str, leave: Leave, *, is_entry: bool) -> str:
    """Return the markup of one block as CommonMark, without what is no text; `BREAK` parts it into several blocks.

    Args:
        markup: What stands in a paragraph, a heading, an entry or a cell.
        leave: Takes what is left out.
        is_entry: Whether it opens an entry of a list: "[x] done" is a task there.
    """
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"{_HELD}{len(held) - 1}{_HELD}"

    def marked(found: re.Match[str]) -> str:
        leave(Omission.NOTE_MARK, found["mark"])
        return GONE

    def lifted(found: re.Match[str]) -> str:
        inner = _TAG.sub("", found["tagged"] or found["between"] or found[0])
        read = raised.as_read(found.string[max(0, found.start() - 40) : found.start()], inner)
        if read is None:
            leave(Omission.NOTE_MARK, inner)
        return GONE if read is None else read

    text = _LITERAL.sub(hold, _MARK.sub(marked, _TASK.sub("", markup, count=1) if is_entry else markup))
    for pattern, why in _LEFT_OUT:

        def left(found: re.Match[str], why: Omission = why) -> str:
            leave(why, found[found.lastindex or 0])
            return GONE

        text = pattern.sub(left, text)
    text = _RAISED.sub(lifted, text)
    for shown_pattern, shown in _SHOWN:
        text = shown_pattern.sub(shown, text)
    return closed(re.sub(rf"{_HELD}(\d+){_HELD}", lambda found: held[int(found[1])], text))


def closed(text: str) -> str:
    """Return a text with its gaps closed: no two blanks, and none before a stop, where something was left out."""

    def gap(found: re.Match[str]) -> str:
        is_apart = not found["opening"] and found["closing"] is None and any(map(str.isspace, found[0]))
        return found["opening"] + (" " if is_apart else found["closing"] or "")

    return _GAP.sub(gap, text)
