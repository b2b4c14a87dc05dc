"""Questions whose answer is a row of a table, with the real models."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alliance_qa.building import rebuild
from alliance_qa.domain import Answer
from alliance_qa.models.reader import ExtractiveReader
from alliance_qa.ports import Embedder
from alliance_qa.service.service import Service
from edges.server import settings_of
from small_collection import read_here

pytestmark = pytest.mark.model

FEES = """# Fees of the ports

The council sets the fees each year. They are paid by the ships.

| port | year | daily fee |
|---|---|---|
{rows}

Ships of the coast guard pay nothing.
"""
ROWS = [
    f"{port} | {year} | {fee + 30 * (year - 2020):,} crowns"
    for port, fee in (("Norvall", 820), ("Hembo", 1070), ("Ultvik", 490))
    for year in range(2020, 2026)
]
WIDE = """# Harbour dues by year

| harbour | 2022 | 2023 | 2024 |
|---|---|---|---|
| Tarnvik | 300 marks | 320 marks | 350 marks |
| Mollund | 410 marks | 430 marks | 445 marks |
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, model: Embedder) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("tables")
    (home / "documents").mkdir()
    (home / "documents" / "fees.md").write_text(FEES.format(rows="\n".join(f"| {row} |" for row in ROWS)))
    (home / "documents" / "wide.md").write_text(WIDE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "read_all", read_here)
        rebuild.rebuild(settings_of(home), model)
    yield Service(settings_of(home), model, ExtractiveReader())


def asked(question: str, service: Service) -> Answer:
    return service.ask(service.generation, question)


@pytest.mark.parametrize(
    ("question", "quotes"),
    [
        ("What is the daily fee in Norvall in 2024?", ["Norvall | 2024 | 940 crowns"]),
        ("What was the daily fee in Hembo in 2021?", ["Hembo | 2021 | 1,100 crowns"]),
        ("How much is the daily fee in Ultvik in 2025?", ["Ultvik | 2025 | 640 crowns"]),
        ("What are the harbour dues of Mollund in 2023?", ["Mollund | 410 marks | 430 marks | 445 marks"]),
    ],
)
def test_the_row_that_is_asked_for_is_cited_and_no_other(question: str, quotes: list[str], service: Service) -> None:
    answer = asked(question, service)
    assert (answer.reason, [citation.quote for citation in answer.citations]) == (None, quotes)
    for citation in answer.citations:
        assert citation.quote == citation.span.of(service.generation.corpus.document(citation.document_id).text)


@pytest.mark.parametrize(
    "question", ["What is the daily fee in Bergmo in 2024?", "What was the daily fee in Norvall in 2012?"]
)
def test_what_no_row_says_is_not_answered(question: str, service: Service) -> None:
    assert asked(question, service).reason is not None


def test_the_heads_are_never_quoted(service: Service) -> None:
    answer = asked("Which columns are port, year and daily fee?", service)
    assert "port | year | daily fee" not in [c.quote for c in (*answer.citations, *answer.nearest)]
