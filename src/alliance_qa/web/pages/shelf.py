"""The documents of a collection as a list to look through."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from alliance_qa.domain import Fact, Facts
from alliance_qa.index.generation import Generation
from alliance_qa.service import first
from alliance_qa.settings import Settings
from alliance_qa.web.urls import document_url

PER_PAGE = 100
LONGEST_FILTER = 200  # characters
_LAST = 2**31  # the place of all that the keeper put nowhere


class Order(StrEnum):
    """What the list is sorted by."""

    TITLE = "title"
    AUTHOR = "author"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Entry:
    """A document and what is known about it; "" where nothing is."""

    id: str
    path: str
    title: str
    author: str
    published: str  # YYYY, YYYY-MM or YYYY-MM-DD
    publisher: str
    language: str
    place: int = _LAST  # among those that the keeper puts first, from 0

    @property
    def url(self) -> str:
        """The path of its page."""
        return document_url(self.id)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a list, and how to get from it to others."""

    entries: tuple[Entry, ...]
    first: int  # number of the first entry, from 1
    found: int  # entries on all pages
    page: int  # from 1
    pages: int  # at least 1
    order: Order
    wanted: str  # what the list was filtered by

    def url(self, *, wanted: str | None = None, order: str | None = None, page: int = 1) -> str:
        """Return the path of the list filtered by other words, in another order, or of another page of it."""
        query = {"q": self.wanted if wanted is None else wanted, "sort": order or self.order.value, "page": page}
        kept = {name: value for name, value in query.items() if value not in ("", Order.TITLE, 1)}
        return f"/documents?{urlencode(kept)}" if kept else "/documents"


class Shelf:
    """Keeps the list of the generation that was asked for last."""

    def __init__(self) -> None:
        self._made: tuple[str, tuple[Entry, ...]] | None = None

    def entries(self, generation: Generation, settings: Settings) -> tuple[Entry, ...]:
        """Return the documents of a generation: those that the keeper puts first, then by title.

        Args:
            generation: Which holds them.
            settings: The same at each call.
        """
        made = self._made
        if made is None or made[0] != generation.version:
            paths = {state.document_id: state.path for state in generation.manifest.sources if state.document_id}
            put_first = first.ids(settings, generation.manifest)
            made = self._made = generation.version, entries(generation.corpus.facts, paths, put_first)
        return made[1]


def entries(facts: Mapping[str, Facts], paths: Mapping[str, str], put_first: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Return an entry for each document: the first, then by title.

    Args:
        facts: By document id.
        paths: The file of each document by its id.
        put_first: The ids of those that come first, in their order.
    """
    places = {id_: place for place, id_ in enumerate(put_first)}
    made = [
        Entry(
            id_,
            paths.get(id_, ""),
            known.title.value,
            _value(known.author),
            _value(known.published),
            _value(known.publisher),
            _value(known.language),
            places.get(id_, _LAST),
        )
        for id_, known in facts.items()
    ]
    return tuple(sorted(made, key=_by_title))


def leaf(all_entries: Sequence[Entry], *, wanted: str = "", order: str = "", page: str = "") -> Leaf:
    """Return one page of the list. What is no order or no page counts as the first.

    A list by title begins with the documents that the keeper puts first.

    Args:
        all_entries: In any order.
        wanted: Words, each of which must stand in the title, the author or the path.
        order: A value of `Order`; a list by date begins with the newest.
        page: A number from 1.
    """
    wanted = " ".join(wanted[:LONGEST_FILTER].split())
    by = Order(order) if order in set(Order) else Order.TITLE
    words = wanted.casefold().split()
    found = [e for e in all_entries if not words or _holds(e, words)]
    found.sort(key=_by_title)
    if by is Order.AUTHOR:
        found.sort(key=lambda e: (not e.author, e.author.casefold()))
    elif by is Order.DATE:
        found.sort(key=lambda e: e.published, reverse=True)
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(max(int(page), 1), pages) if page.isascii() and page.isdigit() and len(page) < 10 else 1
    start = (number - 1) * PER_PAGE
    return Leaf(tuple(found[start : start + PER_PAGE]), start + 1, len(found), number, pages, by, wanted)


def newest(all_entries: Sequence[Entry], most: int) -> list[Entry]:
    """Return the documents that the keeper puts first, then the latest.

    Those of the same date come in the order given, those without one last.
    """
    return heapq.nlargest(most, all_entries, key=lambda e: (-e.place, e.published))


def _by_title(entry: Entry) -> tuple[int, str, str]:
    return entry.place, entry.title.casefold(), entry.path


def _holds(entry: Entry, words: Sequence[str]) -> bool:
    text = f"{entry.title}\n{entry.author}\n{entry.path}".casefold()
    return all(word in text for word in words)


def _value(fact: Fact | None) -> str:
    return fact.value if fact else ""
