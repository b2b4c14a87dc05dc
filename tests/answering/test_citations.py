"""Quotes and the check that they stand where they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.answering.citations import cite, stands
from alliance_qa.domain import Citation, Document, Fact, Facts, Provenance, Span

TEXT = "𠮷 said: “Yes.”\r\nThe U.S.\nagreed."


def document(text: str = TEXT) -> Document:
    facts = Facts(title=Fact("T", Provenance.TEXT))
    return Document("a", "a.txt", "text/plain", "0" * 64, text, (), facts)


def test_a_quote_is_what_stands_at_its_place() -> None:
    assert cite(document(), Span(8, 13), number=2, passage_id="a:0-14") == Citation(
        2, "a", Span(8, 13), "“Yes.", "a:0-14"
    )


def test_a_quote_may_end_with_the_text() -> None:
    assert cite(document("abc"), Span(1, 3), number=1, passage_id=None).quote == "bc"


@pytest.mark.parametrize("span", [Span(1, 4), Span(3, 4), Span(90, 99)])
def test_a_place_outside_the_text_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match=f"^a has no characters {span.start}:{span.end}$"):
        cite(document("abc"), span, number=1, passage_id=None)


@given(text=st.text(min_size=1), data=st.data())
def test_a_citation_stands(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    citation = cite(document(text), Span(start, end), number=1, passage_id=None)
    assert stands(text, start, end, citation.quote) is True


@pytest.mark.parametrize(
    ("start", "end", "quote"),
    [
        (1, 3, "bd"),
        (1, 3, "BC"),
        (1, 3, "bc "),
        (1, 3, "b"),
        (0, 2, "bc"),
        (-2, 3, "bc"),
        (-3, -1, "ab"),
        (1, 9, "bc"),
        (1, 1, ""),
        (3, 1, ""),
        (3, 3, ""),
        (9, 10, ""),
    ],
)
def test_another_quote_or_place_does_not_stand(start: int, end: int, quote: str) -> None:
    assert stands("abc", start, end, quote) is False


def test_an_accent_written_as_two_characters_is_another_quote() -> None:
    assert stands("caf\u00e9", 0, 4, "cafe\u0301") is False
