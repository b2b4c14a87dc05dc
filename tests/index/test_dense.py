"""The FAISS store against a slow exact search."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alliance_qa.errors import IndexDamagedError, SettingsError
from alliance_qa.index.dense import FaissIndex
from alliance_qa.index.tuning import BuiltIndex, build
from alliance_qa.ports import Mask, Rows, Vectors

DIMENSION = 8


def units(seed: int, count: int, dimension: int = DIMENSION) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def axis(at: int, dimension: int = DIMENSION) -> Vectors:
    vector = np.zeros(dimension, np.float32)
    vector[at] = 1
    return vector


def opened(folder: Path, vectors: Vectors, factory: str = "") -> FaissIndex:
    return written(folder, build(vectors, factory=factory).data, vectors)


def written(folder: Path, data: bytes, vectors: Vectors) -> FaissIndex:
    path = folder / "vectors.faiss"
    path.unlink(missing_ok=True)  # an open index maps the file; it keeps its own
    path.write_bytes(data)
    return FaissIndex.open(path, vectors)


def crowded(spread: float, count: int) -> Vectors:
    """Return vectors around one axis, which codes of few bits hardly tell apart, and both ends of every axis."""
    around = axis(0) + spread * np.random.default_rng(2).normal(size=(count, DIMENSION))
    vectors = np.concatenate([np.eye(DIMENSION), -np.eye(DIMENSION), around])[:count]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def without_recall(built: BuiltIndex) -> tuple[str, str]:
    return built.factory, built.parameters


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


def test_a_question_may_lie_in_memory_in_any_way(tmp_path: Path) -> None:
    vectors = units(1, 300)
    index = opened(tmp_path, vectors)
    questions = np.asfortranarray(units(3, 4))
    for question in (questions[2], questions[2].astype(np.float64), questions[2][::-1]):
        wanted = exact(vectors, np.ascontiguousarray(question, dtype=np.float32), 5, None)
        assert index.search(question, 5, None)[1].tolist() == wanted[1].tolist()


@pytest.mark.parametrize("k", [0, -1])
def test_to_ask_for_nothing_is_refused(tmp_path: Path, k: int) -> None:
    with pytest.raises(ValueError, match=f"k must be at least 1, not {k}"):
        opened(tmp_path, units(1, 3)).search(axis(0), k, None)


DAMAGED = r'vectors\.faiss is not a FAISS index; run "alliance-qa index" again$'


@pytest.mark.parametrize(
    "content",
    [b"", b"no index", b"\0" * 100, build(units(1, 3)).data[:-1], build(units(1, 3)).data[:20]],
    ids=["empty", "text", "zeros", "cut at the end", "cut in the head"],
)
def test_a_file_that_is_no_faiss_index_is_damaged(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(IndexDamagedError, match=DAMAGED):
        written(tmp_path, content, units(1, 3))


def test_a_file_that_is_not_there_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(IndexDamagedError, match=DAMAGED):
        FaissIndex.open(tmp_path / "vectors.faiss", units(1, 3))


@pytest.mark.parametrize(
    ("factory", "true", "claimed", "reason"),
    [
        ("PQ4x4fs", struct.pack("<Q", 4 * 16 * 2), struct.pack("<Q", 1 << 31), "size"),  # centroids, 8 GiB
        ("SQ8", struct.pack("<QQ", 8, 2 * DIMENSION), struct.pack("<QQ", 8, 1 << 31), "size"),  # ranges, 8 GiB
        ("IVF7,SQ8", b"ilar" + struct.pack("<Q", 7), b"ilar" + struct.pack("<Q", 1 << 28), "loop_limit"),
    ],
)
def test_a_header_that_claims_gigabytes_is_refused_before_they_are_taken(
    tmp_path: Path, factory: str, true: bytes, claimed: bytes, reason: str
) -> None:
    vectors = units(1, 300)
    data = build(vectors, factory=factory).data
    assert data.count(true) == 1
    with pytest.raises(IndexDamagedError, match=DAMAGED) as raised:
        written(tmp_path, data.replace(true, claimed), vectors)
    assert isinstance(raised.value.__cause__, RuntimeError)  # no MemoryError
    assert reason in str(raised.value.__cause__)


def test_the_limits_of_the_process_are_as_before(tmp_path: Path) -> None:
    before = faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()
    opened(tmp_path, units(1, 300), "IVF7,SQ8")
    with pytest.raises(IndexDamagedError):
        written(tmp_path, b"", units(1, 3))
    assert (faiss.get_deserialization_vector_byte_limit(), faiss.get_deserialization_loop_limit()) == before


@pytest.mark.parametrize("vectors", [units(1, 4), units(1, 3, dimension=9)], ids=["a row more", "another dimension"])
def test_a_file_of_other_vectors_is_damaged(tmp_path: Path, vectors: Vectors) -> None:
    with pytest.raises(IndexDamagedError, match=r"vectors\.faiss is not the FAISS index of its vectors; run"):
        written(tmp_path, build(units(1, 3)).data, vectors)


def test_a_file_for_another_metric_is_damaged(tmp_path: Path) -> None:
    index = faiss.IndexFlatL2(DIMENSION)
    index.add(units(1, 3))
    with pytest.raises(IndexDamagedError, match=r"vectors\.faiss is not the FAISS index of its vectors; run"):
        written(tmp_path, bytes(faiss.serialize_index(index)), units(1, 3))


@pytest.mark.parametrize("factory", ["", "PQ4x4fs", "SQ8", "IVF16,SQ8", "HNSW8,SQ8"])
def test_the_same_vectors_are_the_same_bytes(factory: str) -> None:
    vectors = units(1, 1000)
    first = build(vectors, factory=factory)
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    try:
        assert build(np.asfortranarray(vectors).astype(np.float64), factory=factory) == first
        assert faiss.omp_get_max_threads() == 2
    finally:
        faiss.omp_set_num_threads(before)


def test_the_bytes_of_an_exact_index_hold_every_vector_unchanged(tmp_path: Path) -> None:
    vectors = units(6, 9)
    path = tmp_path / "vectors.faiss"
    path.write_bytes(build(vectors).data)
    assert faiss.read_index(str(path)).reconstruct_n(0, 9).tolist() == vectors.tolist()


def test_up_to_16384_vectors_are_searched_exactly() -> None:
    built = build(units(1, 16_384, 32))
    assert (built.factory, built.parameters, built.recall) == ("Flat", "", 1.0)


def test_more_vectors_are_searched_by_their_codes() -> None:
    built = build(units(1, 16_385, 32))
    assert without_recall(built) == ("PQ16x4fs", "")
    assert 0.95 <= built.recall < 1


def test_where_short_codes_find_too_little_longer_ones_are_taken() -> None:
    vectors = units(1, 16_385)
    assert build(vectors, factory="PQ4x4fs").recall < 0.95
    built = build(vectors)
    assert without_recall(built) == ("SQ8", "")
    assert built.recall >= 0.95


def test_an_odd_dimension_is_not_cut_into_pairs() -> None:
    assert without_recall(build(units(1, 16_385, 7))) == ("SQ8", "")


def test_where_all_codes_find_too_little_the_search_is_exact() -> None:
    vectors = crowded(0.05, 16_385)
    assert build(vectors, factory="SQ8").recall < 0.95
    built = build(vectors)
    assert (built.factory, built.parameters, built.recall) == ("Flat", "", 1.0)


def test_a_forced_factory_is_kept_with_its_low_recall() -> None:
    built = build(units(1, 2000), factory="PQ1x4fs")
    assert without_recall(built) == ("PQ1x4fs", "")
    assert 0 < built.recall < 0.95


@pytest.mark.parametrize(
    ("factory", "parameters"), [("IVF64,Flat", "nprobe=32"), ("IVF4,Flat", "nprobe=8"), ("HNSW8,SQ8", "efSearch=64")]
)
def test_a_forced_factory_searches_as_widely_as_the_recall_needs(tmp_path: Path, factory: str, parameters: str) -> None:
    built = build(units(1, 3000, 16), factory=factory)
    assert without_recall(built) == (factory, parameters)
    assert built.recall >= 0.95
    path = tmp_path / "vectors.faiss"
    path.write_bytes(built.data)
    index: Any = faiss.read_index(str(path))
    assert parameters == (f"efSearch={index.hnsw.efSearch}" if "HNSW" in factory else f"nprobe={index.nprobe}")


def test_a_forced_factory_is_not_needed_where_there_are_no_vectors() -> None:
    assert build(np.empty((0, DIMENSION), np.float32), factory="IVF64,Flat").factory == "Flat"


@pytest.mark.parametrize("factory", ["nonsense", "PQ3x4fs", "LSH"])
def test_a_factory_that_faiss_does_not_know_is_refused(factory: str) -> None:
    with pytest.raises(SettingsError) as raised:
        build(units(1, 300), factory=factory)
    assert str(raised.value) == (
        f"ALLIANCE_QA_FAISS_FACTORY='{factory}' is no FAISS factory string for dimension 8; "
        "leave it empty to choose by size"
    )


@pytest.mark.parametrize("factory", ["IVF64,Flat", "PQ4x4fs"])
def test_vectors_too_few_to_train_a_forced_factory_are_indexed_exactly(factory: str) -> None:
    built = build(units(1, 3), factory=factory)
    assert (built.factory, built.parameters, built.recall) == ("Flat", "", 1.0)


@pytest.mark.parametrize("factory", ["IDMap,Flat"])
def test_a_factory_that_cannot_be_built_is_refused(factory: str) -> None:
    with pytest.raises(SettingsError) as raised:
        build(units(1, 3), factory=factory)
    assert str(raised.value) == (
        f"ALLIANCE_QA_FAISS_FACTORY='{factory}' cannot be built from 3 vectors; leave it empty to choose by size"
    )


@pytest.mark.parametrize("factory", ["PQ4x4fs", "SQ8", "IVF16,SQ8", "HNSW8,SQ8"])
@pytest.mark.parametrize("share", [None, 0.9])
def test_an_approximate_search_gives_exact_cosines_in_order(tmp_path: Path, factory: str, share: float | None) -> None:
    vectors = units(1, 12_000)
    allowed = None if share is None else np.random.default_rng(2).random(len(vectors)) < share
    index = opened(tmp_path, vectors, factory)
    agreeing = 0
    for query in units(3, 20):
        scores, rows = index.search(query, 10, allowed)
        assert len(set(rows.tolist())) == 10
        assert allowed is None or allowed[rows].all()
        np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-6)
        assert sorted(zip(-scores, rows, strict=True)) == list(zip(-scores, rows, strict=True))
        agreeing += len(set(exact(vectors, query, 10, allowed)[1].tolist()) & set(rows.tolist()))
    assert agreeing >= 120  # of 200; the codes of four pairs are coarse


@pytest.mark.parametrize("factory", ["PQ4x4fs", "SQ8", "IVF16,SQ8"])
@pytest.mark.parametrize("k", [1, 10, 300])
def test_among_many_duplicates_an_approximate_search_keeps_the_lowest_rows(
    tmp_path: Path, factory: str, k: int
) -> None:
    """400 equal vectors have one code, so the 100 that are asked for first are any of them."""
    vectors = units(1, 3000)
    places = np.sort(np.random.default_rng(2).permutation(3000)[:400])
    vectors[places] = axis(0)
    assert opened(tmp_path, vectors, factory).search(axis(0), k, None)[1].tolist() == places[:k].tolist()


@pytest.mark.parametrize("factory", ["PQ4x4fs", "SQ8", "IVF64,SQ8", "HNSW8,SQ8"])
def test_where_the_nearest_rows_are_not_allowed_the_search_is_exact(tmp_path: Path, factory: str) -> None:
    vectors = units(1, 20_000)
    query = units(3, 1)[0]
    allowed = vectors @ query < np.partition(vectors @ query, 9_000)[9_000]
    scores, rows = opened(tmp_path, vectors, factory).search(query, 10, allowed)
    wanted_scores, wanted_rows = exact(vectors, query, 10, allowed)
    assert rows.tolist() == wanted_rows.tolist()
    np.testing.assert_allclose(scores, wanted_scores, atol=1e-6)


@pytest.mark.parametrize("factory", ["PQ4x4fs", "IVF256,SQ8", "HNSW8,SQ8"])
@pytest.mark.parametrize("k", [2_400, 15_000])
def test_more_than_an_approximate_search_reaches_is_still_found(tmp_path: Path, factory: str, k: int) -> None:
    """The probed lists hold fewer rows than are wanted, which FAISS pads with row -1."""
    vectors = units(1, 20_000)
    query = units(3, 1)[0]
    scores, rows = opened(tmp_path, vectors, factory).search(query, k, None)
    assert len(set(rows.tolist())) == k
    assert rows.min() >= 0
    np.testing.assert_allclose(scores, vectors[rows] @ query, atol=1e-6)


@pytest.mark.parametrize(("few", "found"), [(8_192, True), (8_193, False)])
def test_up_to_8192_allowed_rows_are_compared_without_the_index(tmp_path: Path, few: int, found: bool) -> None:
    """The index is that of other vectors and would propose other rows."""
    vectors = units(1, 40_000)
    index = written(tmp_path, build(vectors[::-1], factory="SQ8").data, vectors)
    allowed = np.arange(len(vectors)) < few
    assert (index.search(vectors[5], 1, allowed)[1].tolist() == [5]) is found


def test_vectors_in_a_memory_map_are_read_where_they_are(tmp_path: Path) -> None:
    vectors = units(1, 3000)
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r+")
    index = opened(tmp_path, mapped, "SQ8")
    mapped[7] = -vectors[7]
    allowed = np.arange(len(vectors)) == 7
    assert index.search(vectors[7], 1, allowed)[0].tolist() == pytest.approx([-1])
