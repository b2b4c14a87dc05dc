"""Questions and answers in the form of OpenAI's Chat Completions.

Formats: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from alliance_qa.domain import Answer, Reason
from alliance_qa.web.refusals import EXAMPLES, NOT_STATED, SENTENCES
from alliance_qa.web.wire.answer import AnswerOut, AskOut
from alliance_qa.web.wire.fields import Out, titled
from alliance_qa.web.wire.wording import SentenceOut

MODEL = "alliance-qa"
COMPOSED = "alliance-qa:composed"
"""The same answers in a language model's words."""
_MADE = 1_763_942_400  # when the model of this name was first served, seconds since 1970


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


class TextPartIn(_In):
    """A part of a message."""

    type: Literal["text"]
    text: str


class RefusalPartIn(_In):
    """A part of an assistant's message."""

    type: Literal["refusal"]
    refusal: str


class MessageIn(_In):
    """A message. System and developer messages are ignored: nothing here takes instructions."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[
        str | None, BeforeValidator(_plain, json_schema_input_type=str | list[TextPartIn | RefusalPartIn] | None)
    ] = Field(None, description="text of a user or an assistant is of the form that POST /v1/ask takes")


class StreamOptionsIn(_In):
    """What a stream holds besides the answer."""

    include_usage: bool | None = None


class CompletionIn(_In):
    """A conversation whose last message of the user is the question."""

    model: Annotated[str, Field(max_length=200, json_schema_extra={"enum": [MODEL, COMPOSED]})]
    messages: Annotated[
        list[MessageIn],
        Field(
            min_length=1,
            max_length=1_000,
            description="the last one of a user or an assistant must be a user's, and hold a question",
        ),
    ]
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


def completion_out(answer: Answer, out: AskOut, *, model: str, created: int, base: str) -> CompletionOut:
    """Return the completion that an answer is.

    Args:
        answer: The answer.
        out: Its JSON.
        model: The name by which it was asked for.
        created: When it was asked, in seconds since 1970.
        base: Where visitors find the service: scheme, host and path, without "/" at the end.
    """
    message = MessageOut(content=content(answer, out), annotations=annotations_out(answer, out, base))
    return CompletionOut(
        id=completion_id(out.answer_id),
        created=created,
        model=model,
        choices=(ChoiceOut(message=message),),
        alliance_qa=out,
    )


def completion_id(answer_id: str) -> str:
    """Return the name that a completion has."""
    return f"chatcmpl-{answer_id}"


def pieces(sentence: SentenceOut, *, is_first: bool) -> tuple[tuple[str, str], ...]:
    """Return a composed sentence piece by piece, each with the marker behind it, as `Answer.pieces` are."""
    lead = "" if is_first else " "
    return tuple(
        (f"{lead}{sentence.text} " if not at else " ", f"[{proof.number}]") for at, proof in enumerate(sentence.proof)
    )


def content(answer: Answer, out: AnswerOut | None = None) -> str:
    """Return the answer as text, composed where its JSON is. A refusal names whom to ask, and what is answered."""
    if answer.reason is None:
        text = "".join(map("".join, _pieces(answer, out)))
        return "\n\n".join([text, *(NOT_STATED.format(part=part) for part in answer.not_stated)])
    text = SENTENCES[answer.reason]
    if out and (contact := out.contact):
        text += "\n\n" + " ".join(filter(None, [contact.text, contact.url]))
    if answer.suggestions:
        heading = EXAMPLES if answer.reason is Reason.SMALL_TALK else "It does answer"
        text += f"\n\n{heading}:\n" + "\n".join(f"- {question}" for question in answer.suggestions)
    return text


def annotations_out(answer: Answer, out: AskOut, base: str) -> tuple[AnnotationOut, ...]:
    """Return where in the answer each marker stands and the source that it leads to."""
    found, end = [], 0
    titles = {citation.number: titled(citation.title, citation.locator) for citation in out.citations}
    leads = [(titles[citation.number], citation.url) for citation in out.citations]
    if out.sentences:
        leads = [(titles[proof.number], proof.url) for sentence in out.sentences for proof in sentence.proof]
    for (quote, marker), (title, url) in zip(_pieces(answer, out), leads, strict=True):
        start = end + len(quote)
        end = start + len(marker)
        found.append(
            AnnotationOut(url_citation=UrlCitationOut(start_index=start, end_index=end, title=title, url=base + url))
        )
    return tuple(found)


def _pieces(answer: Answer, out: AnswerOut | None) -> tuple[tuple[str, str], ...]:
    if out is None or not out.sentences:
        return answer.pieces
    return tuple(piece for at, sentence in enumerate(out.sentences) for piece in pieces(sentence, is_first=not at))
