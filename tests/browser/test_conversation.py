"""A conversation through the widget, on a page of another site under the strictest policy, in a real browser."""

from __future__ import annotations

import re
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from browser import hosts
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, HostPage
from browser.fake import Cut, Fake, Reply, answer, answering, citation, cut, events, problem
from browser.hosts import STRICT, Hosts
from edges import server
from edges.server import Server

FACT = "When was AUKUS announced?"
NEAR = "Who designed the AUKUS logo?"


def opened(page: Page, url: str, lang: str = "en") -> Chat:
    page.goto(url)
    chat = Chat(page, lang=lang)
    expect(chat.input).to_be_attached()
    return chat


# --- asking, from another origin, over the real service --------------------------------------


def test_a_page_of_another_origin_asks_by_keyboard_and_gets_a_cited_answer(
    page: Page, host_page: HostPage, service: str, watch: Watch
) -> None:
    page.goto(host_page(service))
    chat = Chat(page)
    expect(chat.suggestions.first).to_be_visible()
    while not chat.input.evaluate("input => input === input.getRootNode().activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type(FACT)
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.answer).to_contain_text("September 15, 2021")
    assert chat.citations.count() >= 1
    expect(chat.questions).to_have_text([FACT])
    expect(chat.host.get_by_role("button", name="Citation 1: ")).to_have_text("1")
    assert watch.requests == [
        f"GET {page.url}",
        f"GET {service}/widget.js",
        f"GET {service}/v1/collection",
        f"POST {service}/v1/ask",
    ]


