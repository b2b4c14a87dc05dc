"""WCAG 2.2 AA: axe over every state and page, and by hand what axe cannot see."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser import axe
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, HostPage
from browser.fake import Fake, Reply, answer, answering, citation, events, passage, problem, refusal
from edges import server
from edges.server import Server

DESKTOP = {"width": 1000, "height": 760}
PHONE = {"width": 320, "height": 568}

State = Callable[[Page, Chat, Fake], object]


@pytest.fixture
def reader(contexts: Contexts) -> BrowserContext:
    """A context into whose pages axe can be put, whatever their policy; nothing moves while it looks."""
    return contexts(viewport=DESKTOP, bypass_csp=True, reduced_motion="reduce")


# --- the states of the widget ------------------------------------------------------------------

EXAMPLES = ["When was the lighthouse lit?", "Who kept it?", "灯台はいつ灯されましたか。"]


def _answered(page: Page, chat: Chat, fake: Fake) -> None:
    lit = {"start": 4, "end": 14, "text": "lighthouse"}
    text = "The lighthouse was lit in 1903."
    fake.answers = [
        answering(
            answer(
                f"{text} [1] Its keeper was Jun. [2]",
                citations=[citation(highlight=lit), citation(2, quote="Its keeper was Jun.", author=None)],
                resolved_question="When was the lighthouse of Oshima lit?",
            )
        )
    ]
    chat.ask("When was it lit?")


def _asking(page: Page, chat: Chat, fake: Fake) -> None:
    fake.answers = [Reply([threading.Event()])]
    chat.begin("When?")
    expect(chat.stop).to_be_visible()


def _growing(page: Page, chat: Chat, fake: Fake) -> None:
    fake.answers = [Reply([*events(answer())[:4], threading.Event()])]
    chat.begin("When?")
    expect(chat.answer).to_contain_text("The lighthouse")


def _stopped(page: Page, chat: Chat, fake: Fake) -> None:
    _growing(page, chat, fake)
    chat.stop.click()
    expect(chat.answer).to_contain_text("Stopped.")


def _cited(page: Page, chat: Chat, fake: Fake) -> None:
    _answered(page, chat, fake)
    chat.host.get_by_role("button", name="Citation 2: ").click()
    expect(chat.citations.nth(1)).to_be_focused()


def _refused(page: Page, chat: Chat, fake: Fake) -> None:
    fake.answers = [answering(refusal("When was it lit?", "Who kept it?", passages=[passage(), passage(2)]))]
    chat.ask("What did it cost?")
    chat.host.get_by_text("The nearest passages").click()


def _failed(page: Page, chat: Chat, fake: Fake) -> None:
    fake.answers = [Reply([b'event: error\ndata: {"title":"T","status":500,"detail":"The index is away."}\n\n'])]
    chat.ask("When?")


def _limited(page: Page, chat: Chat, fake: Fake) -> None:
    fake.answers = [problem(429, "Too Many Requests", "too many questions from this address", 17)]
    chat.ask("When?")


def _offline(page: Page, chat: Chat, fake: Fake) -> None:
    _answered(page, chat, fake)
    page.context.set_offline(True)
    expect(chat.host.get_by_text("You are offline.").first).to_be_visible()


def _commenting(page: Page, chat: Chat, fake: Fake) -> None:
    _answered(page, chat, fake)
    chat.button("Not helpful").click()
    expect(chat.button("Send comment")).to_be_visible()


def _too_long(page: Page, chat: Chat, fake: Fake) -> None:
    chat.input.fill("word " * 500)


def _copied_by_hand(page: Page, chat: Chat, fake: Fake) -> None:
    _answered(page, chat, fake)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    chat.button("Copy with citations").click()
    expect(chat.host.get_by_role("textbox", name="Text to copy")).to_be_visible()


STATES: dict[str, State] = {
    "examples": lambda page, chat, fake: expect(chat.suggestions).to_have_count(3),
    "asking": _asking,
    "growing": _growing,
    "stopped": _stopped,
    "answered": _answered,
    "citation reached": _cited,
    "refused": _refused,
    "fault": _failed,
    "too many": _limited,
    "offline": _offline,
    "commenting": _commenting,
    "too long": _too_long,
    "copied by hand": _copied_by_hand,
}


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing_in_any_state(
    reader: BrowserContext, host_page: HostPage, fake: Fake, watch: Watch, name: str
) -> None:
    if name == "too many":
        watch.expect("status of 429")
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page = reader.new_page()
    page.goto(host_page(fake.origin))
    STATES[name](page, Chat(page), fake)
    assert looked_at(page) == []


def looked_at(page: Page) -> list[str]:
    """Return what axe finds in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {line}" for line in axe.violations(page)]
    return found


