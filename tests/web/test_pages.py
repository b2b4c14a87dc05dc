"""The pages of the service as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa import documents
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Provenance, Span
from alliance_qa.text.sentences import split_sentences
from alliance_qa.web import pages
from alliance_qa.web.pages import Shell, article, quotation, shelf
from alliance_qa.web.pages.quotation import Quotation
from alliance_qa.web.pages.shelf import Entry, Order
from alliance_qa.web.urls import Place, citation_url
from alliance_qa.web.widget import widget

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(pages.__file__).parent
SHIPPED = sorted(path.name for path in (ROOT / "documents").iterdir() if not path.name.startswith("."))
SHELL = Shell(kept_days=None)
TEXT = 'One & <b>two</b>.\n"Three" 日本 𠮷 {braces} & four.'
SCRIPT = "<script>alert('x')</script>"
VOID = {"meta", "link", "input", "br"}


class Reader(HTMLParser):
    """Reads a page: the text of its article, what is lit in it, and the elements that are open where."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.lit: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.above: set[tuple[str, str]] = set()  # element, child or "text" right inside it
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if "article" in self.open:
            self.above.add((self.open[-1], tag))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "mark":
            self.lit.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "article" in self.open:
            self.text += data
            if data.strip():
                self.above.add((self.open[-1], "text"))
        if "mark" in self.open:
            self.lit[-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def document(text: str = TEXT, blocks: Sequence[Block] = (), *, title: str = "A title", **facts: str) -> Document:
    stated = {name: Fact(value, Provenance.FRONT_MATTER) for name, value in facts.items()}
    return Document(
        id="a.txt",
        path="folder/a.txt",
        media_type="text/plain",
        sha256="0" * 64,
        text=text,
        blocks=tuple(blocks),
        facts=Facts(title=Fact(title, Provenance.TEXT), **stated),
    )


def page_of(shown: Document, quote: Span | None = None) -> Reader:
    return Reader(pages.document_page(SHELL, shown, asked=Quotation(quote)))


def blocks_of(*kinds: tuple[BlockKind, str] | tuple[BlockKind, str, int]) -> Document:
    """Return a document of these blocks, a line end between two."""
    blocks, text = [], ""
    for kind, words, *level in kinds:
        blocks.append(Block(kind, Span(len(text), len(text) + len(words)), *level))
        text += words + "\n"
    return document(text, blocks)


# The text of a document


@pytest.mark.parametrize("name", SHIPPED)
def test_the_article_is_the_text_and_the_lit_is_the_quote_at_every_sentence(name: str) -> None:
    shown = documents.read((ROOT / "documents" / name).read_bytes(), name)
    for quote in [None, *split_sentences(shown.text, "en")]:
        page = page_of(shown, quote)
        assert page.text == shown.text
        assert "".join(page.lit) == (quote.of(shown.text) if quote else "")


@given(st.data())
def test_any_quote_of_any_blocks_is_lit_exactly(data: st.DataObject) -> None:
    line = st.text(st.sampled_from("a b|<&\"'日𠮷é"), min_size=1, max_size=9)
    lines = data.draw(st.lists(st.tuples(st.sampled_from(BlockKind), line), min_size=1, max_size=8))
    gaps = data.draw(st.lists(st.sampled_from(["", "\n", "\n\n", " - "]), min_size=9, max_size=9))
    text, blocks = gaps[0], []
    for (kind, words), gap in zip(lines, gaps[1:], strict=False):
        blocks.append(Block(kind, Span(len(text), len(text) + len(words)), level=kind is BlockKind.HEADING))
        text += words + gap
    start = data.draw(st.integers(0, len(text) - 1))
    quote = Span(start, data.draw(st.integers(start + 1, len(text))))
    page = page_of(document(text, blocks), quote)
    assert (page.text, "".join(page.lit)) == (text, quote.of(text))
    assert [mark.get("id") for mark in page.all("mark")] == ["quote", *[None] * (len(page.lit) - 1)]
    # What a browser would move elsewhere: it allows white space alone between these and their parents.
    for parent in ("ul", "table", "tbody", "tr"):
        assert {child for above, child in page.above if above == parent} <= {"li", "tbody", "tr", "td"}


@pytest.mark.parametrize("quote", ["One & <b>two</b>.", '"Three" 日本 𠮷', "𠮷", "O", TEXT, "four."])
def test_a_quote_within_a_block_is_one_piece(quote: str) -> None:
    start = TEXT.index(quote)
    page = page_of(document(), Span(start, start + len(quote)))
    assert page.lit == [quote]


@pytest.mark.parametrize("span", [Span(0, len(TEXT) + 1), Span(len(TEXT), len(TEXT) + 5), Span(10**30, 10**31)])
def test_a_span_that_leaves_the_text_lights_nothing(span: Span) -> None:
    assert pages.document_page(SHELL, document(), asked=Quotation(span)) == pages.document_page(SHELL, document())


def test_each_kind_of_block_has_its_element() -> None:
    shown = blocks_of(
        (BlockKind.METADATA, "author: A"),
        (BlockKind.HEADING, "A title", 1),
        (BlockKind.PARAGRAPH, "Words."),
        (BlockKind.HEADING, "Part", 2),
        (BlockKind.ITEM, "one"),
        (BlockKind.ITEM, "two"),
        (BlockKind.ROW, "Name | Year"),
        (BlockKind.ROW, "Quad | 2007"),
        (BlockKind.CAPTION, "A picture"),
        (BlockKind.FOOTER, "The site"),
    )
    article_html = re.search("<article[^>]*>(.*)</article>", pages.document_page(SHELL, shown), re.DOTALL)
    assert article_html
    assert article_html[1] == (
        '<div class="metadata"><p class="metadata" dir="auto">author: A</p>\n</div>'
        '<p class="again" dir="auto">A title</p>\n'
        '<p class="paragraph" dir="auto">Words.</p>\n'
        '<h2 id="h25" dir="auto">Part</h2>\n'
        '<ul><li dir="auto">one</li>\n<li dir="auto">two</li>\n</ul>'
        '<div class="wide" tabindex="0" role="region" aria-label="Table 1"><table><tbody>'
        '<tr><td dir="auto">Name<span class="bar"> | </span></td><td dir="auto">Year</td></tr>\n'
        '<tr><td dir="auto">Quad<span class="bar"> | </span></td><td dir="auto">2007</td></tr>\n'
        "</tbody></table></div>"
        '<p class="caption" dir="auto">A picture</p>\n'
        '<p class="footer" dir="auto">The site</p>\n'
    )


def test_a_row_of_one_cell_goes_across_the_table() -> None:
    page = page_of(blocks_of((BlockKind.ROW, "Treaties | | |"), (BlockKind.ROW, "a | b | c | d")))
    assert [cell.get("colspan") for cell in page.all("td")] == ["4", None, None, None, None]
    assert page.text == "Treaties | | |\na | b | c | d\n"


def test_a_quote_across_two_items_divides_the_list() -> None:
    shown = blocks_of((BlockKind.ITEM, "one"), (BlockKind.ITEM, "two"), (BlockKind.ITEM, "three"))
    page = page_of(shown, Span(1, 6))
    assert page.lit == ["ne", "\n", "tw"]
    assert len(page.all("ul")) == 2


def test_the_outline_of_a_page_has_no_holes_and_equal_levels_stay_equal() -> None:
    levels = [3, 5, 5, 3, 6, 9, 2, 3]
    shown = blocks_of(*((BlockKind.HEADING, f"Part {at}", level) for at, level in enumerate(levels)))
    found = [tag for tag, _ in page_of(shown).tags if re.fullmatch("h[1-6]", tag)]
    assert found == ["h1", "h2", "h3", "h3", "h2", "h3", "h4", "h2", "h3"]


def test_the_contents_link_to_the_headings_but_the_title() -> None:
    shown = blocks_of((BlockKind.HEADING, "A title", 1), *((BlockKind.HEADING, f"Part {at}", 2) for at in range(3)))
    page = page_of(shown)
    linked = [a["href"] for a in page.all("a") if (a["href"] or "").startswith("#h")]
    assert linked == [f"#{h['id']}" for h in page.all("h2")] * 2 == ["#h8", "#h15", "#h22"] * 2


def test_few_headings_have_no_contents() -> None:
    shown = blocks_of((BlockKind.HEADING, "Part 1", 2), (BlockKind.HEADING, "Part 2", 2))
    assert "Contents" not in pages.document_page(SHELL, shown)


def test_the_contents_of_a_very_long_document_are_bounded() -> None:
    shown = blocks_of(*((BlockKind.HEADING, f"Part {at}", 2) for at in range(300)))
    assert len(article.headings(article.divide(shown, None))) == 200


# What is known about it


def facts_line(shown: Document) -> str:
    found = re.search('<p class="facts">(.*?)</p>', pages.document_page(SHELL, shown), re.DOTALL)
    assert found
    return " · ".join(re.sub("<[^>]*>", "", found[1]).split("\n")[1:-1])


def test_the_facts_stand_under_the_title() -> None:
    shown = document(author="A. Author", published="2024-04-16", publisher="P")
    assert facts_line(shown) == "A. Author · April 16, 2024 · P · folder/a.txt"
    assert facts_line(document()) == "folder/a.txt"


@pytest.mark.parametrize(
    ("published", "english", "japanese"),
    [
        ("2024-04-16", "April 16, 2024", "2024年4月16日"),
        ("2024-12", "December 2024", "2024年12月"),
        ("2024", "2024", "2024年"),
        ("2024-13-01", "2024-13-01", "2024-13-01"),
        ("soon", "soon", "soon"),
    ],
)
def test_a_date_is_written_as_people_do(published: str, english: str, japanese: str) -> None:
    assert (pages.day(published), pages.day(published, "ja")) == (english, japanese)


def test_the_article_has_the_language_of_the_document_and_the_page_its_own() -> None:
    page = page_of(document(language="ja"))
    assert [page.all(tag)[0].get("lang") for tag in ("html", "h1", "article")] == ["en", "ja", "ja"]
    assert page_of(document()).all("article")[0].get("lang") is None


@pytest.mark.parametrize("address", ["https://example.org/a?b=c", "http://example.org", "HTTPS://example.org/"])
def test_the_original_is_linked(address: str) -> None:
    links = [a for a in page_of(document(source_url=address)).all("a") if a["href"] == address]
    assert [a["rel"] for a in links] == ["noopener noreferrer"]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//example.org", "/x", "https://", "https:///x",
     "https://a\nb", " https://example.org", "ftp://example.org", ""],
)  # fmt: skip
def test_an_original_that_is_no_web_address_is_not_linked(address: str) -> None:
    assert "Original" not in pages.document_page(SHELL, document(source_url=address))


