"""The questions that a comparison or a double question is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from alliance_qa.asking.query import LONGEST_FORM, is_clear
from alliance_qa.text.calendar import month_number
from alliance_qa.text.countries import COUNTRIES, is_territory
from alliance_qa.text.terms import terms, words

MOST_PARTS = 3
_MOST_SIDE_WORDS = 14

# What is compared, and the words around it. Plain past forms end in -ed.
_TIME_SCALE = r"first|last|(?:earl|lat|old|young|new)i?(?:er|est)|sooner|(?:more|most) recent(?:ly)?"
_SIZE_SCALE = (
    r"more often|(?:more|less) (?:expensive|costly)|more|most|less|least|fewer|fewest|"
    r"(?:long|short|larg|bigg|small|great|high|low|tall|heav|light|deep|wid|fast|slow|rich|poor|cheap|costl|clos|near|strong|weak)i?(?:er|est)"
)
_SCALE = rf"\b(?:{_TIME_SCALE}|{_SIZE_SCALE})\b"
_MEASURE = r"\b(?:amount|budget|cost|height|length|number|population|price|size|spending|sum|weight)s?\b"
_BE = r"(?:is|are|was|were)"
_BE_OR_DO = r"(?:is|are|was|were|do|does|did|has|have|had)"
_AUX = rf"\b(?:{_BE_OR_DO}|can|could|will|would|should|may|might|must)\b"
_WH = r"\b(?:what|which|who|whom|whose|when|where|why|how)\b"
_WHICH = r"(?:in |of )?(?:which|what|who|whose|where)\b"
_ONCE = (  # what happens once, so that "before" and "after" order it
    r"abolished|adopt(?:ed)?|amended|announced?|approved?|beg[iau]n|born|buil[dt]|bec[oa]me|completed?|created?|died?|discovered|dissolved|"
    r"elected|end(?:ed)?|enter(?:ed)?|established|form(?:ed)?|founded|happen(?:ed)?|introduced?|invented|join(?:ed)?|launch(?:ed)?|leave|left|"
    r"open(?:ed)?|passed|published?|ratif(?:y|ied)|released?|revised?|sign(?:ed)?|start(?:ed)?|take (?:effect|office|place)|withdr[ae]wn?"
)
_VERB = (
    rf"\b(?!united\b|armed\b)(?:{_ONCE}|[a-z]{{2,}}ed|br(?:ea|o)ke?n?|c[oa]me|explain|f[ea]ll|g[eo]t|g[io]ven?|go|went|ha(?:ve|s|d)|h[eo]ld|host|"
    r"invade|know|lead|led|los[et]|ma[dk]e|me?et|pa(?:y|id)|produce|receive|r[io]se|sa(?:y|id)|sen[dt]|speak|spoke|spen[dt]|take|took|taken|use|"
    r"visit|w[io]n|writ(?:e|ten)|wrote)s?\b"
)
_PREPOSITION = r"\b(?:about|against|at|between|by|for|from|in|into|on|over|to|under|with)\b"
_PRONOUN = r"\b(?:it|its|he|his|him|she|her|they|them|their)\b"
# What makes words a clause, an example or an amount rather than the name of a side.
_NO_SIDE = rf"{_WH}|{_AUX}|\b(?:called|either|expected|if|including|known|like|such|than|usual|sides)\b|^(?:or|and|half|one|any|ever|other|twice)\b"
# No event of a name of its own: words of a date; "the war", "leaving", "they left".
_OF_DATE = r"the|its|early|mid|late|year|end|start|beginning|of|in|on|that|this|last|next|month|week|day|century|now|today|\w*\d\w*"
_UNNAMED = r"(?:(?:the|an?|his|her|its|their|any|during) )*[a-z]+|(?:he|she|it|they|we|you|i|[a-z]+ing)\b.*"


def _forms(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


# "When did A speak and when did B?" One that begins with a verb needs its own subject: "left it and has not returned".
_AND = r"(?:[,;]? and |\? (?:and )?)"
_CLAUSES = _forms(
    rf"(?P<first>{_WH} \S+ .+?){_AND}(?P<second>(?:{_WH}|(?:what|which|how)(?: \w+){{1,2}}) {_AUX} .+)",
    rf"(?P<first>(?:who|what) .+?){_AND}(?P<second>(?-i:[wW]ho|[wW]hat) .+)",
    rf"(?P<first>{_AUX} .+?){_AND}(?P<second>{_BE_OR_DO} (?-i:the|[A-Z]\S*|{_PRONOUN}) .+)",
)
# "Which came first, A or B?", with or without the comma; "A or B: which came first?"; "Did A or B come first?"
_CHOICES = _forms(
    rf"(?P<frame>(?!what {_BE} (?:the|an?) (?!{_SCALE}))(?:{_WHICH}[^,:;?]*?)?{_SCALE}[^,:;?]*)[,:;?] *(?P<sides>.+)",
    rf"(?P<frame>{_WHICH} (?:{_BE}(?: born| \w+ed)?|came|happened|began|started|ended|lasted) {_SCALE}) (?P<sides>.+)",
    rf"(?:between|of|out of) (?P<pair>.+ (?:and|or) .+?)[,:;?]* (?P<frame>{_WHICH}.*{_SCALE}.*)",
    rf"(?!{_PREPOSITION})(?P<sides>.+? (?:or|vs\.?|versus) .+?)[,:;?]* (?P<frame>{_WHICH}.*{_SCALE}.*)",
    rf"{_BE_OR_DO} (?P<sides>(?:(?!(?<!or) an? ).)+? or .+?)(?P<frame> (?-i:{_VERB}[^,]* )?{_SCALE})",
)
_ASKED_WHICH = rf"^{_WHICH}(?: one\b| of (?:them|these|the two)\b|(?<!whose) \w+(?= (?:{_AUX}|{_VERB})))?"
# "Is A bigger than B?"; "Was A signed before B?"; "Did A happen before or after B?"
_RELATIONS = _forms(
    rf"(?:{_BE_OR_DO}|how much (?P<scale>{_SCALE}) {_BE_OR_DO}) (?!there\b|{_PRONOUN})(?P<left>.+?),? than (?P<right>.+)",
    rf"(?:is|was|were|did|had) (?!there\b|{_PRONOUN})(?P<left>.+?),? (?P<order>before or after|after or before) (?P<right>.+)",
    rf"(?:was|were|did|had) (?!there\b|{_PRONOUN})(?P<left>.+? (?:{_ONCE})\b.*?),? (?P<order>before|after) (?P<right>(?!or\b).+)",
)
# "What is the difference between A and B?"; "How do A and B differ?"; "compare A with B"; "A vs B"
_TOPIC = r"(?P<topic>,? (?:with (?:regard|respect) to|in terms of|regarding|concerning|when it comes to) .+)?"
_TERSE = rf"(?:(?!{_AUX}|{_WH}).)+?"
_DIFFERENCES = _forms(
    rf"(?:.*\b(?:what(?:'?s| {_BE})|there|know|me|explain)(?: \w+){{0,4}} )?(?:\w+ )?(?:dif\w*r\w*nces?|similarit(?:y|ies)|distinction|comparison) (?:between|of) (?P<sides>.+?){_TOPIC}",
    r"(?:in what ways? |how )(?:do|does|did|is|are) (?P<sides>.+?) (?:differ|different|compare)(?P<topic> (?!from|to\b|with .+ with).+)?",
    r"how (?:do|does|did|is|are) (?P<left>.+?) (?:differ|different|compared?) (?:from|to|with) (?P<right>.+?)(?P<topic> (?:in|on|regarding|with regard to) .+)?",
    rf"what distinguishe[sd] (?P<left>.+) from (?P<right>.+?){_TOPIC}",
    r"what (?:do|does|did) (?P<sides>.+) have in common",
    rf"(?:compare|contrast) (?P<sides>.+?){_TOPIC}",
    rf"(?:(?P<about>[^:]+): )?(?P<sides>{_TERSE} (?:vs\.?|versus|compared (?:with|to)) {_TERSE})(?:,? (?:differences?|comparison))?",
)
_JOINTS = (
    " (?:vs|vs[.]|versus|against|compared with|compared to) ",
    " (?:and|with|to) (?=(?:the|an?|that|those|its|his|their) )",
    " with ",
    " and ",
    " to ",
)
_BOTH = _forms(rf"(?P<aux>{_AUX}) both (?P<left>.+?) and (?P<right>.+)")


def parts(question: str) -> tuple[str, ...]:
    """Return the questions that a comparison or double question is made of.

    Each stands alone. They are to be searched for, not shown: they are worded loosely, but ask
    for the kind of thing that is compared ("when", "how much").

    Returns:
        Two or three questions in the order asked; none for a question that asks for one thing,
        or whose sides are not clear.
    """
    text = " ".join(question.replace("’", "'").split()).rstrip(" ?!.")
    if len(text) > LONGEST_FORM:
        return ()
    taken = (take(match) for forms, take in _KINDS for form in forms if (match := form.fullmatch(text)))
    found = tuple(" ".join(part.split()) for part in next(filter(None, taken), ()))
    return found if all(is_clear(part) for part in found) else ()


def _clauses(match: re.Match[str]) -> Sequence[str]:
    first, second = match["first"], match["second"]
    (asked, subject, predicate), (again, other, rest) = _clause(first), _clause(second)
    if not subject or not other:
        return ()
    if asked == again and not rest:
        return first, f"{second} {predicate}"
    if (named := _find(r"\b(?:the|this|that|these|those|such) (\w+)$", second)) and named[1] in first.split():
        return ()
    pronoun = _find(_PRONOUN, second)
    if pronoun is None or re.search(r" [A-Z]", second[: pronoun.start()]):
        return first, second
    # "What is A and what does it do?" asks for one thing; "Who led A and when did he die?" needs an answer first.
    if not predicate and (_find(f"{_AUX}$", asked) or pronoun.group().lower() not in {"it", "its"}):
        return ()
    ending = "'s" if pronoun.group().lower() in {"its", "his", "their"} else ""
    return first, f"{second[: pronoun.start()]}{subject}{ending}{second[pronoun.end() :]}"


def _choice(match: re.Match[str]) -> Sequence[str]:
    named = match.groupdict()
    joint = "and|or" if "pair" in named else r"or|vs\.?|versus"
    sides = re.split(rf"(?i:,? (?:{joint}) |, ?(?!or\b))", named.get("pair") or named["sides"])
    rest = _cut(rf"(?:the )?{_SCALE}(?: to )?", _cut(_ASKED_WHICH, match["frame"]))
    return [f"{_question_word(match['frame'])} {side} {rest}" for side in _checked(sides)]


def _both(match: re.Match[str]) -> Sequence[str]:
    right, predicate = _subject(match["right"])
    return [f"{match['aux']} {side} {predicate}" for side in _checked([match["left"], right]) if predicate]


def _difference(match: re.Match[str]) -> Sequence[str]:
    named = match.groupdict()
    asked = "how much" if _find(_MEASURE, match.string) else ""
    sides = [named["left"], named["right"]] if "left" in named else _joined(named["sides"])
    return [f"{asked} {named.get('about') or ''} {side} {named.get('topic') or ''}" for side in _checked(sides)]


def _relation(match: re.Match[str]) -> Sequence[str]:
    left, right = match["left"], _cut(r" (?:do|does|did|was|were)$", match["right"])
    order = match.groupdict().get("order")
    scale = None if order else _find(rf"(?:\b(?:much|far|more or) )?{_SCALE}", left)
    measure = order or match["scale"] or (scale and scale.group())
    whole = f"{left[: scale.start()]}{left[scale.end() :]}" if scale else left
    if (
        not measure
        or not terms(whole)
        or (_is_unclear_time(right) if order else right[0].isdigit() or _find(_NO_SIDE, right))
    ):
        return ()
    subject, predicate = _subject(whole)
    if scale and _find(rf"^{_BE}\b", match.string):
        subject, predicate = left[: scale.start()].strip(), left[scale.end() :]
    elif not re.search(_VERB, predicate):
        subject, predicate = whole, ""
    if that := re.match(r"(?:that|those|the one) ", right):
        right = f"{re.split(f' of | {_PREPOSITION}', subject)[0]} {right[that.end() :]}"
    if re.search(f"{_AUX}|{_VERB}", right):
        predicate = ""
    elif not set(terms(predicate)).isdisjoint(terms(right)):
        # "Did A sign the treaty with B before the treaty with C?"
        right, predicate = f"{subject} {predicate.split()[0]} {right}", ""
    return f"{_question_word(measure)} {whole}", f"{_question_word(measure)} {_completed(right, subject)} {predicate}"


def _is_unclear_time(text: str) -> bool:
    said = re.findall(r"\w+", text)
    is_date = all(month_number(word) or re.fullmatch(_OF_DATE, word, re.IGNORECASE) for word in said)
    return is_date or re.fullmatch(_UNNAMED, text) is not None


def _question_word(measure: str) -> str:
    if _find(rf"\b(?:{_TIME_SCALE}|before|after)\b", measure):
        return "when"
    return "how long" if _find(r"\b(?:long|short)e", measure) else "how much"


def _clause(text: str) -> tuple[str, str, str]:
    """Return what stands before a clause's subject, the subject, and what follows it."""
    asked = _find(rf"^(?:.*?{_AUX}|\S+ \S+)", text)
    return (asked.group().lower(), *_subject(text[asked.end() :])) if asked else ("", "", text)


