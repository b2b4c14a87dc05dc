"""What /openapi.json says of a field is what the service takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from pydantic import TypeAdapter, ValidationError

from alliance_qa.web.wire.collection import VerifyIn
from alliance_qa.web.wire.completion import CompletionIn
from alliance_qa.web.wire.log import FeedbackIn
from alliance_qa.web.wire.question import AskIn, FiltersIn, TurnIn

ANSWER = "0" * 32
PLACE = {"document_id": "a", "start": 0, "end": 1, "quote": ""}


def agreed(type_: type, value: object) -> bool:
    """Return whether a value is taken, which the description must say, too."""
    schema: Any = TypeAdapter(type_).json_schema()
    described = OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(value)
    try:
        type_(**value) if isinstance(value, dict) else type_(value)
        taken = True
    except ValidationError:
        taken = False
    assert described == taken, value
    return taken


_TEXT = st.text(st.sampled_from("a𠮷 \t\n\r\0\x08\x0b\x1b\x1c\x1f\x7f\x85\x9f\xa0\xad\u2028\u3000\u200b"), max_size=6)


@given(_TEXT | st.text(max_size=20))
def test_a_question_is_taken_as_described(text: str) -> None:
    assert agreed(AskIn, {"question": text}) == agreed(AskIn, {"question": f" {text}\n"})


@given(_TEXT)
def test_texts_and_names_are_taken_as_described(text: str) -> None:
    is_printable = agreed(TurnIn, {"role": "user", "content": text})
    assert agreed(FeedbackIn, {"answer_id": ANSWER, "rating": "up", "comment": text}) == is_printable
    assert agreed(FiltersIn, {"author": text}) == (is_printable and text != "")
    assert agreed(VerifyIn, PLACE | {"document_id": text}) == (is_printable and text != "")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", False),
        (" \u3000", False),
        ("q" * 2000, True),
        ("q" * 2001, False),
        (" " * 500 + "q" * 2000 + "\n" * 500, True),
        ("q" + " " * 1998 + "q", True),
        ("q" + " " * 1999 + "q", False),
        (" " * 8000 + "q", False),
        ("𠮷" * 2000, True),
    ],
)
def test_how_long_a_question_may_be_is_described(text: str, taken: bool) -> None:
    assert agreed(AskIn, {"question": text}) is taken


@pytest.mark.parametrize(
    ("number", "taken"),
    [(0, True), (1.0, True), (-1, False), (2**53, True), (2**53 + 2, False), (float(2**53), True), (1e300, False)]
    + [(0.5, False), (True, False), ("0", False), (None, False), (-0.0, True), (-1.0, False)],
)
def test_which_integers_are_taken_is_described(number: object, taken: bool) -> None:
    assert agreed(VerifyIn, PLACE | {"start": number}) is taken
    assert agreed(VerifyIn, PLACE | {"end": number}) is taken


@pytest.mark.parametrize(
    ("number", "taken"),
    [
        (1, True),
        (50, True),
        (5.0, True),
        (None, True),
        (0, False),
        (51, False),
        (50.5, False),
        (51.0, False),
        ("5", False),
    ],
)
def test_how_many_passages_may_be_asked_for_is_described(number: object, taken: bool) -> None:
    assert agreed(AskIn, {"question": "a", "top_k": number}) is taken


@pytest.mark.parametrize(
    ("day", "taken"),
    [("2024-04-16", True), ("0001-01-01", True), ("9999-12-31", True), (None, True)]
    + [(day, False) for day in ("", "2024", "2024-4-16", "2024-02-30", "10000-01-01", "2024-04-16T00:00:00", 0, True)],
)
def test_which_dates_are_taken_is_described(day: object, taken: bool) -> None:
    assert agreed(FiltersIn, {"published_from": day}) is taken
    assert agreed(FiltersIn, {"published_to": day}) is taken


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        ("a", True),
        (None, True),
        ([], True),
        ([{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}], True),
        ([{"type": "text", "text": 5}], False),
        ([{"type": "text"}], False),
        ([{"type": "image_url", "image_url": {"url": "a"}}], False),
        (["a"], False),
        (5, False),
        ({}, False),
    ],
)
def test_what_a_message_may_hold_is_described(content: object, taken: bool) -> None:
    body = {"model": "alliance-qa", "messages": [{"role": "user", "content": content}]}
    assert agreed(CompletionIn, body) is taken
