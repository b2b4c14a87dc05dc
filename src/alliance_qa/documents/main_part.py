"""The main part of a page: the element that holds its text, and what of it is furniture all the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from alliance_qa.documents import bylines, characters
from alliance_qa.documents.visible import Shown
from alliance_qa.domain import BlockKind

# Shares and lengths were chosen on 133 saved pages: `docs/quality.md`.
_MAIN_SHARE, _ARTICLE_SHARE = 0.5, 0.6  # of the prose that a `<main>`, an `<article>` must hold
_ONLY_ARTICLE_SHARE = 0.1  # of all text, where it is the only one and holds the title
_ONLY_PROSE_SHARE = 0.8  # of what stands beside a `<main>` or `<article>` and is text, too
_CHILD_SHARE = 0.95  # of its parent's prose
_LINKED_SHARE = 0.6  # from which on a part is a list of links
_LONGEST_TEASER = 300  # columns
_MOST_BETWEEN = 15  # blocks between a title and the text: deck, byline, date, picture

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LINES = frozenset((*_HEADINGS, "p", "pre", "blockquote", "td", "figcaption", "caption"))
_BESIDE = frozenset(("nav", "aside", "footer"))
_BESIDE_ROLES = frozenset(("navigation", "complementary", "banner", "contentinfo", "search", "dialog", "alertdialog"))
_NOTE_ROLES = frozenset(("doc-footnote", "doc-endnote", "doc-endnotes", "note"))
# Last words of class names. They only decide about what holds no prose: "social-links", not "social-security".
_PART = (
    r"(?:[-_]?(?:list|section|area|body|bar|button|content|thread|wrap|wrapper|box|link|form|reply|container|block"
    r"|item|icon|tool|media|module|post|article)s?)*"
)
_FURNITURE = re.compile(
    r"(?:^|[-_\s])(?:share|sharing|social|related|recommend(?:ed|ations)?|newsletter|subscribe|promo|advert|ads?"
    rf"|cookies?|breadcrumbs?|menu|nav|navbar|pagination|pager|toc|tags?){_PART}(?:$|\s)",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    rf"(?:^|[-_\s])(?:comments?|kommentare?|commentaires?|comentarios?){_PART}(?:$|\s)|(?:^|\s)(?:respond(?:$|\s)|disqus)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…]['\"”’)\]]*$|[。！？]['\"”’）」』]*$")
_SURE_PROSE, _SHORTEST_PROSE = 80, 40  # columns; the latter with the end of a sentence
_SHORTEST_TITLE = 8  # letters


@dataclass(frozen=True, slots=True)
class _Measures:
    """How many columns each element holds: text, links, prose and tables, prose outside navigation and comments."""

    text: Counter[HtmlElement] = field(default_factory=Counter)
    links: Counter[HtmlElement] = field(default_factory=Counter)
    prose: Counter[HtmlElement] = field(default_factory=Counter)
    own_prose: Counter[HtmlElement] = field(default_factory=Counter)

    def is_prose(self, element: HtmlElement) -> bool:
        return self.prose[element] * 2 > self.text[element]


def choose(tree: HtmlElement, shown: Sequence[Shown]) -> list[bool]:
    """Return for each block of a page whether it is the page's text.

    The text is what the title heads and what stands in the smallest element with nearly all prose,
    without navigation, comments, teasers and lists of links. What holds prose stays, however it is called.
    """
    measures = _measured(shown)
    title = _title(tree, shown)
    main = _main(tree, measures, shown[title].element if title is not None else None)
    inside = [at for at, each in enumerate(shown) if main in _up(each.element)]
    if title is not None and inside and title < inside[0]:
        inside = [*(range(title, inside[0]) if inside[0] - title <= _MOST_BETWEEN else [title]), *inside]
    while inside and inside[0] and shown[inside[0] - 1].block.kind is BlockKind.CAPTION:  # a picture above the title
        inside.insert(0, inside[0] - 1)
    above = set(_up(main))
    has_prose = measures.is_prose(main)
    kept = [False] * len(shown)
    for at in inside:
        parts = _below(shown[at].element, above)
        kept[at] = at == title or not any(_is_furniture(part, measures, has_prose) for part in parts)
    return kept


def _measured(shown: Sequence[Shown]) -> _Measures:
    measures = _Measures()
    apart: dict[HtmlElement, bool] = {}
    for each in shown:
        columns = characters.columns(each.block.text)
        prose = columns if _is_prose(each, columns) else 0
        is_table = each.block.kind is BlockKind.ROW and not each.linked
        chain = list(_up(each.element))
        for element in chain:
            if element not in apart:
                apart[element] = _is_beside(element) or _is_comments(element)
        is_own = not any(apart[element] for element in chain)
        for element in chain:
            measures.text[element] += columns
            measures.links[element] += each.linked
            measures.prose[element] += columns if is_table else prose
            measures.own_prose[element] += prose if is_own else 0
    return measures


def _is_prose(each: Shown, columns: int) -> bool:
    if each.block.kind is BlockKind.CAPTION:
        return True
    if each.block.kind in (BlockKind.HEADING, BlockKind.ROW) or each.linked * 2 > len(each.block.text):
        return False
    return columns >= _SURE_PROSE or (columns >= _SHORTEST_PROSE and bool(_SENTENCE_END.search(each.block.text)))


def _title(tree: HtmlElement, shown: Sequence[Shown]) -> int | None:
    """Return the place of the heading that the page's `<title>` repeats, else of the first of level 1."""
    metas = (meta.get("content") or "" for meta in tree.iter("meta") if meta.get("property") == "og:title")
    names = [_key(name) for name in (*(title.text_content() for title in tree.iter("title")), *metas)]
    headings = {at: each.block for at, each in enumerate(shown) if each.block.kind is BlockKind.HEADING}
    keys = {at: _key(block.text) for at, block in headings.items() if block.level <= 2}
    named = [at for at, key in keys.items() if len(key) >= _SHORTEST_TITLE and any(key in name for name in names)]
    first = next((at for at, block in headings.items() if block.level == 1), None)
    return max(named, key=lambda at: len(keys[at]), default=first)


