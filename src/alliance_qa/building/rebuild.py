"""The index brought up to date with the documents folder, in proportion to what changed."""

from __future__ import annotations

import contextlib
import importlib.metadata
import itertools
import os
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from alliance_qa.building import segments
from alliance_qa.building.plan import Plan, failed, plan, scan, since
from alliance_qa.building.segments import Absorbable, SplitDocument
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.reading import SourceFile, read_all
from alliance_qa.documents.version import documents_version
from alliance_qa.domain import Document, OperatingPoint, Passage
from alliance_qa.errors import DocumentError, Failure
from alliance_qa.index import holdings, store
from alliance_qa.index import manifest as manifests
from alliance_qa.index.engine import Engine
from alliance_qa.index.manifest import FileState, Manifest, Recipe
from alliance_qa.index.segment import Segment
from alliance_qa.ports import Embedder, Embedding, PassageInput, Tokens
from alliance_qa.settings import Settings
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import VERSION

# Room for the title and headings in front of a passage; a longer context costs the end of the passage.
_CONTEXT_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is."""

    stage: str  # "reading" or "embedding"
    done: int
    total: int


Report = Callable[[Progress], None]


class Executor(Protocol):
    """Where the work of a rebuild is done: by processes of this machine, or of many (`cluster.py`)."""

    def read(self, files: Sequence[SourceFile]) -> Generator[tuple[SourceFile, SplitDocument | DocumentError]]:
        """Yield each file with its document, or with why there is none, in the order given."""

    def embed(self, inputs: Sequence[PassageInput]) -> Iterable[Sequence[Embedding]]:
        """Make vectors; see `segments.Embed`."""


@dataclass(frozen=True, slots=True)
class _Local:
    """The Executor of this machine."""

    settings: Settings
    embedder: Embedder

    def read(self, files: Sequence[SourceFile]) -> Generator[tuple[SourceFile, SplitDocument | DocumentError]]:
        with contextlib.closing(read_all(self.settings.documents, files, limits(self.settings))) as reading:
            for source, result in reading:
                if isinstance(result, Document):
                    yield source, split_document(result, self.settings.passage_tokens, self.embedder)
                else:
                    yield source, result

    def embed(self, inputs: Sequence[PassageInput]) -> Iterable[Sequence[Embedding]]:
        return segments.embedded(self.embedder, inputs)


def recipe(settings: Settings, fingerprint: str) -> Recipe:
    """Return what an index must have been built with to be used with these settings and this model."""
    return Recipe(
        model=settings.model,
        fingerprint=fingerprint,
        passage_tokens=settings.passage_tokens,
        splitter=splitter(),
        documents_version=documents_version(),
    )


def check_folder(documents: Path, next_step: str) -> None:
    """Raise DocumentError unless there is such a folder."""
    if not documents.is_dir():
        fault = "is no folder" if os.path.lexists(documents) else "does not exist"
        raise DocumentError(f"documents folder {documents} {fault}; {next_step}")


def splitter() -> str:
    """Return what finds sentences and terms, with its versions."""
    sentences = map(importlib.metadata.version, ("sentencex", "nupunkt"))
    return "sentencex {}+nupunkt-{}+terms-{}".format(*sentences, VERSION)


def rebuild(
    settings: Settings,
    embedder: Embedder,
    *,
    rule: str = "",
    full: bool = False,
    purge: bool = False,
    report: Report = lambda _: None,
    executor: Executor | None = None,
) -> tuple[Manifest, bool]:
    """Bring the index up to date with the documents folder.

    Changes are found by content. Files that cannot be read are listed in the manifest with the
    reason and stop nothing.

    Args:
        settings: Which folders, which model.
        embedder: Asked for its fingerprint always, for more only when there is new text.
        rule: That the service reads operating points by; one fitted to another is dropped. "" keeps any.
        full: Build again even when nothing changed, and reuse nothing.
        purge: Write a generation even when nothing changed, and remove all others.
        report: Is told how far it is.
        executor: Reads and embeds; None does both here.

    Returns:
        The manifest of the generation in use afterwards, and whether it is a new one.

    Raises:
        DocumentError: There is no documents folder.
        IndexBusyError: Another process is writing the index.
        IndexWriteError: The disk refused; the index in use is untouched.
        ModelError: The model cannot be loaded.
        SettingsError, ExtraMissingError: The engine that the settings name cannot be set up.
        EngineError: It cannot be asked, or does not keep what is written; the index in use is untouched.
    """
    check_folder(settings.documents, "make it or set ALLIANCE_QA_DOCUMENTS")
    executor = executor or _Local(settings, embedder)
    with store.lock(settings.index):
        wanted = recipe(settings, embedder.fingerprint)
        old = _opened(settings.index, wanted, full)
        before = old.states if old.is_comparable else {}
        found = plan(scan(settings.documents, before, limits(settings)), before, old.ids)
        found, early = _tried(executor, found)
        with holdings.closing(settings) as engine:
            if old.manifest is not None and not purge and not early and _changes_nothing(old, found, engine):
                return old.manifest, False
            return _write(settings, old, found, early, wanted, rule, embedder, executor, engine, purge, report), True


@dataclass(frozen=True, slots=True)
class _Old:
    """What there is of the index so far."""

    manifest: Manifest | None
    states: Mapping[str, FileState]  # by path
    segments: Sequence[Segment]  # whole ones, of which documents and vectors may be taken
    ids: frozenset[str]  # of their documents
    is_comparable: bool  # a file would be read and split as it was
    is_whole: bool  # nothing of it is damaged

    def dirty(self, stays: frozenset[str]) -> list[Segment]:
        """Return the segments that hold other documents than these, or vectors of what the model cannot read."""
        return [
            segment
            for segment in self.segments
            if segment.info.unreadable is None or not stays.issuperset(segment.corpus.ids())
        ]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a file that was read."""

    state: FileState
    document: SplitDocument | None


