"""The SHA-256 of a file, 64 hexadecimal digits: what tells one content from another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def of(parts: Iterable[bytes]) -> str:
    """Return the checksum of bytes that come in parts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest()


def of_file(path: Path) -> str:
    """Return the checksum of a file of our own, which is no pipe. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
