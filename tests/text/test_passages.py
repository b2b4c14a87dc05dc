"""Documents into passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Passage, PassageKind, Provenance, Span
from alliance_qa.text.passages import TokenStarts, context, part_of, seen, split, standing, told
from alliance_qa.text.sentences import split_sentences

INDEXED = {BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.ROW, BlockKind.CAPTION}


def token_starts(texts: Sequence[str]) -> list[list[int]]:
    """Each word is a token."""
    return [[word.start() for word in re.finditer(r"\S+", text)] for text in texts]


def character_starts(texts: Sequence[str]) -> list[list[int]]:
    """Each character is a token, and one outside ASCII is three, as for a model that reads bytes."""
    return [
        [
            at
            for at, character in enumerate(text)
            if not character.isspace()
            for _ in range(1 if character < "\x80" else 3)
        ]
        for text in texts
    ]


def spaced_starts(texts: Sequence[str]) -> list[list[int]]:
    """Each word is a token that starts with the white space before it, as Qwen's and Gemma's do."""
    return [[word.start() for word in re.finditer(r"\s*\S+", text)] for text in texts]


def letter_starts(texts: Sequence[str]) -> list[list[int]]:
    """Each character is a token."""
    return [[at for at, character in enumerate(text) if not character.isspace()] for text in texts]


def document(
    *blocks: tuple[BlockKind, str] | tuple[BlockKind, str, int] | tuple[BlockKind, str, int, int],
    between: str = "\n\n",
    language: str | None = None,
) -> Document:
    """Lay out blocks, each (kind, text, level, page), one after another."""
    text = ""
    placed = []
    for kind, words, *rest in blocks:
        level, page = rest[0] if rest else 0, rest[1] if len(rest) > 1 else None
        text += between if text else ""
        placed.append(Block(kind, Span(len(text), len(text) + len(words)), level, page))
        text += words
    return Document(
        id="a",
        path="a.txt",
        media_type="text/plain",
        sha256="0" * 64,
        text=text + between,
        blocks=tuple(placed),
        facts=Facts(
            title=Fact("The title", Provenance.TEXT),
            language=Fact(language, Provenance.TEXT) if language else None,
        ),
    )


def passages(source: Document, max_tokens: int = 10) -> list[Passage]:
    return split(source, split_sentences=split_sentences, token_starts=token_starts, max_tokens=max_tokens)


def texts(source: Document, max_tokens: int = 10) -> list[str]:
    return [passage.text for passage in passages(source, max_tokens)]


P, H, CAPTION = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.CAPTION


def test_paragraphs_that_fit_together_are_one_passage() -> None:
    source = document((P, "One two. Three four."), (P, "Five six."))
    (passage,) = passages(source)
    assert passage == Passage(
        "a",
        Span(0, 31),
        "One two. Three four.\n\nFive six.",
        (Span(0, 8), Span(9, 20), Span(22, 31)),
    )


def test_a_passage_ends_at_the_end_of_a_paragraph_where_that_fits() -> None:
    source = document((P, "One two three."), (P, "Four five. Six seven."))
    assert texts(source, 6) == ["One two three.", "Four five. Six seven."]


def test_a_paragraph_that_does_not_fit_is_cut_between_sentences() -> None:
    source = document((P, "One two. Three four. Five six. Seven."))
    assert texts(source, 5) == ["One two. Three four.", "Five six. Seven."]


def test_a_passage_may_hold_exactly_the_tokens_allowed() -> None:
    source = document((P, "One two. Three four."), (P, "Five six."))
    assert texts(source, 6) == ["One two. Three four.\n\nFive six."]
    assert texts(source, 5) == ["One two. Three four.", "Five six."]


def test_only_a_sentence_longer_than_a_passage_is_cut_and_each_piece_is_a_sentence() -> None:
    source = document((P, "One two three  four five. Six."))
    assert texts(source, 3) == ["One two three", "four five. Six."]
    assert [p.sentences for p in passages(source, 3)] == [(Span(0, 13),), (Span(15, 25), Span(26, 30))]
    assert texts(source, 5) == ["One two three  four five.", "Six."]


def test_a_long_word_is_cut_between_characters() -> None:
    source = document((P, "日本国憲法"))
    found = split(
        source,
        split_sentences=split_sentences,
        token_starts=lambda texts: [list(range(len(text))) for text in texts],
        max_tokens=2,
    )
    assert [passage.text for passage in found] == ["日本", "国憲", "法"]


def test_a_character_of_more_tokens_than_a_passage_stays_whole() -> None:
    source = document((P, "日本"))
    found = split(source, split_sentences=split_sentences, token_starts=character_starts, max_tokens=2)
    assert "".join(passage.text for passage in found) == "日本"


def test_a_token_that_starts_with_the_white_space_before_its_word_is_counted() -> None:
    found = any_split(document((P, "One two three  four five six seven.")), 3, spaced_starts)
    assert [passage.text for passage in found] == ["One two three", "four five six", "seven."]


def test_a_long_sentence_is_cut_before_the_word_that_does_not_fit() -> None:
    found = any_split(document((P, "ab cd efgh ij")), 5, letter_starts)
    assert [passage.text for passage in found] == ["ab cd", "efgh", "ij"]


def test_a_passage_carries_the_headings_above_it_from_the_outermost() -> None:
    source = document(
        (H, "The title", 1),
        (P, "A."),
        (H, "Chapter", 2),
        (H, "Section", 3),
        (P, "B."),
        (H, "Other chapter", 2),
        (P, "C."),
    )
    assert [(p.text, p.headings) for p in passages(source)] == [
        ("A.", ("The title",)),
        ("B.", ("The title", "Chapter", "Section")),
        ("C.", ("The title", "Other chapter")),
    ]


def test_a_passage_never_crosses_a_heading_of_the_same_text() -> None:
    source = document((H, "Same", 2), (P, "A."), (H, "Same", 2), (P, "B."))
    assert texts(source) == ["A.", "B."]


@pytest.mark.parametrize("kind", [BlockKind.METADATA, BlockKind.FOOTER])
def test_a_passage_never_crosses_a_line_that_is_not_text(kind: BlockKind) -> None:
    assert texts(document((P, "A."), (kind, "Page 7"), (P, "B."))) == ["A.", "B."]


def test_captions_stand_apart_from_text() -> None:
    source = document((P, "A."), (CAPTION, "B."), (CAPTION, "C."), (P, "D."))
    assert [(p.text, p.kind) for p in passages(source)] == [
        ("A.", PassageKind.TEXT),
        ("B.\n\nC.", PassageKind.CAPTION),
        ("D.", PassageKind.TEXT),
    ]


def test_items_and_rows_are_text() -> None:
    source = document((P, "A."), (BlockKind.ITEM, "B."), (BlockKind.ROW, "C | D"))
    assert [(p.text, p.kind) for p in passages(source)] == [("A.\n\nB.\n\nC | D", PassageKind.TEXT)]


@pytest.mark.parametrize("kind", [BlockKind.METADATA, BlockKind.HEADING, BlockKind.FOOTER])
def test_facts_headings_and_footers_become_no_passage(kind: BlockKind) -> None:
    assert texts(document((kind, "Not this.", 1))) == []


ROW = BlockKind.ROW
FEES = document(
    (P, "The council sets them."),
    (ROW, "port | year | daily fee", 1),
    (ROW, "Skagby | 2023 | 910 crowns. Not less."),
    (ROW, "| 2024 | 940 crowns"),
    (ROW, "Lindholm | closed"),
    (P, "So it is."),
    between="\n",
)


def test_rows_below_heads_are_passages_of_their_own_and_the_heads_in_none() -> None:
    assert [(p.text, p.heads) for p in passages(FEES, 30)] == [
        ("The council sets them.", ()),
        (
            "Skagby | 2023 | 910 crowns. Not less.\n| 2024 | 940 crowns\nLindholm | closed",
            ("port", "year", "daily fee"),
        ),
        ("So it is.", ()),
    ]


def test_a_row_is_one_sentence_and_seen_with_its_heads() -> None:
    passage = passages(FEES, 30)[1]
    assert [passage.text_of(sentence) for sentence in passage.sentences] == passage.text.split("\n")
    entry = seen(passage, "The title")
    assert entry.text.split("\n") == [sentence.of(entry.text) for sentence in entry.sentences]
    assert entry.text.split("\n") == [
        "port is Skagby, year is 2023, daily fee is 910 crowns. Not less.",
        "year is 2024, daily fee is 940 crowns",
        "Lindholm | closed",  # nobody knows which heads these stand under
    ]
    assert [told(passage, sentence) for sentence in passage.sentences] == entry.text.split("\n")


def test_what_is_found_beside_heads_stands_in_the_cells() -> None:
    passage = passages(FEES, 30)[1]
    text = seen(passage, "").text

    def stands(words: str) -> str | None:
        place = standing(passage, Span(text.index(words), text.index(words) + len(words)))
        return place.of(passage.text) if place else None

    assert stands("940 crowns") == "940 crowns"
    assert stands("year is 2024, daily fee is 940") == "2024 | 940"
    assert stands("is 2023") == "2023"
    assert stands("closed") == "closed"
    assert stands("daily fee is") is None
    whole = passages(FEES, 30)[0]
    assert standing(whole, Span(4, 11)) == Span(4, 11)


def test_rows_are_counted_with_their_heads_and_cut_between_them() -> None:
    rows = [p.text for p in passages(FEES, 13) if p.heads]
    assert rows == ["Skagby | 2023 | 910 crowns. Not less.", "| 2024 | 940 crowns\nLindholm | closed"]


def test_only_a_row_longer_than_a_passage_is_cut() -> None:
    source = document((ROW, "name | duty", 1), (ROW, "Ann | Counts ships. Paints buoys."))
    assert [[p.text_of(s) for s in p.sentences] for p in passages(source, 10)] == [
        ["Ann | Counts ships. Paints buoys."]
    ]
    assert [[p.text_of(s) for s in p.sentences] for p in passages(source, 6)] == [
        ["Ann | Counts ships.", "Paints buoys."]
    ]


def test_heads_in_two_rows_are_joined_and_those_of_the_next_table_are_its_own() -> None:
    source = document(
        (ROW, "| 2023 | 2023", 1),
        (ROW, "port | spring | autumn", 1),
        (ROW, "Orvik | 3 | 4"),
        (ROW, "ship | flag", 1),
        (ROW, "Alma | blue"),
        (CAPTION, "The ship."),
        (ROW, "Bera | red"),
    )
    assert [(p.text, p.heads) for p in passages(source, 20)] == [
        ("Orvik | 3 | 4", ("port", "2023 spring", "2023 autumn")),
        ("Alma | blue", ("ship", "flag")),
        ("The ship.", ()),
        ("Bera | red", ("ship", "flag")),
    ]


def test_heads_of_no_rows_are_text() -> None:
    source = document((ROW, "Skagby | Lindholm", 1), (P, "Both are ports."))
    assert [(p.text, p.heads) for p in passages(source)] == [("Skagby | Lindholm\n\nBoth are ports.", ())]


def test_a_part_of_a_passage_is_a_passage() -> None:
    passage = passages(FEES, 30)[1]
    part = part_of(passage, range(1, 3))
    assert (part.text, part.sentences, part.heads) == (
        "| 2024 | 940 crowns\nLindholm | closed",
        passage.sentences[1:],
        passage.heads,
    )


def test_a_passage_has_the_page_that_it_starts_on() -> None:
    source = document((P, "One two.", 0, 1), (P, "Three four.", 0, 2), (P, "Five six. Seven eight nine.", 0, 3))
    assert [(p.text, p.page) for p in passages(source, 4)] == [
        ("One two.\n\nThree four.", 1),
        ("Five six.", 3),
        ("Seven eight nine.", 3),
    ]


def test_a_passage_without_pages_has_none() -> None:
    assert [p.page for p in passages(document((P, "A.")))] == [None]


def test_sentences_are_split_in_the_language_of_the_document() -> None:
    asked = []

    def split_whole(text: str, language: str) -> list[Span]:
        asked.append(language)
        return [Span(0, len(text))]

    for language in ("ja", None):
        source = document((P, "A."), language=language)
        split(source, split_sentences=split_whole, token_starts=token_starts, max_tokens=9)
    assert asked == ["ja", "en"]


def test_a_document_without_text_has_no_passages() -> None:
    assert passages(document()) == []
    assert passages(document((P, " \n"))) == []


def test_a_passage_of_no_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tokens must be at least 1, not 0"):
        passages(document((P, "A.")), 0)


def test_the_context_is_title_and_headings_a_line_each() -> None:
    source = document((H, "Chapter", 1), (H, "Section", 2), (P, "A."))
    assert context(source.facts, passages(source)[0]) == "The title\nChapter\nSection"


def test_a_heading_that_is_the_title_stands_in_the_context_once() -> None:
    source = document((H, "The title", 1), (H, "Section", 2), (P, "A."))
    assert context(source.facts, passages(source)[0]) == "The title\nSection"


def test_the_context_without_headings_is_the_title() -> None:
    source = document((P, "A."))
    assert context(source.facts, passages(source)[0]) == "The title"


def passage_kind(block: Block) -> PassageKind | None:
    if block.kind not in INDEXED:
        return None
    return PassageKind.CAPTION if block.kind is BlockKind.CAPTION else PassageKind.TEXT


def any_split(source: Document, max_tokens: int, starts: TokenStarts) -> list[Passage]:
    return split(source, split_sentences=split_sentences, token_starts=starts, max_tokens=max_tokens)


WORDS = st.lists(
    st.one_of(
        st.text(min_size=1, max_size=6),
        st.sampled_from(
            ["Japan ", "the U.S. ", "ends. ", "日本は。", "قال؟ ", "है। ", "\r\n", "\r", "\u2028", "\x85", " ", "𠮷"]
        ),
    ),
    min_size=1,
    max_size=25,
).map("".join)
BLOCKS = st.lists(st.tuples(st.sampled_from(BlockKind), WORDS, st.integers(2, 4), st.integers(1, 9)), max_size=8)
CELLS = st.lists(st.sampled_from(["port", "Skagby", "9 crowns. Or", "日本", "", "a|b", "10"]), min_size=1, max_size=4)
TABLES = st.lists(st.tuples(CELLS.map(" | ".join).map(str.strip).filter(bool), st.integers(0, 1)), max_size=8)
DOCUMENTS = st.builds(
    lambda blocks, between, language: document(*blocks, between=between, language=language),
    BLOCKS,
    st.sampled_from(["", "\n", "\r\n", "\n\n", "\u2028", " "]),
    st.sampled_from([None, "en", "ja", "ar"]),
)
TOKENS = st.sampled_from([token_starts, spaced_starts, letter_starts, character_starts])


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12), starts=TOKENS)
def test_a_passage_is_the_span_it_names(source: Document, max_tokens: int, starts: TokenStarts) -> None:
    for passage in any_split(source, max_tokens, starts):
        assert source.text[passage.span.start : passage.span.end] == passage.text
        assert passage.document_id == source.id


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12), starts=TOKENS)
def test_sentences_are_in_order_and_fill_their_passage(source: Document, max_tokens: int, starts: TokenStarts) -> None:
    for passage in any_split(source, max_tokens, starts):
        assert passage.sentences[0].start == passage.span.start
        assert passage.sentences[-1].end == passage.span.end
        for before, after in pairwise(passage.sentences):
            assert before.end <= after.start
        for sentence in passage.sentences:
            words = sentence.of(source.text)
            assert words == words.strip()


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12), starts=TOKENS)
def test_every_character_of_the_text_is_in_exactly_one_sentence(
    source: Document, max_tokens: int, starts: TokenStarts
) -> None:
    wanted = [
        at
        for block in source.blocks
        if block.kind in INDEXED
        for at in range(block.span.start, block.span.end)
        if not source.text[at].isspace()
    ]
    found = [
        at
        for passage in any_split(source, max_tokens, starts)
        for sentence in passage.sentences
        for at in range(sentence.start, sentence.end)
        if not source.text[at].isspace()
    ]
    assert found == wanted


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12))
def test_no_passage_holds_a_block_that_is_not_text(source: Document, max_tokens: int) -> None:
    spans = [passage.span for passage in passages(source, max_tokens)]
    for block in source.blocks:
        if block.kind not in INDEXED:
            assert not [span for span in spans if span.start < block.span.end and block.span.start < span.end]


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12))
def test_a_passage_holds_captions_or_text_but_not_both(source: Document, max_tokens: int) -> None:
    for passage in passages(source, max_tokens):
        kinds = {
            block.kind is BlockKind.CAPTION
            for block in source.blocks
            for sentence in passage.sentences
            if block.span.start <= sentence.start < block.span.end
        }
        assert kinds == {passage.kind is PassageKind.CAPTION}


@given(
    source=DOCUMENTS,
    max_tokens=st.integers(1, 12),
    starts=st.sampled_from([token_starts, spaced_starts, letter_starts]),
)
def test_no_passage_holds_more_tokens_than_allowed(source: Document, max_tokens: int, starts: TokenStarts) -> None:
    for passage in any_split(source, max_tokens, starts):
        held = [sentence.of(source.text) for sentence in passage.sentences]
        assert sum(len(found) for found in starts(held)) <= max_tokens


def sentences_of(block: Block, words: str, language: str, max_tokens: int) -> Sequence[Span]:
    """Return the sentences of a block: a row that is not too long is one."""
    if block.kind is ROW and words.strip() and len(words.split()) <= max_tokens:
        start = words.index(words.strip())
        return [Span(start, start + len(words.strip()))]
    return split_sentences(words, language)


@given(rows=TABLES, max_tokens=st.integers(1, 12))
def test_every_row_but_heads_is_in_a_passage_and_what_is_seen_stands_there(
    rows: list[tuple[str, int]], max_tokens: int
) -> None:
    source = document(*((ROW, row, level) for row, level in rows), between="\n")
    found = passages(source, max_tokens)
    for passage in found:
        entry = seen(passage, "")
        whole = standing(passage, Span(0, len(entry.text)))
        assert whole is not None and whole.end <= len(passage.text)
        for sentence, shown in zip(passage.sentences, entry.sentences, strict=True):
            place = standing(passage, shown)
            assert place is not None
            assert place.of(passage.text).strip(" |") == passage.text_of(sentence).strip(" |")
    held = "\n".join(passage.text for passage in found)
    assert all(row.split()[0] in held for row, level in rows if not level)


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12))
def test_a_sentence_is_cut_only_when_it_alone_is_too_long(source: Document, max_tokens: int) -> None:
    found = {sentence for passage in passages(source, max_tokens) for sentence in passage.sentences}
    for block in source.blocks:
        if block.kind not in INDEXED:
            continue
        words = block.span.of(source.text)
        language = source.facts.language.value if source.facts.language else "en"
        for sentence in sentences_of(block, words, language, max_tokens):
            whole = Span(block.span.start + sentence.start, block.span.start + sentence.end)
            assert (whole in found) == (len(sentence.of(words).split()) <= max_tokens)


@given(source=DOCUMENTS, max_tokens=st.integers(1, 12))
def test_a_passage_is_cut_where_the_next_sentence_would_not_fit(source: Document, max_tokens: int) -> None:
    """Between two neighbours of one section, the paragraph after the cut would not have fitted whole."""
    found = passages(source, max_tokens)
    for before, after in pairwise(found):
        apart = [b for b in source.blocks if before.span.end <= b.span.start and b.span.end <= after.span.start]
        kinds = {before.kind, after.kind, *(passage_kind(b) for b in apart)}
        if len(kinds) > 1:  # a heading, or a caption of white space only
            continue
        (block,) = [b for b in source.blocks if b.span.start <= after.span.start < b.span.end]
        held = sum(len(sentence.of(source.text).split()) for sentence in before.sentences)
        words = block.span.of(source.text)
        language = source.facts.language.value if source.facts.language else "en"
        first = len(after.sentences[0].of(source.text).split())
        paragraph = sum(len(s.of(words).split()) for s in sentences_of(block, words, language, max_tokens))
        assert held + max(first, paragraph) > max_tokens
