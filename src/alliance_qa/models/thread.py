"""The one thread that a model works in, and how long others wait for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from alliance_qa import budget
from alliance_qa.errors import ModelError

WAIT_SECONDS = 30.0
"""Loading a model takes some seconds, and a few questions wait for each other. What takes longer hangs."""

P = ParamSpec("P")
T = TypeVar("T")


class ModelThread:
    """Lets one thread do all the work of a model: torch would give every thread that calls it a pool of its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=name)

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the thread makes of a question; its processor time is charged to who asks.

        Raises:
            BudgetError: Who asks has used up the budget.
            ModelError: The thread has not answered in time.
        """
        budget.spend()
        result, seconds = self.result(self._worker.submit(_timed, partial(work, *args, **kwargs)))
        budget.spend(seconds)
        return result

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let the thread do something, however long that takes."""
        return self._worker.submit(work, *args, **kwargs)

    def result(self, future: Future[T]) -> T:
        """Return what the thread has promised.

        Raises:
            ModelError: It has not come in time.
        """
        try:
            return future.result(WAIT_SECONDS)
        except TimeoutError:
            future.cancel()
            raise ModelError(
                f"the thread {self._name!r} has not answered for {WAIT_SECONDS:g} s; restart the service if it stays so"
            ) from None


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns and the processor time of this thread that it took, in seconds."""
    started = time.thread_time()
    return call(), time.thread_time() - started
