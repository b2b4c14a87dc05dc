"""The process that serves."""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import threading
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from alliance_qa.service.service import Service
from alliance_qa.settings import PREFIX
from alliance_qa.web.api import hosts
from alliance_qa.web.api.connections import IDLE_SECONDS, Connection, Connections
from alliance_qa.web.api.repeats import Repeats
from alliance_qa.web.api.state import shared
from alliance_qa.web.api.work_queue import WorkQueue

_log = logging.getLogger(__name__)

_FINISH_SECONDS = 15  # for answers that are under way when the process is told to end
_END_SECONDS = 20  # from then to the end of the process, whatever hangs
_MOST_AT_ONCE = 100  # connections accepted before the loop looks at anything else
_UNREAD_BYTES = 1 << 18  # of a reply that the system holds for a client; else it takes megabytes
_WAITING = 2048  # connections that the system holds for us, uvicorn's own default


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, service: Service, queue: WorkQueue, connections: Connections) -> None:
        super().__init__(config)
        self._service, self._queue, self._connections = service, queue, connections

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # asyncio accepts so many at once as may wait; the former takes descriptors, the latter does not.
        for each in (each for server in self.servers for each in server.sockets):
            with each.dup() as same:
                same.listen(_WAITING)
                same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
                if hasattr(socket, "TCP_DEFER_ACCEPT"):  # Linux: who says nothing takes no descriptor so long
                    same.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, IDLE_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # it is called ten times a second
            self._connections.sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if threading.current_thread() is threading.main_thread():  # the process is this server's
            # Whatever waits for a thread that hangs waits no longer than this, the end of the interpreter included.
            end = threading.Timer(_END_SECONDS, os._exit, (0,))
            end.daemon = True
            end.start()
        self._queue.close()
        self._service.stop()  # lets go of those who follow a rebuild, which would be waited for
        await super().shutdown(sockets)


def server(app: FastAPI, service: Service) -> uvicorn.Server:
    """Return what serves an application as the settings say, once it is run."""
    settings = service.settings
    free = _raise_descriptors() - len(list(Path("/dev/fd").iterdir()))
    most = max(1, min(settings.connections, free // 3))  # one more for a file that it sends, one for all else
    one = min(settings.connections_per_address, max(1, most // 2))
    connections = Connections(most, one, settings.trusted_proxies)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=partial(Connection, connections=connections),  # type: ignore[arg-type]  # it is called as the class is
        ws="none",
        log_level="info",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `Forwarded` reads them
        backlog=max(1, min(_MOST_AT_ONCE, free // 16)),
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    return _Server(config, service, shared(app).queue, connections)


def run(app: FastAPI, service: Service) -> None:
    """Serve until SIGTERM or SIGINT. Answers under way are finished first; after 20 s the process ends regardless."""
    settings = service.settings
    if hosts.is_everywhere(settings) and not (settings.hosts or settings.public_url):
        _log.warning(
            "serving on all addresses, but answering only requests for %s; name the hosts that visitors use in %sHOSTS",
            ", ".join(sorted(hosts.names(settings))),
            PREFIX,
        )
    serving = server(app, service)
    for number in (signal.SIGTERM, signal.SIGINT):
        # One that comes before uvicorn listens to it counts, too. uvicorn raises it again when it has done what it
        # asks for: it would be how the process ends.
        signal.signal(number, lambda *_: setattr(serving, "should_exit", True))
    repeats = Repeats()
    handlers = [handler for name in (None, "uvicorn") for handler in logging.getLogger(name).handlers]
    for handler in handlers:
        handler.addFilter(repeats)
    try:
        serving.run()
    finally:
        for handler in handlers:
            handler.removeFilter(repeats)


def _raise_descriptors() -> int:
    """Let this process open as many descriptors as the system allows it; return how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (ValueError, OSError):  # macOS says "unlimited" and allows 10,240
        pass
    return soft if soft != resource.RLIM_INFINITY else 1 << 16