def test_axe_finds_nothing_where_nothing_is_known(reader: BrowserContext, host_page: HostPage, fake: Fake) -> None:
    page = reader.new_page()
    page.goto(host_page(fake.origin))
    expect(Chat(page).host.get_by_text("2 documents, 1903 to 2001")).to_be_visible()
    assert looked_at(page) == []


def test_axe_finds_nothing_in_the_floating_panel(reader: BrowserContext, host_page: HostPage, fake: Fake) -> None:
    page = reader.new_page()
    page.goto(host_page(fake.origin, attributes="floating"))
    chat = Chat(page)
    expect(chat.button("Ask a question")).to_be_visible()
    assert looked_at(page) == []
    chat.button("Ask a question").click()
    _answered(page, chat, fake)
    assert looked_at(page) == []
    page.set_viewport_size({"width": 320, "height": 568})
    assert looked_at(page) == []


def test_axe_finds_nothing_in_japanese(reader: BrowserContext, host_page: HostPage, fake: Fake) -> None:
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page = reader.new_page()
    page.goto(host_page(fake.origin, attributes='lang="ja"'))
    chat = Chat(page, lang="ja")
    expect(chat.suggestions).to_have_count(3)
    assert looked_at(page) == []
    chat.ask("灯台はいつ灯されましたか。")
    assert looked_at(page) == []


def test_axe_notices_what_it_is_for(reader: BrowserContext, host_page: HostPage, fake: Fake) -> None:
    page = reader.new_page()
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    chat.ask("When?")
    chat.button("Copy with citations").evaluate("button => { button.textContent = ''; button.style.color = '#999'; }")
    chat.answer.evaluate("answer => { answer.style.color = '#bbb'; }")
    assert {line.split(":")[0] for line in axe.violations(page)} >= {"button-name", "color-contrast"}


# --- the pages of the service -------------------------------------------------------------------


@pytest.fixture(scope="module")
def talked(running: Server) -> list[dict[str, Any]]:
    """Answers that the real service gave and logged."""
    found = []
    for question in (
        "When was AUKUS announced?",
        "Which came first, the ANZUS Treaty or the Security Treaty of 1951?",
        "Who designed the AUKUS logo?",
        "Who drew the AUKUS logo?",
        "What is AUKUS?",
        "At what temperature does ethanol boil?",
    ):
        found.append(running.client.ask(question))
        rating = {"answer_id": found[-1]["answer_id"], "rating": "up" if found[-1]["answered"] else "down"}
        reply = running.client.post("/v1/feedback", rating | {"comment": None})
        assert reply.status == 204, reply.text
    return found


def pages(talked: list[dict[str, Any]]) -> dict[str, str]:
    citations = talked[0]["citations"]
    document = quote(citations[0]["document_id"], safe="")
    return {
        "home": "/",
        "home in Japanese": "/?lang=ja",
        "documents": "/documents",
        "documents filtered": "/documents?q=aukus",
        "documents none": "/documents?q=zzzzz",
        "source": f"/documents/{document}",
        "source with its quote": citations[0]["url"],
        "table": "/documents/timeline.md",
        "source without its quote": f"/documents/{document}?start=5&end=99999999",
        "demo": "/demo",
        "admin": "/admin",
    }


