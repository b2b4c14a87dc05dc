"""Claims about answers in OpenAI's form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from alliance_qa.web.wire.completion import annotations_out


@pytest.mark.parametrize(
    ("locator", "title"), [("slide 7", "Harbour fees, slide 7"), (None, "Harbour fees"), ("", "Harbour fees")]
)
@pytest.mark.parametrize("is_composed", [False, True])
def test_an_annotation_says_where_in_its_file_the_quote_stands(
    locator: str | None, title: str, is_composed: bool
) -> None:
    answer: Any = SimpleNamespace(pieces=(("Orvik asks 940 crowns. ", "[1]"),))
    citation = SimpleNamespace(number=1, title="Harbour fees", locator=locator, url="/documents/a")
    proof = SimpleNamespace(number=1, url="/documents/a")
    composed = (SimpleNamespace(text="Orvik asks 940 crowns.", proof=(proof,)),) if is_composed else None
    out: Any = SimpleNamespace(citations=(citation,), sentences=composed)
    (annotation,) = annotations_out(answer, out, "https://qa.example.org")
    assert annotation.url_citation.model_dump() == {
        "start_index": 23,
        "end_index": 26,
        "title": title,
        "url": "https://qa.example.org/documents/a",
    }
