"""Who has a turn when, and who is told that there is none. Nothing here takes a model or a socket."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from alliance_qa import budget
from alliance_qa.errors import BudgetError
from alliance_qa.settings import Settings
from alliance_qa.web.api.work_queue import AT_ONCE, WorkQueue

Scenario = Callable[["Desk"], Coroutine[Any, Any, None]]


class Desk:
    """A queue whose calls end when they are told to."""

    def __init__(self, **changes: object) -> None:
        self.queue = WorkQueue(Settings(documents=Path(), index=Path()).model_copy(update=changes))
        self.done: list[str] = []
        self.gates: dict[str, threading.Event] = {}
        self.leaving: dict[str, asyncio.Event] = {}

    def ask(self, name: str, source: str = "192.0.2.1") -> asyncio.Task[str]:
        """Let somebody ask, who is told the own name."""
        self.gates[name], self.leaving[name] = threading.Event(), asyncio.Event()

        async def receive() -> Message:
            await self.leaving[name].wait()
            return {"type": "http.disconnect"}

        def call() -> str:
            assert self.gates[name].wait(30)
            self.done.append(name)
            return name

        request = Request({"type": "http", "headers": [], "client": (source, 1)}, receive)
        return asyncio.ensure_future(self.queue.run(call, request))

    async def fill(self) -> list[asyncio.Task[str]]:
        """Take every place."""
        tasks = [self.ask(f"place {number}", f"192.0.2.{100 + number}") for number in range(AT_ONCE)]
        await self.settled()
        return tasks

    async def settled(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0.001)

    async def open(self, *names: str) -> None:
        for name in names:
            self.gates[name].set()
            await self.until(lambda name=name: name in self.done)  # type: ignore[misc]
            await self.settled()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                await asyncio.sleep(0.001)


def play(scenario: Scenario, **changes: object) -> Desk:
    async def played() -> Desk:
        desk = Desk(**changes)
        try:
            await scenario(desk)
        finally:
            for gate in desk.gates.values():
                gate.set()
            await desk.until(lambda: desk.queue._free == AT_ONCE)
        return desk

    return asyncio.run(played())


def refusal(task: asyncio.Task[str]) -> tuple[int, str]:
    error = task.exception()
    assert isinstance(error, HTTPException)
    assert error.headers is not None
    return error.status_code, error.headers["Retry-After"]


def test_addresses_take_turns() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        for name, source in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")]:
            desk.ask(name, source)
            desk.gates[name].set()
            await desk.settled()
        assert desk.queue.waiting() == 6
        await desk.open("place 0")
        await desk.until(lambda: len(desk.done) == 7)
        assert desk.done[1:] == ["a1", "b1", "c1", "a2", "b2", "a3"]

    play(scenario)


def test_whoever_would_wait_for_too_long_is_told_so_at_once() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        desk.queue._expected = 8.0  # so that three fill 0.6 of ten seconds on four places
        waiting = [desk.ask(f"w{number}") for number in range(3)]
        await desk.settled()
        refused = desk.ask("late")
        await desk.settled()
        assert [task.done() for task in waiting] == [False] * 3
        assert refusal(refused) == (503, "6")

    assert "late" not in play(scenario).done


def test_whoever_comes_from_another_address_takes_the_place_of_the_latest_of_those_with_most() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        desk.queue._expected = 8.0
        many = [desk.ask(f"many {number}", "192.0.2.1") for number in range(3)]
        await desk.settled()
        other = desk.ask("other", "192.0.2.2")
        await desk.settled()
        assert [task.done() for task in [*many, other]] == [False, False, True, False]
        assert refusal(many[2]) == (503, "6")

    assert "many 2" not in play(scenario).done


def test_whoever_has_waited_for_so_long_is_told_so() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        waiting = desk.ask("waiting")
        await desk.until(waiting.done)
        assert refusal(waiting) == (503, "1")
        assert desk.queue.waiting() == 0

    assert "waiting" not in play(scenario, queue_seconds=0.1).done


def test_those_who_wait_are_let_go_when_the_others_take_longer_than_expected() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        waiting = [desk.ask(f"w{number}") for number in range(6)]
        await desk.settled()
        desk.queue._expected = 10.0
        await desk.open("place 0")
        assert [task.done() for task in waiting] == [False, False, False, False, False, True]

    play(scenario)


def test_whoever_leaves_while_waiting_makes_room_and_is_not_worked_for() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        gone, stays = desk.ask("gone"), desk.ask("stays")
        await desk.settled()
        desk.leaving["gone"].set()
        await desk.until(gone.done)
        assert isinstance(gone.exception(), ClientDisconnect)
        assert desk.queue.waiting() == 1
        desk.gates["stays"].set()
        await desk.open("place 0")
        assert await stays == "stays"

    assert "gone" not in play(scenario).done


def test_a_place_that_comes_as_its_request_is_cancelled_goes_to_the_next() -> None:
    async def scenario(desk: Desk) -> None:
        await desk.fill()
        gone, next_one = desk.ask("gone"), desk.ask("next")
        await desk.settled()
        desk.queue._leave()  # as when a question has ended: the turn of the first has come
        gone.cancel()
        desk.gates["next"].set()
        await desk.until(lambda: "next" in desk.done)
        assert gone.cancelled()
        assert await next_one == "next"
        desk.queue._free -= 1  # of the question that has not ended

    assert "gone" not in play(scenario).done


def test_a_call_that_fails_gives_its_place_back() -> None:
    async def scenario(desk: Desk) -> None:
        request = Request({"type": "http", "headers": [], "client": None})
        for _ in range(2 * AT_ONCE):
            with pytest.raises(ZeroDivisionError):
                await desk.queue.run(lambda: 1 // 0, request)
        assert (desk.queue._free, desk.queue.latest) == (AT_ONCE, 0.0)

    play(scenario)


def test_a_call_has_so_much_processor_time() -> None:
    def endless() -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            budget.spend()

    async def scenario(desk: Desk) -> None:
        request = Request({"type": "http", "headers": [], "client": None})
        with pytest.raises(BudgetError, match=r"more than the 0\.2 seconds of processor time"):
            await desk.queue.run(endless, request)

    play(scenario, question_seconds=0.2)
