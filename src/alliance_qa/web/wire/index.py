"""The index: its generations, the files that they were built from, and rebuilds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from alliance_qa.documents.opening import parted
from alliance_qa.errors import Failure
from alliance_qa.index.manifest import FileState, Manifest
from alliance_qa.index.store import Verdict
from alliance_qa.service.jobs import Job, JobState
from alliance_qa.web.wire.fields import Out
from alliance_qa.web.wire.operating_point import OperatingPointOut, own_point_out, unused_note
from alliance_qa.web.wire.uploads import UploadsOut
from alliance_qa.web.wire.wording import LanguageModelOut, language_model_out
from alliance_qa.wording.guard import State


class ProgressOut(Out):
    """How far a rebuild is."""

    stage: str
    done: int
    total: int


class JobOut(Out):
    """A rebuild."""

    state: JobState
    progress: ProgressOut | None
    index_version: str | None
    error: str | None


class FileOut(Out):
    """A file of the documents folder."""

    path: str
    sha256: str = Field(description="of its bytes when it was indexed or failed; empty where it was skipped")
    state: Literal["indexed", "skipped", "failed"]
    since: str = Field(description="when it came into this state")
    document_id: str | None
    passages: int
    failure: Failure | None = Field(description="why it is not indexed, as a class")
    reason: str | None = Field(description="the same in words")
    inside: str | None = Field(
        None, exclude_if=lambda value: value is None, description="the file that it lies in and is removed with"
    )


class SegmentOut(Out):
    """A part of the generation."""

    name: str
    documents: int
    passages: int
    dense: str = Field(description="FAISS factory string and search parameters")
    recall: float = Field(description="at 10, against exact search, measured when it was built")


class IndexOut(Out):
    """The generation in use."""

    index_version: str
    created: str
    model: str
    dimension: int
    documents: int
    passages: int
    sentences: int
    unreadable: int | None = Field(
        description="passages with many letters that the model does not know, found by their words only; "
        "null for an index of an older version"
    )
    segments: tuple[SegmentOut, ...]
    files: tuple[FileOut, ...]
    job: JobOut | None
    damage: str | None = Field(description="what is wrong with the generation that should be in use")
    operating_point: OperatingPointOut | None = Field(description="null: the shipped one")
    operating_point_note: str | None = Field(description="why one that was fitted is not used")
    store: str | None = Field(
        None,
        exclude_if=lambda value: value is None,
        description="of `alliance-qa status --json`: what the server that proposes passages holds of them, in words",
    )
    uploads: UploadsOut | None = Field(
        None, exclude_if=lambda value: value is None, description="what may be put into the documents folder"
    )
    language_model: LanguageModelOut | None = Field(
        None, exclude_if=lambda value: value is None, description="how wording fares, where a language model is set"
    )


class GenerationOut(Out):
    """A generation on disk, after every file was compared with its manifest."""

    index_version: str
    in_use: bool
    damage: str | None = Field(description="the file, what was expected and what was found")
    operating_point: OperatingPointOut | None = Field(description="null: the shipped one")


class CheckOut(Out):
    """All generations on disk, the newest first."""

    sound: bool
    generations: tuple[GenerationOut, ...]


def index_out(
    manifest: Manifest,
    job: Job | None = None,
    damage: str | None = None,
    wording: State | None = None,
    *,
    documents: Path | None = None,
    store: str | None = None,
) -> IndexOut:
    """Return the JSON of the generation in use; where the documents folder is given, with which files lie in others."""
    return IndexOut(
        index_version=manifest.version,
        created=manifest.created,
        model=manifest.recipe.model,
        dimension=manifest.dimension,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        unreadable=manifest.unreadable,
        files=tuple(_file(state, documents) for state in manifest.sources),
        segments=tuple(
            SegmentOut(
                name=segment.name,
                documents=segment.documents,
                passages=segment.passages,
                dense=" ".join(filter(None, [segment.dense, segment.dense_parameters])),
                recall=segment.recall,
            )
            for segment in manifest.segments
        ),
        job=job_out(job) if job else None,
        damage=damage,
        operating_point=own_point_out(manifest.operating_point),
        operating_point_note=manifest.dropped or unused_note(manifest.operating_point),
        store=store,
        language_model=language_model_out(wording),
    )


def _file(state: FileState, documents: Path | None) -> FileOut:
    outer, inner = parted(documents, state.path) if documents is not None else ("", "")
    return FileOut(
        path=state.path,
        sha256=state.sha256,
        state=state.state,
        since=state.since,
        document_id=state.document_id,
        passages=state.passages,
        failure=state.failure,
        reason=state.reason,
        inside=outer if inner else None,
    )


def check_out(verdicts: Sequence[Verdict]) -> CheckOut:
    """Return the JSON of a check."""
    return CheckOut(
        sound=all(verdict.damage is None for verdict in verdicts),
        generations=tuple(
            GenerationOut(
                index_version=verdict.version,
                in_use=verdict.in_use,
                damage=verdict.damage,
                operating_point=own_point_out(verdict.operating_point),
            )
            for verdict in verdicts
        ),
    )


def job_out(job: Job) -> JobOut:
    """Return the JSON of a rebuild."""
    progress = None
    if job.progress is not None:
        progress = ProgressOut(stage=job.progress.stage, done=job.progress.done, total=job.progress.total)
    return JobOut(state=job.state, progress=progress, index_version=job.version, error=job.error)
