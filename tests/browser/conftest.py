"""One browser, one real service and a fake one for all tests here; for each test a watched context of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from alliance_qa.building.rebuild import rebuild
from browser import chromium, fake, hosts
from browser.chromium import NoBrowserError, Watch
from browser.fake import Fake
from browser.hosts import STRICT, Hosts
from edges import collection, keeper, server
from edges.embedder import WordEmbedder
from edges.server import Running, Server, clean_environment, settings_of

TIMEOUT_MS = 60_000  # of a busy machine, too

UNLIMITED = {f"ALLIANCE_QA_LIMIT_{of}": "off" for of in ("PER_ADDRESS", "PER_CONVERSATION", "OVERALL")}

HostPage = Callable[..., str]


class Contexts(Protocol):
    """Opens watched contexts."""

    def __call__(self, **options: Any) -> BrowserContext: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let one worker run all tests here: with one browser, and one of each service."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.xdist_group("browser"))


# The scope is the package's: while playwright runs, this thread has an event loop, which later tests could not bear.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The browser."""
    try:
        with chromium.started() as found:
            yield found
    except NoBrowserError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="package")
def site() -> Iterator[Hosts]:
    """Another origin's web site, whose pages may call the services."""
    with hosts.served() as found:
        yield found


@pytest.fixture(scope="package")
def stranger() -> Iterator[Hosts]:
    """A web site whose pages may not call the services."""
    with hosts.served() as found:
        yield found


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory, shipped: Path, site: Hosts) -> Iterator[Server]:
    """The real server with the real model over the documents that are shipped; its log of questions is on."""
    home = tmp_path_factory.mktemp("service") / "home"
    shutil.copytree(shipped, home)
    environment = {
        "ALLIANCE_QA_ORIGINS": site.origin,
        "ALLIANCE_QA_QUERY_LOG": str(home / "questions.sqlite"),
        "ALLIANCE_QA_EXAMPLES": "",  # those made from the documents
        **UNLIMITED,
    }
    with server.serving(home, command=server.MODEL, environment=environment) as found:
        server.wait(lambda: found.client.get("/v1/collection").json["examples"])
        yield found


@pytest.fixture(scope="package")
def service(running: Server) -> str:
    """The real service's origin."""
    return origin_of(running)


@pytest.fixture(scope="module")
def hold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """While this file is there, a rebuild stands still."""
    return tmp_path_factory.mktemp("hold") / "hold"


@contextmanager
def held(home: Path, hold: Path, **settings: Any) -> Iterator[Running]:
    """Serve a folder without a model; while the file `hold` is there, a rebuild stands still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keeper.HOLD, str(hold))
        with server.hosted(home, **settings) as running:
            yield running


@pytest.fixture(scope="package")
def limited(tmp_path_factory: pytest.TempPathFactory, site: Hosts) -> Iterator[str]:
    """The origin of a real service without a model that takes one question an hour."""
    home = tmp_path_factory.mktemp("limited")
    collection.write_small(home / "documents")
    rebuild(settings_of(home), WordEmbedder())
    with server.hosted(home, origins=(site.origin,), limit_per_address="1/hour") as found:
        yield origin_of(found)


@pytest.fixture(scope="package")
def faking(site: Hosts) -> Iterator[Fake]:
    """The fake service; `fake` is the same as at its start for each test."""
    with fake.served(lambda: [site.origin]) as found:
        yield found


@pytest.fixture(name="fake")
def fake_service(faking: Fake) -> Fake:
    """A service that says what the test tells it to."""
    faking.reset()
    return faking


def origin_of(running: Running) -> str:
    return f"http://{running.client.host}:{running.client.port}"


@pytest.fixture
def watch(site: Hosts, request: pytest.FixtureRequest) -> Iterator[Watch]:
    """What the test's pages do; what was not expected fails the test at its end."""
    origins = {site.origin}
    for name in ("service", "fake"):
        if name in request.fixturenames:
            value = request.getfixturevalue(name)
            origins.add(value if isinstance(value, str) else value.origin)
    found = Watch(origins)
    yield found
    assert found.found == []


@pytest.fixture
def contexts(browser: Browser, watch: Watch) -> Iterator[Contexts]:
    """Opens watched contexts, which are closed at the test's end."""
    opened = []

    def open_context(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(TIMEOUT_MS)
        watch.follow(context)
        opened.append(context)
        return context

    yield open_context
    for context in opened:
        assert context.cookies() == []
        context.close()


@pytest.fixture
def page(contexts: Contexts) -> Page:
    """A watched page of ordinary size."""
    return contexts(viewport={"width": 1000, "height": 760}).new_page()


@pytest.fixture
def host_page(site: Hosts) -> HostPage:
    """Puts a page on the other site that embeds a service's element; returns its address."""

    def put(service: str, *, policy: str = STRICT, **parts: Any) -> str:
        return site.put(hosts.embedding(service, **parts), policy.replace("SERVICE", service))

    return put


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no settings but those that a test makes."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
