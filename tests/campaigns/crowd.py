"""Thirty-two visitors who ask nonstop: `PYTHONPATH=tests python -m campaigns.crowd --full`.

Each asks one question after the other, every second one as a stream. No request may fail, and the slowest of a
hundred may take at most four times what everybody would take in a queue that is perfectly fair.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from campaigns.asking import Ended, ask, cores, counts, percentile, prepare, question, served

_CLIENTS = 32


@dataclass
class Outcome:
    """What came of it."""

    seconds: float = 0.0
    ended: list[Ended] = field(default_factory=list)

    @property
    def ideal_ms(self) -> float:
        """What each would take where all take turns: visitors by answers a second (Little, 1961)."""
        return _CLIENTS * self.seconds / max(1, len(self.ended)) * 1000

    @property
    def ratio(self) -> float:
        """The 99th percentile by the ideal."""
        return percentile([one.seconds for one in self.ended], 99) / self.ideal_ms

    @property
    def faults(self) -> list[str]:
        """What is not as it must be."""
        found = [] if set(counts(self.ended)) == {200} else [f"not all were answered: {counts(self.ended)}"]
        return found if self.ratio <= 4 else [*found, f"p99 {self.ratio:.2f} times the ideal"]

    def __str__(self) -> str:
        p50, p99, most = (percentile([one.seconds for one in self.ended], share) for share in (50, 99, 100))
        return (
            f"{len(self.ended)} requests of {_CLIENTS} clients in {self.seconds:.0f} s: {counts(self.ended)}; "
            f"p50 {p50:.0f}, p99 {p99:.0f}, most {most:.0f} ms; ideal {self.ideal_ms:.0f} ms, "
            f"p99 {self.ratio:.2f} times that; {cores()}"
        )


def run(home: Path, *, seconds: float, passages: int, model: bool, taken: float) -> Outcome:
    """Serve a collection of so many passages, and ask for so long."""
    prepare(home, passages, model=model)
    outcome = Outcome()

    async def visitor(port: int, number: int, until: float) -> None:
        asked = number
        while time.perf_counter() < until:
            outcome.ended.append(await ask(port, question(asked), stream=asked % 2 == 1))
            asked += _CLIENTS + 1

    async def everybody(port: int) -> None:
        await ask(port, question(0))  # loads what is loaded when it is needed
        started = time.perf_counter()
        await asyncio.gather(*(visitor(port, number, started + seconds) for number in range(_CLIENTS)))
        outcome.seconds = time.perf_counter() - started

    with served(home, model=model, seconds=taken) as running:
        asyncio.run(everybody(running.client.port))
        assert "Traceback" not in running.log, running.log
    return outcome


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="5 minutes and 10,000 passages instead of 5 s and 200")
    parser.add_argument("--model", action="store_true", help="with the real models instead of words")
    parser.add_argument("--seconds", type=float, help="so long")
    parser.add_argument("--taken", type=float, default=0.05, help="seconds that the stand-in takes for a question")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        outcome = run(
            Path(folder),
            seconds=given.seconds or (300 if given.full else 5),
            passages=10_000 if given.full else 200,
            model=given.model,
            taken=given.taken,
        )
    print(outcome)
    print("the seeds are the numbers of the clients")
    print("\n".join(outcome.faults))
    sys.exit(bool(outcome.faults))


if __name__ == "__main__":
    main()
