"""Claims about coverage gaps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from alliance_qa.ports import Vectors
from alliance_qa.service import gaps, service
from alliance_qa.service.gaps import Gap, Question
from alliance_qa.service.query_log import Refused
from alliance_qa.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING, RELATED, LANGUAGE = "nothing_relevant", "related_but_not_stated", "language_not_covered"

# Made up for this test: questions of one group ask the same, as a keeper would see it.
SAME = (
    (
        "How much did the summit of April 2024 cost?",
        "What was the cost of the April 2024 summit?",
        "What did the Camp David meeting cost taxpayers?",
        "Who paid for the summit in April 2024?",
    ),
    (
        "Does Japan have nuclear weapons?",
        "Could Japan build a nuclear bomb?",
        "Will Japan acquire nuclear arms?",
        "Is Tokyo going to get its own nukes?",
    ),
    (
        "How many US troops are stationed in Okinawa?",
        "Number of American soldiers in Okinawa",
        "How many marines are based on Okinawa?",
        "What is the size of the US force on Okinawa?",
    ),
    (
        "Who is the current ambassador of Japan to Australia?",
        "Name of the Japanese ambassador in Canberra",
        "Who represents Japan in Australia?",
    ),
    ("What does an F-35 cost?", "How much is one F-35 fighter?", "Price of the F-35 jet"),
    ("What is the weather in Tokyo?", "Is it raining in Tokyo today?", "Weather forecast Tokyo"),
    (
        "How can I contact the author?",
        "What is the email of the author?",
        "Where can I write to the author of this commentary?",
    ),
    ("What does China think of AUKUS?", "How did Beijing react to AUKUS?", "China's response to the AUKUS pact"),
    (
        "Is South Korea joining the Quad?",
        "Will Seoul become a member of the Quad?",
        "Could Korea be admitted to the Quad?",
    ),
    (
        "What is the defence budget of the Philippines?",
        "How much does Manila spend on its military?",
        "Philippine military spending",
    ),
    (
        "When will the new submarine be delivered?",
        "Delivery date of the AUKUS submarines",
        "When does Australia get its first nuclear submarine?",
    ),
    (
        "Who won the election in Japan?",
        "Result of the last Japanese election",
        "Which party won the Japanese general election?",
    ),
    ("Is there a treaty between Japan and Germany?", "Do Germany and Japan have a defence agreement?"),
    ("What is the population of Taiwan?", "How many people live in Taiwan?"),
    ("Do you have anything in Japanese?", "Are there documents in Japanese?"),
    ("How do I cite these documents?", "What citation format should I use for these texts?"),
    ("Who is the founder of the Quad?",),
    ("Why did Britain leave the EU?",),
    ("What missiles does North Korea have?",),
    ("What did Shinzo Abe study?",),
    ("How long is the coast of Vietnam?",),
    ("Is India a US ally?",),
    ("What is the range of the Tomahawk missile?", "How far can a Tomahawk fly?", "Tomahawk range in kilometres"),
    (
        "Who pays for the US bases in Japan?",
        "How much does Japan contribute to the cost of American bases?",
        "Host nation support amount Japan",
    ),
    ("Was the Ukraine war discussed?", "What was said about Ukraine?", "Did they talk about the war in Ukraine?"),
    ("What is NATO doing in Asia?", "Does NATO have an office in Tokyo?", "NATO liaison office in Japan"),
    (
        "Who is prime minister of Japan?",
        "Name of the Japanese prime minister",
        "Who leads the government of Japan now?",
    ),
    ("What happened at Pearl Harbor?", "When was Pearl Harbor attacked?"),
    (
        "How many ships does the Japanese navy have?",
        "Size of the Maritime Self-Defense Force fleet",
        "How large is Japan's navy?",
    ),
    ("How many ships does the Chinese navy have?", "Size of China's fleet"),
    (
        "What are the trade figures between Japan and China?",
        "How much do Japan and China trade?",
        "Value of Sino-Japanese trade",
    ),
    ("Are there human rights clauses?", "What do the agreements say on human rights?"),
    ("Who maintains this website?", "Who runs this site?", "Which organisation is behind this page?"),
    (
        "What is article 9 of the constitution?",
        "Explain Article 9",
        "What does article nine of Japan's constitution forbid?",
    ),
    ("Did Trump criticise the alliance?", "What did Trump say about Japan?"),
    ("Will the US defend Taiwan?", "Would America fight for Taiwan?", "Is Washington bound to defend Taiwan?"),
    ("Can I download the texts as PDF?", "Is there a PDF version?"),
    ("What is the exchange rate of the yen?",),
    ("Who designed the flag of Japan?",),
    ("How does radar work?",),
    ("What did Indonesia say?",),
    ("Which islands does Russia occupy?",),
)


def refused(question: str, reason: str = NOTHING, minutes: int = 0) -> Refused:
    return Refused(question, reason, NOW + timedelta(minutes=minutes))


def question(text: str, count: int = 1, reason: str = NOTHING, minutes: int = 0) -> Question:
    return Question(text, count, {reason: count}, NOW + timedelta(minutes=minutes))


def unit(*rows: Sequence[float]) -> Vectors:
    found = np.array(rows, np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def test_the_same_words_are_one_question_spelt_as_it_was_last() -> None:
    asked = [
        refused("How many ships?", NOTHING, 1),
        refused("ＨＯＷ  many\nships", RELATED, 3),
        refused("how many “ships”?!", RELATED, 2),
        refused("How many boats?", NOTHING, 0),
    ]
    assert gaps.distinct(asked) == (
        Question("ＨＯＷ  many\nships", 3, {RELATED: 2, NOTHING: 1}, NOW + timedelta(minutes=3)),
        Question("How many boats?", 1, {NOTHING: 1}, NOW),
    )
    assert list(gaps.distinct(asked)[0].reasons) == [RELATED, NOTHING]


def test_questions_without_words_are_told_apart() -> None:
    assert [found.text for found in gaps.distinct([refused("?"), refused("\U0001f6a2"), refused(" ? ")])] == [
        "?",
        "\U0001f6a2",
    ]


def test_only_the_latest_questions_are_compared_but_all_their_askings_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "MOST_QUESTIONS", 2)
    asked = [refused("a", minutes=0), refused("b", minutes=1), refused("c", minutes=2), refused("b", minutes=-5)]
    assert [(found.text, found.count) for found in gaps.distinct(asked)] == [("c", 1), ("b", 2)]


def test_questions_are_grouped_by_the_direction_of_their_vectors() -> None:
    asked = [
        question("a1", 2, NOTHING, 1),
        question("b1", 9, RELATED, 2),
        question("a2", 3, RELATED, 3),
        question("a3", 3, RELATED, 4),
    ]
    vectors = unit((1, 0, 0), (0, 1, 0), (1, 0.2, 0), (1, 0.5, 0))
    assert gaps.group(asked, vectors) == (
        Gap("b1", 9, {RELATED: 9}, (asked[1],), asked[1].last),
        Gap("a2", 8, {RELATED: 6, NOTHING: 2}, (asked[3], asked[2], asked[0]), asked[3].last),
    )


@pytest.mark.parametrize(("cosine", "groups"), [(0.7, 1), (0.65, 1), (0.63, 2), (0.5, 2)])
def test_two_questions_are_one_gap_from_a_cosine_of_64_percent_on(cosine: float, groups: int) -> None:
    vectors = unit((1, 0), (cosine, (1 - cosine**2) ** 0.5))
    assert len(gaps.group([question("a"), question("b")], vectors)) == groups


def test_of_equal_gaps_the_latest_comes_first() -> None:
    found = gaps.group([question("a", minutes=1), question("b", minutes=2)], unit((1, 0), (0, 1)))
    assert [gap.label for gap in found] == ["b", "a"]


def test_questions_refused_for_their_language_are_one_gap() -> None:
    asked = [question("同盟？", 1, LANGUAGE), question("Ship?"), question("Schiff?", 1, LANGUAGE)]
    found = gaps.group(asked, unit((1, 0), (1, 0), (0, 1)))
    assert [{each.text for each in gap.questions} for gap in found] == [{"同盟？", "Schiff?"}, {"Ship?"}]


def test_questions_that_no_model_could_read_are_apart_from_all_others() -> None:
    asked = [question("同盟？"), question("条約？"), question("Ship?"), question("Ships?")]
    found = gaps.group(asked, np.array([(0, 0), (0, 0), (1, 0), (1, 0)], np.float32))
    assert [{each.text for each in gap.questions} for gap in found] == [{"Ship?", "Ships?"}, {"同盟？"}, {"条約？"}]


@pytest.mark.parametrize("count", [0, 1])
def test_none_or_one_question_needs_no_comparison(count: int) -> None:
    asked = [question("a")] * count
    assert [gap.label for gap in gaps.group(asked, np.ones((count, 2), np.float32))] == ["a"] * count


def pairs(groups: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in itertools.combinations(sorted(group), 2)}


@pytest.mark.model
def test_the_real_model_finds_the_groups_that_a_person_made() -> None:
    asked = gaps.distinct(refused(text) for group in SAME for text in group)
    assert len(asked) == 98
    vectors = service.load_embedder(Settings()).embed_questions([each.text for each in asked])
    found = pairs([[each.text for each in gap.questions] for gap in gaps.group(asked, vectors)])
    right, both = pairs(SAME), len(pairs(SAME) & found)
    measured = (both / len(found), both / len(right), 2 * both / (len(found) + len(right)))
    assert measured == pytest.approx((0.97, 0.79, 0.87), abs=0.02)
