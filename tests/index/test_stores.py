"""Every store proposes the same passages: FAISS in the index folder, and Milvus, of which Lite stands in."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import numpy as np
import pytest
from pymilvus import MilvusException

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import EngineError
from alliance_qa.index import candidates, holdings, store
from alliance_qa.index.candidates import expressions
from alliance_qa.index.dense import FEW
from alliance_qa.index.engine import Engine
from alliance_qa.index.generation import Generation
from alliance_qa.index.milvus import Milvus
from alliance_qa.index.part import Part
from alliance_qa.ports import Mask
from edges.embedder import WordEmbedder
from edges.milvus import lite
from small_collection import FILES, GARDENS, RECIPE, built, read, states

pytestmark = pytest.mark.usefixtures("unsynced")

MANY = b"\n\n".join(
    b"Maple number %d stands in row %d of the garden. It is %d years old." % (n, n % 9, n % 4) for n in range(500)
)
SEGMENTS = (
    {"m.txt": GARDENS, "z.md": FILES["a.md"]},
    {"b.txt": MANY, "n.txt": GARDENS, "only.md": b"# Only a heading\n"},
    {"a.html": FILES["c.html"], "c.txt": GARDENS, "d.txt": MANY[:9_000]},
)
QUESTIONS = [
    ["mapl"],
    ["garden", "row", "7"],
    ["row", "row", "old"],
    ["harbour", "unseen"],
    ["unseen"],
    [],
    ["mapl", "stand", "row", "garden", "year", "old", "number"],
]


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with lite(tmp_path_factory.mktemp("lite") / "data") as uri:
        yield uri


@pytest.fixture
def engine(uri: str) -> Iterator[Milvus]:
    milvus = Milvus(uri)
    yield milvus
    for name in milvus.collections(""):
        milvus.drop(name)
    milvus.close()


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    """Three segments; of the second some passages are such as the model cannot read."""
    first, second, third = (built(read(files)) for files in SEGMENTS)
    vectors = second.vectors.copy()
    vectors[3:9] = 0
    return [first, replace(second, vectors=vectors), third]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, parts: list[Part]) -> Iterator[tuple[Generation, Generation]]:
    """The same generation, asked through FAISS and through Milvus."""
    folder = tmp_path_factory.mktemp("both")
    with lite(folder / "lite") as uri:
        milvus = Milvus(uri)
        write(folder / "index", milvus, *parts)
        yield opened(folder / "index", None), opened(folder / "index", milvus)
        milvus.close()


def write(
    folder: Path, engine: Engine | None, *parts: Part, keep: Generation | None = None, oldest: str | None = "000001"
) -> None:
    with store.lock(folder), store.draft(folder, engine) as draft:
        for part in parts:
            draft.add(part)
        for segment in keep.segments if keep else ():
            draft.keep(segment, store.current(folder))
        draft.commit(RECIPE, states(parts), dimension=64, reused=0, oldest=oldest, retain=1)


def opened(folder: Path, engine: Engine | None) -> Generation:
    generation, damage = store.open_sound(folder, RECIPE, engine=engine)
    assert damage is None
    return generation


def masks(count: int) -> list[Mask | None]:
    """Return filters of every kind: runs, single rows, most, few, none."""
    chance = np.random.default_rng(5)
    runs = np.zeros(count, np.bool_)
    runs[2:7] = runs[40:300] = True
    return [
        None,
        runs,
        ~runs,
        np.arange(count) % 2 == 0,
        chance.random(count) < 0.9,
        chance.random(count) < 0.05,
        np.ones(count, np.bool_),
        np.zeros(count, np.bool_),
        np.arange(count) == count - 1,
    ]


@pytest.mark.parametrize("few", [0, FEW], ids=["by filters", "compared here"])
def test_milvus_gives_what_faiss_gives(
    both: tuple[Generation, Generation], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """The same rows in the same order with the same cosines, and the same rows by words, to the last bit."""
    monkeypatch.setattr(candidates, "FEW", few)
    faiss, milvus = both
    count = len(faiss.dense)
    assert count == len(milvus.dense) > 300
    texts = ["Which maple stands in row 7?", "The harbour of Yokosuka"]
    for allowed in masks(count):
        for text in texts:
            vector = WordEmbedder().embed_question(text)
            for k in (1, 100, count + 5):
                expected, found = faiss.dense.search(vector, k, allowed), milvus.dense.search(vector, k, allowed)
                assert found[1].tolist() == expected[1].tolist()
                assert found[0].tobytes() == expected[0].tobytes()
        for terms in QUESTIONS:
            for most in (1, 100, count):
                rows = milvus.lexical.best(terms, most, allowed)
                assert rows.tolist() == faiss.lexical.best(terms, most, allowed).tolist()
                assert milvus.lexical.scores(terms, rows).tobytes() == faiss.lexical.scores(terms, rows).tobytes()


def test_words_and_weights_come_from_the_index_folder(both: tuple[Generation, Generation]) -> None:
    faiss, milvus = both
    for terms in QUESTIONS:
        assert milvus.lexical.weights(terms) == faiss.lexical.weights(terms)
        assert milvus.lexical.holds(terms) == faiss.lexical.holds(terms)
    assert milvus.lexical.words_like("mapel", 1) == faiss.lexical.words_like("mapel", 1) == {"maple": 1}


def test_a_filter_is_made_of_numbers_alone() -> None:
    mask = np.zeros(20, np.bool_)
    mask[3:17] = mask[19] = True
    assert expressions(mask) == [("(row >= 3 and row < 17) or (row >= 19 and row < 20)", 15)]
    assert expressions(np.zeros(5, np.bool_)) == []


def test_many_runs_are_asked_for_in_several_calls() -> None:
    mask = np.arange(600) % 2 == 0
    found = expressions(mask)
    assert [count for _, count in found] == [128, 128, 44]
    assert " or ".join(text for text, _ in found).count("row >=") == 300


def test_a_filter_that_would_take_many_calls_is_compared_here(
    both: tuple[Generation, Generation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would share a few threads with all other questions."""
    monkeypatch.setattr(candidates, "FEW", 0)
    monkeypatch.setattr(candidates, "_RUNS", 2)
    calls: list[int] = []
    search = Milvus.search

    def counted(self: Milvus, searches, *, seconds=1.0):  # type: ignore[no-untyped-def]
        calls.append(len(searches))
        return search(self, searches, seconds=seconds)

    monkeypatch.setattr(Milvus, "search", counted)
    faiss, milvus = both
    vector = WordEmbedder().embed_question("Which maple stands in row 7?")
    for runs, most in ((16, 8), (17, 0), (200, 0)):
        calls.clear()
        allowed = np.zeros(len(faiss.dense), np.bool_)
        allowed[faiss.segments[0].info.passages :][: 2 * runs : 2] = True
        assert milvus.dense.search(vector, 5, allowed)[1].tolist() == faiss.dense.search(vector, 5, allowed)[1].tolist()
        rows = milvus.lexical.best(["mapl"], 5, allowed)
        assert rows.tolist() == faiss.lexical.best(["mapl"], 5, allowed).tolist()
        assert max(calls, default=0) == most


