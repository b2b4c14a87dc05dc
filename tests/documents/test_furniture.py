"""What is cleared away from a saved page, and what never is."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alliance_qa.documents import captions, furniture, repeats
from alliance_qa.documents.extract import LeftOut, Omission, RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.text.sentences import split_sentences

TITLE = RawBlock("A Title", BlockKind.HEADING, 1)
TEXT = RawBlock("The first yard opened in May. The second yard took a year longer. Nobody minded.")
QUOTE = "The second yard took a year longer."


@pytest.mark.parametrize(
    "line",
    [
        "Share on Twitter",
        "Share on Facebook",
        "SHARE THIS ARTICLE",
        "Share via email",
        "Tweet",
        "Print",
        "Email",
        "E-mail this page",
        "Copy link",
        "Subscribe to our newsletter.",
        "Sign up for our weekly newsletter",
        "Related articles",
        "Print | Email | Share",
        "Share on X Share on LinkedIn",
        "Download PDF",
        "シェアする",
        "関連記事",
    ],
)
def test_a_share_line_goes(line: str) -> None:
    assert furniture.clear([TITLE, TEXT, RawBlock(line)]) == (TITLE, TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "Share the burden, said the minister.",
        "Print runs were short.",
        "Email changed the ministry.",
        "They tweet.",
        "Subscribe to our newsletter, because the alliance changes faster than any book about it does.",
        "Shared yards",
    ],
)
def test_a_line_that_only_opens_like_a_share_line_stays(line: str) -> None:
    assert furniture.clear([TITLE, TEXT, RawBlock(line)]) == (TITLE, TEXT, RawBlock(line))


def test_one_entry_named_like_a_button_stays_and_a_list_of_buttons_goes() -> None:
    words = [RawBlock("Email", BlockKind.ITEM), RawBlock("Telex", BlockKind.ITEM)]
    buttons = [RawBlock("Email", BlockKind.ITEM), RawBlock("Tweet", BlockKind.ITEM)]
    assert furniture.clear([TITLE, TEXT, *words, TEXT]) == (TITLE, TEXT, *words)
    assert furniture.clear([TITLE, TEXT, *buttons]) == (TITLE, TEXT)


@pytest.mark.parametrize(
    "quote",
    [
        QUOTE,
        "“The second yard took a year longer”",
        "THE SECOND  YARD TOOK A YEAR LONGER.",
        "…the second yard took a year longer. Nobody minded.",
    ],
)
def test_a_pull_quote_goes_before_and_after_its_sentence(quote: str) -> None:
    assert furniture.clear([TITLE, RawBlock(quote), TEXT]) == (TITLE, TEXT)
    assert furniture.clear([TITLE, TEXT, RawBlock("Something else."), RawBlock(quote)]) == (
        TITLE,
        TEXT,
        RawBlock("Something else."),
    )


@pytest.mark.parametrize(
    "line",
    [
        "The second yard took a year",  # half a sentence
        "The first yard opened in May. Nobody minded.",  # not in this order
        "The second yard took a day longer.",
        "Nobody minded.",  # too short to be a quote: it may be an answer
    ],
)
def test_what_stands_in_no_other_block_as_whole_sentences_stays(line: str) -> None:
    assert furniture.clear([TITLE, TEXT, RawBlock(line)]) == (TITLE, TEXT, RawBlock(line))


@pytest.mark.parametrize("kind", [BlockKind.HEADING, BlockKind.ITEM, BlockKind.ROW, BlockKind.CAPTION])
def test_only_a_paragraph_is_a_pull_quote(kind: BlockKind) -> None:
    repeated = RawBlock(QUOTE, kind, 2 if kind is BlockKind.HEADING else 0)
    assert furniture.clear([TITLE, repeated, TEXT]) == (TITLE, repeated, TEXT)


def test_of_equal_paragraphs_the_first_stays() -> None:
    other = RawBlock("Something else.")
    assert furniture.clear([TITLE, TEXT, other, RawBlock(f"“{TEXT.text}”"), TEXT]) == (TITLE, TEXT, other)


def test_a_sentence_that_a_footer_repeats_stays_in_the_text() -> None:
    blocks = [
        TITLE,
        RawBlock(QUOTE),
        RawBlock("More About This Article"),
        RawBlock(f"{QUOTE} So we say of ourselves."),
    ]
    assert furniture.clear(blocks)[1] == RawBlock(QUOTE)


@pytest.mark.parametrize(
    "credit",
    [
        "Photo by Kyodo via Reuters Connect",
        "Photo by J. Doe",
        "(Photo: Jane Doe)",
        "Image: Jane Doe / Wikimedia Commons",
        "Jane Doe/AP",
        "AP Photo/Jane Doe",
        "Getty Images",
        "Reuters",
        "Courtesy of the Example Museum",
        "Photo courtesy of Jane Doe",
        "© Reuters",
        "写真：共同",
    ],
)
def test_a_credit_line_and_what_it_stands_under_are_captions(credit: str) -> None:
    blocks = [TITLE, TEXT, RawBlock("Two ships leave the harbour"), RawBlock(credit), RawBlock("More text.")]
    assert [block.kind for block in furniture.clear(blocks)] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.CAPTION,
        BlockKind.CAPTION,
        BlockKind.PARAGRAPH,
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Two ships leave, photo by A. Maker via AP",
        "Two ships leave. (Photo by A. Maker/Getty Images)",
        "Two ships leave. Image: A. Maker",
        "Two ships leave on Monday — A. Maker/Reuters",
        "Two ships leave. Courtesy of the Example Navy.",
    ],
)
def test_a_line_that_ends_in_a_credit_is_a_caption(line: str) -> None:
    assert captions.mark([TITLE, RawBlock(line)]) == (TITLE, RawBlock(line, BlockKind.CAPTION))


@pytest.mark.parametrize(
    "line",
    [
        "He kept a photo by his bed.",
        "The photo shows both leaders, and it was taken by a sailor.",
        "The story was carried by Reuters.",
        "Photo by photo, the archive tells how the harbour grew.",
        "Image is everything, as the ministry learned.",
        "On the wall hung a map by the door.",
        "The ministry thanked AP, AFP and Reuters for the pictures.",
    ],
)
def test_a_sentence_about_pictures_is_no_caption(line: str) -> None:
    assert captions.mark([TITLE, TEXT, RawBlock(line)]) == (TITLE, TEXT, RawBlock(line))


def test_the_title_is_no_caption_of_the_credit_below_it() -> None:
    assert captions.mark([RawBlock("A Title"), RawBlock("Photo by Jane Doe")])[0] == RawBlock("A Title")


def test_a_caption_repeated_with_its_credit_stands_once() -> None:
    caption, credit = "Two ships leave, May 2", "Photo by A. Maker via AP"
    longer = f"{caption}, photo by A. Maker via AP"
    assert _texts(captions.mark([TITLE, TEXT, *map(RawBlock, (longer, caption, credit))]))[2:] == [
        caption,
        credit,
    ]
    assert _texts(captions.mark([TITLE, TEXT, *map(RawBlock, (caption, longer, credit))]))[2:] == [
        caption,
        credit,
    ]


def test_the_longer_caption_stays_where_only_it_names_the_credit() -> None:
    longer = "Two ships leave, May 2, photo by A. Maker via AP"
    short = RawBlock("Two ships leave, May 2", BlockKind.CAPTION)
    assert _texts(captions.mark([TITLE, RawBlock(longer), short])) == ["A Title", longer]


@pytest.mark.parametrize("longer", ["Two ships leave. It is May.", "Two ships leave (Photo by A. Maker)"])
def test_a_caption_that_another_holds_whole_goes(longer: str) -> None:
    blocks = [RawBlock(text, BlockKind.CAPTION) for text in ("Two ships leave", longer)]
    assert _texts(captions.mark(blocks)) == [longer]


def test_a_caption_that_another_begins_with_is_of_another_picture() -> None:
    blocks = [RawBlock(text, BlockKind.CAPTION) for text in ("Two ships", "Two ships leave in İzmit. It is May.")]
    assert _texts(captions.mark(blocks)) == [block.text for block in blocks]


def test_what_stands_under_a_footer_heading_at_the_end_is_footer() -> None:
    blocks = [TITLE, TEXT, RawBlock("About the Authors"), RawBlock("They write."), RawBlock("© 2024 Example")]
    assert [block.kind for block in furniture.clear(blocks)[2:]] == [BlockKind.FOOTER] * 3


def test_a_note_on_an_author_under_a_footer_heading_stays_a_paragraph() -> None:
    note = RawBlock("Mina S. Sorel is a senior fellow at the Example Institute.")
    found = furniture.clear([TITLE, TEXT, RawBlock("About the Author", BlockKind.HEADING, 2), note])
    assert found[2:] == (RawBlock("About the Author", BlockKind.FOOTER), note)


def test_a_footer_heading_far_from_the_end_is_a_heading_of_the_text() -> None:
    about = RawBlock("About the Authors", BlockKind.HEADING, 2)
    rest = [RawBlock(f"Paragraph {number} says something of its own at some length.") for number in range(40)]
    assert furniture.clear([TITLE, TEXT, about, *rest])[2] == about


def test_a_heading_of_the_text_ends_a_footer() -> None:
    blocks = [
        TITLE,
        TEXT,
        RawBlock("About this page"),
        RawBlock("It is ours."),
        RawBlock("Annex", BlockKind.HEADING, 2),
    ]
    found = furniture.clear([*blocks, RawBlock("The yards by size.")])
    assert [block.kind for block in found[3:]] == [BlockKind.FOOTER, BlockKind.HEADING, BlockKind.PARAGRAPH]


@pytest.mark.parametrize(
    "line",
    [
        "© 2024 Example Institute",
        "Copyright 2024 Example Institute. All rights reserved.",
        "All rights reserved",
        "Terms of use",
        "Privacy Policy | Terms of Use",
        "This article is licensed under a Creative Commons licence.",
        "Republished with permission of Example Press.",
    ],
)
def test_a_legal_line_at_the_end_is_footer(line: str) -> None:
    assert furniture.clear([TITLE, TEXT, RawBlock(line)])[-1] == RawBlock(line, BlockKind.FOOTER)


@pytest.mark.parametrize(
    "line",
    [
        "Commentary",
        "op-ed",
        "Speech",
        "April 16, 2024",
        "Published: 2024-04-16",
        "By Jane Doe",
        "Last updated May 1, 2024",
    ],
)
def test_a_line_about_the_text_at_its_head_is_metadata(line: str) -> None:
    assert furniture.clear([TITLE, RawBlock(line), TEXT])[1] == RawBlock(line, BlockKind.METADATA)


def test_below_the_first_paragraph_a_label_is_a_heading() -> None:
    heading = RawBlock("Analysis", BlockKind.HEADING, 2)
    assert furniture.clear([TITLE, TEXT, heading, RawBlock("It follows.")])[2] == heading


def test_a_heading_of_capitalised_words_is_no_byline() -> None:
    line = RawBlock("Hard Power and Soft Power")
    blocks = [TITLE, RawBlock("May 8, 2023"), line, RawBlock("Of the two, soft power costs less.")]
    assert furniture.clear(blocks)[2] == line


_SENTENCE = st.sampled_from(
    [
        "The first yard opened in May.",
        "The second yard took a year longer.",
        "“Nobody minded,” said the U.S. envoy.",
        "港が同盟を支える。",
        "Is it 3.5 miles?",
        "Yes.",
        "Photo by Jane Doe/AP",
        "About the author",
        "Dr. Mina S. Sorel is a fellow at the Example Institute.",
        "Commentary",
        "© 2024 Example",
        "half a sentence without an end",
    ]
)
_BLOCK = st.builds(
    RawBlock,
    st.lists(_SENTENCE, min_size=1, max_size=4).map(" ".join),
    st.sampled_from([BlockKind.PARAGRAPH] * 4 + [BlockKind.ITEM, BlockKind.ROW, BlockKind.CAPTION]),
)


_CAPTIONS = (
    [RawBlock(text, BlockKind.CAPTION) for text in ("About the author", "About the author The first yard opened.")],
    [RawBlock(text, BlockKind.CAPTION) for text in ("Commentary", "Commentary Yes. Photo by Jane Doe/AP")],
    [RawBlock(text, BlockKind.CAPTION) for text in ("Commentary Photo by Jane Doe/AP", "Commentary")],
)


@given(st.lists(_BLOCK, max_size=12))
@example(_CAPTIONS[0])
@example(_CAPTIONS[1])
@example(_CAPTIONS[2])
@example([*_CAPTIONS[2], RawBlock("Photo by Jane Doe/AP", BlockKind.CAPTION)])
def test_no_sentence_is_lost(blocks: list[RawBlock]) -> None:
    assert _said(furniture.clear(blocks)) == _said(blocks)


@given(st.lists(_BLOCK, max_size=12))
def test_blocks_keep_their_words_and_order(blocks: list[RawBlock]) -> None:
    rest = iter([block.text for block in blocks])
    assert all(block.text in rest for block in furniture.clear(blocks))


@given(st.lists(st.text(max_size=40), max_size=8))
def test_no_words_are_lost_in_any_script(texts: list[str]) -> None:
    blocks = [RawBlock(" ".join(text.split())) for text in texts if text.split()]
    kept = " ".join(block.text for block in repeats.remove(blocks)).casefold()
    for block in blocks:
        for word in block.text.casefold().split():
            assert word.strip("\"“”„‟«»‹›「」『』'‘’‚‛.…,;:!?。！？") in kept


def _said(blocks: list[RawBlock] | tuple[RawBlock, ...]) -> set[str]:
    return {
        sentence.strip(" .“”,").casefold()
        for block in blocks
        for part in re.split(r"(?=Photo by Jane Doe/AP)", block.text)  # a credit says something of its own
        for sentence in (found.of(part) for found in split_sentences(part))
        if sentence.strip()
    }


def _texts(blocks: tuple[RawBlock, ...]) -> list[str]:
    return [block.text for block in blocks]


def test_what_is_removed_is_accounted_for() -> None:
    repeated, share = RawBlock(TEXT.text), RawBlock("Share this article")
    kept, removed = furniture.part([TITLE, TEXT, share, repeated])
    assert kept == furniture.clear([TITLE, TEXT, share, repeated]) == (TITLE, TEXT)
    assert removed == (LeftOut(Omission.FURNITURE, share.text), LeftOut(Omission.REPEATED, TEXT.text))
    assert furniture.part([TITLE, TEXT]) == ((TITLE, TEXT), ())
