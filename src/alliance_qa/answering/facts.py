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
from alliance_qa.domain import Citation, Document, Fact, Facts, Filters, Span
from alliance_qa.ports import Corpus
from alliance_qa.text import mentions
from alliance_qa.text.terms import terms

# The confidence in a fact that is likely, not said: chosen, not fitted.
_LIKELY = 0.8
_FEW = 256  # so many documents' facts are read for a question; of more, all facts, once for a generation


def draft(query: Query, found: Sequence[Candidate], collection: Collection) -> Draft | None:
    """Return the lines that answer a question about the documents themselves; None when it is no such question.

    Args:
        query: What is asked.
        found: The passages nearest to it: a topic that no title or heading names is looked for in them.
        collection: What it is asked of.
    """
    asked = catalogue.parse(query.text)
    cited = _cited(asked, found[:FOUND], collection, query.filters) if asked else ()
    if not cited:
        return None
    weak = any(_is_weak(citation, collection.corpus) for citation in cited)
    return Draft(cited, None, _LIKELY if weak else 1.0)


def _is_weak(citation: Citation, corpus: Corpus) -> bool:
    """Whether what a line states is likely only."""
    [facts] = corpus.facts_of([citation.document_id])
    stated = (getattr(facts, name) for name in Facts.__dataclass_fields__)
    return any(fact.weak for fact in stated if fact and fact.span == citation.span)


def _cited(
    asked: FactQuestion | ListQuestion, found: Sequence[Candidate], collection: Collection, filters: Filters
) -> tuple[Citation, ...]:
    corpus = collection.corpus
    view: catalogue.View = None
    if not filters.is_open:
        view = frozenset(id_ for id_, known in corpus.facts.items() if passes(id_, known, filters))
    if isinstance(asked, FactQuestion):
        return _number(_fact_lines(catalogue.resolve_subject(asked.subject, corpus, view) or (), asked.fact, corpus))
    if asked.asks_of_facts:
        seen = {id_: known for id_, known in corpus.facts.items() if view is None or id_ in view}
        view = frozenset(catalogue.select(asked, seen))
    chosen = catalogue.about(asked.topic, corpus, view)
    if asked.topic and not chosen:
        chosen = _mentioning(asked.topic, view, found)
    dated = bool(asked.published_from or asked.published_to or asked.order)
    names = [FactName.TITLE] + [FactName.PUBLISHED] * dated + [FactName.AUTHOR] * bool(asked.author)
    lines = []
    for document in map(corpus.document, chosen[: catalogue.MOST_DOCUMENTS]):
        lines += [(document, *stated) for name in names if (stated := catalogue.state(document.facts, name))]
    return _number(lines)


def _fact_lines(document_ids: Sequence[str], name: FactName, corpus: Corpus) -> list[tuple[Document, Fact, Span]]:
    """Return the line that states a fact, once for each value it has among the documents, as far as an answer goes."""
    few = len(document_ids) <= _FEW
    known = dict(zip(document_ids, corpus.facts_of(document_ids), strict=True)) if few else corpus.facts
    by_value: dict[str, str] = {}
    for id_ in document_ids:
        if (stated := catalogue.state(known[id_], name)) is not None:
            by_value.setdefault(stated[0].value, id_)
        if len(by_value) == catalogue.MOST_DOCUMENTS:
            break
    first = map(corpus.document, by_value.values())
    return [(document, *stated) for document in first if (stated := catalogue.state(document.facts, name))]


def _mentioning(topic: str, view: catalogue.View, found: Sequence[Candidate]) -> list[str]:
    """Return the documents of the passages found that hold every term of a topic, nearest first."""
    wanted = set(terms(topic))
    ids = dict.fromkeys(c.passage.document_id for c in found if wanted <= set(terms(c.passage.text)))
    return [id_ for id_ in ids if view is None or id_ in view]


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