def test_an_empty_index_has_no_candidates(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine)
    empty = opened(tmp_path, engine)
    assert empty.dense.search(np.full(64, 0.125, np.float32), 3, None)[1].tolist() == []
    assert empty.lexical.best(["mapl"], 3, None).tolist() == []
    assert engine.collections("") == []


def test_a_segment_without_passages_needs_no_collection(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read({"only.md": b"# Only a heading\n"})), built(read()))
    generation = opened(tmp_path, engine)
    assert [segment.info.collection is None for segment in generation.segments] == [True, False]
    assert generation.lexical.best(["harbour"], 9, None).tolist() != []


def test_what_cannot_be_searched_for_is_refused(both: tuple[Generation, Generation]) -> None:
    for generation in both:
        with pytest.raises(ValueError, match="k must be at least 1"):
            generation.dense.search(np.ones(64, np.float32), 0, None)
        with pytest.raises(ValueError, match="finite numbers"):
            generation.dense.search(np.full(64, np.nan, np.float32), 1, None)


def test_the_manifest_names_each_collection_and_its_recall(tmp_path: Path, engine: Milvus, parts: list[Part]) -> None:
    write(tmp_path, engine, parts[0], parts[2])
    manifest = store.read_manifest(tmp_path)
    assert manifest.format == 6
    owner = (tmp_path / "OWNER").read_text().strip()
    found = [segment.collection for segment in manifest.segments]
    assert [(c.name, c.passages, c.kind, c.effort, c.recall) for c in found if c] == [
        (f"alliance_qa_{owner}_000001_{number}", len(part.passages), "FLAT", 0, 1.0)
        for number, part in enumerate((parts[0], parts[2]), 1)
    ]
    assert engine.collections("") == sorted(c.name for c in found if c)


