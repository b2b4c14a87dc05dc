"""The report shows what was measured, loads nothing, and lets no text become more than text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from alliance_qa.domain import Reason, Turn
from alliance_qa.measuring.figures import Evaluation, Measure, evaluate
from alliance_qa.measuring.judgement import Judged, Kind, LabelledQuestion, Quote, Ranking, Response
from alliance_qa.measuring.report.export import evaluation_json
from alliance_qa.measuring.report.page import render
from alliance_qa.measuring.report.terminal import evaluation_text
from alliance_qa.measuring.session import About

HOSTILE = "<script>alert('x')</script> & \"quoted\" \u202eturned\u202c \x1b[31mred"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;quoted&#34; turned [31mred"
SIGNED = "The treaty was signed in 1960."
STATED = LabelledQuestion("q1", Kind.WHEN, "When?", True, (), ("1960",), (SIGNED,), ("t.md",))
NEAR = LabelledQuestion("q2", Kind.NEAR_MISS, "Who paid?", False, reason=Reason.RELATED_BUT_NOT_STATED)
ABOUT = About("own.jsonl", "000007", "words", "0.1", "2026-11-24")

VOID = {"meta", "br"}
SHAPES = {"rect", "line", "circle", "polyline"}
OUTWARD = {"src", "href", "srcset", "data", "action", "poster", "background", "xlink:href", "onload", "onclick"}


def judged(
    question: LabelledQuestion, confidence: float, *quotes: str, reason: Reason | None = None, title: str = "Treaties"
) -> Judged:
    cited = tuple(Quote(quote, "t.md", title) for quote in quotes)
    return Judged(question, Response(reason, confidence, cited), Ranking((0, 1), (1,)), 12.34)


def shown(*entries: Judged) -> str:
    return render(evaluate(entries), ABOUT)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Return one question of each outcome."""
    return evaluate(
        [
            judged(STATED, 0.9, SIGNED),
            judged(STATED, 0.8, "Something else."),
            judged(STATED, 0.1, SIGNED, reason=Reason.NOTHING_RELEVANT),
            judged(NEAR, 0.5, SIGNED),
            Judged(STATED, fault="the index does not hold t.md"),
        ]
    )


