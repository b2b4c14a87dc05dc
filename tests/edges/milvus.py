"""A Milvus to test with: Lite, in this process or one of its own, and a proxy that stands between."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alliance_qa.errors import EngineError
from alliance_qa.index.milvus import Milvus


@contextmanager
def lite(folder: Path) -> Iterator[str]:
    """Serve Lite's files in a folder from this process; give its address."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    server, database, port = start_server_in_thread(str(folder))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(0).wait()
        database.close()


class LiteServer:
    """Lite in a process of its own, as a keeper starts it, that can be killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self.port = folder, port
        self.uri = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "milvus_lite", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        self._process = subprocess.Popen([*command, "--data-dir", str(self._folder)], stdout=subprocess.DEVNULL)
        engine, until = Milvus(self.uri), time.monotonic() + 60
        while True:
            try:
                engine.collections("")
                break
            except EngineError:
                if time.monotonic() > until:
                    raise
        engine.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Proxy:
    """Stands between a client and a port of this machine: lets all through, or is away, or lets nothing through."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        self._flows = threading.Event()
        self._flows.set()
        self._is_away = False
        threading.Thread(target=self._accept, daemon=True).start()

    def away(self) -> None:
        """Refuse, and cut what is open."""
        self._is_away = True
        for each in [*self._open]:
            self._close(each)

    def slow(self) -> None:
        """Let nothing through, but keep every connection."""
        self._flows.clear()

    def back(self) -> None:
        self._is_away = False
        self._flows.set()

    def close(self) -> None:
        self.away()
        self._flows.set()
        self._close(self._listener)

    def _close(self, each: socket.socket) -> None:
        self._open.discard(each)
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    if self._is_away:
                        raise ConnectionRefusedError
                    server = socket.create_connection(("127.0.0.1", self._target))
                except ConnectionError:
                    client.close()
                    continue
                self._open |= {client, server}
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._flows.wait()
                target.sendall(data)
        self._close(source)
        self._close(target)
