"""Generations on disk: written beside the one in use, verified, switched to by one rename.

index/CURRENT                    the generation in use and the SHA-256 of its manifest; written last
index/lock                       held by the one writer
index/generations/000007/        manifest.json and a folder per segment; a segment that did not
                                 change is shared with the generation before by hard links
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, IndexMissingError, IndexWriteError
from alliance_qa.index import disk, segment
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import FORMAT, READABLE, FileState, Manifest, Recipe
from alliance_qa.index.part import Part
from alliance_qa.index.segment import Segment

_CURRENT, _GENERATIONS, _MANIFEST, _UNFINISHED = "CURRENT", "generations", "manifest.json", ".new-"
_AGAIN = 'run "alliance-qa index" to mend it'


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of checking one generation."""

    version: str
    in_use: bool
    damage: str | None  # names the file, what was expected and what was found
    operating_point: OperatingPoint | None = None  # None: the shipped one


def current(index: Path) -> str:
    """Return the number of the generation in use. Raises IndexMissingError, IndexDamagedError."""
    return _read_current(index)[0]


def in_use(index: Path) -> bytes | None:
    """Return what CURRENT holds, unread: another value means another generation. None when it cannot be read."""
    try:
        return (index / _CURRENT).read_bytes()
    except OSError:
        return None


def versions(index: Path) -> list[str]:
    """Return the numbers of all generations on disk, the newest first."""
    try:
        found = [path.name for path in (index / _GENERATIONS).iterdir() if path.name.isdecimal()]
    except OSError:
        return []
    return sorted(found, key=int, reverse=True)


