"""Questions about the documents themselves: who wrote one, when, which there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alliance_qa.asking.filters import passes
from alliance_qa.asking.query import LONGEST_FORM
from alliance_qa.domain import Fact, Facts, Filters, LineKind, PartialDate, Span
from alliance_qa.ports import Corpus, Lines, Rows
from alliance_qa.text.calendar import DIGITS
from alliance_qa.text.people import is_called
from alliance_qa.text.terms import terms

View = frozenset[str] | None
"""The ids of the documents that count; None for all."""

MOST_DOCUMENTS = 10  # that one answer lists


class FactName(StrEnum):
    """The facts that can be asked for, named as in `Facts`."""

    TITLE = "title"
    AUTHOR = "author"
    PUBLISHED = "published"
    PUBLISHER = "publisher"
    SOURCE_URL = "source_url"
    LANGUAGE = "language"


class Order(StrEnum):
    """Which end of the dated documents is asked for."""

    LATEST = "latest"
    EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class FactQuestion:
    """A question for one fact of one document, or of those in view."""

    fact: FactName
    subject: str  # what the document was called, e.g. "commentary on the alliance"; "" for "this"


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """A question for documents. Every part that is not None or "" narrows the list."""

    topic: str = ""
    author: str = ""
    published_from: PartialDate | None = None  # as precise as asked
    published_to: PartialDate | None = None
    order: Order | None = None

    @property
    def asks_of_facts(self) -> bool:
        """Whether more than the topic decides: what the documents say of themselves."""
        return self != ListQuestion(topic=self.topic)


CatalogueQuestion = FactQuestion | ListQuestion

_NOUN = (
    r"(?:documents?|doc|files?|texts?|articles?|commentar(?:y|ies)|papers?|reports?|pieces?|essays?|posts?|speech(?:es)?|"
    r"pages?|guides?|handbooks?|digests?|glossar(?:y|ies)|timelines?|publications?|transcripts?|op-?eds?|sources?)"
)
_MANY = r"(?:documents|docs|files|texts|articles|commentaries|papers|reports|pieces|essays|posts|speeches|publications|sources|titles)"
_POINTING = frozenset("the this that these those it its they them all your of".split())
_GENERIC = {"document", "doc", "file", "text", "articl", "piec", "page", "public", "titl", "paper", "sourc"}
_WRITE = r"(?:write|wrote|written|author(?:ed)?|compose[ds]?|pen(?:ned)?)"
_ISSUE = r"(?:publish(?:ed)?|released?|issued?|posted|dated|written|appear(?:ed)?|come out|came out)"
_THE = r"(?P<subject>.+?)"

_FACT_PATTERNS = tuple(
    (fact, re.compile(rf"^(?:{pattern})\s*[?.!]*$", re.IGNORECASE))
    for fact, pattern in (
        (FactName.AUTHOR, rf"who (?:{_WRITE}|has written|is the (?:author|writer) of|are the authors of) {_THE}"),
        (FactName.AUTHOR, rf"(?:by whom|who) (?:was|were|is) {_THE} {_WRITE}(?: by)?"),
        (FactName.AUTHOR, rf"{_THE} (?:was|is) written by (?:whom|who)"),
        (FactName.AUTHOR, r"(?:who(?:'s| is| are)|what is the name of) (?:the |its |their )?(?:author|writer)s?(?: of (?P<subject>.+?))?"),
        (FactName.AUTHOR, rf"who(?:'s| is) {_THE} by"),
        (FactName.PUBLISHED, rf"when (?:was|were|is|did) {_THE} (?:first |originally )?{_ISSUE}"),
        (FactName.PUBLISHED, rf"(?:on )?(?:what|which) (?:date|day|year) (?:was|were|is|did) {_THE} (?:first |originally )?{_ISSUE}"),
        (FactName.PUBLISHED, r"what(?:'s| is| was) the (?:publication |publishing )?date(?: of (?:publication of )?(?P<subject>.+?))?"),
        (FactName.PUBLISHED, rf"how (?:old|recent) is {_THE}"),
        (FactName.PUBLISHER, rf"(?:who|which \w+|what \w+) (?:first |originally )?(?:published|publishes|put out|released) {_THE}"),
        (FactName.PUBLISHER, rf"(?:where|by whom) (?:was|were|did) {_THE} (?:first |originally )?(?:published|appear)(?: by| in| on)?"),
        (FactName.PUBLISHER, r"who(?:'s| is| was) the publisher(?: of (?P<subject>.+?))?"),
        (FactName.TITLE, r"what(?:'s| is| was) the title(?: of (?P<subject>.+?))?"),
        (FactName.TITLE, rf"what(?:'s| is) {_THE} (?:called|titled|entitled)"),
        (FactName.SOURCE_URL, r"what(?:'s| is| was) the (?:url|link|web address|source address|address)(?: (?:of|to|for) (?P<subject>.+?))?"),
        (FactName.LANGUAGE, rf"(?:in )?(?:what|which) language (?:is|was|are|were) {_THE}(?: written)?(?: in)?"),
    )
)  # fmt: skip

_LIST_START = (
    rf"(?:(?:which|what) (?:of (?:the|your) )?(?:\w+ )?{_MANY}|(?:list|show)(?: me)?(?: all| the| your)*(?: {_MANY})?|"
    rf"(?:are there|do you have|have you got)(?: any| some)? {_MANY})"
)
_ABOUT = r"(?:about|on|regarding|concerning|related to|mention(?:s|ing)?|discuss(?:es|ing)?|cover(?:s|ing)?|explain(?:s|ing)?|describ(?:es?|ing)|treat(?:s|ing)?|deal(?:s|ing)? with)"
_TOPIC_LISTS = tuple(
    re.compile(rf"^(?:{pattern})\s*[?.!]*$", re.IGNORECASE)
    for pattern in (
        rf"what (?:do you have|have you got|is there|do you hold|information do you have|does (?:the|this|your) collection (?:have|hold|say)) {_ABOUT} (?P<topic>.+?)",
        rf"(?:do you have|have you got|is there) (?:any(?:thing| information| documents?| material)?|an? {_NOUN}) {_ABOUT} (?P<topic>.+?)",
        rf"{_LIST_START}(?: do you have| are there| are| is| that| which)*(?: are)? {_ABOUT} (?P<topic>.+?)",
        rf"(?:which|what) (?:{_NOUN}) (?:is |are |that |which )*{_ABOUT} (?P<topic>.+?)",
    )
)  # fmt: skip
_WHETHER = re.compile(rf"(?:do|have|is|are)\b(?!.*\b{_NOUN}\b)", re.IGNORECASE)
_EVERYTHING = re.compile(
    rf"^(?:(?:which|what) {_MANY} (?:do you have|are there|are in (?:the|this|your) collection|does the collection (?:have|hold|contain))|"
    rf"(?:list|show)(?: me)?(?: all)?(?: of)?(?: the| your)? {_MANY}|"
    r"what(?:'s| is) in (?:the|this|your) collection|what does (?:the|this|your) collection (?:hold|contain|have)|"
    r"what do you (?:have|know about|cover)|what can (?:you answer|i ask(?: you)?(?: about)?))\s*[?.!]*$",
    re.IGNORECASE,
)
_DATED = re.compile(
    rf"^{_LIST_START}(?: do you have| are there| are| were| is| was| that| which| published| dated| written| released)*"
    rf" (?P<when>from|in|of|since|after|before|until|between) (?:the year )?(?P<first>{DIGITS})"
    rf"(?:(?: and | to |-|–)(?P<second>{DIGITS}))?\s*[?.!]*$",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    rf"^(?:what|which)(?:'s| is| are)? (?:is )?(?:the |your )*(?P<order>latest|newest|most recent|last|oldest|earliest|first) {_NOUN}"
    rf"(?: is it| do you have| is there| in (?:the|your|this) collection)?(?: {_ABOUT} (?P<topic>.+?))?\s*[?.!]*$"
    rf"|^(?:what|which) {_NOUN} (?:is|are|was) (?:the )?(?P<order2>latest|newest|most recent|oldest|earliest)\s*[?.!]*$",
    re.IGNORECASE,
)
_BY_AUTHOR = re.compile(
    rf"^(?:(?:{_LIST_START}|documents|anything)(?: do you have| are there| are| were| was)*(?: written| published)? by (?P<author>.+?)"
    rf"|(?:what|which {_MANY}) (?:has|did|have) (?P<author2>.+?) (?:written|write|published|publish|authored))\s*[?.!]*$",
    re.IGNORECASE,
)  # fmt: skip


def parse(question: str) -> CatalogueQuestion | None:
    """Return what a question asks about the documents themselves, or None when it asks of their content.

    "Who wrote the constitution?" has the form of such a question; `resolve_subject` finds no
    document of that name, and the caller then searches the content.
    """
    text = " ".join(question.replace("’", "'").split())
    if len(text) > LONGEST_FORM:
        return None
    if _EVERYTHING.match(text):
        return ListQuestion()
    if match := _ORDERED.match(text):
        order = (match["order"] or match["order2"]).lower()
        earliest = order in {"oldest", "earliest", "first"}
        return ListQuestion(topic=match["topic"] or "", order=Order.EARLIEST if earliest else Order.LATEST)
    if match := _DATED.match(text):
        return _dated(match["when"].lower(), *(int(year) for year in (match["first"], match["second"]) if year))
    if match := _BY_AUTHOR.match(text):
        return ListQuestion(author=match["author"] or match["author2"])
    for pattern in _TOPIC_LISTS:
        if match := pattern.match(text):
            return ListQuestion(topic=match["topic"])
    for fact, pattern in _FACT_PATTERNS:
        if match := pattern.match(text):
            return FactQuestion(fact, match.groupdict().get("subject") or "")
    return None


def asks_whether(question: str) -> bool:
    """Whether a question asks if there is anything about something ("Is there anything on rain?"), not for a list."""
    asked = parse(question)
    return isinstance(asked, ListQuestion) and not asked.asks_of_facts and _WHETHER.match(question.strip()) is not None


def viewed(corpus: Corpus, view: View) -> Sequence[str]:
    """Return the ids of the documents in view, ordered by path."""
    return corpus.ids if view is None else [id_ for id_ in corpus.ids if id_ in view]


def resolve_subject(subject: str, corpus: Corpus, view: View = None) -> Sequence[str] | None:
    """Return the documents that a subject names, ordered by path.

    Returns:
        All documents in view for "this", "it" or "the document"; those whose title (or the line that
        says what they are) has the words of the subject; None when it names no document.
    """
    wanted = [term for term in dict.fromkeys(terms(subject)) if term not in _GENERIC]
    if not wanted or _POINTING.issuperset(subject.casefold().split()):
        return viewed(corpus, view)
    if not re.search(rf"\b{_NOUN}\b|[\"“”'‘]", subject, re.IGNORECASE) and not _is_title(wanted, corpus, view):
        return None
    named = _lines(LineKind.LABEL, wanted, corpus, view)
    best = int(named.held.max(initial=0))
    return _ids(named.documents[named.held == best], corpus) if best / len(wanted) >= 0.6 else None


def state(facts: Facts, name: FactName) -> tuple[Fact, Span] | None:
    """Return a fact with the line that states it; None when the document does not state it."""
    fact: Fact | None = getattr(facts, name)
    return (fact, fact.span) if fact is not None and fact.span is not None else None


def select(question: ListQuestion, facts: Mapping[str, Facts]) -> list[str]:
    """Return the ids of the documents that a question for a list asks for, apart from its topic; in the order given."""
    filters = Filters(published_from=question.published_from, published_to=question.published_to)
    chosen = [id_ for id_, known in facts.items() if passes(id_, known, filters)]
    if question.author:
        chosen = [id_ for id_ in chosen if (by := facts[id_].author) and is_called(by.value, question.author)]
    if question.order is None:
        return chosen
    dated = {id_: PartialDate.parse(day.value) for id_ in chosen if (day := facts[id_].published)}
    end = (max if question.order is Order.LATEST else min)(dated.values(), default=None)
    return [id_ for id_, day in dated.items() if day == end]


def about(topic: str, corpus: Corpus, view: View = None) -> Sequence[str]:
    """Return the documents in view whose title or headings hold every term of a topic, titles first."""
    wanted = list(dict.fromkeys(terms(topic)))
    if not wanted:
        return viewed(corpus, view)
    found = [_lines(kind, wanted, corpus, view) for kind in (LineKind.TITLE, LineKind.HEADING)]
    whole = [id_ for lines in found for id_ in _ids(lines.documents[lines.held == len(wanted)], corpus)]
    return list(dict.fromkeys(whole))


def _dated(when: str, first: int, second: int | None = None) -> ListQuestion:
    if second is not None:
        return ListQuestion(published_from=PartialDate(first), published_to=PartialDate(second))
    match when:
        case "since":
            return ListQuestion(published_from=PartialDate(first))
        case "after":
            return ListQuestion(published_from=PartialDate(first + 1))
        case "before":
            return ListQuestion(published_to=PartialDate(first - 1))
        case "until":
            return ListQuestion(published_to=PartialDate(first))
        case _:
            return ListQuestion(published_from=PartialDate(first), published_to=PartialDate(first))


def _is_title(wanted: Sequence[str], corpus: Corpus, view: View) -> bool:
    """Whether the words are nearly the whole of a title."""
    titles = _lines(LineKind.TITLE, wanted, corpus, view)
    return bool(((titles.held == len(wanted)) & (len(wanted) >= 0.8 * titles.sizes)).any())


def _lines(kind: LineKind, wanted: Sequence[str], corpus: Corpus, view: View) -> Lines:
    """Return the lines of the documents in view that hold any of some terms."""
    found = corpus.lines(kind, wanted)
    if view is None:
        return found
    seen = np.array([id_ in view for id_ in _ids(found.documents, corpus)], np.bool_)
    return Lines(found.documents[seen], found.held[seen], found.sizes[seen])


def _ids(numbers: Rows, corpus: Corpus) -> list[str]:
    return [corpus.ids[number] for number in numbers.tolist()]
