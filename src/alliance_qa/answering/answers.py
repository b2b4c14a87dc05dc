"""A question into an answer with citations, or an honest refusal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from alliance_qa.answering import answerability, citations, evidence, highlight, suggestions
from alliance_qa.answering.evidence import Candidate, Evidence
from alliance_qa.answering.retrieval import allowed_rows, closest, reranked, retrieve
from alliance_qa.asking import catalogue, comparison, conversation
from alliance_qa.asking.catalogue import FactName, FactQuestion, ListQuestion
from alliance_qa.asking.filters import passes
from alliance_qa.asking.kind import Asks, Question, analyse, is_clear
from alliance_qa.domain import (
    MOST_SUGGESTIONS,
    Answer,
    Citation,
    Document,
    Fact,
    Filters,
    OperatingPoint,
    RankedPassage,
    Reason,
    Span,
    Turn,
)
from alliance_qa.ports import Corpus, DenseIndex, Embedder, LexicalIndex, Reader, Vectors
from alliance_qa.text import language, mentions
from alliance_qa.text.passages import context
from alliance_qa.text.terms import terms

# This many passages are found, and the sentences of this many of them weighed, however few are returned.
_FOUND, _WEIGHED = 10, 5

# From here on the reader's short answer is highlighted where the question's form names no kind of answer.
# On the tuning and development questions 0.92 of them overlap an accepted one.
_SURE_SHORT = 0.6


@dataclass(frozen=True, slots=True)
class Collection:
    """One generation and the model that it was made with: what questions are asked of."""

    corpus: Corpus
    dense: DenseIndex
    lexical: LexicalIndex
    embedder: Embedder
    operating_point: OperatingPoint = answerability.SHIPPED
    reader: Reader | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What is searched for, after a follow-up was resolved: the first step of an answer."""

    question: str


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest passages, best first, before any sentence of them is chosen: the second step."""

    passages: tuple[RankedPassage, ...]


def search(question: str, collection: Collection, *, filters: Filters, top_k: int) -> tuple[RankedPassage, ...]:
    """Return the passages nearest to a question, best first; at most `top_k`."""
    vector = collection.embedder.embed_question(question)
    return _ranked(_find(question, vector, collection, filters, top_k)[:top_k])


def evidence_for(question: str, collection: Collection, *, filters: Filters) -> list[Evidence]:
    """Return the sentences that an answer would be chosen from, best first."""
    vector = collection.embedder.embed_question(question)
    return _weigh(question, vector, _find(question, vector, collection, filters, _FOUND), collection)


def answer(question: str, collection: Collection, *, history: Sequence[Turn], filters: Filters, top_k: int) -> Answer:
    """Answer a question from a collection.

    Args:
        question: 1 to 2,000 characters.
        collection: What is asked.
        history: The earlier turns of the conversation, oldest first.
        filters: Which documents may be found and cited.
        top_k: How many of the nearest passages to return, at least 1.

    Returns:
        The answer, or a refusal with questions that are answered from the nearest passages.
    """
    for step in steps(question, collection, history=history, filters=filters, top_k=top_k):
        if isinstance(step, Answer):
            return step
    raise AssertionError("the last step is the answer")


def steps(
    question: str, collection: Collection, *, history: Sequence[Turn], filters: Filters, top_k: int
) -> Iterator[Resolved | Found | Answer]:
    """Yield what `answer` knows as soon as it knows it: one of each, in this order."""
    resolved = conversation.resolve(question, history)
    yield Resolved(resolved)
    unasked = None
    if not is_clear(resolved):
        unasked = Reason.UNCLEAR_QUESTION
    elif _is_in_unseen_letters(question, collection):
        unasked = Reason.LANGUAGE_NOT_COVERED
    if unasked is not None:
        yield Found(())
        yield _refuse(resolved, unasked, 0.0, [])
        return
    vector = collection.embedder.embed_question(resolved)
    found = _find(resolved, vector, collection, filters, top_k)
    yield Found(_ranked(found[:top_k]))
    given = _answer(resolved, vector, found, collection, filters, top_k)
    if given.answered:
        yield given
        return
    reason = given.reason if language.may_be(question, _languages(collection, found)) else Reason.LANGUAGE_NOT_COVERED
    yield replace(given, reason=reason, suggestions=_suggest(resolved, vector, found, collection, filters))


def _answer(
    question: str,
    vector: Vectors,
    found: list[Candidate],
    collection: Collection,
    filters: Filters,
    top_k: int,
) -> Answer:
    """Answer a question that stands alone, from the documents' facts or the passages found."""
    asked = catalogue.parse(question)
    if asked is not None:
        cited = _from_catalogue(asked, found, collection, filters)
        if cited:
            return Answer(question, citations.word(cited), tuple(cited), None, 1.0, _ranked(found[:top_k]))
    parts = _from_parts(question, found, collection, filters, top_k)
    return parts or _from_content(question, vector, found, collection, top_k)


