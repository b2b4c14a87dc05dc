"""Overviews: of one document, of what is said about something, of a collection."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alliance_qa import documents
from alliance_qa.answering import bodies, overviews
from alliance_qa.answering.collection import Collection, Draft
from alliance_qa.answering.retrieval import allowed_rows, nearest
from alliance_qa.asking.query import analyse
from alliance_qa.domain import Answer, Filters
from alliance_qa.index import store
from alliance_qa.ports import Embedder
from alliance_qa.service.service import Service, load_reader
from edges.embedder import WordEmbedder
from edges.server import settings_of
from small_collection import FILES, built, write

PLAN = b"""---
title: A Plan for the Mole
author: Per Holm
published: 1999-05-01
---

# A Plan for the Mole

Commentary by Per Holm, 1 May 1999

This commentary was written by Per Holm and published in May 1999.

The old mole sank in the storm of 1991. We should build a new one of stone.

| Year | Ships |
|---|---|
| 1990 | 40 ships came here. |

![The mole before the storm](mole.png)

## Aims

Is it worth the money? The council has named three aims:

- Ships must be safe.
- Fish must be landed.
- Trains must reach it.

## Sources

Holm, Per: Moles of the world, second edition, 1980.
"""

PLACES = [
    "The harbour was dug in 1865 by engineers from France, who also built the dry dock that is still in use today.",
    "Ships from many countries visit the harbour every year, and the town holds a festival for the sailors in August.",
]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    folder = tmp_path_factory.mktemp("index")
    read = [documents.read(data, path) for path, data in (FILES | {"d.md": PLAN}).items()]
    write(folder, built(read))
    generation = store.open_generation(folder, store.read_manifest(folder))
    return Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder())


def draft(question: str, collection: Collection, filters: Filters = Filters()) -> Draft | None:
    query = analyse(question, collection.embedder.embed_question(question), filters)
    asked = replace(collection, allowed=allowed_rows(filters, collection.corpus, len(collection.dense)))
    found = nearest(query, asked)
    subject = overviews.find(query, found, asked)
    return overviews.draft(query, subject, asked) if subject else None


def quotes(question: str, collection: Collection, filters: Filters = Filters()) -> list[tuple[str, str]]:
    """Return the document and the words of each quote."""
    found = draft(question, collection, filters)
    assert found is not None
    assert [citation.number for citation in found.citations] == list(range(1, len(found.citations) + 1))
    return [(citation.document_id, citation.quote) for citation in found.citations]


def test_an_overview_cites_the_sentences_of_the_document_in_reading_order(collection: Collection) -> None:
    assert quotes("Summary of the Lighthouse of Oshima", collection) == [
        ("a.md", "The lighthouse was lit for the first time in 1903."),
        ("a.md", "Its keeper lived beside the tower."),
        ("a.md", "Fire took the keeper's house in 1950."),
    ]  # "Nobody was hurt." is too short to say anything


def test_a_list_comes_with_its_introduction_and_only_what_the_document_says(collection: Collection) -> None:
    found = draft("Summarise the plan for the mole", collection)
    assert found is not None
    assert [citation.quote for citation in found.citations] == [
        "The old mole sank in the storm of 1991.",
        "We should build a new one of stone.",
        "The council has named three aims:",
        "Ships must be safe.",
        "Fish must be landed.",
        "Trains must reach it.",
    ]
    assert found.reason is None
    assert found.confidence == overviews.CONFIDENCE
    assert {citation.highlight for citation in found.citations} == {None}
    passages = {
        passage.id: passage for passage in collection.corpus.passages(collection.corpus.rows_of(["d.md"]).tolist())
    }
    for citation in found.citations:
        assert citation.passage_id is not None
        assert citation.span in passages[citation.passage_id].sentences


def test_a_collection_is_told_by_a_sentence_of_each_document_that_says_most_of_its_title(
    collection: Collection,
) -> None:
    assert sorted(quotes("Summarise these texts", collection)) == [
        ("a.md", "The lighthouse was lit for the first time in 1903."),
        ("b.txt", "He watered them every evening."),
        ("c.html", PLACES[0]),
        ("d.md", "The old mole sank in the storm of 1991."),
    ]


def test_a_document_that_opens_with_what_it_is_is_told_by_that(tmp_path: Path) -> None:
    files = {
        "a.txt": b"Words of the harbour\n\nThis glossary explains the words of sailors. A mole is a wall of stone.\n\n"
        b"The words of the harbour are old words, and the harbour is full of words.\n",
        "b.txt": b"Gardens\n\nThe gardener planted 40 maples.\n",
    }
    write(tmp_path, built([documents.read(data, path) for path, data in files.items()]))
    generation = store.open_generation(tmp_path, store.read_manifest(tmp_path))
    found = Collection(generation.corpus, generation.dense, generation.lexical, WordEmbedder())
    assert dict(quotes("Summarise these texts", found))["a.txt"] == "This glossary explains the words of sailors."


@pytest.mark.parametrize("question", ["Who is the author?", "Who is Holm?", "Who is the author of the plan?"])
def test_a_question_for_a_fact_of_a_document_asks_for_no_overview(question: str, collection: Collection) -> None:
    assert draft(question, collection) is None


def test_something_about_a_document_is_told_by_what_holds_it(collection: Collection) -> None:
    found = quotes("What does the document say about the fire?", collection, Filters(document="a.md"))
    assert ("a.md", "Fire took the keeper's house in 1950.") in found
    assert (
        draft("What does the document say about the tower and the house?", collection, Filters(document="a.md")) is None
    )


def test_a_question_with_an_answer_of_its_own_is_no_overview(collection: Collection) -> None:
    question = "What does the author argue about why the fire took the house?"
    assert draft(question, collection, Filters(document="a.md")) is None


def test_a_filter_tells_which_document_is_meant(collection: Collection) -> None:
    found = quotes("Summarise the document", collection, Filters(document="c.html"))
    assert found == [("c.html", PLACES[0]), ("c.html", PLACES[1])]


@pytest.mark.parametrize("question", ["Who lit the lighthouse?", "When was the harbour dug?", "Summarise Hamlet"])
def test_any_other_question_is_left_to_others(question: str, collection: Collection) -> None:
    assert draft(question, collection) is None


def test_a_body_knows_whether_a_note_about_the_document_stood_before_it(collection: Collection) -> None:
    whole = bodies.read(collection.corpus.document("a.md"), collection)
    assert whole.is_whole
    assert len(whole.sentences) == len(whole.vectors) == 4
    noted = bodies.read(collection.corpus.document("d.md"), collection)
    assert not noted.is_whole
    assert noted.sentences[0].text == "The old mole sank in the storm of 1991."


@pytest.fixture(scope="module")
def service(shipped: Path, model: Embedder) -> Service:
    return Service(settings_of(shipped), model)


@pytest.fixture(scope="module")
def reading(shipped: Path, model: Embedder) -> Service:
    """The service as it is shipped, with the reader."""
    settings = settings_of(shipped).model_copy(update={"reader": True})
    return Service(settings, model, load_reader(settings))


def ask(service: Service, question: str) -> Answer:
    return service.ask(service.generation, question)


@pytest.mark.model
def test_the_commentary_is_summarised_by_its_claims_and_not_by_its_author(service: Service) -> None:
    answer = ask(service, "Summarize the commentary")
    assert {citation.document_id for citation in answer.citations} == {"alliance-gone-global-digest.md"}
    starts = [citation.span.start for citation in answer.citations]
    assert starts == sorted(starts)
    said = [citation.quote for citation in answer.citations]
    assert len(said) == 6
    claim = "The main claim of the commentary is that the U.S.-Japan alliance has become a global alliance."
    assert claim in said
    assert said[-1].startswith("The final judgment of Jeffrey W. Hornung is that the alliance")
    assert not any("RAND" in quote or "Nikkei" in quote or "digest" in quote for quote in said)


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "document", "quoted"),
    [
        ("What does Hornung argue?", "alliance-gone-global-digest.md", "has become a global alliance"),
        ("main points about NATO and Japan", "nato-and-japan.pdf", "Japan is a partner of the North Atlantic"),
        (
            "What does the commentary say about AUKUS?",
            "alliance-gone-global-digest.md",
            "inclusion of Japan in parts of",
        ),
        (
            "What is this collection about?",
            "how-to-read-this-collection.md",
            "what the collection of Alliance",
        ),
        ("what is this about?", "glossary.txt", "This glossary explains 64 terms of the alliance"),
    ],
)
def test_what_is_meant_is_quoted(service: Service, question: str, document: str, quoted: str) -> None:
    answer = ask(service, question)
    assert any(quoted in citation.quote for citation in answer.citations if citation.document_id == document), answer
    is_collection = "this" in question
    assert len({citation.document_id for citation in answer.citations}) == (6 if is_collection else 1)


@pytest.mark.model
@pytest.mark.parametrize("question", ["Summarise Hamlet", "What does the report on whales argue?"])
def test_what_is_not_there_is_refused(service: Service, question: str) -> None:
    assert not ask(service, question).answered


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("who is jeffrey hornung", "Jeffrey W. Hornung is a political scientist at RAND"),
        ("who is the author of the commentary", "Jeffrey W. Hornung wrote the commentary"),
        ("is there anything on semiconductors?", "quantum computing and the design of semiconductors"),
        ("does article 5 cover the senkakus", "that Article V of the treaty of 1960 covers the Senkaku Islands"),
    ],
)
def test_what_has_an_answer_is_quoted_and_not_summarised(reading: Service, question: str, quoted: str) -> None:
    answer = ask(reading, question)
    assert answer.answered
    assert any(quoted in citation.quote for citation in answer.citations), answer
    assert len(answer.citations) <= 3
