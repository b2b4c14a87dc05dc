"""The proof: what passes, what fails, and by which check."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_qa.documents import read
from alliance_qa.measuring import proofs
from alliance_qa.measuring.proofs import RELATIONS, RULE_KINDS, Kind
from alliance_qa.ports import Embedder
from alliance_qa.wording.breaker import MOST_FAULTS, PAUSE_SECONDS, Breaker
from alliance_qa.wording.claims import Mark, tokens
from alliance_qa.wording.proof import Quoted, Verdict, prove
from alliance_qa.wording.rules import Check
from edges.embedder import WordEmbedder

ROOT = Path(__file__).parents[2]
PLANTED = ROOT / "benchmarks" / "proofs.yaml"
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


def test_the_planted_set_is_large_and_its_quotes_stand_in_the_documents() -> None:
    planted = proofs.read(PLANTED)
    assert len(planted) >= 600
    assert {entry.kind for entry in planted} == set(Kind)
    texts = {
        path.name: " ".join(read(path.read_bytes(), path.name).text.split()) for path in (ROOT / "documents").iterdir()
    }
    for entry in planted:
        if entry.source in texts:
            for quote in entry.quotes:
                assert quote.text in texts[entry.source], quote.text


@pytest.mark.model
def test_the_proof_is_as_good_as_documented(model: Embedder) -> None:
    rows, _ = proofs.score(
        proofs.read(PLANTED),
        lambda p: prove(p.sentence, p.quotes, question=p.question, embedder=model),
    )
    shares = {row.name: row.share for row in rows}
    assert len(rows) == 2 + len(RULE_KINDS) + len(RELATIONS) + 1
    assert shares["rule kinds"] <= 0.03
    assert shares["relations"] <= 0.10
    assert shares["supported"] <= 0.15
