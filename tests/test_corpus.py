"""The documents and passages of one generation, as they come back from disk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from alliance_qa import corpus as corpora
from alliance_qa.corpus import StoredCorpus
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Passage, PassageKind, Provenance, Span
from alliance_qa.errors import UnknownDocumentError
from alliance_qa.indexing import Build
from small_collection import FILES, built, read

MANY = b"\n\n".join(
    b"Maple number %d stands in row %d of the garden. It is %d years old." % (n, n, n) for n in range(200)
)


def write(folder: Path, build: Build) -> StoredCorpus:
    folder.mkdir(exist_ok=True)
    corpora.write(folder, build.documents, build.passages, build.keys, build.vectors, build.sentence_vectors)
    return StoredCorpus(folder)


@pytest.fixture(scope="module")
def build() -> Build:
    return built(read(FILES | {"many.txt": MANY}))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, build: Build) -> Iterator[StoredCorpus]:
    corpus = write(tmp_path_factory.mktemp("corpus"), build)
    yield corpus
    corpus.close()


def test_documents_come_back_equal_and_ordered_by_path(corpus: StoredCorpus, build: Build) -> None:
    assert corpus.documents() == list(build.documents)
    assert [document.path for document in corpus.documents()] == ["a.md", "b.txt", "c.html", "many.txt"]


def test_facts_come_back_with_the_lines_that_state_them(corpus: StoredCorpus) -> None:
    lighthouse = corpus.documents()[0]
    author = lighthouse.facts.author
    assert author and author.span
    assert (author.value, author.provenance) == ("Ichiro Tanaka", Provenance.FRONT_MATTER)
    assert "Ichiro Tanaka" in author.span.of(lighthouse.text)


def test_passages_come_back_equal(corpus: StoredCorpus, build: Build) -> None:
    assert len(corpus) == len(build.passages)
    assert corpus.passages(range(len(corpus))) == list(build.passages)


def test_every_field_comes_back(tmp_path: Path) -> None:
    text = "日本 𠮷野\nA — title\nOne “quoted” sentence. Two\x85three.\nCredit: N. O. Body"
    document = Document(
        id="odd \"'%_\U0001f5fc-1",
        path="a/b/日本.pdf",
        media_type="application/pdf",
        sha256="ab" * 32,
        text=text,
        blocks=(
            Block(BlockKind.METADATA, Span(0, 5)),
            Block(BlockKind.HEADING, Span(6, 15), level=3, page=2),
            Block(BlockKind.ROW, Span(16, 49), page=7),
            Block(BlockKind.CAPTION, Span(50, len(text))),
        ),
        facts=Facts(
            title=Fact("A — title", Provenance.TEXT, Span(6, 15)),
            author=Fact("N. O. Body", Provenance.FILE_METADATA),
            published=Fact("2024-04", Provenance.FILE_NAME),
            publisher=None,
            source_url=Fact("https://example.org/日本?a='b'", Provenance.FRONT_MATTER, Span(0, 1)),
            language=Fact("ja", Provenance.TEXT, Span(0, 2)),
        ),
    )
    sentences = (Span(16, 38), Span(39, 49))
    passages = [
        Passage(document.id, Span(16, 49), text[16:49], sentences, ("A — title", "日本"), PassageKind.TEXT, 7),
        Passage(document.id, Span(50, len(text)), text[50:], (Span(50, len(text)),), (), PassageKind.CAPTION, None),
    ]
    eye = np.eye(3, dtype=np.float32)
    corpora.write(tmp_path, [document], passages, [b"\0" * 32, b"\xff" * 32], eye[:2], eye)
    corpus = StoredCorpus(tmp_path)
    try:
        assert corpus.documents() == [document]
        assert corpus.document(document.id) == document
        assert corpus.passages([1, 0]) == [passages[1], passages[0]]
        assert corpus.keys() == {b"\0" * 32: 0, b"\xff" * 32: 1}
        assert corpus.sentence_vectors(0).tolist() == eye[:2].tolist()
        assert corpus.sentence_vectors(1).tolist() == eye[2:].tolist()
    finally:
        corpus.close()


def test_passages_come_in_the_order_asked_for_even_twice(corpus: StoredCorpus, build: Build) -> None:
    rows = [3, 0, 3, 1]
    assert corpus.passages(rows) == [build.passages[3], build.passages[0], build.passages[3], build.passages[1]]
    assert corpus.passages([]) == []


def test_a_document_is_found_by_its_id(corpus: StoredCorpus, build: Build) -> None:
    assert [corpus.document(document.id) for document in build.documents] == list(build.documents)


@pytest.mark.parametrize("unknown", ["", "nothing.md-00000000", "%", "A.MD", "' OR '1'='1", "\0"])
def test_an_unknown_id_is_refused(corpus: StoredCorpus, unknown: str) -> None:
    with pytest.raises(UnknownDocumentError) as caught:
        corpus.document(unknown)
    assert str(caught.value) == "no document has this id; list the documents to see their ids"


def test_the_rows_of_documents_are_those_of_their_passages(corpus: StoredCorpus, build: Build) -> None:
    for document in build.documents:
        expected = [row for row, passage in enumerate(build.passages) if passage.document_id == document.id]
        assert corpus.rows_of([document.id]).tolist() == expected
    last, first = build.documents[2].id, build.documents[0].id
    assert corpus.rows_of([last, first]).tolist() == [0, 1, 3, 4]
    assert corpus.rows_of([]).tolist() == corpus.rows_of(["nothing"]).tolist() == []
    assert corpus.rows_of([]).dtype == np.int64


def test_vectors_come_back_bit_by_bit(corpus: StoredCorpus, build: Build) -> None:
    rows = [5, 0, 5]
    assert corpus.vectors(rows).tobytes() == build.vectors[rows].tobytes()
    assert corpus.vectors(rows).dtype == np.float32
    assert corpus.vectors([]).shape == (0, 64)


def test_sentence_vectors_come_back_to_half_precision(corpus: StoredCorpus, build: Build) -> None:
    first = 0
    for row, passage in enumerate(build.passages):
        found = corpus.sentence_vectors(row)
        assert found.shape == (len(passage.sentences), 64)
        assert found.dtype == np.float32
        expected = build.sentence_vectors[first : first + len(passage.sentences)]
        assert np.abs(found - expected).max() < 0.0005
        assert np.abs(np.sum(found * expected, axis=1) - 1).max() < 0.0005
        first += len(passage.sentences)
    assert first == len(build.sentence_vectors)


def test_a_stored_embedding_is_found_by_its_key(corpus: StoredCorpus, build: Build) -> None:
    rows = corpus.keys()
    assert [rows[key] for key in build.keys] == list(range(len(build.keys)))
    embedding = corpus.embedding(rows[build.keys[4]])
    assert embedding.passage.tobytes() == build.vectors[4].tobytes()
    assert embedding.sentences.tobytes() == corpus.sentence_vectors(4).tobytes()


def test_equal_keys_name_the_first_row(tmp_path: Path) -> None:
    build = built(read({"a.txt": FILES["b.txt"], "b.txt": FILES["b.txt"]}))
    corpus = write(tmp_path, build)
    assert corpus.keys() == {build.keys[0]: 0}
    corpus.close()


def test_eight_threads_read_the_right_passages(corpus: StoredCorpus, build: Build) -> None:
    first = np.cumsum([0, *(len(passage.sentences) for passage in build.passages)])

    def read_many(seed: int) -> int:
        numbers = random.Random(seed)
        for _ in range(150):
            rows = [numbers.randrange(len(build.passages)) for _ in range(10)]
            assert corpus.passages(rows) == [build.passages[row] for row in rows]
            document = numbers.choice(build.documents)
            assert corpus.document(document.id) == document
            row = rows[0]
            expected = build.sentence_vectors[first[row] : first[row + 1]]
            assert np.abs(corpus.sentence_vectors(row) - expected).max() < 0.0005
        return seed

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read_many, range(8))) == list(range(8))


def test_the_corpus_is_never_written_when_read(corpus: StoredCorpus, build: Build, tmp_path: Path) -> None:
    written = write(tmp_path, build)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    written.documents()
    written.close()
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before
