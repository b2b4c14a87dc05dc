"""How many questions are taken: from one address or network, in one conversation, and from everybody."""

from __future__ import annotations

import ipaddress
import math
import time
from typing import NoReturn

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
        self._network = _parse(settings.limit_per_network)
        self._conversation = _parse(settings.limit_per_conversation)
        self._overall = _parse(settings.limit_overall)
        self._wrong_tokens = _parse(settings.limit_wrong_tokens)
        self._pages = _parse(settings.limit_pages)

    def take(self, request: Request, conversation_id: str | None = None) -> None:
        """Count a question, a search or a rating.

        Raises:
            HTTPException: 429 with Retry-After, in seconds. What is over one limit does not count for
                those after it: address, network, conversation, everybody.
        """
        self._hit(self._address, f"address {address(request)}", "from this address")
        if found := network(request):
            self._hit(self._network, f"network {found}", "from this network")
        if conversation_id is not None:
            self._hit(self._conversation, f"conversation {conversation_id}", "in this conversation")
        self._hit(self._overall, "overall", "at the moment")

    def take_page(self, request: Request) -> None:
        """Count a page of a file that is drawn.

        Raises:
            HTTPException: 429 with Retry-After, in seconds.
        """
        for item in self._pages:
            if not self._window.hit(item, f"pages {network(request) or address(request)}"):
                self._refuse(
                    item, f"pages {network(request) or address(request)}", "too many pages are drawn for this address"
                )

    def count_wrong_token(self, request: Request) -> None:
        """Count a wrong admin token."""
        for item in self._wrong_tokens:
            self._window.hit(item, _source(request))

    def check_wrong_tokens(self, request: Request) -> None:
        """Make sure that no more wrong admin tokens came from there than may.

        Raises:
            HTTPException: 429 with Retry-After, whether the token that came now is right or not.
        """
        for item in self._wrong_tokens:
            if not self._window.test(item, _source(request)):
                self._refuse(item, _source(request), "too many wrong admin tokens from this address")

    def _hit(self, items: list[limits.RateLimitItem], key: str, whose: str) -> None:
        for item in items:
            if not self._window.hit(item, key):
                self._refuse(item, key, f"too many questions {whose}")

    def _refuse(self, item: limits.RateLimitItem, key: str, why: str) -> NoReturn:
        left = self._window.get_window_stats(item, key).reset_time - time.time()
        seconds = max(1, math.ceil(left))
        raise HTTPException(429, f"{why}; the next is taken in {seconds} s", {"Retry-After": str(seconds)})


def address(request: Request) -> str:
    """Return whom a request counts for: an IPv4 address, or the /64 that is the least an IPv6 subscriber holds."""
    return _peer(request) if (found := _ipv6(request)) is None else _network(found, 64)


def network(request: Request) -> str:
    """Return the /48 that a request counts for besides, the most that an IPv6 subscriber holds (RFC 6177); or ""."""
    return "" if (found := _ipv6(request)) is None else _network(found, 48)


def _peer(request: Request) -> str:
    host = request.client.host if request.client else ""
    mapped = ip_address(host)
    return str(mapped.ipv4_mapped) if isinstance(mapped, ipaddress.IPv6Address) and mapped.ipv4_mapped else host


def _ipv6(request: Request) -> ipaddress.IPv6Address | None:
    found = ip_address(_peer(request))
    return found if isinstance(found, ipaddress.IPv6Address) else None


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a text is; None where it is none."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(address: ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network((address, bits), strict=False))


def _source(request: Request) -> str:
    return f"tokens {network(request) or address(request)}"


def _parse(limit: str) -> list[limits.RateLimitItem]:
    return [] if limit == "off" else limits.parse_many(limit)