def read_manifest(index: Path, version: str | None = None) -> Manifest:
    """Return the manifest of a generation, of the one in use when none is named.

    Raises:
        IndexMissingError: There is no such generation.
        IndexDamagedError: It is not what was written.
        IndexMismatchError: It has another format.
    """
    named, digest = _read_current(index) if version is None else (version, None)
    path = index / _GENERATIONS / named / _MANIFEST
    try:
        data = path.read_bytes()
        # First, or damage to the number of the format would pass for another format.
        agrees = digest is None or digest == hashlib.sha256(data).hexdigest()
        manifest = Manifest.from_json(data.decode())
    except FileNotFoundError as error:
        if version is not None and not path.parent.exists():
            raise IndexMissingError(f"{index} holds no generation {version}") from None
        raise IndexDamagedError(f"{path} is missing; {_AGAIN}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(f"{path} is damaged: it is not what its checksum says; {_AGAIN}") from error
    if agrees and manifest.format not in READABLE:
        raise IndexMismatchError(
            f'{path.parent} has format {manifest.format}; this version reads format {FORMAT}; run "alliance-qa index"'
        )
    if not agrees or manifest.version != named:
        raise IndexDamagedError(f"{index}/{_CURRENT} and {path} do not agree; {_AGAIN}")
    return manifest


def newest_manifest(index: Path) -> Manifest | None:
    """Return the manifest of the generation in use or, when it is lost, the newest that can be read; None for none."""
    for version in (None, *versions(index)):
        with contextlib.suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
            return read_manifest(index, version)
    return None


def open_generation(index: Path, manifest: Manifest, shared: Sequence[Segment] = ()) -> Generation:
    """Open a generation after comparing every file with its manifest.

    Args:
        index: The index folder.
        manifest: Of the generation.
        shared: Segments that are open already; those that it shares are neither compared nor opened again.

    Raises:
        IndexDamagedError: A file is missing or differs; the message names it.
    """
    folder = index / _GENERATIONS / manifest.version
    opened = {s.info.name: s for s in shared}
    found = [
        opened[info.name]
        if info.name in opened and opened[info.name].info == info
        else segment.open_segment(folder / info.name, info)
        for info in manifest.segments
    ]
    return Generation(manifest, tuple(found))


def open_sound(index: Path, recipe: Recipe | None, shared: Sequence[Segment] = ()) -> tuple[Generation, str | None]:
    """Open the generation in use or, when it is damaged, the newest one that is whole.

    Args:
        index: The index folder.
        recipe: What it must have been built by; None for any.
        shared: See `open_generation`.

    Returns:
        The generation, and what is wrong with the one in use when it is not that.

    Raises:
        IndexMissingError: Nothing was built yet.
        IndexDamagedError: No generation is whole; the message is about the one in use.
        IndexMismatchError: It was built by another recipe or format.
    """
    named = in_use(index)
    try:
        manifest = read_manifest(index)
        require(manifest.recipe, recipe, index)
        return open_generation(index, manifest, shared), None
    except IndexDamagedError as error:
        if in_use(index) != named:  # another was put into use, and this one removed
            return open_sound(index, recipe, shared)
        for version in versions(index):
            with contextlib.suppress(IndexDamagedError, IndexMismatchError):
                manifest = read_manifest(index, version)
                require(manifest.recipe, recipe, index)
                return open_generation(index, manifest, shared), str(error)
        raise


def salvage(index: Path, shared: Sequence[Segment] = ()) -> tuple[Manifest, list[Segment]] | None:
    """Return the manifest of the generation in use and those of its segments that are whole; None when it is lost."""
    try:
        manifest = read_manifest(index)
    except (IndexMissingError, IndexDamagedError, IndexMismatchError):
        return None
    found: list[Segment] = []
    for info in manifest.segments:
        with contextlib.suppress(IndexDamagedError):
            found += open_generation(index, replace(manifest, segments=(info,)), shared).segments
    return manifest, found


def require(built: Recipe, wanted: Recipe | None, index: Path) -> None:
    """Refuse an index whose vectors are not the ones this service makes."""
    if wanted is None:
        return
    again = 'run "alliance-qa index"'
    if built.fingerprint != wanted.fingerprint:
        raise IndexMismatchError(
            f"{index} was built by {built.model} ({built.fingerprint[:8]}); this service uses {wanted.model} "
            f"({wanted.fingerprint[:8]}); {again}"
        )
    if (built.splitter, built.passage_tokens) != (wanted.splitter, wanted.passage_tokens):
        raise IndexMismatchError(
            f"{index} was split by {built.splitter} into {built.passage_tokens} tokens; this service uses "
            f"{wanted.splitter} and {wanted.passage_tokens}; {again}"
        )


@contextlib.contextmanager
def lock(index: Path) -> Iterator[None]:
    """Be the only writer. The lock goes with the process, so a killed one never blocks.

    Raises:
        IndexBusyError: Another process holds it.
        IndexWriteError: The folder cannot be written.
    """
    with writing(index):
        for folder in [folder for folder in (index, *index.parents) if not folder.exists()][::-1]:
            disk.make_folder(folder)
            disk.sync(folder.parent)
        handle = os.open(index / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise IndexBusyError(f"process {holder} is writing {index}; try again when it has ended") from None
        with writing(index):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


class Draft:
    """A generation that is being written; made by `draft`."""

    def __init__(self, index: Path, version: str, folder: Path) -> None:
        self.version = version
        self.segments: list[Segment] = []  # opened, so verified
        self._index, self._folder = index, folder

    def add(self, part: Part, *, factory: str = "") -> Segment:
        """Write a segment, open it, and find one of its passages per document type by its own vector."""
        folder = self._folder / f"{self.version}-{len(self.segments) + 1}"
        info = segment.write(folder, part, factory=factory)
        added = segment.open_segment(folder, info)
        _try_out(added)
        self.segments.append(added)
        return added

    def keep(self, kept: Segment, version: str) -> None:
        """Share a segment with an earlier generation."""
        name = kept.info.name
        segment.link(kept.info, self._index / _GENERATIONS / version / name, self._folder / name)
        self.segments.append(kept)

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
        """
        infos = tuple(s.info for s in self.segments)
        manifest = Manifest(
            format=FORMAT,
            version=self.version,
            created=now(),
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
        generations = self._index / _GENERATIONS
        previous = _named(self._index)
        disk.write(self._folder / _MANIFEST, manifest.to_json().encode())
        disk.sync(self._folder)
        disk.rename(self._folder, generations / self.version)
        disk.sync(generations)
        _switch(self._index, manifest)
        with contextlib.suppress(OSError):  # of a folder that cannot be listed just now
            others = [version for version in versions(self._index) if version != self.version]
            # For rollback the one in use until now comes first, or last when it is damaged; then the newest.
            others.sort(key=lambda version: (version == previous) != previous_is_whole)
            _prune(self._index, others[retain if oldest else 0 :])
        left = [path.name for path in generations.iterdir() if path.name != self.version] if oldest is None else []
        if left:
            raise IndexWriteError(
                f"generation {self.version} is in use, but {', '.join(sorted(left))} in {generations} cannot be "
                "removed; remove them by hand"
            )
        return manifest


@contextlib.contextmanager
def draft(index: Path) -> Iterator[Draft]:
    """Begin a generation. The caller holds `lock`; what is not committed is removed.

    At any moment a crash leaves CURRENT naming a complete generation: the old one until the
    rename in `commit`, the new one from then on.

    Raises:
        IndexWriteError: The disk refused; the generation in use is untouched.
    """
    generations = index / _GENERATIONS
    with writing(index):
        if not generations.exists():
            disk.make_folder(generations)
            disk.sync(index)
        for leftover in generations.glob(_UNFINISHED + "*"):
            disk.remove(leftover)
        # Above what CURRENT names too, which may have gone.
        version = f"{max([0, *map(int, versions(index)), int(_named(index) or 0)]) + 1:06d}"
        folder = generations / f"{_UNFINISHED}{version}"
        disk.make_folder(folder)
        try:
            yield Draft(index, version, folder)
        except BaseException:
            if _named(index) == version:
                raise
            with contextlib.suppress(OSError):
                if (generations / version).exists():  # it has its number already
                    disk.rename(generations / version, folder)
                disk.remove(folder)
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


def roll_back(index: Path, version: str | None = None) -> Manifest:
    """Put an earlier generation into use again. The caller holds `lock`.

    Only the sizes of its files are compared, so that this takes no time; whoever opens it
    compares everything.

    Args:
        index: The index folder.
        version: Which; None for the newest before the one in use.

    Raises:
        IndexMissingError: There is none, or not this one.
        IndexDamagedError: A file is missing or of another size.
        IndexWriteError: The disk refused; the generation in use is untouched.
    """
    if version is None:
        in_use = _named(index)
        earlier = [v for v in versions(index) if in_use is None or int(v) < int(in_use)]
        if not earlier:
            raise IndexMissingError(
                f"{index} holds no generation before {in_use or 'the one in use'}; "
                "ALLIANCE_QA_RETAINED_GENERATIONS says how many are kept"
            )
        version = earlier[0]
    manifest = read_manifest(index, version)
    for info in manifest.segments:
        for name, expected in info.files.items():
            path = index / _GENERATIONS / version / info.name / name
            size = path.stat().st_size if path.is_file() else None
            if size != expected.size:
                raise IndexDamagedError(f"{path} is damaged: expected {expected.size} bytes, found {size}; {_AGAIN}")
    with writing(index):
        _switch(index, manifest)
    return manifest


def check(index: Path) -> list[Verdict]:
    """Compare every file of every generation with its manifest, the newest first.

    Raises:
        IndexMissingError: Nothing was built yet.
    """
    verdicts = []
    try:
        in_use: str | None = current(index)
    except IndexDamagedError as error:
        in_use = None
        verdicts.append(Verdict("CURRENT", True, str(error)))
    for version in versions(index):
        point, damage = None, None
        try:
            manifest = read_manifest(index, None if version == in_use else version)
            point = manifest.operating_point
            open_generation(index, manifest)
        except (IndexDamagedError, IndexMismatchError) as error:
            damage = str(error)
        verdicts.append(Verdict(version, version == in_use, damage, point))
    if in_use is not None and in_use not in [verdict.version for verdict in verdicts]:
        verdicts.append(Verdict(in_use, True, f"{index}/{_GENERATIONS}/{in_use} is missing; {_AGAIN}"))
    return verdicts


def now() -> str:
    """Return the time as it stands in manifests: ISO 8601, UTC, seconds."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


@contextlib.contextmanager
def writing(index: Path) -> Iterator[None]:
    """Turn the disk's refusal into our error."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexWriteError(
            f"{index} cannot be written ({reason}); the index in use is untouched; mend this and run again"
        ) from error


def _read_current(index: Path) -> tuple[str, str]:
    try:
        text = (index / _CURRENT).read_bytes().decode("ascii")
    except FileNotFoundError:
        raise IndexMissingError(f'no index in {index}; run "alliance-qa index" first') from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f"{index}/{_CURRENT} cannot be read; {_AGAIN}") from error
    version, _, digest = text.partition(" ")
    if not version.isdigit() or len(digest) != 65 or not digest.endswith("\n"):
        raise IndexDamagedError(f"{index}/{_CURRENT} names no generation; {_AGAIN}")
    return version, digest.removesuffix("\n")


def _named(index: Path) -> str | None:
    try:
        return current(index)
    except (IndexMissingError, IndexDamagedError):
        return None


def _try_out(opened: Segment) -> None:
    for row in opened.corpus.samples():
        cosines, _ = opened.dense.search(opened.corpus.vectors[row], 1, None)
        if not cosines[0] > 0.999:
            raise IndexWriteError(f"passage {row} of the new index is not found by its own vector; try again")


def _switch(index: Path, manifest: Manifest) -> None:
    path, before, after = index / _CURRENT, index / f"{_CURRENT}.before", index / f"{_CURRENT}.new"
    manifest_text = (index / _GENERATIONS / manifest.version / _MANIFEST).read_bytes()
    digest = hashlib.sha256(manifest_text).hexdigest()
    disk.remove(before)
    disk.remove(after)
    had = path.exists()
    if had:
        disk.link(path, before)
    disk.write(after, f"{manifest.version} {digest}\n".encode())
    disk.rename(after, path)
    try:
        disk.sync(index)
    except OSError as error:
        # Whoever is told that the write failed finds the earlier generation in use, also on a
        # disk that goes on refusing to sync.
        try:
            disk.rename(before, path) if had else disk.remove(path)
        except OSError:
            raise IndexWriteError(
                f"generation {manifest.version} is in use, but the disk of {index} refuses to make that last "
                f"({error.strerror}); mend this and run again"
            ) from error
        with contextlib.suppress(OSError):
            disk.sync(index)
        raise
    with contextlib.suppress(OSError):
        disk.remove(before)


def _prune(index: Path, removed: Sequence[str]) -> None:
    """Remove generations. What cannot be removed now is removed by the next build."""
    generations = index / _GENERATIONS
    with contextlib.suppress(OSError):
        for version in removed:
            # Under a name that no reader looks for, so that none finds half of it. A reader that has
            # it open keeps its files.
            with contextlib.suppress(OSError):
                disk.rename(generations / version, generations / f"{_UNFINISHED}{version}")
                disk.remove(generations / f"{_UNFINISHED}{version}")
        disk.sync(generations)
