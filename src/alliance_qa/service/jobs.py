"""Rebuilds in a process of their own: questions never wait for one, and its death is not the service's."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from alliance_qa.building.rebuild import Progress
from alliance_qa.errors import AllianceQAError, IndexBusyError
from alliance_qa.index import store
from alliance_qa.settings import Settings, environment

_log = logging.getLogger(__name__)

# How much the rebuild yields to the service, from 0 to 19; see os.nice.
_NICENESS = 15
_STOP_SECONDS = 5
_PREFIX = "alliance-qa: "  # before what the command line says to its caller
_LINES = 100  # of what the process said besides, for the log


class JobState(StrEnum):
    """Where a rebuild stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A rebuild that this service started."""

    state: JobState
    progress: Progress | None = None
    version: str | None = None  # of the generation in use when it was done
    error: str | None = None


class Rebuilder:
    """Starts `alliance-qa index`, one at a time, and follows it."""

    def __init__(self, settings: Settings, command: Sequence[str], finished: Callable[[], str]) -> None:
        """Prepare.

        Args:
            settings: What the process is to use.
            command: How the command line is called, without "index".
            finished: Called after each success, before the job says so; returns the version in use,
                or raises why what was built cannot be.
        """
        self._settings, self._command, self._finished = settings, command, finished
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[str] | None = None
        self._closed = False
        self.job: Job | None = None

    def start(self, *, full: bool = False, purge: bool = False) -> Job:
        """Start a rebuild.

        Raises:
            IndexBusyError: This service or another process is writing the index.
            IndexWriteError: The index folder cannot be written.
        """
        with self._lock:
            if self._closed:
                raise IndexBusyError("the service is ending; start it again to rebuild")
            if self._thread is not None and self._thread.is_alive():
                raise IndexBusyError("a rebuild is running; GET /v1/index shows how far it is")
            with store.lock(self._settings.index):
                pass  # so that who asks learns at once what the process would find out
            self.job = job = Job(JobState.RUNNING)
            flags = ["--full"] * full + ["--purge"] * purge
            self._thread = threading.Thread(target=self._follow, args=(job, flags), name="rebuild", daemon=True)
            self._thread.start()
            return job

    def wait(self) -> None:
        """Return when no rebuild is running."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """End a running rebuild, and let no other start; the index stays as it is."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()
        self.wait()

    def _follow(self, job: Job, flags: list[str]) -> None:
        try:
            self.job = self._run(job, flags)
        except Exception:
            _log.exception("rebuild failed")
            self.job = replace(job, state=JobState.FAILED, error="internal error; see the log")

    def _run(self, job: Job, flags: list[str]) -> Job:
        with self._lock:
            if self._closed:  # it would not be ended by `close`
                return replace(job, state=JobState.FAILED, error="the service is ending")
            self._process = process = self._start([*self._command, "index", "--progress", *flags])
        with process:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)  # its threads inherit it
            said = self._read(job, process.stderr or ())
        self._process = None
        if process.returncode != 0 and self._closed:
            return replace(job, state=JobState.FAILED, error="the service is ending")
        if process.returncode == 0:
            try:
                return replace(job, state=JobState.DONE, version=self._finished())
            except AllianceQAError as refused:
                return replace(job, state=JobState.FAILED, error=str(refused))
        last = said[-1] if said else ""
        error = last.removeprefix(_PREFIX) if last.startswith(_PREFIX) else f"{_end(process.returncode)}; see the log"
        _log.error("rebuild failed: %s", "\n".join([error, *said]))
        return replace(job, state=JobState.FAILED, error=error)

    def _start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        threads = str(max(1, (os.cpu_count() or 2) - 1))
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=os.environ | environment(self._settings) | {"OMP_NUM_THREADS": threads},
        )

    def _read(self, job: Job, lines: Iterable[str]) -> list[str]:
        """Take over the progress that the process writes; return the last lines that are none."""
        said: deque[str] = deque(maxlen=_LINES)
        for line in lines:
            try:
                self.job = replace(job, progress=Progress(**json.loads(line)))
            except (ValueError, TypeError):
                said.append(line.rstrip())
        return list(said)


def _end(returncode: int) -> str:
    if returncode < 0:
        return f"the rebuild was ended by signal {-returncode}"
    return f"the rebuild ended with exit code {returncode}"
