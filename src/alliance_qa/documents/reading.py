"""Files read in processes of their own, with limits: a bad file costs itself and nothing else.

A worker that fails at a file is replaced by a fresh one. What it says is taken as text, never as
code: a file that takes its reader over gets no further.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from alliance_qa import checksums
from alliance_qa.documents import records
from alliance_qa.documents.extract import FileReading
from alliance_qa.documents.identity import document_id
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.listing import LARGEST_BYTES
from alliance_qa.documents.members import Member
from alliance_qa.documents.opening import GONE, chunks
from alliance_qa.domain import Document
from alliance_qa.errors import AllianceQAError, DocumentError, Failure

T = TypeVar("T")

# -P: a module in the current folder must not stand in for one of ours.
_COMMAND = [sys.executable, "-P", "-m", "alliance_qa.documents.worker"]
_START_SECONDS = 60.0  # imports, from a cold disk
_AHEAD = 2  # files each worker may be ahead of the consumer
_WATCH_SECONDS = 0.02
_CHUNK_BYTES = 1 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_NONSENSE = DocumentError("made its reader answer nonsense; save it anew or remove it", Failure.CRASHED)
_ENDING = frozenset((Failure.TIMEOUT, Failure.MEMORY, Failure.CRASHED))


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of the collection as it was when it was listed."""

    path: str  # relative to the documents folder, with "/" between folders
    sha256: str  # of its bytes, 64 hexadecimal digits
    inner: str = ""  # the end of the path, where that leads into a file; the digest is that file's

    @property
    def file(self) -> str:
        """The path of the file that is opened."""
        return self.path.removesuffix(f"/{self.inner}") if self.inner else self.path


def digests(folder: Path, files: Sequence[Path]) -> tuple[list[SourceFile], list[tuple[str, DocumentError]]]:
    """Return the files below `folder` with their digests, and the paths that cannot be read; both in order.

    It never waits for a pipe or a device, and follows no link out of the folder.
    """
    sources: list[SourceFile] = []
    faults: list[tuple[str, DocumentError]] = []
    # One by one: with files of a few kilobytes, threads wait for each other longer than they compute.
    for file in files:
        path = file.relative_to(folder).as_posix()
        try:
            sources.append(SourceFile(path, checksums.of(chunks(folder, path))))
        except DocumentError as error:
            faults.append((path, error))
    return sources, faults


def read_all(
    folder: Path, files: Sequence[SourceFile], limits: Limits, *, workers: int = 2
) -> Generator[tuple[SourceFile, Document | DocumentError]]:
    """Yield each file with its document, or with why there is none, in the order given.

    Files are read a few ahead. Closing the iterator ends all workers.

    Args:
        folder: The documents folder.
        files: What to read; a file whose bytes are others by now is CHANGED.
        limits: Of each file by itself.
        workers: Processes, at least 1.

    Yields:
        The message of a DocumentError does not open with the path.

    Raises:
        AllianceQAError: No worker can be started.
    """
    if not files:
        return
    crew = [Worker(folder, limits) for _ in range(min(workers, len(files)))]
    idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in crew:
        idle.put(worker)

    def read(file: SourceFile) -> Document | DocumentError:
        worker = idle.get()
        try:
            result = worker.read(file)
        finally:
            idle.put(worker)
        return result.document if isinstance(result, FileReading) else result

    pool = ThreadPoolExecutor(len(crew), "reading")
    waiting: deque[tuple[SourceFile, Future[Document | DocumentError]]] = deque()
    try:
        for file in files:
            waiting.append((file, pool.submit(read, file)))
            if len(waiting) > _AHEAD * len(crew):
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in crew:
            worker.kill()
        pool.shutdown()
        for worker in crew:
            worker.stop()


def examine(folder: Path, file: SourceFile, limits: Limits) -> FileReading:
    """Return what becomes of one file, read as `read_all` does.

    Args:
        folder: The folder that it lies in.
        file: What to read.
        limits: Of the reading.

    Raises:
        DocumentError: There is no document; the message does not open with the path.
        AllianceQAError: No worker can be started.
    """
    return _alone(folder, limits, lambda worker: worker.read(file))


def members(folder: Path, file: SourceFile, limits: Limits) -> list[Member]:
    """Return what lies in a file; see `members.find`.

    Raises:
        DocumentError: It cannot be opened; the message does not open with the path.
        AllianceQAError: No worker can be started.
    """
    return _alone(folder, limits, lambda worker: worker.members(file))


