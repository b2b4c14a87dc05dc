"""The connections that clients hold: how many there may be, and how long a client may let us wait.

uvicorn has limits for two of these (`timeout_keep_alive`, and the size of a head); docs/operation.md says how other
servers do. h11 0.16 and uvicorn 0.54 are what is built on here.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import h11
from fastapi import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from alliance_qa.web.api.errors import PROBLEM, ProblemOut
from alliance_qa.web.api.rate_limits import address
from alliance_qa.web.api.whole_bodies import is_upload

_log = logging.getLogger(__name__)

IDLE_SECONDS = 5  # between a reply and the next request
HEAD_SECONDS = 10  # from connecting, or after a reply, to the end of a request's head
BODY_SECONDS = 30  # from there to the end of its body; of a file, for each 64 KiB of it
WRITE_SECONDS = 25  # in which a client takes the next 64 KiB of a reply
_HEAD_BYTES = 1 << 14  # of a request's head
_GRACE_SECONDS = 0.05  # in which a new connection is no silent one
_LINGER_SECONDS, _LINGER_BYTES = 2, 1 << 20  # read and dropped, so that who still sends gets to read the refusal


def _last(status: HTTPStatus, detail: str, *headers: str) -> bytes:
    """Return a whole reply to what the application never sees, after which the connection ends."""
    out = ProblemOut(title=status.phrase, status=status, detail=detail)
    body = out.model_dump_json(exclude_none=True)
    lines = [
        f"HTTP/1.1 {status} {status.phrase}",
        *headers,
        f"Content-Type: {PROBLEM}",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", body]).encode("ascii")


_NO_REQUEST = _last(HTTPStatus.BAD_REQUEST, "this is no HTTP request")
_TOO_SLOW = _last(HTTPStatus.REQUEST_TIMEOUT, "the request did not come in time")
_TOO_MANY = _last(HTTPStatus.SERVICE_UNAVAILABLE, "no connection is free; try again in 5 s", "Retry-After: 5")


class Connections:
    """Those of one server. One that is too many takes the place of the one whose client lets us wait longest."""

    def __init__(self, most: int, most_of_one: int, proxies: str = "") -> None:
        """Begin with none.

        Args:
            most: How many there may be.
            most_of_one: How many of one address, or of one /64 of IPv6.
            proxies: Addresses and networks, separated by commas, that may have any number.
        """
        self._most, self._most_of_one = most, most_of_one
        self._proxies = [network for each in proxies.split(",") if (network := _network(each))]
        self._held: dict[Connection, str] = {}  # and whose each is; last the one whose client sent a head last
        self._of: Counter[str] = Counter()

    def add(self, connection: Connection) -> bool:
        """Return whether there is room for one more, made by ending another where needed."""
        whose = address(Request({"type": "http", "client": connection.client}))
        self._held[connection] = whose
        self._of[whose] += 1
        if self._of[whose] > self._most_of_one and not self._is_proxy(whose):
            return self._make_room(connection, whose)
        return len(self._held) <= self._most or self._make_room(connection, None)

    def remove(self, connection: Connection) -> None:
        """Forget one that has ended."""
        if (whose := self._held.pop(connection, None)) is not None:
            self._of[whose] -= 1
            if not self._of[whose]:
                del self._of[whose]

    def refresh(self, connection: Connection) -> None:
        """Say that a client has sent what we waited for."""
        if connection in self._held:
            self._held[connection] = self._held.pop(connection)

    def sweep(self) -> None:
        """End those whose clients are too slow. Call it once a second."""
        now = time.monotonic()
        for connection in list(self._held):
            connection.end_if_late(now)

    def _make_room(self, new: Connection, of: str | None) -> bool:
        others = [other for other, whose in self._held.items() if other is not new and of in (None, whose)]
        for is_ready in (Connection.is_in_arrears, Connection.is_idle, Connection.is_new):
            for other in filter(is_ready, others):
                _log.warning("there are too many connections; the one whose client was silent longest was ended")
                self.remove(other)  # at once, since `connection_lost` comes later
                other.transport.abort()
                return True
        _log.warning("there are too many connections; a new one was refused")
        return False

    def _is_proxy(self, whose: str) -> bool:
        network = _network(whose)
        return network is not None and any(network.overlaps(each) for each in self._proxies)


class _Parser(h11.Connection):
    """Refuses a head that is too long, and both lengths, of which another server may heed the other (RFC 9112, 6.1).

    h11 looks at the length of a head only while it is not whole.
    """

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if {b"content-length", b"transfer-encoding"} <= names:
                raise h11.RemoteProtocolError("a request has one length")
            if len(event.target) + sum(len(name) + len(value) for name, value in event.headers) > _HEAD_BYTES:
                raise h11.RemoteProtocolError("a head is short")
        return event


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1, with limits for what a client lets us wait for."""

    def __init__(self, *, connections: Connections, **given: Any) -> None:
        super().__init__(**given)
        self.conn = _Parser(h11.SERVER)
        self._connections = connections
        self._awaited: object = None
        self._made = self._since = time.monotonic()
        self._received = 0  # bytes
        self._resumed = 0  # how often the client took what it was sent
        self._dropped: int | None = None  # bytes of a body that nobody reads any more

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if not self._connections.add(self):
            self._connections.remove(self)
            transport.write(_TOO_MANY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._dropped is not None:
            self._dropped += len(data)
            if self._dropped > _LINGER_BYTES:
                self.transport.abort()
            return
        before = self.cycle
        self._received += len(data)
        super().data_received(data)
        if self.cycle is not before:
            self._connections.refresh(self)

    def on_response_complete(self) -> None:
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._linger()
        else:
            self._connections.refresh(self)
            super().on_response_complete()

    def resume_writing(self) -> None:
        self._resumed += 1
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # ours says it in our shape
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else the reply has begun
            self.transport.write(_NO_REQUEST)
        self.transport.close()

    def shutdown(self) -> None:
        if self.conn.their_state is h11.SEND_BODY:
            self._refuse(_TOO_MANY)
        else:
            super().shutdown()

    def is_in_arrears(self) -> bool:
        """Whether the client has to go on with what it began: to send a first request, a whole one, to read a reply."""
        if self._limit()[0] != HEAD_SECONDS:
            return self._limit()[0] is not None
        is_silent = self.cycle is None and time.monotonic() - self._made > _GRACE_SECONDS
        return is_silent or self._has_half_a_head

    def is_idle(self) -> bool:
        """Whether there was a request and no other has begun."""
        return self._limit()[0] == HEAD_SECONDS and self.cycle is not None

    def is_new(self) -> bool:
        """Whether there was no request yet. With TCP_DEFER_ACCEPT (server.py) an honest one is read right away."""
        return self._limit()[0] == HEAD_SECONDS

    @property
    def _has_half_a_head(self) -> bool:
        return bool(self.conn.trailing_data[0])

    def end_if_late(self, now: float) -> None:
        """End it when the client did not do in time what we wait for; what that is is looked at now."""
        seconds, awaited = self._limit()
        if awaited != self._awaited:
            self._awaited, self._since = awaited, now
        elif seconds is not None and now - self._since >= seconds:
            if seconds == WRITE_SECONDS:
                _log.warning("a client took nothing of a reply in %d s; its connection was ended", seconds)
                self.transport.abort()
            else:
                self._refuse(_TOO_SLOW)

    def _limit(self) -> tuple[int | None, object]:
        """Return how many seconds the client has for what it has to do now, if anything, and which thing that is."""
        unsent = self.transport.get_write_buffer_size()  # beyond what the system holds
        if unsent or self.transport.is_closing():
            return WRITE_SECONDS, (self._resumed, unsent >> 16)
        if self.conn.their_state is h11.IDLE:
            return HEAD_SECONDS, ("head", self.cycle)
        if self.conn.their_state is h11.SEND_BODY:
            parts = self._received >> 16 if self.cycle and is_upload(self.cycle.scope) else 0
            return BODY_SECONDS, ("body", self.cycle, parts)
        return None, None

    def _refuse(self, reply: bytes) -> None:
        has_begun = self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE)
        is_silent = self.conn.their_state is h11.IDLE and not self._has_half_a_head
        if not (has_begun or is_silent):
            _log.warning("a client did not send its request in time; its connection was ended")
            self.transport.write(reply)
        self.transport.close()

    def _linger(self) -> None:
        """Say that nothing more comes, and end once the client has, or after a little while."""
        self._dropped = 0
        self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None
