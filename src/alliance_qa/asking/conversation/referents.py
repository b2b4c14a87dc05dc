"""What the pointers of a question stand for, and the question with that in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from alliance_qa.asking.conversation.names import (
    DATE,
    Kind,
    Name,
    find_names,
    is_country,
    unshout,
)
from alliance_qa.asking.conversation.pointers import (
    AUXILIARY,
    FUNCTION,
    PREPOSITION,
    PRONOUNS,
    WH,
    Pointer,
    Points,
    find_definite,
    find_pointers,
)
from alliance_qa.text.head_nouns import ANY_HEAD, FAMILIES, HEADS, PERSON_NOUNS
from alliance_qa.text.terms import terms, words

_MOST_POINTERS = 6
_INSTRUMENTS = FAMILIES[0] | FAMILIES[1] | FAMILIES[2] | FAMILIES[3]
DEFINING = re.compile(
    r"^\W*(?:and\s+|so\s+)?"
    r"(?:(?:what|who|where)\s*(?:is|are|was|were|['’]s|s)|tell me about|explain|describe|define)\s+"
    r"(?P<topic>(?:(?:the|a|an)\s+)?[^?.!,]{2,80}?)\s*[?.!]*$",
    re.IGNORECASE,
)
"""A question for what something is; its group "topic" is the something, with its article."""

_PARTICIPLE = re.compile(r"\b(?:[a-z]+ed|held|made|built|known|born|done|set|begun)$")
_ASKED_NOUN = re.compile(
    r"\b(?:which|what|wich)\s+(?:(?!(?:is|are|was|were|do|does|did|has|have)\b)[\w-]+\s+){0,2}?"
    rf"(?P<noun>{ANY_HEAD})\b",
    re.IGNORECASE,
)
_REPORTS = re.compile(
    r"\b(?:say|says|said|state|argue|argues|write|claim|conclude|mean|think|describe)\b", re.IGNORECASE
)
ASKS_PERSON = re.compile(
    r"^\W*(?:and\s+)?(?:by\s+)?(?:who(?:m|se)?\b|"
    rf"(?:which|what)\s+(?:\w+\s+){{0,2}}(?:{'|'.join(sorted(PERSON_NOUNS))})\b)",
    re.IGNORECASE,
)
"""How a question begins that a person answers: "Who", "By whom", "Which president"."""

_OF_BODIES = frozenset("headquarters leaders leader dissolved dissolve founded disbanded meet met join joined".split())
_OF_INSTRUMENTS = frozenset(
    "force signed sign article articles ratified binding revised approved expire promulgated".split()
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was understood, and what was answered: "" where it was refused."""

    question: str
    answer: str


def replace_pointers(question: str, exchanges: Sequence[Exchange]) -> str:
    """Return a question with the names that its pointers stand for; unchanged where none fits.

    It is unchanged, too, where a pointer stands for an event ("Why did they do that?"). Only the first
    six pointers are replaced. A name is put in once: in "What did that treaty say about the treaty?" the
    second stays.

    Args:
        question: As it was typed.
        exchanges: The turns before, oldest first, each understood already.
    """
    said = islice(find_pointers(question), _MOST_POINTERS)
    pointers = sorted([*said, *find_definite(question)], key=lambda pointer: pointer.start)
    if any(pointer.points is Points.EVENT for pointer in pointers):
        return question
    parts: list[str] = []
    at = 0
    put = set()
    meant: dict[tuple[Points, str], str] = {}
    for pointer in pointers[:_MOST_POINTERS]:
        key = (pointer.points, pointer.word)
        if key not in meant:
            meant[key] = _referent(pointer, question, exchanges)
        name = meant[key]
        if name and name not in put and pointer.start >= at:
            put.add(name)
            parts += _placed(question[at : pointer.start], name.upper() if question.isupper() else name, pointer)
            at = pointer.end
    return "".join([*parts, question[at:]])


def _placed(before: str, name: str, pointer: Pointer) -> tuple[str, str]:
    """Return what stands before a pointer, and the name as it takes the pointer's place."""
    if pointer.points is Points.PLACE and not re.search(r"\b(?:from|to|in)\s$", before):
        name = f"in {name}"
    if pointer.points is Points.TIME and not re.search(r"\b(?:since|until|by|before|after)\s$", before):
        before = re.sub(r"\b(?:on|in|at)\s$", "", before)
        name = f"{'on' if ',' in name else 'in'} {name}"
    return before, f"{name}’s" if pointer.possessive else name


