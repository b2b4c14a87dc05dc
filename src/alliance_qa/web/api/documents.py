"""The documents and their texts."""

from __future__ import annotations

from fastapi import APIRouter

from alliance_qa.service import first
from alliance_qa.web.api.errors import problems
from alliance_qa.web.api.state import Shared
from alliance_qa.web.wire.collection import DocumentOut, DocumentsOut, TextOut, document_out, documents_out
from alliance_qa.web.wire.fields import Version

router = APIRouter(tags=["documents"])


@router.get("/v1/documents")
def documents(shared: Shared) -> DocumentsOut:
    """List the collection."""
    generation = shared.service.generation
    return documents_out(generation, first.ids(shared.service.settings, generation.manifest))


@router.get("/v1/documents/{document_id}", responses=problems(404))
def document(document_id: str, shared: Shared) -> DocumentOut:
    """Return a document's facts, each with where it is stated."""
    generation = shared.service.generation
    return document_out(generation.corpus.document(document_id), generation)


@router.get("/v1/documents/{document_id}/text", responses=problems(404, 410))
def text(document_id: str, shared: Shared, index_version: Version | None = None) -> TextOut:
    """Return the text that citations point into, as it was in the generation that they name."""
    return TextOut(text=shared.service.at(index_version).corpus.document(document_id).text)
