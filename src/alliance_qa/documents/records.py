"""Documents and what passages hold as JSON, for the index and for the processes that read files.

What is read back may come from a damaged file or from a process that a hostile file
has taken over: nothing but a document comes out, or a ValueError.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from alliance_qa.documents.extract import FileReading, LeftOut, Omission
from alliance_qa.documents.places import Places
from alliance_qa.domain import Block, BlockKind, Document, Fact, Facts, Provenance, Span


def reading_to_json(reading: FileReading) -> str:
    """Return an object of `document`, its fields, and `left_out`, a list of [why, text].

    Blocks and facts are as in `blocks_to_json` and `facts_to_json`.
    """
    left_out = [(entry.why, entry.text) for entry in reading.left_out]
    return json.dumps({"document": _document_record(reading.document), "left_out": left_out}, ensure_ascii=False)


def reading_from_json(text: str) -> FileReading:
    """Return what `reading_to_json` wrote.

    Raises:
        ValueError: It is none: no JSON, other fields, other types, spans outside the text.
    """
    record = _loaded(text, dict)
    try:
        document, rows = record.pop("document"), record.pop("left_out")
        left_out = tuple(LeftOut(Omission(why), _text(said)) for why, said in rows)
    except (TypeError, KeyError) as error:
        raise ValueError(f"this is no reading: {error!r}") from error
    if record or type(document) is not dict:
        raise ValueError("this is no reading: its fields are others")
    return FileReading(_document(document), left_out)


def _document_record(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "path": document.path,
        "media_type": document.media_type,
        "sha256": document.sha256,
        "text": document.text,
        "blocks": _block_rows(document.blocks),
        "facts": _fact_rows(document.facts),
        "places": base64.b64encode(document.places).decode(),
    }


def _document(record: dict[str, Any]) -> Document:
    try:
        blocks, facts = _blocks(record.pop("blocks")), _facts(record.pop("facts"))
        places = base64.b64decode(_text(record.pop("places")), validate=True)
        texts = {name: _text(value) for name, value in record.items()}
        document = Document(**texts, blocks=blocks, facts=facts, places=places)
    except (TypeError, KeyError) as error:
        raise ValueError(f"this is no document: {error!r}") from error
    for name in Facts.__dataclass_fields__:
        fact = getattr(facts, name)
        if fact and fact.span and fact.span.end > len(document.text):
            raise ValueError(f"{document.path}: the fact {name} leaves the text")
    if places:
        Places.parse(places, document.text)
    return document


def blocks_to_json(blocks: Sequence[Block]) -> str:
    """Return a list of [kind, start, end, level, page], with the locator behind the page where there is one."""
    return json.dumps(_block_rows(blocks))


def blocks_from_json(text: str) -> tuple[Block, ...]:
    """Return the blocks that `blocks_to_json` wrote. Raises ValueError where they are none."""
    return _blocks(_loaded(text, list))


def facts_to_json(facts: Facts) -> str:
    """Return an object of [value, provenance, start, end, where, weak] by name, unknown facts left out.

    Start and end are null for a fact that no line states.
    """
    return json.dumps(_fact_rows(facts), ensure_ascii=False)


def facts_from_json(text: str) -> Facts:
    """Return the facts that `facts_to_json` wrote. Raises ValueError where they are none."""
    return _facts(_loaded(text, dict))


def spans_to_json(spans: Sequence[Span]) -> str:
    """Return a list of [start, end]."""
    return json.dumps([(span.start, span.end) for span in spans])


def spans_from_json(text: str) -> tuple[Span, ...]:
    """Return the spans that `spans_to_json` wrote. Raises ValueError where they are none."""
    try:
        return tuple(_span(start, end) for start, end in _loaded(text, list))
    except TypeError as error:
        raise ValueError(f"these are no spans: {error}") from error


def texts_to_json(texts: Sequence[str]) -> str:
    """Return a list of texts."""
    return json.dumps(texts, ensure_ascii=False)


def texts_from_json(text: str) -> tuple[str, ...]:
    """Return the texts that `texts_to_json` wrote. Raises ValueError where they are none."""
    return tuple(map(_text, _loaded(text, list)))


def _block_rows(blocks: Sequence[Block]) -> list[tuple[str | int | None, ...]]:
    return [
        (block.kind, block.span.start, block.span.end, block.level, block.page, *filter(None, [block.locator]))
        for block in blocks
    ]


def _fact_rows(facts: Facts) -> dict[str, tuple[str | int | None, ...]]:
    return {
        name: (
            fact.value,
            fact.provenance,
            *((fact.span.start, fact.span.end) if fact.span else (None, None)),
            fact.where,
            fact.weak,
        )
        for name in Facts.__dataclass_fields__
        if (fact := getattr(facts, name)) is not None
    }


def _blocks(rows: Any) -> tuple[Block, ...]:
    try:
        return tuple(_block(*row) for row in rows)
    except TypeError as error:
        raise ValueError(f"these are no blocks: {error}") from error


def _block(kind: Any, start: Any, end: Any, level: Any, page: Any, locator: Any = "") -> Block:
    page = None if page is None else _number(page)
    return Block(BlockKind(kind), _span(start, end), _number(level), page, _text(locator))


def _facts(rows: Any) -> Facts:
    try:
        return Facts(**{name: _fact(*row) for name, row in rows.items()})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"these are no facts: {error}") from error


def _fact(value: Any, provenance: Any, start: Any = None, end: Any = None, where: Any = "", weak: Any = False) -> Fact:
    # Indexes of format 3 and before end with the span, or before it.
    span = None if start is None and end is None else _span(start, end)
    if type(weak) is not bool:
        raise ValueError(f"{weak!r:.40} is neither true nor false")
    return Fact(_text(value), Provenance(provenance), span, _text(where), weak)


def _span(start: Any, end: Any) -> Span:
    return Span(_number(start), _number(end))


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r:.40} is no whole number")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"{value!r:.40} is no text")
    value.encode()  # a lone surrogate is no text either; UnicodeEncodeError is a ValueError
    return value


def _loaded(text: str, kind: type) -> Any:
    try:
        loaded = json.loads(text)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
    if type(loaded) is not kind:
        raise ValueError(f"JSON holds no {kind.__name__}")
    return loaded
