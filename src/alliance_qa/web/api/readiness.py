"""Whether questions can be answered: found out at most once a second, for all who want to know."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import anyio
import anyio.to_thread

from alliance_qa.web.api.work_queue import WorkQueue

_log = logging.getLogger(__name__)

_FRESH_SECONDS = 1.0  # so long what was found out is told again
LIMIT_SECONDS = 2.0  # for finding out


class Readiness:
    """Remembers what the latest check found. A check has a thread of its own, so that it waits for no other call."""

    def __init__(self, check: Callable[[], object], queue: WorkQueue) -> None:
        """Prepare.

        Args:
            check: Raises whatever keeps questions from being answered.
            queue: Where they are.
        """
        self._queue = queue
        self._check, self._thread = check, anyio.CapacityLimiter(1)
        self._checking: asyncio.Future[bool] | None = None
        self._begun = 0.0

    async def is_ready(self) -> bool:
        """Return whether the latest check succeeded.

        What is not over in time has failed, unless a question has been answered since: many may be before it.
        """
        if self._checking is None or (self._checking.done() and time.monotonic() - self._begun >= _FRESH_SECONDS):
            self._begun = time.monotonic()
            self._checking = asyncio.ensure_future(anyio.to_thread.run_sync(self._succeeds, limiter=self._thread))
        left = self._begun + LIMIT_SECONDS - time.monotonic()
        await asyncio.wait({self._checking}, timeout=max(0.0, left))
        return self._checking.result() if self._checking.done() else self._queue.latest > self._begun

    def _succeeds(self) -> bool:
        try:
            self._check()
        except Exception:
            _log.exception("not ready")
            return False
        return True
