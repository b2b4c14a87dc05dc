"""Words typed wrong, with the real model and postings on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from alliance_qa.asking.typos import corrected
from alliance_qa.index.lexical import Bm25Index, Postings, write
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.text.terms import plain_words, terms

pytestmark = pytest.mark.usefixtures("unsynced")

TEXTS = (
    "The harbourmasters of Vilarán like the guidelines.",
    "Two ambassadors discussed interoperability with the ferrymen.",
    "The ferrymen refused. The ferryman's daughter did not.",
)


@pytest.fixture
def lexical(tmp_path: Path) -> Bm25Index:
    write(tmp_path, [terms(text) for text in TEXTS], [word for text in TEXTS for word in plain_words(text)])
    return Bm25Index([Postings(tmp_path)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("what did the ambasadors discuss?", "what did the ambassadors discuss?"),
        ("Guidlines of the harbormasters", "Guidelines of the harbourmasters"),  # capital stays; a letter left out
        ("where is villarán", "where is vilaran"),  # accents are no edits
        ("what is interoperabilty?", "what is interoperability?"),
        ("why interoprabilty", "why interoperability"),  # two edits in a long word
        ("did the ferrymin refuse", "did the ferrymen refuse"),  # of two as near, the one of most passages
    ],
)
def test_a_word_typed_wrong_is_read_as_the_collection_spells_it(
    typed: str, meant: str, lexical: Bm25Index, model: ModelEmbedder
) -> None:
    assert corrected(typed, lexical, model) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "What did the ambassadors discuss?",
        "does he liken it to a wall",  # another form of "like", not typed wrong
        "who is Jorgensen-Ferymen",  # part of a name
        "what do ferries cost",  # the model knows the word
        "the gdlns",  # like nothing
        "ferrx",  # too far from all of its length
        "",
        "日本 2024 ?",
    ],
)
def test_other_words_stay(typed: str, lexical: Bm25Index, model: ModelEmbedder) -> None:
    assert corrected(typed, lexical, model) == typed


def test_an_index_that_knows_no_words_corrects_nothing(tmp_path: Path, model: ModelEmbedder) -> None:
    write(tmp_path, [terms(text) for text in TEXTS])
    (tmp_path / "words.npy").unlink()
    assert corrected("ambasadors", Bm25Index([Postings(tmp_path)]), model) == "ambasadors"


def test_a_word_that_is_repeated_is_looked_up_once(
    lexical: Bm25Index, model: ModelEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    words_like = Bm25Index.words_like

    def counted(self: Bm25Index, word: str, edits: int) -> Mapping[str, int]:
        looked_up.append(word)
        return words_like(self, word, edits)

    monkeypatch.setattr(Bm25Index, "words_like", counted)
    assert corrected("guidlines " * 100, lexical, model) == "guidelines " * 100
    assert looked_up == ["guidlines"]
