"""The text that a browser shows for HTML, block by block, without judging what of it matters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import lxml.etree
import lxml.html
from lxml.html import HtmlElement

from alliance_qa.documents import characters, mathml, note_marks, styles, tables, text
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock
from alliance_qa.documents.note_marks import BRACKET, END, GONE, LOWERED, MARK, RAISED
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

# Not `head`: the parser puts what follows a page without <body> there.
_UNSEEN = frozenset(
    (
        "script style svg iframe object audio video canvas select button textarea input datalist map title meta link"
    ).split()
)
_BLOCKS = frozenset(
    (
        "address article aside blockquote body caption center dd details div dl dt fieldset figcaption "
        "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section "
        "summary table tbody td tfoot th thead tr ul"
    ).split()
)
_STRUCK = frozenset(("del", "s", "strike"))
# Stands for <br> while text is gathered. A Unicode noncharacter: no page shows it.
BREAK = "\ufdd1"
_BREAKS = re.compile(
    # One break only ends a line, but where the next one opens with a number or a dot of a list.
    rf"{BREAK}(?:\s*{BREAK})+|{BREAK}(?=\s*(?:\([a-z\d]{{1,4}}\)|\d{{1,2}}[.)]|[•●▪■◦·–—-])\s)"
    rf"|{BREAK}(?=\s*(?i:to|from|date|subject|re|cc|authors?|published)\s?:\s)"
)
_LINE_THROUGH = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_RAISES = re.compile(r"vertical-align\s*:\s*(?:super|top)", re.IGNORECASE)
_REVIEW = re.compile(r"mso-element\s*:\s*comment|mso-special-character\s*:\s*comment", re.IGNORECASE)
_NOTE_ADDRESS = re.compile(r"#.*(?:fn|foot|note|cite|edn|ftn)", re.IGNORECASE)
_NOTE_CLASS = re.compile(
    r"(?:foot|end)-?_?note|fn-?_?(?:ref|mark|link)|note-?_?(?:ref|mark|link)|^reference$|Template-Fact", re.I
)
_BACK = re.compile(r"back-?_?(?:ref|link)|reversefootnote", re.IGNORECASE)
_FOLDED = re.compile(
    r"accordion|collaps|expand|toggle|panel|faq|answer|tab(?:s|-pane|-content)?$|read-?more|details", re.IGNORECASE
)
_POPUP = re.compile(r"modal|pop-?up|overlay|dialog|lightbox|tooltip", re.IGNORECASE)
_CAPTION = re.compile(r"(?:^|[-_])caption(?:[-_]?text)?$", re.IGNORECASE)
_SENTENCE = re.compile(r"\w[\w ,;:’'“”\"()–-]{20,}[.!?…]|\w{10,}[^。]*。")


_SIDE_NOTE = re.compile(r"(?:side|margin)-?note(?:-content)?$", re.IGNORECASE)
_EDIT = re.compile(r"(?:mw-)?edit-?section", re.IGNORECASE)  # beside a heading of a wiki
_PLAIN = frozenset("a b i em strong u font span br tt big small".split())  # within text that is written as it is
_BESIDE_PICTURE = 120  # characters: a credit, a button


@dataclass(frozen=True, slots=True)
class Shown:
    """A block, the element that holds it, and how many of its characters are links."""

    block: RawBlock
    element: HtmlElement
    linked: int


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page shows, in reading order, and what its file holds besides."""

    shown: tuple[Shown, ...]
    left_out: tuple[LeftOut, ...]


def parse(markup: str) -> HtmlElement | None:
    """Return the tree of an HTML page or fragment, None when it holds no element.

    Nothing is loaded and nothing runs.

    Raises:
        DocumentError: The elements are nested deeper than the parser follows (2048), or one is too large.
    """
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:  # nothing but white space and comments
        return None
    # Past its limits libxml2 drops the rest of the page and only notes it.
    noted = {entry.type for entry in parser.error_log}
    if lxml.etree.ErrorTypes.ERR_NO_MEMORY in noted:
        raise MemoryError
    if lxml.etree.ErrorTypes.ERR_RESOURCE_LIMIT in noted:
        raise DocumentError("elements are nested too deeply or too large; save the page as plain text")
    return tree


def without_marks(markup: str) -> str:
    """Return markup without the noncharacters that mark text while it is read."""
    return re.sub(f"[{BREAK}{''.join(note_marks.ALL)}]", "", markup)


def blocks(tree: HtmlElement | None) -> tuple[RawBlock, ...]:
    """Return the text of a tree as blocks, in reading order, what is hidden or a control left out."""
    return () if tree is None else tuple(shown.block for shown in read(tree).shown)


