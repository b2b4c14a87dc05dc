"""Captions and plain transcripts: whole sentences, each with its speaker and time."""

from __future__ import annotations

import pytest

from alliance_qa import documents
from alliance_qa.documents.extract import LeftOut, Omission
from alliance_qa.domain import Block, BlockKind, Document, Provenance
from alliance_qa.errors import DocumentError
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences

VTT = """WEBVTT - Port council
Kind: captions
Language: en-GB

NOTE made by hand

intro
00:00:01.000 --> 00:00:04.000 align:start
<v.loud Ann Lee>The council set the fee

00:00:04.000 --> 00:00:08.500
<v Ann Lee>at 940 crowns &amp; no more. It holds</v>

2
00:01:12.000 --> 00:01:15.000
<v Ann Lee>for a <i>year</i>.
<v Ben Ode>Who pays it?

01:02:03.000 --> 01:02:04.000
[Applause]
"""


def shown(document: Document) -> list[tuple[str, str]]:
    """Return each block with where it is said to stand; a heading as "#"."""
    kinds = {BlockKind.HEADING: "# ", BlockKind.METADATA: "= "}
    return [(kinds.get(b.kind, "") + b.span.of(document.text), b.locator) for b in document.blocks]


def test_sentences_are_whole_over_captions_and_know_the_time_they_begin() -> None:
    reading = documents.examine(VTT.encode(), "council.vtt")
    document = reading.document
    assert shown(document) == [
        ("= title: Port council", ""),
        ("= language: en-GB", ""),
        ("= speakers: Ann Lee, Ben Ode", ""),
        ("# Ann Lee", ""),
        ("The council set the fee at 940 crowns & no more.", "time 00:00:01, Ann Lee"),
        ("It holds for a year.", "time 00:00:04, Ann Lee"),
        ("# Ben Ode", ""),
        ("Who pays it?", "time 00:01:12, Ben Ode"),
    ]
    assert reading.left_out == (LeftOut(Omission.COMMENT, "made by hand"), LeftOut(Omission.SOUND, "[Applause]"))
    facts = document.facts
    assert (facts.title.value, facts.title.provenance, facts.title.where) == (
        "Port council",
        Provenance.FILE_METADATA,
        "the line WEBVTT",
    )
    assert facts.language and facts.language.value == "en-gb"


def test_a_speaker_is_the_heading_of_what_is_said() -> None:
    document = documents.read(VTT.encode(), "council.vtt")
    passages = split(
        document,
        split_sentences=split_sentences,
        token_starts=lambda texts: [[0] * len(text.split()) for text in texts],
        max_tokens=100,
    )
    assert [(passage.headings, passage.text) for passage in passages] == [
        (("Ann Lee",), "The council set the fee at 940 crowns & no more.\n\nIt holds for a year."),
        (("Ben Ode",), "Who pays it?"),
    ]
    assert all(passage.span.of(document.text) == passage.text for passage in passages)


def test_captions_that_roll_are_read_once() -> None:
    rolling = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nwelcome to<00:00:01.000><c> the</c><00:00:01.500><c> harbour</c>\n\n"
        "00:02.000 --> 00:02.010\nwelcome to the harbour\n \n\n"
        "00:02.010 --> 00:04.000\nwelcome to the harbour\nit was<c> built</c> in 1911\n"
    )
    reading = documents.examine(rolling.encode(), "a.vtt")
    assert shown(reading.document) == [("welcome to the harbour it was built in 1911", "time 00:00:00")]
    assert reading.left_out == (LeftOut(Omission.REPEATED, "welcome to the harbour"),) * 2
    assert reading.document.facts.title.value == "A"


def test_what_never_ends_is_cut_where_captions_begin() -> None:
    cues = "".join(
        f"{n}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nword{n} and some more of it\n\n" for n in range(10, 40)
    )
    document = documents.read(cues.encode(), "a.srt")
    assert [len(block.span.of(document.text)) for block in document.blocks] == [161, 161, 161, 161, 161]
    assert [block.locator for block in document.blocks][:2] == ["time 00:00:10", "time 00:00:16"]
    assert " ".join(b.span.of(document.text) for b in document.blocks).split().count("word25") == 1


