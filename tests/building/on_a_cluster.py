"""A rebuild on a Ray cluster gives the local index, whatever happens to a node. `test_cluster.py` runs this."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest

from alliance_qa.building import cluster, rebuild
from alliance_qa.building.rebuild import Progress
from alliance_qa.documents import reading
from alliance_qa.errors import ClusterError, Failure
from alliance_qa.index import store
from alliance_qa.index.manifest import Manifest
from alliance_qa.ports import Embedder
from alliance_qa.settings import Settings, load
from edges.embedder import WordEmbedder
from edges.ray_nodes import DYING, Counted, Elsewhere, ReadBy
from small_collection import FILES

STORE_BYTES = 100 << 20
Nodes = Any  # ray.cluster_utils.Cluster


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """A head and two nodes, of one core each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster._ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # for the nodes' processes
        from ray.cluster_utils import Cluster

        node = {"num_cpus": 1, "object_store_memory": STORE_BYTES}
        # Sockets have short paths.
        with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
            patch.setenv("RAY_TMPDIR", folder)
            made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
            made.add_node(**node)
            made.add_node(**node)
            yield made
            made.shutdown()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return load(documents=folder, index=tmp_path / "index", passage_tokens=40)


def built_here(settings: Settings, tmp_path: Path) -> Manifest:
    """Build the same on this machine alone."""
    return rebuild.rebuild(settings.model_copy(update={"index": tmp_path / "here"}), WordEmbedder())[0]


def built(
    address: str, settings: Settings, load: Callable[[], Embedder], report: rebuild.Report = lambda _: None
) -> Manifest:
    with cluster.connect(address, settings, load) as executor:
        return rebuild.rebuild(settings, load(), report=report, executor=executor)[0]


def states(manifest: Manifest) -> list[tuple[str, str | None, int, str | None, str | None]]:
    return [(s.path, s.document_id, s.passages, s.failure, s.reason) for s in manifest.sources]


