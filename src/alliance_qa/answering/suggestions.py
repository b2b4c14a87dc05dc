"""Questions that passages answer, made from their sentences where the grammar leaves no doubt.

They are proposals: whoever shows one asks it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alliance_qa.domain import Passage
from alliance_qa.text import mentions
from alliance_qa.text.function_words import AUXILIARIES, DEMONSTRATIVES, OPENING_WORDS, PERSONAL, QUESTION_WORDS
from alliance_qa.text.head_nouns import WITH_ARTICLE
from alliance_qa.text.terms import COUNTRY_TERMS, terms

MOST_PROPOSED = 6
"""Each is asked before it is shown, which takes some milliseconds."""

_MOST_WORDS = 14  # of a question

# Past forms whose subject and object stand where they always do.
_BASES = {
    "addressed": "address", "adopted": "adopt", "announced": "announce", "approved": "approve", "asked": "ask",
    "attacked": "attack", "attended": "attend", "became": "become", "began": "begin", "bombed": "bomb",
    "built": "build", "closed": "close", "conquered": "conquer", "created": "create", "crossed": "cross",
    "declared": "declare", "defeated": "defeat", "discovered": "discover", "dissolved": "dissolve",
    "established": "establish", "founded": "found", "hosted": "host", "invaded": "invade", "invented": "invent",
    "issued": "issue", "joined": "join", "launched": "launch", "left": "leave", "lost": "lose",
    "normalized": "normalize", "opened": "open", "passed": "pass", "presented": "present", "promulgated": "promulgate",
    "published": "publish", "ratified": "ratify", "received": "receive", "recognized": "recognize",
    "rejected": "reject", "released": "release", "renamed": "rename", "replaced": "replace", "resigned": "resign",
    "revised": "revise", "signed": "sign", "started": "start", "struck": "strike", "succeeded": "succeed",
    "visited": "visit", "welcomed": "welcome", "won": "win", "wrote": "write",
}  # fmt: skip
_PHRASES = {
    "entered into force": "enter into force",
    "came into force": "come into force",
    "took effect": "take effect",
    "took place": "take place",
    "met for the first time": "meet for the first time",
    "took office": "take office",
}
_DONE = (
    "signed|established|created|founded|announced|adopted|approved|dissolved|promulgated|published|built|opened|closed|"
    "launched|ratified|revised|renamed|released|completed|abolished|born|assassinated|elected|appointed|held|invented|"
    "discovered|destroyed|lit|dug|reopened|set up|written"
)
_VERB = "|".join([*_PHRASES, *_BASES])
# A subject or object may hold none of these: it would be a clause, or point elsewhere.
_CLAUSE_WORDS = QUESTION_WORDS | AUXILIARIES | PERSONAL | DEMONSTRATIVES
_NO_NAME_WORD = re.compile(
    rf"\b(?:{'|'.join(sorted(_CLAUSE_WORDS))}|while|because|if|there|also|then|later|same|such|{_VERB})\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"(?:(?:The|An?|One|Two|Three|Four|Five|Six|Another|Other|Each|Both|Many|Some|Most|All|Its|Their|His|Her|Our|In|On|At|"
    r"Under|After|Before|During|For|With|By|From|To|As|But|And|Or|So|If|Not|Since|Until|Despite|Unlike)\s+)"
    r"?(?:first|second|third|fourth|fifth|last|next|other|another|main|same|two|three|four|five|six|several|reason|"
    r"point|points|goal|aim|result|part|parts|name|names|title|subject|subjects|member|members|leader|leaders|"
    r"document|text|list|following|latter|former|most|one|question|answer|example|difference|commentary|author|year|day)\b",
    re.IGNORECASE,
)
_OPENING = OPENING_WORDS - {"A", "An", "The"}
_ADVERBS = frozenset("first finally never again already soon recently formally officially".split())
_DEFINITION = re.compile(
    r"(?P<subject>[^,;:|“”\"()]{2,70}?)(?:\s\([^)]{2,40}\))?\s(?P<verb>is|are|was|were)\s(?:also\s)?"
    r"(?P<what>the|an?|another|one)\s"
)
_PASSIVE = re.compile(rf"(?P<subject>[^,;:|“”\"]{{2,90}}?)\s(?P<verb>was|were)\s(?P<done>{_DONE})(?P<rest>\s.*)?")
_ACTIVE = re.compile(rf"(?P<subject>[^,;:|“”\"]{{2,70}}?)\s(?P<verb>{_VERB})(?P<object>\s[^,;:|]*)?")
_HAS = re.compile(r"(?P<subject>[^,;:|“”\"()]{2,60}?)\s(?P<verb>has|have|had)\s(?P<object>.*)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question and the passage that it was made from."""

    question: str
    passage: int  # in the passages given, from 0


