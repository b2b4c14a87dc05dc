"""The generations on disk, found, read and opened: nothing here writes.

index/CURRENT                    the generation in use and the SHA-256 of its manifest; written last
index/lock                       held by the one writer
index/OWNER                      whose the collections in an engine are; there is none without an engine
index/generations/000007/        manifest.json and a folder per segment; a segment that did not
                                 change is shared with the generation before by hard links
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alliance_qa.errors import EngineError, IndexDamagedError, IndexMismatchError, IndexMissingError
from alliance_qa.index import segment
from alliance_qa.index.engine import Engine
from alliance_qa.index.generation import Generation
from alliance_qa.index.manifest import FORMAT, READABLE, Manifest, Recipe
from alliance_qa.index.segment import Segment

CURRENT, GENERATIONS, MANIFEST = "CURRENT", "generations", "manifest.json"
AGAIN = 'run "alliance-qa index" to mend it'


def current(index: Path) -> str:
    """Return the number of the generation in use. Raises IndexMissingError, IndexDamagedError."""
    return _read_current(index)[0]


def named(index: Path) -> str | None:
    """Return the number of the generation in use, None when it cannot be told."""
    try:
        return current(index)
    except (IndexMissingError, IndexDamagedError):
        return None


def in_use(index: Path) -> bytes | None:
    """Return what CURRENT holds, unread: another value means another generation. None when it cannot be read."""
    try:
        return _content(index / CURRENT)
    except OSError:
        return None


def versions(index: Path) -> list[str]:
    """Return the numbers of all generations on disk, the newest first."""
    try:
        found = [path.name for path in (index / GENERATIONS).iterdir() if path.name.isdecimal()]
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
    path = index / GENERATIONS / named / MANIFEST
    try:
        data = _content(path)
        # First, or damage to the number of the format would pass for another format.
        agrees = digest is None or digest == hashlib.sha256(data).hexdigest()
        manifest = Manifest.from_json(data.decode())
    except FileNotFoundError as error:
        if version is not None and not path.parent.exists():
            raise IndexMissingError(f"{index} holds no generation {version}") from None
        raise IndexDamagedError(f"{path} is missing; {AGAIN}") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(f"{path} is damaged: it is not what its checksum says; {AGAIN}") from error
    if agrees and manifest.format not in READABLE:
        raise IndexMismatchError(
            f'{path.parent} has format {manifest.format}; this version reads format {FORMAT}; run "alliance-qa index"'
        )
    if not agrees or manifest.version != named:
        raise IndexDamagedError(f"{index}/{CURRENT} and {path} do not agree; {AGAIN}")
    return manifest


def newest_manifest(index: Path) -> Manifest | None:
    """Return the manifest of the generation in use or, when it is lost, the newest that can be read; None for none."""
    for version in (None, *versions(index)):
        with contextlib.suppress(IndexMissingError, IndexDamagedError, IndexMismatchError):
            return read_manifest(index, version)
    return None


def open_generation(
    index: Path, manifest: Manifest, shared: Sequence[Segment] = (), engine: Engine | None = None
) -> Generation:
    """Open a generation after comparing every file with its manifest.

    Args:
        index: The index folder.
        manifest: Of the generation.
        shared: Segments that are open already; those that it shares are neither compared nor opened again.
        engine: What proposes passages; it is not asked yet. None for what the index folder holds.

    Raises:
        IndexDamagedError: A file is missing or differs; the message names it.
        EngineError: It was built without an engine.
    """
    if engine is not None and not manifest.has_collections:
        raise EngineError(
            f'generation {manifest.version} was built without {engine.name}; run "alliance-qa index" to write its '
            "passages there, or take ALLIANCE_QA_STORE=milvus back"
        )
    folder = index / GENERATIONS / manifest.version
    opened = {s.info.name: s for s in shared}
    found = [
        opened[info.name]
        if info.name in opened and opened[info.name].info == info
        else segment.open_segment(folder / info.name, info)
        for info in manifest.segments
    ]
    return Generation(manifest, tuple(found), engine)


def open_sound(
    index: Path, recipe: Recipe | None, shared: Sequence[Segment] = (), engine: Engine | None = None
) -> tuple[Generation, str | None]:
    """Open the generation in use or, when it is damaged, the newest one that is whole.

    Args:
        index: The index folder.
        recipe: What it must have been built by; None for any.
        shared: See `open_generation`.
        engine: Likewise.

    Returns:
        The generation, and what is wrong with the one in use when it is not that.

    Raises:
        IndexMissingError: Nothing was built yet.
        IndexDamagedError: No generation is whole; the message is about the one in use.
        IndexMismatchError: It was built by another recipe or format.
        EngineError: It was built without an engine.
    """
    named = in_use(index)
    try:
        manifest = read_manifest(index)
        require(manifest.recipe, recipe, index)
        return open_generation(index, manifest, shared, engine), None
    except IndexDamagedError as error:
        if in_use(index) != named:  # another was put into use, and this one removed
            return open_sound(index, recipe, shared, engine)
        for version in versions(index):
            with contextlib.suppress(IndexDamagedError, IndexMismatchError):
                manifest = read_manifest(index, version)
                require(manifest.recipe, recipe, index)
                return open_generation(index, manifest, shared, engine), str(error)
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


def _content(path: Path) -> bytes:
    """Return what a file holds. Raises OSError, also where it is none: a pipe has no end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return path.read_bytes()


def _read_current(index: Path) -> tuple[str, str]:
    try:
        text = _content(index / CURRENT).decode("ascii")
    except FileNotFoundError:
        raise IndexMissingError(f'no index in {index}; run "alliance-qa index" first') from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f"{index}/{CURRENT} cannot be read; {AGAIN}") from error
    version, _, digest = text.partition(" ")
    if not version.isdigit() or len(digest) != 65 or not digest.endswith("\n"):
        raise IndexDamagedError(f"{index}/{CURRENT} names no generation; {AGAIN}")
    return version, digest.removesuffix("\n")
