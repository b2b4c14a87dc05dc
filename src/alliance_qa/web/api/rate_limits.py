"""How many questions are taken: from one address, in one conversation, and from everybody."""

from __future__ import annotations

import ipaddress
import math
import time

import limits
from fastapi import HTTPException, Request
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from alliance_qa.settings import Settings


class RateLimits:
    """Counts in memory, so that a restart forgets: what came in this window, and the last one's share of it.

    (A list of all moments would be exact; in `limits` 5.8 it is kept for every address there ever was.)
    """

    def __init__(self, settings: Settings) -> None:
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._address = _parse(settings.limit_per_address)
        self._conversation = _parse(settings.limit_per_conversation)
        self._overall = _parse(settings.limit_overall)

    def take(self, request: Request, conversation_id: str | None = None) -> None:
        """Count a question, a search or a rating.

        Raises:
            HTTPException: 429 with Retry-After, in seconds. What is over one limit does not count for
                those after it: address, conversation, everybody.
        """
        self._hit(self._address, f"address {address(request)}", "from this address")
        if conversation_id is not None:
            self._hit(self._conversation, f"conversation {conversation_id}", "in this conversation")
        self._hit(self._overall, "overall", "at the moment")

    def _hit(self, items: list[limits.RateLimitItem], key: str, whose: str) -> None:
        for item in items:
            if not self._window.hit(item, key):
                left = self._window.get_window_stats(item, key).reset_time - time.time()
                seconds = max(1, math.ceil(left))
                raise HTTPException(
                    429,
                    f"too many questions {whose}; the next is taken in {seconds} s",
                    {"Retry-After": str(seconds)},
                )


def address(request: Request) -> str:
    """Return whom a request counts for: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host


def _parse(limit: str) -> list[limits.RateLimitItem]:
    return [] if limit == "off" else limits.parse_many(limit)
