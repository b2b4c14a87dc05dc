"""A question into an answer with citations, or an honest refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from alliance_qa import (
    answerability,
    catalogue,
    citations,
    conversation,
    evidence,
    highlight,
    language,
    mentions,
    suggestions,
)
from alliance_qa.catalogue import FactName, FactQuestion, ListQuestion
from alliance_qa.domain import (
    MOST_SUGGESTIONS,
    Answer,
    Citation,
    Document,
    Fact,
    Filters,
    Hit,
    OperatingPoint,
    Passage,
    RankedPassage,
    Reason,
    Span,
    Turn,
)
from alliance_qa.evidence import Evidence
from alliance_qa.passages import context
from alliance_qa.ports import Corpus, DenseIndex, Embedder, LexicalIndex, Vectors
from alliance_qa.questions import Question, analyse, is_clear
from alliance_qa.retrieval import allowed_rows, passes, retrieve
from alliance_qa.terms import terms

# Sentences of this many passages are weighed, however few are returned.
_WEIGHED = 5

# How far behind the best a further sentence may score. Chosen on questions/tuning.jsonl.
MARGIN = 0.15


@dataclass(frozen=True, slots=True)
class Collection:
    """One generation and the model that it was made with: what questions are asked of."""

    corpus: Corpus
    dense: DenseIndex
    lexical: LexicalIndex
    embedder: Embedder
    operating_point: OperatingPoint = answerability.SHIPPED


def search(question: str, collection: Collection, *, filters: Filters, top_k: int) -> tuple[RankedPassage, ...]:
    """Return the passages nearest to a question, best first; at most `top_k`."""
    return _ranked(_find(question, collection.embedder.embed_question(question), collection, filters, top_k))


def evidence_for(question: str, collection: Collection, *, filters: Filters) -> list[Evidence]:
    """Return the sentences that an answer would be chosen from, best first."""
    vector = collection.embedder.embed_question(question)
    return _weigh(question, vector, _find(question, vector, collection, filters, _WEIGHED), collection)


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
    resolved = conversation.resolve(question, history)
    if not is_clear(resolved):
        return _refuse(resolved, Reason.UNCLEAR_QUESTION, 0.0, [])
    if _is_in_unseen_letters(question, collection):
        return _refuse(resolved, Reason.LANGUAGE_NOT_COVERED, 0.0, [])
    vector = collection.embedder.embed_question(resolved)
    found = _find(resolved, vector, collection, filters, max(top_k, _WEIGHED))
    given = _answer(resolved, vector, found, collection, filters, top_k)
    if given.answered:
        return given
    reason = given.reason if language.may_be(question, _languages(collection, found)) else Reason.LANGUAGE_NOT_COVERED
    return replace(given, reason=reason, suggestions=_suggest(resolved, vector, found, collection, filters))


def _answer(
    question: str,
    vector: Vectors,
    found: list[tuple[Hit, Passage]],
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
    return _from_content(question, vector, found, collection, top_k)


def _suggest(
    question: str,
    vector: Vectors,
    found: list[tuple[Hit, Passage]],
    collection: Collection,
    filters: Filters,
) -> tuple[str, ...]:
    """Return questions about the passages found, the nearest to the one asked first.

    Each was asked: it is answered by a sentence of the passage that it came from.
    """
    nearest = [passage for _, passage in found[:_WEIGHED]]
    proposed = suggestions.propose(question, nearest, collection.lexical.weights(terms(question)))
    if not proposed:
        return ()
    vectors = collection.embedder.embed_questions([proposal.question for proposal in proposed])
    answered: list[str] = []
    for at in (vectors @ vector).argsort(kind="stable")[::-1].tolist():
        proposal = proposed[at]
        hits = _find(proposal.question, vectors[at], collection, filters, _WEIGHED)
        given = _answer(proposal.question, vectors[at], hits, collection, filters, _WEIGHED)
        if any(citation.passage_id == nearest[proposal.passage].id for citation in given.citations):
            answered.append(proposal.question)
        if len(answered) == MOST_SUGGESTIONS:
            break
    return tuple(answered)


def _is_in_unseen_letters(question: str, collection: Collection) -> bool:
    """Whether a question is in a language that the collection is not, and in letters that it does not hold."""
    foreign = terms(" ".join(language.foreign_words(question)))
    return (
        bool(foreign)
        and not collection.lexical.scores(foreign).any()
        and not language.may_be(question, _languages(collection, []))
    )


def _languages(collection: Collection, found: list[tuple[Hit, Passage]]) -> set[str]:
    """Return the languages of the documents.

    A document that does not state its language counts as English, and as what those of its
    passages that were found are written in.
    """
    facts = collection.corpus.facts
    stated = {language.primary(f.language.value) if f.language else "en" for f in facts.values()}
    return (stated or {"en"}) | {language.detect(p.text) for _, p in found if facts[p.document_id].language is None}


def _find(
    question: str, vector: Vectors, collection: Collection, filters: Filters, top_k: int
) -> list[tuple[Hit, Passage]]:
    corpus = collection.corpus
    hits = retrieve(
        question,
        vector,
        dense=collection.dense,
        lexical=collection.lexical,
        corpus=corpus,
        allowed=allowed_rows(filters, corpus, len(collection.dense)),
        top_k=top_k,
    )
    return list(zip(hits, corpus.passages([hit.row for hit in hits]), strict=True))


def _weigh(question: str, vector: Vectors, found: list[tuple[Hit, Passage]], collection: Collection) -> list[Evidence]:
    """Return the sentences of the nearest passages, best first."""
    corpus = collection.corpus
    asked = analyse(question)
    weighed = found[:_WEIGHED]
    sentences = corpus.sentence_vectors([hit.row for hit, _ in weighed])
    return evidence.weigh(
        asked,
        vector,
        [
            (hit, passage, context(corpus.document(passage.document_id), passage), vectors)
            for (hit, passage), vectors in zip(weighed, sentences, strict=True)
        ],
        collection.lexical.weights(asked.terms),
    )


def _from_content(
    question: str,
    vector: Vectors,
    found: list[tuple[Hit, Passage]],
    collection: Collection,
    top_k: int,
) -> Answer:
    ranked = _weigh(question, vector, found, collection)
    reason, confidence = answerability.decide(ranked[0] if ranked else None, collection.operating_point)
    if reason is not None:
        return _refuse(question, reason, confidence, found[:top_k])
    cited = _cite(evidence.choose(ranked, margin=MARGIN), ranked[0], analyse(question), collection.corpus)
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
    if found is None:
        return None
    place = Span(chosen.span.start + found.start, chosen.span.start + found.end)
    return place, " ".join(found.of(sentence).split())


def _from_catalogue(
    asked: FactQuestion | ListQuestion,
    found: list[tuple[Hit, Passage]],
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


def _mentioning(topic: str, documents: Sequence[Document], found: list[tuple[Hit, Passage]]) -> list[Document]:
    """Return the documents of the passages found that hold every term of a topic, nearest first."""
    wanted = set(terms(topic))
    ids = dict.fromkeys(p.document_id for _, p in found if wanted <= set(terms(p.text)))
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


def _refuse(question: str, reason: Reason, confidence: float, found: list[tuple[Hit, Passage]]) -> Answer:
    return Answer(question, "", (), reason, confidence, _ranked(found))


def _ranked(found: Sequence[tuple[Hit, Passage]]) -> tuple[RankedPassage, ...]:
    return tuple(RankedPassage(rank, hit.score, passage) for rank, (hit, passage) in enumerate(found, 1))
