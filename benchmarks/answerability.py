"""Fit the coefficients of answerability.py, and say how well they tell answers from near misses."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from public_sets import PublicSet, load
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from alliance_qa import answering, evidence, question_sets
from alliance_qa.answering import Collection
from alliance_qa.domain import Filters, Hit
from alliance_qa.evaluation import Kind, Question, Quote, is_needed
from alliance_qa.evidence import Evidence
from alliance_qa.questions import analyse
from alliance_qa.rebuild import rebuild
from alliance_qa.retrieval import DENSE_WEIGHT
from alliance_qa.service import Service, load_embedder
from alliance_qa.settings import load as load_settings
from alliance_qa.terms import terms

_ROOT = Path(__file__).resolve().parents[1]
_TUNING = _ROOT / "questions" / "tuning.jsonl"
_TUNING_WEIGHT = 6  # so that 112 questions of our kind count about as much as a fifth of the public ones
_MOST = 700
_FEATURES = ("cosine", "near_coverage", "names_covered", "numbers_covered")


def main() -> None:
    """Print coefficients and figures."""
    service = _open_shipped()
    public = [load(name, service.embedder, most=_MOST) for name in ("squad2-train-part", "qed-dev")]
    samples = [sample for data in public for gone in (False, True) for sample in _public(data, gone)]
    tuning = _tuning(service)
    features = np.array([x for x, _ in samples] + [x for x, _, _ in tuning] * _TUNING_WEIGHT)
    right = np.array([y for _, y in samples] + [y for _, y, _ in tuning] * _TUNING_WEIGHT)
    model = LogisticRegression(C=10, max_iter=2_000).fit(features, right)
    print("bias", round(float(model.intercept_[0]), 2))
    for name, weight in zip(_FEATURES, model.coef_[0], strict=True):
        print(name, round(float(weight), 2))
    sure = model.predict_proba(np.array([x for x, _, _ in tuning]))[:, 1]
    kinds = np.array([q.kind for _, _, q in tuning])
    answerable = np.array([q.answerable for _, _, q in tuning])
    print("AUROC of answerable, tuning half:", round(roc_auc_score(answerable, sure), 3))
    print("threshold  false on near misses  false on off-topic  refused though answerable")
    for threshold in np.arange(0.2, 0.6, 0.04):
        near, off = kinds == Kind.NEAR_MISS, kinds == Kind.OFF_TOPIC
        shares = [(sure[near] >= threshold), (sure[off] >= threshold), (sure[answerable] < threshold)]
        print(f"{threshold:9.2f}", "  ".join(f"{share.mean():.2f}" for share in shares))


def _public(data: PublicSet, gone: bool) -> list[tuple[list[float], bool]]:
    """Return features of each question's best sentence and whether it holds the answer.

    `gone` takes the passages that answer away, so that nothing does.
    """
    passages = np.stack([embedding.passage for embedding in data.embeddings])
    samples = []
    for question, vector in zip(data.questions, data.vectors, strict=True):
        if gone and not question["answerable"]:
            continue
        relevant = {data.rows[id_] for id_ in question["relevant"]}
        words = terms(question["text"])
        weights = data.lexical.weights(words)
        cosines = passages @ vector
        coverages = data.lexical.scores(words) / (sum(weights[w] for w in words) or 1.0)
        scores = DENSE_WEIGHT * np.maximum(cosines, 0) + (1 - DENSE_WEIGHT) * coverages
        if gone:
            scores[list(relevant)] = -1
        rows = np.lexsort((np.arange(len(scores)), -scores))[:5].tolist()
        found = [
            (
                Hit(row, float(scores[row]), float(cosines[row]), float(coverages[row])),
                data.passages[row],
                data.titles[row],
                data.embeddings[row].sentences,
            )
            for row in rows
        ]
        asked = analyse(question["text"])
        best = evidence.weigh(asked, vector, found, data.lexical.weights(asked.terms))[0]
        text = best.span.of(best.passage.text).casefold()
        holds = any(answer.casefold() in text for answer in question["answers"])
        samples.append((_features(best), question["answerable"] and best.hit.row in relevant and holds))
    return samples


def _open_shipped() -> Service:
    """Return a service over documents/, indexed in a temporary folder."""
    settings = load_settings(documents=_ROOT / "documents", index=Path(tempfile.mkdtemp(prefix="alliance-qa-")))
    embedder = load_embedder(settings)
    rebuild(settings, embedder)
    return Service(settings, embedder)


def _tuning(service: Service) -> list[tuple[list[float], bool, Question]]:
    generation = service.generation
    collection = Collection(generation.corpus, generation.dense, generation.lexical, service.embedder)
    samples = []
    for question in question_sets.read(_TUNING).questions:
        if question.kind is Kind.DOCUMENT_FACT:
            continue  # answered from the facts, not by a sentence's score
        text = question.standalone or question.text
        best = answering.evidence_for(text, collection, filters=Filters())[0]
        document = generation.corpus.document(best.passage.document_id)
        quote = Quote(best.span.of(document.text), document.path, document.facts.title.value)
        samples.append((_features(best), is_needed(question, quote), question))
    return samples


def _features(best: Evidence) -> list[float]:
    return [float(getattr(best, name)) for name in _FEATURES]


if __name__ == "__main__":
    main()
