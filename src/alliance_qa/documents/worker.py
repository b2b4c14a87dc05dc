"""A process that reads files for another one: `python -m alliance_qa.documents.worker FOLDER SECONDS BYTES`.

It speaks in frames: the length in four bytes, the most significant first, then so many
bytes. First it sends one frame, "ready". For each path that comes in on standard input
it sends a frame of "D" and what became of the file as JSON, or of "E" and [failure, message].
A path, a zero and the rest of a path name a file that lies in another one; a path and two zeros ask
what lies in it: "M" and a list of [rest of the path, failure or null, reason].
Where FOLDER is empty nothing is opened: behind each path comes a frame with the file's bytes.
It ends at the end of its input, with its parent, or where a limit of the system ends it.
SECONDS is `Limits.seconds`, BYTES `Limits.memory_bytes`.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
import os
import re
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from alliance_qa import documents
from alliance_qa.documents import members, records
from alliance_qa.documents.extract import FileReading
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.opening import chunks
from alliance_qa.errors import DocumentError, Failure

try:
    import resource
except ImportError:  # no such limits on this system
    resource = None  # type: ignore[assignment]

READY = b"ready"
# Code of Python and the libraries, which RLIMIT_DATA does not count. Measured: 16 MiB.
_CODE_BYTES = 32 << 20
_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def main() -> None:
    """Serve on standard input and output until the input ends."""
    folder, limits = sys.argv[1], Limits(float(sys.argv[2]), int(sys.argv[3]))
    _die_with_parent()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the frames; it goes where errors go.
    os.dup2(2, 1)
    documents.load_readers()
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_DATA", max(limits.memory_bytes - _CODE_BYTES, _CODE_BYTES))
    _send(answers, READY)
    holding = _Holding(Path(folder), limits)
    while head := requests.read(4):
        request = requests.read(int.from_bytes(head, "big")).decode("utf-8", "surrogatepass")
        _limit_cpu(limits.processor_seconds(0))
        holding.given = None if folder else requests.read(int.from_bytes(requests.read(4), "big"))
        _send(answers, _answer(holding, request, limits))


class _Holding:
    """The file that was read last, where others lie in it: they are read one after the other."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self.given: bytes | None = None  # the file that is asked for, where it came with the request
        self._path, self._sha256 = "", ""
        self._opened: members.Opened | None = None

    def answer(self, path: str, inner: str) -> bytes:
        if self._opened is None or path != self._path:
            self._opened = None
            data = self.bytes(path)
            self._path, self._sha256 = path, hashlib.sha256(data).hexdigest()
            self._opened = members.Opened(data, path)
        else:
            _limit_cpu(self._limits.processor_seconds(self._opened.size_bytes))
        whole = f"{path}/{inner}"
        try:
            return _reading(documents.examine(self._opened.read(inner), whole, sha256=self._sha256))
        except DocumentError as error:
            raise DocumentError(str(error).removeprefix(f"{whole}: "), error.failure) from error

    def bytes(self, path: str) -> bytes:
        """Return a file, and let it be computed on for as long as its size allows."""
        data = b"".join(chunks(self._folder, path)) if self.given is None else self.given
        _limit_cpu(self._limits.processor_seconds(len(data)))
        return data


def _answer(holding: _Holding, request: str, limits: Limits) -> bytes:
    path, *rest = request.split("\0")
    try:
        if rest == ["", ""]:
            found = members.find(holding.bytes(path), path, documents.SUFFIXES)
            return b"M" + json.dumps([[each.path, each.failure, each.reason] for each in found]).encode()
        if rest:
            return holding.answer(path, rest[0])
        return _reading(documents.examine(holding.bytes(path), path))
    except DocumentError as error:
        failure, message = error.failure, str(error).removeprefix(f"{path}: ")
    except MemoryError:
        failure, message = Failure.MEMORY, ""
    except RecursionError:
        failure, message = Failure.DAMAGED, "is nested too deeply; flatten it"
    except Exception as error:  # a fault of a reader must cost this file only
        failure, message = Failure.CRASHED, f"cannot be read ({type(error).__name__}); save it anew or remove it"
    # Some libraries call it damage when no memory is left.
    if failure in (Failure.DAMAGED, Failure.CRASHED) and _peak_bytes() > 0.8 * limits.memory_bytes:
        failure = Failure.MEMORY
    return b"E" + json.dumps([failure, message]).encode()


def _reading(found: FileReading) -> bytes:
    return b"D" + records.reading_to_json(found).encode()


def _peak_bytes() -> int:
    """Return the most that was resident so far; 0 where the system does not say. Linux only.

    `resource.getrusage` would count pages of the parent, from before this process was another program.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _send(answers: BinaryIO, frame: bytes) -> None:
    answers.write(len(frame).to_bytes(4, "big"))
    answers.write(frame)
    answers.flush()


def _limit(name: str, value: int, *, for_good: bool = True) -> None:
    """Set a limit, where the system has it, to `value` or to the lower one that holds already."""
    kind = getattr(resource, name, None)
    if kind is not None:
        most = resource.getrlimit(kind)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value if for_good else most))


def _limit_cpu(seconds: float) -> None:
    """End this process by SIGXCPU once it has computed for `seconds` from now, up to the next whole second."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit("RLIMIT_CPU", math.ceil(used.ru_utime + used.ru_stime + seconds), for_good=False)


def _die_with_parent() -> None:
    """Be killed when the parent ends, even in the middle of a file; elsewhere the end of the input does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
