"""How often it is looked whether questions can be answered, and what is said meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from alliance_qa.web.api import readiness
from alliance_qa.web.api.readiness import Readiness


def ready(check: Callable[[], object], latest: float = 0.0) -> Readiness:
    queue: Any = SimpleNamespace(latest=latest)
    return Readiness(check, queue)


def test_all_who_ask_within_a_second_share_one_check() -> None:
    checks: list[float] = []

    def check() -> None:
        checks.append(time.monotonic())
        time.sleep(0.1)

    async def asked() -> list[bool]:
        one = ready(check)
        answers = await asyncio.gather(*(one.is_ready() for _ in range(50)))
        return [*answers, *[await one.is_ready() for _ in range(50)]]

    assert asyncio.run(asked()) == [True] * 100
    assert len(checks) == 1


def test_after_a_second_it_is_looked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_FRESH_SECONDS", 0.05)
    answers = iter([None, ZeroDivisionError(), None])

    def check() -> None:
        if error := next(answers):
            raise error

    async def asked() -> list[bool]:
        one, found = ready(check), []
        for _ in range(3):
            found.append(await one.is_ready())
            await asyncio.sleep(0.06)
        return found

    assert asyncio.run(asked()) == [True, False, True]


@pytest.mark.parametrize(("latest", "expected"), [(0.0, False), (1e12, True)])
def test_a_check_that_hangs_has_failed_unless_questions_are_answered(
    latest: float, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "LIMIT_SECONDS", 0.1)
    hangs = threading.Event()

    async def asked() -> tuple[list[bool], float]:
        one = ready(lambda: hangs.wait(30), latest)
        first = await one.is_ready()
        started = time.monotonic()
        rest = [await one.is_ready() for _ in range(20)]
        seconds = time.monotonic() - started
        hangs.set()
        return [first, *rest], seconds

    answers, seconds = asyncio.run(asked())
    assert answers == [expected] * 21
    assert seconds < 1
