"""The chat widget as it is served: one file, named by its content."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "widget.js"


@dataclass(frozen=True, slots=True)
class Widget:
    """The script, and what a page needs to load exactly this one."""

    source: bytes
    version: str  # the first 12 hex digits of its SHA-256
    integrity: str  # for the attribute `integrity` (W3C Subresource Integrity)

    @property
    def path(self) -> str:
        """Where the service serves this version, and only this one."""
        return f"/widget-{self.version}.js"


@cache
def widget() -> Widget:
    """Read the widget."""
    source = _FILE.read_bytes()
    return Widget(
        source,
        hashlib.sha256(source).hexdigest()[:12],
        f"sha384-{base64.b64encode(hashlib.sha384(source).digest()).decode()}",
    )
