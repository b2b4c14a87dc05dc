"""The commentary this project was asked for, read from where the workplace keeps it."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.domain import BlockKind, Document, Fact

NAME = "japans-alliance-with-the-us-has-just-gone-global.txt"
COMMENTARY = Path(__file__).parents[3] / "shared" / "commentary" / NAME

pytestmark = pytest.mark.skipif(not COMMENTARY.is_file(), reason="the commentary is not part of this repository")


@pytest.fixture(scope="module")
def paragraphs() -> list[str]:
    return [" ".join(line.split()) for line in COMMENTARY.read_text("utf-8").split("\n") if line.strip()]


@pytest.fixture(scope="module")
def document() -> Document:
    return documents.read(COMMENTARY.read_bytes(), NAME)


def test_its_title_date_author_and_publisher_are_cited(document: Document, paragraphs: list[str]) -> None:
    facts = document.facts
    assert _cited(document, facts.title) == (paragraphs[0], paragraphs[0])
    assert _cited(document, facts.published) == ("2024-04-16", "Apr 16, 2024")
    note = next(line for line in paragraphs if " is a senior political scientist " in line)
    assert _cited(document, facts.author) == (" ".join(note.split()[:3]), note)
    origin = next(line for line in paragraphs if " originally appeared on " in line)
    assert _cited(document, facts.publisher) == ("Nikkei Asia", origin)
    assert (facts.source_url, facts.language) == (None, None)


def test_its_caption_stands_once_beside_the_credit(document: Document, paragraphs: list[str]) -> None:
    credit = next(line for line in paragraphs if line.startswith("Photo by "))
    caption = paragraphs[paragraphs.index(credit) - 1]
    found = [block.span.of(document.text) for block in document.blocks if block.kind is BlockKind.CAPTION]
    assert found == [caption, credit]
    assert document.text.count(caption) == 1


def test_its_pull_quotes_are_said_once_more_and_no_more(document: Document, paragraphs: list[str]) -> None:
    quotes = [before for before, line in pairwise(paragraphs) if line.startswith("Share on")]
    assert len(quotes) == 2
    assert [COMMENTARY.read_text("utf-8").count(quote) for quote in quotes] == [2, 2]
    assert [document.text.count(quote) for quote in quotes] == [1, 1]


def test_its_site_notice_is_a_footer(document: Document, paragraphs: list[str]) -> None:
    found = [block.span.of(document.text) for block in document.blocks if block.kind is BlockKind.FOOTER]
    assert found == paragraphs[-2:]


def test_nothing_else_of_it_is_lost(document: Document, paragraphs: list[str]) -> None:
    share_lines = {line for line in paragraphs if line.startswith("Share on")}
    longer_caption = {line for line in paragraphs if re.search(r", photo by ", line)}
    assert [line for line in paragraphs if line not in document.text] == [
        line for line in paragraphs if line in share_lines | longer_caption
    ]


def test_its_bytes_are_named_by_their_digest(document: Document) -> None:
    assert document.sha256 == hashlib.sha256(COMMENTARY.read_bytes()).hexdigest()
    assert (document.id, document.media_type) == (NAME, "text/plain")


def _cited(document: Document, fact: Fact | None) -> tuple[str, str] | None:
    return (fact.value, fact.span.of(document.text)) if fact and fact.span else None
