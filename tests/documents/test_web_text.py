"""The text of saved pages as people see them: note marks, what is struck out, tables, folded panels, furniture."""

# ruff: noqa: E501  (pages hold long lines)

from __future__ import annotations

import pytest

from alliance_qa.documents import html
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

LEAD = "The port agreement that both governments signed in May gives each navy the right to repair its ships abroad."
END = "Neither side calls the arrangement a basing agreement, and neither needs to, because the work makes the point."


def read(body: str, *, around: str = "article") -> Extract:
    """Return what is read of a page whose main part holds a title, a paragraph, `body` and another paragraph."""
    page = (
        f"<title>Quay Paper</title><body><{around}><h1>Quay Paper</h1><p>{LEAD}</p>{body}<p>{END}</p></{around}></body>"
    )
    return html.read(page.encode())


def texts(body: str, *, around: str = "article") -> list[str]:
    """Return the text of each block that `body` adds."""
    return [block.text for block in read(body, around=around).blocks if block.text not in ("Quay Paper", LEAD, END)]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("It cost $320<sup>4</sup> million in 2015<sup>3</sup>.", "It cost $320 million in 2015."),
        ('In 2015<a href="#fn1">[1]</a>, it sank.', "In 2015, it sank."),
        ('In 2015<a href="#x" role="doc-noteref">1</a> it sank.', "In 2015 it sank."),
        ("It sank.[12] Then 40%[3] rose; see [4].", "It sank. Then 40% rose; see [4]."),
        ('Ships<sup class="reference"><a href="#cite_note-5">[5]</a></sup> and men.', "Ships and men."),
        ("A port <sup>7</sup>.", "A port."),
        ("A pact<sup>1, 2</sup> of peace<sup>3–5</sup>, he said<sup>*</sup>.", "A pact of peace, he said."),
        ("It rose to 1,150³ crowns.", "It rose to 1,150 crowns."),
        ('It rose<span style="vertical-align: super">9</span> again.', "It rose again."),
        ("A fact<sup>[<i>citation needed</i>]</sup> here.", "A fact here."),
        ("Article 5<sup>1</sup> and Article 10<sup>2</sup> bind<sup>3</sup>.", "Article 5 and Article 10 bind."),
    ],
)
def test_marks_of_notes_are_left_out(written: str, seen: str) -> None:
    assert texts(f"<p>{written}</p>") == [seen]


def test_the_text_of_a_note_stays_and_its_marks_are_accounted_for() -> None:
    found = read('<p>A fee of 40<sup>2</sup>.</p><ol><li id="fn2">Own count. <a href="#fnref2">↩</a></li></ol>')
    assert RawBlock("Own count.", BlockKind.ITEM) in found.blocks
    assert found.left_out == (LeftOut(Omission.NOTE_MARK, "2"), LeftOut(Omission.NOTE_MARK, "↩"))


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("10<sup>6</sup> shells on 5 m<sup>2</sup>, 3 km<sup>2</sup>", "10⁶ shells on 5 m², 3 km²"),
        ("the 5<sup>th</sup>, CO<sub>2</sub>, 10<sup>−3</sup>", "the 5th, CO2, 10⁻³"),
        ("E = mc<sup>2</sup>, x<sup>2</sup>, <sup>235</sup>U, C<sup>4</sup>ISR", "E = mc², x², ²³⁵U, C4ISR"),
        ("5<sup>1</sup>/<sub>2</sub> tons at 20<sup>o</sup>C", "5 1/2 tons at 20°C"),
        ("base 10<sub>2</sub>", "base 10₂"),
        ("<code>berths[1]</code>", "berths[1]"),
    ],
)
def test_exponents_ordinals_and_formulas_are_text(written: str, seen: str) -> None:
    assert texts(f"<p>{written}</p>") == [seen]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (
            "signed on <time>19 May</time> in <label>Orvik</label> by <output>two</output>",
            "signed on 19 May in Orvik by two",
        ),
        ("what he called <q>long <q>talks</q></q> there", "what he called “long ‘talks’” there"),
        ("日米<ruby>同盟<rp>(</rp><rt>どうめい</rt><rp>)</rp></ruby>は", "日米同盟は"),
        ("<math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>", "E = mc²"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>", "(a + b)/2"),
        ("<math><msqrt><mn>2</mn></msqrt><mo>≤</mo><msub><mi>x</mi><mi>i</mi></msub></math>", "√2 ≤ x_i"),
        ("a fee of <del>650</del> <ins>655</ins>, tax <s>12</s>.", "a fee of 655, tax."),
        ('now <span style="text-decoration: line-through">old</span> new', "now new"),
    ],
)
def test_a_sentence_is_whole_and_says_what_is_seen(written: str, seen: str) -> None:
    assert texts(f"<p>{written}</p>") == [seen]


