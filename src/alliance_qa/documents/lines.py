"""The lines by which people name a document."""

from __future__ import annotations

from alliance_qa.domain import BlockKind, Document, LineKind


def lines(document: Document) -> dict[LineKind, list[str]]:
    """Return a document's lines of each kind: one title, one label, and its headings in order."""
    title = document.facts.title.value
    stated = _of(document, BlockKind.METADATA)
    return {
        LineKind.TITLE: [title],
        LineKind.LABEL: ["\n".join([title, document.path.replace("-", " "), *stated])],
        LineKind.HEADING: _of(document, BlockKind.HEADING),
    }


def _of(document: Document, kind: BlockKind) -> list[str]:
    return [block.span.of(document.text) for block in document.blocks if block.kind is kind]