class _Strict(HTMLParser):
    """Sees whether every element is closed in its order, and keeps what the page could load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outward: list[tuple[str, str]] = []
        self.tags: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outward += [(tag, name) for name, _ in attrs if name in OUTWARD]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES
        assert "svg" in self.open

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def parsed(page: str) -> _Strict:
    parser = _Strict()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_loads_nothing(evaluation: Evaluation) -> None:
    page = render(evaluation, ABOUT)
    found = parsed(page)
    assert found.outward == []
    assert {"script", "link", "iframe", "img", "object", "base"} & set(found.tags) == set()
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page


def test_the_page_is_one_for_readers_of_all_kinds(evaluation: Evaluation) -> None:
    page = render(evaluation, ABOUT)
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == page.count('role="img" aria-label="')
    assert page.count("<table") == page.count("<caption>")
    assert [page.count(f"<h2>{title}</h2>") for title in ("Risk and coverage", "Reliability of confidence")] == [1, 1]
    assert (
        len(re.findall(r"<figure>.*?</figure>\n<div class=\"numbers\"><div class=\"scroll\"[^>]*><table", page, re.S))
        == 3
    )


HOSTILE_ENTRIES = {
    "a question": judged(LabelledQuestion("q", Kind.OFF_TOPIC, HOSTILE, False), 0.9, SIGNED),
    "an id": judged(LabelledQuestion(HOSTILE, Kind.OFF_TOPIC, "?", False), 0.9, SIGNED),
    "a turn": judged(LabelledQuestion("q", Kind.OFF_TOPIC, "?", False, (Turn("user", HOSTILE),)), 0.9, SIGNED),
    "a quote": judged(NEAR, 0.9, HOSTILE),
    "a title": judged(NEAR, 0.9, SIGNED, title=HOSTILE),
    "evidence": judged(LabelledQuestion("q", Kind.WHEN, "?", True, (), ("1960",), (HOSTILE,), ("t.md",)), 0.9, SIGNED),
    "a part": judged(LabelledQuestion("q", Kind.LIST, "?", True, (), (HOSTILE,), (SIGNED,), ("t.md",)), 0.9, SIGNED),
    "a fault": Judged(STATED, fault=HOSTILE),
    "an unjudged question": Judged(LabelledQuestion("q", Kind.OFF_TOPIC, HOSTILE, False), fault="gone"),
}


@pytest.mark.parametrize("place", HOSTILE_ENTRIES)
def test_text_stays_text(place: str) -> None:
    page = shown(HOSTILE_ENTRIES[place])
    assert ESCAPED in page
    assert "script" not in parsed(page).tags
    assert not {"\u202e", "\x1b"} & set(page)


def test_the_names_of_set_and_model_stay_text(evaluation: Evaluation) -> None:
    page = render(evaluation, About(HOSTILE, "000001", HOSTILE, "0.1", "2026-11-24"))
    assert page.count(ESCAPED) == 3
    assert "script" not in parsed(page).tags


def test_the_most_confident_mistakes_come_first() -> None:
    wrong = [judged(LabelledQuestion(f"n{n:02}", Kind.NEAR_MISS, "?", False), n / 20, SIGNED) for n in range(12)]
    page = shown(*wrong)
    assert "10 of 12 wrong answers" in page
    assert re.findall(r"<span>(n\d\d)</span>", page) == [f"n{n:02}" for n in range(11, 1, -1)]


def test_a_refusal_shows_what_would_have_been_cited_and_what_was_wanted(evaluation: Evaluation) -> None:
    section = render(evaluation, ABOUT).split("Most confident refusals of answerable questions")[1]
    said = " ".join(parsed("<div>" + section.split("</h2>")[1].split("</section>")[0] + "</div>").said)
    assert f"would have cited {SIGNED}   Treaties" in said
    assert f"wanted {SIGNED}" in said.replace("\n ", "")


def test_long_evidence_is_cut_and_says_so() -> None:
    many = tuple(f"Sentence {n}." for n in range(8))
    page = shown(judged(LabelledQuestion("q", Kind.WHY, "?", True, (), ("x",), many, ("t.md",)), 0.9, "Else."))
    assert "Sentence 4." in page
    assert "Sentence 5." not in page
    assert "and 3 more" in page


def test_an_empty_evaluation_has_a_page() -> None:
    assert parsed(shown(Judged(STATED, fault="gone"))).tags


def test_a_set_without_answers_has_no_plots_of_confidence() -> None:
    page = shown(
        Judged(LabelledQuestion("q", Kind.OTHER, "?", True, (), (), (), ("t.md",)), None, Ranking((1,), (1,)), 5.0)
    )
    assert "Risk and coverage" not in page
    assert "Most confident" not in page
    assert "<code>hit_at_1</code>" in page


def test_the_terminal_shows_kinds_figures_and_what_cannot_be_judged(evaluation: Evaluation) -> None:
    lines = evaluation_text(evaluation, ABOUT).split("\n")
    assert lines[0] == "own.jsonl, generation 000007, words"
    assert lines[2:6] == [
        "kind       questions  right  answered  parts  hit at 1  hit at 5",
        "when               4   0.33      0.67   0.33      0.00      1.00",
        "near miss          1   0.00      1.00      –      0.00      1.00",
        "all                5   0.25      0.75   0.33      0.00      1.00",
    ]
    assert "answer_right              0.33   0.06 to 0.79   3" in lines
    assert "ms_p50                    12.3                  4" in lines
    assert lines[-1] == "q1 cannot be judged: the index does not hold t.md"


def test_the_json_holds_every_figure_and_every_question(evaluation: Evaluation) -> None:
    data = json.loads(json.dumps(evaluation_json(evaluation, ABOUT)))
    assert list(data) == [
        "questions",
        "index_version",
        "model",
        "version",
        "day",
        "language_model",
        "total",
        "by_kind",
        "risk_coverage",
        "reliability",
        "histograms",
        "judged",
    ]
    assert data["total"]["answer_right"] == {"value": 0.3333, "count": 3, "low": 0.0615, "high": 0.7923}
    assert list(data["total"]) == [str(measure) for measure in Measure if measure in evaluation.total]
    assert data["risk_coverage"][0] == {"confidence": 0.9, "coverage": 0.25, "risk": 0.0}
    assert data["reliability"][9] == {"low": 0.9, "high": 1.0, "count": 0, "confidence": 0.0, "right": 0.0}
    assert {group: sum(counts) for group, counts in data["histograms"].items()} == {
        "answerable": 3,
        "near_miss": 1,
        "off_topic": 0,
    }
    assert data["judged"][2] == {
        "id": "q1",
        "kind": "when",
        "answerable": True,
        "answered": False,
        "right": False,
        "parts": 1.0,
        "confidence": 0.1,
        "reason": "nothing_relevant",
        "rank": 2,
        "milliseconds": 12.34,
        "fault": None,
    }
    assert data["judged"][4]["fault"] == "the index does not hold t.md"
    assert data["judged"][4]["right"] is None
