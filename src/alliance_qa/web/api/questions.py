"""Asking, searching and verifying."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from alliance_qa.answering import citations
from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.service.messages import Message
from alliance_qa.web.api.errors import ProblemOut, problems
from alliance_qa.web.api.inquiry import Inquiry
from alliance_qa.web.api.media_types import Json
from alliance_qa.web.api.sse import CONTENT, event, wants_events
from alliance_qa.web.api.state import Shared
from alliance_qa.web.api.streaming import Step, respond
from alliance_qa.web.wire.answer import AskOut, SearchOut, passages_out, search_out
from alliance_qa.web.wire.collection import CollectionOut, VerifyIn, VerifyOut, collection_out, contact_out
from alliance_qa.web.wire.fields import Date, Name, QuestionText, TopK
from alliance_qa.web.wire.log import FeedbackIn, MessageIn
from alliance_qa.web.wire.question import AskIn, FiltersIn
from alliance_qa.web.wire.wording import sentence_out
from alliance_qa.wording.composer import Composition, Sentence

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
    "small talk": {"summary": "Small talk", "value": {"question": "Hello, what can you do?"}},
    "refusal": {"summary": "Not stated", "value": {"question": "How much did the summit of April 2024 cost?"}},
}  # fmt: skip


_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": CONTENT, "description": "The answer, at once or as it comes"}
}

router = APIRouter(tags=["questions"])


@router.post(
    "/v1/ask",
    response_model=AskOut,
    dependencies=[Json],
    responses=_STREAMED | problems(400, 404, 415, 429),
)
async def ask(
    request: Request, body: Annotated[AskIn, Body(openapi_examples=_EXAMPLES)], shared: Shared
) -> Response | AskOut:
    """Answer a question with cited sentences of the collection.

    A refusal is no error: it is 200 with `answered: false`, a `reason`, the nearest passages, and
    `suggestions` of questions that are answered nearby. Small talk ("hello", "thanks", "who are you?")
    is 200 with `reason: "small_talk"` and questions to start with; nothing is searched.

    With `Accept: text/event-stream` the same answer comes as server-sent events, as soon as each
    part is known: `resolved`, `passages`, `answer` (pieces of the text), `citations`, each proved
    `sentence` where other words are asked for, and exactly one end, `done` or `error`. Their data
    put together is the JSON answer.
    """
    await shared.limits.take(request, body.conversation_id)
    inquiry = Inquiry(
        shared,
        body.question,
        history=[turn.value() for turn in body.history],
        filters=body.filters.value(),
        top_k=body.top_k,
        conversation_id=body.conversation_id,
        wording=body.wording,
    )
    if wants_events(request):
        return await respond(shared.queue, request, inquiry, partial(_events, inquiry), _error)
    _, out = await inquiry.answered(request)
    return out


@router.get("/v1/search", responses=problems(404, 429))
async def search(
    request: Request,
    question: Annotated[QuestionText, Query(examples=["What is the hub-and-spoke system?"])],
    shared: Shared,
    top_k: Annotated[TopK | None, Query()] = None,
    document: Annotated[Name | None, Query()] = None,
    author: Annotated[Name | None, Query()] = None,
    published_from: Annotated[Date | None, Query(description="earliest date, inclusive")] = None,
    published_to: Annotated[Date | None, Query(description="latest date, inclusive")] = None,
    read: Annotated[bool, Query(description="rank them as an answer does, which takes as long as one")] = False,
) -> SearchOut:
    """Return the passages nearest to a question, best first."""
    await shared.limits.take(request)
    started = time.perf_counter()
    given = {
        "document": document,
        "author": author,
        "published_from": published_from,
        "published_to": published_to,
    }
    try:
        filters = FiltersIn.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError([{**e, "loc": ("query", *e["loc"])} for e in error.errors()]) from None
    service = shared.service
    generation = service.generation

    def find() -> SearchOut:
        ranked = service.search(generation, question, filters=filters.value(), top_k=top_k, read=read)
        return search_out(question, ranked, generation, round((time.perf_counter() - started) * 1000))

    return await shared.queue.run(find, request)


@router.post("/v1/verify", dependencies=[Json], responses=problems(400, 404, 410, 415))
def verify(body: VerifyIn, shared: Shared) -> VerifyOut:
    """Say whether a quote stands at a place: `text[start:end] == quote`, in code points."""
    generation = shared.service.at(body.index_version)
    text = generation.corpus.document(body.document_id).text
    stands = citations.stands(text, body.start, body.end, body.quote)
    return VerifyOut(stands=stands, index_version=generation.version)


@router.get("/v1/collection")
def collection(shared: Shared) -> CollectionOut:
    """Say what the collection holds, with questions that it answers, and whether questions are kept."""
    service = shared.service
    settings = service.settings
    messages_days = settings.messages_days if service.messages is not None else None
    return collection_out(service.generation, service.examples, service.kept_days, contact_out(settings), messages_days)


@router.post("/v1/feedback", status_code=204, dependencies=[Json], responses=problems(400, 404, 415, 429))
def feedback(request: Request, body: FeedbackIn, shared: Shared) -> None:
    """Say whether an answer helped. The latest word counts. Only where questions are kept."""
    shared.limits.take_here(request)
    log = shared.service.query_log
    if log is None or not log.rate(body.answer_id, body.rating, body.comment):
        raise HTTPException(404, "no answer of this id is kept")


@router.post("/v1/messages", status_code=204, dependencies=[Json], responses=problems(400, 404, 415, 429))
def message(request: Request, body: MessageIn, shared: Shared) -> None:
    """Send a refused question to the keeper, with an address for a reply where the visitor gives one.

    The latest about an answer counts. Only where questions are kept and the keeper takes messages.
    """
    shared.limits.take_here(request)
    log, messages = shared.service.query_log, shared.service.messages
    refused = log.refusal(body.answer_id) if log is not None and messages is not None else None
    if messages is None or refused is None:
        raise HTTPException(404, "no refused question of this id is kept, or none can be sent")
    messages.send(Message(body.answer_id, datetime.now(UTC), refused.question, refused.reason, body.reply_to or None))


_LAST = ("answered", "reason", "confidence", "suggestions", "not_stated", "truncated", "took_ms", "contact")


def _events(inquiry: Inquiry, step: Step) -> Iterator[bytes]:
    """Word a step of an answer. The data of all events is the JSON answer."""
    if isinstance(step, Resolved):
        resolved = {
            "answer_id": inquiry.answer_id,
            "conversation_id": inquiry.conversation_id,
            "resolved_question": step.question,
            "index_version": inquiry.generation.version,
        }
        yield event(resolved, name="resolved")
    elif isinstance(step, Found):
        passages = passages_out(step.passages, inquiry.generation)
        yield event({"passages": [passage.model_dump(mode="json") for passage in passages]}, name="passages")
    elif isinstance(step, Sentence):
        yield event(sentence_out(step, inquiry.generation.version), name="sentence")
    elif isinstance(step, Composition):
        assert inquiry.done is not None  # noqa: S101
        out = inquiry.done.model_copy(update=inquiry.added(step)).model_dump(mode="json")
        yield event({name: out[name] for name in (*_LAST, "wording", "sentences") if name in out}, name="done")
    else:
        out = inquiry.out(step).model_dump(mode="json")
        for quote, marker in step.pieces:
            yield event({"text": quote + marker}, name="answer")
        yield event({"citations": out["citations"]}, name="citations")
        if not inquiry.composes:
            yield event({name: out[name] for name in _LAST if name in out}, name="done")


def _error(problem: ProblemOut) -> Iterator[bytes]:
    yield event(problem.model_dump(exclude_none=True), name="error")
