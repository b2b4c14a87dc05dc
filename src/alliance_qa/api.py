"""The service over HTTP, version 1."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any

import anyio
import anyio.to_thread
from fastapi import Body, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.sse import EventSourceResponse, ServerSentEvent
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import ValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from alliance_qa import __version__, citations, pages, wire
from alliance_qa.domain import Span
from alliance_qa.errors import (
    AllianceQAError,
    IndexBusyError,
    IndexWriteError,
    UnknownDocumentError,
    UnknownVersionError,
)
from alliance_qa.jobs import JobState
from alliance_qa.service import Service

_log = logging.getLogger(__name__)

_EVENT_SECONDS = 0.2  # between two looks at a rebuild
_PROBLEM = "application/problem+json"
_BEARER = HTTPBearer(auto_error=False, description="ALLIANCE_QA_ADMIN_TOKEN")
_EXAMPLES = {
    "fact": {"summary": "A fact", "value": {"question": "When was the first Security Treaty signed?"}},
    "document": {"summary": "About a document", "value": {"question": "What do you have about AUKUS?"}},
    "follow-up": {
        "summary": "A follow-up, in one document",
        "value": {
            "question": "When was it announced?",
            "history": [
                {"role": "user", "content": "What is AUKUS?"},
                {"role": "assistant", "content": "AUKUS is a security partnership of three countries."},
            ],
            "filters": {"document": "aukus-and-japan.txt"},
        },
    },
    "refusal": {"summary": "Not stated", "value": {"question": "How much did the summit of April 2024 cost?"}},
}  # fmt: skip


class ProblemOut(wire.Out):
    """RFC 9457. `errors` names the fields that are not as they must be, never their values."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


def create_app(service: Service, *, watch: bool = False) -> FastAPI:
    """Return the ASGI application of an opened service, which follows the index while it runs.

    Args:
        service: What answers. It is closed when the application ends.
        watch: Whether changes in the documents folder start a rebuild.
    """
    settings = service.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start(watch=watch)
        yield
        await anyio.to_thread.run_sync(service.close)

    app = _App(
        lifespan=lifespan,
        title="Alliance QA",
        version=__version__,
        summary="Answers questions with sentences of a collection, each exactly cited, or says that it does not say.",
        docs_url=None,
        redoc_url=None,
        responses=_problems(422, 500, 503),
    )
    metrics = _Metrics()
    _handle_errors(app, settings.max_body_bytes)
    _serve_documentation(app)
    _serve_questions(app, service, metrics)
    _serve_documents(app, service)
    _serve_health(app, service, metrics)
    if settings.admin_token is not None:
        _serve_admin(app, service, settings.admin_token.get_secret_value())
    # The limit lies inside CORS, so that a page may read that its request was too long.
    app.add_middleware(_BodyLimit, max_body_size=settings.max_body_bytes)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_credentials=False,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
            max_age=600,
        )
    return app


class _App(FastAPI):
    """Describes itself as OpenAPI 3.1 alone."""

    def openapi(self) -> dict[str, Any]:
        # FastAPI 0.165 describes event streams with itemSchema, which OpenAPI has from 3.2 on.
        description = super().openapi()
        for call in description["paths"].get("/v1/index/events", {}).values():
            for content in call["responses"]["200"]["content"].values():
                content["schema"] = content.pop("itemSchema", content.get("schema"))
        return description


