"""A language model on an OpenAI-compatible server, by OpenAI's own client (the extra `llm`).

It is asked at its own address only: no redirect is followed, no proxy or other variable of the environment is read. An
answer is whole only with the finish reason "stop"; nothing longer or later than may be is waited for.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread

from alliance_qa.errors import LanguageModelError, LanguageModelFault, SettingsError

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal
    from openai import AsyncOpenAI

MOST_BYTES = 65_536
"""Of a reply."""
MOST_TOKENS = 800
"""Of a completion."""
_CHECK_SECONDS = 3.0

Message = Mapping[str, str]


class _StatusError(Exception):
    """A status that is no success; `is_about_form` where the server says that it is for the form asked for."""

    def __init__(self, *, is_about_form: bool) -> None:
        super().__init__()
        self.is_about_form = is_about_form


class _FormError(LanguageModelError):
    """The server does not know this way to ask for a form."""


def _json_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def _json_object(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "json_object", "schema": schema}


_FORMS = (_json_schema, _json_object)


class LanguageModel:
    """Completes conversations. Safe to use from several threads: one loop of its own does the talking."""

    def __init__(self, url: str, model: str, key: str | None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: Of the server, with "/v1" or whatever stands before "/chat/completions".
            model: Its name there.
            key: The API key; None where none is wanted.

        Raises:
            SettingsError: The package `openai` is not installed.
        """
        try:
            import httpx2
            import openai
        except ImportError:
            raise SettingsError(
                'ALLIANCE_QA_LLM_URL needs the package openai; pip install "alliance-qa[llm]"'
            ) from None
        self._openai, self._transport_error = openai, httpx2.HTTPError
        self.name, self._url, self._key = model, url, key
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._client: AsyncOpenAI | None = None
        self._forms = list(_FORMS)  # that the server may take; the first is tried

    def complete(self, messages: Sequence[Message], schema: Mapping[str, Any], seconds: float) -> Any:
        """Return the JSON that a model completes a conversation with, of whatever form it is.

        Args:
            messages: Each with a role and content.
            schema: JSON schema of the completion; the server may or may not keep to it.
            seconds: Until when all of it must have come.

        Raises:
            LanguageModelError: It did not.
        """
        until = time.monotonic() + seconds
        try:
            return self._call(self._complete, seconds, messages, schema)
        except _FormError:  # llama-cpp-python 0.3.36 knows the older form alone
            self._forms.pop(0)
            return self._call(self._complete, until - time.monotonic(), messages, schema)

    def check(self) -> None:
        """List the server's models, which shows that it answers. Raises LanguageModelError."""
        self._call(self._models, _CHECK_SECONDS)

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            if self._portal is not None and self._client is not None:
                self._portal.call(self._client.close)
            self._portal, self._client = None, None
            self._stack.close()

    def _call(self, work: Any, seconds: float, *arguments: Any) -> Any:
        openai, faults = self._openai, LanguageModelFault
        if seconds <= 0:
            raise LanguageModelError(faults.TIMEOUT)
        with self._lock:
            if self._portal is None:
                self._portal = self._stack.enter_context(anyio.from_thread.start_blocking_portal())
                self._client = self._portal.call(self._made)
            portal = self._portal
        try:
            return portal.call(work, seconds, *arguments)
        except (TimeoutError, openai.APITimeoutError):
            fault = faults.TIMEOUT
        except (openai.APIConnectionError, self._transport_error):  # a cut body comes as the latter
            fault = faults.UNREACHABLE
        except _StatusError as error:
            fault = faults.STATUS
            if error.is_about_form and len(self._forms) > 1:
                raise _FormError(fault) from None
        except (openai.OpenAIError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            fault = faults.GARBLED
        raise LanguageModelError(fault) from None  # its cause may hold what was sent

    async def _made(self) -> AsyncOpenAI:
        openai = self._openai
        made: AsyncOpenAI = openai.AsyncOpenAI(
            base_url=self._url,
            api_key=self._key or "none",  # the client wants one, servers that need none let it pass
            max_retries=0,
            default_headers={
                "OpenAI-Organization": openai.Omit(),
                "OpenAI-Project": openai.Omit(),
                "Accept-Encoding": "identity",
            },
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, trust_env=False, event_hooks={"response": [_check_status]}
            ),
        )
        return made

    async def _complete(self, seconds: float, messages: Sequence[Any], schema: Mapping[str, Any]) -> Any:
        assert self._client is not None  # noqa: S101
        form: Any = self._forms[0](schema)
        with anyio.fail_after(seconds):
            async with self._client.chat.completions.with_streaming_response.create(
                model=self.name,
                messages=list(messages),
                response_format=form,
                temperature=0,
                max_tokens=MOST_TOKENS,
                timeout=seconds,
            ) as response:
                whole = await _bounded(response)
        choice = json.loads(whole)["choices"][0]
        if choice["finish_reason"] != "stop":
            raise LanguageModelError(LanguageModelFault.UNFINISHED)
        content = choice["message"]["content"]
        return json.loads(content, strict=False)  # models write line ends into strings

    async def _models(self, seconds: float) -> None:
        assert self._client is not None  # noqa: S101
        with anyio.fail_after(seconds):
            async with self._client.models.with_streaming_response.list(timeout=seconds) as response:
                json.loads(await _bounded(response))


async def _check_status(response: Any) -> None:
    """Refuse what is no success before the client reads all of it."""
    if response.status_code < 300:
        return
    async for chunk in response.aiter_raw():
        raise _StatusError(is_about_form=b"response_format" in chunk)
    raise _StatusError(is_about_form=False)


async def _bounded(response: Any) -> bytes:
    """Return the body of a reply, which is JSON as it stands and not longer than may be."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise LanguageModelError(LanguageModelFault.GARBLED)
    whole = b""
    async for chunk in response.iter_bytes():
        whole += chunk
        if len(whole) > MOST_BYTES:
            raise LanguageModelError(LanguageModelFault.TOO_LONG)
    return whole
