"""What a generation says about itself."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from alliance_qa.manifest import FORMAT, FileState, Manifest, Recipe, StoredFile

MANIFEST = Manifest(
    format=FORMAT,
    version="1.2.3",
    created="2024-04-10T12:00:00+00:00",
    recipe=Recipe("model-a", "f1", 384, 160, "sentencex 1.0.32", "1.2.3"),
    documents=1,
    passages=2,
    sentences=5,
    reused=1,
    sources=(
        FileState("a/日本.txt", "0" * 64, "a-日本", 2, None),
        FileState("b.exe", "", None, 0, ".exe files are not read"),
    ),
    files={"passages.faiss": StoredFile(45, "f" * 64)},
)


def fields(**changed: Any) -> dict[str, Any]:
    return {**json.loads(MANIFEST.to_json()), **changed}


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_the_order_in_which_files_were_written_changes_no_text() -> None:
    files = {"b": StoredFile(1, "0" * 64), "a": StoredFile(2, "1" * 64)}
    one = replace(MANIFEST, files=files)
    other = replace(MANIFEST, files=dict(reversed(files.items())))
    assert one.to_json() == other.to_json()


def test_names_are_written_as_they_are() -> None:
    assert '"path": "a/日本.txt"' in MANIFEST.to_json()


@pytest.mark.parametrize("number", [0, FORMAT + 1, 99])
def test_of_another_format_only_format_and_version_are_read(number: int) -> None:
    manifest = Manifest.from_json(json.dumps({"format": number, "version": "9.0", "shape": ["unknown"]}))
    assert (manifest.format, manifest.version, manifest.files) == (number, "9.0", {})


def test_another_format_may_name_no_version() -> None:
    assert Manifest.from_json(json.dumps({"format": FORMAT + 1})).version == "?"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "7",
        '"x"',
        json.dumps({"format": None}),
        json.dumps({"format": "next"}),
        json.dumps({"format": FORMAT}),
        json.dumps(fields(unknown=1)),
        json.dumps(fields(recipe={"model": "model-a"})),
        json.dumps(fields(recipe=None)),
        json.dumps(fields(sources=None)),
        json.dumps(fields(sources=[{"path": "a"}])),
        json.dumps(fields(files={"a": {"size": 1}})),
        json.dumps(fields(files=[])),
        json.dumps({name: value for name, value in fields().items() if name != "passages"}),
    ],
)
def test_any_other_text_raises_what_is_promised(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Manifest.from_json(text)
