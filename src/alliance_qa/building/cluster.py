"""A rebuild's reading and embedding on the machines of a Ray cluster.

Tasks get bytes and settings, so the nodes need no folder of ours. What a node reads and embeds with is compared
with the builder's recipe before its first task.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import logging
import os
import signal
import socket
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from alliance_qa.building import rebuild, segments
from alliance_qa.building.segments import SplitDocument
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.opening import chunks
from alliance_qa.documents.reading import SourceFile, Worker
from alliance_qa.documents.version import documents_version
from alliance_qa.errors import AllianceQAError, ClusterError, DocumentError, ExtraMissingError
from alliance_qa.index.manifest import Recipe
from alliance_qa.ports import Embedder, Embedding, PassageInput
from alliance_qa.settings import Settings

INSTALL = 'pip install "alliance-qa[ray]"'

_ADDRESSES = '"auto", HOST:PORT, ray://HOST:PORT or "local"'
_FILES_AT_ONCE, _BYTES_AT_ONCE = 16, 1 << 20  # a task reads so many files, or fewer from so many bytes on
_AHEAD = 4  # tasks for each core that are sent before the first is done
_RETRIES = 5  # of a task whose node is lost
_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 2.0
_LOST_SECONDS = 20.0  # a head that has not answered for so long is lost
_LOCAL_STORE_BYTES = 512 << 20  # of shared memory; what exceeds it goes to the disk
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    # Ray ends the process of whoever misses its head for so long, without a word to it.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "600",
}

_Held = tuple[tuple[SourceFile, ...], bytes | DocumentError]
"""What is read of one file, and its bytes or why it cannot be opened."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What a node needs to know."""

    load: Callable[[], Embedder]
    wanted: Recipe
    limits: Limits


@contextlib.contextmanager
def connect(address: str, settings: Settings, load: Callable[[], Embedder]) -> Iterator[Cluster]:
    """Join a Ray cluster, and leave it in the end, with whatever still runs there for us.

    Args:
        address: As `ray.init` takes it: "auto", "host:port" or "ray://host:port"; "local" starts one here.
        settings: Of the documents and of reading; none of their secrets is sent.
        load: Returns the embedder, on this machine and on the nodes; must be picklable.

    Raises:
        ExtraMissingError: Ray is not installed.
        ClusterError: The cluster cannot be reached.
        ModelError: The model cannot be loaded here.
    """
    os.environ.update(_ENVIRONMENT)
    try:
        ray = importlib.import_module("ray")
        internals = importlib.import_module("ray._private.worker")
    except ImportError as error:
        raise ExtraMissingError(f"--ray needs Ray; run: {INSTALL}") from error
    # What it tells of nodes goes to standard output, whatever is set (Ray 2.60).
    vars(internals)["print_to_stdstream"] = lambda *_, **__: None
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS") or address
    with contextlib.ExitStack() as stack:
        job = _Job(load, rebuild.recipe(settings, load().fingerprint), rebuild.limits(settings))
        given: dict[str, Any] = {}
        if address == "local":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True))
            given = {
                "include_dashboard": False,
                "object_store_memory": _LOCAL_STORE_BYTES,
                "_temp_dir": folder,
            }
        elif address != "auto":
            _reach(address)
        handler = signal.getsignal(signal.SIGTERM)
        try:
            with _discreetly():
                ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **given)
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            raise _unreachable(address, error) from error
        stack.callback(ray.shutdown)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray has put its own there
        cluster = Cluster(ray, address, settings, job)
        stack.callback(cluster.end)
        cluster.try_node()
        yield cluster


