"""Answers as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from functools import partial
from typing import Any

import anyio
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.domain import Answer
from alliance_qa.web.api.desk import Desk
from alliance_qa.web.api.errors import ProblemOut, describe
from alliance_qa.web.api.exchange import Exchange

_log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
MEDIA_TYPE = "text/event-stream"
_HEARTBEAT = format_sse_event(comment="heartbeat")
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept"}

Step = Resolved | Found | Answer


def wants_events(request: Request) -> bool:
    """Whether a request names server-sent events among what it accepts."""
    for kind in ",".join(request.headers.getlist("accept")).lower().split(","):
        name, *parameters = (part.strip() for part in kind.split(";"))
        if name == MEDIA_TYPE and not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters):
            return True
    return False


async def respond(
    desk: Desk,
    exchange: Exchange,
    word: Callable[[Step], Iterator[bytes]],
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> StreamingResponse:
    """Stream the steps of an exchange, each worded in bytes as soon as it is known.

    The first step is made before the response starts: its faults are ordinary errors. Later ones
    are worded by `fail`.
    """
    steps = exchange.steps()
    first = await run_in_threadpool(next, steps)  # takes no model, so it does not queue
    return StreamingResponse(_stream(desk, first, steps, word, fail), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _stream(
    desk: Desk,
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
            waiting = asyncio.ensure_future(desk.work(partial(next, steps, None)))
            try:
                while not (await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS))[0]:
                    yield _HEARTBEAT
            finally:
                await _ended(waiting)
            step = waiting.result()
    except Exception as error:
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


def event(name: str, data: BaseModel | dict[str, Any]) -> bytes:
    """Return one event in bytes, its data as JSON."""
    text = data.model_dump_json() if isinstance(data, BaseModel) else json.dumps(data, ensure_ascii=False)
    return format_sse_event(event=name, data_str=text)
