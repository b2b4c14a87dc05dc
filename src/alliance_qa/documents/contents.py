"""Lists of contents: headings that stand below, with dots up to the number of a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind

_LEADER = re.compile(r"(?:\s?[.·…_]){5,}\s*+(?:\|\s*)?(\d{1,4}|[ivxlc]{1,6})(?=\s|$)")
_NUMBER = re.compile(r"\s*(?:\d+(?:\.\d+)*|[ivx]+)[.)]?\s+")
_LEAST_SHARE = 0.5  # of the entries that are headings or lines below


def without(blocks: Sequence[RawBlock]) -> tuple[RawBlock, ...]:
    """Return the blocks without lists of contents; a list of prices has dots, too, and stays.

    What a list names must stand in the text by itself, most of it: then nothing is lost.
    """
    entries = [_entries(block) for block in blocks]
    if not any(entries):
        return tuple(blocks)
    said = {_key(block.text) for block, named in zip(blocks, entries, strict=True) if not named}
    kept: list[RawBlock] = []
    for is_list, group in groupby(zip(blocks, entries, strict=True), key=lambda pair: bool(pair[1])):
        run = list(group)
        names = [_key(name) for _, named in run for name in named]
        if not is_list or sum(name in said for name in names) < _LEAST_SHARE * len(names):
            kept += [block for block, _ in run]
    return tuple(kept)


def _entries(block: RawBlock) -> list[str]:
    """Return what a block of entries names; [] for any other."""
    if block.kind is BlockKind.CAPTION:
        return []
    parts = _LEADER.split(block.text)
    return parts[:-1:2] if len(parts) > 1 and not parts[-1].strip() else []


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", _NUMBER.sub("", text.casefold()))
