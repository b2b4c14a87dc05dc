"""What a page shows around its heading about itself: who wrote it, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from lxml.etree import iterwalk
from lxml.html import HtmlElement, defs

from alliance_qa.documents import bylines, dates, head, linked_data
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

_LONGEST = 200  # characters of an element that may be a byline or a date
_ABOVE, _BELOW = 500, 900  # characters between the heading and what belongs to it: kicker, deck, picture, share line
_LEAST_SHARE = 0.4  # of a stated title that a line covers to be the heading
_LEAST_ALIKE = 0.6  # of two titles that say the same in other words, as `SequenceMatcher.ratio`
_LONGEST_DATE_LINE = 110  # characters

_BLOCKS = defs.block_tags | frozenset(
    "article aside figcaption figure footer header hgroup li main nav section summary td th tr".split()
)
_UNSEEN = frozenset(
    "head script style noscript template svg math iframe object audio video canvas select textarea".split()
)
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)

# By the words of class, id and role; `_words` parts "related-posts" and "relatedPosts".
_BESIDE = frozenset(
    "sidebar related recommended recommendations recommend teaser teasers comment comments respond disqus footer "
    "breadcrumb breadcrumbs menu nav navigation navbar widget widgets popular trending latest newest promo advert "
    "advertisement ads cookie newsletter carousel slider ticker archive archives calendar upcoming events mostread "
    "readmore more next previous prev pagination pager complementary contentinfo".split()
)
_BESIDE_TAGS = frozenset(("aside", "nav", "footer", "figcaption"))
_AUTHOR_WORDS = frozenset(
    "author authors byline bylines byl autor autoren auteur auteurs autore writer verfasser".split()
)
_NO_AUTHOR_WORDS = frozenset(
    "bio biography about avatar box desc description title role job social follow twitter email more posts credit "
    "caption note notes position comment commenter user".split()
)
_PUBLISHED_WORDS = frozenset(
    "published publish pubdate publication posted release released issued entrydate dtpublished datepublished "
    "publishdate".split()
)
_DATE_WORDS = frozenset("date datum fecha time timestamp posted datetime dateline day".split())
_UPDATED_WORDS = frozenset("updated update modified changed lastmod revised edited".split())
_ENTRY_DATES = (("entry", "date"), ("post", "date"), ("article", "date"), ("pub", "date"), ("dt", "published"))

_PUBLISHED = re.compile(
    r"\b(?:publish|posted|issued|released|erschienen|veröffentlich|publié|publicad|pubblicat|gepubliceerd|geplaatst"
    r"|publicerad|mis en ligne|parution)|公開|掲載|発表|発行|投稿|配信|发布|게시",
    re.IGNORECASE,
)
_UPDATED = re.compile(
    r"\b(?:up-?date|modifi|revis|changed|edited|reviewed|aktualisier|geändert|änderung|stand\b|mis[e]? à jour|màj"
    r"|actualiz|aggiornat|bijgewerkt|gewijzigd|uppdaterad|oppdatert|opdateret|обновлен)|更新|改訂|修正",
    re.IGNORECASE,
)
_CREATED = re.compile(r"\b(?:created|erstellt|créé|creado|creato)\b|作成", re.IGNORECASE)  # when its text began
# Dates of something else: of looking it up, of what is announced, of a right.
_OTHER = re.compile(
    r"\b(?:accessed|retrieved|viewed|visited|archived|abgerufen|zugriff|consulté|deadline|expires?|until|bis|due|from"
    r"|ab|vom|since|seit|born|geboren|copyright|event|veranstaltung|termin|starts?|ends?|begin\w*)\b|©|閲覧",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"\s*(?:$|[–—:|„“\"«(•]|-\s)")
_LABELS = {
    "author": re.compile(
        r"authors?|by|from|written by|writers?|created by|autor(?:in|en)?|verfasser|von|auteurs?|par|著者|作者|筆者",
        re.IGNORECASE,
    ),
    "published": re.compile(
        r"date|published(?: on)?|publication date|release date|date published|publish date|issued|datum"
        r"|date de publication|erschienen(?: am)?|veröffentlicht(?: am)?|fecha|data|発行日|公開日|掲載日|日付",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A value that the page shows, and the place that shows it."""

    value: str
    where: str
    rank: int  # from 1: marked or labelled as what it is; from 3: told by its place and form; from 6: likely
    distance: int = 0  # characters from the heading

    @property
    def is_said(self) -> bool:
        """Whether the page says what it is, by a mark or a label."""
        return self.rank < 3

    @property
    def is_weak(self) -> bool:
        """Whether it is likely and not said."""
        return self.rank > 5

    def stated(self, name: str) -> Stated:
        """Return it as the fact of that name."""
        return Stated(name, self.value, Provenance.FILE_METADATA, self.where, self.is_weak)


