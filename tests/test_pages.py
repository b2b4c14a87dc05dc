"""The page of a source."""

from __future__ import annotations

import re
from html import unescape

import pytest

from alliance_qa.domain import Document, Fact, Facts, Provenance, Span
from alliance_qa.pages import STYLE, document_page

TEXT = 'One & <b>two</b>.\n"Three" 日本 𠮷 {braces} & four.'
SCRIPT = "<script>alert('x')</script>"


def document(text: str = TEXT, *, title: str = "A title", **facts: str) -> Document:
    stated = {name: Fact(value, Provenance.FRONT_MATTER) for name, value in facts.items()}
    return Document(
        id="a.txt",
        path="folder/a.txt",
        media_type="text/plain",
        sha256="0" * 64,
        text=text,
        blocks=(),
        facts=Facts(title=Fact(title, Provenance.TEXT), **stated),
    )


def article(page: str) -> str:
    found = re.search("<article>(.*)</article>", page, re.DOTALL)
    assert found
    return found[1]


def marked(page: str) -> list[str]:
    return [unescape(quote) for quote in re.findall('<mark id="quote">(.*?)</mark>', page, re.DOTALL)]


def test_the_text_is_shown_as_it_is() -> None:
    assert article(document_page(document(), None)) == (
        "One &amp; &lt;b&gt;two&lt;/b&gt;.\n&quot;Three&quot; 日本 𠮷 {braces} &amp; four."
    )


@pytest.mark.parametrize("name", ["author", "published", "publisher", "language"])
def test_no_fact_is_taken_as_html(name: str) -> None:
    page = document_page(document(**{name: f'"{SCRIPT}'}), None)
    assert "<script" not in page
    assert "&quot;&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;" in page


def test_no_title_is_taken_as_html() -> None:
    page = document_page(document(title=f"</title>{SCRIPT}"), None)
    assert "<script" not in page
    assert page.count("&lt;/title&gt;&lt;script&gt;") == 2


def test_no_text_is_taken_as_html() -> None:
    page = document_page(document(f"</article></mark>{SCRIPT}"), Span(3, 20))
    assert "<script" not in page
    assert (page.count("</article>"), page.count("</mark>")) == (1, 1)


def test_braces_in_a_title_are_no_fields() -> None:
    assert "<h1>{text} {0} {style!r}</h1>" in document_page(document(title="{text} {0} {style!r}"), None)


@pytest.mark.parametrize("quote", ["One & <b>two</b>.", '"Three" 日本 𠮷', "𠮷", "O", TEXT, "four."])
def test_the_quote_is_marked_exactly(quote: str) -> None:
    start = TEXT.index(quote)
    page = document_page(document(), Span(start, start + len(quote)))
    assert marked(page) == [quote]
    assert re.sub("</?mark[^>]*>", "", page) == document_page(document(), None)


@pytest.mark.parametrize("span", [Span(0, len(TEXT) + 1), Span(len(TEXT), len(TEXT) + 5), Span(10**30, 10**31)])
def test_a_span_that_leaves_the_text_marks_nothing(span: Span) -> None:
    assert document_page(document(), span) == document_page(document(), None)


def test_the_facts_stand_under_the_title() -> None:
    page = document_page(document(author="A. Author", published="2024-04-16", publisher="P"), None)
    assert '<p class="facts">A. Author · 2024-04-16 · P · folder/a.txt</p>' in page


def test_the_language_of_the_page_is_the_documents() -> None:
    assert '<html lang="ja">' in document_page(document(language="ja"), None)
    assert '<html lang="en">' in document_page(document(), None)


def test_the_page_asks_nothing_of_any_host() -> None:
    page = document_page(document(), None)
    assert not re.search(r"\b(?:src|href|action|srcset)\s*=", page)
    assert "url(" not in STYLE
    assert "@import" not in STYLE
