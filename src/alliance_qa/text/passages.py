"""Documents into passages: whole sentences of one section, sized in the model's tokens."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from alliance_qa.domain import Block, BlockKind, Document, Facts, Passage, PassageKind, Provenance, Span
from alliance_qa.ports import PassageInput, SentenceSplitter

TokenStarts = Callable[[Sequence[str]], list[list[int]]]

_PASSAGE_KIND = {
    BlockKind.PARAGRAPH: PassageKind.TEXT,
    BlockKind.ITEM: PassageKind.TEXT,
    BlockKind.ROW: PassageKind.TEXT,
    BlockKind.CAPTION: PassageKind.CAPTION,
}


def split(
    document: Document, *, split_sentences: SentenceSplitter, token_starts: TokenStarts, max_tokens: int
) -> list[Passage]:
    """Cut a document into passages, in reading order.

    A passage never crosses a heading, holds captions or text but not both, and ends at the
    end of a paragraph where that fits. A sentence is cut only when it alone is longer than
    `max_tokens`; then each piece counts as a sentence. Facts, headings and footers become
    no passage.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1, not {max_tokens}")
    language = document.facts.language.value if document.facts.language else "en"
    passages = []
    for headings, kind, blocks in _sections(document):
        sized = [_sized(document.text, block, split_sentences, language, token_starts, max_tokens) for block in blocks]
        for sentences, page in _pack(sized, [block.page for block in blocks], max_tokens):
            span = Span(sentences[0].start, sentences[-1].end)
            passages.append(Passage(document.id, span, span.of(document.text), tuple(sentences), headings, kind, page))
    return passages


def context(facts: Facts, passage: Passage) -> str:
    """Return what stands before the passage when it is embedded: title and headings, a line each.

    A title that is only the file's name is left out: a file of another name holds the same text.
    """
    title = facts.title
    stated = [title.value] if title.provenance is not Provenance.FILE_NAME else []
    return "\n".join([*stated, *(heading for heading in passage.headings if heading not in stated)])


def seen(passage: Passage, context: str) -> PassageInput:
    """Return a passage as models see it, after what stands before it."""
    shift = passage.span.start
    sentences = tuple(Span(sentence.start - shift, sentence.end - shift) for sentence in passage.sentences)
    return PassageInput(context, passage.text, sentences)


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], PassageKind, list[Block]]]:
    headings: list[tuple[int, str]] = []
    labelled = []
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            headings = [h for h in headings if h[0] < block.level] + [(block.level, block.span.of(document.text))]
        kind = _PASSAGE_KIND.get(block.kind)
        labelled.append((tuple(text for _, text in headings), kind, block))
    # What becomes no passage ends one, even between two headings of the same text.
    for (path, kind), group in groupby(labelled, key=lambda entry: entry[:2]):
        if kind is not None:
            yield path, kind, [block for _, _, block in group]


def _sized(
    text: str,
    block: Block,
    split_sentences: SentenceSplitter,
    language: str,
    token_starts: TokenStarts,
    max_tokens: int,
) -> list[tuple[Span, int]]:
    """Return the block's sentences with their token counts, over-long ones cut into pieces."""
    words = block.span.of(text)
    sentences = split_sentences(words, language)
    pieces = []
    for sentence, starts in zip(sentences, token_starts([s.of(words) for s in sentences]), strict=True):
        pieces += _cut(sentence.of(words), block.span.start + sentence.start, starts, max_tokens)
    return pieces


def _cut(sentence: str, offset: int, starts: list[int], max_tokens: int) -> list[tuple[Span, int]]:
    pieces = []
    begin = first = 0
    while len(starts) - first > max_tokens:
        at = _break(sentence, begin, starts[first + max_tokens])
        if at <= begin:  # a single character can be several tokens
            break
        end = len(sentence[:at].rstrip())
        pieces.append((Span(offset + begin, offset + end), max_tokens))
        begin = at + len(sentence[at:]) - len(sentence[at:].lstrip())
        # In some models a token starts with the white space before its word.
        first = max(bisect_left(starts, end), bisect_left(starts, begin) - 1)
    pieces.append((Span(offset + begin, offset + len(sentence)), max(1, len(starts) - first)))
    return pieces


def _break(sentence: str, begin: int, limit: int) -> int:
    """Return where to cut: at the last white space up to `limit`, or at `limit` when there is none."""
    for at in range(limit, begin, -1):
        if sentence[at - 1].isspace() or sentence[at].isspace():
            return at if sentence[begin:at].strip() else limit
    return limit


def _pack(
    blocks: list[list[tuple[Span, int]]], pages: list[int | None], max_tokens: int
) -> Iterator[tuple[list[Span], int | None]]:
    held: list[Span] = []
    held_tokens, held_page = 0, None
    for sentences, page in zip(blocks, pages, strict=True):
        fits = held_tokens + sum(tokens for _, tokens in sentences) <= max_tokens
        if held and not fits:
            yield held, held_page
            held, held_tokens = [], 0
        for span, tokens in sentences:
            if held and held_tokens + tokens > max_tokens:
                yield held, held_page
                held, held_tokens = [], 0
            if not held:
                held_page = page
            held.append(span)
            held_tokens += tokens
    if held:
        yield held, held_page
