"""Where sentences begin and end."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alliance_qa.domain import Span
from alliance_qa.text.sentences import split_sentences


def sentences(text: str, language: str = "en") -> list[str]:
    return [span.of(text) for span in split_sentences(text, language)]


@pytest.mark.parametrize(
    "first",
    [
        "The U.S. is an ally.",
        "The U.S. alliance with Japan is old.",
        "They met in Washington, D.C., on Friday.",
        "Jeffrey W. Hornung wrote the article.",
        "On Feb. 3 the two leaders met.",
        "Lt. Gen. Stephen Sklenka met them.",
        "Sen. Bill Hagerty spoke.",
        "Sen. Bill Hagerty, R-Tenn., did the same.",
        "The Japan-U.S. Joint Declaration was signed in 1996.",
        "The Guidelines for Japan-U.S. Defense Cooperation were revised.",
        "Japan–U.S. Joint Declaration is the name.",
        "See No. 9 for more.",
        "It began at 5 p.m. on Jan. 19 in Tokyo.",
        "Japan spent 1.5 percent of its GDP.",
        "“It is so.”",
        "Amb. Emanuel met Sec. Blinken and Maj. Gen. Ota.",
        "Dep. Sec. Campbell met Sec. Def. Austin in Tokyo.",
        "Pub. L. 117-263 and 66 Stat. 1209 apply.",
        "See Vol. 3, pp. 5–7, Ch. 4, para. 4 and fn. 7 of it.",
        "It cost approx. $3 bn. in 2020.",
        "The book (2nd ed. 1999) is out.",
        "The cost (est. $4 million, incl. taxes) rose.",
        "The area is 12 sq. km. in all.",
        "The U.S. Ambassador and the U.S. Senator spoke.",
        "P.M. Kishida and Lt. Cmdr. Sato spoke.",
        "1. The first step is taken.",
        "It was signed in 1960.[12]",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(first: str) -> None:
    assert sentences(f"{first} Then they left.") == [first, "Then they left."]


@pytest.mark.parametrize(
    "expected",
    [
        ["They share a threat from their adversaries…", "The alliance deters them."],
        ['The 12" gun fired.', "The ship sank.", 'The 5" gun fired too.', "All was well."],
        ["He is 5' 10\" tall.", "She is 5' 2\" tall."],
        ["They went to the port.", "Critics say that it works.", "Here is why."],
        ["They were announced in New York.", "Junichiro Koizumi was there."],
        ["He answered the call.", "Computers have followed it."],
        ["That is Plan B.", "It failed."],
        ["It was cold.", "(They left early.)", "Good."],
    ],
)
def test_a_sentence_ends_where_one_of_the_two_judges_alone_sees_it(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


def test_japanese_ends_its_sentences_where_no_language_is_named() -> None:
    assert sentences("港は重要です。両国は協力します。") == ["港は重要です。", "両国は協力します。"]


def test_an_abbreviation_can_be_the_last_word_of_a_sentence() -> None:
    assert sentences("He came to the U.S. The leaders spoke.") == ["He came to the U.S.", "The leaders spoke."]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ja", ["日米同盟は重要です。", "両国は協力します。"]),
        ("hi", ["जापान एक देश है।", "अमेरिका भी है।", "क्या यह सच है?"]),
        ("ar", ["هل اليابان حليف؟", "نعم.", "هذا صحيح."]),
        ("ru", ["Япония — союзник.", "США тоже.", "Это 2024 г. и всё."]),
    ],
)
def test_other_scripts_end_sentences_with_their_own_stops(language: str, expected: list[str]) -> None:
    between = "" if language == "ja" else " "
    assert sentences(between.join(expected), language) == expected


@pytest.mark.parametrize("language", ["de", "de-at", "de-AT"])
def test_only_the_first_part_of_a_language_tag_is_looked_at(language: str) -> None:
    """English would break after "3." and "usw."."""
    text = "Er kam am 3. Oktober usw. Das ist gut."
    assert sentences(text, language) == [text]


@pytest.mark.parametrize("language", ["", "xx", "en-GB"])
def test_an_unknown_language_reads_as_english(language: str) -> None:
    assert sentences("Lt. Gen. Sklenka spoke. He left.", language) == ["Lt. Gen. Sklenka spoke.", "He left."]


def test_spans_count_code_points() -> None:
    assert split_sentences("𠮷𠮷. é!  A.") == [Span(0, 3), Span(4, 6), Span(8, 10)]


@pytest.mark.parametrize("text", ["", " ", "\r\n\t\u3000\x85\u2029"])
def test_a_text_of_white_space_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


# sentencex 1.0.32 panics on each of these when it is given them as they are.
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A\u00a0. B", "en"),
        (".A\xa0. ", "fr"),
        ("\u2003B\u2028. ", "de"),
        ("A\u2028\u2003.日", "hi"),
        ("B\u3000. 日", "ru"),
    ],
)
def test_white_space_outside_ascii_after_an_initial_is_read(text: str, language: str) -> None:
    assert "".join("".join(sentences(text, language)).split()) == "".join(text.split())


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        "\r\n|\r|\n|\n\n|\x85|\u2028|\u2029|\u00a0|\u3000|\x1c| |. |.|? |! |。|」|؟ |। |U.S. |Japan-U.S. |A.|Lt. |"
        "Washington, D.C., |日本|“|”|(|)|[1] |…|𠮷|\u0301|😀|1.|2) |- ".split("|")
    ),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(text=TEXTS, language=st.sampled_from(["en", "ja", "hi", "ar", "ru", "de", "xx", "", "en-US"]))
@example(text=".A\xa0. ", language="fr")
@example(text="One.\r\nTwo.\rThree.\u2028Four.", language="en")
@example(text="Japan-U.S.\x85-U.S. ‑U.N.", language="en")
def test_only_white_space_lies_outside_the_sentences(text: str, language: str) -> None:
    end = 0
    for span in split_sentences(text, language):
        assert end <= span.start
        assert not text[end : span.start].strip()
        assert span.end <= len(text)
        assert span.of(text) == span.of(text).strip()
        end = span.end
    assert not text[end:].strip()


@pytest.mark.parametrize(
    "sentences",
    [
        ["日米同盟は1960年に改定された。", "条約は10条からなる！", "本当か？"],
        ["首相は「同盟は強い。しかし課題もある。」と述べた。", "その後、会談した。"],
        ["「同盟は公共財である。」", "彼はこう書いた。"],
        ["（これは括弧内の文である。二つ目。）", "次の文。"],
        ["条約（注1）は1951年に署名された。", "（注2）詳しくは次を見よ。"],
        ["名称は『指針。改訂版』である。", "以上。"],
        ["米国（The U.S. Government）は反対した。", "NATO加盟国は32か国である。"],
        ["「開いたままの引用。", "次の文。"],
        ["増加率は3.5%。", "大使は「U.S. を支持する。」とだけ述べた。"],
    ],
)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_japanese_sentences_end_at_stops_outside_of_brackets(sentences: list[str], language: str) -> None:
    text = "".join(sentences)

    assert [span.of(text) for span in split_sentences(text, language)] == sentences
