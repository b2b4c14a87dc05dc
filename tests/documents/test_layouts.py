"""Whole pages as people save them, each invented for this test, and what must come of them."""

# ruff: noqa: E501  (people save long lines)

from __future__ import annotations

from alliance_qa import documents
from alliance_qa.domain import Document, Fact

THINK_TANK = """\
Harbours of Trust

commentary

May 8, 2023

Two patrol ships leave a harbour at dawn, May 2, 2023, photo by A. Maker/Reuters

Two patrol ships leave a harbour at dawn, May 2, 2023

Photo by A. Maker/Reuters

This essay first appeared in The Harbour Review on May 6, 2023.

The repair pact lets each navy use the yards of the other. Repair sounds dull, yet it decides how long a fleet stays at sea.

Repair sounds dull, yet it decides how long a fleet stays at sea.

Share on Twitter

Nobody calls the yards a base, and nobody needs to.

Mina S. Sorel is a senior fellow at the Institute for Invented Questions.
More About This Commentary

The Institute publishes what its fellows think, and they often disagree.
"""


def test_a_think_tank_page_keeps_its_text_once() -> None:
    assert _lines(_read(THINK_TANK)) == [
        "heading: Harbours of Trust",
        "metadata: commentary",
        "metadata: May 8, 2023",
        "caption: Two patrol ships leave a harbour at dawn, May 2, 2023",
        "caption: Photo by A. Maker/Reuters",
        "paragraph: This essay first appeared in The Harbour Review on May 6, 2023.",
        "paragraph: The repair pact lets each navy use the yards of the other. "
        "Repair sounds dull, yet it decides how long a fleet stays at sea.",
        "paragraph: Nobody calls the yards a base, and nobody needs to.",
        "paragraph: Mina S. Sorel is a senior fellow at the Institute for Invented Questions.",
        "footer: More About This Commentary",
        "footer: The Institute publishes what its fellows think, and they often disagree.",
    ]


def test_a_think_tank_page_states_its_facts() -> None:
    assert _facts(_read(THINK_TANK)) == {
        "title": ("Harbours of Trust", "Harbours of Trust"),
        "author": (
            "Mina S. Sorel",
            "Mina S. Sorel is a senior fellow at the Institute for Invented Questions.",
        ),
        "published": ("2023-05-08", "May 8, 2023"),
        "publisher": (
            "The Harbour Review",
            "This essay first appeared in The Harbour Review on May 6, 2023.",
        ),
    }


NEWSPAPER = """\
Ministers Sign Repair Pact After Long Night

By Lena Marsh and Otto Vale

TOKYO, March 3, 2021

The two ministers signed the pact on Wednesday after a night of talks
that nearly failed, and both called it a beginning. Two of the U.S.-
Japan working groups had drafted the last page by hand.

The ministers at the table. (Photo by J. Smith/AP)

"We wanted it in writing," said one of them. A photo by the door showed
the first treaty.

Print | Email
Tweet

Terms agreed so far:
- yards open to both fleets
- one price list
1. The first review is due in a year.

(c) 2021 The Example Times. All rights reserved.
"""


def test_a_newspaper_page_is_joined_where_its_lines_were_broken() -> None:
    assert _lines(_read(NEWSPAPER)) == [
        "heading: Ministers Sign Repair Pact After Long Night",
        "metadata: By Lena Marsh and Otto Vale",
        "metadata: TOKYO, March 3, 2021",
        "paragraph: The two ministers signed the pact on Wednesday after a night of talks that nearly "
        "failed, and both called it a beginning. Two of the U.S.-Japan working groups had drafted the last "
        "page by hand.",
        "caption: The ministers at the table. (Photo by J. Smith/AP)",
        'paragraph: "We wanted it in writing," said one of them. A photo by the door showed the first treaty.',
        "paragraph: Terms agreed so far:",
        "item: yards open to both fleets",
        "item: one price list",
        "item: 1. The first review is due in a year.",
        "footer: (c) 2021 The Example Times. All rights reserved.",
    ]


