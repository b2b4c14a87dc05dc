"""A file is read again once what reads it has changed."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import alliance_qa
from alliance_qa.answering import answerability
from alliance_qa.documents.version import LIBRARIES, TEXT, documents_version
from alliance_qa.domain import OperatingPoint
from alliance_qa.index import store
from edges import keeper

PACKAGE = Path(alliance_qa.__file__).parent
# How a distribution is imported, where not by its name.
IMPORTED_AS = {
    "charset_normalizer": "charset-normalizer",
    "docx": "python-docx",
    "mailparser_reply": "mail-parser-reply",
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "Stemmer": "PyStemmer",
    "webvtt": "webvtt-py",
    "yaml": "PyYAML",
}


def imports(path: Path) -> Iterator[str]:
    """Yield every module or name that a file imports, with its dots."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported() -> set[str]:
    """Return what all that is hashed imports."""
    hashed = [*(PACKAGE / "documents").rglob("*.py"), *(PACKAGE / "text" / f"{name}.py" for name in TEXT)]
    return {name for path in hashed for name in imports(path)}


def copied(folder: Path) -> Path:
    """Return a copy of the package, without the reader's weights."""
    shutil.copytree(PACKAGE, folder / "alliance_qa", ignore=shutil.ignore_patterns("weights", "__pycache__"))
    return folder / "alliance_qa"


def test_every_text_module_that_reading_needs_is_hashed() -> None:
    named = {name.split(".")[2] for name in imported() if name.startswith("alliance_qa.text.")}
    assert named <= set(TEXT)


def test_every_library_that_reads_is_hashed() -> None:
    roots = {name.split(".")[0] for name in imported()} - set(sys.stdlib_module_names) - {"alliance_qa"}
    assert {IMPORTED_AS.get(root, root) for root in roots} <= set(LIBRARIES)


@pytest.mark.parametrize(
    "module", ["documents/pdf/blocks.py", "documents/text.py", "text/sentences.py", "index/lines.py"]
)
def test_another_source_is_another_version(tmp_path: Path, module: str) -> None:
    package = copied(tmp_path)
    before = documents_version.__wrapped__(package)
    assert before == documents_version()
    (package / module).write_text((package / module).read_text("utf-8") + "\n")
    assert documents_version.__wrapped__(package) != before


def test_what_reads_no_file_is_no_other_version(tmp_path: Path) -> None:
    package = copied(tmp_path)
    (package / "answering" / "citations.py").write_text("")
    assert documents_version.__wrapped__(package) == documents_version()


def test_another_library_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    version = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: version(name) + ".new" * (name == "pypdfium2"))
    assert documents_version.__wrapped__() != documents_version()


def test_a_mended_reader_reads_again_what_it_read_wrong_and_drops_what_was_fitted_to_it(tmp_path: Path) -> None:
    documents, index = tmp_path / "documents", tmp_path / "index"
    documents.mkdir()
    (documents / "a.txt").write_text("Gardens\n\nThe gardener planted 40 maples. He watered them every evening.\n")
    package = copied(tmp_path / "mended")
    environment = os.environ | {
        "ALLIANCE_QA_DOCUMENTS": str(documents),
        "ALLIANCE_QA_INDEX": str(index),
        "PYTHONPATH": os.pathsep.join([str(package.parent), keeper.TESTS]),
    }

    def rebuilt() -> str:
        subprocess.run([*keeper.COMMAND, "index"], env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)
        (document,) = store.open_generation(index, store.read_manifest(index)).corpus.documents()
        return document.text

    assert "maples" in rebuilt()
    with store.lock(index):
        point = OperatingPoint(0.5, 2.0, 0.0, 45, "2026-11-24", answerability.RULE)
        first = store.set_operating_point(index, point, None, retain=1)
    assert "maples" in rebuilt()
    assert store.read_manifest(index) == first
    reader = package / "documents" / "text.py"
    reader.write_text(reader.read_text("utf-8").replace("plain(data)", 'plain(data).replace("maple", "cedar")'))
    assert "cedars" in rebuilt()
    second = store.read_manifest(index)
    assert second.recipe.documents_version != first.recipe.documents_version == documents_version()
    assert (second.operating_point, second.dropped) == (
        None,
        "the operating point of 2026-11-24 was fitted with the file readers of version "
        f'{documents_version()[:12]} and is dropped; run "alliance-qa calibrate" again',
    )
