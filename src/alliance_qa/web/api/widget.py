"""The chat widget, for any page."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from alliance_qa.web.api.errors import problems
from alliance_qa.web.api.pages import revalidated
from alliance_qa.web.api.state import Shared
from alliance_qa.web.wire.service import WidgetOut

_KIND = "text/javascript"
_FOREVER = "public, max-age=31536000, immutable"

router = APIRouter()


@router.get("/v1/widget", tags=["widget"])
def described(shared: Shared) -> WidgetOut:
    """Say which widget is served, for a page that takes no other."""
    served = shared.widget
    return WidgetOut(version=served.version, url=served.path, integrity=served.integrity)


@router.get("/widget.js", include_in_schema=False)
def newest(request: Request, shared: Shared) -> Response:
    return revalidated(request, shared.widget.source, _KIND, {})


@router.get("/widget-{version}.js", include_in_schema=False, responses=problems(404))
def pinned(version: str, shared: Shared) -> Response:
    if version != shared.widget.version:
        raise HTTPException(404, "this version of the widget is not served; GET /v1/widget names the one that is")
    return Response(shared.widget.source, media_type=_KIND, headers={"Cache-Control": _FOREVER})
