"""README.md and docs/ say what is true, and every link in them leads somewhere.

`python tests/test_docs.py` prints the table of `docs/settings.md`.
"""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from markdown_it.token import Token

from alliance_qa import cli, documents
from alliance_qa.domain import Reason
from alliance_qa.ports import Embedder
from alliance_qa.service import service
from alliance_qa.settings import PREFIX, Settings
from alliance_qa.web.widget import widget
from test_rooms import PACKAGE, ROOMS

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "alliance_qa" / "web"
MOST_README_BYTES = 8_000
OUTSIDE = ("http://", "https://", "mailto:")

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKING = [*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md"))]
LINKING += [ROOT / folder / "README.md" for folder in ("benchmarks", "questions", "training")]


def read(name: str) -> str:
    """Return the text of one page."""
    return (ROOT / name).read_text("utf-8")


DOCUMENTATION = "\n".join(page.read_text("utf-8") for page in PAGES)


@pytest.mark.model
def test_the_opening_example_is_what_the_command_prints(
    shipped: Path, model: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = re.search(r'\$ alliance-qa ask "(?P<question>[^"]+)"\n(?P<answer>.*?)\n```', read("README.md"), re.DOTALL)
    assert shown
    monkeypatch.setenv("ALLIANCE_QA_DOCUMENTS", str(shipped / "documents"))
    monkeypatch.setenv("ALLIANCE_QA_INDEX", str(shipped / "index"))
    monkeypatch.setattr(service, "load_embedder", lambda settings: model)

    printed = CliRunner().invoke(cli.main, ["ask", shown["question"]])

    assert printed.output.rstrip() == shown["answer"]


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= MOST_README_BYTES


def settings_table() -> str:
    """Return the settings as they stand in `docs/settings.md`."""
    rows = []
    for name, field in Settings.model_fields.items():
        given = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        default = "" if given in (None, "") else f"`{given}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(["| variable | default | what it is |", "|---|---|---|", *rows])


def test_the_settings_table_is_the_settings() -> None:
    table = re.search(r"^\| variable \|.*?(?=\n\n|\n\Z)", read("docs/settings.md"), re.MULTILINE | re.DOTALL)
    assert table
    assert table[0] == settings_table()


def test_every_setting_that_is_named_exists() -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]\b(?!_)", DOCUMENTATION))
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert named - known == set()


def test_every_suffix_that_is_read_is_documented() -> None:
    listed = re.search(r"^Drop (.*) files into `documents/`", read("docs/keeping.md"), re.MULTILINE)
    assert listed
    assert set(re.findall(r"`(\.\w+)`", listed[1])) == documents.SUFFIXES


def test_every_command_is_documented() -> None:
    documented = set(re.findall(r"^\| `alliance-qa (\w+)", read("docs/keeping.md"), re.MULTILINE))
    assert documented == set(cli.main.commands)


def test_every_command_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:`|\$ |/bin/)alliance-qa (\w+)", DOCUMENTATION))
    assert named - set(cli.main.commands) == set()


def test_every_call_is_documented() -> None:
    source = "".join(path.read_text("utf-8") for path in (WEB / "api").glob("*.py"))
    found = re.findall(r'@\w+\.(get|post|put|delete)\(\s*"([^"]+)"', source)
    calls = {f"{method.upper()} {path.replace(':path', '')}" for method, path in found}
    assert len(calls) > 20
    undocumented = {call for call in calls if f"{call}`" not in read("docs/http.md")} - {"GET /static/{name}"}
    assert undocumented == set()


def test_every_reason_to_refuse_is_documented() -> None:
    table = re.search(r"^\| reason \|.*?\n\n", read("docs/http.md"), re.MULTILINE | re.DOTALL)
    assert table
    assert re.findall(r"^\| `(\w+)`", table[0], re.MULTILINE) == list(Reason)


def test_every_event_of_a_stream_is_documented() -> None:
    table = re.search(r"^\| event \|.*?\n\n", read("docs/http.md"), re.MULTILINE | re.DOTALL)
    assert table
    source = (WEB / "api" / "questions.py").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+)`", table[0], re.MULTILINE)) == set(
        re.findall(r'\bevent\(.*name="(\w+)"', source)
    )


def test_the_widget_is_published_with_its_integrity() -> None:
    published = re.findall(r'src="https://qa\.example\.org(/widget-\S+)" integrity="(\S+)"', DOCUMENTATION)
    assert published == [(widget().path, widget().integrity)]


def test_the_widget_is_as_large_as_documented() -> None:
    said = re.search(r"^It is (\d+) kB gzipped\.$", read("docs/widget.md"), re.MULTILINE)
    assert said
    assert abs(len(gzip.compress(widget().source)) / 1000 - int(said[1])) < 1


def test_every_attribute_and_event_of_the_widget_is_documented() -> None:
    source = widget().source.decode("utf-8")
    page = read("docs/widget.md")
    observed = re.search(r"observedAttributes = \[(.*?)\]", source, re.DOTALL)
    attributes = re.search(r"^\| attribute \|.*?\n\n", page, re.MULTILINE | re.DOTALL)
    events = re.search(r"^\| event \|.*?\n\n", page, re.MULTILINE | re.DOTALL)
    assert observed and attributes and events
    named = {name for cell in re.findall(r"^\| (`.*?`) \|", attributes[0], re.MULTILINE) for name in cell.split(", ")}
    assert named == {f"`{name}`" for name in re.findall(r'"(\w+)"', observed[1])} | {"`theme`"}
    assert set(re.findall(r"`(alliance-qa-\w+)`", events[0])) == set(
        re.findall(r'"(alliance-qa-(?:answer|error|open|close))"', source)
    )


def test_the_two_commands_are_in_the_makefile() -> None:
    makefile = read("Makefile")
    commands = re.findall(r"^\$ make (\w+)$", read("README.md"), re.MULTILINE)
    assert commands == ["serve", "test"]
    for command in commands:
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
    assert read(".ci/run").rstrip().endswith("make test")


def tokens(text: str) -> Iterator[Token]:
    """Yield the parts of a Markdown text, those inside lines included."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def links(text: str) -> Iterator[str]:
    """Yield where the links and pictures of a Markdown text lead, those written as HTML included."""
    for token in tokens(text):
        if token.type in ("html_block", "html_inline"):
            yield from re.findall(r'\b(?:href|src)="([^"]*)"', token.content)
        elif link := token.attrGet("href") or token.attrGet("src"):
            yield str(link)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a Markdown text."""
    parts = list(tokens(text))
    titles = [after.content for token, after in itertools.pairwise(parts) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    found = []
    for link in links(page.read_text("utf-8")):
        if link.startswith(OUTSIDE):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            found.append(link)
    return found


@pytest.mark.parametrize("page", LINKING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# One\n\n## The `two` calls, and more\n", "utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n\n[a](other.md) [b](other.md#the-two-calls-and-more) [c](#here) [d](https://example.org)\n\n"
        '[e](gone.md) [f](other.md#three) [g](#there) ![h](gone.png) <img src="gone.jpg">\n\n'
        "| [i](lost.md) |\n|---|\n",
        "utf-8",
    )
    assert broken(page) == ["gone.md", "other.md#three", "#there", "gone.png", "gone.jpg", "lost.md"]


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {link.partition("#")[0] for link in links(read("README.md"))}
    assert {page.relative_to(ROOT).as_posix() for page in PAGES[1:]} - linked == set()


ARCHITECTURE = re.sub(r"```.*?```", "", read("docs/architecture.md"), flags=re.DOTALL)


def test_every_path_of_the_architecture_exists() -> None:
    named = set(re.findall(r"`([\w./-]*(?:/|\.\w+)[\w./-]*)`", ARCHITECTURE))
    paths = {name for name in named if "/" in name or name.endswith(".py")}
    assert len(paths) > 60
    assert [name for name in sorted(paths) if not ((PACKAGE / name).exists() or (ROOT / name).exists())] == []


SAYING = [*LINKING, ROOT / "benchmarks" / "ABLATION.md", ROOT / "Makefile"]
SAYING += [path for folder in ("src", "tests", "benchmarks", "training") for path in (ROOT / folder).rglob("*.py")]


@pytest.mark.parametrize("folder", ["tests", "benchmarks", "questions", "training", "collection", "docs"])
def test_every_file_that_a_page_or_a_comment_names_exists(folder: str) -> None:
    named = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in SAYING
        for name in re.findall(rf"(?<![\w./]){folder}/[\w./-]*\w\.(?:py|md|jsonl|mjs)\b", path.read_text("utf-8"))
    }
    assert sorted(entry for entry in named if not (ROOT / entry[1]).exists()) == []


def test_every_campaign_that_is_named_exists() -> None:
    named = set(re.findall(r"-m campaigns\.(\w+)", DOCUMENTATION + read("CONTRIBUTING.md") + read("Makefile")))
    assert len(named) > 5
    assert [name for name in sorted(named) if not (ROOT / "tests" / "campaigns" / f"{name}.py").exists()] == []


def defined(name: str, source: str) -> bool:
    """Whether a module defines a function, a class or a constant of this name."""
    return bool(re.search(rf"^\s*(?:async def|def|class) {name}\b|^{name}\s*[:=]", source, re.MULTILINE))


def test_what_the_architecture_says_is_in_a_module_is_there() -> None:
    named = set(re.findall(r"`(\w+)` in `([\w/]+\.py)`", ARCHITECTURE))
    assert len(named) > 20
    sources = {path: (PACKAGE / path).read_text("utf-8") for _, path in named if (PACKAGE / path).exists()}
    assert [pair for pair in sorted(named) if not defined(pair[0], sources.get(pair[1], ""))] == []


def test_every_type_of_the_architecture_exists() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+\w*)(?:\.(\w+))?`", ARCHITECTURE))
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    assert len(named) > 25
    for type_, attribute in sorted(named):
        found = re.search(rf"^class {type_}\b.*?(?=^\S)", source, re.MULTILINE | re.DOTALL)
        assert found, type_
        assert not attribute or re.search(rf"^    (?:def )?{attribute}\b", found[0], re.MULTILINE), attribute


def test_every_room_is_described_and_says_what_to_open_first() -> None:
    described = re.findall(r"^### (\w+)\n\n(.*)", ARCHITECTURE, re.MULTILINE)
    assert [room for room, _ in described] == list(ROOMS)
    for room, opening in described:
        assert re.search(r"`[\w/]+\.py`", opening), room


def test_the_rooms_of_the_readme_open_with_the_modules_of_the_architecture() -> None:
    rows = re.findall(r"^\| `?(\w+)/?`? \| .* \| `([\w/]+\.py)` \|$", read("README.md"), re.MULTILINE)
    openings = re.findall(r"^### (\w+)\n\nOpen `(?:\1/)?([\w/]+\.py)` first", ARCHITECTURE, re.MULTILINE)
    assert rows == openings


if __name__ == "__main__":
    print(settings_table())