def _subject(text: str) -> tuple[str, str]:
    """Return the name or noun phrase that a text begins with, and what follows it."""
    found = text.split()
    for at in range(1, len(found)):
        word, before = found[at], found[at - 1].lower()
        if re.fullmatch(_PRONOUN, before):
            break
        if word in {"of", "and"} or before in {"of", "and", "the", "a", "an"}:
            continue
        is_named = any(w[0].isupper() for w in found[:at])
        if re.fullmatch(rf"{_VERB}|{_PREPOSITION}|the|an?|any|not|part", word) or (is_named and word[0].islower()):
            break
    else:
        at = len(found)
    return " ".join(found[:at]), " ".join(found[at:])


def _joined(text: str) -> list[str]:
    """Return the sides of "A and B", "A with B", "A, B and C"; none where more than one word may join them."""
    if listed := re.fullmatch(r"([^,]+), ([^,]+?),? and ([^,]+)", text):
        return list(listed.groups())
    splits = (re.split(f"(?i:{joint})", text) for joint in _JOINTS)
    return next((sides for sides in splits if len(sides) == 2), [])


def _checked(sides: Sequence[str]) -> list[str]:
    """Return sides that are clear, each with what only one of them was given; otherwise none."""
    sides = [side.strip(" ,:;-") for side in sides]
    if not 2 <= len(sides) <= MOST_PARTS:
        return []
    if any(not terms(s) or len(s.split()) > _MOST_SIDE_WORDS or _find(_NO_SIDE, s) for s in sides):
        return []
    first, second = sides[0], sides[1].split()
    # "Japanese and Korean forces"
    tail = " ".join(second[1:]) if _kind(first) and _kind(second[0]) == _kind(first) and second[-1].islower() else ""
    return [f"{first} {tail}", *(_completed(side, first) for side in sides[1:])]


