"""The short answer inside a sentence, where it is clear."""

from __future__ import annotations

import re
from collections.abc import Sequence

from alliance_qa.asking.query import Asks, Query
from alliance_qa.domain import Span
from alliance_qa.text import mentions
from alliance_qa.text.function_words import AUXILIARIES
from alliance_qa.text.mentions import Amount, Person, Unit
from alliance_qa.text.people import SUFFIXES
from alliance_qa.text.terms import terms

# Several ways to say that a treaty or law applies from now on.
_EFFECT = re.compile(
    r"\b(?:(?:tak(?:e[ns]?|ing)|took|com(?:e[s]?|ing)|came|enter(?:s|ed|ing)?|go(?:es)?|went)\s+(?:into\s+)?(?:effect|force)"
    r"|bec(?:o|a)mes?\s+effective|entry\s+into\s+force)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:how\s+many|what\s+number\s+of)\s+(?P<what>[^?.!]*)", re.IGNORECASE)
_COUNTED_END = re.compile(
    rf"\b(?:{'|'.join(sorted(AUXILIARIES))}|besides|in|on|at|to|from|for|with|by|that|which|who|took|take|there)\b",
    re.IGNORECASE,
)
_MUCH = re.compile(
    r"\bhow\s+(?P<of>much|long|old|often|far|large|big|high)\b|\b(?P<share>share|percent\w*)\b", re.IGNORECASE
)
_WHERE = re.compile(r"\bwhere\b|\b(?:what|which)\s+(?:place|city|location|town|island|prefecture)\b", re.IGNORECASE)
_WHO = re.compile(
    r"\b(?:who|whom)\s+(?:exactly\s+)?(?P<aux>(?:did|was|were|is|are|has|have|had|does|do|will|would)\b)?\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
# What stands between a verb and its people.
_OBJECT = r"\s+(?:[a-z]+\s+){0,2}"
_AGENT = r"[^,;]*\bby\s+(?:the\s+)?"
_SUBJECT = r"(?:\s+(?:of|for)\s+[\w\s]{0,40})?\s+(?:\w+ly\s+)?"
_IS = re.compile(r"(?:\s*,)?\s+(?:was|is|were|are|became|served|has\s+been|had\s+been)\b", re.IGNORECASE)

_ASKING = frozenset(terms("many much long old exactly roughly"))
# Words of a question that no sentence answers without: it would speak of another meeting, or of the signing.
_TELLING = frozenset(
    terms("effect first second third fourth fifth sixth seventh eighth ninth tenth last final finally")
)


def find(query: Query, sentence: str) -> Span | None:
    """Return the time, amount, people or place in a sentence that a question asks for.

    Clear is the only one there is, or the only one in the part of the sentence that speaks of what
    is asked. What the question says itself is never it.

    Args:
        question: What is asked; other kinds than the four have no short answer that form alone tells.
        sentence: One that answers; line ends inside it are fine.

    Returns:
        Where it stands in `sentence`; None where it is not clear.
    """
    if not _TELLING.intersection(terms(_plain(query.text))) <= set(terms(_plain(sentence))):
        return None
    match query.asks:
        case Asks.TIME:
            return _time(query, sentence)
        case Asks.QUANTITY:
            return _amount(query, sentence)
        case Asks.PERSON:
            return _people(query, sentence)
        case Asks.PLACE:
            return _place(query, sentence)
        case _:
            return None


def _time(query: Query, sentence: str) -> Span | None:
    new = [time for time in mentions.times(sentence) if not _tells_nothing_new(time.span.of(sentence), query)]
    telling = [time for time in new if not time.is_label] or new
    return _nearest([time.span for time in telling], query, sentence)


def _tells_nothing_new(time: str, query: Query) -> bool:
    """Whether the question says the time, or one that is listed beside it."""
    said = set(re.findall(r"\d+", query.text))
    pieces = re.split(r",?\s+and\s+(?:again\s+)?|,\s+(?=in\b|on\b)", time)
    digits = [set(re.findall(r"\d+", piece)) for piece in pieces]
    return _is_said(time, query) or any(found and found <= said for found in digits)


def _amount(query: Query, sentence: str) -> Span | None:
    found = [a for a in mentions.amounts(sentence) if not _is_said(a.span.of(sentence), query)]
    if counted := _COUNTED.search(query.text):
        what = _COUNTED_END.split(counted["what"], maxsplit=1)[0]
        return _counted(found, set(terms(what)), query, sentence)
    asked = _MUCH.search(query.text)
    if asked is None:
        return None
    units = {"long": {Unit.DURATION}, "old": {Unit.DURATION}, "much": {Unit.MONEY, Unit.PERCENT}}.get(
        (asked["of"] or "").lower(), {Unit.PERCENT} if asked["share"] else set()
    )
    return _nearest([a.span for a in found if a.unit in units], query, sentence)


def _counted(found: Sequence[Amount], what: set[str], query: Query, sentence: str) -> Span | None:
    """Return the number of the things asked for, up to the last word of them."""
    fitting = []
    for amount in found:
        if amount.counted is None or not what:
            continue
        start, end = amount.span.start, amount.span.end
        words = re.finditer(r"[^\W\d_][\w’'-]*", amount.counted.of(sentence))
        held = [amount.counted.start + m.end() for m in words if what.intersection(terms(m.group()))]
        # "16 areas of cooperation" where areas of cooperation are asked for.
        beyond = [at for at in held if re.fullmatch(r"\s+of\s+\S+", sentence[end:at])]
        if held and held[0] <= end:
            fitting.append(Span(start, max([end, *beyond])))
    if not what and len(found) == 1:
        return found[0].span
    return _nearest(fitting, query, sentence)


def _people(query: Query, sentence: str) -> Span | None:
    asked = _WHO.search(query.text)
    words = {word.casefold() for word in re.findall(r"[^\W\d_][\w-]+", query.text)}
    groups = [group for named in mentions.people(sentence) for group in _unsaid(named, sentence, words)]
    if not groups:
        return None
    wanted = set(terms(asked["rest"])) if asked else set(query.terms)
    auxiliary = (asked["aux"] or "").lower() if asked else ""
    is_office = asked is None or auxiliary in {"was", "is", "were", "are"}
    if is_office and (one := _holder(groups, wanted, sentence)):
        return one
    if len(groups) == 1:
        return _whole(groups[0])
    return _doer(groups, query, sentence, is_object=auxiliary in {"did", "does", "do", "will", "would"})


def _unsaid(named: Sequence[Person], sentence: str, words: set[str]) -> list[list[Person]]:
    """Return the runs of people whose last name the question does not say."""
    runs: list[list[Person]] = [[]]
    for person in named:
        if _last_name(person.name.of(sentence)) in words:
            runs.append([])
        else:
            runs[-1].append(person)
    return [run for run in runs if run]


def _last_name(name: str) -> str:
    return next(part for part in reversed(name.replace(",", "").split()) if part not in SUFFIXES).casefold()


def _holder(groups: Sequence[Sequence[Person]], wanted: set[str], sentence: str) -> Span | None:
    """Return who holds the office asked for: by the title before the name, or by "was" after it."""
    everyone = [person for group in groups for person in group]
    held = [(len(wanted.intersection(terms(sentence[p.span.start : p.name.start]))), p) for p in everyone]
    best = max(count for count, _ in held)
    first = [p for count, p in held if count == best]
    if best and len(first) == 1 and len(everyone) > 1:
        return first[0].span
    described = [
        group
        for group in groups
        if (verb := _IS.match(sentence, group[-1].span.end))
        and wanted.intersection(terms(re.split(r"[,;]\s", sentence[verb.end() :])[0]))
    ]
    return _whole(described[0]) if len(described) == 1 else None


def _doer(groups: Sequence[Sequence[Person]], query: Query, sentence: str, *, is_object: bool) -> Span | None:
    """Return the people on the side of the verb that is asked for: before it, after "by", or as its object."""
    spoken = [term for term in query.terms if term not in query.names]
    asked = set(spoken[-1:] if is_object else spoken[:1])  # "Who signed …?" but "Whom did he meet?"
    verb = next((m for m in re.finditer(r"[^\W\d_]+", sentence) if asked.intersection(terms(m.group()))), None)
    if verb is None:
        return None
    for group in groups:
        after, before = sentence[verb.end() : group[0].span.start], sentence[group[-1].span.end : verb.start()]
        if re.fullmatch(_OBJECT if is_object else _AGENT, after) or (not is_object and re.fullmatch(_SUBJECT, before)):
            return _whole(group)
    return None


def _place(query: Query, sentence: str) -> Span | None:
    if not _WHERE.search(query.text):
        return None  # "Which country …": not where, but who
    found = [span for span in mentions.places(sentence) if not set(terms(span.of(sentence))) <= set(query.terms)]
    return _nearest(found, query, sentence)


def _nearest(found: Sequence[Span], query: Query, sentence: str) -> Span | None:
    """Return the only span, or the only one whose part of the sentence says all that is asked besides names.

    A part goes from the span before to the end of this one; what opens the sentence ("On May 3, 1947, …")
    speaks of what follows. Names do not tell the parts apart: a sentence names its subject once.
    """
    if len(found) <= 1:
        return found[0] if found else None
    wanted = {t for t in terms(_plain(query.text)) if not t.isdigit()} - set(query.names) - _ASKING
    if not wanted:
        return None
    saying = []
    for at, span in enumerate(found):
        part = sentence[found[at - 1].end if at else 0 : span.end]
        if at == 0 and not terms(part[: span.start]):
            part = sentence[span.start : found[1].start]
        if wanted <= set(terms(_plain(part))):
            saying.append(span)
    return saying[0] if len(saying) == 1 else None


def _plain(text: str) -> str:
    return _EFFECT.sub("effect", text)


def _is_said(text: str, query: Query) -> bool:
    return " ".join(text.casefold().split()) in " ".join(query.text.casefold().split())


def _whole(group: Sequence[Person]) -> Span:
    return Span(group[0].span.start, group[-1].span.end)