def _from_parts(
    question: str, found: Sequence[Candidate], collection: Collection, filters: Filters, top_k: int
) -> Answer | None:
    """Answer a comparison by the best sentence of each of its parts; None unless every part is answered."""
    parts = comparison.parts(question)
    chosen: dict[tuple[str, Span], Evidence] = {}
    least = 1.0
    for part, vector in zip(parts, collection.embedder.embed_questions(parts) if parts else (), strict=True):
        ranked = _weigh(part, vector, _find(part, vector, collection, filters, _FOUND), collection)
        reason, confidence = answerability.decide(ranked[0] if ranked else None, collection.operating_point)
        if reason is not None:
            return None
        least = min(least, confidence)
        chosen[ranked[0].passage.document_id, ranked[0].span] = ranked[0]
    if not chosen:
        return None
    document = collection.corpus.document
    cited = [
        citations.cite(document(e.passage.document_id), e.span, number=number, passage_id=e.passage.id)
        for number, e in enumerate(chosen.values(), 1)
    ]
    return Answer(question, citations.word(cited), tuple(cited), None, least, _ranked(found[:top_k]))


def _suggest(
    question: str,
    vector: Vectors,
    found: list[Candidate],
    collection: Collection,
    filters: Filters,
) -> tuple[str, ...]:
    """Return questions about the passages found, the nearest to the one asked first.

    Each was asked: it is answered by a sentence of the passage that it came from. Reading takes
    longest, so that only those are read that are answered without a reader, too.
    """

    def is_answered(at: int, asked: Collection) -> bool:
        proposal = proposed[at]
        hits = _find(proposal.question, vectors[at], asked, filters, _FOUND)
        given = _answer(proposal.question, vectors[at], hits, asked, filters, _WEIGHED)
        return any(citation.passage_id == nearest[proposal.passage].id for citation in given.citations)

    nearest = [candidate.passage for candidate in found[:_WEIGHED]]
    proposed = suggestions.propose(question, nearest, collection.lexical.weights(terms(question)))
    if not proposed:
        return ()
    vectors = collection.embedder.embed_questions([proposal.question for proposal in proposed])
    unread = replace(collection, reader=None)
    order = (vectors @ vector).argsort(kind="stable")[::-1].tolist()
    likely = [at for at in order if is_answered(at, unread)][:MOST_SUGGESTIONS]
    return tuple(proposed[at].question for at in likely if collection.reader is None or is_answered(at, collection))


def _is_in_unseen_letters(question: str, collection: Collection) -> bool:
    """Whether a question is in a language that the collection is not, and in letters that it does not hold."""
    foreign = terms(" ".join(language.foreign_words(question)))
    return (
        bool(foreign)
        and not collection.lexical.scores(foreign).any()
        and not language.may_be(question, _languages(collection, []))
    )


def _languages(collection: Collection, found: list[Candidate]) -> set[str]:
    """Return the languages of the documents.

    A document that does not state its language counts as English, and as what those of its
    passages that were found are written in.
    """
    facts = collection.corpus.facts
    stated = {language.primary(f.language.value) if f.language else "en" for f in facts.values()}
    return (stated or {"en"}) | {
        language.detect(c.passage.text) for c in found if facts[c.passage.document_id].language is None
    }


def _find(question: str, vector: Vectors, collection: Collection, filters: Filters, top_k: int) -> list[Candidate]:
    """Return the passages nearest to a question, the first of them read and ranked anew."""
    corpus = collection.corpus
    hits = retrieve(
        question,
        vector,
        dense=collection.dense,
        lexical=collection.lexical,
        corpus=corpus,
        allowed=allowed_rows(filters, corpus, len(collection.dense)),
        top_k=max(top_k, _FOUND),
    )
    rows = [hit.row for hit in hits]
    passages = corpus.passages(rows)
    contexts = [context(corpus.document(passage.document_id), passage) for passage in passages]
    vectors = corpus.sentence_vectors(rows)
    found = [Candidate(*parts) for parts in zip(hits, passages, contexts, vectors, strict=True)]
    if collection.reader is None:
        return found
    read = closest(found, _WEIGHED)
    readings = collection.reader.read(question, [(candidate.context, candidate.passage.text) for candidate in read])
    rows = [candidate.hit.row for candidate in read]
    return reranked(found, dict(zip(rows, readings, strict=True)))


