"""The keeper's page in a real browser, over a real service with a log of questions that is filled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_qa.building.rebuild import rebuild
from alliance_qa.service.messages import Message, Messages
from alliance_qa.service.query_log import Asked, QueryLog
from browser import axe
from browser.chromium import Watch
from browser.conftest import Contexts, held, origin_of
from edges import collection
from edges.embedder import WordEmbedder
from edges.server import ADMIN, TOKEN, Running, settings_of

HOSTILE = "<img src=x onerror=alert(1)> \u202eabc ${1} {{2}}"
HOSTILE_NAME = "<img src=x onerror=alert(1)>.md"
NOW = datetime.now(UTC)
_REBUILT_MS = 60_000  # a process starts


@dataclass(frozen=True)
class Admin:
    """The page, as a keeper uses it."""

    page: Page

    def sign_in(self, token: str = TOKEN) -> None:
        self.page.get_by_label("Admin token").fill(token)
        self.page.get_by_role("button", name="Sign in").click()

    @property
    def start(self) -> Locator:
        return self.page.get_by_role("button", name="Rebuild", exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def plot(self, title: str) -> Locator:
        return self.page.locator("figure").filter(has=self.page.get_by_text(title, exact=True).first)

    def table(self, title: str) -> list[list[str]]:
        """The rows of a plot's table."""
        rows = self.plot(title).locator("tr")
        return [row.locator("th, td").all_text_contents() for row in rows.all()]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, hold: Path) -> Iterator[Running]:
    """A service without a model whose visitors asked some questions."""
    home = tmp_path_factory.mktemp("admin")
    collection.write_small(home / "documents")
    (home / "documents" / HOSTILE_NAME).write_text("", "utf-8")
    rebuild(settings_of(home), WordEmbedder())
    fill(home / "questions.sqlite")
    with held(home, hold, query_log=home / "questions.sqlite", messages=home / "messages.sqlite") as found:
        yield found


def fill(path: Path) -> None:
    with closing(QueryLog(path, 30)) as log:
        for number in range(60):
            reason = "nothing_relevant" if number % 3 == 0 else None
            question = f"Who kept the {'bees' if number % 2 else 'boats'} of the harbour?" if reason else "When?"
            log.record(asked(number, question, reason, NOW - timedelta(days=number % 5)))
        log.record(asked(60, HOSTILE, "unclear_question", NOW))
        log.rate(f"{60:032x}", "down", HOSTILE)
        log.rate(f"{1:032x}", "up", None)
    for number, address in ((60, "ann@example.org"), (0, None)):
        message = Message(f"{number:032x}", NOW, HOSTILE, "unclear_question", address)
        Messages(path.with_name("messages.sqlite"), 90).send(message)


def asked(number: int, question: str, reason: str | None, at: datetime) -> Asked:
    return Asked(
        f"{number:032x}",
        "f" * 32,
        at,
        question,
        question,
        reason,
        0.5,
        100 + number,
        "000001",
        () if reason else ("a",),
    )


@pytest.fixture(scope="module")
def service(running: Running) -> str:
    return origin_of(running)


@pytest.fixture
def admin(page: Page, service: str) -> Admin:
    page.goto(f"{service}/admin")
    return Admin(page)


@pytest.fixture
def signed_in(admin: Admin) -> Admin:
    admin.sign_in()
    expect(admin.page.locator("#gap-list li").first).to_be_visible()
    return admin


def test_every_state_is_free_of_known_barriers(admin: Admin, watch: Watch) -> None:
    watch.expect("status of 401")
    page = admin.page
    assert axe.violations(page) == []
    admin.sign_in("a wrong token")
    admin.sign_in("a-wrong-token")
    expect(page.get_by_role("alert").filter(has_text="not the admin token")).to_be_visible()
    assert axe.violations(page) == []
    admin.sign_in()
    expect(page.locator("#gap-list li").first).to_be_visible()
    assert axe.violations(page) == []
    for summary in page.locator("summary").all():
        summary.click()
    assert axe.violations(page) == []
    page.get_by_role("checkbox", name="Remove all earlier generations").check()
    admin.start.click()
    expect(admin.dialog).to_be_visible()
    assert axe.violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1000])
