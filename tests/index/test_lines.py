"""The lines that name documents, found by their terms, against a slow search over the documents."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.documents.lines import lines
from alliance_qa.domain import Document, LineKind
from alliance_qa.index import corpus as corpora
from alliance_qa.index import store
from alliance_qa.index.corpus import StoredCorpus
from alliance_qa.ports import Lines
from alliance_qa.text.terms import terms
from small_collection import FILES, built, read, write

pytestmark = pytest.mark.usefixtures("unsynced")

WORDS = "harbour garden lighthouse report speech rivers Ōshima 日米 2001".split()


def drawn(seed: int, count: int = 12) -> list[Document]:
    """Return documents of few words, so that many share some."""
    numbers = random.Random(seed)

    def some(most: int) -> str:
        return " ".join(numbers.choices(WORDS, k=numbers.randint(1, most)))

    return [
        documents.read(
            f"---\ntitle: {some(3)}\nauthor: {some(2)}\n---\n# {some(3)}\n\nText.\n\n## {some(4)}\n\nText.\n".encode(),
            f"{numbers.choice(WORDS)}-{number}.md",
        )
        for number in numbers.sample(range(100), count)
    ]


def expected(ordered: list[Document], kind: LineKind, wanted: list[str]) -> list[tuple[int, int, int]]:
    """Return the document, the number of terms and the size of each line that holds any of the terms."""
    found = []
    for number, document in enumerate(ordered):
        for line in lines(document)[kind]:
            held = set(terms(line))
            if held & set(wanted):
                found.append((number, len(held & set(wanted)), len(held)))
    return sorted(found)


def rows(found: Lines) -> list[tuple[int, int, int]]:
    return sorted(zip(found.documents.tolist(), found.held.tolist(), found.sizes.tolist(), strict=True))


@pytest.mark.parametrize("kind", LineKind)
@pytest.mark.parametrize("seed", range(3))
def test_lines_are_found_over_all_segments_in_the_order_of_paths(tmp_path: Path, kind: LineKind, seed: int) -> None:
    found = drawn(seed)
    manifest = write(tmp_path, built(found[:5]), built(found[5:6]), built(found[6:]))
    corpus = store.open_generation(tmp_path, manifest).corpus
    ordered = sorted(found, key=lambda document: document.path)
    assert corpus.ids == [document.id for document in ordered]
    for wanted in (
        ["harbour"],
        ["garden", "report"],
        terms("日米 lighthouse Ōshima"),
        ["unseen"],
        [],
        terms("2001 rivers"),
    ):
        assert rows(corpus.lines(kind, wanted)) == expected(ordered, kind, wanted)
        assert corpus.lines(kind, wanted).documents.tolist() == sorted(corpus.lines(kind, wanted).documents.tolist())


def test_a_document_is_named_by_its_title_its_label_and_its_headings() -> None:
    (document, *_) = read(FILES)
    assert lines(document) == {
        LineKind.TITLE: ["The Lighthouse of Ōshima"],
        LineKind.LABEL: [
            "The Lighthouse of Ōshima\na.md\n"
            "title: The Lighthouse of Ōshima\nauthor: Ichiro Tanaka\npublished: 2001-02-03\nlanguage: en"
        ],
        LineKind.HEADING: ["The Lighthouse of Ōshima", "The fire"],
    }


def test_a_segment_of_before_there_were_lines_has_the_same(tmp_path: Path) -> None:
    folder, newer = tmp_path / "old", tmp_path / "new"
    for each in (folder, newer):
        each.mkdir()
        corpora.write(each, built(drawn(1)))
    new = StoredCorpus(newer)
    with sqlite3.connect(folder / "corpus.sqlite") as database:
        database.executescript("DROP TABLE lines; DROP TABLE line_terms;")
    old = StoredCorpus(folder)
    for kind in LineKind:
        wanted = terms("harbour 日米 report")
        assert rows(old.lines.find(kind, wanted)) == rows(new.lines.find(kind, wanted)) != []


def test_no_documents_have_no_lines(tmp_path: Path) -> None:
    corpus = store.open_generation(tmp_path, write(tmp_path)).corpus
    assert (corpus.ids, rows(corpus.lines(LineKind.LABEL, ["harbour"])), corpus.facts_of([])) == ([], [], [])