def _main(tree: HtmlElement, measures: _Measures, title: HtmlElement | None) -> HtmlElement:
    main, articles = tree, list(tree.iter("article"))
    is_titled = len(articles) == 1 and title is not None and articles[0] in _up(title)
    if is_titled and measures.text[articles[0]] > _ONLY_ARTICLE_SHARE * measures.text[tree]:
        return articles[0]
    for tag, share in (("main", _MAIN_SHARE), ("article", _ARTICLE_SHARE)):
        found = [each for each in main.iter() if tag in (each.tag, each.get("role"))]
        best = max(found, key=lambda each: measures.own_prose[each], default=main)
        if measures.own_prose[best] > share * measures.own_prose[main]:
            main = _with_prose_beside(best, measures)
    while main.tag != "article" and len(main):
        child = max(main, key=lambda each: measures.own_prose[each])
        # A paragraph is no part of a page, however short the others are.
        if child.tag in _LINES or measures.own_prose[child] <= _CHILD_SHARE * measures.own_prose[main]:
            break
        main = child
    return main


def _with_prose_beside(main: HtmlElement, measures: _Measures) -> HtmlElement:
    """Return an element, or one around it that adds nothing but prose: a picture's caption, a note on the author."""
    for outer in main.iterancestors():
        added = measures.text[outer] - measures.text[main]
        if added and measures.own_prose[outer] - measures.own_prose[main] < _ONLY_PROSE_SHARE * added:
            break
        main = outer
    return main


def _is_furniture(element: HtmlElement, measures: _Measures, among_prose: bool) -> bool:
    if _is_comments(element) or _is_teaser(element, measures):
        return True
    if measures.is_prose(element):
        return False
    if _is_beside(element) or (element.tag not in _LINES and _FURNITURE.search(element.get("class") or "")):
        return True
    is_linked = measures.links[element] > _LINKED_SHARE * measures.text[element]
    return among_prose and is_linked and element.tag not in _LINES


def _is_teaser(element: HtmlElement, measures: _Measures) -> bool:
    """Whether an element shows another page: a few lines under headings that are links."""
    if element.tag not in ("li", "article", "div", "section") or measures.text[element] >= _LONGEST_TEASER:
        return False
    headings = list(element.iter(*_HEADINGS))
    # What introduces an author has the name as a heading and a link.
    names = all(bylines.people(" ".join("".join(heading.itertext()).split())) for heading in headings)
    return bool(headings) and not names and all(_is_link(heading) for heading in headings)


def _is_link(heading: HtmlElement) -> bool:
    linked = sum(len("".join(link.itertext())) for link in heading.iter("a"))
    return linked >= 0.9 * len("".join(heading.itertext()).strip()) or any(True for _ in heading.iterancestors("a"))


def _is_beside(element: HtmlElement) -> bool:
    role = element.get("role") or ""
    return (element.tag in _BESIDE and role not in _NOTE_ROLES) or role in _BESIDE_ROLES


def _is_comments(element: HtmlElement) -> bool:
    """Whether an element holds what readers wrote: so it is named, and it is not all plain paragraphs."""
    return bool(_COMMENTS.search(f"{element.get('class') or ''} {element.get('id') or ''}")) and any(
        True for _ in element.iter("form", "textarea", "input", "li", "article", "time", "a")
    )


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _below(element: HtmlElement, above: set[HtmlElement]) -> Iterator[HtmlElement]:
    """Yield an element and those around it up to the first of `above`."""
    for each in _up(element):
        if each in above:
            return
        yield each


def _up(element: HtmlElement) -> Iterator[HtmlElement]:
    yield element
    yield from element.iterancestors()
