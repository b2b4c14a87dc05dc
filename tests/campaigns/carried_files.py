"""E-books, mails, captions and archives as other programs write them, with what each shows, for `campaigns.office`.

Books are pandoc's, mails and mailboxes those of Python's `email` and `mailbox`, archives those of Python's `zipfile`
and of `zip` where that is installed; captions are written by hand in the shapes that players and services give.
"""

from __future__ import annotations

import io
import mailbox
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path

_BOOK = """---
title: Ports of the north
author: Ann Lee
date: 2021-05-03
publisher: Skagby Press
lang: en
---

# Fees

Orvik asks 940 crowns.[^1] Energy is $E = mc^2$.

- Two piers.
- One dock.

| Port | Fee |
|------|-----|
| Orvik | 940 |
| Skagby | 950 |

[^1]: Set in May.

# Owners {#owners}

The council owns the *piers*, see [fees](#fees).

## Since 1911

It bought ~~three~~ two docks.
"""
_BOOK_LINES = (
    *("Ports of the north", "Ann Lee", "Skagby Press"),  # the page of the title
    *("Fees", "Orvik asks 940 crowns. Energy is E = mc².", "Two piers.", "One dock.", "Port | Fee", "Orvik | 940"),
    *(
        "Skagby | 950",
        "Set in May.",
        "Owners",
        "The council owns the piers, see fees.",
        "Since 1911",
        "It bought two docks.",
    ),
)
_FACTS = {"title": "Ports of the north", "author": "Ann Lee"}

_BODIES = {
    "plain": ("The fee is 940 crowns.\n\nIt holds for a year.\n", "The fee is 940 crowns.", "It holds for a year."),
    "long lines": (
        "The fee of Orvik, which the council of the northern ports set in May after it had heard the owners of the "
        "piers and of the dock, is 940 crowns.\n",
        "The fee of Orvik, which the council of the northern ports set in May after it had heard the owners of the "
        "piers and of the dock, is 940 crowns.",
    ),
    "other letters": ("Die Gebühr beträgt 940 Kronen.\n\n料金は940クローネです。\n", "Die Gebühr beträgt 940 Kronen.",
                      "料金は940クローネです。"),
    "a reply": (
        "It is 940 crowns.\n\nOn Sun, 2 May 2021 at 09:00, Ben Ode <ben@example.org> wrote:\n> What is the fee?\n",
        "It is 940 crowns.",
    ),
    "a signature": ("The fee is 940 crowns.\n\n-- \nAnn Lee\nHarbour office\n", "The fee is 940 crowns."),
    "a line that begins with From": (
        "The fee is 940 crowns.\n\nFrom May on it is 950 crowns.\n", "The fee is 940 crowns.",
        "From May on it is 950 crowns.",
    ),
}  # fmt: skip

_VTT = {
    "plain": "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nThe fee of Orvik\n\n00:00:03.000 --> 00:00:05.000\nis 940.\n",
    "ids, settings and notes": "WEBVTT - Fees\n\nNOTE made by hand\n\n1\n00:01.000 --> 00:03.000 align:start "
    "position:10%\nThe fee of Orvik\n\n2\n00:03.000 --> 00:05.000\nis 940.\n",
    "rolling, with words' times": "WEBVTT\nKind: captions\nLanguage: en\n\n00:00:01.000 --> 00:00:03.000\n"
    "The<00:00:01.500><c> fee</c><00:00:02.000><c> of</c>\n\n00:00:03.000 --> 00:00:03.010\nThe fee of\n \n\n"
    "00:00:03.010 --> 00:00:05.000\nThe fee of\nOrvik<00:00:03.500><c> is</c><00:00:04.000><c> 940.</c>\n",
    "voices and a style": "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n00:00:01.000 --> 00:00:03.000\n"
    "<v Ann Lee>The fee of Orvik</v>\n\n00:00:03.000 --> 00:00:05.000\n<v Ann Lee>is <i>940</i>.</v>\n",
}
_SRT = {
    "plain": "1\n00:00:01,000 --> 00:00:03,000\nThe fee of Orvik\n\n2\n00:00:03,000 --> 00:00:05,000\nis 940.\n",
    "line ends and a mark of Windows": "\ufeff1\r\n00:00:01,000 --> 00:00:03,000\r\nThe fee of\r\nOrvik\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:05,000\r\nis 940.\r\n",
    "fonts and noises": '1\n00:00:01,000 --> 00:00:03,000\n<font color="#fff">The fee of <b>Orvik</b></font>\n\n'
    "2\n00:00:03,000 --> 00:00:04,000\n[MUSIC]\n\n3\n00:00:04,000 --> 00:00:05,000\n{\\an8}is 940.\n",
}
_SAID = ("The fee of Orvik is 940.",)


@dataclass(frozen=True, slots=True)
class Carried:
    """A file, and what each document in it shows."""

    program: str
    path: Path
    texts: Mapping[str, Sequence[str]]  # by path within; "" for the file itself
    facts: Mapping[str, str] = field(default_factory=dict)  # of the file itself, or of each document in it


