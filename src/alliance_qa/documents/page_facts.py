"""The facts that a web page states about itself: in its head, in its markup, around its heading, in its address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from lxml.html import HtmlElement

from alliance_qa.documents import bylines, dates, linked_data, masthead
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

# By meta name, property or itemprop, the most telling first. Sources: schema.org, Google Scholar's inclusion
# guidelines (citation_), Dublin Core, PRISM, Open Graph, Parse.ly, Sailthru.
_META = {
    "title": (
        "citation_title",
        "dc.title",
        "dcterms.title",
        "og:title",
        "twitter:title",
        "parsely-title",
        "sailthru.title",
        "headline",
    ),
    "author": (
        "citation_author",
        "citation_authors",
        "dc.creator",
        "dcterms.creator",
        "dc.contributor.author",
        "article:author",
        "author",
        "parsely-author",
        "sailthru.author",
        "bt:author",
        "article:author_name",
        "og:article:author",
        "byl",
        "creator",
    ),
    "published": (
        "citation_publication_date",
        "citation_online_date",
        "citation_date",
        "prism.publicationdate",
        "dcterms.issued",
        "dc.date.issued",
        "dc.date.publication",
        "article:published_time",
        "og:article:published_time",
        "og:published_time",
        "article:published",
        "article.published",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "bt:pubdate",
        "rnews:datepublished",
        "cxenseparse:recs:publishtime",
        "originalpublicationdate",
        "article_date_original",
        "publication_date",
        "publication-date",
        "published_date",
        "publishdate",
        "publish-date",
        "publish_date",
        "published_time",
        "pubdate",
        "og:pubdate",
    ),
    # These say not of what the date is.
    "created": (
        "dc.date",
        "dcterms.date",
        "dc.date.created",
        "dcterms.created",
        "dc.created",
        "date",
    ),
    "publisher": (
        "citation_journal_title",
        "citation_technical_report_institution",
        "citation_publisher",
        "prism.publicationname",
        "dc.publisher",
        "dcterms.publisher",
        "og:site_name",
        "publisher",
        "application-name",
    ),
    "source_url": ("og:url", "citation_public_url", "citation_abstract_html_url"),
    "language": ("og:locale", "dc.language", "dcterms.language", "citation_language", "content-language"),
}
# As ISO 8601 and RFC 5322 write days, and as seconds.
_OF_PROGRAMS = re.compile(r"\d{4}[-/.]?\d{2}|\d{4}-W|[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4}|(?:/Date\()?\d{10}")
# "Title | Site", "Title - Site"
_SITE_SUFFIX = re.compile(r"\s+[|–—\-:·»]\s+")
_IN_ADDRESS = re.compile(r"/((?:19|20)\d\d)(?:/(\d{1,2})/(\d{1,2})|-(\d\d)-(\d\d)|(\d\d)(\d\d))(?=[/_-]|$)")

Metas = Mapping[str, Sequence[tuple[str, str]]]


def find(tree: HtmlElement) -> tuple[Stated, ...]:
    """Return at most one value for each of title, author, published, publisher, source_url, language.

    What the page says of itself in so many words comes first (JSON-LD, microdata and RDFa of its own entry, meta
    elements), then what it shows around its heading, then its address. The last, and what is found only near the
    heading, are weak. Several authors are "A, B".
    """
    found: dict[str, Stated] = {}
    for stated in candidates(tree):
        if stated.name not in found or (found[stated.name].weak and not stated.weak):
            found[stated.name] = stated
    return tuple(found.values())


def candidates(tree: HtmlElement) -> Iterator[Stated]:
    """Yield every value that the page gives for a fact, those of one fact in the order of trust."""
    metas = _metas(tree)
    address = next(iter(_addresses(tree, metas)), ("", ""))
    language = next(iter(_languages(tree, metas)), ("", ""))
    stated_titles = [value for _, value in _of(metas, "title")]
    named = next((linked_data.decoded(title.text_content()) for title in tree.iter("title")), "")
    page = masthead.read(tree, [*stated_titles, named], language[1])
    own = linked_data.entries(tree, address=address[1], titles=[page.title, named, *stated_titles])
    publishers = [*_linked_names(own, "publisher"), *_of(metas, "publisher")]
    site = {linked_data.folded(value) for _, value in publishers} - {""}
    sections = {linked_data.folded(name) for name in page.sections()}
    titles = [*_google(tree), *_titles(own, metas, named, page.title)]
    yield from _stated("title", [(where, _without_site(value, page.title, site | sections)) for where, value in titles])
    for where, value in _linked_first(_linked_names(own, "author", "creator"), _of(metas, "author")):
        yield from _authors(where, value, site)
    yield from _shown_authors(page, site)
    yield from _published(own, metas, page, address[1])
    yield from _stated("publisher", publishers)
    yield from _stated("source_url", [address] if address[1] else _linked_texts(own, "url"))
    yield from _stated("language", [language] if language[1] else _linked_texts(own, "inLanguage"))


def _stated(name: str, values: Sequence[tuple[str, str]], *, weak: bool = False) -> Iterator[Stated]:
    for where, value in values:
        if value:
            yield Stated(name, value, Provenance.FILE_METADATA, where, weak)


def _titles(own: Sequence[linked_data.Entry], metas: Metas, named: str, heading: str) -> list[tuple[str, str]]:
    """Return the titles that the page states, of one entry the one that is its heading before others."""
    values = []
    for entry in own:
        given = [
            (entry, key, value) for key in ("headline", "name") for value in linked_data.texts(entry.thing.get(key))
        ]
        # An encyclopedia's headline describes its subject: the name is what stands above the article.
        shown = [(entry, key, value) for entry, key, value in given if _is_same(value, heading)]
        values += [(entry.where(key), value) for entry, key, value in (shown or given)]
    return _linked_first(values, _of(metas, "title")) + ([("title", named)] if named else [])


def _google(tree: HtmlElement) -> list[tuple[str, str]]:
    """Return the title of an export of Google Docs, whose <title> is the name of the file."""
    if not any("doc-content" in (body.get("class") or "").split() for body in tree.iter("body")):
        return []
    titles = (part for part in tree.iter("p") if "title" in (part.get("class") or "").split())
    return [('class="title"', one_line(title.text_content())) for title in titles][:1]


def _is_same(title: str, heading: str) -> bool:
    return bool(heading) and linked_data.folded(title) == linked_data.folded(heading)


def _without_site(title: str, heading: str, sites: Set[str]) -> str:
    """Return "Harbours of Trust" for "Harbours of Trust | The Institute", and for "Institute: Harbours of Trust".

    What comes first may be a part of the title: it is dropped only where it is the name of the site, of a part of
    it, or an acronym that the heading does without.
    """
    if heading and title.startswith(heading) and _SITE_SUFFIX.match(title, len(heading)):
        return heading
    before, mark, rest = title.partition(":")
    before, rest = before.strip(), rest.strip()
    is_site = linked_data.folded(before) in sites or (before.isupper() and before.isalpha() and rest == heading)
    return rest if mark and rest and is_site else title


def _linked_first(linked: Sequence[tuple[str, str]], stated: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what JSON-LD says, then what meta elements say, then what is marked within the page.

    Marks within a page are also those of its comments and of other pages, where it is marked badly.
    """
    scripts = [(where, value) for where, value in linked if where.startswith("JSON-LD")]
    return [*scripts, *stated, *(pair for pair in linked if pair not in scripts)]


