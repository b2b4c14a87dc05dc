"""Fit what the measures of a paraphrase weigh, and from where on it counts as supported.

    PYTHONPATH=src python benchmarks/proofs.py

Fits to the parts "tuning" and "held-out" of `proofs.yaml`, and prints the constants of `wording/support.py`. The
threshold is the lowest at which, in cross-validation by passage, at most 0.15 of all supported sentences are refused.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from alliance_qa.measuring import proofs
from alliance_qa.measuring.proofs import Kind
from alliance_qa.service.service import load_embedder
from alliance_qa.settings import load
from alliance_qa.wording import proof, support

_PARTS = ("tuning", "held-out")
_MOST_REFUSED = 0.15


def main() -> None:
    """Print the constants and what they do to the sentences that they were fitted to."""
    planted = [p for p in proofs.read(Path(__file__).with_name("proofs.yaml")) if p.part in _PARTS]
    embedder = load_embedder(load())
    rows, refused = [], 0
    for entry in planted:
        measured = proof.measured(entry.sentence, entry.quotes, question=entry.question, embedder=embedder)
        if measured is not None:
            rows.append((entry, measured))
        else:
            verdict = proof.prove(entry.sentence, entry.quotes, question=entry.question, embedder=embedder)
            refused += entry.kind is Kind.SUPPORTED and not verdict.proved
    x = np.array([measured for _, measured in rows])
    y = np.array([entry.kind is Kind.SUPPORTED for entry, _ in rows])
    passages = [entry.quotes[0].text for entry, _ in rows]
    model = LogisticRegression(C=3.0)
    odds = cross_val_predict(model, x, y, groups=passages, cv=GroupKFold(8), method="decision_function")
    room = int(_MOST_REFUSED * sum(p.kind is Kind.SUPPORTED for p in planted)) - refused
    threshold = float(np.sort(odds[y])[max(0, room)]) - 1e-3
    model.fit(x, y)
    print(f"refused by rules {refused}; paraphrases {len(y)}, of which supported {y.sum()}")
    print(f"in cross-validation: false rejects {(odds[y] < threshold).sum()}, accepts {(odds[~y] >= threshold).sum()}")
    print(f"MEASURES = {support.MEASURES}")
    print(f"WEIGHTS = np.array({[round(float(w), 2) for w in model.coef_[0]]})")
    print(f"BIAS = {model.intercept_[0]:.2f}")
    print(f"THRESHOLD = {threshold:.2f}")


if __name__ == "__main__":
    main()
