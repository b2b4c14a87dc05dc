"""What the properties of a Word document state: title, author, language, and what somebody added."""

from __future__ import annotations

import re
from collections.abc import Iterator

from alliance_qa.documents.bylines import listed
from alliance_qa.documents.characters import one_line
from alliance_qa.documents.docx.names import Element, name
from alliance_qa.documents.docx.package import Package
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Provenance

_ADDED = {"published": "published", "date published": "published", "publisher": "publisher", "source": "source_url"}
# What programs write where nobody gave a title.
_NO_TITLE = re.compile(r"word document|untitled(?: document)?|\S+\.docx?", re.IGNORECASE)


def stated(package: Package) -> tuple[Stated, ...]:
    """Return the facts among the file's properties; when it was saved, and by whom, are none."""
    facts: dict[str, Stated] = {}
    for part in package.related("", "coreProperties"):
        core = package.xml(part)
        title, author = _core(core, "title"), ", ".join(listed(_core(core, "creator")))
        found = {
            "title": ("title", "" if _NO_TITLE.fullmatch(title) else title),
            "author": ("creator", author),
            "language": ("language", _core(core, "language")),
        }
        for fact, (tag, value) in found.items():
            facts.setdefault(fact, Stated(fact, value, Provenance.FILE_METADATA, f"{part} dc:{tag}"))
    for entry, value in _added(package):
        fact = _ADDED.get(entry.casefold(), "")
        if fact and (fact != "source_url" or re.match(r"https?://[^\s/]", value)):
            facts.setdefault(fact, Stated(fact, value, Provenance.FILE_METADATA, f'custom property "{entry}"'))
    return tuple(fact for fact in facts.values() if fact.value)


def _core(core: Element | None, tag: str) -> str:
    there = None if core is None else core.find(name(f"dc:{tag}"))
    return "" if there is None else one_line("".join(there.itertext()))


def _added(package: Package) -> Iterator[tuple[str, str]]:
    """Yield name and value of the properties that the author of the file added."""
    for part in package.related("", "customProperties"):
        properties = package.xml(part)
        for entry in () if properties is None else properties:
            # A date typed as one is stored with a time of day, which nobody stated.
            value = re.sub(r"^(\d{4}-\d\d-\d\d)T[\d:.]+Z?$", r"\1", one_line("".join(entry.itertext())))
            yield one_line(entry.get("name", "")), value
