"""What a person opens in a browser."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from alliance_qa.documents.printing import MEDIA_TYPE
from alliance_qa.domain import Document
from alliance_qa.errors import NotPrintedError, UnknownDocumentError, UnknownVersionError
from alliance_qa.index.generation import Generation
from alliance_qa.web import pages
from alliance_qa.web.api.state import Shared, State
from alliance_qa.web.api.state import shared as state_of_app
from alliance_qa.web.pages import Shell, printed, quotation, shelf
from alliance_qa.web.pages.printed import View
from alliance_qa.web.pages.quotation import Quotation
from alliance_qa.web.pages.shelf import Entry
from alliance_qa.web.pages.words import LANGUAGES, language
from alliance_qa.web.urls import document_url
from alliance_qa.web.wire.collection import contact_out

_VARY = "Accept, Accept-Language"
_NO_PAGES = ("/v1/", "/mcp", "/health/", "/metrics", "/static/", "/widget", "/openapi.json")
_KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, shared: Shared) -> Response:
    frame = _shell(shared, "/", request)
    entries = _entries(shared)
    return _page(request, pages.home_page(frame, entries, service=shared.address(request)))


@router.get("/documents")
def documents(request: Request, shared: Shared) -> Response:
    query = request.query_params
    leaf = shelf.leaf(
        _entries(shared),
        wanted=query.get("q", ""),
        order=query.get("sort", ""),
        page=query.get("page", ""),
    )
    return _page(request, pages.documents_page(_shell(shared, "/documents", request), leaf), form_action="'self'")


@router.get("/documents/{document_id}")
def document(request: Request, document_id: str, shared: Shared) -> Response:
    frame = _shell(shared, "/documents", request)
    try:
        return _page(request, _document_page(shared, frame, document_id, request))
    except UnknownDocumentError:
        # A person gets a page, a program the problem that it can read.
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return HTMLResponse(pages.missing_page(frame), 404, {**pages.headers(), "Vary": _VARY})


@router.get("/demo")
def demo(request: Request, shared: Shared) -> Response:
    frame, service, widget = _shell(shared, "/demo", request), shared.address(request), shared.widget
    return _page(request, pages.demo_page(frame, service=service, script=widget.path, integrity=widget.integrity))


@router.get("/admin")
def admin(request: Request, shared: Shared) -> Response:
    if shared.service.settings.admin_token is None:
        closed = pages.render("closed.html", _shell(shared, "/admin", request))
        return HTMLResponse(closed, 404, {**pages.headers(), "Vary": _VARY})
    return _page(request, pages.admin_page(_shell(shared, "/admin", request)))


@router.get("/static/{name}")
def file(request: Request, name: str) -> Response:
    static = pages.static_files()
    if name not in static:
        raise HTTPException(404, "there is no such file")
    kind = _KINDS[name.rpartition(".")[2]]
    return revalidated(request, static[name], kind, {})


def _entries(shared: State) -> tuple[Entry, ...]:
    return shared.shelf.entries(shared.service.generation, shared.service.settings)


def _shell(shared: State, path: str, request: Request) -> Shell:
    asked = request.query_params.get("lang", "")
    lang = language(asked, request.headers.get("accept-language", ""))
    contact = contact_out(shared.service.settings)
    return Shell(shared.service.kept_days, path, lang, contact, chosen=asked in LANGUAGES)


def fault(request: Request, status: int, headers: Mapping[str, str]) -> Response | None:
    """Return the page that a person gets in place of another; None to a program and in place of what is no page."""
    path = request.url.path
    is_page = request.method == "GET" and not path.startswith(_NO_PAGES)
    if not is_page or "text/html" not in request.headers.get("accept", ""):
        return None
    page = pages.fault_page(_shell(state_of_app(request.app), path, request), status)
    return HTMLResponse(page, status, {**pages.headers(), "Vary": _VARY, **headers})


def _document_page(shared: State, shell: Shell, document_id: str, request: Request) -> str:
    asked = quotation.parse(request.query_params.multi_items())
    service = shared.service
    present = service.generation
    try:
        generation, is_kept = service.at(asked.version), True
    except UnknownVersionError:
        # The place is one of a text that is gone: the same place of another text is no quote.
        generation, is_kept = present, False
    document = generation.corpus.document(document_id)
    notes, link = [], ""
    if not is_kept:
        notes.append(quotation.CHANGED)
        asked = Quotation()
    elif asked.is_malformed or (asked.span is not None and asked.span.end > len(document.text)):
        notes.append(quotation.NOWHERE)
        asked = Quotation()
    if generation is not present and (of_now := _found(present, document_id)) != document:
        notes.append(quotation.EARLIER)
        link = document_url(document_id) if of_now else ""
    position = quotation.position(document_id, asked, generation.version, generation.corpus.facts)
    view, why = _printed(shared, shell, document, asked, generation.version, request)
    if why:
        notes.append(f"{shell.t(printed.NOT_SHOWN)} {shell.t(why)}")
    return pages.document_page(shell, document, asked=asked, notes=notes, present=link, position=position, printed=view)


def _printed(
    shared: State, shell: Shell, document: Document, asked: Quotation, version: str, request: Request
) -> tuple[View | None, str]:
    """Return the pages that a quote stands on, drawn already so that none fails later, or why there are none.

    "" is no reason: no quote of a file with pages is asked for.
    """
    if asked.span is None or document.media_type != MEDIA_TYPE:
        return None, ""
    service, query = shared.service.printed, request.query_params.multi_items()
    try:
        found = service.places(document, asked.span)
        for each in found:
            scale = printed.ZOOMS[printed.zoom(query)]
            service.picture(document, each.paper.page, scale, partial(shared.limits.take_page, request))
    except NotPrintedError as error:
        return None, str(error)
    except HTTPException as error:
        return None, shell.t(printed.LIMITED).format(seconds=(error.headers or {}).get("Retry-After", ""))
    return printed.view(document, asked.span.of(document.text), version, found, query), ""


def _found(generation: Generation, document_id: str) -> Document | None:
    try:
        return generation.corpus.document(document_id)
    except UnknownDocumentError:
        return None


def _page(request: Request, page: str, **changed: str) -> Response:
    return revalidated(request, page.encode(), "text/html", {**pages.headers(**changed), "Vary": _VARY})


def revalidated(request: Request, body: bytes, kind: str, headers: Mapping[str, str]) -> Response:
    """Return what a browser may keep, but asks about before each use: it changes with the index and with us."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**headers, "ETag": tag, "Cache-Control": "no-cache"}
    known = [entry.strip().removeprefix("W/") for entry in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)