def propose(question: str, passages: Sequence[Passage], weights: Mapping[str, float]) -> list[Suggestion]:
    """Return questions that passages seem to answer; at most `MOST_PROPOSED`.

    Those that share the weightiest words with what was asked come first, then those of the nearest
    passage. Where some share a word, those that share none are left out. No two ask for the same, and
    none asks what was asked.

    Args:
        question: What was asked, and not answered.
        passages: The nearest, best first.
        weights: How much each term of the question counts.
    """
    asked = set(terms(question))
    seen = [asked]
    made: list[tuple[float, Suggestion]] = []
    around = "\n".join(passage.text for passage in passages)
    for at, passage in enumerate(passages):
        for text in _from_passage(passage, around):
            words = set(terms(text))
            if len(text.split()) > _MOST_WORDS or not words or words in seen:
                continue
            seen.append(words)
            made.append((sum(weights.get(word, 0.0) for word in words & asked), Suggestion(text, at)))
    made.sort(key=lambda pair: -pair[0])
    shares = bool(made) and made[0][0] > 0
    return [suggestion for shared, suggestion in made[:MOST_PROPOSED] if shared or not shares]


def _from_passage(passage: Passage, around: str) -> Iterator[str]:
    shift = passage.span.start
    for sentence in passage.sentences:
        text = " ".join(passage.text[sentence.start - shift : sentence.end - shift].split())
        text = re.sub(r"[*_`]", "", text).rstrip(".")
        for form in (_definition, _event, _count):
            if made := form(text, around):
                yield made
                break
    for heading in passage.headings[1:]:
        if made := _heading(" ".join(heading.split())):
            yield made


def _definition(text: str, around: str) -> str | None:
    """Return "What is X?" of "X is the …"."""
    found = _DEFINITION.match(text)
    if not found or not _names(found["subject"]):
        return None
    subject, verb = found["subject"], found["verb"]
    if set(terms(subject)) <= COUNTRY_TERMS:
        return None
    people = mentions.people(subject)
    if people and people[0][0].span.of(subject) == subject:
        return f"Who {verb} {people[0][0].name.of(subject)}?"
    return f"What {verb} {_within(subject, around, found['what'])}?"


def _event(text: str, around: str) -> str | None:
    """Return "When was X signed?" or "When did X join Y?" of a sentence with one date."""
    dated = mentions.times(text)
    if len(dated) != 1 or dated[0].is_label:
        return None
    start, end = dated[0].span.start, dated[0].span.end
    before = re.sub(r"\b(?:On|In|on|in)\s$", "", text[:start])
    if before == text[:start]:
        return None
    after = text[end:].lstrip(", ") if not before else text[end:]
    if before and after.strip(" ,"):
        return _passive(before.strip(" ,"), around) if after.startswith((",", " ")) else None
    rest = (before + after).strip(" ,")
    return _passive(rest, around) or _active(rest, around)


def _passive(text: str, around: str) -> str | None:
    found = _PASSIVE.fullmatch(text)
    if not found or not _names(found["subject"]):
        return None
    if found["rest"] and not re.match(r"\s(?:in|at|by|between|under|on|aboard|as)\s", found["rest"]):
        return None
    kept = found["rest"] if found["rest"] and found["rest"].startswith(" as ") else ""
    return f"When {found['verb']} {_within(found['subject'], around)} {found['done']}{kept}?"


