"""Files that a keeper puts into the documents folder and takes out of it."""

from __future__ import annotations

from pydantic import Field

from alliance_qa.building.preview import Holding, Preview
from alliance_qa.documents import SUFFIXES, document_id, incoming
from alliance_qa.settings import Settings
from alliance_qa.web.wire.fields import Out
from alliance_qa.web.wire.preview import HoldingOut, PreviewOut, looked_out

OFF = "putting and removing files is off (ALLIANCE_QA_UPLOAD_MB=0)"


class UploadsOut(Out):
    """What may be put into the documents folder."""

    refused: str | None = Field(description="why nothing can be put there or removed; null where it can")
    most_bytes: int = Field(description="of one file")
    types: tuple[str, ...] = Field(description="suffixes")


class UploadedOut(PreviewOut):
    """A file that was put into the documents folder, as the next index will hold it."""

    document_id: str
    bytes: int
    replaced: bool = Field(description="whether there was one of that name")


class UploadedHoldingOut(HoldingOut):
    """A file that was put into the documents folder and in which others lie, each of which is a document."""

    bytes: int
    replaced: bool = Field(description="whether there was one of that name")


class RemovedOut(Out):
    """A file that was taken out of the documents folder."""

    path: str
    document_id: str


def uploads_out(settings: Settings) -> UploadsOut:
    """Return the JSON of what may be put there."""
    return UploadsOut(
        refused=incoming.why_not(settings.documents) if settings.upload_mb else OFF,
        most_bytes=settings.upload_mb << 20,
        types=tuple(sorted(settings.upload_types or SUFFIXES)),
    )


def uploaded_out(
    found: Preview | None, holding: Holding | None, size_bytes: int, *, replaced: bool
) -> UploadedOut | UploadedHoldingOut:
    """Return the JSON of a file that was put there and looked at."""
    out = looked_out(found, holding)
    if isinstance(out, HoldingOut):
        return UploadedHoldingOut(**dict(out), bytes=size_bytes, replaced=replaced)
    return UploadedOut(**dict(out), document_id=document_id(out.path), bytes=size_bytes, replaced=replaced)
