"""The process that serves."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from alliance_qa.service.service import Service

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
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    return _Server(config, service)


def run(app: FastAPI, service: Service) -> None:
    """Serve until SIGTERM or SIGINT. Answers under way are finished first."""
    server(app, service).run()
