"""How many Word files of the kinds that readers get wrong our reader and other libraries read right.

    PYTHONPATH=src:tests/documents .venv/bin/python benchmarks/word_libraries.py

The files are those of `tests/documents/word_cases.py`. One is right when every line that the page shows is
in the text, white space and the bars between cells aside; more than is shown is not held against a library
that does not put it into a line. A library that is not installed is left out (docx2python, markitdown, and
pandoc as a command are in no list of ours).
"""

from __future__ import annotations

import html
import importlib.util
import io
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from word_cases import CASES

from alliance_qa.documents import docx


def ours(data: bytes) -> str:
    return "\n".join(block.text for block in docx.read(data).blocks)


def mammoth(data: bytes) -> str:
    import mammoth

    return without_tags(mammoth.convert_to_html(io.BytesIO(data)).value)


def docx2python(data: bytes) -> str:
    from docx2python import docx2python

    with docx2python(io.BytesIO(data)) as opened:
        return html.unescape(re.sub(r"</?[a-z][^>]*>", "", opened.text))


@cache
def converter() -> Any:
    from markitdown import MarkItDown

    return MarkItDown()  # loads a model


def markitdown(data: bytes) -> str:
    text = converter().convert_stream(io.BytesIO(data), file_extension=".docx").text_content
    return re.sub(r"[*$#\\]", "", text)


def pandoc(data: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.docx"
        path.write_bytes(data)
        command = ["pandoc", "-t", "html", "--wrap=none", str(path)]
        return without_tags(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def without_tags(page: str) -> str:
    page = re.sub(r"</?(?:strong|em|a|sup|sub|s|span|del)\b[^>]*>", "", page)
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def is_right(read: Callable[[bytes], str], data: bytes, lines: tuple[str, ...]) -> bool:
    try:
        text = folded(read(data))
    except Exception:
        return False
    return all(folded(line) in text for line in lines)


def folded(text: str) -> str:
    return " ".join(re.sub(r"[|]", " ", text).split())


def main() -> None:
    readers: dict[str, Callable[[bytes], str]] = {"ours": ours}
    others = {"mammoth": mammoth, "docx2python": docx2python, "markitdown": markitdown}
    readers |= {name: read for name, read in others.items() if importlib.util.find_spec(name)}
    if shutil.which("pandoc"):
        readers["pandoc"] = pandoc
    kinds = Counter(case.kind for case in CASES)
    print("| kind | files | " + " | ".join(readers) + " |")
    print("|---|---|" + "---|" * len(readers))
    totals: Counter[str] = Counter()
    for kind, files in kinds.items():
        right = {
            name: sum(is_right(read, case.data, case.lines) for case in CASES if case.kind == kind)
            for name, read in readers.items()
        }
        totals.update(right)
        print(f"| {kind} | {files} | " + " | ".join(str(right[name]) for name in readers) + " |")
    print(f"| all | {len(CASES)} | " + " | ".join(str(totals[name]) for name in readers) + " |")


if __name__ == "__main__":
    main()
