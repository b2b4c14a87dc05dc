"""The processor time that a piece of work may take, in its own thread and in the one of each model.

What ONNX Runtime does in further threads is not seen: with n cores a reading is charged about an n-th of its time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from alliance_qa.errors import BudgetError


@dataclass(slots=True)
class _Budget:
    seconds: float
    started: float  # on the clock of the thread that works
    elsewhere: float = 0.0  # seconds that other threads worked for it


_current: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Limit what the calling thread does in this block to so many seconds of processor time.

    The block is left by BudgetError at the first `spend` after that. Time in which the thread waits does not count.
    """
    token = _current.set(_Budget(seconds, time.thread_time()))
    try:
        yield
    finally:
        _current.reset(token)


def spend(seconds: float = 0.0) -> None:
    """Count what another thread worked for this one, and look whether the budget is used up; without one do nothing.

    Whatever takes a millisecond or more and is called in loops calls this.

    Args:
        seconds: Processor time of the other thread, at least 0.

    Raises:
        BudgetError: More has been used than there was.
    """
    budget = _current.get()
    if budget is None:
        return
    budget.elsewhere += seconds
    if time.thread_time() - budget.started + budget.elsewhere > budget.seconds:
        raise BudgetError(
            f"this question takes more than the {budget.seconds:g} seconds of processor time that one may take; "
            "ask a shorter one"
        )
