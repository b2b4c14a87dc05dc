"""Which documents an overview is asked of: by their title, author or kind, or by where a theme is found."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alliance_qa.asking import catalogue
from alliance_qa.asking.catalogue import View
from alliance_qa.documents import bylines
from alliance_qa.domain import LineKind
from alliance_qa.ports import Corpus, LexicalIndex
from alliance_qa.text.function_words import FUNCTION_WORDS
from alliance_qa.text.terms import terms, words

# What asks for an overview or calls a text a text, and so names none. Closed: the intent is learned elsewhere.
_REQUEST = frozenset(
    terms(
        "summarise summarize summarising summarizing summary sum overview outline gist nutshell recap synopsis tl "
        "dr tldr abstract condense highlight takeaway main key central core major important essential short brief "
        "briefly concise quick roughly point argument argue claim thesis idea message position view opinion say said "
        "state conclude conclusion finding recommendation content theme topic subject think tell show give provide "
        "explain describe cover mean list know want need let help please pls thanks hi hello hey could would "
        "should author writer speaker me my i us one two few three sentence paragraph word bullet line all whole "
        "entire everything up out collection here"
    )
)
_GENERIC = frozenset(terms("document doc file text article piece page publication title source material"))
_KIND_WORDS = (
    "commentary report paper essay post speech guide handbook glossary timeline transcript op-ed interview lecture "
    "talk address digest memo memorandum letter column brief briefing note study review explainer regulation statement"
)
_KINDS = frozenset(terms(_KIND_WORDS))
_NUMBERED = re.compile(r"\b\w+\s+(?:\d{1,2}|[IVXLC]+|[ivx]{1,4})\b")

TEXTS = (
    _GENERIC | _KINDS | frozenset(terms("write wrote written author publish origin appear first view own summarise"))
)
"""Terms in which a text speaks of itself."""

_PLAIN = _REQUEST | _GENERIC | FUNCTION_WORDS

# "What does the report say about rain?" asks the report; "the report on rain" names one by what it treats.
_ALONE = re.compile(
    rf"\b(?:the|this|that|your) (?:{'|'.join(_KIND_WORDS.split())})\b"
    r"(?! (?:on|about|of|for|by|from|to|regarding|concerning|against|in|with)\b)",
    re.IGNORECASE,
)

_PARTS = re.compile(r"[:?]\s+")  # of a title; people name a text by one of them
_NAME_PARTS = re.compile(r"\w[\w’'-]*")
_QUOTES = " \"'“”‘’?.!"

_FEW = 256  # so many documents that share a word with the question have their authors read
_SHORTEST_NAME = 3  # characters; "Ha" of "Yoon Ha-jun" is not looked for
_WHOLE = 0.8  # so much of a title says all of it

# From here on a document is meant: by the share of the question's words that name it, by weight, and its share of the
# passages found, by score, together. That it is of the kind asked for breaks ties.
_MEANT, _KIND = 0.5, 0.5

# At most this share of the words may stand nowhere in what is meant, by weight: where some of them name it, else.
_MISSING_NAMED, _MISSING = 0.7, 0.5


@dataclass(frozen=True, slots=True)
class Subject:
    """What an overview is asked of."""

    documents: tuple[str, ...]  # ids, ordered by path; at least one
    topic: tuple[str, ...]  # terms that name none of them: what about them is asked
    is_each: bool = False  # no single one was named: a word on each, for as many as an answer holds


def names_kind(question: str) -> bool:
    """Whether a question names a kind of document: "the commentary", "this report"."""
    return not _KINDS.isdisjoint(terms(question))


def names_part(question: str) -> bool:
    """Whether a question names a numbered part of something: "Article 9", "Pillar II"."""
    return _NUMBERED.search(question) is not None


def find(
    question: str, corpus: Corpus, lexical: LexicalIndex, found: Mapping[str, float], view: View = None
) -> Subject | None:
    """Return which documents a question means; None when that cannot be told.

    Those by an author whom it names; else the one that its words name best, by title, path, stated facts and kind,
    and by where the passages are that were found for it. A question that names nothing asks of all in view, or of
    all of a kind; the only document in view is always meant. None, too, when what is named holds little of what is
    asked about.

    Args:
        question: A question for an overview.
        corpus: Where the documents are.
        lexical: How much each term counts, and which passages hold it.
        found: The share of each document, by id, in what was found for the question, each in [0, 1].
        view: The documents that count.
    """
    ids = catalogue.viewed(corpus, view)
    asked = [term for term in dict.fromkeys(terms(question)) if term not in _PLAIN]
    kinds, wanted = [term for term in asked if term in _KINDS], [term for term in asked if term not in _KINDS]
    named = _named(wanted, corpus, lexical, view)
    if len(ids) == 1:
        return _about(list(ids), wanted, named, corpus, lexical)
    alike = _of_kinds(kinds, found, corpus, view) if kinds else ids
    if not wanted:
        return Subject(tuple(alike), (), is_each=len(alike) > 1) if alike else None
    by = _by_author(question, wanted, named, found, corpus)
    if by:
        authors = {term for facts in corpus.facts_of(by) if facts.author for term in terms(facts.author.value)}
        return _about(by, [term for term in wanted if term not in authors], named, corpus, lexical)
    if len(alike) == 1 and _ALONE.search(question):
        # Its kind alone tells which is meant, so that the other words ask about it.
        return _about(alike, wanted, {}, corpus, lexical)
    return _about(_best(wanted, alike if kinds else (), named, found, corpus), wanted, named, corpus, lexical)


def anonymous(question: str, corpus: Corpus, lexical: LexicalIndex, view: View = None) -> str:
    """Return a question with "the author" for the names of authors, and "the document" for titles.

    What a question is after shows better so: "What does Holm argue?" is near to questions about any Holm. It
    is returned as it is where it names none.

    Args:
        question: Any question.
        corpus: Whose authors and titles they are.
        lexical: How much each term counts.
        view: The documents that count.
    """
    wanted = [term for term in dict.fromkeys(terms(question)) if term not in _PLAIN]
    named = _named(wanted, corpus, lexical, view)
    likely = sorted(named, key=lambda id_: -sum(named[id_].values()))[:_FEW]
    authors: set[str] = set()
    titles: set[str] = set()
    for facts in corpus.facts_of(likely):
        titles |= {part for part in (facts.title.value, *_PARTS.split(facts.title.value)) if len(part.split()) > 1}
        people = bylines.people(facts.author.value) if facts.author else ()
        authors |= {part for name in people for part in _NAME_PARTS.findall(name) if len(part) >= _SHORTEST_NAME}
    for title in sorted(titles, key=len, reverse=True):
        question = re.sub(rf"\b{re.escape(title.strip(_QUOTES))}(?!\w)", "the document", question, flags=re.IGNORECASE)
    if not authors:
        return question
    name = "|".join(map(re.escape, sorted(authors, key=len, reverse=True)))
    return re.sub(rf"\b(?:{name})(?:\s+(?:{name}))*\b", "the author", question, flags=re.IGNORECASE)


def _about(
    chosen: Sequence[str],
    wanted: Sequence[str],
    named: Mapping[str, Mapping[str, float]],
    corpus: Corpus,
    lexical: LexicalIndex,
) -> Subject | None:
    """Return documents with what about them is asked; None when there are none, or they hold little of it."""
    if not chosen:
        return None
    beside = [term for term in wanted if not any(term in named.get(id_, ()) for id_ in chosen)]
    rows = corpus.rows_of(chosen)
    topic = [term for term in beside if lexical.scores([term], rows).any()]
    weights = lexical.weights(wanted)
    missing = sum(weights[term] for term in beside if term not in topic)
    border = _MISSING_NAMED if len(beside) < len(wanted) else _MISSING
    if missing > border * sum(weights[term] for term in wanted):
        return None
    return Subject(tuple(chosen), tuple(topic))


def _of_kinds(kinds: Sequence[str], found: Mapping[str, float], corpus: Corpus, view: View) -> list[str]:
    """Return the documents of some kinds, ordered by path.

    They are called so by their title, path or stated facts; where none is, the one with the most headings that hold
    the word, and of those the one that is found most.
    """
    called = [id_ for term in kinds for id_ in _holding(LineKind.LABEL, term, corpus, view)]
    if called:
        return list(dict.fromkeys(called))
    headed = Counter(
        corpus.ids[number] for term in kinds for number in corpus.lines(LineKind.HEADING, [term]).documents.tolist()
    )
    seen = [id_ for id_ in headed if view is None or id_ in view]
    return [max(seen, key=lambda id_: (headed[id_], found.get(id_, 0.0)))] if seen else []


def _by_author(
    question: str,
    wanted: Sequence[str],
    named: Mapping[str, Mapping[str, float]],
    found: Mapping[str, float],
    corpus: Corpus,
) -> list[str]:
    """Return the documents of an author whom the question names: the one that its other words mean, or all."""
    likely = sorted(named, key=lambda id_: -sum(named[id_].values()))[:_FEW]
    asked = set(words(question))
    by = {
        id_: words(facts.author.value)
        for id_, facts in zip(likely, corpus.facts_of(likely), strict=True)
        if facts.author and _names(asked, facts.author.value)
    }
    # "Lindqvist-Marsh" is not the other Lindqvist.
    most = max((len(asked.intersection(name)) for name in by.values()), default=0)
    ids = sorted(id_ for id_, name in by.items() if len(asked.intersection(name)) == most)
    beside = set(wanted).difference(terms(" ".join(word for id_ in ids for word in by[id_])))
    if len(ids) < 2 or not beside:
        return ids

    def rank(id_: str) -> float:
        return sum(share for term, share in named[id_].items() if term in beside) + found.get(id_, 0.0)

    best = max(ids, key=rank)
    return [best] if rank(best) else ids


def _names(asked: set[str], authors: str) -> bool:
    """Whether the words of a question hold a part of a person's name, or the whole name of a body."""
    people = bylines.people(authors)
    if not people:
        return asked.issuperset(words(authors))
    parts = {part for name in people for part in words(name) if len(part) >= _SHORTEST_NAME}
    return bool(parts & asked)


