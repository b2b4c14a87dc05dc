"""Addresses of the pages of documents."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.domain import Span
from alliance_qa.web.urls import MOST_CITED, Place, citation_url, document_url, parse_cited

spans = st.tuples(st.integers(0, 10**9), st.integers(1, 10**6)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
ids = st.text(
    st.characters(min_codepoint=0x21, exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=99
)
places = st.builds(Place, ids, spans)


def cited(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query).get("cited", [])


def test_the_address_of_a_document_is_its_id_quoted() -> None:
    assert document_url("timeline.md") == "/documents/timeline.md"
    assert document_url("a/b?c#d &é") == "/documents/a%2Fb%3Fc%23d%20%26%C3%A9"


def test_the_address_of_a_citation_names_its_place_and_all_citations_in_order() -> None:
    answer = [Place("a.md", Span(3, 20)), Place("b.txt", Span(0, 7)), Place("a.md", Span(30, 31))]
    assert citation_url(answer, 1, "000007") == (
        "/documents/b.txt?start=0&end=7&index_version=000007&cited=3-20-a.md&cited=0-7-b.txt&cited=30-31-a.md#quote"
    )


def test_one_citation_alone_has_no_list() -> None:
    assert citation_url([Place("a.md", Span(3, 20))], 0, "000001") == (
        "/documents/a.md?start=3&end=20&index_version=000001#quote"
    )


@pytest.mark.parametrize(("count", "listed"), [(2, 2), (MOST_CITED, MOST_CITED), (MOST_CITED + 1, 0)])
def test_more_citations_than_a_list_holds_have_none(count: int, listed: int) -> None:
    answer = [Place("a.md", Span(at, at + 1)) for at in range(count)]
    assert len(cited(citation_url(answer, count - 1, "000001"))) == listed


@given(st.lists(places, min_size=2, max_size=MOST_CITED), st.data())
def test_what_was_written_is_read(answer: list[Place], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(answer) - 1))
    url = citation_url(answer, index, "000001")
    assert parse_cited(cited(url)) == tuple(answer)
    assert urlsplit(url).path == document_url(answer[index].document_id)


@pytest.mark.parametrize(
    "value",
    [
        "", "-", "3-20", "3-20-", "20-3-a.md", "3-3-a.md", "-3-20-a.md", "03-20-a.md", "3-020-a.md", "3 -20-a.md",
        "+3-20-a.md", "3.0-20-a.md", "3-20-a b", "3-20-a\n", "٣-20-a.md", f"3-{'9' * 11}-a.md", f"3-20-{'a' * 256}",
        "3-20-a\x00", "a.md-3-20",
    ],
)  # fmt: skip
def test_one_malformed_value_leaves_no_list(value: str) -> None:
    assert parse_cited(["3-20-a.md", value]) == ()


def test_a_list_that_is_too_long_is_none() -> None:
    assert len(parse_cited(["0-1-a"] * MOST_CITED)) == MOST_CITED
    assert parse_cited(["0-1-a"] * (MOST_CITED + 1)) == ()
