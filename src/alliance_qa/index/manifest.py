"""What a generation of the index says about itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from alliance_qa.domain import OperatingPoint
from alliance_qa.errors import Failure
from alliance_qa.index.disk import StoredFile

FORMAT = 5  # raise it whenever a reader of the old files would misread the new ones
WITH_COLLECTIONS = 6  # of a generation that names collections of an engine, which older versions would leave behind
# Format 2 knew no operating point, 3 said not where in its file a fact stands, 4 had no locators; all can be read.
READABLE = (2, 3, 4, FORMAT, WITH_COLLECTIONS)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that the passages and vectors depend on besides the documents."""

    model: str  # for people
    fingerprint: str  # of the embedder
    passage_tokens: int  # as set; a model that reads less cuts it
    splitter: str  # name and version
    documents_version: str  # of what read the files; in an older manifest that of the package


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of the documents folder and what became of it."""

    path: str  # relative to the documents folder
    sha256: str  # of its bytes; "" where they were not read
    since: str  # when it came into this state: ISO 8601, UTC, seconds
    document_id: str | None = None  # None: not indexed
    passages: int = 0
    failure: Failure | None = None  # why it was not indexed
    reason: str | None = None  # the same in words

    @property
    def state(self) -> str:
        """One of "indexed", "skipped" and "failed"."""
        if self.failure is None:
            return "indexed"
        return "skipped" if self.failure.is_skip else "failed"


@dataclass(frozen=True, slots=True)
class StoredCollection:
    """What an engine holds of a segment. It is never changed."""

    name: str  # in the engine
    passages: int
    kind: str  # of its index of vectors: "FLAT" compares all, "HNSW" follows a graph
    effort: int  # how many vectors "HNSW" keeps in view; 0 for "FLAT"
    recall: float  # at 100, of vectors and of words the lower one, against exact search, measured when it was written


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """One immutable part of a generation. Later generations may share it."""

    name: str  # of its folder
    documents: int
    passages: int
    sentences: int
    dense: str  # FAISS factory string, e.g. "Flat"
    dense_parameters: str  # e.g. "nprobe=16"; "" where there are none
    recall: float  # at 10, against exact search, measured when it was built
    files: Mapping[str, StoredFile]  # every file in its folder
    unreadable: int | None = None  # passages with a vector of zeros; None where an older version did not look
    collection: StoredCollection | None = None  # None: built without an engine


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json."""

    format: int
    version: str
    created: str  # ISO 8601, UTC, seconds
    recipe: Recipe
    dimension: int
    documents: int
    passages: int
    sentences: int
    reused: int  # passages whose vectors came from the generation before
    oldest: str  # the earliest generation that may still be quoted: a purge raises it
    sources: tuple[FileState, ...]  # ordered by path
    segments: tuple[SegmentInfo, ...]
    operating_point: OperatingPoint | None = None  # None: the shipped one
    dropped: str | None = None  # why an operating point of a generation before was not carried over

    @property
    def unreadable(self) -> int | None:
        """How many passages the model cannot read, so that they are found by their words only; None if not known."""
        counts = [segment.unreadable for segment in self.segments]
        return None if None in counts else sum(filter(None, counts))

    @property
    def has_collections(self) -> bool:
        """Whether it was built with an engine, which may serve it."""
        return all(segment.collection or not segment.passages for segment in self.segments)

    def to_json(self) -> str:
        """Return the text of manifest.json, which holds its own checksum."""
        # Indented it would take ten times as long.
        fields = asdict(self) | {"recipe": _renamed(asdict(self.recipe), "documents_version", "reader")}
        if self.format < WITH_COLLECTIONS:  # as older versions read it
            for segment in fields["segments"]:
                del segment["collection"]
        return _checked(json.dumps(fields, ensure_ascii=False, sort_keys=True)[1:])

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Parse manifest.json.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: It is any other text, or a changed one.
        """
        fields = json.loads(text)
        if (format_ := int(str(fields["format"]))) not in READABLE:
            return cls(**{**_EMPTY, "format": format_, "version": str(fields.get("version", "?"))})
        opening = f'{{"sha256": "{fields.pop("sha256")}", '
        if not text.startswith(opening) or _checked(text[len(opening) :]) != text:
            raise ValueError("the text is not what its checksum says")
        fields.pop("owner", None)  # the first ones with collections said here whose these are
        point = fields.get("operating_point")
        return cls(
            **{
                **fields,
                "operating_point": OperatingPoint(**point) if point is not None else None,
                "recipe": Recipe(**_renamed(fields["recipe"], "reader", "documents_version")),
                "sources": tuple(_state(**state) for state in fields["sources"]),
                "segments": tuple(_segment(**segment) for segment in fields["segments"]),
            }
        )


def now() -> str:
    """Return the time as it stands in manifests: ISO 8601, UTC, seconds."""
    return datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _renamed(fields: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the fields of a recipe with one under another name: the file has an older word for it."""
    return {new if name == old else name: value for name, value in fields.items()}


def _state(failure: str | None, **fields: Any) -> FileState:
    return FileState(failure=Failure(failure) if failure else None, **fields)


def _segment(files: dict[str, dict[str, Any]], collection: Any = None, **fields: Any) -> SegmentInfo:
    return SegmentInfo(
        files={name: StoredFile(**stored) for name, stored in files.items()},
        collection=StoredCollection(**collection) if collection else None,
        **fields,
    )


def _checked(fields: str) -> str:
    """Return a JSON object, given without its opening brace, with its checksum in front."""
    return f'{{"sha256": "{hashlib.sha256(fields.encode()).hexdigest()}", {fields}'


_EMPTY: dict[str, Any] = {
    "created": "",
    "recipe": Recipe("?", "", 0, "", ""),
    "dimension": 0,
    "documents": 0,
    "passages": 0,
    "sentences": 0,
    "reused": 0,
    "oldest": "",
    "sources": (),
    "segments": (),
}