def _best(
    wanted: Sequence[str],
    alike: Sequence[str],
    named: Mapping[str, Mapping[str, float]],
    found: Mapping[str, float],
    corpus: Corpus,
) -> list[str]:
    """Return the one document that the words of a question name best; [] when none of them is named well enough."""
    titles, of_kind = corpus.lines(LineKind.TITLE, wanted), frozenset(alike)
    whole = {
        corpus.ids[document]
        for document, held, size in zip(titles.documents, titles.held, titles.sizes, strict=True)
        if held > 1 and held >= _WHOLE * size
    }
    # What all are called alike, such as whose collection it is, tells none from another.
    titled = {
        corpus.ids[document]: float(held) / len(wanted)
        for document, held in zip(titles.documents, titles.held, strict=True)
    }
    shares = {id_: sum(held.values()) for id_, held in named.items()}

    def rank(id_: str) -> float:
        by_words = (id_ in whole) + titled.get(id_, 0.0) + shares.get(id_, 0.0)
        return by_words + found.get(id_, 0.0) + _KIND * (id_ in of_kind)

    best = max([*shares, *found], key=rank, default=None)
    if best is None:
        return []
    return [best] if best in whole or shares.get(best, 0.0) + found.get(best, 0.0) >= _MEANT else []


def _named(wanted: Sequence[str], corpus: Corpus, lexical: LexicalIndex, view: View) -> dict[str, dict[str, float]]:
    """Return, for each document whose title, path or stated facts hold some terms, their shares of all weight."""
    weights = lexical.weights(wanted)
    most = sum(weights[term] for term in wanted)
    named: dict[str, dict[str, float]] = {}
    for term in wanted:
        for id_ in _holding(LineKind.LABEL, term, corpus, view):
            named.setdefault(id_, {})[term] = weights[term] / most
    return named


def _holding(kind: LineKind, term: str, corpus: Corpus, view: View) -> list[str]:
    """Return the documents in view that have a line with a term, ordered by path."""
    ids = [corpus.ids[number] for number in np.unique(corpus.lines(kind, [term]).documents).tolist()]
    return ids if view is None else [id_ for id_ in ids if id_ in view]
