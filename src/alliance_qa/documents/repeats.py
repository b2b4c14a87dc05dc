"""Pull quotes and paragraphs that a page shows twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from alliance_qa.documents import characters
from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.text.sentences import split_sentences

_QUOTE_MARK = re.compile("[\"“”„‟«»‹›「」『』]|(?<!\\w)['‘’‚‛]|['‘’‚‛](?!\\w)")
_APOSTROPHE = re.compile("['‘’]")
_EDGE_MARK = re.compile(r"^[.…\s]+|[.,;:!?…。！？\s]+$")
# "Yes, I do." may be two answers to two questions; a pull quote says more.
_SHORTEST_COLUMNS = 16
_LONGEST_QUOTE = 600  # characters

Key = tuple[str, ...]


def remove(blocks: Sequence[RawBlock]) -> tuple[RawBlock, ...]:
    """Return `blocks` without the paragraphs that only repeat what another one says.

    A paragraph of whole sentences that stand in the same order inside a longer paragraph or list
    entry is a pull quote, before or after it. Of equal paragraphs the first stays. Case, white space
    and quotation marks make no difference. Nothing else is ever removed, so every sentence remains.
    """
    keys = [_key(block.text) for block in blocks]
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for at, block in enumerate(blocks):
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM):
            for position, sentence in enumerate(keys[at]):
                places[sentence].append((at, position))
    return tuple(
        block
        for at, block in enumerate(blocks)
        if not (_may_repeat(block, keys[at]) and _is_said_elsewhere(at, blocks, keys, places))
    )


def _may_repeat(block: RawBlock, key: Key) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH and sum(characters.columns(sentence) for sentence in key) >= _SHORTEST_COLUMNS
    )


def _is_said_elsewhere(
    at: int, blocks: Sequence[RawBlock], keys: list[Key], places: dict[str, list[tuple[int, int]]]
) -> bool:
    key = keys[at]
    for host, position in places[key[0]]:
        if host == at or keys[host][position : position + len(key)] != key:
            continue
        if len(keys[host]) > len(key):
            if len(blocks[at].text) <= _LONGEST_QUOTE:
                return True
        elif host < at and blocks[host].kind is BlockKind.PARAGRAPH:
            return True
    return False


def _key(text: str) -> Key:
    """The sentences of a text with the differences removed that make no difference."""
    plain = _QUOTE_MARK.sub("", text)  # first: what stands between quotation marks is not split
    bare = (_bare(sentence.of(plain)) for sentence in split_sentences(plain))
    return tuple(sentence for sentence in bare if sentence)


def _bare(sentence: str) -> str:
    without = _APOSTROPHE.sub("’", sentence).casefold()
    return " ".join(_EDGE_MARK.sub("", without).split())
