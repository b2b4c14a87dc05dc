"""An index built on a Ray cluster with the real model: `PYTHONPATH=src:tests python -m campaigns.cluster`.

The documents of the project, or of a folder that is named, are built by the keeper's command three times: here,
on a cluster of a head and two nodes on this machine of which one is killed on the way, and by Ray's client
(`ray://`). All must be the same: texts, spans and words byte for byte, vectors to 1e-5. A fourth build is ended by
SIGTERM: nothing of it may run on, and the index must be as it was.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from alliance_qa.building.cluster import _ENVIRONMENT as QUIET
from alliance_qa.index import store
from alliance_qa.index.manifest import Manifest
from edges.server import clean_environment

_ROOT = Path(__file__).resolve().parents[2]
_NODE = {"num_cpus": 1, "object_store_memory": 150 << 20}
_VECTORS = ("vectors.npy", "sentences.npy")


@dataclass
class Outcome:
    """What came of it."""

    seconds: dict[str, float] = field(default_factory=dict)
    passages: int = 0
    differing: list[str] = field(default_factory=list)  # files of the index
    farthest: float = 0.0  # of two vectors' components
    said: list[str] = field(default_factory=list)  # by Ray, to the keeper
    left: list[str] = field(default_factory=list)  # running, after the build that was ended
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        return (
            f"{self.passages} passages: {took}; {len(self.differing)} files differ {self.differing or ''}, vectors by "
            f"{self.farthest:.1g} at most; {len(self.said)} lines of Ray's; {len(self.left)} processes left; "
            f"{self.wrong or 'nothing wrong'}"
        )


def run(documents: Path, home: Path, *, passage_tokens: int) -> Outcome:
    """Build it four times in a folder."""
    from ray.cluster_utils import Cluster

    os.environ |= QUIET | {"PYTHONPATH": os.pathsep.join(sys.path), "ALLIANCE_QA_PASSAGE_TOKENS": str(passage_tokens)}
    shutil.copytree(documents, home / "documents")
    outcome = Outcome()
    here = _build(outcome, home, "here")
    assert here is not None
    outcome.passages = here.passages
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    os.environ["RAY_TMPDIR"] = folder = tempfile.mkdtemp(prefix="ray-")  # sockets have short paths
    nodes = Cluster(
        initialize_head=True,
        head_node_args=_NODE | {"include_dashboard": False, "ray_client_server_port": port},
    )
    try:
        lost = [nodes.add_node(**_NODE), nodes.add_node(**_NODE)][0]

        def lose(progress: dict[str, Any], _: subprocess.Popen[str]) -> None:
            if progress["stage"] == "embedding" and progress["done"] and lost in nodes.worker_nodes:
                nodes.remove_node(lost, allow_graceful=False)

        _compare(outcome, home, here, _build(outcome, home, "cluster", nodes.address, lose))
        if lost in nodes.worker_nodes:
            outcome.wrong.append("no node was lost")
        _compare(
            outcome, home, here, _build(outcome, home, "client", f"ray://{nodes.head_node.node_ip_address}:{port}")
        )
        _end(outcome, home, nodes.address)
    finally:
        nodes.shutdown()
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _build(
    outcome: Outcome,
    home: Path,
    name: str,
    address: str = "",
    look: Callable[[dict[str, Any], subprocess.Popen[str]], None] = lambda *_: None,
    code: int = 0,
) -> Manifest | None:
    """Run the keeper's command; `look` is shown how far it is. Return what it built, None where it was ended."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "alliance_qa", "index", "--progress", *(["--ray", address] if address else [])],
        env=clean_environment() | {"PYTHONPATH": os.environ["PYTHONPATH"]} | _settings(home, name),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            look(json.loads(line), process)
        else:
            outcome.said.append(line)
    if (ended := process.wait()) != code:
        outcome.wrong.append(f"{name}: exit code {ended}, not {code}")
        return None
    outcome.seconds[name] = time.monotonic() - started
    return None if code else store.read_manifest(home / name)


def _settings(home: Path, name: str) -> dict[str, str]:
    return {
        "ALLIANCE_QA_DOCUMENTS": str(home / "documents"),
        "ALLIANCE_QA_INDEX": str(home / name),
        "ALLIANCE_QA_PASSAGE_TOKENS": os.environ["ALLIANCE_QA_PASSAGE_TOKENS"],
    }


def _compare(outcome: Outcome, home: Path, here: Manifest, there: Manifest | None) -> None:
    if there is None or len(here.segments) != len(there.segments):
        outcome.wrong.append("not as many segments")
        return
    indexes = [sorted((home / name / "generations").glob("*")) for name in ("here", list(outcome.seconds)[-1])]
    for ours, theirs in zip(here.segments, there.segments, strict=True):
        outcome.differing += [file for file in ours.files if ours.files[file] != theirs.files.get(file)]
        for file in _VECTORS:
            one, other = (np.load(next(index[-1].rglob(f"{ours.name}/{file}"))) for index in indexes)
            apart = np.abs(one.astype(np.float64) - other.astype(np.float64)).max(initial=0)
            outcome.farthest = max(outcome.farthest, float(apart))


def _end(outcome: Outcome, home: Path, address: str) -> None:
    """End a build of everything anew; see what is left of it."""
    before = store.read_manifest(home / "cluster")
    for file in (home / "documents").iterdir():
        file.write_bytes(file.read_bytes() + b"\n")

    def end(progress: dict[str, Any], process: subprocess.Popen[str]) -> None:
        if progress["stage"] == "reading" and progress["done"] == 1:
            process.send_signal(signal.SIGTERM)

    _build(outcome, home, "cluster", address, end, code=128 + signal.SIGTERM)
    if store.read_manifest(home / "cluster") != before:
        outcome.wrong.append("the index is another after a build that was ended")
    end_of_waiting = time.monotonic() + 30
    while (left := _running()) and time.monotonic() < end_of_waiting:
        time.sleep(0.2)
    outcome.left = left


def _running() -> list[str]:
    """Return the command lines of tasks of ours, and of processes that read files for them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        # A reader whose folder is empty gets bytes, as only those of a cluster do.
        if title.startswith(("ray::_read", "ray::_embed")) or "alliance_qa.documents.worker  " in title:
            found.append(title)
    return found


def main() -> None:
    """Run it as the command line says; the exit code is 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="?", type=Path, default=_ROOT / "documents")
    parser.add_argument("--passage-tokens", type=int, default=48)
    arguments = parser.parse_args()
    with TemporaryDirectory() as home:
        outcome = run(arguments.documents, Path(home), passage_tokens=arguments.passage_tokens)
    print(outcome)
    print("".join(outcome.said), end="")
    faulty = outcome.wrong or outcome.left or outcome.said or outcome.farthest > 1e-5
    sys.exit(bool(faulty or set(outcome.differing) - {*_VECTORS, "dense.faiss"}))


if __name__ == "__main__":
    main()
