"""What retrieval is made of, one part changed at a time: fusion, titles, sentences, passage size, candidates.

Prints two tables in Markdown. The second asks the tuning and development questions of `documents/`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from public_sets import PublicSet, load

from alliance_qa.answering import retrieval
from alliance_qa.answering.retrieval import retrieve
from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Filters
from alliance_qa.index.generation import Generation
from alliance_qa.measuring import question_sets
from alliance_qa.measuring.judgement import Kind, LabelledQuestion, folded, holds
from alliance_qa.models.embedding import ModelEmbedder
from alliance_qa.ports import Vectors
from alliance_qa.service.service import Service
from alliance_qa.settings import load as load_settings
from alliance_qa.text.terms import terms

_ROOT = Path(__file__).resolve().parents[1]
_SETS = ("squad2-train-part", "qed-dev", "covid-qa")
_MOST = 1_300
_WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)
_PASSAGE_TOKENS = (64, 96, 128, 160, 200, 240)
_CANDIDATES = (10, 20, 50, 100, 190)

Row = dict[str, str]


def main() -> None:
    """Print the tables."""
    embedder = ModelEmbedder()
    rows = []
    for name in _SETS:
        for with_title in (True, False):
            rows += _public(load(name, embedder, most=_MOST, with_title=with_title), with_title)
    _print(rows)
    questions = [
        question
        for half in ("tuning", "development")
        for question in question_sets.read(_ROOT / "questions" / f"{half}.jsonl").questions
        if question.answerable and question.kind is not Kind.DOCUMENT_FACT
    ]
    _print([_shipped(questions, embedder, tokens, retrieval.CANDIDATES) for tokens in _PASSAGE_TOKENS])
    _print([_shipped(questions, embedder, 160, candidates) for candidates in _CANDIDATES])


def _public(data: PublicSet, with_title: bool) -> list[Row]:
    """Return hit@1 / hit@5 of every way to put cosine and BM25 together."""
    asked = [i for i, question in enumerate(data.questions) if question["answerable"]]
    firsts = np.cumsum([0, *(len(e.sentences) for e in data.embeddings[:-1])])
    of_passage = data.vectors[asked] @ np.stack([e.passage for e in data.embeddings]).T
    sentences = np.concatenate([e.sentences for e in data.embeddings])
    of_sentence = np.stack([np.maximum.reduceat(sentences @ data.vectors[i], firsts) for i in asked])
    words = [terms(data.questions[i]["text"]) for i in asked]
    bm25 = np.stack([data.lexical.all_scores(found) for found in words])
    most = np.array([sum(data.lexical.weights([w])[w] for w in found) or 1.0 for found in words])
    coverage = bm25 / most[:, None]
    relevant = [[data.rows[id_] for id_ in data.questions[i]["relevant"]] for i in asked]

    def row(name: str, score: Callable[[Vectors], Vectors]) -> Row:
        found = {label: _hits(score(cosine), relevant) for label, cosine in kinds.items()}
        return {"set": data.name, "title": "yes" if with_title else "no", "fusion": name, **found}

    kinds = {"passage vector": of_passage, "nearest sentence": of_sentence}
    return [
        row("cosine alone", lambda cosine: cosine),
        row("BM25 alone", lambda _: bm25),
        row("reciprocal ranks", lambda cosine: _reciprocal(cosine) + _reciprocal(bm25)),
        row("even z-scores", lambda cosine: _standard(cosine) + _standard(bm25)),
        *(row(f"ours, {w}", lambda c, w=w: w * np.maximum(c, 0) + (1 - w) * coverage) for w in _WEIGHTS),  # type: ignore[misc]
    ]


def _hits(scores: Vectors, relevant: Sequence[Sequence[int]]) -> str:
    ranks = [int((of_one > of_one[rows].max()).sum()) for of_one, rows in zip(scores, relevant, strict=True)]
    return " / ".join(f"{np.mean([rank < k for rank in ranks]):.3f}" for k in (1, 5))


def _shipped(questions: Sequence[LabelledQuestion], embedder: ModelEmbedder, tokens: int, candidates: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="alliance-qa-") as folder:
        settings = load_settings(
            documents=_ROOT / "documents", index=Path(folder), passage_tokens=tokens, faiss_factory="Flat"
        )
        rebuild(settings, embedder)
        generation = Service(settings, embedder).generation
        ranks = [_rank(question, embedder, generation, candidates) for question in questions]
    shares = {f"hit@{k}": f"{np.mean([rank < k for rank in ranks]):.3f}" for k in (1, 3, 5, 10)}
    return {
        "passage tokens": str(tokens),
        "passages": str(len(generation.dense)),
        "candidates of each search": str(candidates),
        "questions": str(len(questions)),
        **shares,
    }


def _rank(question: LabelledQuestion, embedder: ModelEmbedder, generation: Generation, candidates: int) -> int:
    text = question.standalone or question.text
    retrieval.CANDIDATES = candidates
    hits = retrieve(
        text,
        embedder.embed_question(text),
        dense=generation.dense,
        lexical=generation.lexical,
        corpus=generation.corpus,
        allowed=retrieval.allowed_rows(Filters(), generation.corpus, len(generation.dense)),
        top_k=10,
    )
    passages = generation.corpus.passages([hit.row for hit in hits])
    for rank, passage in enumerate(passages):
        if any(holds(folded(passage.text), sentence) for sentence in question.evidence):
            return rank
    return len(passages)


def _reciprocal(scores: Vectors) -> Vectors:
    """Reciprocal rank fusion with k = 60 (Cormack et al., SIGIR 2009)."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
    return np.asarray(1 / (60 + ranks), dtype=np.float32)


def _standard(scores: Vectors) -> Vectors:
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-9))


def _print(rows: Sequence[Row]) -> None:
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")
    print(flush=True)


if __name__ == "__main__":
    main()
