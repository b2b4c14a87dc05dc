"""A keeper puts files into the documents folder, replaces and removes them, in a real browser."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from alliance_qa.building.rebuild import rebuild
from browser import axe
from browser.chromium import Watch
from browser.conftest import Contexts, held, origin_of
from browser.test_admin import Admin
from edges import collection
from edges.embedder import WordEmbedder
from edges.server import Running, hosted, settings_of

BEES = b"Bees of <b>Karuizawa</b>\n\nThe bees of Karuizawa were counted on May 5, 1903.\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, hold: Path) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("uploads")
    collection.write_small(home / "documents")
    rebuild(settings_of(home), WordEmbedder())
    with held(home, hold) as found:
        yield found


@pytest.fixture(scope="module")
def service(running: Running) -> str:
    return origin_of(running)


@pytest.fixture
def admin(page: Page, service: str, watch: Watch) -> Admin:
    watch.expect("status of 404")  # no questions are kept
    return opened(page, service)


def opened(page: Page, service: str) -> Admin:
    page.goto(f"{service}/admin")
    found = Admin(page)
    found.sign_in()
    expect(page.locator("#files-count")).to_be_visible()
    expect(page.locator("#off")).to_be_visible()
    return found


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label("New files").set_input_files(list(files))
    page.get_by_role("button", name="Upload").click()


def file(name: str, data: bytes = BEES) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": data}


def item(page: Page, name: str) -> Locator:
    return page.locator("#upload-list > li").filter(has=page.get_by_role("heading", name=name, exact=True))


def test_files_are_followed_from_the_browser_into_the_index(
    admin: Admin, hold: Path, watch: Watch, running: Running
) -> None:
    watch.expect("status of 4(15|22)")
    page = admin.page
    page.get_by_label("Folder").fill("talks/2026")
    hold.touch()
    choose(page, file("<b>.txt"), file("torn.txt", b"caf\xe9"), file("a.exe"))
    expect(item(page, "talks/2026/torn.txt")).to_contain_text(
        "Not taken: talks/2026/torn.txt: byte 3 is not valid UTF-8", timeout=120_000
    )
    expect(item(page, "talks/2026/a.exe")).to_contain_text("has a suffix that is not taken")
    expect(item(page, "talks/2026/<b>.txt")).to_contain_text(
        "Added. Read: “Bees of <b>Karuizawa</b>”, 76 characters, 1 passage. It waits for the index."
    )
    expect(page.locator("#running")).to_be_visible()
    assert axe.violations(page) == []
    hold.unlink()
    expect(item(page, "talks/2026/<b>.txt")).to_contain_text("In the index, with 1 passage.", timeout=120_000)
    expect(page.get_by_role("rowheader", name="talks/2026/<b>.txt")).to_be_visible()
    assert (running.home / "documents/talks/2026/<b>.txt").read_bytes() == BEES
    assert axe.violations(page) == []


def test_replacing_and_removing_are_confirmed_first(admin: Admin, watch: Watch, running: Running) -> None:
    page, path = admin.page, running.home / "documents" / "gardens.txt"
    before = path.read_bytes()
    watch.clear()
    choose(page, file("gardens.txt"))
    expect(admin.dialog).to_contain_text("Replace 1 file?")
    assert axe.violations(page) == []
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Remove gardens.txt").click()
    expect(admin.dialog).to_contain_text("Remove gardens.txt?")
    page.keyboard.press("Escape")
    assert (path.read_bytes(), watch.requests) == (before, [])
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Replace").click()
    expect(item(page, "gardens.txt")).to_contain_text("Replaced. Read:", timeout=120_000)
    expect(item(page, "gardens.txt")).to_contain_text("In the index", timeout=120_000)
    assert path.read_bytes() == BEES
    page.get_by_role("button", name="Remove gardens.txt").click()
    admin.dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_focused()
    expect(page.get_by_role("rowheader", name="gardens.txt")).to_be_hidden(timeout=120_000)
    assert not path.exists()


def test_a_file_that_another_keeper_put_meanwhile_is_left_alone(admin: Admin, watch: Watch, running: Running) -> None:
    watch.expect("status of 412")
    path = running.home / "documents" / "other.txt"
    path.write_bytes(b"Of another keeper.\n")
    choose(admin.page, file("other.txt"))
    expect(item(admin.page, "other.txt")).to_contain_text("Not taken: other.txt: is there already.", timeout=120_000)
    assert path.read_bytes() == b"Of another keeper.\n"


def test_what_cannot_be_reached_or_is_too_large_is_said(admin: Admin, watch: Watch) -> None:
    watch.expect("ERR_FAILED")
    page = admin.page
    page.route("**/v1/documents/**", lambda route: route.abort())
    page.evaluate(
        "Object.defineProperty(File.prototype, 'size', { get() { return this.name === 'big.txt' ? 1e9 : 10; } })"
    )
    choose(page, file("big.txt"), file("small.txt"))
    expect(item(page, "big.txt")).to_contain_text("Not taken: it is larger than 64 MiB.")
    expect(item(page, "small.txt")).to_contain_text("Not taken: the service cannot be reached")
    assert axe.violations(page) == []


def test_a_folder_that_is_read_only_says_so(page: Page, running: Running, watch: Watch) -> None:
    watch.expect("status of 404")
    with hosted(running.home, upload_mb=0) as off:
        watch.origins.add(origin_of(off))
        opened(page, origin_of(off))
        said = "Nothing can be added or removed here: putting and removing files is off (ALLIANCE_QA_UPLOAD_MB=0)."
        expect(page.locator("#upload-refused")).to_have_text(said)
        expect(page.get_by_role("button", name="Upload")).to_be_hidden()
        expect(page.get_by_role("button", name=re.compile("^Remove "))).to_have_count(0)
        assert axe.violations(page) == []
        page.get_by_role("button", name="Sign out").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_upload_fits_a_narrow_window(scheme: Any, contexts: Contexts, service: str, watch: Watch) -> None:
    watch.expect("status of 404")
    page = contexts(viewport={"width": 320, "height": 700}, color_scheme=scheme, reduced_motion="reduce").new_page()
    opened(page, service)
    page.route("**/v1/documents/**", lambda route: None)  # it takes for ever
    choose(page, file(f"{'a-long-name-' * 8}.txt"))
    expect(page.locator("#upload-list progress")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe.violations(page) == []
    page.get_by_role("button", name="Sign out").click()


def test_an_archive_is_followed_replaced_and_removed_as_a_whole(admin: Admin, running: Running) -> None:
    page = admin.page
    choose(page, archive({"bees.txt": BEES, "a.exe": b"x", "b.md": BEES}))
    expect(item(page, "box.zip")).to_contain_text("In the index: 2 of 3 files, with 2 passages.", timeout=120_000)
    row = page.get_by_role("row").filter(has_text="box.zip/bees.txt")
    row.get_by_role("link", name="Look at what is read of box.zip/bees.txt").click()
    expect(page.locator("#read-title")).to_have_text("box.zip/bees.txt")
    page.go_back()
    choose(page, archive({"bees.txt": BEES}))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Replace 1 file?")
    dialog.get_by_role("button", name="Replace").click()
    expect(item(page, "box.zip")).to_contain_text("In the index: 1 of 1 file, with 1 passage.", timeout=120_000)
    page.get_by_role("button", name="Remove box.zip, in which box.zip/bees.txt lies").click()
    expect(dialog).to_contain_text("Remove box.zip?")
    expect(dialog).to_contain_text("With it goes the file in it.")
    dialog.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0, timeout=120_000)
    assert not (running.home / "documents" / "box.zip").exists()


def archive(entries: dict[str, bytes]) -> FilePayload:
    with zipfile.ZipFile(data := io.BytesIO(), "w") as opened:
        for name, content in entries.items():
            opened.writestr(name, content)
    return {"name": "box.zip", "mimeType": "application/zip", "buffer": data.getvalue()}
