"""BM25 over one or several segments, against the formula and against bm25s."""

from __future__ import annotations

import gc
import random
import weakref
from collections.abc import Sequence
from math import log
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alliance_qa.errors import IndexDamagedError
from alliance_qa.index.lexical import K1, B, Bm25Index, Postings, best, write

pytestmark = pytest.mark.usefixtures("unsynced")

PASSAGES = [
    ["japan", "us", "allianc", "treati"],
    ["treati", "treati", "1960"],
    [],
    ["日", "米", "同", "盟"],
    ["nato", "us", "us", "us", "us", "us", "summit", "washington", "2024"],
]


def segment(folder: Path, passages: Sequence[Sequence[str]]) -> Postings:
    folder.mkdir(parents=True)
    write(folder, passages)
    return Postings(folder)


def opened(folder: Path, *segments: Sequence[Sequence[str]]) -> Bm25Index:
    return Bm25Index([segment(folder / str(number), passages) for number, passages in enumerate(segments)])


def idf(term: str, passages: Sequence[Sequence[str]]) -> float:
    frequency = sum(term in passage for passage in passages)
    return log(1 + (len(passages) - frequency + 0.5) / (frequency + 0.5))


def bm25(terms: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """Return every passage's score."""
    mean = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        score = 0.0
        for term in terms:
            if count := passage.count(term):
                score += idf(term, passages) * count / (count + K1 * (1 - B + B * len(passage) / mean))
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
    found = opened(tmp_path, PASSAGES).all_scores(terms)
    np.testing.assert_allclose(found, bm25(terms, PASSAGES), rtol=1e-5)


WORDS = st.sampled_from([*"abcdefgh", "日", "é"])
COLLECTIONS = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(passages=COLLECTIONS, terms=st.lists(st.one_of(WORDS, st.just("unseen")), max_size=6))
def test_scores_of_any_collection_are_those_of_the_formula(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], terms: list[str]
) -> None:
    found = opened(tmp_path_factory.mktemp("any"), passages).all_scores(terms)
    np.testing.assert_allclose(found, bm25(terms, passages), rtol=1e-4, atol=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(passages=COLLECTIONS, terms=st.lists(st.one_of(WORDS, st.just("unseen")), max_size=6))
def test_no_passage_scores_more_than_the_weights_of_the_terms(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], terms: list[str]
) -> None:
    index = opened(tmp_path_factory.mktemp("any"), passages)
    weights = index.weights(terms)
    assert index.all_scores(terms).max(initial=0) <= sum(weights[term] for term in terms) + 1e-6


def test_a_passage_without_the_terms_scores_zero(tmp_path: Path) -> None:
    scores = opened(tmp_path, PASSAGES).all_scores(["treati"])
    assert np.flatnonzero(scores == 0).tolist() == [2, 3, 4]


def test_scores_are_one_float32_per_passage(tmp_path: Path) -> None:
    scores = opened(tmp_path, PASSAGES).all_scores(["us"])
    assert (scores.shape, scores.dtype.name) == ((5,), "float32")


@pytest.mark.parametrize("terms", [[], ["unseen"], ["unseen", "other"], [""], ["\0unseen"]])
def test_terms_that_no_passage_holds_score_zero(tmp_path: Path, terms: list[str]) -> None:
    scores = opened(tmp_path, PASSAGES).all_scores(terms)
    assert (scores.tolist(), scores.dtype.name) == ([0.0] * 5, "float32")


def test_unseen_terms_change_no_score(tmp_path: Path) -> None:
    index = opened(tmp_path, PASSAGES)
    assert index.all_scores(["us", "unseen"]).tolist() == index.all_scores(["us"]).tolist()


def test_a_repeated_term_counts_each_time(tmp_path: Path) -> None:
    index = opened(tmp_path, PASSAGES)
    np.testing.assert_allclose(index.all_scores(["us", "us"]), 2 * index.all_scores(["us"]), rtol=1e-6)


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
    assert index.all_scores(["us"]).tolist() == []
    assert index.weights(["us"]) == pytest.approx({"us": log(2)})


