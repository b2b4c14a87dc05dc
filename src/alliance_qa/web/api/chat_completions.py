"""The same answers in OpenAI's Chat Completions form, for clients that speak no other.

Formats: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.sse import format_sse_event
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from alliance_qa.answering import citations
from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.domain import Answer, Turn
from alliance_qa.service.service import Service
from alliance_qa.web.api.errors import ProblemOut, openai_error, problems
from alliance_qa.web.api.inquiry import Inquiry
from alliance_qa.web.api.metrics import Metrics
from alliance_qa.web.api.rate_limits import RateLimits
from alliance_qa.web.api.sse import event
from alliance_qa.web.api.streaming import Step, respond
from alliance_qa.web.api.work_queue import WorkQueue
from alliance_qa.web.refusals import SENTENCES
from alliance_qa.web.wire.answer import AskOut
from alliance_qa.web.wire.fields import Out
from alliance_qa.web.wire.question import AskIn

MODEL = "alliance-qa"
_DONE = format_sse_event(data_str="[DONE]")  # alone of all events it holds no JSON
_MADE = 1_763_942_400  # when the model of this name was first served, seconds since 1970
_MOST_TURNS, _LONGEST_TURN = 100, 8_000  # of a history, as in POST /v1/ask


class _In(BaseModel):
    """What clients send besides, such as `temperature`, has no meaning here and is let pass."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


def _plain(content: object) -> object:
    """Return the text of a message that may come in parts. Pictures and sounds are refused by the type."""
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        texts = [part.get(part.get("type")) for part in content if part.get("type") in ("text", "refusal")]
        if len(texts) == len(content) and all(isinstance(text, str) for text in texts):
            return "\n".join(texts)
    return content


class MessageIn(_In):
    """A message. System and developer messages are ignored: nothing here takes instructions."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[str | None, BeforeValidator(_plain)] = None


class StreamOptionsIn(_In):
    """What a stream holds besides the answer."""

    include_usage: bool | None = None


class CompletionIn(_In):
    """A conversation whose last message of the user is the question."""

    model: Annotated[str, Field(max_length=200)]
    messages: Annotated[list[MessageIn], Field(min_length=1, max_length=1_000)]
    stream: bool | None = None
    stream_options: StreamOptionsIn | None = None


class UrlCitationOut(Out):
    """Which characters of the content are the marker of a citation, in code points, and where it leads."""

    start_index: int
    end_index: int
    title: str
    url: str


class AnnotationOut(Out):
    """An annotation of the content."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationOut


class MessageOut(Out):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[AnnotationOut, ...]


class ChoiceOut(Out):
    """The only choice."""

    index: int = 0
    message: MessageOut
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class UsageOut(Out):
    """All zero: no language model reads or writes a token."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class CompletionOut(Out):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: tuple[ChoiceOut, ...]
    usage: UsageOut = UsageOut()
    alliance_qa: AskOut = Field(description="the answer as POST /v1/ask gives it")


class ModelOut(Out):
    """A model."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = _MADE
    owned_by: str = "alliance-qa"


class ModelsOut(Out):
    """All models."""

    object: Literal["list"] = "list"
    data: tuple[ModelOut, ...] = (ModelOut(),)


def serve_chat_completions(
    app: FastAPI, service: Service, metrics: Metrics, limits: RateLimits, queue: WorkQueue
) -> None:
    """Serve what OpenAI's clients call."""

    @app.get("/v1/models", tags=["openai"])
    def models() -> ModelsOut:
        """List the one model."""
        return ModelsOut()

    @app.get("/v1/models/{model}", tags=["openai"], responses=problems(404))
    def model(model: str) -> ModelOut:
        """Describe the one model."""
        _check_model(model)
        return ModelOut()

    @app.post(
        "/v1/chat/completions",
        tags=["openai"],
        response_model=CompletionOut,
        responses=problems(400, 403, 404, 413, 429),
    )
    async def complete(request: Request, body: CompletionIn) -> Response | CompletionOut:
        """Answer the last message of the user with cited sentences of the collection.

        `message.annotations` says where the markers stand and where they lead; `alliance_qa` is the
        answer as `POST /v1/ask` gives it. A refusal is plain text. With `stream` the last chunk has both.
        """
        limits.take(request)
        _check_model(body.model)
        question, history = _conversation(body.messages)
        inquiry = Inquiry(service, metrics, question, history=history)
        base = service.settings.public_url or str(request.base_url).rstrip("/")
        if body.stream:
            with_usage = body.stream_options is not None and body.stream_options.include_usage is True
            return await respond(queue, inquiry, partial(_chunks, inquiry, base, with_usage), _error)
        return await queue.run(partial(_completion, inquiry, base), request)


def _completion(inquiry: Inquiry, base: str) -> CompletionOut:
    answer = inquiry.answer()
    out = inquiry.out(answer)
    message = MessageOut(content=_content(answer), annotations=_annotations(answer, out, base))
    return CompletionOut(
        id=_id(inquiry),
        created=inquiry.created,
        choices=(ChoiceOut(message=message),),
        alliance_qa=out,
    )


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


def _content(answer: Answer) -> str:
    """Return the answer as text. A refusal names questions that are answered."""
    if answer.reason is None:
        return answer.text
    text = SENTENCES[answer.reason]
    if answer.suggestions:
        text += "\n\nIt does answer:\n" + "\n".join(f"- {question}" for question in answer.suggestions)
    return text


def _annotations(answer: Answer, out: AskOut, base: str) -> tuple[AnnotationOut, ...]:
    """Return where in the answer each marker stands and the source that it leads to."""
    found, end = [], 0
    for (quote, marker), citation in zip(citations.pieces(answer.citations), out.citations, strict=True):
        start = end + len(quote)
        end = start + len(marker)
        found.append(
            AnnotationOut(
                url_citation=UrlCitationOut(
                    start_index=start, end_index=end, title=citation.title, url=base + citation.url
                )
            )
        )
    return tuple(found)


def _chunks(inquiry: Inquiry, base: str, with_usage: bool, step: Step) -> Iterator[bytes]:
    """Word a step as chunks of a completion."""
    if isinstance(step, Resolved):
        yield _chunk(inquiry, {"role": "assistant", "content": ""})
    elif not isinstance(step, Found):
        for piece in map("".join, citations.pieces(step.citations)) if step.answered else [_content(step)]:
            yield _chunk(inquiry, {"content": piece})
        out = inquiry.out(step)
        annotations = [note.model_dump(mode="json") for note in _annotations(step, out, base)]
        yield _chunk(
            inquiry, {"annotations": annotations}, finish_reason="stop", alliance_qa=out.model_dump(mode="json")
        )
        if with_usage:
            yield _chunk(inquiry, None, usage=UsageOut().model_dump())
        yield _DONE


def _chunk(inquiry: Inquiry, delta: dict[str, Any] | None, finish_reason: str | None = None, **more: object) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    chunk = {
        "id": _id(inquiry),
        "object": "chat.completion.chunk",
        "created": inquiry.created,
        "model": MODEL,
        "choices": choices,
    }
    return event(chunk | more)


def _error(problem: ProblemOut) -> Iterator[bytes]:
    # OpenAI's clients raise an APIError when they find this member in a stream.
    yield event({"error": openai_error(problem)})


def _id(inquiry: Inquiry) -> str:
    return f"chatcmpl-{inquiry.answer_id}"
