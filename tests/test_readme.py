"""The README says what is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from alliance_qa import cli
from alliance_qa.building import rebuild
from alliance_qa.service import service
from alliance_qa.settings import PREFIX, Settings, load
from alliance_qa.web.widget import widget

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.model
def test_the_opening_example_is_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r'\$ alliance-qa ask "(?P<question>[^"]+)"\n(?P<answer>.*?)\n```', README, re.DOTALL)
    assert shown
    monkeypatch.setenv("ALLIANCE_QA_DOCUMENTS", str(ROOT / "documents"))
    monkeypatch.setenv("ALLIANCE_QA_INDEX", str(tmp_path / "index"))
    settings = load()
    rebuild.rebuild(settings, service.load_embedder(settings))

    printed = CliRunner().invoke(cli.main, ["ask", shown["question"]])

    assert printed.output.rstrip() == shown["answer"]


def test_the_settings_table_is_the_settings() -> None:
    rows = re.findall(rf"^\| `({PREFIX}\w+)` \| (.*?) \| (.*) \|$", README, re.MULTILINE)
    expected = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, (), "") else f"`{field.default}`"
        expected.append((f"{PREFIX}{name.upper()}", default, field.description))
    assert rows == expected


def test_every_command_is_documented() -> None:
    documented = set(re.findall(r"^\| `alliance-qa (\w+)", README, re.MULTILINE))
    assert documented == set(cli.main.commands)


def test_every_call_is_documented() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "alliance_qa" / "web" / "api").glob("*.py"))
    calls = {f"{method.upper()} {path}" for method, path in re.findall(r'@app\.(get|post)\(\s*"([^"]+)"', source)}
    undocumented = {call for call in calls if f"{call}`" not in README} - {"GET /static/{name}"}
    assert undocumented == set()


def test_the_widget_is_published_with_its_integrity() -> None:
    published = re.findall(r'src="https://qa\.example\.org(/widget-\S+)" integrity="(\S+)"', README)
    assert published == [(widget().path, widget().integrity)]


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^\$ make (\w+)$", README, re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
    assert (ROOT / ".ci" / "run").read_text("utf-8").rstrip().endswith("make test")