class Cluster:
    """The Executor of a Ray cluster, as `connect` returns it."""

    def __init__(self, ray: Any, address: str, settings: Settings, job: _Job) -> None:
        """Use a cluster that this process is connected with."""
        self._ray, self._settings, self._job = ray, settings, job
        self._address = address
        self._ended, self._answered = threading.Event(), threading.Event()
        self._count_cores()
        if not self._cores:
            raise ClusterError(
                f"the Ray cluster at {address!r} has no processor; give it a node: ray start --address=…"
            )
        task = ray.remote(max_retries=_RETRIES)
        self._read_task, self._embed_task = task(_read), task(_embed)
        self._thread = threading.Thread(target=self._watch, name="ray-watch", daemon=True)
        self._thread.start()

    def try_node(self) -> None:
        """Have a node do nothing, which must be able to do all. Raises ClusterError."""
        # Ray also tells the head of a task at its first call, and would wait for minutes for one that is lost.
        for task in (self._read_task, self._embed_task):
            self._result(task.remote(self._job, ()))

    def end(self) -> None:
        """Watch it no longer."""
        self._ended.set()
        self._thread.join(2 * _LOOK_SECONDS)

    def read(self, files: Sequence[SourceFile]) -> Generator[tuple[SourceFile, SplitDocument | DocumentError]]:
        for found in self._in_order(self._read_task, _batches(self._held(files))):
            yield from found

    def embed(self, inputs: Sequence[PassageInput]) -> Iterator[list[Embedding]]:
        for found in self._in_order(self._embed_task, segments.parts(inputs)):
            # Copied: as they come, all vectors of a segment would stay in Ray's shared memory.
            yield [Embedding(each.passage.copy(), each.sentences.copy()) for each in found]

    def _held(self, files: Sequence[SourceFile]) -> Iterator[_Held]:
        for file, group in itertools.groupby(files, key=lambda source: source.file):
            sources = tuple(group)
            try:
                yield sources, b"".join(chunks(self._settings.documents, file))
            except DocumentError as error:
                yield sources, error

    def _in_order(self, task: Any, batches: Iterable[Any]) -> Generator[Any]:
        """Yield what a task makes of each batch, in their order; a few for each core are on their way."""
        waiting: deque[Any] = deque()
        for batch in batches:
            self._look()
            waiting.append(task.remote(self._job, batch))
            if len(waiting) > _AHEAD * self._cores:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, task: Any) -> Any:
        errors = self._ray.exceptions
        try:
            while not self._ray.wait([task], timeout=_LOOK_SECONDS)[0]:
                self._look()
            return self._ray.get(task)
        except errors.RayTaskError as error:
            if isinstance(error.cause, AllianceQAError):
                raise error.cause from None
            raise ClusterError(f"a task of the Ray cluster failed: {_line(error.cause)}") from error
        except (errors.RayError, ConnectionError) as error:
            raise self._failed(error) from error

    def _watch(self) -> None:
        """Note when the head answered last, and how many cores there are."""
        # In a thread of its own: a call waits for minutes for a head that is lost.
        while not self._ended.wait(_LOOK_SECONDS):
            with contextlib.suppress(Exception):  # whatever it is, the head has not answered
                self._count_cores()

    def _count_cores(self) -> None:
        self._cores = int(self._ray.cluster_resources().get("CPU", 0))
        self._seen = time.monotonic()
        self._answered.set()

    def _look(self) -> None:
        """Raise ClusterError where the head has not answered for long."""
        if time.monotonic() - self._seen < _LOST_SECONDS:
            return
        self._answered.clear()  # it may be this process that was busy
        if not self._answered.wait(2 * _LOOK_SECONDS):
            raise self._failed(ConnectionError("its head does not answer"))

    def _failed(self, error: Exception) -> ClusterError:
        return ClusterError(
            f"the Ray cluster at {self._address!r} failed ({_line(error)}); the index is as it was. "
            'See that it runs, then "alliance-qa index" again'
        )


@contextlib.contextmanager
def _discreetly() -> Iterator[None]:
    """Keep from standard error that Ray's C++ says which level was set, and from other users what it writes."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    mask = os.umask(0o077)  # Ray 2.60 lets everybody read the token that it makes
    try:
        yield
    finally:
        os.umask(mask)
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _unreachable(address: str, error: Exception) -> ClusterError:
    return ClusterError(
        f"the Ray cluster at {address!r} cannot be reached ({_line(error)}); "
        f'start one ("ray start --head") or give another address: {_ADDRESSES}'
    )


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:199] + "…"


def _reach(address: str) -> None:
    """Raise ClusterError where nobody listens: Ray itself would wait for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if not (host and port.isdecimal()):
            raise ValueError("it has no port")
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise _unreachable(address, error) from error


def _batches(files: Iterable[_Held]) -> Iterator[list[_Held]]:
    batch: list[_Held] = []
    count = size_bytes = 0
    for sources, data in files:
        batch.append((sources, data))
        count += len(sources)
        size_bytes += len(data) if isinstance(data, bytes) else 0
        if count >= _FILES_AT_ONCE or size_bytes >= _BYTES_AT_ONCE:
            yield batch
            batch, count, size_bytes = [], 0, 0
    if batch:
        yield batch


# What follows runs on a node, in processes that do one task after the other.

_embedders: dict[Recipe, Embedder] = {}
_workers: dict[Limits, Worker] = {}


def _read(job: _Job, batch: Sequence[_Held]) -> list[tuple[SourceFile, SplitDocument | DocumentError]]:
    embedder = _embedder(job)
    worker = _workers.setdefault(job.limits, Worker(None, job.limits))
    found: list[tuple[SourceFile, SplitDocument | DocumentError]] = []
    with _named():
        for sources, data in batch:
            for source in sources:
                result = data if isinstance(data, DocumentError) else worker.read(source, data)
                if isinstance(result, DocumentError):
                    found.append((source, result))
                else:
                    split = rebuild.split_document(result.document, job.wanted.passage_tokens, embedder)
                    found.append((source, split))
    return found


def _embed(job: _Job, inputs: Sequence[PassageInput]) -> list[Embedding]:
    embedder = _embedder(job)
    with _named():
        return [each for some in segments.embedded(embedder, inputs) for each in some]


def _embedder(job: _Job) -> Embedder:
    """Return this process' embedder.

    Raises:
        ClusterError: It cannot be loaded, or would make other vectors or passages than the builder's.
    """
    if job.wanted not in _embedders:
        with _named():
            embedder = job.load()
            embedder.dimension  # noqa: B018 - loads it
            found = replace(
                job.wanted,
                fingerprint=embedder.fingerprint,
                splitter=rebuild.splitter(),
                documents_version=documents_version(),
            )
            for name in (field.name for field in fields(Recipe)):
                here, there = (getattr(recipe, name) for recipe in (found, job.wanted))
                if here != there:
                    raise ClusterError(
                        f"its {' '.join(name.split('_'))} is {here:.40}, the builder's {there:.40}; install the same "
                        "alliance-qa, model and Tesseract on both"
                    )
            _embedders[job.wanted] = embedder
    return _embedders[job.wanted]


@contextlib.contextmanager
def _named() -> Iterator[None]:
    """Say on which node something fails."""
    try:
        yield
    except AllianceQAError as error:
        raise ClusterError(f"the node {socket.gethostname()} of the Ray cluster: {error}") from None