def test_the_page_fits_and_is_readable(width: int, scheme: str, contexts: Contexts, service: str) -> None:
    page = contexts(viewport={"width": width, "height": 700}, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(f"{service}/admin")
    Admin(page).sign_in()
    expect(page.locator("#gap-list li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe.violations(page) == []


def test_the_token_is_in_memory_only(signed_in: Admin, watch: Watch) -> None:
    page = signed_in.page
    stored = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie, location.href])")
    assert TOKEN not in stored + page.content() + "".join(watch.requests)
    assert page.get_by_label("Admin token").input_value() == ""
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator("#signed-in")).to_be_hidden()


def test_signing_out_leaves_nothing_to_read(signed_in: Admin) -> None:
    page = signed_in.page
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Admin token")).to_be_focused()
    for text in ("harbour", "broken.txt", "000001", "figures"):
        assert text not in page.content()


@pytest.mark.parametrize("token", ["", "wrong", "wrong token", "トークン"])
def test_a_wrong_token_is_said_and_the_field_is_kept(token: str, admin: Admin, watch: Watch) -> None:
    if token == "wrong":
        watch.expect("status of 401")
    admin.sign_in(token)
    field = admin.page.get_by_label("Admin token")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    said = "Enter the admin token." if not token else "This is not the admin token of the service."
    expect(field).to_have_accessible_description(re.compile(re.escape(said)))


def test_what_comes_from_outside_is_shown_literally(signed_in: Admin) -> None:
    page = signed_in.page
    expect(page.get_by_role("rowheader", name=HOSTILE_NAME)).to_be_visible()
    card = page.locator("#question-list li").first
    expect(card.locator("h3")).to_have_text(HOSTILE)
    expect(card.locator("blockquote")).to_have_text(HOSTILE)
    assert page.locator("img, main script, main [style]").count() == 0


