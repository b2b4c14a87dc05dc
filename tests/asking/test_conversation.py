from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_qa.asking.conversation import leans, resolve
from alliance_qa.asking.conversation.names import is_country
from alliance_qa.asking.query import is_clear
from alliance_qa.domain import Turn

DIALOGUES = Path(__file__).parent / "conversation_dialogues.jsonl"
TUNING = Path(__file__).parents[2] / "questions" / "tuning.jsonl"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A turn in its conversation, and what its resolved question must and must not hold."""

    id: str
    part: str  # "development" and "later" were looked at while the rules were written, "aside" was not
    history: tuple[Turn, ...]
    turn: str
    unchanged: bool
    contains: tuple[str, ...]  # each, or one of its parts between "|"
    lacks: tuple[str, ...]

    def holds(self) -> bool:
        resolved = resolve(self.turn, self.history)
        if self.unchanged:
            return resolved == self.turn
        folded = resolved.casefold()
        kept = all(any(part in folded for part in wanted.casefold().split("|")) for wanted in self.contains)
        return kept and not any(gone.casefold() in folded for gone in self.lacks)


def dialogues() -> list[Dialogue]:
    lines = [json.loads(line) for line in DIALOGUES.read_text(encoding="utf-8").splitlines()]
    return [
        Dialogue(
            line["id"],
            line["part"],
            tuple(Turn(turn["role"], turn["content"]) for turn in line["history"]),
            line["turn"],
            line["unchanged"],
            tuple(line["contains"]),
            tuple(line["lacks"]),
        )
        for line in lines
    ]


def talk(*turns: str) -> list[Turn]:
    return [Turn("user" if at % 2 == 0 else "assistant", content) for at, content in enumerate(turns)]


QUAD = talk("What is the Quad?", "Quad is the partnership of Australia, India, Japan and the United States. [1]")
TREATY = talk(
    "Who signed the Security Treaty of 1951 for Japan?",
    "Prime Minister Shigeru Yoshida signed the Security Treaty of 1951 for Japan. [1]",
)
MACARTHUR = talk(
    "Who led the occupation of Japan?",
    "General Douglas MacArthur led the occupation until President Harry S. Truman removed him in April 1951. [1]",
)


# The least share of dialogues, by part. Measured 2026-11-24: development 98 of 99, later 44 of 45 (35 before the
# rules had seen them), aside 46 of 49, once, when the rules were done.
@pytest.mark.parametrize(("part", "least"), [("development", 0.97), ("later", 0.95), ("aside", 0.93)])
def test_most_dialogues_resolve_as_written(part: str, least: float) -> None:
    held = {dialogue.id: dialogue.holds() for dialogue in dialogues() if dialogue.part == part}
    failed = [id_ for id_, holds in held.items() if not holds]
    assert 1 - len(failed) / len(held) >= least, failed


def test_every_dialogue_that_stands_alone_is_left_alone() -> None:
    assert [d.id for d in dialogues() if d.unchanged and d.part != "aside" and not d.holds()] == []


@pytest.mark.parametrize("history", [QUAD, TREATY, MACARTHUR])
def test_no_whole_question_of_the_tuning_half_takes_anything_from_a_conversation(history: list[Turn]) -> None:
    lines = [json.loads(line) for line in TUNING.read_text(encoding="utf-8").splitlines()]
    whole = [line["text"] for line in lines if line["kind"] != "follow_up"]
    assert [text for text in whole if resolve(text, history) != text] == []


@pytest.mark.parametrize(
    ("history", "question", "resolved"),
    [
        (QUAD, "When was it revived?", "When was the Quad revived?"),
        (QUAD, "And who are its members?", "And who are the Quad’s members?"),
        (QUAD, "WHEN DID IT MEET?", "WHEN DID THE QUAD MEET?"),
        (QUAD, "Does this group have a treaty?", "Does the Quad have a treaty?"),
        (QUAD, "When was the group founded?", "When was the Quad founded?"),
        (TREATY, "When was he prime minister?", "When was Shigeru Yoshida prime minister?"),
        (TREATY, "Did he sign it in Tokyo?", "Did Shigeru Yoshida sign the Security Treaty of 1951 in Tokyo?"),
        (TREATY, "Who was president at that time?", "Who was president in 1951?"),
        (
            talk("What did Ursula von der Leyen announce?", "A plan for the defence of Europe. [1]"),
            "Where was she born?",
            "Where was Ursula von der Leyen born?",
        ),
        (MACARTHUR, "Who removed him?", "Who removed Douglas MacArthur?"),
        (
            talk("What happened in Okinawa in 1995?", "Three servicemen …"),
            "What happened there in 1972?",
            "What happened in Okinawa in 1972?",
        ),
    ],
)
def test_a_pointer_gives_way_to_the_name_it_stands_for(history: list[Turn], question: str, resolved: str) -> None:
    assert resolve(question, history) == resolved


@pytest.mark.parametrize(
    ("before", "fragment", "resolved"),
    [
        (
            "Who signed the Security Treaty of 1951 for Japan?",
            "And for the United States?",
            "Who signed the Security Treaty of 1951 for the United States?",
        ),
        ("What were the Guidelines of 1978 about?", "And in 2015?", "What were the Guidelines of 2015 about?"),
        ("Who ruled Japan in 1853?", "And in 1603?", "Who ruled Japan in 1603?"),
        ("Who ruled Japan in 1603?", "And in 1185?", "Who ruled Japan in 1185?"),
        ("When did Japan join the United Nations?", "What about NATO?", "When did Japan join NATO?"),
        (
            "When did Japan and Australia sign it?",
            "And the Philippines?",
            "When did Japan and the Philippines sign it?",
        ),
        ("Did Australia leave the first Quad?", "Why?", "Why did Australia leave the first Quad?"),
        ("When was AUKUS announced?", "By whom?", "By whom was AUKUS announced?"),
        ("What is Pillar I of AUKUS?", "And Pillar II?", "What is Pillar II of AUKUS?"),
        ("When did Poland join NATO?", "And Lithuania?", "When did Lithuania join NATO?"),
        ("Who led the occupation?", "Who else?", "Who else led the occupation?"),
    ],
)
def test_a_fragment_takes_the_place_of_its_like(before: str, fragment: str, resolved: str) -> None:
    assert resolve(fragment, talk(before)) == resolved


def test_the_number_of_a_resolution_gives_way_to_no_year() -> None:
    before = "What does Resolution 1718 ask of its members?"
    assert resolve("And in 2009?", talk(before)) == "What does Resolution 1718 ask of its members in 2009?"


def test_a_year_is_added_where_none_stands_that_it_could_take_the_place_of() -> None:
    before = talk("What's Article 9?", "It renounces war. [1]", "Has Article 9 been changed?")
    assert resolve("What about 2014?", before) == "Has Article 9 been changed in 2014?"


@pytest.mark.parametrize("question", ["Tell me more about that", "And arrive?", "Why did they do that?"])
def test_what_nothing_fits_is_asked_with_the_question_before(question: str) -> None:
    before = "When did the Self-Defense Forces leave Samawah?"
    assert resolve(question, talk(before)) == f"{question} ({before})"


@pytest.mark.parametrize("name", ["Lithuania", "South Korea", "Japan and China", "Japanese", "New Zealand"])
def test_a_country_is_known_as_one(name: str) -> None:
    assert is_country(name)


@pytest.mark.parametrize(
    "name", ["Quad", "the United Nations", "European Union", "Korea Institute", "Justice Department"]
)
def test_a_body_is_no_country(name: str) -> None:
    assert not is_country(name)


def test_brackets_do_not_nest() -> None:
    history = [Turn("user", text) for text in ("Who signed the Manila Pact?", "Tell me more", "go on")]
    assert resolve("tell me more", history) == "tell me more (Who signed the Manila Pact?)"


def test_a_possessive_name_of_an_earlier_turn_sheds_its_ending() -> None:
    history = talk("What is the Manila Pact?", "", "Who were its members?", "", "Is Japan in NATO?", "")
    assert resolve("Is the pact still in force?", history) == "Is the Manila Pact still in force?"


def test_the_turns_before_are_resolved_first() -> None:
    history = talk("What is AUKUS?", "", "When was it announced?", "", "By whom?", "")
    assert resolve("How many pillars does it have?", history) == "How many pillars does AUKUS have?"


@pytest.mark.parametrize(
    "question",
    [
        "Did Japan revise its constitution?",
        "When did Kishi say that he would resign?",
        "why did japan say it would send no troops",
        "Who signed the treaty that ended the war?",
        "Is it true that Japan is a member of NATO?",
        "How long did it take to approve the law?",
        "Were there any protests?",
        "What does this collection say about Okinawa?",
        "How many Grammy awards did Beyoncé win for her first album?",
        "Thanks!",
        "安保条約はいつ署名されましたか。",
    ],
)
def test_a_question_that_stands_alone_is_left_alone(question: str) -> None:
    assert not leans(question)
    assert resolve(question, QUAD) == question


@pytest.mark.parametrize("question", ["When was it revised?", "Why?", "And the Philippines?", "Did Japan sign it?"])
def test_a_question_that_leans_is_known_without_the_conversation(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize("history", [[], [Turn("assistant", "Welcome to the Alliance.")]])
def test_without_a_question_before_nothing_is_resolved(history: list[Turn]) -> None:
    assert resolve("When was it revised?", history) == "When was it revised?"


def test_a_long_question_says_itself_what_it_means() -> None:
    question = "it " * 2_000
    assert resolve(question, [Turn("user", question), Turn("assistant", question)] * 50) == question


WORDS = st.lists(
    st.sampled_from(
        "and but what how about why when who of in the a it they he his its their this that those there then "
        "former treaty group Japan Quad AUKUS 1951 September 8, is was did Abe , ? . 安保 [1] so other $ U.S. V "
        "of'".split()
    ),
    max_size=10,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.lists(st.builds(Turn, st.sampled_from(["user", "assistant"]), WORDS), max_size=5))
def test_whatever_is_said_a_question_comes_back(question: str, history: list[Turn]) -> None:
    resolved = resolve(question, history)
    assert resolved or not question
    assert leans(question) or resolved == question or "the" in question.split() or not is_clear(question)