# Nothing from outside is HTML


def test_no_text_is_taken_as_html() -> None:
    text = f"</article></mark>{SCRIPT}"
    page = pages.document_page(SHELL, document(text), asked=Quotation(Span(3, 20)))
    assert "<script" not in page
    assert Reader(page).text == text


@pytest.mark.parametrize("name", ["title", "author", "published", "publisher", "language", "source_url"])
def test_no_fact_is_taken_as_html(name: str) -> None:
    shown = document(**{name: f'"><img src=x>{SCRIPT}'})  # type: ignore[arg-type]
    entries = shelf.entries({"a": shown.facts}, {"a": f'"><img src=x>{SCRIPT}'})
    for page in (
        pages.document_page(SHELL, shown),
        pages.documents_page(SHELL, shelf.leaf(entries, wanted=f'"><img src=x>{SCRIPT}'[:9])),
        pages.documents_page(SHELL, shelf.leaf(entries)),
        pages.home_page(SHELL, entries, service="https://qa.example.org"),
    ):
        assert "<script>" not in page
        assert "<img" not in page


def test_no_filter_is_taken_as_html() -> None:
    page = pages.documents_page(SHELL, shelf.leaf((), wanted=f'"><img src=x>{SCRIPT}'))
    assert "<script" not in page
    assert "<img" not in page
    assert 'value="&#34;&gt;&lt;img src=x&gt;' in page


