"""One immutable part of a generation: some documents with all that is needed to find and quote them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from alliance_qa.errors import IndexDamagedError
from alliance_qa.index import corpus as corpora
from alliance_qa.index import disk, lexical, tuning
from alliance_qa.index.corpus import StoredCorpus
from alliance_qa.index.dense import FaissIndex
from alliance_qa.index.disk import StoredFile
from alliance_qa.index.lexical import Postings
from alliance_qa.index.manifest import SegmentInfo
from alliance_qa.index.part import Part
from alliance_qa.text.terms import plain_words

_DENSE, _LEXICAL = "dense.faiss", "lexical"


@dataclass(frozen=True, slots=True)
class Segment:
    """An opened segment. It never changes."""

    info: SegmentInfo
    corpus: StoredCorpus
    dense: FaissIndex
    postings: Postings


def write(folder: Path, part: Part, *, factory: str = "") -> SegmentInfo:
    """Write a segment into a new folder, which gives it its name, and sync it.

    Args:
        folder: Does not exist yet; the one above it does.
        part: What the segment holds.
        factory: A FAISS factory string; "" chooses by size.
    """
    built = tuning.build(part.vectors, factory=factory)
    disk.make_folder(folder)
    disk.make_folder(folder / _LEXICAL)
    words = (word for passage in part.passages for word in plain_words(passage.text))
    stored = {
        **corpora.write(folder, part),
        _DENSE: disk.write(folder / _DENSE, built.data),
        **{f"{_LEXICAL}/{name}": s for name, s in lexical.write(folder / _LEXICAL, part.terms, words).items()},
    }
    disk.sync(folder / _LEXICAL)
    disk.sync(folder)
    return SegmentInfo(
        name=folder.name,
        documents=len(part.documents),
        passages=len(part.passages),
        sentences=len(part.sentence_vectors),
        dense=built.factory,
        dense_parameters=built.parameters,
        recall=built.recall,
        files=stored,
        unreadable=int((~part.vectors.any(axis=1)).sum()),
    )


def link(info: SegmentInfo, source: Path, target: Path) -> None:
    """Give all files of a segment a second name in a new folder, and sync it."""
    disk.make_folder(target)
    disk.make_folder(target / _LEXICAL)
    for name in info.files:
        disk.link(source / name, target / name)
    disk.sync(target / _LEXICAL)
    disk.sync(target)


def open_segment(folder: Path, info: SegmentInfo) -> Segment:
    """Open a segment after comparing every file with what was written.

    Raises:
        IndexDamagedError: A file is missing or differs; the message names it.
    """
    for name, expected in info.files.items():
        require(folder / name, expected)
    try:
        corpus = StoredCorpus(folder)
        found = FaissIndex.open(folder / _DENSE, corpus.vectors)
        segment = Segment(info, corpus, found, Postings(folder / _LEXICAL))
    except (OSError, EOFError, ValueError, sqlite3.Error) as error:
        raise IndexDamagedError(f'{folder} cannot be opened; run "alliance-qa index --full"') from error
    if not info.passages == len(segment.corpus) == len(segment.dense) == len(segment.postings):
        raise IndexDamagedError(f'{folder} holds other counts than its manifest; run "alliance-qa index --full"')
    return segment


def require(path: Path, expected: StoredFile) -> None:
    """Raise IndexDamagedError, naming the file, what was expected and what was found, unless they agree."""
    again = 'run "alliance-qa index" to mend it'
    try:
        # A file of another size, a pipe among them, is not worth reading.
        found = disk.stored(path) if path.is_file() and path.stat().st_size == expected.size else None
        size = path.stat().st_size
    except OSError as error:
        raise IndexDamagedError(f"{path} cannot be read ({error.strerror}); {again}") from error
    if found is None:
        raise IndexDamagedError(f"{path} is damaged: expected {expected.size} bytes, found {size}; {again}")
    if found != expected:
        raise IndexDamagedError(
            f"{path} is damaged: expected SHA-256 {expected.sha256[:12]}…, found {found.sha256[:12]}…; {again}"
        )
