"""A person who opens a page gets a page, whatever goes wrong; a program gets the problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alliance_qa.errors import IndexDamagedError
from alliance_qa.service.service import Service
from alliance_qa.web import pages
from alliance_qa.web.api import create_app
from alliance_qa.web.pages.shelf import Shelf
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.server import settings_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def client(small_home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Service(settings_of(small_home), WordEmbedder()))) as found:
        yield found


@pytest.mark.parametrize(
    ("fault", "status", "title"),
    [
        (ZeroDivisionError("of /home/keeper/secret"), 500, "Something went wrong"),
        (IndexDamagedError("/home/keeper/secret is damaged"), 503, "Not available at the moment"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/documents"])
def test_a_fault_on_a_page_is_a_page(
    path: str, fault: Exception, status: int, title: str, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Shelf, "entries", fail)
    reply = client.get(path, headers=BROWSER)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in reply.text
    assert "secret" not in reply.text
    assert pages.headers().items() <= {name: reply.headers.get(name) for name in pages.headers()}.items()
    assert (reply.headers.get("retry-after") is not None) == (status == 503)
    program = client.get(path)
    assert (program.status_code, program.headers["content-type"]) == (status, PROBLEM)


def test_an_address_at_which_nothing_is_has_a_page_in_the_reader_s_language(client: TestClient) -> None:
    reply = client.get("/nowhere", headers=BROWSER | {"Accept-Language": "ja"})
    assert (reply.status_code, reply.headers["vary"]) == (404, "Accept, Accept-Language")
    assert '<html lang="ja">' in reply.text
    assert "<h1>ページがありません</h1>" in reply.text


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/documents/nowhere", "/static/nowhere.css", "/widget-0.js"])
def test_what_is_no_page_answers_with_the_problem(path: str, client: TestClient) -> None:
    reply = client.get(path, headers=BROWSER)
    assert (reply.status_code, reply.headers["content-type"]) == (404, PROBLEM)


def test_the_browser_s_language_is_spoken_unless_the_address_names_one(client: TestClient) -> None:
    for path, accepted, lang in (
        ("/documents", "ja", "ja"), ("/documents", "en", "en"), ("/documents?lang=en", "ja", "en"),
        ("/documents/gardens.txt?lang=ja", "en", "ja"), ("/demo?lang=ja", "en", "ja"), ("/", "ja,en;q=0.5", "ja"),
        ("/admin", "ja", "ja"),  # closed
    ):  # fmt: skip
        reply = client.get(path, headers={"Accept-Language": accepted})
        assert f'<html lang="{lang}">' in reply.text, path
        assert "accept-language" in reply.headers["vary"].lower()