@pytest.mark.parametrize("name", pages([{"citations": [{"document_id": "", "url": ""}]}]))
def test_axe_finds_nothing_in_a_page_of_the_service_and_it_reflows(
    reader: BrowserContext, service: str, talked: list[dict[str, Any]], name: str
) -> None:
    page = reader.new_page()
    page.goto(service + pages(talked)[name])
    page.wait_for_load_state("networkidle")
    assert looked_at(page) == []
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 480})
        assert page.evaluate(CUT_OFF) == []
    assert looked_at(page) == []


def test_axe_finds_nothing_in_the_pages_of_a_service_that_has_none(
    reader: BrowserContext, service: str, watch: Watch
) -> None:
    watch.expect("status of 404")
    page = reader.new_page()
    page.goto(f"{service}/documents/no-such-document")
    assert looked_at(page) == []


def sign_in(page: Page, service: str) -> None:
    page.goto(f"{service}/admin")
    page.get_by_label("Admin token").fill(server.TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Coverage gaps")).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_axe_finds_nothing_in_the_admin_page_with_its_plots(
    reader: BrowserContext, service: str, talked: list[dict[str, Any]]
) -> None:
    page = reader.new_page()
    sign_in(page, service)
    expect(page.locator("#plots svg").first).to_be_visible()
    assert looked_at(page) == []
    for width in (640, 320):
        page.set_viewport_size({"width": width, "height": 480})
        assert page.evaluate(CUT_OFF) == []
    assert looked_at(page) == []


def test_a_wrong_token_is_refused_in_words(reader: BrowserContext, service: str, watch: Watch) -> None:
    watch.expect("status of 401")
    page = reader.new_page()
    page.goto(f"{service}/admin")
    page.get_by_label("Admin token").fill("wrong-token-0123456789")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="token")).to_be_visible()
    assert looked_at(page) == []


# --- by keyboard ----------------------------------------------------------------------------------

# The element that has the focus, through shadow roots.
_FOCUSED = """
() => { let found = document.activeElement;
  while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  const name = found.getAttribute("aria-label") ?? found.labels?.[0]?.innerText ?? found.innerText;
  return `${found.getAttribute("role") ?? found.localName}: ${name.trim()}`; }
"""


def tab_to(page: Page, name: str, key: str = "Tab") -> list[str]:
    """Press Tab until something of this name has the focus; return what had it on the way."""
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press(key)
        seen.append(page.evaluate(_FOCUSED))
        if name in seen[-1]:
            return seen
    raise AssertionError(f"{name} is not reached by {key}: {seen}")


def test_a_whole_conversation_by_keyboard(page: Page, host_page: HostPage, fake: Fake) -> None:
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page.goto(host_page(fake.origin, attributes="floating"))
    chat = Chat(page)
    tab_to(page, "Ask a question")
    page.keyboard.press("Enter")
    expect(chat.input).to_be_focused()
    tab_to(page, EXAMPLES[0], "Shift+Tab")
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.input).to_be_focused()
    page.keyboard.type("And who?")
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.answers).to_have_count(2)
    back = tab_to(page, "Citation 1: ", "Shift+Tab")
    assert "button: Helpful" in back
    assert "button: Copy with citations" in back
    assert any(name.startswith("a: Open the source: The Lighthouse") for name in back)
    page.keyboard.press("Enter")
    expect(chat.citations.first).to_be_focused()
    page.keyboard.press("Escape")  # back to the mark, not out of the panel
    assert page.evaluate(_FOCUSED) == "button: Citation 1: The Lighthouse"
    tab_to(page, "Not helpful")
    page.keyboard.press("Enter")
    tab_to(page, "What was good or missing")
    page.keyboard.type("More of it.")
    tab_to(page, "Send comment")
    page.keyboard.press("Enter")
    expect(chat.status).to_have_text("Thank you. Your comment is kept.")
    assert page.evaluate(_FOCUSED) == "button: Not helpful"
    assert fake.feedback[-1] == {"answer_id": "a" * 32, "rating": "down", "comment": "More of it."}
    page.keyboard.press("Escape")
    expect(chat.button("Ask a question")).to_be_focused()


