"""Building on a Ray cluster. What needs Ray is skipped where it is not installed."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from alliance_qa import cli
from alliance_qa.building import cluster
from alliance_qa.documents import reading
from alliance_qa.errors import ClusterError, DocumentError, ExtraMissingError
from alliance_qa.settings import load
from edges.embedder import WordEmbedder

ROOT = Path(__file__).resolve().parents[2]
needed = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason='Ray is not installed: pip install "alliance-qa[ray]"'
)


@needed
def test_on_a_cluster() -> None:
    # Ray ends the process of whoever has lost its head, ten minutes later (`cluster._ENVIRONMENT`): not this one.
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(ROOT / "tests/building/on_a_cluster.py"),
    ]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=480)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said


def test_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraMissingError) as error, cluster.connect("auto", load(), WordEmbedder):
        pass
    assert str(error.value) == '--ray needs Ray; run: pip install "alliance-qa[ray]"'


@needed
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_where_nobody_listens_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, scheme: str
) -> None:
    (tmp_path / "documents").mkdir()
    monkeypatch.setenv("ALLIANCE_QA_DOCUMENTS", str(tmp_path / "documents"))
    monkeypatch.setenv("ALLIANCE_QA_INDEX", str(tmp_path / "index"))
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"{scheme}127.0.0.1:{unused.getsockname()[1]}"
        found = CliRunner().invoke(cli.main, ["index", "--ray", address])
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr == (
        f"alliance-qa: the Ray cluster at '{address}' cannot be reached ([Errno 111] Connection refused); start one "
        '("ray start --head") or give another address: "auto", HOST:PORT, ray://HOST:PORT or "local"\n'
    )


@needed
@pytest.mark.parametrize("address", ["somewhere", "ray://somewhere", ":6379", "127.0.0.1:none", "127.0.0.1:99999"])
def test_what_is_no_address_is_named(address: str) -> None:
    found = f"^the Ray cluster at '{address}' cannot be reached"
    with pytest.raises(ClusterError, match=found), cluster.connect(address, load(), WordEmbedder):
        pass


def test_a_task_reads_a_few_files_or_one_that_is_large() -> None:
    large = b"x" * (1 << 20)
    files = [((reading.SourceFile(f"{n}.txt", ""),), large if n in (3, 4) else b"x") for n in range(25)]
    members = tuple(reading.SourceFile(f"a.zip/{n}.txt", "", f"{n}.txt") for n in range(20))
    batches = list(cluster._batches([*files, (members, b"x"), (members[:1], DocumentError("is gone"))]))
    assert [sum(len(sources) for sources, _ in batch) for batch in batches] == [4, 1, 16, 24, 1]
    assert [source.path for batch in batches[:3] for sources, _ in batch for source in sources] == [
        f"{n}.txt" for n in range(21)
    ]
