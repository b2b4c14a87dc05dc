"""Fit what a sentence's measures weigh and when they suffice to answer; say how that holds on collections never seen.

    PYTHONPATH=src:training python benchmarks/strange_collections.py WORK_FOLDER
    PYTHONPATH=src:training python benchmarks/answerability.py WORK_FOLDER [--without-reader]

Prints the weights of `evidence` and `answerability`, and for each set how often an unanswerable question is answered
and an answerable one refused: fitted to all sets, and fitted to all the others. The reader was trained on none of these
questions. Where a set has no unanswerable ones, its questions are asked again without the passages that answer.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from strange_collections import PLANS, TEXTS

from alliance_qa.answering import answerability, answers, evidence
from alliance_qa.answering.evidence import Evidence, Weights
from alliance_qa.building.rebuild import rebuild
from alliance_qa.domain import Filters
from alliance_qa.index.generation import Generation
from alliance_qa.measuring import question_sets
from alliance_qa.measuring.judgement import Kind, LabelledQuestion, Quote, is_needed
from alliance_qa.models.reader import ExtractiveReader
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load as load_settings

_ROOT = Path(__file__).resolve().parents[1]
_OWN = ("tuning", "calibration")
_PENALTY = 0.02  # of the squared weights, when sentences are ranked

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with the sentences of the passages found for it."""

    source: str
    answerable: bool
    ranked: tuple[Evidence, ...]  # as shipped ranks them
    needed: tuple[bool, ...]  # which of them belong to the answer

    def by(self, weights: Weights) -> Sample:
        """Return it as other weights rank it."""
        order = sorted(range(len(self.ranked)), key=lambda at: -self.ranked[at].weighed(weights))
        return replace(self, ranked=tuple(self.ranked[i] for i in order), needed=tuple(self.needed[i] for i in order))


