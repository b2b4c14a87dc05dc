"""A module imports from the layers below its own only (the table is DESIGN.md's)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import alliance_qa

PACKAGE = Path(alliance_qa.__file__).parent

LAYERS = [  # from the bottom
    ["__init__"],  # the version; the bottom of everything
    ["domain", "errors"],
    ["ports", "settings", "terms", "mentions", "manifest", "sentences", "records", "query_log", "links", "widget"],
    ["disk"],
    ["questions", "passages", "citations", "conversation", "evaluation", "language", "gaps"],
    ["comparison", "evidence", "catalogue", "highlight", "suggestions"],
    ["answerability", "retrieval", "indexing", "embedding", "reader", "dense", "lexical", "documents", "question_sets"],
    ["answering", "corpus", "calibration"],
    ["segment", "examples"],
    ["generation"],
    ["index"],
    ["rebuild"],
    ["jobs"],
    ["service"],
    ["wire", "pages", "trial", "report"],
    ["api"],
    ["cli"],
    ["__main__"],
]
HEIGHT = {noun: height for height, layer in enumerate(LAYERS) for noun in layer}
PACKAGES = {"api", "conversation", "dense", "documents", "pages", "reader"}  # their modules may see each other


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
        return [f"{module} has no layer"]
    found = []
    for noun in imported(module, source):
        if noun not in HEIGHT:
            found.append(f"{module} imports {noun}, which has no layer")
        elif noun == own and own in PACKAGES:
            continue
        elif HEIGHT[noun] >= HEIGHT[own]:
            found.append(f"{module} imports {noun}, which is not below it")
    return found


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_from_layers_below_its_own(module: str) -> None:
    assert faults(module, modules()[module]) == []


def test_every_layer_of_the_table_has_its_modules() -> None:
    assert {module.partition(".")[0] for module in modules()} == set(HEIGHT)


@pytest.mark.parametrize(
    "source",
    [
        "from alliance_qa.api import create_app",
        "from alliance_qa import api",
        "import alliance_qa.api",
        "import alliance_qa.api as web",
        "from . import api",
        "from .api import create_app",
        "def late():\n    from alliance_qa.api import create_app",
        "if TYPE_CHECKING:\n    from alliance_qa.api import create_app",
    ],
)
def test_an_upward_import_is_found_in_every_form(source: str) -> None:
    assert faults("retrieval", source) == ["retrieval imports api, which is not below it"]


def test_an_upward_import_out_of_a_package_is_found() -> None:
    assert faults("documents.pdf", "from ..service import Service") == [
        "documents.pdf imports service, which is not below it"
    ]


def test_an_import_within_one_layer_is_found() -> None:
    assert faults("retrieval", "from alliance_qa.lexical import K1") == [
        "retrieval imports lexical, which is not below it"
    ]
    assert faults("documents.pdf", "from alliance_qa.dense import faiss") == [
        "documents.pdf imports dense, which is not below it"
    ]


def test_a_module_without_a_layer_is_found() -> None:
    assert faults("helpers", "") == ["helpers has no layer"]
    assert faults("service", "from alliance_qa import helpers") == ["service imports helpers, which has no layer"]


def test_modules_of_one_package_may_see_each_other() -> None:
    assert faults("documents.pdf", "from alliance_qa.documents import extract") == []
    assert faults("documents.pdf", "from . import extract") == []


def test_a_lower_layer_another_package_and_the_version_may_be_imported() -> None:
    source = "import json\nfrom pages import x\nfrom alliance_qa import __version__, domain\nfrom numpy import api"
    assert faults("retrieval", source) == []
    assert faults("domain", "from alliance_qa import __version__") == []
