"""Generations on disk: written beside the one in use, verified, switched to by one rename.

index/CURRENT                    the number of the generation in use, written last
index/lock                       held by the one writer
index/generations/000007/        manifest.json, corpus.sqlite, vectors.npy, sentences.npy,
                                 dense.faiss, lexical/
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alliance_qa import corpus as corpora
from alliance_qa import lexical as lexicals
from alliance_qa import terms
from alliance_qa.corpus import StoredCorpus
from alliance_qa.dense import faiss as dense_faiss
from alliance_qa.dense.faiss import FaissIndex
from alliance_qa.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    IndexWriteError,
)
from alliance_qa.indexing import Build
from alliance_qa.lexical import Bm25Index
from alliance_qa.manifest import FORMAT, Manifest, Recipe, StoredFile
from alliance_qa.passages import context

_MANIFEST = "manifest.json"
_UNFINISHED = ".new-"


@dataclass(frozen=True, slots=True)
class Generation:
    """One opened generation: everything that an answer is made from. It never changes."""

    manifest: Manifest
    corpus: StoredCorpus
    dense: FaissIndex
    lexical: Bm25Index

    @property
    def version(self) -> str:
        """The generation's number as it stands in answers: six digits or more."""
        return self.manifest.version


def current(index: Path) -> str:
    """Return the number of the generation in use. Raises IndexMissingError, IndexDamagedError."""
    try:
        version = (index / "CURRENT").read_text("ascii").strip()
    except FileNotFoundError:
        raise IndexMissingError(f'no index in {index}; run "alliance-qa index" first') from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f'{index}/CURRENT cannot be read; run "alliance-qa index" again') from error
    if not version.isdigit():
        raise IndexDamagedError(f'{index}/CURRENT names no generation; run "alliance-qa index" again')
    return version


