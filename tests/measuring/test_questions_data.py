"""The question sets: complete, split evenly, and true to the words of the documents."""

import html
import json
import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alliance_qa.measuring.judgement import folded as fold
from alliance_qa.measuring.judgement import holds

ROOT = Path(__file__).resolve().parents[2]
HALVES = ("tuning", "test")
OTHERS = ("development", "training", "calibration")
PER_HALF = {
    "fact": 20,
    "paraphrase": 12,
    "who": 8,
    "when": 10,
    "where": 4,
    "how_many": 6,
    "why": 5,
    "list": 5,
    "comparison": 5,
    "document_fact": 8,
    "follow_up": 10,
    "near_miss": 18,
    "off_topic": 9,
}
KEYS = {
    "id",
    "kind",
    "text",
    "history",
    "answers",
    "evidence",
    "documents",
    "answerable",
    "reason",
    "standalone",
}

Question = dict[str, Any]


def questions(half: str) -> list[Question]:
    lines = (ROOT / "questions" / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


ALL = tuple(question for half in HALVES for question in questions(half))
ANSWERABLE = tuple(question for question in ALL if question["answerable"])
REFUSED = tuple(question for question in ALL if not question["answerable"])


def folded(text: str) -> str:
    return " ".join(text.split())


def byline(source: str) -> str:
    """Return the line that collection/build.py writes under the title of a PDF or Word file."""
    facts = dict(re.findall(r"^(\w+): (.+)$", source.split("\n---\n")[0], re.MULTILINE))
    day = date.fromisoformat(facts["published"])
    return f"By {facts['author']}. Published by {facts['publisher']} on {day:%B} {day.day}, {day.year}."


@cache
def plain(name: str) -> str:
    """Return the text of a document with its white space folded and its marks removed."""
    path = ROOT / "documents" / name
    generated = path.suffix in {".pdf", ".docx"}
    if generated:
        path = ROOT / "collection" / f"{path.stem}.md"
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = re.sub(r"</t[dh]>\s*<t[dh]>", " | ", text.split("<body>", 1)[1])
        text = html.unescape(re.sub(r"<[^>]+>", "", text))
    elif path.suffix == ".md":
        front, content = (f"\n{text}").split("\n---\n", 2)[1:]
        content = re.sub(r"^(?:#+|-|\|) ", "", content, flags=re.MULTILINE)
        content = re.sub(r" \|$", "", content, flags=re.MULTILINE)
        text = f"{byline(text)}\n{content}" if generated else f"{front}\n{content}"
    return folded(text)


def asked(question: Question) -> str:
    """Return what the person said, with the turns before: a follow-up is only itself in its conversation."""
    turns = [turn["content"] for turn in question["history"]] + [question["text"]]
    return folded("\n".join(turns)).casefold()


@pytest.mark.parametrize("half", HALVES)
def test_a_half_has_its_share_of_every_kind(half: str) -> None:
    assert Counter(question["kind"] for question in questions(half)) == PER_HALF


def test_there_are_240_questions_with_distinct_ids() -> None:
    assert sorted(question["id"] for question in ALL) == [f"q{number:03d}" for number in range(1, 241)]


def test_no_question_stands_in_both_halves_or_twice() -> None:
    assert [text for text, times in Counter(map(asked, ALL)).items() if times > 1] == []
    texts = [{folded(question["text"]).casefold() for question in questions(half)} for half in HALVES]
    assert texts[0] & texts[1] == set()


@pytest.mark.parametrize("question", ALL, ids=lambda question: question["id"])
def test_a_question_has_the_documented_form(question: Question) -> None:
    assert set(question) == KEYS
    assert question["text"] == folded(question["text"]) != ""
    roles = [turn["role"] for turn in question["history"]]
    assert roles == ["user", "assistant"] * (len(roles) // 2)
    assert (question["kind"] == "follow_up") == bool(roles) == (question["standalone"] is not None)


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_the_evidence_stands_in_the_documents(question: Question) -> None:
    assert question["reason"] is None
    assert question["evidence"]
    assert question["documents"]
    for sentence in question["evidence"]:
        assert any(sentence in plain(name) for name in question["documents"]), sentence
    for name in question["documents"]:
        assert (ROOT / "documents" / name).is_file()
        assert any(sentence in plain(name) for sentence in question["evidence"]), name


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_answers_and_evidence_belong_together(question: Question) -> None:
    assert question["answers"]
    for answer in question["answers"]:
        assert any(answer in sentence for sentence in question["evidence"]), answer
    for sentence in question["evidence"]:
        assert any(answer in sentence for answer in question["answers"]), sentence


@pytest.mark.parametrize("question", REFUSED, ids=lambda question: question["id"])
def test_an_unanswerable_question_has_a_reason_and_nothing_else(question: Question) -> None:
    assert (question["answers"], question["evidence"], question["documents"]) == ([], [], [])
    expected = "nothing_relevant" if question["kind"] == "off_topic" else "related_but_not_stated"
    assert question["reason"] == expected
    assert question["kind"] in {"near_miss", "off_topic", "follow_up"}


def test_only_near_misses_off_topic_questions_and_two_follow_ups_are_unanswerable() -> None:
    unanswerable = Counter(question["kind"] for question in REFUSED)
    assert unanswerable == {"near_miss": 36, "off_topic": 18, "follow_up": 2}


@pytest.mark.parametrize("half", HALVES)
def test_two_follow_ups_of_a_half_change_the_topic(half: str) -> None:
    follow_ups = [question for question in questions(half) if question["kind"] == "follow_up"]
    assert sum(question["standalone"] == question["text"] for question in follow_ups) == 2


def test_a_comparison_rests_on_two_documents() -> None:
    for question in ALL:
        if question["kind"] == "comparison":
            assert len(question["answers"]) == 2
            assert len(question["documents"]) >= 2


def test_an_assistant_turn_quotes_the_collection() -> None:
    names = sorted(
        {path.name for path in (ROOT / "documents").iterdir() if path.suffix in {".md", ".html", ".txt"}}
        | {name for question in ANSWERABLE for name in question["documents"]}
    )
    for question in ALL:
        for turn in question["history"]:
            if turn["role"] == "assistant":
                assert any(turn["content"] in plain(name) for name in names), turn["content"]


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_sets_are_true_to_the_documents(name: str) -> None:
    for question in questions(name):
        assert set(question) == KEYS
        if not question["answerable"]:
            test_an_unanswerable_question_has_a_reason_and_nothing_else(question)
            continue
        texts = [fold(plain(document)) for document in question["documents"]]
        missing = [e for e in question["evidence"] if not any(holds(text, e) for text in texts)]
        assert (question["id"], missing) == (question["id"], [])
        assert any(fold(a) in fold(e) for a in question["answers"] for e in question["evidence"]), question["id"]


def test_no_question_stands_in_two_sets() -> None:
    """What the reader is trained on, or the rule fitted to, is not what is measured."""
    standing = [(folded(q["text"]).casefold().strip(" ?"), n) for n in (*HALVES, *OTHERS) for q in questions(n)]
    alone = Counter(text for text, name in dict.fromkeys(standing) if name)
    assert [text for text, times in alone.items() if times > 1] == []
