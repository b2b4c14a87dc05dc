"""The tools that assistants call, and what each does. Nothing here knows the protocol.

Descriptions are read by language models: each says when to call the tool and what its result means.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alliance_qa.answering import citations
from alliance_qa.domain import BlockKind, Document, RankedPassage, Span, Turn
from alliance_qa.index.generation import Generation
from alliance_qa.web.api.inquiry import Inquiry
from alliance_qa.web.api.state import State
from alliance_qa.web.urls import Place, citation_url, document_url
from alliance_qa.web.wire.answer import passages_out, search_out
from alliance_qa.web.wire.completion import content
from alliance_qa.web.wire.fields import MOST_TOP_K, Out, likely, stated, titled
from alliance_qa.web.wire.tools import (
    MOST_CHARACTERS,
    ArgumentsIn,
    AskToolIn,
    AskToolOut,
    ChatGptDocumentOut,
    ChatGptFetchIn,
    ChatGptResultOut,
    ChatGptResultsOut,
    ChatGptSearchIn,
    FetchToolIn,
    FetchToolOut,
    FoundPassageOut,
    SearchToolIn,
    SearchToolOut,
    VerifyToolIn,
    VerifyToolOut,
)

# A passage as ChatGPT names it: of which generation, document and place.
_ID = re.compile(r"([0-9]{6,12})/([^/:]+):(0|[1-9][0-9]{0,9})-([1-9][0-9]{0,9})")


class RefusedError(Exception):
    """A call that cannot be answered; the message says what to give instead."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: it reads only, and the same arguments give the same result as long as the index is the same."""

    name: str
    title: str
    description: str
    arguments: type[ArgumentsIn]
    result: type[Out]
    call: Callable[[State, str, Any], Out]  # with where visitors find the service, without "/" at the end
    uses_models: bool = False  # then it is limited in number and waits for its turn, as over HTTP


def ask(shared: State, base: str, given: AskToolIn) -> AskToolOut:
    """Answer a question, and note it as a question over HTTP is noted."""
    history = [Turn("user", earlier) for earlier in given.history]
    inquiry = Inquiry(shared, given.question, history=history, filters=given.value())
    answer = inquiry.verbatim()
    out = inquiry.out(answer)
    passages = _passages(answer.passages, inquiry.generation, base)
    kept = _fitting(passages)
    whole = dict(out) | {
        "citations": tuple(c.model_copy(update={"url": base + c.url}) for c in out.citations),
        "passages": kept,
        "passages_left_out": len(passages) - len(kept),
    }
    return AskToolOut(message=content(answer, out), **whole)


def search(shared: State, base: str, given: SearchToolIn) -> SearchToolOut:
    """Find the nearest passages but the first `skip`."""
    started = time.perf_counter()
    service = shared.service
    generation, wanted = service.generation, given.skip + (given.top_k or service.settings.top_k)
    ranked = service.search(generation, given.question, filters=given.value(), top_k=min(wanted, MOST_TOP_K))
    passages = _passages(ranked[given.skip :], generation, base)
    kept = _fitting(passages)
    out = search_out(given.question, (), generation, round((time.perf_counter() - started) * 1000))
    next_skip = given.skip + len(kept) if len(kept) < len(passages) else None
    return SearchToolOut(**dict(out) | {"passages": kept}, next_skip=next_skip)


def fetch(shared: State, base: str, given: FetchToolIn) -> FetchToolOut:
    """Return a stretch of a document, up to the end of a paragraph where one ends inside it."""
    generation = shared.service.at(given.index_version)
    document = generation.corpus.document(given.document_id)
    span = _stretch(document, given.start, given.characters)
    facts = document.facts
    return FetchToolOut(
        document_id=document.id,
        title=facts.title.value,
        author=stated(facts.author),
        published=stated(facts.published),
        source_url=stated(facts.source_url),
        likely=likely(facts),
        url=base + document_url(document.id),
        index_version=generation.version,
        characters=len(document.text),
        start=span.start,
        end=span.end,
        text=span.of(document.text),
        next_start=span.end if span.end < len(document.text) else None,
    )


def verify_quote(shared: State, base: str, given: VerifyToolIn) -> VerifyToolOut:
    """Say whether a quote stands at its place; without one, where it first stands."""
    generation = shared.service.at(given.index_version)
    text = generation.corpus.document(given.document_id).text
    start, end = given.start, given.end
    if start is None or end is None:
        start = text.find(given.quote)
        end = start + len(given.quote)
    stands = citations.stands(text, start, end, given.quote)
    return VerifyToolOut(
        stands=stands,
        document_id=given.document_id,
        start=start if stands else None,
        end=end if stands else None,
        url=_lit(given.document_id, Span(start, end), generation, base) if stands else None,
        index_version=generation.version,
    )


def chatgpt_search(shared: State, base: str, given: ChatGptSearchIn) -> ChatGptResultsOut:
    """Find passages in the shape that ChatGPT's connectors want."""
    service = shared.service
    generation = service.generation
    ranked = service.search(generation, given.query)
    return ChatGptResultsOut(
        results=tuple(
            ChatGptResultOut(
                id=_id(passage.document_id, Span(passage.start, passage.end), generation),
                title=titled(passage.title, passage.locator),
                url=passage.url,
                text=passage.text,
            )
            for passage in _fitting(_passages(ranked, generation, base))
        )
    )


