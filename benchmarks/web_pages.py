"""How much of the text of saved web pages is read, and how much besides it.

Takes folders that hold a page, `source.html`, and its text, `expected.html`, as Mozilla's Readability keeps
them for its tests (https://github.com/mozilla/readability, test/test-pages).
"""

from __future__ import annotations

import re
import sys
import time
import unicodedata
from pathlib import Path

import lxml.html

from alliance_qa.documents import html, note_marks

_FEWEST_LETTERS = 10  # of a paragraph that counts


def main(folders: list[Path]) -> None:
    """Print the share of expected paragraphs that are missing, of characters besides, and the time per page."""
    expected = missing = read = besides = 0
    spent = 0.0
    for folder in folders:
        source, text = (folder / "source.html").read_bytes(), (folder / "expected.html").read_text("utf-8")
        if "<math" not in text:  # Readability drops formulas, we read them
            source = re.sub(rb"(?s)<math.*?</math>", b"", source)
        begun = time.process_time()
        blocks = [block.text for block in html.read(source).blocks]
        spent += time.process_time() - begun
        tree = lxml.html.document_fromstring(text)
        for mark in [sup for sup in tree.iter("sup") if note_marks.is_mark(sup.text_content())]:
            mark.drop_tree()
        wanted, whole = _folded(tree.text_content()), _folded(" ".join(blocks))
        paragraphs = [_folded(paragraph.text_content()) for paragraph in tree.iter("p")]
        counted = [text for text in paragraphs if len(text) >= _FEWEST_LETTERS]
        expected += len(counted)
        missing += sum(text not in whole for text in counted)
        read += sum(map(len, blocks))
        besides += sum(len(text) for text in blocks if _folded(text) not in wanted)
    print(f"{len(folders)} pages: {missing} of {expected} paragraphs missing ({missing / expected:.2%})")
    print(f"besides: {besides / read:.1%} of {read} characters; {1000 * spent / len(folders):.0f} ms a page")


def _folded(text: str) -> str:
    without_marks = re.sub(r"\[\d{1,3}\]", "", text)  # of notes; we leave them out wherever they stand
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", without_marks).casefold())


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
