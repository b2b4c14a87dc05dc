"""Server-sent events, read from a socket as they come."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Iterator
from typing import Any

from edges.client import Client

STREAM = {"Content-Type": "application/json", "Accept": "text/event-stream"}


def open_stream(client: Client, body: dict[str, Any]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    """Ask for events. The connection is the caller's to close."""
    connection = http.client.HTTPConnection(client.host, client.port, timeout=180)
    connection.request("POST", "/v1/ask", json.dumps(body).encode(), STREAM)
    return connection, connection.getresponse()


def read(lines: Iterable[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield the name and data of each event; a comment is named ":"."""
    name = ""
    for line in lines:
        field, _, value = line.decode().rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
        elif line.startswith(b":"):
            yield ":", value


def joined(events: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Put the data of all events together to the JSON answer."""
    answer: dict[str, Any] = {"answer": ""}
    for name, data in events:
        if name == "answer":
            answer["answer"] += data["text"]
        elif name != ":":
            answer |= data
    return answer
