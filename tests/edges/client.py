"""An HTTP client that sends what it is told, byte for byte, well-formed or not."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests to one server, each over a connection of its own."""

    host: str
    port: int

    def send(
        self,
        method: str,
        target: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request; a body in parts goes out chunked, without a declared length."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=180)
        try:
            connection.request(
                method,
                target,
                body,
                dict(headers or {}),
                encode_chunked=body is not None and not isinstance(body, bytes),
            )
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def get(
        self,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path, headers=headers)

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a value as JSON. NaN and lone surrogates go out as Python writes them."""
        return self.post_bytes(path, json.dumps(body).encode(), headers)

    def post_bytes(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def ask(self, question: str, **fields: object) -> Any:
        """Return the answer to a question."""
        reply = self.post("/v1/ask", {"question": question, **fields})
        assert reply.status == 200, reply.text
        return reply.json

    def text(self, document_id: str) -> str:
        """Return the text that citations point into."""
        found: str = self.get(f"/v1/documents/{quote(document_id, safe='')}/text").json["text"]
        return found
