"""The signs of an RTF file: groups, control words, bytes of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from alliance_qa.errors import DocumentError

_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9A-Fa-f]{2})|\\(?P<sign>[^A-Za-z])"
    rb"|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]+|\\",
    re.DOTALL,
)
_DEEPEST = 500


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    TEXT = auto()  # bytes in the code page of the font


@dataclass(frozen=True, slots=True)
class Token:
    """A sign of the file. `word` is a control word, or a sign such as "*" or "~"; `number` what stands behind it."""

    kind: Kind
    word: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """Yield the tokens of a file.

    Raises:
        DocumentError: Groups are nested too deeply, or the file ends within one.
    """
    at = depth = 0
    while at < len(data):
        found = _TOKEN.match(data, at)
        if found is None:  # a byte that begins nothing
            at += 1
            continue
        at = found.end()
        match found.lastgroup:
            case "brace":
                is_open = found["brace"] == b"{"
                depth += 1 if is_open else -1
                if depth > _DEEPEST:
                    raise DocumentError("is nested too deeply; open it and save it again")
                yield Token(Kind.OPEN if is_open else Kind.CLOSE)
                if depth <= 0:
                    return
            case "word" | "number":
                word, number = found["word"].decode(), found["number"]
                if word == "bin":
                    at += max(int(number or 0), 0)
                else:
                    yield Token(Kind.WORD, word, None if number is None else int(number))
            case "byte":
                yield Token(Kind.TEXT, data=bytes([int(found["byte"], 16)]), number=1)
            case "sign":
                yield Token(Kind.WORD, found["sign"].decode("latin-1"))
            case "text":
                yield Token(Kind.TEXT, data=found["text"])
    raise DocumentError("is cut short, its end is missing; save or download it again")
