"""The same answers in OpenAI's Chat Completions form, for clients that speak no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.sse import format_sse_event
from pydantic import ValidationError

from alliance_qa.answering.answers import Resolved
from alliance_qa.domain import Answer, Turn
from alliance_qa.web.api.errors import ProblemOut, openai_error, problems
from alliance_qa.web.api.inquiry import Inquiry
from alliance_qa.web.api.media_types import Json
from alliance_qa.web.api.sse import CONTENT, event
from alliance_qa.web.api.state import Shared
from alliance_qa.web.api.streaming import Step, respond
from alliance_qa.web.wire.completion import (
    MODEL,
    CompletionIn,
    CompletionOut,
    MessageIn,
    ModelOut,
    ModelsOut,
    UsageOut,
    annotations_out,
    completion_id,
    completion_out,
    content,
)
from alliance_qa.web.wire.question import AskIn

_DONE = format_sse_event(data_str="[DONE]")  # alone of all events it holds no JSON
_MOST_TURNS, _LONGEST_TURN = 100, 8_000  # of a history, as in POST /v1/ask

_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": CONTENT, "description": "The answer, at once or, with `stream`, as it comes"}
}

router = APIRouter(tags=["openai"])


@router.get("/v1/models")
def models() -> ModelsOut:
    """List the one model."""
    return ModelsOut()


@router.get("/v1/models/{model}", responses=problems(404))
def model(model: str) -> ModelOut:
    """Describe the one model."""
    _check_model(model)
    return ModelOut()


@router.post(
    "/v1/chat/completions",
    response_model=CompletionOut,
    dependencies=[Json],
    responses=_STREAMED | problems(400, 404, 415, 429),
)
async def complete(request: Request, body: CompletionIn, shared: Shared) -> Response | CompletionOut:
    """Answer the last message of the user with cited sentences of the collection.

    `message.annotations` says where the markers stand and where they lead; `alliance_qa` is the
    answer as `POST /v1/ask` gives it. A refusal is plain text. With `stream` the last chunk has both.
    """
    shared.limits.take(request)
    _check_model(body.model)
    question, history = _conversation(body.messages)
    inquiry = Inquiry(shared, question, history=history)
    base = shared.address(request)
    if body.stream:
        with_usage = body.stream_options is not None and body.stream_options.include_usage is True
        return await respond(shared.queue, request, inquiry, partial(_chunks, inquiry, base, with_usage), _error)
    return await shared.queue.run(partial(_completion, inquiry, base), request)


def _check_model(model: str) -> None:
    if model != MODEL:
        raise HTTPException(404, f'there is no such model; the only one is "{MODEL}"')


def _conversation(messages: Sequence[MessageIn]) -> tuple[str, list[Turn]]:
    """Return the question and what was said before it, of which the latest and the beginnings count."""
    said = [m for m in messages if m.role == "user" or (m.role == "assistant" and m.content)]
    if not said or said[-1].role != "user" or not said[-1].content:
        raise HTTPException(422, "the last message must be the user's, and hold text")
    before = [m for m in said[:-1] if m.content][-_MOST_TURNS:]
    try:
        asked = AskIn.model_validate(
            {
                "question": said[-1].content,
                "history": [{"role": m.role, "content": (m.content or "")[:_LONGEST_TURN]} for m in before],
            }
        )
    except ValidationError as error:
        fault = error.errors()[0]
        whose = "the last message" if fault["loc"][0] == "question" else "a message"
        raise HTTPException(422, f"{whose} {fault['msg'].removeprefix('Value error, ')}") from None
    return asked.question, [turn.value() for turn in asked.history]


def _completion(inquiry: Inquiry, base: str) -> CompletionOut:
    answer = inquiry.answer()
    return completion_out(answer, inquiry.out(answer), created=inquiry.created, base=base)


def _chunks(inquiry: Inquiry, base: str, with_usage: bool, step: Step) -> Iterator[bytes]:
    """Word a step as chunks of a completion."""
    if isinstance(step, Resolved):
        yield _chunk(inquiry, {"role": "assistant", "content": ""})
    elif isinstance(step, Answer):
        pieces = [*map("".join, step.pieces)]
        for piece in [*pieces, content(step).removeprefix("".join(pieces))]:
            if piece:
                yield _chunk(inquiry, {"content": piece})
        out = inquiry.out(step)
        annotations = [note.model_dump(mode="json") for note in annotations_out(step, out, base)]
        yield _chunk(
            inquiry, {"annotations": annotations}, finish_reason="stop", alliance_qa=out.model_dump(mode="json")
        )
        if with_usage:
            yield _chunk(inquiry, None, usage=UsageOut().model_dump())
        yield _DONE


def _chunk(inquiry: Inquiry, delta: dict[str, Any] | None, finish_reason: str | None = None, **more: object) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    chunk = {
        "id": completion_id(inquiry.answer_id),
        "object": "chat.completion.chunk",
        "created": inquiry.created,
        "model": MODEL,
        "choices": choices,
    }
    return event(chunk | more)


def _error(problem: ProblemOut) -> Iterator[bytes]:
    # OpenAI's clients raise an APIError when they find this member in a stream.
    yield event({"error": openai_error(problem)})
