"""The FAISS store against a slow exact search."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_qa.dense.faiss import FaissIndex, serialize
from alliance_qa.errors import IndexDamagedError
from alliance_qa.ports import Mask, Rows, Vectors

DIMENSION = 8


def units(seed: int, count: int, dimension: int = DIMENSION) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def axis(at: int, dimension: int = DIMENSION) -> Vectors:
    vector = np.zeros(dimension, np.float32)
    vector[at] = 1
    return vector


def opened(folder: Path, vectors: Vectors) -> FaissIndex:
    path = folder / "vectors.faiss"
    path.unlink(missing_ok=True)  # an open index maps the file; it keeps its own
    path.write_bytes(serialize(vectors))
    return FaissIndex.open(path)


def exact(vectors: Vectors, query: Vectors, k: int, allowed: Mask | None) -> tuple[Vectors, Rows]:
    """Return the best by (cosine, row), one dot product after another."""
    cosines = [(-float(vector @ query), row) for row, vector in enumerate(vectors)]
    best = sorted(pair for pair in cosines if allowed is None or allowed[pair[1]])[:k]
    return np.array([-score for score, _ in best], np.float32), np.array([row for _, row in best], np.int64)


@pytest.mark.parametrize("count", [1, 2, 17, 300])
@pytest.mark.parametrize("k", [1, 5, 299, 1000])
@pytest.mark.parametrize("share", [None, 0.5, 0.02])
def test_the_store_agrees_with_an_exact_search(tmp_path: Path, count: int, k: int, share: float | None) -> None:
    vectors = units(1, count)
    index = opened(tmp_path, vectors)
    allowed = None if share is None else np.random.default_rng(2).random(count) < share
    for query in units(3, 20):
        scores, rows = index.search(query, k, allowed)
        wanted_scores, wanted_rows = exact(vectors, query, k, allowed)
        assert rows.tolist() == wanted_rows.tolist()
        np.testing.assert_allclose(scores, wanted_scores, atol=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    places=st.lists(st.integers(0, 3), min_size=1, max_size=60),
    k=st.integers(1, 70),
    mask=st.one_of(st.none(), st.lists(st.booleans(), min_size=60, max_size=60)),
)
def test_among_many_duplicates_the_store_agrees_with_an_exact_search(
    tmp_path: Path, places: list[int], k: int, mask: list[bool] | None
) -> None:
    vectors = units(4, 4)[places]
    query = units(5, 1)[0]
    index = opened(tmp_path, vectors)
    allowed = None if mask is None else np.array(mask[: len(places)])
    # Distinct vectors are far apart, so rounding cannot change which is nearer.
    order = {place: rank for rank, place in enumerate(np.argsort(-(units(4, 4) @ query)).tolist())}
    rows = [row for row in range(len(places)) if allowed is None or allowed[row]]
    assert index.search(query, k, allowed)[1].tolist() == sorted(rows, key=lambda row: (order[places[row]], row))[:k]


def test_equal_cosines_come_lowest_row_first(tmp_path: Path) -> None:
    vectors = np.stack([axis(1), axis(0), axis(1), axis(0), axis(0)])
    scores, rows = opened(tmp_path, vectors).search(axis(0), 5, None)
    assert rows.tolist() == [1, 3, 4, 0, 2]
    assert scores.tolist() == [1, 1, 1, 0, 0]


@pytest.mark.parametrize("k", [1, 2, 3, 7, 40, 99])
def test_equal_cosines_at_the_border_come_lowest_row_first(tmp_path: Path, k: int) -> None:
    vectors = np.repeat(axis(0)[None], 100, axis=0)
    assert opened(tmp_path, vectors).search(axis(0), k, None)[1].tolist() == list(range(k))


@pytest.mark.parametrize(("far", "near", "k"), [(10, 3, 5), (100, 5, 7), (200, 100, 150)])
def test_equal_cosines_at_the_border_come_lowest_row_first_when_nearer_ones_follow(
    tmp_path: Path, far: int, near: int, k: int
) -> None:
    """Each nearer vector makes FAISS drop one of the equal ones, and not the highest row."""
    vectors = np.stack([axis(1)] * far + [axis(0)] * near)
    rows = opened(tmp_path, vectors).search(axis(0), k, None)[1]
    assert rows.tolist() == [*range(far, far + near), *range(k - near)]


def test_equal_cosines_at_the_border_stay_within_the_mask(tmp_path: Path) -> None:
    vectors = np.repeat(axis(0)[None], 100, axis=0)
    allowed = np.zeros(100, np.bool_)
    allowed[[90, 7, 33, 8]] = True
    assert opened(tmp_path, vectors).search(axis(0), 2, allowed)[1].tolist() == [7, 8]


def test_a_search_gives_float32_cosines_and_int64_rows(tmp_path: Path) -> None:
    scores, rows = opened(tmp_path, units(1, 3)).search(axis(0), 2, None)
    assert (scores.dtype.name, rows.dtype.name) == ("float32", "int64")


def test_more_than_are_stored_returns_all_without_padding(tmp_path: Path) -> None:
    vectors = np.stack([axis(1), axis(0)])
    assert opened(tmp_path, vectors).search(axis(0), 50, None)[1].tolist() == [1, 0]


def test_more_than_are_allowed_returns_the_allowed_without_padding(tmp_path: Path) -> None:
    vectors = np.stack([axis(1), axis(0), axis(2)])
    allowed = np.array([True, False, True])
    assert opened(tmp_path, vectors).search(axis(0), 50, allowed)[1].tolist() == [0, 2]


def test_a_store_of_nothing_finds_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path, np.empty((0, DIMENSION), np.float32))
    scores, rows = index.search(axis(0), 3, None)
    assert (len(index), scores.tolist(), rows.tolist()) == (0, [], [])


def test_a_mask_that_allows_nothing_finds_nothing(tmp_path: Path) -> None:
    scores, rows = opened(tmp_path, units(1, 4)).search(axis(0), 3, np.zeros(4, np.bool_))
    assert (scores.tolist(), rows.tolist()) == ([], [])


def test_the_length_is_the_number_of_vectors(tmp_path: Path) -> None:
    assert len(opened(tmp_path, units(1, 13))) == 13


@pytest.mark.parametrize("fault", [np.nan, np.inf, -np.inf])
def test_a_question_that_is_not_finite_is_refused(tmp_path: Path, fault: float) -> None:
    query = axis(0)
    query[3] = fault
    with pytest.raises(ValueError, match="the query must be 8 finite numbers"):
        opened(tmp_path, units(1, 3)).search(query, 1, None)


@pytest.mark.parametrize("shape", [(7,), (9,), (1, 8), (0,), ()])
def test_a_question_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="the query must be 8 finite numbers, not shape"):
        opened(tmp_path, units(1, 3)).search(np.zeros(shape, np.float32), 1, None)


@pytest.mark.parametrize("k", [0, -1])
def test_to_ask_for_nothing_is_refused(tmp_path: Path, k: int) -> None:
    with pytest.raises(ValueError, match=f"k must be at least 1, not {k}"):
        opened(tmp_path, units(1, 3)).search(axis(0), k, None)


@pytest.mark.parametrize(
    "content",
    [b"", b"no index", b"\0" * 100, serialize(units(1, 3))[:-1], serialize(units(1, 3))[:20]],
    ids=["empty", "text", "zeros", "cut at the end", "cut in the head"],
)
def test_a_file_that_is_no_faiss_index_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors.faiss"
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError, match=r'vectors\.faiss is not a FAISS index; run "alliance-qa index" again$'):
        FaissIndex.open(path)


def test_a_file_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match="is not a FAISS index"):
        FaissIndex.open(tmp_path / "vectors.faiss")


def test_the_same_vectors_are_the_same_bytes() -> None:
    vectors = units(1, 5)
    assert serialize(vectors) == serialize(np.asfortranarray(vectors).astype(np.float64))


def test_the_bytes_hold_every_vector_unchanged(tmp_path: Path) -> None:
    vectors = units(6, 9)
    path = tmp_path / "vectors.faiss"
    path.write_bytes(serialize(vectors))
    assert faiss.read_index(str(path)).reconstruct_n(0, 9).tolist() == vectors.tolist()
