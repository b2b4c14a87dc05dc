"""Claims about the kinds of Word files that readers get wrong: see `word_cases`."""

from __future__ import annotations

import pytest
from word_cases import CASES, Case

from alliance_qa.documents import docx


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.name}")
def test_a_file_is_read_as_its_page_is_seen(case: Case) -> None:
    assert tuple(block.text for block in docx.read(case.data).blocks) == case.lines
