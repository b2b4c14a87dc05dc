"""The documents and their texts."""

from __future__ import annotations

from fastapi import FastAPI

from alliance_qa.service.service import Service
from alliance_qa.web.api.errors import problems
from alliance_qa.web.wire.collection import DocumentOut, DocumentsOut, TextOut, document_out, documents_out
from alliance_qa.web.wire.fields import Version


def serve_documents(app: FastAPI, service: Service) -> None:
    @app.get("/v1/documents", tags=["documents"])
    def documents() -> DocumentsOut:
        """List the collection."""
        return documents_out(service.generation)

    @app.get("/v1/documents/{document_id}", tags=["documents"], responses=problems(404))
    def document(document_id: str) -> DocumentOut:
        """Return a document's facts, each with where it is stated."""
        generation = service.generation
        return document_out(generation.corpus.document(document_id), generation)

    @app.get("/v1/documents/{document_id}/text", tags=["documents"], responses=problems(404, 410))
    def text(document_id: str, index_version: Version | None = None) -> TextOut:
        """Return the text that citations point into, as it was in the generation that they name."""
        return TextOut(text=service.at(index_version).corpus.document(document_id).text)