def read_manifest(index: Path) -> Manifest:
    """Return the manifest of the generation in use, its format checked."""
    folder = index / "generations" / current(index)
    try:
        manifest = Manifest.from_json((folder / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(f'{folder}/{_MANIFEST} is damaged; run "alliance-qa index" again') from error
    if manifest.format != FORMAT:
        raise IndexMismatchError(
            f'{folder} has format {manifest.format}; this version reads format {FORMAT}; run "alliance-qa index" again'
        )
    return manifest


def open_current(index: Path, recipe: Recipe) -> Generation:
    """Open the generation in use, after comparing every file with the manifest.

    Raises:
        IndexMissingError: Nothing was built yet.
        IndexDamagedError: A file is missing or differs; the message names it.
        IndexMismatchError: It was built by another recipe or format.
    """
    manifest = read_manifest(index)
    require(manifest.recipe, recipe, index)
    return _open(index / "generations" / manifest.version, manifest)


@contextlib.contextmanager
def open_unchecked(index: Path) -> Iterator[Generation]:
    """Open the generation in use for reading its documents, whatever model it was built with."""
    manifest = read_manifest(index)
    generation = _open(index / "generations" / manifest.version, manifest)
    try:
        yield generation
    finally:
        generation.corpus.close()


def require(built: Recipe, wanted: Recipe, index: Path) -> None:
    """Refuse an index whose vectors are not the ones this service makes."""
    again = 'run "alliance-qa index" again'
    if (built.fingerprint, built.dimension) != (wanted.fingerprint, wanted.dimension):
        raise IndexMismatchError(
            f"{index} was built by {built.model} (dimension {built.dimension}, {built.fingerprint[:8]}); this "
            f"service uses {wanted.model} (dimension {wanted.dimension}, {wanted.fingerprint[:8]}); {again}"
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
    with _writing(index):
        index.mkdir(parents=True, exist_ok=True)
        handle = os.open(index / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise IndexBusyError(f"process {holder} is writing {index}; try again when it has ended") from None
        with _writing(index):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def write(index: Path, build: Build, *, retain: int = 1) -> Manifest:
    """Write a generation, verify it, switch to it, and remove those that are not retained.

    The caller holds `lock`. At any moment a crash leaves CURRENT naming a complete
    generation: the old one until the rename, the new one from then on.

    Args:
        index: The index folder.
        build: What the generation holds.
        retain: How many earlier generations stay, for rollback.

    Raises:
        IndexWriteError: The disk refused; the generation in use is untouched.
    """
    generations = index / "generations"
    with _writing(index):
        generations.mkdir(exist_ok=True)
        for leftover in generations.glob(_UNFINISHED + "*"):
            shutil.rmtree(leftover)
        version = f"{max([0, *_numbers(generations)]) + 1:06d}"
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=generations))
        folder.chmod(0o755)
        try:
            manifest = _fill(folder, build, version)
            _verify(folder, manifest)
            os.rename(folder, generations / version)
            _sync(generations)
            _switch(index, version)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            if _named(index) != version:  # it may have its number already, and would count as retained
                shutil.rmtree(generations / version, ignore_errors=True)
            raise
        _prune(generations, version, retain)
    return manifest


def _fill(folder: Path, build: Build, version: str) -> Manifest:
    corpora.write(folder, build.documents, build.passages, build.keys, build.vectors, build.sentence_vectors)
    (folder / "dense.faiss").write_bytes(dense_faiss.serialize(build.vectors))
    (folder / "lexical").mkdir()
    lexicals.write(folder / "lexical", _passage_terms(build))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(
        format=FORMAT,
        version=version,
        created=datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        recipe=build.recipe,
        documents=len(build.documents),
        passages=len(build.passages),
        sentences=sum(len(passage.sentences) for passage in build.passages),
        reused=build.reused,
        sources=build.sources,
        files={path.relative_to(folder).as_posix(): _stored(path) for path in files},
    )
    (folder / _MANIFEST).write_text(manifest.to_json(), "utf-8")
    for path in (*files, folder / _MANIFEST, folder / "lexical", folder):
        _sync(path)
    return manifest


def _passage_terms(build: Build) -> list[list[str]]:
    documents = {document.id: document for document in build.documents}
    return [
        terms.terms(f"{context(documents[passage.document_id], passage)}\n{passage.text}") for passage in build.passages
    ]


def _open(folder: Path, manifest: Manifest) -> Generation:
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            found = _stored(path)
        except OSError as error:
            raise IndexDamagedError(
                f'{path} cannot be read ({error.strerror}); run "alliance-qa index --full"'
            ) from error
        if found != expected:
            raise IndexDamagedError(
                f"{path} is damaged: expected {expected.size} bytes, SHA-256 {expected.sha256[:12]}…, "
                f'found {found.size} bytes, {found.sha256[:12]}…; run "alliance-qa index --full"'
            )
    try:
        generation = Generation(
            manifest,
            StoredCorpus(folder),
            FaissIndex.open(folder / "dense.faiss"),
            Bm25Index.open(folder / "lexical", manifest.passages),
        )
    except (OSError, ValueError, sqlite3.Error) as error:
        raise IndexDamagedError(f'{folder} cannot be opened; run "alliance-qa index --full"') from error
    if not manifest.passages == len(generation.corpus) == len(generation.dense):
        raise IndexDamagedError(f'{folder} holds other counts than its manifest; run "alliance-qa index --full"')
    return generation


def _verify(folder: Path, manifest: Manifest) -> None:
    """Open what was written and find one passage per document type by its own vector."""
    generation = _open(folder, manifest)
    try:
        seen: set[str] = set()
        rows = [0] * bool(manifest.passages)
        for document in generation.corpus.documents():
            if document.media_type not in seen:
                seen.add(document.media_type)
                rows += generation.corpus.rows_of([document.id])[:1].tolist()
        for row in rows:
            vector = generation.corpus.vectors([row])[0]
            cosines, _ = generation.dense.search(vector, 1, None)
            if not cosines[0] > 0.999:
                raise IndexWriteError(f"passage {row} of the new index is not found by its own vector; try again")
    finally:
        generation.corpus.close()


def _switch(index: Path, version: str) -> None:
    earlier = _named(index)
    _name(index, version, sync=_sync)
    try:
        _sync(index)
    except OSError:
        # Whoever is told that the write failed is told that the earlier generation is in use,
        # also by a disk that goes on refusing to sync.
        if earlier is None:
            (index / "CURRENT").unlink()
        else:
            _name(index, earlier, sync=_sync_if_possible)
        _sync_if_possible(index)
        raise


def _name(index: Path, version: str, *, sync: Callable[[Path], None]) -> None:
    temporary = index / "CURRENT.new"
    temporary.write_text(version + "\n", "ascii")
    sync(temporary)
    os.replace(temporary, index / "CURRENT")


def _named(index: Path) -> str | None:
    try:
        return current(index)
    except (IndexMissingError, IndexDamagedError):
        return None


def _prune(generations: Path, version: str, retain: int) -> None:
    older = sorted(number for number in _numbers(generations) if number < int(version))
    for number in older[: max(0, len(older) - retain)]:
        # A reader that still holds the files keeps them: they go when it lets go.
        shutil.rmtree(generations / f"{number:06d}", ignore_errors=True)


def _numbers(generations: Path) -> list[int]:
    return [int(path.name) for path in generations.iterdir() if path.name.isdigit()]


def _stored(path: Path) -> StoredFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return StoredFile(file.tell(), digest)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_if_possible(path: Path) -> None:
    with contextlib.suppress(OSError):
        _sync(path)


@contextlib.contextmanager
def _writing(index: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise IndexWriteError(
            f"{index} cannot be written ({reason}); the index in use is untouched; mend this and run again"
        ) from error
