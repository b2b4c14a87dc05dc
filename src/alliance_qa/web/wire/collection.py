"""The collection: its documents, their texts, and whether a quote stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from alliance_qa.domain import BlockKind, Document, Fact, Outline, Provenance
from alliance_qa.index.generation import Generation
from alliance_qa.settings import Settings
from alliance_qa.web.urls import document_url
from alliance_qa.web.wire.fields import In, Name, Offset, Out, Version, stated

# Where a fact stands whose reader does not say it more exactly.
_PLACES = {
    Provenance.FRONT_MATTER: "the front matter",
    Provenance.FILE_METADATA: "the file's metadata",
    Provenance.FILE_NAME: "the file's name",
}


class ContactOut(Out):
    """Whom to ask what the collection does not say."""

    text: str
    url: str | None


class CollectionOut(Out):
    """What the collection holds, to greet a visitor with."""

    index_version: str
    documents: int
    passages: int
    earliest: str | None = Field(description="the earliest date that a document states, ISO 8601")
    latest: str | None = Field(description="the latest")
    examples: tuple[str, ...] = Field(description="questions that it answers")
    questions_kept_days: int | None = Field(description="how long questions are kept; null when they are not")
    contact: ContactOut | None = Field(None, description="whom to ask what the collection does not say")
    messages_kept_days: int | None = Field(
        None, description="how long a refused question that is sent to the keeper is kept; null where none can be"
    )


class FactOut(Out):
    """A fact about a document and where it is stated."""

    value: str
    provenance: Provenance
    where: str = Field(description="the tag, attribute, property, line or address that states it")
    weak: bool = Field(description="whether it is likely, not said in so many words")
    start: int | None
    end: int | None
    line: int | None = Field(description="of the text that states it, from 1")


class DocumentSummaryOut(Out):
    """A document and its facts."""

    id: str
    path: str
    media_type: str
    title: str
    author: str | None
    published: str | None
    publisher: str | None
    source_url: str | None
    language: str | None
    characters: int
    url: str


class HeadingOut(Out):
    """A heading of a document."""

    level: int
    text: str
    start: int


class DocumentOut(DocumentSummaryOut):
    """A document with the provenance of its facts and its headings."""

    index_version: str
    sha256: str = Field(description="of the file's bytes")
    facts: dict[str, FactOut]
    headings: tuple[HeadingOut, ...]


class DocumentsOut(Out):
    """All documents: those that the keeper puts first, then by path."""

    index_version: str
    documents: tuple[DocumentSummaryOut, ...]


class TextOut(Out):
    """The text that citations point into."""

    text: str


class VerifyIn(In):
    """A quote and where it is said to stand."""

    document_id: Name
    start: Offset
    end: Offset
    quote: Annotated[str, StringConstraints(max_length=50_000)]
    index_version: Version | None = Field(None, description="that was quoted; else the one in use")


class VerifyOut(Out):
    """Whether the quote stands at the place."""

    stands: bool
    index_version: str


def contact_out(settings: Settings) -> ContactOut | None:
    """Return the JSON of whom to ask; None where the keeper names nobody."""
    text = settings.contact or settings.contact_url.removeprefix("mailto:")
    return ContactOut(text=text, url=settings.contact_url or None) if text else None


def collection_out(
    generation: Generation,
    examples: tuple[str, ...],
    kept_days: int | None,
    contact: ContactOut | None = None,
    messages_days: int | None = None,
) -> CollectionOut:
    """Return the JSON of what the collection holds."""
    earliest, latest = generation.period
    return CollectionOut(
        index_version=generation.version,
        documents=generation.manifest.documents,
        passages=generation.manifest.passages,
        earliest=earliest,
        latest=latest,
        examples=examples,
        questions_kept_days=kept_days,
        contact=contact,
        messages_kept_days=messages_days,
    )


def documents_out(generation: Generation, first: Sequence[str]) -> DocumentsOut:
    """Return the JSON of all documents.

    Args:
        generation: Which holds them.
        first: The ids of those that come first, in their order; the others are ordered by path.
    """
    places = {id_: place for place, id_ in enumerate(first)}
    outlines = sorted(generation.corpus.outlines(), key=lambda outline: places.get(outline.id, len(places)))
    return DocumentsOut(index_version=generation.version, documents=tuple(_summary(document) for document in outlines))


def document_out(document: Document, generation: Generation) -> DocumentOut:
    """Return the JSON of one document."""
    return DocumentOut(
        **dict(_summary(_outline(document))),
        index_version=generation.version,
        sha256=document.sha256,
        facts=facts_out(document),
        headings=tuple(
            HeadingOut(level=block.level, text=block.span.of(document.text), start=block.span.start)
            for block in document.blocks
            if block.kind is BlockKind.HEADING
        ),
    )


def facts_out(document: Document) -> dict[str, FactOut]:
    """Return the JSON of what is known about a document, by name."""
    facts = {name: getattr(document.facts, name) for name in document.facts.__dataclass_fields__}
    return {name: _fact(fact, document.text) for name, fact in facts.items() if fact is not None}


def _outline(document: Document) -> Outline:
    return Outline(document.id, document.path, document.media_type, len(document.text), document.facts)


def _summary(document: Outline) -> DocumentSummaryOut:
    facts = document.facts
    return DocumentSummaryOut(
        id=document.id,
        path=document.path,
        media_type=document.media_type,
        title=facts.title.value,
        author=stated(facts.author),
        published=stated(facts.published),
        publisher=stated(facts.publisher),
        source_url=stated(facts.source_url),
        language=stated(facts.language),
        characters=document.characters,
        url=document_url(document.id),
    )


def _fact(fact: Fact, text: str) -> FactOut:
    span = fact.span
    line = text.count("\n", 0, span.start) + 1 if span else None
    if fact.provenance is Provenance.TEXT and line is not None:
        place = f"line {line} of the text"
    else:
        place = _PLACES.get(fact.provenance, "")
    return FactOut(
        value=fact.value,
        provenance=fact.provenance,
        where=fact.where or place,
        weak=fact.weak,
        start=span.start if span else None,
        end=span.end if span else None,
        line=line,
    )
