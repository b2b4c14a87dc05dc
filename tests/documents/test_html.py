"""Saved web pages, read into blocks and facts."""

# ruff: noqa: E501  (pages hold long lines)

from __future__ import annotations

import socket

import pytest

from alliance_qa.documents import html, visible
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind, Provenance
from alliance_qa.errors import DocumentError

ARTICLE = """\
<!DOCTYPE html><html lang="en-US"><head><meta charset="utf-8"><title>Harbours of Trust | Example Institute</title></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
<main><article><h1>Harbours of Trust</h1>
<figure><img src="a.jpg" alt="Two ships"><figcaption>Two <b>ships</b> leave at dawn. Photo by A. Maker/Reuters</figcaption></figure>
<p>The port agreement that both governments signed in May gives each navy the right to repair its ships abroad.</p>
<p>Repair sounds dull, yet it decides <a href="https://x.example">how long</a> a fleet stays at sea, and at what price.</p>
<h2>What changes</h2><ul><li>Yards in Nagasaki take in destroyers.</li><li>Crews stay with their ships.</li></ul>
<table><tr><th>Year</th><th>Ships repaired</th></tr><tr><td>2021</td><td>3</td></tr></table>
<p>Old pages break<br>lines softly.<br><br>And start paragraphs with two breaks, which a reader has to notice.</p>
<script>document.write("never")</script>
<p>Neither side calls the arrangement a basing agreement, and neither needs to, because the work makes the point.</p>
<figure><figcaption>A welder at work</figcaption></figure>
</article></main><footer><p>Cookies</p></footer></body></html>"""


def test_the_main_text_keeps_headings_lists_tables_and_captions() -> None:
    assert _blocks(ARTICLE) == [
        RawBlock("Harbours of Trust", BlockKind.HEADING, 1),
        RawBlock("Two ships leave at dawn. Photo by A. Maker/Reuters", BlockKind.CAPTION),
        RawBlock(
            "The port agreement that both governments signed in May gives each navy the right to repair its ships abroad."
        ),
        RawBlock("Repair sounds dull, yet it decides how long a fleet stays at sea, and at what price."),
        RawBlock("What changes", BlockKind.HEADING, 2),
        RawBlock("Yards in Nagasaki take in destroyers.", BlockKind.ITEM),
        RawBlock("Crews stay with their ships.", BlockKind.ITEM),
        RawBlock("Year | Ships repaired", BlockKind.ROW, 1),
        RawBlock("2021 | 3", BlockKind.ROW),
        RawBlock("Old pages break lines softly."),
        RawBlock("And start paragraphs with two breaks, which a reader has to notice."),
        RawBlock(
            "Neither side calls the arrangement a basing agreement, and neither needs to, because the work makes the point."
        ),
        RawBlock("A welder at work", BlockKind.CAPTION),
    ]


def test_lists_in_lists_quotes_and_pictures_outside_the_article_are_read() -> None:
    page = """<html><body><figure><figcaption>A crane above it all</figcaption></figure><article><h1>Quays and Queues</h1>
    <p>The harbour office counts the ships that wait outside, and it has counted them since the first year of the pact.</p>
    <blockquote><p>We count what waits, because what waits costs money.</p><p>Nobody counts what has left already.</p></blockquote>
    <ul><li>Name<ul><li>Flag of the ship</li></ul></li><li><p>Length in <i>met</i>res</p></li></ul>
    <figure><table><tr><td>a1</td><td>b1</td></tr></table><figcaption><a href="x">Ships by year</a></figcaption></figure>
    <p>Nothing else is written down, since the office has one clerk, one book and one pencil, as it always had.</p>
    </article><aside><figure><figcaption>Elsewhere on this site</figcaption></figure></aside></body></html>"""
    assert [f"{block.kind}: {block.text}" for block in _blocks(page)] == [
        "caption: A crane above it all",
        "heading: Quays and Queues",
        "paragraph: The harbour office counts the ships that wait outside, and it has counted them since the first year of the pact.",
        "paragraph: We count what waits, because what waits costs money.",
        "paragraph: Nobody counts what has left already.",
        "item: Name",
        "item: Flag of the ship",
        "item: Length in metres",
        "row: a1 | b1",
        "caption: Ships by year",
        "paragraph: Nothing else is written down, since the office has one clerk, one book and one pencil, as it always had.",
    ]


def test_a_title_loses_the_sites_name_when_the_heading_has_none() -> None:
    assert _stated(ARTICLE) == {"title": "Harbours of Trust", "language": "en-US"}


