"""The keeper's page in Japanese, in all its states, and in the language that a keeper chooses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alliance_qa.building.rebuild import rebuild
from alliance_qa.web.pages import phrases
from browser import axe
from browser.chromium import Watch
from browser.conftest import Contexts, held, origin_of
from browser.test_admin import Admin, fill
from browser.test_uploads import file, item
from edges import collection
from edges.embedder import WordEmbedder
from edges.server import TOKEN, Running, settings_of

# What somebody reads and is in no Japanese: words in Latin letters outside of what is marked as English, of what comes
# from documents and visitors, and of names.
_LEFT = r"""() => {
  const others = "[lang=en], bdi, code, script, noscript, .cards h3, .sent a, blockquote, #files th, #facts dd";
  const named = [...document.querySelectorAll("#files tbody th, .cards h3, .cards bdi")].map(each => each.textContent);
  const names = /Alliance QA|MiB|UTC|CSV|API|alliance-qa evaluate|talks|text\/plain|「[^」]*」|\S*\.[a-z]+/g;
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) {
      if (!node.parentElement.closest(others)) said.push(node.textContent);
    } else {
      for (const name of ["aria-label", "placeholder", "title"]) said.push(node.getAttribute(name) ?? "");
    }
  }
  const plain = text => named.reduce((rest, name) => rest.replaceAll(name, ""), text).replace(names, "");
  return said.filter(text => /[A-Za-z]{3}/.test(plain(text)));
}"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, hold: Path) -> Iterator[Running]:
    """A service without a model whose visitors asked some questions."""
    home = tmp_path_factory.mktemp("languages")
    collection.write_small(home / "documents")
    rebuild(settings_of(home), WordEmbedder())
    fill(home / "questions.sqlite")
    with held(home, hold, query_log=home / "questions.sqlite", messages=home / "messages.sqlite") as found:
        yield found


@pytest.fixture(scope="module")
def service(running: Running) -> str:
    return origin_of(running)


def look(page: Page, width: int) -> None:
    """See that what is shown is in Japanese, fits and keeps nobody out."""
    assert page.evaluate(_LEFT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.violations(page) == []


def sign_in(page: Page, token: str = TOKEN) -> None:
    page.get_by_label("管理トークン").fill(token)
    page.get_by_role("button", name="ログイン").click()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1000, "light")])
def test_every_state_is_in_japanese(
    width: int, scheme: Any, contexts: Contexts, service: str, hold: Path, watch: Watch
) -> None:
    watch.expect("status of 401")
    watch.expect("status of 422")
    watch.expect("status of 503")
    page = contexts(
        locale="ja-JP", viewport={"width": width, "height": 700}, color_scheme=scheme, reduced_motion="reduce"
    ).new_page()
    page.goto(f"{service}/admin")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    look(page, width)
    sign_in(page, "a-wrong-token")
    expect(page.get_by_role("alert").filter(has_text="このサービスの管理トークンではありません。")).to_be_visible()
    look(page, width)

    sign_in(page)
    expect(page.locator("#files-count")).to_contain_text("索引済み")
    row = page.locator("#files tbody tr").filter(has_text="broken.txt")
    expect(row).to_contain_text("失敗：文字コードの誤り（byte 3 is not valid UTF-8")
    expect(row.locator("[lang=en]")).to_contain_text("byte 3 is not valid UTF-8")
    expect(page.locator("#gap-list .trend").first).to_have_text(re.compile("増加：期間の前半0件、後半20件"))
    expect(page.locator("#tiles")).to_contain_text("直近30日間")
    expect(page.locator("#facts")).to_contain_text(re.compile(r"構築日時\d{4}/\d\d/\d\d \d{1,2}:\d\d UTC"))
    expect(page.locator(".plot text").filter(has_text=re.compile(r"^\d+/\d+$")).first).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()
    look(page, width)

    hold.touch()
    page.get_by_label("新規ファイル").set_input_files([file(f"bees-{width}.txt"), file("torn.txt", b"caf\xe9")])
    page.get_by_role("button", name="アップロード").click()
    torn = item(page, "torn.txt")
    expect(torn).to_contain_text("受け付けられませんでした：torn.txt: byte 3 is not valid UTF-8", timeout=120_000)
    added = (
        "追加しました。読み取り結果：「Bees of <b>Karuizawa</b>」、76文字、パッセージ1件。索引への反映を待っています。"
    )
    expect(item(page, f"bees-{width}.txt")).to_contain_text(added)
    expect(page.get_by_role("progressbar", name=re.compile("開始して|読み取って|計算して"))).to_be_visible()
    look(page, width)
    hold.unlink()
    expect(item(page, f"bees-{width}.txt")).to_contain_text("索引に反映しました（パッセージ1件）。", timeout=120_000)
    expect(page.locator("#outcome")).to_have_text(re.compile(r"完了しました。世代 \d{6} を使用しています。"))

    page.get_by_role("checkbox", name="以前の世代をすべて削除する").check()
    page.get_by_role("button", name="再構築", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("以前の世代をすべて削除しますか。")
    look(page, width)
    page.get_by_role("button", name="キャンセル").click()
    page.get_by_role("button", name=f"bees-{width}.txt を削除").click()
    expect(page.get_by_role("dialog")).to_contain_text("再構築後は回答に使われません。")
    look(page, width)
    page.get_by_role("button", name="キャンセル").click()

    page.get_by_role("link", name="gardens.txt の読み取り内容を見る").click()
    expect(page.locator("#read-facts")).to_contain_text(re.compile("題名.*本文1行目"), timeout=120_000)
    expect(page.locator("#read-blocks")).to_contain_text("段落")
    look(page, width)
    page.get_by_role("link", name="収録資料に戻る").click()

    page.route("**/v1/questions?*", lambda route: route.fulfill(status=503, body=json.dumps({"detail": "it rests"})))
    page.get_by_label("期間").select_option("7日間")
    said = "サービスがエラーを返しました（503）：it rests。"
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    look(page, width)
    page.get_by_role("button", name="ログアウト").click()


def test_a_keeper_chooses_the_language_and_keeps_it(page: Page, service: str) -> None:
    page.goto(f"{service}/admin")
    page.get_by_role("link", name="日本語").click()
    sign_in(page)
    expect(page.locator("#gap-list li").first).to_be_visible()
    links = page.locator("#files th a, #gap-list .facts a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) > 2
    assert [link for link in links if "lang=ja" not in link.partition("#")[0]] == []
    page.get_by_role("link", name="English").click()
    Admin(page).sign_in()
    expect(page.locator("#files-count")).to_contain_text("indexed")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_places_are_told_as_on_the_other_pages(page: Page, service: str) -> None:
    told = [
        "page 3", "page 3, read by OCR, confidence 0.93", "slide 7", "slide 7, notes", "row 12",
        "time 00:01:12, Ann Lee", "sheet Fees, row 1, row 12 (A12:D12)", "sheet Fees", 'chapter "page 3"',
        "time 00:01:12",
    ]  # fmt: skip
    asked = """async told => {
      const { place } = await import("/static/phrases.js");
      return told.map(each => place(each));
    }"""
    page.goto(f"{service}/admin?lang=ja")
    assert page.evaluate(asked, told) == [phrases.place(each, "ja") for each in told]
    unknown = "import('/static/phrases.js').then(({ place }) => place('the page 3').outerHTML)"
    assert page.evaluate(unknown) == '<span lang="en">the page 3</span>'
