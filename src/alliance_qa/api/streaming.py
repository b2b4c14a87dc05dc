"""Answers as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any

import anyio
import anyio.to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel

from alliance_qa.answering import Found, Resolved
from alliance_qa.api.errors import ProblemOut, describe
from alliance_qa.api.exchange import Exchange
from alliance_qa.domain import Answer

_log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10.0
MEDIA_TYPE = "text/event-stream"
_HEARTBEAT = format_sse_event(comment="heartbeat")
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept"}

Step = Resolved | Found | Answer


def wants_events(request: Request) -> bool:
    """Whether a request names server-sent events among what it accepts."""
    kinds = (kind.partition(";")[0].strip().lower() for kind in request.headers.get("accept", "").split(","))
    return MEDIA_TYPE in kinds


def respond(
    exchange: Exchange, word: Callable[[Step], Iterator[bytes]], fail: Callable[[ProblemOut], Iterator[bytes]]
) -> StreamingResponse:
    """Stream the steps of an exchange, each worded in bytes as soon as it is known.

    The first step is made before the response starts: its faults are ordinary errors. Later ones
    are worded by `fail`.
    """
    steps = exchange.steps()
    first = next(steps)
    return StreamingResponse(_stream(first, steps, word, fail), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _stream(
    first: Step,
    steps: Generator[Step],
    word: Callable[[Step], Iterator[bytes]],
    fail: Callable[[ProblemOut], Iterator[bytes]],
) -> AsyncIterator[bytes]:
    step: Step | None = first
    try:
        while step is not None:
            for event in word(step):
                yield event
            waiting = asyncio.ensure_future(anyio.to_thread.run_sync(next, steps, None))
            try:
                while not (await asyncio.wait({waiting}, timeout=HEARTBEAT_SECONDS))[0]:
                    yield _HEARTBEAT
            finally:
                # The client may have left. The step that is being worked out ends by itself.
                with anyio.CancelScope(shield=True):
                    await asyncio.wait({waiting})
            step = waiting.result()
    except Exception as error:
        _log.exception("an answer failed after it had begun")
        for event in fail(describe(error)):
            yield event
    finally:
        steps.close()


def event(name: str, data: BaseModel | dict[str, Any]) -> bytes:
    """Return one event in bytes, its data as JSON."""
    text = data.model_dump_json() if isinstance(data, BaseModel) else json.dumps(data, ensure_ascii=False)
    return format_sse_event(event=name, data_str=text)