def test_struck_out_and_hidden_text_is_accounted_for() -> None:
    found = read("<p>Fee <del>650</del> 655.</p><p hidden>Old fee.</p><template>Card</template>")
    assert found.left_out == (
        LeftOut(Omission.STRUCK_OUT, "650"),
        LeftOut(Omission.HIDDEN, "Old fee."),
        LeftOut(Omission.HIDDEN, "Card"),
    )


def test_comments_of_reviewers_are_left_out() -> None:
    found = read(
        '<p>Base<sup><a href="#cmnt1" id="cmnt_ref1">[a]</a></sup> text.</p>'
        '<div><p><a href="#cmnt_ref1" id="cmnt1">[a]</a><span>Check this.</span></p></div>'
    )
    assert "Base text." in [block.text for block in found.blocks]
    assert found.left_out == (LeftOut(Omission.COMMENT, "[a]"), LeftOut(Omission.COMMENT, "[a] Check this."))


@pytest.mark.parametrize(
    "name",
    "navy social-security shared-burden attachment author sidebar meta caption footer-note banner tags comments "
    "related-party newsletter promo cookies toc".split(),
)
def test_prose_stays_whatever_its_class(name: str) -> None:
    assert texts(f'<div class="{name}"><p>The clause obliges the yard to hold two docks free in summer.</p></div>') == [
        "The clause obliges the yard to hold two docks free in summer."
    ]


@pytest.mark.parametrize("around", ["div", "section", "article", "main"])
def test_headings_and_lists_stay_without_an_article(around: str) -> None:
    body = "<h2>Aims</h2><ul><li>Two docks.</li><li>One crane.</li></ul><details><summary>More</summary>Bare text.</details>"
    assert texts(body, around=around) == ["Aims", "Two docks.", "One crane.", "More", "Bare text."]


PANEL = "<p>The chair passes each January from one navy to the other.</p>"


@pytest.mark.parametrize(
    "folded",
    [
        f'<button aria-controls="x">Who chairs?</button><div id="x" style="display:none">{PANEL}</div>',
        f'<h3>Who chairs?</h3><div class="accordion-body" aria-hidden="true" style="display: none">{PANEL}</div>',
        f'<a href="#x">Who chairs?</a><div id="x" hidden>{PANEL}</div>',
        f'<h3><button>Who chairs?</button></h3><section style="visibility: hidden">{PANEL}</section>',
        f'<style>.p{{display:none}}</style><p onclick="f()">Who chairs?</p><div class="p">{PANEL}</div>',
    ],
)
def test_a_panel_that_a_click_unfolds_is_text(folded: str) -> None:
    assert texts(folded) == ["Who chairs?", "The chair passes each January from one navy to the other."]


@pytest.mark.parametrize(
    "hidden",
    [
        f'<div style="display:none">{PANEL}</div>',
        f"<style>.gone{{display: none}}</style><div class=gone>{PANEL}</div>",
        f'<button data-target="#m">Join</button><div class="modal" id="m" hidden>{PANEL}</div>',
        f"<noscript>{PANEL}</noscript>",
    ],
)
def test_what_is_hidden_for_good_is_no_text(hidden: str) -> None:
    assert [text for text in texts(hidden) if text != "Join"] == []


