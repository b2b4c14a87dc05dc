"""Write the PDF and Word documents of the collection from their Markdown sources.

    python collection/build.py            write the four files into documents/
    python collection/build.py --check    fail when a file differs from its source

The bytes are the same on every run: dates and identifiers are fixed, and nothing is compressed, because
compressed bytes depend on the zlib of the machine. The committed bytes were made with the versions in
MADE_WITH; other versions may lay out or serialize differently.
"""

import argparse
import io
import re
import sys
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import docx
import frontmatter
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, SimpleDocTemplate
from reportlab.platypus import Paragraph as PdfParagraph
from reportlab.platypus import Table as PdfTable

MADE_WITH = {"python-docx": "1.2.0", "reportlab": "5.1.0", "pypdf": "7.1.0"}
SOURCES = Path(__file__).resolve().parent
DOCUMENTS = SOURCES.parent / "documents"
TARGETS = (
    "summit-april-2024.docx",
    "minilaterals-and-quad.pdf",
    "nato-and-japan.pdf",
    "people-and-offices.docx",
)

# Where a line of a PDF may break inside a word. Readers meet such breaks in most PDFs, so ours have them too.
HYPHENATION = """
af-ghan-i-stan agree-ment al-li-ance an-nounced at-lan-tic aus-tralia com-men-tary com-mit-ment
com-mu-ni-ca-tions con-cept con-fer-ence con-nec-tions con-sult-ing coop-er-a-tion coor-di-nate cor-ri-dor
coun-tries de-cem-ber de-fense dec-la-ra-tion dia-logue doc-u-ments eco-nomic ex-er-cise for-eign for-mat
group-ing head-quar-ters hu-man-i-tar-ian in-clude in-cludes in-di-vid-u-ally in-di-vid-ual in-for-mal
in-fra-struc-ture in-ter-na-tional in-ter-op-er-a-bil-ity jan-u-ary jap-a-nese lead-ers mar-i-time meet-ing
mem-ber min-is-te-rial min-is-ter min-is-ters mini-lat-er-als mini-lat-eral na-tional no-vem-ber
ob-li-ga-tions of-fi-cials or-ga-ni-za-tion par-lia-ment part-ner part-ner-ship part-ners phil-ip-pines
po-lit-i-cal pres-i-dent pro-gramme pro-moted pub-lished quad-ri-lat-eral re-cip-ro-cal re-gional
re-la-tion-ship re-pub-lic se-cu-rity sec-ond sec-re-tary sep-tem-ber stra-te-gic sup-ported sup-ports
tai-lored tech-nolo-gies to-gether tri-lat-eral tsu-nami wash-ing-ton
""".split()
BREAKS = {word.replace("-", ""): word.split("-") for word in HYPHENATION}
WORD_STYLES = {"Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "List Bullet", "Table Grid", "Normal Table",
               "Default Paragraph Font"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Bullets | Table


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    author: str
    publisher: str
    language: str
    published: datetime
    blocks: tuple[Block, ...]

    @property
    def byline(self) -> str:
        day = f"{self.published:%B} {self.published.day}, {self.published.year}"
        return f"By {self.author}. Published by {self.publisher} on {day}."


def read(path: Path) -> Source:
    """Return the facts and the blocks of a Markdown source; its first heading repeats the title and is left out."""
    post = frontmatter.loads(path.read_text(encoding="utf-8"))
    blocks = [parse(block) for block in post.content.split("\n\n")]
    return Source(
        title=str(post["title"]),
        author=str(post["author"]),
        publisher=str(post["publisher"]),
        language=str(post["language"]),
        published=datetime.fromisoformat(str(post["published"])),
        blocks=tuple(blocks[1:]),
    )


def parse(block: str) -> Block:
    """Return one blank-line separated piece of Markdown as a block. Only what our sources use is understood."""
    lines = block.strip().splitlines()
    if lines[0].startswith("#"):
        marks, text = lines[0].split(" ", 1)
        return Heading(len(marks), text)
    if lines[0].startswith("- "):
        return Bullets(tuple(line[2:] for line in lines))
    if lines[0].startswith("|"):
        rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
        return Table((rows[0], *rows[2:]))
    return Paragraph(" ".join(lines))


def word_file(source: Source) -> bytes:
    """Return the source as a Word document."""
    document = docx.Document()
    drop_unused(document)
    facts = document.core_properties
    facts.title, facts.author, facts.language = source.title, source.author, source.language
    facts.last_modified_by, facts.comments = source.author, f"Published by {source.publisher}"
    facts.created = facts.modified = source.published
    document.add_paragraph(source.title, style="Title")
    document.add_paragraph(source.byline, style="Subtitle")
    for block in source.blocks:
        match block:
            case Heading(level, text):
                document.add_heading(text, level - 1)
            case Paragraph(text):
                document.add_paragraph(text)
            case Bullets(items):
                for item in items:
                    document.add_paragraph(item, style="List Bullet")
            case Table(rows):
                table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
                for row, texts in zip(table.rows, rows, strict=True):
                    for cell, text in zip(row.cells, texts, strict=True):
                        cell.text = text
    saved = io.BytesIO()
    document.save(saved)
    return stored(saved)


def drop_unused(document: WordDocument) -> None:
    """Remove the styles and parts of python-docx's template that we do not use: nine tenths of the file."""
    for style in list(document.styles):
        if style.name not in WORD_STYLES:
            style.delete()
    styles = document.styles.element
    for unused in [*styles.iter(qn("w:latentStyles")), *styles.iter(qn("w:link"))]:
        unused.getparent().remove(unused)
    for rels in (document.part.rels, document.part.package.rels):
        for name in [name for name, rel in rels.items() if rel.reltype.endswith(("Effects", "customXml", "thumbnail"))]:
            del rels[name]


def stored(archive: io.BytesIO) -> bytes:
    """Return a ZIP archive with its members uncompressed and without dates."""
    result = io.BytesIO()
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name))
    return result.getvalue()


