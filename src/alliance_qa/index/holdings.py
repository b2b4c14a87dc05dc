"""What an engine holds for an index: a collection of each segment, written once, verified, and only then named."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np

from alliance_qa.errors import EngineError, IndexDamagedError, IndexMismatchError, IndexMissingError, SettingsError
from alliance_qa.index import disk, sparse
from alliance_qa.index.engine import Engine, Field, Search, Sparse
from alliance_qa.index.generations import current, read_manifest, versions
from alliance_qa.index.lexical import Bm25Index
from alliance_qa.index.manifest import SegmentInfo, StoredCollection
from alliance_qa.index.milvus import Milvus
from alliance_qa.index.segment import Segment
from alliance_qa.index.tuning import questions
from alliance_qa.ports import Vectors
from alliance_qa.settings import Settings

OWNER = "OWNER"  # a file of the index folder
_OWNER = re.compile(rb"[0-9a-f]{12}\n")
_PREFIX = "alliance_qa_"
RECALL, _K = 0.99, 100
_FLAT_UP_TO = 65_536  # passages that are all compared; of more a graph is made
_EFFORTS = (128, 256, 512, 1_024)
_SAMPLES = 32  # rows that are read again, and looked for
_NEAR = 1e-5  # of two scores that count as equal
_TERMS = 3  # of a passage, that it is looked for by
_SECONDS = 120.0  # for a search of many at the build


def opened(settings: Settings) -> Engine | None:
    """Return the engine that the settings name, not asked for anything yet; None for FAISS in the index folder.

    Raises:
        SettingsError: It has no address.
        ExtraMissingError: Its client is not installed.
    """
    if settings.store == "faiss":
        return None
    if not settings.milvus_uri:
        raise SettingsError("ALLIANCE_QA_STORE=milvus needs a server; set ALLIANCE_QA_MILVUS_URI")
    token = settings.milvus_token.get_secret_value() if settings.milvus_token else ""
    return Milvus(settings.milvus_uri, token, settings.milvus_database)


@contextlib.contextmanager
def closing(settings: Settings) -> Iterator[Engine | None]:
    """Open the engine that the settings name, as `opened`, and close it at the end."""
    engine = opened(settings)
    try:
        yield engine
    finally:
        if engine is not None:
            engine.close()


def owner(index: Path) -> str:
    """Return whose the collections of an index are, drawn where it has none yet.

    It lasts before the first collection is made: whatever becomes of that, the next build knows it for its own. The
    caller holds `lock`.

    Raises:
        OSError: The disk refused.
    """
    path, new = index / OWNER, index / f"{OWNER}.new"
    with contextlib.suppress(FileNotFoundError):
        if _OWNER.fullmatch(found := path.read_bytes()):
            return found.decode().strip()
    drawn = secrets.token_hex(6)
    disk.remove(new)
    disk.write(new, f"{drawn}\n".encode())
    disk.rename(new, path)
    disk.sync(index)
    return drawn


def name(owner: str, version: str, number: int) -> str:
    """Return the name of the collection of a segment, the number-th that a generation wrote."""
    return f"{_PREFIX}{owner}_{version}_{number}"


def held(engine: Engine, infos: Sequence[SegmentInfo]) -> list[bool]:
    """Return, of each segment, whether the engine holds all its passages. Raises EngineError."""
    names = [info.collection.name for info in infos if info.collection]
    found = engine.counts(names) if names else {}
    return [
        not info.passages or (info.collection is not None and found.get(info.collection.name) == info.passages)
        for info in infos
    ]


def require(engine: Engine, infos: Sequence[SegmentInfo]) -> None:
    """Raise EngineError unless the engine holds all passages of all segments."""
    lacking = [info.name for info, is_held in zip(infos, held(engine, infos), strict=True) if not is_held]
    if lacking:
        raise EngineError(
            f"{engine.name} does not hold all passages of {len(lacking)} of {len(infos)} segments "
            f'({lacking[0]} for one); run "alliance-qa index" to write them again'
        )


def sweep(engine: Engine, index: Path, owner: str) -> None:
    """Drop the collections of an index that no generation on disk names: of removed ones, and of killed builds.

    Where a manifest cannot be read, or generations cannot be listed, what they name is not known, and nothing is
    dropped.

    Raises:
        EngineError: The engine cannot be asked.
    """
    try:
        there = versions(index)
        infos = [info for version in there for info in read_manifest(index, version).segments]
        with contextlib.suppress(IndexMissingError):  # before the first one
            if current(index) not in there:
                return
    except (IndexDamagedError, IndexMismatchError, IndexMissingError):
        return
    named = {info.collection.name for info in infos if info.collection}
    for each in engine.collections(f"{_PREFIX}{owner}_"):
        if each not in named:
            engine.drop(each)


def write(engine: Engine, segment: Segment, collection: str) -> StoredCollection:
    """Write the collection of a segment that has passages, and compare it with the segment.

    Raises:
        EngineError: The engine cannot be asked, holds something else, or finds too little of what is nearest.
    """
    vectors, terms = np.asarray(segment.corpus.vectors), sparse.PassageTerms(segment.postings)
    kind = "FLAT" if len(vectors) <= _FLAT_UP_TO else "HNSW"
    engine.write(collection, vectors, terms, kind=kind)
    written = StoredCollection(collection, len(vectors), kind, 0, 0.0)
    random = np.random.default_rng(1)
    rows = np.sort(random.choice(len(vectors), min(_SAMPLES, len(vectors)), replace=False)).tolist()
    found, held_terms = engine.stored(collection, rows)
    if engine.counts([collection]) != {collection: len(vectors)} or not (
        np.array_equal(found, vectors[rows]) and all(map(_alike, held_terms, map(terms, rows)))
    ):
        raise EngineError(f"{engine.name} holds other rows in {collection} than were written; run it again")
    lexical = _lexical_recall(engine, written, segment, rows)
    recall = 0.0
    for effort in _EFFORTS if kind == "HNSW" else (0,):
        written = replace(written, effort=effort)
        recall = _dense_recall(engine, written, vectors, rows)
        if recall >= RECALL:
            break
    written = replace(written, recall=round(min(recall, lexical), 4))
    if written.recall < RECALL:
        raise EngineError(
            f"{engine.name} finds {written.recall:.3f} of the nearest {_K} of {len(vectors)} passages in {collection}, "
            f"where {RECALL} is needed; set ALLIANCE_QA_SEGMENT_PASSAGES to at most {_FLAT_UP_TO}, up to which all are "
            'compared, and run "alliance-qa index --full"'
        )
    return written


def _alike(one: Sparse, other: Sparse) -> bool:
    return one.keys() == other.keys() and all(abs(one[at] - other[at]) < 1e-5 for at in one)


def _dense_recall(engine: Engine, written: StoredCollection, vectors: Vectors, rows: Sequence[int]) -> float:
    """Return the share of the nearest rows that are found, by their cosine, for drawn questions and sampled rows.

    A passage must be found by its own vector, or one as near: where one is not, the share is 0.
    """
    k = min(_K, len(vectors))
    own = vectors[[row for row in rows if vectors[row].any()]]
    recalls = [1.0]
    for asked in [*questions(vectors), own]:
        if len(asked):
            nearest = faiss.knn(asked, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)[0]
            search = Search(
                written.name, Field.VECTOR, asked, k, effort=max(k, written.effort) if written.effort else 0
            )
            ((*found,),) = engine.search([search], seconds=_SECONDS)
            reached = [vectors[some] @ each for (_, some), each in zip(found, asked, strict=True)]
            pairs = [*zip(reached, nearest, strict=True)]
            recalls.append(float(np.mean([np.sum(some >= best[-1] - _NEAR) / k for some, best in pairs])))
            if asked is own and any(some.max(initial=-1) < best[0] - _NEAR for some, best in pairs):
                return 0.0
    return min(recalls)


def _lexical_recall(engine: Engine, written: StoredCollection, segment: Segment, rows: Sequence[int]) -> float:
    """Return the share of the best rows that are found by words of the sampled ones, by their exact score."""
    exact = Bm25Index([segment.postings])
    texts = [words for words in segment.corpus.terms_at(rows) if words]
    asked = [words[:: max(1, len(words) // _TERMS)][:_TERMS] for words in texts]
    if not asked:
        return 1.0
    queries = [sparse.question(exact.weighed(words)) for words in asked]
    (found,) = engine.search([Search(written.name, Field.TERMS, queries, _K)], seconds=_SECONDS)
    recalls = []
    for (_, some), words in zip(found, asked, strict=True):
        best = np.sort(exact.all_scores(words))[::-1][:_K]
        best = best[best > 0]
        recalls.append(float(np.sum(exact.scores(words, some) >= best[-1] - _NEAR)) / len(best))
    return float(np.mean(recalls))
