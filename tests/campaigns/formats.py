"""The same text in another format is read as the same: `python -m campaigns.formats [FILE.md ...]`.

pandoc and LibreOffice, as Debian has them, make a web page, a Word file, a PDF file and a plain text of each
Markdown file (of the collection where none is named). Printed for each are the share of sentences that
are equal after white space is folded, and the facts that differ.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

from alliance_qa import documents
from alliance_qa.domain import BlockKind, Document
from alliance_qa.text.sentences import split_sentences

_COLLECTION = Path(__file__).parents[2] / "documents"
_LEAST = 0.99
_FACTS = ("title", "author", "published")


def main(files: list[Path]) -> int:
    """Print a line for each file and format; return 1 where one falls short."""
    shares: dict[str, list[float]] = {}
    is_short = False
    for file in files:
        with TemporaryDirectory() as folder:
            made = _made(file, Path(folder))
            first = documents.read(made[".html"].read_bytes(), "a.html")
            stated = {_fact(first, name) for name in _FACTS}  # lines of the text in some formats, none in others
            for suffix, path in made.items():
                document = documents.read(path.read_bytes(), f"a{suffix}")
                share, lacking = _alike(_sentences(first, stated), _sentences(document, stated))
                # In plain text nothing says that a body is the author.
                told = [name for name in _FACTS if _fact(document, name) or suffix != ".txt"]
                others = [name for name in told if _fact(document, name) != _fact(first, name)]
                shares.setdefault(suffix, []).append(share)
                is_short = is_short or share < _LEAST or bool(others)
                print(f"{file.name} {suffix}: {share:.3f}", *(f"{n}={_fact(document, n)!r}" for n in others))
                for sentence in lacking[:6]:
                    print(f"    lacks {sentence[:150]!r}")
    for suffix, found in shares.items():
        print(f"{suffix}: {sum(found) / len(found):.4f} of sentences equal, the least {min(found):.3f}")
    return int(is_short)


def _made(file: Path, folder: Path) -> dict[str, Path]:
    """Return the file in each format by suffix; a head's date is Pandoc's."""
    source = folder / "source.md"
    text = re.sub(r"(?m)^published:", "date:", file.read_text("utf-8"), count=1)
    # Its title is a heading of its own in the collection.
    source.write_text(re.sub(r"(?m)^# .*\n", "", text, count=1), "utf-8")
    made = {suffix: folder / f"a{suffix}" for suffix in (".html", ".md", ".docx", ".txt", ".pdf")}
    for suffix, form in ((".html", "html"), (".md", "markdown"), (".docx", "docx"), (".txt", "plain")):
        subprocess.run(["pandoc", "-s", "-f", "markdown-smart", "-t", form, "-o", made[suffix], source], check=True)
    office = ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/office", "--convert-to", "pdf"]
    subprocess.run([*office, "--outdir", folder, made[".docx"]], check=True, capture_output=True, timeout=240)
    return made


def _sentences(document: Document, stated: Collection[str | None]) -> list[str]:
    kinds = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.HEADING)
    lines = [block.span.of(document.text) for block in document.blocks if block.kind in kinds]
    # What numbers an entry is text in some formats and markup in others.
    bare = (re.sub(r"^(?:\d{1,2}[.)]|[•-])\s+", "", line) for line in lines)
    return [
        said
        for line in bare
        for sentence in split_sentences(line)
        if (said := " ".join(sentence.of(line).split())) not in stated
    ]


def _alike(first: list[str], second: list[str]) -> tuple[float, list[str]]:
    both = Counter(first) & Counter(second)
    lacking = Counter(first) - Counter(second)
    return 2 * both.total() / max(len(first) + len(second), 1), list(lacking)


def _fact(document: Document, name: str) -> str | None:
    fact = getattr(document.facts, name)
    return None if fact is None else fact.value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.md")
    sys.exit(main(parser.parse_args().files or sorted(_COLLECTION.glob("*.md"))))
