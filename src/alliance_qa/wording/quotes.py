"""What a language model is shown of an answer's citations: quotes with their neighbours, and how the source goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alliance_qa.domain import Citation, Document, Span
from alliance_qa.ports import Corpus
from alliance_qa.text.sentences import split_sentences
from alliance_qa.wording.proof import Quoted

MOST_NEIGHBOUR = 400
"""Characters of a neighbour that are shown."""
_RESTRICTS = re.compile(
    r"(?:But|However|Unless|Except|Provided|Nevertheless|Nonetheless|Yet|Still|Even so|That said|Only|Otherwise"
    r"|Notwithstanding|This does not|It does not|Instead)\b"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A quote as it is worded from: `document.text[span.start:span.end]`, widened where the source restricts it."""

    number: int  # of the citation
    document_id: str
    title: str
    published: str  # "" where the document does not say
    span: Span
    quote: Quoted  # what is cited, and what was added behind it
    text: str  # of the span
    before: str  # the sentence before, "" for none
    after: str


def sources(citations: tuple[Citation, ...], corpus: Corpus) -> tuple[Source, ...]:
    """Return what each citation is worded from."""
    return tuple(_source(citation, corpus.document(citation.document_id)) for citation in citations)


def _source(citation: Citation, document: Document) -> Source:
    span = citation.span
    block = next((b.span for b in document.blocks if b.span.start <= span.start < b.span.end), span)
    language = document.facts.language.value if document.facts.language else "en"
    around = [found.moved(block.start) for found in split_sentences(block.of(document.text), language)]
    before = [found.of(document.text) for found in around if found.end <= span.start]
    after = [found for found in around if found.start >= span.end]
    end = span.end
    while after and _RESTRICTS.match(after[0].of(document.text)):
        end = after.pop(0).end
    wide = Span(span.start, end)
    published = document.facts.published
    return Source(
        citation.number,
        document.id,
        document.facts.title.value,
        published.value if published else "",
        wide,
        Quoted(_flat(citation.quote), _flat(document.text[span.end : end])),
        wide.of(document.text),
        _flat(before[-1])[-MOST_NEIGHBOUR:] if before else "",
        _flat(after[0].of(document.text))[:MOST_NEIGHBOUR] if after else "",
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
