"""By which names the service is called."""

from __future__ import annotations

import ipaddress
import logging
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from alliance_qa.settings import PREFIX, Settings, host_name
from alliance_qa.web.api.errors import problem
from alliance_qa.web.api.repeats import Repeats

_log = logging.getLogger(__name__)
_log.addFilter(Repeats(1))

_THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
_AUTHORITY = re.compile(r"(?P<name>[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)


def names(settings: Settings) -> frozenset[str]:
    """Return the names that are the service's own, in lower case, an IPv6 address in brackets."""
    public = urlsplit(settings.public_url).netloc
    own = {*_THIS_MACHINE, *settings.hosts, _name(public)}
    if not is_everywhere(settings):
        own.add(host_name(settings.host))
    return frozenset(own - {""})


def is_everywhere(settings: Settings) -> bool:
    """Whether the service listens at all addresses of its machine, none of which is a name yet."""
    try:
        return ipaddress.ip_address(settings.host).is_unspecified
    except ValueError:
        return settings.host == ""


class HostGuard:
    """Refuses what is meant for another name, with 421.

    A page can let its own name mean this machine, and then call it as its own (DNS rebinding). Where the service has
    a public address, all that lies behind takes it for the one that was called: no address in a reply is a caller's.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._names = app, names(settings)
        self._public = urlsplit(settings.public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            name = _name(Headers(scope=scope).get("host", ""))
            if name not in self._names:
                await problem(421, _explain(name), Request(scope))(scope, receive, send)
                return
            if self._public.netloc:
                others = [(key, value) for key, value in scope["headers"] if key != b"host"]
                host = (b"host", self._public.netloc.encode("ascii"))
                scope = {**scope, "scheme": self._public.scheme, "headers": [host, *others]}
        await self._app(scope, receive, send)


def _name(authority: str) -> str:
    """Return the name of an authority without its port; "" where it is none."""
    found = _AUTHORITY.fullmatch(authority)
    return host_name(found["name"]) if found and int(found["port"] or 0) <= 65_535 else ""


def _explain(name: str) -> str:
    if not name:
        return "the Host header does not name a host"
    detail = f"this service is not called {name}; if visitors use this name, its keeper adds it to {PREFIX}HOSTS"
    _log.warning("a request for the host %s was refused; if visitors use this name, add it to %sHOSTS", name, PREFIX)
    return detail