def _opened(index: Path, wanted: Recipe, full: bool) -> _Old:
    """Return what may be taken over: of `full`, nothing but since when each file is as it is."""
    manifest, whole = store.salvage(index) or (None, [])
    segments = [] if full else whole
    return _Old(
        manifest,
        {state.path: state for state in manifest.sources} if manifest else {},
        segments,
        frozenset(id_ for segment in segments for id_ in segment.corpus.ids()),
        is_comparable=manifest is not None and manifest.recipe == wanted and not full,
        is_whole=manifest is not None and len(whole) == len(manifest.segments),
    )


def _tried(executor: Executor, found: Plan) -> tuple[Plan, list[tuple[SourceFile, SplitDocument]]]:
    """Read what could not be read for a passing reason; return the plan for the others, and what can be read now."""
    states, early = dict(found.states), []
    for source, result in executor.read(found.again):
        if isinstance(result, SplitDocument):
            early.append((source, result))
        else:
            states[source.path] = failed(source, result)
    return replace(found, again=(), states=states), early


def _changes_nothing(old: _Old, found: Plan, engine: Engine | None) -> bool:
    states = {path: since(state, old.states.get(path)) for path, state in found.states.items()}
    is_same = old.is_whole and old.is_comparable and states == old.states
    is_held = engine is None or all(holdings.held(engine, [segment.info for segment in old.segments]))
    return is_same and is_held and not found.to_read and not old.dirty(found.stays)


def _write(
    settings: Settings,
    old: _Old,
    found: Plan,
    early: Sequence[tuple[SourceFile, SplitDocument]],
    wanted: Recipe,
    rule: str,
    embedder: Embedder,
    executor: Executor,
    engine: Engine | None,
    purge: bool,
    report: Report,
) -> Manifest:
    states = dict(found.states)
    absorbed: set[str] = set()
    before = old.manifest
    known_dimension = before is not None and before.recipe.fingerprint == wanted.fingerprint
    dimension = before.dimension if before and known_dimension else embedder.dimension
    dirty = old.dirty(found.stays)
    clean = [segment for segment in old.segments if segment not in dirty]

    def take(segment: Segment) -> Iterator[SplitDocument]:
        absorbed.add(segment.info.name)
        return _stored(segment, None)

    def stream(outcomes: Iterable[_Outcome]) -> Iterator[SplitDocument]:
        for outcome in outcomes:
            states[outcome.state.path] = outcome.state
            if outcome.document is not None:
                yield outcome.document
        for segment in dirty:
            yield from _stored(segment, found.stays)

    with store.draft(settings.index, engine) as draft:

        def known(keys: Sequence[bytes]) -> dict[bytes, Embedding]:
            made: dict[bytes, Embedding] = {}
            for segment in (*old.segments, *draft.segments):
                made |= segment.corpus.embeddings([key for key in keys if key not in made])
            return made

        reused = 0
        with contextlib.closing(_read(executor, found, early, report)) as outcomes:
            absorbable = [Absorbable(segment.info.passages, partial(take, segment)) for segment in clean]
            for group in segments.group(stream(outcomes), absorbable, most=settings.segment_passages):
                part = segments.build(
                    group,
                    embedder=embedder,
                    dimension=dimension,
                    known=known,
                    progress=lambda done, total: report(Progress("embedding", done, total)),
                    is_checked=all(segment.info.unreadable is not None for segment in old.segments),
                    embed=executor.embed,
                )
                draft.add(part, factory=settings.faiss_factory)
                reused += part.reused
        for segment in clean:
            if before and segment.info.name not in absorbed:
                draft.keep(segment, before.version)
                reused += segment.info.passages
        point, dropped = carried(store.newest_manifest(settings.index), wanted, rule)
        return draft.commit(
            wanted,
            [since(state, old.states.get(path)) for path, state in states.items()],
            dimension=dimension,
            reused=reused,
            oldest=None if purge else (before.oldest if before else draft.version),
            retain=settings.retained_generations,
            previous_is_whole=old.is_whole,
            operating_point=point,
            dropped=dropped,
        )