def test_braces_in_a_title_are_no_fields() -> None:
    assert ">{{ shell }} {0} {%</h1>" in pages.document_page(SHELL, document(title="{{ shell }} {0} {%"))


def test_no_template_switches_escaping_off() -> None:
    templates = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.html")}
    assert {"base.html", "home.html", "documents.html", "document.html", "demo.html"} <= set(templates)
    for text in templates.values():
        assert not re.search(r"safe|autoescape|Markup", text)
        # Nothing inline: the policy would not let it run.
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=\"/)", text)
    sources = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    assert "Markup" not in sources
    assert "autoescape=True" in sources


def test_the_pages_ask_nothing_of_any_other_host() -> None:
    for path in [*FOLDER.glob("*.html"), *FOLDER.glob("*.css"), *FOLDER.glob("*.js")]:
        text = path.read_text("utf-8")
        found = (
            re.findall(r"""(?:src|href|action|poster|srcset)=["']?([^"'\s>]*)""", text)
            if path.suffix == ".html"
            else []
        )
        assert all(re.match(r"/(?!/)|#|\{\{", address) for address in found), path.name
        assert not re.search(r"(?<![\w.])url\((?!#)|@import|import\s*\(", text), path.name
        assert all(
            name.startswith("/static/") for name in re.findall(r"^import .*?[\"'](.*?)[\"']", text, re.MULTILINE)
        )


