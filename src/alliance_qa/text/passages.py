"""Documents into passages: whole sentences of one section, sized in the model's tokens."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from alliance_qa.domain import Block, BlockKind, Document, Facts, Passage, PassageKind, Provenance, Span
from alliance_qa.ports import PassageInput, SentenceSplitter

BAR = re.compile(r" ?\|(?: |$)")
"""What parts two cells of a row."""

# Words of what the reader was trained on. Of five questions to two tables with forms such as "port: Skagby; year: 2024"
# it is sure of four with 0.53 to 0.76, with these of all five with 0.50 to 0.84, and of two that no row answers as
# unsure (below 0.09 with both).
_BETWEEN, _AFTER_HEAD = ", ", " is "

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

    A row of a table is one sentence, unless it is longer than `max_tokens`. Rows below rows that
    head them are passages of their own, which know these `heads`; the heads are in no passage.
    """
    if max_tokens < 1:
        raise ValueError(f"max_tokens must be at least 1, not {max_tokens}")
    language = document.facts.language.value if document.facts.language else "en"
    passages = []
    for headings, kind, heads, blocks in _sections(document):
        sized = [
            _sized(document.text, block, heads, split_sentences, language, token_starts, max_tokens) for block in blocks
        ]
        for sentences, page in _pack(sized, [block.page for block in blocks], max_tokens):
            span = Span(sentences[0].start, sentences[-1].end)
            passages.append(
                Passage(document.id, span, span.of(document.text), tuple(sentences), headings, kind, page, heads)
            )
    return passages


def context(facts: Facts, passage: Passage) -> str:
    """Return what stands before the passage when it is embedded: title and headings, a line each.

    A title that is only the file's name is left out: a file of another name holds the same text.
    """
    title = facts.title
    stated = [title.value] if title.provenance is not Provenance.FILE_NAME else []
    return "\n".join([*stated, *(heading for heading in passage.headings if heading not in stated)])


def seen(passage: Passage, context: str) -> PassageInput:
    """Return a passage as models see it, after what stands before it.

    Each cell of a row that has heads stands behind its own: "port is Skagby, year is 2024" for "Skagby | 2024".
    `standing` says where in the passage's text that is which a model finds there.
    """
    shift = passage.span.start
    if not passage.heads:
        return PassageInput(context, passage.text, tuple(sentence.moved(-shift) for sentence in passage.sentences))
    text, sentences = "", []
    for sentence in passage.sentences:
        row = told(passage, sentence)
        text += "\n" * bool(text)
        sentences.append(Span(len(text), len(text) + len(row)))
        text += row
    return PassageInput(context, text, tuple(sentences))


def part_of(passage: Passage, sentences: range) -> Passage:
    """Return a passage as if it were some of its sentences that follow each other, at least one."""
    places = passage.sentences[sentences.start : sentences.stop]
    span = Span(places[0].start, places[-1].end)
    return replace(passage, span=span, text=passage.text_of(span), sentences=places)


def told(passage: Passage, sentence: Span) -> str:
    """Return a sentence of a passage as models see it: of a row that has heads each cell behind its own."""
    return _with_heads(passage.text_of(sentence), passage.heads)


def standing(passage: Passage, found: Span) -> Span | None:
    """Return where in a passage's text stands what was found in the text of `seen`; None for a head alone."""
    if not passage.heads:
        return found
    at, places = 0, []
    for sentence in passage.sentences:
        row, shift = passage.text_of(sentence), sentence.start - passage.span.start
        for before, cell in _paired(row, passage.heads):
            at += len(before)
            end = at + cell.end - cell.start
            if found.start < end and at < found.end:
                inner = (max(found.start, at) - at, min(found.end, end) - at)
                places.append(Span(*(shift + cell.start + place for place in inner)))
            at = end
        at += 1  # the line end
    return Span(places[0].start, places[-1].end) if places else None


def _with_heads(row: str, heads: Sequence[str]) -> str:
    return "".join(before + cell.of(row) for before, cell in _paired(row, heads)) if heads else row


