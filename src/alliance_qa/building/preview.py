"""A file as it would be indexed, before it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alliance_qa import documents
from alliance_qa.building.rebuild import limits, passages_of
from alliance_qa.documents import reading
from alliance_qa.documents.extract import LeftOut
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
    folder, path = _place(settings.documents, file)
    fault = documents.fault(folder / path, folder)
    if fault:
        failure, reason = fault
        raise DocumentError(f"{file}: {reason}", failure)
    sources, faults = reading.digests(folder, [folder / path])
    try:
        for _, error in faults:
            raise error
        found = reading.examine(folder, sources[0], limits(settings))
    except DocumentError as error:
        raise DocumentError(f"{file}: {error}", error.failure) from error
    return Preview(found.document, tuple(passages_of(found.document, settings, tokens)), found.left_out)


def _place(folder: Path, file: Path) -> tuple[Path, str]:
    """Return a folder and the path of the file in it, without following a link that the file itself is."""
    whole = file.parent.resolve() / file.name
    root = folder.resolve()
    if whole.is_relative_to(root):
        return root, whole.relative_to(root).as_posix()
    return whole.parent, whole.name
