"""BM25 as sparse vectors, against the scores that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from alliance_qa.index import sparse
from alliance_qa.index.lexical import Bm25Index, Postings, write

pytestmark = pytest.mark.usefixtures("unsynced")

SHORT = [["mapl", "row"], ["row", "row", "old"], [], ["mapl"]]
LONG = [["mapl", *["filler"] * 60], ["row", "old", "old", *["other"] * 90]]
DIMENSIONS = [991650236, 1798354764, 1036448615]
QUESTIONS = (["mapl"], ["row", "old"], ["row", "row", "mapl"], ["unseen", "old"])


def segment(folder: Path, passages: Sequence[Sequence[str]]) -> Postings:
    folder.mkdir()
    write(folder, passages)
    return Postings(folder)


def products(postings: Postings, index: Bm25Index, words: list[str]) -> list[float]:
    terms, asked = sparse.PassageTerms(postings), sparse.question(index.weighed(words))
    held = [terms(row) for row in range(len(postings))]
    return [sum(weight * passage.get(at, 0.0) for at, weight in asked.items()) for passage in held]


def test_the_inner_product_is_the_score_in_one_segment(tmp_path: Path) -> None:
    postings = segment(tmp_path / "one", SHORT)
    index = Bm25Index([postings])
    assert sparse.drift(postings, index.mean_length) == 1.0
    for words in QUESTIONS:
        np.testing.assert_allclose(products(postings, index, words), index.all_scores(words), rtol=1e-5)


def test_no_score_exceeds_the_inner_product_by_more_than_the_drift(tmp_path: Path) -> None:
    """Between segments of short and of long passages the mean length is far from either's own."""
    parts = [segment(tmp_path / "short", SHORT), segment(tmp_path / "long", LONG)]
    index = Bm25Index(parts)
    drifts = [sparse.drift(part, index.mean_length) for part in parts]
    assert min(drifts) == 1.0
    assert 1.1 < max(drifts) < 2.0
    firsts = [0, len(SHORT)]
    for words in QUESTIONS:
        scores = index.all_scores(words)
        exceeded = []
        for part, drift, first in zip(parts, drifts, firsts, strict=True):
            for row, product in enumerate(products(part, index, words)):
                assert scores[first + row] <= product * drift * (1 + 1e-5)
                exceeded.append(scores[first + row] > product * 1.01)
        assert any(exceeded) or words == ["unseen", "old"]


def test_a_passage_without_terms_has_a_dimension_that_no_question_has(tmp_path: Path) -> None:
    assert sparse.PassageTerms(segment(tmp_path / "one", SHORT))(2) == {0: 1e-6}


def test_dimensions_are_those_of_an_earlier_build() -> None:
    assert [sparse.dimension(term) for term in ("mapl", "日", "")] == DIMENSIONS
    assert all(0 < sparse.dimension(str(number)) < 2**31 for number in range(2_000))
