"""Claims about the heads of memos and messages, and about lines that call a title by name, in every format."""

from __future__ import annotations

import pytest
from pdf_files import Put, written

from alliance_qa import documents
from alliance_qa.domain import BlockKind, Fact, Facts, Provenance

BODY = "The quay stays shut until the dredging of the lane ends, and all ships are to use the other one."
SENDER = "Ines Falk, Harbour Office"
ENTRIES = (("TO:", "All crews"), ("FROM:", SENDER), ("DATE:", "9 May 2022"), ("SUBJECT:", "Shut quay"))


def _pdf() -> bytes:
    labels, values = zip(*ENTRIES, strict=True)
    return written([Put(72, 700, labels), Put(150, 700, values), Put(72, 600, [BODY])])


def _page(head: str) -> bytes:
    return f"<main><h1>Memorandum</h1>{head}<p>{BODY}</p></main>".encode()


MEMOS = {
    "lines.txt": ("MEMORANDUM\n\n" + "\n".join(map(" ".join, ENTRIES)) + f"\n\n{BODY}\n").encode(),
    "parted.txt": ("\n\n".join(map(" ".join, ENTRIES)) + f"\n\n{BODY}\n").encode(),
    "mail.txt": (
        "From: Ines Falk <ines@harbour.example>\nTo: crews@harbour.example\nSubject: Shut quay\n"
        f"Date: Mon, 9 May 2022 09:30:00 +0200\n\n{BODY}\n"
    ).encode(),
    "bold.md": ("  \n".join(f"**{label}** {value}" for label, value in ENTRIES) + f"\n\n{BODY}\n").encode(),
    "table.html": _page(
        "<table>" + "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in ENTRIES) + "</table>"
    ),
    "breaks.html": _page("<p>" + "<br>".join(map(" ".join, ENTRIES)) + "</p>"),
    "columns.pdf": _pdf(),
}


@pytest.mark.parametrize("name", MEMOS)
def test_the_head_of_a_memo_states_title_author_and_date(name: str) -> None:
    document = documents.read(MEMOS[name], name)
    facts = document.facts
    assert facts.author and facts.published
    assert (facts.title.value, facts.author.value) == ("Shut quay", "Ines Falk")
    assert facts.published.value == "2022-05-09"
    assert {fact.where for fact in (facts.title, facts.author, facts.published)} == {"memo head"}
    said = {block.span.of(document.text) for block in document.blocks if block.kind is BlockKind.ITEM}
    assert "Subject: Shut quay" in {line[:1] + line[1:7].lower() + line[7:] for line in said}


@pytest.mark.parametrize(
    "text",
    [
        f"From: the north quay to the south it is a mile.\n\n{BODY}\n",
        f"Date: 9 May 2022\nSubject: Shut quay\n\n{BODY}\n",
        f"From: Lindholm\nTo: Skagby\nDate: 9 May 2022\n\n{BODY}\n",
        "\n\n".join([BODY.replace("quay", f"quay {n}") for n in range(30)] + list(map(" ".join, ENTRIES))) + "\n",
    ],
)
def test_what_is_no_head_of_a_memo_states_nothing(text: str) -> None:
    facts = documents.read(text.encode(), "a.txt").facts
    assert [fact.where for fact in _known(facts) if fact.where == "memo head"] == []


def _known(facts: Facts) -> list[Fact]:
    named = (getattr(facts, name) for name in Facts.__dataclass_fields__)
    return [fact for fact in named if fact]


@pytest.mark.parametrize(
    "head",
    [
        "Title: The Harbour\n\nAuthor: Ernest Poole\n\nRelease date: May 5, 2004\n\n",
        "The Free Book of The Harbour\n\nTitle: The Harbour\nAuthor: Ernest Poole\nDate: 5 May 2004\n\n",
    ],
)
def test_a_line_may_call_the_title(head: str) -> None:
    facts = documents.read(f"{head}{BODY}\n".encode(), "a.txt").facts
    assert facts.author and facts.published
    assert (facts.title.value, facts.author.value, facts.published.value) == (
        "The Harbour",
        "Ernest Poole",
        "2004-05-05",
    )
    assert facts.title.provenance is Provenance.TEXT
