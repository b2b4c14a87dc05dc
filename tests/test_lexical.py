"""BM25 by bm25s against the formula, term by term."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_qa.errors import IndexDamagedError
from alliance_qa.lexical import K1, B, Bm25Index, write

PASSAGES = [
    ["japan", "us", "allianc", "treati"],
    ["treati", "treati", "1960"],
    [],
    ["日", "米", "同", "盟"],
    ["nato", "us", "us", "us", "us", "us", "summit", "washington", "2024"],
]


def opened(folder: Path, passages: Sequence[Sequence[str]]) -> Bm25Index:
    place = folder / "lexical"
    write(place, passages)
    return Bm25Index.open(place, len(passages))


def idf(term: str, passages: Sequence[Sequence[str]]) -> float:
    frequency = sum(term in passage for passage in passages)
    return log(1 + (len(passages) - frequency + 0.5) / (frequency + 0.5))


def bm25(terms: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """Return every passage's score. A passage without terms is indexed as one word that none asks for."""
    lengths = [max(1, len(passage)) for passage in passages]
    mean = sum(lengths) / len(lengths)
    scores = []
    for passage, length in zip(passages, lengths, strict=True):
        score = 0.0
        for term in terms:
            count = passage.count(term)
            score += idf(term, passages) * count / (count + K1 * (1 - B + B * length / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize(
    "terms",
    [
        ["treati"],
        ["us", "allianc"],
        ["us", "us", "treati"],
        ["nato", "unseen", "2024"],
        ["盟"],
        ["japan", "us", "allianc", "treati", "1960", "summit"],
    ],
)
def test_scores_are_those_of_the_formula(tmp_path: Path, terms: list[str]) -> None:
    found = opened(tmp_path, PASSAGES).scores(terms)
    np.testing.assert_allclose(found, bm25(terms, PASSAGES), rtol=1e-5)


WORDS = st.sampled_from([*"abcdefgh", "日", "é"])
COLLECTIONS = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(passages=COLLECTIONS, terms=st.lists(st.one_of(WORDS, st.just("unseen")), max_size=6))
def test_scores_of_any_collection_are_those_of_the_formula(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], terms: list[str]
) -> None:
    found = opened(tmp_path_factory.mktemp("any"), passages).scores(terms)
    np.testing.assert_allclose(found, bm25(terms, passages), rtol=1e-4, atol=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(passages=COLLECTIONS, terms=st.lists(st.one_of(WORDS, st.just("unseen")), max_size=6))
def test_no_passage_scores_more_than_the_weights_of_the_terms(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], terms: list[str]
) -> None:
    index = opened(tmp_path_factory.mktemp("any"), passages)
    weights = index.weights(terms)
    assert index.scores(terms).max(initial=0) <= sum(weights[term] for term in terms) + 1e-6


def test_a_passage_without_the_terms_scores_zero(tmp_path: Path) -> None:
    scores = opened(tmp_path, PASSAGES).scores(["treati"])
    assert np.flatnonzero(scores == 0).tolist() == [2, 3, 4]


def test_scores_are_one_float32_per_passage(tmp_path: Path) -> None:
    scores = opened(tmp_path, PASSAGES).scores(["us"])
    assert (scores.shape, scores.dtype.name) == ((5,), "float32")


@pytest.mark.parametrize("terms", [[], ["unseen"], ["unseen", "other"], [""], ["\0unseen"]])
def test_terms_that_no_passage_holds_score_zero(tmp_path: Path, terms: list[str]) -> None:
    scores = opened(tmp_path, PASSAGES).scores(terms)
    assert (scores.tolist(), scores.dtype.name) == ([0.0] * 5, "float32")


def test_unseen_terms_change_no_score(tmp_path: Path) -> None:
    index = opened(tmp_path, PASSAGES)
    assert index.scores(["us", "unseen"]).tolist() == index.scores(["us"]).tolist()


def test_a_repeated_term_counts_each_time(tmp_path: Path) -> None:
    index = opened(tmp_path, PASSAGES)
    np.testing.assert_allclose(index.scores(["us", "us"]), 2 * index.scores(["us"]), rtol=1e-6)


def test_weights_are_the_inverse_document_frequencies(tmp_path: Path) -> None:
    weights = opened(tmp_path, PASSAGES).weights(["treati", "us", "nato", "us"])
    assert weights == pytest.approx(
        {"treati": log(1 + 3.5 / 2.5), "us": log(1 + 3.5 / 2.5), "nato": log(1 + 4.5 / 1.5)}
    )


def test_an_unseen_term_weighs_most(tmp_path: Path) -> None:
    assert opened(tmp_path, PASSAGES).weights(["unseen"]) == pytest.approx({"unseen": log(1 + 5.5 / 0.5)})


def test_a_term_of_every_passage_still_weighs_more_than_nothing(tmp_path: Path) -> None:
    assert opened(tmp_path, [["a"], ["a", "b"]]).weights(["a"]) == pytest.approx({"a": log(1 + 0.5 / 2.5)})


def test_no_terms_have_no_weights(tmp_path: Path) -> None:
    assert opened(tmp_path, PASSAGES).weights([]) == {}


def test_a_collection_of_nothing_has_no_scores(tmp_path: Path) -> None:
    index = opened(tmp_path, [])
    assert index.scores(["us"]).tolist() == []
    assert index.weights(["us"]) == pytest.approx({"us": log(2)})


def test_passages_without_terms_are_kept_as_rows(tmp_path: Path) -> None:
    assert opened(tmp_path, [[], [], []]).scores(["us"]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("term", ["0", "null", "\n", '"', "a b", "𠮷"])
def test_a_term_is_kept_whatever_its_characters(tmp_path: Path, term: str) -> None:
    assert np.flatnonzero(opened(tmp_path, [["x"], [term, "x"], ["x"]]).scores([term])).tolist() == [1]


def test_a_folder_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=r'absent is not a bm25s index; run "alliance-qa index" again$'):
        Bm25Index.open(tmp_path / "absent", 1)


@pytest.mark.parametrize("content", [b"", b"no index", b"\0" * 64])
def test_a_folder_with_a_spoiled_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "lexical"
    write(folder, PASSAGES)
    for path in sorted(folder.iterdir()):
        kept = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(IndexDamagedError, match="is not a bm25s index"):
            Bm25Index.open(folder, len(PASSAGES))
        path.write_bytes(kept)


def test_bm25s_logs_warnings_only() -> None:
    assert logging.getLogger("bm25s").level == logging.WARNING
