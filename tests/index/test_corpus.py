"""The documents and passages of one segment, as they come back from disk."""

from __future__ import annotations

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Outline, Passage, PassageKind, Provenance, Span
from alliance_qa.index import corpus as corpora
from alliance_qa.index.corpus import StoredCorpus
from alliance_qa.index.part import Part
from alliance_qa.text import terms
from small_collection import FILES, built, read

pytestmark = pytest.mark.usefixtures("unsynced")

MANY = b"\n\n".join(
    b"Maple number %d stands in row %d of the garden. It is %d years old." % (n, n, n) for n in range(200)
)


def write(folder: Path, part: Part) -> StoredCorpus:
    folder.mkdir(exist_ok=True)
    corpora.write(folder, part)
    return StoredCorpus(folder)


@pytest.fixture(scope="module")
def part() -> Part:
    return built(read(FILES | {"many.txt": MANY}))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory, part: Part) -> StoredCorpus:
    return write(tmp_path_factory.mktemp("corpus"), part)


def test_documents_come_back_equal_and_ordered_by_path(corpus: StoredCorpus, part: Part) -> None:
    assert corpus.documents() == list(part.documents)
    assert [document.path for document in corpus.documents()] == ["a.md", "b.txt", "c.html", "many.txt"]


def test_facts_come_back_with_the_lines_that_state_them(corpus: StoredCorpus) -> None:
    lighthouse = corpus.documents()[0]
    author = lighthouse.facts.author
    assert author and author.span
    assert (author.value, author.provenance) == ("Ichiro Tanaka", Provenance.FRONT_MATTER)
    assert "Ichiro Tanaka" in author.span.of(lighthouse.text)


def test_passages_come_back_equal(corpus: StoredCorpus, part: Part) -> None:
    assert len(corpus) == len(part.passages)
    assert corpus.passages(range(len(corpus))) == list(part.passages)


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
    document = replace(document, places=b"\0any bytes\xff")
    sentences = (Span(16, 38), Span(39, 49))
    passages = [
        Passage(document.id, Span(16, 49), text[16:49], sentences, ("A — title", "日本"), PassageKind.TEXT, 7),
        Passage(document.id, Span(50, len(text)), text[50:], (Span(50, len(text)),), (), PassageKind.CAPTION, None),
    ]
    eye = np.eye(3, dtype=np.float32)
    terms = (("日", "本", "'%_\"", "one"), ())
    keys = (b"\0" * 32, b"\xff" * 32)
    corpus = write(tmp_path, Part((document,), tuple(passages), terms, keys, eye[:2], eye, 0))
    assert corpus.documents() == [document]
    assert corpus.document(document.id) == document
    assert [found.places for found in corpus.documents()] == [document.places]
    assert corpus.ids() == [document.id]
    assert corpus.facts == {document.id: document.facts}
    assert corpus.passages([1, 0]) == [passages[1], passages[0]]
    assert corpus.passages_of(document.id) == passages
    assert corpus.terms_of(document.id) == list(terms)
    assert [corpus.embeddings(keys)[key].passage.tolist() for key in keys] == eye[:2].tolist()
    assert corpus.outlines() == [
        Outline(document.id, document.path, document.media_type, len(text), document.facts),
    ]
    assert corpus.facts_of(["nothing", document.id]) == {document.id: document.facts}
    assert corpus.sentence_vectors([0])[0].tolist() == eye[:2].tolist()
    assert corpus.sentence_vectors([1])[0].tolist() == eye[2:].tolist()


def test_passages_come_in_the_order_asked_for_even_twice(corpus: StoredCorpus, part: Part) -> None:
    rows = [3, 0, 3, 1]
    assert corpus.passages(rows) == [part.passages[3], part.passages[0], part.passages[3], part.passages[1]]
    assert corpus.passages([]) == []


def test_a_document_is_found_by_its_id(corpus: StoredCorpus, part: Part) -> None:
    assert [corpus.document(document.id) for document in part.documents] == list(part.documents)


@pytest.mark.parametrize("unknown", ["", "nothing.md-00000000", "%", "A.MD", "' OR '1'='1", "\0"])
def test_an_unknown_id_is_held_by_no_segment(corpus: StoredCorpus, unknown: str) -> None:
    assert corpus.document(unknown) is None
    assert corpus.passages_of(unknown) == []
    assert corpus.terms_of(unknown) == []


def test_a_documents_passages_come_in_reading_order_with_their_terms(corpus: StoredCorpus, part: Part) -> None:
    for document in part.documents:
        rows = [row for row, passage in enumerate(part.passages) if passage.document_id == document.id]
        assert corpus.passages_of(document.id) == [part.passages[row] for row in rows]
        assert corpus.terms_of(document.id) == [part.terms[row] for row in rows]


@given(st.text())
def test_terms_survive_being_joined_by_spaces(text: str) -> None:
    found = terms.terms(text)
    assert " ".join(found).split() == found


