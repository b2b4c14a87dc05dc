"""A service that speaks the contract and says what a test tells it to, in the pieces that the test chooses."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from alliance_qa.web.widget import widget

HELD_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Cut:
    """Ends the connection where a stream would go on."""


Step = bytes | threading.Event | Cut


@dataclass(frozen=True, slots=True)
class Reply:
    """What POST /v1/ask gets: bytes are sent, an event is waited for with heartbeats."""

    steps: Sequence[Step]
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})


def citation(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a citation with every field, of which some are given."""
    document = fields.get("document_id", "lighthouse.md")
    quote = fields.get("quote", "The lighthouse was lit in 1903.")
    return {
        "number": number,
        "document_id": document,
        "title": "The Lighthouse",
        "author": "Ichiro Tanaka",
        "published": "2001-02-03",
        "source_url": None,
        "passage_id": f"{document}#0",
        "quote": quote,
        "locator": None,
        "start": 0,
        "end": len(quote),
        "highlight": None,
        "url": f"/documents/lighthouse.md?start=0&end={len(quote)}&index_version=000001#quote",
    } | fields


def passage(rank: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a passage with every field, of which some are given."""
    return {
        "rank": rank,
        "passage_id": "lighthouse.md#0",
        "document_id": "lighthouse.md",
        "title": "The Lighthouse",
        "kind": "text",
        "headings": [],
        "page": None,
        "locator": None,
        "text": "The lighthouse was lit in 1903.",
        "score": 0.5,
        "start": 0,
        "end": 31,
    } | fields


def answer(text: str = "The lighthouse was lit in 1903. [1]", **fields: Any) -> dict[str, Any]:
    """Return a whole answer, of which some fields are given."""
    return {
        "answer_id": "a" * 32,
        "conversation_id": "c" * 32,
        "answered": True,
        "reason": None,
        "answer": text,
        "confidence": 0.9,
        "resolved_question": "When was the lighthouse lit?",
        "index_version": "000001",
        "citations": [citation()],
        "passages": [passage()],
        "suggestions": [],
        "took_ms": 12.0,
    } | fields


def refusal(*suggestions: str, reason: str = "related_but_not_stated", **fields: Any) -> dict[str, Any]:
    """Return a whole refusal."""
    return (
        answer("", answered=False, reason=reason, confidence=0.2, citations=[], suggestions=list(suggestions)) | fields
    )


def event(name: str, data: object, *, ascii_only: bool = False) -> bytes:
    """Return one server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=ascii_only)}\n\n".encode("utf-8", "surrogatepass")


def events(whole: Mapping[str, Any], pieces: Sequence[str] | None = None, *, ascii_only: bool = False) -> list[bytes]:
    """Return the events of an answer; its text goes out in pieces, by words unless they are given."""

    def part(name: str, *keys: str) -> bytes:
        return event(name, {key: whole[key] for key in keys}, ascii_only=ascii_only)

    if pieces is None:
        pieces = [word + " " for word in whole["answer"].split(" ")[:-1]] + whole["answer"].split(" ")[-1:]
    return [
        part("resolved", "answer_id", "conversation_id", "resolved_question", "index_version"),
        part("passages", "passages"),
        *(event("answer", {"text": piece}, ascii_only=ascii_only) for piece in pieces if piece),
        *([part("citations", "citations")] if whole["answered"] else []),
        part("done", "answered", "reason", "confidence", "suggestions", "took_ms"),
    ]


def answering(whole: Mapping[str, Any]) -> Reply:
    """Return the reply that streams an answer at once."""
    return Reply([b"".join(events(whole))])


