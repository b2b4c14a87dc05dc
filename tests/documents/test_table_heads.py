"""Which first rows head a table that says nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import docx
import pytest

from alliance_qa import documents
from alliance_qa.documents.tables import is_above_figures

TERMS = [
    ["Keeper", "Term of office"],
    ["Aune Tveit", "May 1946 to June 1950"],
    ["Jon Vik", "1950 to 1957, and 1961"],
    ["Ida Lund", "February 1957 to 1961"],
    ["Per Holm", "since 1962"],
]
PAIRS = [["Author", "Jon Vik"], ["Pages", "12 and a map"], ["Printed", "May 1950"], ["Price", "3 crowns"]]


@pytest.mark.parametrize(
    ("grid", "is_head"),
    [
        (TERMS, True),
        (PAIRS, False),
        ([["Port", "Fee"], ["Skagby", "910"], ["Orvik", "655"]], True),
        ([["Port", "Fee"], ["Skagby", "910"]], False),  # one row is no column
        ([["Port", ""], ["Skagby", "910"], ["Orvik", "655"]], False),
        ([["Port", "Fee of 2024"], ["Skagby", "910"], ["Orvik", "655"]], False),
        ([["Port", "Fee"], ["Skagby", "910"], ["Orvik"]], False),
        ([], False),
    ],
)
def test_words_above_figures_or_above_dates_of_four_rows_head_a_table(grid: list[list[str]], is_head: bool) -> None:
    assert is_above_figures(grid) is is_head


def word(grid: list[list[str]]) -> bytes:
    file, data = docx.Document(), BytesIO()
    table = file.add_table(0, len(grid[0]))
    for texts in grid:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    file.save(data)
    return data.getvalue()


def page(grid: list[list[str]]) -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in texts)}</tr>" for texts in grid)
    return f"<!doctype html><title>Keepers</title><main><h1>Keepers</h1><table>{rows}</table></main>".encode()


@pytest.mark.parametrize(("name", "made"), [("a.docx", word), ("a.html", page)])
def test_a_head_in_ordinary_cells_is_told_in_every_row(name: str, made: Callable[[list[list[str]]], bytes]) -> None:
    document = documents.read(made(TERMS), name)
    rows = [(block.level, block.span.of(document.text)) for block in document.blocks if block.kind == "row"]
    assert rows == [(int(not at), " | ".join(texts)) for at, texts in enumerate(TERMS)]
    document = documents.read(made(PAIRS), name)
    assert {block.level for block in document.blocks if block.kind == "row"} == {0}
