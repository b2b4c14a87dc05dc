"""An answer with its citations and passages, and passages alone."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from alliance_qa.domain import MOST_SUGGESTIONS, Answer, Citation, Document, PassageKind, RankedPassage, Reason
from alliance_qa.index.generation import Generation
from alliance_qa.web.urls import Place, citation_url
from alliance_qa.web.wire.fields import Out, likely, stated
from alliance_qa.web.wire.wording import SentenceOut, sentence_out
from alliance_qa.wording.composer import Composition, Wording

_LOCATOR = 'where in the file it begins: "page 3", "slide 7"; null where the file does not tell'


class HighlightOut(Out):
    """The short answer inside a quote: a date, an amount, a name. `start` and `end` as in the citation."""

    start: int
    end: int
    text: str


class CitationOut(Out):
    """A quote and its place: `text[start:end] == quote`, in code points of the document's text."""

    number: int = Field(description="stands as [number] in the answer")
    document_id: str
    title: str
    author: str | None
    published: str | None = Field(description="ISO 8601: YYYY, YYYY-MM or YYYY-MM-DD")
    source_url: str | None
    likely: tuple[str, ...] = Field(description="which of the document's facts are likely, not said in so many words")
    passage_id: str | None = Field(description="null where the line of a document fact is cited")
    quote: str
    locator: str | None = Field(description=_LOCATOR)
    start: int
    end: int
    highlight: HighlightOut | None = Field(description="the short answer itself; null where it is not clear")
    url: str = Field(description="the source with the quote marked, and the way to the other citations")


class PassageOut(Out):
    """One of the nearest passages."""

    rank: int
    passage_id: str
    document_id: str
    title: str
    kind: PassageKind
    headings: tuple[str, ...]
    page: int | None
    locator: str | None = Field(description=_LOCATOR)
    text: str
    score: float = Field(description="0 to 1, higher is nearer")
    start: int
    end: int


def _is_none(value: object) -> bool:
    return value is None


class AnswerOut(Out):
    """Sentences of the collection with their places, or `answered: false` and why."""

    answered: bool
    reason: Reason | None = Field(description="why not answered; null when answered")
    answer: str = Field(description='quotes with markers: "… [1] … [2]"; empty when not answered')
    confidence: float = Field(description="0 to 1, that the citations answer the question")
    resolved_question: str = Field(description="what was searched for, after a follow-up was resolved")
    index_version: str
    citations: tuple[CitationOut, ...]
    passages: tuple[PassageOut, ...]
    suggestions: tuple[str, ...] = Field(
        max_length=MOST_SUGGESTIONS,
        description="when not answered: up to three questions that the collection answers, nearby or to start with",
    )
    not_stated: tuple[str, ...] = Field(
        description="when answered: parts of the question, as typed, that the collection does not answer"
    )
    truncated: bool = Field(description="a model read only the beginning of the question, which is too long for it")
    took_ms: int
    wording: Wording | None = Field(
        None, exclude_if=_is_none, description="only where other words were asked for: how the answer is worded"
    )
    sentences: tuple[SentenceOut, ...] | None = Field(
        None, exclude_if=_is_none, description="with `wording`: the answer in other words, each sentence proved"
    )


class AskOut(AnswerOut):
    """An answer over HTTP."""

    answer_id: str = Field(description="names this answer in feedback about it")
    conversation_id: str = Field(description="to be sent with the next question of the conversation")


class SearchOut(Out):
    """The nearest passages."""

    question: str
    index_version: str
    passages: tuple[PassageOut, ...]
    took_ms: int


def answer_out(answer: Answer, generation: Generation, took_ms: int) -> AnswerOut:
    """Return the JSON of an answer."""
    return AnswerOut(
        answered=answer.answered,
        reason=answer.reason,
        answer=answer.text,
        confidence=round(answer.confidence, 4),
        resolved_question=answer.question,
        index_version=generation.version,
        citations=_citations(answer.citations, generation),
        passages=passages_out(answer.passages, generation),
        suggestions=answer.suggestions,
        not_stated=answer.not_stated,
        truncated=answer.truncated,
        took_ms=took_ms,
    )


def composed_out(composition: Composition, version: str) -> dict[str, object]:
    """Return the fields that a composition adds to an answer of a generation."""
    sentences = tuple(sentence_out(sentence, version) for sentence in composition.sentences)
    return {"wording": composition.wording, "sentences": sentences}


def search_out(question: str, ranked: tuple[RankedPassage, ...], generation: Generation, took_ms: int) -> SearchOut:
    """Return the JSON of a search."""
    return SearchOut(
        question=question,
        index_version=generation.version,
        passages=passages_out(ranked, generation),
        took_ms=took_ms,
    )


def passages_out(ranked: tuple[RankedPassage, ...], generation: Generation) -> tuple[PassageOut, ...]:
    """Return the JSON of passages."""
    return tuple(_passage(entry, generation.corpus.document(entry.passage.document_id)) for entry in ranked)


def _passage(entry: RankedPassage, document: Document) -> PassageOut:
    passage = entry.passage
    return PassageOut(
        rank=entry.rank,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=document.facts.title.value,
        kind=passage.kind,
        headings=passage.headings,
        page=passage.page,
        locator=document.locator(passage.span.start) or None,
        text=passage.text,
        score=round(entry.score, 4),
        start=passage.span.start,
        end=passage.span.end,
    )


def _citations(citations: Sequence[Citation], generation: Generation) -> tuple[CitationOut, ...]:
    places = [Place(citation.document_id, citation.span) for citation in citations]
    return tuple(
        _citation(
            citation, generation.corpus.document(citation.document_id), citation_url(places, at, generation.version)
        )
        for at, citation in enumerate(citations)
    )


def _citation(citation: Citation, document: Document, url: str) -> CitationOut:
    facts = document.facts
    return CitationOut(
        number=citation.number,
        document_id=citation.document_id,
        title=facts.title.value,
        author=stated(facts.author),
        published=stated(facts.published),
        source_url=stated(facts.source_url),
        likely=likely(facts),
        passage_id=citation.passage_id,
        quote=citation.quote,
        locator=document.locator(citation.span.start) or None,
        start=citation.span.start,
        end=citation.span.end,
        highlight=_highlight(citation, document),
        url=url,
    )


def _highlight(citation: Citation, document: Document) -> HighlightOut | None:
    inner = citation.highlight
    return HighlightOut(start=inner.start, end=inner.end, text=inner.of(document.text)) if inner else None
