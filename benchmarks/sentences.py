"""Compare where sentences end by sentencex, by nupunkt and by both with treebanks of Universal Dependencies.

    PYTHONPATH=src python benchmarks/sentences.py FILE.conllu ... [--only news,academic]

Counted are the ends inside paragraphs of several sentences ("newpar"). Prints precision, recall and F1.
`--only` keeps the documents whose names hold one of the words.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import nupunkt
import sentencex

from alliance_qa.text.sentences import split_sentences

Paragraph = tuple[str, frozenset[int]]


def paragraphs(conllu: str, only: Sequence[str]) -> Iterator[Paragraph]:
    """Yield the paragraphs of a treebank with the places inside them at which sentences end."""
    text, ends, name = "", [], ""
    for block in [*conllu.split("\n\n"), "# newpar\n# text = ."]:
        said = re.search(r"^# text = (.*)$", block, re.MULTILINE)
        if said is None:
            continue
        document = re.search(r"^# newdoc id ?= ?(.*)$", block, re.MULTILINE)
        if document or re.search(r"^#\s*newpar|NewPar=Yes", block, re.MULTILINE):
            if len(ends) > 1:
                yield text.rstrip(), frozenset(ends[:-1])
            text, ends = "", []
        name = document[1] if document else name
        if not only or any(word in name for word in only):
            text += said[1].strip()
            ends.append(len(text))
            text += "" if "SpaceAfter=No" in block.rstrip().rpartition("\n")[2] else " "


def by_sentencex(text: str) -> set[int]:
    """Return where sentences end by sentencex alone."""
    ends, end = set(), 0
    for sentence in sentencex.segment("en", text):
        ends.add(end + len(sentence.rstrip()))
        end += len(sentence)
    return ends


def by_nupunkt(text: str) -> set[int]:
    """Return where sentences end by nupunkt alone."""
    return {len(text[:end].rstrip()) for _, end in nupunkt.sent_spans(text)}


def ours(text: str) -> set[int]:
    """Return where sentences end by both, as the product has them."""
    return {span.end for span in split_sentences(text)}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--only", default="", metavar="WORD,WORD")
    options = parser.parse_args()
    only = [word for word in options.only.split(",") if word]
    found = [pair for path in options.files for pair in paragraphs(path.read_text("utf-8"), only)]
    print(f"{len(found)} paragraphs, {sum(len(ends) for _, ends in found)} ends inside them")
    judges: tuple[Callable[[str], set[int]], ...] = (by_sentencex, by_nupunkt, ours)
    for judge in judges:
        told = [(ends, judge(text) - {len(text)}) for text, ends in found]
        right = sum(len(ends & judged) for ends, judged in told)
        precision = right / max(1, sum(len(judged) for _, judged in told))
        recall = right / max(1, sum(len(ends) for ends, _ in told))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{judge.__name__:13} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")


if __name__ == "__main__":
    main()
