"""The indexes that the campaigns harm: small ones, made without a model, of which every answer is known."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import faiss
import numpy as np

from alliance_qa import documents
from alliance_qa.building import rebuild, segments
from alliance_qa.domain import OperatingPoint
from alliance_qa.index import store
from alliance_qa.index.generation import Generation
from alliance_qa.settings import Settings, load
from edges.embedder import WordEmbedder
from small_collection import GARDENS, HARBOUR, grouped, read_here

LONG = b"\n\n".join(b"# Row %d\n\nMaple number %d stands in row %d of the garden." % (n, n, n) for n in range(12))
DUNES = b"Dunes\n\nThe dunes of Tottori are wide. Camels carry the visitors.\n"
SECRET_WORD = b"Quagga7"
SECRET = b"# Xylophone\n\nThe Quagga7 protocol was kept by Zebedee.\n"

Content = tuple[Any, ...]
"""All that answers are made of; equal contents give equal answers."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change of an index that something may go wrong with."""

    name: str
    settings: Settings  # of the index before the change
    act: Callable[[Settings], object]
    old: Content | None  # before; None where there is no index
    new: Content  # after


@contextmanager
def place() -> Iterator[Path]:
    """Give a folder in memory, where there is one."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        yield Path(name)


@contextmanager
def quick_rebuilds() -> Iterator[None]:
    """Read in this process, each content once, and let no segment be so small that it is always written again."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # several wait for each other longer than they compute
    with (
        mock.patch.object(rebuild, "read_all", read_here),
        mock.patch.object(documents, "read", lru_cache(documents.read)),
        mock.patch.object(segments, "group", grouped(most=20, small=0)),
    ):
        yield
    faiss.omp_set_num_threads(threads)


def update(settings: Settings, *, purge: bool = False) -> None:
    """Bring an index up to date."""
    rebuild.rebuild(settings, WordEmbedder(), purge=purge)


def roll_back(settings: Settings) -> None:
    """Put the generation before into use."""
    with store.lock(settings.index):
        store.roll_back(settings.index)


def calibrate(settings: Settings) -> None:
    """Give the generation in use another operating point."""
    with store.lock(settings.index):
        store.set_operating_point(settings.index, OperatingPoint(0.7, 2.0, -1.0, 45, "2026-11-24"), None, retain=1)


def scenarios(home: Path) -> list[Scenario]:
    """Prepare every change below a folder. Call it within `quick_rebuilds`."""
    long, dunes, gardens, harbour = {"long.md": LONG}, {"a.txt": DUNES}, {"b.txt": GARDENS}, {"c.html": HARBOUR}
    secret = {"secret.md": SECRET}
    purge = partial(update, purge=True)
    return [
        _scenario(home / "first", [], gardens | harbour, update),
        # The second generation shares a segment with the first; the third shares it with both.
        _scenario(home / "adding", [long, long | dunes], long | dunes | harbour, update),
        _scenario(home / "purge", [long, long | secret | gardens], long | gardens, purge),
        _scenario(home / "rollback", [long, long | dunes], long | dunes, roll_back),
        _scenario(home / "calibrate", [long, long | dunes], long | dunes, calibrate),
    ]


def clone(settings: Settings, folder: Path) -> Settings:
    """Give the same index again, in another folder, to be harmed. No file is ever written in place."""
    if settings.index.exists():
        shutil.copytree(settings.index, folder, copy_function=os.link)
        (folder / "lock").unlink()
    return settings.model_copy(update={"index": folder})


def open_sound(settings: Settings) -> tuple[Generation, str | None]:
    """Open what a service with these settings would."""
    return store.open_sound(settings.index, rebuild.recipe(settings, WordEmbedder.fingerprint))


def content(generation: Generation) -> Content:
    """Return all that answers are made of, but for the number of the generation."""
    rows = range(len(generation.corpus))
    cosines, nearest = generation.dense.search(WordEmbedder().embed_question("Which maple stands in row 7?"), 9, None)
    return (
        generation.corpus.documents(),
        generation.corpus.passages(rows),
        generation.corpus.vectors(rows).tobytes(),
        [vectors.tobytes() for vectors in generation.corpus.sentence_vectors(rows)],
        (cosines.tobytes(), nearest.tolist()),
        generation.lexical.scores(
            ["mapl", "row", "7", "dune", "gardener"], np.arange(len(generation.corpus))
        ).tobytes(),
        generation.manifest.operating_point,
    )


def damage(settings: Settings) -> list[str]:
    """Return what is wrong with any generation on disk."""
    return [verdict.damage for verdict in store.check(settings.index) if verdict.damage]


def holds_secret(settings: Settings) -> bool:
    """Tell whether the deleted document has left a trace."""
    paths = [path for path in settings.index.rglob("*") if path.is_file()]
    return any(SECRET_WORD in path.read_bytes() for path in paths)


def _scenario(
    home: Path, earlier: list[dict[str, bytes]], files: dict[str, bytes], act: Callable[[Settings], object]
) -> Scenario:
    settings = load(documents=home / "documents", index=home / "index")
    settings.documents.mkdir(parents=True)
    for before in [*earlier, files]:
        for path in settings.documents.iterdir():
            path.unlink()
        for name, data in before.items():
            (settings.documents / name).write_bytes(data)
        if before is not files:
            update(settings)
    old = content(open_sound(settings)[0]) if earlier else None
    changed = clone(settings, home / "changed")
    act(changed)
    return Scenario(home.name, settings, act, old, content(open_sound(changed)[0]))
