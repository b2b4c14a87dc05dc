"""Where questions queue: so many are worked out at once, addresses take turns, and nobody waits for too long."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

from alliance_qa import budget
from alliance_qa.errors import EndingError
from alliance_qa.settings import Settings
from alliance_qa.web.api.rate_limits import address

_log = logging.getLogger(__name__)

AT_ONCE = 4  # the model has the cores to itself; other calls have threads left to answer in
_LATEST = 0.1  # the share of the latest in how long a question is expected to take
_FILLED = 0.6  # the share of the longest wait that the queue is filled to: others may have their turn in between

T = TypeVar("T")


class WorkQueue:
    """Runs what takes the models, in threads of its own. All but the calls themselves happens in the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._wait_seconds, self._question_seconds = settings.queue_seconds, settings.question_seconds
        self._threads = anyio.CapacityLimiter(AT_ONCE)  # other calls have theirs, so that neither wait for the other's
        self._free = AT_ONCE
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # by address; the first has the next turn
        self._expected = 0.0  # seconds that a question takes
        self.latest = 0.0  # when a call last ended without a fault, on the monotonic clock
        self._is_closed = False

    def close(self) -> None:
        """Refuse all that wait, and whatever comes; what runs goes on."""
        self._is_closed = True
        while self._waiting:
            self._refuse()

    async def run(self, call: Callable[[], T], request: Request) -> T:
        """Return what a call returns, once it has its turn, within the processor time that a question may take.

        Each address that waits has one turn, then the next. Cancelled while it waits, the call never runs;
        cancelled while it runs, this returns when it has ended.

        Raises:
            HTTPException: 503 with Retry-After, in seconds: it would wait for longer than the settings allow, or has.
                Whenever the queue is too long, the latest of the address that has most waiting is told so.
            EndingError: The queue was closed before its turn came.
            ClientDisconnect: Whoever sent the request has left before its turn came.
            BudgetError: It took too much processor time.
        """
        await self._turn(request)
        started = time.monotonic()
        try:
            running = asyncio.ensure_future(anyio.to_thread.run_sync(self._limited, call, limiter=self._threads))
            try:
                result = await asyncio.shield(running)
                self.latest = time.monotonic()
                return result
            except asyncio.CancelledError:
                await asyncio.wait({running})  # a thread cannot be stopped: it keeps its place until it ends
                if error := running.exception():
                    _log.error("a question failed after its client had left", exc_info=error)
                raise
        finally:
            self._expected += _LATEST * (time.monotonic() - started - self._expected)
            self._leave()
            while self._drained() > self._wait_seconds:
                self._refuse()

    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return sum(map(len, self._waiting.values()))

    def _limited(self, call: Callable[[], T]) -> T:
        with budget.limited(self._question_seconds):
            return call()

    async def _turn(self, request: Request) -> None:
        """Return when it is a request's turn, with a place taken for it."""
        if self._is_closed:
            raise self._refusal()
        if self._free:
            self._free -= 1
            return
        whose = address(request)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(turn)
        if self._drained() > _FILLED * self._wait_seconds:
            self._refuse()
        left = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait({turn, left}, timeout=self._wait_seconds, return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                left.result()
                raise ClientDisconnect
            if not turn.done():
                raise self._refusal()
            turn.result()
        except BaseException:
            if turn.done() and not turn.exception():  # it has come, and nobody takes it
                self._leave()
            elif not turn.done():
                self._withdraw(whose, turn)
            raise
        finally:
            left.cancel()

    def _refuse(self) -> None:
        """Refuse the latest of the address that has most waiting, of several the one that comes last in turn."""
        most = max(reversed(self._waiting), key=lambda whose: len(self._waiting[whose]))
        turn = self._waiting[most][-1]
        self._withdraw(most, turn)
        turn.set_exception(self._refusal())

    def _drained(self) -> float:
        """Return in how many seconds all who wait are expected to have had their turn."""
        return self.waiting() * self._expected / AT_ONCE

    def _refusal(self) -> Exception:
        if self._is_closed:
            return EndingError("the service is ending; ask again in a few seconds")
        seconds = max(1, math.ceil(self._drained()))
        detail = f"too many questions are waiting; try again in {seconds} s"
        return HTTPException(503, detail, {"Retry-After": str(seconds)})

    def _withdraw(self, whose: str, turn: asyncio.Future[None]) -> None:
        self._waiting[whose].remove(turn)
        if not self._waiting[whose]:
            del self._waiting[whose]

    def _leave(self) -> None:
        """Give a place to the address that has waited longest for a turn, and send it to the end of the others."""
        if not self._waiting:
            self._free += 1
            return
        whose = next(iter(self._waiting))
        turns = self._waiting.pop(whose)
        turns.popleft().set_result(None)
        if turns:
            self._waiting[whose] = turns


async def _left(request: Request) -> None:
    """Return when whoever sent a request, whose body has been read, has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
