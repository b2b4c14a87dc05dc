"""No network: the real model builds and answers where there is none, and nothing tries to reach one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from edges import collection
from edges.server import clean_environment

pytestmark = pytest.mark.model

QUESTION = "When was the lighthouse of Ōshima lit for the first time?"
ALONE = ("unshare", "--user", "--map-root-user", "--net")
# One process for both commands: importing torch is most of what each takes.
BOTH = "import sys; from alliance_qa.cli import main; sys.exit(any([main([*a], standalone_mode=False) for a in {}]))"


TRACING = ("strace", "--seccomp-bpf", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o")


def works(*command: str) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


class Run(NamedTuple):
    """`index` and `ask` of the command line: without a network if that can be had, and followed if that can be done."""

    process: subprocess.CompletedProcess[str]
    alone: bool
    calls: str | None  # that reach for another process or machine


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("home")
    collection.write_small(home / "documents")
    traced = home / "calls"
    alone, traces = works(*ALONE, "true"), works(*TRACING, str(traced), "true")
    within = [*(ALONE if alone else ()), *((*TRACING, str(traced)) if traces else ())]
    found = subprocess.run(
        [*within, sys.executable, "-c", BOTH.format([("index",), ("ask", QUESTION)])],
        cwd=home,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    return Run(found, alone, traced.read_text() if traces else None)


def test_it_is_built_and_asked_where_there_is_no_network(run: Run) -> None:
    if not run.alone:
        pytest.skip("unshare cannot make a network namespace here")
    interfaces = subprocess.run([*ALONE, "cat", "/proc/net/dev"], capture_output=True, text=True).stdout
    assert re.findall(r"^ *(\w+):", interfaces, re.MULTILINE) == ["lo"]  # and that is down
    assert run.process.returncode == 0, run.process.stderr
    built, asked = run.process.stdout.split("\n", 1)
    assert built.startswith("built generation 000001: 2 documents, 2 passag")
    assert asked.startswith(f"{collection.LIGHTHOUSE_SENTENCE} [1]\n")
    assert run.process.stderr.endswith("failed: broken.txt: byte 3 is not valid UTF-8; save the file as UTF-8\n")


def test_nothing_tries_to_reach_a_network(run: Run, tmp_path: Path) -> None:
    if run.calls is None:
        pytest.skip("strace cannot follow a process here")
    probe = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    subprocess.run([*TRACING, str(tmp_path / "calls"), sys.executable, "-c", probe], check=True)
    assert "AF_INET" in (tmp_path / "calls").read_text()  # else this shows nothing
    assert run.process.returncode == 0, run.process.stderr
    assert f"\n{collection.LIGHTHOUSE_SENTENCE} [1]\n" in run.process.stdout
    assert re.findall(r".*AF_INET6?\b.*", run.calls) == []