def _authors(where: str, value: str, site: set[str]) -> Iterator[Stated]:
    names = bylines.listed(value)
    if names:
        is_site = all(linked_data.folded(name) in site for name in names)
        yield Stated("author", ", ".join(names), Provenance.FILE_METADATA, where, is_site)


def _shown_authors(page: masthead.Masthead, site: set[str]) -> Iterator[Stated]:
    labelled = page.labelled("author")
    for found in ([labelled] if labelled else []) + page.authors():
        for stated in _authors(found.where, found.value, site):
            yield replace(stated, weak=stated.weak or found.is_weak)


def _published(
    own: Sequence[linked_data.Entry], metas: Metas, page: masthead.Masthead, address: str
) -> Iterator[Stated]:
    shown = page.published()
    labelled = page.labelled("published")
    linked = _linked_dates(own, "datePublished")
    vague = _linked_dates(own, "uploadDate") + _linked_dates(own, "dateCreated") + _of(metas, "created")
    said = _linked_first(linked, _of(metas, "published"))
    # In words for people a property is often the day on which the page was begun: what is shown goes before it.
    in_words = [] if labelled is None and not shown else [pair for pair in said if not _OF_PROGRAMS.match(pair[1])]
    for where, value in said:
        if (where, value) not in in_words:
            yield from _day(where, value, page.usage, shown)
    yield from _day(labelled.where, labelled.value, page.usage, ()) if labelled else ()
    yield from (found.stated("published") for found in shown if not found.is_weak)
    for where, value in [*in_words, *vague]:
        yield from _day(where, value, page.usage, shown)
    if day := _day_of(address):
        yield Stated("published", day, Provenance.FILE_METADATA, "address of the page", True)
    yield from (found.stated("published") for found in shown if found.is_weak)


