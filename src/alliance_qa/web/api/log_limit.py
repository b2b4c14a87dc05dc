"""How often the log says the same."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter

_SECONDS = 60.0


class OnceAMinute(logging.Filter):
    """Lets each kind of line into the log once a minute, with how many of its kind were left out before it.

    Of one kind are lines with the same words around what differs, the text that `logging` fills in.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._left_out: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written."""
        now = time.monotonic()
        with self._lock:
            if now < self._next.get(record.msg, now):
                self._left_out[record.msg] += 1
                return False
            self._next[record.msg] = now + _SECONDS
            left_out = self._left_out.pop(record.msg, 0)
        if left_out:
            record.msg += f" ({left_out} more since the last such line)"
        return True
