"""The proof: what passes, what fails, and by which check."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa.documents import read
from alliance_qa.measuring import proofs
from alliance_qa.measuring.proofs import Kind
from alliance_qa.ports import Embedder
from alliance_qa.wording.breaker import MOST_FAULTS, PAUSE_SECONDS, Breaker
from alliance_qa.wording.claims import Mark, tokens
from alliance_qa.wording.proof import Quoted, Verdict, prove
from alliance_qa.wording.rules import Check
from edges.embedder import WordEmbedder

ROOT = Path(__file__).parents[2]
PLANTED, UNSEEN = ROOT / "benchmarks" / "proofs.yaml", ROOT / "benchmarks" / "proofs-unseen.yaml"
THIRD = ROOT / "benchmarks" / "proofs-third.yaml"
PLAN = (
    "Under the plan of March 13, 2023, Australia intends to buy three Virginia-class submarines from the "
    "United States, with the possibility of two more."
)


def judged(sentence: str, *quotes: str, question: str = "", goes_on: str = "") -> Verdict:
    given = [Quoted(quote, goes_on) for quote in quotes]
    return prove(sentence, given, question=question, embedder=WordEmbedder())


def test_a_near_copy_passes_by_rules_alone() -> None:
    verdict = judged("Japan joined the United Nations in 1956.", "Japan joined the United Nations in December 1956.")
    assert verdict.proved
    assert Check.SUPPORT not in verdict.ran


@pytest.mark.parametrize(
    ("sentence", "failed"),
    [
        ("Australia intends to buy five Virginia-class submarines.", Check.NUMBERS),
        ("Under the plan of March 13, 2024, Australia intends to buy three submarines.", Check.NUMBERS),
        ("Japan intends to buy three Virginia-class submarines from the United States.", Check.NAMES),
        ("Australia does not intend to buy three Virginia-class submarines.", Check.NEGATION),
        ("Australia must buy three Virginia-class submarines from the United States.", Check.MODALS),
        ("Australia intends to buy at most three Virginia-class submarines.", Check.BOUNDS),
        ("If paid, Australia intends to buy three Virginia-class submarines.", Check.CONDITIONS),
        ("The United States intends to buy three Virginia-class submarines from Australia.", Check.ROLES),
        ("Penguins like cheese.", Check.ONE_QUOTE),
    ],
)
def test_a_rule_refuses_what_is_not_the_quotes(sentence: str, failed: Check) -> None:
    assert judged(sentence, PLAN).failed is failed


GENERAL = "The chair of the board appoints the auditor with the consent of the members."


@pytest.mark.parametrize(
    ("sentence", "quote", "failed"),
    [
        # What holds in general is told whole; what happened in a year may be told in part.
        ("The chair of the board appoints the auditor.", GENERAL, Check.CONDITIONS),
        (
            "The chair appointed the auditor.",
            "The chair of the board appointed the auditor with the consent of the members in 1987.",
            None,
        ),
        ("No State shall lose it.", "No State, without its consent, shall lose it.", Check.CONDITIONS),
        ("Guests have one vote.", "Members have one vote, and guests have none.", Check.NEGATION),
        ("It measured 31 degrees.", "It measured 31 degrees in 2003, which was the highest value until 2019.", None),
    ],
)
def test_limits_are_told(sentence: str, quote: str, failed: Check | None) -> None:
    assert judged(sentence, quote).failed is failed


def test_a_question_proves_nothing() -> None:
    question = "Why did AUKUS fail in 2019?"
    assert not judged("AUKUS failed in 2019.", "AUKUS was announced on September 15, 2021.", question=question).proved


def test_a_sentence_of_two_quotes_needs_one_for_each_clause() -> None:
    quotes = "Japan signed the treaty in 1951.", "Korea signed the armistice in 1953."
    assert judged("Japan signed the treaty in 1951, and Korea signed the armistice in 1953.", *quotes).proved
    assert judged("Japan signed the armistice in 1953.", *quotes).failed is not None


def test_nothing_to_go_by_proves_nothing() -> None:
    assert judged("It is.", PLAN).failed is Check.ONE_QUOTE
    assert judged("Australia intends to buy submarines.").failed is Check.ONE_QUOTE


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("forty-three", [43.0]),
        ("43 trillion yen", [43e12]),
        ("7,350 people", [7350.0]),
        ("two-thirds", [2.0, 3.0]),
        ("Article V", [5.0]),
        ("the second time", [2.0]),
    ],
)
def test_numbers_are_read_however_they_are_written(text: str, values: list[float]) -> None:
    assert [token.value for token in tokens(text) if token.value is not None] == values


def test_marks_are_told_from_their_doubles() -> None:
    assert [token.mark for token in tokens("It cannot last until May 1951.") if token.mark] == [
        Mark.MAY,
        Mark.NOT,
        Mark.IF,
    ]
    assert [token.mark for token in tokens("questions about about ten") if token.mark] == [Mark.ABOUT]
    assert [token.mark for token in tokens("The seat is vacant.") if token.mark] == []  # no "can't"


def test_a_breaker_opens_at_the_third_fault_and_closes_after_a_pause() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(MOST_FAULTS - 1):
        breaker.failed()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open
    now[0] = PAUSE_SECONDS
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open  # the first after a pause is enough
    breaker.worked()
    assert not breaker.is_open


def test_the_planted_sets_are_large_and_their_quotes_stand_in_the_documents() -> None:
    planted, unseen, third = proofs.read(PLANTED), proofs.read(UNSEEN), proofs.read(THIRD)
    assert len(planted) >= 600
    assert (len(third), {entry.part for entry in third}) == (60, {"third"})
    assert not {entry.sentence for entry in third} & {entry.sentence for entry in planted + unseen}
    assert len(unseen) >= 150
    assert {entry.kind for entry in planted} == set(Kind)
    assert {entry.part for entry in unseen} == {"unseen"}
    assert not {entry.sentence for entry in planted} & {entry.sentence for entry in unseen}
    texts = {
        path.name: " ".join(read(path.read_bytes(), path.name).text.split()) for path in (ROOT / "documents").iterdir()
    }
    for entry in planted + unseen:
        if entry.source in texts:
            for quote in entry.quotes:
                assert quote.text in texts[entry.source], quote.text


@pytest.mark.model
@pytest.mark.parametrize(
    ("planted", "most"),
    [
        (PLANTED, {"rule kinds": 0.03, "relations": 0.06, "supported": 0.16}),
        (UNSEEN, {"exception": 0.22, "role": 0.22, "supported": 0.34}),
        (THIRD, {"exception": 0.12, "role": 0.42, "supported": 0.43}),
    ],
    ids=["planted", "unseen", "third"],
)
def test_the_proof_is_as_good_as_documented(planted: Path, most: dict[str, float], model: Embedder) -> None:
    rows, _ = proofs.score(
        proofs.read(planted), lambda p: prove(p.sentence, p.quotes, question=p.question, embedder=model)
    )
    shares = {row.name: row.share for row in rows}
    assert {name: share for name, share in shares.items() if share > most.get(name, 1)} == {}
