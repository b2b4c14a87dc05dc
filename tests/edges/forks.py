"""The keeper's command line as forks of a process that has imported everything: ready in a twentieth of a second.

A program cannot be told to fork another, so what is started is a small one that hands its arguments, environment and
files over a socket, and ends with the exit code that comes back. The fork ends when that program does.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edges import keeper

# -I -S: without looking for packages, which would take longer than all else.
_PROGRAM = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect(sys.argv[1])
    told = json.dumps([sys.argv[2:], dict(os.environ), os.getcwd()]).encode()
    socket.send_fds(line, [len(told).to_bytes(8, "big")], [0, 1, 2])
    line.sendall(told)
    sys.exit(int(line.recv(8) or 1))
"""


@contextmanager
def ready(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the command that stands for the keeper's while the block runs."""
    address = folder / "forks"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen(64)
        environment = os.environ | {"PYTHONPATH": keeper.PATH, "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "edges.forks", str(listening.fileno())],
            env=environment,
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
        )
    try:
        yield sys.executable, "-I", "-S", "-c", _PROGRAM, str(address)
    finally:
        process.communicate()  # it ends with its standard input


def _fork(line: socket.socket) -> None:
    """Be the keeper's command line for whoever is at the other end, and end."""
    length, files, _, _ = socket.recv_fds(line, 8, 3)
    arguments, environment, folder = json.loads(line.recv(int.from_bytes(length, "big"), socket.MSG_WAITALL))
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = arguments
    threading.Thread(target=_watch, args=(line,), daemon=True).start()
    try:
        keeper.main(here=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    line.send(str(code).encode())
    os._exit(code)


def _watch(line: socket.socket) -> None:
    line.recv(1)
    os._exit(1)


def main() -> None:
    """Fork for each that connects, until standard input ends."""
    from alliance_qa import cli  # noqa: F401
    from alliance_qa.building import rebuild  # noqa: F401
    from alliance_qa.service import service  # noqa: F401
    from alliance_qa.web import api  # noqa: F401

    listening = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    while listening in select.select([listening, sys.stdin], [], [])[0]:
        line, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _fork(line)
        line.close()


if __name__ == "__main__":
    main()
