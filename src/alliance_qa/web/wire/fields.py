"""The fields that requests are made of, and what is true of every request and reply."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from alliance_qa.domain import Fact, Facts

MOST_TOP_K = 50
LONGEST_QUESTION = 2_000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What `_printable` and `_asked` let pass, as /openapi.json says it (JSON Schema; ECMA-262 has the escapes).
_CONTROLS = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_PRINTABLE = f"^[^{_CONTROLS}]*$"
_SPACE, _SEEN = rf"[^\S{_CONTROLS}]", rf"[^\s{_CONTROLS}]"
_ASKED = f"^{_SPACE}*{_SEEN}([^{_CONTROLS}]{{0,{LONGEST_QUESTION - 2}}}{_SEEN})?{_SPACE}*$"


class In(BaseModel):
    """What comes in: nothing unknown, nothing of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Out(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


def _printable(text: str) -> str:
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in text):
        raise ValueError("must not hold control characters or lone surrogates")
    return text


def _asked(text: str) -> str:
    text = _printable(text).strip()
    if not 1 <= len(text) <= LONGEST_QUESTION:
        raise ValueError(f"must have 1 to {LONGEST_QUESTION} characters")
    return text


def _whole(value: object) -> object:
    # 5.0 is the integer 5 in JSON Schema, and so for those who read /openapi.json.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _dated(value: object) -> object:
    # pydantic also takes seconds since 1970 for a date, as a number or as text.
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("must be a date of the form YYYY-MM-DD")


QuestionText = Annotated[
    str,
    # White space around it does not count, but bounds what is looked at.
    StringConstraints(max_length=4 * LONGEST_QUESTION),
    AfterValidator(_asked),
    Field(
        description="1 to 2,000 characters, besides white space around them; no control characters but tabs and line "
        "ends",
        json_schema_extra={"pattern": _ASKED},
    ),
]
_Printable = Field(
    description="no control characters but tabs and line ends, no lone surrogates",
    json_schema_extra={"pattern": _PRINTABLE},
)
Text = Annotated[str, StringConstraints(max_length=8_000), AfterValidator(_printable), _Printable]
Comment = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_printable), _Printable]
ReplyTo = Annotated[
    str,
    StringConstraints(max_length=254, pattern=r"^[!-?A-~]+@[!-?A-~]+$"),
    Field(description="an address of e-mail"),
]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_printable), _Printable]
Date = Annotated[date, Field(strict=False, description="YYYY-MM-DD, from 0001-01-01 on"), BeforeValidator(_dated)]
TopK = Annotated[
    int, Field(ge=1, le=MOST_TOP_K, description="how many of the nearest passages to return"), BeforeValidator(_whole)
]
Offset = Annotated[
    int, Field(ge=0, le=2**53, description="in code points, from 0 to 2 to the 53rd"), BeforeValidator(_whole)
]
Id = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{32}$"),
    Field(description="32 hex digits that the service gave"),
]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,12}$")]


def stated(fact: Fact | None) -> str | None:
    """Return the value of a fact; null where the document does not state it."""
    return fact.value if fact else None


def likely(facts: Facts) -> tuple[str, ...]:
    """Return the names of the facts that are likely, not said in so many words."""
    return tuple(name for name in Facts.__dataclass_fields__ if (fact := getattr(facts, name)) and fact.weak)


def titled(title: str, locator: str | None) -> str:
    """Return a title with the place in its file behind it, for clients that show a source by one line alone."""
    return f"{title}, {locator}" if locator else title
