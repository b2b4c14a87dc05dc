from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa import documents
from alliance_qa.documents import characters, furniture, text
from alliance_qa.documents.extract import Extract, LeftOut, Omission, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.errors import DocumentError

LONG = "This paragraph is one line of more than a hundred columns, as an editor that wraps only on screen saves it."


def test_each_line_end_of_unicode_parts_lines() -> None:
    for end in ("\n", "\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"):
        assert _texts(f"One.{end}{end}Two.") == ["One.", "Two."], repr(end)


def test_a_byte_order_mark_is_no_text() -> None:
    assert [_texts_of(("One. é 海").encode(coding)) for coding in ("utf-8-sig", "utf-16")] == [["One. é 海"]] * 2
    assert _texts_of("The gate is open since the spring.".encode("utf-16")) == ["The gate is open since the spring."]
    assert _texts_of(b"\xfe\xff" + "One.".encode("utf-16-be")) == ["One."]


def test_a_byte_that_is_no_utf_8_is_named_by_its_place() -> None:
    with pytest.raises(DocumentError, match=r"^byte 3 is not valid UTF-8; save the file as UTF-8$"):
        text.read(b"caf\xc3\xff")
    with pytest.raises(DocumentError, match=r"^byte 7 is not valid UTF-8; "):
        text.read(b"\xef\xbb\xbfcafe\xff")


def test_half_a_utf_16_character_is_named_by_its_place() -> None:
    with pytest.raises(DocumentError, match=r"^byte 4 is not valid UTF-16; save the file as UTF-8$"):
        text.read(b"\xff\xfeA\x00\x00\xd8")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("cp1252", "The “gate” of the café is open — it’s new since the spring."),
        ("latin-1", "Der Hafen von Lübeck ist groß und wurde 1912 für Schiffe geöffnet."),
        ("cp1250", "Zażółć gęślą jaźń pisze Łukasz w porcie o statkach."),
        ("cp1251", "Договор был подписан в Москве двумя странами."),
        ("cp932", "日米同盟は重要です。港は冬の間閉鎖されます。二つの国が費用を分担しています。"),
        ("utf-16-le", "The gate is open since the spring."),
        ("utf-16-be", "The gate is open since the spring."),
    ],
)
def test_what_was_written_before_utf_8_is_read(encoding: str, said: str) -> None:
    assert _texts_of(said.encode(encoding)) == [said]


@pytest.mark.parametrize(
    "data",
    [
        "The café and the façade are new since the spring.".encode() + b" caf\xe9",
        "日米同盟は重要です。港は冬の間閉鎖されます。".encode() + b"\xe3\x81" + "です。".encode(),
        b"The gate is open \x01\x02 since the spring \xe9.",
    ],
)
def test_a_damaged_text_is_read_in_no_other_encoding(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^byte \d+ is not valid UTF-8; "):
        text.read(data)


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


@given(st.text(st.characters(exclude_categories=["Cs", "Co", "Cn"])))
def test_no_character_that_is_seen_is_lost_or_moved(page: str) -> None:
    extract = text.read(page.encode())
    found = "".join(block.text for block in extract.blocks)
    seen = "".join(characters.clean(page).split())
    marks = set("-*•‣◦・=~_#")
    if extract.left_out:  # stands apart
        found, seen = "".join(sorted(found + "".join(out.text for out in extract.left_out))), "".join(sorted(seen))
    assert _without("".join(found.split()), marks) == _without(seen, marks)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_block_is_one_clean_line(page: str) -> None:
    for block in text.read(page.encode()).blocks:
        assert block.text == characters.one_line(block.text) != ""


LINES = [
    "The committee met in the harbour town to hear how the yards had",
    "been used in the past year, and what the two navies would pay",
    "for them. Nobody objected, although the member for Orvik asked",
    "that an estimate of the worst be shown beside the others in the",
    "next report. The chair thanked the crews for their patience and",
    "said that the plan would be published in the spring, before the",
    "session ends.",
]
PARAGRAPH = " ".join(LINES)


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        ("", "               Page {} of 9"),
        ("", "Page {}"),
        ("", "                  - {} -"),
        ("", "                  {}"),
        ("", "{}"),
        ("Harbour Office\n", "Page {}"),
        ("Harbour Office            Report\n", "                  {}"),
        ("Harbour Office            Report", ""),
        ("Harbour Office            {}", ""),
        ("{}            Harbour Office", ""),
        ("", "Harbour Office, Orvik\nPage {} of 9"),
    ],
)
def test_headers_footers_and_numbers_of_pages_are_left_out_and_the_paragraph_runs_on(head: str, foot: str) -> None:
    pages = [LINES[:2], LINES[2:4], LINES[4:]]
    shown = [
        "\n".join([head.format(number), "", *lines, "", foot.format(number), ""])
        for number, lines in enumerate(pages, 3)
    ]
    extract = text.read("\n".join(shown).encode())
    assert [block.text for block in extract.blocks] == [PARAGRAPH]
    assert {out.why for out in extract.left_out} == {Omission.RUNNING_LINE}
    assert sum(len(out.text.split()) for out in extract.left_out) == len(f"{head} {foot}".split()) * 3


