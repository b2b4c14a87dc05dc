"""Which documents are meant: by filters, and by questions for a list of documents."""

from __future__ import annotations

from functools import lru_cache

from alliance_qa.domain import Facts, Filters, PartialDate
from alliance_qa.text.people import is_called


def passes(document_id: str, facts: Facts, filters: Filters) -> bool:
    """Whether a document is one that the filters ask for.

    A document that states only a year or a month passes when any day of it would.
    """
    if filters.document is not None and document_id != filters.document:
        return False
    if filters.author is not None and not (facts.author and _holds(facts.author.value, filters.author)):
        return False
    start, end = filters.published_from, filters.published_to
    if start is None and end is None:
        return True
    if facts.published is None:
        return False
    published = _parsed(facts.published.value)
    return not (start and published.before(start)) and not (end and end.before(published))


def _holds(names: str, part: str) -> bool:
    """Whether a part of the names, as it is written, or who is called so is among them."""
    return part.casefold() in names.casefold() or is_called(names, part)


_parsed = lru_cache(maxsize=4096)(PartialDate.parse)  # many documents, few dates
