"""The public question sets of ../shared/data as an index of their own."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from alliance_qa.domain import Passage, Span
from alliance_qa.index import lexical
from alliance_qa.index.lexical import Bm25Index, Postings
from alliance_qa.ports import Embedder, Embedding, PassageInput, Vectors
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A set embedded and indexed: one passage per entry of its corpus, one document each."""

    name: str
    titles: list[str]
    passages: list[Passage]
    embeddings: list[Embedding]
    lexical: Bm25Index
    questions: list[dict[str, Any]]
    vectors: Vectors  # of the questions, shape (questions, dimension)
    rows: dict[str, int]  # of the passages, by corpus id


def load(
    name: str,
    embedder: Embedder,
    *,
    most: int,
    seed: int = 1,
    with_title: bool = True,
    titles: Container[str] | None = None,
) -> PublicSet:
    """Read, embed and index a set.

    Args:
        name: A folder of ../shared/data.
        embedder: What embeds it.
        most: Answerable questions drawn; all others stay.
        seed: Of the draw.
        with_title: Whether the title stands in front of a passage.
        titles: Of the passages whose questions are asked; None for all.
    """
    if not FOLDER.is_dir():
        sys.exit(f"{FOLDER} is absent; the public sets are not part of the project")
    corpus = _lines(FOLDER / name / "corpus.jsonl.gz")
    questions = _lines(FOLDER / name / "queries.jsonl.gz")
    if titles is not None:
        asked_of = {entry["id"] for entry in corpus if entry["title"] in titles}
        questions = [q for q in questions if asked_of.issuperset(q["relevant"])]
    answerable = [q for q in questions if q["answerable"] and q["relevant"]]
    order = np.random.default_rng(seed).permutation(len(answerable))[:most]
    drawn = [answerable[i] for i in sorted(order)] + [q for q in questions if not q["answerable"]]
    passages = [_passage(entry) for entry in corpus]
    shown = [entry["title"] if with_title else "" for entry in corpus]
    inputs = [PassageInput(t, p.text, p.sentences) for t, p in zip(shown, passages, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        lexical.write(Path(folder), [terms(f"{entry.context}\n{entry.text}") for entry in inputs])
        index = Bm25Index([Postings(Path(folder))])
    return PublicSet(
        name=name,
        titles=shown,
        passages=passages,
        embeddings=embedder.embed_passages(inputs),
        lexical=index,
        questions=drawn,
        vectors=np.stack([embedder.embed_question(q["text"]) for q in drawn]),
        rows={entry["id"]: row for row, entry in enumerate(corpus)},
    )


def _passage(entry: dict[str, str]) -> Passage:
    text = entry["text"].strip()
    sentences = tuple(split_sentences(text))
    return Passage(entry["id"], Span(0, len(text)), text, sentences)


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
