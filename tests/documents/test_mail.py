"""Mails: what their writer wrote, the facts of the head, and what is attached."""

from __future__ import annotations

from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from alliance_qa import documents
from alliance_qa.documents import mail, members
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.domain import Document, Provenance
from alliance_qa.errors import DocumentError, Failure

HEAD = (
    "From: =?utf-8?q?Ann_L=C3=A9e?= <ann@example.org>\nTo: Ben Ode <ben@example.org>, ida@example.org\n"
    "Subject: =?utf-8?q?Re:_Fees_f=C3=BCr_2024?=\nDate: Mon, 3 May 2021 23:30:00 -0700\nIn-Reply-To: <1@example.org>\n"
)
REPLY = """The fee is 940 crowns.
It holds for a year.

Best regards,
Ann Lee
Harbour office

On Sun, 2 May 2021 at 09:00, Ben Ode <ben@example.org> wrote:
> What is the fee?
> Ben
"""


def said(document: Document) -> list[str]:
    """Return the blocks that are no facts."""
    return [b.span.of(document.text) for b in document.blocks if b.kind.value != "metadata"]


def plain(body: str, head: str = HEAD) -> bytes:
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".encode()


def html(body: str) -> bytes:
    return f"{HEAD}Content-Type: text/html; charset=utf-8\n\n{body}".encode()


def test_a_mail_is_what_its_writer_wrote() -> None:
    reading = documents.examine(plain(REPLY), "a.eml")
    assert said(reading.document) == ["The fee is 940 crowns.", "It holds for a year."]
    assert reading.left_out == (
        LeftOut(
            Omission.QUOTED_MAIL,
            "On Sun, 2 May 2021 at 09:00, Ben Ode <ben@example.org> wrote: > What is the fee? > Ben",
        ),
        LeftOut(Omission.SIGNATURE, "Best regards, / Ann Lee / Harbour office"),
    )


def test_the_head_states_facts() -> None:
    document = documents.read(plain(REPLY), "a.eml")
    facts = document.facts
    assert facts.author and facts.published
    for fact, value, where, line in (
        (facts.title, "Re: Fees für 2024", "Subject", "title: Re: Fees für 2024"),
        (facts.author, "Ann Lée", "From", "author: Ann Lée"),
        (facts.published, "2021-05-03", "Date", "published: Mon, 03 May 2021 23:30:00 -0700"),
    ):
        assert (fact.value, fact.where, fact.provenance) == (value, where, Provenance.FILE_METADATA)
        assert fact.span
        assert fact.span.of(document.text) == line
    assert "to: Ben Ode, ida@example.org" in document.text


@pytest.mark.parametrize(
    "line",
    [
        *("From: Ann Lee <", "From: Ann Lee .<ann@example.org>", "To: Ben <ben@example.org>, .ida@exa%mple.org"),
        *("Message-ID: <", "Message-ID: <a@[b>", "Content-Disposition: attach[ment; filename*"),
        *("Content-Type: text/plain;; har*", "Cc: a <b.@"),
    ],
)
def test_a_line_of_the_head_that_python_cannot_parse_costs_itself_only(line: str) -> None:
    head = f"Subject: Fees\nDate: Mon, 3 May 2021 23:30:00 -0700\n{line}\n"
    mail = f"{head}\nThe fee is 940 crowns.\n".encode()
    document = documents.read(mail, "a.eml")
    assert said(document) == ["The fee is 940 crowns."]
    assert (document.facts.title.value, document.facts.author) == ("Fees", None)
    within = [each.path for each in members.find(b"From a Mon May  3 10:00:00 2021\n" + mail, "a.mbox", (".eml",))]
    assert within == ["00001.eml"]


def test_who_has_no_name_goes_by_the_address_and_a_mail_without_subject_by_its_file() -> None:
    document = documents.read(plain("Hello there\n\nThe fee is new.", "From: harbour@example.org\n"), "fees-old.eml")
    assert document.facts.title.value == "Fees old"
    assert "author: harbour@example.org" in document.text


def test_answers_between_quoted_lines_stay() -> None:
    reading = documents.examine(
        plain("> What is the fee?\n\nIt is 940 crowns.\n\n> Who pays?\n\nEvery ship.\n"), "a.eml"
    )
    assert said(reading.document) == ["It is 940 crowns.", "Every ship."]
    assert [entry.text for entry in reading.left_out] == ["What is the fee?", "Who pays?"]


FORWARD = """FYI

---------- Forwarded message ---------
From: Ben Ode <ben@example.org>
Date: Mon, May 3, 2021 at 10:00 AM
Subject: Fees
To: Ann

The fee is 940 crowns.
"""


def test_what_is_forwarded_is_text_and_what_is_replied_to_is_not() -> None:
    head = HEAD.replace("In-Reply-To: <1@example.org>\n", "")
    assert "The fee is 940 crowns." in said(documents.read(plain(FORWARD, head), "a.eml"))
    outlook = "It is low.\n\nFrom: Ben Ode\nSent: Monday, May 3, 2021 10:00 AM\nTo: Ann Lee\nSubject: Fees\n\nIs it?\n"
    assert said(documents.read(plain(outlook), "a.eml")) == ["It is low."]


def test_a_closing_word_in_the_middle_is_no_signature() -> None:
    body = "We met.\n\nThanks, and see the fees below.\n\nThe fee is 940 crowns a year for all.\n"
    reading = documents.examine(plain(body), "a.eml")
    assert said(reading.document) == [
        "We met.",
        "Thanks, and see the fees below.",
        "The fee is 940 crowns a year for all.",
    ]
    assert reading.left_out == ()


