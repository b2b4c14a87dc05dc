"""How the multilingual reader answers Japanese questions about Japanese and about English passages.

    PYTHONPATH=src:training:benchmarks python benchmarks/languages.py WORK_FOLDER [--reader FOLDER]

Two collections that it was not trained on: the passages of jsquad-valid with 160 of its questions, each asked again
without the passages that answer; and the documents in English with questions/japanese.jsonl. Prints where the right
document is found, the shares answered rightly, refused and answered wrongly at some thresholds, and the area under the
curve of "is it answerable".
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from answerability import Sample, _asked, _is_right
from reader_data import PublicSet
from sklearn.metrics import roc_auc_score
from strange_collections import Plan, _write_public

from alliance_qa.answering import answerability
from alliance_qa.building.rebuild import rebuild
from alliance_qa.measuring import question_sets
from alliance_qa.models import multilingual
from alliance_qa.models.reader import MULTILINGUAL, ExtractiveReader
from alliance_qa.service.service import Service, load_embedder
from alliance_qa.settings import load as load_settings

_ROOT = Path(__file__).resolve().parents[1]
_THRESHOLDS = (0.3, 0.4, answerability.THRESHOLD, 0.6)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--reader", type=Path, default=MULTILINGUAL, help="with other weights")
    options = parser.parse_args()
    within, across = options.work / "jsquad-valid", options.work / "across"
    _write_public(within, PublicSet("jsquad-valid", None), Plan(160, all_held_out=True), set())
    shutil.copytree(_ROOT / "documents", across / "documents", dirs_exist_ok=True)
    for path in (across / "documents").iterdir():
        if "language: ja" in path.read_text("utf-8", "replace"):
            path.unlink()
    shutil.copy(_ROOT / "questions/japanese.jsonl", across / "questions.jsonl")
    reader, embedder = ExtractiveReader(options.reader), None
    for folder in (within, across):
        settings = load_settings(documents=folder / "documents", index=folder / "index", model=multilingual.NAME)
        embedder = embedder or load_embedder(settings)
        rebuild(settings, embedder)
        service = Service(settings, embedder, reader)
        questions = question_sets.read(folder / "questions.jsonl").questions
        gone = all(question.answerable for question in questions)
        samples, ranks = [], []
        for question in questions:
            samples += _asked(folder.name, question, service, gone)
            if question.answerable:
                found = service.search(service.generation, question.standalone or question.text, top_k=5)
                corpus = service.generation.corpus
                paths = [corpus.document(entry.passage.document_id).path for entry in found]
                ranks.append([path in question.documents for path in paths])
        _report(folder.name, samples, ranks)


def _report(name: str, samples: Sequence[Sample], ranks: Sequence[Sequence[bool]]) -> None:
    hits = [np.mean([any(rank[:top]) for rank in ranks]) for top in (1, 3, 5)]
    print(f"{name}: the right document among the first 1, 3, 5:", np.round(hits, 2).tolist())
    samples = [sample for sample in samples if sample.ranked]
    answerable, right = np.array([s.answerable for s in samples]), np.array([_is_right(s) for s in samples])
    firsts = [bool(s.needed and s.needed[0]) for s in samples if s.answerable]
    sure = np.array([answerability.confidence(s.ranked[0]) for s in samples])
    area = roc_auc_score(answerable, sure)
    print(f"{name}: {answerable.sum()} answerable, {(~answerable).sum()} not; AUROC {area:.3f};", end=" ")
    print(f"first sentence right {np.mean(firsts):.2f}")
    for threshold in _THRESHOLDS:
        said = sure >= threshold
        good, refused = (right & said)[answerable].mean(), (~said)[answerable].mean()
        print(f"  from {threshold}: right {good:.2f} refused {refused:.2f} false {said[~answerable].mean():.2f}")


if __name__ == "__main__":
    main()
