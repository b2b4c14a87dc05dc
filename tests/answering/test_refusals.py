"""What a refusal says: the language, and the questions that are answered nearby."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alliance_qa.answering import proposals
from alliance_qa.answering.answers import answer
from alliance_qa.answering.collection import Collection
from alliance_qa.domain import Answer, Filters, OperatingPoint, Reason
from alliance_qa.index import store
from alliance_qa.ports import PassageInput, Reading
from edges.embedder import WordEmbedder
from small_collection import FILES, write_files

pytestmark = pytest.mark.usefixtures("unsynced")

JAPANESE = (
    "日米安全保障条約\n\n日米安全保障条約は1960年1月19日にワシントンで署名された。条約は6月23日に発効した。\n".encode()
)
GERMAN = b"""---
title: Der Vertrag
language: de
---

Der Vertrag wurde in Washington unterzeichnet. Er trat im Juni in Kraft.
"""
STATED = "---\ntitle: 条約\nlanguage: ja-JP\n---\n\n条約はワシントンで署名された。\n".encode()
IN_JAPANESE = "条約はいつどこで署名されましたか"
IN_GERMAN = "Wann wurde der Vertrag unterzeichnet und warum?"
IN_RUSSIAN = "Когда был подписан договор?"
# A fake model is sure of little: everything or nothing is answered.
NEVER, ALWAYS = OperatingPoint(threshold=0.999999), OperatingPoint(threshold=0.000001)


def ask(folder: Path, files: Mapping[str, bytes], question: str, point: OperatingPoint = NEVER) -> Answer:
    generation = store.open_generation(folder, write_files(folder, files))
    collection = Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder(), point)
    return answer(question, collection, history=(), filters=Filters(), top_k=5)


@pytest.mark.parametrize("question", [IN_JAPANESE, IN_RUSSIAN])
def test_letters_that_no_document_holds_are_refused_at_once(question: str, tmp_path: Path) -> None:
    refused = ask(tmp_path, FILES, question, ALWAYS)
    assert refused == Answer(question, (), Reason.LANGUAGE_NOT_COVERED, 0.0, ())


def test_a_latin_language_that_no_document_is_in_is_refused_when_nothing_answers(tmp_path: Path) -> None:
    assert ask(tmp_path / "a", FILES, IN_GERMAN).reason is Reason.LANGUAGE_NOT_COVERED
    # An answer is an answer, whatever the question's language.
    assert ask(tmp_path / "b", FILES, "Wann wurde der lighthouse Vertrag unterzeichnet?", ALWAYS).answered


@pytest.mark.parametrize(
    ("files", "question"),
    [
        ({"a.txt": JAPANESE}, IN_JAPANESE),  # does not state its language
        ({**FILES, "j.txt": JAPANESE}, IN_JAPANESE),
        ({**FILES, "s.md": STATED}, IN_JAPANESE),
        ({**FILES, "g.md": GERMAN}, IN_GERMAN),
    ],
)
def test_a_collection_is_asked_in_the_language_of_any_document(
    files: Mapping[str, bytes], question: str, tmp_path: Path
) -> None:
    assert ask(tmp_path / "never", files, question).reason in (Reason.NOTHING_RELEVANT, Reason.RELATED_BUT_NOT_STATED)
    assert ask(tmp_path / "always", files, question, ALWAYS).answered


def test_an_english_question_is_not_refused_for_its_language(tmp_path: Path) -> None:
    for at, question in enumerate(("Keidanren chairman", "Yoshida Shigeru", "what is 条約?", "harbour")):
        assert ask(tmp_path / str(at), FILES, question).reason is not Reason.LANGUAGE_NOT_COVERED


def test_an_empty_collection_refuses_no_english_for_its_language(tmp_path: Path) -> None:
    assert ask(tmp_path, {}, "When was the lighthouse lit?").reason is Reason.NOTHING_RELEVANT


def test_nothing_is_suggested_that_would_be_refused(tmp_path: Path) -> None:
    assert ask(tmp_path, FILES, "Who built the lighthouse and the harbour?").suggestions == ()


def test_an_unclear_question_gets_no_suggestions(tmp_path: Path) -> None:
    refused = ask(tmp_path, FILES, "?!?")
    assert (refused.reason, refused.suggestions) == (Reason.UNCLEAR_QUESTION, ())


def test_an_answer_suggests_nothing(tmp_path: Path) -> None:
    assert ask(tmp_path, FILES, "When was the lighthouse lit?", ALWAYS).suggestions == ()


class AnyReader:
    """Reads the first so many characters of a question, and finds no answer."""

    def __init__(self, most: int) -> None:
        self._most = most

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        cut = len(question) > self._most
        return [Reading(-9.0, None, 0.0, (-9.0,) * len(passage.sentences), 0.0, cut) for passage in passages]


def test_a_question_that_a_model_does_not_read_whole_is_told(tmp_path: Path) -> None:
    generation = store.open_generation(tmp_path, write_files(tmp_path, FILES))
    embedder = WordEmbedder()
    collection = Collection(generation.corpus, generation.dense, generation.lexical, embedder, NEVER)

    def is_told(words: int, most: int) -> list[bool]:
        read = replace(collection, reader=AnyReader(most))
        asked = [answer("lighthouse " * words, c, history=(), filters=Filters(), top_k=5) for c in (collection, read)]
        return [one.truncated for one in asked]

    most = embedder.max_tokens
    assert is_told(most, 9_999) == [False, False]
    assert is_told(most + 1, 9_999) == [True, True]
    assert is_told(20, 100) == [False, True]
    assert answer("? " * 300, collection, history=(), filters=Filters(), top_k=5).truncated


@pytest.mark.parametrize(("length", "suggested"), [(300, 1), (301, 0)])
def test_a_long_question_gets_no_suggestions(
    length: int, suggested: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposals, "suggest", lambda *_: ("When was the lighthouse lit?",))
    question = "Who painted the lighthouse? ".ljust(length, "x")
    assert len(ask(tmp_path, FILES, question).suggestions) == suggested
