"""Where the collection does not say: the chat says whom to ask, and sends the question to the keeper."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser import axe
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, HostPage
from browser.fake import Fake, answering, refusal

CONTACT = {"text": "Ask the <i>library</i>", "url": "mailto:library@example.org"}


def refused(page: Page, host_page: HostPage, fake: Fake, lang: str = "en", **collection: Any) -> Chat:
    fake.collection |= {"questions_kept_days": 30} | collection
    fake.answers = [answering(refusal())]
    page.goto(host_page(fake.origin, attributes=f'lang="{lang}"'))
    chat = Chat(page, lang=lang)
    chat.ask("Who kept the bees?")
    return chat


def sent(fake: Fake) -> list[Any]:
    return [asked.body for asked in fake.requests if (asked.method, asked.path) == ("POST", "/v1/messages")]


def test_a_refusal_names_whom_to_ask(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = refused(page, host_page, fake, contact=CONTACT)
    link = chat.answer.get_by_role("link", name="Ask the <i>library</i>")
    expect(link).to_have_attribute("href", "mailto:library@example.org")
    assert chat.answer.get_by_role("button", name="Send this question to the keeper").count() == 0
    assert axe.violations(page) == []


def test_a_contact_that_leads_elsewhere_is_text(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = refused(page, host_page, fake, contact={"text": "Ask us", "url": "javascript:alert(1)"})
    expect(chat.answer).to_contain_text("Ask us")
    assert chat.answer.get_by_role("link", name="Ask us").count() == 0


@pytest.mark.parametrize("address", [None, "ann@example.org"])
def test_a_question_is_sent_to_the_keeper(address: str | None, page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = refused(page, host_page, fake, messages_kept_days=90)
    chat.answer.get_by_role("button", name="Send this question to the keeper").click()
    field = chat.answer.get_by_label("Your e-mail address, for a reply (optional)")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(
        "The keeper sees the question and, if you give one, your address, for 90 days."
    )
    assert axe.violations(page) == []
    field.fill(address or "")
    chat.answer.get_by_role("button", name="Send this question to the keeper").click()
    expect(chat.status).to_have_text("Sent. The keeper sees your question.")
    assert sent(fake) == [{"answer_id": "a" * 32, "reply_to": address}]
    assert axe.violations(page) == []


def test_what_is_no_address_is_not_sent_and_one_may_think_again(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = refused(page, host_page, fake, messages_kept_days=1)
    button = chat.answer.get_by_role("button", name="Send this question to the keeper")
    button.click()
    field = chat.answer.get_by_label("Your e-mail address, for a reply (optional)")
    field.fill("ann")
    button.click()
    expect(chat.status).to_have_text("This is not an address of e-mail.")
    expect(field).to_be_focused()
    assert axe.violations(page) == []
    chat.answer.get_by_role("button", name="Cancel").click()
    expect(button).to_be_focused()
    assert sent(fake) == []


def test_what_could_not_be_sent_is_said(page: Page, host_page: HostPage, fake: Fake, watch: Watch) -> None:
    watch.expect("status of 404")
    fake.feedback_status = 404
    chat = refused(page, host_page, fake, messages_kept_days=90)
    for _ in range(2):
        chat.answer.get_by_role("button", name="Send this question to the keeper").click()
    expect(chat.status).to_have_text("The question could not be sent.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_form_speaks_japanese_and_fits(scheme: Any, contexts: Contexts, host_page: HostPage, fake: Fake) -> None:
    page = contexts(viewport={"width": 320, "height": 640}, color_scheme=scheme).new_page()
    chat = refused(page, host_page, fake, "ja", messages_kept_days=90, contact=CONTACT)
    chat.answer.get_by_role("button", name="この質問を管理者に送る").click()
    expect(chat.answer.get_by_label("返信先のメールアドレス（任意）")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe.violations(page) == []
