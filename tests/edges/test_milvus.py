"""A service whose passages Milvus proposes, and what becomes of questions when it is away, slow or lacks them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alliance_qa.building.rebuild import rebuild
from alliance_qa.errors import EngineError, SettingsError
from alliance_qa.index import holdings, store
from alliance_qa.index.milvus import Milvus
from alliance_qa.service.service import Service
from alliance_qa.settings import Settings
from alliance_qa.web.api import create_app
from edges.client import PROBLEM
from edges.embedder import WordEmbedder
from edges.milvus import LiteServer, Proxy, free_port
from edges.server import settings_of, wait
from edges.terminal import run

pytestmark = pytest.mark.usefixtures("reads_here")

QUESTION = {"question": "When was the lighthouse lit?"}
_TOLD_SECONDS = 2.0 + 4.0  # within which a fault must be told, and what a busy machine adds


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiteServer]:
    server = LiteServer(tmp_path_factory.mktemp("lite") / "data", free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def proxy(lite: LiteServer) -> Iterator[Proxy]:
    between = Proxy(lite.port)
    yield between
    between.close()


@pytest.fixture
def settings(small_home: Path, workplace: Path, proxy: Proxy, lite: LiteServer) -> Iterator[Settings]:
    """The settings of a folder whose index was built with FAISS, and then with Milvus."""
    shutil.copytree(small_home, workplace / "home")
    found = settings_of(workplace / "home").model_copy(update={"store": "milvus", "milvus_uri": proxy.uri})
    manifest, changed = rebuild(found, WordEmbedder())
    assert (changed, manifest.reused) == (True, manifest.passages)  # nothing was embedded again
    yield found
    engine = Milvus(lite.uri)
    for name in engine.collections(f"alliance_qa_{holdings.owner(found.index)}_"):
        engine.drop(name)
    engine.close()


@pytest.fixture
def visitor(settings: Settings) -> Iterator[TestClient]:
    service = Service(settings, WordEmbedder())
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client
    service.close()


def asked(visitor: TestClient) -> Any:
    started = time.monotonic()
    reply = visitor.post("/v1/ask", json=QUESTION)
    assert time.monotonic() - started < _TOLD_SECONDS
    return reply


def is_ready(visitor: TestClient) -> bool:
    started = time.monotonic()
    reply = visitor.get("/health/ready")
    assert time.monotonic() - started < _TOLD_SECONDS
    assert visitor.get("/health/live").status_code == 200
    return bool(reply.status_code == 200)


def require_fault(visitor: TestClient) -> None:
    """Find a fault told as one, and no answer."""
    reply = asked(visitor)
    assert (reply.status_code, reply.headers["Content-Type"]) == (503, PROBLEM)
    assert reply.json()["detail"] == "the collection cannot be searched now; see the log of the service"
    assert reply.headers["Retry-After"] == "5"
    time.sleep(1.1)  # so long a check is told again
    assert not is_ready(visitor)


def require_answer(visitor: TestClient) -> None:
    wait(lambda: is_ready(visitor) and asked(visitor).status_code == 200)
    reply = asked(visitor)
    assert reply.json()["passages"][0]["document_id"] == "notes-on-oshima.md-4d7cbfef"


def test_answers_are_those_without_milvus(settings: Settings, visitor: TestClient) -> None:
    plain = Service(settings.model_copy(update={"store": "faiss"}), WordEmbedder())
    with TestClient(create_app(plain)) as other:
        for question in ("When was the lighthouse lit?", "Who kept the harbour?", "What is a quark?"):
            replies = [client.post("/v1/ask", json={"question": question}).json() for client in (visitor, other)]
            for reply in replies:
                for each in ("answer_id", "conversation_id", "took_ms"):
                    reply.pop(each, None)
            assert replies[0] == replies[1]
    plain.close()


@pytest.mark.parametrize("fault", ["away", "slow"])
def test_a_fault_of_milvus_is_told_and_passes(fault: str, visitor: TestClient, proxy: Proxy) -> None:
    require_answer(visitor)
    getattr(proxy, fault)()
    require_fault(visitor)
    proxy.back()
    require_answer(visitor)


def test_a_service_starts_without_milvus_and_answers_once_it_is_there(settings: Settings, proxy: Proxy) -> None:
    proxy.away()
    service = Service(settings, WordEmbedder())
    with TestClient(create_app(service), raise_server_exceptions=False) as visitor:
        require_fault(visitor)
        proxy.back()
        require_answer(visitor)
    service.close()


def test_a_milvus_that_was_killed_and_started_again_answers(visitor: TestClient, lite: LiteServer) -> None:
    require_answer(visitor)
    lite.kill()
    require_fault(visitor)
    lite.start()
    require_answer(visitor)


def test_a_lost_collection_is_a_fault_that_a_build_mends(
    settings: Settings, visitor: TestClient, lite: LiteServer
) -> None:
    require_answer(visitor)
    engine = Milvus(lite.uri)
    for name in engine.collections("alliance_qa_"):
        engine.drop(name)
    engine.close()
    require_fault(visitor)
    assert rebuild(settings, WordEmbedder())[1]
    require_answer(visitor)
    assert rebuild(settings, WordEmbedder())[1] is False


def test_a_released_collection_is_a_fault(settings: Settings, visitor: TestClient, lite: LiteServer) -> None:
    from pymilvus import MilvusClient

    require_answer(visitor)
    client = MilvusClient(uri=lite.uri)
    names = [name for name in client.list_collections() if name.startswith("alliance_qa_")]
    for name in names:
        client.release_collection(name)
    reply = asked(visitor)
    assert reply.status_code in (200, 503)
    require_answer(visitor)  # it is loaded again
    client.close()


def test_a_replica_that_has_not_switched_says_so_after_a_purge(settings: Settings) -> None:
    home = settings.index.parent
    shutil.copytree(settings.index, home / "replica")
    service = Service(settings.model_copy(update={"index": home / "replica"}), WordEmbedder())
    with TestClient(create_app(service), raise_server_exceptions=False) as visitor:
        require_answer(visitor)
        (settings.documents / "new.txt").write_text("Something new about dunes.\n")
        assert rebuild(settings, WordEmbedder(), full=True, purge=True)[1]
        require_fault(visitor)
        shutil.rmtree(home / "replica/generations")
        shutil.copytree(settings.index, home / "replica", dirs_exist_ok=True)
        require_answer(visitor)
    service.close()


def test_a_build_without_milvus_leaves_the_index_as_it_is(settings: Settings, proxy: Proxy) -> None:
    (settings.documents / "new.txt").write_text("Something new about dunes.\n")
    before = store.in_use(settings.index)
    proxy.away()
    with pytest.raises(EngineError, match=r"Milvus at http://.* see that it runs and can be reached"):
        rebuild(settings, WordEmbedder())
    assert store.in_use(settings.index) == before
    proxy.back()
    assert rebuild(settings, WordEmbedder())[1]
    holdings.require(Milvus(proxy.uri), store.read_manifest(settings.index).segments)


def test_the_command_line_names_the_store(settings: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    home = settings.index.parent
    monkeypatch.chdir(home)
    monkeypatch.setenv("ALLIANCE_QA_STORE", "milvus")
    monkeypatch.setenv("ALLIANCE_QA_MILVUS_URI", proxy.uri)
    held = f"Milvus at {proxy.uri} holds all passages"
    assert f"store       {held}\n" in run("status").output
    assert json.loads(run("status", "--json").output)["store"] == held
    assert run("check").exit_code == 0
    proxy.away()
    assert f"store       Milvus at {proxy.uri}" in run("status").output
    assert "see that it runs and can be reached" in json.loads(run("status", "--json").output)["store"]
    closed: list[Milvus] = []
    with monkeypatch.context() as counted:
        counted.setattr(Milvus, "close", lambda self: closed.append(self))
        checked = run("check")
    assert (checked.exit_code, len(closed)) == (1, 1)
    closed[0].close()
    assert "see that it runs and can be reached" in checked.output


def test_no_rollback_to_a_generation_without_milvus(
    settings: Settings, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services would stay on the later one, and none would start."""
    monkeypatch.chdir(settings.index.parent)
    monkeypatch.setenv("ALLIANCE_QA_STORE", "milvus")
    monkeypatch.setenv("ALLIANCE_QA_MILVUS_URI", settings.milvus_uri)
    before = store.in_use(settings.index)
    refused = run("rollback")
    assert refused.exit_code == 1
    assert "was built without Milvus at http://" in refused.output
    assert "take ALLIANCE_QA_STORE=milvus away, here and from services, to use it" in refused.output
    assert store.in_use(settings.index) == before
    monkeypatch.setenv("ALLIANCE_QA_STORE", "faiss")
    assert run("rollback").exit_code == 0
    wait(lambda: visitor.get("/health/ready").json()["status"] == "degraded")
    detail = visitor.get("/health/ready").json()["detail"]
    assert detail.startswith("the generation meant to be in use cannot be; generation 000002 serves;")


def test_a_store_needs_an_address(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="needs a server; set ALLIANCE_QA_MILVUS_URI"):
        holdings.opened(settings.model_copy(update={"milvus_uri": ""}))