def test_a_form_feed_ends_a_page_and_tells_its_header() -> None:
    extract = text.read(
        "\x0c".join("\n".join(["HARBOUR OFFICE", "", *lines]) for lines in (LINES[:3], LINES[3:])).encode()
    )
    assert extract == Extract((RawBlock(PARAGRAPH),), left_out=(LeftOut(Omission.RUNNING_LINE, "HARBOUR OFFICE"),) * 2)


@pytest.mark.parametrize(
    "page",
    [
        "Chapter {0}\n\nThe text of it goes on.\n\n",
        "{0}\n\nThe text of it goes on.\n\n",
        "Summary\n\nThe text of it goes on.\n\n",
        "{0}  Orvik  65{0}\n",
        "{0}. Take the next step\n",
        "Total      65{0} {0}\n",
    ],
)
def test_lines_that_count_or_repeat_within_the_text_stay(page: str) -> None:
    extract = text.read("".join(page.format(number) for number in range(1, 9)).encode())
    assert extract.left_out == ()
    assert sum(str(number) in block.text for number in range(1, 9) for block in extract.blocks) >= (
        8 if "{0}" in page else 0
    )


@pytest.mark.parametrize(("step", "counted"), [(1, "1 2 3 4 5 6 7 8 9 10 11 12 13 14"), (5, "5 10")])
def test_numbers_of_lines_are_no_text(step: int, counted: str) -> None:
    numbered = enumerate(LINES * 2, 1)
    lines = [f"{number:>4}  {line}" if number % step == 0 else f"      {line}" for number, line in numbered]
    extract = text.read("\n".join(lines).encode())
    assert [block.text for block in extract.blocks] == [PARAGRAPH, PARAGRAPH]
    assert extract.left_out == (LeftOut(Omission.LINE_NUMBER, counted),)


@pytest.mark.parametrize(
    ("page", "read", "marks"),
    [
        (
            "It opened in 1960.1 It is as the pact2 says.\n\n1. A book.\n2. A speech.",
            "It opened in 1960. It is as the pact says.",
            "12",
        ),
        ("It rose,1 “or fell.”2 (See it.)3\n\nNotes\n1 A.\n2 B.\n3 C.", "It rose, “or fell.” (See it.)", "123"),
        ("It rose [1] and fell.[2]\n\n[1] A book.\n[2] A speech.", "It rose and fell.", "12"),
        ("It rose.1\n\n_____\n1. A book.", "It rose.", "1"),
        ("It rose in 2015¹ by 3 km².", "It rose in 2015 by 3 km².", "¹"),
        ("The G1, the F2 and 1.2 metres.\n\n1. A book.\n2. A speech.", "The G1, the F2 and 1.2 metres.", ""),
        ("It rose.1\n\n1. Take a step.", "It rose.1", ""),
    ],
)
def test_marks_of_notes_are_left_out_where_the_notes_stand_at_the_end(page: str, read: str, marks: str) -> None:
    extract = text.read(page.encode())
    assert extract.blocks[0].text == read
    assert extract.left_out == tuple(LeftOut(Omission.NOTE_MARK, mark) for mark in marks)


def test_notes_at_the_end_are_blocks_of_their_own() -> None:
    assert _texts("It rose [1] and fell.[2]\n\n[1] A book.\n[2] A speech.") == [
        "It rose and fell.",
        "[1] A book.",
        "[2] A speech.",
    ]


def test_remarks_that_google_writes_at_the_end_are_left_out() -> None:
    extract = text.read(b"The fee is 655[a] a day.[b]\n\n[a]Is it?\n[b]Ask Bo.")
    assert extract.blocks == (RawBlock("The fee is 655 a day."),)
    assert extract.left_out == (LeftOut(Omission.COMMENT, "[a]Is it?"), LeftOut(Omission.COMMENT, "[b]Ask Bo."))


