"""The words of the frame around every page, and of the first page, in English and Japanese."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says in one language. Braces are filled in."""

    skip: str
    site: str
    documents: str
    embed: str
    api: str
    footer: str
    kept: str  # days
    kept_one: str
    not_kept: str
    heading: str
    holds: str
    count: str  # count
    count_one: str
    period: str  # first, last
    year: str  # year
    newest: str
    all: str  # count
    how: str
    without_script: str
    other: str  # the name of the other language, in that language


ENGLISH = Words(
    skip="Skip to the content",
    site="Pages",
    documents="Documents",
    embed="Embed",
    api="API",
    footer="Answers are sentences of the documents, word for word.",
    kept="Questions are kept for {days} days.",
    kept_one="Questions are kept for one day.",
    not_kept="Questions are not kept.",
    heading="Ask the collection",
    holds="The collection",
    count="{count} documents",
    count_one="One document",
    period=", dated {first} to {last}",
    year=", dated {year}",
    newest="Among them",
    all="All {count} documents",
    how="An answer is made of sentences from these documents, each with a link to its place. "
    "Where they do not say, the answer says so.",
    without_script="The chat needs JavaScript. Without it, ask over HTTP:",
    other="日本語",
)

JAPANESE = Words(
    skip="本文へ移動",
    site="ページ",
    documents="資料",
    embed="埋め込み",
    api="API",
    footer="回答は資料の文をそのまま引用したものです。",
    kept="質問は{days}日間保存されます。",
    kept_one="質問は1日間保存されます。",
    not_kept="質問は保存されません。",
    heading="資料に質問する",
    holds="収録資料",
    count="資料{count}点",
    count_one="資料1点",
    period="（{first}年～{last}年）",
    year="（{year}年）",
    newest="主な資料",
    all="全{count}点の資料を見る",
    how="回答はこれらの資料の文をそのまま引用し、それぞれの箇所へのリンクを付けます。資料に書かれていないことは、その旨をお伝えします。",
    without_script="チャットには JavaScript が必要です。JavaScript なしでは HTTP で質問できます:",
    other="English",
)

LANGUAGES = {"en": ENGLISH, "ja": JAPANESE}


def language(asked: str, accepted: str) -> str:
    """Return the language of a page: the one asked for, else the one that the browser likes best, else English.

    Args:
        asked: What the address says, "" where it says nothing.
        accepted: An Accept-Language header (RFC 9110, 12.5.4), whatever it holds.
    """
    if asked in LANGUAGES:
        return asked
    liked = []
    for entry in accepted[:500].lower().split(","):
        tag, _, weight = entry.partition(";")
        found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight) if weight else None
        name = tag.strip().partition("-")[0]
        if name in LANGUAGES and (found or not weight):
            liked.append((float(found[1]) if found else 1.0, name))
    best = max(liked, key=lambda pair: pair[0], default=(0.0, "en"))  # the first of those that are liked equally
    return best[1] if best[0] else "en"
