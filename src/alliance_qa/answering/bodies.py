"""What a document says, but for what it says of itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from alliance_qa.answering import lists
from alliance_qa.answering.collection import Collection
from alliance_qa.answering.salience import Sentence
from alliance_qa.asking import subjects
from alliance_qa.documents import head
from alliance_qa.domain import BlockKind, Document
from alliance_qa.ports import Vectors
from alliance_qa.text.function_words import FUNCTION_WORDS
from alliance_qa.text.terms import terms, words

_APPARATUS = frozenset(
    "sources|references|notes|endnotes|footnotes|bibliography|further reading|works cited|acknowledgements|"
    "acknowledgments|about the author|about the authors|appendix|annex|see also|links".split("|")
)

_BEGINS = re.compile("[A-Z0-9\"'\u201c\u2018(\\[*_]|[^\\W\\da-z]")  # how a sentence begins
_ENDS = re.compile("[.!\u2026\u3002\uff01][\"'\u201d\u2019)\\]*_]*$")  # and ends; a question claims nothing
_FEWEST_WORDS = 5
_RESTATED = 0.7  # with this share of its terms from what the document says of itself, a sentence says no more


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What a document says, but for what it says of itself."""

    sentences: list[Sentence]  # in reading order
    vectors: Vectors  # theirs, shape (sentences, dimension)
    is_whole: bool  # whether nothing that it says of itself was left out before the first


def read(document: Document, collection: Collection) -> Body:
    """Return the sentences of a document's own text.

    Left out are captions, tables, what stands above the first full sentence, what lists its sources, and paragraphs
    of which half or more say no more than its title, author and date.
    """
    rows = collection.corpus.rows_of([document.id]).tolist()
    passages = collection.corpus.passages(rows)
    own, title = _own_terms(document), set(terms(document.facts.title.value))
    skipped = _skipped(document)
    found: dict[int, list[tuple[Sentence, Vectors, bool]]] = {}
    for passage, vectors in zip(passages, collection.corpus.sentence_vectors(rows), strict=True):
        for span, vector in zip(passage.sentences, vectors, strict=True):
            block = bisect_right(document.blocks, span.start, key=lambda block: block.span.start) - 1
            if block not in skipped:
                text = passage.text_of(span)
                is_full = _is_full(text) or bool(lists.items(document, span))
                sentence = Sentence(span, text, passage.headings, block, passage.id, is_full)
                found.setdefault(block, []).append((sentence, vector, _restates(text, own, title)))
    notes = {block for block, of_it in found.items() if 2 * sum(says_less for *_, says_less in of_it) >= len(of_it)}
    kept = [
        (sentence, vector)
        for block, of_it in found.items()
        for sentence, vector, says_less in of_it
        if block not in notes and not says_less
    ]
    first = next((at for at, (sentence, _) in enumerate(kept) if sentence.is_full), len(kept))
    sentences = [sentence for sentence, _ in kept[first:]]
    return Body(
        sentences,
        np.array([vector for _, vector in kept[first:]], np.float32),
        not sentences or not any(block < sentences[0].block for block in notes),
    )


def _is_full(text: str) -> bool:
    return bool(_BEGINS.match(text) and _ENDS.search(text)) and len(words(text)) >= _FEWEST_WORDS


def _skipped(document: Document) -> set[int]:
    """Return the blocks that are no text of their own: tables, lines of facts, and all below "Sources" or its like."""
    facts = document.facts
    stated = [fact.span for fact in (facts.author, facts.published, facts.publisher, facts.source_url) if fact]
    skipped = set()
    is_apparatus = False
    for at, block in enumerate(document.blocks):
        text = block.span.of(document.text)
        is_title = text.strip(" .:0123456789").casefold() in _APPARATUS
        is_apparatus = is_title or (is_apparatus and block.kind is not BlockKind.HEADING)
        states = any(span and span.start <= block.span.start and block.span.end <= span.end for span in stated)
        is_text = block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM)
        if is_apparatus or not is_text or states or head.is_about_the_text(text):
            skipped.add(at)
    return skipped


def _own_terms(document: Document) -> frozenset[str]:
    """Return the terms in which a document says what it is, by whom, when and where, but for its title."""
    facts = document.facts
    metadata = [block.span for block in document.blocks if block.kind is BlockKind.METADATA]
    lines = [span.of(document.text) for span in metadata if span != facts.title.span]
    values = [fact.value for fact in (facts.author, facts.published, facts.publisher) if fact]
    return subjects.TEXTS.union(terms(" ".join([*lines, *values])))


def _restates(text: str, own: Set[str], title: Set[str]) -> bool:
    """Whether a sentence says nearly nothing but what its document says of itself, or just that and its title."""
    said = set(terms(text)) - FUNCTION_WORDS
    return len(said & own) >= _RESTATED * len(said) or said <= own | title