def test_a_merged_cell_stands_in_each_row_and_column_it_covers() -> None:
    rows = read(
        "<table><thead><tr><th>Port</th><th colspan=2>Fee</th></tr></thead><tr><td rowspan=2>Orvik</td><td>2023</td>"
        "<td>1</td></tr><tr><td>2024</td><td>2</td></tr><tr><td>Skagby</td><td>2024</td><td>3</td></tr></table>"
    ).blocks[2:6]
    assert rows == (
        RawBlock("Port | Fee | Fee", BlockKind.ROW, 1),
        RawBlock("Orvik | 2023 | 1", BlockKind.ROW),
        RawBlock("Orvik | 2024 | 2", BlockKind.ROW),
        RawBlock("Skagby | 2024 | 3", BlockKind.ROW),
    )


@pytest.mark.parametrize(
    "table",
    [
        "<table><tr><td><h2>Aims</h2>(a) Two docks.<br>(b) One crane.</td></tr></table>",
        '<table role="presentation"><tr><td><h2>Aims</h2></td><td>(a) Two docks.<br>(b) One crane.</td></tr></table>',
        "<table><tr><td><h2>Aims</h2><table><tr><td>(a) Two docks.</td></tr></table></td><td>(b) One crane.</td></tr></table>",
    ],
)
def test_a_layout_table_is_no_table(table: str) -> None:
    found = read(table).blocks[2:5]
    assert found == (RawBlock("Aims", BlockKind.HEADING, 2), RawBlock("(a) Two docks."), RawBlock("(b) One crane."))


def test_a_caption_by_its_class_needs_a_picture() -> None:
    found = read(
        '<div><img src="a"><p class="wp-caption-text">Two ships.</p></div><p class="caption">Words.</p>'
    ).blocks
    assert found[2:4] == (RawBlock("Two ships.", BlockKind.CAPTION), RawBlock("Words."))


def test_what_a_site_shows_around_its_text_is_left_out_and_named() -> None:
    page = f"""<title>Quay Paper - Site</title><nav><a href="/">Home</a></nav><div><h1>Quay Paper</h1><p>By Ida Holm</p></div>
    <div><p>{LEAD}</p><p>{END}</p><h2>Notes</h2><p>Own count.</p>
    <ul><li><a href="/a">Another paper</a></li></ul><div class="comments"><form>Say it</form><p>{LEAD} I doubt it.</p></div></div>
    <footer>Imprint</footer>"""
    found = html.read(page.encode())
    assert [block.text for block in found.blocks] == ["Quay Paper", "By Ida Holm", LEAD, END, "Notes", "Own count."]
    furniture = ["Home", "Another paper", "Say it", f"{LEAD} I doubt it.", "Imprint"]
    assert found.left_out == tuple(LeftOut(Omission.FURNITURE, text) for text in furniture)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "cp1252"),
        ("klingon", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("utf-16", "cp1252"),
        ("x-sjis", "utf-8"),
    ],
)
def test_wrongly_declared_encodings_are_read(declared: str, written: str) -> None:
    page = f'<meta charset="{declared}"><p>Größe und “Maß” der Häfen</p>'.encode(written)
    assert [block.text for block in html.read(page).blocks] == ["Größe und “Maß” der Häfen"]


def test_japanese_that_declares_another_encoding_is_found_out() -> None:
    line = "港の協定について、両国の政府は五月に署名した。"
    assert [b.text for b in html.read(f"<meta charset=utf-8><p>{line}</p>".encode("cp932")).blocks] == [line]


