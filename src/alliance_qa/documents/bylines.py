"""Names of people, and the sentence in which a page introduces its author."""

from __future__ import annotations

import re

from alliance_qa.text.people import ADDRESSES, FIRST_OF_PLACES, NO_NAMES, PARTICLES, SUFFIXES

# "By Washington Post" and "Tokyo Shimbun"; in running text both are also people's names.
_NO_EDGES = NO_NAMES | {"Tokyo", "Washington", "We", "To"}

# What the author of an article is said to be. Heads of state and ministers are what articles are about,
# so their offices count only after "former".
_ROLE = re.compile(
    r"\b(?:scientist|researcher|research (?:associate|assistant|analyst|director|lead)|fellow|professor"
    r"|director|analyst|editor(?:-at-large|-in-chief)?|journalist|reporter|correspondent|scholar|lecturer|student"
    r"|economist|historian|author|writer|columnist|contributor|expert|advis[eo]r|consultant|dean|founder"
    r"|co-?founder|chair|chairman|chairwoman|chairperson|strategist|specialist|candidate|engineer|lawyer"
    r"|attorney|blogger|novelist|translator|photographer|theorist|sociologist|anthropologist|policymaker"
    r"|(?:president|vice president|head|member|manager|officer|chief executive) (?:at|of) (?:the )?[\w' -]*"
    r"(?:institute|foundation|cent(?:er|re)|association|forum|society|company|program|board|council"
    r"|university|college|school|faculty|staff)"
    r"|(?:former|retired) (?:[\w.-]+ ){0,4}(?:ambassador|minister|secretary|official|officer|diplomat|admiral"
    r"|general|commander|senator|governor|president))s?\b",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?:about the authors?:?\s+)?(?P<who>\S.{3,140}?),?\s+(?:is|are)\s+(?:(?:currently|now|also)\s+)?"
    r"(?P<what>.{8,})",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*,\s+and\s+|\s+and\s+|\s+&\s+|\s*,\s+|\s*;\s+", re.IGNORECASE)


def is_name(text: str, *, capitals: bool = False) -> bool:
    """Whether `text` reads as a person's name: two to four capitalised parts, particles and suffixes besides.

    Args:
        text: A name alone, without a title such as "Dr.".
        capitals: Whether "JANE DOE" counts, as it does after "By"; elsewhere capitals are an acronym.
    """
    words = text.split()
    while words and words[-1] in SUFFIXES:
        words.pop()
    if not words or words[0] in PARTICLES or words[-1] in PARTICLES:
        return False
    parts = [word for word in words if word not in PARTICLES]
    if not 2 <= len(parts) <= 4 or len(parts[-1].strip(".")) < 2 or "." in parts[-1]:
        return False
    edges = {parts[0].strip(",").capitalize(), parts[-1].strip(",").capitalize()}
    if edges & _NO_EDGES or parts[0].capitalize() in FIRST_OF_PLACES:
        return False
    return all(_is_part(part, capitals) for part in parts)


def _is_part(part: str, capitals: bool) -> bool:
    letters = re.sub(r"[-'’.]", "", part)
    if not letters.isalpha() or not part[0].isupper():
        return False
    if re.fullmatch(r"(?:[^\W\d_]\.-?)+|[^\W\d_]", part):  # an initial: "W.", "J.R."
        return True
    return capitals or not letters.isupper()


def people(text: str, *, capitals: bool = False) -> tuple[str, ...]:
    """Return the names in a list such as "Jane Doe, Dr. John Roe and Ann Poe".

    () when a part of the list is no name.
    """
    found: list[str] = []
    for part in _AND.split(text.strip()):
        if part in SUFFIXES and found:
            found[-1] = f"{found[-1]}, {part}"
            continue
        words = part.split()
        while words and words[0] in ADDRESSES:
            words.pop(0)
        name = " ".join(words)
        if not is_name(name, capitals=capitals):
            return ()
        found.append(name)
    return tuple(found)


def introduced(sentence: str) -> tuple[str, ...]:
    """Return whom a sentence such as "Jane Doe is a senior fellow at the Example Institute" introduces.

    () when it introduces nobody, or somebody whose office makes a subject of articles rather than an author.
    """
    note = _NOTE.match(sentence)
    if not note or not _ROLE.search(note["what"][:160]):
        return ()
    return people(note["who"])
