"""Questions about the documents themselves, over a collection of many."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.answering import facts
from alliance_qa.answering.collection import Collection
from alliance_qa.asking.query import analyse
from alliance_qa.domain import Document, Filters
from alliance_qa.index import corpus as corpora
from alliance_qa.index import store
from edges.embedder import WordEmbedder
from small_collection import built, write

COUNT = 300
FILES = {
    f"{number:03d}.md": (
        f"---\ntitle: Report {number} on {'rivers' if number % 100 == 7 else 'roads'}\nauthor: Jane Roe {number % 2}\n"
        f"published: {1900 + number % 100}\n---\n\n# Report\n\n## Dams of chapter {number}\n\nWater flows.\n"
    ).encode()
    for number in range(COUNT)
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    read = [documents.read(data, path) for path, data in FILES.items()]
    write(folder, built(read[::2]), built(read[1::2]))
    return folder


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Hold the row of every document whose text is read."""
    rows: list[int] = []
    read = corpora._read_document

    def noted(database: sqlite3.Connection, row: int, places: str) -> Document:
        rows.append(row)
        return read(database, row, places)

    monkeypatch.setattr(corpora, "_read_document", noted)
    return rows


@pytest.fixture
def collection(index: Path, texts: list[int]) -> Collection:
    generation = store.open_generation(index, store.read_manifest(index))
    return Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder())


def cited(question: str, collection: Collection, filters: Filters = Filters()) -> list[tuple[str, str]]:
    """Return the path and the quote of each line that answers."""
    query = analyse(question, collection.embedder.embed_question(question), filters)
    drafted = facts.draft(query, [], collection)
    found = drafted.citations if drafted else ()
    return [(collection.corpus.document(citation.document_id).path, citation.quote) for citation in found]


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("Who wrote report 7 on rivers?", [("007.md", "author: Jane Roe 1")]),
        ("When was “Report 107 on rivers” published?", [("107.md", "published: 1907")]),
        ("Who wrote these documents?", [("000.md", "author: Jane Roe 0"), ("001.md", "author: Jane Roe 1")]),
        (
            "Which documents do you have about rivers?",
            [(f"{n:03d}.md", f"title: Report {n} on rivers") for n in (7, 107, 207)],
        ),
        ("What do you have about dams of chapter 42?", [("042.md", "title: Report 42 on roads")]),
        ("Which documents do you have about volcanoes?", []),
        (
            "Which documents are from 1907?",
            [
                (f"{n:03d}.md", line)
                for n in (7, 107, 207)
                for line in (f"title: Report {n} on rivers", "published: 1907")
            ],
        ),
        ("Who wrote the handbook of volcanoes?", []),
    ],
)
def test_no_text_is_read_but_of_what_is_cited(
    question: str, lines: list[tuple[str, str]], collection: Collection, texts: list[int]
) -> None:
    assert cited(question, collection) == lines
    assert len(texts) <= len(lines)


def test_filters_leave_out_documents_without_reading_them(collection: Collection, texts: list[int]) -> None:
    wanted = "Which documents do you have about rivers?"
    only = Filters(document=collection.corpus.ids[107])
    assert cited(wanted, collection, only) == [("107.md", "title: Report 107 on rivers")]
    assert cited("Who wrote report 7 on rivers?", collection, only) == [("107.md", "author: Jane Roe 1")]
    assert cited("Who wrote this?", collection, Filters(author="Jane Roe 1")) == [("001.md", "author: Jane Roe 1")]
    assert len(texts) <= 2


def test_a_fact_that_is_likely_is_answered_with_less_confidence(tmp_path: Path) -> None:
    said, likely = (documents.read(FILES[name], name) for name in ("007.md", "042.md"))
    author = likely.facts.author
    assert author
    likely = replace(likely, facts=replace(likely.facts, author=replace(author, weak=True)))
    write(tmp_path, built([said, likely]))
    generation = store.open_generation(tmp_path, store.read_manifest(tmp_path))
    collection = Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder())

    def confidence(question: str) -> float | None:
        drafted = facts.draft(analyse(question, collection.embedder.embed_question(question)), [], collection)
        return drafted.confidence if drafted else None

    assert confidence("Who wrote report 7 on rivers?") == 1.0
    assert confidence("Who wrote report 42 on roads?") == 0.8
    assert confidence("When was report 42 on roads published?") == 1.0
