"""Quotes and the check that they stand where they say."""

from __future__ import annotations

from alliance_qa.domain import Citation, Document, Span


def cite(
    document: Document, span: Span, *, number: int, passage_id: str | None, highlight: Span | None = None
) -> Citation:
    """Quote a span of a document; `highlight` lies inside it, both in the document's text.

    Raises:
        ValueError: The span leaves the text, or the highlight the span.
    """
    quote = span.of(document.text)
    if len(quote) != span.end - span.start:
        raise ValueError(f"{document.id} has no characters {span.start}:{span.end}")
    return Citation(number, document.id, span, quote, passage_id, highlight)


def stands(text: str, start: int, end: int, quote: str) -> bool:
    """Whether exactly this quote is at this place of a text."""
    return 0 <= start < end <= len(text) and text[start:end] == quote
