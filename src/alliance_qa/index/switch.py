"""Which generation is in use: changed by one rename, so that at any moment it is a complete one."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

from alliance_qa.errors import EngineError, IndexDamagedError, IndexMissingError, IndexWriteError
from alliance_qa.index import disk
from alliance_qa.index.engine import Engine
from alliance_qa.index.generations import AGAIN, CURRENT, GENERATIONS, MANIFEST, named, read_manifest, versions
from alliance_qa.index.lock import writing
from alliance_qa.index.manifest import Manifest

UNFINISHED = ".new-"  # before the number of a generation that is being written or removed


def roll_back(index: Path, version: str | None = None, engine: Engine | None = None) -> Manifest:
    """Put an earlier generation into use again. The caller holds `lock`.

    Only the sizes of its files are compared, so that this takes no time; whoever opens it
    compares everything.

    Args:
        index: The index folder.
        version: Which; None for the newest before the one in use.
        engine: What proposes passages; it is not asked. None for what the index folder holds.

    Raises:
        EngineError: It was built without an engine.
        IndexMissingError: There is none, or not this one.
        IndexDamagedError: A file is missing or of another size.
        IndexWriteError: The disk refused; the generation in use is untouched.
    """
    if version is None:
        in_use = named(index)
        earlier = [v for v in versions(index) if in_use is None or int(v) < int(in_use)]
        if not earlier:
            raise IndexMissingError(
                f"{index} holds no generation before {in_use or 'the one in use'}; "
                "ALLIANCE_QA_RETAINED_GENERATIONS says how many are kept"
            )
        version = earlier[0]
    manifest = read_manifest(index, version)
    if engine is not None and not manifest.has_collections:
        raise EngineError(
            f"generation {version} was built without {engine.name}; take ALLIANCE_QA_STORE=milvus away, here and from "
            "services, to use it"
        )
    for info in manifest.segments:
        for name, expected in info.files.items():
            path = index / GENERATIONS / version / info.name / name
            size = path.stat().st_size if path.is_file() else None
            if size != expected.size:
                raise IndexDamagedError(f"{path} is damaged: expected {expected.size} bytes, found {size}; {AGAIN}")
    with writing(index):
        switch(index, manifest)
    return manifest


def switch(index: Path, manifest: Manifest) -> None:
    """Put a written generation into use, and make that last. Raises OSError, IndexWriteError."""
    path, before, after = index / CURRENT, index / f"{CURRENT}.before", index / f"{CURRENT}.new"
    manifest_text = (index / GENERATIONS / manifest.version / MANIFEST).read_bytes()
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


def prune(index: Path, removed: Sequence[str]) -> None:
    """Remove generations. What cannot be removed now is removed by the next build."""
    generations = index / GENERATIONS
    with contextlib.suppress(OSError):
        for version in removed:
            # Under a name that no reader looks for, so that none finds half of it. A reader that has
            # it open keeps its files.
            with contextlib.suppress(OSError):
                disk.rename(generations / version, generations / f"{UNFINISHED}{version}")
                disk.remove(generations / f"{UNFINISHED}{version}")
        disk.sync(generations)
