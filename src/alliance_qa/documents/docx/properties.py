"""What the properties of a Word document state: title, author, language, and what somebody added."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from alliance_qa.documents.bylines import listed
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx.names import Element, name
from alliance_qa.documents.docx.package import Package
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

_ADDED = {"published": "published", "date published": "published", "publisher": "publisher", "source": "source_url"}
# What programs write where nobody gave a title.
_NO_TITLE = re.compile(
    r"word document|untitled(?: document)?|.{0,20}power ?point.{0,20}|slide 1|\S+\.(?:doc|xls|ppt)[xm]?", re.IGNORECASE
)


def stated(package: Package) -> tuple[Stated, ...]:
    """Return the facts among the file's properties; when it was saved, and by whom, are none."""
    held: list[tuple[str, str, str]] = []
    for part in package.related("", "coreProperties"):
        core = package.xml(part)
        tags = {"title": "title", "author": "creator", "language": "language"}
        held += [(fact, _core(core, tag), f"{part} dc:{tag}") for fact, tag in tags.items()]
    return told(held, _added(package))


def told(held: Iterable[tuple[str, str, str]], added: Iterable[tuple[str, str]]) -> tuple[Stated, ...]:
    """Return the facts among the properties of a file, the first of each kind.

    Args:
        held: Fact, value and place of what every such file may state: title, author, language. What a program
            writes where nobody gave a title is none, and programs and accounts are nobody.
        added: Name and value of what somebody added.
    """
    facts: dict[str, Stated] = {}
    for fact, value, where in held:
        value = authors(value) if fact == "author" else "" if fact == "title" and _NO_TITLE.fullmatch(value) else value
        facts.setdefault(fact, Stated(fact, value, Provenance.FILE_METADATA, where))
    for entry, value in added:
        fact = _ADDED.get(entry.casefold(), "")
        if fact and (fact != "source_url" or re.match(r"https?://[^\s/]", value)):
            facts.setdefault(fact, Stated(fact, value, Provenance.FILE_METADATA, f'custom property "{entry}"'))
    return tuple(fact for fact in facts.values() if fact.value)


def _core(core: Element | None, tag: str) -> str:
    there = None if core is None else core.find(name(f"dc:{tag}"))
    return "" if there is None else one_line("".join(there.itertext()))


def authors(creator: str) -> str:
    """Return the people that a file's properties name, without programs and nobody."""
    return ", ".join(listed(creator))


def _added(package: Package) -> Iterator[tuple[str, str]]:
    """Yield name and value of the properties that the author of the file added."""
    for part in package.related("", "customProperties"):
        properties = package.xml(part)
        for entry in () if properties is None else properties:
            # A date typed as one is stored with a time of day, which nobody stated.
            value = re.sub(r"^(\d{4}-\d\d-\d\d)T[\d:.]+Z?$", r"\1", one_line("".join(entry.itertext())))
            yield one_line(entry.get("name", "")), value
