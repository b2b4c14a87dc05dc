"""Which intent a question has, by the model, and by questions of other subjects than the prototypes."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from alliance_qa.asking import intents
from alliance_qa.asking.intents import Intent, classify, prototypes
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.ports import Embedder, Vectors
from edges.embedder import WordEmbedder

HERE = Path(__file__).parent
QUESTIONS = HERE.parents[1] / "questions"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return ModelEmbedder()


def intents_of(questions: Sequence[str], embedder: Embedder) -> list[Intent]:
    return [classify(vector, embedder) for vector in embedder.embed_questions(questions)]


def labelled() -> dict[Intent, list[str]]:
    found: dict[Intent, list[str]] = {intent: [] for intent in Intent}
    for line in (HERE / "intents.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found[Intent(entry["intent"])].append(entry["text"])
    return found


def test_every_intent_has_prototypes_and_none_is_of_two() -> None:
    found = prototypes()
    assert list(found) == list(Intent)
    assert all(len(questions) >= 60 for questions in found.values())
    questions = [question for intent in Intent for question in found[intent]]
    assert len(set(questions)) == len(questions)


def test_no_prototype_is_among_the_questions_that_measure_them() -> None:
    written = {question for questions in prototypes().values() for question in questions}
    measured = {question for questions in labelled().values() for question in questions}
    assert {question.casefold() for question in written} & {question.casefold() for question in measured} == set()


@pytest.mark.model
@pytest.mark.parametrize(
    ("intent", "least"),
    [(Intent.SMALL_TALK, 0.9), (Intent.OVERVIEW, 0.9), (Intent.COMPARISON, 0.9), (Intent.CONTENT, 0.94)],
)
def test_questions_of_other_subjects_have_the_right_intent(intent: Intent, least: float, embedder: Embedder) -> None:
    found = intents_of(labelled()[intent], embedder)
    assert found.count(intent) / len(found) >= least


@pytest.mark.model
def test_at_most_a_hundredth_of_the_content_is_taken_for_small_talk(embedder: Embedder) -> None:
    entries = [json.loads(line) for line in (QUESTIONS / "tuning.jsonl").read_text(encoding="utf-8").splitlines()]
    found = intents_of([entry["text"] for entry in entries], embedder)
    talk = [entry["text"] for entry, intent in zip(entries, found, strict=True) if intent is Intent.SMALL_TALK]
    assert "hi, how are you today?" in talk  # small talk indeed
    assert len(talk) - 1 <= len(entries) / 100


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("hello", Intent.SMALL_TALK),
        ("Thanks!", Intent.SMALL_TALK),
        ("bye", Intent.SMALL_TALK),
        ("who are you", Intent.SMALL_TALK),
        ("what can you do", Intent.SMALL_TALK),
        ("hi, what is a lighthouse?", Intent.CONTENT),
        ("thanks, and when was it built?", Intent.CONTENT),
        ("who is the prime minister of Japan?", Intent.CONTENT),
        ("why?", Intent.CONTENT),
        ("tell me more", Intent.CONTENT),
        ("???", Intent.CONTENT),
        ("What are the main points of the Nikkei commentary?", Intent.OVERVIEW),
        ("tl;dr of the glossary", Intent.OVERVIEW),
        ("What is the difference between AUKUS and the Quad?", Intent.COMPARISON),
    ],
)
def test_a_question_has_its_intent(question: str, intent: Intent, embedder: Embedder) -> None:
    assert intents_of([question], embedder) == [intent]


class CountingEmbedder(WordEmbedder):
    """Counts its batches."""

    batches = 0

    def embed_questions(self, questions: Sequence[str]) -> Vectors:
        self.batches += 1
        return super().embed_questions(questions)


def test_the_prototypes_are_embedded_once_for_an_embedder_by_many_threads() -> None:
    embedder, found = CountingEmbedder(), []
    vector = embedder.embed_question("hello")
    threads = [threading.Thread(target=lambda: found.append(classify(vector, embedder))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, embedder.batches) == ([Intent.SMALL_TALK] * 8, 1)
    other = CountingEmbedder()
    classify(vector, other)
    assert other.batches == 1


def test_an_embedder_that_is_gone_is_not_kept() -> None:
    embedder = WordEmbedder()
    classify(embedder.embed_question("hello"), embedder)
    kept = len(intents._fits)
    del embedder
    assert len(intents._fits) == kept - 1
