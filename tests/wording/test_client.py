"""The language model's client: what it takes for an answer, and how long it waits for one."""

from __future__ import annotations

import sys
import time

import pytest

from alliance_qa.errors import LanguageModelError, LanguageModelFault, SettingsError
from alliance_qa.wording.client import LanguageModel
from alliance_qa.wording.composer import SCHEMA
from edges import language_model
from edges.language_model import KEY, MODES, misbehaving, serving, worded

SECONDS = 1.0
ASKED = [{"role": "user", "content": '{"question": "When?"}'}]
FAULTS = {
    "away": "unreachable", "reset": "unreachable", "cut": "unreachable",
    "500": "status", "401": "status", "429": "status",
    "silent": "timeout", "slow head": "timeout", "slow body": "timeout",
    "endless": "too_long",
    "no finish": "unfinished", "cut short": "unfinished", "filtered": "unfinished",
}  # fmt: skip
WELL_FORMED = {"no sentences", "too many", "numbers as text", "true as number", "text as list", "NaN"}
"""JSON that only the composer, which knows the schema, can tell from what was asked for."""


def test_at_least_twenty_ways_to_misbehave_are_tried() -> None:
    assert len(MODES) >= 20


@pytest.mark.parametrize("mode", sorted(MODES.keys() - WELL_FORMED))
def test_a_model_that_misbehaves_is_a_fault_in_time(mode: str) -> None:
    with misbehaving(mode) as model:
        client = LanguageModel(model.url, "tiny", KEY)
        started = time.monotonic()
        with pytest.raises(LanguageModelError) as raised:
            client.complete(ASKED, SCHEMA, SECONDS)
        assert raised.value.fault == FAULTS.get(mode, "garbled")
        assert time.monotonic() - started < SECONDS + 2
        client.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: worded(("Elsewhere.", [1]))) as elsewhere:
        monkeypatch.setitem(
            MODES, "redirect", language_model._status(status, Location=f"{elsewhere.url}/chat/completions")
        )
        with misbehaving("redirect") as model:
            client = LanguageModel(model.url, "tiny", KEY)
            with pytest.raises(LanguageModelError) as raised:
                client.complete(ASKED, SCHEMA, SECONDS)
            client.close()
        assert raised.value.fault is LanguageModelFault.STATUS
        assert elsewhere.requests == []


def test_only_the_given_address_and_headers_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
    with serving(lambda _: worded(("AUKUS was announced.", [1]))) as model:
        client = LanguageModel(model.url, "tiny", KEY)
        assert client.complete(ASKED, SCHEMA, 10) == worded(("AUKUS was announced.", [1]))
        client.close()
    (request,) = model.requests
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert "org-secret" not in str(request) and "another" not in str(request)
    assert request["response_format"]["json_schema"]["schema"] == SCHEMA
    assert request["temperature"] == 0


def test_without_its_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(SettingsError, match=r'pip install "alliance-qa\[llm\]"'):
        LanguageModel("http://127.0.0.1:9/v1", "tiny", None)