def main() -> None:
    """Print weights, coefficients and figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--without-reader", action="store_true")
    options = parser.parse_args()
    reader = None if options.without_reader else ExtractiveReader()
    samples = list(_samples(options.work, reader))
    fitted = [s for s in samples if s.source not in PLANS or PLANS[s.source].fitted]
    weights = _rank(fitted)
    print("weights", {name: round(weight, 2) for name, weight in weights._asdict().items()})
    sources = list(dict.fromkeys(sample.source for sample in samples))
    for source in sources:
        mine = [s for s in samples if s.source == source and s.answerable]
        others = _rank([t for t in fitted if t.source != source])
        ways = (mine, [s.by(others) for s in mine])
        firsts = [np.mean([bool(s.needed and s.needed[0]) for s in way]) for way in ways]
        print(f"{source}: first sentence answers, as shipped {firsts[0]:.3f}, fitted to the others {firsts[1]:.3f}")
    chosen = [s.by(weights) for s in samples if s.ranked]
    model = _decide([s for s in chosen if s.source not in PLANS or PLANS[s.source].fitted])
    print("bias", round(float(model.intercept_[0]), 2), "weights", np.round(model.coef_[0], 2).tolist())
    for source in sources:
        _report_shipped(source, [s for s in samples if s.source == source and s.ranked])
        others = [s for s in chosen if s.source != source and (s.source not in PLANS or PLANS[s.source].fitted)]
        _report(source, [s for s in chosen if s.source == source], model, _decide(others))


def _samples(work: Path, reader: ExtractiveReader | None) -> Iterator[Sample]:
    folders = dict.fromkeys(_OWN, _ROOT / "documents") | {name: work / name / "documents" for name in (*PLANS, TEXTS)}
    embedder = None
    for source, documents in folders.items():
        index = work / ("own" if source in _OWN else source) / "index"
        settings = load_settings(documents=documents, index=index)
        embedder = embedder or load_embedder(settings)
        rebuild(settings, embedder)
        service = Service(settings, embedder, reader)
        path = _ROOT / "questions" / f"{source}.jsonl" if source in _OWN else work / source / "questions.jsonl"
        questions = [q for q in question_sets.read(path).questions if q.kind is not Kind.DOCUMENT_FACT]
        gone = all(question.answerable for question in questions)
        for question in questions:
            yield from _asked(source, question, service, gone)
        print(source, len(questions), flush=True)


def _asked(source: str, question: LabelledQuestion, service: Service, gone: bool) -> Iterator[Sample]:
    generation = service.generation
    asked = question.standalone or question.text
    ranked = answers.evidence_for(asked, service.collection(generation), filters=Filters())
    needed = [question.answerable and _is_needed(e, question, generation) for e in ranked]
    yield Sample(source, question.answerable, tuple(ranked), tuple(needed))
    if gone:
        right = {e.hit.row for e, is_right in zip(ranked, needed, strict=True) if is_right}
        left = [e for e in ranked if e.hit.row not in right]
        most = max((e.answered or 0.0 for e in left), default=0.0)
        yield Sample(source, False, tuple(replace(e, most_answered=most) for e in left), (False,) * len(left))


def _is_needed(e: Evidence, question: LabelledQuestion, generation: Generation) -> bool:
    document = generation.corpus.document(e.passage.document_id)
    return is_needed(question, Quote(e.span.of(document.text), document.path, document.facts.title.value))


def _rank(samples: Sequence[Sample]) -> Weights:
    """Fit weights by the likelihood that a sentence that answers comes first; each question counts alike."""
    groups = [s for s in samples if any(s.needed) and not all(s.needed)]
    measures = torch.tensor(np.array([e.measures for s in groups for e in s.ranked]))
    group = torch.tensor([at for at, s in enumerate(groups) for _ in s.ranked])
    needed = torch.tensor([is_needed for s in groups for is_needed in s.needed])
    used = (measures != 0).any(0).double()
    weights = torch.zeros(len(Weights._fields), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def total(scores: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(groups), dtype=torch.float64).index_add(0, of, scores.exp()).log()

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = measures @ (weights * used)
        likelihood = total(scores[needed], group[needed]) - total(scores, group)
        lost = _PENALTY * (weights**2).mean() - likelihood.mean()
        lost.backward()
        return lost

    optimiser.step(loss)
    return Weights(*(weights * used).tolist())


def _decide(samples: Sequence[Sample]) -> LogisticRegression:
    """Fit the odds that what would be cited answers; every set counts alike, and in it both kinds of questions."""
    sizes = Counter((s.source, s.answerable) for s in samples)
    weights = np.array([len(samples) / sizes[s.source, s.answerable] / len(sizes) for s in samples])
    features = np.array([answerability.features(s.ranked[0]) for s in samples])
    right = np.array([_is_right(s) for s in samples])
    return LogisticRegression(C=1, max_iter=5_000).fit(features, right, sample_weight=weights)


def _is_right(sample: Sample) -> bool:
    needed = {id(e) for e, is_needed in zip(sample.ranked, sample.needed, strict=True) if is_needed}
    return any(id(e) in needed for e in evidence.choose(sample.ranked))


def _report_shipped(source: str, samples: Sequence[Sample]) -> None:
    said = np.array([answerability.decide(s.ranked[0])[0] is None for s in samples])
    answerable, right = np.array([s.answerable for s in samples]), np.array([_is_right(s) for s in samples])
    false, refused, good = said[~answerable].mean(), (~said)[answerable].mean(), (right & said)[answerable].mean()
    print(f"{source} (shipped): false {false:.2f} refused {refused:.2f} right {good:.2f}", flush=True)


def _report(source: str, samples: Sequence[Sample], model: LogisticRegression, others: LogisticRegression) -> None:
    features = np.array([answerability.features(s.ranked[0]) for s in samples])
    answerable, right = np.array([s.answerable for s in samples]), np.array([_is_right(s) for s in samples])
    for label, fit in (("all", model), ("others", others)):
        sure = fit.predict_proba(features)[:, 1]
        print(f"{source} ({label}):", end=" ")
        if not answerable.all():
            print(f"AUROC {roc_auc_score(answerable, sure):.3f};", end=" ")
        for threshold in (0.3, 0.4, 0.5, 0.6):
            said = sure >= threshold
            false = f"{said[~answerable].mean():.2f}" if not answerable.all() else "-"
            refused, good = (~said)[answerable].mean(), (right & said)[answerable].mean()
            print(f"{threshold}: false {false} refused {refused:.2f} right {good:.2f};", end=" ")
        print(flush=True)


if __name__ == "__main__":
    main()
