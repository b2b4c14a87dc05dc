"""Questions to greet a visitor with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from alliance_qa.answering import proposals as module
from alliance_qa.answering.answers import answer
from alliance_qa.answering.collection import Collection
from alliance_qa.answering.proposals import MOST_ASKED, examples
from alliance_qa.domain import Filters, OperatingPoint
from alliance_qa.index import store
from alliance_qa.ports import Embedder, Vectors
from alliance_qa.service import first
from alliance_qa.service.service import Service, load_reader
from edges.embedder import WordEmbedder
from edges.server import settings_of
from small_collection import write_files

pytestmark = pytest.mark.usefixtures("unsynced")

# A fake model is sure of little; lifted by this it is sure of all that it answers.
SURE, UNSURE = OperatingPoint(threshold=0.000001, intercept=30), OperatingPoint(threshold=0.000001, intercept=-5)
PACT = b"The Manila Pact\n\nThe Manila Pact was signed on September 8, 1954. AUKUS has two pillars.\n"
SEATO = b"On SEATO\n\nSEATO was dissolved on June 30, 1977. Iraq was quiet.\n"
KUWAIT = b"On Kuwait\n\nOn August 2, 1990, Iraq invaded Kuwait.\n"


class CountingEmbedder(WordEmbedder):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed_question(self, question: str) -> Vectors:
        self.asked.append(question)
        return super().embed_question(question)


def collection(folder: Path, *segments: Mapping[str, bytes], point: OperatingPoint = SURE) -> Collection:
    generation = store.open_generation(folder, write_files(folder, *segments))
    return Collection(generation.corpus, generation.dense, generation.lexical, CountingEmbedder(), point)


def asked(of: Collection) -> Sequence[str]:
    assert isinstance(of.embedder, CountingEmbedder)
    return of.embedder.asked


def test_every_document_gives_one_before_any_gives_two(tmp_path: Path) -> None:
    held = collection(tmp_path, {"a.txt": PACT, "b.txt": SEATO, "c.txt": KUWAIT})
    assert examples(held) == (
        "When was the Manila Pact signed?",
        "When did Iraq invade Kuwait?",
        "When was SEATO dissolved?",
        "How many pillars does AUKUS have?",
    )
    assert examples(held, 2) == examples(held)[:2]
    assert examples(held, is_wanted=lambda: False) == ()


def test_the_same_documents_give_the_same_however_they_are_stored(tmp_path: Path) -> None:
    quito = b"Quito\n\nThe Quito Pact was signed on May 1, 1960.\n"
    one = collection(tmp_path / "one", {"a.txt": PACT, "b.txt": quito})
    two = collection(tmp_path / "two", {"b.txt": quito}, {"a.txt": PACT})
    assert list(one.corpus.facts) != list(two.corpus.facts)
    assert examples(one)[:2] == ("When was the Manila Pact signed?", "When was the Quito Pact signed?")
    assert examples(one) == examples(two) == examples(one)


def test_the_first_documents_give_half_of_them_in_their_order(tmp_path: Path) -> None:
    three = b"The Rota Pact was signed on May 1, 1960. Rota has two ports. Rota joined the League on May 2, 1961."
    files = {"a.txt": PACT, "b.txt": SEATO, "c.txt": KUWAIT, "z.txt": b"On Rota\n\n" + three + b"\n"}
    held = collection(tmp_path, files)
    only = examples(held, first=["z.txt"])
    assert set(only[:3]) == {
        "When was the Rota Pact signed?",
        "How many ports does Rota have?",
        "When did Rota join the League?",
    }
    assert [question for question in only[3:] if "Rota" in question] == []
    both = examples(held, first=["z.txt", "b.txt"])
    assert both[1] == "When was SEATO dissolved?"
    assert ["Rota" in question for question in both[:3]] == [True, False, True]
    assert examples(held, 1, first=["z.txt"]) == examples(held, 1)


def test_what_a_first_document_announces_is_asked_before_its_dates(tmp_path: Path) -> None:
    essay = b"Essay\n\nThe Rota Pact was signed on May 1, 1960. The main claim of the essay is that pacts last.\n"
    held = collection(tmp_path, {"a.txt": PACT, "e.txt": essay})
    assert examples(held, 2, first=["e.txt"])[0] == "What is the main claim of the essay?"


def test_a_first_document_that_answers_nothing_leaves_tries_for_others(tmp_path: Path) -> None:
    many = "".join(f"The Pact of Town{at} was signed on May 1, 1954. " for at in range(90))
    held = collection(tmp_path, {"a.txt": PACT, "f.txt": f"Towns\n\n{many}\n".encode()}, point=UNSURE)
    assert examples(held, first=["f.txt"]) == ()
    assert "When was the Manila Pact signed?" in asked(held)


def test_a_question_that_is_not_surely_answered_is_no_example(tmp_path: Path) -> None:
    held = collection(tmp_path, {"a.txt": PACT}, point=UNSURE)
    assert answer("When was the Manila Pact signed?", held, history=(), filters=Filters(), top_k=1).answered
    assert examples(held) == ()


def test_a_question_that_another_passage_answers_is_no_example(tmp_path: Path) -> None:
    other = b"Quiet\n\nSEATO was dissolved. SEATO dissolved when it was dissolved on June 30, 1977, it was.\n"
    alone = collection(tmp_path / "a", {"b.txt": SEATO})
    both = collection(tmp_path / "b", {"b.txt": SEATO, "c.txt": other})
    assert examples(alone) == ("When was SEATO dissolved?",)
    given = answer("When was SEATO dissolved?", both, history=(), filters=Filters(), top_k=1)
    assert given.citations[0].document_id == "c.txt"
    assert examples(both) == ()


def test_a_collection_that_makes_no_question_has_no_examples(tmp_path: Path) -> None:
    assert examples(collection(tmp_path, {"a.txt": b"It was late.\n"})) == ()


def test_only_so_many_are_asked_of_documents_spread_over_the_collection(tmp_path: Path) -> None:
    facts = "".join(f"The Pact of Town{{0}}{at} was signed on May {at + 1}, 1954. " for at in range(5))
    files = {f"{at:03}.txt": f"Town {at}\n\n{facts.format(at)}\n".encode() for at in range(60)}
    held = collection(tmp_path, files, point=UNSURE)
    assert examples(held) == ()
    about_towns = [question for question in asked(held) if "Town" in question]  # and not what tells the intent
    assert len(about_towns) == MOST_ASKED
    towns = {question.partition("Town")[2][:-9] for question in about_towns}
    assert towns <= {str(at * 60 // 24) for at in range(24)}
    assert len(towns) == 24


def test_long_questions_are_left_out(tmp_path: Path) -> None:
    long = b"Pact\n\nThe Pact of the North and the South and the East of Asia was signed on May 1, 1954.\n"
    assert len("When was the Pact of the North and the South and the East of Asia signed?".split()) > 12
    assert examples(collection(tmp_path, {"a.txt": long})) == ()


@pytest.mark.model
def test_the_shipped_documents_give_six_good_questions(shipped: Path, model: Embedder) -> None:
    settings = settings_of(shipped)
    service = Service(settings, model, load_reader(settings))
    held = service.collection(service.generation)
    found = examples(held, first=first.ids(settings, service.generation.manifest))
    assert len(found) == 6
    assert {"How", "What", "When", "Why"} <= {question.split()[0] for question in found}
    cited = []
    for question in found:
        given = answer(question, held, history=(), filters=Filters(), top_k=1)
        assert given.confidence >= module._SURE
        cited.append(given.citations[0].document_id)
    assert cited[:3] == ["alliance-gone-global-digest.md"] * 3
    assert found[0] == "What is the main claim of the commentary?"
    assert len(set(cited)) == 4