def read(tree: HtmlElement) -> Page:
    """Return what a page shows.

    Marks of notes, struck-out text, reviewers' comments and what is hidden for good are left out.
    A panel that a click unfolds is shown.
    """
    reading = _Reading(tree)
    reading.enter(tree, BlockKind.PARAGRAPH, 0)
    reading.finish(tree, BlockKind.PARAGRAPH, 0)
    texts, marks = note_marks.settle([shown.block.text for shown in reading.found])
    lines = map(characters.one_line, texts)
    shown = (
        replace(each, block=replace(each.block, text=line))
        for each, line in zip(reading.found, lines, strict=True)
        if line
    )
    return Page(tuple(shown), (*reading.left_out, *marks))


class _Reading:
    """The walk through a tree: text gathered for the block that is open, and the blocks found."""

    def __init__(self, tree: HtmlElement) -> None:
        self.found: list[Shown] = []
        self.left_out: list[LeftOut] = []
        self._open: list[str] = []
        self._notes: list[Shown] = []  # in the margin of the block that is open
        self._linked = 0
        self._inside: dict[str, int] = {}  # how deep in elements that change what text means
        self._styles = styles.Styles(tree)
        self._controlled = _controlled(tree)

    def enter(self, element: HtmlElement, kind: BlockKind, level: int) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if not tag or (tag in _UNSEEN and not (tag == "button" and self._is_label(element))):
            return
        if tag == "br":
            self._open.append(BREAK)
            return
        if tag == "math":
            self._say(mathml.linear(element))
            return
        if tag == "pre" and not any(each.tag not in _PLAIN for each in element.iterdescendants()):
            self._plain_text(element, kind, level)
            return
        style = self._styles.of(element)
        if why := self._omission(element, tag, style):
            self._leave_out(element, why)
            return
        if tag == "table" and not tables.is_layout(element):
            self.finish(element, kind, level)
            self._table(element)
            return
        if tag == "span" and _has_class(element, _SIDE_NOTE):
            self._beside(element)
            return
        inner, inner_level = _kind(element, tag, kind, level)
        is_block = tag in _BLOCKS or (inner, inner_level) != (kind, level)
        if is_block:
            self.finish(_holder(element), kind, level)
        with self._around(element, tag, style):
            self._say(element.text or "")
            for child in element:
                self.enter(child, inner, inner_level)
                self._say(child.tail or "")
        if is_block:
            self.finish(element, inner, inner_level)

    def finish(self, element: HtmlElement, kind: BlockKind, level: int) -> None:
        """Close the block that is open."""
        text, self._open = "".join(self._open), []
        linked, self._linked = self._linked, 0
        if not text.strip():
            return
        for line in lines(text):
            self.found.append(Shown(RawBlock(line, kind, level), element, min(linked, len(line))))
        self.found, self._notes = [*self.found, *self._notes], []

    def _beside(self, note: HtmlElement) -> None:
        """Put what stands in the margin of a sentence behind its block."""
        before, linked, found = self._open, self._linked, self.found
        self._open, self._linked, self.found = [], 0, []
        self._say(note.text or "")
        for child in note:
            self.enter(child, BlockKind.PARAGRAPH, 0)
            self._say(child.tail or "")
        self.finish(note, BlockKind.PARAGRAPH, 0)
        self._notes += self.found
        self._open, self._linked, self.found = [*before, GONE], linked, found

    def _plain_text(self, element: HtmlElement, kind: BlockKind, level: int) -> None:
        """Read text whose lines are broken by hand, as old speeches and documents are."""
        self.finish(_holder(element), kind, level)
        written = text.paragraphs("".join(element.itertext()).replace("[", BRACKET))
        self.left_out += written.left_out
        self.found += [Shown(block, element, 0) for block in written.blocks]

    @contextmanager
    def _around(self, element: HtmlElement, tag: str, style: str) -> Iterator[None]:
        """Put what an inline element means around what it holds."""
        opens, closes, inside = (
            "",
            "",
            {"a": "link", "pre": "pre", "code": "code", "kbd": "code", "samp": "code"}.get(tag),
        )
        if tag == "q":
            inside = "quote"
            opens, closes = "‘’" if self._inside.get("quote", 0) % 2 else "“”"
        elif not self._inside.get("raised"):
            if _is_note_mark(element, tag):
                opens, closes, inside = MARK, END, "raised"
            elif tag == "sup" or (tag == "span" and _RAISES.search(style)):
                opens, closes, inside = RAISED, END, "raised"
            elif tag == "sub":
                opens, closes, inside = LOWERED, END, "raised"
        if inside:
            self._inside[inside] = self._inside.get(inside, 0) + 1
        if opens:
            self._open.append(opens)
        yield
        if closes:
            self._open.append(closes)
        if inside:
            self._inside[inside] -= 1
        if tag == "time" and not (element.tail or "").strip() and element.getnext() is not None:
            self._open.append(" ")

    def _say(self, text: str) -> None:
        if self._inside.get("code") or self._inside.get("pre"):
            text = text.replace("[", BRACKET)
        if self._inside.get("pre"):
            text = text.replace("\n", BREAK)
        if self._inside.get("link"):
            self._linked += len("".join(text.split()))
        self._open.append(text)

    def _leave_out(self, element: HtmlElement, why: Omission) -> None:
        text = characters.one_line(" ".join(_texts(element)))
        if text:
            self.left_out.append(LeftOut(why, text))
            self._open.append(GONE)

    def _omission(self, element: HtmlElement, tag: str, style: str) -> Omission | None:
        """Return why an element is no text of the page, None for what is."""
        if tag in ("rt", "rp"):
            return Omission.REPEATED
        if tag in ("template", "noscript") or (tag == "dialog" and "open" not in element.attrib):
            return Omission.HIDDEN
        if tag == "span" and _has_class(element, _EDIT):
            return Omission.FURNITURE
        if tag in _STRUCK or (style and _LINE_THROUGH.search(style)):
            return Omission.STRUCK_OUT
        if _is_comment(element, tag, style):
            return Omission.COMMENT
        is_hidden = ("hidden" in element.attrib and element.get("hidden") != "until-found") or styles.hides(style)
        if is_hidden or element.get("aria-hidden") == "true":
            if any(True for _ in element.iterdescendants("math")) and tag in ("span", "div"):
                return None  # the page shows a picture of the formula
            return None if self._is_folded(element, is_hidden) else Omission.HIDDEN
        return None

    def _is_folded(self, element: HtmlElement, is_hidden: bool) -> bool:
        """Whether a hidden element holds sentences that a click unfolds."""
        if element.tag not in _BLOCKS or not _SENTENCE.search(" ".join(element.itertext())):
            return False
        if any(
            _has_class(each, _POPUP) or "dialog" in (each.get("role") or "")
            for each in (element, *element.iterancestors())
        ):
            return False
        if not is_hidden or element.get("id") in self._controlled or element.get("aria-labelledby"):
            return True
        if _is_one_of_several(element):
            return True
        near = [element, element.getparent(), element.getprevious()]
        return any(
            each is not None and (_has_class(each, _FOLDED) or _is_control(each) or each.get("role") == "tabpanel")
            for each in near
        )

    def _is_label(self, button: HtmlElement) -> bool:
        """Whether a button is the heading of what it unfolds."""
        if any(True for _ in button.iterancestors("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")):
            return True
        following = button.getnext()
        return (
            following is not None
            and following.tag in _BLOCKS
            and bool(_SENTENCE.search(" ".join(following.itertext())))
            and (styles.hides(self._styles.of(following)) or "aria-expanded" in button.attrib)
        )

    def _table(self, table: HtmlElement) -> None:
        for caption in table.iterchildren("caption"):
            self.enter(caption, BlockKind.CAPTION, 0)
        read: dict[HtmlElement, tuple[str, int]] = {}
        shown: list[tuple[HtmlElement, list[HtmlElement], bool]] = []
        for row, cells, is_head in tables.rows(table):
            if self._omission(row, "tr", self._styles.of(row)) is None:
                for cell in cells:
                    if cell not in read:
                        read[cell] = self._cell(cell)
                if any(read[cell][0] for cell in cells):
                    shown.append((row, cells, is_head))
        grid = [[read[cell][0] for cell in cells] for _, cells, _ in shown]
        # One that says nothing of heads may have one all the same.
        heads = int(not any(cell.tag == "th" for cell in read) and tables.is_above_figures(grid))
        for at, ((row, cells, is_head), texts) in enumerate(zip(shown, grid, strict=True)):
            block = RawBlock(" | ".join(texts), BlockKind.ROW, int(is_head or at < heads))
            self.found.append(Shown(block, row, sum(read[cell][1] for cell in cells)))

    def _cell(self, cell: HtmlElement) -> tuple[str, int]:
        first = len(self.found)
        self.enter(cell, BlockKind.PARAGRAPH, 0)
        found = self.found[first:]
        del self.found[first:]
        return " ".join(shown.block.text for shown in found), sum(shown.linked for shown in found)