def _active(text: str, around: str) -> str | None:
    found = _ACTIVE.fullmatch(text)
    if not found or not _names(found["subject"]):
        return None
    if " " not in found["subject"] and not found["subject"].isupper() and found["subject"].endswith("s"):
        return None  # "Terrorists attacked …": a name or not, nothing tells
    base = (_PHRASES | _BASES)[found["verb"]]
    thing = re.sub(r"\s(?:in|at)\s[A-Z][\w. ]*$", "", found["object"] or "")
    if (found["verb"] in _BASES and not thing and base not in ("resign", "begin", "start", "end")) or (
        found["verb"] in _PHRASES and thing
    ):
        return None
    if _NO_NAME_WORD.search(thing) or re.search(r"\band\s+[a-z]", thing):
        return None
    return f"When did {_within(found['subject'], around)} {base}{thing}?"


def _count(text: str, around: str) -> str | None:
    """Return "How many parts does X have?" of "X has three parts"."""
    found = _HAS.match(text)
    if not found or not _names(found["subject"]):
        return None
    amounts = mentions.amounts(found["object"])
    if len(amounts) != 1 or amounts[0].counted is None or amounts[0].span.start != 0:
        return None
    if found["object"][amounts[0].span.end :].strip():
        return None
    things = found["object"][amounts[0].counted.start : amounts[0].span.end].strip()
    auxiliary = {"has": "does", "have": "do", "had": "did"}[found["verb"]]
    return f"How many {things} {auxiliary} {_within(found['subject'], around)} have?"


def _heading(text: str) -> str | None:
    words = text.removeprefix("The ").split()
    capitals = [word for word in words if word[0].isupper()]
    if not 2 <= len(words) <= 6 or len(capitals) < 2 or re.search(r"[^\w\s.’'()-]|\d", text) or not _names(text):
        return None
    if words[0] in _OPENING or " and " in text or text.isupper() or words[0] in ("Republic", "Kingdom"):
        return None
    if (people := mentions.people(text)) and people[0][0].span.of(text) == text:
        return f"Who is {people[0][0].name.of(text)}?"
    return f"What is the {text.removeprefix('The ')}?" if text.startswith("The ") or _takes_article(text) else None


def _names(subject: str) -> bool:
    """Whether a subject names a thing by itself: no clause, no pronoun, nothing that points to other sentences."""
    words = subject.split()
    if not words or len(words) > 10 or words[0] in _OPENING or _NO_NAME_WORD.search(subject):
        return False
    if not words[0][0].isupper() or _POINTING.match(subject):
        return False
    if words[0] in ("The", "A", "An"):
        return len(words) > 1 and (any(word[0].isupper() for word in words[1:]) or "-" in words[1])
    return words[-1] not in _ADVERBS


def _within(subject: str, around: str, article: str = "") -> str:
    """Return a subject as it stands within a sentence.

    Args:
        subject: As it opens its sentence.
        around: The text that it comes from.
        article: Of what the sentence says that it is.
    """
    first, _, rest = subject.partition(" ")
    if first in ("The", "A", "An"):
        return f"{first.lower()} {rest}"
    has_article = re.search(
        rf"\bthe\s+{re.escape(subject)}(?=[.,;]|\s+(?:is|are|was|were|has|of|and|in|on|at|to)\b)", around
    )
    if _takes_article(subject) or (has_article and (rest or article == "the")):
        return f"the {subject if re.search('[A-Z]', subject[1:]) or not rest else _lower(subject)}"
    if not rest:
        is_common = re.search(rf"\b{re.escape(first.lower())}s?\b", around) is not None
        if not is_common or article not in ("a", "an"):
            return first
        return f"an {first.lower()}" if first[0] in "AEIOU" else f"a {first.lower()}"
    # "Extended deterrence" opens its sentence; "Freedom Edge" is a name.
    return _lower(subject) if rest.split()[0].islower() and not re.search(r"[A-Z\d]", subject[1:]) else subject


def _takes_article(name: str) -> bool:
    head = re.split(r"\s(?:of|on|for|between|with|to|against|in|at)\s", name)[0].split()[-1]
    return " " in name and head.lower() in WITH_ARTICLE


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
