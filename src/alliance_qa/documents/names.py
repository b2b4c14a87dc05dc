"""Names of people, and the sentence in which a page introduces its author."""

from __future__ import annotations

import re

_PARTICLES = frozenset(
    (
        "al am ap auf ben bin bint da dal de degli dei del della den der des di do dos du el ibn la le lo "
        "san ter ten van vom von y zu zum zur"
    ).split()
)
_SUFFIXES = frozenset("Jr Jr. Sr Sr. II III IV".split())
_TITLES = frozenset(
    (
        "Dr Dr. Prof Prof. Professor Mr Mr. Mrs Mrs. Ms Ms. Amb Amb. Ambassador Gen. General Adm. Admiral "
        "Col. Colonel Capt. Captain Lt. Sir Dame Sen. Senator Rep. Gov. Hon. Rev."
    ).split()
)
# Words that open or close the name of a place, body or paper; none is a usual first or last name.
_NO_NAME = frozenset(
    (
        "A About Affairs Africa African Agency Air Alliance America American An And April Army Article Asia "
        "Asian Association At August Australia Australian Board Britain British Bureau By Canada Center "
        "Centre China Chinese Commentary Commission Committee Company Cooperation Corporation Council "
        "December Defence Defense Department Desk Diplomacy Division Editorial Editors Embassy Europe "
        "European Fact February Federal Federation Finance Fleet Force Forces Foreign Forum Foundation "
        "France French German Germany Global Government Group Guidelines Headquarters In India Indian Indo- "
        "Pacific Institute International Island Islands January Japan Japanese Journal July June Kingdom "
        "Korea Korean Last Law Magazine March Maritime Military Minister Ministry Nation National Nations "
        "NATO Naval Navy News Newspaper November Ocean October Office On Op-Ed Opinion Organization Our "
        "Pacific Partnership Peace Philippine Philippines Policy Post President Press Prime Program "
        "Programme Project Public Relations Release Remarks Report Reporter Republic Research Review Royal "
        "Russia Russian School Sea Secretary Section Security Self-Defense September Service Sheet Soviet "
        "Speech Staff State States Statement Strait Strategy Studies Summit Taiwan Team That The These They "
        "This Times To Today Tokyo Treaty Trilateral Union United University Vietnam War Washington We "
        "Weekly What Who Why With World Writer Writers"
    ).split()
)
_NO_FIRST_NAME = frozenset(
    (
        "Abu Addis Buenos Central Cold East Eastern Free Great High Hong House Kuala Las Los New North "
        "Northern Old Open Phnom Rio South Southern Sri Supreme Tel West Western White"
    ).split()
)

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
    while words and words[-1] in _SUFFIXES:
        words.pop()
    if not words or words[0] in _PARTICLES or words[-1] in _PARTICLES:
        return False
    parts = [word for word in words if word not in _PARTICLES]
    if not 2 <= len(parts) <= 4 or len(parts[-1].strip(".")) < 2 or "." in parts[-1]:
        return False
    edges = {parts[0].strip(",").capitalize(), parts[-1].strip(",").capitalize()}
    if edges & _NO_NAME or parts[0].capitalize() in _NO_FIRST_NAME:
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
        if part in _SUFFIXES and found:
            found[-1] = f"{found[-1]}, {part}"
            continue
        words = part.split()
        while words and words[0] in _TITLES:
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
