"""The pages speak the language that a reader chose or the browser prefers, all of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_qa.documents import printing
from alliance_qa.service.printed import BUSY, ELSEWHERE, NO_PAGES, NO_PLACES
from alliance_qa.web import pages
from alliance_qa.web.pages import Shell, phrases, quotation, shelf
from alliance_qa.web.pages.printed import LIMITED, NOT_SHOWN
from alliance_qa.web.pages.words import language

FOLDER = Path(pages.__file__).parent
KEEPERS = "admin.html"  # tests/web/test_keeper.py looks at its phrases


def said() -> Iterator[str]:
    """Yield every phrase that a template for visitors asks for by name."""
    for template in FOLDER.glob("*.html"):
        if template.name != KEEPERS:
            yield from re.findall(r'shell\.t\("([^"]*)"\)', template.read_text("utf-8"))


def test_every_phrase_of_the_templates_has_its_japanese() -> None:
    found = set(said())
    assert len(found) > 40
    assert found - set(phrases.JAPANESE) == set()
    passed = {quotation.CHANGED, quotation.NOWHERE, quotation.EARLIER, *map(str, shelf.Order)}
    passed |= {*pages._TONGUES.values(), *(text for pair in pages._FAULTS.values() for text in pair)}
    passed |= {NOT_SHOWN, NO_PAGES, NO_PLACES, ELSEWHERE, BUSY, LIMITED, printing.CHANGED, printing.NOT_DRAWN}
    assert set(phrases.JAPANESE) == found | passed


def test_no_template_has_words_of_its_own() -> None:
    for template in FOLDER.glob("*.html"):
        text = re.sub(r"\{% block look %\}.*?\{% endblock %\}|<code>\w+</code>", "", template.read_text("utf-8"))
        text = re.sub(r"\{[{%#].*?[}%#]\}", "", text, flags=re.DOTALL)
        text = re.sub(r'<div class="host" lang="en">.*?</div>\s*</div>', "", text, flags=re.DOTALL)  # an essay
        text = re.sub(r"<pre>.*?</pre>|<[^>]*>", " ", text, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{3,}", text.replace("Alliance QA", "")) == [], template.name


@pytest.mark.parametrize(
    ("asked", "accepted", "wanted"),
    [
        ("", "", "en"), ("", "ja", "ja"), ("", "ja-JP,ja;q=0.9,en;q=0.8", "ja"), ("", "en-US,en;q=0.9,ja;q=0.8", "en"),
        ("", "fr,de;q=0.9", "en"), ("", "fr,ja;q=0.5", "ja"), ("", "JA", "ja"), ("", "en;q=0.1, ja;q=0.2", "ja"),
        ("", "ja;q=0", "en"), ("", "ja;q=x", "en"), ("", ";;,,;q=1", "en"), ("", "*", "en"), ("", "ja;q=2", "en"),
        ("en", "ja", "en"), ("ja", "en", "ja"), ("fr", "ja", "ja"), ("", "x," * 400 + "ja", "en"),
    ],
)  # fmt: skip
def test_a_page_is_in_the_language_asked_for_or_preferred(asked: str, accepted: str, wanted: str) -> None:
    assert language(asked, accepted) == wanted


def test_a_language_that_was_chosen_stays_in_every_link() -> None:
    chosen = Shell(None, lang="ja", chosen=True)
    assert chosen.link("/documents/a?start=1&end=2#quote") == "/documents/a?start=1&end=2&lang=ja#quote"
    assert chosen.home == "/?lang=ja"
    assert Shell(None, lang="ja").link("/documents") == "/documents"
    held = [shelf.Entry(f"{at:03}", "a", "A", "", "", "", "") for at in range(201)]
    page = pages.documents_page(chosen, shelf.leaf(held))
    own = re.findall(r'href="(/[^"]*)"', page)
    assert [link for link in own if "lang=ja" not in link and not link.startswith("/static/")] == []
    assert '<input type="hidden" name="lang" value="ja">' in page


def test_what_is_no_phrase_of_ours_stays_as_it_is() -> None:
    assert Shell(None, lang="ja").t("<b>") == "<b>"  # and is escaped by the template


@pytest.mark.parametrize(
    ("status", "title", "again"),
    [
        (500, "問題が発生しました", True), (503, "現在ご利用いただけません", True),
        (404, "ページがありません", False), (418, "表示できません", False),
    ],
)  # fmt: skip
def test_a_fault_has_a_page(status: int, title: str, again: bool) -> None:
    page = pages.fault_page(Shell(None, "//evil.example/x", lang="ja"), status)
    assert f"<h1>{title}</h1>" in page
    assert ('<a href="/evil.example/x">もう一度試す</a>' in page) == again


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("page 3", "3ページ"),
        ("page 3, read by OCR, confidence 0.93", "3ページ（OCRによる読み取り、信頼度 0.93）"),
        ("slide 7, notes", "スライド7のノート"),
        ("row 12", "12行目"),
        ("sheet Fees, row 1, row 12 (A12:D12)", "シート「Fees, row 1」12行目（A12:D12）"),
        ("sheet Fees", "シート「Fees」"),
        ("time 00:01:12, Ann Lee", "時刻 00:01:12、Ann Lee"),
        ('chapter "page 3"', "「page 3」の章"),
        ("the page 3", "the page 3"),
        ("", ""),
    ],
)
def test_a_place_in_a_file_is_told_in_japanese_where_its_kind_is_known(told: str, shown: str) -> None:
    assert (phrases.place(told, "ja"), phrases.place(told, "en")) == (shown, told)
