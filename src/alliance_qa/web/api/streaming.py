"""An answer as a stream of events, each sent as soon as its step is known."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import partial

import anyio
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.domain import Answer
from alliance_qa.errors import EndingError
from alliance_qa.web.api import sse
from alliance_qa.web.api.errors import ProblemOut, describe
from alliance_qa.web.api.inquiry import Inquiry
from alliance_qa.web.api.work_queue import WorkQueue

_log = logging.getLogger(__name__)

Step = Resolved | Found | Answer


async def respond(
    queue: WorkQueue,
    inquiry: Inquiry,
    word: Callable[[Step], Iterator[bytes]],
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> StreamingResponse:
    """Stream the steps of an inquiry, each worded in bytes as soon as it is known.

    The first step is made before the response starts: its faults are ordinary errors. Later ones
    are worded by `fail`.
    """
    steps = inquiry.steps()
    first = await run_in_threadpool(next, steps)  # takes at most an embedding, so it does not queue
    return sse.stream(_stream(queue, first, steps, word, fail))


async def _stream(
    queue: WorkQueue,
    first: Step,
    steps: Generator[Step],
    word: Callable[[Step], Iterator[bytes]],
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> AsyncIterator[bytes]:
    step: Step | None = first
    try:
        while step is not None:
            for event in await run_in_threadpool(list, word(step)):
                yield event
            if isinstance(step, Answer):
                break
            waiting = asyncio.ensure_future(queue.run(partial(next, steps, None), has_begun=isinstance(step, Found)))
            try:
                while not (await asyncio.wait({waiting}, timeout=sse.HEARTBEAT_SECONDS))[0]:
                    yield sse.HEARTBEAT
            finally:
                await _ended(waiting)
            step = waiting.result()
    except Exception as error:
        if not isinstance(error, EndingError):
            _log.exception("an answer failed after it had begun")
        for event in fail(describe(error)):
            yield event
    finally:
        steps.close()


async def _ended(waiting: asyncio.Future[Step | None]) -> None:
    """Return once a step has ended, or was taken out of the queue because its client has left."""
    if not waiting.done():
        waiting.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait({waiting})
    if not waiting.cancelled():
        waiting.exception()  # looked at: whoever has left will not
