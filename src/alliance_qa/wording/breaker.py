"""Who failed several times in a row is not asked for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_FAULTS = 3
PAUSE_SECONDS = 60.0


class Breaker:
    """Counts faults in a row. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._faults, self._until = 0, 0.0

    @property
    def is_open(self) -> bool:
        """Whether nobody is to be asked now."""
        with self._lock:
            return self._clock() < self._until

    def worked(self) -> None:
        """Note that whoever was asked answered."""
        with self._lock:
            self._faults, self._until = 0, 0.0

    def failed(self) -> None:
        """Note that whoever was asked did not answer; from the third time on, and again after each pause, pause."""
        with self._lock:
            self._faults += 1
            if self._faults >= MOST_FAULTS:
                self._until = self._clock() + PAUSE_SECONDS
