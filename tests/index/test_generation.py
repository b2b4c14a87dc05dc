"""Several segments answer as one that holds everything would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from alliance_qa.errors import UnknownDocumentError
from alliance_qa.index import segment
from alliance_qa.index.generation import JoinedCorpus, JoinedDense
from alliance_qa.index.part import Part
from alliance_qa.index.segment import Segment
from edges.embedder import WordEmbedder
from small_collection import FILES, GARDENS, built, read

pytestmark = pytest.mark.usefixtures("unsynced")

MANY = b"\n\n".join(
    b"Maple number %d stands in row %d of the garden. It is %d years old." % (n, n % 9, n % 4) for n in range(60)
)
# In the order of the segments below, in which paths are not in order, and some passages are equal.
SEGMENTS = (
    {"m.txt": GARDENS, "z.md": FILES["a.md"]},
    {"b.txt": MANY, "n.txt": GARDENS, "only.md": b"# Only a heading\n"},
    {"a.html": FILES["c.html"], "c.txt": GARDENS},
)
PATHS = ["a.html", "b.txt", "c.txt", "m.txt", "n.txt", "only.md", "z.md"]


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return [built(read(files)) for files in SEGMENTS]


def opened(folder: Path, part: Part) -> Segment:
    return segment.open_segment(folder, segment.write(folder, part))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, parts: list[Part]) -> list[Segment]:
    folder = tmp_path_factory.mktemp("three")
    return [opened(folder / str(number), part) for number, part in enumerate(parts)]


@pytest.fixture(scope="module")
def whole(parts: list[Part]) -> Part:
    """All rows in one, in the order of the segments."""
    return Part(
        documents=sum((part.documents for part in parts), ()),
        passages=sum((part.passages for part in parts), ()),
        terms=sum((part.terms for part in parts), ()),
        keys=sum((part.keys for part in parts), ()),
        vectors=np.concatenate([part.vectors for part in parts]),
        sentence_vectors=np.concatenate([part.sentence_vectors for part in parts]),
        reused=0,
    )


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, whole: Part) -> Segment:
    return opened(tmp_path_factory.mktemp("one") / "s", whole)


@pytest.fixture
def corpus(three: list[Segment]) -> JoinedCorpus:
    return JoinedCorpus(three, 64)


def test_documents_come_ordered_by_path(corpus: JoinedCorpus, whole: Part) -> None:
    assert [document.path for document in corpus.documents()] == PATHS
    assert corpus.documents() == sorted(whole.documents, key=lambda document: document.path)


def test_a_document_is_found_in_whatever_segment_holds_it(corpus: JoinedCorpus, whole: Part) -> None:
    assert [corpus.document(document.id) for document in whole.documents] == list(whole.documents)


@pytest.mark.parametrize("unknown", ["", "nothing.md-00000000", "%", "B.TXT", "' OR '1'='1", "\0"])
def test_an_unknown_id_is_refused(corpus: JoinedCorpus, unknown: str) -> None:
    with pytest.raises(UnknownDocumentError) as caught:
        corpus.document(unknown)
    assert str(caught.value) == "no document has this id; list the documents to see their ids"


def test_the_facts_of_all_segments_are_known(corpus: JoinedCorpus, whole: Part) -> None:
    assert corpus.facts == {document.id: document.facts for document in whole.documents}


def test_passages_come_in_the_order_asked_for_even_twice(corpus: JoinedCorpus, whole: Part) -> None:
    last = len(whole.passages) - 1
    assert len(corpus) == last + 1
    assert corpus.passages(range(last + 1)) == list(whole.passages)
    rows = [last, 0, 3, last, 2, 20, 3, 1]
    assert corpus.passages(rows) == [whole.passages[row] for row in rows]
    assert corpus.passages(np.array(rows)) == corpus.passages(rows)  # type: ignore[arg-type]
    assert corpus.passages([]) == []


def test_vectors_come_in_the_order_asked_for_even_twice(corpus: JoinedCorpus, whole: Part) -> None:
    rows = [len(whole.passages) - 1, 0, 3, 0, 30, 2]
    assert corpus.vectors(rows).tobytes() == whole.vectors[rows].tobytes()
    assert (corpus.vectors([]).shape, corpus.vectors([]).dtype.name) == ((0, 64), "float32")


def test_sentence_vectors_are_those_of_the_row(corpus: JoinedCorpus, one: Segment, whole: Part) -> None:
    for row, passage in enumerate(whole.passages):
        assert corpus.sentence_vectors([row])[0].tobytes() == one.corpus.sentence_vectors([row])[0].tobytes()
        assert len(corpus.sentence_vectors([row])[0]) == len(passage.sentences)
    rows = list(range(len(whole.passages)))
    backwards = corpus.sentence_vectors(rows[::-1])
    assert [v.tobytes() for v in backwards[::-1]] == [v.tobytes() for v in corpus.sentence_vectors(rows)]
    assert corpus.sentence_vectors([]) == []


def test_the_rows_of_documents_ascend_over_all_segments(corpus: JoinedCorpus, whole: Part) -> None:
    for document in whole.documents:
        expected = [row for row, passage in enumerate(whole.passages) if passage.document_id == document.id]
        assert corpus.rows_of([document.id]).tolist() == expected
    ids = [document.id for document in whole.documents]
    assert corpus.rows_of(ids[::-1]).tolist() == list(range(len(whole.passages)))
    assert corpus.rows_of([]).tolist() == corpus.rows_of(["nothing"]).tolist() == []
    assert corpus.rows_of([]).dtype == corpus.rows_of(ids).dtype == np.int64


def questions() -> list[str]:
    return ["Who planted maples?", "When was the harbour dug?", "maple number 17", "fire", "Nothing like it at all."]


@pytest.mark.parametrize("k", [1, 2, 7, 1000])
def test_the_nearest_rows_are_those_of_one_segment(three: list[Segment], one: Segment, whole: Part, k: int) -> None:
    chance = np.random.default_rng(3)
    count = len(whole.passages)
    masks = [None, np.ones(count, bool), np.zeros(count, bool), *(chance.random((6, count)) < 0.3)]
    alone = np.zeros(count, bool)
    alone[-1] = True
    for question in questions():
        query = WordEmbedder().embed_question(question)
        for allowed in [*masks, alone]:
            scores, rows = JoinedDense(three).search(query, k, allowed)
            expected = one.dense.search(query, k, allowed)
            assert rows.tolist() == expected[1].tolist()
            assert scores.tobytes() == expected[0].tobytes()
            assert (scores.dtype.name, rows.dtype.name) == ("float32", "int64")


def test_equal_scores_come_lowest_row_first_over_all_segments(three: list[Segment], whole: Part) -> None:
    gardens = [row for row, passage in enumerate(whole.passages) if passage.text.startswith("The gardener planted")]
    assert len(gardens) == 3
    query = whole.vectors[gardens[1]]
    for k in (1, 2, 3):
        scores, rows = JoinedDense(three).search(query, k, None)
        assert rows.tolist() == gardens[:k]
        assert len(set(scores.tolist())) == 1


def test_a_dense_index_is_as_long_as_its_segments_together(three: list[Segment], whole: Part) -> None:
    assert len(JoinedDense(three)) == len(whole.passages)


def test_no_segments_hold_nothing() -> None:
    corpus, dense = JoinedCorpus([], 64), JoinedDense([])
    assert (len(corpus), len(dense), corpus.documents(), corpus.facts, corpus.passages([])) == (0, 0, [], {}, [])
    assert corpus.vectors([]).shape == (0, 64)
    scores, rows = dense.search(np.ones(64, np.float32), 5, None)
    assert (scores.tolist(), rows.tolist()) == ([], [])
