"""The page that describes the API, from the copy that fastapi-swagger carries: it needs no network."""

from __future__ import annotations

import base64
import hashlib
import re

from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.staticfiles import StaticFiles

from alliance_qa.web import pages


def serve_documentation(app: FastAPI) -> None:
    """Serve it, and the files that it is made of."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Alliance QA",
        swagger_js_url="/docs/static/swagger-ui-bundle.js",
        swagger_css_url="/docs/static/swagger-ui.css",
        swagger_favicon_url="/docs/static/favicon-32x32.png",
    )
    (start,) = re.findall(rb"<script>(.*?)</script>", page.body, re.DOTALL)  # the call that starts it
    digest = base64.b64encode(hashlib.sha256(start).digest()).decode()
    page.headers.update(
        pages.headers(
            script_src=f"'self' 'sha256-{digest}'",
            # Swagger UI sets styles of its own, draws with data: addresses and makes nodes of text.
            style_src="'self' 'unsafe-inline'",
            img_src="'self' data:",
            require_trusted_types_for="",
            trusted_types="",
        )
    )

    @app.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return page

    app.mount("/docs/static", StaticFiles(packages=[("fastapi_swagger", "resources")]))
