"""A language model as the uses of it share it: how many ask at once, when it rests, what it replied before."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from alliance_qa.errors import LanguageModelError, LanguageModelFault
from alliance_qa.wording.breaker import Breaker

_log = logging.getLogger(__name__)

AT_ONCE = 4
"""Calls at the same time; whoever comes besides does without the model."""
MOST_KEPT = 512
"""Replies kept in memory."""

T = TypeVar("T")
Message = Mapping[str, str]


class Use(StrEnum):
    """What a language model is asked for."""

    WORD = "word"  # the answer in other words
    SELECT = "select"  # which sentences answer
    RESOLVE = "resolve"  # what a follow-up asks


class Completer(Protocol):
    """A language model."""

    @property
    def name(self) -> str:
        """Its name."""

    def complete(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> Any:
        """Return the JSON that it completes a conversation with. Raises LanguageModelError."""


@dataclass(slots=True)
class Patience:
    """How long a question still waits for the model, all calls together."""

    seconds: float


@dataclass(frozen=True, slots=True)
class State:
    """How a language model fares since the start."""

    model: str
    is_paused: bool  # it failed several times and is not asked for a while
    last_fault: LanguageModelFault | None  # None once it has answered again
    outcomes: Mapping[Use, Mapping[str, int]]  # what came of each use, or a fault
    refused: Mapping[str, int]  # sentences that were not proved, by the check they failed


class Guard:
    """Asks a language model, keeps its replies and counts what came of them. Safe to use from several threads."""

    def __init__(self, model: Completer) -> None:
        self._model = model
        self._breaker, self._places = Breaker(), threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Any] = OrderedDict()
        self._outcomes: Counter[tuple[Use, str]] = Counter()
        self._refused: Counter[str] = Counter()
        self._fault: LanguageModelFault | None = None

    @property
    def state(self) -> State:
        """How it fares."""
        with self._lock:
            outcomes = {use: {what: n for (of, what), n in self._outcomes.items() if of is use} for use in Use}
            refused = dict(self._refused)
        return State(self._model.name, self._breaker.is_open, self._fault, outcomes, refused)

    def count(self, use: Use, outcome: str) -> None:
        """Note what came of a use."""
        with self._lock:
            self._outcomes[use, outcome] += 1

    def count_refused(self, check: str) -> None:
        """Note that a sentence failed a check of the proof."""
        with self._lock:
            self._refused[check] += 1

    def consult(
        self,
        use: Use,
        task: str,
        data: object,
        schema: Mapping[str, Any],
        patience: Patience,
        read: Callable[[Any], tuple[T | None, str]],
    ) -> T | None:
        """Return what is read of the reply to one task, and count what came of it; None where nothing did.

        Args:
            use: What it is for.
            task: What the model is told to do.
            data: What it is to do it with, as JSON.
            schema, patience: See `ask`.
            read: Makes something of the reply, or nothing, and says what came of it; or raises LanguageModelError.
        """
        content = json.dumps(data, ensure_ascii=False)
        messages = [{"role": "system", "content": task}, {"role": "user", "content": content}]
        try:
            found, outcome = self.ask(messages, schema, patience, read)
        except LanguageModelError as error:
            self.count(use, error.fault)
            return None
        except Exception:
            _log.exception("the language model could not be asked to %s", use)
            self.count(use, "failed")
            return None
        self.count(use, outcome)
        return found

    def ask(
        self, messages: Sequence[Message], schema: Mapping[str, Any], patience: Patience, read: Callable[[Any], T]
    ) -> T:
        """Return what is read of a reply; the same messages are completed once.

        Args:
            messages: The conversation.
            schema: JSON schema of the reply, which the model may or may not keep to.
            patience: How long to wait; the wait is taken from it.
            read: Makes something of the reply, or raises LanguageModelError.

        Raises:
            LanguageModelError: The model rests, is busy, or gave nothing to use.
        """
        key = hashlib.sha256(json.dumps([*map(dict, messages)]).encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return read(self._kept[key])
        if patience.seconds <= 0:
            raise LanguageModelError(LanguageModelFault.TIMEOUT)
        if self._breaker.is_open:
            raise LanguageModelError(LanguageModelFault.PAUSED)
        if not self._places.acquire(blocking=False):
            raise LanguageModelError(LanguageModelFault.BUSY)
        started = time.monotonic()
        try:
            reply = self._model.complete(messages, schema, patience.seconds)
            found = read(reply)
        except LanguageModelError as error:
            self._breaker.failed()
            self._fault = error.fault
            raise
        finally:
            patience.seconds -= time.monotonic() - started
            self._places.release()
        self._breaker.worked()
        self._fault = None
        with self._lock:
            self._kept[key] = reply
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found
