"""What a generation of the index says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1  # raise it whenever a reader of the old files would misread the new ones


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the passages and vectors depend on besides the documents."""

    model: str  # for people
    fingerprint: str  # of the embedder
    dimension: int
    passage_tokens: int
    splitter: str  # name and version
    reader: str  # version of the package that read the files


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of the documents folder and what became of it."""

    path: str  # relative to the documents folder
    sha256: str  # of its bytes; "" where they were not read
    document_id: str | None  # None: not indexed
    passages: int
    reason: str | None  # why it was not indexed


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the generation, as written."""

    size: int  # bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json. `files` names every other file of the generation."""

    format: int
    version: str
    created: str  # ISO 8601, UTC, seconds
    recipe: Recipe
    documents: int
    passages: int
    sentences: int
    reused: int  # passages whose vectors came from the generation before
    sources: tuple[FileState, ...]  # ordered by path
    files: Mapping[str, StoredFile]

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Parse manifest.json. Raises ValueError, KeyError or TypeError for any other text."""
        fields = json.loads(text)
        if fields["format"] != FORMAT:
            return cls(**{**_EMPTY, "format": int(fields["format"]), "version": str(fields.get("version", "?"))})
        if not isinstance(fields["files"], dict):
            raise TypeError("files must be an object")
        return cls(
            **{
                **fields,
                "recipe": Recipe(**fields["recipe"]),
                "sources": tuple(FileState(**state) for state in fields["sources"]),
                "files": {name: StoredFile(**stored) for name, stored in fields["files"].items()},
            }
        )


_EMPTY: dict[str, Any] = {
    "created": "",
    "recipe": Recipe("?", "", 0, 0, "", ""),
    "documents": 0,
    "passages": 0,
    "sentences": 0,
    "reused": 0,
    "sources": (),
    "files": {},
}
