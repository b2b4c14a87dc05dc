"""What a generation says about itself."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from typing import Any

import pytest

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import Failure
from alliance_qa.index.disk import StoredFile
from alliance_qa.index.manifest import (
    FORMAT,
    READABLE,
    WITH_COLLECTIONS,
    FileState,
    Manifest,
    Recipe,
    SegmentInfo,
    StoredCollection,
    _checked,
)

SEGMENT = SegmentInfo("000003-1", 1, 2, 5, "Flat", "", 1.0, {"dense.faiss": StoredFile(45, "f" * 64)})
MANIFEST = Manifest(
    format=FORMAT,
    version="000003",
    created="2024-04-10T12:00:00Z",
    recipe=Recipe("model-a", "f1", 160, "sentencex 1.0.32", "1.2.3"),
    dimension=384,
    documents=1,
    passages=2,
    sentences=5,
    reused=1,
    oldest="000001",
    sources=(
        FileState("a/日本.txt", "0" * 64, "2024-04-10T12:00:00Z", "a-日本", 2),
        FileState("b.exe", "", "2024-04-09T12:00:00Z", None, 0, Failure.TYPE, ".exe files are not read"),
        FileState("c.pdf", "1" * 64, "2024-04-08T12:00:00Z", None, 0, Failure.DAMAGED, "is not a PDF"),
    ),
    segments=(SEGMENT,),
)


def fields(**changed: Any) -> dict[str, Any]:
    return {**json.loads(MANIFEST.to_json()), **changed}


def dump(value: object) -> str:
    """Return JSON in the form of a manifest, so that its content alone is at fault."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert Manifest.from_json(MANIFEST.to_json()) == MANIFEST


def test_an_operating_point_is_read_as_it_was_written() -> None:
    point = OperatingPoint(0.1 + 0.2, 1 / 3, -2 / 3, 45, "2026-11-24", "1")
    manifest = replace(MANIFEST, operating_point=point, dropped="why the one before is gone")
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_of_format_2_which_knew_no_operating_point_everything_is_read() -> None:
    old = {n: v for n, v in fields(format=2).items() if n not in ("operating_point", "dropped", "sha256")}
    body = json.dumps(old, ensure_ascii=False, sort_keys=True)[1:]
    text = f'{{"sha256": "{hashlib.sha256(body.encode()).hexdigest()}", {body}'
    assert Manifest.from_json(text) == replace(MANIFEST, format=2)
    with pytest.raises(ValueError, match="not what its checksum says"):
        Manifest.from_json(text.replace('"passages": 2', '"passages": 3', 1))


def test_the_version_of_the_file_readers_stands_where_the_formats_have_it() -> None:
    recipe = {"model": "model-a", "fingerprint": "f1", "passage_tokens": 160, "splitter": "sentencex 1.0.32"}
    assert fields()["recipe"] == recipe | {"reader": "1.2.3"}


def test_a_file_is_indexed_skipped_or_failed() -> None:
    assert [source.state for source in MANIFEST.sources] == ["indexed", "skipped", "failed"]


def test_a_manifest_without_documents_is_read_as_it_was_written() -> None:
    empty = replace(MANIFEST, documents=0, passages=0, sentences=0, reused=0, sources=(), segments=())
    assert Manifest.from_json(empty.to_json()) == empty


def test_a_number_keeps_every_digit() -> None:
    manifest = replace(MANIFEST, segments=(replace(SEGMENT, recall=0.1 + 0.2),))
    assert Manifest.from_json(manifest.to_json()).segments[0].recall == 0.1 + 0.2


def test_a_field_that_is_changed_is_noticed() -> None:
    """As an editor would save it: well formed, with the checksum of before."""
    for name, value in {
        "passages": 3,
        "created": "2024-04-11T12:00:00Z",
        "oldest": "000002",
        "sha256": "0" * 64,
    }.items():
        text = dump(fields(**{name: value}))
        assert text != MANIFEST.to_json()
        with pytest.raises(ValueError, match="not what its checksum says"):
            Manifest.from_json(text)


def test_the_same_content_in_another_form_is_noticed() -> None:
    for text in (json.dumps(fields()), MANIFEST.to_json() + "\n", MANIFEST.to_json().replace("日", "\\u65e5")):
        with pytest.raises(ValueError, match="not what its checksum says"):
            Manifest.from_json(text)


def test_a_generation_with_collections_is_read_as_it_was_written() -> None:
    collection = StoredCollection("alliance_qa_0f_000001_1", 9, "HNSW", 256, 0.994)
    segment = replace(SEGMENT, collection=collection)
    manifest = replace(MANIFEST, format=WITH_COLLECTIONS, segments=(segment,))
    assert Manifest.from_json(manifest.to_json()) == manifest
    earlier = json.loads(manifest.to_json()) | {"owner": "0f"}
    del earlier["sha256"]
    text = _checked(json.dumps(earlier, ensure_ascii=False, sort_keys=True)[1:])
    assert Manifest.from_json(text) == manifest


def test_any_flipped_bit_is_noticed() -> None:
    whole = MANIFEST.to_json().encode()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1 << random.Random(at).randrange(8)
        try:
            manifest = Manifest.from_json(changed.decode())
        except (ValueError, KeyError, TypeError):
            continue
        assert manifest.format not in READABLE, at  # refused for what it says


def test_the_order_in_which_files_were_written_changes_no_text() -> None:
    files = {"b": StoredFile(1, "0" * 64), "a": StoredFile(2, "1" * 64)}
    one = replace(MANIFEST, segments=(replace(SEGMENT, files=files),))
    other = replace(MANIFEST, segments=(replace(SEGMENT, files=dict(reversed(files.items()))),))
    assert one.to_json() == other.to_json()


def test_names_are_written_as_they_are() -> None:
    assert '"path": "a/日本.txt"' in MANIFEST.to_json()


@pytest.mark.parametrize("number", [0, 1, WITH_COLLECTIONS + 1, 99])
def test_of_another_format_only_format_and_version_are_read(number: int) -> None:
    manifest = Manifest.from_json(json.dumps({"format": number, "version": "9.0", "shape": ["unknown"]}))
    assert (manifest.format, manifest.version, manifest.segments) == (number, "9.0", ())


def test_another_format_may_name_no_version() -> None:
    assert Manifest.from_json(json.dumps({"format": WITH_COLLECTIONS + 1})).version == "?"


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
        '{"format": Infinity}',
        json.dumps({"format": FORMAT, "sha256": ""}),
        dump(fields(unknown=1)),
        dump(fields(operating_point=7)),
        dump(fields(operating_point={"threshold": 2})),
        dump(fields(recipe={"model": "model-a"})),
        dump(fields(recipe=None)),
        dump(fields(sources=None)),
        dump(fields(sources=[{"path": "a"}])),
        dump(fields(sources=[{**fields()["sources"][1], "failure": "bored"}])),
        dump(fields(segments=[{**fields()["segments"][0], "files": {"a": {"size": 1}}}])),
        dump(fields(segments=[{**fields()["segments"][0], "files": ["a"]}])),
        dump(fields(segments=None)),
        dump(fields(segments=[None])),
        dump({name: value for name, value in fields().items() if name != "passages"}),
    ],
)
def test_any_other_text_raises_what_is_promised(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        Manifest.from_json(text)