def _linked_dates(own: Sequence[linked_data.Entry], key: str) -> list[tuple[str, str]]:
    """Return the dates of a property; of marks within the page only where they agree."""
    found = []
    for entry in own:
        values = linked_data.texts(entry.thing.get(key))
        if len({value[:10] for value in values}) == 1 or entry.is_script:
            found += [(entry.where(key), value) for value in values]
    return found


def _day(where: str, value: str, usage: dates.Usage, shown: Sequence[masthead.Found]) -> Iterator[Stated]:
    day = dates.read(value, usage) or dates.stamp(value)
    if day is None:
        return
    visible = next((found.value for found in shown if not found.is_weak), None)
    local = dates.local(value, day, visible)
    as_it_is = local == day and dates.read(value)
    yield Stated("published", value if as_it_is else local or day, Provenance.FILE_METADATA, where)


def _day_of(address: str) -> str | None:
    found = _IN_ADDRESS.search(address)
    return dates.read("-".join(part for part in found.groups() if part)) if found else None


def _linked_names(own: Sequence[linked_data.Entry], *keys: str) -> list[tuple[str, str]]:
    for entry in own:
        for key in keys:
            names = linked_data.names(entry.thing.get(key))
            if names:
                return [(entry.where(key), "; ".join(dict.fromkeys(names)))]
    return []


def _linked_texts(own: Sequence[linked_data.Entry], key: str) -> list[tuple[str, str]]:
    return [(entry.where(key), value) for entry in own for value in linked_data.texts(entry.thing.get(key))]


def _addresses(tree: HtmlElement, metas: Metas) -> list[tuple[str, str]]:
    canonical = [
        ('link rel="canonical"', link.get("href") or "") for link in tree.iter("link") if "canonical" in _rel(link)
    ]
    return [(where, url) for where, url in [*canonical, *_of(metas, "source_url")] if re.match("https?://", url)]


def _languages(tree: HtmlElement, metas: Metas) -> list[tuple[str, str]]:
    own = one_line(tree.get("lang") or "")
    return ([("html lang", own)] if own else []) + _of(metas, "language")


def _of(metas: Metas, name: str) -> list[tuple[str, str]]:
    """Return where and what the meta elements say of a fact; several authors in one vocabulary are one value."""
    values: list[tuple[str, str]] = []
    for key in _META[name]:
        given = metas.get(key, ())
        if given and name == "author":
            # Open Graph's article:author is often the address of a profile.
            names = dict.fromkeys(value for _, value in given if not re.match("https?://", value))
            given = [(given[0][0], "; ".join(names))] if names else []
        values.extend(given)
    return values


def _metas(tree: HtmlElement) -> Metas:
    found: dict[str, list[tuple[str, str]]] = {}
    for meta in tree.iter("meta"):
        value = linked_data.decoded(meta.get("content") or "")
        if not value:
            continue
        # Within a scope `linked_data` knows what it is a property of.
        is_loose = not any("itemscope" in around.attrib or "typeof" in around.attrib for around in meta.iterancestors())
        for attribute in ("property", "name", "http-equiv", *(["itemprop"] if is_loose else [])):
            for key in (meta.get(attribute) or "").split():
                # "dc:creator" in RDFa is "DC.creator" in a name.
                name = re.sub(r"^(dc|dcterms|prism|eprints)[:_]", r"\1.", key.lower())
                found.setdefault(name, []).append((f'meta {attribute}="{key}"', value))
    return found


def _rel(link: HtmlElement) -> list[str]:
    return (link.get("rel") or "").lower().split()
