"""The facts that a web page states about itself: JSON-LD, meta elements, link and language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

# By meta name or property, the most telling first. Sources: schema.org, Google Scholar's inclusion
# guidelines (citation_), Dublin Core, Open Graph.
_META = {
    "title": ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title"),
    "author": (
        "citation_author",
        "dc.creator",
        "dcterms.creator",
        "article:author",
        "author",
        "parsely-author",
    ),
    "published": (
        "citation_publication_date",
        "citation_date",
        "dcterms.issued",
        "dc.date.issued",
        "dc.date",
        "dcterms.date",
        "article:published_time",
        "datepublished",
        "parsely-pub-date",
        "date",
        "pubdate",
    ),
    "publisher": (
        "citation_journal_title",
        "citation_publisher",
        "dc.publisher",
        "dcterms.publisher",
        "og:site_name",
    ),
    "source_url": ("og:url", "citation_public_url"),
    "language": ("og:locale", "dc.language", "dcterms.language", "citation_language", "content-language"),
}
_ARTICLE = re.compile(r"(?:Article|Posting|Report|WebPage|CreativeWork|Speech|Legislation|Review)$")
# "Title | Site", "Title - Site"
_SITE_SUFFIX = re.compile(r"\s+[|–—\-:·»]\s+")
_DEEPEST = 8  # levels of JSON-LD


def find(tree: HtmlElement) -> tuple[Stated, ...]:
    """Return at most one value for each of title, author, published, publisher, source_url, language.

    JSON-LD comes before meta elements, and both before the <title>. Several authors are "A, B".
    A title that only adds the site's name to the page's heading is the heading.
    """
    linked = _linked(tree)
    metas = _metas(tree)
    values: dict[str, str] = {}
    for name, keys in _META.items():
        candidates = [linked.get(name, [])] + [metas.get(key, []) for key in keys]
        if name == "source_url":
            candidates.insert(0, [link.get("href") or "" for link in tree.iter("link") if _rel(link) == "canonical"])
            candidates = [[url for url in urls if re.match("https?://", url)] for urls in candidates]
        if name == "language":
            candidates.insert(0, [tree.get("lang") or ""])
        if name == "author":
            # Open Graph's article:author is often the address of a profile.
            candidates = [[author for author in authors if "://" not in author] for authors in candidates]
        filled = next((found for found in candidates if any(found)), [])
        values[name] = ", ".join(dict.fromkeys(filter(None, filled))) if name == "author" else next(iter(filled), "")
    values["title"] = _title(tree, values["title"])
    return tuple(Stated(name, value, Provenance.FILE_METADATA) for name, value in values.items() if value)


def _title(tree: HtmlElement, stated: str) -> str:
    stated = stated or next((one_line(title.text_content()) for title in tree.iter("title")), "")
    for heading in tree.iter("h1"):
        text = one_line(heading.text_content())
        if text and stated.startswith(text) and _SITE_SUFFIX.match(stated, len(text)):
            return text
    return stated


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in tree.iter("meta"):
        key = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv") or ""
        value = one_line(meta.get("content") or "")
        if value:
            found.setdefault(key.strip().lower(), []).append(value)
    return found


def _linked(tree: HtmlElement) -> dict[str, list[str]]:
    """Return what the page's JSON-LD says of the article; broken JSON says nothing."""
    found: dict[str, list[str]] = {}
    for script in tree.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            loaded = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for thing in _things(loaded, 0):
            if not _is_article(thing):
                continue
            for name, values in _of_article(thing).items():
                if values:
                    found.setdefault(name, values)
    return found


def _of_article(thing: dict[str, Any]) -> dict[str, list[str]]:
    return {
        "title": _strings(thing.get("headline")),
        "author": _names(thing.get("author")),
        "published": _strings(thing.get("datePublished")),
        "publisher": _names(thing.get("publisher")),
        "source_url": _strings(thing.get("url")),
        "language": _strings(thing.get("inLanguage")),
    }


def _things(loaded: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(loaded, list):
        for entry in loaded:
            yield from _things(entry, depth + 1)
    elif isinstance(loaded, dict):
        yield loaded
        yield from _things(loaded.get("@graph"), depth + 1)


def _is_article(thing: dict[str, Any]) -> bool:
    return any(_ARTICLE.search(kind) for kind in _strings(thing.get("@type")))


def _names(value: Any) -> list[str]:
    if isinstance(value, dict):
        return _strings(value.get("name"))
    if isinstance(value, list):
        return [name for entry in value if not isinstance(entry, list) for name in _names(entry)]
    return _strings(value)


def _strings(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    lines = (one_line(entry) for entry in values if isinstance(entry, str))
    return [line for line in lines if line]


def _rel(link: HtmlElement) -> str:
    return (link.get("rel") or "").strip().lower()