def test_no_place_in_the_panel_holds_the_focus(page: Page, host_page: HostPage, fake: Fake) -> None:
    page.goto(host_page(fake.origin, body='<a href="#before">Before</a>'))
    Chat(page).ask("When?")
    page.evaluate("document.activeElement.blur()")
    assert tab_to(page, "a: Before") is not None
    around = tab_to(page, "a: Before")
    assert len(around) > 5


def test_every_focused_thing_shows_it(page: Page, host_page: HostPage, fake: Fake) -> None:
    fake.collection |= {"questions_kept_days": 30}
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    chat.ask("When?")
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        name, shown = page.evaluate(
            """() => { let found = document.activeElement;
              while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
              const around = [found, found.parentElement].filter(Boolean).map(each => getComputedStyle(each));
              return [found.outerHTML.slice(0, 80),
                      around.some(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1)]; }"""
        )
        if name.startswith("<body"):
            break
        assert shown, name


# --- what is announced, and where the focus is --------------------------------------------------------

_LISTEN = """
() => {
  window.__told = [];
  const root = document.querySelector("alliance-qa-chat").shadowRoot;
  const status = root.querySelector("[role=status]");
  new MutationObserver(() => status.textContent && window.__told.push(status.textContent))
    .observe(status, {childList: true, characterData: true, subtree: true});
  window.__live = [...root.querySelectorAll("[aria-live], [role=log], [role=alert], [role=status]")]
    .map(each => [each.getAttribute("role"), each.getAttribute("aria-live")]);
}
"""


def test_a_new_answer_is_announced_once_and_the_focus_stays(page: Page, host_page: HostPage, fake: Fake) -> None:
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    gate = threading.Event()
    head, tail = events(answer())[:4], events(answer())[4:]
    fake.answers = [Reply([*head, gate, *tail]), answering(refusal())]
    page.evaluate(_LISTEN)
    chat.begin("When?")
    expect(chat.answer).to_contain_text("The lighthouse")
    expect(chat.input).to_be_focused()
    gate.set()
    chat.settled()
    expect(chat.input).to_be_focused()
    chat.ask("How much?")
    assert page.evaluate("window.__told") == [
        "Searching the documents",
        "The lighthouse was lit in 1903. [1]",
        "Searching the documents",
        "The collection treats this subject, but does not say this.",
    ]
    # The messages themselves grow with each piece and so are not live.
    assert page.evaluate("window.__live") == [["log", "off"], ["status", None]]


def test_a_button_that_goes_away_hands_the_focus_on(page: Page, host_page: HostPage, fake: Fake) -> None:
    fake.collection["examples"] = EXAMPLES
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    chat.suggestions.first.focus()
    page.keyboard.press("Enter")
    chat.settled()
    expect(chat.input).to_be_focused()
    gate = threading.Event()
    fake.answers = [Reply([gate, *events(answer())])]
    chat.begin("Again?")
    chat.stop.focus()
    gate.set()
    chat.settled()
    expect(chat.input).to_be_focused()


# --- sizes, motion, colours, zoom ---------------------------------------------------------------------

_SMALL = """
() => [...document.querySelector("alliance-qa-chat").shadowRoot.querySelectorAll("button, a, summary, textarea")]
  .map(each => [each.getAttribute("aria-label") ?? each.textContent, each.getBoundingClientRect()])
  .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)
"""


@pytest.mark.parametrize("name", ["examples", "citation reached", "refused", "commenting", "fault", "copied by hand"])
def test_targets_are_large_enough(page: Page, host_page: HostPage, fake: Fake, name: str) -> None:
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page.goto(host_page(fake.origin))
    STATES[name](page, Chat(page), fake)
    assert page.evaluate(_SMALL) == []


