from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.documents import characters, text
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

LONG = "This paragraph is one line of more than a hundred columns, as an editor that wraps only on screen saves it."


def test_each_line_end_of_unicode_parts_lines() -> None:
    for end in ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        assert _texts(f"One.{end}{end}Two.") == ["One.", "Two."], repr(end)


def test_a_byte_order_mark_is_no_text() -> None:
    assert [_texts_of(("One. é 海").encode(coding)) for coding in ("utf-8-sig", "utf-16")] == [["One. é 海"]] * 2
    assert _texts_of(b"\xfe\xff" + "One.".encode("utf-16-be")) == ["One."]


def test_a_byte_that_is_no_utf_8_is_named_by_its_place() -> None:
    with pytest.raises(DocumentError, match=r"^byte 3 is not valid UTF-8; save the file as UTF-8$"):
        text.read(b"caf\xc3\xff")
    with pytest.raises(DocumentError, match=r"^byte 7 is not valid UTF-8; "):
        text.read(b"\xef\xbb\xbfcafe\xff")


def test_half_a_utf_16_character_is_named_by_its_place() -> None:
    with pytest.raises(DocumentError, match=r"^byte 4 is not valid UTF-16; save the file as UTF-8$"):
        text.read(b"\xff\xfeA\x00\x00\xd8")


def test_controls_and_unseen_marks_go_and_joiners_stay() -> None:
    assert _texts("a\x00l\u00adli\u200bance\ufeff\t two\u00a0words می\u200cخواهم") == [
        "alliance two words می\u200cخواهم"
    ]


def test_half_a_surrogate_pair_is_no_character() -> None:
    assert characters.clean("a\ud83db") == "ab"


def test_lines_broken_at_one_width_are_one_paragraph() -> None:
    assert _texts(
        "The harbour was rebuilt twice, first in wood and then, after the fire,\n"
        "in brick. It has kept its cranes ever since.\n"
        "\n"
        "Nobody remembers the wooden one.\n"
    ) == [
        "The harbour was rebuilt twice, first in wood and then, after the fire, in brick. "
        "It has kept its cranes ever since.",
        "Nobody remembers the wooden one.",
    ]


def test_an_indented_line_opens_a_paragraph_of_broken_lines() -> None:
    assert _texts(
        "The harbour was rebuilt twice, first in wood and then, after the fire,\n"
        "in brick that came by ship from the other side of a very wide bay, as ever.\n"
        "   Nobody remembers the wooden one, though one crane of it is still there.\n"
    ) == [
        "The harbour was rebuilt twice, first in wood and then, after the fire, "
        "in brick that came by ship from the other side of a very wide bay, as ever.",
        "Nobody remembers the wooden one, though one crane of it is still there.",
    ]


def test_japanese_lines_are_joined_without_a_space() -> None:
    first = "両国は五月に、艦船の修理と補給に関する新しい協定に署名したと発表した上"
    assert _texts(f"{first}\nで、来年から実施する。\n") == [f"{first}で、来年から実施する。"]


def test_a_line_is_a_paragraph_where_no_line_was_broken() -> None:
    assert _texts(f"A Title\n{LONG}\nA short one.\n{LONG}\n") == ["A Title", LONG, "A short one.", LONG]


def test_a_line_too_long_to_have_been_broken_takes_no_other_line() -> None:
    broken = "The harbour was rebuilt twice, first in wood and then, after the fire,\nin brick.\n"
    assert _texts(f"{broken}\n{broken}\n{LONG}\nMore About This\n")[2:] == [LONG, "More About This"]


def test_short_lines_stay_apart() -> None:
    assert _texts("Tokyo\nOsaka\nKyoto Prefecture\nNara\n") == ["Tokyo", "Osaka", "Kyoto Prefecture", "Nara"]


def test_marked_lines_are_entries_without_their_bullet() -> None:
    assert _blocks("Agreed:\n- one yard\n* two yards\n• three\n1. The first step\n2) The second\n  goes on\n") == [
        RawBlock("Agreed:"),
        RawBlock("one yard", BlockKind.ITEM),
        RawBlock("two yards", BlockKind.ITEM),
        RawBlock("three", BlockKind.ITEM),
        RawBlock("1. The first step", BlockKind.ITEM),
        RawBlock("2) The second goes on", BlockKind.ITEM),
    ]


def test_a_year_or_a_negative_number_opens_no_entry() -> None:
    assert _blocks("1951. It was signed.\n\n-3 degrees") == [
        RawBlock("1951. It was signed."),
        RawBlock("-3 degrees"),
    ]


def test_underlined_lines_and_lines_in_capitals_are_headings() -> None:
    assert _blocks("Top\n===\nText.\n\nBelow\n-----\n\nTHE NEXT PART\n\nMore.\n\n* * *\n\nEnd.") == [
        RawBlock("Top", BlockKind.HEADING, 1),
        RawBlock("Text."),
        RawBlock("Below", BlockKind.HEADING, 2),
        RawBlock("THE NEXT PART", BlockKind.HEADING, 2),
        RawBlock("More."),
        RawBlock("End."),
    ]


def test_an_acronym_or_a_byline_in_capitals_is_no_heading() -> None:
    assert _blocks("NATO\n\nBY LENA MARSH") == [RawBlock("NATO"), RawBlock("BY LENA MARSH")]


def test_an_empty_file_has_no_blocks() -> None:
    assert [_blocks(""), _blocks("\n \r\n\t"), _blocks("\ufeff")] == [[], [], []]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_character_that_is_seen_is_lost_or_moved(page: str) -> None:
    found = "".join(block.text for block in text.read(page.encode()).blocks)
    seen = "".join(characters.clean(page).split())
    marks = set("-*•‣◦・=~_#")
    assert _without("".join(found.split()), marks) == _without(seen, marks)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_block_is_one_clean_line(page: str) -> None:
    for block in text.read(page.encode()).blocks:
        assert block.text == characters.one_line(block.text) != ""


def _without(line: str, marks: set[str]) -> str:
    return "".join(char for char in line if char not in marks)


def _blocks(page: str) -> list[RawBlock]:
    return list(text.read(page.encode()).blocks)


def _texts(page: str) -> list[str]:
    return _texts_of(page.encode())


def _texts_of(data: bytes) -> list[str]:
    return [block.text for block in text.read(data).blocks]
