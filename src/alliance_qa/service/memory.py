"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
from contextlib import suppress

TRIM_SECONDS = 30.0  # between two times


def trim() -> None:
    """Give back what the C library keeps of freed memory. Does nothing where it is not glibc.

    Each batch of a model has another size, so what it leaves in the arenas of glibc fits the next one badly, and
    after thousands of questions a tenth of the process is such gaps.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
