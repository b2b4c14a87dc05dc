"""Claims about notes in the margins of PDF pages. Every file is made here, in memory; the texts are invented."""

from __future__ import annotations

import pytest
from pdf_files import Put, written

from alliance_qa.documents import pdf
from alliance_qa.domain import BlockKind

SECTION = [
    "4. (1) A port may lend a quay to the fleet of a party only in accordance",
    "with the provisions of this Act and for a purpose that the board has named",
    "in its order of the year.",
]
TEXT = " ".join(SECTION)


@pytest.mark.parametrize("x", [40, 480], ids=["left", "right"])
def test_a_note_in_the_margin_is_one_block_and_parts_no_sentence(x: float) -> None:
    note = Put(x, 700, ["Grounds for", "lending", "a quay."], size=8, leading=9)
    later = Put(x, 620, ["Term."], size=8)
    data = written([note, Put(120, 700, SECTION), Put(120, 620, ["5. The loan ends with the year."]), later])
    assert [block.text for block in pdf.read(data).blocks] == [
        TEXT,
        "5. The loan ends with the year.",
        "Grounds for lending a quay.",
        "Term.",
    ]


def test_a_section_goes_on_over_a_page_that_ends_with_notes() -> None:
    note = Put(40, 700, ["Lending."], size=8)
    data = written([note, Put(120, 700, SECTION[:2])], [Put(120, 700, SECTION[2:])])
    assert [block.text for block in pdf.read(data).blocks] == [TEXT, "Lending."]


def test_a_table_in_small_letters_that_is_wider_than_the_text_keeps_its_rows() -> None:
    columns = [("Port", "Skagby", "Orvika"), ("Fee", "940", "655"), ("Days", "3", "7")]
    table = [Put(x, 600, column, size=8) for x, column in zip((60, 200, 500), columns, strict=True)]
    blocks = pdf.read(written([Put(120, 700, SECTION), *table])).blocks
    assert [b.text for b in blocks if b.kind is BlockKind.ROW] == [
        "Port | Fee | Days",
        "Skagby | 940 | 3",
        "Orvika | 655 | 7",
    ]
