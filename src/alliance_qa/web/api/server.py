"""The process that serves."""

from __future__ import annotations

import logging
import socket

import uvicorn
from fastapi import FastAPI

from alliance_qa.service.service import Service
from alliance_qa.settings import PREFIX
from alliance_qa.web.api import hosts

_log = logging.getLogger(__name__)

_FINISH_SECONDS = 20  # for answers that are under way when the process is told to end


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.stop()  # lets go of those who follow a rebuild, which would be waited for
        await super().shutdown(sockets)


def server(app: FastAPI, service: Service) -> uvicorn.Server:
    """Return what serves an application as the settings say, once it is run."""
    settings = service.settings
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="info",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `Forwarded` reads them
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    return _Server(config, service)


def run(app: FastAPI, service: Service) -> None:
    """Serve until SIGTERM or SIGINT. Answers under way are finished first."""
    settings = service.settings
    if hosts.is_everywhere(settings) and not (settings.hosts or settings.public_url):
        _log.warning(
            "serving on all addresses, but answering only requests for %s; name the hosts that visitors use in %sHOSTS",
            ", ".join(sorted(hosts.names(settings))),
            PREFIX,
        )
    server(app, service).run()