def written(folder: Path) -> Iterator[Carried]:
    """Write the files into an empty folder."""
    yield from _books(folder)
    yield from _mails(folder)
    for suffix, cases in ((".vtt", _VTT), (".srt", _SRT)):
        for at, text in enumerate(cases.values()):
            path = folder / f"captions-{at}{suffix}"
            path.write_bytes(text.encode())
            yield Carried("hand", path, {"": ("Ann Lee", *_SAID) if "<v " in text else _SAID})  # a voice is a heading
    yield from _archives(folder)


def small() -> dict[str, bytes]:
    """Return a small file of each kind but books, by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("skagby.txt", "Skagby asks 950 crowns.\n")
        archive.writestr("mail.eml", _mail("Orvik asks 940 crowns.\n").as_bytes())
    box = b"".join(b"From ann@example.org Mon May  3 10:00:00 2021\n%b\n" % mail.as_bytes() for mail, _ in _shapes())
    mail = list(_shapes())[1][0].as_bytes()
    texts = {"a.vtt": _VTT["voices and a style"], "a.srt": _SRT["plain"]}
    return {name: text.encode() for name, text in texts.items()} | {
        "a.eml": mail,
        "a.mbox": box,
        "a.zip": packed.getvalue(),
    }


def _books(folder: Path) -> Iterator[Carried]:
    pandoc = shutil.which("pandoc")
    if pandoc is None:
        return
    source = folder / "book.md"
    source.write_text(_BOOK, "utf-8")
    ways: tuple[tuple[str, list[str]], ...] = (
        *(("epub3", []), ("epub2", []), ("epub3", ["--toc"])),
        *(("epub3", ["--mathml"]), ("epub3", ["--epub-chapter-level=2"])),
    )
    for at, (kind, options) in enumerate(ways):
        path = folder / f"book-{at}.epub"
        subprocess.run([pandoc, "-s", source, "-t", kind, *options, "-o", path], check=True, timeout=300)
        yield Carried("pandoc", path, {"": _BOOK_LINES}, _FACTS)


def _mail(body: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ann Lee <ann@example.org>", "Ben Ode <ben@example.org>"
    mail["Subject"], mail["Date"] = "Ports of the north", "Mon, 03 May 2021 10:00:00 +0000"
    mail.set_content(body)
    return mail


def _shapes() -> Iterator[tuple[EmailMessage, tuple[str, ...]]]:
    """Yield a mail for each body, plain and with an HTML version beside it."""
    for body, *lines in _BODIES.values():
        yield _mail(body), tuple(lines)
        both = _mail(body)
        both.add_alternative("".join(f"<p>{line}</p>" for line in lines), subtype="html")
        yield both, tuple(lines)


def _mails(folder: Path) -> Iterator[Carried]:
    shapes = list(_shapes())
    for at, (mail, lines) in enumerate(shapes):
        for name, how in (("lf", policy.default), ("crlf", policy.SMTP)):
            path = folder / f"mail-{at}-{name}.eml"
            path.write_bytes(mail.as_bytes(policy=how))
            yield Carried("Python's email", path, {"": lines}, _FACTS)
    carrier = _mail(_BODIES["plain"][0])
    carrier.add_attachment("Skagby asks 950 crowns.\n", filename="skagby.txt")
    carrier.add_attachment(_mail("Orvik asks 940 crowns.\n"))
    path = folder / "mail-with-files.eml"
    path.write_bytes(carrier.as_bytes())
    attached = {"skagby.txt": ("Skagby asks 950 crowns.",), "Ports of the north.eml": ("Orvik asks 940 crowns.",)}
    yield Carried("Python's email", path, {"": _BODIES["plain"][1:], **attached})
    path = folder / "box.mbox"
    box = mailbox.mbox(path)
    for mail, _ in shapes:
        box.add(mail)
    box.close()
    texts = {f"{at:05}.eml": lines for at, (_, lines) in enumerate(shapes, start=1)}
    yield Carried("Python's mailbox", path, texts, _FACTS)


def _archives(folder: Path) -> Iterator[Carried]:
    inside = folder / "inside"
    (inside / "ports").mkdir(parents=True)
    (inside / "skagby.txt").write_text("Skagby asks 950 crowns.\n")
    (inside / "ports" / "orvik – north.md").write_text("# Fees\n\nOrvik asks 940 crowns.\n", "utf-8")
    texts = {"skagby.txt": ("Skagby asks 950 crowns.",), "ports/orvik – north.md": ("Fees", "Orvik asks 940 crowns.")}
    for name, how in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED), ("lzma", zipfile.ZIP_LZMA)):
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w", how) as archive:
            for member in texts:
                archive.write(inside / member, member)
        yield Carried("Python's zipfile", path, texts)
    nested = folder / "nested.zip"
    with zipfile.ZipFile(nested, "w") as archive:
        archive.write(folder / "deflated.zip", "deflated.zip")
    yield Carried("Python's zipfile", nested, {f"deflated.zip/{member}": lines for member, lines in texts.items()})
    if tool := shutil.which("zip"):
        path = folder / "tool.zip"
        subprocess.run([tool, "-qr", path, "."], cwd=inside, check=True, timeout=60)
        yield Carried("Info-ZIP", path, texts)
