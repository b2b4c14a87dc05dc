"""The composition root: adapters picked from the settings, and what a keeper and a visitor can do."""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from alliance_qa import __version__, answering, documents, index, indexing
from alliance_qa.answering import Collection
from alliance_qa.domain import Answer, Document, Filters, RankedPassage, Turn
from alliance_qa.embedding import SentenceTransformerEmbedder
from alliance_qa.errors import (
    AllianceQAError,
    DocumentError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
)
from alliance_qa.index import Generation
from alliance_qa.manifest import FileState, Manifest, Recipe
from alliance_qa.ports import Embedder
from alliance_qa.sentences import split_sentences
from alliance_qa.settings import Settings

# Room for the title and headings in front of a passage; a longer context costs the end of the passage.
_CONTEXT_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is."""

    stage: str  # "reading" or "embedding"
    done: int
    total: int


Report = Callable[[Progress], None]


class JobState(StrEnum):
    """Where a rebuild stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A rebuild that was asked for over HTTP."""

    state: JobState
    progress: Progress | None = None
    version: str | None = None  # of the generation in use when it was done
    error: str | None = None


def load_embedder(settings: Settings) -> Embedder:
    """Load the model that the settings name. Takes seconds."""
    return SentenceTransformerEmbedder(
        settings.model, question_prompt=settings.question_prompt, passage_prompt=settings.passage_prompt
    )


def recipe(settings: Settings, embedder: Embedder) -> Recipe:
    """Return what an index must have been built with to be used with these settings."""
    return Recipe(
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        passage_tokens=max(16, min(settings.passage_tokens, embedder.max_tokens - _CONTEXT_TOKENS)),
        splitter=f"sentencex {importlib.metadata.version('sentencex')}",
        reader=__version__,
    )


def rebuild(
    settings: Settings, embedder: Embedder, *, full: bool = False, report: Report = lambda _: None
) -> tuple[Manifest, bool]:
    """Bring the index up to date with the documents folder.

    Files that cannot be read are listed in the manifest with the reason and stop nothing.

    Args:
        settings: Which folders.
        embedder: The model.
        full: Build again even when nothing changed, and reuse no vector.
        report: Is told how far it is.

    Returns:
        The manifest of the generation in use afterwards, and whether it is a new one.

    Raises:
        DocumentError: There is no documents folder.
        IndexBusyError: Another process is writing the index.
        IndexWriteError: The disk refused; the index in use is untouched.
    """
    if not settings.documents.is_dir():
        raise DocumentError(
            f"documents folder {settings.documents} does not exist; make it or set ALLIANCE_QA_DOCUMENTS"
        )
    wanted = recipe(settings, embedder)
    with index.lock(settings.index):
        old = None if full else _open_if_usable(settings.index, wanted)
        try:
            files, states = _read_files(settings.documents)
            if old is not None and old.manifest.recipe == wanted and _unchanged(old.manifest, files, states):
                return old.manifest, False
            read: list[Document] = []
            for done, (path, data) in enumerate(files.items()):
                report(Progress("reading", done, len(files)))
                try:
                    read.append(documents.read(data, path))
                except DocumentError as error:
                    states[path] = FileState(path, _sha256(data), None, 0, str(error).removeprefix(f"{path}: "))
            report(Progress("reading", len(files), len(files)))
            keys = old.corpus.keys() if old is not None else {}
            build = indexing.build(
                read,
                states,
                recipe=wanted,
                embedder=embedder,
                split_sentences=split_sentences,
                known=lambda key: old.corpus.embedding(keys[key]) if old is not None and key in keys else None,
                progress=lambda done, total: report(Progress("embedding", done, total)),
            )
        finally:
            if old is not None:
                old.corpus.close()
        return index.write(settings.index, build, retain=settings.retained_generations), True


class Service:
    """An opened collection that answers questions. Safe to use from several threads."""

    def __init__(self, settings: Settings, embedder: Embedder | None = None) -> None:
        """Load the model and open the index.

        Raises:
            ModelError, IndexMissingError, IndexDamagedError, IndexMismatchError
        """
        self.settings = settings
        self.embedder = embedder or load_embedder(settings)
        self._generation = self._open()
        self._rebuilding = threading.Lock()
        self._job: Job | None = None

    @property
    def generation(self) -> Generation:
        """The generation in use now. Take it once per request: a rebuild puts another in its place."""
        return self._generation

    @property
    def job(self) -> Job | None:
        """The latest rebuild that was asked of this service."""
        return self._job

    def ask(
        self,
        generation: Generation,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        top_k: int | None = None,
    ) -> Answer:
        """Answer a question from a generation; see `answering.answer`.

        Raises:
            UnknownDocumentError: The filters name a document that the generation does not hold.
        """
        collection = self._collection(generation, filters)
        return answering.answer(
            question, collection, history=history, filters=filters, top_k=top_k or self.settings.top_k
        )

    def search(
        self,
        generation: Generation,
        question: str,
        *,
        filters: Filters = Filters(),
        top_k: int | None = None,
    ) -> tuple[RankedPassage, ...]:
        """Return the passages nearest to a question; see `answering.search`."""
        collection = self._collection(generation, filters)
        return answering.search(question, collection, filters=filters, top_k=top_k or self.settings.top_k)

    def check_ready(self) -> None:
        """Embed and search once. Raises whatever keeps the service from answering."""
        self.search(self._generation, "ready?", top_k=1)

    def start_rebuild(self) -> Job:
        """Rebuild in the background and swap to the result.

        Raises:
            IndexBusyError: This service is rebuilding already.
        """
        if not self._rebuilding.acquire(blocking=False):
            raise IndexBusyError("a rebuild is running; GET /v1/index shows how far it is")
        self._job = job = Job(state=JobState.RUNNING)
        threading.Thread(target=self._rebuild, args=(job,), name="rebuild", daemon=True).start()
        return job

    def _rebuild(self, job: Job) -> None:
        def report(progress: Progress) -> None:
            self._job = replace(job, progress=progress)

        try:
            manifest, changed = rebuild(self.settings, self.embedder, report=report)
            if changed:
                # Requests that hold the old generation finish on it; it closes when they let go.
                self._generation = self._open()
            self._job = replace(job, state=JobState.DONE, version=manifest.version)
        except Exception as error:
            logging.getLogger(__name__).exception("rebuild failed")
            known = isinstance(error, AllianceQAError)
            self._job = replace(
                job, state=JobState.FAILED, error=str(error) if known else "internal error; see the log"
            )
        finally:
            self._rebuilding.release()

    def _open(self) -> Generation:
        return index.open_current(self.settings.index, recipe(self.settings, self.embedder))

    def _collection(self, generation: Generation, filters: Filters) -> Collection:
        if filters.document is not None:
            generation.corpus.document(filters.document)  # raises when there is none of this id
        return Collection(generation.corpus, generation.dense, generation.lexical, self.embedder)


def _read_files(folder: Path) -> tuple[dict[str, bytes], dict[str, FileState]]:
    """Return the bytes of every file that can be a document, and the state of every other."""
    listing = documents.files(folder)
    states = {path: FileState(path, "", None, 0, reason) for path, reason in listing.skipped}
    read = {}
    for file in listing.files:
        path = file.relative_to(folder).as_posix()
        try:
            read[path] = file.read_bytes()
        except OSError as error:
            states[path] = FileState(path, "", None, 0, f"cannot be read ({error.strerror})")
    return read, states


def _unchanged(manifest: Manifest, files: Mapping[str, bytes], states: Mapping[str, FileState]) -> bool:
    now = {path: _sha256(data) for path, data in files.items()} | dict.fromkeys(states, "")
    return now == {state.path: state.sha256 for state in manifest.sources}


def _open_if_usable(folder: Path, wanted: Recipe) -> Generation | None:
    try:
        return index.open_current(folder, wanted)
    except (IndexMissingError, IndexDamagedError, IndexMismatchError):
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