def test_linked_data_comes_before_meta_elements() -> None:
    page = """<head><script type="application/ld+json">{"@graph": [{"@type": "WebSite", "headline": "no"},
    {"@type": ["NewsArticle"], "headline": "Linked", "author": [{"name": "Mina Sorel"}, {"name": "Taro Kitano"}],
     "datePublished": "2023-05-08T09:00:00+09:00", "publisher": {"name": "The Harbour Review"}, "inLanguage": "en"}]}</script>
    <meta property="og:title" content="Meta"><meta name="author" content="Nobody"><meta property="og:site_name" content="Site">
    <meta property="og:url" content="https://x.example/og"><link rel="canonical" href="https://x.example/canonical"></head><p>x</p>"""
    assert _stated(page) == {
        "title": "Linked",
        "author": "Mina Sorel, Taro Kitano",
        "published": "2023-05-08T09:00:00+09:00",
        "publisher": "The Harbour Review",
        "source_url": "https://x.example/canonical",
        "language": "en",
    }


def test_meta_elements_state_what_linked_data_does_not() -> None:
    page = """<head><script type="application/ld+json">{"@type": "Article", broken</script><title>Plain</title>
    <meta name="citation_author" content="Sorel, Mina"><meta name="citation_author" content="Kitano, Taro">
    <meta name="citation_publication_date" content="2023/05/08"><meta name="DC.Publisher" content="Press">
    <meta property="article:author" content="https://social.example/mina"><link rel="canonical" href="/relative">
    <meta property="og:locale" content="ja_JP"></head><p>x</p>"""
    assert _stated(page) == {
        "title": "Plain",
        "author": "Mina Sorel, Taro Kitano",
        "published": "2023/05/08",
        "publisher": "Press",
        "language": "ja_JP",
    }


def test_the_address_of_a_profile_is_no_author() -> None:
    page = '<meta property="article:author" content="https://social.example/m"><meta name="author" content="Mina Sorel"><p>x</p>'
    assert _stated(page) == {"author": "Mina Sorel"}


def test_what_a_page_says_of_itself_is_file_metadata() -> None:
    assert {fact.provenance for fact in html.read(ARTICLE.encode()).stated} == {Provenance.FILE_METADATA}


def test_a_page_without_main_text_is_all_that_is_seen() -> None:
    page = """<body><div style="display: none">secret</div><h3>Hours</h3>open<br>daily<style>x</style>
    <dl><dt>Mon</dt><dd>9-5</dd></dl><table><tr><td>a</td><td>b</td></tr></table></body>"""
    assert visible.blocks(visible.parse(page)) == (
        RawBlock("Hours", BlockKind.HEADING, 3),
        RawBlock("open daily"),
        RawBlock("Mon", BlockKind.ITEM),
        RawBlock("9-5", BlockKind.ITEM),
        RawBlock("a | b", BlockKind.ROW),
    )


def test_the_shortest_page_is_read() -> None:
    assert [block.text for block in _blocks("<p>Just one short line.</p>")] == ["Just one short line."]
    assert [_blocks(""), _blocks("<!-- nothing -->"), _blocks("<body></body>")] == [[], [], []]


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("Shift_JIS", "cp932"),
        ("EUC-JP", "euc_jp"),
        ("ISO-8859-1", "cp1252"),
        ("UTF-16", "utf-8"),
        ("utf-8", "utf-8"),
    ],
)
def test_the_declared_charset_is_used(declared: str, encoding: str) -> None:
    line = "Größe “x”" if encoding == "cp1252" else "港の協定について"
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={declared}"></head><p>{line}</p>'
    assert [block.text for block in html.read(page.encode(encoding)).blocks] == [line]


def test_a_byte_order_mark_comes_before_the_declaration() -> None:
    page = '<meta charset="latin1"><p>港の協定</p>'
    assert [block.text for block in html.read(page.encode("utf-16")).blocks] == ["港の協定"]
    assert [block.text for block in html.read(page.encode("utf-8-sig")).blocks] == ["港の協定"]


@pytest.mark.parametrize("depth", [1500, 100_000])
def test_nesting_without_end_is_refused_and_not_cut(depth: int) -> None:
    with pytest.raises(DocumentError, match=r"^elements are nested too deeply"):
        html.read(b"<div>" * depth + b"<p>deep</p>" + b"</div>" * depth)


def test_a_tree_that_the_parser_cut_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^elements are nested too deeply or too large"):
        visible.parse("<p>kept</p>" + "<i>" * 5000 + "cut")


def test_linked_data_without_end_says_nothing() -> None:
    page = '<script type="application/ld+json">' + "[" * 100_000 + "</script><p>Text.</p>"
    assert (_stated(page), [block.text for block in _blocks(page)]) == ({}, ["Text."])


def test_reading_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a reader opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = ARTICLE.replace("<!DOCTYPE html>", '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd">')
    assert _blocks(page)[0].text == "Harbours of Trust"


def _blocks(page: str) -> list[RawBlock]:
    return list(html.read(page.encode()).blocks)


def _stated(page: str) -> dict[str, str]:
    return {fact.name: fact.value for fact in html.read(page.encode()).stated}