def _weigh(question: str, vector: Vectors, found: Sequence[Candidate], collection: Collection) -> list[Evidence]:
    """Return the sentences of the nearest passages, best first."""
    asked = analyse(question)
    weighed = [candidate for candidate in found if candidate.reading] or closest(found, _WEIGHED)
    return evidence.weigh(asked, vector, weighed, collection.lexical.weights(asked.terms))


def _from_content(
    question: str,
    vector: Vectors,
    found: list[Candidate],
    collection: Collection,
    top_k: int,
) -> Answer:
    ranked = _weigh(question, vector, found, collection)
    reason, confidence = answerability.decide(ranked[0] if ranked else None, collection.operating_point)
    if reason is not None:
        return _refuse(question, reason, confidence, found[:top_k])
    cited = _cite(evidence.choose(ranked), ranked[0], analyse(question), collection.corpus)
    return Answer(question, citations.word(cited), tuple(cited), None, confidence, _ranked(found[:top_k]))


def _cite(chosen: Sequence[Evidence], best: Evidence, asked: Question, corpus: Corpus) -> list[Citation]:
    """Cite sentences in reading order, the document of the best sentence first.

    The short answer is that of the best sentence. Another may hold the date of something else,
    so only the same words are highlighted in it.
    """
    documents = list(dict.fromkeys(e.passage.document_id for e in chosen))
    ordered = sorted(chosen, key=lambda e: (documents.index(e.passage.document_id), e.span))
    short = _short_answer(best, asked)
    cited = []
    for number, e in enumerate(ordered, 1):
        inner = _short_answer(e, asked) if short else None
        document = corpus.document(e.passage.document_id)
        cited.append(
            citations.cite(
                document,
                e.span,
                number=number,
                passage_id=e.passage.id,
                highlight=inner[0] if inner and short and inner[1] == short[1] else None,
            )
        )
    return cited


def _short_answer(chosen: Evidence, asked: Question) -> tuple[Span, str] | None:
    """Return where a sentence's short answer stands in its document, and its words."""
    shift = chosen.passage.span.start
    sentence = chosen.passage.text[chosen.span.start - shift : chosen.span.end - shift]
    found = highlight.find(asked, sentence)
    if found is not None:
        place = Span(chosen.span.start + found.start, chosen.span.start + found.end)
    elif chosen.short is not None and chosen.short_share >= _SURE_SHORT and asked.asks is Asks.OTHER:
        place = chosen.short
    else:
        return None
    return place, " ".join(sentence[place.start - chosen.span.start : place.end - chosen.span.start].split())


def _from_catalogue(
    asked: FactQuestion | ListQuestion,
    found: list[Candidate],
    collection: Collection,
    filters: Filters,
) -> list[Citation]:
    """Return the lines that answer a question about the documents; none when they do not."""
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


def _mentioning(topic: str, documents: Sequence[Document], found: list[Candidate]) -> list[Document]:
    """Return the documents of the passages found that hold every term of a topic, nearest first."""
    wanted = set(terms(topic))
    ids = dict.fromkeys(c.passage.document_id for c in found if wanted <= set(terms(c.passage.text)))
    by_id = {document.id: document for document in documents}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _number(lines: Sequence[tuple[Document, Fact, Span]]) -> list[Citation]:
    return [
        citations.cite(document, span, number=number, passage_id=None, highlight=_value(fact, span, document))
        for number, (document, fact, span) in enumerate(lines, 1)
    ]


def _value(fact: Fact, line: Span, document: Document) -> Span | None:
    """Return where a fact's value stands in its line, a date also in other words; None where it does not."""
    start = document.text.find(fact.value, line.start, line.end)
    if start >= 0:
        return Span(start, start + len(fact.value))
    dates = [time.span for time in mentions.times(line.of(document.text)) if fact is document.facts.published]
    if len(dates) != 1 or fact.value[:4] not in dates[0].of(line.of(document.text)):
        return None
    return Span(line.start + dates[0].start, line.start + dates[0].end)


def _refuse(question: str, reason: Reason, confidence: float, found: list[Candidate]) -> Answer:
    return Answer(question, "", (), reason, confidence, _ranked(found))


def _ranked(found: Sequence[Candidate]) -> tuple[RankedPassage, ...]:
    return tuple(RankedPassage(rank, entry.hit.score, entry.passage) for rank, entry in enumerate(found, 1))
