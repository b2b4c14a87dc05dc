"""Far more questions than can be answered: `PYTHONPATH=tests python -m campaigns.overload --full`.

First some clients find out how many answers a second there are at most. Then two hundred clients of one address ask
ten times as many, half of them for streams, while one of another address asks one question after the other.
Every request must end with 200, 429 or 503, as many must be answered as before, whoever is refused must be told at
once, and when it is over all must be as it was. Beside it runs another who looks whether the service lives.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from campaigns.asking import Ended, ask, cores, counts, percentile, prepare, question, served

_TIMES = 10  # the capacity
_CLIENTS, _PROBING = 200, 16
_OTHER = "127.0.0.2"  # the address of the one who asks beside them
_REST_SECONDS = 5.0  # after which all must be as before


@dataclass
class Outcome:
    """What came of it."""

    peak: float = 0.0  # answers a second
    seconds: float = 0.0  # of the overload
    crowd: list[Ended] = field(default_factory=list)
    answered_in_time: int = 0  # of the crowd, while it asked
    other: list[Ended] = field(default_factory=list)
    live: list[Ended] = field(default_factory=list)
    ready: list[Ended] = field(default_factory=list)
    before: list[Ended] = field(default_factory=list)  # one after the other
    after: list[Ended] = field(default_factory=list)

    @property
    def goodput(self) -> float:
        """Answers a second under overload by those at the peak."""
        return (self.answered_in_time + len(self.other)) / self.seconds / self.peak

    @property
    def refused_ms(self) -> float:
        """In how many milliseconds 99 of 100 refusals came."""
        return percentile([one.seconds for one in self.crowd if one.status == 503], 99)

    @property
    def faults(self) -> list[str]:
        """What is not as it must be, whatever else the machine does."""
        found = []
        if not set(counts(self.crowd)) <= {200, 429, 503}:
            found.append(f"of the crowd some ended otherwise: {counts(self.crowd)}")
        if any(one.status == 503 and not one.retry_after for one in self.crowd):
            found.append("somebody was refused and not told until when")
        for name in ("other", "live", "ready", "before", "after"):
            ended: list[Ended] = getattr(self, name)
            if set(counts(ended)) != {200}:
                found.append(f"{name}: {counts(ended)}")
        if self.goodput < 0.8:
            found.append(f"goodput {self.goodput:.2f}")
        return found

    def __str__(self) -> str:
        def times(ended: list[Ended], status: int = 200) -> str:
            seconds = [one.seconds for one in ended if one.status == status]
            p50, p99, most = (percentile(seconds, share) for share in (50, 99, 100))
            return f"{len(seconds)} times {status}, p50 {p50:.0f}, p99 {p99:.0f}, most {most:.0f} ms"

        return "\n".join(
            [
                f"peak {self.peak:.1f} answers/s; {len(self.crowd)} requests in {self.seconds:.0f} s: "
                f"{counts(self.crowd)}; goodput {self.goodput:.2f} of the peak",
                f"answered: {times(self.crowd)}",
                f"refused: {times(self.crowd, 503)}",
                f"one of another address: {counts(self.other)}; {times(self.other)}",
                f"live: {counts(self.live)}; {times(self.live)}",
                f"ready: {counts(self.ready)}; {times(self.ready)}",
                f"alone before: {times(self.before)}; {_REST_SECONDS:.0f} s after it: {times(self.after)}",
                cores(),
            ]
        )


async def campaign(port: int, *, seconds: float, probe_seconds: float, seed: int) -> Outcome:
    """Overload a service for so long."""
    outcome, chance = Outcome(), random.Random(seed)
    numbers = iter(range(10**9))

    async def one(**how: object) -> Ended:
        return await ask(port, question(next(numbers)), **how)  # type: ignore[arg-type]

    await one()  # the first loads what is loaded when it is needed
    outcome.before = [await one() for _ in range(10)]

    async def nonstop(until: float, ended: list[Ended]) -> None:
        while time.perf_counter() < until:
            ended.append(await one())

    probed: list[Ended] = []
    started = time.perf_counter()
    await asyncio.gather(*(nonstop(started + probe_seconds, probed) for _ in range(_PROBING)))
    outcome.peak = len(probed) / (time.perf_counter() - started)

    started = time.perf_counter()
    until = started + seconds
    apart = _CLIENTS / (_TIMES * outcome.peak)

    async def client(number: int) -> None:
        due = started + apart * chance.random()
        while (due := max(due, time.perf_counter())) < until:
            await asyncio.sleep(due - time.perf_counter())
            outcome.crowd.append(await one(stream=number % 2 == 1))
            outcome.answered_in_time += outcome.crowd[-1].status == 200 and time.perf_counter() < until
            due += apart * 2 * chance.random()

    async def beside(ended: list[Ended], pause: float, **how: object) -> None:
        while time.perf_counter() < until:
            ended.append(await one(**how))
            await asyncio.sleep(pause)

    await asyncio.gather(
        *(client(number) for number in range(_CLIENTS)),
        beside(outcome.other, 0, source=_OTHER),
        beside(outcome.live, 0.2, path="/health/live"),
        beside(outcome.ready, 0.2, path="/health/ready"),
    )
    outcome.seconds = seconds
    await asyncio.sleep(max(0.0, until + _REST_SECONDS - time.perf_counter()))
    outcome.after = [await one() for _ in range(10)]
    return outcome


def run(
    home: Path,
    *,
    seconds: float,
    probe_seconds: float,
    passages: int,
    seed: int,
    model: bool,
    taken: float,
    **environment: str,
) -> Outcome:
    """Serve a collection of so many passages and overload it."""
    prepare(home, passages, model=model)
    # The whole crowd comes from one address, which may hold a hundred connections where nobody says otherwise.
    given = {"ALLIANCE_QA_CONNECTIONS_PER_ADDRESS": "1000"} | environment
    with served(home, model=model, seconds=taken, **given) as running:
        outcome = asyncio.run(campaign(running.client.port, seconds=seconds, probe_seconds=probe_seconds, seed=seed))
        assert "Traceback" not in running.log, running.log
        return outcome


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="60 seconds and 10,000 passages instead of 4 and 200")
    parser.add_argument("--model", action="store_true", help="with the real models instead of words")
    parser.add_argument("--taken", type=float, default=0.05, help="seconds that the stand-in takes for a question")
    parser.add_argument("--seconds", type=float, help="so long")
    parser.add_argument("--seed", type=int, default=14)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        outcome = run(
            Path(folder),
            seconds=given.seconds or (60 if given.full else 4),
            probe_seconds=15 if given.full else 3,
            passages=10_000 if given.full else 200,
            seed=given.seed,
            model=given.model,
            taken=given.taken,
        )
    print(outcome)
    print(f"seed {given.seed}")
    faults = outcome.faults
    slow = [
        f"{name} {found:.0f} ms, more than {most}"
        for name, found, most in (
            ("refused", outcome.refused_ms, 50),
            ("live", percentile([one.seconds for one in outcome.live], 99), 100),
        )
        if found > most
    ]
    print("\n".join(faults + slow))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
