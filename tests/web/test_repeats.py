"""What is left out of the log."""

from __future__ import annotations

import logging
import time

import pytest

from alliance_qa.web.api.repeats import Repeats


def record(message: str, *values: object, level: int = logging.WARNING, fault: Exception | None = None) -> str | None:
    """Return the line that is written."""
    info = (type(fault), fault, None) if fault else None
    made = logging.LogRecord("uvicorn.error", level, "", 0, message, values, info)
    return made.getMessage() if REPEATS.filter(made) else None


@pytest.fixture(autouse=True)
def fresh() -> None:
    global REPEATS
    REPEATS = Repeats()


REPEATS = Repeats()


def test_ten_lines_of_a_kind_are_written() -> None:
    lines = [record("client %d is slow", n) for n in range(1000)]
    assert lines[:10] == [f"client {n} is slow" for n in range(10)]
    assert set(lines[10:]) == {None}


def test_after_a_minute_it_is_told_how_many_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(25):
        record("client %d is slow", n)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert record("client %d is slow", 25) == "client 25 is slow (15 more since the last such line)"
    assert record("client %d is slow", 26) == "client 26 is slow"


def test_other_lines_and_other_faults_are_of_another_kind() -> None:
    for _ in range(20):
        record("it failed", fault=ValueError())
    assert record("it failed", fault=KeyError()) == "it failed"
    assert record("it did not") == "it did not"


def test_what_is_no_warning_is_always_written() -> None:
    assert [record("listening", level=logging.INFO) for _ in range(30)] == ["listening"] * 30


def test_kinds_without_number_take_no_memory_without_end() -> None:
    for n in range(5_000):
        record(f"{n} is a kind of its own")
    assert len(vars(REPEATS)["_windows"]) <= 1_000
