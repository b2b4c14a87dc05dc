"""Reads a mail (.eml): what its writer wrote, and the facts of its head; what is attached are files of their own.

The parts are walked here: `iter_attachments` and `get_body` of the standard library miss some of mails such as
Apple Mail writes, whose alternative to the plain text is a mixture of HTML and files. quotequail finds earlier
mails that are quoted, mail-parser-reply the signature.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import mimetypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, cast

import mailparser_reply.parser
import quotequail
import webencodings
from lxml import etree
from lxml.html import HtmlElement
from mailparser_reply.constants import MAIL_LANGUAGES

from alliance_qa.documents import characters, encoding, text, visible
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock, Stated
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError, Failure

_HEADS = ("From", "Subject", "Date", "Received", "MIME-Version", "Message-ID")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_PLAIN_SHARE = 0.8  # of the words of the HTML that a plain text must have to stand for it
_QUOTED_LINE = re.compile(r"\s{0,3}(?:>[\s>]*)(.*)")
_ADDRESS = re.compile(r"\s?<(?:https?:|mailto:)[^>\s]*>")  # behind the words of a link
_MOST_LINES, _LONGEST_SIGNATURE = 12, 800  # of a signature; characters
_PROSE = re.compile(r"(?:\S+\s+){3,}\S+[.!?]$")
_DELIMITER = re.compile(r"[-_]{2}\s*")  # RFC 3676, 4.3
_TEXT_TYPES = ("text/plain", "text/html")
_DEEPEST = 32  # parts in parts


class _Policy(email.policy.EmailPolicy):
    """The standard library's, but for lines of the head at which its parser breaks down: they are empty."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return a line of the head, parsed."""
        try:
            return super().header_fetch_parse(name, value)
        except (AttributeError, IndexError, TypeError):  # of "Ann Lee <", "Ann .<ann@example.org>" (Python 3.11)
            return self.header_factory(name, "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is attached to a mail."""

    name: str  # no other of the mail has it
    data: bytes


@dataclass(slots=True)
class _Parts:
    """What a mail holds: the bodies to be read one after the other, and the files."""

    bodies: list[tuple[str, str]] = field(default_factory=list)  # "plain" or "html", and the text
    files: list[tuple[str, bytes]] = field(default_factory=list)  # named or not, with doubles


def read(data: bytes) -> Extract:
    """Return what is written in a mail, and who wrote it when about what.

    Of alternatives the plain text is read, unless the HTML says more or has tables. Earlier mails quoted below
    or between, and the signature, are left out. What is forwarded with no reply above is text.

    Raises:
        DocumentError: The file is no mail, or encrypted.
    """
    message = _parsed(data)
    parts = _Parts()
    _walk(message, parts, 0)
    is_reply = bool(message.get("In-Reply-To") or message.get("References"))
    blocks: list[RawBlock] = []
    left_out: list[LeftOut] = []
    for kind, body in parts.bodies:
        found, besides = _html(body, is_reply) if kind == "html" else _plain(body, is_reply)
        blocks.extend(found)
        left_out.extend(besides)
    return Extract(tuple(blocks), tuple(_stated(message)), tuple(left_out), spoken_from=0)


def attachments(data: bytes) -> list[Attachment]:
    """Return the files that are attached to a mail, those shown in it too, mails among them; each name once.

    Raises:
        DocumentError: The file is no mail, or encrypted.
    """
    parts = _Parts()
    _walk(_parsed(data), parts, 0)
    found: list[Attachment] = []
    for number, (given, content) in enumerate(parts.files, 1):
        name = _safe(given) or f"part-{number}"
        stem, dot, suffix = name.rpartition(".")
        taken = {each.name for each in found}
        double = 2
        while name in taken:
            name = f"{stem}-{double}.{suffix}" if dot else f"{suffix}-{double}"
            double += 1
        found.append(Attachment(name, content))
    return found


def _parsed(data: bytes) -> EmailMessage:
    if data.startswith(_OLE):
        raise DocumentError("is a message of Outlook; open it there and save it as .eml")
    parsed = email.message_from_bytes(data.lstrip(b"\r\n"), _class=EmailMessage, policy=_Policy())
    message = cast(EmailMessage, parsed)
    if not any(message.get(name) for name in _HEADS):
        raise DocumentError('is no mail: it has no head with "From:", "Date:" or the like; save it as .eml again')
    return message


def _walk(part: EmailMessage, parts: _Parts, depth: int) -> None:
    kind = part.get_content_type()
    if depth > _DEEPEST:
        raise DocumentError("has parts that are nested too deeply; forward it anew")
    if kind == "multipart/encrypted" or (kind.endswith("pkcs7-mime") and part.get_param("smime-type") != "signed-data"):
        raise DocumentError("is encrypted; save it as .eml after opening it", Failure.ENCRYPTED)
    if kind == "message/rfc822":
        _attach_mail(part, parts)
    elif part.is_multipart():
        inner = []
        for child in part.get_payload():
            own = _Parts()
            _walk(child, own, depth + 1)  # type: ignore[arg-type]
            parts.files.extend(own.files)
            inner.append(own.bodies)
        parts.bodies.extend(_chosen(inner) if kind == "multipart/alternative" else [b for own in inner for b in own])
    elif kind in _TEXT_TYPES and not part.get_filename() and part.get_content_disposition() != "attachment":
        parts.bodies.append((kind.removeprefix("text/"), _text(part)))
    else:
        name = part.get_filename() or f"part{mimetypes.guess_extension(kind) or ''}"
        parts.files.append((name, _bytes(part)))


def _attach_mail(part: EmailMessage, parts: _Parts) -> None:
    inner = part.get_payload()
    mail = inner[0] if isinstance(inner, list) and inner else None
    if not isinstance(mail, email.message.Message):
        return
    name = part.get_filename() or str(mail.get("Subject") or "mail")
    parts.files.append((name if name.endswith(".eml") else f"{name}.eml", mail.as_bytes()))


def _chosen(alternatives: Sequence[Sequence[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return the bodies of one of several alternatives, of which the last is the richest (RFC 2046, 5.1.4)."""
    filled = [bodies for bodies in alternatives if any(body.strip() for _, body in bodies)]
    if not filled:
        return []
    plain = next((bodies for bodies in filled if all(kind == "plain" for kind, _ in bodies)), None)
    rich = filled[-1]
    if plain is None or rich is plain:
        return list(rich)
    shown = [block for kind, body in rich if kind == "html" for block in visible.blocks(_tree(body))]
    words = sum(len(block.text.split()) for block in shown)
    has_table = any(block.kind is BlockKind.ROW and " | " in block.text for block in shown)
    said = sum(len(body.split()) for _, body in plain)
    return list(rich if has_table or said < _PLAIN_SHARE * words else plain)


def _bytes(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: EmailMessage) -> str:
    data = _bytes(part)
    declared = webencodings.lookup(part.get_content_charset() or "")
    try:
        body = declared.codec_info.decode(data, "strict")[0] if declared else encoding.decode(data)
    except (UnicodeDecodeError, DocumentError):
        body = data.decode("utf-8", "replace")
    body = characters.clean(body)
    if part.get_param("format") == "flowed":
        body = _unflowed(body, is_joined=str(part.get_param("delsp")).lower() == "yes")
    return body


def _unflowed(body: str, *, is_joined: bool) -> str:
    """Return flowed text with a line for each paragraph: a line that ends with a space runs on (RFC 3676)."""
    lines: list[str] = []
    runs_on, depth = False, 0
    for line in body.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        content = line[marks:].removeprefix(" ")
        if runs_on and marks == depth and content != "-- ":
            lines[-1] += content
        else:
            lines.append(">" * marks + (" " if marks else "") + content)
        runs_on, depth = content.endswith(" ") and content != "-- ", marks
        if runs_on and is_joined:
            lines[-1] = lines[-1].removesuffix(" ")
    return "\n".join(lines)


def _plain(body: str, is_reply: bool) -> tuple[list[RawBlock], list[LeftOut]]:
    left_out: list[LeftOut] = []
    unwrapped = quotequail.unwrap(body)
    if unwrapped and (unwrapped["type"] != "forward" or is_reply):
        said = "\n".join(filter(None, [unwrapped.get("text_top"), unwrapped.get("text_bottom")]))
        if said.strip():
            quoted = _missing(body.split("\n"), said.split("\n"))
            left_out.append(LeftOut(Omission.QUOTED_MAIL, " ".join(quoted)))
            body = said
    lines: list[str] = []
    for line in body.split("\n"):
        if marked := _QUOTED_LINE.fullmatch(line):
            left_out.append(LeftOut(Omission.QUOTED_MAIL, marked[1]))
            lines.append("")
        else:
            lines.append(_ADDRESS.sub("", line))
    own = _signature([line for line in lines if line.strip()])
    signed: list[str] = []
    while len(signed) < own:
        if line := lines.pop().strip():
            signed.insert(0, line)
    if signed:
        left_out.append(LeftOut(Omission.SIGNATURE, " / ".join(signed)))
    return text.blocks(lines), left_out


def _html(body: str, is_reply: bool) -> tuple[list[RawBlock], list[LeftOut]]:
    left_out: list[LeftOut] = []
    unwrapped = quotequail.unwrap_html(body) if body.strip() else None
    is_forward = bool(unwrapped and unwrapped["type"] == "forward" and not is_reply)
    if unwrapped and not is_forward:
        said = "".join(filter(None, [unwrapped.get("html_top"), unwrapped.get("html_bottom")]))
        if said:
            quoted = _missing(_lines(_tree(body)), _lines(_tree(said)))
            left_out.append(LeftOut(Omission.QUOTED_MAIL, " ".join(quoted)))
            body = said
    tree = _tree(body)
    if tree is None:
        return [], left_out
    if not is_forward:
        for cited in tree.xpath("//blockquote[@type='cite'] | //blockquote[contains(@class, 'gmail_quote')]"):
            markup = etree.tostring(cited, encoding="unicode", with_tail=False)
            left_out.append(LeftOut(Omission.QUOTED_MAIL, " ".join(_lines(_tree(markup)))))
            cited.drop_tree()
    page = visible.read(tree)
    blocks = [each.block for each in page.shown]
    own = _signature([block.text for block in blocks])
    if own:
        signed = " / ".join(block.text for block in blocks[-own:])
        blocks, left_out = blocks[:-own], [*left_out, LeftOut(Omission.SIGNATURE, signed)]
    return blocks, [*left_out, *page.left_out]


def _tree(body: str) -> HtmlElement | None:
    return visible.parse(visible.without_marks(re.sub(r"\A\s*<\?xml[^>]*\?>", "", body))) if body.strip() else None


def _lines(tree: HtmlElement | None) -> list[str]:
    return [block.text for block in visible.blocks(tree)]


def _missing(lines: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return the lines that are not kept, in their order."""
    left = Counter(line.strip() for line in lines)
    left.subtract(line.strip() for line in kept)
    found: list[str] = []
    for line in reversed([line.strip() for line in lines]):  # the mail that is quoted stands below
        if line and left[line] > 0:
            left[line] -= 1
            found.insert(0, line)
    return found


def _signature(lines: Sequence[str]) -> int:
    """Return how many of a mail's lines, the last ones, are its signature; none of them is blank."""
    said = "\n".join(lines)
    message = mailparser_reply.parser.EmailMessage(said, languages=list(MAIL_LANGUAGES), keep_hyphen_lists=True)
    replies = message.read().replies
    found = [line for line in (replies[-1].signatures or "").split("\n") if line.strip()] if replies else []
    if not found or len(found) >= len(lines):
        return 0
    is_marked = bool(_DELIMITER.fullmatch(found[0]))
    if not is_marked and any(_PROSE.match(line) for line in found):
        return 0
    is_short = len(found) <= _MOST_LINES and sum(map(len, found)) <= _LONGEST_SIGNATURE
    return len(found) if is_short or is_marked else 0


def _stated(message: EmailMessage) -> Iterator[Stated]:
    if subject := _head(message, "Subject"):
        yield Stated("title", subject, Provenance.FILE_METADATA, "Subject")
    if writers := _people(message, "From"):
        yield Stated("author", ", ".join(writers), Provenance.FILE_METADATA, "From")
    if date := _head(message, "Date"):
        yield Stated("published", date, Provenance.FILE_METADATA, "Date")
    if language := _head(message, "Content-Language"):
        yield Stated("language", language.split(",")[0], Provenance.FILE_METADATA, "Content-Language")
    for name in ("To", "Cc"):
        if people := _people(message, name):
            yield Stated(name.lower(), ", ".join(people), Provenance.FILE_METADATA, name)


def _head(message: EmailMessage, name: str) -> str:
    return characters.one_line(str(message.get(name) or ""))


def _people(message: EmailMessage, name: str) -> list[str]:
    """Return the names in a line of the head; of who has none the address."""
    found = message.get(name)
    addresses = getattr(found, "addresses", ())
    return [characters.one_line(each.display_name or each.addr_spec) for each in addresses if each.addr_spec]


def _safe(name: str) -> str:
    """Return a file's name as one that can stand in a path."""
    last = re.split(r"[/\\]", characters.one_line(name))[-1].strip(". ")
    return "".join(char for char in last if char.isprintable())
