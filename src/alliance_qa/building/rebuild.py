"""The index brought up to date with the documents folder, in proportion to what changed."""

from __future__ import annotations

import contextlib
import importlib.metadata
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from alliance_qa import documents
from alliance_qa.building import segments
from alliance_qa.building.segments import Absorbable, SplitDocument, passage_terms
from alliance_qa.documents.reading import Limits, SourceFile, digests, read_all
from alliance_qa.documents.version import documents_version
from alliance_qa.domain import Document, OperatingPoint
from alliance_qa.errors import DocumentError, Failure
from alliance_qa.index import store
from alliance_qa.index.manifest import FileState, Manifest, Recipe
from alliance_qa.index.segment import Segment
from alliance_qa.ports import Embedder, Embedding
from alliance_qa.settings import Settings
from alliance_qa.text.passages import split
from alliance_qa.text.sentences import split_sentences

# Room for the title and headings in front of a passage; a longer context costs the end of the passage.
_CONTEXT_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rebuild is."""

    stage: str  # "reading" or "embedding"
    done: int
    total: int


Report = Callable[[Progress], None]


def recipe(settings: Settings, fingerprint: str) -> Recipe:
    """Return what an index must have been built with to be used with these settings and this model."""
    return Recipe(
        model=settings.model,
        fingerprint=fingerprint,
        passage_tokens=settings.passage_tokens,
        splitter=f"sentencex {importlib.metadata.version('sentencex')}",
        documents_version=documents_version(),
    )


def rebuild(
    settings: Settings,
    embedder: Embedder,
    *,
    rule: str = "",
    full: bool = False,
    purge: bool = False,
    report: Report = lambda _: None,
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

    Returns:
        The manifest of the generation in use afterwards, and whether it is a new one.

    Raises:
        DocumentError: There is no documents folder.
        IndexBusyError: Another process is writing the index.
        IndexWriteError: The disk refused; the index in use is untouched.
        ModelError: The model cannot be loaded.
    """
    if not settings.documents.is_dir():
        raise DocumentError(
            f"documents folder {settings.documents} does not exist; make it or set ALLIANCE_QA_DOCUMENTS"
        )
    with store.lock(settings.index):
        wanted = recipe(settings, embedder.fingerprint)
        plan = _plan(settings, store.salvage(settings.index), wanted, full)
        if plan.old and not purge and plan.changes_nothing:
            return plan.old, False
        return _write(settings, plan, wanted, rule, embedder, purge, report), True


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a rebuild has to do."""

    old: Manifest | None
    segments: Sequence[Segment]  # whole ones, of which documents and vectors may be taken
    stays: frozenset[str]  # ids of the documents that are not read again
    dirty: Sequence[Segment]  # hold documents that do not stay
    to_read: Sequence[SourceFile]
    early: Mapping[str, Document]  # by path: read already, since reading had failed for a passing reason
    earlier: Mapping[str, FileState]  # of `old`, by path
    states: Mapping[str, FileState]  # of the files that are not read, by path
    is_whole: bool  # nothing of `old` is damaged
    changes_nothing: bool


def _plan(settings: Settings, old: tuple[Manifest, list[Segment]] | None, wanted: Recipe, full: bool) -> _Plan:
    manifest, segments = old or (None, [])
    whole = manifest is not None and len(segments) == len(manifest.segments)
    earlier = {state.path: state for state in manifest.sources} if manifest else {}
    if full:
        segments = []
    # A file that was read or split otherwise is as good as another file.
    before = earlier if manifest and manifest.recipe == wanted and not full else {}
    sources, states = _scan(settings.documents)
    held = {id_ for segment in segments for id_ in segment.corpus.ids()}
    to_read, again, stays = [], [], set()
    for source in sources:
        state = before.get(source.path)
        if state is None or state.sha256 != source.sha256:
            to_read.append(source)
        elif state.failure is None:
            if state.document_id in held:
                states[source.path] = state
                stays.add(state.document_id)
            else:  # its segment is damaged
                to_read.append(source)
        elif state.failure.is_passing:
            again.append(source)
        else:
            states[source.path] = state
    early = {}
    for source, result in read_all(settings.documents, again, _limits(settings)):
        if isinstance(result, Document):
            early[source.path] = result
        else:
            states[source.path] = _failed(source.path, source.sha256, result)
    states = {path: _since(state, earlier.get(path)) for path, state in states.items()}
    dirty = [segment for segment in segments if not stays.issuperset(segment.corpus.ids())]
    nothing = whole and not full and not to_read and not early and not dirty and states == before
    return _Plan(manifest, segments, frozenset(stays), dirty, to_read, early, earlier, states, whole, nothing)


def _write(
    settings: Settings, plan: _Plan, wanted: Recipe, rule: str, embedder: Embedder, purge: bool, report: Report
) -> Manifest:
    states = dict(plan.states)
    absorbed: set[str] = set()
    known_dimension = plan.old is not None and plan.old.recipe.fingerprint == wanted.fingerprint
    dimension = plan.old.dimension if plan.old and known_dimension else embedder.dimension
    clean = [segment for segment in plan.segments if segment not in plan.dirty]

    def take(segment: Segment) -> Iterator[SplitDocument]:
        absorbed.add(segment.info.name)
        return _stored(segment, None)

    with store.draft(settings.index) as draft:

        def known(keys: Sequence[bytes]) -> dict[bytes, Embedding]:
            found: dict[bytes, Embedding] = {}
            for segment in (*plan.segments, *draft.segments):
                found |= segment.corpus.embeddings([key for key in keys if key not in found])
            return found

        stream = _split(settings, plan, embedder, states, report)
        reused = 0
        with contextlib.closing(stream):
            absorbable = [Absorbable(segment.info.passages, partial(take, segment)) for segment in clean]
            for group in segments.group(stream, absorbable):
                part = segments.build(
                    group,
                    embedder=embedder,
                    dimension=dimension,
                    known=known,
                    progress=lambda done, total: report(Progress("embedding", done, total)),
                )
                draft.add(part, factory=settings.faiss_factory)
                reused += part.reused
        for segment in clean:
            if plan.old and segment.info.name not in absorbed:
                draft.keep(segment, plan.old.version)
                reused += segment.info.passages
        point, dropped = carried(store.newest_manifest(settings.index), wanted, rule)
        return draft.commit(
            wanted,
            list(states.values()),
            dimension=dimension,
            reused=reused,
            oldest=None if purge else (plan.old.oldest if plan.old else draft.version),
            retain=settings.retained_generations,
            previous_is_whole=plan.is_whole,
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


def _split(
    settings: Settings, plan: _Plan, embedder: Embedder, states: dict[str, FileState], report: Report
) -> Generator[SplitDocument]:
    """Yield every document that must be written, and put the state of each file that is read into `states`."""
    ids = set(plan.stays)
    total = len(plan.to_read) + len(plan.early)
    reading = read_all(settings.documents, plan.to_read, _limits(settings))
    with contextlib.closing(reading):
        for done, (path, sha256, result) in enumerate(_read(plan.early, reading), 1):
            if isinstance(result, Document) and result.id in ids:
                result = DocumentError("has the document id of another file; rename it", Failure.DUPLICATE)
            if isinstance(result, Document):
                most = max(16, min(settings.passage_tokens, embedder.max_tokens - _CONTEXT_TOKENS))
                passages = split(
                    result, split_sentences=split_sentences, token_starts=embedder.token_starts, max_tokens=most
                )
                ids.add(result.id)
                state = FileState(path, sha256, store.now(), result.id, len(passages))
                states[path] = _since(state, plan.earlier.get(path))
                report(Progress("reading", done, total))
                yield SplitDocument(result, tuple(passages), tuple(passage_terms(result, p) for p in passages))
            else:
                states[path] = _since(_failed(path, sha256, result), plan.earlier.get(path))
                report(Progress("reading", done, total))
    for segment in plan.dirty:
        yield from _stored(segment, plan.stays)


def _read(
    early: Mapping[str, Document], reading: Iterable[tuple[SourceFile, Document | DocumentError]]
) -> Iterator[tuple[str, str, Document | DocumentError]]:
    for path, document in early.items():
        yield path, document.sha256, document
    for source, result in reading:
        yield source.path, source.sha256, result


def _stored(segment: Segment, ids: frozenset[str] | None) -> Iterator[SplitDocument]:
    """Yield the documents of a segment, those with one of these ids only when ids are given."""
    for id_ in segment.corpus.ids():
        document = segment.corpus.document(id_) if ids is None or id_ in ids else None
        if document is not None:
            yield SplitDocument(document, tuple(segment.corpus.passages_of(id_)), tuple(segment.corpus.terms_of(id_)))


def _scan(folder: Path) -> tuple[list[SourceFile], dict[str, FileState]]:
    """Return every file that can be a document, and the state of every other."""
    listing = documents.files(folder)
    sources, unread = digests(folder, listing.files)
    states = {s.path: FileState(s.path, "", store.now(), None, 0, s.failure, s.reason) for s in listing.skipped}
    return sources, states | {path: _failed(path, "", error) for path, error in unread}


def _failed(path: str, sha256: str, error: DocumentError) -> FileState:
    reason = str(error).removeprefix(f"{path}: ")
    return FileState(path, sha256, store.now(), None, 0, error.failure, reason)


def _since(state: FileState, earlier: FileState | None) -> FileState:
    """Return a state as old as it is: one that was the same before came about then."""
    return earlier if earlier is not None and replace(state, since=earlier.since) == earlier else state


def _limits(settings: Settings) -> Limits:
    return Limits(settings.read_seconds, settings.read_memory_mb * 1024 * 1024)
