"""What reading one file may take."""

from __future__ import annotations

from dataclasses import dataclass

# Of `Limits.seconds`, for each MiB. A PDF of 1,000 pages of text takes 20 to 60 s and has 1 MiB or more.
_TIMES_PER_MIB = 6
_MOST_TIMES = 60  # whatever the size
_WAITING_TIMES = 10  # of the processor time


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

    def waiting_seconds(self, size_bytes: int) -> float:
        """Return how long reading may wait, for a disk or for nothing, instead of computing.

        Where the system does not say which it does, all time counts.
        """
        return _WAITING_TIMES * self.processor_seconds(size_bytes)
