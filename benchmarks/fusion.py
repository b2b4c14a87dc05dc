"""hit@1 of ways to put cosine and BM25 together, on the public sets."""

from __future__ import annotations

import numpy as np
from public_sets import PublicSet, load

from alliance_qa.embedding import SentenceTransformerEmbedder
from alliance_qa.ports import Vectors
from alliance_qa.terms import terms

_SETS = ("squad2-train-part", "qed-dev", "covid-qa")
_MOST = 1_300


def main() -> None:
    """Print one row per set and whether the title stands in front."""
    embedder = SentenceTransformerEmbedder()
    rows = []
    for name in _SETS:
        for with_title in (True, False):
            rows.append(_measure(load(name, embedder, most=_MOST, with_title=with_title), with_title))
    names = list(rows[0])
    print("| " + " | ".join(names) + " |")
    print("|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(row.values()) + " |")


def _measure(data: PublicSet, with_title: bool) -> dict[str, str]:
    asked = [i for i, question in enumerate(data.questions) if question["answerable"]]
    passages = np.stack([embedding.passage for embedding in data.embeddings])
    cosine = data.vectors[asked] @ passages.T
    words = [terms(data.questions[i]["text"]) for i in asked]
    bm25 = np.stack([data.lexical.scores(found) for found in words])
    most = np.array([sum(data.lexical.weights([w])[w] for w in found) or 1.0 for found in words])
    coverage = bm25 / most[:, None]
    relevant = [{data.rows[id_] for id_ in data.questions[i]["relevant"]} for i in asked]

    def hit(scores: Vectors) -> str:
        best = np.argmax(scores, axis=1)
        return f"{np.mean([row in found for row, found in zip(best, relevant, strict=True)]):.3f}"

    fused = {f"{w:.1f}": hit(w * np.maximum(cosine, 0) + (1 - w) * coverage) for w in (0.3, 0.4, 0.5, 0.6)}
    return {
        "set": data.name,
        "title": "yes" if with_title else "no",
        "questions": str(len(asked)),
        "cosine": hit(cosine),
        "BM25": hit(bm25),
        "RRF": hit(_reciprocal(cosine) + _reciprocal(bm25)),
        "even z-scores": hit(_standard(cosine) + _standard(bm25)),
        **{f"ours, dense weight {weight}": value for weight, value in fused.items()},
    }


def _reciprocal(scores: Vectors) -> Vectors:
    """Reciprocal rank fusion with k = 60 (Cormack et al., SIGIR 2009)."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
    return np.asarray(1 / (60 + ranks), dtype=np.float32)


def _standard(scores: Vectors) -> Vectors:
    spread = scores.std(axis=1, keepdims=True)
    return np.asarray((scores - scores.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-9))


if __name__ == "__main__":
    main()
