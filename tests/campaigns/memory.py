"""Memory that must level off: `PYTHONPATH=tests python -m campaigns.memory --full`.

Twenty thousand different questions, of one to forty words of the documents, go to a real server with the real
models over the shipped documents, and its resident memory is read after every hundred. After the first fifth
the line through them (least squares) may rise by ten MB in 100,000 questions, give or take what the points
themselves leave open.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy import stats

from campaigns import swaps
from edges import keeper, server

_ROOT = Path(__file__).resolve().parents[2]
_OPENINGS = (
    "When was", "What is", "Who wrote", "Why did", "How many", "Where is", "What does the collection say about",
    "Compare", "Summarise", "Which documents are about", "Is it true that",
)  # fmt: skip
EVERY = 100  # questions between two looks
MOST_PER_QUESTION = 10e6 / 100_000  # bytes


@dataclass
class Outcome:
    """What came of it: resident bytes after each hundred questions."""

    resident: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def slope(self) -> tuple[float, float]:
        """Bytes a question after the first fifth, and the standard error of that."""
        later = self.resident[len(self.resident) // 5 :]
        found = stats.linregress(np.arange(len(later)) * EVERY, later)
        return float(found.slope), float(found.stderr)

    @property
    def levels_off(self) -> bool:
        """Whether memory rises by no more than it may, or by no more than cannot be told from nothing."""
        slope, error = self.slope
        return slope - 2 * error <= MOST_PER_QUESTION

    def __str__(self) -> str:
        slope, error = self.slope
        shown = [*self.resident[:: max(1, len(self.resident) // 10)], self.resident[-1]]
        return (
            f"{len(self.resident) * EVERY} questions, {len(self.failed)} failed {self.failed[:1]}; MB resident "
            f"{[round(each / 1e6) for each in shown]}; after the first fifth "
            f"{slope / 10:+.1f} ± {error / 10:.1f} MB in 100,000 questions"
        )


def questions(documents: Path, seed: int) -> Iterator[str]:
    """Draw questions without end, most of them short."""
    chance = random.Random(seed)
    texts = [path.read_text("utf-8") for path in sorted(documents.iterdir()) if path.suffix in (".md", ".txt")]
    words = sorted(set(re.findall(r"\w+", " ".join(texts))))
    while True:
        drawn = chance.choices(words, k=min(40, 1 + int(chance.expovariate(1 / 8))))
        yield f"{chance.choice(_OPENINGS)} {' '.join(drawn)}?"


def run(home: Path, count: int, *, command: Sequence[str] = server.MODEL, seed: int = 1, clients: int = 4) -> Outcome:
    """Ask so many questions of a server over the documents/ of a folder."""
    outcome, drawn = Outcome(), questions(home / "documents", seed)
    subprocess.run([*command, "index"], cwd=home, env=server.clean_environment(), check=True, capture_output=True)
    environment = {"ALLIANCE_QA_QUERY_LOG": str(home / "questions.sqlite")}
    with (
        server.serving(home, command=command, environment=environment) as running,
        ThreadPoolExecutor(clients) as pool,
    ):

        def ask(text: str) -> None:
            reply = running.client.post("/v1/ask", {"question": text})
            if reply.status != 200:
                outcome.failed.append(f"{reply.status} {reply.text}")

        for _ in range(count // EVERY):
            list(pool.map(ask, list(islice(drawn, EVERY))))
            outcome.resident.append(swaps.resident(running.process.pid))
    return outcome


def main() -> None:
    """Print what came of it; exit code 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="20,000 questions instead of 1,000")
    parser.add_argument("--questions", type=int, help="so many")
    parser.add_argument("--words", action="store_true", help="with words for a model")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        started = time.monotonic()
        shutil.copytree(_ROOT / "documents", Path(folder) / "documents")
        count = given.questions or (20_000 if given.full else 1_000)
        command = keeper.COMMAND if given.words else server.MODEL
        outcome = run(Path(folder), count, command=command, seed=given.seed)
        print(outcome)
        print(f"{time.monotonic() - started:.0f} s, seed {given.seed}")
    sys.exit(bool(outcome.failed or not outcome.levels_off))


if __name__ == "__main__":
    main()
