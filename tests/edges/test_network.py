"""No network: the real model builds and answers where there is none, and nothing tries to reach one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edges import collection
from edges.server import clean_environment

pytestmark = pytest.mark.model

QUESTION = "When was the lighthouse of Ōshima lit for the first time?"
ALONE = ("unshare", "--user", "--map-root-user", "--net")
# One process for both commands: importing torch is most of what each takes.
BOTH = "import sys; from alliance_qa.cli import main; sys.exit(any([main([*a], standalone_mode=False) for a in {}]))"


@pytest.fixture
def home(workplace: Path) -> Path:
    collection.write_small(workplace / "documents")
    return workplace


def built_and_asked(home: Path, within: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run `alliance-qa index` and `alliance-qa ask` within another command."""
    return subprocess.run(
        [*within, sys.executable, "-c", BOTH.format([("index",), ("ask", QUESTION)])],
        cwd=home,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_it_is_built_and_asked_where_there_is_no_network(home: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], capture_output=True).returncode != 0:
        pytest.skip("unshare cannot make a network namespace here")
    interfaces = subprocess.run([*ALONE, "cat", "/proc/net/dev"], capture_output=True, text=True).stdout
    assert re.findall(r"^ *(\w+):", interfaces, re.MULTILINE) == ["lo"]  # and that is down
    found = built_and_asked(home, ALONE)
    assert found.returncode == 0, found.stderr
    built, asked = found.stdout.split("\n", 1)
    assert built.startswith("built generation 000001: 2 documents, 2 passag")
    assert asked.startswith(f"{collection.LIGHTHOUSE_SENTENCE} [1]\n")
    assert found.stderr.endswith("failed: broken.txt: byte 3 is not valid UTF-8; save the file as UTF-8\n")


def test_nothing_tries_to_reach_a_network(home: Path) -> None:
    traced = home / "calls"
    within = ("strace", "--seccomp-bpf", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(traced))
    if shutil.which("strace") is None or subprocess.run([*within, "true"], capture_output=True).returncode != 0:
        pytest.skip("strace cannot follow a process here")
    probe = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    subprocess.run([*within, sys.executable, "-c", probe], check=True)
    assert "AF_INET" in traced.read_text()  # else this shows nothing
    found = built_and_asked(home, within)
    assert found.returncode == 0, found.stderr
    assert f"\n{collection.LIGHTHOUSE_SENTENCE} [1]\n" in found.stdout
    assert re.findall(r".*AF_INET6?\b.*", traced.read_text()) == []
