"""Letters that the embedding model does not know: found, answered and counted by the words alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alliance_qa.answering import answerability, answers
from alliance_qa.answering.collection import Collection
from alliance_qa.asking.query import analyse
from alliance_qa.building import rebuild
from alliance_qa.domain import Answer, Filters, OperatingPoint
from alliance_qa.index import segment, store
from alliance_qa.index.manifest import Manifest
from alliance_qa.models.readable import MOST_UNKNOWN, are_readable, question_vector, question_vectors
from alliance_qa.ports import PassageInput, Reading, Vectors
from edges.embedder import WordEmbedder
from edges.server import settings_of
from small_collection import read_here

pytestmark = pytest.mark.usefixtures("unsynced")

US, KOREA, ENGLISH = "日米同盟は1960年に結ばれた。", "日韓同盟は1965年に結ばれた。", "The gardener planted 40 maples."
QUESTIONS = {"日米同盟は何年に結ばれた": US, "日韓同盟は何年に結ばれた": KOREA}


class BlindEmbedder(WordEmbedder):
    """Takes every letter above Latin for the same word."""

    unknown = "日米韓英同盟年結何"

    def _vector(self, text: str) -> Vectors:
        return super()._vector("".join(" unknown " if ord(c) > 0x2000 else c for c in text))


class NoReader:
    """Must not be asked."""

    def read(self, question: str, passages: Sequence[PassageInput]) -> list[Reading]:
        raise AssertionError(f"read {question}")


def put(home: Path, **files: str) -> None:
    (home / "documents").mkdir(exist_ok=True)
    for name, text in files.items():
        (home / "documents" / f"{name}.txt").write_text(f"{text}\n", encoding="utf-8")


def built(home: Path, embedder: WordEmbedder | None = None) -> Manifest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "read_all", read_here)
        return rebuild.rebuild(settings_of(home), embedder or BlindEmbedder())[0]


def opened(home: Path, point: OperatingPoint | None = None) -> Collection:
    generation = store.open_generation(home / "index", store.read_manifest(home / "index"))
    return Collection(generation.corpus, generation.dense, generation.lexical, BlindEmbedder(), point, NoReader())


def asked(question: str, collection: Collection) -> Answer:
    return answers.answer(question, collection, history=(), filters=Filters(), top_k=5)


def test_a_text_is_readable_below_the_border() -> None:
    letters = 100
    border = round(MOST_UNKNOWN * letters)
    texts = ["日" * unknown + "a" * (letters - unknown) for unknown in (0, border - 1, border, letters)]
    assert are_readable([*texts, ""], BlindEmbedder()) == [True, True, False, False, True]


def test_a_question_that_is_not_readable_has_a_vector_of_zeros() -> None:
    unread, read = question_vectors(["日米同盟", "maples"], BlindEmbedder())
    assert not unread.any()
    assert np.array_equal(read, WordEmbedder().embed_question("maples"))
    assert not question_vector("日米同盟", BlindEmbedder()).any()
    assert [analyse("?", vector).is_readable for vector in (unread, read)] == [False, True]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_sentence_on_the_other_alliance_is_not_cited(tmp_path: Path, question: str) -> None:
    put(tmp_path, us=US, korea=KOREA)
    built(tmp_path)
    sure = asked(question, opened(tmp_path, OperatingPoint(0.0001, rule=answerability.RULE)))
    assert [citation.quote for citation in sure.citations] == [QUESTIONS[question]]
    shipped = asked(question, opened(tmp_path))
    assert [citation.quote for citation in shipped.citations] in ([], [QUESTIONS[question]])


def test_a_question_by_words_scores_by_coverage(tmp_path: Path) -> None:
    put(tmp_path, us=US, english=ENGLISH)
    built(tmp_path)
    [best] = answers.evidence_for("日米同盟は何年に結ばれた", opened(tmp_path), filters=Filters())
    assert (best.by_words, best.cosine, best.answered) == (True, 0.0, None)
    assert best.hit.score == best.hit.coverage > 0
    assert answerability.features(best) == (best.near_coverage,)


def test_a_passage_that_is_not_readable_is_found_by_its_words_only(tmp_path: Path) -> None:
    put(tmp_path, us=US, english=ENGLISH)
    built(tmp_path)
    collection = replace(opened(tmp_path), reader=None)
    unrelated = answers.search("Who planted unknown?", collection, filters=Filters(), top_k=5)
    assert [ranked.passage.text for ranked in unrelated] == [ENGLISH]
    named = answers.search("What is said about 盟 in these documents?", collection, filters=Filters(), top_k=5)
    assert {ranked.passage.text for ranked in named} == {ENGLISH, US}


def test_passages_that_are_not_readable_are_counted_over_rebuilds(tmp_path: Path) -> None:
    put(tmp_path, us=US, english=ENGLISH)
    assert built(tmp_path).unreadable == 1
    put(tmp_path, korea=KOREA)
    manifest = built(tmp_path)
    assert (manifest.passages, manifest.reused, manifest.unreadable) == (3, 2, 2)


def test_an_index_of_an_older_version_knows_no_count_and_is_mended_without_embedding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, us=US, english=ENGLISH)
    with monkeypatch.context() as older:
        write = segment.write
        older.setattr(segment, "write", lambda *args, **named: replace(write(*args, **named), unreadable=None))
        assert built(tmp_path, WordEmbedder()).unreadable is None
    mended = built(tmp_path)
    assert (mended.passages, mended.reused, mended.unreadable) == (2, 2, 1)
    assert built(tmp_path).version == mended.version