def chatgpt_fetch(shared: State, base: str, given: ChatGptFetchIn) -> ChatGptDocumentOut:
    """Return a document; of one that is too long the part that begins at the place of the id."""
    found = _ID.fullmatch(given.id)
    version, document_id, place = None, given.id, None
    if found and int(found[3]) < int(found[4]):
        version, document_id, place = found[1], found[2], Span(int(found[3]), int(found[4]))
    generation = shared.service.at(version)
    document = generation.corpus.document(document_id)
    facts, length = document.facts, len(document.text)
    span = _stretch(document, place.start if place and length > MOST_CHARACTERS else 0, MOST_CHARACTERS)
    metadata = {name: stated(getattr(facts, name)) for name in ("author", "published", "source_url")}
    metadata["likely"] = ", ".join(likely(facts))
    if span.end < length:
        metadata["next_id"] = _id(document.id, Span(span.end, min(span.end + MOST_CHARACTERS, length)), generation)
    return ChatGptDocumentOut(
        id=given.id,
        title=facts.title.value,
        text=span.of(document.text),
        url=_lit(document.id, place or span, generation, base),
        metadata={name: value for name, value in metadata.items() if value},
    )


def _passages(ranked: tuple[RankedPassage, ...], generation: Generation, base: str) -> tuple[FoundPassageOut, ...]:
    return tuple(
        FoundPassageOut(**dict(out), url=_lit(out.document_id, Span(out.start, out.end), generation, base))
        for out in passages_out(ranked, generation)
    )


def _fitting(passages: Sequence[FoundPassageOut]) -> tuple[FoundPassageOut, ...]:
    """Return the first passages that fit together, one at least."""
    kept: list[FoundPassageOut] = []
    characters = 0
    for passage in passages:
        characters += len(passage.text)
        if kept and characters > MOST_CHARACTERS:
            break
        kept.append(passage)
    return tuple(kept)


def _stretch(document: Document, start: int, characters: int) -> Span:
    """Return at most so many characters from a place on; they end with a block of the text where one ends there."""
    length = len(document.text)
    if start >= length:
        raise RefusedError(f"the document has {length} characters; start must be below that")
    limit = start + characters
    if limit >= length:
        return Span(start, length)
    kinds = (block for block in document.blocks if block.kind is not BlockKind.HEADING)  # which leads to what follows
    ends = (block.span.end for block in kinds if start < block.span.end <= limit)
    return Span(start, max(ends, default=limit))


def _id(document_id: str, span: Span, generation: Generation) -> str:
    return f"{generation.version}/{document_id}:{span.start}-{span.end}"


def _lit(document_id: str, span: Span, generation: Generation, base: str) -> str:
    return base + citation_url([Place(document_id, span)], 0, generation.version)


TOOLS = (
    Tool(
        "ask",
        "Ask the documents",
        "Answer a question with sentences of the documents, quoted character by character, each with its place and an "
        "address where it is marked. Nothing is remembered: ask in a whole sentence that stands alone, or give the "
        "earlier questions as `history`; `resolved_question` is what was searched for. "
        "`answered: false` is no error: the documents do not say it, `reason` says why, and `suggestions` are "
        "questions that they do answer. Show quotes unchanged, with their `url`, and do not answer from elsewhere in "
        "their place.",
        AskToolIn,
        AskToolOut,
        ask,
        uses_models=True,
    ),
    Tool(
        "search",
        "Search the documents",
        "Find the passages nearest to a question or to words, best first, whether or not they answer it. For one "
        "answer use `ask`; for what stands around a passage `fetch` with its `document_id`, `start` and "
        "`index_version`.",
        SearchToolIn,
        SearchToolOut,
        search,
        uses_models=True,
    ),
    Tool(
        "fetch",
        "Read a document",
        "Return the text of a document from a place on. A long one comes in parts: fetch again with `next_start`.",
        FetchToolIn,
        FetchToolOut,
        fetch,
    ),
    Tool(
        "verify_quote",
        "Verify a quote",
        "Say whether a quote stands in a document, character by character: at `start` to `end`, or, without them, "
        "anywhere. Verify what you are about to quote; what does not stand is no quote.",
        VerifyToolIn,
        VerifyToolOut,
        verify_quote,
    ),
)

CHATGPT = (
    Tool(
        "search",
        "Search the documents",
        "Find the passages of the documents nearest to a question, best first. `fetch` a result to read on.",
        ChatGptSearchIn,
        ChatGptResultsOut,
        chatgpt_search,
        uses_models=True,
    ),
    Tool(
        "fetch",
        "Read a document",
        "Return a document; of a long one the part that begins with the passage found, and `metadata.next_id` for the "
        "rest.",
        ChatGptFetchIn,
        ChatGptDocumentOut,
        chatgpt_fetch,
    ),
)