def test_files_are_shown_with_their_state_and_problems_alone(signed_in: Admin) -> None:
    page = signed_in.page
    expect(page.locator("#files-count")).to_have_text("4 files, 2 indexed, 0 skipped, 2 failed.")
    page.get_by_label("Show", exact=True).select_option("Problems only")
    rows = page.locator("#files tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="broken.txt")).to_contain_text("failed: byte 3 is not valid UTF-8")


def test_what_is_read_of_a_file_has_a_page_of_its_own(signed_in: Admin) -> None:
    page = signed_in.page
    page.get_by_role("link", name="Look at what is read of gardens.txt").click()
    expect(page.get_by_role("heading", name="gardens.txt")).to_be_focused(timeout=120_000)  # a process starts
    expect(page.locator("#read-facts")).to_contain_text("line 1 of the text")
    expect(page.locator("#read-blocks")).to_contain_text("<script>alert('x')</script>")
    expect(page.locator("#read-left")).to_have_text("Nothing is left out.")
    expect(page.get_by_role("heading", name="The collection")).to_be_hidden()
    expect(page.get_by_role("heading", name="Coverage gaps")).to_be_hidden()
    assert axe.violations(page) == []
    page.get_by_role("link", name="Back to the collection").click()
    expect(page.get_by_role("heading", name="The collection")).to_be_visible()
    expect(page.get_by_role("heading", name="Coverage gaps")).to_be_visible()
    expect(page.locator("#read")).to_be_hidden()


def test_the_figures_are_those_of_the_service(signed_in: Admin, running: Running) -> None:
    found: Any = running.client.get("/v1/questions?days=30", headers=ADMIN).json
    assert signed_in.page.locator("#tiles dd.figure").all_text_contents() == ["61", "66%", "21", "130 ms", "1"]
    plots: dict[str, Callable[[Any], tuple[int | None, ...]]] = {
        "Questions": lambda day: (day["answered"], day["asked"] - day["answered"]),
        "Time to an answer or a refusal": lambda day: (day["p50_ms"], day["p95_ms"]),
        "What visitors said of answers": lambda day: (day["up"], day["down"]),
    }
    for title, values in plots.items():
        rows = signed_in.table(title)[1:]
        assert [tuple(row[1:]) for row in rows] == [
            tuple("none" if value is None else str(value) for value in values(day)) for day in found["days"]
        ]


def test_the_bars_are_as_high_as_the_figures(signed_in: Admin, running: Running) -> None:
    found: Any = running.client.get("/v1/questions?days=30", headers=ADMIN).json
    plot = signed_in.plot("Questions").locator(".drawing svg")
    for kind, counts in {
        "first": [day["answered"] for day in found["days"]],
        "second": [day["asked"] - day["answered"] for day in found["days"]],
    }.items():
        heights = plot.locator(f"rect.block.{kind}").evaluate_all("bars => bars.map(bar => bar.height.baseVal.value)")
        shown = [count for count in counts if count]
        assert [height / heights[-1] for height in heights] == pytest.approx([count / shown[-1] for count in shown])
    assert plot.get_attribute("role") == "img"


def test_a_shorter_range_is_drawn_anew(signed_in: Admin) -> None:
    signed_in.page.get_by_label("Range").select_option("7 days")
    expect(signed_in.page.locator("#tiles")).to_contain_text("in the last 7 days")
    assert len(signed_in.table("Questions")) == 8


def test_a_gap_shows_its_trend_and_leads_to_the_nearest_documents(signed_in: Admin) -> None:
    page = signed_in.page
    first = page.locator("#gap-list ol > li").first
    expect(first.locator(".trend")).to_contain_text("rising: 0 in the first half of the range, 20 in the second")
    assert first.locator(".trend svg rect").count() == 5
    assert first.get_by_role("link").count() >= 1
    assert axe.violations(page) == []
    link = first.get_by_role("link").first
    assert "/documents/" in (link.get_attribute("href") or "")


def test_a_message_is_deleted_once_that_is_confirmed(signed_in: Admin, running: Running) -> None:
    page, path = signed_in.page, running.home / "messages.sqlite"
    letters = page.locator(".sent li")
    count = letters.count()
    letter = letters.filter(has_text="reply to")
    expect(letter).to_contain_text(HOSTILE)
    button = letter.get_by_role("button", name="Delete the message of")
    button.click()
    expect(signed_in.dialog).to_contain_text("from ann@example.org. It cannot be brought back.")
    assert axe.violations(page) == []
    signed_in.dialog.get_by_role("button", name="Cancel").click()
    expect(button).to_be_focused()
    assert b"ann@example.org" in path.read_bytes()
    button.click()
    signed_in.dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_have_text("The message is deleted.")
    expect(page.get_by_role("heading", name="Coverage gaps")).to_be_focused()
    expect(letters).to_have_count(count - 1)
    assert b"ann@example.org" not in path.read_bytes()


def test_gaps_are_listed_and_downloaded(signed_in: Admin) -> None:
    page = signed_in.page
    first = page.locator("#gap-list li").first
    expect(first).to_contain_text("refusals")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download as CSV").click()
    assert re.fullmatch(r"coverage-gaps-\d{4}-\d\d-\d\d\.csv", caught.value.suggested_filename)
    text = Path(caught.value.path()).read_bytes().decode("utf-8-sig")
    assert "Who kept the boats of the harbour?,10,nothing_relevant 10," in text


def test_a_list_is_shown_whole_by_keyboard(signed_in: Admin) -> None:
    page = signed_in.page
    expect(page.locator("#question-list ol > li")).to_have_count(20)
    page.locator("#question-list").get_by_role("button", name="Show all 61").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#question-list ol > li")).to_have_count(61)
    expect(page.locator("#question-list")).to_be_focused()


def test_a_rebuild_is_followed_and_announced_by_stage(signed_in: Admin, hold: Path, running: Running) -> None:
    page = signed_in.page
    before = running.index["index_version"]
    hold.touch()
    page.get_by_role("checkbox", name="Build everything again").check()
    signed_in.start.focus()
    page.keyboard.press("Enter")
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    expect(signed_in.start).to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("status")).to_have_text(re.compile("Starting|Reading files|Embedding passages"))
    assert axe.violations(page) == []
    hold.unlink()
    done = f"Done. Generation {int(before) + 1:06} is in use."
    expect(page.locator("#outcome")).to_have_text(done, timeout=_REBUILT_MS)
    expect(page.get_by_role("status")).to_have_text(done)
    expect(bar).to_be_hidden()
    expect(signed_in.start).to_be_focused()
    expect(page.locator("#facts")).to_contain_text(f"{int(before) + 1:06}")


