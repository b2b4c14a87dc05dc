"""Where requests are counted: in this process while the shared storage keeps it waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import anyio
import limits
import pytest
from fastapi import HTTPException
from fastapi.security import HTTPAuthorizationCredentials
from limits.strategies import SlidingWindowCounterRateLimiter as Window

from alliance_qa.settings import load
from alliance_qa.web.api.admin import check_token
from alliance_qa.web.api.rate_counts import Counts
from alliance_qa.web.api.rate_limits import RateLimits

NOWHERE = "redis://127.0.0.1:1/0"  # nobody listens there
ITEM = limits.parse("2/hour")


def hit(window: Window) -> bool:
    return window.hit(ITEM, "somebody")


def test_a_storage_that_does_not_reply_holds_up_no_one_and_is_left_alone_for_a_while() -> None:
    let_go, asked = threading.Event(), []

    def hang(window: Window) -> bool:
        asked.append(window)
        if len(asked) == 1:
            let_go.wait()
        return hit(window)

    async def both() -> tuple[list[bool], int]:
        counts = Counts(NOWHERE)
        turns, waiting = 0, asyncio.ensure_future(counts.ask(hang))
        while not waiting.done():
            turns += 1  # of the loop, in which others are served
            await asyncio.sleep(0.01)
        taken = [await waiting, *[await counts.ask(hang) for _ in range(2)]]
        let_go.set()
        return taken, turns

    started = time.monotonic()
    taken, turns = asyncio.run(both())

    assert taken == [True, True, False]
    assert len(asked) == 4  # once in the storage, then here
    assert len(set(map(id, asked[1:]))) == 1
    assert turns > 5
    assert time.monotonic() - started < 5


def test_it_is_asked_again_after_a_second() -> None:
    counts, asked = Counts(NOWHERE), []

    def note(window: Window) -> bool:
        asked.append(window)
        return hit(window)

    counts.ask_here(note)
    counts.ask_here(note)
    assert len(asked) == 3
    time.sleep(1)
    counts.ask_here(note)
    assert len(asked) == 5


def test_guesses_of_the_admin_token_that_come_at_once_count_as_those_that_come_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where a Redis counts, which takes a moment."""

    async def slowly(self: Counts, question: Callable[[Window], Any]) -> Any:
        await anyio.sleep(0.001)
        return question(self._here())

    monkeypatch.setattr(Counts, "ask", slowly)
    settings = load(admin_token="right-token-0123456789", limit_wrong_tokens="3/hour")
    shared = SimpleNamespace(limits=RateLimits(settings), service=SimpleNamespace(settings=settings))
    request = SimpleNamespace(client=SimpleNamespace(host="192.0.2.1"), headers={})
    statuses: list[int] = []

    async def guess(given: str) -> None:
        try:
            await check_token(request, HTTPAuthorizationCredentials(scheme="Bearer", credentials=given), shared)  # type: ignore[arg-type]
            statuses.append(200)
        except HTTPException as error:
            statuses.append(error.status_code)

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(guess, f"wrong-{number}")

    anyio.run(all_at_once)
    anyio.run(guess, "right-token-0123456789")
    assert sorted(statuses) == [401] * 3 + [429] * 18
