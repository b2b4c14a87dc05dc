"""Asking, searching and verifying."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Body, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from alliance_qa import citations, wire
from alliance_qa.api.errors import problems
from alliance_qa.api.metrics import Metrics
from alliance_qa.service import Service

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


def serve_questions(app: FastAPI, service: Service, metrics: Metrics) -> None:
    @app.post("/v1/ask", tags=["questions"], responses=problems(400, 404, 413))
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

    @app.get("/v1/search", tags=["questions"], responses=problems(404))
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

    @app.post("/v1/verify", tags=["questions"], responses=problems(400, 404, 410, 413))
    def verify(body: wire.VerifyIn) -> wire.VerifyOut:
        """Say whether a quote stands at a place: `text[start:end] == quote`, in code points."""
        generation = service.at(body.index_version)
        text = generation.corpus.document(body.document_id).text
        stands = citations.stands(text, body.start, body.end, body.quote)
        return wire.VerifyOut(stands=stands, index_version=generation.version)
