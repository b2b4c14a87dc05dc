"""A module imports from its own room and from those above it only.

`python tests/test_rooms.py` prints the table of `docs/architecture.md`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import alliance_qa

PACKAGE = Path(alliance_qa.__file__).parent

ROOMS = {  # in the way of the data: a room imports only from those above it
    "ground": "`budget` `checksums` `domain` `errors` `ports` `settings`: values, one exception per cause, the seams, "
    "settings, processor time",
    "text": "what is true of text anywhere: sentences, words, languages, what is mentioned, passages",
    "documents": "one file reader per file type; the facts of a document; the processes that read; documents as JSON",
    "models": "the embedder and the reader, their network and weights",
    "index": "what is kept on disk and how it survives: disk, manifest, segments, dense and lexical index, generations",
    "building": "from files to a generation: which documents to read, passages and vectors, writing",
    "asking": "what a question wants: a follow-up resolved, its kind, a question about documents, a comparison",
    "answering": "passages found, sentences weighed, the decision to answer, citations, suggestions",
    "wording": "answers in a language model's words, and the proof of each sentence",
    "service": "what a running service holds: the generations in use, rebuilds, the log of questions, gaps",
    "measuring": "question sets, trials, statistics, calibration, reports",
    "web": "JSON, addresses, the API, pages, the widget",
    "cli": "the same use cases for a terminal",
}
GROUND = [["__init__"], ["checksums", "domain", "errors"], ["budget", "ports", "settings"]]  # from the bottom
HEIGHT = {"__main__": 99} | {room: 10 + height for height, room in enumerate(ROOMS) if room != "ground"}
HEIGHT |= {module: height for height, layer in enumerate(GROUND) for module in layer}
PACKAGES = set(ROOMS) - {"ground", "cli"}  # their modules may see each other


def modules() -> dict[str, str]:
    """Return the source of every module under its place in the package, "documents.pdf" for one."""
    return {
        ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imported(module: str, source: str) -> Iterator[str]:
    """Yield the top-level noun of each import of our own, wherever in the module it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = ["alliance_qa", *module.split(".")][: -node.level]
                base = ".".join([*parents, *filter(None, [node.module])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "alliance_qa" and rest != "__version__":
                yield rest.partition(".")[0] or "__init__"


def faults(module: str, source: str) -> list[str]:
    """Return what is wrong with a module's imports, one line each."""
    own = module.partition(".")[0]
    if own not in HEIGHT:
        return [f"{module} has no room"]
    found = []
    for noun in imported(module, source):
        if noun not in HEIGHT:
            found.append(f"{module} imports {noun}, which has no room")
        elif noun == own and own in PACKAGES:
            continue
        elif HEIGHT[noun] >= HEIGHT[own]:
            found.append(f"{module} imports {noun}, which does not stand above it")
    return found


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_from_its_room_and_those_above(module: str) -> None:
    assert faults(module, modules()[module]) == []


def test_the_table_holds_every_room_and_no_other() -> None:
    assert {module.partition(".")[0] for module in modules()} == set(HEIGHT)


def table() -> str:
    """Return the rooms as they stand in `docs/architecture.md`."""
    rows = [f"| {f'`{room}/`' if room in PACKAGES else room} | {content} |" for room, content in ROOMS.items()]
    return "\n".join(["| room | what lives in it |", "|---|---|", *rows])


def test_the_architecture_shows_this_table() -> None:
    assert table() in (PACKAGE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("retrieval", "from alliance_qa.web import api"),
        ("retrieval", "from alliance_qa.web.api import create_app"),
        ("retrieval", "import alliance_qa.web.api"),
        ("retrieval", "import alliance_qa.web.api as app"),
        ("retrieval", "from ..web import api"),
        ("retrieval", "from ..web.api import create_app"),
        ("retrieval", "def late():\n    from alliance_qa.web import api"),
        ("retrieval", "if TYPE_CHECKING:\n    from alliance_qa.web import api"),
        ("inner.retrieval", "from ...web import api"),
    ],
)
def test_an_upward_import_is_found_in_every_form(module: str, source: str) -> None:
    assert faults(f"answering.{module}", source) == [f"answering.{module} imports web, which does not stand above it"]


def test_ground_modules_have_an_order_of_their_own() -> None:
    assert faults("domain", "from alliance_qa.ports import Vectors") == [
        "domain imports ports, which does not stand above it"
    ]
    assert faults("ports", "from alliance_qa.domain import Span") == []


def test_a_module_without_a_room_is_found() -> None:
    assert faults("helpers", "") == ["helpers has no room"]
    assert faults("service.jobs", "from alliance_qa import helpers") == [
        "service.jobs imports helpers, which has no room"
    ]


def test_modules_of_one_room_may_see_each_other() -> None:
    assert faults("documents.pdf", "from alliance_qa.documents import extract") == []
    assert faults("documents.pdf", "from . import extract") == []


def test_a_room_above_another_package_and_the_version_may_be_imported() -> None:
    source = "import json\nfrom pages import x\nfrom alliance_qa import __version__, domain\nfrom numpy import web"
    assert faults("answering.retrieval", source) == []
    assert faults("domain", "from alliance_qa import __version__") == []


if __name__ == "__main__":
    print(table())