def test_whatever_a_call_ends_with_is_a_fault_that_has_a_name(engine: Milvus) -> None:
    class LostError(grpc.RpcError):  # type: ignore[misc]
        pass

    for error in (LostError(), MilvusException(1, "no"), MilvusException(1_804, "no"), ValueError(), OSError()):

        def call(error: Exception = error) -> None:
            raise error

        with pytest.raises(EngineError, match=r"Milvus at http://127\.0\.0\.1:\d+ "):
            engine._all([call], 1.0)


@pytest.mark.parametrize(("rows", "seconds"), [(0, 1_800), (32_768, 2_128), (4_194_304, 43_743)])
def test_larger_segments_have_more_time_to_be_written(
    engine: Milvus, monkeypatch: pytest.MonkeyPatch, rows: int, seconds: int
) -> None:
    allowed: list[float] = []
    with monkeypatch.context() as counted:
        counted.setattr(engine, "_late", lambda seconds, call: allowed.append(seconds))
        engine.write("a", np.empty((rows, 0), np.float32), lambda row: {1: 1.0}, kind="FLAT")
    assert [round(each) for each in allowed] == [seconds]


def test_an_index_without_an_engine_is_as_older_versions_read_it(tmp_path: Path) -> None:
    write(tmp_path, None, built(read()))
    text = (tmp_path / "generations/000001/manifest.json").read_text()
    assert '"format": 5' in text
    assert "collection" not in text
    assert not (tmp_path / "OWNER").exists()


