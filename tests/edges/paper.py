"""A collection with a PDF file, each sentence of which is known, on two pages."""

from __future__ import annotations

import io
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from alliance_qa.building.rebuild import rebuild
from edges.embedder import WordEmbedder
from edges.server import settings_of

NAME = "harbour.pdf"
FIRST = "The lighthouse of the harbour was lit for the first time in May 1903."
OVER_PAGES = "Its keeper lived beside the tower with nine cats and left it in the autumn of 1921."
LINES = (
    (
        "The harbour was built by the town in the years after the great storm. It",
        "has two piers and a basin for the fishing boats.",
        "The lighthouse of the harbour was lit for the first time in May 1903. Its",
        "keeper lived beside the tower with nine cats and",
    ),
    ("left it in the autumn of 1921. Nobody has lived there since, and the tower", "is shut."),
)


def write(home: Path, lines: tuple[tuple[str, ...], ...] = LINES) -> None:
    """Write the file into a folder's documents/, its author among its properties."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(420, 595), invariant=1)
    canvas.setTitle("The Harbour")
    canvas.setAuthor("Jane Doe")
    for page in lines:
        canvas.setFont("Times-Roman", 11)
        for at, line in enumerate(page):
            canvas.drawString(40, 540 - 14 * at - (0 if len(page) < 4 else 420), line)
        canvas.showPage()
    canvas.save()
    (home / "documents").mkdir(parents=True, exist_ok=True)
    (home / "documents" / NAME).write_bytes(file.getvalue())


def index(home: Path) -> None:
    """Bring a folder's index/ up to date without a model."""
    rebuild(settings_of(home), WordEmbedder())