def test_below_two_hyphens_all_is_signature() -> None:
    reading = documents.examine(plain("The fee is 940.\n\n-- \nAnn Lee\nThis mail is for its reader alone.\n"), "a.eml")
    assert said(reading.document) == ["The fee is 940."]
    assert reading.left_out == (
        LeftOut(Omission.SIGNATURE, "-- / Ann Lee / This mail is for its reader alone."),
    )  # fmt: skip


def test_flowed_lines_are_one_paragraph() -> None:
    data = (HEAD + "Content-Type: text/plain; format=flowed\n\nThe fee \nis 940 \ncrowns.\nIt holds.\n").encode()
    assert said(documents.read(data, "a.eml")) == ["The fee is 940 crowns.", "It holds."]


NO_MAIL = 'is no mail: it has no head with "From:", "Date:" or the like; save it as .eml again'
GMAIL = (
    "<div>Yes, 940 crowns.</div><div><br></div><div>Best regards,</div><div>Ann Lee</div>"
    '<div class="gmail_quote"><div dir="ltr">On Mon, 3 May 2021 at 10:00, Ben Ode &lt;b@e.org&gt; wrote:<br></div>'
    '<blockquote class="gmail_quote"><div>What is it?</div></blockquote></div>'
)


def test_html_is_read_without_quoted_mails_and_signature() -> None:
    reading = documents.examine(html(GMAIL), "a.eml")
    assert said(reading.document) == ["Yes, 940 crowns."]
    assert reading.left_out == (
        LeftOut(Omission.QUOTED_MAIL, "On Mon, 3 May 2021 at 10:00, Ben Ode <b@e.org> wrote: What is it?"),
        LeftOut(Omission.SIGNATURE, "Best regards, / Ann Lee"),
    )


def alternative(body: str, markup: str) -> bytes:
    message = MIMEMultipart("alternative")
    message["From"] = "a@example.org"
    message.attach(MIMEText(body, "plain"))
    message.attach(MIMEText(markup, "html"))
    return message.as_bytes()


@pytest.mark.parametrize(
    ("body", "markup", "found"),
    [
        ("The fee is 940.", "<p>The fee is <b>940</b>.</p>", ["The fee is 940."]),
        ("See the page.", "<p>The fee is 940 crowns for each ship.</p>", ["The fee is 940 crowns for each ship."]),
        ("port fee A 9", "<table><tr><th>port<th>fee<tr><td>A<td>9</table>", ["port | fee", "A | 9"]),
        ("The fee is 940.", "<img src='cid:1'>", ["The fee is 940."]),
    ],
)  # fmt: skip
def test_of_alternatives_the_one_that_says_all_is_read(body: str, markup: str, found: list[str]) -> None:
    assert said(documents.read(alternative(body, markup), "a.eml")) == found


def attached(data: bytes, name: str, disposition: str = "attachment") -> MIMEApplication:
    part = MIMEApplication(data, "pdf")
    part.add_header("Content-Disposition", disposition, filename=name)
    return part


def test_every_part_of_a_mail_of_apple_mails_shape_is_found() -> None:
    message = MIMEMultipart("alternative")
    message["From"] = "Ann Lee <ann@example.org>"
    message.attach(MIMEText("See the sheet.", "plain"))
    mixed = MIMEMultipart("mixed")
    mixed.attach(MIMEText("<p>The fee stands in the sheet.</p>", "html"))
    mixed.attach(attached(b"one", "../../sheet.pdf", "inline"))
    mixed.attach(attached(b"two", "sheet.pdf", "inline"))
    mixed.attach(MIMEText("<p>It is 940 crowns, as was said.</p>", "html"))
    message.attach(mixed)
    inner = EmailMessage()
    inner["Subject"], inner["From"] = "Old fees", "b@example.org"
    inner.set_content("They were low.")
    whole = MIMEMultipart("mixed")
    whole["From"] = "Ann Lee <ann@example.org>"
    whole.attach(message)
    forwarded = EmailMessage()
    forwarded.set_content(inner)
    whole.attach(forwarded)
    data = whole.as_bytes()
    assert said(documents.read(data, "a.eml")) == ["The fee stands in the sheet.", "It is 940 crowns, as was said."]
    found = mail.attachments(data)
    assert [each.name for each in found] == ["sheet.pdf", "sheet-2.pdf", "Old fees.eml"]
    assert [each.data for each in found[:2]] == [b"one", b"two"]
    assert said(documents.read(found[2].data, "b.eml")) == ["They were low."]


@pytest.mark.parametrize(
    ("data", "failure", "reason"),
    [
        (b"Hello.", Failure.DAMAGED, NO_MAIL),
        (b"", Failure.DAMAGED, NO_MAIL),
        (
            bytes.fromhex("D0CF11E0A1B11AE1"),
            Failure.DAMAGED,
            "is a message of Outlook; open it there and save it as .eml",
        ),
        (
            b"From: a@b.c\nContent-Type: multipart/encrypted; boundary=x\n\n--x\n\n--x--\n",
            Failure.ENCRYPTED,
            "is encrypted; save it as .eml after opening it",
        ),
        (
            b"From: a@b.c\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nAAAA\n",
            Failure.ENCRYPTED,
            "is encrypted; save it as .eml after opening it",
        ),
        (plain("> quoted alone\n"), Failure.EMPTY, "holds no text; remove it or put a file with text in its place"),
    ],
)  # fmt: skip
def test_what_is_no_mail_says_why(data: bytes, failure: Failure, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.read(data, "a.eml")
    assert (str(caught.value), caught.value.failure) == (f"a.eml: {reason}", failure)


def test_bytes_that_are_not_what_is_declared_are_read_as_what_they_are() -> None:
    data = (
        b"From: a@b.c\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit\n\nCaf\xe9 fees.\n"
    )
    assert said(documents.read(data, "a.eml")) == ["Café fees."]
