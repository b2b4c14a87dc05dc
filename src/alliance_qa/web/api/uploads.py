"""Files that a keeper puts into the documents folder, replaces and removes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response

from alliance_qa.building.preview import Holding, Preview, look
from alliance_qa.documents import document_id, incoming
from alliance_qa.documents.incoming import Incoming, NameTakenError
from alliance_qa.documents.opening import parted
from alliance_qa.errors import DocumentError, DocumentsWriteError, Failure
from alliance_qa.models import tokens
from alliance_qa.settings import Settings
from alliance_qa.web.api.admin import check_token
from alliance_qa.web.api.errors import problem, problems
from alliance_qa.web.api.state import Shared
from alliance_qa.web.wire.uploads import (
    OFF,
    RemovedOut,
    UploadedHoldingOut,
    UploadedOut,
    uploaded_out,
    uploads_out,
)

_WRITTEN_BYTES = 1 << 20  # at a time
_READING = anyio.CapacityLimiter(2)  # files that are read at once: each may take as much memory as the settings allow
# What else is wrong with a file is wrong with its content.
_STATUSES = {Failure.TYPE: 415, Failure.TOO_LARGE: 413, Failure.LINK: 409, Failure.SPECIAL: 409, Failure.CHANGED: 409}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}

router = APIRouter(
    tags=["admin"], dependencies=[Depends(check_token)], responses=problems(401, 403, 409, 422, 429, 503, 507)
)


@router.put(
    "/v1/documents/{path:path}",
    response_model=UploadedOut | UploadedHoldingOut,
    responses={201: {"model": UploadedOut | UploadedHoldingOut}, **problems(412, 413, 415)},
    openapi_extra=_BODY,
)
async def put(
    path: str,
    request: Request,
    response: Response,
    shared: Shared,
    if_none_match: Annotated[str | None, Header(description="`*` leaves a file of that name alone: 412")] = None,
) -> UploadedOut | UploadedHoldingOut | Response:
    """Put a file into the documents folder, and read it as the index will; what cannot be read is not taken.

    Of an archive or a mailbox what lies in it is named; it is not taken where none of that is read, nor with a file
    in it of a type that is not taken.

    The body is the file. It has its name when all of it is on the disk, in place of one that had it, and a rebuild
    starts; `GET /v1/index` has its `sha256` when it is indexed.
    """
    settings = shared.service.settings
    _check_on(settings)
    found = uploads_out(settings)
    try:
        incoming.parts(path)
        incoming.check_type(path, found.types)
        if int(request.headers.get("content-length", 0)) > found.most_bytes:
            raise incoming.too_large(found.most_bytes)
        file = await anyio.to_thread.run_sync(Incoming, settings.documents, path, found.most_bytes)
        try:
            await _receive(request, file)
            reading = partial(_read, settings, path, file)
            read = await anyio.to_thread.run_sync(reading, limiter=_READING)
            placing = partial(file.place, new=if_none_match == "*")
            replaced = await anyio.to_thread.run_sync(placing)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(file.close)
    except (DocumentError, DocumentsWriteError) as error:
        return _refused(request, path, error)
    await anyio.to_thread.run_sync(shared.service.documents_changed)
    response.status_code = 200 if replaced else 201
    return uploaded_out(*read, file.bytes, replaced=replaced)


@router.delete("/v1/documents/{path:path}", response_model=RemovedOut, responses=problems(404))
def delete(path: str, request: Request, shared: Shared) -> RemovedOut | Response:
    """Remove a file from the documents folder; a rebuild starts, after which it is in no answer, nor what lies in it.

    Its text is off the disk when the earlier generations have gone, see `purge` of `POST /v1/index/rebuild`.
    """
    settings = shared.service.settings
    _check_on(settings)
    try:
        if not incoming.remove(settings.documents, path):
            raise HTTPException(404, "there is no such file in the documents folder")
    except (DocumentError, DocumentsWriteError) as error:
        if isinstance(error, DocumentError) and error.failure is Failure.LINK:
            outer, inner = parted(settings.documents, path)
            if inner:
                return problem(409, f"{path}: lies in {outer}; remove that, with all in it", request)
        return _refused(request, path, error)
    shared.service.documents_changed()
    return RemovedOut(path=path, document_id=document_id(path))


def _check_on(settings: Settings) -> None:
    if not settings.upload_mb:
        raise HTTPException(403, OFF)


async def _receive(request: Request, file: Incoming) -> None:
    waiting = bytearray()
    async for chunk in request.stream():
        waiting += chunk
        if len(waiting) >= _WRITTEN_BYTES:
            await anyio.to_thread.run_sync(file.write, bytes(waiting))
            waiting.clear()
    await anyio.to_thread.run_sync(file.write, bytes(waiting))
    await anyio.to_thread.run_sync(file.finish)


def _read(settings: Settings, path: str, file: Incoming) -> tuple[Preview | None, Holding | None]:
    """Look at the file where it lies, under the path that it will have."""
    there = settings.model_copy(update={"documents": file.folder})
    whole = file.folder / path
    try:
        found, held = look(there, whole, tokens.of_model(settings.model))
    except DocumentError as error:
        raise DocumentError(str(error).removeprefix(f"{whole}: "), error.failure) from error
    if any(digest != file.sha256 for digest in _digests(found, held)):
        raise DocumentError("changed while it was read; put it again", Failure.CHANGED)
    incoming.check_members(held.members if held else (), uploads_out(settings).types)
    if found is None and held is not None and all(member.failure for member in held.members):
        first = held.members[0]
        raise DocumentError(f"holds no file that is read; {first.path} {first.reason}", Failure.EMPTY)
    return found, held


def _digests(found: Preview | None, held: Holding | None) -> Iterator[str]:
    if found is not None:
        yield found.document.sha256
    if held is not None:
        yield held.sha256


def _refused(request: Request, path: str, error: DocumentError | DocumentsWriteError) -> Response:
    if isinstance(error, DocumentsWriteError):
        return problem(403 if error.is_read_only else 507 if error.is_full else 503, str(error), request)
    status = 412 if isinstance(error, NameTakenError) else _STATUSES.get(error.failure, 422)
    return problem(status, f"{path}: {error}", request)
