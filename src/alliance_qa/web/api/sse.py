"""Server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel

MEDIA_TYPE = "text/event-stream"
CONTENT: dict[str, Any] = {
    MEDIA_TYPE: {
        "schema": {  # of one event, as OpenAPI 3.2 has it
            "type": "object",
            "properties": {
                "data": {"type": "string"},
                "event": {"type": "string"},
                "id": {"type": "string"},
                "retry": {"type": "integer", "minimum": 0},
            },
        }
    }
}
"""What a stream holds, for /openapi.json."""

HEARTBEAT_SECONDS = 10.0
HEARTBEAT = format_sse_event(comment="heartbeat")
"""Sent where nothing else was for so long: proxies take a silent connection for a dead one."""

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Vary": "Accept"}


def event(data: BaseModel | Mapping[str, Any] | None, *, name: str | None = None, comment: str | None = None) -> bytes:
    """Return one event in bytes, its data as JSON. An event without data, which is none to a browser, has null."""
    text = data.model_dump_json() if isinstance(data, BaseModel) else json.dumps(data, ensure_ascii=False)
    return format_sse_event(data_str=text, event=name, comment=comment)


def stream(content: AsyncIterable[bytes]) -> StreamingResponse:
    """Return the response that sends events as they come, past every cache and buffer."""
    return StreamingResponse(content, media_type=MEDIA_TYPE, headers=_HEADERS)


def wants_events(request: Request) -> bool:
    """Whether a request names server-sent events among what it accepts."""
    for kind in ",".join(request.headers.getlist("accept")).lower().split(","):
        name, *parameters = (part.strip() for part in kind.split(";"))
        if name == MEDIA_TYPE and not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters):
            return True
    return False
