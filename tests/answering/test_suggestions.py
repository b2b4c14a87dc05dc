"""Questions made from sentences."""

from __future__ import annotations

import pytest

from alliance_qa.answering.suggestions import MOST_PROPOSED, propose
from alliance_qa.domain import Passage, Span


def passage(*sentences: str, headings: tuple[str, ...] = (), start: int = 7) -> Passage:
    """Return sentences as one passage of a document, a space between two."""
    spans = []
    at = start
    for sentence in sentences:
        spans.append(Span(at, at + len(sentence)))
        at += len(sentence) + 1
    text = " ".join(sentences)
    return Passage("a", Span(start, start + len(text)), text, tuple(spans), headings)


def proposed(*sentences: str, headings: tuple[str, ...] = ()) -> list[str]:
    return [made.question for made in propose("", [passage(*sentences, headings=headings)], {})]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("AUKUS is the security partnership of three countries.", "What is AUKUS?"),
        ("Reciprocal Access Agreement (RAA) is an agreement on visits.", "What is the Reciprocal Access Agreement?"),
        ("The hub-and-spoke system is the network of alliances.", "What is the hub-and-spoke system?"),
        ("Extended deterrence is the policy of the United States.", "What is extended deterrence?"),
        ("Freedom Edge is the exercise of three countries.", "What is Freedom Edge?"),
        ("Self-Defense Forces are the forces of Japan.", "What are the Self-Defense Forces?"),
        ("Special Action Committee on Okinawa was the committee.", "What was the Special Action Committee on Okinawa?"),
        ("Minoru Kihara was the defense minister of Japan.", "Who was Minoru Kihara?"),
        ("Prime Minister Shinzo Abe is the grandson of Kishi.", "Who is Shinzo Abe?"),
        ("The Manila Pact was signed on September 8, 1954.", "When was the Manila Pact signed?"),
        ("The Manila Pact was signed in Manila on September 8, 1954.", "When was the Manila Pact signed?"),
        ("SEATO was dissolved on June 30, 1977, but the pact remained.", "When was SEATO dissolved?"),
        ("On July 27, 1953, the armistice was signed at Panmunjom.", None),
        ("On August 2, 1990, Iraq invaded Kuwait.", "When did Iraq invade Kuwait?"),
        ("Japan joined the United Nations on December 18, 1956.", "When did Japan join the United Nations?"),
        ("Japan and Palau signed a treaty in Koror on July 8, 2024.", "When did Japan and Palau sign a treaty?"),
        ("The ANZUS Treaty entered into force on April 29, 1952.", "When did the ANZUS Treaty enter into force?"),
        ("AUKUS has two pillars.", "How many pillars does AUKUS have?"),
        ("The lighthouse of Oshima was lit in 1903.", "When was the lighthouse of Oshima lit?"),
        ("Nikkei first published the essay on May 1, 1951.", "When did Nikkei first publish the essay?"),
        ("The main claim of the essay is that pacts last.", "What is the main claim of the essay?"),
        ("The purpose of the Quad was to coordinate relief.", "What was the purpose of the Quad?"),
        ("The essay names two kinds of pacts: old and new.", "Which two kinds of pacts does the essay name?"),
        ("The essay gives the reason for the pact: fear.", "What reason for the pact does the essay give?"),
        ("ANZUS divides the sea into three zones: A, B, C.", "Into which three zones does ANZUS divide the sea?"),
        ("The essay stresses two points: A and B.", "Which two points does the essay stress?"),
        ("The essay identifies two aims: A and B.", "Which two aims does the essay identify?"),
    ],
)
def test_a_plain_sentence_becomes_a_question(sentence: str, question: str | None) -> None:
    assert proposed(sentence) == ([question] if question else [])


@pytest.mark.parametrize(
    "sentence",
    [
        "It is the security partnership of three countries.",
        "This is a treaty.",
        "The first point is a seamless response.",
        "The three leaders were the heads of government.",
        "Japan is a member of the United Nations.",
        "What it is remains the question.",
        "The treaty that Japan signed is an agreement.",
        "The two countries signed the treaty on May 1, 1951.",
        "Japan signed it on May 1, 1951.",
        "Japan signed the treaty on May 1, 1951, and left on May 2, 1951.",
        "Terrorists attacked New York on September 11, 2001.",
        "On May 1, 1951, he signed the treaty.",
        "The Guidelines of 1978 were revised.",
        "AUKUS has two pillars and three members.",
        "Nothing of note.",
        "The aim of both is to last.",
        "The goal of the two countries is to last.",
        "The April pacts show three signs: A, B and C.",
        "The essay divides the sea into zones: A and B.",
        "The essay considers one change of language the most notable: A.",
        "Sea Principles is the title of a document.",
    ],
)
def test_nothing_is_made_where_the_grammar_leaves_a_doubt(sentence: str) -> None:
    assert proposed(sentence) == []


