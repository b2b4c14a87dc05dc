"""Answers about the documents themselves: the lines that state who wrote one, when, and which there are."""

from __future__ import annotations

from collections.abc import Sequence

from alliance_qa.answering import citations
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import FOUND, Candidate
from alliance_qa.asking import catalogue
from alliance_qa.asking.catalogue import FactName, FactQuestion, ListQuestion
from alliance_qa.asking.filters import passes
from alliance_qa.asking.query import Query
from alliance_qa.domain import Citation, Document, Fact, Filters, Span
from alliance_qa.text import mentions
from alliance_qa.text.terms import terms


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft | None:
    """Return the lines that answer a question about the documents themselves; None when it is no such question.

    Args:
        query: What is asked.
        found: The passages nearest to it: a topic that no title or heading names is looked for in them.
        collection: What it is asked of.
    """
    asked = catalogue.parse(query.text)
    cited = _cited(asked, found[:FOUND], collection, query.filters) if asked else ()
    return Draft(cited, None, 1.0) if cited else None


def _cited(
    asked: FactQuestion | ListQuestion, found: Sequence[Candidate], collection: Collection, filters: Filters
) -> tuple[Citation, ...]:
    documents = [d for d in collection.corpus.documents() if passes(d.id, d.facts, filters)]
    if isinstance(asked, FactQuestion):
        named = catalogue.resolve_subject(asked.subject, documents)
        return _number(_fact_lines(named or [], asked.fact))
    chosen = catalogue.select(asked, documents)
    if asked.topic:
        chosen = catalogue.about(asked.topic, chosen) or _mentioning(asked.topic, chosen, found)
    dated = bool(asked.published_from or asked.published_to or asked.order)
    lines = []
    for document in chosen[: catalogue.MOST_DOCUMENTS]:
        names = [FactName.TITLE] + [FactName.PUBLISHED] * dated + [FactName.AUTHOR] * bool(asked.author)
        lines += [(document, *stated) for name in names if (stated := catalogue.state(document, name))]
    return _number(lines)


def _fact_lines(documents: Sequence[Document], name: FactName) -> list[tuple[Document, Fact, Span]]:
    """Return the line that states a fact, once for each value it has among the documents."""
    by_value: dict[str, tuple[Document, Fact, Span]] = {}
    for document in documents:
        if (stated := catalogue.state(document, name)) is not None:
            by_value.setdefault(stated[0].value, (document, *stated))
    return list(by_value.values())[: catalogue.MOST_DOCUMENTS]


def _mentioning(topic: str, documents: Sequence[Document], found: Sequence[Candidate]) -> list[Document]:
    """Return the documents of the passages found that hold every term of a topic, nearest first."""
    wanted = set(terms(topic))
    ids = dict.fromkeys(c.passage.document_id for c in found if wanted <= set(terms(c.passage.text)))
    by_id = {document.id: document for document in documents}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _number(lines: Sequence[tuple[Document, Fact, Span]]) -> tuple[Citation, ...]:
    return tuple(
        citations.cite(document, span, number=number, passage_id=None, highlight=_value(fact, span, document))
        for number, (document, fact, span) in enumerate(lines, 1)
    )


def _value(fact: Fact, line: Span, document: Document) -> Span | None:
    """Return where a fact's value stands in its line, a date also in other words; None where it does not."""
    start = document.text.find(fact.value, line.start, line.end)
    if start >= 0:
        return Span(start, start + len(fact.value))
    dates = [time.span for time in mentions.times(line.of(document.text)) if fact is document.facts.published]
    if len(dates) != 1 or fact.value[:4] not in dates[0].of(line.of(document.text)):
        return None
    return Span(line.start + dates[0].start, line.start + dates[0].end)
