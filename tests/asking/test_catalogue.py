from __future__ import annotations

import time

import pytest

from alliance_qa import documents
from alliance_qa.asking.catalogue import (
    FactName,
    FactQuestion,
    ListQuestion,
    Order,
    about,
    asks_whether,
    parse,
    resolve_subject,
    select,
    state,
)
from alliance_qa.domain import Document, LineKind, PartialDate
from alliance_qa.index import store
from alliance_qa.ports import Corpus
from small_collection import built, write

SPEECH = documents.read(
    b"---\ntitle: A Speech on Ports\nauthor: Jane Doe\npublished: 2021-05-04\n---\n# A Speech on Ports\n\nHarbours.",
    "speech.md",
)
REPORT = documents.read(
    b"---\ntitle: A Report on Rivers\nauthor: John Roe\npublished: 2024\n---\n# Report\n\n## Dams\n\nWater.",
    "report.md",
)
NOTE = documents.read(b"Loose note\n\nNobody signed this and nobody dated it either.", "note.txt")
ALL = [NOTE.id, REPORT.id, SPEECH.id]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Hold the documents in two segments, so that their order is not that of the rows."""
    index = tmp_path_factory.mktemp("index")
    manifest = write(index, built([NOTE, SPEECH]), built([REPORT]))
    return store.open_generation(index, manifest).corpus


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who wrote this?", FactQuestion(FactName.AUTHOR, "this")),
        ("Who’s the author of the report?", FactQuestion(FactName.AUTHOR, "the report")),
        ("When was it published?", FactQuestion(FactName.PUBLISHED, "it")),
        ("What is the publication date?", FactQuestion(FactName.PUBLISHED, "")),
        ("Who published this?", FactQuestion(FactName.PUBLISHER, "this")),
        ("What is the title of this document?", FactQuestion(FactName.TITLE, "this document")),
        ("In what language are the documents written?", FactQuestion(FactName.LANGUAGE, "the documents")),
        ("What do you have about AUKUS?", ListQuestion(topic="AUKUS")),
        ("Do you have anything on the Quad?", ListQuestion(topic="the Quad")),
        ("Which documents mention rivers?", ListQuestion(topic="rivers")),
        (
            "Which documents are from 2024?",
            ListQuestion(published_from=PartialDate(2024), published_to=PartialDate(2024)),
        ),
        ("Which reports were published since 2020?", ListQuestion(published_from=PartialDate(2020))),
        ("List documents before 2020", ListQuestion(published_to=PartialDate(2019))),
        ("Which texts are from 1603?", ListQuestion("", "", PartialDate(1603), PartialDate(1603))),
        ("Which articles are from between 2019 and 2021?", None),
        ("What is the latest document?", ListQuestion(order=Order.LATEST)),
        ("Which documents did Jane Doe write?", ListQuestion(author="Jane Doe")),
        ("List all documents.", ListQuestion()),
        ("What is AUKUS?", None),
        ("Which documents were signed in 1960?", None),
        ("Who leads the ministry?", None),
    ],
)
def test_a_question_about_documents_is_told_from_one_about_their_content(
    question: str, expected: FactQuestion | ListQuestion | None
) -> None:
    assert parse(question) == expected


@pytest.mark.parametrize("subject", ["this", "it", "the document", "", "these files"])
def test_a_pointing_word_means_all_documents_in_view(subject: str, corpus: Corpus) -> None:
    assert resolve_subject(subject, corpus) == ALL
    assert resolve_subject(subject, corpus, frozenset([SPEECH.id, NOTE.id])) == [NOTE.id, SPEECH.id]


@pytest.mark.parametrize(
    ("subject", "found"),
    [("the report on rivers", REPORT), ("the speech", SPEECH), ("“A Report on Rivers”", REPORT)],
)
def test_a_subject_names_the_document_that_has_its_words(subject: str, found: Document, corpus: Corpus) -> None:
    assert resolve_subject(subject, corpus) == [found.id]
    assert resolve_subject(subject, corpus, frozenset([NOTE.id, found.id])) == [found.id]
    assert resolve_subject(subject, corpus, frozenset([NOTE.id])) is None


@pytest.mark.parametrize("subject", ["the constitution", "the commentary on dams in Asia", "Hamlet"])
def test_a_subject_that_is_no_document_names_none(subject: str, corpus: Corpus) -> None:
    assert resolve_subject(subject, corpus) is None


def test_a_fact_comes_with_the_line_that_states_it() -> None:
    stated = state(REPORT.facts, FactName.AUTHOR)
    assert stated is not None
    assert (stated[0].value, stated[1].of(REPORT.text)) == ("John Roe", "author: John Roe")
    assert state(NOTE.facts, FactName.AUTHOR) is None


def test_a_list_is_narrowed_by_date_author_and_order(corpus: Corpus) -> None:
    assert select(ListQuestion(published_from=PartialDate(2024), published_to=PartialDate(2024)), corpus.facts) == [
        REPORT.id
    ]
    assert select(ListQuestion(published_to=PartialDate(2023)), corpus.facts) == [SPEECH.id]
    assert select(ListQuestion(author="roe"), corpus.facts) == [REPORT.id]
    assert select(ListQuestion(order=Order.LATEST), corpus.facts) == [REPORT.id]
    assert select(ListQuestion(order=Order.EARLIEST), corpus.facts) == [SPEECH.id]
    assert sorted(select(ListQuestion(), corpus.facts)) == sorted(ALL)
    assert not ListQuestion("rivers").asks_of_facts
    assert ListQuestion("rivers", order=Order.LATEST).asks_of_facts


def test_a_topic_is_looked_for_in_titles_before_headings(corpus: Corpus) -> None:
    assert about("rivers", corpus) == [REPORT.id]
    assert about("dams", corpus) == [REPORT.id]
    assert about("a report", corpus) == [REPORT.id]
    assert about("volcanoes", corpus) == []
    assert about("rivers", corpus, frozenset([NOTE.id])) == []


@pytest.mark.parametrize("subject", ["it" * 1_000 + "!", "these " * 300, "it its it " * 200 + "?"])
def test_a_subject_of_many_small_words_takes_no_time(subject: str, corpus: Corpus) -> None:
    corpus.lines(LineKind.LABEL, ())  # read once
    started = time.process_time()
    resolve_subject(subject, corpus)
    assert time.process_time() - started < 0.1


def test_a_question_over_300_characters_is_not_about_the_documents() -> None:
    assert parse("who wrote " + "it " * 90 + "?") == FactQuestion(FactName.AUTHOR, ("it " * 90).strip())
    assert parse("who wrote " + "it " * 100 + "?") is None


@pytest.mark.parametrize(
    ("question", "whether"),
    [
        ("Is there anything on rain?", True),
        ("do you have any information about rain", True),
        ("Do you have documents about rain?", False),
        ("What do you have about rain?", False),
        ("Is it raining?", False),
    ],
)
def test_whether_there_is_anything_is_no_question_for_a_list(question: str, whether: bool) -> None:
    assert asks_whether(question) is whether
