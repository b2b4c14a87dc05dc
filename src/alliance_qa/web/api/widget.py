"""The chat widget, for any page."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException, Request, Response

from alliance_qa.web.api.errors import problems
from alliance_qa.web.api.pages import revalidated
from alliance_qa.web.widget import widget
from alliance_qa.web.wire.service import WidgetOut

_KIND = "text/javascript"
_PLAIN = {"X-Content-Type-Options": "nosniff"}
_FOREVER = "public, max-age=31536000, immutable"


def serve_widget(app: FastAPI) -> None:
    """Serve the script under its own name, and under one that names its content."""
    served = widget()

    @app.get("/v1/widget", tags=["widget"])
    def described() -> WidgetOut:
        """Say which widget is served, for a page that takes no other."""
        return WidgetOut(version=served.version, url=served.path, integrity=served.integrity)

    @app.get("/widget.js", include_in_schema=False)
    def newest(request: Request) -> Response:
        return revalidated(request, served.source, _KIND, _PLAIN)

    @app.get("/widget-{version}.js", include_in_schema=False, responses=problems(404))
    def pinned(version: str) -> Response:
        if version != served.version:
            raise HTTPException(404, "this version of the widget is not served; GET /v1/widget names the one that is")
        return Response(served.source, media_type=_KIND, headers=_PLAIN | {"Cache-Control": _FOREVER})
