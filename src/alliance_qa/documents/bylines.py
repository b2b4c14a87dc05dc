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
# What programs, machines and sites write where a name is asked for and nobody gave one, folded to lower case.
_NOBODY = frozenset(
    "admin|administrator|adminuser|sysadmin|root|system|superuser|super user|webmaster|web master|site admin"
    "|site administrator|user|users|username|user name|guest|guest user|guest author|owner|author|authors|author name"
    "|contributor|contributors|editor|staff|staff writer|staff writers|staff reporter|staff author|member|moderator"
    "|nobody|no author|no name|noname|none|null|nil|undefined|unknown|unknown author|unnamed|un-named|untitled"
    "|not specified|not available|unspecified|anonymous|anon|default|test|test user|testuser|demo|name|your name"
    "|my name|n/a|na|tbd|post author|autor|auteur|autore|redaktion|redaktör|gast|benutzer|anonym|unbekannt|inconnu"
    "|anonyme|utilisateur|usuario|utente|desconocido|customer|valued customer|preferred customer|valued user"
    "|registered user|office|office user|home|home user|it|it department|it support|it services|it admin|pc|laptop"
    "|desktop|computer|workstation|scanner|copier|printer|mac|owner of the computer|windows|word|excel|powerpoint"
    "|as delivered|as prepared|as prepared for delivery|check against delivery|as released|transcript"
    "|管理者|管理人|サイト管理者|匿名|名無し|名無しさん|ユーザー|ゲスト|不明|作成者|投稿者|管理员|未知|用户|관리자|익명".split(
        "|"
    )
)
_MAKERS = "hp|hewlett[- ]packard|dell|lenovo|asus|acer|toshiba|fujitsu|compaq|gateway"
# The names of programs and of the accounts that machines are delivered with, as a whole.
_PROGRAM = re.compile(
    rf"(?:{_MAKERS})(?: (?:inc\.?|corp\.?|user|customer|computer|pc|laptop))?"
    r"|(?:ms|microsoft|windows|mac|local|domain|admin|default|office|word|wp|wordpress|drupal|joomla|google)"
    r"[ _-](?:office )?(?:user|account|admin|administrator|customer)"
    r"|(?:microsoft|adobe|libreoffice|openoffice|apache|wordpress|drupal|joomla|typo3|squarespace|wix"
    r"|notion|confluence|pandoc|quarto|jekyll|hugo|latex|pdftex|ghostscript|acrobat|canva|python-docx|docx4j|openpyxl"
    r"|phpword|aspose|calibre|abbyy|finereader|xerox|canon|ricoh|konica minolta|kyocera|hubspot|wkhtmltopdf)"
    r"(?: (?:corporation|office|word|docs|export|distiller|indesign|poi|writer|blog|team|\.?org|[\d.]+))*"
    r"|(?:desktop|laptop|pc|win|macbook|imac|workstation|srv|server)[-_ ]?[a-z]*\d[\w-]*"
    r"|(?:user|admin|guest|author|editor|test|owner)[-_ ]?\d+"
    r"|(?:\w+[\\/])+[\w.-]+"  # DOMAIN\account
    r"|[^\s@]+@[^\s@]+|(?:https?://|www\.)\S*",
    re.IGNORECASE,
)
# An account: one word of small ASCII letters with a digit, a stop or an underscore in it.
_ACCOUNT = re.compile(r"(?=.*[\d._])[a-z][a-z0-9._-]*|@\w+")
_AND = re.compile(r"\s*,\s+and\s+|\s+and\s+|\s+&\s+|\s*,\s+|\s*;\s+", re.IGNORECASE)


def is_nobody(name: str) -> bool:
    """Whether what stands for an author's name is that of a program, a machine or an account, or of nobody.

    "Windows User", "admin", "Un-named", "HP", "PC-3", "jdoe3", "webmaster@example.org" and "Staff" are;
    bodies ("BBC News", "The Editors") and names of one word ("Plato") are somebody.

    Args:
        name: One name, in any case, with or without brackets around it.
    """
    folded = " ".join(name.split()).strip(" ()[]<>{}\"'“”‘’,;:").casefold()
    if not any(char.isalpha() for char in folded):
        return True
    bare = re.sub(r"^by:?\s+(?:the\s+)?", "", folded)
    return bare in _NOBODY or bool(_PROGRAM.fullmatch(bare) or _ACCOUNT.fullmatch(name.strip()))


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
