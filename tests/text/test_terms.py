"""Words as they are matched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.text.terms import STOP_WORDS, terms, words


@pytest.mark.parametrize(
    "name",
    [
        "U.S.",
        "the U.S.",
        "US",
        "USA",
        "U.S.A.",
        "United States",
        "United States of America",
        "UNITED STATES",
        "America",
        "American",
        "Americans",
        "America’s",
        "the United States'",
        "U.S.'s",
    ],
)
def test_the_united_states_are_one_term_however_named(name: str) -> None:
    assert terms(f"{name} forces") == ["us", "forc"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Japanese", "Japan"),
        ("British", "United Kingdom"),
        ("Great Britain", "U.K."),
        ("U.N.", "United Nations"),
        ("European Union", "E.U."),
        ("Filipino", "Philippines"),
        ("Chinese", "China"),
    ],
)
def test_a_country_and_its_adjective_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_a_country_inside_a_compound_is_found() -> None:
    assert words("the U.S.-Japan alliance") == ["the", "us", "japan", "alliance"]


@pytest.mark.parametrize("text", ["Abe’s", "Abe's", "ABE'S", "Abe’S"])
def test_a_possessive_is_the_name(text: str) -> None:
    assert words(text) == ["abe"]


def test_accents_and_case_are_dropped() -> None:
    assert words("Tōkyō CAFÉ cafe\u0301 Straße ﬁrst") == ["tokyo", "cafe", "cafe", "strasse", "first"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("日米同盟 is カナ 한국", "日米 米同 同盟 日 米 同 盟 is カナ 한국"),
        ("AUKUSの第2の柱", "aukus の第 第 2 の柱 柱"),
        ("ＡＵＫＵＳのｶﾞｲﾄﾞ", "aukus のガ ガイ イド"),  # widths
        ("が か\u3099 か", "が が か"),  # a voiced letter is another one
        ("第10条", "第 10 条"),
        ("佐々木", "佐々 々木 佐 々 木"),
        ("🗾日本𠮷", "日本 本𠮷 日 本 𠮷"),  # beyond the basic plane
    ],
)
def test_what_is_written_without_spaces_is_matched_by_pairs_of_characters(text: str, found: str) -> None:
    assert words(text) == found.split()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("國際聯盟", "国際連盟"),
        ("日米安全保障條約", "日米安全保障条約"),
        ("聲明を發表", "声明を発表"),
        ("齋藤", "斎藤"),
    ],
)
def test_old_forms_of_characters_are_the_ones_in_use(old: str, new: str) -> None:
    assert terms(old) == terms(new)
    assert terms(new)[0] == new[:2]


def test_letter_like_symbols_are_their_letters() -> None:
    assert words("𝘈𝘜𝘒𝘜𝘚 ℌ") == ["aukus", "h"]


def test_words_of_other_scripts_stay_whole() -> None:
    assert terms("Япония союзник") == ["япония", "союзник"]


def test_full_width_letters_are_the_same_letters() -> None:
    assert words("ＡＵＫＵＳ　２０２４") == ["aukus", "2024"]


def test_stop_words_carry_no_meaning() -> None:
    assert terms("What is the role of the alliance?") == ["role", "allianc"]


def test_a_question_of_stop_words_has_no_terms() -> None:
    assert terms("What was it about?") == []


@pytest.mark.parametrize("text", ["", " \n", "?!… — _", "\0"])
def test_a_text_without_words_has_no_terms(text: str) -> None:
    assert (words(text), terms(text)) == ([], [])


def test_terms_keep_order_and_repeats() -> None:
    assert terms("Defense guidelines, defended guideline") == ["defens", "guidelin", "defend", "guidelin"]


def test_an_underscore_parts_words() -> None:
    assert words("article_9") == ["article", "9"]


@given(text=st.text())
def test_terms_are_words_of_the_text_that_do_not_depend_on_case(text: str) -> None:
    found = words(text)
    assert all(word and word == word.casefold() and not any(c.isspace() for c in word) for word in found)
    assert len(terms(text)) == sum(word not in STOP_WORDS for word in found)


@pytest.mark.parametrize("word", ["Orvík", "Müller", "naïve", "Ôta", "Đà Nẵng", "ガイドライン"])
def test_composed_and_decomposed_letters_are_one(word: str) -> None:
    assert words(unicodedata.normalize("NFD", word)) == words(unicodedata.normalize("NFC", word)) != []


def test_private_signs_are_no_part_of_a_word() -> None:
    assert words("320\uf031 crowns") == ["320", "crowns"]
