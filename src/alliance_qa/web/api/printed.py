"""The pages of files as they are printed, and where on them a quote stands."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response

from alliance_qa.domain import Span
from alliance_qa.service import printed
from alliance_qa.web.api.errors import problems
from alliance_qa.web.api.state import Shared
from alliance_qa.web.urls import NORMAL_SCALE
from alliance_qa.web.wire.fields import Offset, Version
from alliance_qa.web.wire.printed import BoxesOut, boxes_out

# A generation never changes. For no cache that others share, and not for long: a keeper may purge what it shows.
_A_DAY = "private, max-age=86400, immutable"

router = APIRouter(tags=["documents"])

Page = Annotated[int, Path(ge=1, le=100_000)]
Scale = Annotated[int, Query(json_schema_extra={"enum": list(printed.SCALES)}, description="pixels a point")]


@router.get("/v1/documents/{document_id}/boxes", responses=problems(404, 410))
def boxes(
    document_id: str, shared: Shared, start: Offset, end: Offset, index_version: Version | None = None
) -> BoxesOut:
    """Return where on the pages of its file a quote is printed.

    404, with the reason in words, where the file has no pages, is no longer the one that was indexed, or the
    place of any of the quote's letters is not known.
    """
    generation = shared.service.at(index_version)
    document = generation.corpus.document(document_id)
    if not start < end <= len(document.text):
        raise HTTPException(404, "this is no place in the text of this document")
    return boxes_out(document, generation.version, shared.service.printed.places(document, Span(start, end)))


@router.get(
    "/v1/documents/{document_id}/pages/{page}",
    response_class=Response,
    responses=problems(404, 410, 429)
    | {200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}},
)
def page(
    request: Request,
    document_id: str,
    page: Page,
    shared: Shared,
    scale: Scale = NORMAL_SCALE,
    index_version: Version | None = None,
) -> Response:
    """Return a page of a document's file as it is printed.

    404, with the reason in words, where the file has no such page, is no longer the one that was indexed, or
    cannot be drawn.
    """
    if scale not in printed.SCALES:
        raise HTTPException(422, f"scale must be one of {', '.join(map(str, printed.SCALES))}")
    service = shared.service
    document = service.at(index_version).corpus.document(document_id)
    service.printed.check(document)
    tag = f'"{document.sha256[:32]}-{page}-{scale}"'
    headers = {"ETag": tag, "Cache-Control": _A_DAY if index_version else "no-cache"}
    if tag in [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    picture = service.printed.picture(document, page, scale, partial(shared.limits.take_page, request))
    return Response(picture, media_type="image/png", headers=headers)