def _referent(pointer: Pointer, question: str, exchanges: Sequence[Exchange]) -> str:
    """Return the name that a pointer stands for, latest first; "" when no turn names any that fits."""
    if pointer.points is Points.NOUN:
        exact = [name for exchange in reversed(exchanges) for name in _called(pointer.word, exchange, exactly=True)]
        if exact:
            return exact[0]
    persons = _persons(exchanges)
    own = {name.bare for name in find_names(question)}
    for at in range(len(exchanges) - 1, -1, -1):
        exchange = exchanges[at]
        match pointer.points:
            case Points.PERSON:
                found = _people(exchange, persons)
            case Points.THING:
                found = _fitting(_things(exchange, persons), question)
            case Points.MANY:
                found = _several(exchange, persons)
            case Points.PLACE:
                found = _places(exchange)
            case Points.TIME:
                found = _dates(exchange)
            case Points.NOUN:
                found = _called(pointer.word, exchange, exactly=False)
            case Points.ORDER:
                found = _ordered(pointer.word, exchanges[: at + 1])
            case Points.EVENT:
                found = []
        found = [name for name in found if name.removeprefix("the ").casefold() not in own]
        if found:
            return found[0]
    return ""


def _persons(exchanges: Sequence[Exchange]) -> dict[str, str]:
    """Return the full name of each person that the conversation gave a title, under the last part of it."""
    texts = [text for exchange in exchanges for text in (exchange.question, exchange.answer)]
    return {n.text.split()[-1]: n.text for text in texts for n in find_names(text) if n.kind is Kind.PERSON}


def _people(exchange: Exchange, persons: dict[str, str]) -> list[str]:
    """Return who may be "he" or "she": whom the question named, or whom a question for a person found."""

    def full(name: Name) -> str:
        return persons.get(name.text.split()[-1], name.text)

    people = (Kind.PERSON, Kind.NAME)
    asked = [full(name) for name in find_names(exchange.question) if name.kind in people]
    found = [name for name in find_names(exchange.answer) if name.kind in people]
    answered = [full(name) for name in found if name.kind is Kind.PERSON or " " in name.text]
    if exchange.question.islower():  # shows no names; they are the answer's
        asked = [name for name in answered if name.casefold().split()[-1] in words(exchange.question)]
    asked = [next((longer for longer in answered if name in longer.split()), name) for name in asked]
    if ASKS_PERSON.match(exchange.question):
        return [name for name in answered if name not in asked] + asked
    return asked + answered


def _things(exchange: Exchange, persons: dict[str, str]) -> list[str]:
    """Return what may be "it", likeliest first.

    What "Which law …?" found comes first, then what the question was about, then what the answer
    brought in; a country only where there is nothing else.
    """

    def is_person(name: Name) -> bool:
        return name.kind is Kind.PERSON or name.text.split()[-1] in persons

    question = exchange.question
    asked, answered = find_names(question), find_names(exchange.answer)
    about = {name.bare for name in asked}
    new = [n for n in answered if n.bare not in about and n.kind in (Kind.THING, Kind.NAME) and not is_person(n)]
    wanted = _ASKED_NOUN.search(question)
    topic = find_topic(question)
    # A question in lower case shows no names; its words are those of the answer's.
    typed = [] if asked else [name for name in new if set(terms(name.text)) & set(terms(question))]
    described = [what for _, what in _described(question)]
    ranked = [
        *[_fuller(name.text, answered) for name in new if wanted and _is_a(name, wanted["noun"].casefold())],
        *([topic] if topic else []),
        *[_fuller(name.text, answered) for name in asked if name.kind is Kind.THING],
        *[name.text for name in typed],
        *[name.text for name in asked if name.kind is Kind.NAME and not is_person(name)],
        *(described if _REPORTS.search(question) else []),
        *[name.text for name in new],
        *described,
        *[name.text for name in asked if name.kind is Kind.COUNTRY],
    ]
    return list(dict.fromkeys(ranked))


def find_topic(question: str) -> str:
    """Return what "What is …?" asks about, with its article; "" for another question or a person.

    "Tell me about …", "Explain …" and the like ask so too.
    """
    defining = DEFINING.match(unshout(question))
    if not defining or len(defining["topic"].split()) > 9:
        return ""
    said = defining["topic"].casefold().split()
    clause = any(word in AUXILIARY | WH | {"that"} or word in PRONOUNS for word in said)
    people = any(word in PERSON_NOUNS | {"member", "members"} for word in said)
    person = any(name.kind is Kind.PERSON for name in find_names(question))
    if clause or people or person or said[-1] in PREPOSITION or _PARTICIPLE.search(defining["topic"]):
        return ""
    return re.sub(r"^(?:an?)\s+", "a ", defining["topic"])


def _fuller(name: str, answered: Sequence[Name]) -> str:
    """Return a numbered part with the whole that the answer puts it in: "Article 9 of the Constitution …"."""
    if not re.search(r"(?:\d|\b[IVX]+)$", name):
        return name
    return next((n.text for n in answered if n.text.startswith(f"{name} of")), name)


def _fitting(found: list[str], question: str) -> list[str]:
    """Return candidates, those first that the words of the question are said of."""
    said = set(words(question))
    if said & _OF_BODIES:
        return sorted(found, key=lambda name: bool(_INSTRUMENTS & set(words(name))))
    if said & _OF_INSTRUMENTS:
        return sorted(found, key=lambda name: not _INSTRUMENTS & set(words(name)))
    return found


