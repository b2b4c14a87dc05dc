"""Names of people, and the sentence in which a page introduces its author."""

from __future__ import annotations

import re

from alliance_qa.text.people import ADDRESSES, FIRST_OF_PLACES, NO_NAMES, PARTICLES, SUFFIXES

# "By Washington Post" and "Tokyo Shimbun"; in running text both are also people's names.
_NO_EDGES = NO_NAMES | frozenset(
    "Tokyo Washington We To Fellow Analyst Correspondent Columnist Researcher Journalist Economist Scholar Lecturer "
    "Strategist Intern".split()
)
# Before a role: "Senior Fellow" beside a name is none.
_RANKS = frozenset(
    "Adjunct Assistant Associate Chief Contributing Deputy Distinguished Executive Founding Guest Lead Managing "
    "Non-Resident Nonresident Policy Political Principal Research Senior Vice Visiting".split()
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
    "|пользователь|администратор|автор|użytkownik|gebruiker|användare|bruger|bruker|käyttäjä|uživatel|felhasználó|kullanıcı"
    "|管理者|管理人|サイト管理者|匿名|名無し|名無しさん|ユーザー|ゲスト|不明|作成者|投稿者|管理员|未知|用户|관리자|익명".split(
        "|"
    )
)
_MAKERS = "intel|hp|hewlett[- ]packard|dell|lenovo|asus|acer|toshiba|fujitsu|compaq|gateway"
# The names of programs and of the accounts that machines are delivered with, as a whole.
_PROGRAM = re.compile(
    rf"(?:{_MAKERS})(?: (?:inc\.?|corp\.?|user|customer|computer|pc|laptop))?"
    r"|(?:ms|microsoft|windows|mac|local|domain|admin|default|office|word|wp|wordpress|drupal|joomla|google)"
    r"[ _-](?:office )?(?:user|account|admin|administrator|customer)"
    r"|(?:microsoft|adobe|libreoffice|openoffice|apache|wordpress|drupal|joomla|typo3|squarespace|wix"
    r"|notion|confluence|pandoc|quarto|jekyll|hugo|latex|pdftex|ghostscript|acrobat|canva|python-docx|docx4j|openpyxl"
    r"|phpword|aspose|calibre|abbyy|finereader|xerox|canon|ricoh|konica minolta|kyocera|hubspot|wkhtmltopdf)"
    r"(?:\.com|\.org)?(?: (?:corporation|office|word|docs|export|distiller|indesign|poi|writer|blog|team|org|[\d.]+))*"
    r"|(?:\w+ )?(?:de )?windows(?:[- ]\w+)?"  # "Utilisateur Windows", "Windows-Benutzer"
    r"|(?:desktop|laptop|pc|win|macbook|imac|workstation|srv|server)[-_ ]?[a-z]*\d[\w-]*"
    r"|(?:user|admin|guest|author|editor|test|owner)[-_ ]?\d+"
    r"|(?:\w+[\\/])+[\w.-]+"  # DOMAIN\account
    r"|[^\s@]+@[^\s@]+|(?:https?://|www\.)\S*",
    re.IGNORECASE,
)
# An account: one word of small ASCII letters with a digit, a stop or an underscore in it.
_ACCOUNT = re.compile(r"(?=.*[\d._])[a-z][a-z0-9._-]*|@\w+")
_AND = re.compile(r"\s*,\s+and\s+|\s+(?:and|with)\s+|\s+&\s+|\s*,\s+|\s*;\s+", re.IGNORECASE)
# Between names, in the languages that Europe's pages are written in.
_BETWEEN = re.compile(
    r"[^\S\n]*+[;\n•|、／]\s*|\s++/\s+"
    r"|(?:\s*+,)?\s++(?i:and|und|et|y|e|en|og|och|i|și|és|ve|ja|with|mit|avec)\s+(?=[^\W\d_a-z])"
    r"|(?:\s*+,)?\s++[&+]\s+|\s*+,\s+"
)
_BY = re.compile(
    r"(?:(?:(?:written|posted|published|words|story|reported|reviewed|created|submitted|text|texte|texto"
    r"|ein beitrag|erstellt|verfasst|geschrieben|écrit|publié|escrito|veröffentlicht)\s+)?(?:by|von|par|por|door|av|af)"
    r"|authors?|autor(?:in|en)?|auteurs?|autore|text|文|著者|執筆者?|筆者|作者)(?:\s*[:：]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
_LONGEST_LIST, _LONGEST_BYLINE, _LONGEST_NAME = 2_000, 200, 80  # characters
# An institution behind a name, where another name or nothing follows.
_BRACKETED = re.compile(r"\s*\([^()]{2,80}\)(?=\s*(?:$|[,;&/|]|(?:and|und|et|y|with)\s))")
# "Posted on May 3, 2020 by Jane Doe"
_DATE_BEFORE = re.compile(r"\A(?:\w+ ){0,2}.{0,20}\d{4}[^a-z]{0,12}(?=\b(?:by|von|par|por)\s)", re.IGNORECASE)
_UNSPACED = re.compile(r"[\u3005\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,12}")  # a name in kana, ideographs, Hangul
# What follows the names in a byline: a date, a time, a role after a dash.
_BYLINE_END = re.compile(
    r"\s++(?:[–—|•·]|-)\s.*|\s*+[|•·(@].*|(?:\s*+,)?\s++(?:on|am|le|el|at|for|in|published|posted|updated|last \w+)\s.*"
    r"|(?:\s*+,)?\s*+(?:\w++\.?\s++)?\d.*"
)


def is_nobody(name: str) -> bool:
    """Whether what stands for an author's name is that of a program, a machine or an account, or of nobody.

    "Windows User", "admin", "Un-named", "HP", "xp", "PC-3", "jdoe3", "webmaster@example.org" and "Staff" are;
    bodies ("BBC News", "The Editors") and names of one word ("Plato") are somebody.

    Args:
        name: One name, in any case, with or without brackets around it.
    """
    folded = " ".join(name.split()).strip(" ()[]<>{}\"'“”‘’,;:").casefold()
    if not any(char.isalpha() for char in folded):
        return True
    bare = re.sub(r"^by:?\s+(?:the\s+)?", "", folded)
    if len(bare) < 3 and bare.isascii():
        return True
    return bare in _NOBODY or bool(_PROGRAM.fullmatch(bare) or _ACCOUNT.fullmatch(name.strip()))


def is_name(text: str, *, capitals: bool = False) -> bool:
    """Whether `text` reads as a person's name: two to four capitalised parts, particles and suffixes besides.

    Args:
        text: A name alone, without a title such as "Dr.".
        capitals: Whether "JANE DOE" counts, as it does after "By"; elsewhere capitals are an acronym.
    """
    if is_nobody(text):
        return False
    words = text.split()
    while words and words[-1] in SUFFIXES:
        words.pop()
    if not words or words[0] in PARTICLES or words[-1] in PARTICLES:
        return False
    parts = [word for word in words if word not in PARTICLES]
    if not 2 <= len(parts) <= 4 or len(parts[-1].strip(".")) < 2 or "." in parts[-1]:
        return False
    edges = {parts[0].strip(",").capitalize(), parts[-1].strip(",").capitalize()}
    if edges & _NO_EDGES or parts[0].title() in FIRST_OF_PLACES | _RANKS:
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


def listed(value: str) -> tuple[str, ...]:
    """Return the authors that the value of one field names, in the order given, nobody and roles left out.

    "Lee, Ann; Mori, Ken" are Ann Lee and Ken Mori, "A, B and C" are three. A list whose parts are no names
    is one body: "Harbour Office, Lindholm". () where it names nobody, or is longer than any list of authors.
    """
    value = " ".join(value.split())
    if len(value) > _LONGEST_LIST:
        return ()
    by = _BY.match(value)
    value = value[by.end() :] if by else value
    if ";" in value:
        parts = [_given_first(part.strip()) for part in value.split(";")]
    else:
        flipped = _given_first(value.strip())
        parts = [flipped] if flipped != value.strip() else [part.strip() for part in _BETWEEN.split(value) if part]
    parts = _with_suffixes([_without_brackets(part) for part in parts])
    if len(parts) > 1 and all(_UNSPACED.fullmatch(part) for part in parts):
        return tuple(dict.fromkeys(parts))
    named = [part for part in parts if _is_person(part)]
    # "Jane Doe, Staff Writer" and "Jane Doe, Example Institute": the names say who.
    if named:
        return tuple(dict.fromkeys(named))
    whole = value.strip(" ,;")
    if ";" in value:
        return tuple(dict.fromkeys(part for part in parts if part and not is_nobody(part)))
    return () if is_nobody(whole) or all(is_nobody(part) for part in parts) else (whole,)


def _given_first(name: str) -> str:
    """Return "Ann Lee" for "Lee, Ann", as bibliographies write; any other text as it is."""
    family, comma, given = name.partition(",")
    given = given.strip()
    if not comma or len(name) > _LONGEST_NAME:
        return name
    words = [word for word in family.split() if word not in PARTICLES]
    is_given = re.fullmatch(r"(?:[^\W\d_][\w'’-]*\.?(?:\s|(?<=\.)|$)){1,3}", given)
    if len(words) != 1 or not is_given or not given[0].isupper() or given in SUFFIXES:
        return name
    turned = f"{given} {family}"
    return turned if is_name(turned, capitals=True) else name


def signed(text: str, *, only_marked: bool = False) -> tuple[str, ...]:
    """Return whom a byline names: "By Jane Doe on May 3", "Von Jana Roe und Ann Poe", "JANE DOE"; else ().

    Args:
        text: One line that is known to be a byline, or may be one.
        only_marked: Whether a word for "by" or "author" must open it, as in a line of its own.
    """
    text = " ".join(text.split())
    if len(text) > _LONGEST_BYLINE:
        return ()
    text = _DATE_BEFORE.sub("", text, count=1)
    by = _BY.match(text)
    if only_marked and not by:
        return ()
    rest = _BRACKETED.sub("", text[by.end() :] if by else text)
    rest = rest if _is_person(rest) else _BYLINE_END.sub("", rest).strip(" ,;:")
    found: list[str] = []
    for part in _BETWEEN.split(rest):
        words = part.split()
        while words and words[0] in ADDRESSES:
            words.pop(0)
        name = " ".join(words)
        if not _is_person(name):
            break
        found.append(name)
    return tuple(dict.fromkeys(found))


def _is_person(name: str) -> bool:
    """Whether a part of a byline is a name; "Richard (R.J.) Roe" is one."""
    return is_name(re.sub(r",(?=\s[JS]r\b|\sI)|\s+[(\"“][\w. '-]{1,20}[)\"”](?=\s)", "", name), capitals=True)


def _with_suffixes(parts: list[str]) -> list[str]:
    """Return the parts of a list with "Jr." put back to the name that it was parted from."""
    found: list[str] = []
    for part in parts:
        if part in SUFFIXES and found:
            found[-1] = f"{found[-1]}, {part}"
        else:
            found.append(part)
    return found


def _without_brackets(name: str) -> str:
    """Return "Jane Doe" for "Jane Doe (Example Institute)"; a body keeps its brackets."""
    bare = re.sub(r"\s*\([^()]*\)?$", "", name)
    return bare if _is_person(bare) else name


def introduced(sentence: str) -> tuple[str, ...]:
    """Return whom a sentence such as "Jane Doe is a senior fellow at the Example Institute" introduces.

    () when it introduces nobody, or somebody whose office makes a subject of articles rather than an author.
    """
    note = _NOTE.match(sentence)
    if not note or not _ROLE.search(note["what"][:160]):
        return ()
    return people(note["who"])
