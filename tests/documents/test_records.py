"""Claims about documents as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from alliance_qa.documents import records
from alliance_qa.documents.extract import FileReading, LeftOut, Omission
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Provenance, Span

TEXT = 'Das “Bündnis”\n\n同盟 \U0001f6a2 | \\ "x"'
DOCUMENT = Document(
    id="a.md",
    path="a.md",
    media_type="text/markdown",
    sha256="0" * 64,
    text=TEXT,
    blocks=(Block(BlockKind.HEADING, Span(0, 13), 1), Block(BlockKind.ROW, Span(15, len(TEXT)), page=2)),
    facts=Facts(Fact("Das “Bündnis”", Provenance.TEXT, Span(0, 13)), language=Fact("de", Provenance.FILE_NAME)),
)
RECORD = json.loads(records.reading_to_json(FileReading(DOCUMENT, ())))["document"]


def of_document(record: dict[str, Any]) -> str:
    """The JSON of a reading whose document is this record."""
    return json.dumps({"document": record, "left_out": []})


def test_blocks_and_facts_are_compact() -> None:
    assert records.blocks_to_json(DOCUMENT.blocks) == (f'[["heading", 0, 13, 1, null], ["row", 15, {len(TEXT)}, 0, 2]]')
    assert records.facts_to_json(DOCUMENT.facts) == (
        '{"title": ["Das “Bündnis”", "text", 0, 13, "", false], "language": ["de", "file_name", null, null, "", false]}'
    )


def test_facts_of_older_indexes_are_read() -> None:
    assert records.facts_from_json('{"title": ["A", "text", 0, 1], "language": ["de", "file_name"]}') == Facts(
        Fact("A", Provenance.TEXT, Span(0, 1)), language=Fact("de", Provenance.FILE_NAME)
    )


def test_blocks_and_facts_come_back_as_they_were() -> None:
    assert records.blocks_from_json(records.blocks_to_json(DOCUMENT.blocks)) == DOCUMENT.blocks
    placed = (
        dataclasses.replace(DOCUMENT.blocks[0], locator="slide 7 “α”"),
        dataclasses.replace(DOCUMENT.blocks[1], locator="time 00:01:12"),
    )
    assert records.blocks_from_json(records.blocks_to_json(placed)) == placed
    assert records.blocks_from_json("[]") == ()
    assert records.facts_from_json(records.facts_to_json(DOCUMENT.facts)) == DOCUMENT.facts
    weak = Facts(Fact("A", Provenance.FILE_METADATA, Span(0, 1), "<title>", weak=True))
    assert records.facts_from_json(records.facts_to_json(weak)) == weak


@pytest.mark.parametrize(
    "changes",
    [
        {"text": 1},
        {"text": "short"},
        {"text": TEXT + "\ud800"},
        {"id": None},
        {"path": ["a.md"]},
        {"more": "x"},
        {"blocks": None},
        {"blocks": [["heading", 0, 13, 1]]},
        {"blocks": [["chapter", 0, 13, 1, None]]},
        {"blocks": [["heading", 0, 13.0, 1, None]]},
        {"blocks": [["heading", 13, 0, 1, None]]},
        {"blocks": [["heading", 0, 13, True, None]]},
        {"blocks": [["heading", 0, 13, 1, None, 7]]},
        {"blocks": [["heading", 0, 13, 1, None, "slide 7", ""]]},
        {"blocks": [["heading", 0, 13, 1, None], ["row", 12, 15, 0, None]]},
        {"facts": []},
        {"facts": {}},
        {"facts": {"title": ["x", "rumour"]}},
        {"facts": {"title": ["x", "text", 0, 1, "", 1]}},
        {"facts": {"title": ["x", "text", 0]}},
        {"facts": {"title": ["x", "text", 0, 999]}},
        {"facts": {"title": [1, "text"]}},
        {"facts": {"title": ["x", "text"], "colour": ["x", "text"]}},
    ],
)
def test_what_is_no_document_is_a_value_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        records.reading_from_json(of_document(RECORD | changes))


@pytest.mark.parametrize("missing", [field.name for field in dataclasses.fields(Document)])
def test_a_field_too_few_is_a_value_error(missing: str) -> None:
    with pytest.raises(ValueError):
        records.reading_from_json(of_document({name: value for name, value in RECORD.items() if name != missing}))


@pytest.mark.parametrize("text", ["", "null", "[]", "{", "[" * 100_000, "9" * 5000])
def test_what_is_no_object_is_a_value_error(text: str) -> None:
    for read in (records.reading_from_json, records.facts_from_json):
        with pytest.raises(ValueError):
            read(text)


@pytest.mark.parametrize("text", ["", "null", "{}", "[1]", "[[]]", "[" * 100_000])
def test_what_are_no_blocks_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        records.blocks_from_json(text)


def test_spans_and_texts_come_back() -> None:
    spans, texts = (Span(0, 3), Span(3, 9)), ("A “title”", "日本")
    assert records.spans_from_json(records.spans_to_json(spans)) == spans
    assert records.texts_from_json(records.texts_to_json(texts)) == texts
    assert (records.spans_from_json("[]"), records.texts_from_json("[]")) == ((), ())


@pytest.mark.parametrize("text", ["", "null", "{}", "[1]", "[[]]", "[[2, 1]]", '[[0, "1"]]', "[" * 100_000])
def test_what_are_no_spans_or_texts_is_a_value_error(text: str) -> None:
    for read in (records.spans_from_json, records.texts_from_json):
        with pytest.raises(ValueError):
            read(text)


def test_a_reading_comes_back_as_it_was() -> None:
    reading = FileReading(DOCUMENT, (LeftOut(Omission.NOTE_MARK, "“4”"), LeftOut(Omission.STRUCK_OUT, "old")))
    assert records.reading_from_json(records.reading_to_json(reading)) == reading


@pytest.mark.parametrize(
    "changes",
    [
        {"document": None},
        {"document": RECORD | {"text": 1}},
        {"left_out": None},
        {"left_out": [["note mark"]]},
        {"left_out": [["whim", "x"]]},
        {"left_out": [["note mark", 4]]},
        {"more": 1},
    ],
)
def test_what_is_no_reading_is_a_value_error(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        records.reading_from_json(json.dumps({"document": RECORD, "left_out": []} | changes))