def _alone(folder: Path, limits: Limits, work: Callable[[Worker], T | DocumentError]) -> T:
    """Return what one worker makes of one file."""
    worker = Worker(folder, limits)
    try:
        result = work(worker)
    finally:
        worker.stop()
    if isinstance(result, DocumentError):
        raise result
    return result


class _EndedError(Exception):
    """The worker's process ended, or speaks nonsense."""


class Worker:
    """A process that reads one file after the other, started when the first comes.

    One thread at a time reads; `kill` alone may be called from another.
    """

    def __init__(self, folder: Path | None, limits: Limits) -> None:
        """Prepare it.

        Args:
            folder: The documents folder; None where each file comes with its bytes.
            limits: Of each file by itself.
        """
        self._arguments = ["" if folder is None else os.fspath(folder), repr(limits.seconds), str(limits.memory_bytes)]
        self._folder, self._limits = folder, limits
        self._process: subprocess.Popen[bytes] | None = None
        self._peak_bytes = 0  # resident, while the process read the last file
        self._is_killed = False
        self._lock = threading.Lock()  # held while a process starts or ends, so that `kill` misses none

    def read(self, file: SourceFile, data: bytes = b"") -> FileReading | DocumentError:
        """Return what a process makes of the file; one that failed at it is ended.

        Args:
            file: What to read.
            data: Its bytes, where there is no folder.

        Raises:
            AllianceQAError: No process can be started.
        """
        is_fresh = self._process is None
        result = self._read(file, data)
        if isinstance(result, DocumentError) and result.failure in _ENDING:
            self.stop()
            # What earlier files left behind may be to blame for all but the time.
            if not is_fresh and result.failure is not Failure.TIMEOUT:
                return self.read(file, data)
        return result

    def members(self, file: SourceFile) -> list[Member] | DocumentError:
        """Return what lies in a file."""
        answer = self._asked(file, f"{file.path}\0\0")
        if isinstance(answer, DocumentError):
            return answer
        if answer[:1] != b"M":
            found = self._understood(answer, file)
            return found if isinstance(found, DocumentError) else _NONSENSE
        try:
            return [
                Member(str(path), None if failure is None else Failure(failure), str(reason))
                for path, failure, reason in json.loads(answer[1:])
            ]
        except (ValueError, TypeError, RecursionError):
            return _NONSENSE

    def kill(self) -> None:
        """Stop the process, if there is one, and let none start again."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                _kill(self._process)

    def stop(self) -> int | None:
        """End the process and return how it ended: its exit code, or a signal's number below 0."""
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return None
            _kill(process)
            for pipe in _pipes(process):
                pipe.close()
            return process.wait()

    def _read(self, file: SourceFile, data: bytes) -> FileReading | DocumentError:
        answer = self._asked(file, f"{file.file}\0{file.inner}" if file.inner else file.path, data)
        return answer if isinstance(answer, DocumentError) else self._understood(answer, file)

    def _asked(self, file: SourceFile, request: str, data: bytes = b"") -> bytes | DocumentError:
        process = self._process or self._start()
        self._peak_bytes = 0
        size_bytes = len(data) if self._folder is None else _size_bytes(self._folder / file.file)
        try:
            _send(process, request.encode("utf-8", "surrogatepass"))
            if self._folder is None:
                _send(process, data)
            seconds = self._limits.waiting_seconds(size_bytes)
            return _receive(process, seconds, self._limits.memory_bytes, self._note_memory)
        except TimeoutError:
            return self._stuck(size_bytes)
        except (OSError, _EndedError):
            return self._ended(size_bytes)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_killed:
                raise AllianceQAError("reading was ended")
            # A process group of its own: Ctrl-C is for the parent, which ends its workers itself. Not a
            # session: Linux would then share the processor by session, whatever the niceness.
            # Linux ends a worker with the thread that started it: those of `read_all` outlive their workers.
            self._process = process = subprocess.Popen(  # noqa: S603
                [*_COMMAND, *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,
                bufsize=0,
            )
        try:
            _receive(process, _START_SECONDS, 64)
        except (OSError, _EndedError) as error:
            self.stop()
            raise AllianceQAError(
                'the process that reads files does not start; "python -m alliance_qa.documents.worker" shows why'
            ) from error
        return process

    def _note_memory(self, process: subprocess.Popen[bytes]) -> None:
        # On Linux. The system's own count of an ended process holds the parent's pages too.
        with contextlib.suppress(OSError):
            pages = Path(f"/proc/{process.pid}/statm").read_bytes().split()[1]
            self._peak_bytes = max(self._peak_bytes, int(pages) * _PAGE_BYTES)

    def _understood(self, answer: bytes, file: SourceFile) -> FileReading | DocumentError:
        try:
            content = answer[1:].decode()
            if answer[:1] == b"E":
                failure, message = json.loads(content)
                return self._too_big() if failure == Failure.MEMORY else DocumentError(str(message), Failure(failure))
            found = records.reading_from_json(content)
        except (ValueError, TypeError, RecursionError):
            return _NONSENSE
        document = found.document
        if (document.path, document.id) != (file.path, document_id(file.path)):
            return _NONSENSE
        return found if document.sha256 == file.sha256 else DocumentError(GONE, Failure.CHANGED)

    def _ended(self, size_bytes: int) -> DocumentError:
        status = self.stop() or 0
        if status == -signal.SIGXCPU:
            return self._too_slow(size_bytes)
        # What C++ libraries do where no memory is left. A buffer that cannot be doubled fills a third.
        if status == -signal.SIGABRT and self._peak_bytes * 4 > self._limits.memory_bytes:
            return self._too_big()
        how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
        return DocumentError(f"ended the process that read it ({how}); save it anew or remove it", Failure.CRASHED)

    def _too_slow(self, size_bytes: int) -> DocumentError:
        seconds = self._limits.processor_seconds(size_bytes)
        return DocumentError(
            f"takes more than {seconds:.3g} s of the processor to read, the limit for its size;"
            " split it or raise ALLIANCE_QA_READ_SECONDS",
            Failure.TIMEOUT,
        )

    def _stuck(self, size_bytes: int) -> DocumentError:
        seconds = self._limits.waiting_seconds(size_bytes)
        return DocumentError(
            f"kept its reader waiting for {seconds:.3g} s in which nothing was computed;"
            " see whether its disk answers, then index again",
            Failure.TIMEOUT,
        )

    def _too_big(self) -> DocumentError:
        return DocumentError(
            f"needs more than {self._limits.memory_bytes >> 20} MiB to read;"
            " split it or raise ALLIANCE_QA_READ_MEMORY_MB",
            Failure.MEMORY,
        )


def _size_bytes(file: Path) -> int:
    # Only how long to wait and what to say depend on it: the worker counts the bytes that it reads.
    with contextlib.suppress(OSError, ValueError):
        return min(file.stat().st_size, LARGEST_BYTES)
    return 0


def _kill(process: subprocess.Popen[bytes]) -> None:
    # It may be gone already, and the children that a hostile file made it start are not.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - for the type checker
    return process.stdin, process.stdout


def _send(process: subprocess.Popen[bytes], frame: bytes) -> None:
    left = memoryview(len(frame).to_bytes(4, "big") + frame)
    while left:  # a pipe takes a part of it where a signal comes between
        left = left[_pipes(process)[0].write(left) :]


def _is_computing(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process computes or would if it had the processor; False where the system does not say."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/stat").read_bytes().rpartition(b") ")[2][:1] == b"R"
    return False


def _receive(
    process: subprocess.Popen[bytes],
    seconds: float,
    most_bytes: int,
    watch: Callable[[subprocess.Popen[bytes]], None] = lambda _: None,
) -> bytes:
    """Return the next frame, and call `watch` now and then while it does not come.

    Raises:
        TimeoutError: It is not complete after `seconds`, those not counted in which the process computes or
            waits for the processor: the system ends it when it has had its time of that.
        _EndedError: The process ended, or the frame is larger than `most_bytes`.
    """
    left, looked = seconds, time.monotonic()
    pipe = _pipes(process)[1].fileno()
    poll = select.poll()
    poll.register(pipe, select.POLLIN)

    def exactly(count: int) -> bytes:
        nonlocal left, looked
        found = bytearray()
        while len(found) < count:
            if left <= 0:
                raise TimeoutError
            if not poll.poll(min(left, _WATCH_SECONDS) * 1000):
                watch(process)
                now = time.monotonic()
                left -= 0 if _is_computing(process) else now - looked
                looked = now
                continue
            chunk = os.read(pipe, min(count - len(found), _CHUNK_BYTES))
            if not chunk:
                raise _EndedError
            found += chunk
        return bytes(found)

    length = int.from_bytes(exactly(4), "big")
    if length > most_bytes:
        raise _EndedError
    return exactly(length)
