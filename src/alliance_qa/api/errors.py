"""The one shape of errors: RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import Receive, Scope, Send

from alliance_qa import wire
from alliance_qa.errors import AllianceQAError, IndexBusyError, UnknownDocumentError, UnknownVersionError

_log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"


class ProblemOut(wire.Out):
    """RFC 9457. `errors` names the fields that are not as they must be, never their values."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


def handle_errors(app: FastAPI, max_body_bytes: int) -> None:
    # Where FastAPI and Starlette find these, their own words say less than ours.
    details = {400: "the body is not valid JSON", 413: f"the body is longer than {max_body_bytes} bytes"}

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [_field_error(problem) for problem in error.errors()]
        if any(problem["type"] == "json_invalid" for problem in error.errors()):
            return problem(400, details[400])
        return problem(422, "the request is not of the form that /openapi.json describes", errors)

    @app.exception_handler(StarletteHTTPException)
    def refused(request: Request, error: StarletteHTTPException) -> JSONResponse:
        detail = details.get(error.status_code, str(error.detail))
        return problem(error.status_code, detail, headers=error.headers)

    @app.exception_handler(UnknownDocumentError)
    def unknown(request: Request, error: UnknownDocumentError) -> JSONResponse:
        return problem(404, str(error))

    @app.exception_handler(UnknownVersionError)
    def gone(request: Request, error: UnknownVersionError) -> JSONResponse:
        return problem(410, str(error))

    @app.exception_handler(IndexBusyError)
    def busy(request: Request, error: IndexBusyError) -> JSONResponse:
        return problem(409, str(error))

    @app.exception_handler(AllianceQAError)
    def unavailable(request: Request, error: AllianceQAError) -> JSONResponse:
        _log.error("%s %s: %s", request.method, request.url.path, error)
        return problem(503, "the collection cannot be searched now; see the log of the service")

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> JSONResponse:
        return problem(500, "an internal error; see the log of the service")


class BodyLimit(RequestBodyLimitMiddleware):
    """Starlette's limit, which answers a declared length in plain text, with our error shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope.get("headers", ())).get(b"content-length", b"")
        if declared.isdigit() and len(declared) < 20 and int(declared) > self.max_body_size:
            await problem(413, f"the body is longer than {self.max_body_size} bytes")(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _field_error(problem: Any) -> dict[str, str]:
    """Name a field and what is wrong with it. A name that we do not know is the caller's input: not echoed."""
    location = [str(part) for part in problem["loc"]]
    if problem["type"] == "extra_forbidden":
        return {"field": ".".join([*location[:-1], "(unknown name)"]), "message": "there is no such field"}
    return {"field": ".".join(location), "message": str(problem["msg"]).removeprefix("Value error, ")}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe what a call may answer besides its result, for /openapi.json."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {PROBLEM: {"schema": ProblemOut.model_json_schema()}},
        }
        for status in statuses
    }


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None, headers: Any = None) -> JSONResponse:
    body = ProblemOut(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return JSONResponse(body.model_dump(exclude_none=True), status_code=status, media_type=PROBLEM, headers=headers)