def ray_processes() -> list[str]:
    """Return the titles of all processes in which Ray runs tasks of ours."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = path.read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if title.startswith(("ray::_read", "ray::_embed")):
            found.append(title)
    return found


def test_the_index_is_the_local_one_though_a_node_is_lost(
    nodes: Nodes, settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = [b"# Row %d\n\nMaple number %d stands in row %d of the garden." % (n, n, n) for n in range(600)]
    for at in range(0, 600, 30):
        (settings.documents / f"rows-{at:03}.md").write_bytes(b"\n\n".join(rows[at : at + 30]))
    expected = built_here(settings, tmp_path)
    lost = nodes.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    (tmp_path / "counted").mkdir()
    counted = Counted(tmp_path / "counted", nodes=4)
    seen = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if progress.stage == "embedding" and progress.done and lost in nodes.worker_nodes:
            end = time.monotonic() + 120
            while not (working := counted.embedding(lost.node_id)) and time.monotonic() < end:
                time.sleep(0.01)
            assert working, "the node that is to be lost embeds nothing"
            os.kill(working[0], signal.SIGKILL)  # which outlives its node for a moment, other than on a machine
            nodes.remove_node(lost, allow_graceful=False)

    manifest = built(nodes.address, settings, counted, report)

    # Every file of the index: texts, spans and terms, and the vectors, too.
    assert [segment.files for segment in manifest.segments] == [segment.files for segment in expected.segments]
    assert states(manifest) == states(expected)
    assert (manifest.passages, lost in nodes.worker_nodes) == (expected.passages, False)
    embedded = Counter(counted.texts())
    again = sum(embedded.values()) - len(embedded)
    assert len(embedded) == manifest.passages
    assert 0 < again <= 64, "what the lost node was at, and nothing else, is embedded again"
    assert [p.done for p in seen if p.stage == "reading"] == list(range(1, 24))
    assert [p.done for p in seen if p.stage == "embedding"] == [*range(0, manifest.passages, 64), manifest.passages]
    assert capfd.readouterr() == ("", ""), "Ray says nothing"


def test_a_file_that_cannot_be_read_has_the_reason_that_it_has_here(
    nodes: Nodes, settings: Settings, tmp_path: Path
) -> None:
    (settings.documents / "empty.txt").write_bytes(b"")
    (settings.documents / "latin.txt").write_bytes(b"caf\xe9")
    with ZipFile(settings.documents / "held.zip", "w") as held:
        held.writestr("one.txt", "The bell rang once.\n")
        held.writestr("two.txt", b"caf\xe9")
    expected = built_here(settings, tmp_path)
    found = built(nodes.address, settings, WordEmbedder)
    assert states(found) == states(expected)
    assert {state.path: state.failure for state in found.sources if state.failure} == {
        "empty.txt": Failure.EMPTY,
        "held.zip/two.txt": Failure.ENCODING,
        "latin.txt": Failure.ENCODING,
    }


def test_a_file_that_ends_its_reader_has_the_reason_that_it_has_here(
    nodes: Nodes, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (sys.executable, "-P", "-c", DYING)
    monkeypatch.setattr(reading, "_COMMAND", list(command))
    (settings.documents / "die.txt").write_text("die")
    expected = built_here(settings, tmp_path)
    found = built(nodes.address, settings, ReadBy(command))
    assert states(found) == states(expected)
    assert [(state.path, state.failure) for state in found.sources if state.failure] == [("die.txt", Failure.CRASHED)]


def test_a_node_without_the_model_is_named(nodes: Nodes, settings: Settings) -> None:
    with pytest.raises(ClusterError) as error:
        built(nodes.address, settings, Elsewhere(os.getpid()))
    assert str(error.value) == (
        f"the node {socket.gethostname()} of the Ray cluster: model 'words' cannot be loaded (no such folder); "
        "check ALLIANCE_QA_MODEL"
    )
    assert store.in_use(settings.index) is None


def test_a_node_with_another_model_embeds_nothing(nodes: Nodes, settings: Settings) -> None:
    with pytest.raises(ClusterError) as error:
        built(nodes.address, settings, Elsewhere(os.getpid(), "1" * 64))
    assert str(error.value) == (
        f"the node {socket.gethostname()} of the Ray cluster: its fingerprint is {'1' * 40}, the builder's {'0' * 40}; "
        "install the same alliance-qa, model and Tesseract on both"
    )


def test_what_is_interrupted_leaves_nothing_running(nodes: Nodes, settings: Settings, tmp_path: Path) -> None:
    def interrupt() -> None:
        end = time.monotonic() + 120
        while not ray_processes() and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    def report(progress: Progress) -> None:
        if progress.stage == "embedding":
            threading.Thread(target=interrupt, daemon=True).start()

    handler = signal.getsignal(signal.SIGTERM)
    (tmp_path / "counted").mkdir()
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # by a test's worker
    try:
        with pytest.raises(KeyboardInterrupt):
            built(nodes.address, settings, Counted(tmp_path / "counted", nodes=1, seconds=60), report)
    finally:
        signal.signal(signal.SIGINT, ignored)
    end = time.monotonic() + 30
    while ray_processes() and time.monotonic() < end:
        time.sleep(0.1)
    assert ray_processes() == []
    assert signal.getsignal(signal.SIGTERM) is handler
    assert store.in_use(settings.index) is None


def test_a_cluster_that_is_lost_leaves_the_index_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import ray

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setattr(cluster, "_LOST_SECONDS", 3.0)
    (tmp_path / "counted").mkdir()
    before = rebuild.rebuild(settings, WordEmbedder())[0]
    (settings.documents / "d.txt").write_text("Dunes\n\nThe dunes of Tottori are wide.\n")

    def report(progress: Progress) -> None:
        if progress.stage == "reading":
            for process in ray._private.worker._global_node.all_processes.values():
                process[0].process.kill()

    with pytest.raises(
        ClusterError, match=r"^the Ray cluster at .local. failed \(its head does not answer\); the index is as it was\."
    ):
        built("local", settings, Counted(tmp_path / "counted", nodes=1), report)
    assert store.read_manifest(settings.index) == before
    assert not ray.is_initialized()
