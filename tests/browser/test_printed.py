"""The page as printed in a browser: what is lit, at every width, in both schemes, by keyboard and for readers."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from alliance_qa.domain import Span
from alliance_qa.web.urls import Place, citation_url
from browser import axe
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import Contexts, origin_of
from edges import paper, server
from edges.server import Running

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 320, "height": 568}
QUOTES = (paper.FIRST, paper.OVER_PAGES)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service without a model over one PDF file."""
    home = tmp_path_factory.mktemp("papers")
    paper.write(home)
    paper.index(home)
    with server.hosted(home, limit_pages="off") as running:
        yield running


@pytest.fixture
def service(papers: Running) -> str:
    """Its origin, which `watch` lets be asked."""
    return origin_of(papers)


def source(papers: Running, number: int = 0) -> str:
    """Return the address of a citation's source, as an answer with both quotes would have it."""
    text = papers.client.text(paper.NAME)
    places = [Place(paper.NAME, Span(at := text.index(quote), at + len(quote))) for quote in QUOTES]
    return origin_of(papers) + citation_url(places, number, "000001")


def lit(page: Page) -> Image.Image:
    """Return what the first lit box looks like."""
    clip = page.locator(".lit rect").first.bounding_box()
    assert clip
    return Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")


def colours(picture: Image.Image) -> tuple[tuple[int, ...], int]:
    """Return the commonest colour, and how dark the darkest is."""
    data = picture.tobytes()
    found = Counter(zip(data[0::3], data[1::3], data[2::3], strict=True))
    return found.most_common(1)[0][0], min(map(sum, found))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("number", [0, 1])
def test_the_quote_is_lit_on_the_page_beside_the_text(
    contexts: Contexts, service: str, papers: Running, number: int, scheme: str
) -> None:
    page = contexts(viewport=DESKTOP, color_scheme=scheme).new_page()
    page.goto(source(papers, number))
    page.wait_for_load_state("networkidle")
    expect(page.locator("#quote")).to_be_in_viewport()
    expect(page.locator(".lit rect").first).to_be_in_viewport()
    text, drawn = page.locator("article").bounding_box(), page.locator("#printed").bounding_box()
    assert text and drawn
    assert text["x"] + text["width"] <= drawn["x"]
    paint, darkest = colours(lit(page))
    assert paint[0] > paint[2] + 60, "yellow"
    assert darkest < 200, "with its letters on it"
    assert page.locator("#printed svg").count() == number + 1


def test_at_320_px_the_page_stands_above_the_text_and_a_link_leads_to_each(
    contexts: Contexts, service: str, papers: Running
) -> None:
    page = contexts(viewport=PHONE).new_page()
    page.goto(source(papers))
    expect(page.locator("#quote")).to_be_in_viewport()
    page.get_by_role("link", name="As printed", exact=True).click()
    expect(page.locator(".lit rect").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.get_by_role("link", name="In the text").click()
    expect(page.locator("#quote")).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "320 px"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_any_zoom(
    contexts: Contexts, service: str, papers: Running, scheme: str, viewport: dict[str, int]
) -> None:
    page = contexts(viewport=viewport, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce").new_page()
    page.goto(source(papers).replace("#quote", "#printed"))
    for larger in ("Zoom in", "Zoom in", ""):
        page.wait_for_load_state("networkidle")
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        expect(page.locator(".lit rect").first).to_be_in_viewport()
        if larger:
            page.get_by_role("link", name=larger).click()
    page.goto(source(papers, 1))
    assert axe.violations(page) == []


def test_all_of_it_is_reached_and_moved_by_keyboard(contexts: Contexts, service: str, papers: Running) -> None:
    page = contexts(viewport=DESKTOP).new_page()
    page.goto(source(papers))
    page.get_by_role("link", name="Next").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zoom in")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**zoom=2*")
    page.get_by_role("link", name="Zoom in").focus()
    page.keyboard.press("Tab")
    frame = page.get_by_role("region", name="Page 1 as printed")
    expect(frame).to_be_focused()
    before = frame.evaluate("frame => frame.scrollTop")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("before => document.querySelector('.paper').scrollTop < before", arg=before)


def test_a_reader_hears_what_is_lit(contexts: Contexts, service: str, papers: Running) -> None:
    page = contexts(viewport=DESKTOP).new_page()
    page.goto(source(papers))
    expect(page.get_by_role("img", name=f"Page 1 as printed. Lit is: “{paper.FIRST}”")).to_be_visible()


def test_the_citations_lead_from_page_to_page(contexts: Contexts, service: str, papers: Running) -> None:
    page = contexts(viewport=DESKTOP).new_page()
    page.goto(source(papers))
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#printed").get_by_text("Pages 1 to 2 as printed")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#printed").get_by_text("Page 1 as printed")).to_be_visible()


def test_without_javascript_the_page_is_lit_as_well(contexts: Contexts, service: str, papers: Running) -> None:
    page = contexts(viewport=DESKTOP, java_script_enabled=False).new_page()
    page.goto(source(papers))
    page.wait_for_load_state("networkidle")
    assert colours(lit(page))[1] < 200


def test_nothing_is_lit_where_the_picture_does_not_come(
    contexts: Contexts, service: str, papers: Running, watch: Watch
) -> None:
    watch.expect("404")
    page = contexts(viewport=DESKTOP).new_page()
    page.route("**/pages/1?*", lambda route: route.fulfill(status=404))
    page.goto(source(papers))
    expect(page.get_by_role("note")).to_have_text("The printed page is not shown. Its picture does not come.")
    expect(page.locator(".lit")).to_have_count(0)
    expect(page.locator("#quote")).to_be_visible()


def test_axe_finds_nothing_where_the_file_changed(contexts: Contexts, service: str, papers: Running) -> None:
    file = papers.home / "documents" / paper.NAME
    data = file.read_bytes()
    file.write_bytes(data + b"\n")
    try:
        page = contexts(viewport=PHONE, bypass_csp=True).new_page()
        page.goto(source(papers))
        note = "The printed page is not shown. The file is no longer the one that was indexed."
        expect(page.get_by_role("note")).to_have_text(note)
        expect(page.locator("#quote")).to_be_visible()
        assert axe.violations(page) == []
    finally:
        file.write_bytes(data)


def test_the_chat_s_link_to_the_source_leads_there(
    contexts: Contexts, service: str, papers: Running, watch: Watch
) -> None:
    page = contexts(viewport=DESKTOP).new_page()
    page.goto(f"{service}/")
    chat = Chat(page)
    chat.ask("When was the lighthouse of the harbour lit for the first time?")
    link = chat.host.get_by_role("link", name="Open the source").first
    link.evaluate("link => link.removeAttribute('target')")
    link.click()
    expect(page.locator("#printed")).to_be_visible()
    expect(page.locator(".lit rect").first).to_be_in_viewport()
