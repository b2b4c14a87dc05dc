"""Which documents an overview is asked of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from alliance_qa.asking import subjects
from alliance_qa.asking.subjects import Subject
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from small_collection import FILES, write_files

SPEECH = b"""---
title: A Speech on Salt
author: Mary Ann Lindqvist-Marsh
---

Salt is dear. It was taxed in 1870 by the crown.
"""
REPORT = b"""---
title: The Salt Works
author: Per Lindqvist
---

# The Salt Works

## Findings of the report

The works were closed in 1912.
"""
TAXES = b"""---
title: On Taxes
author: Per Lindqvist
---

Nobody likes them. A tax on windows was the worst.
"""
MORE = FILES | {"d.md": SPEECH, "e.md": REPORT, "f.md": TAXES}


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return opened(tmp_path_factory.mktemp("index"), MORE)


def opened(folder: Path, files: Mapping[str, bytes]) -> Generation:
    write_files(folder, files)
    return store.open_generation(folder, store.read_manifest(folder))


def find(
    question: str,
    generation: Generation,
    found: Mapping[str, float] | None = None,
    view: frozenset[str] | None = None,
) -> Subject | None:
    return subjects.find(question, generation.corpus, generation.lexical, found or {}, view)


@pytest.mark.parametrize(
    ("question", "documents", "topic"),
    [
        ("Summarise The Lighthouse of Oshima", ("a.md",), ()),
        ("main points of the text on the harbour", ("c.html",), ()),
        ("What does Tanaka argue?", ("a.md",), ()),
        ("what does lindqvist-marsh argue", ("d.md",), ()),
        ("What does Per Lindqvist argue?", ("e.md", "f.md"), ()),
        ("What does Per Lindqvist argue about windows?", ("f.md",), ("window",)),
        ("What does Tanaka say about the fire?", ("a.md",), ("fire",)),
        ("Summarise this speech", ("d.md",), ()),
        ("Give me an overview of the report", ("e.md",), ()),
        ("What does the speech say about 1870?", ("d.md",), ("1870",)),
    ],
)
def test_a_title_an_author_or_a_kind_names_a_document(
    question: str, documents: tuple[str, ...], topic: tuple[str, ...], generation: Generation
) -> None:
    found = {"f.md": 0.6} if "windows" in question else {}
    assert find(question, generation, found) == Subject(documents, topic)


def test_a_theme_means_the_document_where_it_is_found(generation: Generation) -> None:
    question = "summarise what is said about maples"
    assert find(question, generation, {"b.txt": 0.6, "a.md": 0.4}) == Subject(("b.txt",), ("mapl",))
    assert find(question, generation, {"b.txt": 0.4, "a.md": 0.3}) is None


def test_what_no_document_holds_is_not_meant(generation: Generation) -> None:
    assert find("Summarise Hamlet", generation, {"a.md": 0.9}) is None
    assert find("Summarise the memorandum", generation) is None
    assert find("What does Tanaka argue about whales and sharks?", generation) is None


def test_the_only_document_in_view_is_meant(generation: Generation) -> None:
    view = frozenset(("b.txt",))
    assert find("What are the main points?", generation, view=view) == Subject(("b.txt",), ())
    assert find("Summarise the essay", generation, view=view) == Subject(("b.txt",), ())
    assert find("Summarise Hamlet", generation, view=view) is None
    assert find("Summarise this", generation, view=frozenset()) is None


def test_a_question_that_names_nothing_asks_of_each_in_view(generation: Generation) -> None:
    assert find("What is this collection about?", generation) == Subject(tuple(sorted(MORE)), (), is_each=True)
    view = frozenset(("a.md", "c.html"))
    assert find("summary please", generation, view=view) == Subject(("a.md", "c.html"), (), is_each=True)


@pytest.mark.parametrize(
    ("question", "anonymous"),
    [
        ("What does Tanaka argue?", "What does the author argue?"),
        ("what does mary ann lindqvist-marsh think", "what does the author think"),
        ("Tanaka's view of fire", "the author's view of fire"),
        ("Summarise the salt works, please", "Summarise the document, please"),
        ("What does Tan argue?", "What does Tan argue?"),
        ("Who lit the lighthouse?", "Who lit the lighthouse?"),
    ],
)
def test_authors_and_titles_give_way_to_what_they_are(question: str, anonymous: str, generation: Generation) -> None:
    assert subjects.anonymous(question, generation.corpus, generation.lexical) == anonymous


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("Explain Article 9", True),
        ("explain pillar ii", True),
        ("Summarise Article V of the treaty", True),
        ("Summarise the article", False),
        ("What did the report of 2015 say?", False),
    ],
)
def test_a_numbered_part_is_no_document(question: str, part: bool) -> None:
    assert subjects.names_part(question) is part


def test_a_word_in_a_title_names_a_document_better_than_one_in_what_all_are_called(tmp_path: Path) -> None:
    made = b"---\ntitle: %s\nauthor: The Harbour Project\n---\n\nShips come here. The harbour is deep.\n"
    files = {"a.md": made % b"How to read", "b.md": made % b"The harbour", "c.md": made % b"Storms"}
    generation = opened(tmp_path, files)
    asked = find("Give me an overview of the harbour", generation, {"a.md": 0.6, "b.md": 0.3, "c.md": 0.1})
    assert asked == Subject(("b.md",), ())
