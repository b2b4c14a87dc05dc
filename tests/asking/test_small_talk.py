"""What is small talk in every sentence, and what asks something besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from alliance_qa.asking.small_talk import is_small_talk
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.ports import Embedder, Mask, Rows, Vectors

pytestmark = pytest.mark.model


class Words:
    """A LexicalIndex of one passage."""

    def __init__(self, *terms: str) -> None:
        self._terms = terms

    def best(self, terms: Sequence[str], count: int, allowed: Mask | None) -> Rows:
        raise NotImplementedError

    def scores(self, terms: Sequence[str], rows: Rows) -> Vectors:
        raise NotImplementedError

    def holds(self, terms: Sequence[str]) -> bool:
        return any(term in self._terms for term in terms)

    def words_like(self, word: str, edits: int) -> Mapping[str, int]:
        return {}

    def weights(self, terms: Sequence[str]) -> Mapping[str, float]:
        return dict.fromkeys(terms, 1.0)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return ModelEmbedder()


def told(text: str, embedder: Embedder, lexical: Words = Words()) -> bool:
    return is_small_talk(text, embedder.embed_question(text), embedder, lexical)


@pytest.mark.parametrize(
    "text",
    [
        *("hello", "Hi!", "Good Morning", "HELLO THERE", "thanks", "Thanks for that!", "bye", "who are you?"),
        *("what can you do", "How can you help me?", "Hello! Thank you.", "are you ChatGPT?", "ok", "help"),
    ],
)
def test_a_greeting_thanks_and_a_farewell_are(text: str, embedder: Embedder) -> None:
    assert told(text, embedder)


@pytest.mark.parametrize(
    "text",
    [
        "hi, what is the Quad?",
        "Thanks! What is the Quad?",
        "Hello! How are you? What about the treaty?",  # as a whole they are small talk
        "Thank you, you are great. Why?",
        "Hello. When was the treaty signed?",
        "can you help me with the SOFA?",  # names something
        'Translate "good morning" into Spanish.',
        "who are they?",
        "tell me more",
        "???",
        "\N{THUMBS UP SIGN}",
        "1960",
    ],
)
def test_what_asks_something_is_not(text: str, embedder: Embedder) -> None:
    assert not told(text, embedder)


def test_a_single_word_of_the_collection_is_not(embedder: Embedder) -> None:
    assert told("host", embedder)
    assert not told("host", embedder, Words("host"))
    assert told("hello", embedder, Words("hello"))  # a word of small talk, whoever else uses it