@dataclass(slots=True)
class _Piece:
    """A short element or a line of the page."""

    text: str
    element: HtmlElement
    start: int  # characters of the page's text before it
    end: int
    is_line: bool = False


@dataclass(slots=True)
class Masthead:
    """The short elements and lines of a page, and which of them is its heading."""

    pieces: list[_Piece]
    heading: _Piece | None
    usage: dates.Usage
    _beside: dict[HtmlElement, bool] = field(default_factory=dict)
    _beside_words: frozenset[str] = _BESIDE
    _holding: frozenset[HtmlElement] = frozenset()  # the heading and what it stands in

    def __post_init__(self) -> None:
        own = self.heading.element if self.heading else None
        around = [] if own is None else [own, *own.iterancestors()]
        self._holding = frozenset(around)
        # Of a page whose article is a "comment" the word tells nothing.
        self._beside_words = _BESIDE.difference(*map(_words, around))

    @property
    def title(self) -> str:
        """What the heading says; empty where none is found."""
        return self.heading.text if self.heading else ""

    def sections(self) -> list[str]:
        """Return what the page's breadcrumbs say, from the site down to the page."""
        return [
            piece.text
            for piece in self.pieces
            if piece.element.tag == "a"
            and any(
                "breadcrumb" in (one.get("id") or "") + (one.get("class") or "")
                for one in piece.element.iterancestors()
            )
        ]

    def published(self) -> list[Found]:
        """Return the days on which the page may have been published, the surest first; of an update none."""
        found = [entry for piece in self.pieces for entry in self._dated(piece)]
        return sorted(found, key=lambda entry: (entry.rank, entry.distance))

    def authors(self) -> list[Found]:
        """Return who may have written the page, "A, B" where several did, the surest first.

        Names that are marked alike near the heading are those of several authors.
        """
        found = [entry for piece in self.pieces for entry in self._signed(piece)]
        alike: dict[tuple[str, int], list[Found]] = {}
        for entry in found:
            alike.setdefault((entry.where, entry.rank), []).append(entry)
        joined = [
            replace(
                group[0], value=", ".join(dict.fromkeys(name for entry in group for name in entry.value.split(", ")))
            )
            if group[0].is_said
            else min(group, key=lambda entry: entry.distance)
            for group in alike.values()
        ]
        return sorted(joined, key=lambda entry: (entry.rank, entry.distance))

    def labelled(self, name: str) -> Found | None:
        """Return the value beside a label in the page's head table or list: "Author | Jane Doe"."""
        for piece in self.pieces:
            tag, following = piece.element.tag, piece.element.getnext()
            if tag not in ("th", "td", "dt") or following is None or following.tag not in ("td", "dd"):
                continue
            label = piece.text.strip(" :：").casefold()
            value = one_line(following.text_content()).lstrip("@")
            if _LABELS[name].fullmatch(label) and 2 < len(value) <= _LONGEST and self._distance(piece) is not None:
                return Found(value, f"row {piece.text.strip(' :：')!r}", 1)
        return None

    def _dated(self, piece: _Piece) -> Iterator[Found]:
        element, words = piece.element, _words(piece.element)
        near = self._distance(piece)
        if self._is_beside(element):
            yield from self._below(piece)
            return
        is_published = bool(words & _PUBLISHED_WORDS) or any(words.issuperset(pair) for pair in _ENTRY_DATES)
        is_published = is_published or "pubdate" in element.attrib or _is_prop(element, "datepublished")
        is_updated = bool(words & _UPDATED_WORDS) and not is_published and not words & {"date", "datum"}
        distance = self._away(piece) if near is None else near
        given = element.get("datetime") or (element.get("title") if element.tag == "abbr" else "") or ""
        if (element.tag == "time" or (given and is_published)) and not piece.is_line:
            value = dates.read(given, self.usage)
            said = next((day for day, *_ in dates.within(piece.text, self.usage)), None)
            value = dates.local(given, value, said) if value else said
            before = self._before(piece)
            if (
                value
                and len(value) == 10
                and not is_updated
                and not _UPDATED.search(before)
                and not _OTHER.search(before)
            ):
                if is_published or _PUBLISHED.search(before):
                    yield Found(value, "time datetime", 1, distance)
                elif near is not None and _CREATED.search(before):
                    yield Found(value, "time datetime", 6, distance)
                elif near is not None:
                    yield Found(value, "time datetime", 3, distance)
            return
        if is_updated or (len(piece.text) > _LONGEST_DATE_LINE and not piece.is_line):
            return
        last = 0
        for value, start, end in dates.within(piece.text[: _LONGEST_DATE_LINE + 20], self.usage):
            before, last = piece.text[last:start][-60:], end
            if start == 0:
                before = self._before(piece)
            if _UPDATED.search(before) or _OTHER.search(before):
                continue
            alone = len(piece.text) - (end - start)
            place = f'class="{" ".join((element.get("class") or "").split())}"' if element.get("class") else element.tag
            if is_published and alone <= 60 and not piece.is_line:
                yield Found(value, place, 1, distance)
            elif _PUBLISHED.search(before) and len(before.strip()) <= 40:
                yield Found(value, f"line {piece.text[:60]!r}", 2, distance)
            elif near is None:
                continue
            elif _CREATED.search(before):
                yield Found(value, f"line {piece.text[:60]!r}", 6, distance)
            elif words & _DATE_WORDS and alone <= 60 and not piece.is_line:
                yield Found(value, place, 4, distance)
            elif alone <= 12 or head.date_of(piece.text) == value:
                yield Found(value, f"line {piece.text[:60]!r}", 5, distance)
            elif len(piece.text) <= _LONGEST_DATE_LINE and not re.search(r"[.!?…:]$", piece.text):
                if start == 0 or len(piece.text) - end <= 40:
                    yield Found(value, f"line {piece.text[:60]!r}", 6, distance)
            elif start <= 25 and _CLOSED.match(piece.text, end):
                yield Found(value, f"line {piece.text[:60]!r}", 7, distance)

    def _below(self, piece: _Piece) -> Iterator[Found]:
        """Yield the day that a line of a footer says the page was published on."""
        if (
            piece.is_line
            and len(piece.text) <= _LONGEST
            and not any(True for _ in piece.element.iterancestors("nav", "aside"))
        ):
            for value, start, _ in dates.within(piece.text, self.usage):
                before = piece.text[max(start - 30, 0) : start]
                if _PUBLISHED.search(before) and not re.search(r"\d{4}", before):
                    yield Found(value, f"line {piece.text[:60]!r}", 8, self._away(piece))

    def _signed(self, piece: _Piece) -> Iterator[Found]:
        element, words = piece.element, _words(piece.element)
        if self._is_beside(element):
            return
        near = self._distance(piece)
        distance = self._away(piece) if near is None else near
        is_rel = "author" in (element.get("rel") or "").lower().split()
        is_prop = _is_prop(element, "author") or _is_prop(element, "creator")
        is_class = bool(words & _AUTHOR_WORDS) and not words & _NO_AUTHOR_WORDS
        if (is_rel or is_prop or is_class) and not piece.is_line and len(piece.text) <= 120:
            signed = bylines.signed(piece.text)
            if signed:
                where = (
                    'rel="author"'
                    if is_rel
                    else 'itemprop="author"'
                    if is_prop
                    else f'class="{element.get("class") or element.get("id")}"'
                )
                yield Found(
                    ", ".join(signed), where, (1 if is_rel or is_prop else 2) + (5 if near is None else 0), distance
                )
        elif piece.is_line and near is not None:
            named = bylines.signed(piece.text, only_marked=True)
            if named:
                yield Found(", ".join(named), f"line {piece.text[:60]!r}", 5, distance)

    def _distance(self, piece: _Piece) -> int | None:
        """Return how far from the heading a piece stands, None when it is too far to belong to it."""
        if self.heading is None:
            return None
        if piece.start >= self.heading.end:
            away = piece.start - self.heading.end
            return away if away <= _BELOW else None
        away = max(self.heading.start - piece.end, 0)
        return away if away <= _ABOVE else None

    def _away(self, piece: _Piece) -> int:
        return abs(piece.start - (self.heading.end if self.heading else 0))

    def _before(self, piece: _Piece) -> str:
        """Return the words on the same line before an element, where its label stands."""
        texts: list[str] = []
        element = piece.element
        for _ in range(3):
            for sibling in element.itersiblings(preceding=True):
                texts.insert(0, f"{one_line(sibling.text_content())} {sibling.tail or ''}"[-60:])
                if len(texts) >= 2 or sibling.tag in ("p", "div", "br", "h1", "h2", "time"):
                    break
            parent = element.getparent()
            if texts or parent is None or (parent.text or "").strip():
                texts.insert(0, (parent.text or "") if parent is not None and len(texts) < 2 else "")
                break
            element = parent
        # What another date says stands before it.
        return re.split(r"\d{4}", one_line(" ".join(texts))[-60:])[-1]

    def _is_beside(self, element: HtmlElement) -> bool:
        """Whether an element stands in a part of the page that is about other pages, or in a comment."""
        around = [element, *element.iterancestors()]
        for one in around:
            if one in self._holding or one.tag in ("body", "html", "main"):
                break
            known = self._beside.get(one)
            if known is None:
                role = (one.get("role") or "").lower()
                # Some put the byline into an <aside> of the heading.
                is_byline = one.tag == "aside" and self._is_of_heading(one)
                known = (
                    (one.tag in _BESIDE_TAGS and not is_byline)
                    or bool(_words(one) & self._beside_words)
                    or role in _BESIDE
                )
                self._beside[one] = known
            if known:
                return True
        return False

    def _is_of_heading(self, aside: HtmlElement) -> bool:
        parent = aside.getparent()
        is_byline = bool(_words(aside) & (_AUTHOR_WORDS | _DATE_WORDS | {"meta"}))
        return parent in self._holding and (parent.tag == "header" or is_byline)


