"""What a build on a Ray cluster costs beside one here, and how it would scale: `python benchmarks/cluster.py`.

Both builds are of the same made-up documents with the default model on this machine. Their rates are processor
seconds, which what else the machine does changes little. The scaling is a simulation with these rates: each core of
a node takes the next batch, the builder takes what comes back in order, and the network carries both ways.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import pickle
import resource
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from alliance_qa.building import cluster, rebuild, segments
from alliance_qa.building.rebuild import Executor
from alliance_qa.building.segments import SplitDocument
from alliance_qa.documents.reading import SourceFile
from alliance_qa.errors import DocumentError
from alliance_qa.models.embedding import LazyEmbedder
from alliance_qa.ports import Embedding, PassageInput
from alliance_qa.settings import Settings, load

_PASSAGES = 20  # of a document
_NETWORK_BYTES = 1e9 / 8  # in a second: 1 Gbit/s
_AHEAD = cluster._AHEAD
_WORDS = (Path(__file__).parents[1] / "documents" / "history-and-phases.md").read_text("utf-8").split()


@dataclass(frozen=True)
class Rates:
    """Processor seconds and bytes for each passage."""

    reading: float  # by a node: the file into passages
    embedding: float  # by a node
    building: float  # by the builder: sending, taking back, writing
    read_bytes: float  # over the network
    embed_bytes: float


class Measured:
    """An executor that notes what it costs."""

    def __init__(self, executor: Executor, settings: Settings) -> None:
        self._inner, self._settings = executor, settings
        self.seconds = {"reading": 0.0, "embedding": 0.0}
        self.bytes = {"reading": 0, "embedding": 0}

    def read(self, files: Sequence[SourceFile]) -> Generator[tuple[SourceFile, SplitDocument | DocumentError]]:
        """Read, and note the processor's time."""
        found = self._inner.read(files)
        while True:
            before = _seconds()
            result = next(found, None)
            self.seconds["reading"] += _seconds() - before
            if result is None:
                return
            source = self._settings.documents / result[0].path
            self.bytes["reading"] += source.stat().st_size + len(pickle.dumps(result))
            yield result

    def embed(self, inputs: Sequence[PassageInput]) -> Iterator[Sequence[Embedding]]:
        """Embed, and note the processor's time."""
        found = iter(self._inner.embed(inputs))
        self.bytes["embedding"] += len(pickle.dumps(list(inputs)))
        while True:
            before = _seconds()
            result = next(found, None)
            self.seconds["embedding"] += _seconds() - before
            if result is None:
                return
            self.bytes["embedding"] += len(pickle.dumps(result))
            yield result


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--tokens", type=int, default=64, help="of a passage")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        rates = _measure(Path(folder), arguments.passages, arguments.tokens)
    print(f"\n{rates}\n")
    print("| cores | 10^6 passages, hours | speedup | 10^7 passages, hours | speedup |\n|---|---|---|---|---|")
    alone = rates.reading + rates.embedding + rates.building
    for cores in (1, 2, 4, 8, 16, 32, 64, 128):
        row = [f"{cores}"]
        for passages in (10**6, 10**7):
            seconds = _simulated(rates, passages, cores)
            row += [f"{seconds / 3_600:.2f}", f"{alone * passages / seconds:.1f}"]
        print(f"| {' | '.join(row)} |")


def _measure(folder: Path, passages: int, tokens: int) -> Rates:
    settings = load(documents=folder / "documents", index=folder / "here", passage_tokens=tokens)
    _write(settings.documents, passages // _PASSAGES, tokens)
    embedder = LazyEmbedder(settings.model)
    here = Measured(rebuild._Local(settings, embedder), settings)
    embedder.embed_question("What is loaded before the clock starts?")
    began, used = time.perf_counter(), _seconds()
    ours = rebuild.rebuild(settings, embedder, executor=here)[0]
    local, local_used = time.perf_counter() - began, _seconds() - used

    there = settings.model_copy(update={"index": folder / "there"})
    began = time.perf_counter()
    with cluster.connect("local", there, partial(LazyEmbedder, settings.model)) as executor:
        connected, used = time.perf_counter(), time.process_time()
        theirs = rebuild.rebuild(there, embedder, executor=executor)[0]
        remote, builder = time.perf_counter() - connected, time.process_time() - used
    connecting = connected - began
    same = [a.files == b.files for a, b in zip(ours.segments, theirs.segments, strict=True)]
    print(
        f"{ours.passages} passages: here {local:.1f} s ({local_used:.1f} s of the processor); on a cluster of this "
        f"machine {connecting:.1f} s until it works, then {remote:.1f} s, the builder computing {builder:.1f} s; "
        f"ratio {remote / local:.2f}, with the start {(connecting + remote) / local:.2f}; same files: {same}"
    )
    return Rates(
        here.seconds["reading"] / ours.passages,
        here.seconds["embedding"] / ours.passages,
        builder / ours.passages,
        here.bytes["reading"] / ours.passages,
        here.bytes["embedding"] / ours.passages,
    )


def _seconds() -> float:
    """Return what this process and its children have computed; children count when they have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _write(folder: Path, files: int, tokens: int) -> None:
    folder.mkdir(parents=True)
    chance = np.random.default_rng(1)
    for number in range(files):
        parts = [f"# Document {number}"]
        for part in range(_PASSAGES):
            words = " ".join(chance.choice(_WORDS, tokens // 2)).replace(".", "").replace("#", "").replace("|", "")
            parts.append(f"## Part {part}\n\nIn the year {number} {words}.")
        (folder / f"{number:05}.md").write_text("\n\n".join(parts) + "\n", "utf-8")


def _simulated(rates: Rates, passages: int, cores: int) -> float:
    """Return the seconds of a build: segment after segment, each read, embedded and written."""
    size = segments.SEGMENT_PASSAGES
    batch = segments.AT_ONCE
    at_once = cluster._FILES_AT_ONCE * _PASSAGES  # passages of a task that reads
    one = _stage(round(size / at_once), at_once * rates.reading, at_once * rates.read_bytes / _NETWORK_BYTES, cores)
    one += _stage(size // batch, batch * rates.embedding, batch * rates.embed_bytes / _NETWORK_BYTES, cores)
    return (one + rates.building * size) * passages / size


def _stage(batches: int, work: float, transfer: float, cores: int) -> float:
    """Return the seconds until all batches are back, in order; how long one takes varies by a third."""
    varied = np.random.default_rng(7).lognormal(0, 0.3, batches)
    varied *= work / varied.mean()
    free, done, now = [0.0] * cores, [], 0.0
    for number, seconds in enumerate(varied):
        if number > _AHEAD * cores:
            now = max(now, done[number - _AHEAD * cores - 1]) + transfer
        begins = max(now, heapq.heappop(free))
        done.append(begins + float(seconds))
        heapq.heappush(free, done[-1])
    for end in itertools.islice(done, max(0, batches - _AHEAD * cores - 1), None):
        now = max(now, end) + transfer
    return now


if __name__ == "__main__":
    main()
