"""The short answer inside a sentence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.answering.highlight import find
from alliance_qa.asking.query import analyse


def highlighted(question: str, sentence: str) -> str | None:
    span = find(analyse(question, np.empty(0, np.float32)), sentence)
    return span.of(sentence) if span else None


TIMES = [
    ("When did the leaders meet?", "The leaders met on April 10, 2024.", "April 10, 2024"),
    ("When did the leaders meet?", "On April 10, 2024, the leaders met.", "April 10, 2024"),
    (
        "When did the first meeting take place?",
        "The first meeting took place on June 9 and 10, 2024.",
        "June 9 and 10, 2024",
    ),
    ("When were the Guidelines revised?", "The Guidelines were revised in 1997.", "1997"),
    (
        "When was he ambassador?",
        "He served as ambassador from January 2022 to January 2025.",
        "from January 2022 to January 2025",
    ),
    ("When was he ambassador?", "He was ambassador between 1961 and 1966.", "between 1961 and 1966"),
    ("When will the money be spent?", "The money is for fiscal 2023 to 2027.", "fiscal 2023 to 2027"),
    ("When will the money be spent?", "It is for the fiscal years 2023 to 2027.", "fiscal years 2023 to 2027"),
    ("When was it decided?", "The cabinet decided on 1 July 2014.", "1 July 2014"),
    ("When was it decided?", "published: 2014-07-01", "2014-07-01"),
    ("When did protests take place?", "Protests took place in May and June 1960.", "May and June 1960"),
    ("When did the second phase begin?", "The second phase began around the early 1990s.", "early 1990s"),
    ("When did it happen?", "It happened on Sept. 11, 2001, in New York.", "Sept. 11, 2001"),
    ("When did it happen?", "It happened on\nApril\n10, 2024, in\nWashington.", "April\n10, 2024"),
    (
        "When was Abe in office?",
        "Shinzo Abe | September 26, 2006, to September 26, 2007",
        "September 26, 2006, to September 26, 2007",
    ),
    (
        "When were the versions adopted?",
        "Three versions were adopted: in 1978, in 1997 and in 2015.",
        "1978, in 1997 and in 2015",
    ),
    ("When was the shogunate founded?", "The shogunate was founded in 1185.", "1185"),
    ("When did the shogunate last?", "The shogunate lasted from 1185 to 1333.", "from 1185 to 1333"),
    ("When did it begin?", "It began in fiscal 2015-16.", "fiscal 2015-16"),
    ("In which year did the Cold War end?", "The Cold War ended in 1991.", "1991"),
    # What tells which thing is meant is not when.
    ("When were the Guidelines of 1978 reviewed?", "The Guidelines of 1978 were reviewed in April 1996.", "April 1996"),
    (
        "When was the review agreed?",
        "The review of the Guidelines of 1978 was agreed on April 17, 1996.",
        "April 17, 1996",
    ),
    ("When was the 1960 treaty signed?", "The 1960 treaty was signed on January 19, 1960.", "January 19, 1960"),
    ("When was the 1960 treaty signed?", "The 1960 treaty was signed in Washington.", None),
    ("When did the talks of 1959 end?", "The talks ended in 1959.", None),
    ("When did Tokyo answer in 1960?", "Tokyo answered in 1960, and again on May 4, 1961.", None),
    # Of several, the one that the sentence says of what is asked.
    (
        "When was the Treaty of Amity signed?",
        "The Treaty of Amity was signed on May 1, 1951, and entered into force on June 2, 1952.",
        "May 1, 1951",
    ),
    (
        "When did the Treaty of Amity take effect?",
        "The Treaty of Amity was signed on May 1, 1951, and came into force on June 2, 1952.",
        "June 2, 1952",
    ),
    (
        "When was the Treaty of Amity ratified?",
        "The Treaty of Amity was signed on May 1, 1951, and entered into force on June 2, 1952.",
        None,
    ),
    ("When did it end?", "The talks began in 1951, and the ministers left in 1953.", None),
    ("When did she resign?", "She resigned after the vote.", None),
    ("When did May visit?", "May may visit the march of time.", None),
]

AMOUNTS = [
    ("How many mines did the ships clear?", "The six ships disposed of 34 mines.", "34 mines"),
    ("How many ships were sent?", "The six ships disposed of 34 mines.", "six ships"),
    ("How many ships were sent?", "Four minesweepers and two support ships left Japan.", "two support ships"),
    (
        "How many Virginia-class boats will Australia buy?",
        "Under the plan of March 13, 2023, it buys three Virginia-class submarines.",
        "three Virginia-class submarines",
    ),
    (
        "How many areas of cooperation are there?",
        "The program lists 16 areas of cooperation.",
        "16 areas of cooperation",
    ),
    ("How many countries besides Japan signed?", "Japan and 48 other countries signed it.", "48 other countries"),
    ("How many troops are in Japan?", "About 54,000 American troops are in Japan.", "54,000 American troops"),
    ("How many people died?", "About twenty-five people died.", "twenty-five people"),
    ("How many pillars does it have?", "AUKUS has two pillars.", "two pillars"),
    ("How many treaty allies were there?", "It relied on six treaty\nallies in Asia.", "six treaty\nallies"),
    (
        "How much will Japan spend?",
        "The program sets spending of about 43 trillion yen for five years.",
        "43 trillion yen",
    ),
    ("How much does it cost?", "It costs $1.5 billion a year.", "$1.5 billion"),
    ("How much did Japan give?", "Japan gave 13 billion U.S. dollars and no troops.", "13 billion U.S. dollars"),
    ("How much of it is spent?", "Defense takes 1.2 percent of the budget.", "1.2 percent"),
    ("What share of the budget is it?", "Defense takes 2 % of a budget of 90 billion yen.", "2 %"),
    (
        "How long did the mission last?",
        "The mission of 600 soldiers lasted two and a half years.",
        "two and a half years",
    ),
    ("How long does the notice take?", "The treaty ends one year after notice.", "one year"),
    ("How long was he minister?", "He was minister for five years and two months.", "five years and two months"),
    # Numbers of dates and names are no amounts.
    ("How many ministers met?", "The ministers met on April 10, 2024.", None),
    ("How many articles does it have?", "Article 9 renounces war.", None),
    ("How many soldiers were there in 1960?", "There were soldiers in 1960 and in 1961.", None),
    ("How many troops took part?", "The operation used 20 ships.", None),
    ("How many of the 20 ships were hit?", "Of the 20 ships, three ships were hit.", "three ships"),
    ("How much did the summit cost?", "Two leaders met at the summit.", None),
]

PEOPLE = [
    ("Who leads the Commission?", "The Commission is led by Ursula von der Leyen.", "Ursula von der Leyen"),
    ("Whom did Kishida meet?", "Kishida met President Marcos Jr. in Manila.", "President Marcos Jr."),
    ("Whom did Marcos meet?", "Marcos Jr. met President Joe Biden.", "President Joe Biden"),
    (
        "Who signed the treaty for Japan?",
        "Prime Minister Shigeru Yoshida signed the treaty.",
        "Prime Minister Shigeru Yoshida",
    ),
    (
        "Who were in the delegation?",
        "The delegation were Dean Acheson, John Foster Dulles, Alexander Wiley and Styles Bridges.",
        "Dean Acheson, John Foster Dulles, Alexander Wiley and Styles Bridges",
    ),
    (
        "Who represented the United States?",
        "Secretary of State Madeleine Albright and Secretary of Defense William Cohen represented the United States.",
        "Secretary of State Madeleine Albright and Secretary of Defense William Cohen",
    ),
    ("Who led the command?", "The command was led by General Douglas MacArthur.", "General Douglas MacArthur"),
    ("Who presented the idea?", "The idea that President Joe Biden praised was presented by Shinzo Abe.", "Shinzo Abe"),
    (
        "Who negotiated the treaty?",
        "John Foster Dulles negotiated the treaty for President Harry S. Truman.",
        "John Foster Dulles",
    ),
    (
        "Who negotiated for President Truman?",
        "President Harry S. Truman sent John Foster Dulles.",
        "John Foster Dulles",
    ),
    ("Who did Kishida meet?", "Fumio Kishida met President Joe Biden in April.", "President Joe Biden"),
    ("Who met with Kishida?", "Prime Minister Fumio Kishida and President Joe Biden met.", "President Joe Biden"),
    ("Who was defense minister?", "Minoru Kihara was defense minister until 2024.", "Minoru Kihara"),
    (
        "Who was foreign minister of Thailand?",
        "Secretary of State Dean Rusk and Foreign Minister Thanat Khoman met.",
        "Foreign Minister Thanat Khoman",
    ),
    (
        "Who was the first head?",
        "Shotaro Yachi was the first head, and Prime Minister Shinzo Abe chose him.",
        "Shotaro Yachi",
    ),
    ("Who said it?", "Ambassador Rahm Emanuel said\nit in 2024.", "Ambassador Rahm Emanuel"),
    ("Who signed it?", "The United States signed it in San Francisco.", None),
    ("Who signed it?", "The House of Councillors passed the National Security Strategy.", None),
    ("Who was told?", "President Jimmy Carter wrote while Deng Xiaoping waited.", None),
    ("Who is Shinzo Abe?", "Shinzo Abe was prime minister of Japan.", None),
]

PLACES = [
    ("Where is the headquarters?", "It has its headquarters at Yokota Air Base.", "Yokota Air Base"),
    ("Where was the headquarters?", "The organization had its headquarters in Bangkok.", "Bangkok"),
    ("Where is the command?", "The command is at Camp H. M. Smith in Hawaii.", "Camp H. M. Smith in Hawaii"),
    ("Where was the treaty signed?", "The treaty was signed in San Francisco on September 8, 1951.", "San Francisco"),
    ("Where did he explain it?", "He explained it on Guam in 1969.", "Guam"),
    ("Where did they meet?", "They met in San Diego, California, on March 13.", "San Diego, California"),
    ("Where did they meet?", "They met in the Philippines in April.", "the Philippines"),
    ("Where was fuel supplied?", "The force supplied fuel in the Indian Ocean.", "the Indian Ocean"),
    ("In which city did they meet?", "They met in Lima.", "Lima"),
    ("Where in Japan is it?", "It is in Japan.", None),
    ("Where was it announced?", "It was announced in the Guidelines of 1997.", None),
    ("Where was it announced?", "The Special Action Committee on Okinawa announced it.", None),
    ("Where is it based today?", "It was established at Fuchu and moved to Tokyo, and it has an office in Naha.", None),
    ("Which country was first?", "The first was signed in London.", None),
]


@pytest.mark.parametrize(("question", "sentence", "expected"), TIMES)
def test_a_time_is_the_whole_expression_that_answers(question: str, sentence: str, expected: str | None) -> None:
    assert highlighted(question, sentence) == expected


@pytest.mark.parametrize(("question", "sentence", "expected"), AMOUNTS)
def test_an_amount_is_a_number_with_its_unit(question: str, sentence: str, expected: str | None) -> None:
    assert highlighted(question, sentence) == expected


@pytest.mark.parametrize(("question", "sentence", "expected"), PEOPLE)
def test_a_person_is_the_name_with_its_title(question: str, sentence: str, expected: str | None) -> None:
    assert highlighted(question, sentence) == expected


@pytest.mark.parametrize(("question", "sentence", "expected"), PLACES)
def test_a_place_is_its_name(question: str, sentence: str, expected: str | None) -> None:
    assert highlighted(question, sentence) == expected


@pytest.mark.parametrize("question", ["What is AUKUS?", "Why was it signed in 1960?", "AUKUS"])
def test_other_kinds_have_no_highlight(question: str) -> None:
    assert highlighted(question, "President Joe Biden announced two pillars in Washington on May 1, 2021.") is None


@given(
    question=st.sampled_from(
        ["When was it?", "How many ships were there?", "How much was it?", "Who was it?", "Where was it?"]
    ),
    sentence=st.lists(
        st.sampled_from(
            "A Abe May 1 June 1960 and , of the in at President Mr. Tokyo Bay 34 mines % $5 ’s - was by".split()
        )
        | st.text(max_size=5),
        max_size=40,
    ).map(" ".join),
)
def test_whatever_the_sentence_a_highlight_lies_in_it(question: str, sentence: str) -> None:
    span = find(analyse(question, np.empty(0, np.float32)), sentence)
    assert span is None or (span.end <= len(sentence) and span.of(sentence).strip())
