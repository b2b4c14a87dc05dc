"""A small collection on disk: files that ship with the project, and one of each awkward kind."""

from __future__ import annotations

import shutil
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "documents"
COPIED = ("aukus-and-japan.txt", "security-treaties.html", "timeline.md")

# Characters of one to four bytes, and two UTF-16 units, stand before and inside the quotes.
LIGHTHOUSE_SENTENCE = "The lighthouse of Ōshima 𠮷野 was lit for the first time on May 5, 1903 🗼."
NOTES = f"""---
title: Notes on the Lighthouse of Ōshima
author: Ichiro Tanaka
published: 2001-02-03
---

# Notes on the Lighthouse of Ōshima

日本の灯台。{LIGHTHOUSE_SENTENCE} Its keeper lived beside the tower — “alone”, as he wrote.
"""

# What must reach neither a terminal nor a page as more than text: a right-to-left override in
# the title, HTML, and an escape sequence.
HOSTILE_SENTENCE = (
    "The gardener of <b>Karuizawa</b> planted 40 maples & <script>alert('x')</script> \u202ein 1911\u202c."
)
HOSTILE = f"""Gardens \u202e<script>alert(1)</script>\u202c of Karuizawa
By \u2066Eve\u2069 \x1b[31mMallory\x1b[0m

{HOSTILE_SENTENCE}
"""

BROKEN = b"caf\xe9"


def write(folder: Path) -> None:
    """Fill a documents folder."""
    folder.mkdir(parents=True)
    for name in COPIED:
        shutil.copy(SHIPPED / name, folder / name)
    write_small(folder)


def write_small(folder: Path) -> None:
    """Write the awkward files only: enough where no model is loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "notes on Ōshima.md").write_text(NOTES, "utf-8")
    (folder / "gardens.txt").write_text(HOSTILE, "utf-8")
    (folder / "broken.txt").write_bytes(BROKEN)
