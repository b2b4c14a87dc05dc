"""What a page says about itself in the words of schema.org: JSON-LD, microdata and RDFa."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from alliance_qa.documents.characters import one_line

# Written texts first, then other works that a page may be about, then the page itself.
_RANKS = (
    re.compile(r"(?:Article|Posting|Report|Speech|Legislation|Thesis|Chapter|Book|Review|NewsStory|Statement)$"),
    re.compile(r"(?:CreativeWork|VideoObject|Dataset|Recipe|Episode|Podcast|Event|Document|Question|Course|Movie)$"),
    re.compile(r"(?:Page|WebContent)$"),
)
_PAGE = len(_RANKS) - 1
_DEEPEST = 8  # levels of nested things
_MOST = 2000  # things of a page that are looked at
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_INLINE_TAG = re.compile(r"</?(?:i|em|b|strong|span|sup|sub|q|cite|mark|small|u|br)\b[^<>]{0,200}>", re.IGNORECASE)
_WRAPPING = re.compile(r"\A(?:\s|//|/\*|\*/|<!--|<!\[CDATA\[|-->)*")

Thing = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing that the page says it is or shows: its properties as JSON-LD has them, and how they are written."""

    thing: Thing
    syntax: str  # "JSON-LD", "itemprop" or "property"

    @property
    def is_script(self) -> bool:
        """Whether a script says it, not marks on what the page shows."""
        return self.syntax == "JSON-LD"

    def where(self, name: str) -> str:
        """Return the place of a property, as in 'JSON-LD datePublished' or 'itemprop="datePublished"'."""
        return f"JSON-LD {name}" if self.is_script else f'{self.syntax}="{name}"'


def entries(tree: HtmlElement, *, address: str, titles: Iterable[str]) -> list[Entry]:
    """Return the entries of the page itself, the most telling first; what it only lists or mentions is none of them.

    Several articles on one page are told apart by the page's address and title; where neither tells, no article
    is the page's own. References by "@id" are followed; broken JSON says nothing.

    Args:
        tree: The whole page.
        address: The page's canonical address; may be empty.
        titles: What the page's heading and <title> say.
    """
    known = {folded(title) for title in titles} - {""}
    found = [entry for entry in _all(tree)[:_MOST] if _rank(entry.thing) is not None]
    works = [entry for entry in found if _rank(entry.thing) != _PAGE]
    own = [entry for entry in works if _is_at(entry.thing, address) or _is_called(entry.thing, known)]
    if not own and len({folded(text(entry.thing.get("headline") or entry.thing.get("name"))) for entry in works}) == 1:
        own = [entry for entry in works if not _is_elsewhere(entry.thing, address)]
    pages = [entry for entry in found if _rank(entry.thing) == _PAGE and not _is_elsewhere(entry.thing, address)]
    return sorted(own, key=lambda entry: _rank(entry.thing) or 0) + pages


def text(value: Any) -> str:
    """Return the first string of a value as one line, its entities decoded and inline tags dropped; else ""."""
    return next(iter(texts(value)), "")


def texts(value: Any) -> list[str]:
    """Return the strings of a value or a list of values, those of {"@value": …} too."""
    values = value if isinstance(value, list) else [value]
    strings = [entry.get("@value") if isinstance(entry, dict) else entry for entry in values]
    lines = [decoded(entry) for entry in strings if isinstance(entry, str)]
    return [line for line in lines if line]


def names(value: Any, depth: int = 0) -> list[str]:
    """Return the names of persons or bodies: strings, things with a name, lists of them (to a `depth` of 8)."""
    if depth > _DEEPEST:
        return []
    if isinstance(value, list):
        return [name for entry in value[:_MOST] for name in names(entry, depth + 1)]
    if not isinstance(value, dict):
        return texts(value)
    if isinstance(value.get("@list"), list):
        return names(value["@list"], depth + 1)
    named = texts(value.get("name")) or texts(value)
    parts = [text(value.get(part)) for part in ("givenName", "familyName")]
    return named or ([" ".join(parts)] if all(parts) else [])


def decoded(value: str) -> str:
    """Return a string as a reader sees it: entities that were encoded once too often decoded, no tags, one line."""
    for _ in range(2):
        value = _ENTITY.sub(lambda found: html.unescape(found.group()), value)
    return one_line(_INLINE_TAG.sub(" " if "<br" in value.lower() else "", value))


def folded(value: str) -> str:
    """Return the letters and digits of a title in lower case, for comparison."""
    return "".join(char for char in value.casefold() if char.isalnum())


def _rank(thing: Thing) -> int | None:
    kinds = [kind.rpartition("/")[2].rpartition(":")[2] for kind in texts(thing.get("@type"))]
    return next((at for at, rank in enumerate(_RANKS) if any(rank.search(kind) for kind in kinds)), None)


