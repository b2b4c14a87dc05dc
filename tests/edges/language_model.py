"""A language model that we serve ourselves in OpenAI's form: one that words as a test says, and many that misbehave."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[dict[str, Any]], Any]
"""From the JSON that a model is shown (question and quotes, or what to rewrite) to what it completes with."""

KEY = "key-of-the-keeper-0123456789"


@dataclass
class Model:
    """A running model."""

    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)  # bodies, each with its "path" and "headers"


def completion(content: object, finish: object = "stop") -> dict[str, Any]:
    """Return a completion as servers give it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "tiny",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def worded(*sentences: tuple[str, list[int]]) -> dict[str, Any]:
    """Return what a model is asked to complete with."""
    return {"sentences": [{"text": text, "quotes": quotes} for text, quotes in sentences]}


@contextmanager
def serving(reply: Reply) -> Iterator[Model]:
    """Serve a model that completes with the JSON of `reply`, while the block runs."""

    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        if handler.command == "GET":
            send(handler, json.dumps({"object": "list", "data": []}).encode())
            return
        shown = json.loads(body["messages"][-1]["content"].rpartition("\n")[2])
        send(handler, json.dumps(completion(json.dumps(reply(shown)))).encode())

    with _serving(answer) as model:
        yield model


@contextmanager
def misbehaving(mode: str) -> Iterator[Model]:
    """Serve a model that misbehaves in one of `MODES` while the block runs."""
    with _serving(MODES[mode]) as model:
        if mode == "away":
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                model.url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        yield model


@contextmanager
def _serving(answer: Callable[[Any, dict[str, Any]], None]) -> Iterator[Model]:
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            model.requests.append(
                {**body, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
            )
            with suppress(OSError):
                answer(self, body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()


def send(handler: Any, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
    """Send a whole reply."""
    handler.send_response(status)
    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


_GOOD = json.dumps(completion(json.dumps(worded(("AUKUS was announced on September 15, 2021.", [1]))))).encode()


def _with(content: object, finish: object = "stop") -> Callable[[Any, dict[str, Any]], None]:
    body = json.dumps(completion(content, finish)).encode()
    return lambda handler, _: send(handler, body)


def _raw(body: bytes, **headers: str) -> Callable[[Any, dict[str, Any]], None]:
    return lambda handler, _: send(handler, body, **headers)  # type: ignore[arg-type]


def _status(status: int, **headers: str) -> Callable[[Any, dict[str, Any]], None]:
    return lambda handler, _: send(handler, _GOOD, status, **headers)


def _drip(part: bytes, *, in_head: bool = False) -> Callable[[Any, dict[str, Any]], None]:
    def answer(handler: Any, _: dict[str, Any]) -> None:
        if not in_head:
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.end_headers()
        else:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _turn in range(600):
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


def _endless(handler: Any, _: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    for _turn in range(10_000):
        handler.wfile.write(b" " * 65_536)


def _silent(handler: Any, _: dict[str, Any]) -> None:
    time.sleep(5)


def _reset(handler: Any, _: dict[str, Any]) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def _cut(handler: Any, _: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(_GOOD)))
    handler.end_headers()
    handler.wfile.write(_GOOD[:-40])
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


_STREAM = b'data: {"choices": [{"delta": {"content": "AUKUS"}, "finish_reason": null}]}\n\n'
MODES: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "away": _status(200),
    "500": _status(500),
    "401": _status(401),
    "429": _status(429, Retry_After="600"),
    "silent": _silent,
    "slow head": _drip(b"a", in_head=True),
    "slow body": _drip(b" "),
    "endless": _endless,
    "reset": _reset,
    "cut": _cut,
    "empty": _raw(b""),
    "html": _raw(b"<html>busy</html>", kind="text/html"),
    "stream": _raw(_STREAM, kind="text/event-stream"),
    "not utf-8": _raw(b'{"choices": "\xff\xfe"}'),
    "bomb": _raw(gzip.compress(b" " * 50_000_000), Content_Encoding="gzip"),
    "nested": _raw(b"[" * 60_000),
    "no choices": _raw(b'{"choices": []}'),
    "choices none": _raw(b'{"choices": "none"}'),
    "list": _raw(b"[1, 2]"),
    "no finish": _with(json.dumps(worded(("AUKUS was announced.", [1]))), None),
    "cut short": _with(json.dumps(worded(("AUKUS was announced.", [1]))), "length"),
    "filtered": _with(None, "content_filter"),
    "no content": _with(None),
    "prose": _with("AUKUS was announced on September 15, 2021."),
    "fenced": _with('```json\n{"sentences": []}\n```'),
    "no sentences": _with(json.dumps({"sentences": []})),
    "too many": _with(json.dumps(worded(*[("AUKUS was announced.", [1])] * 9))),
    "numbers as text": _with(json.dumps({"sentences": [{"text": "AUKUS.", "quotes": ["1"]}]})),
    "true as number": _with(json.dumps({"sentences": [{"text": "AUKUS.", "quotes": [True]}]})),
    "text as list": _with(json.dumps({"sentences": [{"text": ["AUKUS"], "quotes": [1]}]})),
    "NaN": _with('{"sentences": NaN}'),
}