def test_a_newspaper_page_states_its_facts() -> None:
    assert _facts(_read(NEWSPAPER)) == {
        "title": ("Ministers Sign Repair Pact After Long Night",) * 2,
        "author": ("Lena Marsh, Otto Vale", "By Lena Marsh and Otto Vale"),
        "published": ("2021-03-03", "TOKYO, March 3, 2021"),
    }


SPEECH = """\
Speech

An Alliance Made of Ordinary Days

14 September 2018

Thank you very much for the kind words.

We meet in a hall that was a shipyard. Thank you. I mean it.

Q: Will the yards be shared?

Yes.

Q: Will they be paid for?

Yes.
"""


def test_a_speech_keeps_every_answer_and_its_own_title() -> None:
    document = _read(SPEECH)
    assert _lines(document) == [
        "metadata: Speech",
        "heading: An Alliance Made of Ordinary Days",
        "metadata: 14 September 2018",
        "paragraph: Thank you very much for the kind words.",
        "paragraph: We meet in a hall that was a shipyard. Thank you. I mean it.",
        "heading: Q: Will the yards be shared?",
        "paragraph: Yes.",
        "heading: Q: Will they be paid for?",
        "paragraph: Yes.",
    ]
    assert _facts(document) == {
        "title": ("An Alliance Made of Ordinary Days",) * 2,
        "published": ("2018-09-14", "14 September 2018"),
    }


PRESS_RELEASE = """\
FOR IMMEDIATE RELEASE

MINISTRY ANNOUNCES JOINT YARD

Washington, DC - Tuesday, April 16, 2024

BACKGROUND
The yard was first proposed in 2011, when both governments counted the days that ships spent in transit.

NEXT STEPS
Work begins in the spring. The Ministry is a member of the yard board.

Terms of use | Privacy policy
"""


def test_a_press_release_has_its_capital_lines_as_headings() -> None:
    document = _read(PRESS_RELEASE)
    assert _lines(document) == [
        "metadata: FOR IMMEDIATE RELEASE",
        "heading: MINISTRY ANNOUNCES JOINT YARD",
        "metadata: Washington, DC - Tuesday, April 16, 2024",
        "heading: BACKGROUND",
        "paragraph: The yard was first proposed in 2011, when both governments counted the days that ships "
        "spent in transit.",
        "heading: NEXT STEPS",
        "paragraph: Work begins in the spring. The Ministry is a member of the yard board.",
        "footer: Terms of use | Privacy policy",
    ]
    assert _facts(document) == {
        "title": ("MINISTRY ANNOUNCES JOINT YARD",) * 2,
        "published": ("2024-04-16", "Washington, DC - Tuesday, April 16, 2024"),
    }


BLOG = """\
---
title: "Why Radars Talk"
authors: [Ada Quill, Bo Lund]
date: 2022-11-03
url: https://blog.example/radars
lang: en
---
# Why Radars Talk

![A radar dome on a hill](dome.png)

The *first* shared picture was [drawn by hand](https://x.example/a) in
a bunker. A picture that is an hour old is a history lesson.

> A picture that is an hour old is a history lesson.

| Year | Delay |
|------|-------|
| 1990 | 60 min |

## About the author

Ada Quill is a radar engineer at Example Labs.
"""


def test_a_blog_in_markdown_opens_with_its_front_matter() -> None:
    document = _read(BLOG, "blog.md")
    assert document.text == (
        "title: Why Radars Talk\n"
        "author: Ada Quill, Bo Lund\n"
        "published: 2022-11-03\n"
        "source_url: https://blog.example/radars\n"
        "language: en\n\n"
        "Why Radars Talk\n\n"
        "A radar dome on a hill\n\n"
        "The first shared picture was drawn by hand in a bunker. "
        "A picture that is an hour old is a history lesson.\n\n"
        "Year | Delay\n"
        "1990 | 60 min\n\n"
        "About the author\n\n"
        "Ada Quill is a radar engineer at Example Labs."
    )
    assert _facts(document) == {
        "title": ("Why Radars Talk", "title: Why Radars Talk"),
        "author": ("Ada Quill, Bo Lund", "author: Ada Quill, Bo Lund"),
        "published": ("2022-11-03", "published: 2022-11-03"),
        "source_url": ("https://blog.example/radars", "source_url: https://blog.example/radars"),
        "language": ("en", "language: en"),
    }