def _completed(side: str, first: str) -> str:
    """Return a side with what only the first was given: "1960" beside "the treaties of 1951"."""
    told, held = first.split(), side.split()
    if held[-1].lower() in {"one", "ones"} and len(held) > 1:
        return " ".join([*held[:-1], told[-1]])  # "the second ones" beside "the first guidelines"
    if side.endswith("'s") and "'s " in first:
        return f"{side} {first.split(chr(39) + 's ', 1)[1]}"
    for k in range(1, len(told)):
        is_alike = _kind(side) and _kind(side) == _kind(" ".join(told[k:])) and not told[k - 1].istitle()  # South Korea
        is_repeated = told[k] == held[0] and len(told) - k == len(held) and held[0] not in {"the", "a", "an"}
        is_name = len(told) - k == len(held) == 1 and side[0].isupper()
        is_of_name = is_name and told[k - 1] == "of" and told[k - 2].islower()
        if (is_alike or is_repeated or is_of_name) and terms(" ".join(told[:k])):
            return " ".join([*told[:k], side])
    return side


def _kind(name: str) -> str:
    """Return whether words name countries or are numbers: what two sides may differ in alone."""
    held = [word for word in words(name) if word != "the"]
    if held and (COUNTRIES.issuperset(held) or is_territory(" ".join(held))):
        return "country"
    return "number" if held and all(word.isdigit() for word in held) else ""


def _find(pattern: str, text: str) -> re.Match[str] | None:
    return re.search(pattern, text, re.IGNORECASE)


def _cut(pattern: str, text: str) -> str:
    return re.sub(pattern, "", text, count=1, flags=re.IGNORECASE)


_KINDS: Sequence[tuple[Sequence[re.Pattern[str]], Callable[[re.Match[str]], Sequence[str]]]] = (
    (_CLAUSES, _clauses),
    (_CHOICES, _choice),
    (_BOTH, _both),
    (_DIFFERENCES, _difference),
    (_RELATIONS, _relation),
)