def _is_called(thing: Thing, titles: set[str]) -> bool:
    own = {folded(line) for key in ("headline", "name") for line in texts(thing.get(key))} - {""}
    return any(name == title or (len(name) > 12 and title.startswith(name)) for name in own for title in titles)


def _is_at(thing: Thing, address: str) -> bool:
    return bool(address) and _place(address) in _places(thing)


def _is_elsewhere(thing: Thing, address: str) -> bool:
    """Whether the thing has addresses and none of them is the page's."""
    places = _places(thing)
    return bool(address and places) and _place(address) not in places


def _places(thing: Thing) -> set[str]:
    values = [thing.get("url"), thing.get("@id"), thing.get("mainEntityOfPage")]
    values += [value.get("@id") or value.get("url") for value in values if isinstance(value, dict)]
    urls = [url for value in values for url in texts(value) if re.match("https?://", url)]
    return {_place(url) for url in urls}


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.lower().removeprefix("www.")
    return f"{host}{unquote(parts.path).rstrip('/').lower()}?{parts.query}"


def _all(tree: HtmlElement) -> list[Entry]:
    loaded = [value for script in tree.iter("script") for value in _loaded(script)]
    known: dict[str, dict[str, Any]] = {}
    for thing in _nested(loaded, 0):
        if isinstance(key := thing.get("@id"), str) and len(thing) > 1:
            known[key] = {**known.get(key, {}), **thing}
    found = [Entry(_resolved(thing, known), "JSON-LD") for value in loaded for thing in _things(value, known, 0)]
    return found + list(_marked(tree))


def _loaded(script: HtmlElement) -> Iterator[Any]:
    """Yield the JSON values of a script: within CDATA or a comment, several in a row, with raw line ends in strings."""
    if (script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
        return
    source = script.text_content()
    decoder = json.JSONDecoder(strict=False)
    at = _WRAPPING.match(source).end()  # type: ignore[union-attr]
    for attempt in (source, re.sub(r",(\s*[}\]])", r"\1", source)):
        values = []
        try:
            while at < len(attempt) and attempt[at] in "[{":
                value, at = decoder.raw_decode(attempt, at)
                values.append(value)
                at = re.compile(r"[\s;,]*").match(attempt, at).end()  # type: ignore[union-attr]
        except (ValueError, RecursionError):
            pass
        if values:
            yield from values
            return


def _nested(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for entry in value[:_MOST]:
            yield from _nested(entry, depth + 1)
    elif isinstance(value, dict):
        yield value
        for entry in value.values():
            yield from _nested(entry, depth + 1)


def _things(value: Any, known: Mapping[str, dict[str, Any]], depth: int) -> Iterator[dict[str, Any]]:
    """Yield what a script is about: its things, and what they say the page is about."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for entry in value[:_MOST]:
            yield from _things(entry, known, depth + 1)
    elif isinstance(value, dict):
        full = _followed(value, known)
        yield full
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(full.get(key), known, depth + 1)


def _followed(value: dict[str, Any], known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    key = value.get("@id")
    return {**known[key], **value} if isinstance(key, str) and key in known else value


def _resolved(thing: dict[str, Any], known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a thing whose values that only refer to others are those others."""

    def full(value: Any) -> Any:
        return _followed(value, known) if isinstance(value, dict) else value

    return {
        key: [full(entry) for entry in value] if isinstance(value, list) else full(value)
        for key, value in thing.items()
    }


def _marked(tree: HtmlElement) -> Iterator[Entry]:
    """Yield the things that elements of the page carry, by microdata and by RDFa; none that is part of another."""
    for scope, kind, prop in (("itemscope", "itemtype", "itemprop"), ("typeof", "typeof", "property")):
        roots = [element for element in tree.iter() if isinstance(element.tag, str) and scope in element.attrib]
        for root in roots[:_MOST]:
            if prop not in root.attrib or root.get(prop, "").rpartition(":")[2] in ("mainEntity", "mainEntityOfPage"):
                yield Entry(_item(root, scope, kind, prop, 0), prop)


def _item(root: HtmlElement, scope: str, kind: str, prop: str, depth: int) -> dict[str, Any]:
    thing: dict[str, Any] = {"@type": (root.get(kind) or "").split(), "@id": root.get("itemid") or root.get("about")}
    waiting = list(reversed(root)) if depth < _DEEPEST else []
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        is_item = scope in element.attrib
        value: Any = _item(element, scope, kind, prop, depth + 1) if is_item else None
        for name in (element.get(prop) or "").split():
            thing.setdefault(name.rpartition(":")[2], []).append(value if is_item else _content(element))
        if not is_item:
            waiting.extend(reversed(element))
    return thing


def _content(element: HtmlElement) -> str:
    """Return the value of a property's element. Source: HTML standard, microdata, section 5.2.4."""
    given = element.get("content") or (element.get("datetime") if element.tag == "time" else None)
    if given is None and element.tag == "link":
        given = element.get("href")
    return str(given or element.text_content())
