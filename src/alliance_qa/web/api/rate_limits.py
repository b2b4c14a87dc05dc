"""How many questions are taken: from one address or network, in one conversation, and from everybody."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import limits
from fastapi import HTTPException, Request
from limits.strategies import SlidingWindowCounterRateLimiter as Window

from alliance_qa.settings import Settings
from alliance_qa.web.api.rate_counts import Counts


@dataclass(frozen=True, slots=True)
class _Share:
    """What may be taken, and what is said to who takes more."""

    limits: Sequence[limits.RateLimitItem]
    key: str
    why: str


class RateLimits:
    """Counts what came in this window, and the last one's share of it; see `Counts` for where.

    (A list of all moments would be exact; in `limits` 5.8 it is kept for every address there ever was.)
    """

    def __init__(self, settings: Settings) -> None:
        """Prepare.

        Raises:
            ExtraMissingError: The settings want counts to be shared, and what that needs is not installed.
        """
        self._counts = Counts(settings.limit_storage)
        self._address = _parse(settings.limit_per_address)
        self._network = _parse(settings.limit_per_network)
        self._conversation = _parse(settings.limit_per_conversation)
        self._overall = _parse(settings.limit_overall)
        self._wrong_tokens = _parse(settings.limit_wrong_tokens)
        self._pages = _parse(settings.limit_pages)

    async def take(self, request: Request, conversation_id: str | None = None) -> None:
        """Count a question or a search.

        Raises:
            HTTPException: 429 with Retry-After, in seconds. What is over one limit does not count for
                those after it: address, network, conversation, everybody.
        """
        await self._counts.ask(partial(_take, self._questions(request, conversation_id)))

    def take_here(self, request: Request) -> None:
        """Count a rating or a message, in a thread that may wait; see `take`."""
        self._counts.ask_here(partial(_take, self._questions(request, None)))

    def take_page(self, request: Request) -> None:
        """Count a page of a file that is drawn, in a thread that may wait.

        Raises:
            HTTPException: 429 with Retry-After, in seconds.
        """
        source = network(request) or address(request)
        share = _Share(self._pages, f"pages {source}", "too many pages are drawn for this address")
        self._counts.ask_here(partial(_take, [share]))

    async def count_wrong_token(self, request: Request) -> None:
        """Count a wrong admin token.

        Raises:
            HTTPException: 429 with Retry-After, where more came from there than may.
        """
        why = "too many wrong admin tokens from this address"
        await self._counts.ask(partial(_take, [_Share(self._wrong_tokens, _source(request), why)]))

    async def check_wrong_tokens(self, request: Request) -> None:
        """Make sure that no more wrong admin tokens came from there than may.

        Raises:
            HTTPException: 429 with Retry-After, whether the token that came now is right or not.
        """

        def check(window: Window) -> None:
            for item in self._wrong_tokens:
                if not window.test(item, _source(request)):
                    _refuse(window, item, _source(request), "too many wrong admin tokens from this address")

        await self._counts.ask(check)

    def _questions(self, request: Request, conversation_id: str | None) -> list[_Share]:
        shares = [_Share(self._address, f"address {address(request)}", "too many questions from this address")]
        if found := network(request):
            shares.append(_Share(self._network, f"network {found}", "too many questions from this network"))
        if conversation_id is not None:
            key = f"conversation {conversation_id}"
            shares.append(_Share(self._conversation, key, "too many questions in this conversation"))
        return [*shares, _Share(self._overall, "overall", "too many questions at the moment")]


def _take(shares: Sequence[_Share], window: Window) -> None:
    for share in shares:
        for item in share.limits:
            if not window.hit(item, share.key):
                _refuse(window, item, share.key, share.why)


def _refuse(window: Window, item: limits.RateLimitItem, key: str, why: str) -> NoReturn:
    left = window.get_window_stats(item, key).reset_time - time.time()
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