def lines(text: str) -> list[str]:
    """Return the paragraphs of gathered text, each one line: two breaks in a row part them, one does not."""
    parts = (characters.one_line(part.replace(BREAK, " ")) for part in _BREAKS.split(text))
    return [part for part in parts if part]


def _kind(element: HtmlElement, tag: str, kind: BlockKind, level: int) -> tuple[BlockKind, int]:
    if re.fullmatch("h[1-6]", tag):
        return BlockKind.HEADING, int(tag[1])
    if tag == "summary" or (tag == "button" and kind is not BlockKind.HEADING):
        return BlockKind.HEADING, 3
    if tag in ("li", "dd", "dt"):
        return BlockKind.ITEM, 0
    if tag in ("figcaption", "caption") or (tag in ("p", "div", "span", "dd") and _is_caption(element)):
        return BlockKind.CAPTION, 0
    return kind, level


def _is_caption(element: HtmlElement) -> bool:
    """Whether a class says caption, and little but a picture stands beside it."""
    if not _has_class(element, _CAPTION) or _has_picture(element):
        return False
    near = next((each for each in list(element.iterancestors())[:2] if _has_picture(each)), None)
    return near is not None and len("".join(_texts(near))) <= 2 * len("".join(_texts(element))) + _BESIDE_PICTURE


