"""Debian's redis-server, for tests and campaigns: a process of its own on a free port, which keeps nothing on disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from edges.server import wait

PROGRAM = shutil.which("redis-server")
needed = pytest.mark.skipif(PROGRAM is None, reason="needs redis-server: apt-get install redis-server")


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Redis:
    """One that runs."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """What ALLIANCE_QA_LIMIT_STORAGE names it by."""
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[Redis]:
    """Run one while the block does, on a free port where none is named."""
    port = port or free_port()
    command = [PROGRAM or "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL)
    try:
        wait(lambda: _answers(port), 20)
        yield Redis(port, process)
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16) == b"+PONG\r\n"
    except OSError:
        return False
