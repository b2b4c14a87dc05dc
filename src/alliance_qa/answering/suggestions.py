"""Questions that passages answer, made from their sentences where the grammar leaves no doubt.

They are proposals: whoever shows one asks it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alliance_qa.domain import Passage, Span
from alliance_qa.text import mentions
from alliance_qa.text.function_words import AUXILIARIES, BE, DEMONSTRATIVES, OPENING_WORDS, PERSONAL, QUESTION_WORDS
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
# "The goal of the pact is to …", "The main claim of the essay was that …".
_STATED = re.compile(r"(?P<subject>The [^,;:|“”\"()]{2,40}? of [^,;:|“”\"()]{2,50}?)\s(?P<verb>is|was)\s(?:that|to)\s")
# "The essay names two kinds of pacts: …": what a colon introduces is asked for.
_LISTED = re.compile(
    r"(?P<subject>[^,;:|“”\"()]{2,60}?)\s(?P<verb>[a-z]{2,}s)\s"
    r"(?P<object>[^,;:|“”\"()]{3,60}):\s"
)
_HAS = re.compile(r"(?P<subject>[^,;:|“”\"()]{2,60}?)\s(?P<verb>has|have|had)\s(?P<object>.*)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question and the passage that it was made from."""

    question: str
    passage: int  # in the passages given, from 0
    sentence: Span | None = None  # of that passage; None where a heading was made into the question
    is_announced: bool = False  # it asks for what the text announces: a claim, an aim, a list


def propose(
    question: str, passages: Sequence[Passage], weights: Mapping[str, float], *, around: str = ""
) -> list[Suggestion]:
    """Return questions that passages seem to answer; at most `MOST_PROPOSED`.

    Those that share the weightiest words with what was asked come first, then those of the nearest
    passage. Where some share a word, those that share none are left out. No two ask for the same, and
    none asks what was asked.

    Args:
        question: What was asked, and not answered.
        passages: The nearest, best first.
        weights: How much each term of the question counts.
        around: More text of the collection, which shows how its names are written within a sentence.
    """
    asked = set(terms(question))
    seen = [asked]
    made: list[tuple[float, Suggestion]] = []
    around = "\n".join([*(passage.text for passage in passages), around])
    for at, passage in enumerate(passages):
        for text, sentence, is_announced in _from_passage(passage, around):
            words = set(terms(text))
            if len(text.split()) > _MOST_WORDS or not words or words in seen:
                continue
            seen.append(words)
            made.append(
                (sum(weights.get(word, 0.0) for word in words & asked), Suggestion(text, at, sentence, is_announced))
            )
    made.sort(key=lambda pair: -pair[0])
    shares = bool(made) and made[0][0] > 0
    return [suggestion for shared, suggestion in made[:MOST_PROPOSED] if shared or not shares]


def _from_passage(passage: Passage, around: str) -> Iterator[tuple[str, Span | None, bool]]:
    shift = passage.span.start
    for sentence in passage.sentences:
        text = " ".join(passage.text[sentence.start - shift : sentence.end - shift].split())
        text = re.sub(r"[*_`]", "", text).rstrip(".")
        for form in (_definition, _event, _count, _statement, _list):
            if made := form(text, around):
                yield made, sentence, form in (_statement, _list)
                break
    for heading in passage.headings[1:]:
        if made := _heading(" ".join(heading.split())):
            yield made, None, False