def read(tree: HtmlElement, titles: Iterable[str], language: str) -> Masthead:
    """Return the masthead of a page.

    Args:
        tree: The whole page, as it was saved.
        titles: What the page states as its title elsewhere, the most trusted first.
        language: The language that the page states, or "".
    """
    pieces, whole = _pieces(tree)
    return Masthead(pieces, _heading(pieces, [title for title in titles if title]), dates.Usage.of(language, whole))


def _heading(pieces: list[_Piece], titles: list[str]) -> _Piece | None:
    """Return the element or line that says the title; failing that, the first <h1>."""
    stated = [linked_data.folded(title) for title in titles]
    best: tuple[float, int, _Piece] | None = None
    for piece in pieces:
        says = linked_data.folded(piece.text)
        level = {"h1": 3, "h2": 2, "h3": 1}.get(piece.element.tag, 0)
        if len(says) < 4 or (level == 0 and len(says) < 12):
            continue
        share = max((_share(says, title, is_heading=level > 1) for title in stated), default=0.0)
        if share >= _LEAST_SHARE and (best is None or (round(share, 1) + level / 2, -piece.start) > (best[0], best[1])):
            best = (round(share, 1) + level / 2, -piece.start, piece)
    if best:
        return best[2]
    for tag in ("h1", "h2"):
        if first := next((piece for piece in pieces if piece.element.tag == tag), None):
            return first
    return None


