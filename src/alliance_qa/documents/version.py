"""The version of what makes documents and passages of files: another one may read the same bytes otherwise."""

from __future__ import annotations

import hashlib
import importlib.metadata
from functools import cache
from pathlib import Path

from alliance_qa import __version__, checksums
from alliance_qa.documents import tesseract

# Besides this folder; tests/documents/test_version.py compares both lists with what is imported.
TEXT = ("calendar", "countries", "function_words", "head_nouns", "numerals", "passages", "people", "sentences", "terms")
LIBRARIES = (
    "babel",
    "charset-normalizer",
    "lxml",
    "mail-parser-reply",
    "mammoth",
    "markdown-it-py",
    "mdit-py-plugins",
    "numpy",
    "nupunkt",
    "olefile",
    "opencc",
    "pypdfium2",
    "PyStemmer",
    "PyYAML",
    "quotequail",
    "sentencex",
    "symspellpy",
    "webencodings",
    "webvtt-py",
    "xlrd",
)
# What else is kept of a file depends on: dates as text, terms of passages and of lines.
KEPT = ("domain.py", "building/segments.py", "index/lines.py")
_PACKAGE = Path(__file__).parents[1]


@cache
def documents_version(package: Path = _PACKAGE) -> str:
    """Return a SHA-256 over the sources that read, find sentences and cut passages, and their libraries' versions.

    It differs too where nothing but a comment does: reading once more than needed costs seconds, and
    the vectors of unchanged passages are kept.

    Args:
        package: The folder of `alliance_qa`. It is read once per process.
    """
    found = hashlib.sha256(__version__.encode())
    # Where it comes or goes, scans are read again.
    found.update(f"{tesseract.version()}\n".encode())
    for name in LIBRARIES:
        found.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    kept = [package / name for name in (*KEPT, *(f"text/{name}.py" for name in TEXT))]
    for path in sorted([*(package / "documents").rglob("*.py"), *kept]):
        found.update(f"{path.relative_to(package).as_posix()} {checksums.of_file(path)}\n".encode())
    return found.hexdigest()
