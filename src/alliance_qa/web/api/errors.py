"""The one shape of errors: RFC 9457 problem details."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alliance_qa.errors import (
    AllianceQAError,
    BudgetError,
    EndingError,
    IndexBusyError,
    MessagesError,
    NotPrintedError,
    PrintingBusyError,
    QueryLogError,
    UnknownDocumentError,
    UnknownVersionError,
)
from alliance_qa.web.api.whole_bodies import is_upload
from alliance_qa.web.wire.fields import Out

_log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
_OPENAI = ("/v1/chat/", "/v1/models")
_RETRY_SECONDS = "5"  # a damaged or missing index is mended by its keeper
_STATUSES: dict[type[Exception], int] = {
    UnknownDocumentError: 404,
    UnknownVersionError: 410,
    IndexBusyError: 409,
    PrintingBusyError: 503,
    NotPrintedError: 404,
    BudgetError: 503,  # its words are for who asked
    EndingError: 503,
}


class ProblemOut(Out):
    """RFC 9457. `errors` names the fields that are not as they must be, never their values."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] | None = None


FaultPage = Callable[[Request, int, Mapping[str, str]], Response | None]


def handle_errors(app: FastAPI, max_body_bytes: int, page: FaultPage) -> None:
    """Answer every fault in this shape, but for a person who opens a page, who gets one."""
    app.state.fault_page = page
    # Where FastAPI and Starlette find these, their own words say less than ours.
    details = {400: "the body is not valid JSON", 413: f"the body is longer than {max_body_bytes} bytes"}

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            return _reply(_out(400, details[400]), request)
        errors = [_field_error(fault) for fault in error.errors()]
        return _reply(_out(422, "the request is not of the form that /openapi.json describes", errors), request)

    @app.exception_handler(StarletteHTTPException)
    def refused(request: Request, error: StarletteHTTPException) -> Response:
        detail = details.get(error.status_code, str(error.detail))
        headers = dict(error.headers or {})
        if error.status_code == 405 and (allowed := _allowed(request)):
            headers["Allow"] = allowed
        return _reply(_out(error.status_code, detail), request, headers)

    @app.exception_handler(AllianceQAError)
    def told(request: Request, error: AllianceQAError) -> Response:
        out, headers = describe(error), None
        if out.status == HTTPStatus.SERVICE_UNAVAILABLE:
            if not isinstance(error, EndingError):
                _log.error("%s: %s", _line(request.scope), error)
            if not isinstance(error, BudgetError):  # the same question would take as long again
                headers = {"Retry-After": _RETRY_SECONDS}
        return _reply(out, request, headers)


def describe(error: Exception) -> ProblemOut:
    """Return what a caller is told of an exception. What only the keeper should read is in the log."""
    for cause, status in _STATUSES.items():
        if isinstance(error, cause):
            return _out(status, str(error))
    if isinstance(error, MessagesError):
        return _out(503, "questions cannot be sent now; see the log of the service")
    if isinstance(error, QueryLogError):
        return _out(503, "the log of questions cannot be used now; see the log of the service")
    if isinstance(error, AllianceQAError):
        return _out(503, "the collection cannot be searched now; see the log of the service")
    return _out(500, "an internal error; see the log of the service")


def _allowed(request: Request) -> str:
    """Return all methods that an address takes: the framework names those of the first call that it fits."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path and compile_path(route.path)[0].match(request.scope["path"]):
            found |= set(route.methods or ())
    return ", ".join(sorted(found))


class Faults:
    """Answers what nobody foresaw. Starlette's own handler would, too, but outside CORS, and end the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            _log.exception("%s failed", _line(scope))
            await _reply(describe(error), Request(scope))(scope, receive, send)


class BodyLimit(RequestBodyLimitMiddleware):
    """Starlette's limit, which answers a declared length in plain text, with our error shape."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = dict(scope.get("headers", ())).get(b"content-length", b"")
        if is_upload(scope):
            await self.app(scope, receive, send)
        elif declared.isdigit() and len(declared) < 20 and int(declared) > self.max_body_size:
            reply = problem(413, f"the body is longer than {self.max_body_size} bytes", Request(scope))
            await reply(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _line(scope: Scope) -> str:
    """Return what was called, for the log: percent-encoded, so that no caller writes lines of their own there."""
    return f"{scope['method']} {quote(scope['path'])}"


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


def problem(status: int, detail: str, request: Request) -> Response:
    """Return an error as the response to a request."""
    return _reply(_out(status, detail), request)


def _out(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> ProblemOut:
    return ProblemOut(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)


def _reply(out: ProblemOut, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    page = getattr(request.app.state, "fault_page", None) if "app" in request.scope else None
    if page is not None and (shown := page(request, out.status, headers or {})) is not None:
        return shown  # type: ignore[no-any-return]
    body = out.model_dump(exclude_none=True)
    if request.url.path.startswith(_OPENAI):
        body["error"] = openai_error(out)
    return JSONResponse(body, status_code=out.status, media_type=PROBLEM, headers=headers)


def openai_error(out: ProblemOut) -> dict[str, Any]:
    """Return what OpenAI's clients look for in an error: an extension member, as RFC 9457 allows."""
    return {"message": out.detail, "type": out.title, "param": None, "code": str(out.status)}
