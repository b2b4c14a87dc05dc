"""One question to the service and what is noted of it, whichever way it came."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from alliance_qa.answering.answers import Found, Resolved
from alliance_qa.domain import Answer, Filters, Turn
from alliance_qa.service.query_log import Asked
from alliance_qa.web.api.state import State
from alliance_qa.web.wire.answer import AskOut, answer_out, composed_out
from alliance_qa.web.wire.collection import contact_out
from alliance_qa.wording.composer import Composition, Sentence


@dataclass(frozen=True, slots=True)
class Waiting:
    """What follows waits for the language model: it is to be worked out in nobody's way."""


class Inquiry:
    """A question that is being answered from one generation. It is counted and kept once it is answered."""

    def __init__(
        self,
        shared: State,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        top_k: int | None = None,
        conversation_id: str | None = None,
        wording: str | None = "verbatim",
    ) -> None:
        service = shared.service
        self.generation = service.generation
        self.answer_id, self.conversation_id = new_id(), conversation_id or new_id()
        self._shared, self._question, self._history = shared, question, history
        self._patience = service.patience()
        self._resolved: str | None = None
        self.composes = service.composes(wording)
        self.done: AskOut | None = None  # the JSON of the answer, once it was asked for
        self._started, self._at = time.perf_counter(), datetime.now(UTC)
        self._begin = partial(service.steps, self.generation, question, history=history, filters=filters, top_k=top_k)

    @property
    def created(self) -> int:
        """When it was asked, in seconds since 1970."""
        return int(self._at.timestamp())

    async def resolve(self) -> None:
        """Have a follow-up resolved by the language model, where it does; else the steps resolve it."""
        if self._history:
            resolve = self._shared.service.resolve
            self._resolved = await run_in_threadpool(resolve, self._question, self._history, self._patience)

    def steps(self) -> Generator[Resolved | Found | Waiting | Answer | Sentence | Composition]:
        """Yield the steps to the answer; see `answers.steps`. Where it is worded anew, more follow it.

        Raises:
            UnknownDocumentError: The filters name a document that there is not.
        """
        service = self._shared.service
        for step in self._begin(resolved=self._resolved):
            if isinstance(step, Answer):
                if service.selects():
                    yield Waiting()
                    step = service.select(self.generation, step, self._patience)
                self._note(step)
                yield step
                if self.composes:
                    yield Waiting()
                    yield from service.compose(self.generation, step, self._patience)
                return
            yield step

    async def answered(self, request: Request) -> tuple[Answer, AskOut]:
        """Return the answer, worked out when it is its turn, and its JSON with the composition where there is one.

        Raises:
            Whatever `WorkQueue.run` does.
        """
        found: list[Answer | Composition] = []
        steps = self.steps()

        def work() -> bool:
            for step in steps:
                if isinstance(step, Waiting):
                    return True
                if isinstance(step, Answer | Composition):
                    found.append(step)
            return False

        await self.resolve()
        is_waiting = await self._shared.queue.run(work, request)
        while is_waiting:
            is_waiting = await run_in_threadpool(work)
        answer, *compositions = found
        assert isinstance(answer, Answer)  # noqa: S101
        out = self.out(answer)
        for composition in compositions:
            assert isinstance(composition, Composition)  # noqa: S101
            out = out.model_copy(update=self.added(composition))
        return answer, out

    def verbatim(self) -> Answer:
        """Return the answer as it is without the language model."""
        answer = next(step for step in self._begin() if isinstance(step, Answer))
        self._note(answer)
        return answer

    def added(self, composition: Composition) -> dict[str, object]:
        """Return the fields that a composition adds to the JSON of the answer."""
        took_ms = round((time.perf_counter() - self._started) * 1000)
        return {**composed_out(composition, self.generation.version), "took_ms": took_ms}

    def out(self, answer: Answer) -> AskOut:
        """Return the JSON of the answer."""
        self.done = AskOut(
            answer_id=self.answer_id,
            conversation_id=self.conversation_id,
            **dict(answer_out(answer, self.generation, self._took_ms, contact_out(self._shared.service.settings))),
        )
        return self.done

    def _note(self, answer: Answer) -> None:
        seconds = time.perf_counter() - self._started
        self._took_ms = round(seconds * 1000)
        self._shared.metrics.asked(answer.reason or "answered", seconds)
        log = self._shared.service.query_log
        if log is not None:
            log.record(
                Asked(
                    answer_id=self.answer_id,
                    conversation_id=self.conversation_id,
                    at=self._at,
                    question=self._question,
                    resolved=answer.question,
                    reason=answer.reason,
                    confidence=answer.confidence,
                    took_ms=self._took_ms,
                    index_version=self.generation.version,
                    documents=tuple(dict.fromkeys(citation.document_id for citation in answer.citations)),
                )
            )


def new_id() -> str:
    """Return 128 random bits as 32 hex digits."""
    return secrets.token_hex(16)
