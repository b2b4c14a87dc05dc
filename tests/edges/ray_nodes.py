"""What a Ray cluster's nodes embed with in tests: word embedders that do something at the builder or on a node only."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alliance_qa.documents import reading
from alliance_qa.errors import ModelError
from alliance_qa.ports import Embedding, PassageInput
from edges.embedder import WordEmbedder

_MOST_SECONDS = 120
_DONE = "\1"

DYING = """
import os, signal
from alliance_qa import documents
from alliance_qa.documents import worker

examine = documents.examine

def dying(data, path, **given):
    if data == b"die":
        os.kill(os.getpid(), signal.SIGSEGV)
    return examine(data, path, **given)

documents.examine = dying
worker.main()
"""
"""A process that reads files, and ends at one that says "die"."""


@dataclass(frozen=True)
class Counted:
    """Loads embedders that note each passage in a file of their node, and wait until so many nodes embed."""

    folder: Path
    nodes: int
    seconds: float = 0.5  # that a batch takes

    def __call__(self) -> WordEmbedder:
        return _Counting(self)

    def texts(self) -> list[str]:
        """Return what was embedded, by whomever."""
        lines = (line for file in self.folder.iterdir() for line in file.read_text("utf-8").split("\0"))
        return [line for line in lines if line not in ("", _DONE)]

    def embedding(self, node: str) -> list[int]:
        """Return the processes of a node that are in the middle of a batch."""
        files = [file for file in self.folder.glob(f"{node}-*") if not file.read_text("utf-8").endswith(f"{_DONE}\0")]
        return [int(file.name.rpartition("-")[2]) for file in files]


class _Counting(WordEmbedder):
    def __init__(self, counted: Counted) -> None:
        self._counted = counted

    def embed_passages(self, inputs: Sequence[PassageInput]) -> list[Embedding]:
        folder, end = self._counted.folder, time.monotonic() + _MOST_SECONDS
        with (folder / f"{_node()}-{os.getpid()}").open("a", encoding="utf-8") as file:
            file.writelines(f"{entry.text}\0" for entry in inputs)
            file.flush()
            while len(list(folder.iterdir())) < self._counted.nodes and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(self._counted.seconds)
            file.write(f"{_DONE}\0")
        return super().embed_passages(inputs)


def _node() -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())


@dataclass(frozen=True)
class ReadBy:
    """Loads word embedders, and has files read by another program."""

    command: tuple[str, ...]

    def __call__(self) -> WordEmbedder:
        reading._COMMAND[:] = self.command
        return WordEmbedder()


@dataclass(frozen=True)
class Elsewhere:
    """Loads another model on the nodes than in the process that made this: none, or one of another fingerprint."""

    builder: int
    fingerprint: str = ""

    def __call__(self) -> WordEmbedder:
        embedder = WordEmbedder()
        if os.getpid() != self.builder:
            if not self.fingerprint:
                raise ModelError("model 'words' cannot be loaded (no such folder); check ALLIANCE_QA_MODEL")
            embedder.fingerprint = self.fingerprint
        return embedder
