"""What a person opens in a browser."""

from __future__ import annotations

import base64
import hashlib

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from alliance_qa import pages, wire
from alliance_qa.domain import Span
from alliance_qa.errors import UnknownVersionError
from alliance_qa.service import Service


def serve_pages(app: FastAPI, service: Service) -> None:
    """Serve the pages that a person opens."""

    @app.get("/documents/{document_id}", include_in_schema=False)
    def page(
        document_id: str, start: int | None = None, end: int | None = None, index_version: wire.Version | None = None
    ) -> HTMLResponse:
        span = Span(start, end) if start is not None and end is not None and 0 <= start < end else None
        note = ""
        try:
            generation = service.at(index_version)
        except UnknownVersionError:
            # The place is one of a text that is gone: the same place of another text is no quote.
            generation, span = service.generation, None
            note = "The index has changed since this was quoted; the quote is not marked."
        return HTMLResponse(
            pages.document_page(generation.corpus.document(document_id), span, note=note), headers=_page_headers()
        )


def _page_headers() -> dict[str, str]:
    style = base64.b64encode(hashlib.sha256(pages.STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    return {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"}


def serve_documentation(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse("/docs")

    @app.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        # The copy that fastapi-swagger carries: the page must work without any network.
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Alliance QA",
            swagger_js_url="/docs/static/swagger-ui-bundle.js",
            swagger_css_url="/docs/static/swagger-ui.css",
            swagger_favicon_url="/docs/static/favicon-32x32.png",
        )

    app.mount("/docs/static", StaticFiles(packages=[("fastapi_swagger", "resources")]))
