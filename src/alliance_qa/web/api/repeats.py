"""Log lines that come again and again: a few of a kind a minute, and how many were left out."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass

_SECONDS = 60.0
MOST = 10
"""Lines of a kind in that time, unless something else is said."""

_KINDS = 1_000  # that are remembered


@dataclass(slots=True)
class _Window:
    began: float  # on the monotonic clock
    count: int = 0


class Repeats(logging.Filter):
    """Lets some lines of a kind through each minute. Of one kind are those of one logger, format and fault.

    The first of the next minute says how many were left out. Warnings and errors only: the rest is rare.
    """

    def __init__(self, most: int = MOST) -> None:
        """Begin with none.

        Args:
            most: How many of a kind in a minute, at least 1.
        """
        super().__init__()
        self._most = most
        self._windows: dict[tuple[str, str, str], _Window] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line is written. One that speaks for others says so."""
        if record.levelno < logging.WARNING:
            return True
        fault = type(record.exc_info[1]).__name__ if record.exc_info else ""
        kind, now = (record.name, str(record.msg), fault), time.monotonic()
        with self._lock:
            window = self._windows.get(kind)
            if window is None or now - window.began >= _SECONDS:
                left_out = max(0, window.count - self._most) if window else 0
                if len(self._windows) >= _KINDS:
                    self._windows.clear()
                self._windows[kind] = window = _Window(now)
                if left_out:
                    record.msg = f"{record.getMessage()} ({left_out} more since the last such line)"
                    record.args = None
            window.count += 1
            return window.count <= self._most
