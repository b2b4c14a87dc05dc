"""What reading one file may take."""

from __future__ import annotations

from dataclasses import dataclass

# Of `Limits.seconds`, for each MiB. A PDF of 1,000 pages of text takes 20 to 60 s and has 1 MiB or more.
_TIMES_PER_MIB = 6
_MOST_TIMES = 60  # whatever the size
# Of the processor time: other work may have the processor meanwhile, at the lowest priority nearly all of it.
_CLOCK_TIMES = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 10.0  # of the processor, for a file of next to no size
    memory_bytes: int = 512 * 1024 * 1024  # resident, of the process that reads

    def processor_seconds(self, size_bytes: int) -> float:
        """Return how long a file of this size may be computed on, at least `seconds`.

        The file's own time: what else the machine does makes no difference.
        """
        return self.seconds * min(1 + _TIMES_PER_MIB * size_bytes / (1 << 20), _MOST_TIMES)

    def clock_seconds(self, size_bytes: int) -> float:
        """Return after how long by the clock reading is given up, for what waits instead of computing."""
        return _CLOCK_TIMES * self.processor_seconds(size_bytes)
