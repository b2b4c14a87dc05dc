"""Collections in a Milvus server, by its official client: the only module that speaks to one."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from alliance_qa.errors import EngineError, ExtraMissingError
from alliance_qa.index.engine import CALL_SECONDS, Field, Found, Search, Sparse
from alliance_qa.ports import Vectors

if TYPE_CHECKING:
    from pymilvus import MilvusClient

_AT_ONCE = 16  # calls under way
_ROWS = 1_000  # written by one call: about 3 MiB, of 64 that a server takes
_LIST_SECONDS = 10.0  # at a build, where nobody waits for an answer
_WRITE_SECONDS = 60.0  # for one such call
_READY_SECONDS, _ROW_SECONDS = 1_800.0, 0.01  # for a collection to be written, indexed and loaded, and for each row
_LINKS, _BREADTH = 32, 256  # of the graph "HNSW"
_PRIMARY = "row"

# What was written was flushed before it was loaded, and never changes: it is seen without waiting for the newest.
_READ = "Bounded"
_NEWEST = "Strong"

_LEFT_SECONDS = 60.0  # after which nobody waits for a connection that was given up
_SERVER_CODES = 100  # from here on they are a server's, of a request that reached it
_NOT_LOADED = 101

_T = TypeVar("_T")


class Milvus:
    """An Engine. Connects when it is first asked, and again by itself. Safe to use from several threads."""

    def __init__(self, uri: str, token: str = "", database: str = "") -> None:
        """Prepare.

        Raises:
            ExtraMissingError: The client is not installed.
        """
        try:
            import grpc
            import pymilvus
        except ImportError as error:
            raise ExtraMissingError(
                'ALLIANCE_QA_STORE=milvus needs the client of Milvus; run "pip install alliance-qa[milvus]"'
            ) from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # every fault is told once, by us
        self._sdk, self._lost = pymilvus, grpc.RpcError  # the latter is not always made one of the client's own
        self._uri, self._token, self._database = uri, token, database
        self._client: MilvusClient | None = None
        self._left: deque[tuple[float, MilvusClient]] = deque()  # not used any more, and since when
        self._connecting = threading.Lock()
        self._calls = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="milvus")

    @property
    def name(self) -> str:
        return f"Milvus at {self._uri}"

    def search(self, searches: Sequence[Search], *, seconds: float = CALL_SECONDS) -> list[list[Found]]:
        return self._all([partial(self._search, each, seconds) for each in searches], seconds)

    def write(self, collection: str, vectors: Vectors, terms: Callable[[int], Sparse], *, kind: str) -> None:
        seconds = _READY_SECONDS + _ROW_SECONDS * len(vectors)
        self._late(seconds, partial(self._write, collection, vectors, terms, kind, seconds))

    def stored(self, collection: str, rows: Sequence[int]) -> tuple[Vectors, list[Sparse]]:
        def read() -> Any:
            return self._connected().query(
                collection,
                filter=f"{_PRIMARY} in {[int(row) for row in rows]}",
                output_fields=[_PRIMARY, *Field],
                consistency_level=_NEWEST,
                timeout=_WRITE_SECONDS,
            )

        found = {entry[_PRIMARY]: entry for entry in self._late(_WRITE_SECONDS, read)}
        there = [found[row] for row in rows if row in found]
        return np.array([entry[Field.VECTOR] for entry in there], np.float32), [e[Field.TERMS] for e in there]

    def counts(self, collections: Collection[str]) -> dict[str, int]:
        there = self._names(CALL_SECONDS)
        named = [name for name in dict.fromkeys(collections) if name in there]
        return dict(zip(named, self._all([partial(self._count, name) for name in named], CALL_SECONDS), strict=True))

    def collections(self, prefix: str) -> list[str]:
        return sorted(name for name in self._names(_LIST_SECONDS) if name.startswith(prefix))

    def drop(self, collection: str) -> None:
        self._late(_WRITE_SECONDS, lambda: self._connected().drop_collection(collection, timeout=_WRITE_SECONDS))

    def close(self) -> None:
        self._calls.shutdown(wait=False, cancel_futures=True)
        self._disconnect()
        while self._left:
            self._left.popleft()[1].close()

    def _names(self, seconds: float) -> list[str]:
        return self._late(seconds, lambda: list(self._connected().list_collections(timeout=seconds)))

    def _connected(self) -> MilvusClient:
        with self._connecting:
            client = self._client
            if client is None:
                client = self._client = self._sdk.MilvusClient(
                    uri=self._uri,
                    token=self._token,
                    db_name=self._database,
                    timeout=CALL_SECONDS,
                    # Lite cuts connections that are pinged every 10 seconds; calls have time limits of their own.
                    grpc_options={"grpc.keepalive_time_ms": 300_000},
                    dedicated=True,  # else it shares what another one in this process is stuck with
                )
            return client

    def _disconnect(self) -> None:
        """Connect anew next time: what the client makes of a broken connection takes longer than we wait.

        Others may still wait for what they asked it, so it is closed later. The lock is for connecting, which may hang.
        """
        client, self._client = self._client, None
        now = time.monotonic()
        if client is not None:
            self._left.append((now, client))
        while self._left and now - self._left[0][0] > _LEFT_SECONDS:
            self._left.popleft()[1].close()

    def _late(self, seconds: float, call: Callable[[], _T]) -> _T:
        return self._all([call], seconds)[0]

    def _all(self, calls: Sequence[Callable[[], _T]], seconds: float) -> list[_T]:
        """Return what the calls return, all under way at once. Whatever is not over in time has failed.

        The client tries again where it is refused, and may do so for longer than it was allowed.
        """
        until = time.monotonic() + seconds
        futures: list[Future[_T]] = [self._calls.submit(call) for call in calls]
        try:
            return [future.result(max(0.0, until - time.monotonic())) for future in futures]
        except (LateError, self._lost) as error:
            self._disconnect()
            raise EngineError(f"{self.name} did not answer in time; {_START}") from error
        except self._sdk.MilvusException as error:
            if _code(error) < _SERVER_CODES:
                self._disconnect()
                raise EngineError(f"{self.name} cannot be asked ({_reason(error)}); {_START}{_OPEN}") from error
            raise EngineError(f"{self.name} refuses ({_reason(error)}); {_WRITE}") from error
        except (OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
            raise EngineError(
                f"{self.name} gave no reply that can be read ({type(error).__name__}); {_START}"
            ) from error
        finally:
            for future in futures:
                future.cancel()

    def _loaded(self, collection: str, call: Callable[[MilvusClient], _T]) -> _T:
        """Return what a call returns, once the collection is loaded: one that was released is loaded again."""
        client = self._connected()
        try:
            return call(client)
        except self._sdk.MilvusException as error:
            if _code(error) != _NOT_LOADED:
                raise
            client.load_collection(collection, timeout=CALL_SECONDS)
            return call(client)

    def _search(self, search: Search, seconds: float) -> list[Found]:
        parameters = {"ef": search.effort} if search.effort else {}

        def call(client: MilvusClient) -> Any:
            return client.search(
                search.collection,
                list(search.queries),
                anns_field=search.field,
                filter=search.within,
                limit=search.count,
                output_fields=[_PRIMARY],  # for none, Lite sends the vectors
                search_params={"metric_type": "IP", "params": parameters},
                consistency_level=_READ,
                timeout=seconds,
            )

        found = self._loaded(search.collection, call)
        return [(np.array(hits.distances, np.float32), np.array(hits.ids, np.int64)) for hits in found]

    def _count(self, collection: str) -> int:
        def call(client: MilvusClient) -> Any:
            fields = ["count(*)"]
            return client.query(
                collection, filter="", output_fields=fields, consistency_level=_READ, timeout=CALL_SECONDS
            )

        (found,) = self._loaded(collection, call)
        return int(found["count(*)"])

    def _write(
        self, collection: str, vectors: Vectors, terms: Callable[[int], Sparse], kind: str, seconds: float
    ) -> None:
        client, types = self._connected(), self._sdk.DataType
        client.drop_collection(collection, timeout=_WRITE_SECONDS)
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(_PRIMARY, types.INT64, is_primary=True)
        schema.add_field(Field.VECTOR, types.FLOAT_VECTOR, dim=vectors.shape[1])
        schema.add_field(Field.TERMS, types.SPARSE_FLOAT_VECTOR)
        client.create_collection(collection, schema=schema, consistency_level=_NEWEST, timeout=_WRITE_SECONDS)
        for first in range(0, len(vectors), _ROWS):
            rows = range(first, min(first + _ROWS, len(vectors)))
            data = [
                {_PRIMARY: row, Field.VECTOR: np.asarray(vectors[row], np.float32), Field.TERMS: dict(terms(row))}
                for row in rows
            ]
            client.insert(collection, data, timeout=_WRITE_SECONDS)
        client.flush(collection, timeout=seconds)
        indexes = client.prepare_index_params()
        graph = {"M": _LINKS, "efConstruction": _BREADTH} if kind == "HNSW" else {}
        indexes.add_index(Field.VECTOR, index_type=kind, metric_type="IP", params=graph)
        indexes.add_index(Field.TERMS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        client.create_index(collection, indexes, timeout=seconds)
        client.load_collection(collection, timeout=seconds)


_START = "see that it runs and can be reached"
_OPEN = ", and that ALLIANCE_QA_MILVUS_TOKEN opens it"
_WRITE = 'run "alliance-qa index" to write again what it lacks'


def _code(error: Any) -> int:
    return error.code if isinstance(error.code, int) else 0  # else it is one of gRPC


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "message", error)).split())[:200]