def test_words_divided_at_a_lines_end_are_made_whole() -> None:
    assert _texts("nine kilo-\nmetres of burden-\nsharing by govern-\nments") == [
        "nine kilometres of burden-sharing by governments"
    ]


def test_a_heading_with_its_letters_apart_is_words() -> None:
    assert _blocks("A N N U A L   R E P O R T\n\nText.")[0] == RawBlock("ANNUAL REPORT", BlockKind.HEADING, 1)


def test_a_private_sign_is_a_bullet_and_no_letter() -> None:
    assert _blocks("\uf0b7 one yard") == [RawBlock("one yard", BlockKind.ITEM)]


def _without(line: str, marks: set[str]) -> str:
    return "".join(char for char in line if char not in marks)


def _blocks(page: str) -> list[RawBlock]:
    return list(text.read(page.encode()).blocks)


def _texts(page: str) -> list[str]:
    return _texts_of(page.encode())


def _texts_of(data: bytes) -> list[str]:
    return [block.text for block in text.read(data).blocks]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("S u m m a r y\n\nThe berths are old.", ["Summary", "The berths are old."]),
        ("The ﬁrst ofﬁce for ﬂeet aﬀairs.", ["The first office for fleet affairs."]),
        ("They are old—\nand the Indo-\nPacific fleet is new.", ["They are old—and the Indo-Pacific fleet is new."]),
    ],
)
def test_letters_set_apart_or_together_and_dashes_make_words(page: str, said: list[str]) -> None:
    assert _texts(page) == said


def test_a_footer_that_says_page_goes() -> None:
    first, second = (f"Report on Berths          Page {number}\n\x0c" for number in (1, 2))
    page = f"One sentence is\n\n{first}on two pages.\n\n{second}The end."
    assert _texts(page) == ["One sentence is", "on two pages.", "The end."]


def test_a_list_of_contents_goes_and_a_list_of_prices_stays() -> None:
    contents = RawBlock("1. The Berths .......... 3"), RawBlock("Fees ......... 12")
    body = RawBlock("The Berths", BlockKind.HEADING, 2), RawBlock("Old."), RawBlock("2. Fees", BlockKind.HEADING, 2)
    assert furniture.clear([*contents, *body]) == body
    prices = RawBlock("Small ships ......... 12"), RawBlock("Large ships ......... 40")
    assert furniture.clear([*prices, *body]) == (*prices, *body)


@pytest.mark.parametrize(
    "table",
    [
        "  Port      2023     2024\n  -------- ------  ------\n  Skagby     870      940\n  Orvik      650      655",
        "+--------+------+------+\n| Port   | 2023 | 2024 |\n+========+======+======+\n| Skagby | 870  | 940  |\n"
        "+--------+------+------+\n| Orvik  | 650  | 655  |\n+--------+------+------+",
        "| Port | 2023 | 2024 |\n|------|-----:|------|\n| Skagby | 870 | 940 |\n| Orvik | 650 | 655 |",
    ],
)
def test_a_table_that_is_drawn_with_signs_is_rows(table: str) -> None:
    blocks = text.read(f"The fees of two ports.\n\n{table}\n\nThe end.\n".encode()).blocks
    assert [(block.level, block.text) for block in blocks if block.kind is BlockKind.ROW] == [
        (1, "Port | 2023 | 2024"),
        (0, "Skagby | 870 | 940"),
        (0, "Orvik | 650 | 655"),
    ]


def test_title_author_and_date_below_each_other_are_lines() -> None:
    title = "Hub and Spoke: The System of Alliances around the United States in Asia and Europe"
    page = f"{title}\nJane Falk\n9 May 2022\n\nThe first sentence of the text is here."
    assert _texts(page)[:3] == [title, "Jane Falk", "9 May 2022"]


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".csv", ".tsv", ".vtt"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"%PDF-1.3\n%\x93\x8c\x8b\x9e bytes", "a PDF file; name it .pdf"), (b"{\\rtf1 a}", "an RTF file; name it .rtf")],
)
def test_a_file_of_another_type_is_not_taken_for_text(suffix: str, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=rf"^a\{suffix}: is {reason}$"):
        documents.read(data, f"a{suffix}")