_MOVING = """
() => { const root = document.querySelector("alliance-qa-chat").shadowRoot;
  return [...document.getAnimations(), ...root.getAnimations()].filter(each => each.playState === "running").length; }
"""


def test_nothing_moves_where_less_motion_is_wanted(page: Page, host_page: HostPage, fake: Fake) -> None:
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    _asking(page, chat, fake)
    expect(chat.answer).to_contain_text("Searching the documents")
    assert page.evaluate(_MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(_MOVING) == 0
    chat.stop.hover()
    assert page.evaluate(_MOVING) == 0
    log = chat.host.get_by_role("log")
    assert log.evaluate("log => getComputedStyle(log).scrollBehavior") == "auto"


_BORDERLESS = """
() => [...document.querySelector("alliance-qa-chat").shadowRoot.querySelectorAll("button")]
  .filter(each => each.getBoundingClientRect().width > 0)
  .map(each => [each.getAttribute("aria-label") ?? each.textContent, getComputedStyle(each)])
  .filter(([, style]) => style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1
    || /^rgba\\(.*, 0\\)$|transparent/.test(style.borderTopColor))
  .map(([name, style]) => `${name}: ${style.borderTop}`)
"""


def test_buttons_have_borders_where_colours_are_forced(page: Page, host_page: HostPage, fake: Fake) -> None:
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    expect(chat.suggestions).to_have_count(3)
    page.emulate_media(forced_colors="active")
    assert page.evaluate(_BORDERLESS) == []
    _commenting(page, chat, fake)
    assert page.evaluate(_BORDERLESS) == []


# What sticks out of the window to a side, or is cut where it does not scroll.
CUT_OFF = """
async () => {
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  const found = [];
  const walk = root => { for (const each of root.querySelectorAll("*")) {
    if (each.shadowRoot) walk(each.shadowRoot);
    const box = each.getBoundingClientRect(), style = getComputedStyle(each);
    if (!box.width || style.visibility === "hidden" || box.width <= 1 || each.closest("svg svg, .skip")) continue;
    const scrolls = hidden => { for (let up = each; up; up = up.parentElement ?? up.getRootNode().host)
      if (/auto|scroll/.test(getComputedStyle(up).overflowX)) return true; return false; };
    if ((box.right > innerWidth + 1 || box.left < -1) && !scrolls()) found.push(`out: ${each.outerHTML.slice(0, 90)}`);
    if (/hidden|clip/.test(style.overflowX) && each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
      found.push(`cut: ${each.outerHTML.slice(0, 90)}`);
  } };
  walk(document);
  const wide = document.scrollingElement.scrollWidth;
  if (wide > innerWidth) found.push(`the page is ${wide} wide`);
  return found;
}
"""


@pytest.mark.parametrize("name", ["examples", "citation reached", "refused", "commenting", "fault", "too long"])
def test_nothing_is_cut_at_200_and_400_percent(page: Page, host_page: HostPage, fake: Fake, name: str) -> None:
    fake.collection |= {"questions_kept_days": 30, "examples": EXAMPLES}
    page.set_viewport_size({"width": 640, "height": 380})  # what 1280 by 760 are at 200 %
    page.goto(host_page(fake.origin))
    STATES[name](page, Chat(page), fake)
    assert page.evaluate(CUT_OFF) == []
    page.set_viewport_size({"width": 320, "height": 256})
    assert page.evaluate(CUT_OFF) == []


def test_the_page_keeps_its_place_while_an_answer_grows(page: Page, host_page: HostPage, fake: Fake) -> None:
    page.goto(host_page(fake.origin, body="<p>Words.</p>" * 60))
    chat = Chat(page)
    chat.input.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    fake.answers = [answering(answer("Long. [1]", citations=[citation(quote="Long " * 400)]))]
    chat.ask("When?")
    assert page.evaluate("scrollY") == before