def test_passages_without_terms_are_kept_as_rows(tmp_path: Path) -> None:
    assert opened(tmp_path, [[], [], []]).all_scores(["us"]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("term", ["0", "null", "\n", '"', "a b", "𠮷"])
def test_a_term_is_kept_whatever_its_characters(tmp_path: Path, term: str) -> None:
    assert np.flatnonzero(opened(tmp_path, [["x"], [term, "x"], ["x"]]).all_scores([term])).tolist() == [1]


def test_a_folder_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=r'absent holds no postings; run "alliance-qa index" again$'):
        Postings(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"", b"no index", b"\0" * 64])
def test_a_folder_with_a_spoiled_file_is_damaged(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, PASSAGES)
    for path in sorted(tmp_path.iterdir()):
        kept = path.read_bytes()
        path.write_bytes(content)
        with pytest.raises(IndexDamagedError, match="holds no postings"):
            Postings(tmp_path)
        path.write_bytes(kept)


# Postings


def test_a_term_is_found_in_the_rows_that_hold_it_with_how_often(tmp_path: Path) -> None:
    postings = segment(tmp_path / "s", PASSAGES)
    found = {term: [array.tolist() for array in postings.find(term)] for term in ("treati", "us", "日", "2024")}
    assert found == {"treati": [[0, 1], [1, 2]], "us": [[0, 4], [1, 5]], "日": [[3], [1]], "2024": [[4], [1]]}


@pytest.mark.parametrize("term", ["", "a", "treat", "treatie", "zzz", "\U0010ffff", "米日"])
def test_a_term_that_no_passage_holds_is_found_nowhere(tmp_path: Path, term: str) -> None:
    assert [array.tolist() for array in segment(tmp_path / "s", PASSAGES).find(term)] == [[], []]


def test_postings_know_how_many_passages_and_terms_there_are(tmp_path: Path) -> None:
    postings = segment(tmp_path / "s", PASSAGES)
    assert (len(postings), postings.lengths.tolist(), postings.total_length) == (5, [4, 3, 0, 4, 9], 20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(passages=st.lists(st.lists(st.text(min_size=1, max_size=3), max_size=8), max_size=12))
def test_every_term_of_any_collection_is_found(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]]
) -> None:
    postings = segment(tmp_path_factory.mktemp("any") / "s", passages)
    for term in {term for passage in passages for term in passage}:
        rows = [row for row, passage in enumerate(passages) if term in passage]
        assert postings.find(term)[0].tolist() == rows
        assert postings.find(term)[1].tolist() == [passages[row].count(term) for row in rows]


def test_the_same_passages_are_written_in_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert write(tmp_path / "a", PASSAGES) == write(tmp_path / "b", [list(passage) for passage in PASSAGES])


# Several segments, and another implementation


def many(count: int) -> list[list[str]]:
    chance = random.Random(11)
    words = [f"w{number}" for number in range(300)]
    weights = [1 / (number + 1) for number in range(300)]
    return [chance.choices(words, weights, k=chance.randrange(0, 60)) for _ in range(count)]


def test_three_segments_score_exactly_as_one(tmp_path: Path) -> None:
    passages = many(500)
    one = opened(tmp_path / "one", passages)
    three = opened(tmp_path / "three", passages[:120], passages[120:121], passages[121:])
    for terms in (["w0"], ["w1", "w250", "w7", "w7"], ["w299"], ["unseen", "w3"], []):
        assert three.all_scores(terms).tobytes() == one.all_scores(terms).tobytes()
        assert three.weights(terms) == one.weights(terms)


def test_a_segment_without_passages_changes_no_score(tmp_path: Path) -> None:
    expected = opened(tmp_path / "one", PASSAGES).all_scores(["us", "treati"])
    with_nothing = opened(tmp_path / "three", [], PASSAGES[:2], [], PASSAGES[2:], [])
    assert with_nothing.all_scores(["us", "treati"]).tobytes() == expected.tobytes()


def test_no_segments_have_no_scores() -> None:
    assert Bm25Index([]).all_scores(["us"]).tolist() == []