def test_a_rebuild_that_runs_already_is_followed_from_the_start(admin: Admin, hold: Path, running: Running) -> None:
    hold.touch()
    assert running.client.send("POST", "/v1/index/rebuild?full=true", headers=ADMIN).status == 202
    admin.sign_in()
    expect(admin.page.get_by_role("progressbar")).to_be_visible()
    hold.unlink()
    done = re.compile(r"Done\. Generation \d{6} is in use\.")
    expect(admin.page.locator("#outcome")).to_have_text(done, timeout=_REBUILT_MS)


def test_removing_generations_is_confirmed_first(signed_in: Admin, watch: Watch) -> None:
    page = signed_in.page
    page.get_by_role("checkbox", name="Remove all earlier generations").check()
    watch.clear()
    signed_in.start.click()
    expect(signed_in.dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(signed_in.start).to_be_focused()
    assert watch.requests == []
    signed_in.start.click()
    page.get_by_role("button", name="Rebuild and remove").click()
    expect(page.locator("#outcome")).to_contain_text("is in use.", timeout=_REBUILT_MS)
    assert any(request.endswith("/v1/index/rebuild?full=false&purge=true") for request in watch.requests)


def test_a_connection_that_breaks_is_taken_up_again(signed_in: Admin, watch: Watch) -> None:
    watch.expect("ERR_FAILED")
    page = signed_in.page
    page.route("**/v1/index/events", lambda route: route.abort(), times=1)
    signed_in.start.click()
    expect(page.locator("#stage")).to_have_text("The connection broke. Trying again")
    expect(page.locator("#outcome")).to_contain_text("is in use.", timeout=_REBUILT_MS)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            'event: failed\ndata: {"state": "failed", "error": "<b>full</b>"}\n\n',
            "The rebuild failed: <b>full</b>. The index in use is untouched.",
        ),
        (
            "event: done\ndata: null\n\n",
            "The service was started again. The generation above tells whether the rebuild was done.",
        ),
    ],
)
def test_a_rebuild_that_comes_to_nothing_says_why(event: str, said: str, signed_in: Admin) -> None:
    signed_in.page.route(
        "**/v1/index/events", lambda route: route.fulfill(body=event, content_type="text/event-stream"), times=1
    )
    signed_in.start.click()
    expect(signed_in.page.locator("#outcome")).to_have_text(said)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "The service cannot be reached. Check that it runs, then try again."),
        (503, "The service answered with a fault (503): it rests."),
        (401, "The token is not valid any more. Sign in again."),
    ],
)
def test_faults_are_said_in_words(status: int | None, said: str, signed_in: Admin, watch: Watch) -> None:
    watch.expect("ERR_FAILED" if status is None else f"status of {status}")
    page = signed_in.page
    page.route(
        "**/v1/questions?*",
        lambda route: (
            route.abort() if status is None else route.fulfill(status=status, body=json.dumps({"detail": "it rests"}))
        ),
    )
    page.get_by_label("Range").select_option("7 days")
    expect(page.get_by_role("alert").filter(has_text=said)).to_be_visible()
    assert page.locator("#tiles > div").count() == 0
    expect(page.get_by_label("Admin token")).to_be_visible(visible=status == 401)


def test_a_log_that_is_off_says_how_to_switch_it_on(signed_in: Admin, watch: Watch) -> None:
    watch.expect("status of 404")
    page = signed_in.page
    page.route("**/v1/questions?*", lambda route: route.fulfill(status=404, body="{}"))
    page.get_by_label("Range").select_option("7 days")
    expect(page.locator("#off")).to_contain_text("ALLIANCE_QA_QUERY_LOG")
    for section in ("#gaps", "#latest", "#range"):
        expect(page.locator(section)).to_be_hidden()
    assert axe.violations(page) == []