def _definition(text: str, around: str) -> str | None:
    """Return "What is X?" of "X is the …"."""
    found = _DEFINITION.match(text)
    if not found or not _names(found["subject"]):
        return None
    subject, verb = found["subject"], found["verb"]
    if set(terms(subject)) <= COUNTRY_TERMS:
        return None
    if verb in ("is", "was") and _takes_article(subject) and _is_plural(subject.split()[-1]):
        return None  # "Camp David Principles is the title …": neither "is the" nor "are the" reads well
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
    if not found:
        return None
    subject, _, adverb = found["subject"].rpartition(" ")
    if adverb not in _ADVERBS:
        subject, adverb = found["subject"], ""
    if not _names(subject):
        return None
    if " " not in subject and not subject.isupper() and subject.endswith("s"):
        return None  # "Terrorists attacked …": a name or not, nothing tells
    base = (_PHRASES | _BASES)[found["verb"]]
    thing = re.sub(r"\s(?:in|at)\s[A-Z][\w. ]*$", "", found["object"] or "")
    if (found["verb"] in _BASES and not thing and base not in ("resign", "begin", "start", "end")) or (
        found["verb"] in _PHRASES and thing
    ):
        return None
    if _NO_NAME_WORD.search(thing) or re.search(r"\band\s+[a-z]", thing):
        return None
    return f"When did {_within(subject, around)} {adverb}{' ' * bool(adverb)}{base}{thing}?"


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


def _statement(text: str, _: str) -> str | None:
    """Return "What is the goal of X?" of "The goal of X is to …"."""
    found = _STATED.match(text)
    if not found or not _is_part(found["subject"]):
        return None
    return f"What {found['verb']} {_lower(found['subject'])}?"


def _list(text: str, around: str) -> str | None:
    """Return "Which two pillars does X have?" of "X has two pillars: …", "Into which three parts does X divide Y?"."""
    found = _LISTED.match(text)
    if not found or not (_names(found["subject"]) or re.fullmatch(r"The [a-z]+", found["subject"])):
        return None
    asker = f"does {_within(found['subject'], around)} {_base(found['verb'])}"
    thing, _, listed = found["object"].partition(" into ")
    if _NO_NAME_WORD.search(found["object"]):
        return None
    if listed:
        return f"Into which {listed} {asker} {thing}?" if _is_counted(listed) else None
    if _is_counted(thing):
        return f"Which {thing} {asker}?"
    # A plural may stand where the verb is looked for: after that comes no article.
    return f"What {thing.removeprefix('the ')} {asker}?" if thing.startswith("the ") else None


def _is_counted(things: str) -> bool:
    """Whether a text is "two kinds of pacts": more than one, and nothing besides."""
    counted = mentions.amounts(things)
    return (
        len(counted) == 1
        and counted[0].span.start == 0
        and not things.startswith("one ")
        and re.fullmatch(r"(?: of (?!the\b).+)?", things[counted[0].span.end :]) is not None
    )


def _base(verb: str) -> str:
    """Return the base form of a verb in the third person: "divide" of "divides"."""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    if verb == "has":
        return "have"
    return verb[:-2] if re.search(r"(?:ss|sh|ch|x|zz|o)es$", verb) else verb[:-1]


def _is_part(subject: str) -> bool:
    """Whether it reads as a part or a side of one thing: "The main claim of the essay", not "The aim of both"."""
    thing = subject.partition(" of ")[2]
    return (
        not _NO_NAME_WORD.search(subject)
        and len(subject.split()) <= 10
        and re.match(r"the |[A-Z]", thing) is not None
        and not mentions.amounts(thing)
    )


def _is_plural(noun: str) -> bool:
    return re.search(r"[^sui]s$", noun) is not None


def _asking(heading: str) -> str | None:
    """Return "Why were the pacts revised?" of "Why the pacts were revised"; None of another sort of heading."""
    words = heading.rstrip("?").split()
    lower = [word.lower() for word in words]
    if len(words) < 3 or lower[0] not in QUESTION_WORDS or re.search(r"[,;:|“”\"()]", heading):
        return None
    if (PERSONAL | DEMONSTRATIVES | QUESTION_WORDS).intersection(lower[1:]) or lower[2] == "not":
        return None
    if heading.endswith("?"):
        return heading
    if lower[1] in AUXILIARIES or (lower[0] in ("what", "who") and lower[1].endswith("ed")):
        return f"{heading}?"
    at = next((at for at, word in enumerate(words) if word in AUXILIARIES), None)
    if at is None or (at == len(words) - 1 and words[at] not in BE):
        return None
    return f"{' '.join([words[0], words[at], *words[1:at], *words[at + 1 :]])}?"


def _heading(text: str) -> str | None:
    if made := _asking(text):
        return made
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