def _serve_questions(app: FastAPI, service: Service, metrics: _Metrics) -> None:
    @app.post("/v1/ask", tags=["questions"], responses=_problems(400, 404, 413))
    def ask(body: Annotated[wire.AskIn, Body(openapi_examples=_EXAMPLES)]) -> wire.AnswerOut:
        """Answer a question with cited sentences of the collection.

        A refusal is no error: it is 200 with `answered: false`, a `reason`, the nearest passages, and
        `suggestions` of questions that are answered nearby.
        """
        started = time.perf_counter()
        generation = service.generation
        answer = service.ask(
            generation,
            body.question,
            history=[turn.value() for turn in body.history],
            filters=body.filters.value(),
            top_k=body.top_k,
        )
        seconds = time.perf_counter() - started
        metrics.asked(answer.reason or "answered", seconds)
        return wire.answer_out(answer, generation, round(seconds * 1000))

    @app.get("/v1/search", tags=["questions"], responses=_problems(404))
    def search(
        question: Annotated[wire.QuestionText, Query(examples=["What is the hub-and-spoke system?"])],
        top_k: Annotated[wire.TopK | None, Query()] = None,
        document: Annotated[wire.Name | None, Query()] = None,
        author: Annotated[wire.Name | None, Query()] = None,
        published_from: Annotated[str | None, Query(description="YYYY-MM-DD")] = None,
        published_to: Annotated[str | None, Query(description="YYYY-MM-DD")] = None,
    ) -> wire.SearchOut:
        """Return the passages nearest to a question, best first."""
        started = time.perf_counter()
        given = {
            "document": document,
            "author": author,
            "published_from": published_from,
            "published_to": published_to,
        }
        try:
            filters = wire.FiltersIn.model_validate(given)
        except ValidationError as error:
            raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from None
        generation = service.generation
        ranked = service.search(generation, question, filters=filters.value(), top_k=top_k)
        return wire.search_out(question, ranked, generation, round((time.perf_counter() - started) * 1000))

    @app.post("/v1/verify", tags=["questions"], responses=_problems(400, 404, 410, 413))
    def verify(body: wire.VerifyIn) -> wire.VerifyOut:
        """Say whether a quote stands at a place: `text[start:end] == quote`, in code points."""
        generation = service.at(body.index_version)
        text = generation.corpus.document(body.document_id).text
        stands = citations.stands(text, body.start, body.end, body.quote)
        return wire.VerifyOut(stands=stands, index_version=generation.version)


def _serve_documents(app: FastAPI, service: Service) -> None:
    @app.get("/v1/documents", tags=["documents"])
    def documents() -> wire.DocumentsOut:
        """List the collection."""
        return wire.documents_out(service.generation)

    @app.get("/v1/documents/{document_id}", tags=["documents"], responses=_problems(404))
    def document(document_id: str) -> wire.DocumentOut:
        """Return a document's facts, each with where it is stated."""
        generation = service.generation
        return wire.document_out(generation.corpus.document(document_id), generation)

    @app.get("/v1/documents/{document_id}/text", tags=["documents"], responses=_problems(404, 410))
    def text(document_id: str, index_version: wire.Version | None = None) -> wire.TextOut:
        """Return the text that citations point into, as it was in the generation that they name."""
        return wire.TextOut(text=service.at(index_version).corpus.document(document_id).text)

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