def carried(old: Manifest | None, wanted: Recipe, rule: str = "") -> tuple[OperatingPoint | None, str | None]:
    """Return the operating point that a rebuild takes over, and why the one before is dropped.

    A confidence means something else where anything but the documents changed.

    Args:
        old: The generation before; None when there is none.
        wanted: What the new generation is built by.
        rule: That operating points are read by; "" for any.
    """
    if old is None or old.operating_point is None:
        return None, old.dropped if old else None
    before, point = old.recipe, old.operating_point
    reading = before.documents_version
    changes = {
        f"the model {before.model}": before.fingerprint != wanted.fingerprint,
        f"passages of {before.passage_tokens} tokens": before.passage_tokens != wanted.passage_tokens,
        f"the splitter {before.splitter}": before.splitter != wanted.splitter,
        f"the file readers of version {reading[:12]}": reading != wanted.documents_version,
        "another answerability rule": bool(rule) and point.rule != rule,
    }
    if named := [name for name, is_changed in changes.items() if is_changed]:
        return None, (
            f"the operating point of {point.made} was fitted with {', '.join(named)} and is dropped; "
            'run "alliance-qa calibrate" again'
        )
    return point, None


def _read(
    executor: Executor, found: Plan, early: Sequence[tuple[SourceFile, SplitDocument]], report: Report
) -> Generator[_Outcome]:
    """Yield what becomes of each file that is read."""
    ids = set(found.stays)
    total = len(found.to_read) + len(early)
    with contextlib.closing(executor.read(found.to_read)) as reading:
        for done, (source, result) in enumerate(itertools.chain(early, reading), 1):
            report(Progress("reading", done, total))
            if isinstance(result, SplitDocument) and result.document.id in ids:
                result = DocumentError("has the document id of another file; rename it", Failure.DUPLICATE)
            if isinstance(result, DocumentError):
                yield _Outcome(failed(source, result), None)
                continue
            ids.add(result.document.id)
            count = len(result.passages)
            yield _Outcome(FileState(source.path, source.sha256, manifests.now(), result.document.id, count), result)


def split_document(document: Document, passage_tokens: int, tokens: Tokens) -> SplitDocument:
    """Return a document with its passages and their terms; see `passages_of`."""
    passages = tuple(passages_of(document, passage_tokens, tokens))
    return SplitDocument(document, passages, tuple(segments.passage_terms(document, each) for each in passages))


def passages_of(document: Document, passage_tokens: int, tokens: Tokens) -> list[Passage]:
    """Return the passages that are kept of a document, in reading order.

    Args:
        document: What they are cut of.
        passage_tokens: The longest, as the settings have it.
        tokens: Of the model.
    """
    most = max(16, min(passage_tokens, tokens.max_tokens - _CONTEXT_TOKENS))
    return split(document, split_sentences=split_sentences, token_starts=tokens.token_starts, max_tokens=most)


def _stored(segment: Segment, ids: Collection[str] | None) -> Iterator[SplitDocument]:
    """Yield the documents of a segment, those with one of these ids only when ids are given."""
    for id_ in segment.corpus.ids():
        document = segment.corpus.document(id_) if ids is None or id_ in ids else None
        if document is not None:
            yield SplitDocument(document, tuple(segment.corpus.passages_of(id_)), tuple(segment.corpus.terms_of(id_)))


def limits(settings: Settings) -> Limits:
    """Return what reading one file may take."""
    return Limits(settings.read_seconds, settings.read_memory_mb * 1024 * 1024)
