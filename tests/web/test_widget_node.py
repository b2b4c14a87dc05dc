"""The widget's sources tried by Node, without a browser: one process, and one test here for each of widget.test.mjs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from alliance_qa.web.widget import widget

TESTS = Path(__file__).parent / "widget.test.mjs"
# What stands before a "${" is said of several cases.
CLAIMS = re.findall(r"^ *test\([\"`](.+?)(?:\$\{\w+\}`|[\"`]),", TESTS.read_text("utf-8"), re.MULTILINE)
OLDEST = 20


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Node says of each test: nothing, or why it fails."""
    served = tmp_path_factory.mktemp("widget") / "widget.mjs"
    served.write_bytes(widget().source)
    command = [node(), "--test-reporter=tap", str(TESTS), served.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)
    found = re.findall(r"^(not )?ok \d+ - (.+)\n((?:  .*\n)*)", done.stdout, re.MULTILINE)
    assert len(found) > 50, done.stdout + done.stderr
    said = {name: detail if failed else "" for failed, name, detail in found}
    assert len(said) == len(found), "two tests have one name"
    assert any(said.values()) == bool(done.returncode), done.stdout + done.stderr
    return said


@pytest.mark.parametrize("claim", CLAIMS)
def test_in_node(outcomes: dict[str, str], claim: str) -> None:
    said = [detail for name, detail in outcomes.items() if name.startswith(claim)]
    assert said
    assert "\n".join(filter(None, said)) == ""


def test_every_test_in_node_is_one_here(outcomes: dict[str, str]) -> None:
    assert len(set(CLAIMS)) == len(CLAIMS) > 40
    assert [name for name in outcomes if not name.startswith(tuple(CLAIMS))] == []


def node() -> str:
    """Return the path of a Node that is new enough: that of NODE, the one that playwright carries, one on the path."""
    playwright = find_spec("playwright")
    carried = Path(playwright.origin or "").parent / "driver" / "node" if playwright else ""
    tried = []
    for name in (os.environ.get("NODE"), str(carried), "node"):
        if found := shutil.which(name or ""):
            version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()
            if int(version.removeprefix("v").partition(".")[0]) >= OLDEST:
                return found
            tried.append(f"{found} is {version}")
    found = "; ".join(tried) or "none is on the path, and playwright carries none"
    pytest.skip(f"Node {OLDEST} or newer tries the widget's sources: {found}; NODE=/path/to/node names one")