def cut(data: bytes, at: Sequence[int]) -> list[bytes]:
    """Cut bytes at places."""
    places = [0, *sorted(set(at) - {0, len(data)}), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def cut_by(data: bytes, chance: random.Random, most: int = 40) -> list[bytes]:
    """Cut bytes at random places."""
    return cut(data, [chance.randrange(len(data)) for _ in range(chance.randint(1, most))])


def problem(status: int, title: str, detail: str, retry_after: int | None = None) -> Reply:
    """Return a plain HTTP error."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    headers = {"Content-Type": "application/problem+json"}
    return Reply([body], status, headers | ({"Retry-After": str(retry_after)} if retry_after is not None else {}))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Any


@dataclass
class Fake:
    """The service. Set `script` to have another widget, `answers` to say what the next questions get."""

    origin: str = ""
    origins: Sequence[str] = ()
    script: str = ""
    collection: dict[str, Any] = field(default_factory=dict)
    answers: list[Reply] = field(default_factory=list)
    feedback_status: int = 204
    requests: list[Asked] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # set when a client left a stream

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Be as at the start."""
        self.script = widget().source.decode()
        self.collection = {
            "index_version": "000001",
            "documents": 2,
            "passages": 9,
            "earliest": "1903",
            "latest": "2001-02-03",
            "examples": [],
            "questions_kept_days": None,
        }
        self.answers = []
        self.feedback_status = 204
        self.requests = []
        self.left = threading.Event()

    @property
    def asked(self) -> list[Any]:
        """The bodies of the questions that came."""
        return [asked.body for asked in self.requests if (asked.method, asked.path) == ("POST", "/v1/ask")]

    @property
    def feedback(self) -> list[Any]:
        """The bodies of the ratings that came."""
        return [asked.body for asked in self.requests if (asked.method, asked.path) == ("POST", "/v1/feedback")]


@contextmanager
def served(origins: Callable[[], Sequence[str]]) -> Iterator[Fake]:
    """Serve while the block runs, for pages of some origins."""
    fake = Fake(origins=origins())

    class Handler(_Handler):
        service = fake

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake.origin = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    service: Fake
    protocol_version = "HTTP/1.1"

    def do_OPTIONS(self) -> None:
        self._note(None)
        allowed = {"Methods": "GET, POST", "Headers": "Content-Type"}
        headers = {f"Access-Control-Allow-{what}": value for what, value in allowed.items()}
        self._send(204, headers | {"Access-Control-Max-Age": "600"})

    def do_GET(self) -> None:
        self._note(None)
        path = self.path.partition("?")[0]
        if path == "/widget.js":
            self._send(200, {"Content-Type": "text/javascript; charset=utf-8"}, self.service.script.encode())
        elif path == "/v1/collection":
            self._send(200, {"Content-Type": "application/json"}, json.dumps(self.service.collection).encode())
        elif path.startswith("/documents/"):
            page = b'<!doctype html><html lang="en"><meta charset=utf-8><title>Source</title><mark id=quote>Lit</mark>'
            self._send(200, {"Content-Type": "text/html"}, page)
        else:
            self._send(404, {"Content-Type": "application/problem+json"}, b'{"title":"Not found","status":404}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._note(body)
        origin = self.headers["Origin"]
        if origin not in (*self.service.origins, self.service.origin):
            self._send(403, {"Content-Type": "application/problem+json"}, b'{"title":"Forbidden","status":403}')
        elif self.path == "/v1/ask":
            answers = self.service.answers
            self._stream(answers.pop(0) if answers else answering(answer()))
        elif self.path in ("/v1/feedback", "/v1/messages"):
            self._send(self.service.feedback_status, {})
        else:
            self._send(404, {})

    def _note(self, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.service.requests.append(Asked(self.command, self.path, headers, body))

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        origin = self.headers["Origin"]
        if origin in self.service.origins:
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Expose-Headers", "Retry-After")
            self.send_header("Vary", "Origin")
        for name, value in {"Cache-Control": "no-store", **headers}.items():
            self.send_header(name, value)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self._head(status, headers)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, reply: Reply) -> None:
        try:  # who stops at once leaves before the head is written
            self._head(reply.status, reply.headers)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for step in reply.steps:
                match step:
                    case bytes():
                        self._piece(step)
                    case threading.Event():
                        for _ in range(HELD_SECONDS * 20):
                            if step.wait(0.05):
                                break
                            self._piece(b": heartbeat\n\n")
                    case Cut():
                        self.close_connection = True
                        self.connection.close()
                        return
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.service.left.set()
            self.close_connection = True

    def _piece(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass
