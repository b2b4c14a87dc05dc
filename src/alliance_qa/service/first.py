"""The documents that a keeper puts first: in lists, and in the questions that greet a visitor."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase

from alliance_qa.index.manifest import Manifest
from alliance_qa.settings import Settings


def ids(settings: Settings, manifest: Manifest) -> tuple[str, ...]:
    """Return the ids of the documents that come first, in the order of the patterns and then of the paths."""
    return tuple(
        dict.fromkeys(id_ for pattern in settings.first for path, id_ in _held(manifest) if _names(pattern, path))
    )


def unknown(settings: Settings, manifest: Manifest) -> tuple[str, ...]:
    """Return the patterns that name no document of a generation.

    There are none where the keeper set none: the default names a document that the shipped collection holds.
    """
    if "first" not in settings.model_fields_set:
        return ()
    return tuple(p for p in settings.first if not any(_names(p, path) for path, _ in _held(manifest)))


def _held(manifest: Manifest) -> Sequence[tuple[str, str]]:
    """Return the path and the id of each document, ordered by path."""
    return [(state.path, state.document_id) for state in manifest.sources if state.document_id]


def _names(pattern: str, path: str) -> bool:
    # A file's name may be stored with its accents apart, and hold what a pattern means otherwise: "notes [1].md".
    pattern, path = unicodedata.normalize("NFC", pattern), unicodedata.normalize("NFC", path)
    return pattern == path or fnmatchcase(path, pattern)
