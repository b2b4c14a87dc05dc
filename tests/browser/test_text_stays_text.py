"""Text that wants to be more stays text; `python -m campaigns.payloads --full` tries all payloads in every place."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from alliance_qa.building.rebuild import rebuild
from browser.chat import Chat
from browser.chromium import Watch
from browser.conftest import HostPage, origin_of
from browser.fake import Fake, Reply, answer, citation, cut_by, events, problem
from browser.hosts import Hosts
from campaigns import payloads
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, Running, hosted, settings_of

SEED = 5
PLAIN = 34  # of those that do not act; the campaign shows all, and each that acts in every coat and encoding
TYPED = 12
DOCUMENTS = 24


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Everything that acts once, in one coat or encoding each, and some that are plain; the seed chose."""
    assert len(payloads.payloads()) > 900
    return payloads.some(SEED, PLAIN)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, site: Hosts) -> Iterator[Running]:
    """A real service, without a model, whose documents hold payloads as text, facts and names of files."""
    home = tmp_path_factory.mktemp("hostile")
    payloads.write(home / "documents", random.Random(SEED).sample([*payloads.PLAIN, *payloads.ACTIVE], 120))
    rebuild(settings_of(home), WordEmbedder())
    with hosted(home, query_log=home / "questions.sqlite", origins=(site.origin,)) as running:
        yield running


def test_a_payload_is_shown_as_it_is_wherever_it_comes_from_and_however_it_is_cut(
    page: Page, host_page: HostPage, fake: Fake, texts: list[str]
) -> None:
    page.add_init_script(payloads.CUTTER)
    page.goto(host_page(fake.origin))
    outcome = payloads.show(page, fake, texts)
    print(outcome)
    assert outcome.wrong == []
    assert outcome.payloads == len(texts) > 100
    assert outcome.places > 50 * len(texts)
    assert outcome.boundaries > 100 * len(texts)


def test_what_is_typed_and_sent_over_the_network_in_pieces_stays_text(
    page: Page, host_page: HostPage, fake: Fake, texts: list[str]
) -> None:
    chat = Chat(page)
    page.goto(host_page(fake.origin))
    chance = random.Random(SEED)
    chosen = [text for text in texts if 0 < len(payloads.asked(text)) < 2000 and "\r" not in text][:TYPED]
    for text in chosen:
        whole = answer(text, citations=[citation(title=text, quote=text)])
        fake.answers = [Reply(cut_by(b"".join(events(whole, list(text[:200]) + [text[200:]])), chance))]
        chat.ask(text)
        assert chat.questions.last.text_content() == payloads.asked(text)
        assert text in (chat.answer.text_content() or "")
    assert [asked["question"] for asked in fake.asked] == [payloads.asked(text) for text in chosen]
    shown = chat.answers.all_text_contents()
    page.reload()
    expect(chat.questions).to_have_count(TYPED)
    assert chat.answers.all_text_contents() == shown
    assert chat.questions.last.text_content() == payloads.asked(chosen[-1])


def test_examples_and_attributes_of_the_page_stay_text(
    page: Page, host_page: HostPage, fake: Fake, texts: list[str]
) -> None:
    url = host_page(fake.origin)
    for at in range(0, 30, 6):
        fake.collection |= {"examples": texts[at : at + 6], "earliest": texts[at], "latest": texts[at]}
        page.goto(url)
        chat = Chat(page)
        expect(chat.suggestions).to_have_count(6)
        assert chat.suggestions.all_text_contents() == texts[at : at + 6]
        page.evaluate("text => document.querySelector('alliance-qa-chat').setAttribute('heading', text)", texts[at])
        expect(chat.suggestions).to_have_count(6)
        assert page.evaluate(payloads.AROUND)["tags"] == []


def test_a_problem_over_http_stays_text(
    page: Page, host_page: HostPage, fake: Fake, watch: Watch, texts: list[str]
) -> None:
    watch.expect("status of 500")
    page.goto(host_page(fake.origin))
    chat = Chat(page)
    for text in [text for text in texts if text.strip()][:TYPED]:
        fake.answers = [problem(500, text, text)]
        chat.ask("When?")
        assert text[:500] in (chat.answer.text_content() or "")
    assert page.evaluate(payloads.AROUND)["tags"] == []