def _serve_health(app: FastAPI, service: Service, metrics: _Metrics) -> None:
    @app.get("/health/live", tags=["health"])
    def live() -> wire.HealthOut:
        """Say that the process answers."""
        return wire.HealthOut(status="live")

    @app.get("/health/ready", tags=["health"])
    def ready() -> wire.HealthOut:
        """Embed and search once: 200 when questions can be answered, else 503."""
        try:
            service.check_ready()
        except Exception:
            _log.exception("not ready")
            raise HTTPException(503, "a search failed; see the log") from None
        version = service.generation.version
        if service.damage is None:
            return wire.HealthOut(status="ready", index_version=version)
        return wire.HealthOut(
            status="degraded",
            index_version=version,
            detail=f"the index is damaged; generation {version} serves; see the log or `alliance-qa check`",
        )

    @app.get("/metrics", tags=["health"], response_class=PlainTextResponse)
    def prometheus() -> Response:
        """Return counters in the Prometheus text format."""
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _serve_admin(app: FastAPI, service: Service, token: str) -> None:
    def admin(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> None:
        if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(
                401, "this call needs the admin token as a bearer token", {"WWW-Authenticate": "Bearer"}
            )

    @app.get("/v1/index", tags=["admin"], dependencies=[Depends(admin)], responses=_problems(401))
    def state() -> wire.IndexOut:
        """Describe the generation in use, every file of the documents folder, and the latest rebuild."""
        return wire.index_out(service.generation.manifest, service.job, service.damage)

    @app.get(
        "/v1/index/events",
        tags=["admin"],
        dependencies=[Depends(admin)],
        response_class=EventSourceResponse,
        responses=_problems(401),
    )
    async def events() -> AsyncIterator[ServerSentEvent]:
        """Follow the latest rebuild: `progress` events, at last one `done` or `failed`."""
        sent = None
        while True:
            job = service.job
            if job is None:
                # An event without data is none to a browser.
                yield ServerSentEvent(event="done", raw_data="null", comment="no rebuild was asked of this service")
                return
            if job != sent:
                name = "progress" if job.state is JobState.RUNNING else job.state.value
                yield ServerSentEvent(event=name, data=wire.job_out(job))
                sent = job
            if job.state is not JobState.RUNNING:
                return
            await anyio.sleep(_EVENT_SECONDS)

    @app.post(
        "/v1/index/rebuild",
        tags=["admin"],
        dependencies=[Depends(admin)],
        status_code=202,
        responses=_problems(401, 409),
    )
    def rebuild(
        full: Annotated[bool, Query(description="build again even when nothing changed, reuse nothing")] = False,
        purge: Annotated[bool, Query(description="remove all earlier generations at once")] = False,
    ) -> wire.JobOut:
        """Start a rebuild; questions are answered from the old index until it is done."""
        try:
            return wire.job_out(service.start_rebuild(full=full, purge=purge))
        except IndexWriteError as error:
            raise HTTPException(503, str(error)) from None  # only a keeper sees it


def _serve_documentation(app: FastAPI) -> None:
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


def _handle_errors(app: FastAPI, max_body_bytes: int) -> None:
    # Where FastAPI and Starlette find these, their own words say less than ours.
    details = {400: "the body is not valid JSON", 413: f"the body is longer than {max_body_bytes} bytes"}

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_field_error(problem) for problem in error.errors()]
        if any(problem["type"] == "json_invalid" for problem in error.errors()):
            return _problem(400, details[400])
        return _problem(422, "the request is not of the form that /openapi.json describes", errors)

    @app.exception_handler(StarletteHTTPException)
    def refused(request: Request, error: StarletteHTTPException) -> JSONResponse:
        detail = details.get(error.status_code, str(error.detail))
        return _problem(error.status_code, detail, headers=error.headers)

    @app.exception_handler(UnknownDocumentError)
    def unknown(request: Request, error: UnknownDocumentError) -> JSONResponse:
        return _problem(404, str(error))

    @app.exception_handler(UnknownVersionError)
    def gone(request: Request, error: UnknownVersionError) -> JSONResponse:
        return _problem(410, str(error))

    @app.exception_handler(IndexBusyError)
    def busy(request: Request, error: IndexBusyError) -> JSONResponse:
        return _problem(409, str(error))

    @app.exception_handler(AllianceQAError)
    def unavailable(request: Request, error: AllianceQAError) -> JSONResponse:
        _log.error("%s %s: %s", request.method, request.url.path, error)
        return _problem(503, "the collection cannot be searched now; see the log of the service")

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> JSONResponse:
        return _problem(500, "an internal error; see the log of the service")


class _BodyLimit(RequestBodyLimitMiddleware):
    """Starlette's limit, which answers a declared length in plain text, with our error shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope.get("headers", ())).get(b"content-length", b"")
        if declared.isdigit() and len(declared) < 20 and int(declared) > self.max_body_size:
            await _problem(413, f"the body is longer than {self.max_body_size} bytes")(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _field_error(problem: Any) -> dict[str, str]:
    """Name a field and what is wrong with it. A name that we do not know is the caller's input: not echoed."""
    location = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        return {"field": ".".join([*location[:-1], "(unknown name)"]), "message": "there is no such field"}
    return {"field": ".".join(location), "message": str(problem["msg"]).removeprefix("Value error, ")}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe what a call may answer besides its result, for /openapi.json."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {_PROBLEM: {"schema": ProblemOut.model_json_schema()}},
        }
        for status in statuses
    }


def _problem(status: int, detail: str, errors: list[dict[str, str]] | None = None, headers: Any = None) -> JSONResponse:
    body = ProblemOut(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(body.model_dump(exclude_none=True), status_code=status, media_type=_PROBLEM, headers=headers)


class _Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter("alliance_qa_questions", "Questions by outcome", ["outcome"], registry=self._registry)
        self._seconds = Histogram(
            "alliance_qa_answer_seconds",
            "Time to answer a question",
            registry=self._registry,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        )

    def asked(self, outcome: str, seconds: float) -> None:
        self._questions.labels(outcome).inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)