def test_one_broken_character_costs_itself_only() -> None:
    page = "<meta charset=utf-8><p>Größe ä ö ü é è à ç œ ñ ß û".encode() + b"\xff</p>"
    assert [block.text for block in html.read(page).blocks] == ["Größe ä ö ü é è à ç œ ñ ß û\ufffd"]


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^is no text in any encoding; save the page as UTF-8$"):
        html.read(b"<p>" + bytes(range(1, 9)) * 9)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        (
            '<p>It cost 12<label class="sidenote-number"></label><span class="sidenote">Budget of 1911.</span> million.</p>',
            ["It cost 12 million.", "Budget of 1911."],
        ),
        (
            '<p>The fee is 940<a role="doc-noteref" href="#n1">1</a> crowns.</p><aside role="doc-footnote" id="n1">Decree.</aside>',
            ["The fee is 940 crowns.", "Decree."],
        ),
        (
            "<pre>The board met in Orvik and agreed that the two navies share the\nburden of the berths, as the ac-\ncord says.\n\nThe end of it.</pre>",
            [
                "The board met in Orvik and agreed that the two navies share the burden of the berths, as the accord says.",
                "The end of it.",
            ],
        ),
        (
            '<h2>Fees<span class="mw-editsection">[<a href="/e">edit</a>]</span></h2><p>They are due.</p>',
            ["Fees", "They are due."],
        ),
    ],
    ids=["note in the margin", "note in an aside", "lines broken by hand", "button of a wiki"],
)
def test_notes_and_broken_lines_are_read_as_they_are_meant(written: str, seen: list[str]) -> None:
    assert texts(written) == seen


def test_a_short_paragraph_beside_a_long_one_stays() -> None:
    page = f"<title>Quay Paper</title><body><p>The fee is 655 crowns.</p><p>{LEAD}</p><div><p>Decree of May.</p></div></body>"
    assert [block.text for block in html.read(page.encode()).blocks] == [
        "The fee is 655 crowns.",
        LEAD,
        "Decree of May.",
    ]


def test_a_cell_with_many_broken_lines_is_a_part_of_the_page() -> None:
    cell = f"<b>Speech</b><br>5 May 1998<br><br>{LEAD}<br><br>{END}"
    table = f"<table><tr><td><a href='/'>Home</a></td><td>{cell}</td></tr></table>"
    blocks = html.read(f"<title>Speech</title>{table}".encode()).blocks
    assert [block.text for block in blocks if block.kind is BlockKind.PARAGRAPH][-2:] == [LEAD, END]


@pytest.mark.parametrize(
    "declared", ["-webkit-backface-visibility: hidden", "overflow: hidden", "display: -webkit-flex"]
)
def test_only_what_hides_an_element_hides_it(declared: str) -> None:
    said = "The quay was dredged in spring, and both boards paid for it."
    page = f"<style>.deck {{ display: none; {declared} }} .text {{ {declared} }}</style>"
    shown = texts(f'{page}<div class="text"><p>{said}</p></div>')
    assert shown == [said]


def test_a_value_with_a_prefix_shows_what_was_hidden_before() -> None:
    said = "The quay was dredged in spring, and both boards paid for it."
    style = "<style>.text { display: none; display: -webkit-flex }</style>"
    assert texts(f'{style}<div class="text"><p>{said}</p></div>') == [said]


def test_who_is_introduced_under_a_linked_name_is_no_teaser() -> None:
    note = "Jana Roe is the author of a history of the northern quays."
    box = "<section><h4><a href='/{0}'>{1}</a></h4><p>{2}</p></section>"
    assert texts(box.format("jana-roe", "Jana Roe", note)) == ["Jana Roe", note]
    assert texts(box.format("fees", "Fees Rise in the North", note)) == []


def test_prose_alone_beside_the_article_belongs_to_it() -> None:
    caption = "Both fleets lie at the northern quay on the day of the visit."
    note = "Jana Roe covers the quays and has written of both fleets for the paper."
    page = (
        "<title>Quay Paper</title><body><nav><a href='/'>All of the news of today and of yesterday</a></nav>{0}</body>"
    )
    article = f"<h1>Quay Paper</h1><article>{f'<p>{LEAD}</p>' * 3}<p>{END}</p></article>"
    beside = f"<div><p>{caption}</p>{article}<p>{note}</p></div>"
    said = [block.text for block in html.read(page.format(beside).encode()).blocks]
    assert (said[0], said[-1]) == (caption, note)
    with_links = f"<div>{article}<p>{note}</p>{'<p><a href=/x>Fees rise in the north</a></p>' * 9}</div>"
    assert note not in [block.text for block in html.read(page.format(with_links).encode()).blocks]
