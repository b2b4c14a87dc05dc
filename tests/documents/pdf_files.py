"""PDF files made in memory: lines of text at places of a page, and objects as they are."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas


@dataclass(frozen=True)
class Put:
    """Lines of text on a page, the first at (x, y), each `leading` below the one before."""

    x: float
    y: float
    lines: Sequence[str]
    font: str = "Times-Roman"
    size: float = 10
    leading: float = 12


def written(*pages: Sequence[Put], encrypt: StandardEncryption | None = None, **about: str) -> bytes:
    """A PDF file of letter-size pages. `about`: title, author, language."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(612, 792), encrypt=encrypt, lang=about.get("language"), invariant=1)
    canvas.setTitle(about.get("title", ""))
    canvas.setAuthor(about.get("author", ""))
    for page in pages:
        for put in page:
            canvas.setFont(put.font, put.size)
            for index, line in enumerate(put.lines):
                canvas.drawString(put.x, put.y - index * put.leading, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def assembled(objects: Mapping[int, str], info: str = "") -> bytes:
    """A PDF file of the objects as they are; number 1 is the catalog."""
    body = b"%PDF-1.7\n"
    offsets = {}
    for number, content in objects.items():
        offsets[number] = len(body)
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{n} 1\n{offset:010} 00000 n \n" for n, offset in offsets.items())
    trailer = f"<< /Size {max(objects) + 1} /Root 1 0 R {info} >>"
    end = f"xref\n0 1\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{len(body)}\n%%EOF\n"
    return body + end.encode("latin-1")


def stream(content: str, entries: str = "") -> str:
    return f"<< {entries} /Length {len(content.encode('latin-1'))} >>\nstream\n{content}\nendstream"


def one_sentence(
    info: str = "", catalog: str = "", page: str = "", more: Mapping[int, str] | None = None
) -> dict[int, str]:
    """The objects of a page that says one sentence."""
    return {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R {page}"
        " /Resources << /Font << /F 5 0 R >> >> >>",
        4: stream("BT /F 10 Tf 72 600 Td (The treaty has ten articles.) Tj ET"),
        5: "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
        6: f"<< {info} >>",
        **(more or {}),
    }
