"""How much the sentences of a document weigh, and which are chosen."""

from __future__ import annotations

import numpy as np
import pytest

from alliance_qa.answering import salience
from alliance_qa.answering.salience import Asked, Sentence
from alliance_qa.domain import Span
from alliance_qa.ports import Vectors, unit

NOTHING = np.zeros(4, np.float32)
EQUAL = unit(np.ones((6, 4), np.float32))


def sentences(*blocks: int, sections: str = "") -> list[Sentence]:
    """Return sentences of ten words, each in its paragraph, and in its section where they are named."""
    text = "The keeper of the tower wrote ten words about it."
    return [
        Sentence(Span(at * 100, at * 100 + len(text)), text, (sections[at : at + 1],), block, "p", True)
        for at, block in enumerate(blocks)
    ]


def asked(question: Vectors = NOTHING, *, topic: tuple[str, ...] = ()) -> Asked:
    return Asked(question, NOTHING, NOTHING, topic)


def test_places_alone_count_where_nothing_else_differs() -> None:
    weights = salience.weigh(sentences(0, 0, 1, 1, 2, 2), EQUAL, asked())
    # It opens; it ends the opening; it opens; nothing; it opens; it ends the document.
    assert weights.tolist() == pytest.approx([0.75, 1.4, 0.75, 0, 0.75, 0.7])


def test_without_an_opening_no_sentence_is_the_thesis() -> None:
    weights = salience.weigh(sentences(0, 0, 1), EQUAL[:3], asked(), has_thesis=False)
    assert weights.tolist() == pytest.approx([0.75, 0, 1.45])


def test_a_sentence_near_what_is_asked_weighs_more_and_lifts_its_neighbours() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 0, 0]]
    weights = salience.weigh(sentences(0, 0, 0, 0, 0, 0), vectors, asked(np.eye(4, dtype=np.float32)[1]))
    assert weights[3] > weights[2] == weights[4] > weights[1]


def test_a_topic_counts_where_it_is_held_and_places_less() -> None:
    some = sentences(0, 0, 1, 1)
    held = [*some[:3], Sentence(some[3].span, "Fire took the house of the keeper in that year.", ("",), 1, "p", True)]
    weights = salience.weigh(held, EQUAL[:4], asked(topic=("fire",)))
    assert weights.tolist() == pytest.approx([0.3 * 0.75, 0.3 * 1.4, 0.3 * 0.75 + 1.5 * 0.25, 1.5 * 0.75 + 0.3 * 0.7])


def test_what_was_said_is_not_chosen_again() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1]]
    chosen = salience.choose(sentences(0, 1, 2), vectors, np.array([3, 2.9, 2.5], np.float32), asked(), 2)
    assert chosen == [0, 2]


def test_only_full_sentences_are_chosen_and_no_more_than_asked_for() -> None:
    some = sentences(0, 1, 2)
    fragment = Sentence(Span(0, 3), "Oh!", ("",), 0, "p", False)
    weights = np.array([9, 1, 2], np.float32)
    assert salience.choose([fragment, *some[1:]], EQUAL[:3], weights, asked(), 6) == [1, 2]
    assert salience.choose(some, EQUAL[:3], weights, asked(), 1) == [0]
    assert salience.choose([], EQUAL[:0], weights[:0], asked(), 6) == []


def test_a_section_gives_two_sentences_where_there_are_three_sections() -> None:
    weights = np.array([9, 8, 7, 1, 1, 1], np.float32)
    spread = sentences(0, 1, 2, 3, 4, 5, sections="aaabbc")
    assert salience.choose(spread, EQUAL, weights, asked(), 4) == [0, 1, 3, 4]
    few = sentences(0, 1, 2, 3, 4, 5, sections="aaabbb")
    assert salience.choose(few, EQUAL, weights, asked(), 4) == [0, 1, 2, 3]


def test_where_something_is_asked_what_weighs_far_less_is_left_out() -> None:
    weights = np.array([3, 2.5, 1.9], np.float32)
    assert salience.choose(sentences(0, 1, 2), EQUAL[:3], weights, asked(topic=("fire",)), 6) == [0, 1]
    assert salience.choose(sentences(0, 1, 2), EQUAL[:3], weights, asked(), 6) == [0, 1, 2]
