"""An answer as a stream of events, each sent as soon as its step is known."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.domain import Answer
from alliance_qa.web.api import sse
from alliance_qa.web.api.errors import ProblemOut, describe
from alliance_qa.web.api.inquiry import Inquiry, Waiting
from alliance_qa.web.api.work_queue import WorkQueue
from alliance_qa.wording.composer import Composition, Sentence

_log = logging.getLogger(__name__)

Step = Resolved | Found | Answer | Sentence | Composition
Events = asyncio.Queue[bytes | None]
"""Filled as an answer is worked out, however slowly it is read, and ended by None. An answer is small."""


async def respond(
    queue: WorkQueue,
    request: Request,
    inquiry: Inquiry,
    word: Callable[[Step], Iterator[bytes]],
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> StreamingResponse:
    """Stream the steps of an inquiry, each worded in bytes as soon as it is known.

    It waits for one turn and has its place until the answer is worked out. The response starts with the first step:
    faults before that are ordinary errors. Later ones are worded by `fail`.
    """
    loop, events, left = asyncio.get_running_loop(), Events(), threading.Event()

    steps = inquiry.steps()

    def work() -> bool:
        """Go on, and return whether to go on in nobody's way: what follows waits for the language model."""
        for step in steps:
            if isinstance(step, Waiting):
                return not left.is_set()
            for event in word(step):
                loop.call_soon_threadsafe(events.put_nowait, event)
            if left.is_set():
                return False
        return False

    async def whole() -> None:
        await inquiry.resolve()
        is_waiting = await queue.run(work, request)
        while is_waiting:
            is_waiting = await run_in_threadpool(work)

    working = asyncio.ensure_future(whole())
    working.add_done_callback(lambda _: events.put_nowait(None))
    try:
        first = await events.get()
    except asyncio.CancelledError:
        left.set()
        working.cancel()
        raise
    if first is None:
        working.result()
        raise AssertionError("an answer has steps")
    return sse.stream(_stream(first, events, working, left, fail))


async def _stream(
    first: bytes,
    events: Events,
    working: asyncio.Future[None],
    left: threading.Event,
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> AsyncIterator[bytes]:
    event: bytes | None = first
    try:
        while event is not None:
            yield event
            event = await _next(events)
        try:
            working.result()
        except Exception as error:
            _log.exception("an answer failed after it had begun")
            for event in fail(describe(error)):
                yield event
    finally:
        left.set()
        working.cancel()


async def _next(events: Events) -> bytes | None:
    """Return the next event, a heartbeat where none comes for a while, or None at the end."""
    try:
        async with asyncio.timeout(sse.HEARTBEAT_SECONDS):
            return await events.get()
    except TimeoutError:
        return sse.HEARTBEAT