def test_the_rows_of_documents_are_those_of_their_passages(corpus: StoredCorpus, part: Part) -> None:
    for document in part.documents:
        expected = [row for row, passage in enumerate(part.passages) if passage.document_id == document.id]
        assert corpus.rows_of([document.id]).tolist() == expected
    last, first = part.documents[2].id, part.documents[0].id
    assert corpus.rows_of([last, first]).tolist() == [0, 1, 3, 4]
    assert corpus.rows_of([]).tolist() == corpus.rows_of(["nothing"]).tolist() == []
    assert corpus.rows_of([]).dtype == np.int64


def test_vectors_come_back_bit_by_bit(corpus: StoredCorpus, part: Part) -> None:
    assert corpus.vectors.tobytes() == part.vectors.tobytes()
    assert (corpus.vectors.shape, corpus.vectors.dtype.name) == (part.vectors.shape, "float32")


def test_sentence_vectors_come_back_to_half_precision(corpus: StoredCorpus, part: Part) -> None:
    first = 0
    for row, passage in enumerate(part.passages):
        found = corpus.sentence_vectors([row])[0]
        assert found.shape == (len(passage.sentences), 64)
        assert found.dtype == np.float32
        expected = part.sentence_vectors[first : first + len(passage.sentences)]
        assert np.abs(found - expected).max() < 0.0005
        assert np.abs(np.sum(found * expected, axis=1) - 1).max() < 0.0005
        first += len(passage.sentences)
    assert first == len(part.sentence_vectors)


def test_a_stored_embedding_is_found_by_its_key(corpus: StoredCorpus, part: Part) -> None:
    for row, key in enumerate(part.keys):
        embedding = corpus.embeddings([key, bytes(32)])[key]
        assert embedding.passage.tobytes() == part.vectors[row].tobytes()
        assert embedding.sentences.tobytes() == corpus.sentence_vectors([row])[0].tobytes()
    assert corpus.embeddings([bytes(32)]) == {}


def test_equal_keys_have_one_embedding(tmp_path: Path) -> None:
    part = built(read({"a.txt": FILES["b.txt"], "b.txt": FILES["b.txt"]}))
    embedding = write(tmp_path, part).embeddings(part.keys)[part.keys[0]]
    assert len(set(part.keys)) == 1
    assert embedding.passage.tobytes() == part.vectors[0].tobytes() == part.vectors[1].tobytes()


def test_eight_threads_read_the_right_passages(corpus: StoredCorpus, part: Part) -> None:
    first = np.cumsum([0, *(len(passage.sentences) for passage in part.passages)])

    def read_many(seed: int) -> int:
        numbers = random.Random(seed)
        for _ in range(150):
            rows = [numbers.randrange(len(part.passages)) for _ in range(10)]
            assert corpus.passages(rows) == [part.passages[row] for row in rows]
            document = numbers.choice(part.documents)
            assert corpus.document(document.id) == document
            row = rows[0]
            expected = part.sentence_vectors[first[row] : first[row + 1]]
            assert np.abs(corpus.sentence_vectors([row])[0] - expected).max() < 0.0005
        return seed

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read_many, range(8))) == list(range(8))


def test_a_corpus_that_nobody_holds_closes_its_file_at_once(part: Part, tmp_path: Path) -> None:
    def open_files() -> list[str]:
        return [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]

    written = write(tmp_path, part)
    assert written.documents()
    assert str(tmp_path / "corpus.sqlite") in open_files()
    del written
    assert str(tmp_path / "corpus.sqlite") not in open_files()


def test_a_corpus_in_a_folder_of_any_name_is_read(part: Part, tmp_path: Path) -> None:
    written = write(tmp_path / "50%3F ?mode=rwc#日本", part)
    assert written.documents() == list(part.documents)


def test_the_corpus_is_never_written_when_read(corpus: StoredCorpus, part: Part, tmp_path: Path) -> None:
    written = write(tmp_path, part)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    written.documents()
    del written
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_an_older_index_has_no_places(tmp_path: Path, part: Part) -> None:
    made = replace(part, documents=tuple(replace(document, places=b"where") for document in part.documents))
    assert {document.places for document in write(tmp_path, made).documents()} == {b"where"}
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as database:
        database.execute("ALTER TABLE documents DROP COLUMN places")
    old = StoredCorpus(tmp_path)
    assert old.documents() == list(made.documents)
    assert {document.places for document in old.documents()} == {b""}


def test_the_heads_of_rows_come_back_and_an_older_index_has_none(tmp_path: Path) -> None:
    table = b"# Fees\n\n| port | fee |\n|---|---|\n| Skagby | 940 |\n"
    made = built(read({"fees.md": table}))
    corpus = write(tmp_path, made)
    assert [passage.heads for passage in made.passages] == [("port", "fee")]
    assert corpus.passages([0]) == list(made.passages)
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as database, database:
        database.execute("ALTER TABLE passages DROP COLUMN heads")
    older = StoredCorpus(tmp_path)
    expected = [replace(passage, heads=()) for passage in made.passages]
    assert older.passages([0]) == older.passages_of(made.documents[0].id) == expected
