"""A file as it would be indexed, before it is."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from alliance_qa import documents
from alliance_qa.building.rebuild import limits, passages_of
from alliance_qa.documents import members, opening, reading
from alliance_qa.documents.extract import LeftOut
from alliance_qa.documents.members import Member
from alliance_qa.documents.reading import SourceFile
from alliance_qa.domain import Document, Passage
from alliance_qa.errors import DocumentError
from alliance_qa.ports import Tokens
from alliance_qa.settings import Settings


@dataclass(frozen=True, slots=True)
class Preview:
    """What an index would hold of a file, and what not."""

    document: Document
    passages: tuple[Passage, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A file in which others lie."""

    path: str
    sha256: str  # of the file that is outermost
    members: tuple[Member, ...]  # besides itself; paths count from where `path` does


def preview(settings: Settings, file: Path, tokens: Tokens) -> Preview:
    """Return what `rebuild` would make of a file, read as it reads: in a process of its own, with the same limits.

    Args:
        settings: With the documents folder: of a file that lies there the path counts from it, of any other the
            name is the path.
        file: Of any folder.
        tokens: Says how long passages are.

    Raises:
        DocumentError: The file would not be indexed; the message opens with its path.
    """
    try:
        folder, source = _source(settings, file)
        found = reading.examine(folder, source, limits(settings))
    except DocumentError as error:
        raise DocumentError(f"{file}: {error}", error.failure) from error
    return Preview(found.document, tuple(passages_of(found.document, settings.passage_tokens, tokens)), found.left_out)


def look(settings: Settings, file: Path, tokens: Tokens) -> tuple[Preview | None, Holding | None]:
    """Return what an index would hold of a file, and what lies in it; None for what it has not, never for both.

    Raises:
        DocumentError: As `preview` and `holding`.
    """
    held = holding(settings, file)
    if held is not None and not documents.is_document(file.name):
        return None, held
    return preview(settings, file, tokens), held


def holding(settings: Settings, file: Path) -> Holding | None:
    """Return what lies in a file, looked at as `rebuild` looks; None for a file of a type in which nothing lies.

    Raises:
        DocumentError: It cannot be opened; the message opens with its path.
    """
    if not members.holds_others(file.name):
        return None
    try:
        folder, source = _source(settings, file)
        found = reading.members(folder, SourceFile(source.file, source.sha256), limits(settings))
    except DocumentError as error:
        raise DocumentError(f"{file}: {error}", error.failure) from error
    begins = f"{source.inner}/" if source.inner else ""
    inside = [each for each in found if each.path and each.path.startswith(begins)]
    return Holding(
        source.path, source.sha256, tuple(replace(each, path=f"{source.file}/{each.path}") for each in inside)
    )


def _source(settings: Settings, file: Path) -> tuple[Path, SourceFile]:
    """Return a folder and the file in it, which may lie in another file."""
    outer, inner = opening.parted(Path(), file.as_posix())
    folder, path = _place(settings.documents, Path(outer))
    fault = documents.fault(folder / path, folder)
    if fault:
        failure, reason = fault
        raise DocumentError(reason, failure)
    sources, faults = reading.digests(folder, [folder / path])
    for _, error in faults:
        raise error
    return folder, replace(sources[0], path=f"{path}/{inner}", inner=inner) if inner else sources[0]


def _place(folder: Path, file: Path) -> tuple[Path, str]:
    """Return a folder and the path of the file in it, without following a link that the file itself is."""
    # `Path.resolve` raises where a link leads to itself; this leaves it, and the file is not found.
    whole = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(folder))
    if whole.is_relative_to(root):
        return root, whole.relative_to(root).as_posix()
    return whole.parent, whole.name
