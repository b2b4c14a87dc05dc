"""What the pages say besides the words of their frame, in Japanese; the English is the key."""

from __future__ import annotations

import re

JAPANESE = {
    # The list of documents
    "Documents": "資料",
    "Title, author or file": "題名・著者・ファイル名",
    "Filter": "絞り込む",
    "Show all": "すべて表示",
    "No document fits this filter.": "条件に合う資料はありません。",
    "The collection holds no documents.": "資料はまだありません。",
    "{first} to {last} of {found} documents": "{found}点中 {first}～{last}点目",
    "{found} documents": "資料{found}点",
    "1 document": "資料1点",
    "Sort by": "並べ替え",
    "title": "題名",
    "author": "著者",
    "date": "日付",
    "Pages of the list": "一覧のページ",
    "Previous": "前へ",
    "Next": "次へ",
    "Page {page} of {pages}": "{pages}ページ中 {page}ページ",
    "German": "ドイツ語",
    "English": "英語",
    "French": "フランス語",
    "Japanese": "日本語",
    "Korean": "韓国語",
    "Chinese": "中国語",
    # A source
    "Contents": "目次",
    "All documents": "すべての資料",
    "Original": "原本",
    "Read the text of now": "現在の本文を読む",
    "likely": "おそらく",
    "Citations of the answer": "回答の出典",
    "Citation {number} of {total}": "出典 {number}／{total}",
    "Table {number}": "表{number}",
    "The index has changed since this was quoted; the quote is not marked.": (
        "引用された時点から索引が更新されたため、引用箇所は示せません。"
    ),
    "This address names no place in this text, so nothing is marked.": (
        "このアドレスが指す箇所は本文にないため、引用箇所は示せません。"
    ),
    "This is the text as it was when it was quoted. The collection has changed since.": (
        "引用された時点の本文です。資料はその後更新されています。"
    ),
    # The printed page
    "Page {page} as printed": "{page}ページ（印刷面）",
    "Pages {first} to {last} as printed": "{first}～{last}ページ（印刷面）",
    "Page {page} as printed. Lit is: “{quote}”": "{page}ページの印刷面。示している箇所：「{quote}」",
    "Zoom": "倍率",
    "Zoom in": "拡大",
    "Zoom out": "縮小",
    "The quote": "引用箇所",
    "In the text": "本文",
    "As printed": "印刷面",
    "The printed page is not shown.": "印刷面は表示できません。",
    "Its picture does not come.": "画像を読み込めません。",
    "The file is no longer the one that was indexed.": "ファイルは索引にしたものから変わっています。",
    "The page of the file cannot be drawn.": "このファイルのページは描画できません。",
    "Only PDF files have pages.": "ページがあるのはPDFファイルだけです。",
    "The places on its pages are not known; an index made anew may know them.": (
        "ページ上の位置が分かりません。索引を作り直すと分かることがあります。"
    ),
    "Where on its pages the quote stands, if it does, is not known.": "引用がどのページのどこにあるかは分かりません。",
    "Other pages are being drawn; try again in a moment.": (
        "ほかのページを描画中です。少し待ってからもう一度お試しください。"
    ),
    "Too many pages are drawn for this address; the next is taken in {seconds} s.": (
        "このアドレスからのページの描画が多すぎます。次は{seconds}秒後に受け付けます。"
    ),
    # Pages in place of others
    "No such document": "資料がありません",
    "The collection holds no document at this address. It may have been removed or renamed.": (
        "このアドレスに資料はありません。削除されたか、名前が変わった可能性があります。"
    ),
    "Closed": "閉鎖中",
    "The keeper's page is closed": "管理者のページは閉じています",
    "To open it, set {setting} to a secret of at least 16 characters and start the service again.": (
        "開くには、{setting} に16文字以上の秘密の文字列を設定し、サービスを再起動してください。"
    ),
    "There is no such page": "ページがありません",
    "Nothing is at this address. It may be mistyped.": "このアドレスには何もありません。入力を確かめてください。",
    "Not available at the moment": "現在ご利用いただけません",
    "The collection cannot be read now. Try again in a little while.": (
        "現在、資料を読み出せません。しばらくしてからもう一度お試しください。"
    ),
    "Something went wrong": "問題が発生しました",
    "The service failed to make this page. It has been noted for its keeper.": (
        "このページを表示できませんでした。管理者向けに記録されています。"
    ),
    "This cannot be shown": "表示できません",
    "The service did not accept this request.": "この要求は受け付けられませんでした。",
    "Try again": "もう一度試す",
    "To the first page": "最初のページへ",
    # The page with the chat in it
    "A page with the chat in it": "チャットを埋め込んだページ",
    "An example page. The Harbour Papers are made up; the chat in the corner is real.": (
        "見本のページです。The Harbour Papers は架空のものですが、隅のチャットは本物です。"
    ),
    "How to embed it": "埋め込み方",
    "Embed the chat": "チャットを埋め込む",
    "Copy": "コピー",
    "Copied": "コピーしました",
    "Selected": "選択しました",
    "Two lines put it into any page. Without {floating} it fills the place where the element stands.": (
        "2行でどのページにも入ります。{floating} を付けないと、要素のある場所いっぱいに表示されます。"
    ),
    "Always the newest version": "常に最新版",
    "Exactly this version, checked by the browser": "この版に固定（ブラウザーが検証）",
    "Colours and type": "色と書体",
    "The element takes its look from CSS variables of your page.": "見た目はページの CSS 変数で決まります。",
    "In your style sheet": "スタイルシートに",
    "If your page has a content security policy": "ページにコンテンツセキュリティポリシーがある場合",
    "Add these sources to your header": "ヘッダーに次の取得元を加えてください",
    "If your page is on another site": "ページが別のサイトにある場合",
    "The service answers only pages that it knows. Ask its keeper to add the origin of your page:": (
        "サービスは登録されたページにだけ応答します。ページのオリジンを加えるよう、管理者に依頼してください。"
    ),
    "Setting of the service": "サービスの設定",
}

# Where in a file a quote begins, as citations tell it; the chat has the same in widget/words.js.
_PLACES = (
    (re.compile(r"page (\d+)"), r"\1ページ"),
    (re.compile(r"page (\d+), read by OCR, confidence ([\d.]+)"), r"\1ページ（OCRによる読み取り、信頼度 \2）"),
    (re.compile(r"slide (\d+)"), r"スライド\1"),
    (re.compile(r"slide (\d+), notes"), r"スライド\1のノート"),
    (re.compile(r"row (\d+)"), r"\1行目"),
    (re.compile(r"sheet (.+), row (\d+) \(([A-Z\d:]+)\)"), r"シート「\1」\2行目（\3）"),
    (re.compile(r"sheet (.+)"), r"シート「\1」"),
    (re.compile(r"time ([\d:]+)"), r"時刻 \1"),
    (re.compile(r"time ([\d:]+), (.+)"), r"時刻 \1、\2"),
    (re.compile(r'chapter "(.+)"'), r"「\1」の章"),
)


def place(locator: str, lang: str) -> str:
    """Return where in a file a quote begins in the language of a page; what is not known here as it is."""
    found = ((pattern.fullmatch(locator), said) for pattern, said in _PLACES if lang == "ja")
    return next((known.expand(said) for known, said in found if known), locator)


def place_patterns() -> list[tuple[str, str]]:
    """Return the same for a script: patterns of all of a place in English, and what takes its place."""
    return [(pattern.pattern, re.sub(r"\\(\d)", r"$\1", said)) for pattern, said in _PLACES]
