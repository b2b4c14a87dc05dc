"""What a person sees; `ALLIANCE_QA_SCREENSHOTS=1 pytest tests/browser/test_screenshots.py` writes docs/screenshots/."""

from __future__ import annotations

import io
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Span
from alliance_qa.service.query_log import Asked, QueryLog
from alliance_qa.web.urls import Place, citation_url
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, origin_of
from edges import server
from edges.client import Client
from edges.embedder import WordEmbedder
from edges.server import Server

Image = pytest.importorskip("PIL.Image", reason="pillow makes the pictures small; pip install pillow")

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
KEPT = bool(os.environ.get("ALLIANCE_QA_SCREENSHOTS"))  # read here: each test is without our settings
MOST_BYTES = 60_000

SIZE = {"width": 960, "height": 680}
PHONE = {"width": 360, "height": 640}

Keep = Callable[[Page, str], None]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Takes a picture of what the window shows, which must be neither blank nor large."""

    def take(page: Page, name: str) -> None:
        page.evaluate("document.fonts.ready")
        data = page.screenshot(animations="disabled", caret="hide", scale="css")
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        colors = picture.getcolors(1 << 24)
        assert len(colors) > 50, "the picture is blank"
        assert max(count for count, _ in colors) < 0.97 * picture.width * picture.height, "the picture is all but blank"
        path = (FOLDER if KEPT else tmp_path) / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        # 64 colours, undithered: text stays sharp, and the file is a third of its size.
        picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
        assert path.stat().st_size <= MOST_BYTES
        assert (picture.width, picture.height) == tuple(page.viewport_size.values())  # type: ignore[union-attr]

    return take


def home(page: Page, service: str, query: str = "", lang: str = "en") -> Chat:
    page.goto(f"{service}/{query}")
    chat = Chat(page, lang=lang)
    expect(chat.suggestions.first).to_be_visible()
    return chat


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chat(contexts: Contexts, service: str, keep: Keep, scheme: str) -> None:
    page = contexts(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce").new_page()
    chat = home(page, service)
    chat.ask("When was AUKUS announced, and by whom?")
    expect(chat.citations.first).to_be_visible()
    keep(page, f"chat-{scheme}")


def test_the_greeting(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=SIZE, reduced_motion="reduce").new_page()
    home(page, service)
    keep(page, "greeting")


def test_the_chat_on_a_phone(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce").new_page()
    page.goto(f"{service}/demo")
    chat = Chat(page)
    chat.button("Ask a question").tap()
    chat.ask("When was AUKUS announced?")
    expect(chat.citations.first).to_be_visible()
    keep(page, "chat-mobile")


def test_the_japanese_interface(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=SIZE, locale="ja-JP", reduced_motion="reduce").new_page()
    chat = home(page, service, "?lang=ja", lang="ja")
    chat.ask("When was AUKUS announced?")
    expect(chat.answer).to_contain_text("September 15, 2021")
    keep(page, "chat-japanese")


def test_a_refusal(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=SIZE, reduced_motion="reduce").new_page()
    chat = home(page, service)
    chat.ask("Who designed the AUKUS logo?")
    expect(chat.suggestions.first).to_be_visible()
    keep(page, "refusal")


def test_a_source_at_the_lit_quote(contexts: Contexts, service: str, running: Server, keep: Keep) -> None:
    page = contexts(viewport=SIZE, reduced_motion="reduce").new_page()
    cited = running.client.ask("When was AUKUS announced?")["citations"][0]
    page.goto(service + cited["url"])
    expect(page.locator("#quote")).to_be_in_viewport()
    keep(page, "source")


@pytest.mark.parametrize(
    ("name", "viewport", "scheme", "at"),
    [
        ("printed-light", {"width": 1160, "height": 500}, "light", "#quote"),
        ("printed-dark", {"width": 1160, "height": 500}, "dark", "#quote"),
        ("printed-mobile", {"width": 320, "height": 568}, "light", "#printed"),
    ],
)
def test_a_source_on_the_page_that_it_is_printed_on(
    contexts: Contexts,
    service: str,
    running: Server,
    keep: Keep,
    name: str,
    viewport: dict[str, int],
    scheme: str,
    at: str,
) -> None:
    page = contexts(viewport=viewport, color_scheme=scheme, reduced_motion="reduce").new_page()
    quote = "The ITPP of NATO and Japan lists 16 areas of cooperation."
    start = running.client.text("nato-and-japan.pdf").index(quote)
    places = [Place("nato-and-japan.pdf", Span(start, start + len(quote))), Place("timeline.md", Span(0, 9))]
    version = running.client.get("/v1/documents").json["index_version"]
    page.goto(service + citation_url(places, 0, version).replace("#quote", at))
    page.wait_for_load_state("networkidle")
    expect(page.locator(".lit rect").first).to_be_in_viewport()
    keep(page, name)


def test_the_documents(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=SIZE, reduced_motion="reduce").new_page()
    page.goto(f"{service}/documents")
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    keep(page, "documents")


def test_a_page_that_embeds_the_chat(contexts: Contexts, service: str, keep: Keep) -> None:
    page = contexts(viewport=SIZE, reduced_motion="reduce").new_page()
    page.goto(f"{service}/demo")
    chat = Chat(page)
    chat.button("Ask a question").click()
    chat.ask("When was AUKUS announced?")
    expect(chat.citations.first).to_be_visible()
    keep(page, "demo")


def test_the_admin_page_with_its_plots(
    contexts: Contexts, service: str, running: Server, keep: Keep, watch: Watch
) -> None:
    talk(running.client)
    remember(running.home / "questions.sqlite")
    page = contexts(viewport={"width": 960, "height": 900}, reduced_motion="reduce").new_page()
    page.goto(f"{service}/admin")
    page.get_by_label("Admin token").fill(server.TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#plots svg").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.locator("#asked").evaluate("section => section.scrollIntoView()")
    keep(page, "admin")


def test_an_upload_as_it_runs(contexts: Contexts, tmp_path: Path, keep: Keep, watch: Watch) -> None:
    shipped = FOLDER.parents[1]
    shutil.copytree(shipped / "documents", tmp_path / "documents")
    (tmp_path / "documents" / "timeline.md").unlink()
    rebuild(server.settings_of(tmp_path), WordEmbedder())
    names = ("aukus-and-japan.txt", "timeline.md", "security-treaties.html")
    files: list[str | Path] = [tmp_path / "timeline.md", tmp_path / "torn.pdf", tmp_path / "treaties-of-1960.html"]
    shutil.copy(shipped / "documents" / names[1], files[0])
    Path(files[1]).write_bytes((shipped / "documents" / names[2]).read_bytes()[:2000])
    shutil.copy(shipped / "documents" / names[2], files[2])
    watch.expect("status of 4(04|22)")
    with server.hosted(tmp_path) as running:
        watch.origins.add(origin_of(running))
        page = contexts(viewport={"width": 960, "height": 720}, reduced_motion="reduce").new_page()
        page.goto(f"{origin_of(running)}/admin")
        page.get_by_label("Admin token").fill(server.TOKEN)
        page.get_by_role("button", name="Sign in").click()
        page.route("**/v1/documents/treaties-of-1960.html", lambda route: None)  # it takes for ever
        page.get_by_label("New files").set_input_files(files)
        page.get_by_role("button", name="Upload").click()
        expect(page.locator("#upload-list progress")).to_have_count(1, timeout=120_000)
        expect(page.locator("#upload-list li").nth(2).locator("p")).not_to_have_text("Waiting")
        expect(page.locator("#upload-list li").first).to_contain_text("In the index", timeout=120_000)
        page.evaluate("document.querySelector('#rebuild').scrollIntoView()")
        keep(page, "upload")
        page.get_by_role("button", name="Sign out").click()


def talk(client: Client) -> None:
    """Ask what makes something to look at: answers, refusals that mean the same, and ratings."""
    questions = {
        "up": ["When was AUKUS announced?", "What is AUKUS?", "When was the Security Treaty of 1951 signed?"],
        "down": ["Who designed the AUKUS logo?", "Who drew the logo of AUKUS?", "How deep is the Sea of Japan?"],
    }
    for rating, asked in questions.items():
        for question in asked:
            answer = client.ask(question)
            reply = client.post("/v1/feedback", {"answer_id": answer["answer_id"], "rating": rating, "comment": None})
            assert reply.status == 204, reply.text


def remember(path: Path) -> None:
    """Write the log of the last weeks, as a service that people like would have it."""
    chance = random.Random(1)
    log = QueryLog(path, 30)
    today = datetime.now(UTC).replace(hour=12)
    for day in range(1, 30):
        at = today - timedelta(days=day)
        for _ in range(chance.randint(4, 9) if at.weekday() > 4 else chance.randint(12, 30)):
            refused = chance.random() < 0.2
            asked = Asked(
                answer_id=f"{chance.getrandbits(128):032x}",
                conversation_id=f"{chance.getrandbits(128):032x}",
                at=at,
                question="How deep is the Sea of Japan?" if refused else "What is AUKUS?",
                resolved="How deep is the Sea of Japan?" if refused else "What is AUKUS?",
                reason=chance.choice(["nothing_relevant", "related_but_not_stated"]) if refused else None,
                confidence=chance.random(),
                took_ms=int(chance.lognormvariate(5, 0.5)),
                index_version="000001",
                documents=() if refused else ("aukus-and-japan.txt",),
            )
            log.record(asked)
            if chance.random() < 0.25:
                log.rate(asked.answer_id, "down" if refused else "up", None)
    log.close()
