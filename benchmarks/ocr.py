"""Errors of reading scans by layout: `python benchmarks/ocr.py [--dpi 150 300]`, with LibreOffice and Tesseract.

LibreOffice sets texts of `documents/` on ten pages: one column, two columns, a table, small type, headings with a list,
two pages of each. Each page becomes a picture, clean, skewed by one degree, and noisy (as in `scans.py`), and that a
PDF file, which is read as any other.
Character and word errors are edit distances to the text of the page, divided by its characters or words.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2
from PIL import Image
from rapidfuzz.distance import Levenshtein
from scans import DOCUMENTS, plain, spoiled

from alliance_qa.documents import pdf
from alliance_qa.documents.pdf import scans
from alliance_qa.errors import DocumentError

_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        **{name: name for name in ("office", "text", "style", "table")},
        "fo": "xsl-fo-compatible",
    }.items()
)
_STYLES = """<style:style style:name="S" style:family="paragraph"><style:paragraph-properties fo:margin-bottom="5pt"/>
<style:text-properties fo:font-size="{points}pt"/></style:style>
<style:style style:name="C" style:family="section"><style:section-properties>
<style:columns fo:column-count="{columns}" fo:column-gap="0.8cm"/></style:section-properties></style:style>"""
_LONGEST = 2_400  # characters of a page


def texts(name: str) -> list[str]:
    """Return the paragraphs of a text of `documents/`."""
    whole = re.sub(r"[#*`]", "", (DOCUMENTS / name).read_text("utf-8"))
    return [" ".join(text.split()) for text in whole.split("\n\n") if text.strip() and not re.search(r"\||^---", text)]


def filled(paragraphs: list[str], points: int) -> list[str]:
    """Return as many as fill most of a page."""
    kept: list[str] = []
    for text in paragraphs:
        if sum(map(len, kept)) + len(text) > _LONGEST * 10 // points:
            break
        kept.append(text)
    return kept


def bodies() -> Iterator[tuple[str, int, int, str]]:
    """Yield layout, size of the letters, columns and body of each page."""

    def set_(paragraphs: list[str], tag: str = "p") -> str:
        return "".join(f'<text:{tag} text:style-name="S">{escape(text)}</text:{tag}>' for text in paragraphs)

    for first, second in (("aukus-and-japan.txt", "hub-and-spoke.md"), ("history-and-phases.md", "glossary.txt")):
        yield "one column", 11, 1, set_(filled(texts(first), 11))
        yield "two columns", 10, 2, set_(filled(texts(second), 10))
        yield "small type", 8, 1, set_(filled(texts(second), 8))
        items = "".join(f"<text:list-item>{set_([text])}</text:list-item>" for text in filled(texts(first), 16))
        yield "headings, list", 11, 1, set_(["What is said"], "h") + f"<text:list>{items}</text:list>"
    for name in ("how-to-read-this-collection.md", "hub-and-spoke.md"):
        lines = [line for line in (DOCUMENTS / name).read_text("utf-8").splitlines() if line.startswith("|")]
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        table = "".join(
            "<table:table-row>"
            + "".join(f"<table:table-cell>{set_([cell])}</table:table-cell>" for cell in row)
            + "</table:table-row>"
            for row in cells
            if not set("".join(row)) <= set("-: ")
        )
        columns = f'<table:table-column table:number-columns-repeated="{len(cells[0])}"/>'
        yield "table", 10, 1, f"<table:table>{columns}{table}</table:table>"


def pages(folder: Path) -> Iterator[tuple[str, pypdfium2.PdfPage]]:
    """Yield layout and page of each."""
    made = list(bodies())
    for number, (_, points, columns, body) in enumerate(made):
        (folder / f"{number}.fodt").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>'
            f'<office:document {_NAMES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">'
            f"<office:automatic-styles>{_STYLES.format(points=points, columns=columns)}</office:automatic-styles>"
            f'<office:body><office:text><text:section text:style-name="C" text:name="A">{body}</text:section>'
            "</office:text></office:body></office:document>",
            "utf-8",
        )
    files = [folder / f"{number}.fodt" for number in range(len(made))]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    for number, (layout, *_) in enumerate(made):
        yield layout, pypdfium2.PdfDocument(folder / f"{number}.pdf")[0]


def scanned(page: pypdfium2.PdfPage, kind: str, dpi: int, seed: int) -> Image.Image:
    """Return a page as a scanner would give it."""
    image = page.render(scale=dpi / 72, grayscale=True).to_pil()
    if kind == "skewed":
        return image.rotate(1 if seed % 2 else -1, resample=Image.Resampling.BICUBIC, fillcolor=255)
    return spoiled(image, kind, dpi, seed)


def read(image: Image.Image, dpi: int) -> str:
    """Return the text of a picture in a PDF file; without the marks of what is unsure and between cells."""
    file = io.BytesIO()
    image.save(file, "PDF", resolution=dpi)
    try:
        found = pdf.read(file.getvalue())
    except DocumentError:
        return ""
    return " ".join(block.text.replace(scans.UNSURE, "").replace(" | ", " ") for block in found.blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dpi", type=int, nargs="+", default=[150, 300])
    options = parser.parse_args()
    print(
        "| layout | dpi | " + " | ".join(f"{kind}: characters, words" for kind in ("clean", "skewed", "noisy")) + " |"
    )
    with TemporaryDirectory() as folder:
        made = list(pages(Path(folder)))
        for dpi in options.dpi:
            wrong: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
            for number, (layout, page) in enumerate(made):
                wanted = plain(re.sub("[\uf000-\uf0ff]", "", page.get_textpage().get_text_range()))  # bullets
                for kind in ("clean", "skewed", "noisy"):
                    found = plain(read(scanned(page, kind, dpi, number), dpi))
                    words = Levenshtein.distance(found.split(), wanted.split())
                    counted = (Levenshtein.distance(found, wanted), len(wanted), words, len(wanted.split()))
                    for layouts in (layout, "all"):
                        wrong[layouts, kind] = [a + b for a, b in zip(wrong[layouts, kind], counted, strict=True)]
            for layout in dict.fromkeys(layout for layout, _ in wrong):
                cells = (wrong[layout, kind] for kind in ("clean", "skewed", "noisy"))
                shown = " | ".join(f"{a / b:.3f}, {c / d:.3f}" for a, b, c, d in cells)
                print(f"| {layout} | {dpi} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