def test_the_setting_can_be_taken_back_at_once(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    vector = WordEmbedder().embed_question("harbour")
    expected = opened(tmp_path, engine).dense.search(vector, 3, None)[1].tolist()
    engine.drop(engine.collections("")[0])
    assert opened(tmp_path, None).dense.search(vector, 3, None)[1].tolist() == expected


def test_an_index_built_without_an_engine_says_what_to_do(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, None, built(read()))
    with pytest.raises(EngineError, match=r'was built without Milvus at .*; run "alliance-qa index"'):
        opened(tmp_path, engine)


def test_a_kept_segment_keeps_its_collection_and_gets_one_where_it_has_none(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, None, built(read()))
    write(tmp_path, engine, keep=opened(tmp_path, None))
    first = opened(tmp_path, engine)
    (name,) = engine.collections("")
    write(tmp_path, engine, built(read({"new.txt": GARDENS})), keep=first)
    second = opened(tmp_path, engine)
    assert [s.info.collection.name for s in second.segments if s.info.collection] == [
        f"alliance_qa_{holdings.owner(tmp_path)}_000003_1",
        name,
    ]


def test_a_lost_collection_is_written_again(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    engine.drop(engine.collections("")[0])
    broken = opened(tmp_path, engine)
    with pytest.raises(EngineError, match=r'does not hold all passages of 1 of 1 segments .* run "alliance-qa index"'):
        holdings.require(engine, broken.manifest.segments)
    write(tmp_path, engine, keep=broken)
    mended = opened(tmp_path, engine)
    holdings.require(engine, mended.manifest.segments)
    assert mended.lexical.best(["harbour"], 9, None).tolist() != []


def test_collections_go_one_build_after_their_generation(tmp_path: Path, engine: Milvus) -> None:
    """Whoever still answers from it finds them."""
    for number in range(1, 5):
        write(tmp_path, engine, built(read({"a.txt": b"Row %d has a maple." % number})))
    owner = holdings.owner(tmp_path)
    assert store.versions(tmp_path) == ["000004", "000003"]
    assert engine.collections("") == [f"alliance_qa_{owner}_00000{number}_1" for number in (2, 3, 4)]


def test_a_purge_drops_all_others_at_once(tmp_path: Path, engine: Milvus) -> None:
    for number in range(1, 4):
        write(tmp_path, engine, built(read({"a.txt": b"Row %d has a maple." % number})))
    write(tmp_path, engine, built(read({"a.txt": b"Nothing."})), oldest=None)
    assert engine.collections("") == [f"alliance_qa_{holdings.owner(tmp_path)}_000004_1"]


def test_the_leftovers_of_a_killed_build_are_removed_by_the_next(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    owner = holdings.owner(tmp_path)
    for name in (f"alliance_qa_{owner}_000002_1", f"alliance_qa_{owner}_000002_7", "alliance_qa_other_000001_1"):
        engine.write(name, np.eye(64, dtype=np.float32), lambda row: {1 + row: 1.0}, kind="FLAT")
    write(tmp_path, engine, built(read({"new.txt": GARDENS})))
    named = [f"alliance_qa_{owner}_00000{number}_1" for number in (1, 2)]
    assert engine.collections("") == sorted([*named, "alliance_qa_other_000001_1"])
    holdings.require(engine, store.read_manifest(tmp_path).segments)


def test_the_leftovers_of_a_killed_first_build_are_removed_by_the_next(
    tmp_path: Path, engine: Milvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(store.Draft, "sweep", lambda self: None)  # a process that is killed cleans nothing up
        with pytest.raises(KeyboardInterrupt), store.lock(tmp_path), store.draft(tmp_path, engine) as draft:
            draft.add(built(read()))
            raise KeyboardInterrupt
    (left,) = engine.collections("")
    write(tmp_path, None, built(read()))
    assert '"format": 5' in (tmp_path / "generations/000001/manifest.json").read_text()
    write(tmp_path, engine, built(read()))
    (name,) = engine.collections("")
    assert name == left.replace("_000001_", "_000002_")


def test_a_rollback_past_milvus_keeps_whose_the_collections_are(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, None, built(read()))
    write(tmp_path, engine, built(read()))
    (name,) = engine.collections("")
    with store.lock(tmp_path):
        store.roll_back(tmp_path)
    write(tmp_path, engine, built(read({"new.txt": GARDENS})), oldest=None)
    assert engine.collections("") == [name.replace("_000002_", "_000003_")]


@pytest.mark.parametrize("text", [b"", b"0f0f0f0f0f0f", b"0f_0f0f0f0f0\n", b"\xff" * 12 + b"\n"])
def test_a_damaged_name_is_drawn_again(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "OWNER").write_bytes(text)
    (tmp_path / "OWNER.new").write_bytes(b"left by a power loss")
    drawn = holdings.owner(tmp_path)
    assert (len(drawn), holdings.owner(tmp_path)) == (12, drawn)
    assert not (tmp_path / "OWNER.new").exists()


def test_a_build_that_fails_leaves_no_collection(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    before = engine.collections("")
    with store.lock(tmp_path), pytest.raises(RuntimeError), store.draft(tmp_path, engine) as draft:
        draft.add(built(read({"new.txt": GARDENS})))
        assert len(engine.collections("")) == 2
        raise RuntimeError
    assert engine.collections("") == before


def test_nothing_is_dropped_while_a_manifest_cannot_be_read(tmp_path: Path, engine: Milvus) -> None:
    for number in range(1, 4):
        write(tmp_path, engine, built(read({"a.txt": b"Row %d has a maple." % number})))
    (tmp_path / "generations/000002/manifest.json").write_text("{}")
    before = engine.collections("")
    holdings.sweep(engine, tmp_path, holdings.owner(tmp_path))
    assert engine.collections("") == before


def test_nothing_is_dropped_while_generations_cannot_be_listed(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    before = engine.collections("")
    (tmp_path / "generations").rename(tmp_path / "elsewhere")
    holdings.sweep(engine, tmp_path, holdings.owner(tmp_path))
    (tmp_path / "elsewhere").rename(tmp_path / "generations")
    current = (tmp_path / "CURRENT").read_bytes()
    (tmp_path / "CURRENT").write_bytes(b"?")
    holdings.sweep(engine, tmp_path, holdings.owner(tmp_path))
    (tmp_path / "CURRENT").write_bytes(current)
    assert engine.collections("") == before != []


def test_an_earlier_generation_finds_its_collections(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read({"a.txt": b"Row 1 has a maple."})))
    write(tmp_path, engine, built(read({"a.txt": b"Row 2 has a dune."})))
    with store.lock(tmp_path):
        store.roll_back(tmp_path)
    holdings.require(engine, store.read_manifest(tmp_path).segments)
    assert opened(tmp_path, engine).lexical.best(["mapl"], 1, None).tolist() == [0]


def test_another_operating_point_needs_no_engine(tmp_path: Path, engine: Milvus) -> None:
    write(tmp_path, engine, built(read()))
    before = store.read_manifest(tmp_path)
    with store.lock(tmp_path):
        after = store.set_operating_point(
            tmp_path, OperatingPoint(0.7, 2.0, -1.0, 45, "2026-11-24", "1"), None, retain=1
        )
    assert (after.format, after.segments) == (before.format, before.segments)
    assert opened(tmp_path, engine).lexical.best(["harbour"], 9, None).tolist() != []


def test_a_collection_of_another_index_with_less_in_it_is_never_taken_for_nothing(
    tmp_path: Path, engine: Milvus
) -> None:
    """A collection that lost rows is a fault, whatever is asked."""
    write(tmp_path, engine, built(read()))
    generation = opened(tmp_path, engine)
    (name,) = engine.collections("")
    engine.write(name, np.eye(64, dtype=np.float32)[:1], lambda row: {1: 1.0}, kind="FLAT")
    with pytest.raises(EngineError, match="does not hold all that was written"):
        generation.dense.search(WordEmbedder().embed_question("harbour"), 5, None)
    with pytest.raises(EngineError, match="does not hold all that was written"):
        generation.lexical.best(["harbour"], 5, None)
    with pytest.raises(EngineError, match="does not hold all passages"):
        holdings.require(engine, generation.manifest.segments)


def test_a_collection_that_finds_too_little_is_not_named(
    tmp_path: Path, engine: Milvus, parts: list[Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    search = Milvus.search

    def worse(self: Milvus, searches, *, seconds=1.0):  # type: ignore[no-untyped-def]
        return [[(s[10:], rows[10:]) for s, rows in some] for some in search(self, searches, seconds=seconds)]

    monkeypatch.setattr(Milvus, "search", worse)
    with pytest.raises(EngineError, match=r"where 0.99 is needed; set ALLIANCE_QA_SEGMENT_PASSAGES"):
        write(tmp_path, engine, parts[2])
    assert store.versions(tmp_path) == []
    assert engine.collections("") == []


def test_a_graph_serves_segments_that_are_large(
    tmp_path: Path, engine: Milvus, parts: list[Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdings, "_FLAT_UP_TO", 50)
    write(tmp_path, engine, parts[2])
    generation = opened(tmp_path, engine)
    collection = generation.segments[0].info.collection
    assert collection is not None
    assert (collection.kind, collection.effort) == ("HNSW", 128)
    assert collection.recall >= 0.99
    vector = WordEmbedder().embed_question("Which maple stands in row 7?")
    expected = opened(tmp_path, None).dense.search(vector, 10, None)
    assert generation.dense.search(vector, 10, None)[0].tolist() == expected[0].tolist()


def test_any_filters_and_words_give_the_same(both: tuple[Generation, Generation]) -> None:
    chance = random.Random(11)
    faiss, milvus = both
    count = len(faiss.dense)
    words = [term for terms in QUESTIONS for term in terms]
    for _ in range(20):
        mask = np.random.default_rng(chance.randrange(99)).random(count) < chance.random()
        terms = chance.choices(words, k=chance.randrange(5))
        most = chance.randrange(1, count)
        assert milvus.lexical.best(terms, most, mask).tolist() == faiss.lexical.best(terms, most, mask).tolist()