def test_scores_are_those_of_bm25s(tmp_path: Path) -> None:
    """It is another implementation of the same formula."""
    passages = [passage or ["nothing"] for passage in many(500)]
    other = bm25s.BM25(method="lucene", k1=K1, b=B)
    other.index(passages, show_progress=False)
    index = opened(tmp_path, passages)
    for terms in (["w0"], ["w1", "w250", "w7"], ["w299", "w2", "w2"], ["w10", "w20", "w30", "w40", "w50"]):
        np.testing.assert_allclose(index.all_scores(terms), other.get_scores(terms), rtol=1e-5, atol=1e-5)


_TERMS = st.sampled_from(["a", "b", "c", "unseen"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    segments=st.lists(st.lists(st.lists(_TERMS, max_size=6), max_size=9), min_size=1, max_size=3),
    terms=st.lists(_TERMS, max_size=5),
    count=st.integers(1, 12),
    seed=st.none() | st.integers(0, 99),
)
def test_the_best_rows_and_their_scores_are_those_among_all_scores(
    segments: list[list[list[str]]],
    terms: list[str],
    count: int,
    seed: int | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """To the last bit, and by the slow way: all scores, ordered by (score, row)."""
    index = opened(tmp_path_factory.mktemp("any"), *segments)
    everything = index.all_scores(terms)
    allowed = None if seed is None else np.random.default_rng(seed).random(len(everything)) < 0.6
    rows = [row for row in range(len(everything)) if everything[row] > 0 and (allowed is None or allowed[row])]
    best = sorted(sorted(rows, key=lambda row: (-everything[row], row))[:count])
    assert index.best(terms, count, allowed).tolist() == best
    some = np.random.default_rng(1).permutation(len(everything))[: count + 1]
    assert index.scores(terms, some).tobytes() == everything[some].tobytes()
    assert index.holds(terms) == bool(everything.any())


@pytest.mark.parametrize("size", [0, 3, 1_023, 1_024, 5_000, 40_000])
@pytest.mark.parametrize("values", [2, 50, 1_000_000])
def test_the_best_of_many_scores_are_those_of_a_sort(size: int, values: int) -> None:
    draw = np.random.default_rng(size + values)
    scores = (draw.integers(0, values, size) / values).astype(np.float32)
    scores[draw.random(size) < 0.3] = 0
    for count in (1, 3, 30):
        order = sorted(np.flatnonzero(scores).tolist(), key=lambda row: (-scores[row], row))
        assert best(scores, count).tolist() == sorted(order[:count])


def test_rare_and_common_terms_add_up_alike_in_all_scores_and_in_those_of_some_rows(tmp_path: Path) -> None:
    draw = random.Random(5)
    passages = [
        ["often"] * draw.randint(1, 4) + ["half"] * draw.randint(0, 1) + ["seldom"] * (draw.random() < 0.05) + ["x"] * 9
        for _ in range(300)
    ]
    index = opened(tmp_path, passages[:120], passages[120:121], passages[121:])
    terms = ["often", "half", "seldom", "half"]
    whole, rows = index.all_scores(terms), np.arange(0, 300, 7)
    assert index.scores(terms, rows).tolist() == whole[rows].tolist()
    assert whole == pytest.approx(bm25(terms, passages), rel=1e-5)


def test_each_term_of_a_question_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []
    find = Postings.find

    def counted(self: Postings, term: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        looked_up.append(term)
        return find(self, term)

    monkeypatch.setattr(Postings, "find", counted)
    index = opened(tmp_path, PASSAGES)
    wanted = ["us", "treati", "unseen", "us"] * 100
    for _ in range(2):
        index.all_scores(wanted)
        index.weights(wanted)
    assert looked_up == ["us", "treati", "unseen"]


def test_what_was_looked_up_keeps_no_index_open(tmp_path: Path) -> None:
    index = opened(tmp_path, PASSAGES)
    index.all_scores(["us"])
    gone = weakref.ref(index)
    gc.disable()
    try:
        del index
        assert gone() is None
    finally:
        gc.enable()