JAPANESE = """\
港が同盟を支える

論評

2023年5月8日（月）

文：海野はるか

両国は五月、艦船の修理に関する協定に署名した。修理は地味な仕事だが、艦隊がどれだけ長く海にとどまれるかを決める。

修理は地味な仕事だが、艦隊がどれだけ長く海にとどまれるかを決める。

ツイートする

この記事は『港湾評論』に掲載されました。

無断転載を禁じます。
"""


def test_a_japanese_page_is_read_by_the_same_rules() -> None:
    document = _read(JAPANESE)
    assert _lines(document) == [
        "heading: 港が同盟を支える",
        "metadata: 論評",
        "metadata: 2023年5月8日（月）",
        "metadata: 文：海野はるか",
        "paragraph: 両国は五月、艦船の修理に関する協定に署名した。"
        "修理は地味な仕事だが、艦隊がどれだけ長く海にとどまれるかを決める。",
        "paragraph: この記事は『港湾評論』に掲載されました。",
        "footer: 無断転載を禁じます。",
    ]
    assert _facts(document) == {
        "title": ("港が同盟を支える",) * 2,
        "author": ("海野はるか", "文：海野はるか"),
        "published": ("2023-05-08", "2023年5月8日（月）"),
        "publisher": ("港湾評論", "この記事は『港湾評論』に掲載されました。"),
    }


QUOTE_FIRST = """\
What the Sea Lanes Cost

Ana de la Vega
2019-07

“Insurance is the first navy to arrive.”

Every captain knows the price of a detour. Insurance is the first navy to arrive. It leaves last, too.

Dr. Ana de la Vega is a lecturer in economics at Invented University. Søren O'Malley-Ķīlis is the director of the Sea Desk.
"""


def test_a_pull_quote_before_its_sentence_goes() -> None:
    assert _lines(_read(QUOTE_FIRST))[:4] == [
        "heading: What the Sea Lanes Cost",
        "metadata: Ana de la Vega",
        "metadata: 2019-07",
        "paragraph: Every captain knows the price of a detour. Insurance is the first navy to arrive. "
        "It leaves last, too.",
    ]


def test_names_alone_beside_the_date_are_the_byline() -> None:
    assert _facts(_read(QUOTE_FIRST)) == {
        "title": ("What the Sea Lanes Cost",) * 2,
        "author": ("Ana de la Vega", "Ana de la Vega"),
        "published": ("2019-07", "2019-07"),
    }


TWO_NOTES = """\
Two Views of One Strait

The strait is narrow, and the arguments about it are wide. North Korea is an expert in delay.

Ren Okabe is a professor of law at Coast College.

Iris van Dam and Jo bin Salleh are researchers at the Strait Forum.
"""


def test_the_notes_on_several_authors_name_them_all() -> None:
    assert _facts(_read(TWO_NOTES)) == {
        "title": ("Two Views of One Strait",) * 2,
        "author": (
            "Ren Okabe, Iris van Dam, Jo bin Salleh",
            "Ren Okabe is a professor of law at Coast College.\n\n"
            "Iris van Dam and Jo bin Salleh are researchers at the Strait Forum.",
        ),
    }


def _read(page: str, path: str = "page.txt") -> Document:
    return documents.read(page.encode(), path)


def _lines(document: Document) -> list[str]:
    return [f"{block.kind}: {block.span.of(document.text)}" for block in document.blocks]


def _facts(document: Document) -> dict[str, tuple[str, str]]:
    """The facts that are known: value and the words that state it."""
    facts = document.facts
    known: dict[str, Fact | None] = {
        "title": facts.title,
        "author": facts.author,
        "published": facts.published,
        "publisher": facts.publisher,
        "source_url": facts.source_url,
        "language": facts.language,
    }
    return {
        name: (fact.value, fact.span.of(document.text) if fact.span else "") for name, fact in known.items() if fact
    }
