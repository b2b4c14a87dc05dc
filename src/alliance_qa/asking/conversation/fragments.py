"""A question that lacks its rest, and the question before that lends it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from alliance_qa.asking.conversation.names import DATE, Kind, Name, find_names, is_country, is_headed, unshout
from alliance_qa.asking.conversation.pointers import (
    AUXILIARY,
    DEMONSTRATIVE,
    POSSESSIVE,
    PREPOSITION,
    PRONOUNS,
    WH,
    WORD,
)
from alliance_qa.asking.conversation.referents import ASKS_PERSON, DEFINING, find_topic
from alliance_qa.text.terms import terms, words

_CONNECTIVE = re.compile(
    r"^\W*(?:(?:and|but|or|so|also|then|ok|okay)\s+)*(?:(?:what|how)\s+about\s+)?(?:(?:and|also)\s+)?", re.IGNORECASE
)
MORE = re.compile(
    r"^\W*(?:(?:please\s+)?(?:tell|show|give)\s+me\s+more|more(?:\s+(?:details?|information|please))?|go on|continue|"
    r"(?:any|some)thing else|what else|explain)\b(?!\s+(?:about\s+)?(?:the\s+)?[A-Z])[^?]{0,30}\W*$",
    re.IGNORECASE,
)
"""A turn that asks for more of the same, whatever it was: "Go on", "Tell me more about that"."""


def find_fragment(question: str) -> str:
    """Return the part of a question that lacks its rest, without "and" before it; "" when it is whole.

    "And in 2015?" gives "in 2015", "Why?" gives "Why". What asks for more ("Go on") is a fragment as it stands.
    """
    shown = unshout(question).strip()
    opened = _CONNECTIVE.match(shown)
    rest = shown[opened.end() if opened else 0 :].strip(" ?!.")
    said = [word.casefold() for word in WORD.findall(rest)]
    if not said:
        return ""
    others = said[0] in WH | {"any"} and {"other", "others"} & set(said[:4]) and len(terms(rest)) <= 3
    if MORE.match(shown) or _is_bare(said) or others:
        return rest
    connected = bool(opened and re.search(r"[a-z]", opened.group(), re.IGNORECASE))
    if connected and not any(word in PRONOUNS for word in said):
        whole = (said[0] in WH | AUXILIARY and any(w in AUXILIARY for w in said[:4])) or len(terms(rest)) > 5
        clause = said[0] in ("when", "where", "after", "before") and said[1:] and said[1] not in AUXILIARY
        if clause or not whole:
            return rest if clause or len(terms(rest)) <= 3 or said[0] not in WH else ""
    if connected and said[0] in POSSESSIVE:
        return ""
    return rest if re.fullmatch(rf"(?:in\s+|on\s+)?{DATE.pattern}", rest, re.IGNORECASE) else ""


def _is_bare(said: Sequence[str]) -> bool:
    """Whether there is a question word and next to nothing else: "Since when", "Which countries", "who signed"."""
    wh = next((i for i, word in enumerate(said[:2]) if word in WH), None)
    if wh is None or (wh == 1 and said[0] not in PREPOSITION):
        return False
    rest = [
        word for word in said[wh + 1 :] if word not in ("else", "not", "so", "many", "much", "long", "exactly", "for")
    ]
    return not rest or (
        len(rest) == 1 and rest[0] not in AUXILIARY and rest[0] not in PRONOUNS and rest[0] not in DEMONSTRATIVE
    )


def complete(fragment: str, before: str) -> str:
    """Return the question before with a fragment in the place of its like; "" when it has no like.

    Args:
        fragment: What `find_fragment` found, not "".
        before: A question that stands alone.
    """
    before = unshout(before).strip()
    said = [word.casefold() for word in WORD.findall(fragment)]
    for step in (_with_question_word, _with_date, _with_clause, _with_phrase, _with_name):
        if whole := step(fragment, said, before):
            return whole[0].upper() + whole[1:] if before[:1].isupper() else whole
    return ""


def _with_question_word(fragment: str, said: Sequence[str], before: str) -> str:
    """Did Australia leave the Quad? Why? -> Why did Australia leave the Quad?"""
    if not _is_bare(said) or (
        said[-1] not in WH | {"many", "much", "long", "else"} and said[0] not in ("which", "what")
    ):
        return ""
    if said[-1] == "else":
        opened = re.match(rf"{said[0]}\b", before, re.IGNORECASE)
        return f"{fragment}{before[opened.end() :]}" if opened else ""
    opening = list(WORD.finditer(before))[:5]
    verb = next((match for match in opening if match.group().casefold() in AUXILIARY), None)
    is_question = bool(opening) and opening[0].group().casefold() in WH | AUXILIARY
    # "Who signed …?" has no verb that could follow "when".
    if verb is None or not is_question or ASKS_PERSON.match(before) or find_topic(before):
        return ""
    return f"{fragment} {before[verb.start()].lower()}{before[verb.start() + 1 :]}"


def _with_date(fragment: str, _said: Sequence[str], before: str) -> str:
    """What were the Guidelines of 1978 about? And in 2015? -> What were the Guidelines of 2015 about?

    Where no date stands that it could take the place of, it is added.
    """
    dated = re.fullmatch(
        rf"(?P<word>(?:in|on|of|those of|that of|the one of)\s+)?(?P<date>{DATE.pattern})", fragment, re.IGNORECASE
    )
    earlier = list(DATE.finditer(before))
    if not dated:
        return ""
    if not earlier:
        whole = before.rstrip(" ?!.")
        return f"{whole} {dated['word'] or 'in '}{dated['date']}?" if not find_topic(before) else ""
    last = earlier[-1]
    lead, tail = before[: last.start()], before[last.end() :].removeprefix(",")
    if re.search(r"\bon\s$", lead) and not re.search(r"\d,", dated["date"]):
        lead = re.sub(r"on\s$", "in ", lead)
    return f"{lead}{dated['date']}{tail}"


def _with_clause(fragment: str, said: Sequence[str], before: str) -> str:
    """Who was president when …? And when …? -> the other clause."""
    if len(said) < 3 or said[0] not in ("when", "where", "after", "before", "if", "because"):
        return ""
    clause = re.search(rf"(?<!^)\b{said[0]}\b", before, re.IGNORECASE)
    return f"{before[: clause.start()]}{fragment}?" if clause else ""


def _with_phrase(fragment: str, said: Sequence[str], before: str) -> str:
    """Who signed it for Japan? And for the United States? -> Who signed it for the United States?"""
    if said[0] not in PREPOSITION or len(said) < 2:
        return ""
    for name in reversed(find_names(before)):
        lead = re.search(rf"\b{said[0]}\s+(?:the\s+)?$", before[: name.start], re.IGNORECASE)
        if lead:
            return f"{before[: lead.start()]}{fragment}{before[name.end :]}"
    last = re.search(r"\b(?P<word>\w+)\s+[a-z]+\W*$", before)
    if last and last["word"] in PREPOSITION and not find_names(fragment) and len(said) == 2:
        return f"{before[: last.start()]}{fragment}?"
    # The parties stand inside the name of a treaty: "the treaty with the Philippines".
    inside = re.search(rf"\b{said[0]}\s+(?:the\s+)?[A-Z]\w+", before)
    return f"{before[: inside.start()]}{fragment}{before[inside.end() :]}" if inside else ""


def _with_name(fragment: str, said: Sequence[str], before: str) -> str:
    """When did Japan join the United Nations? And NATO? -> When did Japan join NATO?"""
    if said[0] in PREPOSITION | WH | AUXILIARY or not terms(fragment) or re.fullmatch(r"the [a-z]+", fragment):
        return ""
    names = find_names(before)
    if any(name.bare == fragment.casefold().removeprefix("the ") for name in names):
        return ""
    like = [name for name in names if _alike(fragment, said, name)]
    if not like:
        defining = DEFINING.match(before) if find_topic(before) else None
        return f"{before[: defining.start('topic')]}{fragment}{before[defining.end('topic') :]}" if defining else ""
    pair = next(
        (b for a, b in pairwise(like) if re.fullmatch(r",?\s+and\s+(?:the\s+)?", before[a.end : b.start])),
        None,
    )
    gone = pair or like[0]
    start = gone.start
    if article := re.search(r"\bthe\s+$", before[:start], re.IGNORECASE):
        start = article.start()
    fragment = re.sub(r"^(?:those|that)\s+of\s+", "", fragment)
    part = re.match(r"(?:\w+)\s+(?:\d+|[IVX]+)\b", gone.text)
    if part and re.match(r"(?:\w+)\s+(?:\d+|[ivx]+)\b", fragment, re.IGNORECASE):
        return f"{before[: gone.start]}{fragment}{before[gone.start + part.end() :]}"
    return f"{before[:start]}{fragment}{before[gone.end :]}"


def _alike(fragment: str, said: Sequence[str], name: Name) -> bool:
    """Whether a fragment may stand where a name stands."""
    if is_country(re.sub(r"^the\s+", "", fragment, flags=re.IGNORECASE)):
        return name.kind is Kind.COUNTRY
    if said[0] in words(name.text)[:1]:
        return True  # "Article V", "article vi"
    if any(n.kind is Kind.PERSON for n in find_names(fragment)):
        return name.kind in (Kind.PERSON, Kind.NAME)
    return name.kind in (Kind.THING, Kind.NAME) and (
        is_headed(fragment) or bool(find_names(f"- {fragment}")) or fragment != fragment.lower()
    )
