"""What a rebuild has to read: the documents folder as it is, beside what the index says it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from alliance_qa import documents
from alliance_qa.documents import members, reading
from alliance_qa.documents.limits import Limits
from alliance_qa.documents.reading import SourceFile, digests
from alliance_qa.errors import DocumentError
from alliance_qa.index import manifest
from alliance_qa.index.manifest import FileState


@dataclass(frozen=True, slots=True)
class Scan:
    """What the documents folder holds."""

    sources: tuple[SourceFile, ...]  # every file that can be a document, in order
    states: tuple[FileState, ...]  # of every other


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of each file."""

    to_read: tuple[SourceFile, ...]
    again: tuple[SourceFile, ...]  # could not be read for a passing reason, and may be now
    stays: frozenset[str]  # ids of the documents that are not read again
    states: Mapping[str, FileState]  # of all other files, by path


def scan(folder: Path, before: Mapping[str, FileState], limits: Limits) -> Scan:
    """Look at every file of the documents folder, and at those that lie in others.

    Args:
        folder: The documents folder.
        before: As in `plan`. A file that is as it was is not opened again.
        limits: Of looking at one file.
    """
    listing = documents.files(folder)
    files, unread = digests(folder, listing.files)
    states = [FileState(s.path, "", manifest.now(), None, 0, s.failure, s.reason) for s in listing.skipped]
    states += [failed(SourceFile(path, ""), error) for path, error in unread]
    known = _inside(before)
    sources = []
    for file in files:
        if not members.holds_others(file.path):
            sources.append(file)
        elif held := _unchanged(file, known.get(file.path, {})):
            sources += held
        else:
            opened, faults = _opened(folder, file, limits)
            sources += opened
            states += faults
    return Scan(tuple(sources), tuple(states))


def _inside(before: Mapping[str, FileState]) -> dict[str, dict[str, FileState]]:
    """Return the states of what lies in each file, by the ends of the paths."""
    found: dict[str, dict[str, FileState]] = {}
    for path, inner in members.inner_paths(before):
        found.setdefault(path, {})[inner] = before[f"{path}/{inner}" if inner else path]
    return found


def _unchanged(file: SourceFile, known: Mapping[str, FileState]) -> list[SourceFile]:
    """Return what lies in a file that is as it was, as far as is known; nothing where it is to be opened."""
    itself = known.get("")
    may_open_now = itself is not None and itself.failure is not None and itself.failure.is_passing
    if may_open_now or any(state.sha256 != file.sha256 for state in known.values()):
        return []
    return [_member(file, inner) for inner in known]


def _opened(folder: Path, file: SourceFile, limits: Limits) -> tuple[list[SourceFile], list[FileState]]:
    try:
        found = reading.members(folder, file, limits)
    except DocumentError as error:
        return [], [failed(file, error)]
    faults = [
        FileState(_member(file, each.path).path, file.sha256, manifest.now(), None, 0, each.failure, each.reason)
        for each in found
        if each.failure is not None
    ]
    return [_member(file, each.path) for each in found if each.failure is None], faults


def _member(file: SourceFile, inner: str) -> SourceFile:
    return SourceFile(f"{file.path}/{inner}", file.sha256, inner) if inner else file


def plan(found: Scan, before: Mapping[str, FileState], held: Collection[str]) -> Plan:
    """Compare the documents folder with the index.

    Args:
        found: The folder.
        before: The state of each file in the index, by path; of none that would be read or split otherwise now.
        held: The ids of the documents that can be taken from the index; others of it are damaged.
    """
    to_read, again, stays = [], [], set[str]()
    states = {state.path: state for state in found.states}
    for source in found.sources:
        state = before.get(source.path)
        if state is None or state.sha256 != source.sha256:
            to_read.append(source)
        elif state.failure is not None and state.failure.is_passing:
            again.append(source)
        elif state.failure is not None:
            states[source.path] = state
        elif state.document_id is not None and state.document_id in held:
            states[source.path] = state
            stays.add(state.document_id)
        else:
            to_read.append(source)
    return Plan(tuple(to_read), tuple(again), frozenset(stays), states)


def failed(source: SourceFile, error: DocumentError) -> FileState:
    """Return the state of a file that cannot be read."""
    reason = str(error).removeprefix(f"{source.path}: ")
    return FileState(source.path, source.sha256, manifest.now(), None, 0, error.failure, reason)


def since(state: FileState, earlier: FileState | None) -> FileState:
    """Return a state as old as it is: one that was the same before came about then."""
    return earlier if earlier is not None and replace(state, since=earlier.since) == earlier else state