def test_the_policy_lets_only_our_own_files_run() -> None:
    assert pages.headers() == {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "Referrer-Policy": "no-referrer",
    }
    changed = pages.headers(form_action="'self'", trusted_types="")["Content-Security-Policy"].split("; ")
    plain = pages.headers()["Content-Security-Policy"].split("; ")
    assert set(changed) - set(plain) == {"form-action 'self'"}
    assert set(plain) - set(changed) == {"form-action 'none'", "trusted-types 'none'"}


def test_only_style_sheets_scripts_and_pictures_are_files_of_the_pages() -> None:
    files = pages.static_files()
    assert {"style.css", "demo.css", "demo.js", "icon.svg"} <= set(files)
    assert {name.rpartition(".")[2] for name in files} == {"css", "js", "svg"}
    assert files["style.css"] == (FOLDER / "style.css").read_bytes()


# The frame


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, "Questions are not kept."),
        (1, "Questions are kept for one day."),
        (30, "Questions are kept for 30 days."),
    ],
)
def test_every_page_says_whether_questions_are_kept(days: int | None, words: str) -> None:
    shell = Shell(days)
    for page in (
        pages.home_page(shell, (), service="https://qa.example.org"),
        pages.documents_page(shell, shelf.leaf(())),
        pages.document_page(shell, document()),
        pages.missing_page(shell),
        pages.demo_page(shell, service="https://qa.example.org", script="/widget-1.js", integrity="sha384-x"),
    ):
        assert page.count(words) == 1


def test_the_page_shown_is_marked_in_the_navigation() -> None:
    page = Reader(pages.documents_page(Shell(None, "/documents"), shelf.leaf(())))
    links = [a for a in page.all("a") if a["href"] in ("/", "/documents", "/demo", "/docs")]
    assert [(a["href"], a.get("aria-current")) for a in links] == [
        ("/", None), ("/documents", "page"), ("/demo", None), ("/docs", None)
    ]  # fmt: skip


# The first page


def entry(id_: str, **known: Any) -> Entry:
    empty = {"path": id_, "title": id_, "author": "", "published": "", "publisher": "", "language": ""}
    return Entry(id_, **{**empty, **known})


def plain(page: str) -> str:
    return " ".join(re.sub("<[^>]*>", "", page).split())