def _several(exchange: Exchange, persons: dict[str, str]) -> list[str]:
    """Return what may be "they": a name in the plural, two countries, or a body of several."""
    asked = Exchange(exchange.question, "")
    topic = re.sub(r"^an? (.*[^s])$", r"\1s", find_topic(exchange.question))
    bodies = [n for n in _things(asked, persons) if not _INSTRUMENTS & set(words(n)) and not is_country(n)]
    found = []
    for read in (asked, exchange):
        found += [name for name in _things(read, persons) if _is_plural(name)] + _pairs(read)
        found += bodies[:1]
    return [*([topic] if topic else []), *found]


def _is_plural(name: str) -> bool:
    first = re.split(r"\s(?:of|for|on|between|with)\s", name)[0]
    return first.endswith("s") and not first.endswith(("ss", "us"))


def _pairs(exchange: Exchange) -> list[str]:
    """Return the countries that a text joins by "and"."""
    found = []
    for text in (exchange.question, exchange.answer):
        countries = [n for n in find_names(text) if n.kind is Kind.COUNTRY]
        for one, other in pairwise(countries):
            if re.fullmatch(r"\s+and\s+(?:the\s+)?", text[one.end : other.start]):
                found.append(f"{one.text} and {other.text}")
    return found


def _places(exchange: Exchange) -> list[str]:
    texts = (exchange.question, exchange.answer)
    if re.match(r"\W*(?:and\s+)?where\b", exchange.question, re.IGNORECASE):
        texts = (exchange.answer, exchange.question)
    named = [name for text in texts for name in find_names(text)]
    return [n.text for n in named if n.kind is Kind.PLACE] + [n.text for n in named if n.kind is Kind.COUNTRY]


def _dates(exchange: Exchange) -> list[str]:
    return [m.group() for text in (exchange.question, exchange.answer) for m in DATE.finditer(text)]


def _called(noun: str, exchange: Exchange, *, exactly: bool) -> list[str]:
    """Return what "the <noun>" may be: a name with that noun, one of its kind, or what the answer calls so."""
    if noun in ("countries", "governments", "nations"):
        return _pairs(exchange)
    named = [n for text in (exchange.question, exchange.answer) for n in find_names(text)]
    named = [n for n in named if n.kind in (Kind.THING, Kind.NAME)]
    proper = [n for n in named if not n.bare_text[0].islower()]
    if exactly:
        return [n.text for n in proper if _head_of(n) == noun]
    topic = find_topic(exchange.question)
    topics = [topic] if topic and _says(noun, exchange.answer) else []
    described = [
        what for text in (exchange.answer, exchange.question) for head, what in _described(text) if head == noun
    ]
    body = any(noun in family and "organization" in family for family in FAMILIES)
    acronyms = [n.text for n in proper if body and n.bare_text.isupper()]
    dated = [n.text for n in named if n not in proper and _head_of(n) == noun]
    return [*[n.text for n in proper if _is_a(n, noun)], *topics, *dated, *described, *acronyms]


def _is_a(name: Name, noun: str) -> bool:
    """Whether a name's own noun is of the family of another: the Manila Pact is a treaty."""
    own = _head_of(name)
    return any(noun in family and own in family for family in FAMILIES)


def _head_of(name: Name) -> str:
    """Return the noun that says what a name is: "organization" of the North Atlantic Treaty Organization."""
    heads = [
        word for word in re.findall(r"\w+", re.split(r"\s(?:of|for|on|between|with)\s", name.bare)[0]) if word in HEADS
    ]
    return heads[-1] if heads else ""


def _says(noun: str, text: str) -> bool:
    return any(noun in family and family & set(words(text)) for family in FAMILIES)


_DESCRIBED = re.compile(
    rf"\b(?P<what>(?:[a-z-]+\s+){{0,2}}(?P<noun>{ANY_HEAD}))\b"
    rf"(?P<when>,?\s+(?:of|on)\s+(?:{DATE.pattern}))?",
    re.IGNORECASE,
)


def _described(text: str) -> list[tuple[str, str]]:
    """Return each noun that stands in no name, with how the text describes it.

    ("statement", "the joint statement on April 10, 2024"): at most two words before it, and a date.
    """
    names = find_names(text)
    found = []
    for match in _DESCRIBED.finditer(text):
        if any(name.start < match.end("noun") and match.start("noun") < name.end for name in names):
            continue
        kept = re.sub(rf"^(?:.*\b)?(?:{'|'.join(sorted(FUNCTION))})\s+", "", match["what"], flags=re.IGNORECASE)
        found.append((match["noun"].casefold(), f"the {kept}{match['when'] or ''}"))
    return found


def _ordered(word: str, exchanges: Sequence[Exchange]) -> list[str]:
    """Return the first or the last of the two things that were asked about latest."""
    things: list[str] = []
    for exchange in reversed(exchanges):
        things = [n.text for n in find_names(exchange.question) if n.kind in (Kind.THING, Kind.NAME)] + things
        if len(things) >= 2:
            return [things[-2] if word == "former" else things[-1]]
    return []