def test_documents_of_the_real_service_stay_text_in_their_pages(page: Page, hostile: Running, watch: Watch) -> None:
    watch.origins.add(origin_of(hostile))
    documents = hostile.client.get("/v1/documents").json["documents"]
    assert len(documents) > 100
    outcome = payloads.read(page, hostile.client, random.Random(SEED).sample(documents, DOCUMENTS))
    print(outcome)
    assert outcome.wrong == []


def test_the_list_of_documents_stays_text(page: Page, hostile: Running, watch: Watch) -> None:
    watch.origins.add(origin_of(hostile))
    documents = hostile.client.get("/v1/documents").json["documents"]
    page.goto(f"{origin_of(hostile)}/documents")
    seen: list[str] = []
    while True:
        seen += page.locator("main li a.title").all_text_contents()
        assert page.evaluate(
            "[window.__pwned, document.querySelectorAll('main :is(script, img, svg, iframe)').length]"
        ) == [
            None,
            0,
        ]
        following = page.get_by_role("link", name="Next", exact=True)
        if not following.count():
            break
        following.click()
        page.wait_for_load_state()
    assert sorted(seen) == sorted(document["title"] for document in documents)
    hits = sum(any(text.strip() in title for title in seen) for text in payloads.ACTIVE if text.strip())
    assert hits > 15


def test_documents_of_the_real_service_stay_text_in_the_chat(
    page: Page, host_page: HostPage, hostile: Running, watch: Watch
) -> None:
    watch.origins.add(origin_of(hostile))
    page.goto(host_page(origin_of(hostile)))
    chat = Chat(page)
    seen = 0
    for number in range(0, 40, 2):
        question = f"What does article {number} of the treaty read?"
        expected = hostile.client.ask(question)
        chat.ask(question)
        shown = chat.answer.text_content() or ""
        texts = [citation["title"] for citation in expected["citations"]]
        texts += [" ".join(citation["quote"].split()) for citation in expected["citations"]]
        if not expected["answered"]:
            texts = [text for passage in expected["passages"][:3] for text in (passage["title"], passage["text"])]
        assert texts
        assert [text for text in texts if text not in shown] == []
        seen += len(texts)
    print(f"{seen} texts of the real service")
    assert page.evaluate(payloads.AROUND)["tags"] == []


def test_questions_and_comments_stay_text_in_the_admin_page(page: Page, hostile: Running, watch: Watch) -> None:
    watch.origins.add(origin_of(hostile))
    client = hostile.client
    texts = [text for text in map(payloads.asked, random.Random(6).sample(payloads.payloads(), 40)) if text]
    for text in texts:
        found = client.ask(text[:2000])
        rating = {"answer_id": found["answer_id"], "rating": "down", "comment": text[:1000]}
        assert client.post("/v1/feedback", rating).status == 204
    page.goto(f"{origin_of(hostile)}/admin")
    before = page.locator("main :is(script, img, iframe, object, embed, style)").count()
    page.get_by_label("Admin token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#question-list")).to_contain_text("down")
    page.wait_for_load_state("networkidle")
    page.locator("#question-list").get_by_role("button", name="Show all").click()
    shown = page.locator("#question-list").text_content() or ""
    logged = client.get("/v1/questions?days=30", headers=ADMIN).json["questions"]
    assert len(logged) >= 30
    assert [each["question"] for each in logged if each["question"] not in shown] == []
    gaps = page.locator("#gap-list").text_content() or ""
    grouped = client.get("/v1/questions/gaps?days=30", headers=ADMIN).json["gaps"]
    print(f"{len(logged)} questions, {len(grouped)} gaps")
    assert [gap["label"] for gap in grouped[:5] if gap["label"] not in gaps] == []
    assert page.locator("main :is(script, img, iframe, object, embed, style)").count() == before
    assert page.evaluate("window.__pwned") is None