def test_the_first_page_says_what_the_collection_holds() -> None:
    held = [entry(f"d{at}", published=f"20{at:02}-05") for at in range(1, 9)] + [entry("undated")]
    page = pages.home_page(SHELL, held, service="https://qa.example.org")
    assert "9 documents, dated 2001 to 2008" in plain(page)
    assert [a["href"] for a in Reader(page).all("a") if "/documents/" in (a["href"] or "")] == [
        f"/documents/d{at}" for at in (8, 7, 6, 5, 4, 3)
    ]
    assert "curl -H" in page
    assert "https://qa.example.org/v1/ask" in page


def test_what_the_keeper_puts_first_stands_first_in_the_pages() -> None:
    facts = {id_: document(published=f"20{at:02}").facts for at, id_ in enumerate("abcd")}
    held = shelf.entries(facts, {id_: f"{id_}.txt" for id_ in facts}, ["c", "a"])
    assert [e.id for e in held] == ["c", "a", "b", "d"]
    assert [e.id for e in shelf.leaf(held).entries] == ["c", "a", "b", "d"]
    assert [e.id for e in shelf.leaf(held, order="date").entries] == ["d", "c", "b", "a"]
    assert [e.id for e in shelf.newest(held, 3)] == ["c", "a", "d"]


@pytest.mark.parametrize(
    ("held", "words"),
    [([], "0 documents"), ([entry("a")], "One document"), ([entry("a", published="2020")], "One document, dated 2020")],
)
def test_a_small_collection_is_counted_in_words(held: list[Entry], words: str) -> None:
    found = re.search('<p class="count">(.*?)</p>', pages.home_page(SHELL, held, service="x"), re.DOTALL)
    assert found
    assert plain(found[1]) == words


def test_the_first_page_speaks_japanese_and_so_does_its_chat() -> None:
    shown = pages.home_page(Shell(None, "/", "ja"), [entry("a", published="2020-01")], service="x")
    page = Reader(shown)
    assert page.all("html")[0]["lang"] == page.all("alliance-qa-chat")[0]["lang"] == "ja"
    assert "資料1点（2020年）" in plain(shown)
    switch = [a for a in page.all("a") if a.get("hreflang")]
    assert [(a["href"], a["hreflang"]) for a in switch] == [("/", "en")]
    english = Reader(pages.home_page(SHELL, [], service="x"))
    assert english.all("alliance-qa-chat") == [{}]
    assert [a["href"] for a in english.all("a") if a.get("hreflang") == "ja"] == ["/?lang=ja"]


# The list


HELD = (
    entry("c", title="beta", author="Zoe", published="2020", path="x/C.pdf"),
    entry("a", title="Alpha", published="2024-02-01", path="a.md"),
    entry("b", title="Gamma", author="adam", published="2024", path="b.md"),
    entry("d", title="Delta", author="Zoe", path="d.md"),
)


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("title", "acdb"), ("author", "bcda"), ("date", "abcd"), ("", "acdb"), ("nonsense", "acdb"), ("TITLE", "acdb"),
    ],
)  # fmt: skip
def test_the_list_is_sorted(order: str, ids: str) -> None:
    assert "".join(e.id for e in shelf.leaf(HELD, order=order).entries) == ids


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [("ALPHA", "a"), ("zoe", "cd"), ("zoe delta", "d"), ("c.PDF", "c"), (" ", "acdb"), ("2024", ""), ("nothing", "")],
)
def test_the_list_is_filtered_by_words_of_title_author_and_path(wanted: str, ids: str) -> None:
    assert "".join(e.id for e in shelf.leaf(HELD, wanted=wanted).entries) == ids


@pytest.mark.parametrize(
    ("page", "number"),
    [("", 1), ("1", 1), ("3", 3), ("4", 3), ("0", 1), ("-1", 1), ("x", 1), ("9" * 99, 1), ("٣", 1), ("2.0", 1)],
)
def test_a_page_that_is_none_is_the_first_or_the_last(page: str, number: int) -> None:
    held = [entry(f"{at:03}") for at in range(201)]
    found = shelf.leaf(held, page=page)
    assert (found.page, found.pages, found.found) == (number, 3, 201)
    assert [e.id for e in found.entries] == [f"{at:03}" for at in range(201)][(number - 1) * 100 : number * 100]