def _has_picture(element: HtmlElement) -> bool:
    return any(True for _ in element.iter("img", "picture", "video", "iframe", "svg"))


def _is_note_mark(element: HtmlElement, tag: str) -> bool:
    """Whether an element says itself that it points to a note, or back from one."""
    if tag not in ("a", "sup", "span", "cite", "small"):
        return False
    text = "".join(element.itertext())
    if element.get("role") == "doc-backlink" or (tag in ("a", "span") and _has_class(element, _BACK)):
        return len(text) < 20
    if not note_marks.is_mark(text):
        return tag == "a" and bool(re.fullmatch(r"\s*[↩↑^⤴]\ufe0e?\s*", text))
    if element.get("role") == "doc-noteref" or "noteref" in (element.get("epub:type") or ""):
        return True
    if tag == "sup" and any(_is_local(link) for link in element.iter("a")):
        return True
    if tag == "a":
        return _is_local(element) and bool(
            _NOTE_ADDRESS.search(element.get("href") or "") or next(element.iter("sup"), None) is not None
        )
    return _has_class(element, _NOTE_CLASS)


def _is_local(link: HtmlElement) -> bool:
    return "#" in (link.get("href") or "")


def _is_comment(element: HtmlElement, tag: str, style: str) -> bool:
    """Whether an element is a reviewer's comment or its mark, as Google Docs and Word write them."""
    if tag == "a":
        return (element.get("href") or "").startswith(("#cmnt", "#_msocom"))
    if style and _REVIEW.search(style):
        return True
    if tag == "sup":
        return any(_is_comment(link, "a", "") for link in element.iter("a"))
    return tag in ("div", "p") and any(
        (link.get("id") or "").startswith("cmnt") and "cmnt_ref" in (link.get("href") or "")
        for child in element
        for link in (child, *child)
        if link.tag == "a"
    )


def _is_one_of_several(element: HtmlElement) -> bool:
    """Whether an element stands in the main part beside its like: one page or slide of several."""
    kinds = set((element.get("class") or "").split()) - {"hidden"}
    beside = [near for near in (element.getprevious(), element.getnext()) if near is not None]
    return any(kinds & set((near.get("class") or "").split()) for near in beside) and any(
        True for _ in element.iterancestors("main", "article")
    )


def _controlled(tree: HtmlElement) -> frozenset[str]:
    """Return the ids of the panels that controls of the page unfold."""
    named = (
        element.get(name) or ""
        for element in tree.iter("button", "a", "label", "div", "span", "h2", "h3", "h4", "input", "dt", "li")
        for name in ("aria-controls", "data-target", "data-bs-target", "for", "href")
    )
    return frozenset(name.lstrip("#") for value in named for name in value.split() if "/" not in name)


def _is_control(element: HtmlElement) -> bool:
    return any(
        each.tag in ("button", "label", "summary")
        or each.get("role") == "button"
        or "aria-expanded" in each.attrib
        or "onclick" in each.attrib
        for each in element.iter()
    ) and not _SENTENCE.search(" ".join(element.itertext()))


def _texts(element: HtmlElement) -> Iterator[str]:
    """Yield the text of an element, programs and style sheets left out."""
    if element.tag not in ("script", "style"):
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _has_class(element: HtmlElement, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(name) for name in (element.get("class") or "").split())


def _holder(element: HtmlElement) -> HtmlElement:
    parent = element.getparent()
    return element if parent is None else parent