def pdf_file(source: Source) -> bytes:
    """Return the source as a PDF with a running header, page numbers and words broken at line ends."""
    total = len(PdfReader(io.BytesIO(laid_out(source, total=0))).pages)
    writer = PdfWriter(clone_from=io.BytesIO(laid_out(source, total)))
    stamp = f"D:{source.published:%Y%m%d}000000Z"
    writer.add_metadata({
        "/Published": f"{source.published:%Y-%m-%d}",
        "/Publisher": source.publisher,
        "/CreationDate": stamp,
        "/ModDate": stamp,
    })  # fmt: skip
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def laid_out(source: Source, total: int) -> bytes:
    """Return the pages of a PDF that says it has total pages."""

    def furniture(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(40 * mm, 282 * mm, source.title)
        canvas.drawRightString(170 * mm, 282 * mm, source.publisher)
        canvas.drawCentredString(105 * mm, 12 * mm, f"Page {canvas.getPageNumber()} of {total}")

    body = ParagraphStyle(
        "body",
        fontName="Times-Roman",
        fontSize=11,
        leading=15,
        spaceAfter=7,
        alignment=4,
        embeddedHyphenation=1,
    )
    bullet = ParagraphStyle("bullet", body, leftIndent=12, bulletIndent=2, spaceAfter=3)
    cell = ParagraphStyle("cell", body, fontSize=10, leading=12, spaceAfter=0, alignment=0, embeddedHyphenation=0)
    headings = {
        1: ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=16, leading=20, spaceAfter=6),
        2: ParagraphStyle("heading", fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=8, spaceAfter=4,
                          keepWithNext=1),
    }  # fmt: skip

    flow: list[Flowable] = [
        PdfParagraph(escape(source.title), headings[1]),
        PdfParagraph(escape(source.byline), body),
    ]
    for block in source.blocks:
        match block:
            case Heading(level, text):
                flow.append(PdfParagraph(escape(text), headings[level]))
            case Paragraph(text):
                flow.append(PdfParagraph(escape(breakable(text)), body))
            case Bullets(items):
                flow.extend(PdfParagraph(escape(breakable(item)), bullet, bulletText="–") for item in items)
            case Table(rows):
                cells = [[PdfParagraph(escape(text), cell) for text in row] for row in rows]
                grid = [("GRID", (0, 0), (-1, -1), 0.4, colors.grey), ("VALIGN", (0, 0), (-1, -1), "TOP")]
                flow.append(PdfTable(cells, style=grid, spaceBefore=4, spaceAfter=8))

    result = io.BytesIO()
    template = SimpleDocTemplate(
        result, pagesize=A4, leftMargin=40 * mm, rightMargin=40 * mm, topMargin=25 * mm, bottomMargin=22 * mm,
        title=source.title, author=source.author, subject=source.title, lang=source.language,
        creator="collection/build.py", invariant=1, pageCompression=0,
    )  # fmt: skip
    template.build(flow, onFirstPage=furniture, onLaterPages=furniture)
    return result.getvalue()


def breakable(text: str) -> str:
    """Return the text with a soft hyphen at every place where HYPHENATION lets a word break."""

    def soften(word: re.Match[str]) -> str:
        letters = iter(word[0])
        pieces = BREAKS.get(word[0].lower(), [word[0]])
        return "\u00ad".join("".join(next(letters) for _ in piece) for piece in pieces)

    return re.sub(r"[A-Za-z]+", soften, text)


def built(name: str) -> bytes:
    """Return the bytes of one generated document."""
    source = read(SOURCES / Path(name).with_suffix(".md"))
    return word_file(source) if name.endswith(".docx") else pdf_file(source)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the generated documents of the collection.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file differs from its source")
    check = parser.parse_args(arguments).check
    stale = []
    for name in TARGETS:
        content, target = built(name), DOCUMENTS / name
        if not check:
            target.write_bytes(content)
        elif not target.exists() or target.read_bytes() != content:
            stale.append(name)
    if stale:
        print(f'{", ".join(stale)} differs from its source; run "python collection/build.py"', file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