def test_a_heading_that_is_a_name_becomes_a_question() -> None:
    headings = ("People and Offices", "The Joint Committee")
    assert proposed("Nothing of note.", headings=headings) == ["What is the Joint Committee?"]
    assert proposed("Nothing of note.", headings=("Offices", "Other Offices")) == []


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Why the alliances were bilateral", "Why were the alliances bilateral?"),
        ("Why the Guidelines were revised in 1997", "Why were the Guidelines revised in 1997?"),
        ("What happened at the visit", "What happened at the visit?"),
        ("Who may join the Quad?", "Who may join the Quad?"),
        ("What the collection has", None),
        ("How allies work", None),
        ("What did not cause the change", None),
        ("Why it was revised", None),
        ("Who wrote it, when and where", None),
        ("How connected allies work", None),
    ],
)
def test_a_heading_that_asks_becomes_its_question(heading: str, question: str | None) -> None:
    assert proposed("Nothing of note.", headings=("Title", heading)) == ([question] if question else [])


def test_a_sentence_over_two_lines_reads_as_one() -> None:
    assert proposed("The Manila Pact was\nsigned on September\n8, 1954.") == ["When was the Manila Pact signed?"]


def test_a_common_noun_takes_its_article() -> None:
    text = ("Minilateral is an informal grouping.", "Several minilaterals exist.")
    assert proposed(*text) == ["What is a minilateral?"]
    assert proposed(text[0]) == ["What is Minilateral?"]  # a name, for all that the text shows


def test_other_text_shows_how_a_name_is_written() -> None:
    [diet] = propose("", [passage("Diet is the parliament of Japan.")], {}, around="A law passed the Diet.")
    assert diet.question == "What is the Diet?"


def test_a_suggestion_names_its_sentence_and_whether_the_text_announces_what_it_asks() -> None:
    given = passage("AUKUS has two pillars.", "AUKUS has two pillars: A and B.", "The aim of AUKUS is to last.")
    made = propose("", [given], {})
    assert [(one.question, one.sentence, one.is_announced) for one in made] == [
        ("How many pillars does AUKUS have?", given.sentences[0], False),
        ("Which two pillars does AUKUS have?", given.sentences[1], True),
        ("What is the aim of AUKUS?", given.sentences[2], True),
    ]
    [heading] = propose("", [passage("Nothing.", headings=("A", "The Joint Committee"))], {})
    assert (heading.sentence, heading.is_announced) == (None, False)


def test_shared_words_come_first_and_others_go() -> None:
    passages = [passage("AUKUS has two pillars."), passage("The Manila Pact was signed on September 8, 1954.")]
    made = propose("Who wrote the Manila Pact?", passages, {"manila": 3.0, "pact": 2.0, "wrote": 1.0})
    assert [(one.question, one.passage) for one in made] == [("When was the Manila Pact signed?", 1)]


def test_without_shared_words_the_nearest_passage_comes_first() -> None:
    passages = [passage("AUKUS has two pillars."), passage("The Manila Pact was signed on September 8, 1954.")]
    made = propose("best ramen in osaka?", passages, {"ramen": 3.0})
    assert [(one.question, one.passage) for one in made] == [
        ("How many pillars does AUKUS have?", 0),
        ("When was the Manila Pact signed?", 1),
    ]


def test_neither_what_was_asked_nor_a_repeat_is_proposed() -> None:
    twice = [passage("AUKUS is the partnership."), passage("AUKUS is a security partnership.")]
    assert [made.question for made in propose("quad", twice, {})] == ["What is AUKUS?"]
    assert propose("what is aukus", twice, {"aukus": 1.0}) == []


def test_a_few_are_enough() -> None:
    many = [passage(f"Island{n} has two harbours.") for n in range(9)]
    assert len(propose("", many, {})) == MOST_PROPOSED == 6


def test_no_passage_proposes_nothing() -> None:
    assert propose("AUKUS", [], {}) == []