def test_the_pages_of_a_list_are_linked_in_its_order_and_filter() -> None:
    held = [entry(f"{at:03}") for at in range(201)]
    page = pages.documents_page(SHELL, shelf.leaf(held, order="date", page="2", wanted="0 1"))
    assert "Page 1 of 1" not in page
    found = shelf.leaf(held, order="date", page="2")
    assert "101 to 200 of 201 documents" in plain(pages.documents_page(SHELL, found))
    assert found.url(page=3) == "/documents?sort=date&page=3"
    assert found.url(order=Order.TITLE) == "/documents"
    assert shelf.leaf(held, wanted="0&1", order="author").url(page=2) == "/documents?q=0%261&sort=author&page=2"
    assert shelf.leaf(held, wanted="0&1", order="author").url(wanted="") == "/documents?sort=author"


def test_an_empty_list_says_why() -> None:
    assert "The collection holds no documents." in pages.documents_page(SHELL, shelf.leaf(()))
    assert "No document fits this filter." in pages.documents_page(SHELL, shelf.leaf(HELD, wanted="nothing"))


def test_a_filter_is_cut_to_its_longest() -> None:
    assert shelf.leaf(HELD, wanted="a" * 5000).wanted == "a" * 200


def test_the_entries_are_the_facts_and_paths() -> None:
    shown = document(author="A. Author", published="2024", language="ja")
    assert shelf.entries({"a.txt": shown.facts}, {"a.txt": "folder/a.txt"}) == (
        Entry("a.txt", "folder/a.txt", "A title", "A. Author", "2024", "", "ja"),
    )


# A quote in an address

PLACE = [("start", "3"), ("end", "20"), ("index_version", "000001")]


def test_an_address_names_a_place_and_the_citations_around_it() -> None:
    assert quotation.parse([*PLACE, ("cited", "3-20-a"), ("utm", "x"), ("cited", "0-1-b")]) == Quotation(
        Span(3, 20), "000001", (Place("a", Span(3, 20)), Place("b", Span(0, 1)))
    )
    assert quotation.parse([]) == Quotation()
    assert quotation.parse([("index_version", "000002")]) == Quotation(version="000002")


@pytest.mark.parametrize(
    "query",
    [
        [("start", "3")], [("end", "3")], [("start", "3"), ("end", "3")], [("start", "4"), ("end", "3")],
        [("start", "-1"), ("end", "3")], [("start", "x"), ("end", "y")], [("start", "1.0"), ("end", "3")],
        [("start", "03"), ("end", "20")], [("start", ""), ("end", "")], [("start", " 3"), ("end", "20")],
        [("start", "٣"), ("end", "20")], [("start", "3"), ("end", "9" * 5000)], [*PLACE, ("start", "3")],
        [*PLACE, ("end", "21")], [*PLACE, ("index_version", "000001")], [*PLACE[:2], ("index_version", "")],
        [("index_version", "latest")], [("index_version", "1")], [("index_version", "0" * 13)],
    ],
)  # fmt: skip
def test_an_address_that_the_service_does_not_make_names_nothing(query: list[tuple[str, str]]) -> None:
    assert quotation.parse(query) == Quotation(is_malformed=True)


ANSWER = (Place("a.txt", Span(3, 20)), Place("b", Span(0, 1)), Place("a.txt", Span(30, 31)))
KNOWN = {"a.txt": document().facts, "b": document(title="Other").facts}


def shown_at(index: int, cited: Sequence[Place] = ANSWER) -> quotation.Position | None:
    place = ANSWER[index]
    return quotation.position(place.document_id, Quotation(place.span, "000001", tuple(cited)), "000001", KNOWN)


def test_a_citation_knows_the_ones_before_and_after() -> None:
    first, second, third = (shown_at(index) for index in range(3))
    assert first == quotation.Position(1, 3, None, quotation.Neighbour(citation_url(ANSWER, 1, "000001"), "Other"))
    assert second
    assert (second.previous, second.next) == (
        quotation.Neighbour(citation_url(ANSWER, 0, "000001"), "A title"),
        quotation.Neighbour(citation_url(ANSWER, 2, "000001"), "A title"),
    )
    assert third
    assert (third.number, third.next) == (3, None)