def _share(says: str, title: str, *, is_heading: bool) -> float:
    if says in title:
        return len(says) / len(title)
    if title in says:
        return len(title) / len(says)
    if is_heading and len(says) > 16:  # the same title in other words
        matcher = SequenceMatcher(None, says[:_LONGEST], title[:_LONGEST], autojunk=False)
        if matcher.real_quick_ratio() >= _LEAST_ALIKE and matcher.quick_ratio() >= _LEAST_ALIKE:
            ratio = matcher.ratio()
            return ratio if ratio >= _LEAST_ALIKE else 0.0
    return 0.0


def _is_unseen(element: HtmlElement) -> bool:
    return element.tag in _UNSEEN or "hidden" in element.attrib or bool(_HIDING.search(element.get("style") or ""))


def _is_prop(element: HtmlElement, name: str) -> bool:
    value = f"{element.get('itemprop') or ''} {element.get('property') or ''}".lower().split()
    return any(entry.rpartition(":")[2] == name for entry in value)


def _words(element: HtmlElement) -> set[str]:
    """Return the words of an element's class and id, of "pageAuthor--name" page, author and name."""
    given = f"{element.get('class') or ''} {element.get('id') or ''}"
    whole = {token.lower() for token in re.findall(r"[A-Za-z]+", given)}
    return whole | {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", given)}


def _pieces(tree: HtmlElement) -> tuple[list[_Piece], str]:
    """Return the elements of at most 200 characters and the lines of a page in their order, and its whole text."""
    pieces: list[_Piece] = []
    parts: list[str] = []
    at = 0
    opened: list[tuple[HtmlElement, int, int]] = []
    line: tuple[HtmlElement, int, int] | None = None  # where the open line begins

    def add(text: str, element: HtmlElement) -> None:
        nonlocal at, line
        if text.strip() and line is None:
            line = (element, at, len(parts))
        parts.append(text)
        at += len(text.strip())

    def close() -> None:
        nonlocal line
        if line is not None:
            element, start, first = line
            said = one_line("".join(parts[first:]))
            if said:
                pieces.append(_Piece(said, element, start, at, is_line=True))
            line = None
        parts.append(" ")

    walk = iterwalk(tree, events=("start", "end"))
    skipped: HtmlElement | None = None
    for event, element in walk:
        is_block = element.tag in _BLOCKS or element.tag == "br"
        if event == "start":
            if not isinstance(element.tag, str) or _is_unseen(element):
                walk.skip_subtree()
                skipped = element
                continue
            if is_block:
                close()
            opened.append((element, at, len(parts)))
            add(element.text or "", element)
            continue
        if element is skipped:
            skipped = None
        else:
            _, start, first = opened.pop()
            if at - start <= _LONGEST and at > start:
                said = one_line("".join(parts[first:]))
                pieces.append(_Piece(said, element, start, at))
            if is_block:
                close()
        parent = element.getparent()
        if element.tail and parent is not None:
            add(element.tail, parent)
    close()
    return pieces, "".join(parts)
