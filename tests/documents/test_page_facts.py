"""Who wrote a web page, when, and what it is called: what counts of all that the page says."""

from __future__ import annotations

import time

import pytest

from alliance_qa import documents
from alliance_qa.documents import linked_data, masthead, page_facts, visible
from alliance_qa.documents.extract import Stated
from alliance_qa.domain import Fact

TEXT = "<p>The ferry runs twice a day between the two islands, and in winter once. A ticket is sold on board.</p>" * 3


def _page(
    head: str = "", above: str = "", below: str = "", *, lang: str = "en", title: str = "The Winter Ferry"
) -> str:
    return (
        f'<html lang="{lang}"><head><title>{title}</title>{head}</head>'
        f"<body>{above}<h1>{title}</h1>{below}</body></html>"
    )


def _stated(page: str) -> dict[str, Stated]:
    tree = visible.parse(page)
    assert tree is not None
    return {fact.name: fact for fact in page_facts.find(tree)}


def _told(page: str, name: str) -> tuple[str, str, bool] | None:
    """Return value, place and weakness of a fact."""
    fact = _stated(page).get(name)
    return (fact.value, fact.where, fact.weak) if fact else None


def _script(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


GRAPH = """
//<![CDATA[
{"@context": "https://schema.org", "@graph": [
  {"@type": "Organization", "@id": "#house", "name": "Isles &amp; Sounds"},
  {"@type": "Person", "@id": "#one", "name": "Br&iacute;d O&#8217;Hay"},
  {"@type": "Person", "@id": "#two", "name": "Tor Lund"},
  {"@type": "NewsArticle", "headline": "The Winter Ferry", "author": [{"@id": "#one"}, {"@id": "#two"}],
   "publisher": {"@id": "#house"}, "datePublished": "2021-11-03T08:00:00+01:00",}]}
//]]>
"""


def test_linked_data_is_read_in_graphs_by_reference_in_cdata_and_with_entities() -> None:
    stated = _stated(_page(_script(GRAPH), below=TEXT))
    assert (stated["author"].value, stated["author"].where) == ("Bríd O’Hay, Tor Lund", "JSON-LD author")
    assert stated["publisher"].value == "Isles & Sounds"
    assert stated["published"].value == "2021-11-03T08:00:00+01:00"


def test_an_article_inside_its_page_is_found() -> None:
    article = '{"@type": "Article", "author": {"@list": [{"givenName": "Tor", "familyName": "Lund"}]}}'
    json = f'{{"@type": "WebPage", "mainEntity": {article}}}'
    assert _told(_page(_script(json)), "author") == ("Tor Lund", "JSON-LD author", False)


OTHERS = """[{"@type": "NewsArticle", "headline": "Another Thing", "url": "https://n.example/other",
 "author": {"name": "Wrong Person"}, "datePublished": "2010-01-01"},
 {"@type": "NewsArticle", "headline": "%s", "mainEntityOfPage": {"@id": "%s"},
 "author": {"name": "Tor Lund"}, "datePublished": "2021-11-03"}]"""


@pytest.mark.parametrize(
    ("headline", "place"),
    [("Ferries in winter", "http://www.n.example/ferry/"), ("The Winter Ferry", "https://n.example/x")],
)
def test_of_several_articles_the_pages_own_counts(headline: str, place: str) -> None:
    canonical = '<link rel="canonical" href="https://n.example/ferry">'
    stated = _stated(_page(canonical + _script(OTHERS % (headline, place))))
    assert (stated["author"].value, stated["published"].value) == ("Tor Lund", "2021-11-03")


def test_of_several_articles_none_counts_where_none_is_the_pages_own() -> None:
    assert "author" not in _stated(_page(_script(OTHERS % ("Something else", "https://n.example/y"))))


def test_the_name_of_an_encyclopedias_article_comes_before_its_description() -> None:
    json = '{"@type": "Article", "name": "Norr Island", "headline": "island in the northern sound"}'
    page = _page(_script(json), below=TEXT, title="Norr Island")
    assert _told(page, "title") == ("Norr Island", "JSON-LD name", False)


def test_microdata_of_a_comment_is_not_of_the_page() -> None:
    page = """<div itemscope itemtype="https://schema.org/Article"><h1 itemprop="headline">The Winter Ferry</h1>
    <div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><span itemprop="author">Loud Voice</span>
    <meta itemprop="datePublished" content="2023-02-02"></div>
    <span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">Tor Lund</b></span>
    <time itemprop="datePublished" datetime="2021-11-03">then</time></div>"""
    assert _told(page, "author") == ("Tor Lund", 'itemprop="author"', False)
    assert _told(page, "published") == ("2021-11-03", 'itemprop="datePublished"', False)


def test_rdfa_is_read_with_its_prefixes() -> None:
    page = """<div typeof="schema:Article sioc:Item"><h1 property="schema:name">The Winter Ferry</h1>
    <span property="schema:author">Tor Lund</span>
    <span property="schema:datePublished" content="2021-11-03"></span></div>"""
    assert _told(page, "author") == ("Tor Lund", 'property="author"', False)
    assert _told(page, "published") == ("2021-11-03", 'property="datePublished"', False)


def test_a_property_may_have_several_names() -> None:
    head = '<meta property="og:x dc:creator" content="Tor Lund"><meta name="author" content="admin">'
    assert _told(_page(head), "author") == ("Tor Lund", 'meta property="dc:creator"', False)


@pytest.mark.parametrize(
    ("metas", "value"),
    [
        (["Lund, Tor; Hay, Ann"], "Tor Lund, Ann Hay"),
        (["Tor Lund, Ann Hay and Ole Vik"], "Tor Lund, Ann Hay, Ole Vik"),
        (["Tor Lund", "Ann Hay"], "Tor Lund, Ann Hay"),
        (["Lund, Tor", "Hay, Ann"], "Tor Lund, Ann Hay"),
        (["By Tor Lund, Staff Writer"], "Tor Lund"),
        (["Tor Lund (https://n.example/tor)"], "Tor Lund"),
        (["Ministry of Ports, Trade and Fish"], "Ministry of Ports, Trade and Fish"),
        (["admin", "Tor Lund"], "Tor Lund"),
    ],
)
def test_several_authors_are_named_in_many_forms(metas: list[str], value: str) -> None:
    head = "".join(f'<meta name="author" content="{name}">' for name in metas)
    assert _stated(_page(head))["author"].value == value


@pytest.mark.parametrize("nobody", ["admin", "Windows User", "https://n.example/tor", "Staff"])
def test_nobody_gives_way_to_the_byline_and_is_no_line_of_the_text(nobody: str) -> None:
    page = _page(f'<meta name="author" content="{nobody}">', below=f'<p class="byline">By Tor Lund</p>{TEXT}')
    document = documents.read(page.encode(), "ferry.html")
    author = document.facts.author
    assert author is not None
    assert (author.value, author.where, author.weak) == ("Tor Lund", 'class="byline"', False)
    assert f"author: {nobody}" not in document.text


def test_the_sites_own_name_gives_way_to_a_byline_and_is_weak() -> None:
    head = '<meta name="author" content="Isle News"><meta property="og:site_name" content="Isle News">'
    assert _told(_page(head, below=TEXT), "author") == ("Isle News", 'meta name="author"', True)
    assert _told(_page(head, below=f'<a rel="author" href="/t">Tor Lund</a>{TEXT}'), "author") == (
        "Tor Lund",
        'rel="author"',
        False,
    )


def test_what_is_weak_gives_way_to_the_text_and_leaves_no_line_in_it() -> None:
    head = '<meta name="author" content="Isle News"><meta property="og:site_name" content="Isle News">'
    note = "<p>Tor Lund is a senior fellow at the Example Institute.</p>"
    document = documents.read(_page(head, below=TEXT.replace("</p>", " It is so.</p>", 1) + note).encode(), "f.html")
    assert document.facts.author is not None
    assert document.facts.author.value == "Tor Lund"
    assert "author:" not in document.text
    alone = documents.read(_page(head, below=TEXT).encode(), "f.html")
    assert alone.facts.author is not None
    assert (alone.facts.author.value, alone.facts.author.weak) == ("Isle News", True)
    assert "author: Isle News" in alone.text


@pytest.mark.parametrize(
    ("below", "told"),
    [
        (
            '<time class="published" datetime="2021-11-03T23:30:00+01:00">x</time>',
            ("2021-11-03", "time datetime", False),
        ),
        ('<time datetime="2021-11-03">x</time>', ("2021-11-03", "time datetime", False)),
        ('<span class="date">3 Nov 2021</span>', ("2021-11-03", 'class="date"', False)),
        ("<p>3 November 2021</p>", ("2021-11-03", "line '3 November 2021'", False)),
        ("<div>Posted on November 3, 2021</div>", ("2021-11-03", "line 'Posted on November 3, 2021'", False)),
        (
            "<p>Notice 7 of 3 November 2021 (corr.)</p>",
            ("2021-11-03", "line 'Notice 7 of 3 November 2021 (corr.)'", True),
        ),
        ("<p>Last updated: 3 November 2021</p>", None),
        ('<time class="updated" datetime="2021-11-03">x</time>', None),
        ("<p>Updated <time datetime='2021-11-03'>x</time></p>", None),
        ("<p>Accessed May 2, 2023</p>", None),
        ("<p>It opened on November 3, 2021.</p>", None),
        ('<aside class="events"><time datetime="2021-11-03">x</time></aside>', None),
        ('<div class="related-posts"><span class="date">3 Nov 2021</span></div>', None),
    ],
)
def test_a_date_shown_with_the_heading_is_that_of_publication(below: str, told: tuple[str, str, bool] | None) -> None:
    assert _told(_page(below=below + TEXT), "published") == told


def test_an_update_gives_way_to_the_publication_beside_it() -> None:
    below = "<p>Updated 1 May 2022 | Published 3 November 2021</p>"
    found = _told(_page(below=below + TEXT), "published")
    assert found is not None
    assert (found[0], found[2]) == ("2021-11-03", False)


def test_a_date_line_is_found_where_the_heading_is_bold_text() -> None:
    cell = f'<font size="+2"><b>The Winter Ferry<br>- A notice -</b></font><p align="right">3 November 2021</p>{TEXT}'
    page = f"<head><title>MOP: The Winter Ferry</title></head><body><table><tr><td>{cell}</td></tr></table></body>"
    assert _told(page, "published") == ("2021-11-03", "line '3 November 2021'", False)
    assert _told(page, "title") == ("The Winter Ferry", "title", False)


def test_what_is_stated_comes_before_what_is_shown_and_that_before_a_vague_date() -> None:
    shown = f'<span class="date">3 Nov 2021</span>{TEXT}'
    stated = '<meta property="article:published_time" content="2021-10-01">'
    vague = '<meta name="DC.date" content="2021-09-01">'
    assert _stated(_page(stated + vague, below=shown))["published"].value == "2021-10-01"
    assert _stated(_page(vague, below=shown))["published"].value == "2021-11-03"
    assert _stated(_page(vague, below=TEXT))["published"].value == "2021-09-01"


def test_the_address_tells_a_day_and_only_weakly() -> None:
    head = '<link rel="canonical" href="https://n.example/2021/11/03/ferry">'
    assert _told(_page(head, below=TEXT), "published") == ("2021-11-03", "address of the page", True)
    assert _told(_page(head.replace("/03", ""), below=TEXT), "published") is None


def test_at_midnight_the_day_is_the_one_that_the_page_shows() -> None:
    head = _script('{"@type": "Article", "headline": "The Winter Ferry", "datePublished": "%s"}')
    shown = f"<p>2 November 2021</p>{TEXT}"
    assert _stated(_page(head % "2021-11-03T02:00:00Z", below=shown))["published"].value == "2021-11-02"
    stated = "2021-11-03T02:00:00+09:00"
    assert _stated(_page(head % stated, below=shown))["published"].value == stated


@pytest.mark.parametrize(
    ("lang", "other", "value"),
    [
        ("en", "", None),
        ("en-GB", "", "2021-11-03"),
        ("en-US", "", "2021-03-11"),
        ("fr", "", "2021-11-03"),
        ("en", "It sank on 25/12/2020.", "2021-11-03"),
        ("en-GB", "It sank on 12/25/2020.", "2021-03-11"),
    ],
)
def test_the_order_of_day_and_month_is_the_pages_own(lang: str, other: str, value: str | None) -> None:
    page = _page(below=f'<p class="date">3/11/2021</p>{TEXT}<p>{other}</p>', lang=lang)
    assert (_told(page, "published") or (None,))[0] == value


@pytest.mark.parametrize(
    ("below", "author", "where"),
    [
        (
            '<span class="byline"> by <span class="author vcard"><a>Tor Lund</a></span></span>',
            "Tor Lund",
            'class="byline"',
        ),
        ('<div class="c-Author__name">Tor Lund</div>', "Tor Lund", 'class="c-Author__name"'),
        ("<p>By Tor Lund and Ann Hay</p>", "Tor Lund, Ann Hay", "line 'By Tor Lund and Ann Hay'"),
        ("<p>Von Tor Lund</p>", "Tor Lund", "line 'Von Tor Lund'"),
        (
            '<i class="author">Tor Lund</i> <b>x</b> <i class="author">Ann Hay</i>',
            "Tor Lund, Ann Hay",
            'class="author"',
        ),
        ('<div class="related"><span class="byline">By Tor Lund</span></div>', None, ""),
        ('<div class="comment"><span class="author">Tor Lund</span></div>', None, ""),
        ('<p class="author-bio">Tor Lund</p>', None, ""),
    ],
)
def test_a_byline_in_the_page_names_the_author(below: str, author: str | None, where: str) -> None:
    assert _told(_page(below=below + TEXT), "author") == ((author, where, False) if author else None)


def test_a_page_of_comments_by_its_class_keeps_its_date() -> None:
    page = f'<article class="comment"><h1>The Winter Ferry</h1><p class="comment_date">3 Nov 2021</p>{TEXT}</article>'
    assert _told(page, "published") == ("2021-11-03", 'class="comment_date"', False)


def test_an_export_of_notion_states_its_properties_in_a_table() -> None:
    rows = "".join(
        f"<tr><th>{name}</th><td>{value}</td></tr>"
        for name, value in (
            ("Created", "<time>@May 1, 2021 9:00 AM</time>"),
            ("Author", "<span class='user'>Tor Lund</span>"),
            ("Published", "<time>@November 3, 2021</time>"),
        )
    )
    page = _page(below=f'<table class="properties"><tbody>{rows}</tbody></table>{TEXT}')
    assert _told(page, "author") == ("Tor Lund", "row 'Author'", False)
    assert _told(page, "published") == ("November 3, 2021", "row 'Published'", False)


def test_an_export_of_confluence_is_called_without_its_space() -> None:
    title = "Port Desk : The Winter Ferry"
    above = '<ol id="breadcrumbs"><li><a href="index.html">Port Desk</a></li></ol>'
    who = "Created by <span class='author'> Tor Lund</span>, last modified on Jan 02, 2022"
    below = f"<div class='page-metadata'>{who}</div>"
    page = _page(above=above, below=below + TEXT, title=title)
    assert _told(page, "title") == ("The Winter Ferry", "title", False)
    assert _told(page, "author") == ("Tor Lund", 'class="author"', False)
    assert _told(page, "published") is None


def test_an_export_of_google_docs_is_called_by_its_title_not_by_its_file() -> None:
    body = f'<body class="c1 doc-content"><p class="c0 title">The Winter Ferry</p>{TEXT}'
    page = f"<head><title>ferry-final-v2</title></head>{body}"
    assert _told(page, "title") == ("The Winter Ferry", 'class="title"', False)


def test_entities_that_were_encoded_twice_and_tags_are_read_as_people_see_them() -> None:
    head = '<meta property="og:title" content="The Isles&amp;#8217; &lt;em&gt;Winter&lt;/em&gt; &amp;amp; Spring">'
    assert _stated(_page(head))["title"].value == "The Isles’ Winter & Spring"
    assert linked_data.decoded("AT&T and R&D; Q&notanentity") == "AT&T and R&D; Q&notanentity"


def test_a_page_without_a_heading_has_no_title_to_stand_by() -> None:
    tree = visible.parse(TEXT)
    assert tree is not None
    assert masthead.read(tree, [], "").title == ""


def test_a_fact_carries_the_place_that_states_it() -> None:
    document = documents.read(_page('<meta name="author" content="Tor Lund">', below=TEXT).encode(), "f.html")
    author = document.facts.author
    assert isinstance(author, Fact)
    assert author.span is not None
    assert author.span.of(document.text) == "author: Tor Lund"
    assert author.where == 'meta name="author"'


@pytest.mark.parametrize(
    "page",
    [
        _script('{"@type": "Article", "author": ' + "[" * 900 + "]" * 900 + "}") + TEXT,
        _script("[" + ",".join(['{"@type": "Article", "headline": "a"}'] * 20_000) + "]") + TEXT,
        '<meta name="author" content="' + "a." * 50_000 + ", " + "b." * 50_000 + '">' + TEXT,
        "<title>aa bb cc dd ee</title>" + "<h2>bb aa dd cc xx yy</h2>" * 5_000 + TEXT,
        "<h1>The Ferry</h1>" + "<span><time datetime='2020-01-01'>x</time> y</span>" * 5_000,
        "<h1>x</h1><p>" + "a" * 300_000 + "</p>",
    ],
    ids=["nested", "graph", "dots", "headings", "times", "word"],
)
def test_a_page_made_to_be_slow_takes_seconds_at_most(page: str) -> None:
    before = time.process_time()
    _stated(page)
    assert time.process_time() - before < 8