@pytest.mark.parametrize(
    "cited",
    [(), ANSWER[:1], ANSWER[1:], (*ANSWER, Place("gone", Span(0, 1)))],
    ids=["none", "alone", "not among them", "a document that is gone"],
)
def test_a_list_that_does_not_fit_leads_nowhere(cited: tuple[Place, ...]) -> None:
    assert shown_at(0, cited) is None


def test_the_page_leads_to_the_citations_before_and_after() -> None:
    page = pages.document_page(SHELL, document(), position=shown_at(1))
    assert "Citation 2 of 3" in page
    links = {a["rel"]: a["href"] for a in Reader(page).all("a") if a.get("rel") in ("prev", "next")}
    assert links == {"prev": citation_url(ANSWER, 0, "000001"), "next": citation_url(ANSWER, 2, "000001")}


def test_what_the_reader_must_know_stands_above_the_text() -> None:
    page = pages.document_page(SHELL, document(), notes=["Old <text>."], present="/documents/a.txt")
    assert '<p role="note">Old &lt;text&gt;.</p>' in page
    assert page.index("role=") < page.index('href="/documents/a.txt"') < page.index("<article")


# The host page


def test_the_snippets_name_the_service_and_this_very_script() -> None:
    page = pages.demo_page(
        SHELL, service="https://qa.example.org/x", script="/widget-abc.js", integrity="sha384-a+b/c="
    )
    text = re.sub("<[^>]*>", "", page).replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')
    assert (
        '<script type="module" src="https://qa.example.org/x/widget.js"></script>\n<alliance-qa-chat floating>' in text
    )
    assert (
        '<script type="module" src="https://qa.example.org/x/widget-abc.js"\n'
        '  integrity="sha384-a+b/c="\n  crossorigin="anonymous"></script>'
    ) in text
    assert "script-src https://qa.example.org; connect-src https://qa.example.org\n" in text + "\n"
    assert Reader(page).all("alliance-qa-chat") == [{"floating": None}]


def test_the_host_page_themes_its_chat_as_it_tells_others_to() -> None:
    shown = pages.demo_page(SHELL, service="x", script="/w.js", integrity="y")
    theme = re.search('<code id="theme">(.*?)</code>', shown, re.DOTALL)
    assert theme
    assert theme[1] in (FOLDER / "demo.css").read_text("utf-8")
    script = widget().source.decode()
    variables = re.findall(r"--[a-z-]+(?=:)", theme[1])
    assert len(variables) == 6
    assert all(f"var({name}" in script for name in variables)


def test_a_page_of_a_source_says_where_in_the_file_its_quote_stands() -> None:
    block = Block(BlockKind.PARAGRAPH, Span(0, 4), locator="slide 7")
    shown = Document("a", "a.pptx", "x", "0" * 64, "One.", (block,), Facts(Fact("T", Provenance.TEXT)))
    said = '<span class="locator">slide 7</span>'
    assert said in pages.document_page(SHELL, shown, asked=Quotation(Span(0, 4)))
    assert said not in pages.document_page(SHELL, shown, asked=Quotation(Span(0, 5)))
    assert said not in pages.document_page(SHELL, shown)


def test_a_fact_that_is_not_said_in_so_many_words_is_likely() -> None:
    title, author = Fact("One", Provenance.TEXT), Fact("Eve <b>", Provenance.FILE_METADATA, None, 'meta name="a"', True)
    shown = Document(
        "a", "a.txt", "text/plain", "0" * 64, "One", (), Facts(title, author, Fact("2024", Provenance.TEXT))
    )
    page = pages.document_page(SHELL, shown)
    assert '<span class="likely" title="meta name=&#34;a&#34;">likely</span> <bdi>Eve &lt;b&gt;</bdi>' in page
    assert page.count("likely</span>") == 1
