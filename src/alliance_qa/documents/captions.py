"""What stands under a picture: captions and the credits of their makers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from alliance_qa.documents.extract import RawBlock
from alliance_qa.domain import BlockKind
from alliance_qa.text.sentences import split_sentences

_AGENCY = (
    r"(?:AP|AFP|EPA|EPA-EFE|UPI|Reuters(?: Connect| Pictures)?|Getty(?: Images)?|Kyodo(?: News)?"
    r"|Jiji(?: Press)?|Bloomberg|Xinhua|Yonhap|NurPhoto|Shutterstock|Alamy(?: Stock Photo)?|iStock"
    r"|Adobe Stock|Zuma(?: Press)?|Sipa(?: USA)?|Pool|DVIDS|Wikimedia(?: Commons)?|Flickr|Unsplash|Pexels"
    r"|TASS|DPA|ANSA|Abaca|Polaris|Redux|Associated Press|Nikkei|Nippon News)"
)
_CAPITALISED = r"[^\W\d_a-z][\w.'’&-]*"
_MAKER = rf"(?-i:{_CAPITALISED}(?:,?\s+{_CAPITALISED}){{0,7}})"
# A name with a capital: "photo by his bed" names no maker.
_BY = r"(?:by|courtesy of|courtesy)\s+(?=(?:the\s+)?(?-i:[^\W\d_a-z]))"
_PICTURE = r"(?:photo(?:graph)?|image|picture|illustration|graphic|video|map|cover)s?"
_NAMED = (
    rf"(?:{_PICTURE}\s+(?:credit:?\s+)?{_BY}|(?:{_PICTURE}|{_PICTURE}\s+credit|credit)\s*[:：]\s*"
    r"|(?:AP|AFP|EPA) Photo(?:\s*/\s*)?|写真\s*[:：＝=・／/提]\s*|撮影\s*[:：＝=・／/]\s*)"
)
_BY_AGENCY = (
    rf"(?:{_MAKER}\s*(?:/|\bvia\b)\s*)?(?:{_AGENCY}\s*(?:/|\bvia\b)\s*){{0,3}}"
    rf"(?-i:{_AGENCY})(?:\s*/\s*{_MAKER})?"
)
_CREDIT = re.compile(
    # A stop inside a credit is one of an initial or an address ("J. Doe", "example.org").
    rf"[(\[（]?\s*(?:{_NAMED}[^.。]{{0,90}}(?:\.[^.。]{{1,40}}){{0,3}}"
    r"|courtesy of\s+(?=(?:the )?(?-i:[A-Z]))[^.]{2,80}"
    rf"|©(?!\s*\d{{4}})[^.]{{2,60}}|{_BY_AGENCY})\.?\s*[)\]）]?\.?",
    re.IGNORECASE,
)
# Where a credit begins inside a caption: after a mark that parts it from the sentence.
_JOINT = re.compile(r"[,;.—–|]\s+|\s*(?=[(\[（])|(?<=[。」])|\s+-\s+")
_WORD = re.compile(r"\w+")
_LONGEST_CREDIT = 120  # characters
_LONGEST_CAPTION = 500  # characters; longer ones are text that happens to end in a credit


def mark(blocks: Sequence[RawBlock]) -> tuple[RawBlock, ...]:
    """Return `blocks` with captions and credits marked, and each caption once.

    A credit on its own line, the short paragraph before it, and a paragraph that ends in a credit are
    captions. Saved pages hold a caption twice, once with its credit: when that credit also stands on
    its own line the longer copy goes, otherwise the shorter one, as it does
    where further sentences follow.
    """
    marked = list(blocks)
    for at, block in enumerate(blocks):
        if block.kind is not BlockKind.PARAGRAPH:
            continue
        if is_credit(block.text):
            marked[at] = replace(block, kind=BlockKind.CAPTION)
            # The first block is the title, whatever follows it.
            if at > 1 and _may_be_caption(marked[at - 1]):
                marked[at - 1] = replace(marked[at - 1], kind=BlockKind.CAPTION)
        elif _ends_in_credit(block.text):
            marked[at] = replace(block, kind=BlockKind.CAPTION)
            if at and marked[at - 1].kind is BlockKind.PARAGRAPH and _opens(marked[at - 1].text, block.text):
                marked[at - 1] = replace(marked[at - 1], kind=BlockKind.CAPTION)
    kept: list[RawBlock] = []
    for kind, run in groupby(marked, key=lambda block: block.kind):
        group = list(run)
        kept.extend(_once(group) if kind is BlockKind.CAPTION else group)
    return tuple(kept)


def is_credit(line: str) -> bool:
    """Whether the whole line names who made a picture: "Photo by X via Reuters Connect", "X/AP"."""
    return len(line) <= _LONGEST_CREDIT and len(split_sentences(line)) == 1 and bool(_CREDIT.fullmatch(line))


def _ends_in_credit(line: str) -> bool:
    if len(line) > _LONGEST_CAPTION:
        return False
    joints = [joint.end() for joint in _JOINT.finditer(line)]
    return any(start and line[start:].strip() and is_credit(line[start:]) for start in joints)


def _may_be_caption(block: RawBlock) -> bool:
    return (
        block.kind is BlockKind.PARAGRAPH
        and len(block.text) <= _LONGEST_CAPTION
        and len(split_sentences(block.text)) <= 2
    )


def _opens(short: str, long: str) -> bool:
    """Whether `long` is `short` and more, so that both are one caption."""
    return len(short) <= _LONGEST_CAPTION and _key(long).startswith(_key(short) + " ")


def _once(run: list[RawBlock]) -> list[RawBlock]:
    keys = [_key(block.text) for block in run]
    credit_keys = {key for key, block in zip(keys, run, strict=True) if is_credit(block.text)}
    dropped: set[int] = set()
    for first in range(len(run)):
        for second in range(first + 1, len(run)):
            if not {first, second} & dropped:
                dropped |= _repeated(run, first, second, keys, credit_keys)
    return [block for at, block in enumerate(run) if at not in dropped]


def _repeated(run: list[RawBlock], first: int, second: int, keys: list[str], credit_keys: set[str]) -> set[int]:
    """Return which of two neighbouring captions says nothing of its own, if one does."""
    if keys[first] == keys[second]:
        return {second}
    short, long = sorted((first, second), key=lambda at: len(keys[at]))
    if keys[short] in credit_keys or not keys[long].startswith(keys[short] + " "):
        return set()
    rest = keys[long][len(keys[short]) + 1 :]
    if rest in credit_keys:
        return {long}
    # "The yard" is another picture than "The yard of Kure in May".
    return {short} if _parts_after(run[long].text, len(keys[short].split())) else set()


def _parts_after(text: str, words: int) -> bool:
    """Whether a sentence ends, or a credit begins, after so many words of a text."""
    found = list(_WORD.finditer(text))
    at, then = found[words - 1].end(), found[words].start()
    return is_credit(text[then:]) or any(at <= sentence.end <= then for sentence in split_sentences(text))


def _key(text: str) -> str:
    """The words of a text, so that case, marks and spaces make no difference."""
    return " ".join(word.casefold() for word in _WORD.findall(text))
