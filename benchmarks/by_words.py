"""Fit when the words alone suffice to answer a question that the embedding model cannot read.

    PYTHONPATH=src:benchmarks python benchmarks/by_words.py

Asks Japanese questions of jsquad-valid and jaquad, each over its whole set, and each again without the passages that
hold an accepted answer: a near miss. Then questions that were made "near", of the passage that they are near to.
Prints the bias and weight of `answerability`, and refusals and false answers with them, fitted to the other set.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from public_sets import FOLDER, _lines
from sklearn.linear_model import LogisticRegression

from alliance_qa.answering import answerability, evidence
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import FOUND, WEIGHED, Candidate, closest, retrieve
from alliance_qa.asking.query import analyse
from alliance_qa.domain import Passage, Span
from alliance_qa.index import lexical
from alliance_qa.index.lexical import Bm25Index, Postings
from alliance_qa.models.embedding import LazyEmbedder
from alliance_qa.models.readable import are_readable
from alliance_qa.ports import Mask, Vectors
from alliance_qa.text.sentences import split_sentences
from alliance_qa.text.terms import terms

_SETS = ("jsquad-valid", "jaquad")
_QUESTIONS = 100  # of each kind and set
_PASSAGES = 1_000  # of each set, whole articles as they come
_NOTHING = np.zeros(2, np.float32)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first sentence for a question."""

    kind: str
    best: Evidence
    is_right: bool


class Shelf:
    """Passages whose sentences have vectors of zeros."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.passages = passages

    def __len__(self) -> int:
        """How many there are."""
        return len(self.passages)

    def sentence_vectors(self, rows: Sequence[int]) -> list[Vectors]:
        """Return zeros."""
        return [np.zeros((len(self.passages[row].sentences), 2), np.float32) for row in rows]


def main() -> None:
    """Print coefficients and figures."""
    samples = {name: _samples(name) for name in _SETS}
    for name in _SETS:
        others = [s for other in _SETS if other != name for s in samples[other]]
        _report(f"{name}, fitted to the other", samples[name], _fit(others))
        shipped = [(s.kind, s.is_right, answerability.confidence(s.best)) for s in samples[name]]
        print(f"{name}, as shipped:", _figures(shipped, answerability.THRESHOLD))
    model = _fit([s for some in samples.values() for s in some])
    print("bias", round(float(model.intercept_[0]), 2), "weight", np.round(model.coef_[0], 2).tolist())


def _samples(name: str) -> list[Sample]:
    corpus = _lines(FOLDER / name / "corpus.jsonl.gz")[:_PASSAGES]
    texts = [entry["text"].strip() for entry in corpus]
    held = {entry["id"] for entry in corpus}
    questions = [q for q in _lines(FOLDER / name / "queries.jsonl.gz") if held.issuperset(q["relevant"])]
    passages = [
        Passage(entry["id"], Span(0, len(text)), text, tuple(split_sentences(text, "ja")))
        for entry, text in zip(corpus, texts, strict=True)
    ]
    titles = np.array([entry["title"] for entry in corpus])
    with tempfile.TemporaryDirectory() as folder:
        lexical.write(Path(folder), [terms(f"{entry['title']}\n{entry['text']}") for entry in corpus])
        index = Bm25Index([Postings(Path(folder))])
    embedder = LazyEmbedder()
    rows = {entry["id"]: row for row, entry in enumerate(corpus)}
    found = []
    order = np.random.default_rng(1).permutation(len(questions)).tolist()
    for answerable in (True, False):
        drawn = [questions[i] for i in order if questions[i]["answerable"] is answerable][: 2 * _QUESTIONS]
        read = are_readable([q["text"] for q in drawn], embedder)
        for question in [q for q, is_read in zip(drawn, read, strict=True) if not is_read][:_QUESTIONS]:
            if answerable:
                holds = np.array([any(a in p.text for a in question["answers"]) for p in passages], np.bool_)
                found.append(_first("answerable", question, titles, passages, index, None))
                found.append(_first("gone", question, titles, passages, index, ~holds))
            else:
                about = np.arange(len(passages)) == rows[question["relevant"][0]]
                found.append(_first("near", question, titles, passages, index, about))
    return [sample for sample in found if sample is not None]


def _first(
    kind: str, question: dict[str, Any], titles: Any, passages: list[Passage], index: Bm25Index, allowed: Mask | None
) -> Sample | None:
    query = analyse(question["text"], _NOTHING)
    shelf: Any = Shelf(passages)
    hits = retrieve(query, dense=shelf, lexical=index, corpus=shelf, allowed=allowed, top_k=FOUND)
    candidates = [
        Candidate(hit, passages[hit.row], str(titles[hit.row]), shelf.sentence_vectors([hit.row])[0]) for hit in hits
    ]
    ranked = evidence.weigh(query, closest(candidates, WEIGHED), index.weights(query.terms))
    if not ranked:
        return None
    best = ranked[0]
    right = best.passage.document_id in question["relevant"] and any(
        answer in best.passage.text_of(best.span) for answer in question["answers"]
    )
    return Sample(kind, best, kind == "answerable" and right)


def _fit(samples: Sequence[Sample]) -> LogisticRegression:
    """Fit the odds that the first sentence answers; each kind counts alike."""
    kinds = [s.kind for s in samples]
    weights = np.array([len(samples) / kinds.count(kind) for kind in kinds])
    features = np.array([answerability.features(s.best) for s in samples])
    return LogisticRegression(C=100).fit(features, [s.is_right for s in samples], sample_weight=weights)


def _report(name: str, samples: Sequence[Sample], model: LogisticRegression) -> None:
    sure = model.predict_proba(np.array([answerability.features(s.best) for s in samples]))[:, 1]
    rows = [(s.kind, s.is_right, float(p)) for s, p in zip(samples, sure, strict=True)]
    for threshold in (0.3, 0.4, answerability.THRESHOLD, 0.6):
        print(f"{name}, from {threshold}:", _figures(rows, threshold))


def _figures(rows: Sequence[tuple[str, bool, float]], threshold: float) -> str:
    said = []
    for kind in ("answerable", "gone", "near"):
        mine = [(right, sure >= threshold) for of, right, sure in rows if of == kind]
        share = np.mean([answered for _, answered in mine])
        said.append(f"{kind} {len(mine)}: answered {share:.3f}")
        if kind == "answerable":
            said[-1] += f", right first {np.mean([r for r, _ in mine]):.3f}"
            said[-1] += f", right of the answered {np.mean([r for r, a in mine if a] or [0]):.3f}"
    return "; ".join(said)


if __name__ == "__main__":
    main()
