"""Where questions queue: so many are worked out at once, and whoever leaves is let go of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request
from starlette.requests import ClientDisconnect

from alliance_qa.errors import EndingError

_log = logging.getLogger(__name__)

AT_ONCE = 4  # the model has the cores to itself; other calls have threads left to answer in

T = TypeVar("T")


class WorkQueue:
    """Runs what takes the models, in threads, some at once and the others in the order they came."""

    def __init__(self) -> None:
        self._places = anyio.Semaphore(AT_ONCE)
        self._waiting: set[anyio.CancelScope] = set()
        self._is_closed = False

    def close(self) -> None:
        """Refuse all that wait, and whatever comes; what runs goes on."""
        self._is_closed = True
        for scope in self._waiting:
            scope.cancel()

    async def _turn(self, *, has_begun: bool) -> None:
        with anyio.CancelScope() as scope:
            if not has_begun:
                self._waiting.add(scope)
            try:
                await self._places.acquire()
            finally:
                self._waiting.discard(scope)
        if scope.cancelled_caught or (self._is_closed and not has_begun):
            if not scope.cancelled_caught:
                self._places.release()
            raise EndingError("the service is ending; ask again in a few seconds")

    async def run(self, call: Callable[[], T], request: Request | None = None, *, has_begun: bool = False) -> T:
        """Return what a call returns, once it has its turn.

        Cancelled while it waits, it never runs; cancelled while it runs, this returns when it has ended.

        Raises:
            ClientDisconnect: Whoever sent the request has left before its turn came.
            EndingError: The queue was closed before its turn came.
        """
        await self._turn(has_begun=has_begun)
        try:
            if request is not None and await request.is_disconnected():
                raise ClientDisconnect
            running = asyncio.ensure_future(anyio.to_thread.run_sync(call))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait({running})  # a thread cannot be stopped: it keeps its place until it ends
                if error := running.exception():
                    _log.error("a question failed after its client had left", exc_info=error)
                raise
        finally:
            self._places.release()
