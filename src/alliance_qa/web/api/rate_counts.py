"""What counts towards the rate limits: kept in this process, or in a Redis that several replicas share."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter as Window

from alliance_qa.errors import ExtraMissingError

_log = logging.getLogger(__name__)

MEMORY = "memory"
_REPLY_SECONDS = 0.25  # for a reply of the storage, and for a connection to it; a healthy one takes one thousandth
_REST_SECONDS = 1.0  # after a failure, until it is tried again
_TOLD_SECONDS = 60.0  # between two lines about it in the log
_STEP_SECONDS = 1.0  # a clock that goes wrong by more within one call has been set

T = TypeVar("T")


class Counts:
    """The windows that requests are counted in. Safe to use from several threads.

    Shared ones follow the clock of the storage. While the storage is away, slow or full, this process counts for
    itself: a visitor's question is worth more than an exact count, and there is still a limit.
    """

    def __init__(self, storage: str) -> None:
        """Prepare; nothing is connected to yet.

        Args:
            storage: "memory", or the address of a Redis.

        Raises:
            ExtraMissingError: The client of Redis is not installed.
        """
        self._memory = MemoryStorage()
        self._own, self._shared = Window(self._memory), _shared(storage)
        self._threads = anyio.CapacityLimiter(8)
        self._ahead = _wall_ahead()
        self._again = self._told = float("-inf")  # monotonic

    async def ask(self, question: Callable[[Window], T]) -> T:
        """Put a question to the windows without holding up the event loop, for a quarter of a second at most."""
        if (shared := self._there()) is not None:
            with anyio.move_on_after(_REPLY_SECONDS) as waited:
                try:
                    # The name of its host is looked up there, too, for which there is no other limit of time.
                    return await anyio.to_thread.run_sync(
                        question, shared, abandon_on_cancel=True, limiter=self._threads
                    )
                except StorageError as error:
                    self._rest(str(error))
            if waited.cancelled_caught:
                self._rest(f"no reply within {_REPLY_SECONDS} s")
        return question(self._here())

    def ask_here(self, question: Callable[[Window], T]) -> T:
        """Do the same in a thread that may wait."""
        if (shared := self._there()) is not None:
            try:
                return question(shared)
            except StorageError as error:
                self._rest(str(error))
        return question(self._here())

    def _there(self) -> Window | None:
        """Return the shared windows; None where there are none, or they are left alone for a while."""
        return self._shared if time.monotonic() >= self._again else None

    def _here(self) -> Window:
        """Return the windows of this process, which follow the date; where that was set they begin anew."""
        ahead = _wall_ahead()
        if abs(ahead - self._ahead) > _STEP_SECONDS:
            self._memory.reset()
            _log.warning("the clock was set by %.0f s; the rate limits count anew", ahead - self._ahead)
        self._ahead = ahead
        return self._own

    def _rest(self, why: str) -> None:
        now = time.monotonic()
        self._again = now + _REST_SECONDS
        if now - self._told >= _TOLD_SECONDS:
            self._told = now
            _log.error("ALLIANCE_QA_LIMIT_STORAGE does not count (%s); meanwhile this process does, for itself", why)


def _shared(storage: str) -> Window | None:
    if storage == MEMORY:
        return None
    try:
        return Window(
            storage_from_string(
                storage,
                wrap_exceptions=True,
                key_prefix="alliance-qa",
                socket_connect_timeout=_REPLY_SECONDS,
                socket_timeout=_REPLY_SECONDS,
                retry=None,  # type: ignore[arg-type]  # it takes seconds, and options are passed on as they are
            )
        )
    except ConfigurationError as error:
        raise ExtraMissingError(
            'ALLIANCE_QA_LIMIT_STORAGE needs the client of Redis; run: pip install "alliance-qa[redis]"'
        ) from error


def _wall_ahead() -> float:
    return time.time() - time.monotonic()
