"""Fit the coefficients of answerability.py, with and without the reader, and say what the reader adds.

Only with what the reader was not trained on: fitted to tuning.jsonl and calibration.jsonl, measured on these by
cross-validation and on the titles of training/held_out.json.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from public_sets import PublicSet, load
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from alliance_qa.answering import answerability, answers, evidence
from alliance_qa.answering.evidence import Evidence
from alliance_qa.answering.retrieval import DENSE_WEIGHT, Candidate
from alliance_qa.asking.query import analyse
from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Filters, Hit
from alliance_qa.measuring import question_sets
from alliance_qa.measuring.judgement import Kind, Quote, is_needed
from alliance_qa.models.reader import ExtractiveReader
from alliance_qa.ports import Reader
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load as load_settings
from alliance_qa.text.terms import terms

_ROOT = Path(__file__).resolve().parents[1]
_OWN = ("tuning", "calibration")
_PUBLIC = ("squad2-train-part", "qed-dev", "covid-qa")
_MOST = 120  # answerable questions of a public set; each counts once as it is and once with its passages taken away
# How much a question of calibration.jsonl counts, answerable or not: it has more near misses than visitors ask.
_CALIBRATION, _CALIBRATION_UNANSWERABLE = 0.25, 0.1
_WEIGHED = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Sample:
    source: str
    kind: str
    answerable: bool
    best: Evidence
    first: bool  # whether the first sentence answers
    right: bool  # whether one of the sentences that would be cited does
    hit: bool  # whether the first sentence's passage is a right one


def main() -> None:
    """Print figures and coefficients."""
    settings = load_settings(documents=_ROOT / "documents", index=Path(tempfile.mkdtemp(prefix="alliance-qa-")))
    embedder = load_embedder(settings)
    rebuild(settings, embedder)
    public = [load(name, embedder, most=10_000, titles=_held_out(name)) for name in _PUBLIC]
    for reader in (None, ExtractiveReader()):
        service = Service(settings, embedder, reader)
        own = [sample for name in _OWN for sample in _about_documents(name, service)]
        samples = own + [sample for data in public for sample in _about_public(data, reader)]
        print("## With the reader" if reader else "## Without the reader", end="\n\n")
        for source in dict.fromkeys(sample.source for sample in samples):
            _describe(source, [sample for sample in samples if sample.source == source])
        _fit(own, samples[len(own) :])


def _held_out(name: str) -> set[str]:
    titles: list[str] = json.loads((_ROOT / "training" / "held_out.json").read_text("utf-8"))[name]
    return set(titles)


def _about_documents(name: str, service: Service) -> list[_Sample]:
    generation = service.generation
    collection = service.collection(generation)
    samples = []
    for question in question_sets.read(_ROOT / "questions" / f"{name}.jsonl").questions:
        if question.kind is Kind.DOCUMENT_FACT:
            continue  # answered from the facts, not by a sentence's score
        ranked = answers.evidence_for(question.standalone or question.text, collection, filters=Filters())

        def needed(e: Evidence, question=question) -> bool:  # type: ignore[no-untyped-def]
            document = generation.corpus.document(e.passage.document_id)
            return is_needed(question, Quote(e.span.of(document.text), document.path, document.facts.title.value))

        chosen = evidence.choose(ranked)
        right = [needed(e) for e in chosen]
        same = any(needed(e) for e in ranked if e.hit.row == ranked[0].hit.row)
        first = needed(ranked[0])
        samples.append(_Sample(name, question.kind, question.answerable, ranked[0], first, any(right), same))
    return samples


def _about_public(data: PublicSet, reader: Reader | None) -> list[_Sample]:
    """Ask each question as it is and, where it is answerable, with the passages that answer taken away."""
    samples, left = [], _MOST
    firsts = np.cumsum([0, *(len(e.sentences) for e in data.embeddings[:-1])])
    sentences = np.concatenate([e.sentences for e in data.embeddings])
    for question, vector in zip(data.questions, data.vectors, strict=True):
        left -= question["answerable"]
        if question["answerable"] and left < 0:
            continue
        relevant = {data.rows[id_] for id_ in question["relevant"]}
        words = terms(question["text"])
        weights = data.lexical.weights(words)
        cosines = np.maximum.reduceat(sentences @ vector, firsts)
        coverages = data.lexical.scores(words) / (sum(weights[w] for w in words) or 1.0)
        scores = DENSE_WEIGHT * np.maximum(cosines, 0) + (1 - DENSE_WEIGHT) * coverages
        for gone in (False, True)[: 1 + question["answerable"]]:
            kept = np.where(np.isin(np.arange(len(scores)), list(relevant)), -1, scores) if gone else scores
            rows = np.lexsort((np.arange(len(kept)), -kept))[:_WEIGHED].tolist()
            texts = [(data.titles[row], data.passages[row].text) for row in rows]
            readings = reader.read(question["text"], texts) if reader else [None] * len(rows)
            found = [
                Candidate(
                    Hit(row, float(scores[row]), float(cosines[row]), float(coverages[row])),
                    data.passages[row],
                    data.titles[row],
                    data.embeddings[row].sentences,
                    reading,
                )
                for row, reading in zip(rows, readings, strict=True)
            ]
            asked = analyse(question["text"])
            ranked = evidence.weigh(asked, vector, found, data.lexical.weights(asked.terms))

            def holds(e: Evidence, question=question, relevant=relevant) -> bool:  # type: ignore[no-untyped-def]
                text = e.span.of(e.passage.text).casefold()
                return e.hit.row in relevant and any(answer.casefold() in text for answer in question["answers"])

            answerable = question["answerable"] and not gone
            chosen = evidence.choose(ranked)
            right = answerable and any(holds(e) for e in chosen)
            kind = "answerable" if answerable else "taken away" if gone else "unanswerable"
            first, hit = answerable and holds(ranked[0]), answerable and ranked[0].hit.row in relevant
            samples.append(_Sample(data.name, kind, answerable, ranked[0], first, right, hit))
    return samples


def _describe(source: str, samples: Sequence[_Sample]) -> None:
    asked = [s for s in samples if s.answerable]
    shares = {name: np.mean([getattr(s, name) for s in asked]) for name in ("hit", "first", "right")}
    print(f"{source}: {len(asked)} answerable,", ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))


def _fit(own: Sequence[_Sample], public: Sequence[_Sample]) -> None:
    features = np.array([answerability.features(s.best) for s in own])
    right, answerable = np.array([s.right for s in own]), np.array([s.answerable for s in own])
    tuning = np.array([s.source == "tuning" for s in own])
    weights = np.where(tuning, 1.0, np.where(answerable, _CALIBRATION, _CALIBRATION_UNANSWERABLE))
    model = LogisticRegression(C=1, max_iter=5_000)
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    sure = cross_val_predict(
        model, features, right, cv=folds, method="predict_proba", params={"sample_weight": weights}
    )[:, 1]
    model.fit(features, right, sample_weight=weights)
    print("\nbias", round(float(model.intercept_[0]), 2), "weights", np.round(model.coef_[0], 2).tolist())
    for source in dict.fromkeys(s.source for s in public):
        mine = [s for s in public if s.source == source]
        said = model.decision_function([answerability.features(s.best) for s in mine])
        print(f"AUROC of a right answer, {source}: {roc_auc_score([s.right for s in mine], said):.3f}")
    kinds, sources = np.array([s.kind for s in own]), np.array([s.source for s in own])
    for source in _OWN:
        near, off, good, asked = (
            kind & (sources == source) for kind in (kinds == Kind.NEAR_MISS, kinds == Kind.OFF_TOPIC, right, answerable)
        )
        for label, yes, no in (
            ("answerable against near misses", asked, near),
            ("right answers against near misses", good, near),
            ("answerable against off-topic", asked, off),
        ):
            if no.any():
                auroc = roc_auc_score([1] * yes.sum() + [0] * no.sum(), [*sure[yes], *sure[no]])
                print(f"AUROC of {label}, {source}: {auroc:.3f}")
        print("threshold  false on near misses  on off-topic  refused though answerable  answers right")
        for threshold in np.arange(0.2, 0.81, 0.05):
            says = sure >= threshold
            shares = [says[near].mean(), says[off].mean() if off.any() else 0.0]
            shares += [1 - says[asked].mean(), good[says & (sources == source)].mean()]
            print(f"{threshold:9.2f}", "  ".join(f"{share:.2f}" for share in shares))
    print(flush=True)


if __name__ == "__main__":
    main()
