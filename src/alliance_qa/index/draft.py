"""A generation that is being written, beside the one in use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import EngineError, IndexWriteError
from alliance_qa.index import disk, holdings, segment
from alliance_qa.index import manifest as manifests
from alliance_qa.index.engine import Engine
from alliance_qa.index.generations import (
    GENERATIONS,
    MANIFEST,
    named,
    open_generation,
    read_manifest,
    require,
    versions,
)
from alliance_qa.index.lock import writing
from alliance_qa.index.manifest import FORMAT, WITH_COLLECTIONS, FileState, Manifest, Recipe
from alliance_qa.index.part import Part
from alliance_qa.index.segment import Segment
from alliance_qa.index.switch import UNFINISHED, prune, switch


class Draft:
    """A generation that is being written; made by `draft`."""

    def __init__(self, index: Path, version: str, folder: Path, engine: Engine | None) -> None:
        self.version = version
        self.segments: list[Segment] = []  # opened, so verified
        self._index, self._folder, self._engine = index, folder, engine
        self._owner = holdings.owner(index) if engine else None
        self._collections = 0  # written by this draft

    def add(self, part: Part, *, factory: str = "") -> Segment:
        """Write a segment, open it, and find one of its passages per document type by its own vector."""
        folder = self._folder / f"{self.version}-{len(self.segments) + 1}"
        info = segment.write(folder, part, factory=factory)
        added = segment.open_segment(folder, info)
        _try_out(added)
        self.segments.append(self._with_collection(added))
        return self.segments[-1]

    def keep(self, kept: Segment, version: str) -> None:
        """Share a segment with an earlier generation."""
        name = kept.info.name
        segment.link(kept.info, self._index / GENERATIONS / version / name, self._folder / name)
        self.segments.append(self._with_collection(kept))

    def _with_collection(self, opened: Segment) -> Segment:
        """Return a segment with a collection that the engine holds; without an engine, as it is."""
        if self._engine is None or self._owner is None or holdings.held(self._engine, [opened.info])[0]:
            return opened
        self._collections += 1
        name = holdings.name(self._owner, self.version, self._collections)
        return replace(opened, info=replace(opened.info, collection=holdings.write(self._engine, opened, name)))

    def sweep(self) -> None:
        """Drop the collections that no generation names. Raises EngineError."""
        if self._engine is not None and self._owner is not None:
            holdings.sweep(self._engine, self._index, self._owner)

    def commit(
        self,
        recipe: Recipe,
        sources: Sequence[FileState],
        *,
        dimension: int,
        reused: int,
        oldest: str | None,
        retain: int,
        previous_is_whole: bool = True,
        operating_point: OperatingPoint | None = None,
        dropped: str | None = None,
    ) -> Manifest:
        """Switch to what was written, and remove the generations that are not retained.

        Args:
            recipe: What it was built by.
            sources: The state of every file of the documents folder.
            dimension: Of the vectors.
            reused: Passages whose vectors were not made again.
            oldest: The earliest generation that may still be quoted; None for this one, which
                removes all others.
            retain: How many other generations stay, for rollback.
            previous_is_whole: Whether the one in use until now is worth one of these places.
            operating_point: What decides whether it answers; None for the shipped one.
            dropped: Why the operating point of the generation before is not among this.

        Raises:
            IndexWriteError: Others were to be removed and cannot; this one is in use.
            EngineError: Likewise, their collections.
        """
        infos = tuple(s.info for s in self.segments)
        manifest = Manifest(
            format=WITH_COLLECTIONS if any(info.collection for info in infos) else FORMAT,
            version=self.version,
            created=manifests.now(),
            recipe=recipe,
            dimension=dimension,
            documents=sum(info.documents for info in infos),
            passages=sum(info.passages for info in infos),
            sentences=sum(info.sentences for info in infos),
            reused=reused,
            oldest=oldest or self.version,
            sources=tuple(sorted(sources, key=lambda state: state.path)),
            segments=infos,
            operating_point=operating_point,
            dropped=dropped,
        )
        generations = self._index / GENERATIONS
        previous = named(self._index)
        disk.write(self._folder / MANIFEST, manifest.to_json().encode())
        disk.sync(self._folder)
        disk.rename(self._folder, generations / self.version)
        disk.sync(generations)
        switch(self._index, manifest)
        with contextlib.suppress(OSError):  # of a folder that cannot be listed just now
            others = [version for version in versions(self._index) if version != self.version]
            # For rollback the one in use until now comes first, or last when it is damaged; then the newest.
            others.sort(key=lambda version: (version == previous) != previous_is_whole)
            prune(self._index, others[retain if oldest else 0 :])
        left = [path.name for path in generations.iterdir() if path.name != self.version] if oldest is None else []
        if left:
            raise IndexWriteError(
                f"generation {self.version} is in use, but {', '.join(sorted(left))} in {generations} cannot be "
                "removed; remove them by hand"
            )
        if oldest is None:  # else by the next build: whoever answers from them still finds them
            self.sweep()
        return manifest


@contextlib.contextmanager
def draft(index: Path, engine: Engine | None = None) -> Iterator[Draft]:
    """Begin a generation. The caller holds `lock`; what is not committed is removed.

    At any moment a crash leaves CURRENT naming a complete generation: the old one until the
    rename in `commit`, the new one from then on.

    Args:
        index: The index folder.
        engine: What is to hold a collection of each segment; None leaves those that there are as they are.

    Raises:
        IndexWriteError: The disk refused; the generation in use is untouched.
        EngineError: The engine cannot be asked; likewise.
    """
    generations = index / GENERATIONS
    with writing(index):
        if not generations.exists():
            disk.make_folder(generations)
            disk.sync(index)
        for leftover in generations.glob(UNFINISHED + "*"):
            disk.remove(leftover)
        # Above what CURRENT names too, which may have gone.
        version = f"{max([0, *map(int, versions(index)), int(named(index) or 0)]) + 1:06d}"
        folder = generations / f"{UNFINISHED}{version}"
        disk.make_folder(folder)
        new = Draft(index, version, folder, engine)
        try:
            new.sweep()
            yield new
        except BaseException:
            if named(index) == version:
                raise
            with contextlib.suppress(OSError):
                if (generations / version).exists():  # it has its number already
                    disk.rename(generations / version, folder)
                disk.remove(folder)
            with contextlib.suppress(EngineError):  # else by the next build
                new.sweep()
            raise


def set_operating_point(index: Path, point: OperatingPoint | None, recipe: Recipe | None, *, retain: int) -> Manifest:
    """Put a generation into use that differs from the one in use in its operating point alone.

    It shares every segment, so `roll_back` undoes it. The caller holds `lock`.

    Args:
        index: The index folder.
        point: None for the shipped one.
        recipe: What the point was fitted with; the generation in use must have been built by the same. None for any.
        retain: How many other generations stay, for rollback.

    Returns:
        The manifest of the generation in use afterwards: the same as before when that has this point already.

    Raises:
        IndexMissingError: Nothing was built yet.
        IndexDamagedError: A file of the generation in use is missing or differs.
        IndexMismatchError: It was built by another recipe or format.
        IndexWriteError: The disk refused; the generation in use is untouched.
    """
    manifest = read_manifest(index)
    require(manifest.recipe, recipe, index)
    if (manifest.operating_point, manifest.dropped) == (point, None):
        return manifest
    opened = open_generation(index, manifest)
    with draft(index) as new:
        for kept in opened.segments:
            new.keep(kept, manifest.version)
        return new.commit(
            manifest.recipe,
            manifest.sources,
            dimension=manifest.dimension,
            reused=manifest.passages,
            oldest=manifest.oldest,
            retain=retain,
            operating_point=point,
        )


def _try_out(opened: Segment) -> None:
    for row in opened.corpus.samples():
        if not opened.corpus.vectors[row].any():  # is found by its words only
            continue
        cosines, _ = opened.dense.search(opened.corpus.vectors[row], 1, None)
        if not cosines[0] > 0.999:
            raise IndexWriteError(f"passage {row} of the new index is not found by its own vector; try again")