def test_subrip_names_speakers_before_a_colon_and_marks_with_dashes() -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}ANN: The fee is new.\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n- BEN: Since 2024?\n- ANN: Yes, since <b>spring</b>.\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\nNote: it may rise.\n"
    )
    assert shown(documents.read(srt.encode("cp1252"), "a.srt"))[1:] == [
        ("# ANN", ""),
        ("The fee is new.", "time 00:00:01, ANN"),
        ("# BEN", ""),
        ("Since 2024?", "time 00:00:03, BEN"),
        ("# ANN", ""),
        ("Yes, since spring.", "time 00:00:03, ANN"),
        ("Note: it may rise.", "time 00:00:05, ANN"),
    ]


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"Ann: hello", "a.vtt", 'is no WebVTT file: it does not begin with "WEBVTT"; export the captions again'),
        (b"WEBVTT\n\n", "a.vtt", "holds no captions; export them again"),
        (b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n", "a.srt", "is a WebVTT file; name it .vtt"),
        (b"hello", "a.srt", "holds no captions that can be read; export them again"),
        (b"", "a.srt", "holds no captions that can be read; export them again"),
    ],
)
def test_captions_that_are_none_say_why(data: bytes, path: str, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        documents.read(data, path)
    assert str(caught.value) == f"{path}: {reason}"


TIMED = """The port hearing
March 4, 2024

[00:00:05] Ann Lee: The fee is set each
year. It was 900 crowns.

[00:00:31] Ben Ode: And now?

[00:01:02] Ann Lee: It is 940 crowns.

[01:00:00] Ann Lee: Thank you.
"""
ABOVE = """Ann Lee  0:05
The fee is set each year. It was 900 crowns.

Ben Ode  0:31
And now?

Ann Lee  1:02
It is 940 crowns.

Ann Lee  1:00:00
Thank you.
"""


@pytest.mark.parametrize("text", [TIMED, ABOVE])
def test_a_plain_transcript_has_speakers_and_times(text: str) -> None:
    document = documents.read(text.encode(), "hearing.txt")
    assert [entry for entry in shown(document) if entry[1] or entry[0] in ("# Ann Lee", "# Ben Ode")] == [
        ("# Ann Lee", ""),
        ("The fee is set each year.", "time 00:00:05, Ann Lee"),
        ("It was 900 crowns.", "time 00:00:05, Ann Lee"),
        ("# Ben Ode", ""),
        ("And now?", "time 00:00:31, Ben Ode"),
        ("# Ann Lee", ""),
        ("It is 940 crowns.", "time 00:01:02, Ann Lee"),
        ("Thank you.", "time 01:00:00, Ann Lee"),
    ]


def test_what_stands_above_a_transcript_states_its_facts() -> None:
    facts = documents.read(TIMED.encode(), "hearing.txt").facts
    assert (facts.title.value, facts.published and facts.published.value) == ("The port hearing", "2024-03-04")
    assert documents.read(ABOVE.encode(), "port-hearing.txt").facts.title.value == "Port hearing"


def test_names_without_times_make_a_transcript_where_several_come_back() -> None:
    text = "CHAIR: We begin.\n\nMS. LEE: The fee is new.\n\nIt is low.\n\nCHAIR: Thank you.\n\nMS. LEE: You too.\n"
    assert [where for _, where in shown(documents.read(text.encode(), "a.txt")) if where] == [
        "CHAIR",
        "MS. LEE",
        "MS. LEE",
        "CHAIR",
        "MS. LEE",
    ]


def test_a_text_with_a_few_labels_is_no_transcript() -> None:
    text = "Ports\n\nSkagby: 40 berths.\n\nTolvik: 12 berths.\n\nNote: The ports are open. 12:30 is the last call.\n"
    assert all(not block.locator for block in documents.read(text.encode(), "a.txt").blocks)


INTERVIEW = [
    "Q: When was the fee set?",
    "A: It was set in 2024.",
    "It is 940 crowns.",
    "Q: Who pays it, and can they appeal? I ask for the owners.",
    "They wrote to us twice.",
    "A: Every ship pays it.",
]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("\n\n".join(["Fees: an interview", *INTERVIEW]), "a.txt"),
        ("\n".join(["Fees: an interview", "", *INTERVIEW]), "a.txt"),
        ("# Fees: an interview\n\n" + "\n\n".join(INTERVIEW).replace("Q:", "**Q:**"), "a.md"),
        ("<article><h1>Fees: an interview</h1>" + "".join(f"<p>{line}</p>" for line in INTERVIEW), "a.html"),
    ],
)
def test_the_question_of_an_interview_is_a_heading(text: str, path: str) -> None:
    document = documents.read(text.encode(), path)
    headings = [block.span.of(document.text) for block in document.blocks if block.kind is BlockKind.HEADING]
    assert " ".join(headings[1:]) == " ".join([INTERVIEW[0], INTERVIEW[3], INTERVIEW[4]])
    assert [block.span.of(document.text) for block in document.blocks if _is_said(block)] == [
        INTERVIEW[1],
        INTERVIEW[2],
        INTERVIEW[5],
    ]


def _is_said(block: Block) -> bool:
    return block.kind is BlockKind.PARAGRAPH


def test_one_mark_alone_is_no_interview() -> None:
    document = documents.read(b"Letters\n\nQ: Fever is named after a query.\n\nIt is rare.", "a.txt")
    assert [block.kind for block in document.blocks][1:] == [BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]