def _paired(row: str, heads: Sequence[str]) -> list[tuple[str, Span]]:
    """Return the cells of a row that hold something, each with what stands before it: ", " and its head.

    A row of more or fewer cells than there are heads stays as it is: nobody knows which belongs to which.
    """
    cells = _cells(row)
    filled = [(head, cell) for head, cell in zip(heads, cells, strict=False) if cell is not None]
    if len(cells) != len(heads) or not filled:
        return [("", Span(0, len(row)))]
    return [
        (_BETWEEN * bool(at) + (f"{head}{_AFTER_HEAD}" if head and head != cell.of(row) else ""), cell)
        for at, (head, cell) in enumerate(filled)
    ]


def _cells(row: str) -> list[Span | None]:
    """Return where the cells of a row stand; None for one without text."""
    bars = [(bar.start(), bar.end()) for bar in BAR.finditer(row)]
    borders = [(start, end) for (_, start), (end, _) in pairwise([(0, 0), *bars, (len(row), len(row))])]
    return [Span(start, end) if row[start:end].strip() else None for start, end in borders]


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], PassageKind, tuple[str, ...], list[Block]]]:
    headings: list[tuple[int, str]] = []
    labelled = []
    columns = _columns(document)
    for at, block in enumerate(document.blocks):
        if block.kind is BlockKind.HEADING:
            headings = [h for h in headings if h[0] < block.level] + [(block.level, block.span.of(document.text))]
        heads = columns.get(at, ())
        kind = None if heads is None else _PASSAGE_KIND.get(block.kind)
        labelled.append((tuple(text for _, text in headings), kind, heads or (), block))
    # What becomes no passage ends one, even between two headings of the same text.
    for (path, kind, heads), group in groupby(labelled, key=lambda entry: entry[:3]):
        if kind is not None:
            yield path, kind, heads, [block for *_, block in group]


def _columns(document: Document) -> dict[int, tuple[str, ...] | None]:
    """Return the heads of each row of a table that has some, by the number of its block; None for the heads.

    Rows that head a table stand above other rows of it; where there are several, a column has the words of all.
    """
    found: dict[int, tuple[str, ...] | None] = {}
    heading: list[int] = []  # the rows that head the table so far
    is_open = False  # whether the last row was one of those
    heads: tuple[str, ...] = ()
    for at, block in enumerate(document.blocks):
        if block.kind is not BlockKind.ROW:
            if block.kind is not BlockKind.CAPTION:  # a picture in a cell ends no table
                heading, is_open, heads = [], False, ()
        elif block.level == 1:
            heading = [*heading, at] if is_open else [at]
            is_open = True
        else:
            if is_open:
                heads = _joined([document.blocks[number].span.of(document.text) for number in heading])
                found.update(dict.fromkeys(heading) if heads else {})
                is_open = False
            if heads:
                found[at] = heads
    return found


def _joined(rows: Sequence[str]) -> tuple[str, ...]:
    """Return the words above each column; of rows of different lengths, those of the last."""
    texts = [[cell.of(row).strip() if cell else "" for cell in _cells(row)] for row in rows]
    alike = [cells for cells in texts if len(cells) == len(texts[-1])]
    heads = tuple(" ".join(dict.fromkeys(filter(None, column))) for column in zip(*alike, strict=True))
    return heads if any(heads) else ()


def _sized(
    text: str,
    block: Block,
    heads: tuple[str, ...],
    split_sentences: SentenceSplitter,
    language: str,
    token_starts: TokenStarts,
    max_tokens: int,
) -> list[tuple[Span, int]]:
    """Return the block's sentences with their token counts, over-long ones cut into pieces."""
    words = block.span.of(text)
    if block.kind is BlockKind.ROW and (row := words.strip()):
        [starts] = token_starts([_with_heads(row, heads)])
        if len(starts) <= max_tokens:
            start = block.span.start + words.index(row)
            return [(Span(start, start + len(row)), max(1, len(starts)))]
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
