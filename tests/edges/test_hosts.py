"""By which names the service may be called, and from which pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alliance_qa.service.service import Service
from alliance_qa.settings import Settings, host_name
from alliance_qa.web.api import create_app, hosts
from alliance_qa.web.api import server as api_server
from alliance_qa.web.api.repeats import Repeats
from edges.client import PROBLEM
from edges.conftest import ORIGIN
from edges.embedder import WordEmbedder
from edges.server import settings_of

PUBLIC = "https://qa.example.org:8443"
CHAT = {"model": "alliance-qa", "messages": [{"role": "user", "content": "When was the lighthouse lit?"}]}


@contextmanager
def calling(home: Path, **changes: object) -> Iterator[TestClient]:
    settings = settings_of(home).model_copy(update={"hosts": (), **changes})
    app = create_app(Service(settings, WordEmbedder()))
    with TestClient(app, "http://localhost:8000", follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def local(small_home: Path) -> Iterator[TestClient]:
    with calling(small_home, origins=(ORIGIN,)) as client:
        yield client


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "localhost:1", "LocalHost:65535", "[::1]", "[::1]:8000"]
)
def test_the_names_of_this_machine_are_answered(host: str, local: TestClient) -> None:
    assert local.get("/v1/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil-localhost",
        "localhost.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.2",
        "0.0.0.0",
        "[::]",
        "[::ffff:127.0.0.1]",
        "192.168.1.5",
    ],
)
@pytest.mark.parametrize("path", ["/", "/demo", "/v1/models", "/v1/ask/", "/docs/static/x", "/health/live", "/nowhere"])
def test_another_name_is_421_and_told_what_its_keeper_can_set(host: str, path: str, local: TestClient) -> None:
    reply = local.get(path, headers={"Host": host})
    assert (reply.status_code, reply.headers["content-type"]) == (421, PROBLEM)
    name = host_name(host.removesuffix(":8000"))
    assert reply.json()["detail"] == (
        f"this service is not called {name}; if visitors use this name, its keeper adds it to ALLIANCE_QA_HOSTS"
    )


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost:",
        "localhost:99999",
        "localhost:x",
        "localhost:80:80",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost:80@evil.example",
        "localhost/evil",
        "localhost?",
        "localhost, evil.example",
        "local host",
        "localhost\u00a0",
        "*",
        "<script>",
        "[::1",
        "::1",
        "[localhost]",
        "a" * 300,
    ],
)
def test_what_is_no_name_is_421_and_not_repeated(host: str, local: TestClient) -> None:
    reply = local.get("/v1/models", headers={b"Host": host.encode("latin-1")})
    assert (reply.status_code, reply.json()["detail"]) == (421, "the Host header does not name a host")


def test_a_page_that_lets_its_name_mean_this_machine_may_not_ask(local: TestClient) -> None:
    headers = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert local.post("/v1/ask", json={"question": "?"}, headers=headers).status_code == 421


@pytest.mark.parametrize(
    ("changes", "own"),
    [
        ({}, set()),
        ({"host": "0.0.0.0"}, set()),
        ({"host": "::"}, set()),
        ({"host": "192.168.1.5"}, {"192.168.1.5"}),
        ({"host": "FD00:0::5"}, {"[fd00::5]"}),
        ({"host": "Box.lan", "hosts": ("qa.lan",)}, {"box.lan", "qa.lan"}),
        ({"public_url": PUBLIC}, {"qa.example.org"}),
        ({"public_url": "http://[fd00::5]:8000"}, {"[fd00::5]"}),
    ],
)
def test_which_names_are_its_own(changes: dict[str, object], own: set[str]) -> None:
    assert hosts.names(Settings(**changes)) == {"127.0.0.1", "localhost", "[::1]"} | own  # type: ignore[arg-type]


def test_an_address_of_ipv6_is_one_name_however_it_is_written(local: TestClient) -> None:
    assert local.get("/health/live", headers={"Host": "[0:0:0:0:0:0:0:1]:8000"}).status_code == 200


def test_a_public_address_of_ipv6_is_called_as_browsers_write_it(small_home: Path) -> None:
    with calling(small_home, public_url="http://[fd00:0::5]:8000") as client:
        assert client.get("/health/live", headers={"Host": "[fd00::5]:8000"}).status_code == 200


def test_a_name_that_is_set_is_answered(small_home: Path) -> None:
    with calling(small_home, hosts=("192.168.1.5", "[fd00::5]")) as client:
        names = ["192.168.1.5:8000", "[FD00::5]:8000", "192.168.1.6"]
        assert [client.get("/v1/models", headers={"Host": name}).status_code for name in names] == [200, 200, 421]


def test_a_keeper_who_serves_a_network_is_told_what_is_missing(
    small_home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda self: None)
    said = []
    for changes in ({}, {"host": "0.0.0.0"}, {"host": "0.0.0.0", "hosts": ("qa.lan",)}):
        settings = settings_of(small_home).model_copy(update={"hosts": (), **changes})
        service = Service(settings, WordEmbedder())
        api_server.run(create_app(service), service)
        said.append([record.getMessage() for record in caplog.records])
        caplog.clear()
        service.close()
    warning = (
        "serving on all addresses, but answering only requests for 127.0.0.1, [::1], localhost; "
        "name the hosts that visitors use in ALLIANCE_QA_HOSTS"
    )
    assert said == [[], [warning], []]


@pytest.mark.parametrize("host", ["localhost:8000", "qa.example.org", "qa.example.org:8443"])
def test_no_address_in_a_reply_is_the_callers_where_there_is_a_public_one(host: str, small_home: Path) -> None:
    claims = {
        "Host": host,
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example;proto=http",
        "X-Forwarded-Prefix": "/evil",
    }
    with calling(small_home, public_url=PUBLIC) as client:
        completion = client.post("/v1/chat/completions", json=CHAT, headers=claims).json()
        for note in completion["choices"][0]["message"]["annotations"]:
            assert note["url_citation"]["url"].startswith(f"{PUBLIC}/documents/")
        assert completion["choices"][0]["message"]["annotations"]
        for path in ("/", "/demo"):
            page = client.get(path, headers=claims).text
            assert PUBLIC in page
            assert "localhost" not in page.replace(PUBLIC, "")
        assert client.get("/documents/", headers=claims).headers["location"] == f"{PUBLIC}/documents"


def test_without_a_public_one_it_is_the_name_that_was_called(local: TestClient) -> None:
    page = local.get("/demo", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}).text
    assert 'src="http://localhost:8000/widget.js"' in page.replace("&#34;", '"')
    assert "evil.example" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:8001", "http://127.0.0.1:8000"])
def test_a_page_of_another_origin_gets_nothing(method: str, origin: str, local: TestClient) -> None:
    reply = local.request(method, "/v1/search?question=a", headers={"Origin": origin})
    assert (reply.status_code, "access-control-allow-origin" in reply.headers) == (403, False)


@pytest.mark.parametrize("origin", ["http://localhost:8000", ORIGIN, None])
def test_own_pages_pages_that_are_allowed_and_programs_may_ask(origin: str | None, local: TestClient) -> None:
    reply = local.get("/v1/search?question=a", headers={"Origin": origin} if origin else {})
    assert reply.status_code == 200


def test_a_page_of_the_public_address_may_ask(small_home: Path) -> None:
    with calling(small_home, public_url=PUBLIC) as client:
        statuses = [
            client.post("/v1/ask", json={"question": "?"}, headers={"Origin": origin}).status_code
            for origin in (PUBLIC, "http://localhost:8000", "http://qa.example.org:8443", "https://qa.example.org")
        ]
    assert statuses == [200, 200, 403, 403]


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 403),  # <img src="http://localhost:8000/v1/search?question=…">
        ("same-site", "no-cors", 403),  # of another port
        ("same-origin", "no-cors", 200),
        ("cross-site", "navigate", 200),  # a link
        ("none", "navigate", 200),  # typed
    ],
)
def test_what_a_page_of_another_origin_only_loads_is_refused(
    site: str, mode: str, status: int, local: TestClient
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    assert local.get("/v1/search?question=a", headers=headers).status_code == status


def test_a_line_is_logged_once_a_minute_with_how_many_were_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, now = logging.getLogger("tests.once"), 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    log.addFilter(Repeats(1))
    for number in range(5):
        log.warning("a thing of %s", number)
        log.warning("another of %s", number)
    now += 60
    log.warning("a thing of %s", 6)
    now += 60
    log.warning("a thing of %s", 7)
    assert [record.getMessage() for record in caplog.records] == [
        "a thing of 0",
        "another of 0",
        "a thing of 6 (4 more since the last such line)",
        "a thing of 7",
    ]


def test_names_that_are_refused_are_logged_once_a_minute(
    local: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(hosts.__name__), "filters", [Repeats(1)])
    for number in range(20):
        assert local.get("/", headers={"Host": f"h{number}.example"}).status_code == 421
    assert [record.getMessage() for record in caplog.records if record.name == hosts.__name__] == [
        "a request for the host h0.example was refused; if visitors use this name, add it to ALLIANCE_QA_HOSTS"
    ]