def test_a_citation_opens_its_source_at_the_lit_quote(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    chat.ask(FACT)
    card = chat.citations.first
    quote = card.get_by_role("blockquote").inner_text()
    assert len(quote) > 20
    with page.context.expect_page() as opening:
        card.get_by_role("link").click()
    source = opening.value
    source.wait_for_load_state()
    lit = "".join(source.locator("mark").all_text_contents())
    assert " ".join(lit.split()) == quote
    expect(source.locator("#quote")).to_be_in_viewport()
    assert source.evaluate("opener") is None


def test_a_mark_leads_to_its_card_and_escape_back(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    chat.ask(FACT)
    mark = chat.host.get_by_role("button", name="Citation 1: ")
    mark.focus()
    page.keyboard.press("Enter")
    expect(chat.citations.first).to_be_focused()
    page.keyboard.press("Escape")
    expect(mark).to_be_focused()


def test_a_follow_up_is_understood(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    chat.ask("What is AUKUS?")
    chat.ask("When was it announced?")
    expect(chat.answer).to_contain_text("September 15, 2021")
    expect(chat.answer).to_contain_text("Searched for:")
    expect(chat.answers).to_have_count(2)


def test_a_refusal_says_so_and_its_suggestions_ask(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    chat.ask(NEAR)
    expect(chat.answer).to_contain_text("The collection")
    assert chat.citations.count() == 0
    suggestion = chat.suggestions.first
    question = suggestion.inner_text()
    suggestion.click()
    chat.settled()
    expect(chat.questions).to_have_text([NEAR, question])
    assert chat.citations.count() >= 1


def test_small_talk_gets_examples_and_nothing_to_rate(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    expect(chat.suggestions.first).to_be_visible()
    examples = chat.suggestions.all_inner_texts()
    chat.ask("Hello, what can you do?")
    expect(chat.answer).to_contain_text("Happy to help. Ask about the documents")
    expect(chat.suggestions).to_have_text(examples[:3])
    assert (chat.citations.count(), chat.answer.get_by_role("button").count()) == (0, 3)
    chat.suggestions.first.click()
    chat.settled()
    expect(chat.questions).to_have_text(["Hello, what can you do?", examples[0]])
    assert chat.citations.count() >= 1


def test_an_example_asks_its_question(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    example = chat.suggestions.first
    question = example.inner_text()
    example.click()
    chat.settled()
    expect(chat.questions).to_have_text([question])
    assert chat.citations.count() >= 1


def test_a_rating_and_its_comment_are_kept(
    page: Page, host_page: HostPage, service: str, running: Server, watch: Watch
) -> None:
    chat = opened(page, host_page(service))
    chat.ask(FACT)
    chat.button("Not helpful").click()
    expect(chat.status).to_have_text("Thank you. Your rating is kept.")
    chat.host.get_by_role("textbox", name="What was good or missing").fill("  Say the place <too>.  ")
    chat.button("Send comment").click()
    expect(chat.status).to_have_text("Thank you. Your comment is kept.")
    expect(chat.button("Not helpful")).to_have_attribute("aria-pressed", "true")
    expect(chat.button("Not helpful")).to_be_focused()
    assert watch.requests[-2:] == [f"POST {service}/v1/feedback"] * 2
    log = running.client.get("/v1/questions?days=1", headers=server.ADMIN).text
    assert "Say the place <too>." in log


# --- faults and their ends, over a service that does as it is told ---------------------------


def test_without_a_log_of_questions_there_are_no_thumbs(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    expect(chat.button("Copy with citations")).to_be_visible()
    expect(chat.button("Helpful")).to_have_count(0)
    fake.collection["questions_kept_days"] = 30
    page.reload()
    expect(chat.button("Helpful")).to_be_visible()
    expect(chat.host).to_contain_text("Questions are kept for 30 days.")


def test_pieces_show_as_they_come_and_marks_when_all_is_there(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    pieces = ["The lighthouse ", "was lit ", "in 1903. [1]"]
    gates = [threading.Event() for _ in pieces]
    resolved, passages, *texts, citations, done = events(answer(), pieces)
    steps: list[Any] = [resolved, passages]
    for gate, text in zip(gates, texts, strict=True):
        steps += [text, gate]
    fake.answers = [Reply([*steps, citations, done])]
    chat.begin("When?")
    shown = ""
    for gate, piece in zip(gates, pieces, strict=True):
        shown += piece
        expect(chat.answer).to_have_text(shown.strip())
        expect(chat.stop).to_be_visible()
        expect(chat.host.get_by_role("button", name="Citation")).to_have_count(0)
        gate.set()
    chat.settled()
    expect(chat.host.get_by_role("button", name="Citation 1: The Lighthouse")).to_have_text("1")


def test_stop_ends_the_stream_and_keeps_what_was_said(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    resolved, passages, first, *_ = events(answer(), ["The lighthouse ", "was lit. [1]"])
    fake.answers = [Reply([resolved, passages, first, threading.Event()])]
    chat.begin("When?")
    expect(chat.answer).to_have_text("The lighthouse")
    chat.stop.click()
    assert fake.left.wait(60)  # the service can stop too
    expect(chat.answer).to_contain_text("The lighthouse")
    expect(chat.answer).to_contain_text("Stopped.")
    expect(chat.input).to_be_focused()
    chat.button("Try again").click()
    chat.settled()
    expect(chat.answer).to_contain_text("in 1903.")
    expect(chat.questions).to_have_text(["When?"])
    assert fake.asked[1]["history"] == []


def test_stop_before_anything_came_gives_the_question_back(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    fake.answers = [Reply([threading.Event()])]
    chat.begin("When?")
    chat.stop.click()
    expect(chat.input).to_have_value("When?")
    expect(chat.questions).to_have_count(0)
    assert fake.left.wait(60)


BROKEN = b"".join(events(answer())[:4])


# What else a reply may be is tried in tests/web/widget.test.mjs.
@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply([BROKEN, Cut()]), "The connection broke before the answer was complete."),
        (
            Reply([BROKEN, b'event: error\ndata: {"title":"T","status":500,"detail":"The index is away."}\n\n']),
            "The index is away.",
        ),
        (problem(500, "Internal", "An unforeseen fault."), "The service failed to answer."),
    ],
    ids="cut error 500".split(),
)
def test_a_fault_is_said_in_words_and_can_be_retried(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch, reply: Reply, words: str
) -> None:
    if reply.status != 200 or Cut() in reply.steps:
        watch.expect("Failed to load resource")
    chat = opened(page, host_page(fake.origin))
    fake.answers = [reply]
    chat.ask("When?")
    expect(chat.answer).to_contain_text(words)
    expect(chat.citations).to_have_count(0)  # half an answer is none
    chat.button("Try again").click()
    chat.settled()
    expect(chat.answer).to_contain_text("in 1903.")
    expect(chat.questions).to_have_text(["When?"])


def test_too_many_questions_are_told_how_long_to_wait(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch
) -> None:
    watch.expect("status of 429")
    chat = opened(page, host_page(fake.origin))
    fake.answers = [problem(429, "Too Many Requests", "too many questions", 17)]
    chat.ask("When?")
    for told in (chat.answer, chat.status):
        expect(told).to_contain_text("Too many questions have been asked. Wait 17 seconds, then try again.")


def test_the_limit_of_the_real_service_is_told(page: Page, host_page: HostPage, limited: str, watch: Watch) -> None:
    watch.origins |= {limited}
    watch.expect("status of 429")
    chat = opened(page, host_page(limited))
    chat.ask("What is planted?")
    chat.ask("And where?")
    expect(chat.answer).to_contain_text(re.compile(r"Wait \d+ (seconds|minutes?), then try again\."))


def test_offline_says_so_keeps_the_question_and_comes_back(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    page.context.set_offline(True)
    expect(chat.host.get_by_text("You are offline.").first).to_be_visible()
    expect(chat.send).to_have_attribute("aria-disabled", "true")
    chat.begin("When?")
    expect(chat.input).to_have_value("When?")
    assert fake.asked == []
    page.context.set_offline(False)
    expect(chat.send).to_have_attribute("aria-disabled", "false")
    expect(chat.status).to_have_text("The connection is back.")
    chat.input.press("Enter")
    chat.settled()
    expect(chat.answer).to_contain_text("in 1903.")


def test_a_service_that_is_down_is_told_from_one_that_says_nothing(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch
) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    watch.expect("ERR_CONNECTION_REFUSED|ERR_FAILED")
    page.route(f"{fake.origin}/v1/**", lambda route: route.abort("connectionrefused"))
    chat.ask("And who?")
    expect(chat.answer).to_contain_text("The service cannot be reached.")
    page.unroute(f"{fake.origin}/v1/**")
    chat.button("Try again").click()
    chat.settled()
    expect(chat.answer).to_contain_text("in 1903.")


def test_a_service_that_is_down_from_the_start_is_noticed(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch
) -> None:
    watch.expect("ERR_CONNECTION_REFUSED|ERR_FAILED")
    page.route(f"{fake.origin}/v1/collection", lambda route: route.abort("connectionrefused"))
    chat = opened(page, host_page(fake.origin))
    expect(chat.host.get_by_text("The service does not answer at the moment.")).to_be_visible()
    page.unroute(f"{fake.origin}/v1/collection")
    chat.button("Try again").click()
    expect(chat.host.get_by_text("The service does not answer at the moment.")).to_have_count(0)
    expect(chat.host.get_by_text("2 documents, 1903 to 2001")).to_be_visible()


# --- the conversation -------------------------------------------------------------------------


def test_a_new_conversation_forgets_the_old_one(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    chat.button("New conversation").click()
    expect(chat.questions).to_have_count(0)
    expect(chat.input).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    chat.ask("Who?")
    assert fake.asked[1] == {"question": "Who?", "history": [], "conversation_id": None}


def test_the_conversation_outlives_a_reload_but_not_the_tab(page: Page, host_page: HostPage, fake: Fake) -> None:
    url = host_page(fake.origin)
    chat = opened(page, url)
    chat.ask("When?")
    before = chat.answer.inner_text()
    page.reload()
    expect(chat.questions).to_have_text(["When?"])
    assert chat.answer.inner_text() == before
    chat.ask("Who?")
    assert fake.asked[1]["conversation_id"] == "c" * 32
    assert len(fake.asked[1]["history"]) == 2
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    other = page.context.new_page()
    expect(opened(other, url).questions).to_have_count(0)


def test_a_history_that_is_none_is_not_shown(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    page.evaluate('sessionStorage.setItem(sessionStorage.key(0), \'{"id":null,"turns":[{"question":1}]}\')')
    page.reload()
    expect(chat.input).to_be_visible()
    expect(chat.questions).to_have_count(0)
    chat.ask("Who?")
    expect(chat.answer).to_contain_text("in 1903.")


def test_an_answer_is_copied_with_its_citations(page: Page, host_page: HostPage, fake: Fake, site: Hosts) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.origin)
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    chat.button("Copy with citations").click()
    expect(chat.status).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    lines = copied.splitlines()
    assert lines[0] == "The lighthouse was lit in 1903. [1]"
    assert lines[1] == ""
    assert lines[2].startswith(
        "[1] “The lighthouse was lit in 1903.” — The Lighthouse, Ichiro Tanaka, February 3, 2001"
    )
    assert f"{fake.origin}/documents/lighthouse.md?start=0" in lines[2]


def test_where_the_page_may_not_copy_the_text_is_selected(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError')); }"
    )
    chat.ask("When?")
    chat.button("Copy with citations").click()
    field = chat.host.get_by_role("textbox", name="Text to copy")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile(r"^The lighthouse was lit in 1903\. \[1\]\n\n\[1\] “"))
    assert field.evaluate("field => field.selectionEnd - field.selectionStart === field.value.length")


def test_a_rating_that_is_not_kept_is_taken_back(page: Page, host_page: HostPage, fake: Fake, watch: Watch) -> None:
    watch.expect("status of 404")
    fake.collection["questions_kept_days"] = 30
    fake.feedback_status = 404
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    chat.button("Helpful").click()
    expect(chat.status).to_have_text("The rating could not be kept.")
    expect(chat.button("Helpful")).to_have_attribute("aria-pressed", "false")
    assert fake.feedback == [{"answer_id": "a" * 32, "rating": "up", "comment": None}]


# --- languages, writing, input ------------------------------------------------------------------


def test_the_interface_speaks_japanese(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin, attributes='lang="ja"'), "ja")
    chat.ask("灯台はいつ灯されましたか。")
    expect(chat.questions).to_have_text(["灯台はいつ灯されましたか。"])
    expect(chat.button("出典とともにコピー")).to_be_visible()
    expect(chat.answer).to_contain_text("2001年2月3日")
    assert chat.input.evaluate("input => input.closest('[lang]').lang") == "ja"


def test_the_language_follows_the_nearest_ancestor_and_the_attribute_when_it_changes(
    page: Page, site: Hosts, fake: Fake
) -> None:
    html = hosts.embedding(fake.origin).replace("<main>", '<main lang="ja-JP">')
    chat = opened(page, site.put(html, STRICT.replace("SERVICE", fake.origin)), "ja")
    expect(chat.send).to_be_visible()
    chat.host.evaluate("element => element.setAttribute('lang', 'en')")
    expect(Chat(page).send).to_be_visible()


def test_enter_that_ends_a_composition_sends_nothing(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.input.focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "とうだい", "selectionStart": 4, "selectionEnd": 4})
    expect(chat.input).to_have_value("とうだい")
    # What a browser sends for the Enter that takes a candidate; while composing it is 229, "Process".
    for composing, code in ((True, 13), (False, 229)):
        chat.input.evaluate(
            """(input, [isComposing, keyCode]) => input.dispatchEvent(new KeyboardEvent(
                 "keydown", {key: "Enter", isComposing, keyCode, bubbles: true, cancelable: true}))""",
            [composing, code],
        )
    session.send("Input.insertText", {"text": "灯台"})
    expect(chat.input).to_have_value("灯台")
    assert fake.asked == []
    page.keyboard.press("Enter")
    chat.settled()
    assert [asked["question"] for asked in fake.asked] == ["灯台"]


def test_shift_enter_is_a_new_line_and_empty_questions_are_not_sent(
    page: Page, host_page: HostPage, fake: Fake
) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.begin("   \n ")
    assert fake.asked == []
    chat.input.fill("One")
    chat.input.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    chat.settled()
    assert [asked["question"] for asked in fake.asked] == ["One\ntwo"]


def test_a_question_that_is_too_long_is_kept_and_counted(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin))
    chat.begin("灯" * 2001)
    expect(chat.host.get_by_text("The question is too long: 2,001 of 2,000 characters.").first).to_be_visible()
    expect(chat.input).to_have_attribute("aria-invalid", "true")
    assert fake.asked == []
    chat.ask("𠮷" * 2000)
    assert len(fake.asked[0]["question"]) == 2000


# --- the floating button ------------------------------------------------------------------------


def test_the_floating_button_opens_and_closes_and_the_focus_returns(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch
) -> None:
    page.goto(host_page(fake.origin, attributes="floating"))
    chat = Chat(page)
    expect(chat.button("Ask a question")).to_be_visible()
    expect(chat.input).to_be_hidden()
    assert f"GET {fake.origin}/v1/collection" not in watch.requests  # nothing is asked for before it is wanted
    for close in ("Escape", "Close"):
        chat.button("Ask a question").focus()
        page.keyboard.press("Enter")
        expect(chat.input).to_be_focused()
        expect(chat.button("Ask a question")).to_be_hidden()
        if close == "Escape":
            page.keyboard.press("Escape")
        else:
            chat.button("Close").click()
        expect(chat.button("Ask a question")).to_be_focused()
        expect(chat.input).to_be_hidden()
    chat.button("Ask a question").click()
    chat.ask("When?")
    page.keyboard.press("Escape")
    chat.button("Ask a question").click()
    expect(chat.answer).to_contain_text("in 1903.")


def test_the_floating_panel_fills_a_small_phone(contexts: Contexts, host_page: HostPage, fake: Fake) -> None:
    page = contexts(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True).new_page()
    page.goto(host_page(fake.origin, attributes="floating"))
    chat = Chat(page)
    chat.button("Ask a question").tap()
    box = chat.host.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 320, "height": 568}
    fake.answers = [answering(answer(f"{'L' * 60} is long. [1]", citations=[citation(quote=f"{'L' * 60} is long.")]))]
    chat.ask("When?")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    assert chat.host.get_by_role("log").evaluate("log => log.scrollWidth <= log.clientWidth")
    chat.button("Close").tap()
    expect(chat.button("Ask a question")).to_be_visible()


def test_a_page_from_right_to_left_has_the_button_on_its_side_and_english_reads_from_the_left(
    page: Page, host_page: HostPage, fake: Fake
) -> None:
    page.goto(host_page(fake.origin, attributes="floating", html='dir="rtl"'))
    chat = Chat(page)
    box = chat.button("Ask a question").bounding_box()
    assert box is not None
    assert box["x"] < 100
    chat.button("Ask a question").click()
    hebrew = "המגדלור הודלק בשנת 1903."
    fake.answers = [answering(answer(f"{hebrew} [1]", citations=[citation(quote=hebrew, title="המגדלור")]))]
    chat.ask("מתי הודלק המגדלור?")
    directions = "element => getComputedStyle(element).direction"
    assert chat.answer.get_by_text(hebrew).first.evaluate(directions) == "rtl"
    assert chat.answer.get_by_text("המגדלור", exact=True).evaluate(directions) == "rtl"
    assert chat.input.evaluate("input => input.closest('[dir=ltr]') !== null")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_two_elements_of_a_page_share_one_conversation(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch
) -> None:
    page.goto(host_page(fake.origin, count=2))
    first, second = Chat(page, 0), Chat(page, 1)
    first.ask("When?")
    second.ask("Who?")
    for chat in (first, second):
        expect(chat.questions).to_have_text(["When?", "Who?"])
    assert watch.requests.count(f"GET {fake.origin}/v1/collection") == 1
    assert watch.requests.count(f"GET {fake.origin}/widget.js") == 1
    assert len(fake.asked[1]["history"]) == 2


def test_an_element_of_one_document_asks_that_one_only(page: Page, host_page: HostPage, fake: Fake) -> None:
    chat = opened(page, host_page(fake.origin, attributes='document="gardens.txt"'))
    chat.ask("When?")
    assert fake.asked[0]["filters"] == {"document": "gardens.txt"}


# --- what does not go through --------------------------------------------------------------------


def test_an_origin_that_is_not_allowed_gets_a_clear_state_and_no_answer(
    page: Page, stranger: Hosts, service: str, watch: Watch, running: Server
) -> None:
    watch.origins |= {stranger.origin}
    watch.expect("CORS policy")
    watch.expect("ERR_FAILED")
    # The script itself is refused too, so a stranger that has a copy of it is the case to look at.
    script = running.client.get("/widget.js").text
    page.route(f"{stranger.origin}/widget.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    html = hosts.embedding(stranger.origin, attributes=f'service="{service}"')
    policy = STRICT.replace("script-src SERVICE", f"script-src {stranger.origin}").replace("SERVICE", service)
    before = running.client.get("/metrics").text
    chat = opened(page, stranger.put(html, policy))
    chat.ask(FACT)
    expect(chat.answer).to_contain_text("The service cannot be reached.")
    asked = [
        line for line in running.client.get("/metrics").text.splitlines() if "questions" in line and "_total" in line
    ]
    assert asked == [line for line in before.splitlines() if "questions" in line and "_total" in line]


def test_a_page_that_is_not_allowed_does_not_get_the_script(
    page: Page, stranger: Hosts, service: str, watch: Watch
) -> None:
    watch.origins |= {stranger.origin}
    watch.expect("CORS policy")
    watch.expect("ERR_FAILED")
    page.goto(stranger.put(hosts.embedding(service), STRICT.replace("SERVICE", service)))
    page.wait_for_load_state("networkidle")
    assert page.evaluate("customElements.get('alliance-qa-chat') === undefined")
    assert watch.requests == [f"GET {page.url}", f"GET {service}/widget.js"]


def test_a_page_may_take_one_version_of_the_script_and_no_other(
    page: Page, site: Hosts, service: str, running: Server, watch: Watch
) -> None:
    described = running.client.get("/v1/widget").json
    policy = STRICT.replace("SERVICE", service)
    newest = f'src="{service}/widget.js"'
    for integrity, loads in ((described["integrity"], True), (f"sha384-{'A' * 64}", False)):
        if not loads:
            watch.expect("digest in the 'integrity' attribute")
        pinned = f'src="{service}{described["url"]}" integrity="{integrity}" crossorigin="anonymous"'
        page.goto(site.put(hosts.embedding(service).replace(newest, pinned), policy))
        page.wait_for_load_state("networkidle")
        assert page.evaluate("customElements.get('alliance-qa-chat') !== undefined") is loads
    assert running.client.get("/widget-000000000000.js").status == 404


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_what_a_stranger_sends_without_asking_first_is_refused(
    page: Page, stranger: Hosts, service: str, watch: Watch, running: Server, kind: str
) -> None:
    watch.origins |= {stranger.origin}
    watch.expect("403|CORS policy|ERR_FAILED")
    page.goto(stranger.put("<!doctype html><title>Stranger</title>", f"connect-src {service}"))
    statuses: list[int] = []
    page.on("response", lambda response: statuses.append(response.status))
    outcome = page.evaluate(
        """([url, kind]) => fetch(url, {method: "POST", mode: kind === "text/plain" ? "no-cors" : "cors",
             headers: {"Content-Type": kind}, body: '{"question": "What?"}'}).then(r => r.type, e => e.name)""",
        [f"{service}/v1/ask", kind],
    )
    assert outcome == ("opaque" if kind == "text/plain" else "TypeError")
    assert set(statuses) <= {403, 400}
    assert running.client.get("/v1/index", headers=server.ADMIN).status == 200


def test_nothing_secret_is_in_the_page_and_no_cookie_is_set(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    headers: list[dict[str, str]] = []
    page.context.on("request", lambda request: headers.append(request.all_headers()))
    chat.ask(FACT)
    for url in ("/", "/documents", "/demo"):
        page.goto(service + url)
        page.wait_for_load_state()
    assert page.context.cookies() == []
    sent = {name for each in headers for name in each}
    assert sent.isdisjoint({"cookie", "authorization", "x-api-key"})
    everything = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])")
    assert server.TOKEN not in everything


def test_a_link_leads_only_to_the_service(page: Page, host_page: HostPage, fake: Fake) -> None:
    urls = [
        "javascript:alert(1)",
        "//elsewhere.invalid/documents/x",
        "https://elsewhere.invalid/x",
        "data:text/html,x",
        "\\\\elsewhere.invalid\\x",
        "http://user:word@127.0.0.1/x",
        "/documents/fine?start=0&end=1#quote",
    ]
    citations = [
        citation(at + 1, url=url, source_url="javascript:alert(1)", document_id="x") for at, url in enumerate(urls)
    ]
    fake.answers = [answering(answer("Words. [1]", citations=citations))]
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    links = chat.answer.get_by_role("link").evaluate_all("links => links.map(link => link.href)")
    assert links == [f"{fake.origin}/documents/fine?start=0&end=1#quote"]
    assert chat.answer.get_by_role("link").evaluate_all("links => links.map(link => [link.rel, link.target])") == [
        ["noopener noreferrer", "_blank"]
    ]


def test_a_citation_carries_the_places_that_it_cites(page: Page, host_page: HostPage, service: str) -> None:
    chat = opened(page, host_page(service))
    chat.ask(FACT)
    href = chat.citations.first.get_by_role("link").get_attribute("href")
    assert href is not None
    parts = urlsplit(href)
    assert parts.fragment == "quote"
    assert {"start", "end", "index_version"} <= set(parse_qs(parts.query))


def test_a_stream_is_read_however_it_is_cut(page: Page, host_page: HostPage, fake: Fake) -> None:
    data = b"".join(events(answer(resolved_question="灯台はいつ🗼灯されたか")))
    fake.answers = [Reply(cut(data, range(0, len(data), 3)))]
    chat = opened(page, host_page(fake.origin))
    chat.ask("When?")
    expect(chat.answer).to_contain_text("灯台はいつ🗼灯されたか")
    expect(chat.answer).to_contain_text("The lighthouse was lit in 1903.")
