"""The documents and their texts."""

from __future__ import annotations

from fastapi import FastAPI

from alliance_qa.service.service import Service
from alliance_qa.web import wire
from alliance_qa.web.api.errors import problems


def serve_documents(app: FastAPI, service: Service) -> None:
    @app.get("/v1/documents", tags=["documents"])
    def documents() -> wire.DocumentsOut:
        """List the collection."""
        return wire.documents_out(service.generation)

    @app.get("/v1/documents/{document_id}", tags=["documents"], responses=problems(404))
    def document(document_id: str) -> wire.DocumentOut:
        """Return a document's facts, each with where it is stated."""
        generation = service.generation
        return wire.document_out(generation.corpus.document(document_id), generation)

    @app.get("/v1/documents/{document_id}/text", tags=["documents"], responses=problems(404, 410))
    def text(document_id: str, index_version: wire.Version | None = None) -> wire.TextOut:
        """Return the text that citations point into, as it was in the generation that they name."""
        return wire.TextOut(text=service.at(index_version).corpus.document(document_id).text)
