"""The same answers in OpenAI's Chat Completions form, for clients that speak no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from alliance_qa.web.wire.answer import AskOut
from alliance_qa.web.wire.completion import (
    COMPOSED,
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
    pieces,
)
from alliance_qa.web.wire.question import AskIn
from alliance_qa.web.wire.wording import sentence_out
from alliance_qa.wording.composer import Composition, Sentence

_DONE = format_sse_event(data_str="[DONE]")  # alone of all events it holds no JSON
_MOST_TURNS, _LONGEST_TURN = 100, 8_000  # of a history, as in POST /v1/ask

_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"content": CONTENT, "description": "The answer, at once or, with `stream`, as it comes"}
}

router = APIRouter(tags=["openai"])


@router.get("/v1/models")
def models(shared: Shared) -> ModelsOut:
    """List the model and, where a language model words answers, its composed form."""
    return ModelsOut(data=tuple(ModelOut(id=name) for name in _models(shared)))


@router.get("/v1/models/{model}", responses=problems(404))
def model(model: str, shared: Shared) -> ModelOut:
    """Describe a model."""
    _check_model(model, shared)
    return ModelOut(id=model)


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
    The model `alliance-qa:composed` answers in a language model's words, each sentence proved.
    """
    await shared.limits.take(request)
    _check_model(body.model, shared)
    question, history = _conversation(body.messages)
    wording = "composed" if body.model == COMPOSED else "verbatim"
    inquiry = Inquiry(shared, question, history=history, wording=wording)
    base = shared.address(request)
    if body.stream:
        with_usage = body.stream_options is not None and body.stream_options.include_usage is True
        chunks = _Chunks(inquiry, base, body.model, with_usage=with_usage)
        return await respond(shared.queue, request, inquiry, chunks.of, _error)
    answer, out = await inquiry.answered(request)
    return completion_out(answer, out, model=body.model, created=inquiry.created, base=base)


def _models(shared: Shared) -> tuple[str, ...]:
    return (MODEL, COMPOSED) if shared.service.words() else (MODEL,)


def _check_model(model: str, shared: Shared) -> None:
    names = _models(shared)
    if model not in names:
        only = "the only one is" if len(names) == 1 else "there are"
        raise HTTPException(404, f"there is no such model; {only} " + " and ".join(f'"{name}"' for name in names))


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


class _Chunks:
    """Words the steps of an answer as chunks of a completion."""

    def __init__(self, inquiry: Inquiry, base: str, model: str, *, with_usage: bool) -> None:
        self._inquiry, self._base, self._model, self._with_usage = inquiry, base, model, with_usage
        self._answer: Answer | None = None
        self._sent = ""

    def of(self, step: Step) -> Iterator[bytes]:
        """Return the chunks of a step."""
        if isinstance(step, Resolved):
            yield self._chunk({"role": "assistant", "content": ""})
        elif isinstance(step, Answer):
            self._answer = step
            if not self._inquiry.composes:
                yield from self._last(step, self._inquiry.out(step))
        elif isinstance(step, Sentence):
            out = sentence_out(step, self._inquiry.generation.version)
            yield from self._text("".join(map("".join, pieces(out, is_first=not self._sent))))
        elif isinstance(step, Composition) and self._answer is not None:
            out_ = self._inquiry.out(self._answer).model_copy(update=self._inquiry.added(step))
            yield from self._last(self._answer, out_)

    def _last(self, answer: Answer, out: AskOut) -> Iterator[bytes]:
        if not out.sentences:
            for piece in answer.pieces:
                yield from self._text("".join(piece))
        yield from self._text(content(answer, out).removeprefix(self._sent))
        annotations = [note.model_dump(mode="json") for note in annotations_out(answer, out, self._base)]
        yield self._chunk({"annotations": annotations}, finish_reason="stop", alliance_qa=out.model_dump(mode="json"))
        if self._with_usage:
            yield self._chunk(None, usage=UsageOut().model_dump())
        yield _DONE

    def _text(self, text: str) -> Iterator[bytes]:
        self._sent += text
        if text:
            yield self._chunk({"content": text})

    def _chunk(self, delta: dict[str, Any] | None, finish_reason: str | None = None, **more: object) -> bytes:
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
        chunk = {
            "id": completion_id(self._inquiry.answer_id),
            "object": "chat.completion.chunk",
            "created": self._inquiry.created,
            "model": self._model,
            "choices": choices,
        }
        return event(chunk | more)


def _error(problem: ProblemOut) -> Iterator[bytes]:
    # OpenAI's clients raise an APIError when they find this member in a stream.
    yield event({"error": openai_error(problem)})
