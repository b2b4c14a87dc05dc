"""Composed answers in a browser: the widget on a page of another site, and the service's own page.

A real service with the models of the house, beside a language model that says what the test tells it to.
`ALLIANCE_QA_SCREENSHOTS=1 pytest tests/browser/test_composed.py` writes docs/screenshots/composed*.png.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alliance_qa.building.rebuild import rebuild
from browser import axe
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, HostPage, origin_of
from browser.hosts import Hosts
from browser.test_screenshots import SIZE, Keep, keep
from edges.embedder import WordEmbedder
from edges.language_model import misbehaving, serving, worded
from edges.server import hosted, settings_of

__all__ = ["keep"]
QUESTION = "When was AUKUS announced by three leaders?"
FIRST = "AUKUS was announced on September 15, 2021, in a joint appearance by video of three leaders."
SECOND = "The plan for the submarines of AUKUS was announced in San Diego on March 13, 2023, by the three leaders."
TEXT = f"""AUKUS and Japan

{FIRST}

{SECOND}
"""
WORDED = "On September 15, 2021, AUKUS was announced by video in a joint appearance of three leaders."
PLANNED = "On March 13, 2023, the plan for the submarines of AUKUS was announced in San Diego by the three leaders."
WRONG = "The plan for the submarines of AUKUS was announced in Tokyo on March 13, 2023, by the three leaders."


@pytest.fixture(scope="module")
def aukus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("aukus")
    (home / "documents").mkdir()
    (home / "documents" / "aukus-and-japan.txt").write_text(TEXT, "utf-8")
    rebuild(settings_of(home), WordEmbedder())
    return home


@contextmanager
def composing(home: Path, site: Hosts, url: str) -> Iterator[str]:
    """Serve composed answers for pages of a site, from the language model at an address; its origin."""
    given: dict[str, Any] = {"llm_url": url, "llm_model": "tiny", "llm_seconds": 20.0, "wording": "composed"}
    with hosted(home, WordEmbedder(), origins=(site.origin,), examples=(QUESTION,), **given) as found:
        yield origin_of(found)


def said(*sentences: str) -> Any:
    """Return a model that words the answer so, each sentence of the quote that it shares most words with."""

    def reply(shown: dict[str, Any]) -> Any:
        asked = [entry["text"] for entry in shown["rewrite"]] if "rewrite" in shown else sentences
        return worded(*[(text, [1 if "September" in text else 2]) for text in asked])

    return reply


@pytest.fixture
def page(contexts: Contexts) -> Page:
    return contexts(viewport=SIZE, bypass_csp=True, reduced_motion="reduce").new_page()


def proof_of(chat: Chat, text: str) -> Any:
    return chat.answer.locator("details.sentence", has_text=text)


@pytest.mark.parametrize("where", ["page", "widget"])
def test_a_composed_sentence_opens_to_its_proof(
    where: str, aukus: Path, site: Hosts, page: Page, host_page: HostPage, keep: Keep, watch: Watch
) -> None:
    with serving(said(WORDED, PLANNED)) as model, composing(aukus, site, model.url) as service:
        watch.origins.add(service)
        page.goto(f"{service}/" if where == "page" else host_page(service))
        chat = Chat(page)
        chat.ask(QUESTION)
        expect(proof_of(chat, WORDED)).to_be_visible()
        expect(chat.answer).to_contain_text("In other words, each sentence checked against its quotes.")
        assert axe.violations(page) == []
        if where == "page":
            keep(page, "composed")
        quote = proof_of(chat, WORDED).get_by_text(FIRST)
        expect(quote).to_be_hidden()
        chat.answer.locator("summary", has_text=WORDED).focus()
        page.keyboard.press("Enter")
        expect(quote).to_be_visible()
        assert axe.violations(page) == []
        if where == "page":
            keep(page, "composed-proof")
        # The words of the documents are one click away, with their markers.
        chat.answer.locator("summary", has_text="In the words of the documents").click()
        expect(chat.answer.get_by_text(SECOND).last).to_be_visible()
        assert axe.violations(page) == []


def test_what_was_not_proved_is_shown_as_its_quote(
    aukus: Path, site: Hosts, page: Page, keep: Keep, watch: Watch
) -> None:
    with serving(said(WORDED, WRONG)) as model, composing(aukus, site, model.url) as service:
        watch.origins.add(service)
        page.goto(f"{service}/")
        chat = Chat(page)
        chat.ask(QUESTION)
        expect(proof_of(chat, SECOND)).to_be_visible()
        expect(chat.answer.get_by_text("Tokyo")).to_have_count(0)
        assert axe.violations(page) == []
        keep(page, "composed-mixed")


def test_without_the_model_the_quotes_are_the_answer(
    aukus: Path, site: Hosts, page: Page, keep: Keep, watch: Watch
) -> None:
    with misbehaving("away") as model, composing(aukus, site, model.url) as service:
        watch.origins.add(service)
        page.goto(f"{service}/")
        chat = Chat(page)
        chat.ask(QUESTION)
        expect(chat.citations).to_have_count(2)
        expect(chat.answer).not_to_contain_text("In other words")
        assert axe.violations(page) == []
        keep(page, "composed-away")
